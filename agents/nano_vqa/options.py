"""What may be answered: of two states or sides that a question offers one; no number that was not counted or read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .prompts import SIDES, STATES, unquoted_styles

__all__ = ["none_of", "sides_offered", "states_offered"]

_STATE = r"\b(?:" + "|".join(sorted(map(re.escape, STATES), key=len, reverse=True)) + r")\b"
_EITHER_STATE = re.compile(rf"({_STATE})\W*\bor(?:\s+\w+){{0,2}}?\s+({_STATE})", re.I)
_AXES = (
    (SIDES[:2], re.compile(r"\bleft\b.*\bor\b.*\bright\b|\bright\b.*\bor\b.*\bleft\b", re.I)),
    (SIDES[2:], re.compile(r"\babove\b.*\bor\b.*\bbelow\b|\bbelow\b.*\bor\b.*\babove\b", re.I)),
)
_QUOTED = re.compile(r'"[^"]*"')


def states_offered(question: str) -> tuple[str, ...]:
    """The two states that a question asks to choose from, as it says them; yes, no and all states otherwise.

    >>> states_offered('Would the "on or off" switch count as turned on or as turned off?')
    ('turned on', 'turned off')
    >>> states_offered("Is it checked or not?")[:3]
    ('yes', 'no', 'on')
    """
    match = _EITHER_STATE.search(_unquoted(question))
    return match.groups() if match else ("yes", "no", *STATES)


def sides_offered(question: str, told: Sequence[str] = SIDES) -> tuple[str, ...]:
    """The sides, of those told, that a question asks to choose from; where it offers none all of them, yes and no.

    >>> sides_offered("Is it left of the bell or right of it?", ["left", "above"])
    ('left',)
    """
    offered = next((sides for sides, either in _AXES if either.search(_unquoted(question))), None)
    return tuple(s for s in told if s in offered) if offered else (*told, "yes", "no")


def _unquoted(question: str) -> str:
    """A question on one line without the texts that it quotes."""
    return _QUOTED.sub('""', unquoted_styles(question))


def none_of(words: Sequence[str], options: Sequence[str]) -> bool:
    """Whether all options are numbers, and none of them was measured: choosing one of them would be a guess."""
    measured = set().union(*map(_numbers, words))
    offered = [_numbers(option) for option in options]
    return bool(offered) and all(offered) and not any(measured & each for each in offered)


def _numbers(text: str) -> set[str]:
    """Runs of digits, and all digits together: "1,200" -> 1, 200, 1200."""
    runs = re.findall(r"\d+", text)
    return {*runs, "".join(runs)} if runs else set()
