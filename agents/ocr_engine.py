"""The two networks of RapidOCR (PP-OCRv6 small, shipped in its wheel) on their onnxruntime sessions.

- Detection and recognition are separate calls: one pass of the detector gives boxes *and* the probability
  map; recognition costs time in proportion to a line's width (0.1 ms per pixel at 48 px height), and a batch
  of 8 is no faster than 8 single lines. So lines are read one by one at their own width, no padding: what a
  line reads never depends on its neighbours. A pass of the detector uses all threads, and two windows are looked
  at side by side, since threads wait for each other in a pass; of lines, each thread reads one. Threads that
  wait sleep: onnxruntime would have them spin, at twice the processor's time.
- Nothing is enlarged for detection: a window is padded to multiples of 32 px, where rapidocr would upsample
  to a shortest side of 736 px. A view is looked at in tiles (`ocr_tiles`).
- What was said of a tile's pixels, or of a line's, need not be said again: whoever asks may bring what it kept.
- Of rapidocr only the two files are used, none of its code: its package imports far more than reading needs.
- The detector takes its memory in few large pieces, and keeps them for the next window: asking the system for each
  layer's anew took a third of the first pass, for each window's a sixth. The recogniser's layers are small.
- The networks load at the first use, once per process and thread count, in threads of their own: meanwhile
  the caller decodes its image.
- When the time is over (`seal.memory.deadline`) the detector stops where it is, and no further line is read.
"""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..memory.deadline import Cost, current, leave_behind, loading
from ..memory.errors import AgentError, MissingExtraError, OutOfTime
from ..memory.kept import Kept, content_key
from .ocr_lines import lines_of_map
from .ocr_tiles import Maps, stitched
from .onnx_weights import without_subnormals

if TYPE_CHECKING:
    from onnxruntime import InferenceSession, RunOptions

__all__ = ["Engine", "Reading", "engine"]

Array = NDArray[np.float32]
Loaded = TypeVar("Loaded")
Given = TypeVar("Given")
Told = TypeVar("Told")

_ROW_PX = 48
"""Height of the recogniser's input (PP-OCRv6: 3 x 48 x W)."""
_WIDTH_RANGE = (16, 4096)
"""Widths that are given to the recogniser; a longer line is squeezed."""
_WIDTH_STEP = 8
"""Input pixels per time step of the recogniser."""
_WINDOWS = 2
"""Windows that the detector is shown at once: more would only take more memory."""
_CUBIC_PX = 3
"""Pixels around a line that cubic interpolation looks at."""
_UPRIGHT_ASPECT = 2.0
"""A box taller than this times its width is a line of vertical text; below, it may be a lone `1` or `|`."""


@dataclass(frozen=True, eq=False, slots=True)
class Reading:
    """What one line says.

    confidences: (n,) float32 in [0, 1], one per character. edges: (n + 1,) float32 in [0, 1] along the line:
    character i lies between edges[i] and edges[i + 1], from the time steps of the recogniser. corners:
    (4, 2) float32, the line's corners in reading order (start top, end top, end bottom, start bottom), pixels
    of the view.
    """

    text: str
    confidences: Array
    edges: Array
    corners: Array

    @property
    def confidence(self) -> float:
        """Mean over the characters; 0 for an empty line."""
        return float(self.confidences.mean()) if len(self.text) else 0.0

    def part(self, start: int, end: int) -> tuple[Array, float]:
        """Box (4,) x0 y0 x1 y1 in pixels of the view, and mean confidence, of the characters start..end."""
        a, b = self.edges[start], self.edges[end]
        top, bottom = self.corners[:2], self.corners[3:1:-1]
        points = np.concatenate([side[0] + np.outer((a, b), side[1] - side[0]) for side in (top, bottom)])
        box = np.concatenate([points.min(axis=0), points.max(axis=0)]).astype(np.float32)
        return box, float(self.confidences[start:end].mean()) if end > start else 0.0


class Engine:
    """Detector and recogniser. Thread-safe: onnxruntime sessions may run side by side."""

    def __init__(self, threads: int) -> None:
        folder = _models()
        self._threads = threads or _cores()
        pool = ThreadPoolExecutor(2, "ocr-loading")
        self._detector: Future[InferenceSession] = pool.submit(_session, folder, "det", threads)
        self._recogniser: Future[tuple[InferenceSession, list[str]]] = pool.submit(_recogniser, folder)
        pool.shutdown(wait=False)
        self._detecting, self._reading = Cost(), Cost()  # of a pixel of the view; of a line

    def detect(self, view_bgr: NDArray[np.uint8], known: Maps | None = None) -> tuple[Array, Array]:
        """Corners (N, 4, 2) of the lines, pixels of the view, and the probability of text (H, W) in [0, 1].

        view_bgr: (H, W, 3) uint8. Corners run clockwise from the top left. known: what tiles showed before; it grows.
        Raises OutOfTime when the deadline in force passes, or leaves too little time.
        """
        height, width = view_bgr.shape[:2]
        _waited_for(self._detector)
        windows_at_once = partial(self._side_by_side, most=_WINDOWS)
        probability = stitched(view_bgr, self._probability, known, windows_at_once)
        limit = np.array([width, height], np.float32)
        return np.clip(lines_of_map(probability), 0, limit), probability

    def _probability(self, window_bgr: NDArray[np.uint8]) -> Array:
        """(H, W) float32 in [0, 1] that a pixel of a window is text."""
        height, width = window_bgr.shape[:2]
        padded = np.pad(window_bgr, ((0, -height % 32), (0, -width % 32), (0, 0)), mode="edge")
        with self._detecting.unit(padded[..., 0].size):
            return _detected(self._detector.result(), padded)[:height, :width]

    def expect(self, pixels: float) -> None:
        """Raises OutOfTime when a view of so many pixels could not be looked at in time, before it is made."""
        current().check(self._detecting.least(pixels))

    def read(self, view_bgr: NDArray[np.uint8], corners: Array) -> Reading:
        """The text of one line. corners: (4, 2) as from `detect`. Vertical text is read both ways.

        Raises as `detect`.
        """
        with self._reading.unit():
            readings = [self._read(view_bgr, frame) for frame in _reading_frames(corners)]
        return max(readings, key=lambda reading: reading.confidence)

    def recall(self, view_bgr: NDArray[np.uint8], corners: Array, known: Kept[Reading]) -> Reading:
        """As `read`, of the pixels of the line and a few around it alone; not read where they are `known`."""
        (x0, y0), part, inside = _around(view_bgr, corners)
        said = known.get(content_key(part, inside), lambda: self.read(part, inside))
        return replace(said, corners=said.corners + np.array([x0, y0], np.float32))

    def read_each(
        self, lines: Iterable[tuple[NDArray[np.uint8], Array]], known: Kept[Reading] | None = None
    ) -> Iterator[Reading]:
        """What each line says, in order; lines as for `read`. known: what lines said before; it grows."""
        _waited_for(self._recogniser)
        read: Callable[[NDArray[np.uint8], Array], Reading] = (
            self.read if known is None else partial(self.recall, known=known)
        )
        yield from self._side_by_side(lambda line: read(*line), lines)

    def _side_by_side(
        self, work: Callable[[Given], Told], given: Iterable[Given], most: float = math.inf
    ) -> Iterator[Told]:
        """What comes of each, in order; each in a thread, `most` of them at once. The threads know the caller's context
        variables; where the caller stops, those further behind are not begun."""
        threads = int(min(self._threads, most))
        if threads == 1:
            yield from map(work, given)
            return
        with ThreadPoolExecutor(threads, "ocr-working") as pool:
            begun: deque[Future[Told]] = deque()
            for each in given:
                begun.append(pool.submit(copy_context().run, work, each))
                if len(begun) > threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()

    def _read(self, view_bgr: NDArray[np.uint8], corners: Array) -> Reading:
        strip = _cut(view_bgr, corners)
        session, characters = _waited_for(self._recogniser)
        steps = _run(session, strip)[0]
        best = steps.argmax(axis=1)
        fresh = np.concatenate([[True], best[1:] != best[:-1]]) & (best != 0)
        at = np.flatnonzero(fresh)
        text = "".join(characters[best[t]] for t in at)
        ends = [_run_end(best, t) for t in at.tolist()]
        centers = (at + np.asarray(ends, np.float64)) / 2
        edges = _edges(centers / len(best))
        return Reading(text, steps[at, best[at]].astype(np.float32), edges, corners)


def engine(threads: int) -> Engine:
    """The engine of that many threads; loaded once per process."""
    with _loading:
        return _engine(threads)


_loading = threading.Lock()


@cache
def _engine(threads: int) -> Engine:
    with loading():
        return Engine(threads)


def _waited_for(future: Future[Loaded]) -> Loaded:
    """What a thread loads; the time until it is there is that of loading."""
    if future.done():
        return future.result()
    with loading():
        return future.result()


def _models() -> Path:
    """The folder of the two files. Raises MissingExtraError when a package that reading needs is absent."""
    rapidocr = find_spec("rapidocr")
    missing = [name for name in ("rapidocr", "onnxruntime", "cv2", "pyclipper") if _is_missing(name)]
    if missing:
        raise MissingExtraError(
            "Reading text needs two packages; run: pip install rapidocr onnxruntime "
            f"(there is no {' and no '.join(missing)})."
        )
    (folder,) = getattr(rapidocr, "submodule_search_locations", None) or ("",)
    return Path(folder) / "models"


def _is_missing(name: str) -> bool:
    try:
        return find_spec(name) is None
    except ValueError:  # another thread is about to import it
        return False


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _recogniser(folder: Path) -> tuple[InferenceSession, list[str]]:
    """The session of the recogniser, and the character of each of its classes; the first, "", is CTC's blank."""
    import cv2  # noqa: F401 - needed soon, and now the other thread is busy with onnxruntime

    session = _session(folder, "rec", 1)
    listed = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    return session, ["", *listed, " "]


def _session(folder: Path, task: str, threads: int) -> InferenceSession:
    """An onnxruntime session of the detector ("det") or the recogniser ("rec"). threads: 0 takes all."""
    import onnxruntime

    files = sorted(folder.glob(f"PP-OCR*_{task}_*.onnx"))
    if not files:
        raise AgentError(f"rapidocr ships no {task} model in {folder}; run: pip install 'rapidocr>=3.10'.")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = task == "det"
    model = without_subnormals(files[-1].read_bytes())
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _detected(session: InferenceSession, view_bgr: NDArray[np.uint8]) -> Array:
    """(H, W) probabilities. When the time is over, the pass is left behind and ends at its next layer."""
    from onnxruntime import RunOptions

    options = RunOptions()
    try:
        output: Array = leave_behind(lambda: _run(session, view_bgr, options))[0, 0]
    except OutOfTime:
        options.terminate = True
        raise
    return output


def _run(session: InferenceSession, image_bgr: NDArray[np.uint8], options: RunOptions | None = None) -> Array:
    """(H, W, 3) uint8 -> first output; pixels are given as (1, 3, H, W) float32 in [-1, 1]."""
    pixels = np.ascontiguousarray(image_bgr.transpose(2, 0, 1)[None], np.float32) / np.float32(127.5) - 1
    output: Array = session.run(None, {session.get_inputs()[0].name: pixels}, options)[0]
    return output


def _around(view_bgr: NDArray[np.uint8], corners: Array) -> tuple[tuple[int, int], NDArray[np.uint8], Array]:
    """Where the part of a view begins (x, y) that `_cut` looks at, that part, and the corners (4, 2) in it."""
    height, width = view_bgr.shape[:2]
    x0, y0 = (max(0, math.floor(low) - _CUBIC_PX) for low in corners.min(axis=0).tolist())
    x1, y1 = (math.ceil(high) + _CUBIC_PX for high in corners.max(axis=0).tolist())
    part = view_bgr[y0 : min(y1, height), x0 : min(x1, width)]
    return (x0, y0), part, corners - np.array([x0, y0], np.float32)


def _reading_frames(corners: Array) -> Iterator[Array]:
    """The corners in reading order: as they are, or for a tall box both ways of vertical text."""
    if np.linalg.norm(corners[3] - corners[0]) <= _UPRIGHT_ASPECT * np.linalg.norm(corners[1] - corners[0]):
        yield corners
    else:
        yield np.roll(corners, -1, axis=0)
        yield np.roll(corners, 1, axis=0)


def _cut(view_bgr: NDArray[np.uint8], corners: Array) -> NDArray[np.uint8]:
    """The line turned level, (48, W, 3), W a multiple of 8 that keeps the aspect."""
    import cv2

    length, height = (float(np.linalg.norm(corners[i] - corners[0])) for i in (1, 3))
    low, high = _WIDTH_RANGE
    width = int(min(max(_ROW_PX * length / max(height, 1.0), low), high))
    width = math.ceil(width / _WIDTH_STEP) * _WIDTH_STEP
    target = np.array([[0, 0], [width, 0], [width, _ROW_PX], [0, _ROW_PX]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners - np.float32(0.5), target - np.float32(0.5))
    return np.asarray(
        cv2.warpPerspective(
            view_bgr, matrix, (width, _ROW_PX), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def _run_end(best: NDArray[np.int64], start: int) -> int:
    """Where the run of equal steps that begins at `start` ends, half-open."""
    end = start + 1
    while end < len(best) and best[end] == best[start]:
        end += 1
    return end


def _edges(centers: NDArray[np.float64]) -> Array:
    """Character borders (n + 1,) half way between neighbouring centres (n,); the line's own ends outside."""
    if not len(centers):
        return np.array([0, 1], np.float32)
    between = (centers[1:] + centers[:-1]) / 2
    return np.concatenate([[0.0], between, [1.0]]).astype(np.float32)
