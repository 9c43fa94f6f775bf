"""The files of the questions' grammar: `asking.txt`, phrasings by kind, and `asking_words.txt`, lists of words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["phrasings", "types", "words"]


def _sections(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    here: list[str] = []
    for line in files(__package__).joinpath(name).read_text("utf-8").splitlines():
        if line.startswith("= "):
            here = found.setdefault(line[2:].strip(), [])
        elif line.strip() and not line.startswith("#"):
            here.append(line.strip())
    return found


@cache
def phrasings() -> dict[str, list[str]]:
    """Kind of question -> its phrasings."""
    return _sections("asking.txt")


@cache
def words() -> dict[str, list[str]]:
    """List -> its entries; "value" holds what the lists of values by type hold."""
    lists = {name: " | ".join(lines).split(" | ") for name, lines in _sections("asking_words.txt").items()}
    lists["value"] = [
        entry for name, entries in lists.items() if name.startswith("value.") for entry in entries
    ]
    return lists


@cache
def types() -> dict[str, str]:
    """An attribute that is asked for ("due date") -> the type of its value, one of `labels.ANSWERS`."""
    return {
        entry: name[4:] for name, entries in words().items() if name.startswith("ask.") for entry in entries
    }
