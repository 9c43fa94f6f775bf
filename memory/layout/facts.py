"""The structure of pages as measured facts of a working memory: tables, names with their values, fields of forms.

A fact is bounded: of a large table the first rows are told, and how many there are. What was read stands in its data,
never in its sentence. Fields are looked for only where a label asks for a signature: most pages are no forms.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..geometry import Box
from ..working import Fact, GlobalImage, TextLine
from . import cut_at_edges, layout_of, panels_of
from .fields import SIGNATURE, fields_in
from .model import FormField, KeyValue, Table

__all__ = ["facts_of"]

MOST_TABLES, MOST_ROWS, MOST_COLUMNS, MOST_PAIRS, MOST_FIELDS = 6, 40, 16, 40, 40
"""What of a page is told at most."""
LONGEST_LABEL = 50
"""Characters of a label for a signature at most."""


def facts_of(lines: Sequence[TextLine], view: GlobalImage | None = None) -> tuple[Fact, ...]:
    """The tables and pairs of all pages that lines were read on; boxes in pixels of the full image of their page.

    view: a page, whose lines are cut where cells border and parted by panels, and whose fields to sign and fill in are
    told too, where it has a label for a signature.
    """
    found: list[Fact] = []
    picture = view.pil() if view is not None and any(line.page == view.page for line in lines) else None
    for page in sorted({line.page for line in lines}):
        here = [line for line in lines if line.page == page]
        panels: tuple[Box, ...] = ()
        shown = view if view is not None and view.page == page else None
        if shown is not None and picture is not None:
            here = cut_at_edges(here, picture, shown.size_wh)
            panels = panels_of(picture, shown.size_wh, [n.box for n in here])
        layout = layout_of(here, page=page, panels=panels)
        tables = sorted(layout.tables, key=lambda t: -t.rows * t.columns)[:MOST_TABLES]
        found += [_table(t) for t in sorted(tables, key=lambda t: (t.box.y, t.box.x))]
        if layout.pairs:
            found.append(_pairs(layout.pairs[:MOST_PAIRS], page))
        asks = any(len(n.text) <= LONGEST_LABEL and SIGNATURE.search(n.text) for n in layout.lines)
        if shown is not None and picture is not None and asks:
            fields = fields_in(picture, shown.size_wh, layout.lines)
            found += [_fields(fields[:MOST_FIELDS], page)] if fields else []
    return tuple(found)


def _table(table: Table) -> Fact:
    rows, columns = min(table.rows, MOST_ROWS), min(table.columns, MOST_COLUMNS)
    texts = [
        [c.text if (c := table.at(r, k)).column == k and c.row == r else "" for k in range(columns)]
        for r in range(rows)
    ]
    across = [[c.box for c in table.cells if c.column == k and c.columns == 1] for k in range(columns)]
    down = [[c.box for c in table.cells if c.row == r] for r in range(rows)]
    value = {
        "page": table.page,
        "box": [round(v) for v in table.box.xywh],
        "caption": table.caption,
        "heads": table.heads,
        "rows": texts,
        "x": [_span([(b.x, b.x + b.width) for b in held] or [(table.box.x, table.box.x)]) for held in across],
        "y": [_span([(b.y, b.y + b.height) for b in held]) for held in down],
        "of": [table.rows, table.columns],
        "sorted_by": table.sorted_by,
    }
    text = f"A table of {table.rows} rows and {table.columns} columns stands on page {table.page}."
    return Fact(kind="table", text=text, value=value)


def _span(spans: Sequence[tuple[float, float]]) -> list[int]:
    return [round(min(a for a, _ in spans)), round(max(b for _, b in spans))]


def _pairs(pairs: Sequence[KeyValue], page: int) -> Fact:
    told = [{"key": p.key, "value": p.value, "box": _box(p.value_box or p.key_box)} for p in pairs]
    return Fact(
        kind="pairs",
        text=f"{len(told)} names with their values stand on page {page}.",
        value={"page": page, "pairs": told},
    )


def _fields(fields: Sequence[FormField], page: int) -> Fact:
    told = [
        {
            "label": f.label,
            "party": f.party,
            "kind": f.kind,
            "state": f.state,
            "text": f.text,
            "box": _box(f.entry_box or f.box),
        }
        for f in fields
    ]
    text = f"{len(told)} fields to sign or fill in stand on page {page}."
    return Fact(kind="fields", text=text, value={"page": page, "fields": told})


def _box(box: Box) -> list[int]:
    return [round(v) for v in box.xywh]
