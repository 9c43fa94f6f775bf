"""The picture of a screen with a number on every element (a set of marks), for those who would rather look than read.

- A number stands beside its element, on nothing that is an element itself where there is room, and inside the picture.
- The picture has the shape of the image, so that its own pixels are a frame: "1568x882".
- The colour says of which sort an element is; the legend is text, a line a number (`exports.to_prompt`).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from ..memory.geometry import Box, Places
from ..memory.image import Image
from .element import Element, Elements
from .point import Pointed

__all__ = ["COLORS", "draw_marks", "draw_places"]

COLORS = {"text": "#1668b8", "icon": "#c2286d", "widget": "#d1431f", "region": "#0b7d72", "other": "#8a3fa0"}
"""One colour a sort: text, icons, what can be clicked, regions, and other widgets."""
LEGIBLE = 20.0
"""Pixels of the picture that the shorter side of a usual element has where there is room for its number."""
_CLICK, _OTHER = "#0a7a2f", "#8a8a8a"
_REGIONS = frozenset(("card", "dialog", "footer", "form", "header", "sidebar", "table", "toolbar"))
_FREE, _TAGS, _CONTENT, _OWN = 0.0, 20.0, 3.0, 2.0
"""What a pixel of a tag costs that hides nothing, another tag, another element, its own element's content."""
_FARTHEST = 60
"""Pixels from its element up to which a place is looked for; a line joins them then."""

_Rect = tuple[float, float, float, float]


def draw_marks(image: Image, elements: Elements, max_side: int | None = None) -> PIL.Image.Image:
    """The screen, at most `max_side` pixels a side, with a box and a number for each element.

    None: as large as it takes for the numbers to be no larger than the elements, from 1,920 to 3,840 pixels a side.
    """
    sides = [min(e.box.size_wh) for e in elements.items] or [LEGIBLE]
    usual = max(1.0, statistics.median(sides))
    roomy = round(min(max(1920, max(image.size_wh) * LEGIBLE / usual), 3840))
    picture = image.region(image.box, roomy if max_side is None else max_side)
    scale = picture.width / image.size_wh[0]
    draw = PIL.ImageDraw.Draw(picture, "RGBA")
    font = PIL.ImageFont.load_default(min(20, max(10, round(0.6 * usual * scale))))
    rects = [_scaled(e.box, scale, picture.size) for e in elements.items]
    for e, rect in zip(elements.items, rects, strict=True):
        color = _color(e)
        draw.rectangle(rect, outline=f"{color}{'a0' if e.kind in ('text', *_REGIONS) else 'ff'}", width=1)
    content = Places([_box(r) for r in rects])
    contents: list[int] = []
    for i, e in enumerate(elements.items):
        if e.kind not in _REGIONS:
            content.add(_box(rects[i]))
            contents.append(i)
    tags = Places([Box(0, 0, 24, 14)])
    ranked = sorted(
        range(len(rects)), key=lambda i: (elements.items[i].kind in _REGIONS, _box(rects[i]).area)
    )
    for i in ranked:
        label = str(elements.items[i].number)
        size = _size(label, font)
        place = _placed(rects[i], size, picture.size, i, content, contents, tags)
        tags.add(_box(place))
        _draw_tag(draw, place, rects[i], label, _color(elements.items[i]), font)
    return picture


def draw_places(image: Image, told: Pointed, max_side: int | None = None) -> PIL.Image.Image:
    """The screen with the place to click, crossed and named, and thin boxes around its alternatives."""
    from ..record.pictures import draw_boxes

    best = () if told.best is None else (told.best,)
    others = [p for p in told.alternatives if p not in best]
    labels = [f"click: {p.name or p.kind} {told.confidence:.2f}" for p in best]
    labels += [f"or: {p.name or p.kind} {p.confidence:.2f}" for p in others]
    picture = draw_boxes(
        image.region(image.box, 1920 if max_side is None else max_side),
        [p.box for p in (*best, *others)],
        labels,
        colors=[*(_CLICK for _ in best), *(_OTHER for _ in others)],
        full_size_wh=image.size_wh,
    )
    draw = PIL.ImageDraw.Draw(picture)
    for place in best:
        x, y = (v * picture.width / image.size_wh[0] for v in place.click)
        draw.line([(x - 9, y), (x + 9, y)], fill=_CLICK, width=3)
        draw.line([(x, y - 9), (x, y + 9)], fill=_CLICK, width=3)
    return picture


def _draw_tag(
    draw: PIL.ImageDraw.ImageDraw,
    place: _Rect,
    rect: _Rect,
    label: str,
    color: str,
    font: PIL.ImageFont.FreeTypeFont | PIL.ImageFont.ImageFont,
) -> None:
    if _apart(place, rect) > 4:
        draw.line([*_nearest(place, rect)], fill=color, width=1)
    draw.rectangle(place, fill=color)
    left, top, _, _ = font.getbbox(label)
    draw.text((place[0] + 2 - left, place[1] + 1 - top), label, fill="white", font=font)


def _placed(
    rect: _Rect,
    size: tuple[int, int],
    picture_wh: tuple[int, int],
    own: int,
    content: Places,
    contents: Sequence[int],
    tags: Places,
) -> _Rect:
    """Where a tag goes: the cheapest of the places around its element, nearest first."""
    best, least = None, math.inf
    for place in _around(rect, size, picture_wh):
        box = _box(place)
        cost = _TAGS * sum(box.shared(tags.boxes[k]) for k in tags.near(box))
        for k in content.near(box):
            cost += (_OWN if contents[k] == own else _CONTENT) * box.shared(content.boxes[k])
        cost += 0.1 * _apart(place, rect) * size[1]
        if cost < least - 1e-9:
            best, least = place, cost
        if least <= _FREE:
            break
    return best or (0, 0, *size)


def _around(rect: _Rect, size: tuple[int, int], picture_wh: tuple[int, int]) -> Iterator[_Rect]:
    (x0, y0, x1, y1), (w, h) = rect, size
    spots = [
        (x0, y0 - h - 1),
        (x0 - w - 1, y0),
        (x1 - w, y0 - h - 1),
        (x1 + 1, y0),
        (x0, y1 + 1),
        (x1 - w, y1 + 1),
    ]
    spots += [(x0 - w - 1, y1 - h), (x1 + 1, y1 - h), (x0, y0), (x1 - w, y0), (x0, y1 - h), (x1 - w, y1 - h)]
    for away in range(h, _FARTHEST, h):
        spots += [(x0, y0 - h - 1 - away), (x0, y1 + 1 + away), (x1 + 1 + away, y0), (x0 - w - 1 - away, y0)]
    for x, y in spots:
        if x >= 0 and y >= 0 and x + w < picture_wh[0] and y + h < picture_wh[1]:
            yield x, y, x + w, y + h
    x, y = min(max(0, x0), picture_wh[0] - w - 1), min(max(0, y0), picture_wh[1] - h - 1)
    yield x, y, x + w, y + h


def _color(e: Element) -> str:
    if e.kind in ("text", "icon"):
        return COLORS[e.kind]
    return COLORS["region" if e.kind in _REGIONS else "widget" if e.interactive else "other"]


def _size(label: str, font: PIL.ImageFont.FreeTypeFont | PIL.ImageFont.ImageFont) -> tuple[int, int]:
    left, top, right, bottom = font.getbbox(label)
    return math.ceil(right - left) + 4, math.ceil(bottom - top) + 3


def _scaled(box: Box, scale: float, picture_wh: tuple[int, int]) -> _Rect:
    x0, y0, x1, y1 = (v * scale for v in box.xyxy)
    right, bottom = picture_wh[0] - 1, picture_wh[1] - 1
    x0, y0 = min(max(0.0, x0), right), min(max(0.0, y0), bottom)
    return x0, y0, min(max(x0, x1), right), min(max(y0, y1), bottom)


def _box(rect: _Rect) -> Box:
    return Box.from_xyxy(*rect)


def _apart(a: _Rect, b: _Rect) -> float:
    return math.hypot(max(0.0, a[0] - b[2], b[0] - a[2]), max(0.0, a[1] - b[3], b[1] - a[3]))


def _nearest(place: _Rect, rect: _Rect) -> tuple[float, float, float, float]:
    """A line from the middle of a tag to the nearest point of its element."""
    x, y = (place[0] + place[2]) / 2, (place[1] + place[3]) / 2
    return x, y, min(max(x, rect[0]), rect[2]), min(max(y, rect[1]), rect[3])
