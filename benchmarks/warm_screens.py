"""What a screenshot costs that differs a little from one that was seen before: CPU seconds, networks loaded.

    python benchmarks/warm_screens.py [SCREEN...]        # default: a shipped screen at 1920x1080

A screen, and three like it: a counter in the corner has changed, an icon was added, a dialog has opened (under a
tenth of the pixels). Each is asked for a text, an icon, a text that is not there, and all elements: by a new `Seal`
(cold), by one that saw the first screen (changed), and by the same once more (again). "same" says whether the first two
told the same.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal import Seal
from seal.agents.ocr import forget
from seal.memory.image import Image

SIZE = 1920, 1080
SCREEN = ROOT / "examples" / "screens" / "stisla-posts.png"
ASKED: dict[str, Callable[[Seal, Image], object]] = {
    "text": lambda seal, image: found(seal, image, "Laravel 5 Tutorial"),
    "icon": lambda seal, image: found(seal, image, "bell icon"),
    "absent": lambda seal, image: found(seal, image, "Purchase order"),
    "elements": lambda seal, image: seal.elements(image).items,
}


def found(seal: Seal, image: Image, phrase: str) -> object:
    """What `locate` tells of a phrase."""
    result = seal.locate(image, phrase)
    return result.answer, [(t.box, t.score, t.text) for t in result.targets], result.absent


def counter(screen: PIL.Image.Image) -> None:
    """A number changes."""
    draw = PIL.ImageDraw.Draw(screen)
    draw.rectangle((1500, 20, 1560, 50), fill="white")
    draw.text((1505, 25), "17 new", fill="black", font=PIL.ImageFont.load_default(size=16))


def icon(screen: PIL.Image.Image) -> None:
    """An icon appears: one that the screen shows elsewhere."""
    screen.paste(screen.crop((1740, 10, 1780, 50)), (1100, 600))


def dialog(screen: PIL.Image.Image) -> None:
    """A dialog opens."""
    draw = PIL.ImageDraw.Draw(screen)
    draw.rectangle((690, 390, 1230, 720), fill="white", outline="gray")
    title, plain = (PIL.ImageFont.load_default(size=size) for size in (28, 18))
    draw.text((730, 420), "Delete this post?", fill="black", font=title)
    draw.text(
        (730, 490), "It will be gone for everybody, and cannot be brought back.", fill="gray", font=plain
    )
    for x, color, said in ((730, "gray", "Cancel"), (860, "crimson", "Delete")):
        draw.rounded_rectangle((x, 620, x + 110, 664), 6, fill=color)
        draw.text((x + 55, 642), said, fill="white", font=plain, anchor="mm")


CHANGES = {"counter": counter, "icon added": icon, "dialog": dialog}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("screens", nargs="*", type=Path, default=[SCREEN])
    for path in parser.parse_args().screens:
        with PIL.Image.open(path) as opened:
            rows(path.stem, opened.convert("RGB").resize(SIZE, PIL.Image.Resampling.LANCZOS))


def rows(name: str, before: PIL.Image.Image) -> None:
    """A line for every change and thing asked for."""
    warm_up = Seal()
    for ask in ASKED.values():
        ask(warm_up, Image.open(np.full((400, 400, 3), 255, np.uint8)))
    print("| screen | change | share | asked for | cold | changed | again | changed / cold | same |")
    for change, draw in CHANGES.items():
        after = before.copy()
        draw(after)
        share = float((np.asarray(before) != np.asarray(after)).any(axis=2).mean())
        for asked, ask in ASKED.items():
            forget()
            told, cold = timed(ask, Seal(), after)
            forget()
            seal = Seal()
            timed(ask, seal, before)
            retold, warm = timed(ask, seal, after)
            _, again = timed(ask, seal, after)
            print(
                f"| {name} | {change} | {share:.3f} | {asked} | {cold:.2f} | {warm:.2f} | {again:.2f} | "
                f"{warm / cold:.2f} | {'yes' if told == retold else 'NO'} |",
                flush=True,
            )


def timed(ask: Callable[[Seal, Image], object], seal: Seal, screen: PIL.Image.Image) -> tuple[object, float]:
    """What is told of a screenshot that has just been taken, and the CPU seconds that it took."""
    started = time.process_time()
    told = ask(seal, Image.open(screen))
    return told, time.process_time() - started


if __name__ == "__main__":
    main()
