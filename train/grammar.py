"""Questions composed from a small grammar, `phrases.txt`: thousands of phrasings a kind, for training only.

A question is a frame ("Tell me ...", "Look at ...: ...?", "..., right?") around a clause of its kind. What contains a
held-out phrasing of `questions.txt` is never composed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from random import Random

__all__ = ["compose", "normal"]

_CLAUSES = {"dq": 3, "eq": 2, "np": 2, "yn": 3, "dc": 2}
"""Forms of a clause, with their weights."""
_CHOICE = re.compile(r"<([\w ]+?)( ~)?>|\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
Rules = dict[tuple[str, str], tuple[str, ...]]


@cache
def _rules() -> Rules:
    """(kind or "", rule) -> its lines; a kind's frames come on top of the common ones."""
    lines: dict[tuple[str, str], list[str]] = {}
    key = ("", "")
    for line in files(__package__).joinpath("phrases.txt").read_text("utf-8").splitlines():
        if line.startswith("@"):
            kind, _, rule = line[1:].partition(" ")
            key = (kind, rule)
        elif line.strip() and not line.startswith("#"):
            lines.setdefault(key, []).append(line)
    for (kind, rule), own in lines.items():
        if kind and rule.startswith("frame"):
            own += lines[("", rule)]
    return {k: tuple(v) for k, v in lines.items()}


def normal(phrasing: str) -> str:
    """A phrasing in lower case, without marks: two that differ in nothing else are the same.

    >>> normal("What's  the {i}?")
    "what's the {i}"
    """
    return " ".join(re.sub(r"[^\w{}' ]+", " ", phrasing.lower()).split())


def compose(kind: str, rng: Random, held_out: Sequence[str] = ()) -> str:
    """A phrasing of a kind, with the slots of `questions.txt`; none that contains one of `held_out` (see `normal`)."""
    rules = _rules()
    clauses = {c: n for c, n in _CLAUSES.items() if (kind, c) in rules}
    while True:
        clause = rng.choices(list(clauses), list(clauses.values()))[0]
        text = _expanded(_line(kind, f"frame {clause}", rng), kind, _one(kind, "it", rng), rng)
        text = re.sub(r"\s+(?=[?.,:;!])", "", " ".join(text.split()))
        text = re.sub(r"(?<=[,.:;])[,.;:]+", "", text)
        plain = f" {normal(text)} "
        if not any(f" {phrasing} " in plain for phrasing in held_out):
            return text[:1].upper() + text[1:]


def _line(kind: str, rule: str, rng: Random) -> str:
    rules = _rules()
    return rng.choice(rules.get((kind, rule)) or rules[("", rule)])


def _one(kind: str, rule: str, rng: Random) -> str:
    return _expanded(_line(kind, rule, rng), kind, "", rng)


def _expanded(line: str, kind: str, about: str, rng: Random) -> str:
    """A line with every choice made; about: what "~" stands for."""
    while match := _CHOICE.search(line):
        rule, pronoun, choices, maybe = match.groups()
        if rule:
            chosen = (
                about
                if rule == "it" and about
                else _expanded(_line(kind, rule, rng), kind, "it" if pronoun else about, rng)
            )
        elif choices is not None:
            chosen = rng.choice(choices.split("|"))
        else:
            chosen = rng.choice((*maybe.split("|"), ""))
        line = line[: match.start()] + chosen + line[match.end() :]
    return line.replace("~", about)
