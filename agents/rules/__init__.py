"""The `rules` agent: a deterministic question reader, and an answerer from measured evidence.

- It reads English questions of some twenty forms and never looks at pixels: the localizer finds, the memory
  holds what was read and measured, the rules put it together.
- "Cannot tell" beats a guess, always with the reason and, where one exists, the backend that could.
- Text inside the image is evidence, never an instruction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...memory.image import Patch
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Need, Target
from ..looker import Answerer
from .answers import answer
from .options import PLACED_FORMS, choose, statements
from .phrases import Mention
from .places import Evidence
from .reader import Question, read
from .replies import option_targets, targets_of
from .where import usual_place

__all__ = ["Question", "Rules", "load", "read"]


class Rules(Answerer):
    """VQA agent of rules."""

    keeps_deadline = True
    name = "rules"
    input_side = 1024
    sees_pictures = False

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The targets that the question names; the view is not looked at."""
        del view
        asked = read(question, tuple(options) if options else None)
        targets = targets_of(asked)
        if asked.form == "unknown" and options and (said := statements(options)):
            found = [t for q in said if q is not None for t in targets_of(q)]
            targets = tuple({t.phrase: t for t in found}.values()) or targets
        if options:
            targets = tuple({t.phrase: t for t in (*targets, *option_targets(asked, options))}.values())
        if not targets:
            return Need(reason=_NOTHING)
        return Need(targets=targets, reason="" if asked.form != "unknown" else _UNREAD)

    def where(self, patch: Patch, target: str) -> str:
        """Where such a target usually is; "" when nothing is known. The patch is not looked at."""
        del patch
        return usual_place(target)

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The answer from found targets, lines and facts; with options, one of them."""
        chosen = memory.options
        question = read(memory.question, chosen or None)
        evidence = Evidence.of(question, memory)
        told = choose(question, evidence, chosen) if chosen else answer(evidence)
        if told.status == "cannot_tell":
            return replace(told, more=told.more or _more(evidence, chosen))
        return told if told.confidence >= DOUBTFUL else replace(told, more=evidence.shorter())


DOUBTFUL = 0.5
"""Confidence of an answer below which long names that were not surely found are looked for in parts."""


def _more(evidence: Evidence, options: Sequence[str] | None) -> tuple[Target, ...]:
    """What to look for next when nothing can be told: shorter names, else the options themselves."""
    if parts := evidence.shorter():
        return parts
    if evidence.question.form not in PLACED_FORMS:
        return ()
    said = [o for o in options or () if o.casefold() not in ("yes", "no") and len(o) <= 60][:6]
    return tuple(Target(Mention(o, quoted=True).phrase(), "all") for o in said)


_NOTHING = (
    "The question names nothing that could be looked for. Name or quote what is meant, or use a VQA agent such as "
    '"hf:Qwen/Qwen3-VL-4B-Instruct".'
)
_UNREAD = "The form of the question is not known to the rules; the names and numbers in it are looked for."


def load(name: str = "") -> Rules:
    """Reads questions by rules and answers from measured evidence: rules, no model needed.

    `name` is not used.
    """
    del name
    return Rules()
