"""How well boxes of printed forms are found, told marked or empty, and labelled: drawn forms with exact truth.

    python benchmarks/forms.py [--pages 100] [--seed 1] [--show FILE.png]

Every form is a scan: turned by up to 5 degrees, with noise, a shade and JPEG, marked by a cross, a tick or a filling,
by machine or by hand. What is read is taken from the truth, so that nothing but the boxes is measured.
"""

from __future__ import annotations

import argparse
import io
import math
import random
from dataclasses import dataclass, field

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from seal.memory.geometry import Box
from seal.memory.layout import marks_in
from seal.memory.working import TextLine

SIZE = (1200, 1600)
WORDS = (
    "male",
    "female",
    "yes",
    "no",
    "married",
    "single",
    "other",
    "monthly",
    "yearly",
    "e-mail",
    "letter",
    "none",
)


@dataclass
class Form:
    """A picture, what is read on it, and its boxes: place, whether it is marked, its label."""

    picture: PIL.Image.Image
    lines: list[TextLine] = field(default_factory=list)
    boxes: list[tuple[Box, bool, str]] = field(default_factory=list)
    angle: float = 0.0


def mark(pen: PIL.ImageDraw.ImageDraw, x: float, y: float, side: float, rng: random.Random) -> None:
    """A mark in a box, now and then over its edge."""
    ink = rng.choice(("#101010", "#20308a", "#202020"))
    width = max(2, round(side * rng.uniform(0.08, 0.14)))
    off = side * rng.uniform(-0.12, 0.2)
    a, b = side * 0.2 - off * 0.5, side * 0.8 + off * 0.5
    kind = rng.choice(("cross", "cross", "tick", "fill"))
    if kind == "cross":
        pen.line((x + a, y + a, x + b, y + b), ink, width)
        pen.line((x + b, y + a, x + a, y + b), ink, width)
    elif kind == "tick":
        pen.line((x + 0.2 * side, y + 0.55 * side, x + 0.42 * side, y + 0.8 * side), ink, width)
        pen.line((x + 0.42 * side, y + 0.8 * side, x + 0.85 * side + off, y + 0.15 * side - off), ink, width)
    else:
        pen.rectangle((x + 0.22 * side, y + 0.22 * side, x + 0.78 * side, y + 0.78 * side), fill=ink)


def form(seed: int) -> Form:
    """A form with several questions, each with boxes in a row or below each other."""
    rng = random.Random(seed)
    made = Form(PIL.Image.new("RGB", SIZE, "white"))
    pen = PIL.ImageDraw.Draw(made.picture)
    size = rng.choice((18, 22, 28))
    font = PIL.ImageFont.load_default(size)
    side, thick = size * rng.uniform(0.85, 1.2), rng.choice((1, 2, 2, 3))
    texts: list[tuple[str, float, float, float, float]] = []

    def write(text: str, x: float, y: float) -> float:
        pen.text((x, y), text, "#111111", font)
        wide = pen.textlength(text, font)
        texts.append((text, x, y, wide, size * 1.2))
        return wide

    raw: list[tuple[float, float, bool, str]] = []
    y = 90.0
    for number in range(1, 9):
        write(f"{number}. Question about {rng.choice(WORDS)}", 80, y)
        y += 1.9 * size
        x, stacked = 80.0, rng.random() < 0.4
        for label in rng.sample(WORDS, rng.randint(2, 4)):
            on = rng.random() < 0.4
            pen.rectangle((x, y, x + side, y + side), outline="#111111", width=thick)
            if on:
                mark(pen, x, y, side, rng)
            wide = write(label, x + side + 0.5 * size, y - 0.1 * size)
            raw.append((x, y, on, label))
            if stacked:
                y += 1.8 * size
            else:
                x += side + wide + rng.uniform(1.6, 4.0) * size
        y += 2.4 * size
        if rng.random() < 0.3:
            pen.line((60, y - 0.8 * size, 1140, y - 0.8 * size), "#111111", 2)
        if y > 1450:
            break
    made.angle = rng.choice((0.0, rng.uniform(-5, 5), rng.uniform(-2, 2)))
    turn = math.radians(-made.angle)
    cos, sin = math.cos(turn), math.sin(turn)

    def around(x: float, y: float, w: float, h: float) -> Box:
        corners = [(x, y), (x + w, y), (x, y + h), (x + w, y + h)]
        cx, cy = SIZE[0] / 2, SIZE[1] / 2
        at = [
            (cx + (a - cx) * cos - (b - cy) * sin, cy + (a - cx) * sin + (b - cy) * cos) for a, b in corners
        ]
        xs, ys = [p[0] for p in at], [p[1] for p in at]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    made.lines = [TextLine(text=t, box=around(*place), confidence=0.97) for t, *place in texts]
    made.boxes = [(around(x, y, side, side), on, label) for x, y, on, label in raw]
    made.picture = scanned(
        made.picture.rotate(made.angle, PIL.Image.Resampling.BICUBIC, fillcolor="white"), rng
    )
    return made


def scanned(picture: PIL.Image.Image, rng: random.Random) -> PIL.Image.Image:
    """The picture as a scanner gives it."""
    pixels = np.asarray(picture, np.float32)
    noise = np.random.default_rng(rng.randint(0, 9999)).normal(0, rng.choice((0.0, 4.0, 10.0)), pixels.shape)
    shade = np.linspace(1.0, rng.uniform(0.8, 1.0), pixels.shape[1])[None, :, None]
    made = PIL.Image.fromarray(np.clip(pixels * shade + noise, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    made.save(buffer, "JPEG", quality=rng.choice((40, 70, 90)))
    return PIL.Image.open(buffer).convert("RGB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", default="", help="the first form in which something is wrong, as a picture")
    arguments = parser.parse_args()
    told = there = found = state = unsure = label = 0
    shown = False
    for seed in range(arguments.seed, arguments.seed + arguments.pages):
        made = form(seed)
        marks = marks_in(made.picture, SIZE, made.lines)
        told, there = told + len(marks), there + len(made.boxes)
        right = 0
        for box, on, name in made.boxes:
            hit = next((m for m in marks if m.box.iou(box) > 0.4), None)
            if hit is None:
                continue
            found += 1
            state += hit.on is on
            unsure += hit.on is None
            label += hit.label == name
            right += hit.on is on and hit.label == name
        if right < len(made.boxes) and arguments.show and not shown:
            shown = True
            pen = PIL.ImageDraw.Draw(made.picture)
            for m in marks:
                x0, y0, x1, y1 = m.box.xyxy
                pen.rectangle((x0, y0, x1, y1), outline="red" if m.on else "blue", width=2)
                pen.text((x0, y0 - 14), m.label, "red")
            made.picture.save(arguments.show)
            print(f"form {seed}, turned by {made.angle:.1f} degrees: {len(made.boxes)} boxes, {right} right")
    print("| what | share | of |\n| --- | ---: | ---: |")
    print(f"| boxes that are found | {found / there:.3f} | {there} |")
    print(f"| told boxes that are some | {found / max(1, told):.3f} | {told} |")
    print(f"| found ones told marked or empty rightly | {state / max(1, found):.3f} | {found} |")
    print(f"| not told whether | {unsure / max(1, found):.3f} | {found} |")
    print(f"| found ones with their label | {label / max(1, found):.3f} | {found} |")


if __name__ == "__main__":
    main()
