"""Which text names a widget that has none inside: beside a check box, above an input.

Every text labels one widget at most; the nearest pair comes first.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..memory.geometry import Box, Places

__all__ = ["labels_of"]

LABELLED = frozenset(("checkbox", "radio", "switch", "input", "select", "slider", "progress bar"))
"""Widgets that a text beside them names."""
AFTER = frozenset(("checkbox", "radio"))
"""Those whose label stands to their right."""
FARTHEST = 10.0
"""Text heights between a label and its widget on one row, at most."""
ABOVE = 1.6
"""Text heights between a label and its widget below it, at most."""


def labels_of(elements: Sequence[tuple[str, Box]]) -> dict[int, int]:
    """Widget -> text that labels it, both as indices. elements: (kind, box)."""
    texts = [i for i, (kind, _) in enumerate(elements) if kind == "text"]
    places = Places([elements[i][1] for i in texts])
    for i in texts:
        places.add(elements[i][1])
    pairs: list[tuple[float, int, int]] = []
    for w, (kind, box) in enumerate(elements):
        if kind in LABELLED:
            reach = FARTHEST * max(16.0, box.height)
            around = Box.from_xyxy(
                box.x - reach, box.y - 3 * box.height, box.x + box.width + reach, box.y + 2 * box.height
            )
            for k in places.near(around):
                away = _apart(kind, box, elements[texts[k]][1])
                if away is not None:
                    pairs.append((away, w, texts[k]))
    chosen: dict[int, int] = {}
    taken: set[int] = set()
    for _, w, text in sorted(pairs):
        if w not in chosen and text not in taken:
            chosen[w] = text
            taken.add(text)
    return chosen


def _apart(kind: str, widget: Box, label: Box) -> float | None:
    """How far a label is from a widget, in text heights and weighted; None where it is not its own."""
    h = max(1.0, label.height)
    if widget.coverage(label) > 0.5:
        return 0.0 if kind not in AFTER else None
    x0, y0, x1, y1 = label.xyxy
    end = widget.x + widget.width
    if x0 < end < x1 - 1.5 * h and label.coverage(widget) > 0.3 and kind in AFTER:
        label = Box.from_xyxy(end, y0, x1, y1)  # the line was read from the box on
    level = abs(label.center[1] - widget.center[1]) <= 0.6 * max(h, min(widget.height, 2 * h))
    behind, before = (label.x - widget.x - widget.width) / h, (widget.x - label.x - label.width) / h
    if level and -0.5 <= behind <= FARTHEST and kind in (*AFTER, "switch", "progress bar"):
        return behind if kind in AFTER else behind + 1
    if level and -0.5 <= before <= FARTHEST and kind not in AFTER:
        return before + 0.5
    above = (widget.y - label.y - h) / h
    beside = widget.x - 2 * h <= label.x <= widget.x + 0.5 * widget.width
    if kind not in (*AFTER, "switch") and -0.5 <= above <= ABOVE and beside:
        return 0.5 + above
    return None
