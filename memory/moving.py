"""What moves as pages: frames that show the same are one page, with the times from which and until which it is shown.

- Frames come one after the other and are compared with the page that they may belong to, in blocks of 8 x 8 pixels:
  with the page, not with the frame before, so that a slow change is not joined away.
- Of a video a block counts as the same where it differs by no more than compression makes of it (`NOISE`). Where a new
  page begins, its blocks that are the same keep the pixels of the page before: what did not change is the same to the
  bit, and whoever knows it by its content need not look again.
- Pages are kept packed in a temporary file, what changed of each alone; few are in memory at a time.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
import weakref
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .clock import clock
from .deadline import current
from .decoded import Decoded
from .errors import ImageError, OutOfTime
from .kept import Kept
from .page_source import PageOf
from .raster import IntBox

__all__ = ["MOST_RUNS", "MovingPages", "NOISE", "Shown", "joined"]

Pixels8 = NDArray[np.uint8]
"""(H, W, 3), RGB."""
Block = TypeVar("Block", np.float64, np.bool_)
BLOCK = 8
"""Pixels of a side of the blocks that are compared."""
NOISE, EDGES = 7.0, 0.2
"""Root of the mean square by which a block may differ, of 255 levels, and what the contrast of the blocks around adds
to it: compression shows at edges. With that contrast taken off, screens that stand still differ by up to 2.4 in H.264
of quality 18 to 28 (`-crf`), 9.8 at quality 33, 6.6 in MPEG-4, 2.8 in VP9; a digit of 8 px that becomes another one by
17.8 and more (`python benchmarks/frames.py --noise`)."""
MOST_RUNS = 10_000
"""Pages of a video or animation at most."""
MOST_BYTES = 4 << 30
"""Bytes of the temporary file at most."""
WHOLE_EVERY = 16
"""After so many pages one is kept whole, so that none takes longer to unpack."""
CACHED, CACHED_BYTES = 8, 256 << 20
"""Pages that are in memory at a time, and their bytes."""


class Shown(NamedTuple):
    """A frame, and when it is first shown, seconds. Frames that are the same may share their pixels."""

    time: float
    pixels: Pixels8


@dataclass(slots=True)
class _Run:
    """A page: when it is shown, and where what is new of it lies in the file."""

    time: float
    until: float
    size_wh: tuple[int, int]
    digest: str
    whole: bool
    box: IntBox
    offset: int
    length: int


def changed(before: Pixels8, after: Pixels8, noise: float) -> NDArray[np.bool_]:
    """(ceil(H / 8), ceil(W / 8)) which blocks differ by more than `noise`; both of the same size. 0: in any bit."""
    height, width = before.shape[:2]
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    differ = np.zeros((rows, columns))
    for row in range(rows):
        band = slice(row * BLOCK, (row + 1) * BLOCK)
        a, b = before[band], after[band]
        if not np.array_equal(a, b):
            difference = a.astype(np.int32) - b
            differ[row] = _block_means((difference * difference).sum(axis=2))[0] / 3
    told = differ > noise * noise
    if not noise or not told.any():
        return told
    at = np.flatnonzero(told.any(axis=1))
    first, last = max(0, int(at[0]) - 1), int(at[-1]) + 2  # rows of blocks, with those around
    part = slice(first * BLOCK, last * BLOCK)
    contrast = _around(np.minimum(_contrast(before[part]), _contrast(after[part])), np.maximum)
    told[first:last] = np.sqrt(differ[first:last]) > noise + EDGES * contrast
    return told


def _block_means(values: NDArray[np.int32]) -> NDArray[np.float64]:
    """The mean of each block of (H, W) values; those at the right and the bottom may be smaller."""
    height, width = values.shape
    sums = np.add.reduceat(values, np.arange(0, width, BLOCK), axis=1)
    sums = np.add.reduceat(sums, np.arange(0, height, BLOCK), axis=0)
    sides = (np.minimum(BLOCK, side - np.arange(0, side, BLOCK)) for side in (height, width))
    return np.asarray(sums / np.outer(*sides), np.float64)


def _contrast(pixels: Pixels8) -> NDArray[np.float64]:
    """The standard deviation in each block, of 255 levels, of the channel in which it is largest."""
    most = np.zeros(())
    for channel in range(3):
        values = pixels[:, :, channel].astype(np.int32)
        most = np.maximum(most, _block_means(values * values) - _block_means(values) ** 2)
    return np.asarray(np.sqrt(np.maximum(0.0, most)), np.float64)


class MovingPages:
    """Pages of a video or animation, in a temporary file that is gone with them. Thread-safe."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[str] = []
        self._runs: list[_Run] = []
        self._file = tempfile.TemporaryFile(prefix="seal-frames-")  # noqa: SIM115 - as long as the pages
        weakref.finalize(self, self._file.close)
        self._lock = threading.Lock()
        self._cached: Kept[Pixels8] = Kept(CACHED, CACHED_BYTES, lambda pixels: pixels.nbytes)
        self._size = 0

    def __len__(self) -> int:
        return len(self._runs)

    def __getitem__(self, index: int) -> PageOf:
        run = self._runs[index]
        pixels = _Frame(run.size_wh, lambda: self._unpacked(index))
        return PageOf(pixels, run.digest, f"{self.name} frame {index + 1}", run.time, run.until)

    def add(self, time: float, pixels: Pixels8, before: Pixels8 | None, blocks: NDArray[np.bool_]) -> None:
        """A page more. blocks: which of it are new; the others are those of `before`. Raises ImageError: too many."""
        height, width = pixels.shape[:2]
        rows, columns = np.flatnonzero(blocks.any(axis=1)), np.flatnonzero(blocks.any(axis=0))
        box = (
            int(columns[0]) * BLOCK,
            int(rows[0]) * BLOCK,
            min(width, int(columns[-1] + 1) * BLOCK),
            min(height, int(rows[-1] + 1) * BLOCK),
        )
        whole = before is None or not any(run.whole for run in self._runs[1 - WHOLE_EVERY :])
        if whole:
            box = 0, 0, width, height
        x0, y0, x1, y1 = box
        packed = zlib.compress(np.ascontiguousarray(pixels[y0:y1, x0:x1]).data, 1)
        if len(self._runs) >= MOST_RUNS or self._size + len(packed) > MOST_BYTES:
            raise ImageError(
                f"{self.name}: over {len(self._runs):,} frames differ until {clock(time)}; look at fewer a second "
                "(--fps), or cut it."
            )
        digest = hashlib.sha256(f"RGB{width}x{height}".encode())
        digest.update(np.ascontiguousarray(pixels).data)
        with self._lock:
            self._file.seek(self._size)
            self._file.write(packed)
        told = _Run(time, time, (width, height), digest.hexdigest(), whole, box, self._size, len(packed))
        self._size += len(packed)
        self._runs.append(told)

    def last_until(self, time: float) -> None:
        """The last page is shown until then."""
        self._runs[-1].until = max(self._runs[-1].until, time)

    def _unpacked(self, index: int) -> Pixels8:
        """(H, W, 3) the pixels of a page, not to be changed."""
        return self._cached.get(str(index), lambda: self._unpack(index))

    def _unpack(self, index: int) -> Pixels8:
        first, pixels = index, None
        while not self._runs[first].whole:
            first -= 1
            if (pixels := self._cached.peek(str(first))) is not None:
                first += 1
                break
        for run in self._runs[first : index + 1]:
            current().check()
            with self._lock:
                self._file.seek(run.offset)
                packed = self._file.read(run.length)
            x0, y0, x1, y1 = run.box
            part = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(y1 - y0, x1 - x0, 3)
            if run.whole or pixels is None:
                pixels = part
            else:
                pixels = pixels.copy()
                pixels[y0:y1, x0:x1] = part
        assert pixels is not None
        return pixels


class _Frame:
    """The pixels of a page, unpacked at each look."""

    def __init__(self, size_wh: tuple[int, int], unpacked: Callable[[], Pixels8]) -> None:
        self.size_wh = size_wh
        self._unpacked = unpacked

    def read(self, box: IntBox, out_wh: tuple[int, int]) -> PIL.Image.Image:
        """The region as RGB of `out_wh` pixels. Raises OutOfTime."""
        return Decoded(PIL.Image.fromarray(self._unpacked())).read(box, out_wh)


def joined(frames: Iterator[Shown], name: str, noise: float, end: Callable[[], float]) -> MovingPages:
    """Frames in order as pages. noise: by how much blocks may differ. end: tells, at the end, until when the last frame
    is shown.

    What the deadline in force leaves no time for, or is damaged once there is a frame, is left out: `faults` says so.
    Raises ImageError where there is no frame at all, and OutOfTime before the first one.
    """
    pages = MovingPages(name)
    page: Pixels8 | None = None
    latest: Pixels8 | None = None
    try:
        for time, pixels in frames:
            if page is not None:
                pages.last_until(time)
            if pixels is not latest:
                page = _next(pages, page, time, pixels, noise)
            latest = pixels
            current().check()
    except OutOfTime:
        if page is None:
            raise
        pages.faults.append(
            f"{name}: the time ended before all of it was opened; it was seen up to {clock(pages[-1].until or 0)}."
        )
        return pages
    if page is None:
        raise ImageError(f"{name}: there is no frame in it.")
    pages.last_until(end())
    return pages


def _next(pages: MovingPages, page: Pixels8 | None, time: float, pixels: Pixels8, noise: float) -> Pixels8:
    """The pixels of the page that a frame belongs to: the one before, or a new one."""
    if page is None or page.shape != pixels.shape:
        height, width = pixels.shape[:2]
        pages.add(time, pixels, None, np.ones((-(-height // BLOCK), -(-width // BLOCK)), np.bool_))
        return pixels
    blocks = changed(page, pixels, noise)
    if not blocks.any():
        return page
    if noise:
        blocks = _around(blocks, np.logical_or)  # what changed may reach a little into the next ones
        taken = np.kron(blocks, np.ones((BLOCK, BLOCK), np.bool_))[: pixels.shape[0], : pixels.shape[1]]
        pixels = np.where(taken[:, :, None], pixels, page)
    pages.add(time, pixels, page, blocks)
    return pixels


def _around(blocks: NDArray[Block], most: np.ufunc) -> NDArray[Block]:
    """The largest value, or any that is true, of each block and the eight around it."""
    (rows, columns), wide = blocks.shape, np.pad(blocks, 1)
    shifted = [wide[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.asarray(most.reduce(shifted), blocks.dtype)
