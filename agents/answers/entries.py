"""Lists as records of two fields, and what a question asks of them: a value, or how many there are. `ranked`, `compare`
and `filtered` do the rest.

- Every word of the question plays a part, or the list is not what it is about. A word may be in the name of an entry,
  say which part of the list is meant (its heading), what values of that unit are called ("price",
  "balance"), or how they are ranked; or it names anything ("item", "dish", a word of the title).
- What is asked for by a word that stands elsewhere on the page is not asked of the list.
- A list is ranked or counted only where nothing in it may be an entry whose value was not read, nor a sum or a tax.
- Where what stands beside a name says another value than the list, none is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...memory.layout import Table
from ...memory.typed import Kind
from ..reader.query import Query
from .asked import Asked
from .besides import left
from .lists import Entry, Listing, Section, lists_of
from .measures import measure_of
from .orders import comparatives, order_of
from .records import Field, Records, Token, records_of, stems_of, tokens_of, told_at
from .resolve import direction_of
from .scene import Place, Scene
from .values import Reading, beside
from .verdict import Verdict, said

__all__ = ["all_records", "looked_up", "numbered"]

_MONEY = frozenset(
    stem
    for word in """
    price cost costing balance money fee fare charge worth value amount sum total pay paid priced
    """.split()  # noqa: SIM905
    for stem in stems_of(word)
)
_CALLED: dict[str, frozenset[str]] = {
    "money": _MONEY,
    "": _MONEY,
    "%": frozenset(stem for word in ("percentage", "percent", "share", "rate") for stem in stems_of(word)),
    "s": frozenset(stem for word in ("duration", "length", "long", "time") for stem in stems_of(word)),
    "byte": frozenset(stem for word in ("size", "big", "large", "space") for stem in stems_of(word)),
    "g": frozenset(stem for word in ("weight", "weigh", "heavy", "mass") for stem in stems_of(word)),
}
"""What values of a unit are called, whatever they are of."""
_ANYTHING = frozenset(
    stem
    for word in "item dish meal course account thing entry option menu list card product name one".split()  # noqa: SIM905
    for stem in stems_of(word)
)
_NO_ENTRY = re.compile(
    r".*\b(?:all|(?:sub)?totals?|sum|tax|vat|gst|mwst|rounding|discount|tendered|shipping|due|paid)\b.*|"
    r"(?:cash|change|card|visa|tip|service|deposit|delivery|balance)\b(?: (?:charge|fee))?[\W\d]*",
    re.I,
)
"""Names of sums, and of what is added to them."""
_SEVERAL = re.compile(
    r"\b(?:than|more|less|cheaper|dearer|difference|altogether|together|both|each|per|every|half|average|without|and|or)\b",
    re.I,
)
_BOTH = re.compile(r"\bthan\b|\bor\b|\band\b|\bversus\b|\bvs\b", re.I)
"""What stands between two things that are compared."""
_HOW_MANY = re.compile(
    r"\W*(?:how many|(?:(?:what is|what['’]s|give|tell|me|the) )*number of) (?:different )?"
    r"(?:[^\W\d]+ ){0,2}[^\W\d]+?(?: (?:are|do|does|is|can|in|on|under)\b.*)?\W*",
    re.I,
)
_COUNTS = frozenset(stem for word in ("number", "table", "list") for stem in stems_of(word))
_COUNT = re.compile("two|three|four|five|six|seven|eight|nine|ten")
_SUM = re.compile(r"\b(?:altogether|together|both|total|sum)\b", re.I)
_KINDS: frozenset[Kind] = frozenset(("money", "number", "percent", "size", "duration"))


@dataclass(frozen=True)
class _Scope:
    """What a question is about: entries of a list, those that it names, and the words that say which.

    called: what it calls their values, "" for nothing. goes_on: whether another list may go on with the last part.
    """

    listing: Listing
    section: Section | None
    entries: tuple[Entry, ...]
    told: tuple[Entry, ...]
    called: str
    words: frozenset[str]
    goes_on: bool = False

    @property
    def is_countable(self) -> bool:
        """Whether no entry is missing, and none is another thing."""
        parts = [self.section] if self.section else self.listing.sections
        whole = all(s.is_even for s in parts) and not (
            self.goes_on and parts[-1] is self.listing.sections[-1]
        )
        return whole and not any(_NO_ENTRY.fullmatch(e.name.text) for e in self.entries)


def all_records(scene: Scene, query: Query) -> tuple[Records, ...]:
    """The tables and the lists that a question may be about, as records."""
    tables = records_of(scene, query)
    asked = Asked(query.question)
    ranks = order_of(asked) is not None or not _BOTH.search(query.question)
    scopes = [s for s in _scopes(scene, asked) if s.is_countable or not ranks]
    found = (*tables, *(_records(s) for s in scopes))
    return tuple(r for f in found if (r := left(f, scene.left_out)) is not None) if scene.left_out else found


def _records(scope: _Scope) -> Records:
    boxes = [p.box for e in scope.entries for p in (e.name, e.value)]
    box = boxes[0]
    for other in boxes[1:]:
        box = box.union(other)
    caption = scope.section.heading.text if scope.section and scope.section.heading else ""
    table = Table(
        box=box,
        rows=len(scope.entries),
        columns=2,
        cells=(),
        heads=0,
        caption=caption,
        page=scope.entries[0].name.page,
    )
    names = Field("Name", None, tuple(e.name for e in scope.entries))
    called = scope.called or ("price" if scope.listing.unit == "money" else "value")
    values = Field(called, None, tuple(e.value for e in scope.entries))
    return Records((names, values), table, said=scope.words)


def _scopes(scene: Scene, asked: Asked) -> list[_Scope]:
    """The lists that all words of a question fit."""
    lists = lists_of(scene)
    found = []
    for listing in lists:
        scope = _scope(scene, listing, asked)
        if scope is not None:
            others = [o for o in lists if o is not listing and o.unit == listing.unit and not o.is_lone]
            found.append(replace(scope, goes_on=any(o.sections[0].heading is None for o in others)))
    return found


def _scope(scene: Scene, listing: Listing, asked: Asked) -> _Scope | None:
    order = order_of(asked) or comparatives(asked)
    free = asked.filler | (order.tokens if order else frozenset())
    free |= frozenset(i for i, word in enumerate(asked.plain) if _SUM.fullmatch(word))
    called = frozenset(i for i, t in enumerate(asked.tokens) if t.stem in _CALLED.get(listing.unit, ()))
    section, words = _section(listing, asked)
    called -= words
    rest = [i for i in range(len(asked.tokens)) if i not in free | called and not _is_number(asked, i)]
    rest = [i for i in rest if i not in words]
    entries = section.entries if section else listing.entries
    named = [(e, at) for e, at in _named(scene, entries, asked, free) if at & set(rest)]
    told = [e for e, _ in named]
    rest = [i for i in rest if not any(i in at for _, at in named)]
    rest = [i for i in rest if asked.tokens[i].stem not in _ANYTHING | _title(scene, listing)]
    if rest:
        return None
    word = next((asked.tokens[i] for i in sorted(called)), None)
    if word is not None and _stands_elsewhere(scene, listing, word.stem):
        return None
    said_by = frozenset(asked.tokens[i].stem for i in words) | _ANYTHING
    return _Scope(listing, section, entries, tuple(told), word.text if word else "", said_by)


def _title(scene: Scene, listing: Listing) -> frozenset[str]:
    """The words of the title of the page: of its only largest heading, where that heads no part of the list."""
    first = listing.entries[0].name
    heads = [h for h in scene.layout(first.page).headings if h.level == 1]
    parts = {s.heading.box for s in listing.sections if s.heading is not None}
    is_title = len(heads) == 1 and heads[0].box not in parts and heads[0].box.y < first.box.y
    return frozenset(stems_of(heads[0].text)) if is_title else frozenset()


def _is_number(asked: Asked, at: int) -> bool:
    """Whether a token is a bound ("under 20"), or how many there are ("of the four accounts")."""
    before = asked.plain[at - 1] if at else ""
    if re.match(r"\d", asked.plain[at]):
        return before in ("than", "under", "over", "above", "below", "least", "most", "to")
    return before == "the" and _COUNT.fullmatch(asked.plain[at]) is not None


def _section(listing: Listing, asked: Asked) -> tuple[Section | None, frozenset[int]]:
    """The part of a list whose heading is said, and the tokens that say so. "Main Courses" are mains as well."""
    for section in listing.sections:
        words = stems_of(section.heading.text) if section.heading is not None else ()
        own = [w for w in words if w not in _ANYTHING] or words
        at = told_at(own, asked.tokens)
        if at and not at <= asked.little:
            return section, at | {
                i for i, t in enumerate(asked.tokens) if t.stem in own
            }  # fees of the fee table
    return None, frozenset()


def _runs(tokens: Sequence[int]) -> list[tuple[int, ...]]:
    """Tokens that follow each other."""
    found: list[tuple[int, ...]] = []
    for token in tokens:
        if found and found[-1][-1] == token - 1:
            found[-1] = (*found[-1], token)
        else:
            found.append((token,))
    return found


def _named(
    scene: Scene, entries: Sequence[Entry], asked: Asked, free: frozenset[int]
) -> list[tuple[Entry, frozenset[int]]]:
    """The entries that a question names, by all words of their names or by some that stand nowhere else on the page."""
    found: list[tuple[Entry, frozenset[int]]] = []
    for entry in entries:
        if at := told_at(stems_of(entry.name.text), asked.tokens, asked.little):
            found.append((entry, at))
    whole = frozenset().union(*(at for _, at in found))
    for run in _runs([i for i in range(len(asked.tokens)) if i not in free | whole and len(entries) > 1]):
        words = [asked.tokens[i].stem for i in run]
        holding = [e for e in entries if told_at(words, _tokens(e.name))]
        lines = [p for p in scene.lines if p.page == entries[0].name.page and told_at(words, _tokens(p))]
        if len(holding) == 1 == len(lines):
            found.append((holding[0], frozenset(run)))
    return [(e, at) for e, at in found if not any(at < other for _, other in found)]


def _tokens(place: Place) -> tuple[Token, ...]:
    return tokens_of(place.text)


def _stands_elsewhere(scene: Scene, listing: Listing, stem: str) -> bool:
    """Whether a word that asks for a value is a label of its own on the page, or in one."""
    held = {e.name.text for e in listing.entries}
    return any(len(p.text) <= 40 and p.text not in held and stem in stems_of(p.text) for p in scene.lines)


def looked_up(scene: Scene, query: Query) -> Verdict | None:
    """The value of the one entry of a list that a question names; None where no list tells."""
    asked = Asked(query.question)
    if not scene.whole or asked.negates() or order_of(asked) is not None:
        return None
    if any(direction_of(s.text) for s in query.spans if s.role == "REL"):
        return None
    much = re.search(r"\bhow much\b", query.question, re.I) is not None
    found: list[Reading] = []
    for scope in _scopes(scene, asked):
        if not scope.told or not (scope.called or (much and scope.listing.unit in ("money", ""))):
            continue
        if len(scope.told) > 1 and _SUM.search(query.question):
            return Verdict((), "The values of several are not added up.", final=True)
        if len(scope.told) > 1 or _SEVERAL.search(query.question):
            continue
        entry = scope.told[0]
        other = next(iter(beside(scene, entry.name, _KINDS)), None)
        measure = None if other is None else measure_of(other.text)
        if other is not None and (measure is None or measure.size != entry.measure.size):
            why = f'The list says "{entry.value.text}" for "{entry.name.text}", but "{other.text}" stands beside it.'
            return Verdict((), why, final=True)
        if other is None and scope.listing.is_lone:
            continue
        why = f'in the row of "{entry.name.text}"'
        score = (0.9 if other is None else 0.95) * entry.value.score * entry.name.score
        found.append(Reading(entry.value.text, entry.value, score, why, (entry.name,)))
    return said(found, "") if found else None


def numbered(scene: Scene, query: Query) -> Verdict | None:
    """How many entries a part of a list has that the question names; None where no list tells."""
    asked = Asked(query.question)
    if not _HOW_MANY.fullmatch(query.question) or re.search(r"\d", query.question):
        return None
    if not scene.whole or asked.negates():
        return None
    for scope in _scopes(scene, asked):
        if scope.section is None or scope.told or scope.called or not scope.is_countable:
            continue
        said_by = {t.stem for i, t in enumerate(asked.tokens) if i not in asked.little} - _COUNTS
        if not said_by <= scope.words | _title(scene, scope.listing):
            continue  # "How many sides are included?"
        records = left(_records(scope), scene.left_out)
        if records is None:
            continue
        names = records.fields[0].cells
        heading = scope.section.heading
        why = f'names with a value under "{heading.text if heading else ""}"'
        return said([Reading(str(len(names)), names[0], 0.8, why, names)], "")
    return None
