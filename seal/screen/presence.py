"""Whether a thing is on a screen, as three answers: yes, no, or that it cannot be told.

- Yes needs something that is named so, letter for letter but for slips of OCR, and that is of the kind asked for.
- No needs eyes that would have seen it everywhere: `locate` looked at all of it, finely enough, and nothing comes near.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..agents.answers.things import is_literal
from ..agents.nano.vocabulary import Wanted, often_missed, parse
from ..agents.text import similarity, spoken_text
from ..memory.errors import UnknownPhraseError
from ..memory.geometry import Box
from ..memory.image import Image
from ..memory.source import one_line
from ..memory.typed import plain
from ..record.result import Result
from .element import KINDS, Element, Elements
from .match import akin
from .point import LEAST, Place, Pointed
from .text import Text

__all__ = [
    "Eyes",
    "Told",
    "Value",
    "fitting",
    "fitting_thing",
    "is_said",
    "listed_words",
    "places_of",
    "places_told",
    "presence",
    "text_presence",
    "unquoted",
    "wanted_of",
]

Value = bool | int | str | tuple[float, float] | None

HOLDS = 0.85
"""Similarity from which a line holds a text (`seal.agents.text`)."""
WHOLE = 0.94
"""Similarity from which the text is all of the line; parts of one score up to 0.93."""
NEAR = 0.6
"""Similarity from which it may be the text."""
DOUBT = 0.2
"""Share of a concept from which an icon may show it."""
SEEN = 0.99
"""Share of the screen that was looked at finely enough, from which what was not found is not there."""
_COUNT = re.compile(r"[\s(]+\d+\)?$")
"""The number at the end of a name: "Inbox 3"."""


class Eyes(Protocol):
    """What `Seal` sees with."""

    def elements(self, image: object, /) -> Elements: ...

    def point(self, image: object, instruction: str, /) -> Pointed: ...

    def locate(self, image: object, targets: str, /) -> Result: ...

    def read(self, image: object, /) -> Text: ...


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question about a screen.

    value: the answer; None where it cannot be told. why: the reason, a sentence. places: (what stands there, box)
    pairs, what the answer rests on, else what comes nearest; boxes in pixels of the image that was asked about.
    """

    value: Value
    why: str
    places: tuple[tuple[str, Box], ...] = ()


def presence(seal: Eyes, image: Image, phrase: str) -> Told:
    """Whether a thing or text is there: True, False, or None. Raises as `Seal.point` and `Seal.locate` do."""
    found = seal.elements(image)
    if fits := fitting(found, phrase):
        return Told(True, f"{listed_words(fits)} fits {phrase!r}.", places_of(fits))
    kind, told = _kind(phrase), seal.point(image, phrase)
    if told.best is not None and told.best.id in found:
        element = found.get(told.best.id)
        wanted = wanted_of(phrase)
        right = not kind or wanted is None or _is_kind(element, wanted)
        if right and is_said(element, told.best.confidence, phrase):
            return Told(True, f"{element.words} fits {phrase!r}.", places_told([told.best]))
    try:
        result = seal.locate(image, phrase)
    except UnknownPhraseError as error:
        return Told(None, str(error))
    seen = tuple((t.text or t.phrase, t.box) for t in result.targets)
    if not seen:
        return _absence(phrase, result, places_of(_near(_said(phrase), wanted_of(phrase), found)))
    if kind:
        return Told(None, f"The words are there, but no {kind} with this name was seen.", seen)
    return _read(phrase, result, seen)


def text_presence(eyes: Eyes, image: Image, phrase: str) -> Told:
    """`presence` of a text, for which only text is looked at; of an icon, widget or region `presence` itself."""
    if wanted_of(phrase) is not None:
        return presence(eyes, image, phrase)
    query, said = spoken_text(phrase), spoken_text(f'"{_said(phrase)}"')
    lines = [(line.text, line.box) for line in eyes.read(image).lines]
    if fits := tuple(line for line in lines if similarity(query, line[0])[0] >= HOLDS):
        return Told(True, f"{one_line(repr(fits[0][0]), 80)} holds {phrase!r}.", fits)
    result = eyes.locate(image, phrase)
    if seen := tuple((t.text or t.phrase, t.box) for t in result.targets):
        return _read(phrase, result, seen)
    return _absence(phrase, result, tuple(line for line in lines if similarity(said, line[0])[0] >= NEAR))


def _read(phrase: str, result: Result, seen: tuple[tuple[str, Box], ...]) -> Told:
    """What it means that the words of a phrase were found."""
    query = spoken_text(phrase)
    if all(t.text and similarity(query, t.text)[0] < HOLDS for t in result.targets):
        return Told(None, f"{phrase!r} was not read; {result.targets[0].text!r} comes near.", seen)
    if (sure := max(t.score for t in result.targets)) < LEAST:
        return Told(None, f"{phrase!r} may be there: what comes nearest scores {sure:.2f}.", seen)
    return Told(True, f"{phrase!r} was found.", seen)


# --- what fits a phrase -------------------------------------------------------------------------------------


def fitting(found: Elements, phrase: str) -> list[Element]:
    """The elements that are what the phrase says, by kind, state, icon and name."""
    wanted = wanted_of(phrase)
    if wanted is None:
        query = spoken_text(phrase)
        return [
            e
            for e in found.items
            if any(similarity(query, own)[0] >= HOLDS for own in {e.text, e.label} if own)
        ]
    return fitting_thing(found, wanted)


def fitting_thing(found: Elements, wanted: Wanted) -> list[Element]:
    """The elements that are what is wanted: an icon, widget or region, by kind, state and name."""
    if wanted.kind == "icon":
        return [e for e in found.items if wanted.name and e.icon == wanted.name]
    return [
        e for e in found.items if _is_kind(e, wanted) and (not wanted.label or _is_called(e, wanted.label))
    ]


def wanted_of(phrase: str) -> Wanted | None:
    """The icon, widget or region that is meant, "button Save" being read as "Save button"; None for texts."""
    words = " ".join(re.sub(r"^(?:the|an?) ", "", phrase.strip(), flags=re.I).split())
    for kind in sorted(KINDS, key=len, reverse=True):
        if kind not in ("text", "icon") and words.startswith(f"{kind} "):
            words = f"{words.removeprefix(f'{kind} ')} {kind}"
            break
    return parse(words)


def _kind(phrase: str) -> str:
    """The kind of widget or region that a phrase with a name asks for; "" for texts, icons, and kinds alone."""
    wanted = wanted_of(phrase)
    return wanted.name if wanted is not None and wanted.kind != "icon" and wanted.label else ""


def _is_kind(e: Element, wanted: Wanted) -> bool:
    """Kinds that are taken for each other are the same where a name says which one is meant."""
    if wanted.state is not None and wanted.state != (e.state in ("checked", "on", "selected")):
        return False
    return e.kind == wanted.name or (wanted.label != "" and akin(e.kind, wanted.name))


def _is_called(e: Element, name: str) -> bool:
    query = spoken_text(f'"{unquoted(name)}"')
    names = {own for told in (e.text, e.label) for own in (told, _COUNT.sub("", told)) if own}
    return any(similarity(query, own)[0] >= WHOLE for own in names)


def is_said(e: Element, sure: float, phrase: str) -> bool:
    """Whether the phrase holds the name of an element as it is, or names nothing that can be read."""
    wanted = wanted_of(phrase)
    if wanted is not None and not wanted.label:
        return sure >= LEAST
    names = [plain(own) for own in (e.text, e.label, e.icon) if own]
    return sure >= HOLDS and any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", plain(phrase)) for n in names)


def _said(phrase: str) -> str:
    """The words that are to be read of what a phrase names."""
    wanted = wanted_of(phrase)
    return unquoted(wanted.label if wanted is not None else next(iter(spoken_text(phrase).texts), phrase))


def _absence(phrase: str, result: Result, near: tuple[tuple[str, Box], ...]) -> Told:
    """What it means that a phrase was looked for in vain. near: what comes near it, and where."""
    (gone,) = result.absent
    if not gone.complete or gone.seen < SEEN or result.stopped != "done":
        return Told(None, f"{phrase}: {gone.sentence}.")
    if near:
        more = f" and {len(near) - 3} more" if len(near) > 3 else ""
        words = ", ".join(one_line(name, 80) for name, _ in near[:3]) + more
        return Told(None, f"{phrase}: not found, but {words} comes near.", near)
    if often_missed(phrase):
        return Told(None, f"{phrase}: {gone.sentence}; but icons that no list has are often missed.")
    if gone.text_only and not is_literal(_said(phrase), phrase):
        return Told(
            None,
            f"{phrase}: no such text; only texts, known icons, widgets and regions can be ruled out. "
            f"Put words that are to be read in quotes.",
        )
    return Told(False, f"{phrase}: {gone.sentence}.")


def _near(said: str, wanted: Wanted | None, found: Elements) -> list[Element]:
    """Elements that may be what was not found: of nearly that name, or with an icon that looks a little like it."""
    if said:
        query = spoken_text(f'"{said}"')
        return [e for e in found.items if max(similarity(query, own)[0] for own in (e.text, e.label)) >= NEAR]
    if wanted is not None and wanted.kind == "icon":
        return [e for e in found.items if dict(e.looks_like).get(wanted.name, 0.0) >= DOUBT]
    return []


def unquoted(words: str) -> str:
    return words.strip(" \"'“”‘’«»„`")


def places_of(elements: Sequence[Element]) -> tuple[tuple[str, Box], ...]:
    return tuple((e.words, e.box) for e in elements)


def places_told(places: Sequence[Place]) -> tuple[tuple[str, Box], ...]:
    return tuple((f"{p.kind} {p.name}".strip(), p.box) for p in places)


def listed_words(elements: Sequence[Element]) -> str:
    more = f" and {len(elements) - 3} more" if len(elements) > 3 else ""
    return ", ".join(e.words for e in elements[:3]) + more
