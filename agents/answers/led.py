"""The `reader` agent, and behind it the rules where there are options to choose from.

What the reader cannot tell of a free question stays untold: the rules, asked then, were right once and wrong thirteen
times in 137 natural questions. Of as many with options they added five right answers and four wrong ones, and most of
those in wordings that they were made for (`docs/experiments.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from ...memory.deadline import loading
from ...memory.errors import OutOfTime
from ...memory.image import Patch
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Need
from ..looker import Answerer
from .agent import Guide

__all__ = ["Led"]

SURE = 0.6
"""Confidence from which the second agent's choice is told."""


class Led(Answerer):
    """VQA agent of two: the first answers; with options, the second answers what the first cannot tell.

    second: makes the other agent, when it is first needed.
    """

    keeps_deadline = True
    name = "reader:rules"

    def __init__(self, second: Callable[[], Answerer], first: Guide | None = None) -> None:
        self.first, self._second = first or Guide(), second
        self.input_side = self.first.input_side

    @cached_property
    def second(self) -> Answerer:
        """Loaded when it is first needed."""
        with loading():
            return self._second()

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The targets of the first; with options, those of the rules too, so that one search finds all."""
        need = self.first.show(view, question, options)
        if not options or need.answer:
            return need
        from ..rules import Rules  # 336 templates to compile, for questions with options alone

        other = Rules().show(view, question, options)
        named = {t.phrase: t for t in (*other.targets, *need.targets)}
        return Need(tuple(named.values()), None, need.reason if need.targets else other.reason)

    def where(self, patch: Patch, target: str) -> str:
        """What the first says."""
        return self.first.where(patch, target)

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The first's answer; with options, the second's where the first cannot tell and the second is sure.

        What the second would have to see beside that, it names then.
        """
        told = self.first.tell(memory)
        if told.status == "answered" or not memory.options:
            return told
        try:
            other = self.second.tell(memory)
        except OutOfTime:
            return told
        if other.status == "answered" and other.confidence >= SURE:
            return replace(other, more=told.more)
        more = {t.phrase: t for t in (*told.more, *other.more)}
        return replace(told, more=tuple(more.values()))
