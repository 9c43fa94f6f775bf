"""How often the extractor is right, by how sure it is, on written pages that it was not trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from ..agents.extract.extractor import Extractor
from ..memory.typed import plain, same_value
from .asked_pages import Item

__all__ = ["Counted", "held_pages", "is_right", "measure", "table"]

LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95)
"""Probabilities from which answers are counted."""
_LONGER = 1.6
"""How many times as long as the right answer one may be that holds it, or the other way round."""


@dataclass(frozen=True, slots=True)
class Counted:
    """From a probability on: words that are right and wrong, answers to questions that the page does not answer, yes
    and no that are right and wrong."""

    level: float
    right: int
    wrong: int
    nowhere: int
    polar_right: int
    polar_wrong: int


def held_pages() -> list[Item]:
    """The pages kept apart, as {"page": rows, "qa": [{"q", "a"}]}; "a" is None where the page does not say it."""
    lines = files(__package__).joinpath("held_pages.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def is_right(right: str | None, told: str) -> bool:
    """Whether words that were told are an answer: the same value, or the same words with few more or fewer."""
    if right is None or not told:
        return False
    a, b = plain(right), plain(told)
    if a == b or same_value(right, told):
        return True
    short, long = sorted((a, b), key=len)
    return len(told) > 3 and short in long and len(long) < _LONGER * len(short)


def measure(extractor: Extractor, pages: Sequence[Item]) -> list[Counted]:
    """The most probable answer to every question of the pages, counted from each of the `LEVELS` on."""
    told: list[tuple[str | None, str, float]] = []
    for page in pages:
        for asked in page["qa"]:
            best = next(iter(extractor.find(asked["q"], page["page"])), None)
            told.append((asked["a"], best.text if best else "", best.sure if best else 0.0))
    counted = []
    for level in LEVELS:
        sure = [(a, t) for a, t, s in told if t and s >= level]
        polar = [a == t for a, t in sure if a in ("yes", "no")]
        words = [is_right(a, t) for a, t in sure if a not in (None, "yes", "no")]
        nowhere = sum(a is None for a, _ in sure)
        counted.append(
            Counted(level, sum(words), len(words) - sum(words), nowhere, sum(polar), len(polar) - sum(polar))
        )
    return counted


def table(counted: Sequence[Counted], pages: Sequence[Item]) -> str:
    """Markdown, a level a row."""
    asked = [q["a"] for page in pages for q in page["qa"]]
    nowhere, polar = sum(a is None for a in asked), sum(a in ("yes", "no") for a in asked)
    head = (
        f"| sure from | words: right, wrong of {len(asked) - nowhere - polar} | "
        f"told of {nowhere} that it does not say | yes and no: right, wrong of {polar} |"
    )
    rows = [
        f"| {c.level:g} | {c.right}, {c.wrong} | {c.nowhere} | {c.polar_right}, {c.polar_wrong} |"
        for c in counted
    ]
    return "\n".join([head, "|---:|---:|---:|---:|", *rows])
