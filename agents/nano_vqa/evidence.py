"""What the working memory holds on a question, by its kind: lines of evidence, what may be answered, a view."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import PIL.Image

from ...memory.colors import NAMES
from ...memory.geometry import Box, relation
from ...memory.working import FoundTarget, VisualWorkingMemory
from ..contracts import Answer
from ..nano.icons import badge_of, badge_on, beside, icons_in
from ..nano.vocabulary import often_missed, parse
from .asked import Reading, labelled, phrase_of
from .icons import answer
from .options import sides_offered, states_offered
from .prompts import before, evidence_line, framed, plain, view_of
from .states import ONE_OF_MANY, among

__all__ = ["Found", "MEASURED", "Made", "evidence", "measured"]

MEASURED = ("badge", "value", "count")
"""Kinds of question whose answer is counted or read, not judged by the model."""
_TOLD = 6
Found = Mapping[str, tuple[FoundTarget, ...]]
"""Instances by the phrase that they were looked for under."""
Made = tuple[list[str], Sequence[str], tuple[FoundTarget, ...], PIL.Image.Image | None] | str
"""Lines of evidence, words that may answer, targets used, a view; or why there is no evidence."""


def evidence(reading: Reading, memory: VisualWorkingMemory, found: Found, concepts: Sequence[str]) -> Made:
    """What the model is told and shown. concepts: names of icons that it can tell apart."""
    return (
        _kind(reading, memory, found, concepts)
        if reading.ask == "kind"
        else _MAKERS[reading.ask](reading, memory, found)
    )


def measured(
    reading: Reading, memory: VisualWorkingMemory, found: Found, options: Sequence[str] | None
) -> Answer | None:
    """The answer of the nano localizer, where it tells better than the model: icons beside labels, what is selected."""
    if reading.ask == "kind":
        return _named(reading, memory, found, options)
    return _among(reading, memory, found, options) if reading.ask == "state" else None


def _first(reading: Reading, memory: VisualWorkingMemory, found: Found, number: int = 0) -> FoundTarget | str:
    """The best instance of a target, or why there is none."""
    if len(reading.targets) <= number:
        return "The question names nothing that could be looked for."
    phrase = phrase_of(*reading.targets[number])
    if found.get(phrase):
        return found[phrase][0]
    gone = next((a for a in memory.absent if a.phrase == phrase), None)
    return f"{phrase}: {gone.sentence if gone else 'not looked for'}."


def _colour(reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    thing = _first(reading, memory, found)
    if isinstance(thing, str):
        return thing
    facts = (f for f in memory.facts if f.kind == "color" and f.value.get("phrase") == thing.phrase)
    fact = next(facts, None)
    colors = tuple(dict.fromkeys(c["name"] for c in fact.value["colors"])) if fact else ()
    square = reading.targets[0][0] == "icon"
    view = _view(memory, thing, framed(thing.box, square))
    return [evidence_line(reading.names[0], colors)], tuple(NAMES), (thing,), view


def _state(reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    what, name = reading.targets[0] if reading.targets else ("", "")
    thing = _first(reading, memory, found)
    if labelled(what, name):
        thing = _meant(thing, found.get(what, ())) or thing
    if isinstance(thing, str):
        return thing
    view = _view(memory, thing, framed(thing.box, what == "icon"))
    return [evidence_line(reading.names[0], ["found"])], states_offered(memory.question), (thing,), view


def _among(
    reading: Reading, memory: VisualWorkingMemory, found: Found, options: Sequence[str] | None
) -> Answer | None:
    """Whether a labelled tab or menu entry is the one that the localizer saw selected; None where that is open."""
    what, name = reading.targets[0] if reading.targets else ("", "")
    label = _first(reading, memory, found)
    if what not in ONE_OF_MANY or not labelled(what, name) or isinstance(label, str):
        return None
    return among(memory.question, what, label, found.get(f"selected {what}", ()), options)


def _meant(label: FoundTarget | str, things: Sequence[FoundTarget]) -> FoundTarget | None:
    """The thing that a label names: the nearest, those on its row before others; the only one there is."""
    if isinstance(label, str):
        return things[0] if len(things) == 1 else None
    here = [t for t in things if t.page == label.page]

    def away(thing: FoundTarget) -> float:
        r = relation(label.box, thing.box)
        return r.gap_x + 4 * r.gap_y + abs(label.box.center[1] - thing.box.center[1])

    return min(here, key=away, default=None)


def _named(
    reading: Reading, memory: VisualWorkingMemory, found: Found, options: Sequence[str] | None
) -> Answer | None:
    """What the namer of the nano localizer calls the icon that is asked for; None where it sees none."""
    thing = _first(reading, memory, found)
    crop = None if isinstance(thing, str) else next((c for c in memory.crops if c.id == thing.crop), None)
    if crop is None or isinstance(thing, str):
        return None
    icons = icons_in(crop)
    if reading.targets[0][0] == "icon":
        icon = max(icons, key=lambda i: i.box.iou(thing.box), default=None)
    else:
        icon = beside(thing.box, icons)
    return None if icon is None else answer(icon, (crop.id,), options)


def _kind(reading: Reading, memory: VisualWorkingMemory, found: Found, concepts: Sequence[str]) -> Made:
    label = _first(reading, memory, found)
    if isinstance(label, str):
        return label
    icon = reading.targets[0][0] == "icon"
    view = _view(memory, label, framed(label.box, True) if icon else before(label.box))
    return [evidence_line(reading.names[0], ["found"])], concepts, (label,), view


def _relation(reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    if len(reading.targets) < 2:
        return "Two things are needed for a relation."
    pair = [_first(reading, memory, found, i) for i in (0, 1)]
    things = [t for t in pair if not isinstance(t, str)]
    if len(things) < 2:
        return " ".join(t for t in pair if isinstance(t, str))
    a, b = things
    if a.page != b.page:
        return f"They stand on different pages, {a.page} and {b.page}."
    r = relation(a.box, b.box)
    said = [w.removesuffix(" of") for w in (r.horizontal, r.vertical) if w != "level with"]
    lines = [evidence_line(reading.names[0], said), evidence_line(reading.names[1], ["found"])]
    if not (words := sides_offered(memory.question, said)):
        return f"{a.phrase} is {r.horizontal} and {r.vertical} {b.phrase}: nothing that the question offers."
    return lines, words, (a, b), None


def _text(reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    thing = _first(reading, memory, found)
    if reading.ask == "badge" and (used := _badge(reading, memory, found)):
        text = used[-1].text
        return [evidence_line(reading.names[0], [("above", text)])], [plain(text)], used, None
    if isinstance(thing, str):
        return thing
    facts = [f for f in memory.facts if f.kind == "text" and f.value.get("phrase") == thing.phrase]
    own = {thing.text, reading.targets[0][1]} if reading.targets[0][0] == "text" else {""}
    mine = [f for f in facts if thing.crop in f.evidence or not f.evidence] or facts
    texts = [(str(f.value["side"]), str(f.value["text"])) for f in mine if f.value["text"] not in own][:_TOLD]
    return [evidence_line(reading.names[0], texts)], [plain(t) for _, t in texts], (thing,), None


def _badge(reading: Reading, memory: VisualWorkingMemory, found: Found) -> tuple[FoundTarget, ...]:
    """The badge that is asked for, last, behind the icon that it is on if that was found; () for none."""
    badges = found.get("badge", ())
    for icon in found.get(phrase_of(*reading.targets[0]), ()) if reading.targets else ():
        if badge := badge_of(icon, badges):
            return icon, badge
    concept = parse(reading.names[0]) if reading.targets else None
    if concept is None or concept.kind != "icon":
        return ()
    under = badge_on(concept.name, badges, {crop.id: crop for crop in memory.crops})
    return (under[0].model_copy(update={"score": under[1]}),) if under else ()


def _count(reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    if not reading.targets:
        return "The question names nothing that could be counted."
    phrase = phrase_of(*reading.targets[0])
    facts = (f for f in memory.facts if f.kind == "count" and f.value.get("phrase") == phrase)
    fact = next(facts, None)
    number = str(fact.value["count"]) if fact else str(len(found.get(phrase, ())))
    return [evidence_line(reading.names[0], [number])], (number,), found.get(phrase, ())[:8], None


def _presence(reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    thing = _first(reading, memory, found)
    if isinstance(thing, str):
        gone = next(
            (a for a in memory.absent if reading.targets and a.phrase == phrase_of(*reading.targets[0])), None
        )
        if gone is None or gone.seen < 0.5 or often_missed(gone.phrase):
            return thing
    said = "none" if isinstance(thing, str) else "found"
    used = () if isinstance(thing, str) else (thing,)
    return [evidence_line(reading.names[0], [said])], ("yes", "no"), used, None


_MAKERS: Mapping[str, Callable[[Reading, VisualWorkingMemory, Found], Made]] = {
    "colour": _colour,
    "state": _state,
    "relation": _relation,
    "badge": _text,
    "value": _text,
    "count": _count,
    "presence": _presence,
}


def _view(memory: VisualWorkingMemory, target: FoundTarget, box: Box) -> PIL.Image.Image | None:
    """What lies in a box, from the crop of a target; None when no crop shows it."""
    crop = next((c for c in memory.crops if c.id == target.crop), None)
    return None if crop is None else view_of(crop, box)
