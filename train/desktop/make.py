"""Pages of desktop windows in a folder: programs of this package draw them, each style in a process of its own.

A toolkit takes its style and scale when it starts, so that one process cannot draw them all.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random

from ...measure.truth import PageTruth, Split
from ...memory.errors import AgentError, InputError, MissingExtraError
from .finish import finish

__all__ = ["HELD_OUT", "STYLES", "Source", "make_desktop", "plan"]


@dataclass(frozen=True, slots=True)
class Source:
    """A program of this package, the style it draws in, the scale, and its share of the pages."""

    program: str
    style: str
    scale: float = 1.0
    weight: float = 1.0

    def name(self, seed: int, index: int) -> str:
        """The name of one of its pages."""
        return f"{self.program[:-5]}-{self.style.lower()}-{seed}-{index:04d}-{self.scale:g}"


STYLES = (
    Source("qt_draw", "Fusion", 1, 4),
    Source("qt_draw", "Fusion", 1.5),
    Source("qt_draw", "Fusion", 2, 2),
    Source("qt_draw", "Windows", 1, 3),
    Source("qt_draw", "Windows", 2),
    Source("qml_draw", "FluentWinUI3", 1, 2),
    Source("qml_draw", "FluentWinUI3", 1.5),
    Source("qml_draw", "Universal", 1, 2),
    Source("qml_draw", "Universal", 2),
    Source("qml_draw", "Material", 1),
    Source("qml_draw", "Fusion", 1),
)
"""What to train on; of what PySide6 brings with it. Qt Quick's "Imagine" needs a graphics card."""
HELD_OUT = (Source("qml_draw", "Basic", 1), Source("qml_draw", "Basic", 2))
"""Styles that are never trained on."""


def plan(seed: int, count: int, split: Split) -> dict[Source, int]:
    """How many pages of each source, by chance and weight."""
    sources = HELD_OUT if split == "unseen" else STYLES
    rng = Random(f"seal desktop pages/{split}/{seed}")
    drawn = rng.choices(sources, [source.weight for source in sources], k=count)
    return {source: drawn.count(source) for source in sources if source in drawn}


def make_desktop(
    out: Path,
    *,
    seed: int = 0,
    count: int = 100,
    split: Split = "train",
    on_page: Callable[[PageTruth], None] | None = None,
) -> list[PageTruth]:
    """Draw pages of a seed into a folder; those that are there stay. The pages that were made.

    Raises MissingExtraError without PySide6, AgentError when a program fails.
    """
    if find_spec("PySide6") is None:
        raise MissingExtraError(
            "Drawing windows of Qt needs PySide6: pip install 'seal-visual-search[desktop]'."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out} cannot be written: {error.strerror or error}.") from error
    made: list[PageTruth] = []
    drawn_with = seed if split == "train" else seed + (100_000 if split == "eval" else 200_000)
    for source, pages in plan(seed, count, split).items():
        missing = [i for i in range(pages) if not (out / f"{source.name(drawn_with, i)}.json").is_file()]
        if not missing:
            continue
        with tempfile.TemporaryDirectory() as folder:
            _draw(source, Path(folder), drawn_with, missing[0], pages - missing[0])
            for raw in sorted(Path(folder).glob("*.raw.json")):
                made.append(finish(raw, out, split))
                if on_page:
                    on_page(made[-1])
    return made


def _draw(source: Source, folder: Path, seed: int, start: int, count: int) -> None:
    arguments = ["--style", source.style, "--scale", f"{source.scale:g}", "--seed", str(seed)]
    command = [sys.executable, "-m", f"{__package__}.{source.program}", str(folder), *arguments]
    done = subprocess.run(
        [*command, "--start", str(start), "--count", str(count)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise AgentError(f"{source.program} failed at the style {source.style}: {last}")
