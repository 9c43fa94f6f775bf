"""What literal text a target phrase names, and how well a line that was read agrees with it.

- A phrase becomes a `TextQuery`: literal texts, a pattern, or anything. An unquoted phrase with a head word
  keeps both readings ("Save button": `Save`, and `Save button` as it stands), so nothing is lost by guessing.
- Texts are compared as runs of whole words, folded: case, accents, ligatures, punctuation and spaces do not
  count, and the usual slips of OCR (0/O, 1/l/I, rn/m, vv/w) are equal. A digit is never a slip of a digit.
- Score 0.85 and more: this is it. 0.6 to 0.85: maybe. A whole line beats a mention inside a longer line.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from .contracts import ANY_TEXT

__all__ = ["TextQuery", "loose", "matches", "may_hold", "similarity", "spoken_text"]

Span = tuple[int, int]

MENTION = 0.93
"""Factor for a text that is only a part of its line."""
OTHER_CASE = 0.98
"""Factor for a match in different case."""
SLIP = 0.97
"""Factor for a match that needs folding of accents, punctuation, spaces or OCR slips."""
BARE_NUMBER = 0.95
"""Score of a line that is a lone number, where a page number is asked for."""
RUNNING = 0.75
"""Score of a number at the start or end of a line of other text, where a page number is asked for."""
EDIT_COST = 1.6
"""Share of the query's length that one true edit costs: 4 letters 0.60, 6 letters 0.73, 12 letters 0.87."""
OTHER_DIGITS = 0.5
"""Ceiling where a digit differs."""
STRIPPED = 0.98
"""Factor where a head word or article of the phrase was left out: "Job" for the phrase "Job title"."""
SHORT = 3
"""Texts of up to this many letters and digits must match exactly, but for case."""


@dataclass(frozen=True, slots=True)
class TextQuery:
    """What to look for in lines of text.

    texts: literal texts, any of them will do, barest first, the phrase itself last. pattern: a regular
    expression instead. at_page_edge: only lines near the top or bottom of the page count. anything: every
    line matches. prefix: what a word starts with, letter case included.
    """

    texts: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None
    at_page_edge: bool = False
    anything: bool = False
    prefix: str = ""

    @property
    def shortest(self) -> int:
        """Fewest characters that a match can have; 1 where that is open."""
        return max(1, len(self.prefix), min((len(t) for t in self.texts), default=1))


_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_NUMBER = r"\d{1,3}(?:[,. ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CURRENCY = r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|chf|jpy|inr)\b)"
_PATTERNS = {
    "date": rf"\b\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}\b|\b\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}\b"
    rf"|\b{_MONTH} ?\d{{1,2}}(?:st|nd|rd|th)?(?:,? ?\d{{4}})?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)? ?{_MONTH}(?:,? ?\d{{4}})?|\b{_MONTH} \d{{4}}\b",
    "time": r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\b\.?)?|\b\d{1,2} ?[ap]\.?m\b\.?",
    "email": r"[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)+",
    "url": r"\bhttps?://[^\s]+|\bwww\.[^\s]+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|dev|html?)\b(?:/[^\s]*)?",
    "phone": r"\+?\(?\d{1,4}\)?(?:[ .()-]{1,2}\d{2,5}){2,5}\b",
    "price": rf"{_CURRENCY} ?(?:{_NUMBER})|(?:{_NUMBER}) ?{_CURRENCY}",
    "percentage": r"[+-]?\d+(?:[.,]\d+)? ?%",
    "page number": r"(?P<running>^\d{1,4}(?=\s+[^\W\d]{2}.{8,})"
    r"|(?<=[^\W\d]{3}\s)(?<!chapter\s)(?<!section\s)(?<!version\s)(?<!figure\s)(?<!table\s)\d{1,4}$)|^\W*(?:\d{1,4}|[ivxl]{1,7})\W*$|\bpage\s*\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?"
    r"|^\W*\d{1,4}\s*(?:of|/)\s*\d{1,4}\W*$",
}
_KIND_NAMES = {
    "email address": "email",
    "e-mail address": "email",
    "e-mail": "email",
    "mail address": "email",
    "link address": "url",
    "web address": "url",
    "phone number": "phone",
    "telephone number": "phone",
    "amount": "price",
    "price/amount": "price",
    "amount of money": "price",
    "percent": "percentage",
    "page no.": "page number",
    "page numbers": "page number",
} | {kind: kind for kind in _PATTERNS}

_HEADS = """
    label heading header headline subheading title subtitle caption legend text line word words phrase name
    string number value message link hyperlink button tab menu entry item option column row cell field input
    textbox badge tag chip checkbox switch toggle dropdown drop-down section card widget tile key
    menu_item menu_entry menu_option list_item column_header column_heading column_title table_header
    row_header table_cell text_field input_field text_box check_box page_title section_title section_heading
    radio_button dropdown_menu icon_label
"""
_HEAD = "|".join(sorted(_HEADS.split(), key=len, reverse=True)).replace("_", " ")
_SAYS = (
    r"(?:(?:that|which) (?:says|reads|is (?:called|named|label+ed|titled))|saying|reading|label+ed"
    r"|named|called|titled|marked|with (?:the )?(?:text|label|title|name|caption|words?))"
)
_ARTICLE = re.compile(r"^(?:the|an?|any|this|that)\s+", re.IGNORECASE)
_LEADING = re.compile(rf"^(?:{_HEAD})(?:\s+{_SAYS}|\s*:)?\s+(?=\S)")
_TRAILING = re.compile(rf"(?<=\S)\s+(?:{_HEAD})$")
_STARTING = re.compile(r"""(?:text|word|line) starting with ["“](.+)["”]""")
_QUOTED = re.compile(
    r"""["“”„«»]\s*([^"“”„«»]*?)\s*["“”„«»]|`([^`]+)`|「([^」]+)」|(?<!\w)['‘‚](.+?)['’‘](?!\w)"""
)


@lru_cache(maxsize=1024)
def spoken_text(phrase: str) -> TextQuery:
    """The text that a target phrase names.

    Quoted text is taken as it stands. `any text` asks for every line; `page number`, `date`, `email
    address`, `price` and the like, in lower case and alone, for a pattern. Otherwise the phrase is the text
    itself, and so is what remains of it without a lower-case head word at either end.

    >>> spoken_text("the 'Save' button").texts
    ('Save',)
    >>> spoken_text("label Total Revenue").texts
    ('Total Revenue', 'label Total Revenue')
    """
    phrase = " ".join(phrase.split())
    if phrase == ANY_TEXT:
        return TextQuery(anything=True)
    if match := _STARTING.fullmatch(phrase):
        return TextQuery(prefix=match[1])
    quoted = [text for groups in _QUOTED.findall(phrase) for text in groups if text]
    if quoted:
        return TextQuery((max(quoted, key=len),))
    bare = _ARTICLE.sub("", phrase) or phrase
    kind = _KIND_NAMES.get(bare if not bare.startswith("Page n") else bare.lower())
    if kind:
        pattern = re.compile(_PATTERNS[kind], re.IGNORECASE)
        return TextQuery(pattern=pattern, at_page_edge=kind == "page number")
    core = _LEADING.sub("", bare)
    core = _TRAILING.sub("", bare) if core == bare else core
    core = _ARTICLE.sub("", core) if core != bare else core
    return TextQuery(tuple(dict.fromkeys(text for text in (core, bare, phrase) if text)))


def loose(text: str) -> str:
    """Letters and digits alone, folded, with everything equal that `matches` takes for equal: for `may_hold`.

    >>> loose("Modern-0 W") == loose("modemo vv")
    True
    """
    return _letters(text).translate(_LOOSE)


def _letters(text: str) -> str:
    folded = text.lower() if text.isascii() else _folded(text)
    return _BETWEEN.sub("", folded)


def may_hold(query: TextQuery, loose_text: str, least: float = 0.85) -> bool:
    """Whether a text of one or many lines, made `loose`, may hold a match of at least that score; it misses none.

    A text with k edits has one of its k + 1 parts as it is.

    >>> may_hold(spoken_text("Total Revenue"), loose("The total re-\\nvenue of 2024"))
    True
    >>> may_hold(spoken_text("Loss"), loose("The total revenue"))
    False
    """
    if query.anything or query.pattern is not None:
        return True
    for text in (query.prefix,) if query.prefix else query.texts:
        wanted = _letters(text)
        if least > OTHER_DIGITS and any(
            loose(digits) not in loose_text for digits in _DIGITS.findall(wanted)
        ):
            continue
        edits = math.floor((1 - least) / EDIT_COST * len(wanted)) if len(wanted) > SHORT else 0
        ends = [len(wanted) * k // (edits + 1) for k in range(edits + 2)]
        if any(wanted[i:j].translate(_LOOSE) in loose_text for i, j in pairwise(ends)):
            return True
    return False


def similarity(query: TextQuery, line: str) -> tuple[float, Span]:
    """Score in [0, 1] and the (start, end) characters of the best match in the line; 0 and (0, 0) for none.

    >>> similarity(spoken_text("Orders"), "Orders placed this week")
    (0.93, (0, 6))
    """
    return next(iter(matches(query, line)), (0.0, (0, 0)))


def matches(query: TextQuery, line: str) -> list[tuple[float, Span]]:
    """All matches in the line that do not overlap, best first: scores in (0, 1] and character spans."""
    if query.anything:
        found = [(1.0, (0, len(line)))] if line else []
    elif query.prefix:
        found = [(1.0, m.span()) for m in re.finditer(rf"(?<!\w){re.escape(query.prefix)}[\w-]*", line)]
    elif query.pattern is not None:
        found = list(_pattern_matches(query.pattern, line))
    else:
        found = [
            (score * (1.0 if text == query.texts[-1] else STRIPPED), span)
            for text in query.texts
            for score, span in _text_matches(text, line)
        ]
    kept: list[tuple[float, Span]] = []
    for score, (start, end) in sorted(found, key=lambda m: (-m[0], m[1])):
        if all(end <= other[0] or other[1] <= start for _, other in kept):
            kept.append((round(score, 4), (start, end)))
    return kept


def _pattern_matches(pattern: re.Pattern[str], line: str) -> Iterator[tuple[float, Span]]:
    for match in pattern.finditer(line):
        if match.end() > match.start():
            if match.lastgroup == "running":
                yield RUNNING, match.span()
                continue
            whole = match.group().strip() == line.strip()
            yield (MENTION if not whole else BARE_NUMBER if line.strip().isdigit() else 1.0), match.span()


@dataclass(frozen=True, slots=True)
class _Word:
    """A word at [start, end) of its line. skeleton: folded, slips made equal; digits: "1" where it is one."""

    start: int
    end: int
    folded: str
    skeleton: str
    digits: str


_TOKEN = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # scripts without spaces: each character is a word
    r"|(?:[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[\u0300-\u036f]|(?<=\d)[.,:/-](?=\d))+"
)
_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile(r"[\W_]+")
_LOOSE = str.maketrans({"0": "o", "1": "l", "i": "l", "m": "rn", "w": "vv"})
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SLIPS = str.maketrans({"0": "o", "1": "l", "i": "l", ",": "."})


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[_Word, ...]:
    words = []
    for token in _TOKEN.finditer(text):
        start = token.start()
        for part in _CAMEL.split(token.group()):
            folded = _folded(part)
            merged = folded.replace("rn", "m").replace("vv", "w")
            digits = "".join("1" if c.isdigit() else "0" for c in merged)
            words.append(_Word(start, start + len(part), folded, merged.translate(_SLIPS), digits))
            start += len(part)
    return tuple(words)


def _folded(text: str) -> str:
    """Lower case, compatibility forms taken apart, accents dropped."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart.casefold() if not unicodedata.combining(c))


def _text_matches(text: str, line: str) -> Iterator[tuple[float, Span]]:
    words, wanted = _words(line), _words(text)
    if not wanted:
        yield from _symbol_matches(text.strip(), line)
        return
    skeleton, digits = "".join(w.skeleton for w in wanted), "".join(w.digits for w in wanted)
    length, slack = len(skeleton), max(2, round(0.4 * len(skeleton)))
    for first in range(len(words)):
        run = run_digits = ""
        for last in range(first, len(words)):
            run, run_digits = run + words[last].skeleton, run_digits + words[last].digits
            if len(run) > length + slack:
                break
            score = _agreement(skeleton, digits, run, run_digits) if len(run) >= length - slack else 0.0
            if score <= 0:
                continue
            window = words[first : last + 1]
            if score == 1:
                score = _spelling(text, wanted, line, window)
            yield score * (1.0 if len(window) == len(words) else MENTION), (window[0].start, window[-1].end)


def _agreement(a: str, a_digits: str, b: str, b_digits: str) -> float:
    """1 for equal skeletons, less for every edit, at most `OTHER_DIGITS` when a digit is involved."""
    if a == b:
        return 1.0
    if len(a) <= SHORT or Levenshtein.distance(a, b, score_cutoff=len(a) // 2) > len(a) // 2:
        return 0.0
    edits = Levenshtein.editops(a, b)
    score = max(0.0, 1 - EDIT_COST * len(edits) / len(a))
    numeric = any(
        (edit.tag != "insert" and a_digits[edit.src_pos] == "1")
        or (edit.tag != "delete" and b_digits[edit.dest_pos] == "1")
        for edit in edits
    )
    return min(score, OTHER_DIGITS) if numeric else score


def _spelling(text: str, wanted: tuple[_Word, ...], line: str, window: tuple[_Word, ...]) -> float:
    """How exactly two texts of equal skeleton agree; short ones must be equal but for case and accents."""
    a, b = text[wanted[0].start : wanted[-1].end], line[window[0].start : window[-1].end]
    if a == b:
        return 1.0
    if "".join(w.folded for w in wanted) != "".join(w.folded for w in window):
        return OTHER_DIGITS if sum(len(w.skeleton) for w in wanted) <= SHORT else SLIP
    return OTHER_CASE if a.casefold() == b.casefold() else SLIP


def _symbol_matches(text: str, line: str) -> Iterator[tuple[float, Span]]:
    """Texts without letters or digits ("+", "..."): found only as they stand."""
    at = line.find(text) if text else -1
    if at >= 0:
        yield (1.0 if line.strip() == text else MENTION), (at, at + len(text))
