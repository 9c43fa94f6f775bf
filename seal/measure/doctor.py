"""Self-tests of an agent on drawn pictures: does it follow its contract, see pictures, place boxes, repeat itself?

They tell a broken set-up (images that do not arrive, coordinates in another frame, replies that fit nothing) from a
working one. They say nothing about accuracy on real images.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Literal

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from ..agents.checked import CheckedVQA, checked
from ..agents.contracts import Answer, Check, Localizer, Need, Sighting, VQAAgent
from ..agents.looker import Answerer, Looker
from ..agents.registry import load_localizer, load_vqa
from ..memory.errors import SealError
from ..memory.facts import measure
from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.source import one_line
from ..memory.working import Crop, FoundTarget, VisualWorkingMemory
from ..run.reading import global_image

__all__ = ["examine_localizer", "examine_vqa"]

LEAST_IOU = 0.4
"""Overlap with a drawn thing from which its box counts as found: OCR boxes of a word reach over its ink."""
LOOKS = 3
"""Calls that are timed; the median counts."""
_SIZE_WH = (640, 360)
_THING = Box(400, 60, 150, 90)  # asymmetric, in the right half

Verdict = Literal["ok", "fail", "skipped"]
Finding = tuple[Verdict, str]


def examine_vqa(agent: VQAAgent) -> Iterator[Check]:
    """The checks of a VQA agent, one by one as they are done; errors of the agent become failed checks."""
    agent = CheckedVQA(load_vqa(agent))
    view, question = Image.open(_drawn("rectangle", "red")).patch(), "What colour is the rectangle?"
    needs: list[Need] = []

    def show() -> Finding:
        need = agent.show(view, question)
        needs.append(need)
        said = f"answers {need.answer.text!r}" if need.answer else f"names {[t.phrase for t in need.targets]}"
        return "ok", one_line(said)

    yield _check("show", show)
    phrase = next((t.phrase for need in needs for t in need.targets), "rectangle")
    with_facts = not agent.sees_pictures
    memories = {colour: _memory(colour, phrase, question, with_facts) for colour in ("red", "blue")}

    def where() -> Finding:
        return "ok", one_line(repr(agent.where(view, "clock")), 80)

    def tell() -> Finding:
        answer = agent.tell(memories["red"])
        return _answer_fault(answer, memories["red"]) or (
            "ok",
            one_line(f"{answer.status}: {answer.text!r}", 80),
        )

    yield _check("where", where)
    yield _check("tell", tell)
    yield from _colours(agent, memories, with_facts)
    yield from _own(agent)
    yield _check("speed", lambda: _speed(lambda: agent.show(view, question), "a look at the whole image"))
    yield _check("memory", _peak)


def examine_localizer(localizer: Localizer) -> Iterator[Check]:
    """The checks of a localizer, one by one as they are done; errors of the localizer become failed checks."""
    localizer = checked(load_localizer(localizer))
    kind, phrase, why = _wanted(localizer)
    if why:
        yield Check("phrases", "skipped", why)
        yield _check("memory", _peak)
        return
    drawn = _drawn(kind, "red")
    full, blank, thing = Image.open(drawn), Image.open(_drawn("", "red")), _inked(drawn)
    half = full.patch(Box(250, 0, 390, 360))
    views = [full.patch(), half, blank.patch()]
    seen: list[Sighting] = []

    def contract() -> Finding:
        phrases = [phrase, next((p for p in ("zebra", "menu icon") if not localizer.unknown(p)), phrase)]
        seen.extend(row[0] for row in localizer.locate(views, phrases))
        return "ok", f"{len(views)} patches x 2 phrases; asked for {phrase!r}"

    yield _check("contract", contract)
    if not seen:
        return
    yield _check("coordinates", lambda: _placed(seen[0], views[0], thing))
    yield _check("coordinates in a patch", lambda: _placed(seen[1], half, thing))
    yield _check("there or not", lambda: _told_apart(seen[0], seen[2]))

    def alone() -> Finding:
        again = localizer.locate([views[0]], [phrase])[0][0]
        same = again.boxes.shape == seen[0].boxes.shape and np.allclose(again.boxes, seen[0].boxes, atol=1.0)
        close = same and np.allclose(again.scores, seen[0].scores, atol=1e-2)
        return (
            ("ok", "alone as in a batch") if close else ("fail", "alone it gives other boxes than in a batch")
        )

    yield _check("repeats itself", alone)
    yield from _own(localizer)
    fresh = iter([Image.open(_drawn(kind, colour)).patch() for colour in ("green", "blue", "orange")])
    yield _check("speed", lambda: _speed(lambda: localizer.locate([next(fresh)], [phrase]), "a look"))
    yield _check("memory", _peak)


# --- VQA --------------------------------------------------------------------------------------------------


def _colours(agent: Answerer, memories: dict[str, VisualWorkingMemory], with_facts: bool) -> Iterator[Check]:
    """Multiple choice on two pictures that differ in one colour alone."""
    options = ["red", "blue"]
    answers: dict[str, Answer] = {}

    def choose() -> Finding:
        answers.update(
            {colour: agent.tell(memory.but(options=options)) for colour, memory in memories.items()}
        )
        for colour, answer in answers.items():
            if fault := _answer_fault(answer, memories[colour]):
                return fault
        scored = "options scored" if answers["red"].option_scores else "options not scored"
        return "ok", f"{scored}; {', '.join(f'{c} picture: {a.text}' for c, a in answers.items())}"

    def sees() -> Finding:
        red, blue = answers["red"], answers["blue"]
        if (red.text, red.option_scores) != (blue.text, blue.option_scores):
            return "ok", "another colour gives another reply" + (
                " (from measured facts)" if with_facts else ""
            )
        return "fail", "a red and a blue picture give the same reply: the pictures may not reach the model"

    def right() -> Finding:
        wrong = [colour for colour, answer in answers.items() if answer.text != colour]
        return ("fail", f"cannot name plain {' or '.join(wrong)}") if wrong else ("ok", "names red and blue")

    def repeats() -> Finding:
        again = agent.tell(memories["red"].but(options=options))
        return (
            ("ok", "the same twice") if again == answers["red"] else ("fail", "the same asked twice differs")
        )

    yield _check("options", choose)
    if len(answers) == len(memories):
        yield _check("sees pictures", sees)
        yield _check("names colours", right)
        yield _check("repeats its answer", repeats)


def _answer_fault(answer: Answer, memory: VisualWorkingMemory) -> Finding | None:
    """What the contract allows and is a fault all the same."""
    if unknown_crops := set(answer.cites) - {crop.id for crop in memory.crops}:
        return "fail", f"cites crops that are not there: {', '.join(sorted(unknown_crops))}"
    return None


def _memory(colour: str, phrase: str, question: str, with_facts: bool) -> VisualWorkingMemory:
    """A memory with the drawn rectangle as its one find."""
    image = Image.open(_drawn("rectangle", colour))
    target = FoundTarget(phrase=phrase, box=_THING, score=0.9, crop="crop-1")
    around = Box(_THING.x - 20, _THING.y - 20, _THING.width + 40, _THING.height + 40)
    crop = Crop(id="crop-1", box=around, png=image.region(around))  # type: ignore[arg-type]
    facts = measure([target], [crop], [], {}) if with_facts else ()
    return VisualWorkingMemory(
        question=question, image=global_image(image), targets=(target,), crops=(crop,), facts=facts
    )


def _own(agent: Answerer | Looker) -> Iterator[Check]:
    """The agent's own checks."""
    try:
        yield from agent.self_test()
    except SealError as error:
        yield Check("self-test", "fail", _said(error))


# --- localizers -------------------------------------------------------------------------------------------


def _wanted(localizer: Looker) -> tuple[str, str, str]:
    """(what to draw, the phrase for it, why nothing can be drawn) for what the localizer can find."""
    if localizer.only_text("red rectangle"):
        return "word", "Total", ""
    for kind, phrase in (("rectangle", "red rectangle"), ("button", "button")):
        if not localizer.unknown(phrase):
            return kind, phrase, ""
    return "", "", f"a closed vocabulary without anything drawn here: {localizer.unknown('red rectangle')}"


def _placed(sighting: Sighting, patch: Patch, thing: Box) -> Finding:
    """Whether the best box, or else the peak of the cue map, is where the thing was drawn in the image."""
    thing = thing.shifted(-patch.box.x, -patch.box.y)
    if len(sighting.boxes):
        best = sighting.boxes[int(sighting.scores.argmax())].tolist()
        overlap = thing.iou(Box.from_xyxy(*best))
        drawn, got = (", ".join(f"{v:.0f}" for v in xyxy) for xyxy in (thing.xyxy, best))
        return (
            "ok" if overlap >= LEAST_IOU else "fail"
        ), f"IoU {overlap:.2f}: drawn at {drawn}; found at {got}"
    if sighting.cue is None or sighting.cue.max() <= sighting.cue.min():
        return "fail", "neither a box nor a cue map with a peak"
    rows, columns = sighting.cue.shape
    row, column = divmod(int(sighting.cue.argmax()), columns)
    x, y = (column + 0.5) * patch.box.width / columns, (row + 0.5) * patch.box.height / rows
    x0, y0, x1, y1 = thing.xyxy
    slack_x, slack_y = patch.box.width / columns, patch.box.height / rows
    inside = x0 - slack_x <= x <= x1 + slack_x and y0 - slack_y <= y <= y1 + slack_y
    return ("ok" if inside else "fail"), f"no box; the cue map peaks at ({x:.0f}, {y:.0f})"


def _told_apart(there: Sighting, absent: Sighting) -> Finding:
    if len(there.scores) or len(absent.scores):
        what, best = "score", [float(s.scores.max(initial=0.0)) for s in (there, absent)]
    else:
        what, best = "log-odds", [float(s.cue.max()) if s.cue is not None else 0.0 for s in (there, absent)]
    return (
        "ok" if best[0] > best[1] else "fail"
    ), f"best {what} {best[0]:.2f} with it, {best[1]:.2f} without"


# --- both -------------------------------------------------------------------------------------------------


def _drawn(kind: str, colour: str) -> PIL.Image.Image:
    """(640, 360) RGB, white, with a "rectangle", a "button" or a "word" at `_THING`, or nothing."""
    image = PIL.Image.new("RGB", _SIZE_WH, "white")
    draw = PIL.ImageDraw.Draw(image)
    if kind == "rectangle":
        draw.rectangle(_THING.xyxy, fill=colour)
    elif kind == "button":
        draw.rounded_rectangle(_THING.xyxy, 12, fill=colour)
        draw.text(_THING.center, "Save", "white", PIL.ImageFont.load_default(36), anchor="mm")
    elif kind == "word":
        draw.text(_THING.center, "Total", colour, PIL.ImageFont.load_default(60), anchor="mm")
    return image


def _inked(image: PIL.Image.Image) -> Box:
    rows, columns = np.nonzero((np.asarray(image) < 255).any(axis=-1))
    return Box.from_xyxy(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def _check(name: str, work: Callable[[], Finding]) -> Check:
    try:
        return Check(name, *work())
    except Exception as error:  # an agent under examination may raise anything
        return Check(name, "fail", _said(error))


def _said(error: Exception) -> str:
    return one_line(error if isinstance(error, SealError) else f"{type(error).__name__}: {error}", 300)


def _speed(work: Callable[[], object], what: str) -> Finding:
    seconds = []
    for _ in range(LOOKS):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return "ok", f"{median(seconds):.3g} s {what}"


def _peak() -> Finding:
    """Most memory that this process has held, in all."""
    parts = []
    try:
        import resource
    except ImportError:  # Windows
        pass
    else:
        unit = 1 if sys.platform == "darwin" else 1024
        parts.append(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9:.2f} GB")
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        parts.append(f"{torch.cuda.max_memory_allocated() / 1e9:.2f} GB on the GPU")
    return ("ok", f"at most {', '.join(parts)}") if parts else ("skipped", "not measured on this system")
