"""What running text says outright: that something is so, in one sentence; and the items below a heading or label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..reader.query import Query
from .asked import Asked
from .records import stems_of
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, said, yes

__all__ = ["asks_reason", "asks_two", "listed_below", "said_in_one", "to_the_point"]

_IS = re.compile(r"\W*(?:is|are|was|were)\b", re.I)
_REASON = re.compile(
    r"\W*(?:(?:and|so|but|ok(?:ay)?|please|tell me)\W+)*"
    r"(?:why\b|how come\b|what(?:['’]s| is| was) the reason\b|what happens\b|what (?:should|must|mustn['’]?t|shall)\b|"
    r"what am i (?:supposed|meant|allowed)\b|how (?:should|must|do|can) (?:i|you|we|one|they|people)\b)",
    re.I,
)
_TWO = re.compile(
    r"\b(?:how|when|what|who|where|which|why)\b.*?\b(?:and|&)\s+(?:(?:for|by|to|from|in|at|until)\s+)?"
    r"(?:how|when|what|who|where|which|why)\b",
    re.I,
)
_BUT = re.compile(
    r"\b(?:not|no|never|nor|neither|without|except|only|unless|instead|rather|closed|cancell?ed|cannot|once|former\w*|if|"
    r"may|might|could|would|should)\b|n['’]t\b",
    re.I,
)
"""Words that make a sentence say something else, or less."""
_RANKS = re.compile(r"\b(?:than|more|less|fewer|most|least|first|last|same|\w{2,}est)\b", re.I)
_FEWEST, _LONGEST = 3, 40
"""Words of a question that mean something, at least, and words of a sentence at most."""
_GAP = 2.0
"""Space between a label and what stands below it at most, in heights of the label."""


def asks_reason(question: str) -> bool:
    """Whether a reason, or what is to be done, is asked for: that no row or label tells."""
    return _REASON.match(question) is not None


_WHY = re.compile(r"\bwhy\b|\bhow come\b|\breason\b", re.I)
_BECAUSE = re.compile(
    r"\b(?:because|since|so that|due to|owing to)\b.*|(?<=, )as (?:it|they|he|she|we|you|the|its|their)\b.*",
    re.I,
)
_END = re.compile(r"(?<=[a-z\d)])[.!?] (?=[A-Z])")
"""Where a sentence ends."""
_CONDITION = re.compile(r"(?:if|when|once|should|in case|as soon as)\b[^,]*,\s*(?:please\s+)?(.+)", re.I)


def to_the_point(question: str, sentence: str) -> str:
    """What a sentence says of a question for a reason, or for what is to be done: from "because" on, what follows a
    colon, or what follows "If ...,"; else the whole sentence."""
    if _WHY.search(question) is None:
        told = _CONDITION.fullmatch(sentence)
        return (
            told[1].rstrip(".")
            if told and re.search(r"\b(?:if|when|once|after)\b", question, re.I)
            else sentence
        )
    if (told := _BECAUSE.search(sentence)) is not None:
        return _END.split(told[0])[0].rstrip(".").removeprefix("as ")
    before, colon, after = sentence.partition(": ")
    return after.rstrip(".") if colon and len(before.split()) > 1 < len(after.split()) else sentence


def asks_two(question: str) -> bool:
    """Whether two things are asked for at once, of which one answer would tell but one."""
    return _TWO.search(question) is not None


def said_in_one(scene: Scene, query: Query) -> Verdict | None:
    """Yes where one sentence says all that a question asks for, in its order, and nothing against it ("Is Ada a plugin
    for Bee?", "Ada is a plugin for the Bee simulator."); None where none does.
    """
    asked = Asked(query.question)
    if not scene.whole or not _IS.match(query.question) or _BUT.search(query.question):
        return None
    words = [t.stem for i, t in enumerate(asked.tokens) if i not in asked.little]
    if len(words) < _FEWEST or _RANKS.search(query.question):
        return None
    for place in _sentences(scene):
        rest = iter(stems_of(place.text))
        if all(word in rest for word in words) and not _BUT.search(place.text):
            return yes(0.8, f'the page says "{place.text}"', place)
    return None


def _pages(scene: Scene) -> list[int]:
    return sorted({place.page for place in scene.lines})


def _sentences(scene: Scene) -> Iterator[Place]:
    for page in _pages(scene):
        for paragraph in scene.layout(page).paragraphs:
            for sentence in re.split(r"(?<=[.!?;])\s+", paragraph.text):
                if len(sentence.split()) <= _LONGEST:
                    yield Place(paragraph.box, page, sentence, 1.0)


def listed_below(scene: Scene, query: Query) -> Verdict | None:
    """The items that stand below a heading or label of the name that is asked for, as they are written; None where
    none do ("What are the keywords?").
    """
    if query.kind not in ("list", "value") or not scene.whole:
        return None
    asked = Asked(query.question)
    words = [t.stem for i, t in enumerate(asked.tokens) if i not in asked.little]
    found = []
    for label in scene.lines if words else ():
        if list(stems_of(label.text)) != words:
            continue
        x0, _, x1, y1 = label.box.xyxy
        for paragraph in scene.layout(label.page).paragraphs:
            px0, py0, px1, _ = paragraph.box.xyxy
            near = -0.5 * label.height < py0 - y1 < _GAP * label.height and px0 < x1 and px1 > x0
            items = [item for item in re.split(r"\s*[,;•·|]\s*", paragraph.text.rstrip(".")) if item]
            if near and len(items) > 1:
                place = Place(paragraph.box, label.page, paragraph.text, 1.0)
                found.append(Reading(", ".join(items), place, 0.8, f'below "{label.text}"', (place,)))
    return said(found, "") if len(found) == 1 else None
