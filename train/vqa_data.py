"""What the nano VQA model learns from pages: a bank of small views with what they show, made once from a folder.

`collect` reads every page of a folder and writes, into another one:

- views.npy: (N, 72, 72, 3) uint8, the view of every icon and widget with a rim for jitter (see `framed`);
- pages.npy: (P, 72, 72, 3) uint8, the pages themselves, squashed;
- pages.jsonl: a line for each page, a `PageRecord`: what its views show, and the text around labels and badges.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from ..agents.nano_vqa.prompts import before, framed
from ..measure.truth import Icon, PageTruth, Widget
from ..memory.colors import color_name, dominant_colors
from ..memory.errors import InputError
from ..memory.facts import texts
from ..memory.geometry import Box
from ..memory.working import FoundTarget, TextLine
from .words import TERMS

__all__ = [
    "Bank",
    "Item",
    "PageRecord",
    "RIM",
    "SIDE",
    "Value",
    "collect",
    "page_record",
    "shown_lines",
    "values",
]

SIDE, RIM = 72, 4
"""Pixels of a stored view, and how many of them on each side lie around what it shows."""
_MEASURES = frozenset(text for term in TERMS if term.role == "m" for text in term.texts)


@dataclass(frozen=True, slots=True)
class Item:
    """An icon or widget. view: its row in views.npy; box: x, y, width, height, pixels of the page.

    kind: "icon" or the widget's; name: concept or label; color: of an icon, by name; colors: dominant ones in
    its box; on: None where it has no such state; icon: the concept drawn in or under it; texts: (side, text)
    around the icon under a badge; before: the row of the view left of its label, -1 where no icon stands there.
    """

    kind: str
    name: str
    view: int
    box: tuple[float, float, float, float]
    within: str = ""
    color: str = ""
    colors: tuple[str, ...] = ()
    on: bool | None = None
    disabled: bool = False
    value: str = ""
    icon: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    before: int = -1


@dataclass(frozen=True, slots=True)
class Value:
    """A label and the value that belongs to it, with the (side, text) pairs around the label."""

    label: str
    value: str
    box: tuple[float, float, float, float]
    value_box: tuple[float, float, float, float]
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PageRecord:
    """What one page shows. language: two letters; dialog: whether one lies over it."""

    name: str
    size_wh: tuple[int, int]
    kind: str
    dark: bool
    dialog: bool
    language: str
    items: tuple[Item, ...] = ()
    values: tuple[Value, ...] = ()
    words: tuple[tuple[str, tuple[float, float, float, float]], ...] = field(default=())


def shown_lines(truth: PageTruth) -> tuple[TextLine, ...]:
    """All text of a page: its lines, and what stands in its inputs and lists."""
    lines = [TextLine(text=line.text, box=line.box) for line in truth.lines if line.text.strip()]
    for w in truth.widgets:
        if w.kind in ("input", "select") and w.value:
            h = min(w.box.height, 0.5 * w.box.height + 4)
            if any(n.text == w.value and w.box.coverage(n.box) > 0.5 for n in lines):
                continue
            width = min(0.9 * w.box.width, 0.55 * h * len(w.value))
            box = Box(w.box.x + 0.05 * w.box.width, w.box.center[1] - h / 2, max(2.0, width), h)
            lines.append(TextLine(text=w.value, box=box))
    return tuple(lines)


def values(truth: PageTruth, lines: Sequence[TextLine]) -> list[tuple[TextLine, TextLine]]:
    """(label, value) of the page's fields and figures, as lines."""
    found: list[tuple[TextLine, TextLine]] = []
    for w in truth.widgets:
        if w.kind in ("input", "select") and w.value and w.label:
            label = _nearest([n for n in lines if n.text == w.label], w.box)
            value = _nearest([n for n in lines if n.text == w.value], w.box)
            if label and value and w.box.coverage(value.box) > 0.5:
                found.append((label, value))
    for region in truth.regions:
        if region.kind == "card":
            inside = [n for n in lines if region.box.coverage(n.box) > 0.9]
            label = next((n for n in inside if n.text in _MEASURES), None)
            below = [n for n in inside if label and n is not label and n.box.y > label.box.center[1]]
            below = [n for n in below if any(c.isdigit() for c in n.text)]
            if label and below and len(inside) <= 6:
                value = min(below, key=lambda n: n.box.y)
                if value.box.height > 1.15 * label.box.height:
                    found.append((label, value))
    return found


def _nearest(lines: Sequence[TextLine], box: Box) -> TextLine | None:
    def away(line: TextLine) -> float:
        (x, y), (u, v) = line.box.center, box.center
        return abs(x - u) + 2 * abs(y - v)

    near = min(lines, key=away, default=None)
    return near if near is None or away(near) < 12 * max(16.0, min(box.size_wh)) else None


def around(name: str, box: Box, lines: Sequence[TextLine]) -> tuple[tuple[str, str], ...]:
    """(side, text) of the lines told of a target, nearest first."""
    facts = texts([FoundTarget(phrase=name, box=box, score=1.0, crop="")], lines)
    return tuple((str(f.value["side"]), str(f.value["text"])) for f in facts)


def page_record(truth: PageTruth, view: Callable[[Box], int], pixels: PILImage.Image) -> PageRecord:
    """The record of a page; view: keeps what lies in a box and gives its row."""
    lines = shown_lines(truth)

    def colors(box: Box) -> tuple[str, ...]:
        x0, y0, x1, y1 = (round(v) for v in box.xyxy)
        part = pixels.crop((x0, y0, max(x0 + 1, x1), max(y0 + 1, y1)))
        return tuple(c.name for c in dominant_colors(part))

    def icon(i: Icon) -> Item:
        hue = color_name(_rgb(i.color)) if i.color else ""
        return Item("icon", i.concept, view(framed(i.box, True)), i.xywh, i.within or "", hue, colors(i.box))

    def widget(w: Widget) -> Item:
        on = w.selected if w.checked is None else w.checked
        below = truth.icons[w.icon] if w.icon is not None else None
        beside = around("icon", below.box, lines) if below and w.kind == "badge" else ()
        label = _nearest([n for n in lines if n.text == w.label and w.box.coverage(n.box) > 0.8], w.box)
        first = (
            label and below and w.kind != "badge" and 0 < label.box.x - below.box.xyxy[2] < label.box.height
        )
        return Item(
            w.kind,
            w.label,
            view(framed(w.box, False)),
            w.xywh,
            w.within or "",
            "",
            (),
            on,
            w.disabled,
            w.value or "",
            below.concept if below else "",
            beside,
            view(before(label.box)) if label and first else -1,
        )

    items = [icon(i) for i in truth.icons] + [widget(w) for w in truth.widgets]
    pairs = [
        Value(label.text, value.text, label.box.xywh, value.box.xywh, around(label.text, label.box, lines))
        for label, value in values(truth, lines)
    ]
    return PageRecord(
        truth.name,
        truth.size_wh,
        truth.kind,
        "dark" in truth.theme,
        any(r.kind == "dialog" for r in truth.regions),
        truth.language,
        tuple(items),
        tuple(pairs),
        tuple((n.text, n.box.xywh) for n in lines if len(n.text) <= 40),
    )


def _rgb(hex_: str) -> tuple[int, int, int]:
    return int(hex_[1:3], 16), int(hex_[3:5], 16), int(hex_[5:7], 16)


def collect(
    pages: Path, out: Path, *, limit: int | None = None, on_page: Callable[[int, int], None] | None = None
) -> Bank:
    """Read the truths and images of a folder into a bank; one that is there and complete is opened.

    Raises InputError when the folder holds no pages.
    """
    if (out / "pages.jsonl").is_file():
        return Bank.open(out)
    truths = sorted(pages.glob("*.json"))[:limit]
    if not truths:
        raise InputError(f"{pages} holds no generated pages; make some with: seal pages --out {pages}")
    out.mkdir(parents=True, exist_ok=True)
    rows: list[str] = []
    thumbs: list[NDArray[np.uint8]] = []
    count = 0
    with (out / "views.part").open("wb") as raw:
        for number, path in enumerate(truths):
            truth = PageTruth.load(path)
            with PILImage.open(path.with_name(truth.image)) as opened:
                pixels = opened.convert("RGB")

            def view(box: Box, pixels: PILImage.Image = pixels) -> int:
                nonlocal count
                part = _inside(box.expanded(SIDE / (SIDE - 2 * RIM)), pixels.size)
                small = pixels.resize((SIDE, SIDE), PILImage.Resampling.BOX, box=part)
                raw.write(np.asarray(small).tobytes())
                count += 1
                return count - 1

            rows.append(json.dumps(asdict(page_record(truth, view, pixels)), ensure_ascii=False))
            thumbs.append(np.asarray(pixels.resize((SIDE, SIDE), PILImage.Resampling.BOX)))
            if on_page:
                on_page(number + 1, len(truths))
    views = np.memmap(out / "views.part", np.uint8, "r", shape=(count, SIDE, SIDE, 3))
    np.save(out / "views.npy", views)
    del views
    (out / "views.part").unlink()
    np.save(out / "pages.npy", np.stack(thumbs))
    (out / "pages.part").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (out / "pages.part").replace(out / "pages.jsonl")
    return Bank.open(out)


def _inside(box: Box, size_wh: tuple[int, int]) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box.xyxy
    return max(0.0, x0), max(0.0, y0), min(float(size_wh[0]), x1), min(float(size_wh[1]), y1)


@dataclass(frozen=True, eq=False)
class Bank:
    """Views (N, 72, 72, 3) and pages (P, 72, 72, 3), uint8 RGB, with the record of every page."""

    views: NDArray[np.uint8]
    thumbs: NDArray[np.uint8]
    records: tuple[PageRecord, ...]

    @classmethod
    def open(cls, folder: Path) -> Bank:
        """What `collect` wrote. Raises InputError for anything else."""
        try:
            lines = (folder / "pages.jsonl").read_text("utf-8").splitlines()
            return cls(
                np.load(folder / "views.npy", mmap_mode="r"),
                np.load(folder / "pages.npy"),
                tuple(_record(json.loads(line)) for line in lines),
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise InputError(
                f"{folder} holds no bank of views ({error}); delete it to make it anew."
            ) from error


def _record(data: dict[str, Any]) -> PageRecord:
    def pairs(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((side, text) for side, text in rows)

    items = tuple(
        Item(**{**i, "box": tuple(i["box"]), "colors": tuple(i["colors"]), "texts": pairs(i["texts"])})
        for i in data["items"]
    )
    found = tuple(
        Value(v["label"], v["value"], tuple(v["box"]), tuple(v["value_box"]), pairs(v["texts"]))
        for v in data["values"]
    )
    words = tuple((text, tuple(box)) for text, box in data["words"])
    return PageRecord(
        **{**data, "size_wh": tuple(data["size_wh"]), "items": items, "values": found, "words": words}
    )
