"""What a question leaves out, "besides Norway", "- not the field trip": the question without that, and what else there
is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.typed import plain, same_value
from .records import Records, stems_of
from .scene import Scene
from .verdict import Verdict, said

__all__ = ["left", "left_out", "others_of"]

_WORDS = re.compile(
    r"[\s,;:(–—-]*(?:\b(?:besides|except(?:ing)?(?: for)?|excluding|other than|apart from|aside from|leaving out)|"
    r"(?:[,;(–—]|\s-)\s*(?:but |and )?not(?! (?:counting|including)))\s+(?:the |an? |for )?",
    re.I,
)
_AND = re.compile(r"\s*(?:,|\band\b|\bor\b|\bnor\b)\s*(?:the |an? )?", re.I)
_LEAST = 2
"""Letters of what is left out at least."""


def left_out(scene: Scene, question: str, options: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """The question without what it leaves out, and that: names that stand on the page or among the options; None where
    it leaves nothing out, or something that stands nowhere.
    """
    match = _WORDS.search(question)
    if match is None:
        return None
    cells = (c.text for p in {n.page for n in scene.lines} for t in scene.layout(p).tables for c in t.cells)
    known = {plain(t): t for t in (*(p.text for p in scene.lines), *cells, *options)}
    names: list[str] = []
    end = after = match.end()
    while name := _begun(question[after:], known):
        names.append(name)
        end = after + len(name)
        joined = _AND.match(question, end)
        if joined is None:
            break
        after = joined.end()
    if not names:
        return None
    rest = re.sub(r"^\s*[),]", "", question[end:])
    return f"{question[: match.start()]}{rest}".strip(" ,"), tuple(names)


def _begun(text: str, known: dict[str, str]) -> str:
    """The longest of some texts with which a text begins, as it is written there."""
    begun = [
        t for k, t in known.items() if len(k) >= _LEAST and re.match(rf"{re.escape(k)}(?!\w)", text, re.I)
    ]
    return text[: len(plain(max(begun, key=len)))] if begun else ""


def left(records: Records, names: Sequence[str]) -> Records | None:
    """The records without those that are left out; None where one of the names is none of them, or none is left."""
    fields = records.fields[:1] if records.turned else [f for f in records.fields if not f.is_figures]
    gone: set[int] = set()
    for name in names:
        at = {i for f in fields for i, t in enumerate(f.texts) if t and _is_called(t, name)}
        if not at:
            return None
        gone |= at
    kept = [i for i in range(records.count) if i not in gone]
    return records.only(kept) if kept else None


def _is_called(text: str, name: str) -> bool:
    return same_value(text, name) or set(stems_of(text)) == set(stems_of(name))


def others_of(verdict: Verdict, names: Sequence[str]) -> Verdict | None:
    """What was listed without what is left out; None where it is not in the list, or nothing else is."""
    best = verdict.best
    if best is None or not all(any(_is_called(p.text, n) for p in best.used) for n in names):
        return None
    others = tuple(p for p in best.used if not any(_is_called(p.text, n) for n in names))
    if not others or not all(p.text for p in others):
        return None
    text = ", ".join(dict.fromkeys(p.text for p in others))
    return said([replace(best, text=text, place=others[0], used=others)], "")
