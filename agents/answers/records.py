"""A table as records with fields, in either direction, and which field the words of a question name.

- The rows below a header are records, its columns their fields: an order with its date and total. Where figures fill a
  table whose rows are named ("Revenue" under 2022, 2023), its columns are records as well, and the rows their fields.
- A field is named by all words of its header, one after the other, or by one that no other header has.
- Nothing is taken from a table without a header.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from ...memory.layout import Table
from ...memory.typed import plain
from ..reader.query import Query
from .crossed import scoped
from .measures import Measure, measure_of, measures_of
from .scene import Place, Scene
from .tables import header_place, place_of

__all__ = [
    "Field",
    "Named",
    "Records",
    "TOTAL",
    "Token",
    "named_fields",
    "records_of",
    "stems_of",
    "tokens_of",
    "told_at",
]

BLANK = "blank"
"""Kind of a cell in which nothing was read and nothing is drawn."""
_BARE = 24
"""Steps of grey, of 255, that one colour has at most."""
_DASH = 0.2, 0.8
"""Height and width of a dash at most, which says that there is nothing, in heights of the cell."""
LEAST_SCORE = 0.5
"""Confidence of the reader below which a cell counts for nothing."""
_SHORT = 3
"""Letters of a cell up to which one that is empty may have been overlooked."""
TOTAL = re.compile(
    r"(?:grand |sub[- ]?)?totals?\b"
    r"(?!.*\b(?:counts?|cholesterol|proteins?|bilirubin|calcium|iron|hardness)\b).*|"  # measured, not added up
    r"sum|summe|gesamt\w*|zwischensumme|(?:\w+ )?averages?\b.{0,4}|mean|median|.*=|"
    r".*\bTTL\b.*",
    re.I,
)
_UNIT = re.compile(r"[€$£¥%]|\([^)]*\)|[†‡*§#]|(?<!\w)[^\W\d]{1,4}/[^\W\d]{1,3}(?!\w)")
_LOOSE = frozenset(("dat", "time", "tim", "number", "no", "name", "nam", "valu"))
"""Words of a header that a question leaves out: the "due date" is when something is due."""
_SAME = {
    "min": "minimum",
    "max": "maximum",
    "avg": "average",
    "qty": "quantity",
    "amt": "amount",
    "temp": "temperature",
}
_DOUBLED = re.compile(r"(\S{2,}|\S+ \S+) \1")
_SURE = frozenset(("byte", "s", "g", "m", "date", "time", "money", "%"))
"""Units that a column may be counted in though some of its cells only say how many there are of something."""
_BOX = re.compile(r"^[□☐☑✓✔×○●◯]\s*")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_NOTHING = re.compile(r"[\W_]*")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a question: as it is written, and in the form in which words are compared."""

    text: str
    stem: str


def tokens_of(text: str) -> tuple[Token, ...]:
    """The words of a text, in their order."""
    return tuple(Token(w, _stem(w)) for w in re.findall(r"[^\W_]+(?:[-.'’/_][^\W_]+)*", text))


def _stem(word: str) -> str:
    low = re.sub(r"['’]s$", "", word.casefold())
    low = _SAME.get(low, low)
    if re.search(r"\d", low):
        return low
    if len(low) > 3 and low.endswith("s") and not low.endswith("ss"):
        low = low[:-3] + "y" if low.endswith("ies") else low[:-1]
    if len(low) > 4 and low.endswith("ed"):
        low = low[:-2]
    return low.removesuffix("e") if len(low) > 3 else low


@lru_cache(maxsize=4096)
def stems_of(text: str) -> tuple[str, ...]:
    """The words of a text in the form in which they are compared."""
    return tuple(t.stem for t in tokens_of(text))


def told_at(
    words: Sequence[str], tokens: Sequence[Token], free: frozenset[int] = frozenset()
) -> frozenset[int]:
    """Where words follow each other in a question, as indices of its tokens; empty where they do not.

    free: tokens that may stand within ("the").
    """
    if not words:
        return frozenset()
    for start in range(len(tokens)):
        found: list[int] = []
        at = start
        for word in words:
            while found and at < len(tokens) and at in free and tokens[at].stem != word:
                at += 1
            if at >= len(tokens) or tokens[at].stem != word:
                break
            found.append(at)
            at += 1
        else:
            return frozenset(found)
    return frozenset()


@dataclass(frozen=True)
class Field:
    """name: what stands over it. place: where. cells: one a record, with the text "" where nothing was read."""

    name: str
    place: Place | None
    cells: tuple[Place, ...]
    over: str = ""

    @property
    def title(self) -> str:
        """Its name, with what stands over that where it is but a unit."""
        return self.name if re.search(r"\w", _UNIT.sub(" ", self.name)) else self.over or self.name

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words of its name, without units."""
        bare = _UNIT.sub(" ", self.title)
        return stems_of((bare if re.search(r"\w", bare) else self.name).replace("/", " ").replace("_", " "))

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """What stands in its cells, without boxes before it; "" for dashes as well."""
        return tuple("" if _NOTHING.fullmatch(c.text) else _BOX.sub("", c.text) for c in self.cells)

    @cached_property
    def unit(self) -> str | None:
        """What its cells are all counted in, "" for bare numbers; None where that is not clear for one of them."""
        held = [(m, c) for m, c, t in zip(self._all, self.cells, self.texts, strict=True) if t]
        units = Counter(m.unit if m is not None else None for m, _ in held)
        if len(held) < 2 or None in units or any(c.score < LEAST_SCORE for _, c in held):
            return None
        if units.keys() & {"money", "%"}:
            del units[""]
        most, count = units.most_common(1)[0]
        others = units.keys() - {most}
        if others and not (
            most in _SURE and not others & _SURE and "" not in others and count > 0.7 * len(held)
        ):
            return None
        if most == "" and re.search(r"[€$£¥]", self.name):
            return "money"
        return "%" if most == "" and "%" in self.name else most

    @property
    def is_years(self) -> bool:
        """Whether its cells are bare years."""
        return self.unit == "" and all(_YEAR.fullmatch(t.strip()) for t in self.texts if t)

    @cached_property
    def measures(self) -> tuple[Measure | None, ...]:
        """What its cells measure, each in its unit; None for those that do not: the "14 items" of a folder."""
        loose = ("", self.unit) if self.unit in ("money", "%") else (self.unit,)
        if self.unit is None:
            return self._all
        return tuple(m if m is not None and m.unit in loose else None for m in self._all)

    @cached_property
    def _all(self) -> tuple[Measure | None, ...]:
        return measures_of(self.texts)

    @property
    def is_read(self) -> bool:
        """Whether all of its cells were read, as far as can be told: one with a letter or two is easily overlooked."""
        held = [t for t in self.texts if t]
        return len(held) == len(self.texts) or (
            bool(held) and sum(len(t) for t in held) / len(held) > _SHORT and min(map(len, held)) >= _SHORT
        )

    @property
    def is_figures(self) -> bool:
        """Whether it holds values rather than names."""
        return self.unit is not None or sum(m is not None for m in self.measures) > 0.5 * len(self.cells)


@dataclass(frozen=True)
class Records:
    """fields: of each record, left to right. turned: whether the columns of the table are the records.

    said: stems of words by which a question means these records as a whole.
    """

    fields: tuple[Field, ...]
    table: Table
    turned: bool = False
    said: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.fields[0].cells) if self.fields else 0

    def is_whole(self, field: Field) -> bool:
        """Whether a field was read completely, as far as can be told: where nothing was read the picture shows nothing,
        or most of its cells are empty, or another field of its unit is filled there (paid in, paid out).
        """
        gaps = [i for i, c in enumerate(field.cells) if not c.text and c.kind != BLANK]
        if not gaps or not field.is_read:
            return not gaps
        if len(gaps) > 0.5 * len(field.texts):
            return True
        others = [f for f in self.fields if f is not field and f.unit == field.unit is not None]
        return any(all(bool(t) == (i in gaps) for i, t in enumerate(f.texts)) for f in others)

    def only(self, kept: Sequence[int]) -> Records:
        """Some of the records."""
        fields = tuple(replace(f, cells=tuple(f.cells[i] for i in kept)) for f in self.fields)
        return replace(self, fields=fields)


def records_of(scene: Scene, query: Query) -> tuple[Records, ...]:
    """The tables that a question may be about as records; where one can be read in two directions, both."""
    found = (r for t in scoped(scene, query) for r in (_rows(t), _columns(t)) if r is not None)
    return tuple(replace(r, fields=tuple(_looked_at(scene, f) for f in r.fields)) for r in found)


def _looked_at(scene: Scene, field: Field) -> Field:
    """The field, with those of its empty cells marked in which the picture shows nothing either."""
    if all(c.text for c in field.cells):
        return field
    cells = [replace(c, kind=BLANK) if not c.text and _is_bare(scene, c) else c for c in field.cells]
    return replace(field, cells=tuple(cells))


def _is_bare(scene: Scene, place: Place) -> bool:
    """Whether the small copy of the page is of one colour where a cell is, a dash aside."""
    if place.page != scene.memory.image.page:
        return False
    picture = scene.picture()
    scale = picture.width / scene.size_wh[0]
    x, y, w, h = (v * scale for v in place.box.xywh)
    edge = 0.3 * h  # rules around the cell lie within boxes that are read loosely
    if w < 3 * edge or h < 5:
        return False
    inner = picture.crop(
        (round(x + edge), round(y + edge), round(x + w - edge), round(y + h - edge))
    ).convert("L")
    gray = np.asarray(inner, np.int16)
    drawn = np.argwhere(np.abs(gray - int(np.median(gray))) >= _BARE)
    if not len(drawn):
        return int(np.ptp(gray)) < _BARE
    tall, wide = (int(v) for v in np.ptp(drawn, axis=0) + 1)
    return tall <= _DASH[0] * h and tall < wide <= _DASH[1] * h


def _rows(table: Table) -> Records | None:
    names = [_name_of(table, c) for c in range(table.columns)]
    body = list(table.records)
    if table.sheet and body:  # its headers stand in the first row, under the letters
        names = [None, *(place_of(table.at(body[0], c), table) for c in range(1, table.columns))]
        names = [n if n is not None and n.text else None for n in names]
        body = body[1:]
    if any((m := measure_of(n.text)) is not None and m.unit for n in names if n is not None):
        return None  # a row of values, taken for a header
    rows = [
        r
        for r in body
        if not any(TOTAL.fullmatch(plain(c.text)) for c in table.row(r))
        and sum(bool(c.text) for c in table.row(r)) > 1
    ]
    while len(rows) > 3 and not table.at(rows[-1], 0).text and table.at(rows[0], 0).text:
        rows.pop()  # what follows the last record: a menu that lies over the table, a note
    first = [table.at(r, 0).text for r in rows if table.at(r, 0).text]
    if 0.8 * len(rows) < len(first) < len(rows) and sum(map(len, first)) > _SHORT * len(first):
        rows = [r for r in rows if table.at(r, 0).text]  # what has no name is no record: a mean, a balance
    if table.heads == 0 or len(rows) < 2 or sum(n is not None for n in names) < 2:
        return None
    if any(_DOUBLED.fullmatch(c.text) for r in rows for c in table.row(r)):
        return None  # two rows, read as one
    fields = []
    for c, name in enumerate(names):
        cells = tuple(_cell(table, r, c) for r in rows)
        if name is not None and any(re.search(r"\w", p.text) for p in cells):
            fields.append(Field(name.text, name, cells, table.header(c)))
    told = len(fields) > 2 or any(f.is_figures for f in fields)  # two columns of words may be anything
    return Records(tuple(fields), table) if len(fields) > 1 and told else None


def _name_of(table: Table, column: int) -> Place | None:
    """The header of a column: its own, not only one of an upper level over others too."""
    own = table.heads > 0 and any(
        (cell := table.at(r, column)).text and (cell.columns == 1 or r == table.heads - 1)
        for r in range(table.heads)
    )
    return header_place(table, column) if own else None


def _columns(table: Table) -> Records | None:
    names = [header_place(table, c) for c in range(1, table.columns)]
    told = [n for n in names if n is not None]
    if table.heads == 0 or table.sheet or len(told) < 2 or len(told) < len(names):
        return None
    if len({plain(n.text) for n in told}) < len(told):
        return None
    corner = header_place(table, 0)
    first = Field(corner.text if corner else "", corner, tuple(told))
    fields = [first]
    for r in table.body:
        label = _cell(table, r, 0)
        cells = tuple(_cell(table, r, c) for c in range(1, table.columns))
        field = Field(label.text, label, cells)
        if (
            re.search(r"[^\W\d]{2}", label.text)
            and any(field.texts)
            and field.is_figures | any(field.measures)
        ):
            fields.append(field)
    return Records(tuple(fields), table, True) if len(fields) > 2 else None


def _cell(table: Table, row: int, column: int) -> Place:
    """A cell; where another one spans its place, that one's text in its first place only."""
    cell = table.at(row, column)
    place = place_of(cell, table)
    return place if cell.column == column else Place(place.box, place.page)


@dataclass(frozen=True, slots=True)
class Named:
    """A field that a question names, how surely in [0, 1.2], and the tokens that name it."""

    field: Field
    score: float
    tokens: frozenset[int]


def named_fields(records: Records, tokens: Sequence[Token], free: frozenset[int]) -> list[Named]:
    """The fields that a question names, surest first. free: tokens without a meaning of their own."""
    counts = Counter(w for f in records.fields for w in set(f.words))
    found = []
    for field in records.fields:
        words = [w for w in field.words if len(w) > 1 or w.isdigit()]
        over = stems_of(_UNIT.sub(" ", field.over).replace("/", " "))
        short = [w for w in words if w not in _LOOSE]
        if len(over) > len(words) and (at := told_at(over, tokens, free)):
            found.append(Named(field, 1.1 + 0.02 * len(at), at))
        elif at := told_at(words, tokens, free):
            found.append(Named(field, 1.0 + 0.02 * len(at), at))
        elif short != words and not records.turned and (at := told_at(short, tokens, free)):
            found.append(Named(field, 0.97, at))
        elif not records.turned:
            own = {w for w in words if counts[w] == 1 and len(w) > 2}
            at = frozenset(i for i, t in enumerate(tokens) if t.stem in own and i not in free)
            if at:
                found.append(Named(field, 0.6 + 0.3 * len({tokens[i].stem for i in at}) / len(words), at))
    longest = sorted(found, key=lambda n: (-len(n.tokens), -n.score))
    kept: list[Named] = []
    for named in longest:  # of "Profit" and "Gross profit" the longer
        if not any(named.tokens < k.tokens for k in kept):
            kept.append(named)
    return sorted(kept, key=lambda n: -n.score)
