"""The evidence of one question, and the places that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...memory.working import TextLine, VisualWorkingMemory
from .evidence import Anchor, anchors, find_span, lines_of
from .phrases import Mention
from .reader import Question
from .values import inline

__all__ = ["MANY", "Evidence"]

MANY = 8
"""Instances of one target that are followed up."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The question as read, the memory, its lines without doubles, and whether the localizer sees objects."""

    question: Question
    memory: VisualWorkingMemory
    lines: tuple[TextLine, ...]
    sees_objects: bool = False

    @classmethod
    def of(cls, question: Question, memory: VisualWorkingMemory, sees_objects: bool = False) -> Evidence:
        """The evidence for a question."""
        return cls(question, memory, lines_of(memory), sees_objects)

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """What the question names, in the order of its roles."""
        return tuple(m for _, m in self.question.mentions)

    def places(self, mention: Mention) -> list[Anchor]:
        """Where it was found, best first; where some places bear exactly this name, only those."""
        found = anchors(self.memory, mention, self.lines)[:MANY]
        return [a for a in found if _bears_name(a)] or found


def _bears_name(anchor: Anchor) -> bool:
    """Whether the line is named so, with at most a value behind it: "Total: $5" for Total, not "Total Revenue"."""
    span = find_span(anchor.mention.core, anchor.text) if anchor.text else None
    if span is None or anchor.text[: span[0]].strip(" -•*·#"):
        return False
    return not re.search(r"\w", anchor.text[span[1] :]) or getattr(inline(anchor), "confidence", 0.0) > 0.5
