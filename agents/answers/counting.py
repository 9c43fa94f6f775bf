"""How many there are of something: counted, or written down as a number. "0" is a claim, and needs eyes that
would have seen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.layout import Table
from ...memory.typed import number_of, plain
from ..nano.vocabulary import parse
from ..reader.query import Query
from .asked import is_person
from .crossed import by_words, scoped
from .lookup import by_header, value_of
from .pages import page
from .plan import EVERYTHING, SWITCHED, chain, looks_of, names_of, on_phrase
from .records import stems_of
from .scene import Place, Scene
from .tables import header_place, largest, place_of, row_place, tables_of
from .things import looked_in_vain
from .values import Reading, number_beside
from .verdict import Verdict, no, refused, said, yes
from .wants import AMOUNTS

__all__ = ["count", "is_off", "with_state"]

_SO = re.compile(
    r"\b(?:are|is|been|turned|switched)\b(?: \w+ly)? (?:turned |switched )?"
    r"(?P<state>on|off|(?:un)?checked|(?:un)?ticked|(?:un)?selected|enabled|disabled)\W*$",
    re.I,
)
"""How things are that are counted, at the end of a question."""

_ROWS = re.compile(
    r"rows?|entries|entry|items?|records?|lines?|orders?|products?|users?|people|persons?|invoices?|files?|tasks?|projects?|"
    r"customers?|results?|transactions?|messages?|mails?|emails?|members?|tickets?|events?|names?|employees?|students?",
    re.I,
)


_ANY_ROW = re.compile(r"rows?|entries|entry|items?|records?|lines?|results?", re.I)


def count(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """How many there are; or whether they are as many as is said."""
    counted = _counted(scene, query, options)
    if not counted.candidates or not query.number:
        return counted
    first = counted.candidates[0]
    number, asked = number_of(first.text), query.number.casefold()
    if re.fullmatch(r"\s*(?:all|both|most|every)\s*", asked):
        return refused("Whether all of them are so is not counted.")
    figure = number_of(re.sub(r"[a-z' ]*?(\d+|\b\w+)$", r"\1", asked))
    if number is None or re.match(r"\W*(?:how many|what number)\b", query.question, re.I):
        return counted  # "how many fit on one disk" names no number to be compared
    if figure is None:
        true = number > 0 if re.search(r"any|some|several", asked) else number == 0
    elif re.search(r"more than|over|above|exceed", asked):
        true = number > figure
    elif re.search(r"at least|or more|minimum", asked):
        true = number >= figure
    elif re.search(r"less|fewer|under|below", asked):
        true = number < figure
    elif re.search(r"at most|up to|maximum", asked):
        true = number <= figure
    else:
        true = number == figure
    told = yes if true else no
    return told(first.score, f"Counted: {first.text}. {first.why}", first.place)


def _counted(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    if re.search(r"\bhow many (?:pages|sheets)\b", query.question, re.I):
        return page(scene, query, options)
    if not query.wanted:
        return refused("The question does not say what is to be counted.")
    wanted = next((w for w in query.wanted if w.state), query.wanted[0])
    looks = looks_of(wanted)
    kind = on_phrase(looks.kind) if looks.kind and wanted.state and looks.phrase else looks.phrase
    if kind and not looks.texts:
        off = wanted.state and is_off(wanted.state)
        things = scene.seen(kind)
        if off:
            on = {(p.page, p.box) for p in things}
            things = [p for p in scene.seen(looks.phrase) if not any(p.box.iou(b) > 0.4 for _, b in on)]
        if things:
            return said(
                [
                    Reading(
                        str(len(things)),
                        things[0],
                        0.7 * min(p.score for p in things),
                        f"{len(things)} times {kind} seen",
                        tuple(things),
                    )
                ],
                "",
            )
        sure, why = looked_in_vain(scene, replace(wanted, state=""), query.question)
        return said(
            [Reading("0", Place(things[0].box) if things else _nowhere(), 0.6 * sure, why)] if sure else [],
            why,
        )
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    begins = re.search(r"\b(?:begin|start)\w*(?: off)? with\b", query.question, re.I)
    called = [t.name for w in query.wanted for t in chain(w) if t.name]
    if begins and (prefix := query.value or "".join(called[-1:])):
        there = [p for p in scene.lines if re.search(rf"(?:^|\s){re.escape(prefix)}", p.text)]
        words = sum(len(re.findall(rf"(?:^|\s){re.escape(prefix)}", p.text)) for p in there)
        return said(
            [Reading(str(words), there[0], 0.75, f'words that begin with "{prefix}"', tuple(there))]
            if there
            else [],
            "None begins so.",
        )
    if _PLACES.search(query.question) and len(set(called)) == 1:
        there = [p for p in scene.named(called[-1]) if p.score >= 0.9]
        looked_for = len(scene.found(f'"{called[-1]}"'))
        if looked_for not in (0, len(there)):
            return refused(f'"{called[-1]}" was found {looked_for} times and read {len(there)} times.')
        why = f'"{called[-1]}" stands there {len(there)} times'
        return said(
            [Reading(str(len(there)), there[0], 0.8 * min(p.score for p in there), why, tuple(there))]
            if there
            else [],
            f'"{called[-1]}" was not read on the page.',
        )
    names = [t for t in (wanted.state, query.value, *looks.texts, wanted.noun) if t]
    others = [t for w in (*query.wanted[1:], *chain(wanted.beside)) for t in looks_of(w).texts if w.name]
    rows = [
        p
        for t in (*others, *(looks.texts if wanted.name and wanted.noun else ()))
        for p in scene.named(t)
        if p.score >= 0.85
    ]
    often = _TIMES.search(query.question) is not None
    if wanted.noun and rows and not often and (under := by_header(scene, wanted.noun, rows, AMOUNTS)):
        return said(under, "")
    if re.fullmatch(r"(?:pages?|sheets?)", wanted.noun.casefold()):
        return page(scene, query, options)
    if _IN_MANY.match(query.question):
        return refused(f'How many "{query.ask or wanted.words}" there are cannot be counted.')
    for joined in names_of(query):
        whole = [p for p in scene.named(joined) if p.is_whole and p.score >= 0.9]
        if _TIMES.search(query.question):
            break
        if len(whole) == 1 and joined[:1].isupper() and (number := number_beside(scene, whole[0])):
            return said([replace(number, score=0.85 * number.score)], "")
    bare = not (wanted.state or query.value or others or wanted.beside)  # all of them are counted
    for name in () if _STATED.search(query.question) else looks.texts or ((wanted.noun,) if bare else ()):
        told = [
            Reading(m[1] or m[2], p, 0.85 * p.score, f'"{p.text}"', (p,))
            for p in scene.lines
            if (
                m := re.search(
                    rf"(?<![\w.,])(\d[\d.,]*) {re.escape(name)}\b|\b{re.escape(name)} ?\((\d+)\)",
                    p.text,
                    re.I,
                )
            )
        ]
        if name and len({r.text for r in told}) == 1:
            return said(told, "")
    captioned = scoped(scene, query)
    plain_noun = wanted.noun and not wanted.state and not others  # not those of 2010 only
    mine = captioned if plain_noun and len(captioned) == 1 < len(tables_of(scene)) else ()
    if of_table := _rows_of(scene, mine, wanted.noun):
        return of_table
    for name in names:
        places = [p for p in scene.named(name) if p.score >= 0.85]
        same = [p for p in places if p.is_whole]
        if (
            name == wanted.noun
            and not others
            and not wanted.name  # whose number it is would play no part
            and len(places) == 1
            and (number := number_beside(scene, places[0]))
        ):
            return said([replace(number, score=0.85 * number.score)], "")
        if (
            name in looks.texts
            and not _TIMES.search(query.question)
            and len(same) == 1
            and not wanted.noun
            and (number := number_beside(scene, same[0]))
        ):
            return said([replace(number, score=0.85 * number.score)], "")
        counted = (
            name in (wanted.state, query.value)
            or name[:1].isupper()
            or not wanted.noun
            or looks.kind
            or _TIMES.search(query.question)
        )
        # part of one line is more often the label of the number that is asked for than the one thing to be counted
        once = len(same) == 1 and not same[0].is_whole and not _TIMES.search(query.question)
        if same and not once and name != wanted.noun and counted:
            beside = [s.text for s in query.spans if s.role == "NAME" and plain(s.text) not in plain(name)]
            sure = 0.5 if beside else 0.8  # a thing that is named otherwise plays no part in it
            why = f'"{name}" is there {len(same)} times'
            return said([Reading(str(len(same)), same[0], sure, why, tuple(same))], "")
    if got := _quantity(scene, [*looks.texts, wanted.noun, *(w.name for w in query.wanted[1:])], query.ask):
        return got
    if query.ask and (got := value_of(scene, query, AMOUNTS)).candidates:
        return got
    plainly = not (wanted.state or wanted.name or query.value or others)
    if plainly and (by_column := _under(scene, wanted.noun)):
        return by_column
    if plain_noun and (of_table := _rows_of(scene, largest(scene)[:1], wanted.noun, "largest ")):
        return of_table
    named = sum(s.role == "NAME" for s in query.spans)
    if named > 1 and (crossed := by_words(scene, query, AMOUNTS)):
        return said(crossed, "")  # "How many burglaries were there in 1993?"
    return refused(f'How many "{wanted.words}" there are cannot be counted.')


def _all_differ(texts: Sequence[str]) -> bool:
    return all(texts) and len({plain(t) for t in texts}) == len(texts)


def _rows_of(scene: Scene, tables: Sequence[Table], noun: str, which: str = "") -> Verdict | None:
    """How many rows a table has, where they are what a noun says."""
    for table in (t for t in tables if _is_of(scene, t, noun)):
        rows = [p for r in table.records if (p := row_place(table, r)) is not None]
        if len(rows) > 1:
            sure = 0.5 if which and len(tables_of(scene)) > 1 else 0.66
            return said(
                [Reading(str(len(rows)), rows[0], sure, f"rows of the {which}table", tuple(rows))], ""
            )
    return None


def _is_of(scene: Scene, table: Table, noun: str) -> bool:
    """Whether the rows of a table are what a noun says: rows whatever they are, or as its caption calls them; what is
    often in rows, also as one of its headers or a heading of the page does.
    """
    said_by = set(stems_of(noun))
    if _ANY_ROW.fullmatch(noun) or said_by <= set(stems_of(table.caption)):
        return True
    heads = [table.header(c) for c in range(table.columns)]
    titles = (h.text for h in scene.layout(table.page).headings)
    words = {w for text in (*titles, *heads) for w in stems_of(text)}
    people = (c for c, head in enumerate(heads) if is_person(noun) and is_person(head))
    called = said_by <= words or any(
        _all_differ([table.at(r, c).text for r in table.records]) for c in people
    )
    return _ROWS.fullmatch(noun) is not None and called


def _under(scene: Scene, noun: str) -> Verdict | None:
    """The number of records of the only table that has a column of that name, all of its cells filled and different."""
    found = []
    for table in tables_of(scene):
        for column in range(table.columns):
            header = header_place(table, column)
            if header is None or not noun or stems_of(header.text) != stems_of(noun):
                continue
            cells = [place_of(table.at(r, column), table) for r in table.records if table.at(r, column).text]
            if len(cells) == len(table.records) == len({plain(c.text) for c in cells}) > 1:
                found.append(Reading(str(len(cells)), cells[0], 0.72, f'under "{header.text}"', tuple(cells)))
    return said(found, "") if len(found) == 1 else None


_PLACES = re.compile(r"\b(?:how many|number of) (?:times|places|spots)\b", re.I)
"""Asks how often words stand on the page."""
_IN_MANY = re.compile(r"\W*(?:in|on|at|for|from|by|to|with|under) how many\b", re.I)
"""Asks for how many something is so: no number that stands beside a word."""
_STATED = re.compile(
    r"\b(?:are|is|were|was|been|be) (?:un)?(?:ticked|checked|selected|marked|crossed|highlighted)\b", re.I
)
"""Asks for those in a state, of which no number of all of them tells."""
_TIMES = re.compile(r"\b(?:times|often|occur\w*|instances?|occurrences?|appear\w*)\b", re.I)


def _quantity(scene: Scene, names: Sequence[str], ask: str) -> Verdict | None:
    """The number in the row of a thing, under a header that stands for how many there are."""
    single = [
        re.sub(r"(?<=[^\W\d]{3})s$", "", n) for n in names
    ]  # "wall cupboards" of a row "Wall cupboard, white"
    for name in dict.fromkeys(n for n in (*names, *single) if n):
        for place in (p for p in scene.named(name) if p.score >= 0.8):
            for table in tables_of(scene, place.page):
                row = table.cell_of(place.box)
                if row is None or row.header:
                    continue
                for column in range(table.columns):
                    header = header_place(table, column)
                    if header is None or not (
                        _HOW_MANY.fullmatch(plain(header.text)) or (ask and plain(ask) == plain(header.text))
                    ):
                        continue
                    held = table.at(row.row, column)
                    if number_of(held.text) is not None:
                        why = f'row "{place.line}", column "{header.text}"'
                        there = place_of(held, table)
                        return said([Reading(held.text, there, 0.8 * place.score, why, (place, header))], "")
    return None


_HOW_MANY = re.compile(
    r"qty\.?|quantity|units?|pcs\.?|pieces|count|number|no\.? of \w+|stock|in stock|amount|ordered|menge|"
    r"anzahl|cantidad|quantité",
    re.I,
)


def _nowhere() -> Place:
    from ...memory.geometry import Box

    return Place(Box(0, 0, 1, 1), score=0.0)


def with_state(query: Query) -> Query:
    """The query, of boxes or switches that are counted with the state in which its question says they are."""
    so = _SO.search(query.question) if query.kind == "count" else None
    if so is None or any(w.state for w in query.wanted):
        return query
    told = [replace(w, state=so["state"]) if looks_of(w).phrase in SWITCHED else w for w in query.wanted]
    return replace(query, wanted=tuple(told))


def is_off(state: str) -> bool:
    known = parse(f"{state} checkbox")
    return known is not None and known.state is False
