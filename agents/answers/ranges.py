"""Results beside the range in which they should be, as laboratories and test benches write them: in it, above, below.

- A range is written as two numbers with a dash between, or as one with "<" or ">"; it stands in a column of its own.
- A result is the number of its row that stands in the nearest column of numbers to the left. Flags ("H", "[L]", "high")
  stand behind it or in a column of their own; where a row's flag says another thing than its numbers, it tells nothing.
- Every word of the question plays a part, or nothing is told (`factor_of`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ...memory.typed import plain
from ..reader.query import Query
from .asked import Asked, factor_of
from .entries import all_records
from .records import Field, Records, Token, stems_of, told_at
from .scene import Scene
from .values import Reading
from .verdict import Verdict, no, said, yes

__all__ = ["ranged"]

_NUMBER = r"\d[\d.,' ]*"
_RANGE = re.compile(rf"(?P<low>{_NUMBER})\s*(?:-|–|—|to|bis)\s*(?P<high>{_NUMBER})(?!\d)")
_BOUND = re.compile(rf"(?P<sign>[<>≤≥])\s*=?\s*(?P<bound>{_NUMBER})")
_RESULT = re.compile(rf"\s*(?P<number>[<>]?\s*{_NUMBER})\s*(?P<rest>.*)")
_FLAG = re.compile(r"[\[(]?\s*(?:(?P<high>H{1,2}|high|↑|▲)|(?P<low>L{1,2}|low|↓|▼))\s*[\])]?\*?", re.I)
_HIGH = re.compile(
    r"\b(?:(?:above|over|exceed\w*|beyond|higher than|more than)\b.*\b(?:range|limits?|norm(?:al)?)|too high|elevated|"
    r"(?:flag|mark)\w*(?: as)? (?:too )?(?:high|\W?H\b\W?))",
    re.I,
)
_LOW = re.compile(
    r"\b(?:(?:below|under|lower than|less than)\b.*\b(?:range|limits?|norm(?:al)?)|too low|"
    r"(?:flag|mark)\w*(?: as)? (?:too )?(?:low|\W?L\b\W?))",
    re.I,
)
_OUT = re.compile(
    r"\b(?:outside|out of|not (?:with)?in)\b.*\b(?:range|limits?)|\babnormal\b|\bnot normal\b", re.I
)
_IN = re.compile(r"\b(?:with)?in(?:side)?\b.*\b(?:range|limits?|normal)|\bnormal\b", re.I)
_FLAGGED = re.compile(r"\b(?:flag|mark)(?:ged|ed)?\b", re.I)
_SAYS = frozenset(
    stem
    for word in """
    within inside outside out above below over under exceed exceeds exceeding higher lower more less than too high low
    elevated abnormal normal range ranges limit limits reference ref biological allowed permitted flag flagged mark
    marked result results test tests value values parameter parameters measurement measurements reading readings h l
    """.split()  # noqa: SIM905
    for stem in stems_of(word)
)
"""Words that ask how results lie to their ranges, or call what is measured."""


def ranged(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """Whether a result is in its range, which ones are not, or how many; None where nothing such is asked or told."""
    asks = _side(query.question)
    if not asks or not scene.whole:
        return None
    asked = Asked(query.question)
    for records in all_records(scene, query):
        sides = None if records.turned else _sides(records)
        if sides is None:
            continue
        said_by = frozenset(i for i, t in enumerate(asked.tokens) if t.stem in _SAYS)
        kept, under = _section(scene, asked, records)
        records, sides = records.only(kept), [sides[i] for i in kept]
        return _told(scene, query, asked, records, sides, asks, said_by | under, options)
    return None


def _side(question: str) -> frozenset[str]:
    """How results lie that are asked for: "high", "low", "normal"; empty where no such thing is."""
    if _OUT.search(question):
        return frozenset(("high", "low"))
    if _HIGH.search(question):
        return frozenset(("high",))
    if _LOW.search(question):
        return frozenset(("low",))
    if _IN.search(question):
        return frozenset(("normal",))
    return frozenset(("high", "low")) if _FLAGGED.search(question) else frozenset()


def _told(
    scene: Scene,
    query: Query,
    asked: Asked,
    records: Records,
    sides: Sequence[str],
    asks: frozenset[str],
    said_by: frozenset[int],
    options: Sequence[str],
) -> Verdict | None:
    names = records.fields[0]
    at = {i: t for i in range(records.count) if (t := _called(names.texts[i], asked.tokens))}
    at = {i: t for i, t in at.items() if not any(t < other for other in at.values())}
    sure = factor_of(asked, records, scene, said_by.union(*at.values()))
    if sure < 0.5 or len(at) > 1:
        return Verdict((), "Which results are meant is not clear.", final=True) if len(at) > 1 else None
    if at:
        i = next(iter(at))
        if not sides[i]:
            return Verdict(
                (), "The number, its flag and the range in its row do not fit each other.", final=True
            )
        place = names.cells[i]
        why = f'"{place.text}" is {sides[i]}, by the range in its row'
        if query.answers == "yes_no" or re.match(
            r"\W*(?:is|are|was|were|does|do|has)\b", query.question, re.I
        ):
            return (yes if sides[i] in asks else no)(0.85 * sure, why, place)
        named = [o for o in options if _names_side(o) == sides[i]]
        text = named[0] if len(named) == 1 else sides[i]
        return said([Reading(text, place, 0.85 * sure, why, (place,))], "")
    held = [i for i in range(records.count) if sides[i] in asks]
    if not all(sides):
        return Verdict((), "Not all results could be read with their ranges.", final=True)
    cells = tuple(names.cells[i] for i in held)
    if re.search(r"\bhow many\b|\bnumber of\b|^\W*count\b", query.question, re.I):
        why = f"{len(held)} of {records.count} results"
        anchor = cells[0] if cells else names.cells[0]
        return said([Reading(str(len(held)), anchor, 0.8 * sure, why, cells)], "")
    if query.answers == "yes_no":
        why = f"{len(held)} of {records.count} results are so"
        return (yes if held else no)(0.8 * sure, why, *(cells or names.cells[:1]))
    if not held:
        return None
    if len(held) > 1 and options:
        return None
    text = ", ".join(names.texts[i] for i in held)
    return said([Reading(text, cells[0], 0.85 * sure, f"{len(held)} by their ranges", cells)], "")


def _section(scene: Scene, asked: Asked, records: Records) -> tuple[list[int], frozenset[int]]:
    """The records below the heading within the table that the question names, up to the next one, and the tokens that
    name it; all of them where it names none."""
    names = records.fields[0].cells
    at = [p.box.center[1] for p in names]
    table = records.table
    titles = [c for r in table.body if table.is_title(r) for c in table.row(r) if c.text]
    parts = [(h.box, h.text) for h in scene.layout(table.page).headings]
    parts += [(c.box, c.text) for c in titles]
    heads = sorted(
        (box.center[1], told_at(stems_of(text), asked.tokens))
        for box, text in parts
        if at and box.center[1] < at[-1]
    )
    for i, (top, tokens) in enumerate(heads):
        end = heads[i + 1][0] if i + 1 < len(heads) else float("inf")
        kept = [k for k, y in enumerate(at) if top < y < end]
        if tokens and 0 < len(kept) < len(at):
            return kept, tokens
    return list(range(len(at))), frozenset()


def _called(name: str, tokens: Sequence[Token]) -> frozenset[int]:
    """The tokens of a question that name a result: all words of its name, or those without what is in brackets, or the
    abbreviation in them."""
    inner = re.findall(r"\(([^)]+)\)", name)
    for said_ in (name, re.sub(r"\([^)]*\)|[*#{}†]", " ", name), *inner):
        if found := told_at(stems_of(said_), tokens):
            return found
    return frozenset()


def _names_side(option: str) -> str:
    words = plain(option)
    if re.search(r"\bnot\b|normal|within|in range|no flag", words):
        return "normal"
    return (
        "high" if re.search(r"high|above|\bh\b", words) else "low" if re.search(r"low|\bl\b", words) else ""
    )


def _sides(records: Records) -> list[str] | None:
    """How each result lies to its range: "high", "low", "normal", "" where that is not clear; None without ranges."""
    fields = records.fields
    spans = next((f for f in fields if _is_of(f, _span)), None)
    if spans is None:
        return None
    before = fields[1 : fields.index(spans)] or fields[fields.index(spans) + 1 :]
    results = next((f for f in before if _is_of(f, _result)), None)
    if results is None:
        return None
    flags = next((f for f in fields if f not in (spans, results) and _is_flags(f)), None)
    found = []
    for i, (text, span) in enumerate(zip(results.texts, spans.texts, strict=True)):
        result, bounds = _result(text), _span(span)
        side = ""
        if result is not None and bounds is not None:
            side = "low" if result[0] < bounds[0] else "high" if result[0] > bounds[1] else "normal"
            flag = (_flag(flags.texts[i]) if flags is not None else "") or result[1]
            side = "" if flag and flag != side else side
        found.append(side)
    return found


def _is_of(field: Field, read: Callable[[str], object]) -> bool:
    held = [t for t in field.texts if t]
    return len(held) > 1 and sum(read(t) is not None for t in held) >= 0.6 * len(held)


def _is_flags(field: Field) -> bool:
    held = [t for t in field.texts if t]
    return bool(held) and all(_flag(t) or plain(t) in ("n", "normal", "ok") for t in held)


def _flag(text: str) -> str:
    found = _FLAG.fullmatch(text.strip())
    return "" if found is None else "high" if found["high"] else "low"


def _result(text: str) -> tuple[float, str] | None:
    """A number and its flag."""
    found = _RESULT.fullmatch(text)
    number = _number(found["number"]) if found else None
    if found is None or number is None or _RANGE.search(text):
        return None
    last = re.search(r"\S+$", found["rest"])
    return number, _flag(last[0]) if last else ""


def _span(text: str) -> tuple[float, float] | None:
    """The bounds of a range; infinite where it is open."""
    if found := _RANGE.search(text):
        low, high = _number(found["low"]), _number(found["high"])
        return (low, high) if low is not None and high is not None and low < high else None
    if (found := _BOUND.search(text)) and (bound := _number(found["bound"])) is not None:
        return (bound, float("inf")) if found["sign"] in ">≥" else (float("-inf"), bound)
    return None


def _number(text: str) -> float | None:
    bare = re.sub(r"[<>\s']", "", text).rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", bare):
        bare = bare.replace(",", "")
    try:
        return float(bare.replace(",", "."))
    except ValueError:
        return None
