"""What a screen shows, as three answers: yes, no, or that it cannot be told.

- Yes needs something that is named so, letter for letter but for slips of OCR, and that is of the kind asked for.
- No needs eyes that would have seen it everywhere: `locate` looked at all of it, finely enough, and nothing comes near.
- A number needs two ways of counting that agree.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..memory.geometry import distance
from ..memory.image import Image
from ..orchestrator import Seal
from ..screen.presence import (
    Told,
    Value,
    fitting,
    is_said,
    listed_words,
    places_of,
    places_told,
    presence,
)

__all__ = ["Told", "Value", "answer", "click", "count", "presence", "state", "text"]


def state(seal: Seal, image: Image, phrase: str) -> Told:
    """The state of the one widget that is meant: "on", "off", "checked", "unchecked", "selected", "unselected"."""
    found = seal.elements(image)
    told = seal.point(image, phrase)
    place = (
        told.alternatives[0] if told.done else told.best
    )  # a phrase may begin as an instruction: "Enable ads"
    if place is None or place.id not in found:
        return Told(None, told.reason, places_told(told.alternatives))
    element = found.get(place.id)
    if not is_said(element, place.confidence, phrase):
        return Told(None, f"{element.words} comes nearest, but is not called so.", places_of([element]))
    if not element.state:
        return Told(
            None, f"{element.words} is what is meant, and no state is seen of it.", places_of([element])
        )
    labels = [e for e in found.items if e.label == "" and e.text == element.label != ""]
    labels = sorted(labels, key=lambda e: distance(e.box, element.box))[:1]
    return Told(element.state, f"{element.words} is what is meant.", places_of([element, *labels]))


def click(seal: Seal, image: Image, instruction: str) -> Told:
    """Where to click, pixels of the image, or None where it is refused."""
    told = seal.point(image, instruction)
    if told.best is None:
        return Told(None, told.reason, places_told(told.alternatives))
    return Told(told.best.click, told.reason, places_told([told.best]))


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
    fits = fitting(found, phrase)
    asked = seal.ask(image, f"How many {phrase} are there?")
    said = asked.answer.replace(",", "") if asked.status == "answered" else ""
    if said == str(len(fits)) and found.complete:
        return Told(len(fits), f"{listed_words(fits) or 'Nothing'} fits {phrase!r}.", places_of(fits))
    if not fits and (none := presence(seal, image, phrase)).value is False:
        return Told(0, none.why, none.places)
    other = f"the answer is {said}" if said else f"no answer was found ({asked.reason})"
    return Told(
        None, f"{len(fits)} elements fit {phrase!r}; asked how many there are, {other}.", places_of(fits)
    )
