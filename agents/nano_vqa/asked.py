"""What the nano VQA model makes of a question: its kind, what it names, and what a localizer is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from ..contracts import Target
from .prompts import STATES, target_phrase
from .states import ONE_OF_MANY

__all__ = ["Reading", "labelled", "phrase_of", "search_targets"]

_STATED = frozenset(STATES)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as the model reads it. targets: (what, name) pairs; sure: probability in [0, 1]."""

    ask: str
    targets: tuple[tuple[str, str], ...]
    every: bool
    sure: float

    @property
    def names(self) -> tuple[str, ...]:
        """What the targets are called in prompts."""
        return tuple(target_phrase(what, name) for what, name in self.targets)


def search_targets(reading: Reading) -> tuple[Target, ...]:
    """What a localizer is asked for.

    A widget with a label is found by its text; where its state is asked for, all of its kind are found too, and
    the one nearest to the label is meant.
    """
    found: dict[str, Target] = {}
    around = reading.ask in ("badge", "value", "kind")
    for what, name in reading.targets:
        phrase = phrase_of(what, name)
        # of several such icons the one with a badge is meant
        badged = reading.ask == "badge" and what == "icon"
        found[phrase] = Target(phrase, "all" if reading.every or badged else "one", around)
        if reading.ask == "state" and labelled(what, name):
            found[what] = Target(what, "all", False)
            if what in ONE_OF_MANY:
                found[f"selected {what}"] = Target(f"selected {what}", "all", False)
        if badged:
            found["badge"] = Target("badge", "all", False)
    return tuple(found.values())


def labelled(what: str, name: str) -> bool:
    """Whether a target is a widget that its label tells from others, not its state."""
    return bool(name) and what not in ("icon", "text") and name.lower() not in _STATED


def phrase_of(what: str, name: str) -> str:
    """How a localizer is asked for a target: for a widget with a label by its text.

    >>> phrase_of("icon", "bell"), phrase_of("switch", "Wi-Fi"), phrase_of("checkbox", "ticked")
    ('bell icon', 'switch "Wi-Fi"', 'checked checkbox')
    """
    plain_name = name.replace('"', "'")
    return f'{what} "{plain_name}"' if labelled(what, name) else target_phrase(what, name)
