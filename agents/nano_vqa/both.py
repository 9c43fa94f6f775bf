"""The nano VQA model and the rules together: for every kind of question the one that is better at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...memory.image import Patch
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Need, Target
from ..rules import Rules
from ..rules.reader import read
from .agent import NanoVQA

__all__ = ["Both", "LEADS"]

LEADS = frozenset(("colour", "state", "count", "relation", "page"))
"""Kinds of question at which the model is the better one."""
_SURE = 0.5
"""Probability of a reading below which the model does not lead."""


class Both:
    """VQA agent of both: the leader is chosen by the question alone, the other one steps in where it cannot tell."""

    name = "nano-vqa:rules"
    input_side = NanoVQA.input_side

    def __init__(self, model: NanoVQA, rules: Rules | None = None) -> None:
        self.model, self.rules = model, rules or Rules()

    def leads(self, question: str, options: Sequence[str] | None = None) -> bool:
        """Whether the model answers first: its kinds of question, and those whose form the rules do not know."""
        form = read(question, tuple(options) if options else None).form
        reading = self.model.read(question)
        return reading.sure >= _SURE and (reading.ask in LEADS or form == "unknown")

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The need of the leader."""
        if not self.leads(question, options):
            need = self.rules.show(view, question, options)
            return need if need.targets or need.answer else self.model.show(view, question, options)
        return self.model.show(view, question, options)

    def where(self, patch: Patch, target: str) -> str:
        """The rules' place, else the model's."""
        return self.rules.where(patch, target) or self.model.where(patch, target)

    def tell(self, memory: VisualWorkingMemory, options: Sequence[str] | None = None) -> Answer:
        """The leader's answer; where it cannot tell, the other's."""
        chosen = tuple(options) if options is not None else memory.options
        first, second = (
            (self.model, self.rules) if self.leads(memory.question, chosen) else (self.rules, self.model)
        )
        told = first.tell(memory, options)
        if told.status == "answered":
            return told
        other = second.tell(memory, options)
        if other.status == "answered":
            return other
        more: dict[str, Target] = {t.phrase: t for t in (*told.more, *other.more)}
        return replace(told, more=tuple(more.values()))
