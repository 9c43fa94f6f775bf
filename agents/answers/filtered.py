"""The records of a table for which something holds: which they are, and how many.

Several are told in the order of the page, joined by commas, where the question asks for several.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from ...memory.typed import plain, same_value
from ..reader.query import Query
from .asked import Asked, Label, called, factor_of, label_of
from .conditions import Condition, all_hold, conditions_of
from .entries import all_records
from .orders import order_of
from .records import Records, stems_of, tokens_of, told_at
from .resolve import direction_of
from .scene import Scene
from .values import Reading
from .verdict import Verdict, said

__all__ = ["counted", "kept"]

_QUANTITY = re.compile(r"(?:pieces|pcs\.?|qty\.?|quantity|number|units|count|ordered|copies|how many)", re.I)
"""What a column is called that says how many there are of what a row is about."""

_ASKS = r"\W*(?:what|name|show|give|tell|all|every|find|get)\b"


def counted(scene: Scene, query: Query) -> Verdict | None:
    """How many records there are for which what is said holds; None where nothing of a table is counted."""
    asked = Asked(query.question)
    if (
        not re.search(r"\bhow many\b|\bnumber of\b|\bcount\b", query.question, re.I)
        or order_of(asked) is not None
    ):
        return None
    if re.search(r"\btimes\b|\boften\b|\binstances?\b|\boccur\w*", query.question, re.I):
        return _times(scene, query, asked)
    how = [i for i, w in enumerate(asked.plain) if w in ("many", "of", "count")]
    if not how or not scene.whole:
        return None
    found = []
    doubt = ""
    for records in all_records(scene, query):
        conditions = conditions_of(asked, records)
        if isinstance(conditions, str):
            doubt = conditions
            continue
        if not conditions:
            continue
        holds = all_hold(conditions)
        said_by = frozenset().union(*(c.tokens for c in conditions))
        first = next((f for f in records.fields if not f.is_figures), None)
        if all(c.field is first and len(set(first.texts)) == len(first.texts) for c in conditions):
            continue  # one record by its name is looked up, and not counted
        if (of_one := _quantity(asked, records, conditions, how[0])) is not None:
            found.append(of_one)
            continue
        if _asks_a_cell(asked, records, conditions, said_by, how[0]):
            if len(holds) > 1:
                doubt = f"{conditions[0].why} is in {len(holds)} rows, and each has figures of its own."
            continue
        sure = factor_of(asked, records, scene, said_by | _counted_noun(asked, how[0], said_by))
        if not sure:
            doubt = f"Counted by {conditions[0].why}, a part of the question would play no part."
        sure *= min(c.sure for c in conditions)
        if sure >= 0.5 and holds:
            cells = tuple(conditions[0].field.cells[i] for i in holds)
            why = " and ".join(c.why for c in conditions)
            found.append(Reading(str(len(holds)), cells[0], 0.85 * sure, f"{len(holds)} rows: {why}", cells))
    if not found and doubt:
        return Verdict((), doubt, final=True)
    return said(found, "") if found else None


def _asks_a_cell(
    asked: Asked, records: Records, conditions: Sequence[Condition], said_by: frozenset[int], how: int
) -> bool:
    """Whether "how many" asks for a figure rather than for a number of records: a column of figures is named, by what
    stands over several too ("Widgets in stock", "in 2010"), or the first column names what numbers stand beside.

    said_by: tokens that say the conditions. how: the token before what is counted ("many").
    """
    key = stems_of(records.fields[0].name)
    if key and told_at(key, asked.tokens[how + 1 : how + 1 + len(key)]) and not records.turned:
        return False  # "how many hives", of a table whose rows are called that
    own = [records.fields[0], *(c.field for c in conditions)]
    figures = [f for f in records.fields if f.is_figures and f not in own]
    if any(n.field in figures for n in asked.fields(records, said_by)):
        return True
    said = {t.stem for i, t in enumerate(asked.tokens) if i not in asked.filler | said_by}
    if said & {w for f in figures for w in stems_of(f.over)}:
        return True
    beside = [f for f in records.fields if f is not records.fields[0]]
    counts = bool(beside) and all(f in figures for f in beside) and any(f.unit == "" for f in beside)
    return counts and all(c.field is records.fields[0] for c in conditions)


def _quantity(asked: Asked, records: Records, conditions: Sequence[Condition], how: int) -> Reading | None:
    """How many there are of what one record is about: "how many soup bowls" of the row that says so, under "Pieces"."""
    holds = all_hold(conditions)
    fields = [f for f in records.fields if f.unit == "" and _QUANTITY.fullmatch(f.name.strip())]
    about = [c for c in conditions if how + 1 in c.tokens]
    if len(holds) != 1 or len(fields) != 1 or not about or len(conditions) < 2:
        return None
    cell = fields[0].cells[holds[0]]
    if not cell.text:
        return None
    why = f'under "{fields[0].title}", of ' + " and ".join(c.why for c in conditions)
    return Reading(cell.text, cell, 0.85 * min(c.sure for c in conditions), why, (cell,))


def _counted_noun(asked: Asked, how: int, taken: frozenset[int]) -> frozenset[int]:
    """The token of what is counted: the last before a verb or a value. how: the token before it ("many")."""
    at = how + 1
    if at + 1 < len(asked.tokens) and not {at + 1} & (asked.little | taken):
        at += 1
    return frozenset((at,)) - asked.named


def _times(scene: Scene, query: Query, asked: Asked) -> Verdict | None:
    """In how many records something stands in a field: "How many times was money paid in?"."""
    found = []
    for records in all_records(scene, query) if scene.whole else ():
        named = [n for n in asked.fields(records) if n.score >= 1.0 and n.field.unit is not None]
        if records.turned or len(named) != 1 or not records.is_whole(named[0].field):
            continue
        field = named[0].field
        cells = tuple(c for c, t in zip(field.cells, field.texts, strict=True) if t)
        times = frozenset(i for i, w in enumerate(asked.plain) if w in ("times", "often"))
        sure = factor_of(asked, records, scene, named[0].tokens | times)
        if sure >= 0.5 and 0 < len(cells) < records.count:
            found.append(
                Reading(str(len(cells)), cells[0], 0.85 * sure, f'filled under "{field.title}"', cells)
            )
    return said(found, "") if found else None


def kept(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """The records for which what is said holds, by their names; None where no table tells."""
    asked = Asked(query.question)
    if order_of(asked) is not None or not (_asks_which(query) or _asks_field(query)):
        return None
    every = all_records(scene, query) if scene.whole else ()
    heads = {plain(f.title) for records in every for f in records.fields}
    after = zip_longest(query.spans, query.spans[1:])
    if any(
        s.role == "REL" and direction_of(s.text) and not (n is not None and plain(n.text) in heads)
        for s, n in after
    ):
        return None  # what stands beside another thing, not under a header
    if not scene.whole:
        return None
    found: list[Reading] = []
    several = ""
    for records in every:
        told = _kept_of(scene, records, asked, query, options)
        if isinstance(told, str):
            several = several or told
        elif told is not None:
            found.append(told)
    if found:
        return said(found, "")
    return Verdict((), several, final=True) if several else None


def _asks_which(query: Query) -> bool:
    question = query.question
    return re.search(r"\b(?:which|who|list)\b", question, re.I) is not None or (
        query.kind in ("list", "which") and re.match(_ASKS, question, re.I) is not None
    )


def _asks_field(query: Query) -> bool:
    """Whether a field of something is asked for: "CPU load of the node in Copenhagen"."""
    return query.kind in ("value", "text")


def _said_field(asked: Asked, records: Records, query: Query, taken: frozenset[int]) -> Label | None:
    """The one field named by the words that the reader takes for what is asked for, else the only one that is named.

    taken: tokens of conditions.
    """
    wanted = "NOUN" if query.kind in ("list", "which") else "ASK"
    starts = [len(tokens_of(asked.question[: s.start])) for s in query.spans if s.role == wanted]
    lengths = [len(tokens_of(s.text)) for s in query.spans if s.role == wanted]
    spans = [frozenset(range(a, a + n)) - taken for a, n in zip(starts, lengths, strict=True)]
    named = [n for n in asked.fields(records, taken) if n.score >= 0.97]
    for own in spans[:1] if wanted == "NOUN" else spans:
        found = [n for n in named if n.tokens <= own]
        if len(found) == 1:
            return Label(found[0].field, 1.0, found[0].tokens)
    only = [n for n in named if n.score >= 1.0]
    if wanted == "ASK" and not any(spans) and len(only) == 1:  # "What does the row X show under Status?"
        return Label(only[0].field, 1.0, only[0].tokens)
    return None


def _kept_of(
    scene: Scene, records: Records, asked: Asked, query: Query, options: Sequence[str]
) -> Reading | str | None:
    conditions = conditions_of(asked, records)
    if isinstance(conditions, str):
        return conditions
    if not conditions:
        return None
    holds = all_hold(conditions)
    taken = frozenset().union(*(c.tokens for c in conditions))
    label = None
    if _asks_which(query):
        label = label_of(asked, records, asked.noun(frozenset()), taken)
        if label is None and asked.head:
            label = label_of(asked, records, asked.head, taken)
    if label is None and not records.turned and query.kind != "count":
        label = _said_field(asked, records, query, taken)
    if label is None or label.field in [c.field for c in conditions] or not holds:
        return None
    if len(holds) > 1 and (listed := _list_offered(scene, records, holds, options)) is not None:
        sure = factor_of(asked, records, scene, taken | label.tokens) * min(c.sure for c in conditions)
        return replace(listed, score=0.85 * sure) if sure >= 0.5 else None
    used = taken | label.tokens
    sure = label.sure * factor_of(asked, records, scene, used) * min(c.sure for c in conditions)
    if sure < 0.5:
        return None
    names = [called(scene, label.field)[i] for i in holds]
    texts = list(dict.fromkeys(n.text for n in names))
    if not any(label.field.texts[i] for i in holds) and len(holds) == 1:
        return None  # an empty cell is looked up
    if any(not label.field.texts[i] for i in holds):
        return "Not all of the names were read." if _asks_which(query) else None
    if len(texts) > 1 and (options or not _is_plural(asked, label.tokens)):
        mine = [n for n in names if any(same_value(n.text, o) for o in options)]
        if len(mine) != 1:
            return f"It holds for several: {', '.join(texts[:6])}."
        names, texts = mine, [mine[0].text]
    shown = tuple(c.field.cells[i] for i in holds for c in conditions[:1])
    why = " and ".join(c.why for c in conditions)
    score = (
        0.85 * sure * min(1.0, *(n.score for n in names)) if len(names) > 1 else 0.85 * sure * names[0].score
    )
    return Reading(", ".join(texts), names[0], score, why, (*names, *shown) if len(names) > 1 else shown)


def _list_offered(
    scene: Scene, records: Records, holds: Sequence[int], options: Sequence[str]
) -> Reading | None:
    """The one option that lists what the records are called in one of their fields: "RR-04, RR-07"."""
    for field in records.fields:
        names = [called(scene, field)[i] for i in holds]
        said_ = {plain(n.text) for n in names}
        same = [
            o for o in options if {plain(part) for part in re.split(r"\s*(?:,|;|\band\b)\s+", o)} == said_
        ]
        if len(same) == 1 and len(said_) > 1:
            return Reading(same[0], names[0], 1.0, f'of "{field.title}", for all of them', tuple(names))
    return None


def _is_plural(asked: Asked, tokens: frozenset[int]) -> bool:
    """Whether several are asked for: by a plural noun, or a person without number."""
    if asked.is_who:
        return True
    words = [asked.plain[i] for i in sorted(tokens)]
    return (
        any(w.endswith("s") and not w.endswith(("ss", "us", "is")) for w in words)
        or {"people", "children"} & set(words) != set()
    )
