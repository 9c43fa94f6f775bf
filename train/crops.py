"""A pool of icon crops for the namer, cut once from generated pages, and batches out of it.

A crop shows twice the icon's larger side at `SIDE` pixels, so that a batch can shift, widen and shrink what it takes
out of the middle. Crops of the last class show text, widgets and plain background instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..agents.nano.network import CROP, MARGIN
from ..memory.errors import InputError
from .concepts import table
from .tiles import Array, Page, load_page, through_jpeg

__all__ = ["CropSampler", "Pool", "make_pool"]

SIDE = 56
_NONE_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Pool:
    """crops: (N, 56, 56, 3) uint8; labels: (N,) index in `concepts`, len(concepts) for none; px: (N,) the icon's
    larger side on its page, pixels."""

    crops: Array
    labels: Array
    px: Array
    concepts: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> Pool:
        """What `make_pool` wrote; crops stay on disk until used. Raises InputError when it is absent or damaged."""
        try:
            meta = json.loads((folder / "pool.json").read_text("utf-8"))
            crops = np.load(folder / "crops.npy", mmap_mode="r")
            labels, px = np.load(folder / "labels.npy"), np.load(folder / "px.npy")
        except (OSError, ValueError) as error:
            raise InputError(f"{folder} holds no pool of icon crops ({error}).") from error
        return cls(crops[: len(labels)], labels, px, tuple(meta["concepts"]))


def make_pool(files: tuple[Path, ...], folder: Path, on_page: Callable[[], None] | None = None) -> Pool:
    """Cut all icons, and some of what is none, out of the pages; load the pool if the folder has it already."""
    if (folder / "pool.json").is_file():
        return Pool.load(folder)
    folder.mkdir(parents=True, exist_ok=True)
    concepts = tuple(sorted(table().concepts))
    index = {name: i for i, name in enumerate(concepts)}
    labels: list[int] = []
    px: list[float] = []
    with (folder / "crops.raw").open("wb") as raw:
        for number, file in enumerate(files):
            page, rng = load_page(file), np.random.default_rng((3, number))
            icons = page.truth.kinds == 0
            cuts = [
                (box, index[name])
                for box, name in zip(
                    page.truth.boxes[icons], np.array(page.truth.concepts)[icons], strict=True
                )
            ]
            cuts += [(box, len(concepts)) for box in _nothings(page, max(4, len(cuts) // 5), rng)]
            for box, label in cuts:
                raw.write(_square(page.image, box, 2.0, SIDE).tobytes())
                labels.append(label)
                px.append(float(max(box[2] - box[0], box[3] - box[1])))
            if on_page:
                on_page()
    flat = np.memmap(folder / "crops.raw", np.uint8, "r", shape=(len(labels), SIDE, SIDE, 3))
    out = np.lib.format.open_memmap(folder / "crops.npy", "w+", np.uint8, flat.shape)
    for first in range(0, len(labels), 20_000):
        out[first : first + 20_000] = flat[first : first + 20_000]
    out.flush()
    (folder / "crops.raw").unlink()
    np.save(folder / "labels.npy", np.array(labels, np.int64))
    np.save(folder / "px.npy", np.array(px, np.float32))
    (folder / "pool.json").write_text(json.dumps({"concepts": concepts}), "utf-8")
    return Pool.load(folder)


def _nothings(page: Page, count: int, rng: np.random.Generator) -> list[Array]:
    """Boxes that hold no icon: parts of widgets and lines, and places anywhere."""
    height, width = page.image.shape[:2]
    icons = page.truth.boxes[page.truth.kinds == 0]
    others = page.truth.boxes[page.truth.kinds > 0]
    found: list[Array] = []
    for _ in range(count * 4):
        side = float(np.exp(rng.uniform(np.log(10), np.log(64))))
        if len(others) and rng.random() < 0.6:
            x0, y0, x1, y1 = others[rng.integers(len(others))]
            side = min(side, max(10.0, float(min(x1 - x0, y1 - y0))))
        else:
            x0, y0, x1, y1 = 0.0, 0.0, float(width), float(height)
        x, y = rng.uniform(x0, max(x0 + 1, x1 - side)), rng.uniform(y0, max(y0 + 1, y1 - side))
        box = np.array([x, y, x + side, y + side], np.float32)
        inner = np.minimum(icons[:, 2:], box[2:]) - np.maximum(icons[:, :2], box[:2])
        part = page.image[int(y) : int(y + side), int(x) : int(x + side)]
        if not (inner.min(1, initial=1e9) > 0).any() and part.size and (part.std() > 4 or rng.random() < 0.1):
            found.append(box)
        if len(found) == count:
            break
    return found


def _square(image: Array, box: Array, widen: float, size: int) -> Array:
    """The square about a box's centre, `widen` times its larger side, at a size; edges are repeated."""
    x0, y0, x1, y1 = (float(v) for v in box)
    half = max(x1 - x0, y1 - y0) * widen / 2
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    scale = size / (2 * half)
    if scale < 0.67:  # shrink by area first: an affine warp alone would skip pixels
        left, top = int(max(0, cx - half)), int(max(0, cy - half))
        part = image[top : int(cy + half) + 1, left : int(cx + half) + 1]
        w, h = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
        part = cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA)
        cx, cy, image, scale = (cx - left) * scale, (cy - top) * scale, part, 1.0
    matrix = np.array(
        [
            [scale, 0, size / 2 - cx * scale - 0.5 * (1 - scale)],
            [0, scale, size / 2 - cy * scale - 0.5 * (1 - scale)],
        ]
    )
    out: Array = cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return out


class CropSampler:
    """`sampler(step)`: (B, 32, 32, 3) uint8 crops and (B,) labels; rare concepts as often as common ones, nearly."""

    def __init__(self, pool: Pool, batch: int = 256, seed: int = 0) -> None:
        self.pool, self.batch, self.seed = pool, batch, seed
        counts = np.bincount(pool.labels, minlength=len(pool.concepts) + 1).astype(np.float64)
        shares = np.where(counts > 0, counts**0.5, 0.0)
        shares[:-1] *= (1 - _NONE_SHARE) / max(shares[:-1].sum(), 1e-9)
        shares[-1] = _NONE_SHARE if counts[-1] else 0.0
        each = (shares / np.maximum(counts, 1))[pool.labels]
        self._upto = np.cumsum(each) / each.sum()

    def __call__(self, step: int) -> tuple[Array, Array]:
        rng = np.random.default_rng((self.seed, 5, step))
        chosen = np.minimum(np.searchsorted(self._upto, rng.random(self.batch)), len(self._upto) - 1)
        crops = [_varied(self.pool.crops[i], float(self.pool.px[i]), rng) for i in chosen]
        return np.stack(crops), self.pool.labels[chosen]


def _varied(crop: Array, px: float, rng: np.random.Generator) -> Array:
    """A crop as a finder might hand it over: shifted, wider or narrower, at a smaller apparent size, recoloured."""
    seen = float(np.exp(rng.uniform(np.log(min(10.0, px)), np.log(px)))) if rng.random() < 0.5 else px
    side = max(12, min(SIDE, round(2 * seen)))
    small = crop if side == SIDE else cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
    share = (1 + 2 * MARGIN) / 2 * float(np.exp(rng.normal(0, 0.07)))
    shift = rng.normal(0, 0.025, 2)
    scale = CROP / (side * share)
    cx, cy = side * (0.5 + shift)
    matrix = np.array(
        [
            [scale, 0, CROP / 2 - cx * scale - 0.5 * (1 - scale)],
            [0, scale, CROP / 2 - cy * scale - 0.5 * (1 - scale)],
        ]
    )
    if scale < 0.67:
        x0, y0 = int(max(0, cx - side * share / 2)), int(max(0, cy - side * share / 2))
        n = max(2, round(side * share))
        out = cv2.resize(small[y0 : y0 + n, x0 : x0 + n], (CROP, CROP), interpolation=cv2.INTER_AREA)
    else:
        out = cv2.warpAffine(
            small, matrix, (CROP, CROP), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    roll = rng.random()
    if roll < 0.15:
        out = 255 - out
    elif roll < 0.25:
        out = np.repeat(out.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    elif roll < 0.35:
        out = np.ascontiguousarray(out[..., rng.permutation(3)])
    if rng.random() < 0.6:
        gain, shift_to = rng.uniform(0.5, 1.25, 3), rng.uniform(-40, 60)
        out = np.clip(out * gain + shift_to, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        out = cv2.GaussianBlur(out, (3, 3), float(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.15:
        out = through_jpeg(out, int(rng.uniform(50, 95)))
    return out
