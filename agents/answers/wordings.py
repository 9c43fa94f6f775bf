"""Questions that are known by their words, whatever kind the reader takes them for: of a whole document, of the part of
a page, of neighbours, of signatures and boxes, of icons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..reader.query import Query
from . import boxes, crossed, documents, forms, neighbours, parts, signed, venues
from .pager import last_page
from .pictured import pictured
from .scene import Scene
from .sentences import listed_below
from .verdict import Verdict

__all__ = ["by_wording"]


def by_wording(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """What the first of them says that the question is for; None where it is for none of them."""
    return (
        documents.of_document(scene, query)
        or crossed.sorted_by(scene, query)
        or venues.venue(scene, query)
        or parts.in_words(scene, query, options)
        or listed_below(scene, query)
        or neighbours.neighbour(scene, query, options)
        or signed.of_form(scene, query)
        or _certain(boxes.left_off(scene, query, options))
        or _certain(boxes.of_options(scene, query))
        or _certain(forms.ticked(scene, query, options))
        or boxes.unseen(scene, query)
        or pictured(scene, query, options)
        or (last_page(scene, query) if scene.whole else None)
    )


def _certain(verdict: Verdict | None) -> Verdict | None:
    """What is told of boxes that were seen, however unsurely the reader reads the question."""
    return replace(verdict, final=True) if verdict is not None and verdict.candidates else verdict
