"""How well a localizer sees, measured on pages with truth (`seal pages`), kept for the search.

Of every page some views are looked at: the whole, and random ones at half and at native resolution. A view is asked for
things that the page holds and for things that it does not. What is held: icons by concept, widgets and regions by kind
where the localizer knows the phrase, and lines of text where it reads.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..agents.checked import checked
from ..agents.contracts import Localizer, Sighting
from ..agents.looker import Looker
from ..agents.registry import load_localizer
from ..memory.errors import InputError
from ..memory.geometry import Box
from ..memory.image import Image
from ..search.calibration import Calibration, relative_cue
from .fitting import Trial, fit
from .truth import PageTruth

__all__ = ["measure", "things_on", "trials_on"]

PHRASES = 12
"""Things of one kind that are there, and that are not, asked for in a view."""
CELLS = 6
"""Cells of the search's grid along the finest view (`seal.search.ideal`); the cue is pooled over one."""
SHORTEST_LINE = 4
"""Characters of a line of text that is asked for."""

Things = dict[str, list[Box]]


def things_on(truth: PageTruth, localizer: Looker) -> Things:
    """Phrase -> boxes of all its instances, of what the localizer can be asked for."""
    things: Things = {}
    for icon in truth.icons:
        things.setdefault(f"{icon.concept} icon", []).append(icon.box)
    for widget in truth.widgets:
        things.setdefault(widget.kind, []).append(widget.box)
    for region in truth.regions:
        things.setdefault(region.kind, []).append(region.box)
    things = {
        p: boxes for p, boxes in things.items() if not localizer.only_text(p) and not localizer.unknown(p)
    }
    if localizer.capabilities.reads_text:
        longest = localizer.capabilities.longest_phrase
        for line in truth.lines:
            if SHORTEST_LINE <= len(line.text) <= longest and not localizer.unknown(line.text):
                things.setdefault(line.text, []).append(line.box)
    return things


def trials_on(
    image: Image,
    present: Things,
    absent: Sequence[str],
    localizer: Looker,
    rng: random.Random,
    views: int = 6,
) -> Iterator[Trial]:
    """Trials of one page: the whole page and `views` random views, half of them at half resolution."""
    side = localizer.capabilities.input_side
    page = image.box
    shown = [page]
    for k in range(views):
        w, h = (min(float(side * (1 + k % 2)), length) for length in page.size_wh)
        corner = rng.randint(0, int(page.width - w)), rng.randint(0, int(page.height - h))
        shown.append(Box(*corner, w, h))
    for view in dict.fromkeys(shown):
        inside = [p for p, boxes in present.items() if any(view.contains(b) for b in boxes)]
        asked = [*_some(inside, localizer, rng), *_some(absent, localizer, rng)]
        if not asked:
            continue
        patch = image.patch(view)
        started = time.perf_counter()
        row = localizer.locate([patch], asked)[0]
        seconds = time.perf_counter() - started
        for phrase, sighting in zip(asked, row, strict=True):
            boxes = patch.to_image(sighting.boxes)
            told = trial(view, boxes, sighting, present.get(phrase, []), side, rng, seconds)
            yield replace(told, kind=localizer.kind(phrase))


def _some(phrases: Sequence[str], localizer: Looker, rng: random.Random) -> list[str]:
    """At most so many phrases of each kind."""
    kinds: dict[str, list[str]] = {}
    for phrase in phrases:
        kinds.setdefault(localizer.kind(phrase), []).append(phrase)
    return [p for same in kinds.values() for p in rng.sample(same, min(PHRASES, len(same)))]


def trial(
    view: Box,
    boxes: Sequence[Box],
    sighting: Sighting,
    true: Sequence[Box],
    side: int,
    rng: random.Random,
    seconds: float = 0.0,
) -> Trial:
    """What one look said of one phrase, whose instances on the page are `true`."""
    scores = sighting.scores.tolist()
    wrong = [(s, b) for s, b in zip(scores, boxes, strict=True) if not any(_near(t, b) for t in true)]
    spurious, cell = tuple(s for s, _ in wrong), side / CELLS
    relative = None if sighting.cue is None else relative_cue(sighting.cue)
    misled = () if relative is None else tuple(_pooled(relative, view, b.center, cell) for _, b in wrong)
    whole = [t for t in true if view.contains(t)]
    if not whole:
        return Trial(None, spurious=spurious, cue_spurious=misled, seconds=seconds)
    target = rng.choice(whole)
    hits = [s for s, b in zip(scores, boxes, strict=True) if _hits(target, b)]
    cue, elsewhere = None, []
    if relative is not None:
        cue = _pooled(relative, view, target.center, cell)
        for _ in range(16):
            place = rng.uniform(view.x, view.x + view.width), rng.uniform(view.y, view.y + view.height)
            if all(math.dist(place, t.center) > cell for t in true):
                elsewhere.append(_pooled(relative, view, place, cell))
    px = math.sqrt(target.area) * min(1.0, side / max(view.size_wh))
    return Trial(
        px,
        max(hits, default=None),
        cue,
        spurious,
        tuple(elsewhere),
        misled,
        seconds,
        size_wh=target.size_wh,
    )


def _hits(true: Box, box: Box) -> bool:
    """IoU of at least 0.5, or a box that lies in the true one and is half as long (a match within a line of text)."""
    part = true.coverage(box) >= 0.8 and max(box.size_wh) >= 0.5 * max(true.size_wh)
    return part or true.iou(box) >= 0.5


def _near(true: Box, box: Box) -> bool:
    """Whether a box, right or not, is there because of something that is there."""
    return max(true.coverage(box), box.coverage(true)) >= 0.5


def _pooled(cue: NDArray[np.float32], view: Box, place: tuple[float, float], cell: float) -> float:
    """Highest value within half a cell of a place."""
    rows, columns = cue.shape
    part = []
    for at, start, length, n in (
        (place[1], view.y, view.height, rows),
        (place[0], view.x, view.width, columns),
    ):
        low = max(0, math.floor((at - cell / 2 - start) / length * n))
        high = min(n, math.ceil((at + cell / 2 - start) / length * n))
        part.append(slice(min(low, n - 1), max(high, min(low, n - 1) + 1)))
    return float(cue[part[0], part[1]].max())


def measure(
    localizer: Localizer,
    data: Path,
    *,
    limit: int | None = None,
    seed: int = 0,
    on_page: Callable[[str], None] | None = None,
) -> Calibration:
    """Fit a localizer's likelihoods to the pages of a folder. Raises InputError when they do not serve."""
    agent = checked(load_localizer(localizer))
    files = sorted(data.glob("*.json"))[:limit]
    if not files:
        raise InputError(f"{data} holds no pages with truth; make some with `seal pages --out {data}`.")
    truths = {file: PageTruth.load(file) for file in files}
    things: Mapping[Path, Things] = {file: things_on(truth, agent) for file, truth in truths.items()}
    every = sorted({phrase for found in things.values() for phrase in found})
    trials: list[Trial] = []
    for number, (file, truth) in enumerate(truths.items()):
        image = Image.open(file.with_name(truth.image))
        absent = [phrase for phrase in every if phrase not in things[file]]
        rng = random.Random(seed * 1_000_003 + number)
        trials += trials_on(image, things[file], absent, agent, rng)
        if on_page is not None:
            on_page(truth.name)
    return fit(agent.name, trials)
