"""What runs saw, by its name: rows of the table `seen`, one for each found target, and which names are meant.

The name of a target is its phrase in one case, without quotes, articles and words for kinds of things, so that "the
Export button" and "Export" are one. A row says beside it what was read in the target, in the same form.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from ..listed import listed
from ..typed import plain
from .runs import Document

__all__ = ["Alike", "READ", "add_seen", "fill_seen", "matches", "name_of", "unseen"]

Alike = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike each of several texts means to the first one, in [0, 1]."""
LONGEST = 200
"""Characters of a name; more is a sentence, and compared by its beginning."""
_LEFT_OUT = frozenset(
    listed("""
        a, an, the, button, btn, icon, link, field, label, heading, tab, checkbox, box, input, text, word, image, logo
        """)
)
"""Words that say of what kind a thing is, not which."""
SAME, LETTERS, MEANING = 1.0, 0.8, 0.7
"""The likeness of the same name; from which letters, and from which meaning, make a name one that may be meant."""
SURE = 0.9
"""The likeness by letters from which nobody is asked for what means the same."""
MOST_MEANT = 2000
"""Names that are compared by meaning; each costs half a millisecond."""
_DISCOUNT = 0.9
"""Of a likeness by meaning: it comes after one by letters."""
READ = 0.95
"""Of a name that was read in the thing, where it was asked for by another."""


def name_of(text: str) -> str:
    """The name in a phrase: "the Export button" -> "export"; a phrase of such words alone stays whole."""
    words = plain(text[: 4 * LONGEST]).split()
    return " ".join([w for w in words if w not in _LEFT_OUT] or words)[:LONGEST]


def _rows(document: Document) -> Iterator[tuple[int, str, str, int, float, float, float, float, str]]:
    """target, name, said, page, x, y, width, height, screen of what a run's document tells.

    target: its place among the memory's targets. screen: SHA-256 of the small picture of its page, "" without one.
    """
    memory = document["memory"]
    screens = {p["page"]: str(p["png"]) for p in (*document.get("pages", ()), memory["image"])}
    for i, target in enumerate(memory["targets"]):
        box = target["box"]
        sides = [float(box[side]) for side in ("x", "y", "width", "height")]
        name, said, page = name_of(str(target["phrase"])), name_of(str(target["text"])), int(target["page"])
        if all(map(math.isfinite, sides)) and (name or said):
            yield i, name, said, page, sides[0], sides[1], sides[2], sides[3], screens.get(page, "")


def add_seen(database: sqlite3.Connection, run: str, document: Document) -> None:
    """Add what a run saw, of a document that is none nothing, and note that it is done. Call it in a transaction."""
    try:
        rows = [(run, *row) for row in _rows(document)]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        rows = []
    database.executemany(
        "INSERT INTO seen (run, target, name, said, page, x, y, width, height, screen) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    database.execute("UPDATE searched SET seen = 1 WHERE run = ?", (run,))


def unseen(database: sqlite3.Connection) -> bool:
    """Whether there are runs of which `seen` does not tell yet."""
    return bool(database.execute("SELECT EXISTS (SELECT 1 FROM searched WHERE seen = 0)").fetchone()[0])


def fill_seen(database: sqlite3.Connection, most: int) -> int:
    """Add what the newest runs saw of which `seen` does not tell; gives how many runs. Call it in a transaction."""
    rows = database.execute(
        "SELECT run, (SELECT document FROM runs WHERE id = run) FROM searched WHERE seen = 0 "
        "ORDER BY number DESC LIMIT ?",
        (most,),
    ).fetchall()
    for run, text in rows:
        try:
            document = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            document = {}
        add_seen(database, run, document)
    return len(rows)


def matches(target: str, known: Iterable[str], alike: Alike | None) -> Mapping[str, float]:
    """The names that a target may mean, and how likely each is meant, in (0, 1].

    By letters; by meaning where no name is surely meant by these, and there is somebody who knows. known: names, of
    which the first MOST_MEANT are compared by meaning.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    asked = name_of(target)
    names = [name for name in known if name]
    found: dict[str, float] = {}
    near = process.extract(
        _sorted(asked),
        {name: _sorted(name) for name in names},
        scorer=OSA.normalized_similarity,  # 1 - slips / letters
        score_cutoff=LETTERS,
        limit=None,
    )
    for _, ratio, name in near:
        if _numbers(name) == _numbers(asked):
            found[name] = SAME if name == asked else 0.99 * ratio
    words = set(asked.split())
    for name in names:
        if name not in found and words and words < set(name.split()):  # "export" of "export csv"
            found[name] = LETTERS * (0.5 + 0.5 * len(words) / len(name.split()))
    if alike is not None and max(found.values(), default=0.0) < SURE:
        rest = [name for name in names if name not in found][:MOST_MEANT]
        for name, like in zip(rest, alike(asked, rest), strict=True):
            if like >= MEANING and _numbers(name) == _numbers(asked):
                found[name] = _DISCOUNT * like
    return found


def _sorted(name: str) -> str:
    """The words in one order: "csv export" is "export csv"."""
    return " ".join(sorted(name.split()))


def _numbers(name: str) -> list[str]:
    """The words with digits: "page 1" is not "page 2", however alike they look."""
    return sorted(word for word in name.split() if any(c.isdigit() for c in word))
