"""Where to click: the one place that an instruction means, or a refusal with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pydantic import BaseModel, ConfigDict

from ..agents.answers.scene import gaps, part_box, rows_share
from ..agents.nano.vocabulary import REGIONS
from ..agents.reader.reader import reader
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.image import Image
from .element import Element, Elements
from .goals import is_done, names_another
from .match import matched
from .meant import DRAGGING, ICONIC, OF_ALL, SWITCHING, TICKING, TOGGLING, Meaning, meanings, verb_first
from .parts import SWITCHED
from .relations import Match
from .replies import PlaceReply, PointReply

__all__ = ["Place", "Pointed", "pointed"]

LEAST = 0.6
"""Confidence from which a place is told."""
CLOSE = 0.1
"""Difference of scores up to which two places fit about equally."""
NEAR = 3.0
"""Text heights between a check box and its label; further away, in a table, the text is something of its own."""
MOST = 5
"""Alternatives that are told."""
_TWO_PLACES = "The instruction needs two places; ask for each by itself."


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(_Value):
    """A place that an instruction may mean. box, click: full-image pixels. id: of the element there.

    confidence: in [0, 1], that the instruction means it.
    """

    name: str
    kind: str
    box: Box
    click: tuple[float, float]
    confidence: float
    id: str = ""

    def reply(self, frame: Frame) -> PlaceReply:
        """The place as it is told in a frame."""
        told = self.model_dump(exclude={"box", "click"})
        return PlaceReply(box=frame.box_of(self.box), click=frame.point_of(self.click, self.box), **told)


class Pointed(_Value):
    """What an instruction means on a screen.

    best: where to click; None where it is refused, and `reason` says why. confidence: that a click there is right.
    done: it is refused because what is meant, the first alternative, is already as the instruction asks for.
    alternatives: other places, best first; they are told when it is refused too, and are not to be clicked unseen.
    """

    instruction: str
    size_wh: tuple[int, int]
    best: Place | None = None
    confidence: float = 0.0
    reason: str = ""
    done: bool = False
    alternatives: tuple[Place, ...] = ()
    frame: str = "pixels"
    page: int = 1

    @property
    def found(self) -> bool:
        """Whether there is a place to click."""
        return self.best is not None

    def reply(self) -> PointReply:
        """What an agent is told, in the frame."""
        frame = Frame.of(self.frame, self.size_wh)
        return PointReply(
            image_size=self.size_wh,
            frame=frame.name,
            page=self.page,
            instruction=self.instruction,
            found=self.found,
            best=None if self.best is None else self.best.reply(frame),
            confidence=self.confidence,
            reason=self.reason,
            done=self.done,
            alternatives=tuple(p.reply(frame) for p in self.alternatives),
        )


def pointed(image: Image, elements: Elements, instruction: str, within: Box | None = None) -> Pointed:
    """Where to click for an instruction. within: only there, full-image pixels.

    Raises AgentError when the reader's weights cannot be read.
    """
    told = Pointed(instruction=instruction, size_wh=image.size_wh, page=image.page)
    there = elements.only(region=within).items if within is not None else elements.items
    if not there:
        return told.model_copy(
            update={"reason": "Nothing that could be meant is on the screen, or in the region."}
        )
    if DRAGGING.search(instruction):
        return told.model_copy(update={"reason": _TWO_PLACES})
    words = verb_first(instruction)
    names = [e.name for e in there if e.name]
    found = _candidates(there, meanings(words, reader().read, names), image.size_wh)
    found = sorted((_as_done(m, words) for m in found), key=lambda m: (-m.score, m.element.number))
    if not found:
        late = "" if elements.complete else " Not all of it was looked at before the time was over."
        return told.model_copy(update={"reason": f"Nothing on the screen is called so, or looks so.{late}"})
    best, rivals = found[0], [m for m in found[1:] if not _is_one(m.element, found[0].element)]
    sure = best.score * (0.75 + 0.25 * best.element.confidence)
    places = tuple(_place(m) for m in found[: MOST + 1])
    close = [m for m in rivals if m.score >= best.score - CLOSE]
    if sure < LEAST:
        why = f"{best.element.words} is the nearest: {best.why}. That is too little to click on."
        return told.model_copy(update={"reason": why, "confidence": sure, "alternatives": places[:MOST]})
    if close:
        several = ", ".join(f"{m.element.words} [{m.element.number}]" for m in (best, *close)[:4])
        why = f"{len(close) + 1} things fit about equally: {several}. Say which: where it is, or what it is beside."
        return told.model_copy(
            update={"reason": why, "confidence": sure / (len(close) + 1), "alternatives": places[:MOST]}
        )
    if is_done(words, best.element) and names_another(words, best.element, there):
        return told.model_copy(update={"reason": _TWO_PLACES, "alternatives": places[:MOST]})
    if is_done(words, best.element):
        e = best.element
        why = f"{e.words.removeprefix(f'{e.state} ')} is {e.state} already. Nothing is to be clicked."
        return told.model_copy(update={"reason": why, "done": True, "alternatives": places[:MOST]})
    first = places[0].model_copy(update={"confidence": round(sure, 4)})
    others = tuple(_place(m) for m in rivals[:MOST])
    return told.model_copy(
        update={
            "best": first,
            "confidence": round(sure, 4),
            "reason": f"{best.element.words}: {best.why}.",
            "alternatives": others,
        }
    )


def _candidates(
    elements: Sequence[Element], meant: Sequence[Meaning], size_wh: tuple[int, int]
) -> list[Match]:
    """Every element that some meaning fits, with its best score, best first; a text that labels a widget is that."""
    best: dict[str, Match] = {}
    for meaning in meant:
        if meaning.unless is not None and any(
            m.score >= 0.5 for m in matched(elements, meaning.unless, size_wh)
        ):
            continue
        for m in matched(elements, meaning.wanted, size_wh, meaning.whole):
            if meaning.unless is not None and m.element.kind in REGIONS:
                continue  # closing a side bar is no click on it
            score = m.score * meaning.trust
            if m.element.id not in best or best[m.element.id].score < score:
                best[m.element.id] = replace(m, score=score)
    found = list(best.values())
    labelled = [m for m in found if m.element.kind in SWITCHED and m.element.label]
    kept = [m for m in found if m.element.kind != "text" or not _labels(m.element, labelled)]
    return sorted(kept, key=lambda m: (-m.score, m.element.number))


def _labels(text: Element, switched: Sequence[Match]) -> bool:
    """Whether a text is the label of a check box among the candidates, so that the box is clicked in its place."""
    return any(
        m.element.label == text.text and gaps(m.element.box, text.box)[0] <= NEAR * text.box.height
        for m in switched
    )


def _as_done(m: Match, instruction: str) -> Match:
    """Check boxes and switches are for what is switched, and what is switched are they; a row is opened by its name."""
    e = m.element
    if ICONIC.search(instruction.rstrip(" .!")) and not e.icon and e.kind != "icon":
        return replace(m, score=0.6 * m.score)
    if SWITCHING.match(instruction) and e.kind not in SWITCHED and e.icon and not e.text:
        return replace(m, score=0.65 * m.score)  # a bell opens the notifications
    if TOGGLING.match(instruction):
        less = 0.7 if TICKING.match(instruction) or (e.kind == "text" and OF_ALL.match(instruction)) else 0.85
        return m if e.kind in SWITCHED else replace(m, score=less * m.score)
    said = any(
        word in instruction.casefold() for word in ("box", "check", "radio", "switch", "option", "toggle")
    )
    return m if e.kind not in SWITCHED or said or e.text else replace(m, score=0.85 * m.score)


def _is_one(a: Element, b: Element) -> bool:
    """Whether a click on one is as good as one on the other: they lie in one another, or are an icon and its text."""
    if a.box.coverage(b.box) >= 0.7 or b.box.coverage(a.box) >= 0.7:
        return True
    gap_x, _ = gaps(a.box, b.box)
    low = min(a.box.height, b.box.height)
    return {a.kind, b.kind} == {"icon", "text"} and rows_share(a.box, b.box) >= 0.6 and gap_x <= 1.2 * low


def _place(m: Match) -> Place:
    e = m.element
    box, click = e.box, e.click
    if m.part is not None and e.kind == "text" and m.part != (0, len(e.name)):
        box = part_box(e.box, e.name, m.part)
        click = box.center
    return Place(
        name=e.name, kind=e.kind, box=box, click=click, confidence=round(min(1.0, m.score), 4), id=e.id
    )
