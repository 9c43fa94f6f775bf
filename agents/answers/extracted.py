"""Answers that a small network finds in the text of a page (`seal.agents.extract`), where no rule does.

- The page is read to it as rows (`rows`): sentences, lines, rows of tables.
- It answers with words that stand on the page; what does not fit the type of answer that the question wants is none.
- What the question calls by name has to stand on the page, unless an option is what it finds, all but surely.
- Where options are given, they are chosen by what it says, as by any other candidate.
- "Yes" and "no" it tells of what is written; how a control looks is not its to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from ...memory.typed import Kind, plain, typed, values_in
from ..extract.extractor import Extractor, extractor
from ..extract.scores import PageScores
from ..extract.windows import CELL
from ..reader.query import Query
from .choose import says_none
from .meaning import ALIKE, alike
from .rows import Row, rows_of
from .scene import Scene
from .sentences import asks_reason, to_the_point
from .values import Reading
from .verdict import Verdict, said
from .wants import AMOUNTS, has_form, kinds_on, part_of_kind

__all__ = [
    "KINDS",
    "LIKELIEST",
    "MOST_ROWS",
    "POLAR",
    "SURE",
    "SURE_UNREAD",
    "counts",
    "extracted",
    "of_boxes",
    "polar",
    "weighed",
]

KINDS = ("value", "text", "which", "list", "count")
"""Kinds of question whose answer may stand on the page as words."""
POLAR = ("presence", "state", "value", "other")
"""Kinds of question that the page may answer with yes or no."""
MOST_ROWS = 160
"""Rows that are read for one question, those of pages with finds first."""
_EXACT: frozenset[Kind] = frozenset(("email", "url", "iban", "phone"))
_AMOUNTS = ("money", "percent", "size", "duration")
SURE = 0.5
"""Probability from which words count as a candidate."""
LEAST_WEIGHED, WEIGHED_SHARE, WEIGHED = 0.15, 0.97, 0.75
"""Probability from which an option may be the answer, its share of that of all options from which it is, and how sure
that is."""
LIKELIEST = "of the options the likeliest words that answer it"
SURE_UNREAD = 0.9
"""The same where a name of the question was read nowhere."""


def extracted(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """What the network finds, the surest first; nothing for kinds of question that ask for more than words."""
    if of_boxes(scene.memory.options or ()):
        return Verdict()
    yes_no = polar(query, options)
    unread = any(not scene.named(name) for name in _names(query))
    if not options and (said_ := _NUMBER_OF.fullmatch(query.ask)) and not _stands(scene, said_[1]):
        return Verdict()  # another number than the "purchase order number" that is asked for
    if not yes_no and (query.kind not in KINDS or (unread and not options)):
        return Verdict()
    if any(says_none(o) for o in options) and not _all_read(scene, query):
        return Verdict()  # what is asked for was read nowhere, and an option says so
    rows = [row for page in _pages(scene) for row in rows_of(scene.layout(page), page)][:MOST_ROWS]
    if not rows:
        return Verdict()
    kinds = kinds_on(scene, query, options)
    readings = []
    scores = _read(extractor(), query.question, tuple(row.text for row in rows))
    for extract in scores.extracts():
        if (extract.text in ("yes", "no")) != yes_no or (yes_no and _offers(rows[extract.row].text)):
            continue
        text = extract.text if yes_no else _fitting(extract.text, query, kinds)
        place = rows[extract.row].place(extract.start, extract.end)
        if text and place is not None and extract.sure >= SURE / 4:
            readings.append(Reading(text, place, extract.sure, "the words that answer it", (place,)))
    if options and not yes_no and (likeliest := _weighed(scores, rows, options)) is not None:
        return said([likeliest], "")
    if not options and asks_reason(query.question):
        return said(_sentence(scores, rows, query.question), "")
    if not readings or readings[0].score < (SURE_UNREAD if unread else SURE):
        return Verdict()
    if not yes_no and _of_any_row(scene, query, readings[0]):
        return Verdict()
    claims = yes_no and readings[0].text == "yes" and query.kind == "presence" and query.wanted
    if claims and not _stands(scene, query.wanted[0].words):
        return Verdict()  # what is said to be there was read nowhere
    readings = [r for r in readings if yes_no or has_form(query.question, r.text)]
    return said(readings, "")


@lru_cache(maxsize=8)
def _read(network: Extractor, question: str, rows: tuple[str, ...]) -> PageScores:
    """What the network says of rows; one question asks it up to three times."""
    return network.read(question, rows)


def weighed(scene: Scene, query: Query, options: Sequence[str], least: float) -> Verdict:
    """The option that is by far the likeliest answer, whatever kind of question was read; nothing where none is.

    least: the probability that it must have.
    """
    if any(says_none(o) for o in options) or of_boxes((query.question, *options)) or polar(query, options):
        return Verdict()
    rows = [row for page in _pages(scene) for row in rows_of(scene.layout(page), page)][:MOST_ROWS]
    scores = _read(extractor(), query.question, tuple(row.text for row in rows))
    best = _weighed(scores, rows, options, least)
    return Verdict() if best is None else said([best], "")


def _weighed(
    scores: PageScores, rows: Sequence[Row], options: Sequence[str], least: float = LEAST_WEIGHED
) -> Reading | None:
    """The option that is by far the likeliest answer of all; None where none is."""
    found = scores.of(options)
    best = max((e for e in found if e is not None), key=lambda e: e.sure, default=None)
    if best is None or best.sure < least:
        return None
    if best.sure < WEIGHED_SHARE * sum(e.sure for e in found if e is not None):
        return None
    place = rows[best.row].place(best.start, best.end)
    return None if place is None else Reading(options[found.index(best)], place, WEIGHED, LIKELIEST, (place,))


def _sentence(scores: PageScores, rows: Sequence[Row], question: str) -> list[Reading]:
    """The sentence that holds the answer: a reason, or what is to be done, is seldom told by a few of its words."""
    ranked = sorted(scores.by_row().items(), key=lambda told: -told[1])[:2]
    if (
        not ranked
        or ranked[0][1] < LEAST_SENTENCE
        or (len(ranked) > 1 and ranked[1][1] > SECOND * ranked[0][1])
    ):
        return []
    row = rows[ranked[0][0]]
    place = row.place(0, len(row.text))
    if CELL in row.text or len(row.text.split()) < FEWEST_WORDS or place is None:
        return []
    text = to_the_point(question, _BULLET.sub("", row.text).strip())
    return [Reading(text, place, WEIGHED, "the sentence that says so", (place,))]


LEAST_SENTENCE, SECOND, FEWEST_WORDS = 0.3, 0.7, 5
"""Probability from which a sentence holds the answer, and the share of it at which another one may; words of one."""
_BULLET = re.compile(r"^\W*(?:\(?[a-z0-9]{1,2}[.)])?\s*")


def _all_read(scene: Scene, query: Query) -> bool:
    """Whether all words with a meaning of what is asked for stand on the page."""
    told = [span.text for span in query.spans if span.role in ("ASK", "NOUN", "NAME")]
    words = {w for text in told for w in re.findall(r"[^\W\d_]{3,}", text.casefold())} - _GENERAL
    return all(any(p.score >= 0.85 for p in scene.named(word)[:1]) for word in words)


_GENERAL = frozenset(
    "the and for number name date time price cost amount kind type how much many what which value total".split()  # noqa: SIM905
)
"""Words that a page seldom says of what it tells."""


def _stands(scene: Scene, words: str) -> bool:
    """Whether one of the words stands on the page."""
    told = [w for w in re.findall(r"[^\W\d_]{3,}", words) if w.casefold() not in ("the", "number")]
    return not told or any(p.score >= 0.85 for w in told for p in scene.named(w)[:1])


_NUMBER_OF = re.compile(r"(?:the )?(.+?) (?:number|no\.?|code|id)", re.I)
"""A number by what it is of."""


def _of_any_row(scene: Scene, query: Query, reading: Reading) -> bool:
    """Whether it is one cell of a column that the question names, and nothing in the question picks its row."""
    if query.kind != "value" or any(span.role != "ASK" for span in query.spans):
        return False
    for table in scene.layout(reading.place.page).tables:
        cell = table.cell_of(reading.place.box)
        if cell is not None and cell.row in table.records:
            held = [c for c in table.column(cell.column) if c.text]
            return len(held) > 1 and bool(alike(query.ask, [table.header(cell.column)])[0] >= ALIKE)
    return False


def polar(query: Query, options: Sequence[str]) -> bool:
    """Whether a question is one that words of a page answer with yes or no."""
    entered = of_boxes((query.question, *options))
    if query.kind not in POLAR or len(query.question.split()) < 3 or entered:
        return False
    said_ = {m[1] for o in options if (m := re.match(r"(yes|no)\b", plain(o)))}
    return said_ >= {"yes", "no"} or (query.answers == "yes_no" and not options)


def of_boxes(options: Sequence[str]) -> bool:
    """Whether options say what was done to a box or field, as "yes, ticked" does: no words of the page tell it."""
    return any(_ENTERED.search(option) for option in options)


def _offers(row: str) -> bool:
    """Whether a row of a form offers both answers beside boxes, of which words do not tell the one that is ticked."""
    return re.search(r"\byes\b", row, re.I) is not None and re.search(r"\bno\b", row, re.I) is not None


_ENTERED = re.compile(
    r"\b(?:typed|entered|(?:un)?(?:filled|ticked|checked|crossed|selected|signed)|pressed|clickable|"
    r"left (?:empty|blank))\b",
    re.I,
)
"""Asks for what was done to a field or box: the words beside it do not say."""


def counts(query: Query, read: Reading) -> bool:
    """Whether a number that was read stands in a line that names what is counted: "14 members"."""
    nouns = [w.noun.split()[-1].casefold() for w in query.wanted if w.noun]
    return any(noun.removesuffix("s") in read.place.line.casefold() for noun in nouns)


def _names(query: Query) -> list[str]:
    """What the question calls by name: what is not on the page is not dropped from the question."""
    named = [span.text for span in query.spans if span.role in ("NAME", "VALUE")]
    return [name for name in named if any(c.isdigit() or c.isupper() for c in name)]


_NEXT = re.compile(r"(?<=[^\W\d_]{3})[.;] [A-Z]\w*$")
"""The first word of the sentence behind the words that answer."""


def _fitting(text: str, query: Query, kinds: frozenset[Kind]) -> str:
    """The words, or the value in them, where they are of the type that is asked for; else ""."""
    if (
        query.answers in ("thing", "person", "place")
        and query.kind == "which"
        and typed(text).kind in _AMOUNTS
    ):
        return ""
    text = _NEXT.sub("", text)
    part = part_of_kind(text, kinds)
    if kinds and kinds <= AMOUNTS and len(values_in(text)) > 1:
        return ""  # two values are no answer to a question for one
    return part if part and kinds and kinds <= _EXACT else text if part else ""


def _pages(scene: Scene) -> list[int]:
    """The pages that were read, those with finds first."""
    found = [t.page for t in scene.memory.targets]
    read = [page for page, _ in groupby(sorted(line.page for line in scene.lines))]
    return list(dict.fromkeys([*(p for p in found if p in read), *read]))
