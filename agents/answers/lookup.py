"""Questions whose answer is written on the page: values of labels, cells of tables, what an element says."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

from ...memory.typed import Kind, plain, same_value, typed
from ..reader.query import Query
from ..text import loose
from .choose import is_empty
from .crossed import by_words
from .meaning import ALIKE, alike, likely
from .passages import by_meaning, of_range, other_row, passages
from .plan import EVERYTHING, LITTLE, chain, looks_of, names_of
from .resolve import direction_of, resolve
from .scene import Place, Scene, columns_share, rows_share
from .tables import address_of, cell, cell_at, is_header
from .values import Reading, beside, own_address
from .verdict import Verdict, refused, said
from .wants import AMOUNTS, MONEY, has_form, is_in_coin, kinds_on, may_be_price, part_of_kind

__all__ = [
    "MOST_PLACES",
    "by_header",
    "crossings",
    "places_named",
    "value",
    "value_of",
]

ROW = 0.66
"""How sure the only amount of money in the row of a name is, however far from it."""
MOST_PLACES = 8
"""Places of one name that are tried."""


def value(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """The value of a label, or of a cell."""
    kinds = kinds_on(scene, query, options)
    if address := address_of(query):
        return cell_at(scene, *address)
    if query.wanted and looks_of(query.wanted[0]).kind == "badge" and query.wanted[0].beside is not None:
        labels = resolve(scene, query.wanted[0].beside)
        beside_it = [
            r
            for p in labels[:3]
            for r in beside(scene, p, frozenset(("number",)) if kinds & AMOUNTS else kinds)[:1]
        ]
        if beside_it and not scene.seen("badge"):
            return said([replace(r, score=0.85 * r.score) for r in beside_it], "")
    if (
        query.wanted
        and not query.ask
        and looks_of(query.wanted[0]).phrase
        and not looks_of(query.wanted[0]).texts
    ):
        held = [r for p in resolve(scene, query.wanted[0])[:3] for r in _held(scene, p, kinds)]
        return said(held, "Nothing was read in it.", *(() if scene.whole else (EVERYTHING,)))
    got = value_of(scene, query, kinds, options)
    if kinds == {"money"} and len(got.candidates) == 1 and got.candidates[0].why.startswith("right "):
        got = said([replace(got.candidates[0], score=max(ROW, got.candidates[0].score))], "")
    if got.best is None or got.best.score < 0.6:
        found = passages(scene, query, kinds, options)
        if found and (got.best is None or max(r.score for r in found) > got.best.score):
            got = said([*found, *got.candidates], "")
    fit = (
        r
        for r in got.candidates
        if has_form(query.question, r.text)
        and is_in_coin(query.question, r.text)
        and may_be_price(scene, kinds, r.text)
    )
    return replace(got, candidates=tuple(of_range(r, query.question) for r in fit))


def value_of(scene: Scene, query: Query, kinds: frozenset[Kind], options: Sequence[str] = ()) -> Verdict:
    """The value that a reading of a question asks for, of some kinds; of any where there are none.

    options: where the cell or label is not found, one of them that stands alone in the row of what is named.
    """
    if _GENERIC.fullmatch(query.ask) and query.wanted:
        query = replace(query, ask="", spans=tuple(s for s in query.spans if s.role != "ASK"))
    grounded, heads = _under_headings(scene, places_named(scene, query))
    names = [
        t
        for w in query.wanted
        for thing in chain(w)
        for t in looks_of(thing).texts
        if thing.name or t[:1].isupper()
    ]
    lost = [n for n in names if not any(plain(n) in plain(g) for g in (*grounded, *heads))]
    readings = crossings(scene, query, grounded, kinds)
    if max((r.score for r in readings), default=0.0) < 0.6 and scene.whole:
        crossed = by_words(scene, query, kinds)
        if crossed and max(r.score for r in crossed) > max((r.score for r in readings), default=0.0):
            return said(crossed, "")
    direction = direction_of(" ".join(s.text for s in query.spans if s.role == "REL"))
    rows = [g for g in grounded if any(plain(n) in plain(g) or plain(g) in plain(n) for n in names)]
    asked = not query.ask or any(
        plain(query.ask) in plain(g) or plain(g) in plain(query.ask) for g in grounded
    )
    if not readings and not lost and asked:
        readings = _labels(scene, query, grounded, rows, kinds, direction)
    if not readings and rows and query.ask:
        readings = by_header(scene, query.ask, [p for r in rows for p in grounded[r]], kinds)
    if options and not any(is_empty(o) for o in options):
        readings = [r for r in readings if r.text]
    if options and rows and (not readings or not any(same_value(readings[0].text, o) for o in options)):
        readings = _options_in_row(scene, [p for r in rows for p in grounded[r]], options) or readings
    if not readings and rows and not lost:
        readings = _of_kind_near(scene, [p for r in rows for p in grounded[r]], kinds)
    if not readings and not lost and not rows:
        readings = by_meaning(scene, query, kinds)
    if options and not any(is_empty(o) for o in options):
        readings = [r for r in readings if r.text]
    if readings:
        readings = [replace(r, used=(*r.used, *heads.values())) for r in readings]
        unused = _unused(query, readings, kinds) + other_row(scene, query, readings[0])
        return said([replace(r, score=r.score * 0.6**unused) for r in readings], "")
    if lost:
        return refused(f'"{lost[0]}" was not read on the page.', EVERYTHING)
    if grounded:
        where = ", ".join(f'"{g}"' for g in grounded)
        return refused(f"{where} was found, but no value that belongs to it.", EVERYTHING)
    return refused(f'Nothing like "{query.ask or query.question}" was read on the page.', EVERYTHING)


_GENERIC = re.compile(
    r"(?:the )?(?:values?|numbers?|figures?|text|entry|entries|contents?|amount)|"
    r"(?:how )?(?:long|much|far|big|large|high|tall)",
    re.I,
)
"""What is asked for without a name of its own: what stands beside a name."""


def _unused(query: Query, readings: Sequence[Reading], kinds: frozenset[Kind]) -> int:
    """How many names and attributes of the question play no part in the best reading: nothing is dropped silently. A
    price is answered by money, whatever it is called; of dates there are many kinds.
    """
    used = [p.text for p in readings[0].used]
    said_ = loose(" ".join([readings[0].why, *used]))
    told = [s for s in query.spans if s.role in ("NAME", "ASK", "VALUE") and not LITTLE.fullmatch(s.text)]
    left = [
        s for s in told if loose(s.text) not in said_ and not (s.role == "ASK" and _VERBS.fullmatch(s.text))
    ]
    telling = kinds & TELLING - {"date", "time"}
    telling -= (
        {"money", "percent"} if query.relation in ("of", "for") else TELLING if query.relation else set()
    )
    if typed(readings[0].text).kind in telling:
        left = [s for s in left if s.role != "ASK"]
    return sum(s.role != "ASK" or max(alike(s.text, used), default=0.0) < ALIKE for s in left)


_VERBS = re.compile(
    r"(?:is|are|was|were|be|been|have|has|had|do|does|did|get|got|gets|cost|costs|paid|pay|bought|buy|come|came|comes|make|made|"
    r"speaks?|talks?|performs?|sings?|"
    r"use|used|need|needed|take|takes|took|give|given|show|shown|say|says|belongs?(?: to)?|apply|applies|"
    r"amount|(?:milli)?seconds?|minutes?|hours?|days?|dollars?|euros?|pounds?|cents?)(?: \w{2,4})?",
    re.I,
)
"""What is asked for in words that stand on no page, and units."""


def _options_in_row(scene: Scene, names: Sequence[Place], options: Sequence[str]) -> list[Reading]:
    """The one option that stands in the row of what is named."""
    found: list[Reading] = []
    for name in names:
        row = [p for p in scene.lines if p.page == name.page and rows_share(p.box, name.box) >= 0.5]
        there = [(o, p) for o in options for p in row if same_value(p.text, o)]
        if len({o for o, _ in there}) == 1:
            o, p = there[0]
            found.append(Reading(o, p, 0.85 * name.score * p.score, f'in the row of "{name.text}"', (name,)))
    return found


TELLING: frozenset[Kind] = frozenset(("date", "time", "money", "percent", "email", "phone", "url", "iban"))
"""Kinds of values that tell by themselves what they are."""


def _of_kind_near(scene: Scene, names: Sequence[Place], kinds: frozenset[Kind]) -> list[Reading]:
    """The one value of a telling kind (a date, an amount of money) beside or below a name, as on a card."""
    telling = kinds & TELLING
    found = []
    for name in names if telling else ():
        there = [r for r in beside(scene, name, telling)[:3] if typed(r.text).kind in telling]
        if there and (
            len(there) == 1
            or same_value(there[0].text, there[1].text)
            or there[0].score > 1.25 * there[1].score
        ):
            found.append(replace(there[0], score=0.8 * there[0].score))
    return found


def _held(scene: Scene, thing: Place, kinds: frozenset[Kind]) -> list[Reading]:
    """What is written in a thing."""
    if thing.text and thing.kind:
        return [Reading(thing.text, thing, 0.9 * thing.score, f"in the {thing.kind}", (thing,))]
    inside = scene.inside(thing.box, thing.page, 0.5)
    return [
        Reading(t, p, 0.9 * thing.score, f"in the {thing.kind}", (thing,))
        for p in inside
        if (t := part_of_kind(p.text, kinds))
    ]


def places_named(scene: Scene, query: Query) -> dict[str, list[Place]]:
    """Words of the question -> where they stand; of words that are part of longer ones that stand there, only those."""
    found: dict[str, list[Place]] = {}
    for name in names_of(query):
        if any(plain(name) in plain(longer) for longer in found):
            continue
        places = [p for p in scene.named(name) if p.score >= 0.75]
        if places and (len(name.split()) == 1 or places[0].score >= 0.85 or name in (query.ask,)):
            whole = [p for p in places if p.is_whole]
            found[name] = whole + [p for p in places if not p.is_whole]
    return found


def _under_headings(
    scene: Scene, found: dict[str, list[Place]]
) -> tuple[dict[str, list[Place]], dict[str, Place]]:
    """Where names stand, under the heading that a question names too where they stand there ("MySQL" of "Test 8"), at
    most `MOST_PLACES` each; and such headings.
    """
    heads = {}
    for name, places in found.items():
        end = _end_of_section(scene, places[0]) if len(found) > 1 else None
        if end is None:
            continue
        for other, there in found.items():
            own = [
                p
                for p in there
                if p.page == places[0].page and places[0].box.y < p.box.y - p.height / 2 < end
            ]
            if other != name and own:
                found, heads[name] = {**found, other: own}, places[0]
    return {n: places[:MOST_PLACES] for n, places in found.items() if n not in heads}, heads


def _end_of_section(scene: Scene, head: Place) -> float | None:
    """Where what a heading heads ends: y of the next one, infinite for the last; None of what is no heading.

    The next of "Test 8: ..." is the next line that begins so with a number; of others, the next heading of the page.
    """
    lines = sorted((p for p in scene.lines if p.page == head.page), key=lambda p: p.box.y)
    after = [p for p in lines if p.box.y > head.box.y + head.height / 2]
    if numbered := _NUMBERED.match(head.line):
        shape = re.compile(rf"{re.escape(numbered[1])}\W*\d")
        if next_ := next((p for p in after if shape.match(p.line)), None):
            return next_.box.y
    heads = scene.layout(head.page).headings
    level = next((h.level for h in heads if h.box.coverage(head.box) > 0.5), None)
    if level is None:
        return None
    return next((h.box.y for h in heads if h.box.y > head.box.y + head.height and h.level <= level), math.inf)


_NUMBERED = re.compile(r"([A-Z][a-z]+)\W*\d+(?:\W|$)")


def crossings(
    scene: Scene, query: Query, grounded: dict[str, list[Place]], kinds: frozenset[Kind]
) -> list[Reading]:
    """What stands where two names cross; of several rows of one name first the one nearest to what else is named."""
    found = []
    person = re.match(r"\W*who\b", query.question, re.I) is not None
    for row, column in permutations(grounded, 2):
        turned = 0.93 if plain(query.ask) == plain(row) else 1.0
        scope = [p for g, places in grounded.items() if g not in (row, column) for p in places]
        near = [_near(r, scope) for r in grounded[row]]
        for r, clear in zip(grounded[row], near, strict=True):
            for c in grounded[column]:
                got = cell(scene, r, c, kinds, person) if r.page == c.page else None
                if got is not None:
                    score = got.score * turned * _own(r) * _own(c) * clear / max(near)
                    found.append(replace(got, score=score, used=(*got.used, *scope[:3])))
    read = max((r.score for r in found if r.text), default=0.0)
    return [r for r in found if r.text or r.score > 2 * read]  # a cell is empty only where nothing else fits


def _own(place: Place) -> float:
    """How far a name is a line's own, and not a word in passing, in [0.7, 1]."""
    return 1.0 if len(place.text) >= 0.5 * len(place.line) else 0.7


def _labels(
    scene: Scene,
    query: Query,
    grounded: dict[str, list[Place]],
    rows: Sequence[str],
    kinds: frozenset[Kind],
    direction: str,
) -> list[Reading]:
    """Values beside the label that is asked for, near the other things that are named."""
    asked = [g for g in grounded if g not in rows] or list(grounded)
    found: list[Reading] = []
    for name in asked[:2]:
        for label in grounded[name]:
            near = _near(label, [p for r in rows if r != name for p in grounded[r]])
            for rank, reading in enumerate(beside(scene, label, kinds, direction)[:3]):
                whole = 1.0 if label.is_whole or label.span[0] == 0 else 0.75
                whole *= 0.6 if rank == 0 and _goes_on(scene, label, reading) else 1.0
                found.append(replace(reading, score=reading.score * near * whole * 0.8**rank))
    total = re.search(r"\btotal\b|\bamount due\b|\bsum\b", query.ask, re.I)
    if total and len(found) > 1:  # the last of several totals is the grand one
        lowest = max(found, key=lambda r: (r.score > 0.5, r.place.page, r.place.box.y))
        found = [r if r is lowest else replace(r, score=0.6 * r.score) for r in found]
    return found


def _goes_on(scene: Scene, label: Place, reading: Reading) -> bool:
    """Whether a value below a label is but the first of a column of such values: the label heads a table."""
    first = reading.place.box
    if first.y < label.box.y + label.height:
        return False
    kind = typed(reading.text).kind
    return any(
        p.page == label.page
        and 0 < p.box.y - first.y < 4 * first.height
        and columns_share(p.box, first) > 0.3
        and typed(p.text).kind == kind != "text"
        for p in scene.lines
    )


def _near(label: Place, others: Sequence[Place]) -> float:
    """How well a label lies to the things that are named beside it: below or in the row of one of them is best."""
    if not others:
        return 1.0
    here = [o for o in others if o.page == label.page]
    if not here:
        return 0.3
    best = 0.3
    for o in here:
        apart = abs(label.box.center[1] - o.box.center[1]) / max(label.height, o.height)
        if rows_share(label.box, o.box) >= 0.5:
            best = max(best, 0.95)
        elif label.box.y >= o.box.y:
            best = max(best, 0.9 / (1 + apart / 20))
    return best


def by_header(scene: Scene, ask: str, rows: Sequence[Place], kinds: frozenset[Kind]) -> list[Reading]:
    """The cell in the row of a thing whose header means what is asked for; else the row's only value of its kind."""
    found: list[Reading] = []
    for row in (r for r in rows if not is_header(scene, r)):
        if (own := own_address(row, kinds)) is not None:
            found.append(replace(own, score=0.9 * own.score))
            continue
        above = [
            p
            for p in scene.lines
            if p.page == row.page
            and p.box.center[1] < row.box.y
            and len(p.text) <= 40
            and re.search(r"[^\W\d]", p.text)
        ]
        for like, head in sorted(
            zip(alike(ask, [p.text for p in above]), above, strict=True), key=lambda q: -q[0]
        )[:4]:
            got = cell(scene, row, head, kinds) if like >= ALIKE else None
            if got is not None and got.text:
                found.append(replace(got, score=got.score * likely(like)))
        line = [p for p in scene.lines if p.page == row.page and rows_share(p.box, row.box) >= 0.5]
        cells = [
            (t, c)
            for c in line
            if c.box.coverage(row.box) < 0.5 and kinds and (t := part_of_kind(c.text, kinds))
        ]
        if kinds == MONEY:  # a bare number may count anything
            cells = [(t, c) for t, c in cells if typed(t).kind == "money" or re.search(r"[.,]\d\d\b", t)]
        if len(cells) == 1 and not found:
            found.append(
                Reading(
                    cells[0][0],
                    cells[0][1],
                    (0.72 if kinds <= {"date", "time"} else 0.62) * row.score,
                    f'the only such value in the row "{row.text}"',
                    (row,),
                )
            )
    return found
