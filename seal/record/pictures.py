"""Pictures for people who would rather look than read: found targets on the page.

- Boxes come in pixels of the full image, as everywhere; the picture may be a smaller copy of the page.
- A label stands beside its box, never over a box where there is room, and inside the picture.
- The font is Pillow's own, so nothing depends on the fonts of the system.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from ..memory.geometry import Box
from ..memory.working import VisualWorkingMemory
from .brief import BriefPlace

__all__ = ["COLORS", "draw_boxes", "draw_found"]

COLORS = ("#d1431f", "#1668b8", "#8a3fa0", "#a36a00", "#0b7d72", "#c2286d")
"""One colour per target, the same as in the viewer."""

MOST_PLACES = 12
"""Places of one answer that are drawn."""
_VISITED = "#33566b"
_ANSWER = "#0a7a2f"
_PAD = 4
Font = PIL.ImageFont.FreeTypeFont | PIL.ImageFont.ImageFont


def draw_found(
    memory: VisualWorkingMemory,
    visited: Sequence[tuple[int, Box]] = (),
    max_side: int = 1600,
    answer: Sequence[BriefPlace] = (),
) -> PIL.Image.Image:
    """The page of the first find: found targets with phrase and score, the answer, thin outlines of the patches
    visited.

    visited: (1-based page, patch) pairs. answer: where it stands. At most `max_side` pixels a side, and never larger
    than the copy of the page that the memory holds.
    """
    page = memory.image
    picture = page.pil()
    picture.thumbnail((max_side, max_side))
    scale = picture.width / page.size_wh[0]
    lined = picture.copy()
    draw = PIL.ImageDraw.Draw(lined)
    for number, box in visited:
        if number == page.page:
            draw.rectangle(_pixels(box, scale, picture.size), outline=_VISITED)
    picture = PIL.Image.blend(picture, lined, 0.5)
    here = [t for t in memory.targets if t.page == page.page]
    told = [p for p in answer if p.page == page.page][:MOST_PLACES]
    return draw_boxes(
        picture,
        [*(p.box for p in told), *(t.box for t in here)],
        [*(f"answer: {p.text}" for p in told), *(f"{t.phrase} {t.score:.2f}" for t in here)],
        colors=[*(_ANSWER for _ in told), *_colors([t.phrase for t in here])],
        full_size_wh=page.size_wh,
    )


def draw_boxes(
    image: PIL.Image.Image,
    boxes: Sequence[Box],
    labels: Sequence[str] = (),
    *,
    colors: Sequence[str] = (),
    full_size_wh: tuple[int, int] | None = None,
) -> PIL.Image.Image:
    """A copy of `image` with boxes and their labels drawn on it; the first labels get the best places.

    boxes: pixels of the full image, whose size is `full_size_wh` (default: the size of `image` itself).
    labels, colors: one per box; left out, there are no labels, and colours take turns.
    """
    picture = image.convert("RGB").copy()
    draw = PIL.ImageDraw.Draw(picture)
    scale = picture.width / (full_size_wh or picture.size)[0]
    rectangles = [_pixels(box, scale, picture.size) for box in boxes]
    inks = [colors[i] if i < len(colors) else COLORS[i % len(COLORS)] for i in range(len(boxes))]
    line = max(2, round(max(picture.size) / 640))
    for rectangle, ink in zip(rectangles, inks, strict=True):
        draw.rectangle(_grown(rectangle, line + 1), outline="white", width=1)
        draw.rectangle(_grown(rectangle, line), outline=ink, width=line)
    font = PIL.ImageFont.load_default(max(11, round(max(picture.size) / 95)))
    taken = [_grown(rectangle, line + 1) for rectangle in rectangles]
    placed: list[tuple[_Pixels, str, str]] = []
    for rectangle, ink, label in zip(rectangles, inks, labels, strict=False):
        text = _fitted(label, font, picture.width - 2 * _PAD)
        if text:
            place = _place(_grown(rectangle, line + 1), _size_wh(text, font), taken, picture.size)
            taken.append(place)
            placed.append((place, ink, text))
            if _apart(place, rectangle) > 2 * line + 8:
                draw.line([_middle(place), _middle(rectangle)], fill=ink, width=1)
    for place, ink, text in placed:
        draw.rounded_rectangle(place, radius=3, fill=ink)
        _write(draw, place[0] + _PAD, place[1] + _PAD, text, "white", font)
    return picture


# --- labels -----------------------------------------------------------------------------------------------

_Pixels = tuple[int, int, int, int]  # left, top, right, bottom in the picture, all drawn


def _colors(phrases: Sequence[str]) -> list[str]:
    order = list(dict.fromkeys(phrases))
    return [COLORS[order.index(phrase) % len(COLORS)] for phrase in phrases]


def _pixels(box: Box, scale: float, size_wh: tuple[int, int]) -> _Pixels:
    """The box in the picture: at least one pixel, inside."""
    x0, y0, x1, y1 = (v * scale for v in box.xyxy)
    left, top = min(max(0, round(x0)), size_wh[0] - 1), min(max(0, round(y0)), size_wh[1] - 1)
    right, bottom = (
        max(low, min(side, round(high)) - 1)
        for low, high, side in ((left, x1, size_wh[0]), (top, y1, size_wh[1]))
    )
    return left, top, right, bottom


def _grown(r: _Pixels, by: int) -> _Pixels:
    return r[0] - by, r[1] - by, r[2] + by, r[3] + by


def _middle(r: _Pixels) -> tuple[float, float]:
    return (r[0] + r[2]) / 2, (r[1] + r[3]) / 2


def _size_wh(text: str, font: Font) -> tuple[int, int]:
    """Pixels of a label: the text and its padding; the same height for every text."""
    _, top, _, bottom = font.getbbox("Ág", anchor="ls")
    return math.ceil(font.getlength(text)) + 2 * _PAD, math.ceil(bottom - top) + 2 * _PAD


def _write(draw: PIL.ImageDraw.ImageDraw, x: int, y: int, text: str, ink: str, font: Font) -> None:
    """One line whose tallest letters begin at `y`, whatever letters it has."""
    draw.text((x, y - font.getbbox("Ág", anchor="ls")[1]), text, fill=ink, font=font, anchor="ls")


def _fitted(text: str, font: Font, width: int) -> str:
    """One line, cut with "..." where it is longer than `width` pixels."""
    line = " ".join(text.split())[:400]
    if font.getlength(line) <= width - 2 * _PAD:
        return line
    while line and font.getlength(line + "...") > width - 2 * _PAD:
        line = line[:-1]
    return line + "..." if line else ""


def _place(
    box: _Pixels, size_wh: tuple[int, int], taken: Sequence[_Pixels], picture_wh: tuple[int, int]
) -> _Pixels:
    """Where a label goes: beside its box if possible, else the nearest free place, else where it hides least."""
    (w, h), (x0, y0, x1, y1) = size_wh, box
    beside = [
        (x0, y0 - h),
        (x0, y1 + 1),
        (x1 - w + 1, y0 - h),
        (x1 - w + 1, y1 + 1),
        (x1 + 1, y0),
        (x0 - w, y0),
    ]
    right, bottom = max(0, picture_wh[0] - w), max(0, picture_wh[1] - h)
    inside = [(x, y) for x, y in beside if 0 <= x <= right and 0 <= y <= bottom]
    inside += [(min(max(0, x), right), min(max(0, y), bottom)) for x, y in beside]
    grid = [
        (x, y)
        for y in (*range(0, bottom, max(8, h // 2)), bottom)
        for x in (*range(0, right, max(16, w // 3)), right)
    ]
    near = sorted(grid, key=lambda p: (_apart((p[0], p[1], p[0] + w - 1, p[1] + h - 1), box), p[1], p[0]))
    places = [(x, y, x + w - 1, y + h - 1) for x, y in (*inside, *near)]
    for place in places:
        if not any(_shared(place, other) for other in taken):
            return place
    return min(places, key=lambda place: sum(_shared(place, other) for other in taken))


def _shared(a: _Pixels, b: _Pixels) -> int:
    """Pixels that two rectangles have in common."""
    return max(0, min(a[2], b[2]) - max(a[0], b[0]) + 1) * max(0, min(a[3], b[3]) - max(a[1], b[1]) + 1)


def _apart(a: _Pixels, b: _Pixels) -> float:
    """Distance of the nearest edges, pixels."""
    return math.hypot(max(0, a[0] - b[2], b[0] - a[2]), max(0, a[1] - b[3], b[1] - a[3]))
