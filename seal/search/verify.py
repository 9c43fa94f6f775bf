"""Before a find becomes evidence it is looked at once more, at native resolution.

What a localizer believes to see in a view that is scaled down may be something else. A find in such a view is shown to
it again, around the find and unscaled; only if a box of at least `confidence_low` lies there again it stays. A find
that is refused gets no crop, and the search goes on. No second look is needed of what a look showed at native
resolution, or so large that a closer one would show no more of it. Of text it is enough to read the line again.

Where the time ends before the second look, a find stays if the first look was sure of it (over `confidence_high`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from ..agents.contracts import Target
from ..agents.looker import Looker
from ..agents.text import similarity, spoken_text
from ..memory.errors import OutOfTime
from ..memory.geometry import Box
from ..memory.image import Document, Image, Patch
from ..record.steps import CheckStep, LookStep
from .outcome import MAX_INSTANCES, Instance

__all__ = ["Verifier", "aside", "check_view", "fine_enough"]

NATIVE = 0.95
"""Pixels of the input per image pixel from which a view counts as one at native resolution."""
SHARPER = 1.25
"""A second look has to be this much finer than the first one to be worth taking."""
LARGE_PX = 48.0
"""Smaller side, pixels of the input, beyond which a thing is not seen better but worse: its surroundings are missing
(nano: 0.92 of things of 64 px get a score over `confidence_low`, of 128 px 0.83; `seal calibrate nano`)."""
AROUND = 2.0
"""How many times as large as the find the part of a view has to be for it to serve for that find too."""
SURE = 0.9
"""Score from which a find that a second look refuses gets a third one: scores of one icon vary with where its pixels
fall, from 0.14 to 0.72 in one case (`docs/experiments.md`)."""
AGREES = 0.5
"""Share of the smaller box that has to lie in the other one."""


def check_view(found: Box, page: Box, localizer: Looker, phrase: str) -> Box:
    """Where a find is looked at again: the find and what little around it tells what it is.

    A thing of more than `LARGE_PX` is looked at as if it were so large.

    Of text, two line heights on each side; of anything else, a square of three times its size, but at least a third
    of the input's side, and never so large that it would be scaled down for the margin alone.
    """
    if localizer.only_text(phrase):
        return found.expanded(pixels=2 * max(12.0, min(found.size_wh))).rounded().clipped(page)
    size, side = max(found.size_wh), float(localizer.capabilities.input_side)
    if min(found.size_wh) > LARGE_PX:
        side = math.ceil(max(1.25 * size, side * min(found.size_wh) / LARGE_PX))
    else:
        side = math.ceil(max(1.25 * size, min(side, max(side / 3, 3 * size))))
    x, y = found.center
    return Box(round(x - side / 2), round(y - side / 2), side, side).moved_into(page).rounded().clipped(page)


def aside(view: Box, found: Box, page: Box) -> Box:
    """The same view moved, by up to a quarter of its sides, so that what was found lies on other pixels of it."""
    (x0, y0, x1, y1), (u0, v0, u1, v1), (left, top, right, bottom) = view.xyxy, found.xyxy, page.xyxy
    dx = _move(view.width, min(u0 - x0, right - x1), min(x1 - u1, x0 - left))
    dy = _move(view.height, min(v0 - y0, bottom - y1), min(y1 - v1, y0 - top))
    return view.shifted(dx, dy)


def _move(side: float, on: float, back: float) -> int:
    """Half of the way that is free in the better direction, at most a quarter of the side, whole pixels."""
    way = math.floor(min(side / 4, max(on, back, 0.0) / 2))
    return way if on >= back else -way


def fine_enough(found: Box) -> float:
    """Pixels of the input per image pixel from which a look at a find needs no second one."""
    return NATIVE * min(1.0, LARGE_PX / max(1.0, min(found.size_wh)))


class Verifier:
    """Looks at finds once more. steps: the looks it took, in order. low: the least score that confirms a find. high: a
    find over it stays when there is no time for a second look.

    What the search itself sees in a look that is fine enough (`saw`) is as good as a second look.
    """

    def __init__(
        self,
        document: Document,
        localizer: Looker,
        low: float | None = None,
        round_: int = 0,
        high: float | None = None,
    ) -> None:
        self.document = document
        self.localizer = localizer
        self.low = localizer.capabilities.confidence_low if low is None else low
        self.high = localizer.capabilities.confidence_high if high is None else high
        self.round = round_
        self.steps: list[CheckStep] = []
        self.verdicts: dict[tuple[str, int, Box], bool] = {}
        self.seen: dict[tuple[str, int], list[Box]] = {}
        self.views: dict[tuple[int, bool], list[Box]] = {}

    def scale(self, view: Box) -> float:
        """Pixels of the input per image pixel of a view."""
        return min(1.0, self.localizer.capabilities.input_side / max(view.size_wh))

    def shared(self, view: Box, instance: Instance, phrase: str) -> Box:
        """An earlier view that shows the find and what is around it as finely, or nearly; else this one."""
        views = self.views.setdefault((instance.page, self.localizer.only_text(phrase)), [])
        around = instance.box.expanded(AROUND).clipped(self.document.page(instance.page).box)
        enough = self.scale(view) if self.scale(view) >= 1 else 0.75 * self.scale(view)
        for earlier in views:
            if earlier.contains(around) and self.scale(earlier) >= enough - 1e-9:
                return earlier
        views.append(view)
        return view

    def saw(self, step: LookStep) -> None:
        """Note what a look of the search showed finely enough."""
        for told in step.observations:
            fine = [
                box
                for box, score in zip(told.boxes, told.scores, strict=True)
                if score >= self.low and step.scale >= fine_enough(box)
            ]
            self.seen.setdefault((told.phrase, step.page), []).extend(fine)

    def __call__(self, target: Target, instances: Sequence[Instance]) -> list[Instance]:
        """Those that a second look shows too; of more than get a crop, the rest as it is."""
        kept = [i for i in instances[:MAX_INSTANCES] if self.stays(target, i)]
        return kept + list(instances[MAX_INSTANCES:])

    def stays(self, target: Target, instance: Instance) -> bool:
        """Whether a second look shows it; whether the first was sure, where there is no time for a second."""
        try:
            return self.shows(target, instance)
        except OutOfTime:
            return instance.score > self.high

    def shows(self, target: Target, instance: Instance) -> bool:
        """Whether the target is seen there again, where a finer look is possible."""
        image = self.document.page(instance.page)
        if instance.scale >= fine_enough(instance.box) or image.limit_side is not None:
            return True
        if any(_same(box, instance.box) for box in self.seen.get((target.phrase, instance.page), ())):
            return True
        view = check_view(instance.box, image.box, self.localizer, target.phrase)
        if self.scale(view) < min(NATIVE, SHARPER * instance.scale):
            return True
        asked = (target.phrase, instance.page, instance.box)
        if asked in self.verdicts:  # the same look would show the same
            return self.verdicts[asked]
        started = time.perf_counter()
        if (score := self.read(target.phrase, image, instance.box)) >= self.low:
            self.note(target.phrase, instance, image.patch(instance.box).box, score, started)
            return True
        views = [self.shared(view, instance, target.phrase)]
        if instance.score >= SURE and not self.localizer.only_text(target.phrase):
            views.append(aside(view, instance.box, image.box))
        for view in dict.fromkeys(views):
            seen = self.look(target.phrase, image.patch(view), instance.box)
            self.note(target.phrase, instance, view, seen, started)
            if seen is not None:
                return True
            started = time.perf_counter()
        return False

    def look(self, phrase: str, patch: Patch, found: Box) -> float | None:
        """The best score of at least `low` at a place in a view; None where nothing is seen there."""
        seen = self.localizer.locate([patch], [phrase])[0][0]
        there = zip(patch.to_image(seen.boxes), seen.scores.tolist(), strict=True)
        return max((score for box, score in there if score >= self.low and _same(box, found)), default=None)

    def read(self, phrase: str, image: Image, found: Box) -> float:
        """How well what stands in a box, read in full resolution, agrees with a text; 0 for anything but texts."""
        if not self.localizer.only_text(phrase):
            return 0.0
        text, sure = self.localizer.spell(image.patch(found))
        return similarity(spoken_text(phrase), text)[0] * sure

    def note(self, phrase: str, instance: Instance, view: Box, score: float | None, started: float) -> None:
        """Keep the verdict on a find, and the step: score is that in the view, None where it is not seen there."""
        self.verdicts[phrase, instance.page, instance.box] = score is not None
        self.steps.append(
            CheckStep(
                phrase=phrase,
                page=instance.page,
                box=view,
                found=instance.box,
                shown=score is not None,
                score=score,
                round=self.round,
                seconds=time.perf_counter() - started,
            )
        )


def _same(a: Box, b: Box) -> bool:
    return max(a.coverage(b), b.coverage(a)) >= AGREES
