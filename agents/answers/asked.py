"""What a question about records asks for: the field of the answer, and whether all of its words play a part.

A word that names no field, no value and nothing else of the page makes an answer less sure; a name, a number or a value
of another row that plays no part makes it none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ...memory.typed import plain
from .records import Field, Named, Records, Token, named_fields, stems_of, tokens_of
from .scene import Place, Scene

__all__ = ["Asked", "Label", "PLACE", "called", "factor_of", "is_person", "label_of"]

_LITTLE = frozenset(
    stem
    for word in """
    the a an of in on at for to from by with and or is are was were be been being do does did has have had can could
    will would should may might it its this that these those there here they them their he she his her my our your we
    you i me so as than then which what who whom whose when where why how much many please tell show give list name say
    one any all each ever still just only also currently now per out up off if am not no
    """.split()  # noqa: SIM905
    for stem in stems_of(word)
)
_NEUTRAL = frozenset(
    stem
    for word in """
    cost costs get got give gave contain include come came go went stop call reach leave left run supply supplied
    measure measured issue issued create created order ordered make made sell sold need use take took pay paid belong
    mark list listed date dated name named called show shown given value amount number total euro pound dollar page
    table picture screen screenshot row column entry record line item thing more over under above below less fewer
    least most bill invoice document overall altogether have hold keep stand appear see find status state kind type
    sort group category count big long high large old far after before later earlier
    until since between
    """.split()  # noqa: SIM905
    for stem in stems_of(word)
)
"""Words that a question about a table may have without naming something of it."""
_ENTRY = frozenset(
    stem
    for word in """
    item product entry row line one thing record position booking transaction article service option option result file
    """.split()  # noqa: SIM905
    for stem in stems_of(word)
)
"""What records are called, whatever they are."""
_PERSON = re.compile(
    r".*\b(?:names?|customers?|users?|employees?|persons?|people|players?|authors?|members?|clients?|students?|owners?|"
    r"contacts?|buyers?|passengers?|guests?|patients?|runners?|candidates?|teachers?|drivers?|skaters?|couples?|teams?|"
    r"assignees?|responsible|applicants?|participants?|staff|workers?|holders?)\b.*",
    re.I,
)
_MOST = 1000
"""Characters of a question that are looked at."""
_NOUN = 3
"""Words among which a noun stands: "Which shipped orders"."""
_VERBS = frozenset(("is", "are", "was", "were", "has", "have", "had", "does", "do", "did"))
_DETERMINERS = frozenset(("of", "the", "these", "those", "all"))
_NOT = frozenset("not no never without except neither nor unless other isn't aren't".split())  # noqa: SIM905
PLACE = re.compile(
    r".*\b(?:city|town|country|place|location|address|station|room|venue|region|state)\b.*", re.I
)
"""What a field is called that tells where something is."""
_STATE = re.compile(r".*\b(?:status|state|type|category|progress|action|members?|unit)\b.*", re.I)
"""What tells how records are, rather than which."""
_NAMING = re.compile(
    r"\b(?:names?|titles?|description|details?|items?|products?|parts?|tests?|articles?|services?|files?|subject|tasks?|"
    r"company|customers?|plans?|models?|packages?|positions?|activity|events?|leistung|artikel|bezeichnung)\b",
    re.I,
)
"""What a field is called that names records."""
_PLURAL = re.compile(r"[A-Z]{2,5}s")
_YEAR = re.compile(r"(?:FY ?)?(?:19|20)\d\d(?:/\d\d)?")
_MONTH = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?: '?\d{2,4})?", re.I)
_DAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?(?: .*)?", re.I)
_OF_A_KIND = {
    "year": _YEAR,
    "month": _MONTH,
    "day": _DAY,
    "weekday": _DAY,
    "quarter": re.compile(r"Q[1-4](?: \d{4})?|[1-4](?:st|nd|rd|th) quarter", re.I),
}
_NEEDS = frozenset(
    """
    year month day dat tim week weekday quarter hour city country town plac address email phon pric person nam color
    colour page column number cod status percentag
    """.split()  # noqa: SIM905
)
"""What has to be a field of its own to be asked for."""


_MOST_TWO, _FILLS = 0.6, 0.97
"""Share of cells of a name and a description from which the name alone is told; width of a first line that fills."""


@dataclass(frozen=True)
class Asked:
    """The words of a question, as tokens."""

    question: str

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """All words, of a long question the first."""
        return tokens_of(self.question[:_MOST])

    @cached_property
    def little(self) -> frozenset[int]:
        """Tokens without a meaning of their own."""
        loud = not self.question.isupper()  # "OUT" is what a cell says
        return frozenset(
            i
            for i, t in enumerate(self.tokens)
            if t.stem in _LITTLE and not (loud and len(t.text) > 1 and t.text.isupper())
        )

    @cached_property
    def filler(self) -> frozenset[int]:
        """Tokens that a question may have without naming something of a page."""
        return self.little | frozenset(i for i, t in enumerate(self.tokens) if t.stem in _NEUTRAL)

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """All words in lower case."""
        return tuple(t.text.casefold() for t in self.tokens)

    @cached_property
    def named(self) -> frozenset[int]:
        """Tokens that begin with a capital, as names do, but no "VMs"; none of a question in capitals throughout."""
        if self.question.isupper():
            return frozenset()
        return frozenset(
            i for i, t in enumerate(self.tokens) if t.text[:1].isupper() and not _PLURAL.fullmatch(t.text)
        )

    def fields(self, records: Records, without: Iterable[int] = ()) -> list[Named]:
        """The fields that the question names, surest first. without: tokens that are taken."""
        taken = frozenset(without)
        return [n for n in named_fields(records, self.tokens, self.little) if not n.tokens & taken]

    def noun(self, order: frozenset[int]) -> tuple[int, ...]:
        """Tokens of which the first that means nothing else is the noun that is asked for: those behind "which" or
        "what", else those behind a superlative.

        order: the tokens of the superlative, or none.
        """
        if which := self.which(order):
            return which
        return self._from(max(order) + 1) if order else ()

    def _from(self, first: int) -> tuple[int, ...]:
        return tuple(range(first, min(first + _NOUN, len(self.tokens))))

    def which(self, order: frozenset[int] = frozenset()) -> tuple[int, ...]:
        """The same behind "which" or "what" only; empty where a verb or the superlative follows."""
        for i, word in enumerate(self.plain[:-1]):
            if word not in ("which", "what", "list", "name") or self.plain[i + 1] in _VERBS or i + 1 in order:
                continue
            after = range(i + 1, len(self.plain) - 1)
            first = next((k for k in after if self.plain[k] not in _DETERMINERS), len(self.plain) - 1)
            return self._from(first)
        return ()

    @cached_property
    def head(self) -> tuple[int, ...]:
        """Tokens behind "what is the" or "how many", the first of which is the noun that is asked for."""
        start = re.match(
            r"\W*(?:and |so )?(?:what(?:['’]s| is| are| was| were)|how (?:many|much))\b", self.question, re.I
        )
        first = len(tokens_of(start[0])) if start else len(self.tokens)
        return tuple(i for i in range(first, len(self.tokens)) if i not in self.little)[:1]

    def negates(self, without: Iterable[int] = ()) -> bool:
        """Whether it asks for what is not so. without: tokens that are a value ("Not Active")."""
        taken = frozenset(without)
        return any(w in _NOT for i, w in enumerate(self.plain) if i not in taken)

    @property
    def is_who(self) -> bool:
        """Whether a person is asked for."""
        return re.search(r"\bwho\b", self.question, re.I) is not None

    @property
    def is_when(self) -> bool:
        """Whether a time or day is asked for."""
        return re.search(r"\bwhen\b|\b(?:what|which) (?:time|date|day)\b", self.question, re.I) is not None


@dataclass(frozen=True)
class Label:
    """The field that names what is asked for, how surely in [0, 1], and the tokens that ask for it."""

    field: Field
    sure: float
    tokens: frozenset[int] = frozenset()


def label_of(
    asked: Asked, records: Records, noun: tuple[int, ...], taken: frozenset[int], by: Field | None = None
) -> Label | None:
    """The field that names what is asked for; None where that is not clear.

    noun: tokens that may begin it. taken: tokens that mean something else. by: the field that picks the record; what
    names it stands left of it, as a rule.
    """
    if asked.is_who:
        persons = [f for f in records.fields if is_person(f.name) and _is_wordy(f) and not f.is_figures]
        if persons:
            return Label(persons[0], 1.0)
        said = [n for n in asked.fields(records, taken) if n.score >= 1.0 and n.field is not by]
        said = [n for n in said if _is_wordy(n.field) and not n.field.is_figures]
        said = [n for n in said if not any(asked.plain[i].endswith("ed") for i in n.tokens)]
        if len(said) == 1 and not records.turned:  # "Who is on call ...?", but not "Who ordered ...?"
            return Label(said[0].field, 1.0, said[0].tokens)
        return None
    if asked.is_when and not asked.which():
        days = [f for f in records.fields if f.unit in ("date", "day of a year", "time")]
        return Label(days[0], 1.0) if len(days) == 1 and not records.turned else None
    at = next((i for i in noun if i not in taken), None)
    while at is not None and at + 1 < len(asked.tokens) and at in asked.named:
        if asked.plain[at + 1] in _VERBS | _NOT:
            break  # "Which VM is running?"
        at += 1  # a name before the noun tests what is asked for, and is none of it
    if at is None:
        return None
    named = [n for n in asked.fields(records, taken) if n.score >= 0.7 and at in n.tokens]
    if not named:  # "Which software version is ...?"
        rest = noun[noun.index(at) + 1 :] if at in noun else ()
        verb = next((i for i in rest if asked.plain[i] in _VERBS | {"of", "for", "in"}), len(asked.tokens))
        own = {i for i in rest if i < verb}
        named = [n for n in asked.fields(records, taken) if n.score >= 0.97 and n.tokens <= own]
        named = named if len(named) == 1 else []
    if named:
        return Label(named[0].field, max(0.9, min(1.0, named[0].score)), named[0].tokens)
    word = asked.tokens[at].stem
    tokens = frozenset((at,))
    if asked.is_when or word in ("date", "dat", "tim", "day"):
        days = [f for f in records.fields if f.unit in ("date", "day of a year", "time")]
        if len(days) == 1 and not records.turned:
            return Label(days[0], 1.0, tokens)
    if pattern := _OF_A_KIND.get(word):
        places = records.fields[:1] if records.turned else records.fields
        fit = [f for f in places if all(pattern.fullmatch(t) for t in f.texts)]
        return Label(fit[0], 1.0, tokens) if len(fit) == 1 else None
    if word in _NEEDS:
        return None
    if records.turned:
        return Label(records.fields[0], 1.0, tokens) if word in records.fields[0].words else None
    ends = by.place.box.x if by is not None and by.place is not None else 1e9
    fit = [f for f in records.fields if _names_records(f) and f is not by]
    fit = [f for f in fit if f.place is not None and f.place.box.x < ends] or fit
    naming = [f for f in fit if _NAMING.search(f.name)]
    if len(fit) > 1:
        fit = naming[:1] or (fit[:1] if fit[0] is records.fields[0] and _all_differ(fit[0]) else [])
    return Label(fit[0], 1.0 if word in _ENTRY or naming else 0.9, tokens) if len(fit) == 1 else None


def called(scene: Scene, field: Field) -> tuple[Place, ...]:
    """What the records are called by a field: of a name and what describes it, in most of its cells, the name.

    Where a long name is but continued, its second line begins with a small letter, or the first fills the column.
    """
    held = [sorted(scene.inside(c.box, c.page), key=lambda p: p.box.center[1]) for c in field.cells]
    widest = max((p.box.width for lines in held for p in lines), default=0.0)
    two = [
        len(lines) == 2
        and lines[1].box.y > lines[0].box.center[1]
        and not lines[1].text[:1].islower()
        and lines[0].box.width < _FILLS * widest
        for lines in held
    ]
    if sum(two) < _MOST_TWO * len(two):
        return tuple(replace(c, text=t) for c, t in zip(field.cells, field.texts, strict=True))
    return tuple(lines[0] if len(lines) == 2 else c for c, lines in zip(field.cells, held, strict=True))


def is_person(words: str) -> bool:
    """Whether words call people, or what a field of people is called."""
    return _PERSON.fullmatch(words) is not None


def _is_wordy(field: Field) -> bool:
    return sum(re.search(r"[^\W\d]", t) is not None for t in field.texts) > 0.7 * len(field.texts)


def _all_differ(field: Field) -> bool:
    """Whether a field names every record, each otherwise: of several the first column that does tells them apart."""
    return all(field.texts) and len({plain(t) for t in field.texts}) == len(field.texts)


def _names_records(field: Field) -> bool:
    """Whether a field may tell records from each other: words, hardly ever the same."""
    texts = {plain(t) for t in field.texts}
    own = _is_wordy(field) and len(texts) > 0.7 * len(field.texts)
    return own and not field.is_figures and _STATE.fullmatch(field.name) is None


def factor_of(asked: Asked, records: Records, scene: Scene, used: frozenset[int]) -> float:
    """How sure it is that nothing of the question is dropped, in [0, 1]. used: tokens that play a part."""
    fields = records.fields
    titles = [*(p.text for p in _titles(scene, records.table.page)), records.table.caption]
    known = {
        *records.said,
        *(w for f in fields for w in (*f.words, *stems_of(f.over))),
        *(w for t in titles for w in stems_of(t)),
    }
    body = {w for f in fields for c in f.cells for w in stems_of(c.text)}
    sure = 1.0
    for i, token in enumerate(asked.tokens):
        if i in used or i in asked.little or token.stem in _NEUTRAL or token.stem in known:
            continue
        # a first word is a name where the next is one
        named = i in asked.named and (i > 0 or 1 in asked.named)
        if named or re.search(r"\d", token.text) or token.stem in body:
            return 0.0
        sure *= 0.85
    return sure


def _titles(scene: Scene, page: int) -> list[Place]:
    """The highest lines of a page."""
    lines = [p for p in scene.lines if p.page == page]
    usual = sorted(p.height for p in lines)[len(lines) // 2] if lines else 1.0
    return [p for p in lines if p.height > 1.4 * usual and len(p.text) < 60]
