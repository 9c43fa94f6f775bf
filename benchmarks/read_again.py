"""What the first question about a dense page costs, and how many lines are recognised that were recognised before.

    python benchmarks/read_again.py                       # prints a Markdown table
    python benchmarks/read_again.py --only scan --lines   # one page, and every line that was recognised twice

Every question is asked of a new `Seal` with empty caches, the networks loaded, one thread. Seconds are CPU seconds.
`windows`: those that the detector was shown. `lines`: recognitions; `again`: of a line whose box, pixels of the image,
overlaps an earlier one's by more than 0.6 (IoU); `no finer`: of those, in a view that shows the image no larger.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch as replaced

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

# ruff: noqa: E402
from seal import Budget, Image, Seal
from seal.agents import ocr
from seal.agents.fused import Fused
from seal.agents.ocr import RapidOcr
from seal.agents.ocr_engine import Engine, Reading
from seal.agents.registry import load_localizer
from seal.memory.geometry import Box
from seal.memory.image import Patch
from seal.memory.kept import forget

SAME = 0.6


class Line(NamedTuple):
    """A recognition: where in the image, in how fine a view (its pixels per pixel of the image), by what."""

    box: Box
    scale: float
    by: str
    text: str
    sure: float

    def __str__(self) -> str:
        return f"{self.by} {self.scale:.2f} {self.text!r} {self.sure:.3f}"


@dataclass
class Count:
    """What one question took. again: recognitions of a line, each with the finest earlier one of it."""

    lines: list[Line] = field(default_factory=list)
    again: list[tuple[Line, Line]] = field(default_factory=list)
    windows: int = 0
    detecting: float = 0.0
    recognising: float = 0.0


def dense() -> PIL.Image.Image:
    """A screen of 1920x1080 with a table of 50 rows and 26 columns, 1,300 cells of 11 px."""
    rng, made = random.Random(7), PIL.Image.new("RGB", (1920, 1080), "white")
    pen, font = PIL.ImageDraw.Draw(made), PIL.ImageFont.load_default(12)
    for row in range(50):
        for column in range(26):
            told = f"Col {column + 1}" if not row else f"{rng.randint(100, 99999)}"
            pen.text(
                (14 + 73 * column, 10 + 21 * row),
                f"R-{1000 + row}" if row and not column else told,
                "#111111",
                font,
            )
    return made


def scan() -> PIL.Image.Image:
    """A page of `examples/documents` as a scanner gives it."""
    from forms import scanned

    page = PIL.Image.open(ROOT / "examples" / "documents" / "cfitsio-status-codes.png").convert("RGB")
    return scanned(page.rotate(0.7, PIL.Image.Resampling.BICUBIC, fillcolor="white"), random.Random(3))


def example(name: str) -> Callable[[], PIL.Image.Image]:
    return lambda: PIL.Image.open(ROOT / "examples" / name).convert("RGB")


PAGES: dict[str, tuple[Callable[[], PIL.Image.Image], tuple[str, ...]]] = {
    "dense screen": (dense, ("What is Col 5 of row R-1017?", "What is the highest value in Col 3?")),
    "page": (
        example("documents/sqlite-file-format.png"),
        ("What does the table say about offset 40?", "Is this page about databases?"),
    ),
    "scan": (scan, ("What does status code 227 mean?", "How many codes begin with SHARED_?")),
    "4K": (
        example("screens/soft-ui-billing.png"),
        ("How much is shown under Paypal?", "What is the VAT number of Viking Burrito?"),
    ),
    "4K, small": (
        example("screens/stisla-tables.png"),
        ("What is Kusnadi's status in the Simple Table?", "How many tasks are completed?"),
    ),
}


@contextmanager
def counted() -> Iterator[Count]:
    """Counts what the networks do meanwhile."""
    count, where = Count(), ContextVar[tuple[str, Patch]]("where")
    at: ContextVar[tuple[Any, Any]] = ContextVar("at")
    probability, read, recall = Engine._probability, Engine.read, Engine.recall
    lines, locate, spell, strip = RapidOcr._lines, RapidOcr._locate, RapidOcr.spell, ocr._strip

    def detected(self: Engine, window: Any) -> Any:
        started = time.process_time()
        try:
            return probability(self, window)
        finally:
            count.windows += 1
            count.detecting += time.process_time() - started

    def recalled(self: Engine, view: Any, corners: Any, known: Any) -> Reading:
        token = at.set((view.shape, corners))
        try:
            return recall(self, view, corners, known)
        finally:
            at.reset(token)

    def recognised(self: Engine, view: Any, corners: Any) -> Reading:
        started = time.thread_time()
        reading = read(self, view, corners)
        count.recognising += time.thread_time() - started
        by, patch = where.get()
        (height, width, _), whole = at.get()
        x, y = width / patch.box.width, height / patch.box.height
        (x0, y0), (x1, y1) = whole.min(axis=0).tolist(), whole.max(axis=0).tolist()
        place = Box.from_xyxy(x0 / x, y0 / y, x1 / x, y1 / y).shifted(patch.box.x, patch.box.y)
        line = Line(place, x, by, reading.text, reading.confidence)
        if same := [each for each in count.lines if each.box.iou(place) > SAME]:
            count.again.append((line, max(same, key=lambda each: each.scale)))
        count.lines.append(line)
        return reading

    def looked(name: str, work: Any) -> Any:
        def does(self: RapidOcr, patch: Patch, *rest: Any) -> Any:
            token = where.set((name, patch))
            try:
                return work(self, patch, *rest)
            finally:
                where.reset(token)

        return does

    def stripped(patch: Patch, corners: Any) -> Any:
        placed = corners + np.array([patch.box.x, patch.box.y], np.float32)
        (x0, y0), (x1, y1) = placed.min(axis=0).tolist(), placed.max(axis=0).tolist()
        part = patch.image.patch(Box.from_xyxy(x0, y0, x1, y1).expanded(pixels=ocr.STRIP_EDGE))
        where.set(("strip", part))
        return strip(patch, corners)

    with (
        replaced.object(Engine, "_probability", detected),
        replaced.object(Engine, "read", recognised),
        replaced.object(Engine, "recall", recalled),
        replaced.object(RapidOcr, "_lines", looked("read", lines)),
        replaced.object(RapidOcr, "_locate", looked("locate", locate)),
        replaced.object(RapidOcr, "spell", looked("spell", spell)),
        replaced.object(ocr, "_strip", stripped),
    ):
        yield count


def main() -> None:
    """Ask and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="pages whose name holds this")
    parser.add_argument("--lines", action="store_true", help="print every line that is recognised again")
    given = parser.parse_args()
    rows = ["| page | question | windows | CPU | lines | CPU | again | no finer | all, CPU |"]
    rows.append("|---|---|" + "---:|" * 7)
    parts = [load_localizer(name, threads=1) for name in ("ocr:rapidocr", "nano")]
    Seal("reader", Fused(parts)).ask(example("screens/stisla-posts.png")(), "Is there a text 'Posts'?")
    for name, (made, questions) in PAGES.items():
        picture = made() if given.only in name else None
        for question in questions if picture is not None else ():
            forget()
            seal, image = Seal("reader", Fused(parts), budget=Budget(seconds=None)), Image.open(picture)
            with counted() as count:
                started = time.process_time()
                seal.ask(image, question)
                spent = time.process_time() - started
            idle = [line for line, earlier in count.again if line.scale <= 1.01 * earlier.scale]
            told = (
                f"{count.windows} | {count.detecting:.2f} | {len(count.lines)} | {count.recognising:.2f} | "
                f"{len(count.again)} | {len(idle)} | {spent:.2f}"
            )
            rows.append(f"| {name} | {question} | {told} |")
            sys.stderr.write(rows[-1] + "\n")
            for line, earlier in count.again if given.lines else ():
                sys.stderr.write(f"  {earlier} -> {line}\n")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
