"""The question reader: a question in plain English becomes a `Question`, a form with what it names.

1. `normalised` takes away what says nothing (politeness, contractions, "in the image"), and turns indirect
   questions ("tell me where X is") into direct ones.
2. The templates of `forms` and `layout_forms` are tried in order; the first that matches wholly wins.
3. Where none does, quoted strings, then names and numbers of the question become targets of form "unknown".

Nothing here raises, whatever the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .forms import direction_of, either_axis, wants_number
from .layout_forms import PATTERNS
from .phrases import NOT_TEXT, SHAPES, Mention, key, mention, quotes_in
from .scope import excluded, split_scope
from .templates import matches
from .visual_forms import kind_of_state, read_visual
from .wording import direct, normalised

__all__ = ["Question", "read"]

_LABELLED = frozenset(("value", "cell", "badge", "compare", "difference", "sum", "order"))
"""Forms whose targets are text in the image, even when the question names them in lower case."""
_ROLES: Mapping[str, Mapping[str, str]] = {
    "cell": {"r": "row", "c": "column"},
    "value": {"a": "label"},
    "badge": {"a": "label"},
}
_SLOTS: tuple[str, ...] = ("r", "c", "a", "b")
_ROLE_HEADS = {"label": "label", "row": "row", "column": "column"}
_READ_WHOLE = re.compile(
    r"button|heading|header|title|message|notice|warning|banner|link|tab|line|sentence|paragraph|sign|"
    r"caption|tooltip|stamp|watermark|alert|error|notification|placeholder",
    re.I,
)
_VALUE_NOUN = re.compile(
    r"(?:(?:exact|current|total|printed|shown|large|small|big|whole|full|right|correct|corresponding|first|last) )?"
    r"(?:values?|numbers?|amounts?|figures?|contents?|reading|text|data|digits?|entry|label|result|cell|word|"
    r"row|column|line|list|item|first|last|top|bottom|end|sum|difference|side|left|right|below|above|part)",
    re.I,
)
_FIXED_OF = re.compile(
    r"(?:date|place|country|year|month|time|city|day|bill|terms?|proof|mode|method|point|rate|statement|certificate|"
    r"means|unit|cost|type|form|state|port|letter|scope|level|number|conditions?) of "
    r"(?:birth|issue|expiry|purchase|death|origin|sales?|delivery|departure|arrival|manufacture|residence|lading|"
    r"materials|goods sold|payment|return|account|service|contact|entry|measure|transport|the art|loading|discharge|"
    r"use|work|pages|employees)",
    re.I,
)
_WORDS_OF_QUESTIONS = re.compile(
    r"what|which|where|who|when|why|how|is|are|was|were|do|does|did|can|could|would|will|should|has|"
    r"have|had|the|a|an|i|it|we|us|me|they|he|she|one|please|tell|find|read|show|give|me|you|in|on|of|"
    r"at|to|and|or|not|no|yes|there|this|that|these|those|image|picture|page|screen|if|whether",
    re.I,
)
_ASKING = re.compile(r"(?:what|which|who|where|when|how|name|give|find)\b", re.I)
_LITTLE = re.compile(
    rf"{_WORDS_OF_QUESTIONS.pattern}|many|much|long|for|from|by|with|my|your|its|under|above|below|as|than|into|about|"
    r"belongs?|stands?|says?|shows?|shown|listed|given|printed|written|means?|takes?|needs?|starts?|begins?|said|like|appears?|words?",
    re.I,
)
"""Words of a question that name nothing."""
_ASKED_FOR = re.compile(
    r"\b(?:what|which) ((?!kind|type|sort|of|page|is|are|does|do|did|was|were|has)[a-z-]+(?: [a-z-]+)?) "
    r"(?:is|are|was|were|does|do|did|has|have|had|belongs?|stands?|can)\b"
)
"""What kind of thing is asked for: often the header of a column."""
_NEGATED = re.compile(r"\b(?:not|never|except|excluding|without|neither|nor|nothing|unless)\b|n't\b")
"""Questions with these words are left unread: a template would read over the negation."""
_BESIDE = re.compile(
    r"\s+(?:next to|beside|among|amongst|near|close to|underneath|under|below|above) (?=the |this |\w)", re.I
)
"""What only says where the thing counted or looked for should be."""
_NO_NAME = re.compile(
    r"\b(?:what|which|where|how (?:many|much|far|often)|(?:can|do|could) (?:i|you|we))\b|"
    r"^(?:is|are|does|do|can|there|to) ",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What a question asks. text: the question. form: one of the forms, or "unknown".

    mentions: (role, mention) pairs, roles "label", "row", "column", "a", "b". direction: where the answer
    stands, seen from the first target ("right", "left", "below", "above", "beside" or ""). asked: what is
    asked of it: an axis or direction (relation), a comparative, a colour, a state, "text"/"background".
    numeric: whether a number is expected. scope: the heading of the part of the page that is meant.
    without: what is not to be counted.
    """

    text: str
    form: str
    mentions: tuple[tuple[str, Mention], ...] = ()
    direction: str = ""
    asked: str = ""
    numeric: bool = False
    scope: Mention | None = None
    without: Mention | None = None

    @property
    def targets(self) -> tuple[tuple[str, str], ...]:
        """(role, phrase) pairs, each phrase worded for a localizer."""
        return tuple((role, m.phrase(_ROLE_HEADS.get(role, ""))) for role, m in self.mentions)

    @property
    def phrases(self) -> tuple[str, ...]:
        """The bare words of the targets, in the order of their roles."""
        return tuple(m.core for _, m in self.mentions)


@lru_cache(maxsize=1024)
def read(question: str, options: Sequence[str] | None = None) -> Question:
    """What the question asks. `options` (hashable) are names to fall back on where it names nothing itself."""
    text, quotes = normalised(question)
    text, without = excluded(text, quotes)
    if (seen := _visual(question, text, quotes)) is not None:
        return seen
    inner, scope = split_scope(text, quotes)
    inner = direct(inner)
    loose = scope is None or not scope.head  # "in Q3" may as well name a column
    if (
        loose
        and (plain := _matched(question, text, quotes)) is not None
        and (scope is None or plain.form != "count")
    ):
        return replace(plain, without=without)
    found = _matched(question, inner, quotes)
    if found is None:
        unread = _unknown(question, text if loose else inner, quotes, options)
        found = _told_by_options(unread, text, options or ())
        scope = found.scope or scope
    return replace(found, scope=scope, without=without)


def _told_by_options(unread: Question, text: str, options: Sequence[str]) -> Question:
    """An unread question whose options say what kind it is: yes and no, numbers to count, or directions."""
    names = [(role, m) for role, m in unread.mentions if role == "a"]
    said = [key(option) for option in options]
    if not names or not said or _NEGATED.search(text):
        return unread
    (_, first), *others = names
    if sorted(said) == ["no", "yes"] and len(names) == 1 and _SEEN.search(text):
        return replace(unread, form="presence", mentions=(("a", first),), numeric=False)
    inside = re.search(rf"\b(?:in|on|under|inside|within) (?:the |my )?{re.escape(first.core)}", text)
    if not inside and all(re.fullmatch(r"\d{1,3}", s) for s in said) and _COUNTED.search(text):
        scope = others[0][1] if len(others) == 1 else None
        return replace(unread, form="count", mentions=(("a", first),), numeric=True, scope=scope)
    named = {m.key for _, m in names}
    if len(named) == 2 and not named & set(said) and all(direction_of(s) for s in said):
        last = re.split(r"[.;!] ", text)[-1]
        a, b = (m for _, m in names)
        turned = a.core not in last and b.core in last
        pair = (("a", b), ("b", a)) if turned else (("a", a), ("b", b))
        axis = either_axis(" or ".join(options)) if len(options) == 2 else ""
        return replace(unread, form="relation", mentions=pair, asked=axis or "open", numeric=False)
    return unread


_SEEN = re.compile(
    r"\b(?:find|see|spot|got|have|has|there|here|include[sd]?|show[ns]?|contain[s]?|appear[s]?|exist[s]?|present|visible|"
    r"on (?:it|this|the (?:page|screen|dashboard))|in (?:it|there|the (?:\w+ )?(?:menu|list|bar|header|footer)))\b",
    re.I,
)
_COUNTED = re.compile(r"\b(?:how m\w{2,3}|count|how often|number of)\b", re.I)


def _matched(question: str, text: str, quotes: tuple[str, ...]) -> Question | None:
    """The question as the first template reads it that makes sense of it; None when none does."""
    if (seen := _visual(question, text, quotes)) is not None:
        return seen
    for form, match in () if _NEGATED.search(text) else matches(PATTERNS, text):
        if got := _question(question, form, match, quotes):
            return got
    again = re.sub(r"^(?:can|could|would|will) (?:you|u) ", "", text, flags=re.I)
    return _matched(question, direct(again), quotes) if again != text else None


def _visual(question: str, text: str, quotes: tuple[str, ...]) -> Question | None:
    """The question where it is one about icons or widgets; None where it is not."""
    if _NEGATED.search(text) or (seen := read_visual(text, quotes)) is None:
        return None
    form, mentions, asked = seen
    return Question(question, form, mentions, asked=asked, numeric=form in ("badge", "count"))


def _question(question: str, form: str, match: re.Match[str], quotes: tuple[str, ...]) -> Question | None:
    """The question of a match; None when the match makes no sense of it."""
    groups = {name: value for name, value in match.groupdict().items() if value}
    if any(_NO_NAME.search(groups[slot]) for slot in _SLOTS if slot in groups):
        return None
    if form in ("presence", "count"):
        groups |= {"a": _BESIDE.split(groups["a"])[0]} if "a" in groups else {}
    mentions = {slot: mention(groups[slot], quotes) for slot in _SLOTS if slot in groups}
    if not all(m.core for m in mentions.values()) or any(
        not m.quoted and _WORDS_OF_QUESTIONS.fullmatch(key(m.core)) for m in mentions.values()
    ):
        return None
    if form == "page" and (not mentions or "b" in mentions):
        total = "total" if re.search(r"\bpages\b", match[0], re.I) else ""
        asked, number = "with" if mentions else total, (("a", Mention("page number")),)
        return Question(question, form, (*number, *mentions.items()), asked=asked, numeric=True)
    if form == "pages":
        links = tuple(("a", Mention(str(n), quoted=True)) for n in (1, 2))
        return Question(question, form, links, asked=groups.get("cmp", ""), numeric=True)
    if not _sensible(form, mentions, match[0]):
        return None
    form = _settled(form, mentions, match[0])
    roles = _ROLES.get(form, {})
    if form == "state" and (kind := kind_of_state(groups.get("st", ""), match[0])):
        headless = {s: m for s, m in mentions.items() if m.head in ("", "box") and not m.is_seen}
        mentions |= {s: replace(m, head=kind) for s, m in headless.items()}
    if form in _LABELLED:
        mentions = {
            slot: _labelled(m, "badge" if form == "badge" else roles.get(slot, "label"))
            for slot, m in mentions.items()
        }
    return Question(
        question,
        form,
        tuple((roles.get(slot, slot), m) for slot, m in mentions.items()),
        direction=_direction(form, groups.get("d", "") or _before(match[0], groups.get("a", ""))),
        asked=_asked(form, groups, match[0]),
        numeric=form in ("badge", "count", "compare", "difference", "sum", "distance")
        or wants_number(match[0]),
    )


def _labelled(named: Mention, role: str) -> Mention:
    """The mention as text of the image: "status" becomes the column "status"."""
    if named.head or named.quoted or NOT_TEXT.search(named.core) or named.core.casefold() in SHAPES:
        return named
    if role == "badge" and named.core.islower() and named.seen is not None and named.seen.kind == "icon":
        return named
    return replace(named, head=_ROLE_HEADS.get(role, "label"))


def _sensible(form: str, mentions: Mapping[str, Mention], text: str) -> bool:
    """Whether the form fits the things named: templates are wide, this is what they are narrowed by."""
    if any(not m.quoted and _NO_NAMED_THING.search(m.core) for m in mentions.values()):
        return False
    if form == "cell" and "c" in mentions:
        column, row = mentions["c"], mentions["r"]
        plain = not (column.quoted or column.head or column.core[0].isupper() or row.core[0].isdigit())
        if plain and _VALUE_NOUN.fullmatch(column.core):
            return False
        if not row.quoted and _WHOLE.fullmatch(row.core):
            return False
        return not (_FIXED_OF.search(f"{column.core} of {row.core}") or _NO_COLUMN.search(column.core))
    if form in ("count", "presence", "both") and any(
        _CLAUSE.search(m.core) for m in mentions.values() if not m.quoted
    ):
        return False
    if form == "presence" and re.match(r"(?:can|could)\b.* (?:find|read)\b", text, re.I):
        return mentions["a"].quoted or not re.search(r"\b(?:of|for)\b", mentions["a"].core)
    if form == "compare" and (mentions["a"].is_seen or re.match(r"(?:up|down)\b", mentions["a"].core)):
        return False
    if form == "compare" and re.search(r"\b(?:higher|lower) than\b.* (?:on|in) the \w+$", text, re.I):
        return False
    if form == "text" and re.match(r"(?:left|right|top|bottom)\b.* of\b", mentions["a"].core, re.I):
        return False
    if form == "position" and re.match(r"(?:find|search|look|take)\b", text, re.I) and "where" not in text:
        thing = mentions["a"]
        named = thing.quoted and not re.search(r"\b(?:of|for)\b", thing.core)
        return named or _FINDABLE.fullmatch(thing.head) is not None or bool(NOT_TEXT.search(thing.core))
    return True


_NO_NAMED_THING = re.compile(
    r"\b(?:highest|lowest|largest|smallest|cheapest|biggest|greatest|most|least|longest|shortest)\b|"
    r"^(?:first|second|third|fourth|fifth|last|\d+(?:st|nd|rd|th))"
    r"(?: (?:items?|rows?|columns?|lines?|words?|entry|one))?$",
    re.I,
)
"""What no label is looked up by: superlatives and ordinals need the whole table."""
_WHOLE = re.compile(
    r"(?:page|document|image|picture|screen|screenshot|table|list|menu|form|text|file|photo)", re.I
)
"""What a question is about as a whole: no row of a table."""
_CLAUSE = re.compile(
    r"\b(?:more|less|fewer|than|is|are|was|were|costs?|have|has|do|does|did|who|that|which|wearing|holding|made|between|per|came|come|from|according|used?|needs?|needed|takes?|took|sold)\b",
    re.I,
)
"""Words of a condition: what is counted or looked for is more than a name."""
_NO_COLUMN = re.compile(
    r"^(?:coordinates?|position|location|bounding box|(?:back)?ground|presence|any|mention|sign|distance|how|where)\b|"
    r"\b(?:coordinates|colou?r|left|right|top|bottom)$",
    re.I,
)
"""What stands before "of X" without being a column: "mention of VAT", "to the right of Total"."""
_FINDABLE = re.compile(
    "button|link|tab|icon|checkbox|check box|toggle|switch|dropdown|drop-down|menu|menu item|menu entry|field|"
    "input field|text field|heading|badge|label|word|text|input|radio button|sidebar item"
)
"""Heads of things that one is asked to find as such: "find the Save button", but "find the total"."""


def _settled(form: str, mentions: Mapping[str, Mention], text: str) -> str:
    """The form after a look at the head word: "what does the Save button say" asks for its whole text."""
    if (
        form == "value"
        and _READ_WHOLE.fullmatch(key(mentions["a"].core).rpartition(" ")[2])
        and not mentions["a"].quoted
    ):
        return "text"
    if form == "value" and _READ_WHOLE.fullmatch(mentions["a"].head):
        if re.search(r"\b(?:say|says|read|reads)\b", text, re.I):
            return "text"
        if re.match(r"(?:read|what is|quote|give|get)\b", text, re.I) and mentions["a"].head in (
            "heading",
            "title",
            "sentence",
        ):
            return "text"
    return form


def _before(text: str, named: str) -> str:
    """The word of direction right before what is named: "how much is shown under Paypal"."""
    found = re.search(
        rf"\b(under|below|beneath|underneath|above|over)(?: the| label)* {re.escape(named)}", text, re.I
    )
    return found[1] if found and named else ""


def _asked(form: str, groups: Mapping[str, str], text: str) -> str:
    if form == "relation":
        if "either" in groups:
            return either_axis(groups["either"]) or "horizontal"
        if "d" in groups:
            return direction_of(groups["d"]) or "open"
        return "horizontal" if re.search(r"\bside of\b", text, re.I) else "open"
    if form == "color":
        kind = re.search(
            r"\b(background|fill|button)\b|\b(text|font|letters?|words?|written|printed)\b", text, re.I
        )
        wanted = "background" if kind and kind[1] else "text" if kind else ""
        return groups.get("col", "").casefold() or wanted
    for slot in ("cmp", "st", "pl"):
        if slot in groups:
            return groups[slot].casefold()
    if form == "compare" and (sign := re.search("[<>=]", text)):
        return {"<": "less", ">": "greater", "=": "equal"}[sign[0]]
    if form == "count" and re.search(r"\b(?:begin|start)(?:s|ning|ing)?(?: off)? with\b", text, re.I):
        return "prefix"
    if form == "page":
        return "contents" if "contents" in groups else "of"
    return ""


def _direction(form: str, words: str) -> str:
    """Where the answer stands; in an order, `below` for what comes after, `above` for what comes before."""
    if form == "order":
        before = r"\b(?:before|preced\w*|prior|previous|above|over|last)\b"
        return "above" if re.search(before, words, re.I) else "below"
    return direction_of(words) if form == "value" else ""


def _unknown(question: str, text: str, quotes: tuple[str, ...], options: Sequence[str] | None) -> Question:
    """Quoted strings, else capitalised phrases and numbers, else the options, as targets of an unread question."""
    names = [*quotes_in(text, quotes), *_names(text)] or _nouns(text)
    if not names and options:
        names = [o for o in options if 0 < len(o.split()) <= 4 and key(o) not in ("yes", "no")]
    unique = {key(n): n for n in reversed(names) if key(n)}
    mentions = tuple(("a", Mention(unique[k], quoted=True)) for k in reversed(unique))
    if mentions and (noun := _ASKED_FOR.search(text)) and not _VALUE_NOUN.fullmatch(noun[1]):
        mentions = (*mentions[:3], ("column", Mention(noun[1], "column")))
    direction = direction_of(_before(text, mentions[0][1].core)) if mentions else ""
    return Question(question, "unknown", mentions[:4], direction, numeric=wants_number(text))


def _nouns(text: str) -> list[str]:
    """Runs of two to four words of a plain question between its little words: "schema cookie"."""
    if not _ASKING.match(text):
        return []
    runs = re.split(rf"(?:^|\s+)(?:(?:{_LITTLE.pattern})(?:\s+|$))+", text, flags=re.I)
    return [run for run in (r.strip(" ,.?!") for r in runs) if 2 <= len(run.split()) <= 4][-2:]


def _names(text: str) -> Iterator[str]:
    """Runs of names and numbers of a text, sentence by sentence."""
    start = r"(?:[A-Z][\w&.:/'-]*|[#$€£]?\d[\w.,/%-]*|\w+_\w*|\(\w+\))"
    for sentence in re.split(r"(?<=[a-z][.;!?]) ", text):
        for found in re.finditer(rf"(?<!\S){start}(?: (?:(?:of|and) )?{start})*", sentence):
            words = found[0].split()
            if found.start() == 0 and " " in text and words[0].isalpha() and not words[0].isupper():
                words = (
                    words[1:] if len(words) > 1 and re.match(start, words[1]) else []
                )  # it only starts the sentence
            while words and found.start() == 0 and _WORDS_OF_QUESTIONS.fullmatch(words[0]):
                words = words[1:]
            if words and not _WORDS_OF_QUESTIONS.fullmatch(" ".join(words)):
                yield re.sub(r"'s?$", "", " ".join(words).strip(" ,.?!:;()"))
