"""What has to be seen beside the things that a question names: widgets of a kind, and those of them that are on."""

from __future__ import annotations

import re

from ..contracts import Target
from ..nano.vocabulary import STATEFUL, parse
from .reader import Question
from .visual_forms import PLAIN, state_phrase

__all__ = ["icon_phrase", "kind_of", "region_of", "watched"]


def kind_of(question: Question) -> str:
    """The kind of widget whose state is asked for; "" where no widget with states is."""
    if question.form != "state" or re.match(
        r"(?:currently )?(?:disabled|gr[ae]yed|clickable)\b", question.asked
    ):
        return ""
    (_, named), *_ = question.mentions
    found = parse(named.head) if named.head else named.seen
    return found.name if found is not None and found.name in STATEFUL else ""


def watched(question: Question) -> tuple[Target, ...]:
    """What has to be seen beside the things that the question names."""
    phrases: list[str] = []
    if kind := kind_of(question):
        phrases += [PLAIN.get(kind, kind), state_phrase(kind, True)]
    if question.form == "holder":
        phrases += [question.asked]
    icon_named = any(m.seen is not None and m.seen.kind == "icon" for _, m in question.mentions)
    if question.form == "badge" and icon_named:
        phrases += ["badge"]
    if region := region_of(question):
        phrases += [region]
    return tuple(Target(phrase, "all", False) for phrase in phrases)


def region_of(question: Question) -> str:
    """The region of the page in which icons or widgets are meant: "toolbar"; "" where none is named."""
    found = _REGION.search(question.text)
    if found is None or question.scope is not None or not any(m.is_seen for _, m in question.mentions):
        return ""
    region = parse(found[1].casefold())
    return region.name if region is not None and region.kind == "region" else ""


_REGION = re.compile(
    r"\b(?:in|on|inside|within|of|does) (?:the |this )"
    r"(header|footer|top bar|nav ?bar|navigation(?: bar)?|side ?bar|tool ?bar|"
    r"dialog(?:ue)?(?: box)?|popup|modal)\b",
    re.I,
)


def icon_phrase(option: str) -> str:
    """An option as the phrase of an icon: "gear" -> "gear icon"."""
    plain = re.sub(r"^(?:an? |the )", "", option.strip(), flags=re.I).casefold()
    return plain if re.search(r"\bicon\b", plain) else f"{plain} icon"
