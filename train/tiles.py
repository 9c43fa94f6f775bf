"""Training tiles for the finder: cut from generated pages at many scales, with targets for every cell.

- A batch depends on its step only. Every other step sees square tiles near native scale, the others a whole view of
  a page or part of it, as a look of the search does: that is where regions are learnt.
- Rare kinds are seen as often as common ones: every other page is drawn for a kind that it shows (class-aware
  sampling, arXiv 1512.05830), and a tile lies about an object of a random kind of its page.
- What is cut, tiny or listed as `ignored` is neither truth nor background.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..agents.nano.network import GROUPS, KINDS, STRIDES
from ..measure.truth import PageTruth
from ..memory.errors import InputError

__all__ = [
    "Array",
    "Batch",
    "Page",
    "TileSampler",
    "Truth",
    "cells",
    "collate",
    "cut",
    "keep_pages",
    "load_page",
    "page_files",
    "through_jpeg",
]

Array = NDArray[Any]
"""Of the dtype that is told beside it."""
TILE, TILES_A_STEP = 640, 4
VIEW_WH = (1536, 1024)
_LEVEL_LIMITS = (64.0, 160.0, 400.0, 900.0)
_LEAST_PX = 7.0
_PADDING = 114


@dataclass(frozen=True, slots=True)
class Truth:
    """What is in an image. boxes: (N, 4) float32 xyxy pixels; kinds: (N,) index in `KINDS`; on: (N,) 1, 0 or -1
    for "has no such state"; concepts: (N,) names, "" but for icons; ignored: (M, 4) float32 xyxy."""

    boxes: Array
    kinds: Array
    on: Array
    concepts: tuple[str, ...]
    ignored: Array


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page: image (H, W, 3) uint8 RGB, and its truth."""

    image: Array
    truth: Truth


@dataclass(frozen=True, slots=True)
class Batch:
    """images: (B, H, W, 3) uint8. Positive cells, P of them: `tile` and flat `cell` over all levels, `kind`, box in
    pixels of the tile (P, 4), `on`. ignored: (B, 3, cells) bool, one layer for each group."""

    images: Array
    tile: Array
    cell: Array
    kind: Array
    box: Array
    on: Array
    ignored: Array


def page_files(*folders: Path) -> tuple[Path, ...]:
    """The truths of folders of generated pages, sorted. Raises InputError when one has none."""
    return tuple(file for folder in folders for file in _page_files(folder))


def _page_files(folder: Path) -> tuple[Path, ...]:
    found = tuple(sorted(folder.glob("*.json")))
    if not found:
        raise InputError(
            f"{folder} holds no generated pages; make some: seal pages --out {folder} --count 500"
        )
    return found


@lru_cache(maxsize=4096)
def load_truth(path: Path) -> tuple[Path, Truth]:
    """Image file and truth of a page; remembered."""
    page = PageTruth.load(path)
    boxes: list[tuple[float, float, float, float]] = []
    kinds: list[int] = []
    on: list[int] = []
    concepts: list[str] = []
    for icon in page.icons:
        boxes.append(icon.box.xyxy)
        kinds.append(0)
        on.append(-1)
        concepts.append(icon.concept)
    for widget in page.widgets:
        state = widget.checked
        if state is None and widget.kind in ("tab", "menu item", "pagination"):
            state = widget.selected
        boxes.append(widget.box.xyxy)
        kinds.append(KINDS.index(widget.kind))
        on.append(-1 if state is None else int(state))
        concepts.append("")
    for region in page.regions:
        boxes.append(region.box.xyxy)
        kinds.append(KINDS.index(region.kind))
        on.append(-1)
        concepts.append("")
    ignored = [(x, y, x + w, y + h) for x, y, w, h in page.ignored]
    return path.with_name(page.image), Truth(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(kinds, np.int64),
        np.array(on, np.int64),
        tuple(concepts),
        np.array(ignored, np.float32).reshape(-1, 4),
    )


_kept: dict[Path, Page] = {}


def keep_pages(files: tuple[Path, ...]) -> None:
    """Read pages once for all, before processes are started that share them; 6 MB for one of 1920 x 1080."""
    cv2.setNumThreads(0)  # threads of its own do not survive in a forked process
    with ThreadPoolExecutor() as pool:
        _kept.update(zip(files, pool.map(load_page, files), strict=True))


def load_page(path: Path) -> Page:
    """The page of a truth file. Raises InputError when its image cannot be read."""
    if path in _kept:
        return _kept[path]
    file, truth = load_truth(path)
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if pixels is None:
        raise InputError(
            f"The image {file} of {path.name} cannot be read; delete both and make the page again."
        )
    return Page(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), truth)


class TileSampler:
    """`sampler(step)` is the batch of that step: `size` times four tiles, or one view."""

    def __init__(self, files: tuple[Path, ...], seed: int = 0, size: int = 1) -> None:
        self.files, self.seed, self.size = files, seed, size
        kinds = [set(load_truth(file)[1].kinds.tolist()) for file in files]
        showing = [[f for f, seen in zip(files, kinds, strict=True) if k in seen] for k in range(len(KINDS))]
        self.rare = [group for group in showing[1:] if group]

    def __call__(self, step: int) -> Batch:
        rng = np.random.default_rng((self.seed, step))
        if step % 2 == 1:
            tall = rng.random() < 0.15 if self.size > 1 else None
            views = [_view(self._page(step, step // 2 % 2 + 2 * i), rng, tall) for i in range(self.size)]
        else:
            pages = [self._page(step, i) for i in range(2 * self.size)]
            views = [_tile(pages[i % len(pages)], rng) for i in range(TILES_A_STEP * self.size)]
        return collate([(_recoloured(image, rng), truth) for image, truth in views])

    def _page(self, step: int, index: int) -> Page:
        """Any page for an even index, one that shows a random kind of widget or region for an odd one."""
        rng = np.random.default_rng((self.seed, 7, step, index))
        files = self.rare[rng.integers(len(self.rare))] if index % 2 and self.rare else self.files
        return load_page(files[rng.integers(len(files))])


def _tile(page: Page, rng: np.random.Generator) -> tuple[Array, Truth]:
    """A square tile; half of them at native scale, most of them about some object."""
    scale = 1.0 if rng.random() < 0.5 else float(np.exp(rng.uniform(np.log(0.4), np.log(1.4))))
    side = TILE / scale
    height, width = page.image.shape[:2]
    boxes = page.truth.boxes
    if len(boxes) and rng.random() < 0.75:
        kinds = page.truth.kinds
        x0, y0, x1, y1 = boxes[rng.choice(np.flatnonzero(kinds == rng.choice(np.unique(kinds))))]
        cx, cy = (x0 + x1) / 2 + rng.uniform(-0.4, 0.4) * side, (y0 + y1) / 2 + rng.uniform(-0.4, 0.4) * side
    else:
        cx, cy = rng.uniform(0, width), rng.uniform(0, height)
    x, y = (float(np.clip(c - side / 2, 0, max(0.0, size - side))) for c, size in ((cx, width), (cy, height)))
    return cut(page, (x, y, side, side), (TILE, TILE), rng)


def _view(page: Page, rng: np.random.Generator, tall: bool | None = None) -> tuple[Array, Truth]:
    """A whole page, or a part of it as the search would look at it, scaled down to the view.

    tall: whether the view is, as all of a batch must be alike; None: as the part is.
    """
    height, width = page.image.shape[:2]
    w, h = (
        (float(width), float(height))
        if rng.random() < 0.5
        else (width * rng.uniform(0.4, 1), height * rng.uniform(0.4, 1))
    )
    x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
    long, short = VIEW_WH
    fit = (short, long) if (w < h if tall is None else tall) else (long, short)
    least = max(w / fit[0], h / fit[1], 1.0)
    if rng.random() < 0.3:
        least *= rng.uniform(1.0, 1.6)
    return cut(page, (x, y, fit[0] * least, fit[1] * least), fit, rng, (w, h))


def cut(
    page: Page,
    region: tuple[float, float, float, float],
    size_wh: tuple[int, int],
    rng: np.random.Generator | None = None,
    content_wh: tuple[float, float] | None = None,
) -> tuple[Array, Truth]:
    """The region (x, y, w, h) of a page at a size, padded where the page ends, and the truth in its pixels.

    content_wh: cut off what lies further right or below in the region.
    """
    x, y, w, h = region
    scale = size_wh[0] / w
    height, width = page.image.shape[:2]
    limit_w, limit_h = content_wh or (w, h)
    x1, y1 = min(width, round(x + min(w, limit_w))), min(height, round(y + min(h, limit_h)))
    x0, y0 = round(x), round(y)
    part = page.image[y0:y1, x0:x1]
    out_w = min(size_wh[0], max(1, round(part.shape[1] * scale)))
    out_h = min(size_wh[1], max(1, round(part.shape[0] * scale)))
    if (out_w, out_h) != (part.shape[1], part.shape[0]):
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        if rng is not None and scale > 0.6 and rng.random() < 0.3:
            way = cv2.INTER_LINEAR
        part = cv2.resize(part, (out_w, out_h), interpolation=way)
    image = np.full((size_wh[1], size_wh[0], 3), _PADDING, np.uint8)
    image[:out_h, :out_w] = part
    return image, _moved(page.truth, (x0, y0), scale, (out_w, out_h))


def _moved(truth: Truth, origin: tuple[int, int], scale: float, size_wh: tuple[int, int]) -> Truth:
    """The truth in pixels of a cut: clipped; what is mostly outside or too small is ignored."""
    shift = np.array([*origin, *origin], np.float32)
    limit = np.array([*size_wh, *size_wh], np.float32)
    boxes, ignored = (truth.boxes - shift) * scale, (truth.ignored - shift) * scale
    clipped = np.clip(boxes, 0, limit)
    sides, seen = boxes[:, 2:] - boxes[:, :2], np.maximum(clipped[:, 2:] - clipped[:, :2], 0)
    share = seen.prod(1) / np.maximum(sides.prod(1), 1e-6)
    group = np.array(GROUPS)[truth.kinds]
    enough = np.where(group == 2, 0.4, 0.75)
    kept = (share >= enough) & (seen.max(1, initial=0.0) >= _LEAST_PX)
    spoiled = (share > 0.05) & ~kept
    rest = np.clip(ignored, 0, limit)
    rest = rest[(rest[:, 2:] - rest[:, :2]).min(1, initial=1e9) > 0.5]
    return Truth(
        clipped[kept],
        truth.kinds[kept],
        truth.on[kept],
        tuple(c for c, k in zip(truth.concepts, kept, strict=True) if k),
        np.concatenate([rest, clipped[spoiled & (group < 2)]]),
    )


def _recoloured(image: Array, rng: np.random.Generator) -> Array:
    """Contrast, brightness, tint, inversion, other hues, JPEG artefacts; pages stay as they are two times of five."""
    if rng.random() < 0.4:
        return image
    if rng.random() < 0.1:
        image = 255 - image
    if rng.random() < 0.1:
        image = np.repeat(image.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    if rng.random() < 0.15:
        image = image[..., rng.permutation(3)]
    if rng.random() < 0.5:
        gain, shift = rng.uniform(0.75, 1.2, 3), rng.uniform(-20, 20)
        table = np.clip(np.arange(256)[:, None] * gain + shift, 0, 255).astype(np.uint8)
        image = cv2.LUT(image, table[None].reshape(1, 256, 3))
    if rng.random() < 0.4:
        quality = int(rng.uniform(45, 95))
        image = through_jpeg(image, quality)
    return np.ascontiguousarray(image)


def through_jpeg(image: Array, quality: int) -> Array:
    """The image as JPEG shows it."""
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))


def collate(views: list[tuple[Array, Truth]]) -> Batch:
    """One batch of equally large views, with the cells that are to answer for each object."""
    height, width = views[0][0].shape[:2]
    rows: list[tuple[Array, ...]] = []
    ignored = [_ignored_cells(truth.ignored, width, height) for _, truth in views]
    for index, (_, truth) in enumerate(views):
        cell, which = _responsible(truth, width, height)
        rows.append(
            (np.full(len(cell), index), cell, truth.kinds[which], truth.boxes[which], truth.on[which])
        )
    tile, cell, kind, box, on = (np.concatenate(column) for column in zip(*rows, strict=True))
    return Batch(np.stack([image for image, _ in views]), tile, cell, kind, box, on, np.stack(ignored))


def cells(width: int, height: int) -> tuple[Array, Array]:
    """Centres (C, 2) float32 xy pixels and strides (C,) of all cells, level after level, row by row."""
    centres, strides = [], []
    for stride in STRIDES:
        ys, xs = np.mgrid[0 : height // stride, 0 : width // stride]
        centres.append((np.stack([xs.ravel(), ys.ravel()], 1).astype(np.float32) + 0.5) * stride)
        strides.append(np.full(xs.size, stride, np.float32))
    return np.concatenate(centres), np.concatenate(strides)


def _responsible(truth: Truth, width: int, height: int) -> tuple[Array, Array]:
    """Flat cells and, for each, the object it answers for: the cells about an object's centre on its level.

    Where two objects of a group want a cell, the smaller one gets it. An object is wanted by one cell at least.
    """
    offsets = np.cumsum([0, *((height // s) * (width // s) for s in STRIDES)])
    sides = truth.boxes[:, 2:] - truth.boxes[:, :2]
    areas = sides.prod(1)
    levels = np.searchsorted(_LEVEL_LIMITS, np.sqrt(areas))
    taken: dict[tuple[int, int], int] = {}
    for n in np.argsort(-areas, kind="stable"):  # smaller ones later, over larger ones
        stride, level, group = STRIDES[levels[n]], levels[n], GROUPS[truth.kinds[n]]
        (x0, y0, x1, y1), columns, lines = truth.boxes[n] / stride, width // stride, height // stride
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        nearest = (min(int(cx), columns - 1), min(int(cy), lines - 1))
        for i in range(int(cx - 1), int(cx + 1) + 1):
            for j in range(int(cy - 1), int(cy + 1) + 1):
                middle_x, middle_y = i + 0.5, j + 0.5
                near = abs(middle_x - cx) <= 1 and abs(middle_y - cy) <= 1
                inside = x0 < middle_x < x1 and y0 < middle_y < y1 and 0 <= i < columns and 0 <= j < lines
                if (i, j) == nearest or (near and inside):
                    taken[int(offsets[level] + j * columns + i), group] = int(n)
    keys = sorted(taken)
    return np.array([cell for cell, _ in keys], np.int64), np.array([taken[k] for k in keys], np.int64)


def _ignored_cells(boxes: Array, width: int, height: int) -> Array:
    """(3, cells) bool: cells of which nothing is learnt. Large ignored things are regions, small ones are not."""
    centres, strides = cells(width, height)
    out = np.zeros((3, len(centres)), bool)
    for x0, y0, x1, y1 in boxes:
        margin = np.minimum(strides, 16.0) / 2
        inside = (centres[:, 0] > x0 - margin) & (centres[:, 0] < x1 + margin)
        inside &= (centres[:, 1] > y0 - margin) & (centres[:, 1] < y1 + margin)
        if (x1 - x0) * (y1 - y0) > width * height / 10:
            out[2] |= inside
        else:
            out[:2] |= inside
    return out
