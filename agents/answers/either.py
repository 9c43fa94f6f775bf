"""Questions that offer a state and its opposite: "is the box ticked or empty". Asked as the one state that is so when
something is on, and told in the words of the question: "empty", not "no".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .stated import NEGATIVE, OFF

__all__ = ["Either", "either"]

_ON = (
    r"(?:ticked|checked|crossed|marked|selected|chosen|switched on|turned on|on|opened|open|enabled|pressed|"
    r"clicked|clickable|filled(?: in| out)?|completed|expanded|connected)"
)
_OFF = (
    r"(?:un-?(?:ticked|checked|crossed|marked|selected|filled)|de-?selected|not (?:ticked|checked|crossed|marked|"
    r"selected|chosen|enabled|pressed|filled(?: in| out)?)|(?:left )?(?:empty|blank)|switched off|turned off|"
    r"off|closed|shut|disabled|(?:gr[ae]yed|dimmed)(?: out)?|collapsed|disconnected)"
)
_BETWEEN = r"\s*,?\s+or\s+(?:(?:is|are|was|has) (?:it|they|that)\s+)?(?:still |just |left |been )?"
_PAIRS = (
    re.compile(rf"\b(?P<on>{_ON}){_BETWEEN}(?P<off>{_OFF})\b(?![-'’])", re.I),
    re.compile(rf"\b(?P<off>{_OFF}){_BETWEEN}(?P<on>{_ON})\b(?![-'’])", re.I),
)
_WHETHER = re.compile(r"^\W*(?:so,? |and )?(?:is|are|was|were|has|have|can|does|do|did)\b", re.I)


@dataclass(frozen=True, slots=True)
class Either:
    """question: whether the first state is so. on, off: what "yes" and "no" to it are told as."""

    question: str
    on: str
    off: str


def either(question: str, options: Sequence[str]) -> Either | None:
    """The two opposite states that a question offers, or its two options do; None where it offers none.

    >>> either("Is the box crossed or empty?", ())
    Either(question='Is the box crossed?', on='crossed', off='empty')
    """
    found = next((m for pattern in _PAIRS if (m := pattern.search(question)) is not None), None)
    if found is None or not _WHETHER.search(question):
        return None
    asked = question[: found.start()] + found["on"] + question[found.end() :]
    on, off = found["on"], found["off"]
    if re.match(r"\W*can\b", question, re.I):
        on = f"can be {on}"
    if options:
        offs = [bool(NEGATIVE.search(o) or OFF.fullmatch(o.strip()) or _is(_OFF, o)) for o in options]
        if len(options) != 2 or offs[0] == offs[1] or not _is(_ON, options[offs.index(False)]):
            return None
        on, off = options[offs.index(False)], options[offs.index(True)]
    return Either(asked, on, off)


def _is(words: str, option: str) -> bool:
    return re.search(rf"\b{words}\b", option, re.I) is not None
