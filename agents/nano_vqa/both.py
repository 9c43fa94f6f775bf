"""The nano VQA model and the rules together: the model where a question is about icons and widgets and it is measured
to be the better one, the rules everywhere else.

The model leads where the rules do not understand such a question, looks at the pixels where it asks for a colour or a
state, and has badges on icons read by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...memory.deadline import loading
from ...memory.errors import OutOfTime
from ...memory.image import Patch
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Need, Target
from ..looker import Answerer
from ..nano.vocabulary import parse
from ..rules import Rules
from ..rules.reader import Question, read
from .asked import labelled
from .prompts import INPUT_SIDE

if TYPE_CHECKING:
    from .agent import NanoVQA

__all__ = ["Both", "LEADS"]

LEADS = frozenset(("colour", "state"))
"""Kinds of question that the model answers better than the rules even where they understand them."""
_FORMS = {
    "colour": ("color",),
    "state": ("state",),
    "kind": ("icon",),
    "relation": ("relation", "compare"),
    "badge": ("badge",),
    "value": ("value", "chosen"),
    "count": ("count",),
    "presence": ("presence",),
}
"""What the rules call the model's kinds of question."""
_MISREAD = ("unknown", "cell")
"""Forms of the rules that say nothing of what is seen: cells are of tables of text."""
_OF_TEXTS = ("badge", "value", "count", "presence")
"""Kinds of question that the rules are left to where something is named by its label."""
_SURE, _SURE_OF_TEXT = 0.5, 0.8
"""Probability of a reading below which the model does not lead: of questions about things seen, and about texts."""
_SEEN = re.compile(
    r"\b(?:icon|symbol|pictogram|glyph|(?:check|tick) ?box|box|toggle|switch|radio button|tab|menu (?:item|entry)|"
    r"button|slider|progress bar|avatar|profile picture|badge|chart|drop-?down|select box|(?:text|input) field|input|"
    r"dialog|modal|pop-?up)(?:e?s|'s)?\b|\bmenu entries\b|\b(?:dark|light)\b",
    re.I,
)
"""Words that say that a question is about something seen, not read."""
_ICON = re.compile(r"\b(?:icon|symbol|pictogram|glyph)(?:s|'s)?\b", re.I)
_BADGE = re.compile(r"\b(?:badge|number|count|figure)s?\b", re.I)
_STATED = re.compile(
    r"\b(?:on|off|active|inactive|(?:un|de)?(?:selected|chosen|checked|ticked|marked|activated)|highlighted|enabled|"
    r"disabled|gr[ea]yed)\b",
    re.I,
)
_DRAWN = re.compile(r"\b(?:icon|symbol|pictogram|glyph|pictured?|drawn|depicts?|depicted)(?:s|'s)?\b", re.I)
_PLACED = re.compile(r"\b(?:left|right|above|below|over|under|higher|lower)\b", re.I)

_EITHER = re.compile(rf"{_PLACED.pattern}.* or |\bor .*{_PLACED.pattern}", re.I)
_ASKABLE = (_SEEN, _ICON, _STATED, _DRAWN, _PLACED, re.compile(r"\bcolou?r", re.I))
"""A question without any of these words is one for the rules; the model is not even loaded for it."""
_ANYWHERE = re.compile(rf"{_PLACED.pattern}|\bon\b", re.I)
_TEXT_FORMS = frozenset(("cell", "compare", "difference", "page", "pages", "sum", "value"))
"""Forms of the rules that ask for a text or number. Where a question is of one of them, and only words of place sound
like something seen ("How much is shown under Paypal?"), the model never led, and is not loaded either."""
_WHICH = re.compile(r"\W*(?:which|what|who)\b", re.I)
_WORDS = {"state": _STATED, "kind": _DRAWN, "page": _SEEN}


class Both(Answerer):
    """VQA agent of both: the leader is chosen by the question alone, the other one steps in where it cannot tell."""

    keeps_deadline = True
    name = "nano-vqa:rules"
    input_side = INPUT_SIDE

    def __init__(self, load: Callable[[], NanoVQA], rules: Rules | None = None) -> None:
        self._load, self.rules = load, rules or Rules()

    @cached_property
    def model(self) -> NanoVQA:
        """Loaded when it is first needed. Raises AgentError when it cannot be read."""
        with loading():
            return self._load()

    def leads(self, question: str, options: Sequence[str] | None = None) -> bool:
        """Whether the model answers first: one of `LEADS`, or about something seen that the rules misread."""
        asked = read(question, tuple(options) if options else None)
        if _is_of_texts(question, asked):
            return False
        reading = self.model.read(question)
        agree = asked.form in _FORMS.get(reading.ask, ())
        if agree and reading.ask in LEADS:
            return reading.sure >= _SURE and any(what != "text" for what, _ in reading.targets)
        if reading.ask == "badge" and _ICON.search(question) and _BADGE.search(question):
            return reading.sure >= _SURE and any(what == "icon" for what, _ in reading.targets)
        if reading.ask == "relation" and not _WHICH.match(question) and _EITHER.search(question):
            return self._sees(question)
        if not self._sees(question):
            return False
        if asked.form not in _MISREAD and any(m.is_seen for _, m in asked.mentions):
            return False
        if agree and reading.ask == "presence" and any(what != "icon" for what, _ in reading.targets):
            return False  # the rules know its label; "on this page" is no state
        by_label = any(what == "text" or labelled(what, name) for what, name in reading.targets)
        return not by_label or (not agree and reading.ask not in _OF_TEXTS)

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The need of the leader."""
        if self.leads(question, options):
            return self.model.show(view, question, options)
        need = self.rules.show(view, question, options)
        if need.targets or need.answer or not self._sees(question):
            return need
        return self.model.show(view, question, options)

    def where(self, patch: Patch, target: str) -> str:
        """The rules' place, else, for things that are seen, the model's: a text can stand anywhere."""
        return self.rules.where(patch, target) or (
            "" if parse(target) is None else self.model.where(patch, target)
        )

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The leader's answer; where it cannot tell, the other's, if the time is enough for it."""
        leads = self.leads(memory.question, memory.options)
        told = (self.model if leads else self.rules).tell(memory)
        if told.status == "answered" or not self._sees(memory.question):
            return told
        try:
            other = (self.rules if leads else self.model).tell(memory)
        except OutOfTime:
            return told
        if other.status == "answered":
            return other
        more: dict[str, Target] = {t.phrase: t for t in (*told.more, *other.more)}
        return replace(told, more=tuple(more.values()))

    def _sees(self, question: str) -> bool:
        """Whether a question is about icons or widgets, or where two things stand, as far as the model is sure."""
        if _is_of_texts(question, read(question)):
            return False
        reading = self.model.read(question)
        whats = {what for what, _ in reading.targets}
        if reading.ask == "relation" and whats == {"text"}:
            return reading.sure >= _SURE_OF_TEXT and _PLACED.search(question) is not None
        words = _WORDS.get(reading.ask, _ICON if whats == {"icon"} else _SEEN)
        seen = reading.ask in ("page", "kind") or whats != {"text"}
        return reading.sure >= _SURE and seen and words.search(question) is not None


def _is_of_texts(question: str, asked: Question) -> bool:
    """Whether a question is plainly one about texts, so that the rules need no help."""
    if not any(words.search(question) for words in _ASKABLE):
        return True
    if asked.form not in _TEXT_FORMS or any(named.is_seen for _, named in asked.mentions):
        return False
    rest = _ANYWHERE.sub(" ", question)
    return not any(words.search(rest) for words in _ASKABLE)
