"""How the benchmarks score an answer, as they were published. A score is (value, weight), see `sample.Score`.

- A letter is right or wrong; a refusal is wrong, but where "does not feature" is the right option.
- A click is right in the box, its edges included, or in the polygon; where nothing is meant, only a refusal is right.
- ANLS: 1 - distance / longer length to the nearest accepted answer, in lower case; 0 from a distance of half on.
- Fields of receipts: right where the text is the same but for white space; F1 over all fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...memory.geometry import Box
from ..report import CaseResult
from .sample import Sample, Score

__all__ = [
    "anls",
    "in_polygon",
    "iou_of_boxes",
    "score_anls",
    "score_answer",
    "score_boxes",
    "score_click",
    "score_field",
]

ANLS_LEAST = 0.5
"""Similarity up to which an answer counts as another one."""


def score_answer(sample: Sample, result: CaseResult) -> Mapping[str, Score]:
    """Right or wrong, as `judge` says."""
    return {"accuracy": (float(result.verdict == "right"), 1.0)}


def score_boxes(sample: Sample, result: CaseResult) -> Mapping[str, Score]:
    """The same, and the IoU of the boxes that the answer names with those of the case."""
    named = [box for _, box in result.places]
    return {
        **score_answer(sample, result),
        "IoU": (iou_of_boxes([box for _, box in sample.case.boxes], named), 1.0),
    }


def score_click(sample: Sample, result: CaseResult) -> Mapping[str, Score]:
    """Whether the click is right."""
    if sample.case.cannot_tell or result.status != "answered" or not result.places:
        right = sample.case.cannot_tell and result.status != "answered"
    else:
        x, y = result.places[0][1].center
        if sample.polygon:
            right = in_polygon(x, y, sample.polygon)
        else:
            right = any(box.contains(Box(x, y, 0, 0)) for _, box in sample.case.boxes)
    return {"accuracy": (float(right), 1.0)}


def score_anls(sample: Sample, result: CaseResult) -> Mapping[str, Score]:
    """ANLS; a refusal is an empty answer."""
    case = sample.case
    allowed = (*([] if case.answer is None else [case.answer]), *case.accept)
    return {"ANLS": (anls(result.answer if result.status == "answered" else "", allowed), 1.0)}


def score_field(sample: Sample, result: CaseResult) -> Mapping[str, Score]:
    """F1 as 2 x right / (answered + asked), and the share that is right as a value of its type."""
    answered = result.status == "answered"
    same = answered and " ".join(result.answer.split()) == " ".join(sample.case.expected.split())
    return {
        "F1": (2.0 * same, 1.0 + answered),
        "same value": (float(result.verdict == "right"), 1.0),
    }


def anls(answer: str, allowed: Sequence[str]) -> float:
    """Average normalised Levenshtein similarity of one answer, in [0, 1].

    >>> anls("Nestle", ["Nestlé SA", "nestlé"]), anls("5", ["55"]), anls("", ["yes"])
    (0.8333333333333334, 0.0, 0.0)
    """
    from rapidfuzz.distance import Levenshtein

    def similarity(right: str) -> float:
        a, b = (" ".join(text.lower().split()) for text in (answer, right))
        return 1.0 - Levenshtein.normalized_distance(a, b)

    best = max((similarity(right) for right in allowed), default=0.0)
    return best if best > ANLS_LEAST else 0.0


def iou_of_boxes(right: Sequence[Box], named: Sequence[Box]) -> float:
    """Mean over the right boxes of the best IoU that a named one has with it, in [0, 1]."""
    if not right:
        return 0.0
    return sum(max((box.iou(other) for other in named), default=0.0) for box in right) / len(right)


def in_polygon(x: float, y: float, corners: Sequence[tuple[float, float]]) -> bool:
    """Whether a point lies in a polygon (even-odd rule) or on its edge; the last corner joins the first."""
    inside = False
    for (ax, ay), (bx, by) in pairwise((*corners, corners[0])):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            inside = not inside
    return inside
