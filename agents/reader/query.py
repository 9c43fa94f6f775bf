"""A question as typed values: `Query` is what is asked, `Wanted` a thing that has to be seen for it.

The reader (`seal.agents.reader.reader`) gives every word a role; `query_of` puts the roles together. Things are joined
in the order of the words: "the badge next to the bell icon in the row 'Backup'" is a badge, found by a bell icon,
found by a row; so is what belongs to somebody ("the woman's umbrella"). The picture itself is no thing that is looked
for ("the total on this page"). What stands in quotes or names something is taken as it is, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .wanted import Wanted

__all__ = ["Query", "Span", "Wanted", "query_of"]


@dataclass(frozen=True, slots=True)
class Span:
    """Words of a question with a role of `labels.ROLES`. start, end: characters of the question, half-open."""

    role: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    kind: one of `labels.KINDS`. ask: the attribute that is asked for or tested ("due date"). wanted: the things named,
    in the order of the question. number, value: what is tested ("exactly 3", "Suspended"). sure: probability of the
    reading in [0, 1]. spans: the words that it rests on. answers: the type of the answer, one of `labels.ANSWERS`.
    relation: how what is asked for lies to the first thing, where no thing stands before it ("next to" in "What is
    next to OK?").
    """

    question: str
    kind: str
    ask: str = ""
    wanted: tuple[Wanted, ...] = ()
    number: str = ""
    value: str = ""
    sure: float = 1.0
    spans: tuple[Span, ...] = ()
    answers: str = "text"
    relation: str = ""

    @property
    def words(self) -> str:
        """The reading in one line, for messages: colour of button OK."""
        asked = " ".join(part for part in (self.kind, self.ask, self.number, self.value) if part)
        things = "; ".join(w.words for w in self.wanted)
        return f"{asked} of {things}" if things else asked


_FIELDS = {"NOUN": "noun", "NAME": "name", "STATE": "state", "ORDER": "order", "PLACE": "place"}
_WHOLE = frozenset({"picture", "image", "photo", "photograph", "screen", "screenshot", "page"})
_BREAK = re.compile(
    r"\b(?:or|and|than|of|above|below|under|over|before|after|left|right|beside|behind|vs|versus|between"
    r"|(?<!with )(?:the|an?))\b|,",
    re.I,
)
_STATED = re.compile(r"(status|state|role|type|category|priority)\s+(\S.*)", re.I)
_OWNS = ("'s", "’s", "s' ", "s’ ")


def query_of(
    question: str, kind: str, spans: Sequence[Span], sure: float = 1.0, answers: str = "text"
) -> Query:
    """The roles put together. A field that is told twice of a thing without a joining word begins another
    thing; so do words such as "or the" between two."""
    spans = [part for span in spans for part in _with_value(span)]
    told: dict[str, list[str]] = {"ASK": [], "NUM": [], "VALUE": []}
    chains: list[list[Wanted]] = []
    here = 0  # of the last chain, the thing that is being told of
    joins, relation, first = False, "", ""
    for before, span in zip((None, *spans), spans, strict=False):
        if span.role in told:
            told[span.role].append(span.text)
            continue
        if span.role == "REL":
            joins, relation = bool(chains), span.text
            first = first if chains else span.text
            continue
        thing = _told(Wanted(), span.role, span.text)
        if joins and span.role != "PLACE":
            chains[-1].append(replace(thing, relation=relation))
            here = len(chains[-1]) - 1
        elif chains and before is not None and before.role in ("NOUN", "NAME") and _owns(question, before):
            owner = chains[-1][here]
            chains[-1][here:] = [replace(thing, relation=owner.relation), replace(owner, relation="of")]
        elif (
            chains
            and not getattr(chains[-1][here], _FIELDS[span.role])
            and not _parts(question, before, span)
        ):
            chains[-1][here] = _told(chains[-1][here], span.role, span.text)
        else:
            chains.append([thing])
            here = 0
        joins = False
    wanted = tuple(_joined(chain) for chain in chains)
    ask, number, value = (" ".join(parts) for parts in told.values())
    return Query(question, kind, ask, wanted, number, value, sure, tuple(spans), answers, first)


def _with_value(span: Span) -> list[Span]:
    """A state that names its attribute ("status Suspended") as attribute and value."""
    found = _STATED.fullmatch(span.text) if span.role == "STATE" else None
    if found is None:
        return [span]
    cut = span.start + found.start(2)
    return [
        Span("ASK", found[1], span.start, span.start + len(found[1])),
        Span("VALUE", found[2], cut, span.end),
    ]


_JOINING = re.compile(r"^(?:about|called|named|titled|on|for|of|from|with)\s+(?=[A-Z0-9\"])")
"""What joins a name to its thing, where it was read as part of it: a section "about TotalView"."""


def _told(thing: Wanted, role: str, words: str) -> Wanted:
    """The thing with one more field told."""
    match role:
        case "NOUN":
            return replace(thing, noun=words)
        case "NAME":
            return replace(thing, name=_JOINING.sub("", words))
        case "STATE":
            return replace(thing, state=words)
        case "ORDER":
            return replace(thing, order=words)
    return replace(thing, place=words)


def _parts(question: str, before: Span | None, span: Span) -> bool:
    """Whether the words between two spans, which have no role, begin another thing: cat [left of the] red bus."""
    between = question[before.end : span.start] if before else ""
    return span.role != "PLACE" and _BREAK.search(between) is not None


def _owns(question: str, owner: Span) -> bool:
    return question.startswith(_OWNS[:2], owner.end) or question.startswith(_OWNS[2:], owner.end - 1)


def _joined(chain: Sequence[Wanted]) -> Wanted:
    """Each thing found by the next; a chain keeps the relation of the thing that is found, not of the other one."""
    if (
        len(chain) > 1
        and chain[-1].noun.casefold() in _WHOLE
        and chain[-1] == Wanted(chain[-1].noun, relation=chain[-1].relation)
    ):
        chain = chain[:-1]
    last = replace(chain[-1], relation="")
    for thing, after in zip(reversed(chain[:-1]), reversed(chain[1:]), strict=True):
        last = replace(thing, relation=after.relation, beside=last)
    return last
