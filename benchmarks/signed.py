"""How well fields of paper forms are told signed or filled in: drawn forms with exact truth.

    python benchmarks/signed.py [--pages 100] [--seed 1] [--show FILE.png]

Every form is a scan: turned by up to 5 degrees, with noise, a shade, stains and JPEG. Labels stand left of rules and
leaders, below or above them, or in frames; strokes of a pen are smooth curves. Typed names and stamps on a signature
line are no signatures. What is read is taken from the truth, without what the pen wrote; some of that is read as if it
were print, with little confidence.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from forms import SIZE, scanned

from seal.memory.geometry import Box
from seal.memory.layout import FormField, fields_in
from seal.memory.working import TextLine

SIGNS = (
    "Signature",
    "Customer's signature",
    "Signature of the tenant",
    "Unterschrift",
    "Signature:",
    "Sign here",
    "Signed",
)
ROLES = ("Mother", "Father", "Tenant", "Landlord", "Ada Moor, Owner", "Witness")
NAMES = (
    "Name",
    "Phone",
    "Address",
    "Date",
    "City",
    "E-mail",
    "Job title",
    "Place of birth",
    "Telefon",
    "Account no.",
)
ENTRIES = ("Ada Moor", "0171 555 20", "8 Mill Lane", "3 May 2024", "Otley", "n/a", "Nurse")
PENS = ("#14288c", "#101014", "#28303c", "#1c3fa8", "#5a2020")


@dataclass
class Form:
    """A picture, what is read on it, and its fields: kind, label, place of the line, what stands there."""

    picture: PIL.Image.Image
    lines: list[TextLine] = field(default_factory=list)
    truth: list[tuple[str, str, Box, str]] = field(default_factory=list)
    angle: float = 0.0


def stroke(pen: PIL.ImageDraw.ImageDraw, points: list[tuple[float, float]], ink: str, width: int) -> None:
    """A smooth curve through points."""
    ends = [points[0], *points, points[-1]]
    curve = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for t in np.linspace(0, 1, 12):
            curve.append(
                tuple(
                    0.5
                    * (
                        2 * q
                        + (r - p) * t
                        + (2 * p - 5 * q + 4 * r - s) * t**2
                        + (3 * q - p - 3 * r + s) * t**3
                    )
                    for p, q, r, s in zip(a, b, c, d, strict=True)
                )
            )
    pen.line(curve, ink, width, joint="curve")


def written(
    pen: PIL.ImageDraw.ImageDraw, x: float, y: float, h: float, wide: float, rng: random.Random
) -> None:
    """A signature over a line at y, h high: one or two strokes that go up and down."""
    ink, width = rng.choice(PENS), max(1, round(h * rng.uniform(0.03, 0.08)))
    steps = rng.randint(4, 9)
    low, points = rng.uniform(-0.1, 0.25) * h, []
    for i in range(steps):
        top = y - h * rng.uniform(0.5, 1.1) if i % 2 else y - low + h * rng.uniform(-0.2, 0.1)
        points.append((x + wide * i / steps + rng.uniform(-0.2, 0.2) * h, top))
    stroke(pen, points, ink, width)
    if rng.random() < 0.4:
        at = x + wide * rng.uniform(0.2, 0.6)
        stroke(
            pen,
            [(at, y - 0.2 * h), (at + 0.3 * wide, y - 0.5 * h), (at + 0.6 * wide, y - 0.1 * h)],
            ink,
            width,
        )


def stained(picture: PIL.Image.Image, x: float, y: float, r: float, rng: random.Random) -> None:
    """A ring or a drop of coffee."""
    layer = PIL.Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = PIL.ImageDraw.Draw(layer)
    brown = (140, 100, 50, rng.randint(40, 90))
    if rng.random() < 0.6:
        pen.ellipse((x - r, y - r, x + r, y + r), outline=brown, width=max(2, round(r * 0.12)))
    else:
        pen.ellipse((x - r / 2, y - r / 2, x + r / 2, y + r / 2), fill=brown)
    picture.paste(layer.convert("RGB"), (0, 0), layer)


def form(seed: int) -> Form:
    """A form with fields, and below them one to three places for signatures."""
    rng = random.Random(seed)
    made = Form(PIL.Image.new("RGB", SIZE, "white"))
    pen = PIL.ImageDraw.Draw(made.picture)
    size = rng.choice((18, 22, 28))
    font, small = PIL.ImageFont.load_default(size), PIL.ImageFont.load_default(round(0.75 * size))
    thick, dotted = rng.choice((1, 2, 3)), rng.random() < 0.3
    style = rng.choice(("left", "left", "below", "above", "box"))
    texts: list[tuple[str, float, float, float, float, float]] = []
    raw: list[tuple[str, str, tuple[float, float, float, float], str]] = []

    def write(
        text: str, x: float, y: float, face: PIL.ImageFont.FreeTypeFont = font, sure: float = 0.97
    ) -> float:
        pen.text((x, y), text, "#111111", face)
        x0, y0, x1, y1 = pen.textbbox((x, y), text, face)
        texts.append((text, x0, y0 - 2, x1 - x0, y1 - y0 + 4, sure))
        return float(x1 - x0)

    def ruled(x0: float, x1: float, y: float) -> None:
        if not dotted:
            pen.line((x0, y, x1, y), "#222222", thick)
        for x in np.arange(x0, x1, 0.35 * size) if dotted else ():
            pen.ellipse((x, y - thick, x + thick + 1, y + 1), fill="#222222")

    def place(kind: str, label: str, x: float, y: float, wide: float, state: str) -> None:
        """A field whose line stands at y. state: signed, ink, typed, stamp, stain or empty."""
        side = style if kind == "field" else rng.choice(("left", "below", "above"))
        if side == "left":
            end = x + write(label, x, y - 1.05 * size) + 0.4 * size
            ruled(end, x + wide, y)
            x, wide = end, x + wide - end
        elif side == "box":
            pen.rectangle((x, y - 2.2 * size, x + wide, y + 0.3 * size), outline="#222222", width=thick)
            write(label, x + 6, y - 2.1 * size, small)
        else:
            ruled(x, x + wide, y)
            write(label, x, y + 0.25 * size if side == "below" else y - 3.4 * size, small)
        raw.append((kind, label, (x, y - 2, wide, 4), state))
        at = x + rng.uniform(0.3, 1.0) * size
        if state == "signed":
            written(
                pen, at, y, size * rng.uniform(1.4, 2.6), min(wide - size, size * rng.uniform(5, 10)), rng
            )
        elif state == "ink":
            written(pen, at, y - 0.15 * size, size * rng.uniform(0.8, 1.1), min(wide - size, 5 * size), rng)
        elif state == "typed":
            write(rng.choice(ENTRIES[:1] if kind == "signature" else ENTRIES), at, y - 1.15 * size)
        elif state == "stain":
            stained(made.picture, at + 2 * size, y - size, size * rng.uniform(1.5, 4), rng)
        elif state == "stamp":
            box = (at, y - 2.4 * size, at + 6 * size, y - 0.3 * size)
            pen.rectangle(box, outline="#b02a2a", width=3)
            pen.text((at + size, y - 2 * size), "PAID", "#b02a2a", font)
            if rng.random() < 0.5:
                texts.append(("PAID", at + size, y - 2 * size, 2.5 * size, 1.1 * size, 0.9))

    write("Application for a permit", 80, 60, PIL.ImageFont.load_default(round(1.5 * size)))
    write("Please fill in all fields and hand the form in at the desk.", 80, 60 + 2.6 * size)
    y = 60 + 8.0 * size
    names = rng.sample(NAMES, 6)
    for first, second in zip(names[::2], names[1::2], strict=True):
        for x, name in ((80, first), (640, second)):
            state = rng.choice(("ink", "typed", "empty", "empty", "stain"))
            place("field", name + (":" if style == "left" and rng.random() < 0.6 else ""), x, y, 470, state)
        y += 5.2 * size
    write("I confirm that all of this is true and was signed by me.", 80, y - 1.5 * size)
    y += 4.5 * size
    count = rng.randint(1, 3)
    labels = rng.sample(ROLES, count) if count > 1 and rng.random() < 0.4 else []
    for i in range(count):
        state = rng.choice(("signed", "signed", "empty", "empty", "typed", "stamp", "stain"))
        x, down = (80, 0.0) if i % 2 == 0 else (640, 0.0)
        label = f"Signature ({labels[i]})" if labels else rng.choice(SIGNS)
        place("signature", label, x, y + down, 470, state)
        y += 7.0 * size if i % 2 else 0.0
    made.angle = rng.choice((0.0, rng.uniform(-5, 5), rng.uniform(-2, 2)))
    turn = math.radians(-made.angle)
    cos, sin = math.cos(turn), math.sin(turn)

    def around(x: float, y: float, w: float, h: float) -> Box:
        cx, cy = SIZE[0] / 2, SIZE[1] / 2
        at = [
            (cx + (a - cx) * cos - (b - cy) * sin, cy + (a - cx) * sin + (b - cy) * cos)
            for a, b in ((x, y), (x + w, y), (x, y + h), (x + w, y + h))
        ]
        xs, ys = [p[0] for p in at], [p[1] for p in at]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    made.lines = [TextLine(text=t, box=around(*at), confidence=sure) for t, *at, sure in texts]
    made.truth = [(kind, label, around(*at), state) for kind, label, at, state in raw]
    made.picture = scanned(
        made.picture.rotate(made.angle, PIL.Image.Resampling.BICUBIC, fillcolor="white"), rng
    )
    return made


def judged(told: FormField | None, state: str) -> str:
    """How a field was told: right, wrong, unknown or missed. A typed name or a stamp is no signature, and no proof
    that there is none.
    """
    if told is None:
        return "missed"
    if told.kind == "signature" and state in ("typed", "stamp"):
        return "wrong" if told.on else "right"
    if told.on is None:
        return "unknown"
    return "right" if told.on == (state in ("signed", "ink", "typed")) else "wrong"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", default="", help="the first form in which something is wrong, as a picture")
    parser.add_argument("--all", action="store_true", help="tell of every field that is not right")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str, str]] = Counter()
    extra, shown = 0, False
    for seed in range(arguments.seed, arguments.seed + arguments.pages):
        made = form(seed)
        found = fields_in(made.picture, SIZE, made.lines)
        extra += len(found)
        bad = []
        for kind, label, box, state in made.truth:
            near = [
                f
                for f in found
                if f.kind == kind
                and f.label == label.rstrip(" :.")
                and Box(f.box.x - 30, f.box.y - 90, f.box.width + 60, f.box.height + 180).coverage(box) > 0.5
            ]
            told = near[0] if near else None
            extra -= told is not None
            how = judged(told, state)
            counts[kind, state, how] += 1
            if how != "right":
                bad.append(f"form {seed} ({made.angle:.1f}): {kind} {label!r} {state}: {how}")
        if arguments.all:
            print("\n".join(bad))
        if bad and arguments.show and not shown:
            shown = True
            pen = PIL.ImageDraw.Draw(made.picture)
            for f in found:
                pen.rectangle(f.box.xyxy, outline={True: "red", False: "blue", None: "green"}[f.on], width=2)
                pen.text((f.box.x, f.box.y - 14), f.label, "red")
                if f.entry_box:
                    pen.rectangle(f.entry_box.xyxy, outline="orange")
            made.picture.save(arguments.show)
    print(
        "| field | what stands there | right | wrong | unknown | missed |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    for kind, state in sorted({key[:2] for key in counts}):
        row = " | ".join(str(counts[kind, state, how]) for how in ("right", "wrong", "unknown", "missed"))
        print(f"| {kind} | {state} | {row} |")
    print(f"\nTold fields that are none: {extra}.")


if __name__ == "__main__":
    main()
