"""Lists of names with a value each, outside tables: dishes of a menu with their prices, accounts with their balances.

- A list is regular, or it is none: at least three values of one unit stand under each other at one edge, each with one
  name in its row, and the names at one edge too. No second value follows. Fewer are names with a value each, alone.
- A page that stands askew is levelled by its list: the edge of the values leans as far as the rows fall.
- The name is the line in the row of the value, or the upper one where the value stands between two lines. Lines that
  follow describe it. Where lines stand over the first name, and are no heading, they may be the names: it is no list.
- Headings part a list. A value that is the sum of those below it is no entry; its name heads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import inf, isclose
from statistics import median

import numpy as np

from ...memory.geometry import Box
from ...memory.layout import ends_with_value
from .measures import Measure, measure_of
from .scene import Place, Scene, columns_share, gaps, part_box, rows_share

__all__ = ["Entry", "Listing", "Section", "lists_of"]

LEAST = 3
"""Entries of a list at least."""
MOST_PAGES = 8
"""Pages of a document that may hold a list at most."""
_SURE = 0.8
"""Confidence of the reader from which a value counts."""
_REGULAR = 0.8
"""Share of the values of a list that have a name."""
_LEAN = 0.06
"""Pixels per pixel up to which a page may stand askew."""
_APART = 8.0
"""Distance of two values of one list, in heights."""
_FAR = 45.0
"""Distance of a name from its value, in heights."""
_IN_ROW = 0.4
"""Distance of the middles of a name and its value, in heights, up to which they stand in one row."""
_SMALLER, _LARGER = 0.85, 1.2
"""Height of what describes a name, and of what heads a list, as a share of that of names."""
_OVER, _UNDER = 1.25, 1.15
"""Space over and under a heading, as shares of the usual step from a line to the next name."""
_LOOSE = frozenset(("time", "date", "day of a year"))
"""Units of what stands beside anything."""
_MARKS = re.compile(r"(?:\s*[(\[]\w{1,2}[)\]])+$")


@dataclass(frozen=True, slots=True)
class Entry:
    """A name and its value. row: the middle of its row on the level.

    more, tall: lines below the name up to the next, and those of them that are about as high as names.
    """

    name: Place
    value: Place
    measure: Measure
    row: float
    more: int = 0
    tall: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """heading: what stands over the entries; None where nothing does. lost: whether some may not have been read."""

    heading: Place | None
    entries: tuple[Entry, ...]
    lost: bool = False

    @property
    def is_even(self) -> bool:
        """Whether no line may be a name whose value was not read: as many follow each name, or small ones only."""
        alike = len(self.entries) > 1 and len({e.more for e in self.entries}) == 1
        return (alike or not any(e.tall for e in self.entries)) and not self.lost


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its parts, top to bottom, and the unit of its values, "" for bare numbers."""

    sections: tuple[Section, ...]
    unit: str

    @property
    def is_lone(self) -> bool:
        """Whether it is but a name and a value."""
        return len(self.entries) == 1

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries of all parts."""
        return tuple(e for s in self.sections for e in s.entries)


@dataclass(frozen=True, slots=True)
class _Value:
    place: Place
    measure: Measure

    @property
    def y(self) -> float:
        return self.place.box.center[1]


@dataclass(frozen=True, slots=True)
class _Level:
    """Where places stand once a page is on the level. lean: how far rows fall to the right, pixels per pixel."""

    lean: float

    def row(self, place: Place) -> float:
        return place.box.center[1] - self.lean * place.box.center[0]

    def edge(self, place: Place) -> float:
        return place.box.x + self.lean * place.box.y


def lists_of(scene: Scene) -> tuple[Listing, ...]:
    """The lists of the pages that were read, top to bottom, and names with a value that stand alone; none of documents
    of more than `MOST_PAGES`.
    """
    pages = sorted({p.page for p in scene.lines})
    found: list[Listing] = []
    for page in pages if len(pages) <= MOST_PAGES else ():
        layout = scene.layout(page)
        named = [t for t in layout.tables if t.heads]
        heads = frozenset(h.box for h in layout.headings)
        free: list[Place] = []
        told: list[Place] = []
        for p in (p for p in scene.lines if p.page == page):
            (told if any(t.cell_of(p.box) for t in named) else free).append(p)
        found += _lists(tuple(free), tuple(told), heads, layout.slope)
    return tuple(found)


@lru_cache(maxsize=16)
def _lists(
    free: tuple[Place, ...], told: tuple[Place, ...], heads: frozenset[Box], slope: float
) -> tuple[Listing, ...]:
    """The lists among lines outside tables. told: those in tables. heads: where headings stand."""
    lines = [part for line in free for part in _parts(line)]
    values = [v for p in lines if (v := _value(p)) is not None]
    measured = {v.place.box: v.measure for v in values}
    columns = _columns(values)
    found = [_listing(c, lines, told, measured, heads, slope) for c in columns]
    lists = [listing for listing in found if listing is not None]
    held = {v.place.box for c in columns for v in c}  # where a list is not regular, none of its names is sure
    for value in values:
        if value.place.box not in held and not _is_stacked(value.place, lines):
            alone = _paired([value], lines, measured, _Level(slope), value.place.height, 1)
            lists += [Listing((Section(None, (e,), True),), value.measure.unit) for e in alone]
    return tuple(lists)


def _is_stacked(value: Place, lines: Sequence[Place]) -> bool:
    """Whether words stand right over or under a value, as on a card: they may be its name."""
    return any(
        columns_share(p.box, value.box) > 0.3
        and gaps(p.box, value.box)[1] < value.height
        and rows_share(p.box, value.box) < 0.3
        and re.search(r"[^\W\d]{2}", p.text)
        for p in lines
    )


def _parts(line: Place) -> list[Place]:
    """A line, cut before the value that it ends with."""
    ends = ends_with_value(line.text)
    if ends is None:
        return [line]
    return [
        replace(line, box=part_box(line.box, line.text, s), text=line.text[slice(*s)], span=s)
        for s in ((0, ends[0]), (ends[1], len(line.text.rstrip())))
    ]


def _value(place: Place) -> _Value | None:
    measure = measure_of(place.text)
    if measure is None or measure.unit in _LOOSE:
        return None
    if not measure.unit and not re.search(r"\d[.,]\d\d$", place.text):
        return None  # a bare number may count anything
    return _Value(place, measure)


def _left(place: Place) -> float:
    return place.box.x


def _right(place: Place) -> float:
    return place.box.x + place.box.width


def _columns(values: Sequence[_Value]) -> list[list[_Value]]:
    """Values of one unit under each other at one edge, the right one or else the left."""
    found: list[list[_Value]] = []
    rest = list(values)
    for edge in (_right, _left):
        columns: list[list[_Value]] = []
        for value in sorted(rest, key=lambda v: v.y):
            height = value.place.height
            near = [
                c
                for c in columns
                if c[-1].measure.unit == value.measure.unit
                and 0.5 * height < value.y - c[-1].y < _APART * height
                and abs(edge(c[-1].place) - edge(value.place)) < 0.5 * height + _LEAN * (value.y - c[-1].y)
            ]
            if near:
                near[0].append(value)
            else:
                columns.append([value])
        long = [c for c in columns if len(c) >= LEAST]
        found += long
        held = {id(v) for c in long for v in c}
        rest = [v for v in rest if id(v) not in held]
    return found


def _lean(column: Sequence[_Value]) -> float:
    """How far rows fall to the right, by the edge of the values that stands in line best."""
    if len(column) < 4:
        return 0.0
    y = np.array([v.y for v in column])
    fits = []
    for edge in (_right, _left):
        x = np.array([edge(v.place) for v in column])
        slope, start = np.polyfit(y, x, 1)
        fits.append((float(np.abs(x - start - slope * y).max()), float(-slope)))
    off, lean = min(fits)
    return lean if off < median(v.place.height for v in column) and abs(lean) < _LEAN else 0.0


def _listing(
    column: Sequence[_Value],
    lines: Sequence[Place],
    told: Sequence[Place],
    measured: Mapping[Box, Measure],
    known: frozenset[Box],
    slope: float,
) -> Listing | None:
    """The list of a column of values; None where it is not regular. known: boxes of headings of the page."""
    level = _Level(slope or _lean(column))
    height = median(v.place.height for v in column)
    entries = _paired(column, lines, measured, level, height, LEAST)
    if not entries:
        return None
    pitch = min(b.row - a.row for a, b in pairwise(entries))
    left = median(level.edge(e.name) for e in entries)
    tall = median(e.name.height for e in entries)
    held = {e.name.box for e in entries} | {v.place.box for v in column}
    ends = max(_right(v.place) for v in column)
    first, last = entries[0].row, entries[-1].row + 1.3 * pitch
    others = [
        p
        for p in (*lines, *told)  # a list that goes on as a table may lack entries
        if p.box not in held
        and left - 2 * height < level.edge(p) < ends
        and first - max(3 * height, 1.3 * pitch) < level.row(p) < last
        and re.search(r"\w{2}", p.text)
    ]
    placed = [*others, *(e.name for e in entries)]
    spaced = _spaced([level.row(p) for p in others], [e.row for e in entries])
    heads = [
        p
        for p in others
        if _heads(p, p.box in known, level.edge(p) - left, tall, height, level.row(p) in spaced)
        and sum(abs(level.row(p) - level.row(o)) < 0.5 * height for o in placed) == 1  # alone in its row
    ]
    extras = [p for p in others if p not in heads]
    over = [p for p in extras if level.row(p) < first]
    lost = len(column) > len(entries)
    if len(over) == 1 == len(extras):
        heads, extras = [*heads, *over], []
        lost = lost or first - level.row(over[0]) < 1.3 * pitch  # it may be a name as well
    elif over:
        return None
    sections: list[Section] = []
    for entry, below in zip(entries, [*(e.row for e in entries[1:]), last], strict=True):
        above = sections[-1].entries[-1].row if sections else -inf
        over_it = sorted((h for h in heads if above < level.row(h) < entry.row), key=level.row)
        between = [p for p in extras if entry.row < level.row(p) < below]
        if over_it and any(level.row(over_it[-1]) < level.row(p) < entry.row for p in extras):
            return None  # a line between a heading and the first name
        high = sum(p.height > _SMALLER * tall for p in between)
        entry = replace(entry, name=_bare(entry.name), more=len(between), tall=high)
        if over_it or not sections:
            sections.append(Section(over_it[-1] if over_it else None, (entry,)))
        else:
            sections[-1] = replace(sections[-1], entries=(*sections[-1].entries, entry))
    if sum(len(s.entries) == 1 for s in sections) > 0.5 * len(sections):
        return None  # lines that head one entry each are names
    sections = [part for s in sections for part in _without_sums(s)]
    return Listing(tuple(replace(s, lost=lost) for s in sections), column[0].measure.unit)


def _paired(
    column: Sequence[_Value],
    lines: Sequence[Place],
    measured: Mapping[Box, Measure],
    level: _Level,
    height: float,
    least: int,
) -> list[Entry]:
    """The values with their names, at one edge; none where that is not regular, or they are fewer than some."""
    entries: list[Entry] = []
    crowded = 0
    for value in column:
        row = level.row(value.place)
        near = [p for p in lines if abs(level.row(p) - row) < 1.2 * height and p is not value.place]
        beside = [p for p in near if abs(level.row(p) - row) < _IN_ROW * height]
        after = min((p for p in beside if p.box.x >= _right(value.place)), key=_left, default=None)
        if after is not None and (m := measured.get(after.box)) is not None and m.unit == value.measure.unit:
            return []  # a second value: which one is meant cannot be told
        mine = sorted(_left_of(value.place, beside, measured), key=_right)
        two = sorted(_left_of(value.place, near, measured), key=level.row)
        crowded += len(mine) > 1
        if not mine and len(two) == 2 and level.row(two[0]) < row < level.row(two[1]):
            mine = two[:1]
        between = mine and any(
            _right(mine[-1]) <= p.box.x < value.place.box.x and p.text.isalnum() for p in beside
        )
        if between or value.place.score < _SURE:
            continue
        if mine and re.search(r"[^\W\d]{2}", mine[-1].text):
            entries.append(Entry(mine[-1], value.place, value.measure, row))
    if not entries or crowded >= 0.5 * len(column) or len({e.name.box for e in entries}) < len(entries):
        return []
    left = median(level.edge(e.name) for e in entries)
    entries = [e for e in entries if abs(level.edge(e.name) - left) <= height]
    return entries if len(entries) >= max(least, _REGULAR * len(column)) else []


def _left_of(value: Place, places: Sequence[Place], measured: Mapping[Box, Measure]) -> list[Place]:
    """What may name a value: text left of it, up to another value, whose list ends there."""
    found = [
        p
        for p in places
        if -0.3 * value.height <= value.box.x - _right(p) < _FAR * value.height
        and re.search(r"\w{2}", p.text)
    ]
    ends = max((_right(p) for p in found if p.box in measured), default=0.0)
    return [p for p in found if p.box.x >= ends and p.box not in measured]


def _spaced(others: Sequence[float], entries: Sequence[float]) -> frozenset[float]:
    """Of the lines between entries, by their rows, those apart from the line above and from the entry right below."""
    rows = sorted({*others, *entries})
    steps = {b: b - a for a, b in pairwise(rows)}
    usual = median(steps.get(e, inf) for e in entries)
    follows = {a: b for a, b in pairwise(rows) if b in entries}
    over = {r for r in others if steps.get(r, inf) > _OVER * usual}
    return frozenset(r for r in over if r in follows and follows[r] - r > _UNDER * usual)


def _heads(place: Place, known: bool, indent: float, tall: float, height: float, spaced: bool) -> bool:
    """Whether a line heads a part of a list."""
    if len(place.text) > 40 or not re.search(r"[^\W\d]{2}", place.text) or measure_of(place.text):
        return False
    apart = place.height >= 1.1 * tall or indent > 1.5 * height or place.text.isupper()
    return spaced or (known and apart) or place.height >= _LARGER * tall or indent > 3 * height


def _bare(name: Place) -> Place:
    """A name without marks behind it: "(v)"."""
    return replace(name, text=_MARKS.sub("", name.text) or name.text)


def _without_sums(section: Section) -> list[Section]:
    """The parts of a section under values that are the sums of those below them; a sum at its end is left out."""
    entries = list(section.entries)
    parts = [Section(section.heading, ())]
    ends = -1
    for i, entry in enumerate(entries):
        if i == ends:
            parts.append(Section(None, ()))
        below = [e.measure.size for e in entries[i + 1 :]]
        held = next((n for n in range(2, len(below) + 1) if _is_sum(entry, below[:n])), 0)
        if held and i >= ends:
            parts.append(Section(entry.name, ()))
            ends = i + 1 + held
        elif len(parts[-1].entries) < 2 or not _is_sum(entry, [e.measure.size for e in parts[-1].entries]):
            parts[-1] = replace(parts[-1], entries=(*parts[-1].entries, entry))
    return [p for p in parts if p.entries]


def _is_sum(entry: Entry, sizes: Sequence[float]) -> bool:
    return entry.measure.size > 0 and isclose(entry.measure.size, sum(sizes), abs_tol=0.005)
