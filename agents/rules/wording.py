# ruff: noqa: E501 - one rule a line
"""A question without what says nothing: politeness, contractions, quote marks, indirect speech.

All rules stand in tables; they are applied in order and never fail.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

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
_ENDS = {"first": "up", "last": "down"}
_PLAIN = r"(?!(?:what|which|where|who|how|when|why|is|are|was|were|does|do|did|has|have|can|could|in|on|at|for|under|between|among|within|of|from|according|relative|and|or|before|after|going|judging|looking|if|as|with|by|to|since|there|this|that|based|given|tell|find|read)\b)"
_NAME_FIRST = rf"{_PLAIN}(?P<name>[^?:]{{2,60}}?)"
_REPHRASED: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (
        rf"{_PLAIN}(?P<place>[^,:?.]{{3,40}}): (?P<rest>[^:?]+, (?:is|are|does|was|were) .+)",
        r"\g<rest> in the \g<place>",
    ),
    # the name first, a pronoun in the question: "Stop button: is it below the list?"
    (
        rf"{_NAME_FIRST}(?:\s*[-–—:;,.]+)? (?P<verb>is|are|was|were|does|do|has|can) (?:it|that|this|they|those|these) (?P<rest>.+)",
        r"\g<verb> \g<name> \g<rest>",
    ),
    (
        rf"{_NAME_FIRST}\s*[-–—:;,.]+ (?P<ask>where|what color) (?P<verb>is|are) (?:it|that|this|they)(?P<rest>.*)",
        r"\g<ask> \g<verb> \g<name>\g<rest>",
    ),
    (r"(?P<before>(?:is|are) .+ (?:in|on|under) .+) (?:in|on) there", r"\g<before>"),
    # the place first: "Orders table, how many rows ...", "sidebar: where is ..."
    (
        rf"{_PLAIN}(?P<place>(?:(?! or )[^,:?.]){{3,40}})[,:] (?P<rest>(?:and )?(?:how|what|which|where|when|is|are|does|do|did|position|number)\b.+?)",
        r"\g<rest> in the \g<place>",
    ),
    (
        r"(?P<rest>.+?) \((?:in |from )?(?:the )?(?P<place>[\w ]+? (?:table|list|section|card|panel|page|form|menu|chart|box))(?: one)?\)",
        r"\g<rest> in the \g<place>",
    ),
    # counting
    (
        r"(?:the )?number of (?:times|occurrences)(?: that)? (?P<name>.+?) (?:shows? up|appears?|occurs?|comes up|is (?:shown|listed|mentioned|printed|written|named|used))(?P<rest>.*)",
        r"how many times does \g<name> appear\g<rest>",
    ),
    (
        r"(?P<name>.+?) (?:is|are|was) (?:listed|shown|mentioned|printed|named|given|written|used)(?: as \w+ \w+)?,? how (?:many times|often)",
        r"how many times does \g<name> appear",
    ),
    (
        r"count (?:up |all )?(?:the )?(?P<name>.+?) (?:starting|beginning|that start|that begin) with (?P<rest>.+)",
        r"how many \g<name> start with \g<rest>",
    ),
    (
        r"how many (?:of )?(?:the )?(?:\w+ ){1,3}(?:is|are|were) (?:by|from|for) (?P<name>.+)",
        r"how many times does \g<name> appear",
    ),
    # presence
    (
        r"(?:would|will|should|might|may|do) (?P<who>i|you|we|one) (?P<verb>find|see|spot) (?P<rest>.+)",
        r"can \g<who> \g<verb> \g<rest>",
    ),
    (r"(?:has|have) (?P<page>.+?) got (?P<rest>.+)", r"does \g<page> have \g<rest>"),
    # places
    (
        r"(?P<before>.*?)\b(?:higher(?: up)?|further up) or (?:lower(?: down)?|further down)(?: on (?:the|this) \w+)? than (?P<rest>.+)",
        r"\g<before>above or below \g<rest>",
    ),
    (
        r"(?P<before>.*?)\b(?P<side>above|below|under|over|left of|right of|to the left of|to the right of) (?P<name>.+?) or (?P<other>above|below|under|over|left of|right of|to the left of|to the right of) (?:it|that)\b(?P<tail>.*)",
        r"\g<before>\g<side> or \g<other> \g<name>\g<tail>",
    ),
    (
        r"(?:what|which)(?: one)? (?:comes|is|stands|appears) (?P<end>first|last)\b[^,?]*, (?P<a>[^,]+?) or (?P<b>[^,]+)",
        lambda m: f"which is further {_ENDS[m['end'].casefold()]}, {m['a']} or {m['b']}",
    ),
)
"""Ways of asking that the templates need not know, and the plain question they stand for."""
_REPHRASED_PATTERNS = tuple((re.compile(p, re.I), to) for p, to in _REPHRASED)
_TAIL = re.compile(
    r"[\s?.!,;:]+$|[\s,]+(?:please|pls|thanks|thank you|thx|cheers|exactly|(?:can|could) you tell me|do you know|"
    r"if you (?:can|please|could)|right now|for me|in your opinion)$",
    re.I,
)
_INDIRECT: tuple[tuple[str, str], ...] = (
    (r"(?:if|whether)(?: or not)? there (is|are) (.+)", r"\1 there \2"),
    (r"(?:if|whether)(?: or not)? (you|i|we|one) (can|could) (.+)", r"\2 \1 \3"),
    (r"(?:if|whether)(?: or not)? (.+?) (is|are|was|were|has|have|can|could) (.+)", r"\2 \1 \3"),
    (
        r"(?:if|whether)(?: or not)? (.+?) (?:contain|ha|show|include|display|mention|list|say)s (.+)",
        r"does \1 contain \2",
    ),
    (r"(?:if|whether)(?: or not)? (.+?) (?:appear|exist|occur)s(.*)", r"does \1 appear\2"),
    (r"(?:if|whether)(?: or not)? (.+)", r"is \1"),
    (
        r"(what|who|which) ((?!is |are |was |does |do |did |has |color |page |number |value |\w+ (?:is|are|does|do|has) ).+) (is|are|was|were)",
        r"\1 \3 \2",
    ),
    (
        r"(where) ((?!is |are |was |does |do |did |can ).+) (is|are|was|were)(| located| positioned| placed)",
        r"\1 \3 \2\4",
    ),
    (r"(where) (i|you|we) (can|could) (.+)", r"\1 \3 \2 \4"),
    (
        r"(what color|which color|how far(?: apart| away)?|how old|how much) ((?!is |are |was |does |do |has ).+?) (is|are)( apart| away)?",
        r"\1 \3 \2\4",
    ),
    (
        r"(what|how much) ((?!is |are |was |does |do |did |has ).+) ((?-i:say|read|show|display|contain|cost|equal|indicate))(?-i:s)",
        r"\1 does \2 \3",
    ),
)
_INDIRECT_PATTERNS = tuple((re.compile(p, re.I), to) for p, to in _INDIRECT)


def normalised(question: str) -> tuple[str, tuple[str, ...]]:
    """The question without politeness and quote marks, as (masked text, quoted strings)."""
    text = unicodedata.normalize("NFC", question[:_LONGEST])
    text = re.sub(r"[\s\u200b\ufeff]+", " ", text).strip()
    text, quotes = mask_quotes(text)
    text = re.sub("[’‘`´]", "'", text)
    for pattern, to in _SPELLING:
        text = re.sub(pattern, to, text, flags=re.I)
    text = _peeled(re.sub(r"\banywhere (?=on|in|at)\b", "", text))
    for plainly, to in _REPHRASED_PATTERNS:
        if match := plainly.fullmatch(text):
            text = to(match) if callable(to) else match.expand(to)
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
