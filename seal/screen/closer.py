"""A second look at icons that the view left in doubt: cut from the original file, laid out on a sheet, at two scales.

What an icon is counts as the mean over the looks, so that a concept which is seen at one scale alone stays doubtful:
on a screen of 3840 px two gears of 28 px were nameless in the view, and named with 0.99 and 0.93 on the sheets, while a
gem was a Wi-Fi sign on one sheet and nothing elsewhere. A sheet of 16 icons costs about a tenth of a look at a screen.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import PIL.Image

from ..agents.looker import Looker
from ..agents.nano.vocabulary import parse
from ..memory.geometry import Box
from ..memory.image import Image
from .things import Thing

__all__ = ["closer"]

SCALES = ((32, 96), (24, 72))
"""(pixels of an icon, pixels of its cell) on each sheet."""
SURE = 0.75
"""Score of a concept from which no second look is needed."""
LEAST = 0.35
"""Score from which a box counts as an icon and is looked at again."""
MOST = 64
"""Icons on a sheet, the surest ones."""
CENTRED = 0.17
"""Share of a cell by which what is seen may lie beside the middle of it."""


def closer(image: Image, things: Sequence[Thing], localizer: Looker) -> list[Thing]:
    """The things with the concepts of doubtful icons as two closer looks see them too.

    Raises OutOfTime as the localizer does.
    """
    icons = {t.box: t.score for t in things if _concept(t) == "" and t.score >= LEAST}
    known: dict[Box, dict[str, float]] = defaultdict(dict)
    for t in things:
        if _concept(t) and t.box in icons:
            known[t.box][t.phrase] = t.score
    doubtful = [b for b in icons if max(known[b].values(), default=0.0) < SURE]
    doubtful = sorted(doubtful, key=lambda b: (-icons[b], b))[:MOST]
    if not doubtful:
        return list(things)
    looks = [{b: known[b] for b in doubtful}]
    for side, cell in SCALES:
        told = _looked(image, doubtful, localizer, side, cell)
        if told is None:
            return list(things)
        looks.append(told)
    again = set(doubtful)
    kept = [t for t in things if t.box not in again or not _concept(t)]
    for box in doubtful:
        for phrase in sorted({p for look in looks for p in look.get(box, {})}):
            mean = sum(look.get(box, {}).get(phrase, 0.0) for look in looks) / len(looks)
            kept.append(Thing(phrase, box, mean))
    return kept


def _concept(thing: Thing) -> str | None:
    """The concept of an icon, "" of one without a name; None for what is no icon."""
    wanted = parse(thing.phrase)
    return wanted.name if wanted is not None and wanted.kind == "icon" else None


def _looked(
    image: Image, boxes: Sequence[Box], localizer: Looker, side: int, cell: int
) -> dict[Box, dict[str, float]] | None:
    """Phrases of icons with their scores, by box; None of a localizer that surveys nothing."""
    columns = math.ceil(math.sqrt(len(boxes)))
    sheet = PIL.Image.new("RGB", (columns * cell, math.ceil(len(boxes) / columns) * cell), "white")
    for i, box in enumerate(boxes):
        span = max(8.0, *box.size_wh) * cell / side
        x, y = box.center
        window = Box(x - span / 2, y - span / 2, span, span).moved_into(image.box)
        shown = image.region(window).resize((cell, cell), PIL.Image.Resampling.LANCZOS)
        sheet.paste(shown, (i % columns * cell, i // columns * cell))
    seen = localizer.survey(Image.open(np.asarray(sheet)).patch())
    if seen is None:
        return None
    told: dict[Box, dict[str, float]] = defaultdict(dict)
    for phrase, xyxy, score in zip(seen.texts, seen.boxes.tolist(), seen.scores.tolist(), strict=True):
        x, y = (xyxy[0] + xyxy[2]) / 2, (xyxy[1] + xyxy[3]) / 2
        i = int(y // cell) * columns + int(x // cell)
        off = max(abs(x % cell - cell / 2), abs(y % cell - cell / 2))
        if i < len(boxes) and off <= CENTRED * cell and _concept(Thing(phrase, boxes[i], score)):
            box = boxes[i]
            told[box][phrase] = max(told[box].get(phrase, 0.0), score)
    return dict(told)
