"""Rows and columns of tables that a question names in words of its own: "the minimum junction temperature" is the row
"Junction temperature" under "Min".

- A row is meant when all words of its name are in the question, or words that no other row has. A column is meant when
  all words of its header are, or its header means what is asked for.
- Where several rows or columns fit as well, none is taken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...memory.layout import Table
from ...memory.typed import Kind, plain, typed
from ..reader.query import Query
from .meaning import ALIKE, alike, likely
from .plan import EVERYTHING
from .scene import Place, Scene
from .tables import EMPTY, header_place, largest, of_all_columns, place_of, tables_of
from .values import Reading
from .verdict import Verdict, no, refused, said, yes
from .wants import part_of_kind

__all__ = ["by_words", "scoped", "sorted_by"]

_LITTLE = frozenset(
    """
    the a an of in on at for to from by with and or is are was were be been do does did how much many what which when
    who where it its this that there has have had can will would show list row column cell table value entry one please
    tell me i my get got give given per
    """.split()  # noqa: SIM905
)
_SAME = {
    "min": "minimum",
    "max": "maximum",
    "avg": "average",
    "typ": "typical",
    "qty": "quantity",
    "amt": "amount",
    "temp": "temperature",
    "num": "number",
    "nr": "number",
}
_DISTINCT = 4
"""Letters from which a word alone may tell one row from all others."""
_SHORT = re.compile(r"\((\w{2,8})\)")
"""A short form in brackets behind a long name."""
_LEAD = 0.12
"""By how much the row or column that is meant fits better than any other."""
_DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday today tomorrow".split())  # noqa: SIM905
_SORTED = re.compile(r"\b(?:sorted|sort|ordered by)\b", re.I)


def words_of(text: str) -> list[str]:
    """The words of a text that name something, in one form: "Min." and "minimum", "orders" and "order"."""
    found = []
    for word in re.findall(r"[^\W_]+(?:[-.'][^\W_]+)*", text.casefold()):
        word = _SAME.get(word, word)
        if word in _LITTLE:
            continue
        if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
            word = word[:-3] + "y" if word.endswith("ies") else word[:-1]
        found.append(word)
    return found


@dataclass(frozen=True, slots=True)
class _Fit:
    """A row or column that may be meant. words: those of the question that it stands for."""

    index: int
    score: float
    words: frozenset[str]
    place: Place


def by_words(scene: Scene, query: Query, kinds: frozenset[Kind]) -> list[Reading]:
    """The cells of rows and columns that the question's words name."""
    asked = words_of(query.question)
    names = [set(words_of(s.text)) for s in query.spans if s.role == "NAME"]
    found = []
    for table in scoped(scene, query):
        row = _best(_rows(table, set(asked)))
        if row is None:
            continue
        rest = [w for w in asked if w not in row.words]
        column = _best(_columns(table, rest, query, row))
        if column is None or any(not (n & (row.words | column.words)) for n in names if n):
            continue
        cell = table.at(row.index, column.index)
        why = f'row "{row.place.text}", column "{column.place.text}"'
        sure = 0.95 * row.score * column.score
        place = place_of(cell, table)
        used = (row.place, column.place)
        if not cell.text:
            if row.score > 0.95 and column.score > 0.95 and not of_all_columns(table, row.index):
                found.append(Reading("", Place(cell.box, table.page), EMPTY * sure, why, used))
            continue
        if (told := part_of_kind(cell.text, kinds)) and cell.columns == 1:
            found.append(Reading(told, place, sure * place.score, why, used))
    return found


def _best(fits: Sequence[_Fit]) -> _Fit | None:
    ranked = sorted(fits, key=lambda f: -f.score)
    if not ranked or (len(ranked) > 1 and ranked[1].score > ranked[0].score - _LEAD):
        return None
    return ranked[0]


def _rows(table: Table, asked: set[str]) -> list[_Fit]:
    """The rows whose name, or another cell of words, is in the question."""
    best: dict[int, _Fit] = {}
    for column in range(table.columns):
        said = {
            r: set(words_of(table.at(r, column).text))
            for r in table.body
            if table.at(r, column).column == column
        }
        counts = Counter(w for words in said.values() for w in words)
        for r, words in said.items():
            text = table.at(r, column).text
            if not words or typed(text).kind in ("number", "money", "percent", "size", "duration", "time"):
                continue
            shared = words & asked
            whole = len(shared) / len(words)
            own = any(counts[w] == 1 and len(w) >= _DISTINCT for w in shared)
            score = (
                1.0 if whole == 1 and any(len(w) > 2 for w in shared) else 0.6 + 0.35 * whole if own else 0.0
            )
            if whole == 1:
                score += 0.01 * min(4, len(words))  # of "Profit" and "Operating profit" the longer
                score += _LEAD if len(words) > 1 else 0.0
            if score and (r not in best or score > best[r].score):
                best[r] = _Fit(r, score, frozenset(shared), place_of(table.at(r, column), table))
    return [_Fit(f.index, f.score, f.words, f.place) for f in best.values()]


def _columns(table: Table, rest: Sequence[str], query: Query, row: _Fit) -> list[_Fit]:
    """The columns whose header is in the question, or means what is asked for."""
    heads = [table.header(c) for c in range(table.columns)]
    said = [set(words_of(h)) for h in heads]
    counts = Counter(w for words in said for w in words)
    ask = " ".join(w for w in words_of(query.ask) if w not in row.words) or " ".join(rest)
    likeness = alike(ask, heads) if ask else [0.0] * len(heads)
    fits = []
    for c, (words, like) in enumerate(zip(said, likeness, strict=True)):
        place = header_place(table, c)
        if (
            place is None
            or table.at(row.index, c).column != c
            or table.at(row.index, c).text == row.place.text
        ):
            continue
        shared = words & set(rest)
        score = likely(like) if like >= ALIKE else 0.0
        if words and shared == words:
            score = 1.0 + (_LEAD if len(words) > 1 else 0.0)
        elif any(counts[w] == 1 and w in words_of(" ".join(_SHORT.findall(heads[c]))) for w in shared):
            score = 1.0 + _LEAD  # "NVAF" of "stroke in patients with atrial fibrillation (NVAF)"
        elif shared and any(counts[w] == 1 and w.isdigit() for w in shared):
            score = max(score, 0.85)  # "trip 4" under "Fahrt 4"
        elif shared and any(counts[w] == 1 and len(w) >= _DISTINCT for w in shared):
            score = max(score, 0.6 + 0.3 * len(shared) / len(words))
        if score:
            fits.append(_Fit(c, score, frozenset(shared), place))
    return [_Fit(f.index, min(1.0, f.score) if len(fits) == 1 else f.score, f.words, f.place) for f in fits]


def scoped(scene: Scene, query: Query) -> tuple[Table, ...]:
    """The tables that a question names by their captions, also by the day that only one of them says ("Thursday 14
    May"); all where it names none."""
    asked = set(words_of(query.question))
    tables = tables_of(scene)
    captions = [set(words_of(t.caption)) for t in tables]
    named = [t for t, words in zip(tables, captions, strict=True) if words and words <= asked]
    for day in asked & _DAYS if not named else ():
        held = [t for t, words in zip(tables, captions, strict=True) if day in words]
        if (
            held
            and len({t.caption for t in held}) == 1
            and sum(bool(w & _DAYS) for w in captions) > len(held)
        ):
            named += held
    return tuple(named) or tables


def sorted_by(scene: Scene, query: Query) -> Verdict | None:
    """The column that an arrow in its header says the rows are sorted by; None where that is not asked."""
    if not _SORTED.search(query.question):
        return None
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    for table in largest(scene):
        if table.sorted_by is None or (head := header_place(table, table.sorted_by)) is None:
            continue
        name = plain(head.text)
        if not re.match(r"\W*(?:is|are|was|were)\b", query.question, re.I):
            falling = re.search(r"\b(?:ascending|descending|direction)\b", query.question, re.I)
            text = ("descending" if table.descending else "ascending") if falling else head.text
            return said([Reading(text, head, 0.85, "an arrow stands in its header", (head,))], "")
        named = [
            h
            for c in range(table.columns)
            if (h := header_place(table, c)) and set(words_of(h.text)) <= set(words_of(query.question))
        ]
        if len(named) == 1:
            told = yes if plain(named[0].text) == name else no
            return told(0.85, f'an arrow stands beside "{head.text}"', head)
    return None
