"""A timeline as one picture: the frames in which something changes, small, with the targets boxed."""

from __future__ import annotations

import math

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from ...memory.clock import clock
from ...memory.errors import ImageError
from ...memory.geometry import Box
from ...memory.image import Document
from ...memory.source import one_line
from ...record.pictures import COLORS, draw_boxes
from .spans import Timeline

__all__ = ["strip"]

MOST_FRAMES = 24
"""Frames that are shown."""
COLUMNS, GAP, LINE = 4, 12, 20
"""Frames in a row; pixels between them; height of a line of words."""
MARKS = {"seen": "+", "absent": "-", "unknown": "?"}


def strip(document: Document, told: Timeline, side: int = 420) -> PIL.Image.Image:
    """The frames at which a span begins, in order, `side` pixels wide at most, with what is seen in them boxed.

    Under each: its number and time, and each target with + (seen), - (absent) or ? (unknown).
    """
    at = sorted({span.first for target in told.targets for span in target.spans})
    numbers = at[:MOST_FRAMES]
    pictures = [_frame(document, told, number, side) for number in numbers]
    columns = min(COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    lines = 1 + len(told.targets)
    cell = side + GAP, max(picture.height for picture in pictures) + lines * LINE + 2 * GAP
    sheet = PIL.Image.new("RGB", (columns * cell[0] + GAP, rows * cell[1] + GAP + LINE), "white")
    draw, font = PIL.ImageDraw.Draw(sheet), PIL.ImageFont.load_default(14)
    for i, (number, picture) in enumerate(zip(numbers, pictures, strict=True)):
        x, y = GAP + i % columns * cell[0], GAP + i // columns * cell[1]
        sheet.paste(picture, (x, y))
        draw.rectangle((x - 1, y - 1, x + picture.width, y + picture.height), outline="#999999")
        time = _time(document, number)
        words = [(f"frame {number}" + (f" at {clock(time)}" if time is not None else ""), "black")]
        for t, target in enumerate(told.targets):
            status = next(s.status for s in target.spans if s.first <= number <= s.last)
            words.append((f"{MARKS[status]} {target.phrase}: {status}", COLORS[t % len(COLORS)]))
        for row, (text, ink) in enumerate(words):
            draw.text((x, y + picture.height + 4 + row * LINE), _fitted(text, font, side), ink, font)
    if len(at) > MOST_FRAMES:
        draw.text((GAP, sheet.height - LINE), f"and {len(at) - MOST_FRAMES} more changes", "black", font)
    return sheet


def _frame(document: Document, told: Timeline, number: int, side: int) -> PIL.Image.Image:
    try:
        image = document.page(number)
        picture = image.region(image.box, side)
    except ImageError:
        return PIL.Image.new("RGB", (side, side // 2), "#dddddd")
    boxes: list[Box] = []
    inks: list[str] = []
    for t, target in enumerate(told.targets):
        for span in target.seen:
            if span.first == number and span.box is not None:
                boxes.append(span.box)
                inks.append(COLORS[t % len(COLORS)])
    return draw_boxes(picture, boxes, colors=inks, full_size_wh=image.size_wh)


def _time(document: Document, number: int) -> float | None:
    try:
        return document.page(number).time
    except ImageError:
        return None


def _fitted(text: str, font: PIL.ImageFont.FreeTypeFont | PIL.ImageFont.ImageFont, width: int) -> str:
    text = one_line(text, 120)
    while text and font.getlength(text) > width:
        text = text[:-4] + "..." if len(text) > 4 else ""
    return text
