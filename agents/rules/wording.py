# ruff: noqa: E501 - one rule a line
"""A question without what says nothing: politeness, contractions, quote marks, indirect speech.

All rules stand in tables; they are applied in order and never fail.
"""

from __future__ import annotations

import re
import unicodedata

from .phrases import mask_quotes

__all__ = ["direct", "normalised"]

_LONGEST = 600  # characters of a question that are read; the rest is prose around it

_SPELLING = (
    (r"\b(what|where|which|who|how|that|there|it|here)(?:'s|s'|’s)\b", r"\1 is"),
    (r"\b(whats|wheres|whos|hows|theres)\b", lambda m: m[1][:-1] + " is"),
    (r"\b(what|where|which|who|there)'re\b", r"\1 are"),
    (r"\bcolour", "color"),
    (r"\bcoloured", "colored"),
    (r"\bnext-to\b", "next to"),
    (r"\bin front of\b(?= the (?:label|word))", "left of"),
    (r"^(?:isnt|isn't)\b", "is"),
    (r"^(?:doesnt|doesn't)\b", "does"),
    (r"\b(?:cant|can't|cannot)\b (?=you|i|we)", "can "),
    (r"\bwanna\b", "want to"),
    (r"[, ]+or not(?=\W*$)", ""),
    (r"\b(whether|if) or not\b", r"\1"),
    (r"\s+(?:is|are|'s)?\s*=\s*$", " ="),
    (
        r",? as (?:printed|shown|given|stated|displayed|written|listed|indicated|you can see)\b[^,?]*(?=\W*$)",
        "",
    ),
)
_ASK = (
    r"(?:please|pls|kindly|ok|okay|so|now|hi|hello|hey|hey there|quick question|question|q|well|and|then|also|"
    r"first|excuse me|sorry|thanks)[,:.!;-]*\s+",
    r"(?:can|could|would|will) (?:you|u)(?: please| kindly| maybe)? (?=\w+ )(?!see|find|spot|read|make out|detect|notice|identify)",
    r"(?:can|could|would|will) (?:you|u)(?: please| kindly| maybe)? (?=(?:read the|identify the|(?:read|find|identify) (?:me|out|off|what|where|how|which|whether|if))\b)",
    r"(?:do|would|could|can|might) (?:you|u) (?:please |happen to |perhaps )?(?:know|tell|say|mind telling me|be able to (?:tell|say))(?: me| us)?[,:]? ",
    r"(?:i|we)(?:'d| would)? (?:like|want|need|wish|love)(?: you)? to (?:know|see|find out|learn|ask|check|find|read)[,:]? ",
    r"(?:i|we) (?:wonder|am wondering|was wondering|need to know|want to know|must know|have to know|am looking for|'m looking for)[,:]? ",
    r"(?:i'm|i am|im) (?:wondering|looking for|trying to find(?: out)?|curious(?: about)?)[,:]? ",
    r"(?:any (?:idea|clue)|no idea|guess|remind me|explain|answer)[,:]? ",
    r"(?:let me know|tell me|tell us|say|find out|figure out|work out|let us know|inform me|see|check|verify|determine|show me|"
    r"give me|state|report|read|identify|look up|confirm)[,:]? (?=(?:what|where|which|how|if|whether|who|when|in which|in what|on which|at which)\b)",
    r"(?:tell me|tell us|give me|let me have|give us|let me know|hand me|get me)[,:]? (?=(?:the|a|an|about|all|any|\w+'s)\b)",
)
_LEADS = tuple(re.compile(p, re.I) for p in _ASK)
_TAIL = re.compile(
    r"[\s?.!,;:]+$|[\s,]+(?:please|pls|thanks|thank you|thx|cheers|exactly|(?:can|could) you tell me|do you know|"
    r"if you (?:can|please|could)|right now|for me|in your opinion)$",
    re.I,
)
_INDIRECT: tuple[tuple[str, str], ...] = (
    (r"(?:if|whether)(?: or not)? there (is|are) (.+)", r"\1 there \2"),
    (r"(?:if|whether)(?: or not)? (you|i|we|one) (can|could) (.+)", r"\2 \1 \3"),
    (r"(?:if|whether)(?: or not)? (.+?) (is|are|was|were|has|have|can|could) (.+)", r"\2 \1 \3"),
    (r"(?:if|whether)(?: or not)? (.+?) (?:contain|ha|show|include|display|mention|list|say)s (.+)", r"does \1 contain \2"),
    (r"(?:if|whether)(?: or not)? (.+?) (?:appear|exist|occur)s(.*)", r"does \1 appear\2"),
    (r"(?:if|whether)(?: or not)? (.+)", r"is \1"),
    (r"(what|who|which) ((?!is |are |was |does |do |did |has |color |page |number |value |\w+ (?:is|are|does|do|has) ).+) (is|are|was|were)", r"\1 \3 \2"),
    (r"(where) ((?!is |are |was |does |do |did |can ).+) (is|are|was|were)(| located| positioned| placed)", r"\1 \3 \2\4"),
    (r"(where) (i|you|we) (can|could) (.+)", r"\1 \3 \2 \4"),
    (r"(what color|which color|how far(?: apart| away)?|how old|how much) ((?!is |are |was |does |do |has ).+?) (is|are)( apart| away)?", r"\1 \3 \2\4"),
    (r"(what|how much) ((?!is |are |was |does |do |did |has ).+) ((?-i:say|read|show|display|contain|cost|equal|indicate))(?-i:s)", r"\1 does \2 \3"),
)  # fmt: skip
_INDIRECT_PATTERNS = tuple((re.compile(p, re.I), to) for p, to in _INDIRECT)


def normalised(question: str) -> tuple[str, tuple[str, ...]]:
    """The question without politeness and quote marks, as (masked text, quoted strings)."""
    text = unicodedata.normalize("NFC", question[:_LONGEST])
    text = re.sub(r"[\s\u200b\ufeff]+", " ", text).strip()
    text, quotes = mask_quotes(text)
    text = re.sub("[’‘`´]", "'", text)
    for pattern, to in _SPELLING:
        text = re.sub(pattern, to, text, flags=re.I)
    text = _peeled(text)
    return direct(text), quotes


def direct(text: str) -> str:
    """A (masked) question without politeness, indirect speech turned round."""
    text = _peeled(text)
    for indirect, to in _INDIRECT_PATTERNS:
        if match := indirect.fullmatch(text):
            text = match.expand(to)
            break
    return _peeled(text)


def _peeled(text: str) -> str:
    """Without polite openings and closings, however many."""
    for _ in range(8):
        before = text
        text = _TAIL.sub("", text).strip()
        for lead in _LEADS:
            if (match := lead.match(text)) and match.end() < len(text):
                text = text[match.end() :]
        if text == before:
            break
    return text
