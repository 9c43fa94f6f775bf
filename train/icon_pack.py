"""Icons to train on: drawings of `icon_sets` with what is for measuring only marked, drawn small, as arrays.

- A drawing fills its square: what the localizer cuts out at run time is the box of its ink.
- `STYLE` has its look from sets that are never trained on, `WORDS` a word that no drawing of the training has, `BOTH`
  both, in their names; `LEFT` has such a word in a tag alone and is for nothing.
- `gather` is the slow reading, kept as one file; `draw` makes pictures of it, on all cores.
"""

from __future__ import annotations

import io
import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..agents.nano.phrases import tokens
from ..memory.errors import InputError
from .icon_sets import COLLECTIONS, HELD_OUT, Drawing, drawings

__all__ = [
    "BOTH",
    "Icons",
    "LEFT",
    "SIDE",
    "STYLE",
    "TRAIN",
    "WORDS",
    "copies",
    "draw",
    "gather",
    "read_gathered",
]

Pixels = NDArray[np.uint8]
SIDE = 48
TRAIN, WORDS, STYLE, BOTH, LEFT = range(5)
_UNSEEN_WORDS, _MOST_WORDS, _MOST_SVG = 180, 7, 5000
_TWIN = 0.97
"""Correlation of two masks of 24 x 24 from which they are the same drawing."""


def _stems(words: str) -> frozenset[str]:
    """The words in the singular, for telling seen ones from unseen ones."""
    return frozenset(re.sub(r"(?<=[a-z]{3})(?<!s)s$", "", word) for word in tokens(words))


@dataclass(frozen=True, eq=False)
class Icons:
    """Pictures and words of icons.

    pictures: (N, 4, 48, 48) uint8 premultiplied RGBA, white where the drawing has no colours of its own. plain: (N,)
    bool, whether it has none. splits: (N,) uint8. words: of each icon, its name first.
    """

    pictures: Pixels
    plain: NDArray[np.bool_]
    splits: Pixels
    sets: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]


def gather(
    cache: Path,
    path: Path,
    collections: Mapping[str, int] | None = None,
    seed: int = 0,
    on_collection: Callable[[str, int, int], None] | None = None,
) -> None:
    """Write the drawings of all collections, those held out too, as one compressed file of JSON lines."""
    wanted = dict(COLLECTIONS if collections is None else collections) | dict.fromkeys(HELD_OUT, 2)
    rng = random.Random(seed)
    rows: list[Drawing] = []
    for done, (name, most) in enumerate(wanted.items()):
        rows += [d for d in drawings(cache, name, most) if len(d.svg) <= _MOST_SVG]
        if on_collection:
            on_collection(name, done + 1, len(wanted))
    unseen = _unseen_words(rows, rng)
    part = path.with_name(path.name + ".part")
    with lzma.open(part, "wt", preset=2, encoding="utf-8") as file:
        for drawing in rows:
            extra = rng.sample(drawing.words[1:], min(len(drawing.words) - 1, _MOST_WORDS - 1))
            words = [drawing.words[0], *extra]
            named, told = bool(_stems(words[0]) & unseen), any(_stems(w) & unseen for w in words)
            held = drawing.collection in HELD_OUT
            split = (BOTH if named else STYLE) if held else WORDS if named else LEFT if told else TRAIN
            file.write(
                json.dumps([split, drawing.collection, words, drawing.colours, _shortened(drawing.svg)])
                + "\n"
            )
    part.replace(path)


def _shortened(svg: str) -> str:
    """Numbers with two decimals: finer than a pixel of any picture here."""
    box = re.search(r'viewBox="[^"]* ([\d.]+)"', svg)
    digits = 3 if box is None or float(box[1]) < 12 else 2 if float(box[1]) < 100 else 1
    return re.sub(rf"(\.\d{{{digits}}})\d+", r"\1", svg)


def _unseen_words(rows: Sequence[Drawing], rng: random.Random) -> frozenset[str]:
    """Words that drawings of several sets have, and not too many; their drawings are left out of the training."""
    drawn: Counter[str] = Counter()
    sets: dict[str, set[str]] = {}
    for drawing in rows:
        for stem in _stems(drawing.words[0]):
            drawn[stem] += 1
            sets.setdefault(stem, set()).add(drawing.collection)
    able = sorted(
        t
        for t, n in drawn.items()
        if 12 <= n <= 250 and len(sets[t]) >= 6 and len(t) > 2 and "tabler" in sets[t]
    )
    return frozenset(rng.sample(able, min(_UNSEEN_WORDS, len(able))))


def read_gathered(
    path: Path, splits: Sequence[int] = (TRAIN, WORDS, STYLE, BOTH, LEFT)
) -> list[tuple[int, Drawing]]:
    """(split, drawing) of what `gather` wrote. Raises InputError when it is absent or damaged."""
    try:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        return [
            (split, Drawing(name, words[0], tuple(words), svg, colours))
            for split, name, words, colours, svg in rows
            if split in splits
        ]
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise InputError(f"{path} holds no drawings of icons ({error}).") from error


def draw(
    rows: Sequence[tuple[int, Drawing]], workers: int = 2, on_part: Callable[[int, int], None] | None = None
) -> Icons:
    """Pictures of the drawings; what draws nothing is left out."""
    parts = [rows[i : i + 400] for i in range(0, len(rows), 400)]
    pictures: list[Pixels] = []
    kept: list[tuple[int, Drawing]] = []
    with ProcessPoolExecutor(workers) as pool:
        for done, (part, drawn) in enumerate(zip(parts, pool.map(_drawn, parts), strict=True)):
            for row, picture in zip(part, drawn, strict=True):
                if picture is not None:
                    pictures.append(picture)
                    kept.append(row)
            if on_part:
                on_part(done + 1, len(parts))
    return Icons(
        np.stack(pictures) if pictures else np.zeros((0, 4, SIDE, SIDE), np.uint8),
        np.array([not d.colours for _, d in kept], np.bool_),
        np.array([s for s, _ in kept], np.uint8),
        tuple(d.collection for _, d in kept),
        tuple(d.words for _, d in kept),
    )


def copies(icons: Icons, most: int = 150, seed: int = 0) -> dict[str, float]:
    """Set -> share of its drawings that a set held out has too, line for line; of each set `most` are compared.

    Of sets that draw alike a twentieth or so are, plain arrows for instance; of a copy most are.
    """
    small = icons.pictures[:, 3].reshape(len(icons.words), 24, 2, 24, 2).mean((2, 4), dtype=np.float32)
    small = small.reshape(len(small), -1)
    small -= small.mean(1, keepdims=True)
    small /= np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)
    held = small[np.isin(icons.splits, (STYLE, BOTH))]
    rng, sets = np.random.default_rng(seed), np.array(icons.sets)
    shares = {}
    for name in sorted(set(icons.sets) - set(HELD_OUT)):
        mine = np.flatnonzero(sets == name)
        mine = rng.permutation(mine)[:most]
        shares[name] = float(((small[mine] @ held.T).max(1, initial=0.0) > _TWIN).mean())
    return shares


def _drawn(rows: Sequence[tuple[int, Drawing]]) -> list[Pixels | None]:
    return [_picture(drawing) for _, drawing in rows]


def _picture(drawing: Drawing) -> Pixels | None:
    """(4, 48, 48) uint8 premultiplied RGBA of the ink, filling the square; None when nothing is drawn."""
    import cv2
    import resvg_py
    from PIL import Image

    try:
        png = bytes(resvg_py.svg_to_bytes(svg_string=drawing.svg, width=2 * SIDE, skip_system_fonts=True))
    except KeyboardInterrupt:
        raise
    except BaseException:
        return None
    drawn = np.asarray(Image.open(io.BytesIO(png)).convert("RGBA")).astype(np.float32)
    ys, xs = np.nonzero(drawn[..., 3] > 24)
    if not len(ys):
        return None
    part = drawn[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    part[..., :3] *= part[..., 3:] / 255
    high, wide = part.shape[:2]
    side = max(high, wide)
    square = np.zeros((side, side, 4), np.float32)
    y, x = (side - high) // 2, (side - wide) // 2
    square[y : y + high, x : x + wide] = part
    small = cv2.resize(
        square, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side >= SIDE else cv2.INTER_LINEAR
    )
    if not drawing.colours:
        small[..., :3] = small[..., 3:]
    return np.ascontiguousarray(np.round(small).clip(0, 255).astype(np.uint8).transpose(2, 0, 1))
