"""Questions about when something is seen: their forms, and what a timeline says to each.

The forms are few and plain; a question of another form is answered as one about pictures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ...agents.contracts import Answer
from ...agents.nano.vocabulary import parse
from ...memory.clock import clock
from .spans import Span, TargetSpans

__all__ = ["Moment", "TimeQuestion", "answered", "time_question"]

Asked = Literal["appears", "gone", "lasts"]

_WHEN = (
    r"(?:when|(?:at|since|from) (?:what|which) (?:time|moment|second|point)"
    r"|(?P<frame>(?:in|on|at|from|since) (?:which|what) (?:frame|screenshot|picture|image|page|shot)s?))"
)
_DO, _BE = r"(?:does|do|did|will)", r"(?:is|are|was|were|has|have|can)"
_THING = r"(?P<thing>.+?)"
_FIRST = r"(?: first(?: time)?| for the first time)?"
_ALONE = r"(?: (?:in the (?:video|recording|animation)|on (?:the )?screen))?"
_APPEAR = r"(?:appear|show up|pop up|come up|become visible|come into view|start to show)"
_VANISH = r"(?:disappear|vanish|go away|get hidden|stop showing)"
_SHOWN = r"(?:shown|seen|visible|displayed|there|on (?:the )?screen|present|in view|up)"
_GONE = r"(?:gone|hidden|no longer (?:shown|seen|visible|displayed|there|on (?:the )?screen)|removed|away)"
_SET = r"(?:(?:turned|switched) (?P<power>on|off)|(?P<mark>checked|ticked|unchecked|unticked|selected|unselected))"
_LASTING = r"(?:for )?how (?:long|many seconds)"
_FORMS: tuple[tuple[Asked, str], ...] = (
    ("appears", rf"{_WHEN} {_BE} {_THING}(?: first)?(?: been)? {_SET}{_FIRST}{_ALONE}"),
    ("appears", rf"{_WHEN} {_DO} {_THING} (?:turn|switch|go) (?P<power>on|off){_ALONE}"),
    ("appears", rf"{_WHEN} {_DO} {_THING}(?: first)? {_APPEAR}{_FIRST}{_ALONE}"),
    ("gone", rf"{_WHEN} {_DO} {_THING} {_VANISH}{_ALONE}"),
    ("gone", rf"{_WHEN} {_BE} {_THING} {_GONE}{_ALONE}"),
    ("gone", rf"{_WHEN} {_BE} {_THING} (?:disappeared|vanished|gone away){_ALONE}"),
    ("appears", rf"{_WHEN} {_BE} {_THING}(?: first)?(?: be)? {_SHOWN}{_FIRST}{_ALONE}"),
    ("lasts", rf"{_LASTING} {_BE} {_THING} {_SHOWN}{_ALONE}"),
    ("lasts", rf"{_LASTING} {_DO} {_THING} (?:stay|remain|last|show)(?: {_SHOWN})?{_ALONE}"),
)


@dataclass(frozen=True, slots=True)
class TimeQuestion:
    """What is asked: when a thing appears, when it is gone, or how long it is seen. frame: a frame, not a time."""

    asked: Asked
    phrase: str
    frame: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """An answer, and the frame and place that show it; frame None where there is none. words: for people."""

    answer: Answer
    span: Span | None = None


def time_question(question: str) -> TimeQuestion | None:
    """A question about when something is seen; None for any other.

    >>> time_question("When does the error dialog appear first?")
    TimeQuestion(asked='appears', phrase='error dialog', frame=False)
    """
    words = " ".join(question.split())
    for asked, form in _FORMS:
        if (said := re.match(rf"{form}\W*$", words, re.I)) is not None:
            phrase = re.sub(r"^(?:the|an?) ", "", said["thing"], flags=re.I)
            state = said.groupdict().get("power") or said.groupdict().get("mark")
            if state:
                phrase = f"{phrase} that is {state.lower()}"
                wanted = parse(phrase)
                if wanted is None or wanted.state is None:  # "when is the luggage checked?"
                    continue
            return TimeQuestion(asked, phrase, bool(said.groupdict().get("frame")))
    return None


def answered(question: TimeQuestion, told: TargetSpans) -> Moment:
    """What the spans of a target say to a question."""
    unknown = [span for span in told.spans if span.status == "unknown"]
    if not told.seen:
        if not unknown:
            return Moment(Answer("never", confidence=0.9, reason=f"{told.spans[0].why}"), told.spans[0])
        where = "; ".join(f"{span.words}: {span.why}" for span in unknown[:2])
        return Moment(
            Answer(
                "cannot tell",
                "cannot_tell",
                0.0,
                reason=f"{question.phrase!r} was not seen for certain. {where}",
            )
        )
    first = told.seen[0]
    if question.asked == "appears":
        before = [span for span in unknown if span.first < first.first]
        return _at(first, question, before, f"It is seen in {first.words}.")
    if question.asked == "lasts":
        if told.seconds is None:
            frames = sum(span.last - span.first + 1 for span in told.seen)
            return Moment(_answer(f"{frames} frames", unknown, _listed(told)), first)
        return Moment(_answer(clock(told.seconds), unknown, _listed(told)), first)
    gone = told.gone
    if gone is None:
        if told.spans[-1].status == "seen":
            return Moment(
                Answer("never", confidence=0.8, reason=f"{_listed(told)} It is there at the end."), first
            )
        return Moment(
            Answer("cannot tell", "cannot_tell", 0.0, reason=f"{_listed(told)} {unknown[-1].why}"), first
        )
    between = [span for span in unknown if first.first < span.first < gone.first]
    return _at(gone, question, between, _listed(told))


def _at(span: Span, question: TimeQuestion, unknown: list[Span], reason: str) -> Moment:
    """The beginning of a span: a time, or a frame where that is asked for or there is no time."""
    if span.start is None:
        named = f" ({span.name})" if span.name else ""
        return Moment(_answer(f"frame {span.first}{named}", unknown, reason), span)
    told = clock(span.start)
    return Moment(_answer(f"frame {span.first} at {told}" if question.frame else told, unknown, reason), span)


def _answer(text: str, unknown: list[Span], reason: str) -> Answer:
    """Less sure where it may be otherwise in frames of which nothing is known."""
    if not unknown:
        return Answer(text, confidence=0.9, reason=reason)
    where = ", ".join(span.words for span in unknown[:3])
    return Answer(text, confidence=0.5, reason=f"{reason} It cannot be told for {where}.")


def _listed(told: TargetSpans) -> str:
    more = f" and {len(told.seen) - 3} times more" if len(told.seen) > 3 else ""
    return f"It is seen in {'; '.join(span.words for span in told.seen[:3])}{more}."
