"""The evidence of one question, and the places that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from ...memory.geometry import Box
from ...memory.working import FoundTarget, TextLine, VisualWorkingMemory
from ..contracts import Target
from .evidence import Anchor, anchors, find_span, is_sighting, lines_of
from .phrases import Mention, pieces
from .reader import Question
from .replies import WHOLE, is_literal
from .scope import below, region
from .values import inline
from .watch import region_of

__all__ = ["Evidence", "MANY"]

SURE = 0.85
"""Score from which a target counts as surely found."""
MANY = 8
"""Instances of one target that are followed up."""


@dataclass(frozen=True)
class Evidence:
    """The question as read, the memory, and its lines without doubles."""

    question: Question
    memory: VisualWorkingMemory
    lines: tuple[TextLine, ...]

    @classmethod
    def of(cls, question: Question, memory: VisualWorkingMemory) -> Evidence:
        """The evidence for a question."""
        return cls(question, memory, lines_of(memory))

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """What the question names, in the order of its roles."""
        return tuple(m for _, m in self.question.mentions)

    @property
    def scope_words(self) -> str:
        """The words of the scope, "" without one."""
        return self.question.scope.core if self.question.scope else ""

    def all_places(self, mention: Mention) -> list[Anchor]:
        """Every place of it in the scope, best first; where only a part of a long name was found, its places."""
        found = anchors(self.memory, mention, self.lines)
        if self._is_weak(mention, found):
            parts = (anchors(self.memory, Mention(p, quoted=True), self.lines) for p in pieces(mention.core))
            found = next((p for p in parts if p and p[0].target.score >= SURE), found)
        return self._scoped(found)

    def places(self, mention: Mention) -> list[Anchor]:
        """Where it was found, best first; where some places bear exactly this name, only those."""
        found = self.all_places(mention)[:MANY]
        return [a for a in found if _bears_name(a)] or found

    def _is_weak(self, mention: Mention, found: list[Anchor]) -> bool:
        """Whether a long name was found as a whole at best nearly, so that its parts may say more."""
        return (
            not mention.is_seen
            and self.question.form not in WHOLE
            and (not found or found[0].target.score < SURE)
        )

    def shorter(self) -> tuple[Target, ...]:
        """Parts of long names that were not surely found: what to look for next."""
        if self.question.form in WHOLE:
            return ()
        weak = [m for m in self.mentions if self._is_weak(m, anchors(self.memory, m, self.lines))]
        parts = dict.fromkeys(p for m in weak if not is_literal(self.question, m) for p in pieces(m.core)[:4])
        return tuple(Target(Mention(p, quoted=True).phrase(), "all") for p in parts)

    @cached_property
    def scope(self) -> tuple[Anchor, Box] | None:
        """The heading that the question names as its scope, and the region that it governs."""
        if self.question.scope is None:
            return None
        found = anchors(self.memory, self.question.scope, self.lines)[:MANY]
        if not found:
            return None
        heading = max(found, key=lambda a: (round(a.target.score, 1), round(a.height / 4), -a.box.y))
        return heading, region(heading, self.lines, self._page_wh(heading.target.page))

    def in_scope(self, box: Box, page: int) -> bool:
        """Whether a box lies in the region that the question speaks of; without one, everything does."""
        x, y = box.center
        areas = [(t.box, t.page) for t in self.regions or ()]
        areas += [(self.scope[1], self.scope[0].target.page)] if self.scope else []
        return not areas or any(page == on and area.contains(Box(x, y, 0, 0)) for area, on in areas)

    @cached_property
    def regions(self) -> tuple[FoundTarget, ...] | None:
        """The regions seen of the kind that the question names ("in the toolbar"); None where it names none."""
        kind = region_of(self.question)
        if not kind:
            return None
        return tuple(t for t in self.memory.targets if t.phrase == kind and is_sighting(t))

    def _scoped(self, found: list[Anchor]) -> list[Anchor]:
        """The places inside the scope; the one nearest below its heading when none is."""
        if self.regions is not None:
            inside = [a for a in found if self.in_scope(a.box, a.target.page)]
            return inside if inside or self.question.form in WHOLE else found
        if self.scope is None or len(found) < 2:
            return found
        heading = self.scope[0]
        inside = [a for a in found if self.in_scope(a.box, a.target.page)]
        on_page = [a for a in found if a.target.page == heading.target.page]
        if inside or not on_page or self.question.form in WHOLE:
            return inside or found
        return [min(on_page, key=lambda a: below(heading, a.box))]

    def _page_wh(self, page: int) -> tuple[float, float]:
        """Size of a page, pixels: of the page shown, or what its lines and targets reach."""
        if page == self.memory.image.page or self.memory.pages == 1:
            return self.memory.image.size_wh
        boxes = [n.box for n in self.lines if n.page == page]
        boxes += [t.box for t in self.memory.targets if t.page == page]
        return max(b.x + b.width for b in boxes), max(b.y + b.height for b in boxes)

    def about(self, question: Question) -> Evidence:
        """The same evidence for another question."""
        return replace(self, question=question)


def _bears_name(anchor: Anchor) -> bool:
    """Whether the line is named so, with at most a value behind it: "Total: $5" for Total, not "Total Revenue"."""
    span = find_span(anchor.mention.core, anchor.text) if anchor.text else None
    if span is None or anchor.text[: span[0]].strip(" -•*·#"):
        return False
    return not re.search(r"\w", anchor.text[span[1] :]) or getattr(inline(anchor), "confidence", 0.0) > 0.5
