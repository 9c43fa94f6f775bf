"""Questions that people wrote down with their reading (`asking_written.jsonl`), and variations of them.

A grammar knows the forms that its author thought of; what people write has more of them, and fewer words. In the places
of names other names are put, so that few hundred questions do not teach few hundred names.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from random import Random
from typing import NamedTuple

from .asking_names import Names

__all__ = ["Written", "varied", "written"]

OTHER_NAME = 0.5
"""Share of the names of a varied question that are exchanged."""


class Written(NamedTuple):
    """A question with its reading: kind, type of the answer, and pieces (words, role), "" for no role, that make up its
    text when they are joined with nothing between them."""

    kind: str
    answer: str
    pieces: tuple[tuple[str, str], ...]


@cache
def written() -> tuple[Written, ...]:
    """All of them. A line of the file is {"q", "kind", "answer", "spans": [[role, words], ...]}, spans in order."""
    lines = files(__package__).joinpath("asking_written.jsonl").read_text("utf-8").splitlines()
    return tuple(_of(json.loads(line)) for line in lines)


def varied(rng: Random) -> Written:
    """One of them, perhaps with other names, as somebody else might type it."""
    question = rng.choice(written())
    if rng.random() < 0.3:
        return question
    names = Names(rng)
    lower = rng.random() < 0.25
    pieces = []
    for text, role in question.pieces:
        if role == "NAME" and rng.random() < OTHER_NAME:
            text = names.name()
        keeps = role in ("NAME", "VALUE")
        pieces.append((text.lower() if lower and (not keeps or rng.random() < 0.6) else text, role))
    text, role = pieces[-1]
    if not role and rng.random() < 0.2:
        pieces[-1] = text.rstrip("?.! "), role
    return question._replace(pieces=tuple(piece for piece in pieces if piece[0]))


def _of(told: dict[str, object]) -> Written:
    text, spans, at = str(told["q"]), told["spans"], 0
    assert isinstance(spans, list)
    pieces: list[tuple[str, str]] = []
    for role, words in spans:
        start = text.index(words, at)
        pieces += [(text[at:start], ""), (words, role)]
        at = start + len(words)
    pieces.append((text[at:], ""))
    return Written(str(told["kind"]), str(told["answer"]), tuple(p for p in pieces if p[0]))
