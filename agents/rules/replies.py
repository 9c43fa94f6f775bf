"""The sentences of the rules agent: what it says when it cannot tell, and how several places become one answer.

Confidence is a product: the scores of the targets used, times the reading confidence of the text used, times a
factor below 1 for every weak step (a far neighbour, several places that match, a search that was not complete).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from ...memory.geometry import Box
from ...memory.working import AbsentTarget, VisualWorkingMemory
from ..contracts import Answer, Target
from .amounts import is_value
from .evidence import Anchor, absent, same
from .phrases import NOT_TEXT, Mention
from .reader import Question
from .watch import icon_phrase, watched

__all__ = [
    "WHOLE",
    "cannot",
    "cites_of",
    "is_literal",
    "labels_a_number",
    "missing",
    "one_of",
    "option_targets",
    "places",
    "product",
    "sees_it",
    "targets_of",
]

WHOLE = ("presence", "both", "count")
"""Forms for which a part of a name that was found says nothing."""
ICON_LOCALIZER = "fused:ocr+nano"
OBJECT_LOCALIZER = "hf:IDEA-Research/grounding-dino-tiny"
VISION_AGENT = "hf:Qwen/Qwen3-VL-4B-Instruct"
sees_it = (
    f'as localizer, "{ICON_LOCALIZER}" finds icons and widgets, "{OBJECT_LOCALIZER}" objects; '
    f'as VQA agent, "{VISION_AGENT}" looks at the pixels'
)
"""Which backends see what text cannot show."""

_NO_SURROUNDINGS = frozenset(("presence", "both", "count", "position", "distance", "relation", "color"))


def targets_of(question: Question) -> tuple[Target, ...]:
    """What has to be seen to answer the question, worded for a localizer; the scope's heading comes last."""
    pairs = zip(question.targets, question.mentions, strict=True)
    unique = dict.fromkeys(phrase for (_, phrase), (_, m) in pairs if phrase and not is_literal(question, m))
    several = question.form == "unknown" and len(question.mentions) > 1
    every = several or question.form in ("count", "pages") or question.scope is not None
    every = every or question.asked in ("with", "contents") or question.form == "chosen"
    if question.asked == "prefix":
        unique = dict.fromkeys(f'text starting with "{m.core}"' for _, m in question.mentions)
    around = question.form not in _NO_SURROUNDINGS or (question.form == "count" and labels_a_number(question))
    unique |= dict.fromkeys(m.as_icon for _, m in question.mentions if m.as_icon)
    targets = tuple(Target(phrase, "all" if every else "one", around) for phrase in unique)
    also = watched(question)
    targets = (*(t for t in targets if t.phrase not in {w.phrase for w in also}), *also)
    if question.scope is None or not targets:
        return targets
    return (*targets, Target(question.scope.phrase(), "all"))


def labels_a_number(question: Question) -> bool:
    """Whether "how many X" may ask for the number beside a label X, rather than for X to be counted."""
    times = re.search(r"\b(?:times|often|occur|instances|appear|count the|mention)", question.text, re.I)
    named = [m for _, m in question.mentions]
    return not times and not question.asked and not any(m.head or m.quoted or m.is_seen for m in named)


def option_targets(question: Question, options: Sequence[str]) -> tuple[Target, ...]:
    """The options themselves, where they are page numbers (one stands at the edge of the page) or name icons."""
    if question.form == "icon":
        return tuple(Target(icon_phrase(o), "all", False) for o in options if len(o) <= 60)
    if question.form not in ("page", "pages") or question.asked == "contents":
        return ()
    return tuple(Target(f'"{o}"', "all") for o in options if re.fullmatch(r"[\divxlc]{1,5}", o.strip()))


def is_literal(question: Question, mention: Mention) -> bool:
    """Whether a mention is a number to calculate with and no label: 100 in "Is the total more than 100?"."""
    if question.form not in ("compare", "difference", "sum") or mention.quoted:
        return False
    others = [m for _, m in question.mentions if m is not mention]
    return is_value(mention.core) and not any(is_value(m.core) for m in others)


def cannot(reason: str, cites: Iterable[str] = (), more: tuple[Target, ...] = ()) -> Answer:
    """ "Cannot tell", with the reason."""
    return Answer("", "cannot_tell", 0.0, tuple(dict.fromkeys(cites)), reason=reason, more=more)


def product(*parts: float) -> float:
    """Product of the parts, each clipped to [0, 1]."""
    return math.prod(min(1.0, max(0.0, p)) for p in parts)


def cites_of(memory: VisualWorkingMemory, *used: Anchor) -> tuple[str, ...]:
    """Ids of the crops that show the anchors used, as far as the memory holds them."""
    held = {crop.id for crop in memory.crops}
    return tuple(dict.fromkeys(a.target.crop for a in used if a.target.crop in held))


def places(boxes: Iterable[tuple[Box, int]]) -> str:
    """`(10, 20, 30, 40), (...) on page 2`: boxes as x, y, width, height in pixels."""
    shown = [
        f"({b.x:.0f}, {b.y:.0f}, {b.width:.0f}, {b.height:.0f})" + (f" on page {page}" if page > 1 else "")
        for b, page in boxes
    ]
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")


def looked(a: AbsentTarget) -> str:
    """How thoroughly a target was looked for."""
    ended = "" if a.complete else "; the search ended before everything was seen"
    return f"{a.looks} look{'s' if a.looks != 1 else ''}, {a.seen:.0%} of the image seen finely enough{ended}"


def missing(memory: VisualWorkingMemory, mention: Mention, question: Question) -> Answer:
    """The answer when something that the question names is not among the found targets."""
    gone = absent(memory, mention)
    if gone is None and mention.is_seen and any(same(t.phrase, mention.key) for t in memory.targets):
        return cannot(
            f'Only words that read "{mention.core}" were found, but no such thing was seen: {sees_it}.'
        )
    if gone is None:
        wanted = [t for t in targets_of(question) if mention.core in t.phrase]
        return cannot(f'"{mention.core}" has not been looked for yet.', more=tuple(wanted))
    reason = f'"{mention.core}" was not found: {looked(gone)}.'
    if gone.text_only and (mention.is_seen or NOT_TEXT.search(mention.core)):
        reason += f" It is no text, and only text was looked for: {sees_it}."
    elif gone.text_only and not mention.is_text:
        reason += f" Only text was looked for; if this is no text: {sees_it}."
    return cannot(reason)


def one_of(outcomes: Sequence[tuple[float, Anchor, Answer]], what: str) -> Answer:
    """One answer from those of several matching places, (score, place, answer) each, best score first.

    The same answer everywhere: that. Otherwise the best place when its score leads by 0.1, with 0.7 of its
    confidence; else "cannot tell", naming the places.
    """
    told = [o for o in outcomes if o[2].status == "answered"]
    if not told:
        return outcomes[0][2]
    best = told[0][2]
    if all(o[2].text.casefold() == best.text.casefold() for o in told):
        return best
    where = places((anchor.box, anchor.target.page) for _, anchor, _ in told)
    if told[0][0] - told[1][0] >= 0.1:
        reason = f"{len(told)} places match {what}; the answer is that of the best match. They are {where}."
        return Answer(best.text, "answered", best.confidence * 0.7, best.cites, reason=reason)
    cites = [c for o in told for c in o[2].cites]
    read = "; ".join(f'"{o[2].text}"' for o in told[:4])
    return cannot(f"{len(told)} places match {what} and lead to different answers ({read}): {where}.", cites)
