"""Whether a frame shows a thing: an icon, a widget, perhaps in a state, a dialog, perhaps with words in it.

- A switch that is off is not there as "the switch that is on": its state is seen, nothing needs to be ruled out.
- "Error dialog" is a dialog in which "error" is read. One in which it is not read may be meant all the same.
- Of kinds that are often missed, "absent" needs a frame in which the thing was seen: eyes that see it there would have
  seen it in the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...agents.nano.vocabulary import Wanted, often_missed_kind
from ...agents.text import similarity, spoken_text
from ...memory.image import Image
from ..element import Element, Elements
from ..presence import (
    HOLDS,
    Eyes,
    Told,
    fitting_thing,
    listed_words,
    places_of,
    presence,
    unquoted,
)

__all__ = ["settled", "thing_told"]

INSIDE = 0.9
"""Share of what is read from which it is in a dialog."""


def thing_told(eyes: Eyes, image: Image, phrase: str, wanted: Wanted) -> Told:
    """Whether a frame shows what a phrase names. wanted: what that is. Raises as `presence` does."""
    found = eyes.elements(image)
    if wanted.state is not None and not fitting_thing(found, wanted):
        others = fitting_thing(found, replace(wanted, state=not wanted.state))
        if others:
            return Told(False, f"{listed_words(others)} is there, in the other state.", places_of(others))
    if wanted.name == "dialog" and wanted.label:
        return _dialog_told(eyes, image, phrase, unquoted(wanted.label), found)
    return presence(eyes, image, phrase)


def settled(phrase: str, told: Sequence[Told]) -> list[Told]:
    """What is known of a phrase in each frame, once all were looked at."""
    kind = often_missed_kind(phrase)
    if not kind or any(each.value is True for each in told):
        return list(told)
    why = f"{phrase}: not found in any frame; but over a fifth of all things of the kind {kind!r} are missed."
    return [
        replace(each, value=None, why=why) if each.value is False and not each.places else each
        for each in told
    ]


def _dialog_told(eyes: Eyes, image: Image, phrase: str, words: str, found: Elements) -> Told:
    dialogs = [e for e in found.items if e.kind == "dialog"]
    if fits := [e for e in dialogs if _says(e, words, found)]:
        return Told(True, f"{listed_words(fits)} holds {words!r}.", places_of(fits))
    if dialogs:
        return Told(
            None, f"{listed_words(dialogs)} is there, but {words!r} is not read in it.", places_of(dialogs)
        )
    told = presence(eyes, image, "dialog")
    return replace(told, why=told.why.replace("dialog:", f"{phrase}:", 1)) if told.value is not True else told


def _says(dialog: Element, words: str, found: Elements) -> bool:
    """Whether the words are read in a dialog."""
    query = spoken_text(f'"{words}"')
    inside = [e for e in found.items if e is dialog or dialog.box.coverage(e.box) >= INSIDE]
    return any(similarity(query, own)[0] >= HOLDS for e in inside for own in (e.text, e.label) if own)
