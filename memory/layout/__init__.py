"""The structure of a page, measured on its lines: `layout_of`.

Pure functions of text, boxes and scores; pixels are looked at only where they are handed in. Seconds do not matter
here: a page of 300 lines takes some hundredths of one.
"""

from __future__ import annotations

from collections.abc import Sequence

import PIL.Image

from ..geometry import Box
from ..working import TextLine
from .bits import Bit, Row, bits_of, cleaned, part_of, rows_of, slope_of, without_rings
from .cells import Found
from .contents import contents_in, contents_of
from .edges import cut_at_edges
from .entities import entities_in
from .fields import fields_in
from .flow import CAPTION, headings_in, page_number_in, paragraphs_in
from .marks import marks_in
from .model import Cell, ContentsEntry, Entity, FormField, Heading, KeyValue, Mark, Paragraph, Table
from .page import PageLayout
from .pairs import NearValue, behind_name, ends_with_value, near_values, pair_spans, pairs_in
from .panels import panel_at, panels_of
from .regions import regions_of
from .tables import tables_in

__all__ = [
    "Bit",
    "Cell",
    "ContentsEntry",
    "Entity",
    "FormField",
    "Heading",
    "KeyValue",
    "Mark",
    "NearValue",
    "PageLayout",
    "Paragraph",
    "Table",
    "behind_name",
    "bits_of",
    "contents_of",
    "cut_at_edges",
    "ends_with_value",
    "fields_in",
    "layout_of",
    "marks_in",
    "near_values",
    "pair_spans",
    "panel_at",
    "panels_of",
    "part_of",
]

_CAPTION_GAP = 2.2
"""Distance of a caption from its table, in heights of its line."""


def layout_of(
    lines: Sequence[TextLine],
    things: Sequence[Box] = (),
    page: int = 1,
    picture: PIL.Image.Image | None = None,
    size_wh: tuple[int, int] = (0, 0),
    panels: Sequence[Box] = (),
) -> PageLayout:
    """The structure of one page.

    lines: what was read on it, in any order, also twice; those of other pages are left out. things: boxes of what other
    localizers have seen there (icons, boxes to tick): a single letter in one of them was never text. Boxes in pixels of
    the full image; so are those of the layout. picture: the page or a smaller copy of it, RGB, in which boxes to tick,
    fields to sign or fill in, borders between cells and panels are looked for; size_wh: the full image's size,
    (0, 0) where the picture is that. panels: those that are known, from `panels_of`. Raises SettingError for a size
    that the picture is no copy of.
    """
    here = cleaned([n for n in lines if n.page == page], things)
    if picture is not None:
        size_wh = picture.size if size_wh == (0, 0) else size_wh
        here = cut_at_edges(here, picture, size_wh)
        panels = panels or panels_of(picture, size_wh, [n.box for n in here])
    if not here:
        return PageLayout()
    slope = slope_of(here)
    bits = without_rings(bits_of(here, slope))
    whole = rows_of(bits)
    contents = contents_in(whole)
    tables: list[Table] = []
    headings: list[Heading] = []
    paragraphs: list[Paragraph] = []
    pairs: list[KeyValue] = []
    ordered: list[Bit] = []
    columns: list[Box] = []
    for region in _parts(bits, panels):
        rows = rows_of(region)
        found = tables_in(rows, page)
        rest = _rest(rows, found)
        tables += [_captioned(f, rest) for f in found]
        named = headings_in(rest, [e.box for e in contents])
        headings += named
        paragraphs += paragraphs_in(rest, named)
        pairs += pairs_in(rest)
        columns.append(_box_of(region))
        ordered += [b for row in rows for b in row]
    order = {b.box: i for i, b in reversed(list(enumerate(ordered)))}
    return PageLayout(
        lines=tuple(sorted((n for n in here if n.box in order), key=lambda n: order[n.box])),
        columns=tuple(columns) if len(columns) > 1 else (),
        headings=tuple(headings),
        contents=contents,
        paragraphs=tuple(paragraphs),
        tables=tuple(tables),
        pairs=tuple(pairs),
        marks=marks_in(picture, size_wh, here) if picture is not None else (),
        fields=fields_in(picture, size_wh, here) if picture is not None else (),
        entities=entities_in(whole),
        page_number=page_number_in(whole),
        slope=slope,
    )


def _parts(bits: Sequence[Bit], panels: Sequence[Box]) -> list[list[Bit]]:
    """The bits in parts that have nothing to do with each other, each panel for itself, in reading order."""
    if not panels:
        return regions_of(bits)
    held: dict[Box | None, list[Bit]] = {}
    for bit in bits:
        held.setdefault(panel_at(bit.box, panels), []).append(bit)
    return sorted(
        (region for own in held.values() for region in regions_of(own)),
        key=lambda region: (min(b.y0 for b in region), min(b.x0 for b in region)),
    )


def _box_of(bits: Sequence[Bit]) -> Box:
    box = bits[0].box
    for bit in bits[1:]:
        box = box.union(bit.box)
    return box


def _rest(rows: Sequence[Row], found: Sequence[Found]) -> list[Row]:
    """The rows without what tables hold."""
    held = {b.box for f in found for b in f.bits}
    left = [[b for b in row if b.box not in held] for row in rows]
    return [row for row in left if row]


def _captioned(found: Found, rest: Sequence[Row]) -> Table:
    """A table with the line over it that names it, or the one below that begins with "Table 1"."""
    table, box = found.table, found.table.box
    top = min(b.y0 for b in found.bits)
    bottom = max(b.y1 for b in found.bits)
    near = []
    for row in rest:
        if len(row) != 1:
            continue
        bit = row[0]
        if bit.box.x > box.x + box.width or bit.box.x + bit.box.width < box.x:
            continue
        over, under = (top - bit.y1) / bit.height, (bit.y0 - bottom) / bit.height
        told = CAPTION.match(bit.text) is not None
        if -0.5 < over < _CAPTION_GAP * (1.5 if told else 1.0) and len(bit.text) <= 120:
            near.append((not told, over, bit))
        elif told and -0.5 < under < _CAPTION_GAP:
            near.append((False, under, bit))
    if not near:
        return table
    bit = min(near, key=lambda n: n[:2])[2]
    return table.model_copy(update={"caption": bit.text, "caption_box": bit.box})
