"""What the elements of a screen cost: CPU seconds by part, and how much of the truth of generated pages they hold.

    python benchmarks/elements.py [SCREEN...]            # default: shipped screens, at 3840 and at 1920 px
    python benchmarks/elements.py --pages held           # recall of widgets and icons, names, states

Nothing is kept from one screen to the next but the loaded networks.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal import Box, Seal
from seal.agents.ocr import forget
from seal.measure.truth import PageTruth
from seal.memory.image import Image
from seal.memory.typed import plain
from seal.screen.assemble import assemble
from seal.screen.element import Element, Elements
from seal.screen.marks import draw_marks
from seal.screen.survey import survey

SCREENS = ("soft-ui-billing", "stisla-posts", "stisla-tables")
T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("screens", nargs="*", type=Path)
    parser.add_argument(
        "--pages", type=Path, help="folder of generated pages; measures what is found instead"
    )
    parser.add_argument("--count", type=int, default=40, help="pages, at most (default 40)")
    chosen = parser.parse_args()
    if chosen.pages is not None:
        found(chosen.pages, chosen.count)
    else:
        cost(chosen.screens or [ROOT / "examples" / "screens" / f"{name}.png" for name in SCREENS])


def cost(screens: list[Path]) -> None:
    """CPU seconds of survey, assembly and picture, the networks loaded."""
    Seal().elements(np.full((400, 400, 3), 255, np.uint8))
    print("| screen | size | survey | assemble | marks | elements |")
    for path in screens:
        full = Image.open(path)
        small = full.region(full.box).resize((1920, round(1920 * full.size_wh[1] / full.size_wh[0])))
        for image in (full, Image.open(small.convert("RGB"))):
            forget()
            seal = Seal()  # its cache of looks is empty
            seen, looked = _timed(lambda image=image, seal=seal: survey(image, seal.localizer))  # type: ignore[misc]
            elements, joined = _timed(lambda seen=seen, image=image: assemble(seen, image))  # type: ignore[misc]
            _, drawn = _timed(lambda image=image, elements=elements: draw_marks(image, elements))  # type: ignore[misc]
            width, height = image.size_wh
            print(
                f"| {path.stem} | {width}x{height} | {looked:.2f} | {joined:.2f} | {drawn:.2f} | {len(elements)} |"
            )


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    done = work()
    return done, time.process_time() - started


def found(folder: Path, count: int) -> None:
    """Of the widgets and icons of the truth: how many are elements, of the right kind, name and state."""
    seal, told, total = Seal(), Counter[str](), Counter[str]()
    for file in sorted(folder.glob("*.json"))[:count]:
        truth = PageTruth.load(file)
        elements = seal.elements(folder / truth.image)
        for w in truth.widgets:
            best = _at(elements, w.box)
            total["widgets"] += 1
            told["widgets"] += best is not None
            if best is None:
                continue
            total["kind"] += 1
            told["kind"] += best.kind == w.kind
            if any(
                w.box.coverage(line.box) > 0.6 and plain(line.text) == plain(w.label) for line in truth.lines
            ):
                total["name"] += 1
                told["name"] += plain(w.label) in (plain(best.name), plain(best.text), plain(best.label))
            on = w.checked if w.checked is not None else w.selected
            if on is not None and best.state:
                total["state"] += 1
                told["state"] += on == (best.state in ("checked", "on", "selected"))
        for icon in truth.icons:
            inside = [w.box for w in truth.widgets if w.box.coverage(icon.box) > 0.8]
            best = _at(elements, icon.box) or (
                _at(elements, min(inside, key=lambda b: b.area)) if inside else None
            )
            total["icons"] += 1
            told["icons"] += best is not None
            if best is not None and best.icon:
                total["concept"] += 1
                told["concept"] += best.icon == icon.concept
    for name in total:
        print(f"{name:8} {told[name]:5} of {total[name]:5}  {told[name] / total[name]:.2f}")


def _at(elements: Elements, box: Box) -> Element | None:
    near = [e for e in elements.items if e.kind != "text" and e.box.iou(box) >= 0.4]
    return max(near, key=lambda e: e.box.iou(box), default=None)


if __name__ == "__main__":
    main()
