"""What a screen shows, as three answers: yes, no, or that it cannot be told.

- Yes needs something that is named so, letter for letter but for slips of OCR, and that is of the kind asked for.
- No needs eyes that would have seen it everywhere: `locate` looked at all of it, finely enough, and nothing comes near.
- A number needs two ways of counting that agree.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..agents.answers.things import is_literal
from ..agents.nano.vocabulary import Wanted, often_missed, parse
from ..agents.text import similarity, spoken_text
from ..memory.errors import UnknownPhraseError
from ..memory.geometry import Box, distance
from ..memory.image import Image
from ..memory.typed import plain
from ..orchestrator import Seal
from ..record.result import Result
from ..screen.element import KINDS, Element, Elements
from ..screen.match import akin
from ..screen.point import LEAST, Place

__all__ = ["Told", "Value", "answer", "click", "count", "presence", "state", "text"]

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


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question about a screen.

    value: the answer; None where it cannot be told. why: the reason, a sentence. places: (what stands there, box)
    pairs, what the answer rests on, else what comes nearest; boxes in pixels of the image that was asked about.
    """

    value: Value
    why: str
    places: tuple[tuple[str, Box], ...] = ()


def presence(seal: Seal, image: Image, phrase: str) -> Told:
    """Whether a thing or text is there: True, False, or None. Raises as `Seal.point` and `Seal.locate` do."""
    found = seal.elements(image)
    if fits := _fitting(found, phrase):
        return Told(True, f"{_listed(fits)} fits {phrase!r}.", _places(fits))
    kind, told = _kind(phrase), seal.point(image, phrase)
    if told.best is not None and told.best.id in found:
        element = found.get(told.best.id)
        right = not kind or element.kind == kind or akin(element.kind, kind)
        if right and _is_said(element, told.best.confidence, phrase):
            return Told(True, f"{element.words} fits {phrase!r}.", _others([told.best]))
    try:
        result = seal.locate(image, phrase)
    except UnknownPhraseError as error:
        return Told(None, str(error))
    seen = tuple((t.text or t.phrase, t.box) for t in result.targets)
    if not seen:
        return _absence(phrase, result, found)
    if kind:
        return Told(None, f"The words are there, but no {kind} with this name was seen.", seen)
    query = spoken_text(phrase)
    if all(t.text and similarity(query, t.text)[0] < HOLDS for t in result.targets):
        return Told(None, f"{phrase!r} was not read; {result.targets[0].text!r} comes near.", seen)
    if (sure := max(t.score for t in result.targets)) < LEAST:
        return Told(None, f"{phrase!r} may be there: what comes nearest scores {sure:.2f}.", seen)
    return Told(True, f"{phrase!r} was found.", seen)


def state(seal: Seal, image: Image, phrase: str) -> Told:
    """The state of the one widget that is meant: "on", "off", "checked", "unchecked", "selected", "unselected"."""
    found = seal.elements(image)
    told = seal.point(image, phrase)
    place = (
        told.alternatives[0] if told.done else told.best
    )  # a phrase may begin as an instruction: "Enable ads"
    if place is None or place.id not in found:
        return Told(None, told.reason, _others(told.alternatives))
    element = found.get(place.id)
    if not _is_said(element, place.confidence, phrase):
        return Told(None, f"{element.words} comes nearest, but is not called so.", _places([element]))
    if not element.state:
        return Told(
            None, f"{element.words} is what is meant, and no state is seen of it.", _places([element])
        )
    labels = [e for e in found.items if e.label == "" and e.text == element.label != ""]
    labels = sorted(labels, key=lambda e: distance(e.box, element.box))[:1]
    return Told(element.state, f"{element.words} is what is meant.", _places([element, *labels]))


def click(seal: Seal, image: Image, instruction: str) -> Told:
    """Where to click, pixels of the image, or None where it is refused."""
    told = seal.point(image, instruction)
    if told.best is None:
        return Told(None, told.reason, _others(told.alternatives))
    return Told(told.best.click, told.reason, _others([told.best]))


def text(seal: Seal, image: Image) -> Told:
    """All lines of the image, in reading order, joined by line breaks."""
    read = seal.read(image)
    said = "\n".join(line.text for line in read.lines)
    if not read.complete:
        return Told(None, "Not all of it was read: the time ended first, or the localizer does not read.")
    return Told(
        said, f"{len(read.lines)} lines were read.", tuple((line.text, line.box) for line in read.lines)
    )


def answer(seal: Seal, image: Image, question: str, options: Sequence[str] | None = None) -> Told:
    """The answer to a question. Raises as `Seal.ask` does."""
    result = seal.ask(image, question, options)
    places = tuple((p.text or result.answer, p.box) for p in result.places)
    places += tuple((t.text or t.phrase, t.box) for t in result.targets if not places)
    if result.status != "answered":
        return Told(None, result.reason or "No answer was found.", places)
    return Told(result.answer, result.reason or "It was answered.", places)


def count(seal: Seal, image: Image, phrase: str) -> Told:
    """How many there are, where the elements of the screen and the answer to "How many ...?" agree."""
    found = seal.elements(image)
    fits = _fitting(found, phrase)
    asked = seal.ask(image, f"How many {phrase} are there?")
    said = asked.answer.replace(",", "") if asked.status == "answered" else ""
    if said == str(len(fits)) and found.complete:
        return Told(len(fits), f"{_listed(fits) or 'Nothing'} fits {phrase!r}.", _places(fits))
    if not fits and (none := presence(seal, image, phrase)).value is False:
        return Told(0, none.why, none.places)
    other = f"the answer is {said}" if said else f"no answer was found ({asked.reason})"
    return Told(
        None, f"{len(fits)} elements fit {phrase!r}; asked how many there are, {other}.", _places(fits)
    )


# --- what fits a phrase -------------------------------------------------------------------------------------


def _fitting(found: Elements, phrase: str) -> list[Element]:
    """The elements that are what the phrase says, by kind, state, icon and name."""
    wanted = _wanted(phrase)
    if wanted is None:
        query = spoken_text(phrase)
        return [
            e
            for e in found.items
            if any(similarity(query, own)[0] >= HOLDS for own in {e.text, e.label} if own)
        ]
    if wanted.kind == "icon":
        return [e for e in found.items if wanted.name and e.icon == wanted.name]
    return [
        e for e in found.items if _is_kind(e, wanted) and (not wanted.label or _is_called(e, wanted.label))
    ]


def _wanted(phrase: str) -> Wanted | None:
    """The icon, widget or region that is meant, "button Save" being read as "Save button"; None for texts."""
    words = " ".join(re.sub(r"^(?:the|an?) ", "", phrase.strip(), flags=re.I).split())
    for kind in sorted(KINDS, key=len, reverse=True):
        if kind not in ("text", "icon") and words.startswith(f"{kind} "):
            words = f"{words.removeprefix(f'{kind} ')} {kind}"
            break
    return parse(words)


def _kind(phrase: str) -> str:
    """The kind of widget or region that a phrase with a name asks for; "" for texts, icons, and kinds alone."""
    wanted = _wanted(phrase)
    return wanted.name if wanted is not None and wanted.kind != "icon" and wanted.label else ""


def _is_kind(e: Element, wanted: Wanted) -> bool:
    """Kinds that are taken for each other are the same where a name says which one is meant."""
    if wanted.state is not None and wanted.state != (e.state in ("checked", "on", "selected")):
        return False
    return e.kind == wanted.name or (wanted.label != "" and akin(e.kind, wanted.name))


def _is_called(e: Element, name: str) -> bool:
    query = spoken_text(f'"{_unquoted(name)}"')
    names = {own for told in (e.text, e.label) for own in (told, _COUNT.sub("", told)) if own}
    return any(similarity(query, own)[0] >= WHOLE for own in names)


def _is_said(e: Element, sure: float, phrase: str) -> bool:
    """Whether the phrase holds the name of an element as it is, or names nothing that can be read."""
    wanted = _wanted(phrase)
    if wanted is not None and not wanted.label:
        return sure >= LEAST
    names = [plain(own) for own in (e.text, e.label, e.icon) if own]
    return sure >= HOLDS and any(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", plain(phrase)) for n in names)


def _absence(phrase: str, result: Result, found: Elements) -> Told:
    """What it means that a phrase was looked for in vain."""
    (gone,) = result.absent
    wanted = _wanted(phrase)
    said = _unquoted(wanted.label if wanted is not None else next(iter(spoken_text(phrase).texts), phrase))
    if not gone.complete or gone.seen < SEEN or result.stopped != "done":
        return Told(None, f"{phrase}: {gone.sentence}.")
    if near := _near(said, wanted, found):
        return Told(None, f"{phrase}: not found, but {_listed(near)} comes near.", _places(near))
    if often_missed(phrase):
        return Told(None, f"{phrase}: {gone.sentence}; but icons that no list has are often missed.")
    if gone.text_only and not is_literal(said, phrase):
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


def _unquoted(words: str) -> str:
    return words.strip(" \"'“”‘’«»„`")


def _places(elements: Sequence[Element]) -> tuple[tuple[str, Box], ...]:
    return tuple((e.words, e.box) for e in elements)


def _others(places: Sequence[Place]) -> tuple[tuple[str, Box], ...]:
    return tuple((f"{p.kind} {p.name}".strip(), p.box) for p in places)


def _listed(elements: Sequence[Element]) -> str:
    more = f" and {len(elements) - 3} more" if len(elements) > 3 else ""
    return ", ".join(e.words for e in elements[:3]) + more
