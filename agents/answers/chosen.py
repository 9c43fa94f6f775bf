"""Which one of several fulfils a condition, by its state, colour, value or rank; and lists of all of a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.colors import named_color
from ...memory.typed import plain, same_value, typed, values_in
from ..reader.query import Query, Wanted
from .asked import Asked
from .choose import agreement
from .colours import UNSEEN, colour_fits, of_chart
from .counting import is_off
from .looks import state_of
from .lookup import by_header
from .meaning import alike, likely
from .orders import clause_of, order_of
from .plan import EVERYTHING, SWITCHED, chain, looks_of, on_phrase
from .resolve import direction_of, resolve
from .scene import Place, Scene, gaps, rows_share
from .siblings import FADED, SELECTED, chosen_among, faded_among, siblings
from .tables import column_places, header_place, largest
from .values import Reading, beside
from .verdict import Verdict, refused, said

__all__ = ["in_order", "label_of", "listed", "which"]


def listed(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Several things by their names."""
    if not query.wanted:
        return refused("The question does not say what is to be listed.")
    wanted = query.wanted[0]
    looks = looks_of(wanted)
    if looks.kind and not looks.icon:
        things = in_order(scene.seen(on_phrase(looks.kind) if wanted.state else looks.kind))
        names = [label_of(scene, t, looks.kind) for t in things]
        told = [n for n in names if n]
        if told and len(told) == len(things):
            return _list(told, things, 0.6)
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    names = [s.text for s in query.spans if s.role == "NAME" and re.search(r"\d|[^\W\d_a-z]", s.text)]
    if unread := [n for n in names if not scene.named(n)]:
        return refused(f'"{unread[0]}" was not read on the page.')
    tables = largest(scene)
    noun = wanted.noun.casefold()
    if re.search(r"header|column", noun) and tables:
        cells = [h for c in range(tables[0].columns) if (h := header_place(tables[0], c)) is not None]
        return _list([c.text for c in cells], cells, 0.65) if cells else refused("No headers were read.")
    for table in tables[:3]:
        heads = {c: h for c in range(table.columns) if (h := header_place(table, c)) is not None}
        texts = [h.text for h in heads.values()]
        several = wanted.noun or wanted.name  # "the names" stand under "Name"
        if _NAMES.fullmatch(several or query.ask) and (
            of := wanted.beside or (query.wanted[1:] or (None,))[0]
        ):
            several = of.noun or of.name or several  # "the names of the boats" stand under "Boat"
        like = [
            max(two) for two in zip(*(alike(n, texts) for n in (several, several.rstrip("s"))), strict=True)
        ]
        if like and max(like) >= SURELY:
            body = column_places(table, list(heads)[like.index(max(like))])
            if body and (only := _only(query, several)):
                return refused(f'Which of them "{only}" means cannot be told.')
            if body:
                return _list([c.text for c in body], body, 0.7 * likely(max(like)))
    return refused(f'Which "{wanted.words}" there are is not clear.')


def _only(query: Query, several: str) -> str:
    """What a question says of the things that it lists ("the hives that are overdue"), so that not all of a column are
    meant; "" where it says nothing."""
    said_ = [s.text for s in query.spans if s.role in ("STATE", "VALUE", "ORDER")]
    clause = re.search(r"\b(?:that|who|which)\b(?! (?:of )?the\b)(?<!^which) ([^?.]+)", query.question, re.I)
    after = re.search(
        rf"{re.escape(several)}s? (?:are|is|have|has|were|was|can) ([^?.]+)", query.question, re.I
    )
    told = [*said_, *(m[1] for m in (clause, after) if m)]
    return next((t for t in told if not _THERE.match(t)), "")


_THERE = re.compile(r"\W*(?:there|listed|shown|named|given|in (?:the|this)|on (?:the|this))\b", re.I)
"""Says no more than that they stand there."""
_NAMES = re.compile(r"(?:the )?names?", re.I)
SURELY = 0.8
"""Likeness of a header from which its column is what is to be listed."""


def _list(names: Sequence[str], places: Sequence[Place], sure: float) -> Verdict:
    text = ", ".join(dict.fromkeys(names))
    return said([Reading(text, places[0], sure, f"{len(names)} in reading order", tuple(places))], "")


_CALLS = re.compile(r"[^\W\d]|(?<![\d.,])\d{3,}(?![\d.,])")
"""In a text that may be a name: letters, or a number as orders have it ("#20417")."""


def in_order(places: Sequence[Place]) -> list[Place]:
    """The places in reading order."""
    return sorted(places, key=lambda p: (p.page, round(p.box.center[1] / (1.5 * p.height)), p.box.x))


def label_of(scene: Scene, thing: Place, kind: str) -> str:
    """The text in a widget, or beside it where it holds none."""
    inside = [] if kind in SWITCHED else scene.inside(thing.box, thing.page)
    words = [p for p in inside if re.search(r"[^\W\d]", p.text)] or inside
    if words or kind in ("tab", "menu item", "button", "badge"):
        return " ".join(p.text for p in words)
    beside_it = kind in ("checkbox", "radio")
    near = [
        p
        for p in scene.lines
        if p.page == thing.page
        and rows_share(p.box, thing.box) >= 0.3
        and thing.box.coverage(p.box) < 0.5
        and (p.box.coverage(thing.box) < 0.5 or _reads_over(p, thing))
        and _CALLS.search(p.text)
        and not (beside_it and gaps(p.box, thing.box)[0] > _FAR * max(p.height, thing.height))
    ]
    right = [p for p in near if p.box.x >= thing.box.x + 0.5 * thing.box.width or _reads_over(p, thing)]
    left = [p for p in near if p.box.x + p.box.width <= thing.box.x + 0.5 * thing.box.width]
    first, second = (right, left) if beside_it else (left, right)
    for side in (first, second):
        if side:
            nearest = min(abs(p.box.center[0] - thing.box.center[0]) - 0.5 * p.box.width for p in side)
            same = [
                p
                for p in side
                if abs(p.box.center[0] - thing.box.center[0]) - 0.5 * p.box.width <= nearest + 8 * p.height
            ]
            return min(same, key=lambda p: p.box.y).text  # of a name and its description the upper one
    return ""


_FAR = 5.0
"""Heights between a check box and its label, at most."""


def _reads_over(line: Place, thing: Place) -> bool:
    """Whether a line begins where a small box does and goes on behind it: the box was read as a part of it."""
    return line.box.width > 3 * thing.box.width and abs(line.box.x - thing.box.x) < 0.5 * thing.box.width


def which(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Which one of several is in a state, has a value, or comes first by a superlative."""
    wanted = query.wanted[0] if query.wanted else Wanted()
    looks = looks_of(wanted)
    state = next((t.state for t in chain(wanted) if t.state), query.value)
    if named_color(state) and of_chart(query.question) and not looks.phrase:
        return UNSEEN
    thing = looks.kind if looks.kind != "icon" else ""  # a "parcel" that is selected need not be one
    if SELECTED.search(state) and not thing and (boxed := _switched(scene, options)) is not None:
        return boxed
    # of a few options one may be the box of something else
    by_box = state and (thing or len(options) < 3 or named_color(state))
    got = _by_state(scene, wanted, looks.kind, state, options) if by_box else Verdict()
    if got.candidates and (
        not options or any(agreement(c.text, o) > 0 for c in got.candidates for o in options)
    ):
        return got
    if not state and wanted.beside is None:  # "in front" of nothing else
        state = next((s.text for s in query.spans if s.role == "REL" and SELECTED.search(s.text)), "")
    faded = FADED.search(query.question if options else state) is not None
    if (SELECTED.search(state) or faded) and scene.whole:
        got = _standing_out(scene, looks.kind, options, faded)
        if got.candidates:
            return got
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    asked = Asked(query.question)
    order = order_of(asked)
    of_kind = order is not None and bool(clause_of(asked, order) - asked.filler)
    if wanted.order and not of_kind:
        got = _dearest_card(scene, f"{wanted.order} {query.ask}")
        if got.candidates:
            return got
    told = (
        [query.value, wanted.state]
        if query.value or wanted.state
        else [t.name for w in query.wanted for t in chain(w)]
    )
    on_a_side = wanted.beside is not None and direction_of(wanted.relation) != ""
    is_ranked = not options and any(s.role == "ORDER" for s in query.spans)
    if on_a_side or is_ranked:
        told = []  # the row of a name holds neither what lies on a side of it, nor which comes first
    for value_ in (t for t in told if t):
        places = [p for p in scene.named(value_) if p.score >= 0.85]
        if held := _holders(scene, query, wanted, places, options):
            return said(held, "")
    if wanted.beside is not None:
        others = resolve(scene, wanted.beside)
        direction = direction_of(wanted.relation)
        near = [r for o in others[:3] for r in beside(scene, o, frozenset(), direction)[:2]]
        if near:
            return said([replace(r, score=0.7 * r.score) for r in near], "")
    return refused(f"Which {wanted.words or 'one'} is meant cannot be told.")


def _switched(scene: Scene, options: Sequence[str]) -> Verdict | None:
    """The one option whose check box, radio button or switch is on; None where fewer than two of them have one."""
    told = [(o, s) for o in options if (s := state_of(scene, Wanted(name=o))) and s[3].kind in SWITCHED]
    if len(told) < 2:
        return None
    on = [Reading(o, place, sure, why, (place,)) for o, (is_on, sure, why, place) in told if is_on]
    return (
        said(on, "") if len(on) == 1 else refused("Several of them are on." if on else "None of them is on.")
    )


def _standing_out(scene: Scene, kind: str, options: Sequence[str], faded: bool) -> Verdict:
    """The entry of a row or column that looks otherwise than its neighbours, or is drawn fainter."""
    groups = siblings(scene, None, columns=kind != "tab")
    if options:
        groups = [[p for p in g if any(same_value(p.text, o) for o in options)] for g in groups]
        groups = [g for g in groups if len(g) > 1]
        if faded or not groups:  # how strongly words are drawn can be compared anywhere
            groups = [_places_of(scene, options)]
    judge = faded_among if faded else chosen_among
    found = [
        (*c, len(g))
        for g in groups
        if (c := judge(scene, g)) is not None and re.search(r"[^\W\d]", c[0].text)
    ]
    return said(
        [
            Reading(
                p.text,
                p,
                min(0.8, 0.5 + s) * (n / len(options) if options else 1.0),
                f"Of {n} in a row or column it looks different.",
                (p,),
            )
            for p, s, n in found
        ],
        "",
    )


def _places_of(scene: Scene, options: Sequence[str]) -> list[Place]:
    """Where options stand that are written in one place."""
    found = [[p for p in scene.named(o) if p.is_whole and p.score >= 0.9] for o in options]
    return [places[0] for places in found if len(places) == 1]


def _by_state(scene: Scene, wanted: Wanted, kind: str, state: str, options: Sequence[str]) -> Verdict:
    """Of widgets those that are on, or of a colour."""
    if not kind and any(scene.seen(on_phrase(k)) for k in SWITCHED):
        told = [_by_state(scene, wanted, k, state, options) for k in SWITCHED if scene.seen(on_phrase(k))]
        return max(told, key=lambda v: v.best.score if v.best else 0.0)
    if not kind:
        named = [(o, p[0]) for o in options if (p := scene.named(o))]
        if named_color(state) and named:
            fits = [Reading(o, p, f, f"{state}") for o, p in named if (f := colour_fits(scene, p, state)) > 0]
            return said(fits, "")
        return refused("")
    if named_color(state):
        things = scene.seen(kind)
        fits = [
            Reading(name, t, 0.85 * f * t.score, f"{kind} that is {state}", (t,))
            for t in things
            if (name := label_of(scene, t, kind)) and (f := colour_fits(scene, t, state)) > 0.3
        ]
        return said(fits, f"No {kind} that is {state} was seen.")
    on = scene.seen(on_phrase(kind))
    if is_off(state):
        on = [p for p in scene.seen(kind) if not any(p.box.iou(o.box) > 0.4 for o in on)]
    names = [(n, t) for t in in_order(on) if (n := label_of(scene, t, kind))]
    if not names:
        return refused(f"No {kind} that is {state} was seen.")
    if wanted.noun.casefold().endswith("s") and not options:
        if len(names) < len(on):
            return refused(f"What {len(on) - len(names)} of them are called was not read.")
        if len(names) > 1:
            return _list([n for n, _ in names], [t for _, t in names], 0.8 * min(t.score for _, t in names))
    return said([Reading(n, t, 0.85 * t.score, f"{kind} that is {state}", (t,)) for n, t in names], "")


def _holders(
    scene: Scene, query: Query, wanted: Wanted, places: Sequence[Place], options: Sequence[str]
) -> list[Reading]:
    """What the rows of some places are called: an option that stands there, the cell under the header that is asked
    for, else the first words of the row.
    """
    asked = wanted.noun or query.ask or ("name" if re.search(r"\bwho", query.question, re.I) else "")
    found: list[Reading] = []
    for place in places:
        row = [p for p in scene.lines if p.page == place.page and rows_share(p.box, place.box) >= 0.5]
        cells = [c for c in row if c.box.coverage(place.box) < 0.5 and c.box.iou(place.box) < 0.3]
        why = f'in the row of "{place.text}"'
        mine = [
            (o, c)
            for o in options
            for c in cells
            if same_value(c.text, o) or re.search(rf"(?<!\w){re.escape(plain(o))}(?!\w)", plain(c.text))
        ]
        if len({o for o, _ in mine}) == 1:
            found.append(Reading(mine[0][0], mine[0][1], 0.9 * place.score, why, (place,)))
            continue
        under = by_header(scene, asked, [place], frozenset()) if asked else []
        if under:
            found += [replace(r, score=0.95 * r.score) for r in under[:1]]
        elif len(cells) > 1 and not options:
            words = [
                c
                for c in sorted(cells, key=lambda c: c.box.x)
                if typed(c.text).kind == "text" and len(c.text) > 1
            ]
            found += [Reading(words[0].text, words[0], 0.65 * place.score, why, (place,))] if words else []
    return found


def _dearest_card(scene: Scene, order: str) -> Verdict:
    """The name over the highest or lowest price, where prices stand on cards. order: what is asked for, and by what."""
    if not re.search(r"cheap|expensive|price|cost", order, re.I):
        return refused("")
    low = re.search(r"cheap|low|least", order, re.I)
    prices = [
        (v[0].number, p)
        for p in scene.lines
        if (v := [x for x in values_in(p.text) if x.kind == "money" and x.number is not None])
        and v[0].span[0] < 3
    ]  # of a price and an older one the first
    named = []
    for number, price in prices:
        above = [
            p
            for p in scene.lines
            if p.page == price.page
            and typed(p.text).kind == "text"
            and p.box.y < price.box.y
            and gaps(p.box, price.box)[0] == 0
            and gaps(p.box, price.box)[1] < 6 * price.height
        ]
        if above:
            named.append((number, max(above, key=lambda p: (p.height > 0.9 * price.height, p.box.y)), price))
    if len(named) < 2 or len(named) < len(prices):
        return refused("")
    number, name, price = (min if low else max)(named, key=lambda n: n[0] or 0.0)
    if sum(n == number for n, _, _ in named) > 1:
        return refused("Several have the same price.")
    return said([Reading(name.text, name, 0.66, f'it costs "{price.text}"', (price,))], "")
