"""Noun phrases of a question: what is named, and what kind of thing it is said to be.

- A `Mention` keeps the words that stand in the image ("Total Revenue") apart from the head word that the
  asker adds ("label"), because a text localizer looks for the former only.
- Quoted words are taken as they are. Unquoted head words go only where the writing shows that they are no
  part of the name: "Save button", "row 12", but not "Credit Card".
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ..nano.vocabulary import Wanted, parse

__all__ = ["Mention", "NOT_TEXT", "SHAPES", "key", "mask_quotes", "mention", "pieces", "quotes_in", "unmask"]

_QUOTE_PAIRS = (
    ('"', '"'),
    ("“", "”"),
    ("„", "“"),
    ("„", "”"),
    ("”", "”"),
    ("«", "»"),
    ("»", "«"),
    ("‹", "›"),
    ("‘", "’"),
    ("`", "`"),
    ("「", "」"),
    ("'", "'"),
)
_MASK = 0xE000  # private use area: one character per quoted string
_MASKS = "\ue000-\ue0ff"

_STRONG = (
    "label|button|heading|column|row|badge|link|hyperlink|tab|field|input field|text field|text box|textbox|"
    "check ?box|radio button|toggle|switch|drop-?down|slider|menu item|menu entry|nav(?:igation)? item|"
    "nav(?:igation)? entry|sidebar item|sidebar entry|list item|list entry|table row|table column|headline|"
    "subheading|caption|watermark|tooltip|placeholder|tile|widget|stamp"
)
_WEAK = (
    "title|header|menu|item|entry|option|card|text|words?|phrase|string|section|panel|line|sentence|paragraph|message|"
    "notice|warning|banner|box|cell|chip|tag|input|input box|number|value|figure|name|sign|error|alert|"
    "notification|page|key|term|category|series|bar|order|invoice|customer|employee|product|user|account|ticket|"
    "case|article|chapter|appendix|step|code|file|post|task|transaction|record|student|room|flight|vehicle|part|sku|id"
)
_HEADS = f"{_STRONG}|{_WEAK}"
_CANON = {
    "entry": "entry",
    "words": "word",
    "hyperlink": "link",
    "headline": "heading",
    "subheading": "heading",
}
_NAMED = (
    r"(?:(?:that|which) (?:says?|reads?|shows?|is (?:called|named|labell?ed|titled))|"
    r"saying|reading|showing|called|named|labell?ed|titled|entitled|marked|with the (?:text|label|name|title|caption)|"
    r"with (?:text|label)|for|of|:)"
)
_ARTICLES = (
    r"(?:(?:the|an?|this|that|these|those|any|some|my|our|your|its|their|one|another|each|every|all(?: of)?(?: the)?)"
    r" )+"
)
_PLACE = (
    r"(?:image|picture|photo|photograph|screenshot|screen|page|document|table|list|menu|side ?bar|form|receipt|"
    r"invoice|bill|dashboard|window|scan|report|sheet|spreadsheet|grid|diagram|figure|chart|view|site|website|"
    r"web ?page|app|application|dialog(?:ue)?(?: box)?|nav(?:igation)?(?: bar| menu)?|tool ?bar|letter|pdf|file|"
    r"top bar|menu bar|statement|contract|slide|poster|scene|panel|header|footer)"
)
_CONTEXT = (
    rf"(?:(?:on|in|within|inside|from|of|at|to) (?:the |this |that |my |our )?(?:\w+ )?{_PLACE}"
    r"|here|there|anywhere)"
)
_ADJECTIVES = r"(?:little|small|big|large|blue|red|green|grey|gray|black|white|orange|yellow|primary|main)"

_NOT_TEXT_WORDS = (
    "icon|icons|glyph|pictogram|logo|logos|picture|pictures|photo|photos|photograph|image|images|avatar|avatars|arrow|arrows|"
    "symbol|symbols|chart|charts|graph|graphs|diagram|thumbnail|thumbnails|emoji|illustration|drawing|barcode|"
    "qr code|signature|spinner|cursor|scrollbar|progress bar|person|people|man|woman|men|women|boy|girl|child|"
    "children|dog|dogs|cat|cats|car|cars|truck|trucks|bus|bicycle|bike|motorcycle|bird|birds|horse|tree|trees|"
    "house|houses|building|bottle|cup|umbrella|bag|backpack|hat|shirt|glove|gloves|chair|bench|flag|ball|boat|"
    "traffic light|face|faces|animal|animals|flower|shoe|shoes|helmet|scarf|dress|jacket"
)
NOT_TEXT = re.compile(rf"\b(?:{_NOT_TEXT_WORDS})\b", re.I)
"""Words for things that no text localizer can see."""

SHAPES = frozenset(
    [
        "email",
        "email address",
        "e-mail address",
        "e-mail",
        "url",
        "web address",
        "phone",
        "phone number",
        "telephone number",
        "percentage",
        "page number",
    ]
)
"""Things that a text localizer knows by their shape, so that no label need stand beside them."""

_PREFIX_HEAD = re.compile(rf"(?P<head>{_HEADS})(?P<named> {_NAMED})? (?P<core>.+)", re.I)
_SUFFIX_STRONG = re.compile(rf"(?P<core>.+?) (?P<head>{_STRONG})s?", re.I)
_SUFFIX_ANY = re.compile(rf"(?P<core>.+?) (?P<head>{_HEADS})(?:s|es)?", re.I)
_NAME_LIKE = re.compile(rf"[A-Z0-9#$€£{_MASKS}]")
_ID_LIKE = re.compile(r"(?:no\.? ?|number )?(#?[A-Z]{0,4}[-/]?\d[\w./-]*)", re.I)


_JOINTS = (
    "in|on|at|of|for|from|to|by|with|under|below|above|beside|as|and|or|the|that|which|is|are|was|were|has|have|do|"
    "does|did|created|shown|listed|given|installed|written|printed|made|marked|named|called|according|starting|row|"
    "column|entry|table|list|badge|label|'s"
)


_TAIL = (
    "created|shown|listed|given|installed|written|printed|displayed|named|called|stated|offered|begins?|starts?|"
    "have|has|got|show|according"
)
"""Verbs and participles behind a name that are no part of it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that the question names. core: the words to look for; head: "button", "row", ... or ""."""

    core: str
    head: str = ""
    quoted: bool = False

    @property
    def key(self) -> str:
        """What its places are compared by; quoted words keep their articles."""
        return key(self.phrase())

    @property
    def is_text(self) -> bool:
        """Whether the writing says that these words stand in the image as text."""
        if self.quoted:
            return True
        if NOT_TEXT.search(self.core):
            return False
        return bool(self.head) or bool(_NAME_LIKE.search(self.core))

    @property
    def seen(self) -> Wanted | None:
        """The icon, widget or region that is named; None for text, and for what no vocabulary knows."""
        found = None if self.is_text else parse(self.core)
        return found if found is not None and not found.label else None

    @property
    def is_seen(self) -> bool:
        """Whether it can be no text: "search" may be a word, "search icon" and "checked box" are not."""
        found = self.seen
        return found is not None and (found.kind != "icon" or NOT_TEXT.search(self.core) is not None)

    @property
    def as_icon(self) -> str:
        """How to say it to a localizer as an icon, where the bare words may also be text ("bell"); "" elsewhere."""
        found = self.seen
        return f"{self.core} icon" if found is not None and found.kind == "icon" and not self.is_seen else ""

    def phrase(self, role_head: str = "") -> str:
        """How to say it to a localizer: `label "Total"`, or the plain words of something that is no text.

        Words that may be both are said as text; `as_icon` says the other.
        """
        core = self.core.replace('"', "'")
        if self.as_icon:
            return f'"{core}"'
        if not self.is_text:
            return core
        head = self.head or role_head
        return f'{head} "{core}"' if head else f'"{core}"'


def mask_quotes(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` with every quoted string replaced by one private character, and the strings.

    A straight single quote opens only at the start of a word and closes only at the end of one, so that
    apostrophes stay.
    """
    quotes: list[str] = []

    def keep(match: re.Match[str]) -> str:
        inner = (
            match.group("q").strip(" ,;:?!")
            if len(match.group("q").strip()) > 1
            else match.group("q").strip()
        )
        if not inner or len(quotes) > 0xFF:
            return match.group(0)
        quotes.append(unmask(inner, tuple(quotes)))
        return chr(_MASK + len(quotes) - 1)

    text = re.sub(f"[{_MASKS}]", " ", text)
    for opening, closing in _QUOTE_PAIRS:
        single = opening in "'‘"
        before, after = (r"(?<!\w)", r"(?!\w)") if single else ("", "")
        middle = f"(?:(?!{closing}(?!\\w)).)+?" if single else f"[^{closing}]+?"
        text = re.sub(f"{before}{opening}(?P<q>{middle}){closing}{after}", keep, text)
    return text, tuple(quotes)


def unmask(text: str, quotes: tuple[str, ...]) -> str:
    """The text with its quoted strings back in place, without quote marks."""
    return re.sub(
        f"[{_MASKS}]",
        lambda m: quotes[ord(m.group(0)) - _MASK] if ord(m.group(0)) - _MASK < len(quotes) else "",
        text,
    )


def quotes_in(text: str, quotes: tuple[str, ...]) -> list[str]:
    """The quoted strings of a masked text, in its order."""
    return [unmask(mask, quotes) for mask in re.findall(f"[{_MASKS}]", text)]


def mention(text: str, quotes: tuple[str, ...] = ()) -> Mention:
    """The thing that a piece of a (masked) question names; its core is "" when nothing is named."""
    words = _trimmed(text)
    masked = re.search(f"[{_MASKS}]", words)
    if masked:
        return _quoted(words, quotes)
    if match := _PREFIX_HEAD.fullmatch(words):
        core = _trimmed(match["core"])
        lower = match["head"][0].islower()
        id_like = _ID_LIKE.fullmatch(core)
        if id_like and lower:
            return Mention(id_like[1], _canon(match["head"]))
        said = match["named"] and match["named"].strip() not in ("of", "for")
        if core and lower and (said or core[0].isupper() or core[0].isdigit()):
            return Mention(core, _canon(match["head"]))
    if words.islower() and (known := parse(words)) and known.state is not None and not known.label:
        return Mention(words)  # "checked checkbox": no name that a checkbox bears
    if match := _SUFFIX_STRONG.fullmatch(words):
        core = _trimmed(match["core"])
        plain = re.fullmatch(_ADJECTIVES, core, re.I)
        if core and not plain and (match["head"][0].islower() or core.isupper()):
            return Mention(_without_adjective(core), _canon(match["head"]))
    if match := _SUFFIX_ANY.fullmatch(words):
        core = _trimmed(match["core"])
        if (
            core
            and match["head"][0].islower()
            and _NAME_LIKE.match(core)
            and not core.casefold().endswith(" id")
        ):
            return Mention(core, _canon(match["head"]))
    return Mention(words)


def _quoted(words: str, quotes: tuple[str, ...]) -> Mention:
    inside = re.findall(f"[{_MASKS}]", words)
    rest = _trimmed(re.sub(f"[{_MASKS}]", " ", words))
    core = unmask(inside[0], quotes)
    if NOT_TEXT.search(rest):
        return Mention(unmask(words, quotes))
    until_second = words.split(inside[1])[0] if len(inside) > 1 else words
    head = re.findall(rf"\b({_HEADS})s?\b", until_second, re.I)
    if id_like := (_ID_LIKE.fullmatch(core) if not rest else None):
        core = id_like[0]
    return Mention(core, _canon(head[-1]) if head else "", quoted=True)


def _trimmed(text: str) -> str:
    """Without articles, words that only say where to look ("on the page") and loose punctuation."""
    before = None
    words = re.sub(r"\s+", " ", text).strip(" ,;:.?!-")
    while words != before:
        before = words
        words = re.sub(rf"^{_ARTICLES}(?=\S)", "", words, flags=re.I)
        words = re.sub(rf"[, ]+{_CONTEXT}$", "", words, flags=re.I)
        words = re.sub(
            r"^(?:is|are|it|that|which|to|at)\s+(?=\S)|\s+(?:is|are|itself|please|exactly|now)$",
            "",
            words,
            flags=re.I,
        )
        words = re.sub(rf"(?<=\S) (?:{_TAIL})$", "", words)
        words = words.strip(" ,;:.?!-")
    return words


def _without_adjective(core: str) -> str:
    return re.sub(rf"^(?:{_ADJECTIVES} )+(?=[A-Z])", "", core)


def _canon(head: str) -> str:
    head = head.casefold()
    return _CANON.get(head, head)


def key(text: str) -> str:
    """What two phrases are compared by: no case, quotes, head words, accents or outer punctuation.

    >>> key('label "Total Revenue:"') == key("total revenue")
    True
    """
    masked, quotes = mask_quotes(unicodedata.normalize("NFKC", text))
    core = mention(masked, quotes).core or text
    plain = "".join(c for c in unicodedata.normalize("NFKD", core) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", plain).strip(" :;,.?!'\"=").casefold()


def pieces(words: str) -> tuple[str, ...]:
    """Shorter phrases to look for where a long one was not found: without its last or first word, then names and
    numbers, then what stands between prepositions, participles and commas.

    >>> pieces("Anna Bauer in 2017")
    ('Anna Bauer', '2017')
    """
    names = re.findall(r"(?:[A-Z#$€£]|\d)[\w.:/&'-]*(?: (?:[A-Z#$€£]|\d)[\w.:/&'-]*)*", words)
    parts = re.split(rf"\s*[,;()]\s*|\s+(?:{_JOINTS})\s+|\s+(?:{_JOINTS})$|^(?:{_JOINTS})\s+", words)
    split = words.split()
    ends = [" ".join(split[:-1])] * (len(split) > 1 and split[-1].islower())
    ends += [re.sub(r"^(?:[a-z]\S* )+", "", words)]
    ends += [" ".join(split[1:])] * (len(split) > 2 and split[0].islower())
    trimmed = [p for p in (_trimmed(re.sub("'s?$", "", p)) for p in (*ends, *names, *parts)) if len(p) > 1]
    unique = {p.casefold(): p for p in reversed(trimmed) if p.casefold() != words.casefold()}
    return tuple(p for p in dict.fromkeys(trimmed) if unique.get(p.casefold()) == p)
