"""What a hand-written question says: the images, what to find on them, the options and the answer.

Each question names what to find by its text; ground.py looks that text up where the page drew it (the DOM of
a screen, the text layer of a PDF), so that no box of a text is typed in by hand. ``nth`` of ``of`` picks one of
several occurrences in reading order of the source and fails when the page holds another number of them. Icons and
widgets have no text: a ``Spot`` says where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLES = "screens/stisla-tables.png"
POSTS = "screens/stisla-posts.png"
BILLING = "screens/soft-ui-billing.png"
TALL = "screens/stisla-dashboard-tall.png"
SPEED = "screens/sqlite-speed-tall.png"
CODES = "documents/cfitsio-status-codes.png"
FORMAT = "documents/sqlite-file-format.png"
GUIDE = "documents/mpich-user-guide.pdf"

YES, NO = ("yes", "no"), ("no", "yes")


@dataclass(frozen=True)
class Find:
    """A text on a page: the kind of thing it is in words, its text, and which occurrence is meant."""

    what: str
    text: str
    nth: int = 1
    of: int = 1
    page: int = 1


@dataclass(frozen=True)
class Spot:
    """Something without text, such as an icon: what it is in words, and its box in pixels, measured by eye."""

    what: str
    xywh: tuple[int, int, int, int]
    page: int = 1


@dataclass(frozen=True)
class Question:
    """A question, its options (right one first) and what has to be found to answer it.

    ``answer`` is where the page shows the right option, ``absent`` a text that the page must not show, and
    ``relation`` where the first target is, seen from the second, if the right option does not say it.
    """

    kind: str
    name: str
    image: str
    question: str
    options: tuple[str, ...]
    targets: tuple[Find | Spot, ...] = ()
    answer: Find | None = None
    absent: str = ""
    relation: str = ""


def every(what: str, text: str, of: int, picks: tuple[int, ...] = (), page: int = 1) -> tuple[Find, ...]:
    """All occurrences of a text (or the picked ones), for counting."""
    return tuple(Find(what, text, nth, of, page) for nth in picks or range(1, of + 1))
