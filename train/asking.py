"""Questions with their reading, made by a grammar: the kind, the role of every word, the type of the answer.

- `asking.txt` holds phrasings by kind, `asking_words.txt` the words for their slots; `asking_things` fills them.
- A share of them is not made but written (`asking_written`): what no grammar thinks of.
- Names are whatever people type: labels, people, codes, files, dates, other scripts, invented words, in quotes or not.
- Afterwards a question is disturbed as typed ones are: casing, typos, a missing question mark, polite words around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from .asking_lists import phrasings, words
from .asking_things import Maker, Piece
from .asking_written import varied

__all__ = ["Asked", "asked", "short_texts"]

WRITTEN = 0.65
"""Share of questions that were written by people."""
_TYPO = 0.036
"""Share of letters outside names that are mistyped, of a question that has typos."""
_WEIGHTS = {
    "value": 4.0,
    "which": 2.4,
    "presence": 1.7,
    "state": 1.6,
    "act": 1.6,
    "count": 1.5,
    "text": 1.3,
    "foreign": 1.2,
}
"""How often a kind is asked; others: 1."""
_ANSWERS = {
    "colour": "colour",
    "state": "yes_no",
    "icon": "thing",
    "side": "place",
    "presence": "yes_no",
    "count": "number",
    "compare": "thing",
    "list": "thing",
    "where": "place",
    "which": "thing",
    "page": "number",
    "act": "action",
    "foreign": "none",
    "other": "none",
}
"""Kind -> the type of its answer, where the phrasing tells no other; value and text go by what is asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its reading.

    spans: (role, start, end), characters of the text, half-open, in order, none overlapping. answer: one of
    `labels.ANSWERS`.
    """

    text: str
    kind: str
    spans: tuple[tuple[str, int, int], ...]
    answer: str


def asked(rng: Random, kind: str | None = None) -> Asked:
    """A random question, made or written; made of one kind if it is given."""
    if kind is None and rng.random() < WRITTEN:
        return _as_written(rng)
    kinds = list(phrasings())
    chosen = kind or rng.choices(kinds, [_WEIGHTS.get(k, 1.0) for k in kinds])[0]
    phrasing, _, answer = rng.choice(phrasings()[chosen]).partition(" => ")
    maker = Maker(rng)
    pieces = maker.expanded(phrasing)
    answer = answer or _ANSWERS.get(chosen) or (maker.answer if chosen == "value" else "") or "text"
    return _disturbed(pieces, chosen, answer, rng)


def short_texts() -> list[str]:
    """Labels and words as they stand in pictures: texts whose meaning is worth to be held."""
    lists = [
        entries
        for name, entries in words().items()
        if name not in ("other", "foreign_whole", "ask_head", "thing")
    ]
    asks = [entry for name, entries in words().items() if name.startswith("ask.") for entry in entries]
    return list(
        dict.fromkeys(
            [*(entry for entries in lists for entry in entries), *(ask.capitalize() for ask in asks)]
        )
    )


def _as_written(rng: Random) -> Asked:
    question = varied(rng)
    text, spans = "", []
    typos = rng.random() < 0.12
    for said, role in question.pieces:
        if typos and role not in ("NAME", "VALUE"):
            said = "".join(_mistyped(said, rng))
        if role:
            spans.append((role, len(text), len(text) + len(said)))
        text += said
    return Asked(text, question.kind, tuple(spans), question.answer)


# --- as somebody would type it ----------------------------------------------------------------------------


def _disturbed(pieces: list[Piece], kind: str, answer: str, rng: Random) -> Asked:
    speaks = kind not in ("foreign", "other")
    if speaks and rng.random() < 0.08:
        pieces = [(rng.choice(words()["lead"]), ""), *pieces]
    if speaks and rng.random() < 0.1:
        where = [(rng.choice(("on", "in")), "REL"), (rng.choice(("the", "this")), "")]
        pieces = [*pieces, *where, (rng.choice(words()["doc"]), "NOUN")]
    elif speaks and rng.random() < 0.08:
        pieces = [*pieces, (rng.choice(words()["tail"]), "")]
    typos, lower, upper = rng.random() < 0.15, rng.random() < 0.3, rng.random() < 0.02
    text, spans, glue = "", [], True
    for said, role in pieces:
        if role not in ("NAME", "VALUE") and typos:
            said = "".join(_mistyped(said, rng))
        if lower and (role != "NAME" or rng.random() < 0.6):
            said = said.lower()
        said = said.upper() if upper else said
        if not said:
            continue
        closes = role == ">" or (said[0] in ",:?.'!" and role == "")
        joined = glue or closes or (text[-1:] > "\u2e80" and said[0] > "\u2e80")
        text += "" if joined else " "
        start = len(text)
        text += said
        glue = role == "<"
        if speaks and role not in ("", "<", ">"):
            spans.append((role, start, len(text)))
    names_first = bool(spans) and spans[0][:2] == ("NAME", 0)
    if not lower and not names_first and text[:1].islower() and rng.random() < 0.9:
        text = text[0].upper() + text[1:]
    if kind == "act":
        text += rng.choice(("", "", ".", ".", "!"))
    elif speaks or (kind == "foreign" and not text.endswith(("?", "？", "؟", ";"))):
        text += rng.choice((*("?",) * 7, "", "", " ?", "??", "."))
    return Asked(text, kind, tuple(spans), answer)


def _mistyped(text: str, rng: Random) -> Iterator[str]:
    """The letters with some left out, doubled or exchanged with the next."""
    letters = iter(zip(text, [*text[1:], " "], strict=True))
    for letter, following in letters:
        if not letter.isalpha() or rng.random() >= _TYPO:
            yield letter
            continue
        form = rng.random()
        if form >= 0.7:
            yield letter * 2
        elif form >= 0.35:
            exchanged = following.isalpha()
            yield following + letter if exchanged else letter
            if exchanged:
                next(letters)
