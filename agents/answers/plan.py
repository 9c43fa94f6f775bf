"""From what is asked to what has to be seen: the targets of a question.

- A thing with a name is found by its name, as text; a thing known by its looks (an icon, a check box) by them.
- A noun that could name an icon ("person", "chip") is looked for as one only where the question is about what is seen:
  an icon takes a look at every page, a text layer none, and what is asked of a person is told by words.
- The state of a widget needs the widgets of its kind, and those that are on.
- `ANY_TEXT` asks for whole pages to be read: for tables and lists, and where a name was not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ...memory.colors import named_color
from ..contracts import ANY_TEXT, Target
from ..nano.vocabulary import STATEFUL, WIDGETS, parse
from ..reader.query import Query, Wanted

__all__ = [
    "EVERYTHING",
    "LITTLE",
    "Looks",
    "SWITCHED",
    "chain",
    "looks_of",
    "names_of",
    "on_phrase",
    "targets_of",
    "texts_of",
]

EVERYTHING = Target(ANY_TEXT, "all", False)
_ON = {"checkbox": "checked checkbox", "switch": "switch that is on", "radio": "selected radio button"}
LITTLE = re.compile(
    r"\W*(?:in|on|at|of|for|to|from|by|with|and|or|is|are|it|the|an?|there|here|out|up|off|as|value|number|\w)\W*",
    re.I,
)
"""Words that name nothing by themselves."""
SWITCHED = ("checkbox", "switch", "radio")
"""Widgets that a label stands beside and that are on or off."""
_ICONIC = re.compile(r"(?:icon|symbol|pictogram|glyph)s?", re.I)
_HEADED = re.compile(
    r"^(?:the )?(?:heading|label|button|text|column|row|tab|link|field|title|word|section|menu|item|option|"
    r"user|error|message|key|"
    r"table|card|entry|file|folder|page) (?=[A-Z0-9\"'“‘])"
)
"""What kind of thing a name is, said within it: "heading Sortable Table"."""
_FIELD = re.compile(r"(.{3,}?) (?:box|field|bar|input|area)", re.I)
_DOCUMENT = re.compile(
    r"(?:this |the )?(?:page|screen|screenshot|image|picture|document|invoice|receipt|bill|form|letter|"
    r"contract|report|file|"
    r"statement|order|certificate|agreement|label|manual|article|booklet|passage|text|note|paper|app|window|website|site|photo|photograph|dialog|table|list|menu|card|sheet|ticket)s?",
    re.I,
)
"""What a question is about as a whole; no name to look for."""
_OF_WORDS = ("value", "text", "compare", "page", "list", "which", "count")
"""Kinds of question whose answer is told by words, unless a thing is said to lie somewhere or to be seen."""
_IN_SIGHT = re.compile(
    r"\bhow many [\w-]+(?: [\w-]+)?(?: are(?: there)?| (?:do|can) (?:you|i|we|one) (?:see|count)\b|\W*$)"
    r"|\b(?:visible|shown|displayed|drawn|seen|full|filled|lit|picture[ds]?|image)\b",
    re.I,
)
"""Things are counted as they are seen: "how many stars are there"."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What is looked for of a thing. texts: words to read. kind: the widget or region it is, "" for none that is known.

    phrase: as what a localizer looks for it, "" where only words tell. icon: whether it is an icon.
    """

    texts: tuple[str, ...] = ()
    kind: str = ""
    phrase: str = ""
    icon: bool = False


def looks_of(wanted: Wanted) -> Looks:
    """What is looked for of one thing, without those that it is found by."""
    noun, name = wanted.noun.strip(), _HEADED.sub("", wanted.name.strip())
    if _ICONIC.fullmatch(noun) or _ICONIC.search(noun) or re.search(r"\bicon\b", name):
        words = re.sub(_ICONIC, "", f"{name} {noun}").strip() or noun
        known = parse(f"{words} icon") if words else None
        phrase = f"{words} icon" if known is not None and known.kind == "icon" else ""
        return Looks((name,) if name and not phrase else (), "icon", phrase, True)
    known = parse(noun) if noun else None
    if known is not None and known.label and not name:  # "Record button" read as one noun
        name, known = known.label, replace(known, label="")
    if known is not None and known.kind in ("widget", "region") and not known.label:
        if not name:
            return Looks((wanted.state,) if _names(wanted) else (), known.name, known.name)
        icon = parse(f"{name} icon") if known.name == "button" and name.islower() else None
        phrase = f"{name} icon" if icon is not None and icon.kind == "icon" and icon.name else known.name
        return Looks((name,), known.name, phrase, bool(icon and phrase.endswith("icon")))
    if not name and re.fullmatch(r"[A-Z][a-z]+(?: \w+)?", wanted.state) and not named_color(wanted.state):
        name = wanted.state  # "Locked" of "the Locked label"
    if name:
        return Looks((name,))
    if field := _FIELD.fullmatch(noun):
        return Looks((field[1],), "input", "input")
    if re.search(r"[^\W\d_a-z]", noun):  # "Dropbox entry" read as a noun
        return Looks(
            (
                re.sub(
                    r" (?:entry|row|line|item|record|column|cell|section|field|option|setting|label)s?$",
                    "",
                    noun,
                ),
            )
        )
    if noun and not _DOCUMENT.fullmatch(noun):
        named = parse(noun)
        if named is not None and named.kind == "icon" and noun.islower():
            return Looks((noun,), "icon", f"{noun} icon", True)
        return Looks((noun,))
    return Looks()


def _names(wanted: Wanted) -> bool:
    """Whether what was read as a state is none, but the name of a widget: "Use" of "how many Use buttons"."""
    stated = parse(f"{wanted.state} {wanted.noun}") if wanted.state else None
    return wanted.state[:1].isupper() and not (
        stated is not None and stated.state is not None and not stated.label
    )


def chain(wanted: Wanted | None) -> Iterator[Wanted]:
    """A thing, the thing by which it is found, and so on."""
    while wanted is not None:
        yield wanted
        wanted = wanted.beside


def names_of(query: Query) -> tuple[str, ...]:
    """All names and attributes of a question that may stand on the page, longest joined ones first.

    Spans that follow each other in the question are also taken as one: "Goodwill" + "impairment".
    """
    spans = [s for s in query.spans if s.role in ("ASK", "NAME", "NOUN", "VALUE", "STATE", "ORDER", "NUM")]
    joined: list[str] = []
    for i, first in enumerate(spans):
        for last in spans[i + 1 : i + 4]:
            between = query.question[first.start : last.end]
            inner = [s for s in spans if first.start <= s.start and s.end <= last.end]
            if len(between.split()) <= sum(len(s.text.split()) for s in inner) + 1 and len(between) <= 60:
                joined += dict.fromkeys((between, re.sub(r"\b(?:the|an?|my|your|this|its) ", "", between)))
    told = [s.text for s in spans if s.role in ("ASK", "NAME", "VALUE")]
    return tuple(
        n for n in dict.fromkeys((*sorted(joined, key=len, reverse=True), *told)) if not LITTLE.fullmatch(n)
    )


def texts_of(query: Query) -> tuple[str, ...]:
    """The words to be read for a question: of its things, then what is asked of them, then values that are tested."""
    found = [text for w in query.wanted for thing in chain(w) for text in looks_of(thing).texts]
    return tuple(
        dict.fromkeys(
            t for t in (*found, query.ask, query.value) if re.search(r"\w", t) and not LITTLE.fullmatch(t)
        )
    )


def on_phrase(kind: str) -> str:
    """How a widget that is on is looked for."""
    return _ON.get(kind, f"selected {kind}")


def targets_of(
    query: Query, options: Sequence[str], placed: bool = False, written: bool = False
) -> tuple[Target, ...]:
    """What has to be seen first. placed: whether the question says where something lies to a thing. written: whether
    the page has a text layer, where what can be named is written."""
    every = query.kind in ("count", "list", "which", "page")
    around = query.kind not in ("presence", "side", "where", "act", "count")
    found: dict[str, Target] = {}
    for text in texts_of(query)[:6]:
        found[f'"{_quotable(text)}"'] = Target(f'"{_quotable(text)}"', "all" if every else "one", around)
    things = _things(query, placed, written)
    for phrase in things:
        found[phrase] = Target(phrase, "all", False)
    if query.kind in ("list", "which", "compare") or (query.kind == "count" and not things):
        found[ANY_TEXT] = EVERYTHING
    if query.kind == "value" and any(
        w.order or w.noun.casefold() in ("cell", "row", "column") for w in query.wanted
    ):
        found[ANY_TEXT] = EVERYTHING
    if query.kind == "icon":
        for option in options[:8]:
            if (known := parse(f"{option} icon")) is not None and known.kind == "icon":
                found[f"{option} icon"] = Target(f"{option} icon", "all", False)
    return tuple(found.values()) or ((EVERYTHING,) if query.kind not in ("foreign", "other") else ())


def _things(query: Query, placed: bool, written: bool) -> tuple[str, ...]:
    """Phrases of what is seen rather than read. placed, written: as of `targets_of`."""
    found: list[str] = []
    of_words = query.kind in _OF_WORDS and not placed and not _IN_SIGHT.search(query.question)
    in_words = written or of_words
    for w in query.wanted:
        for thing in chain(w):
            looks = looks_of(thing)
            stateful = looks.kind in STATEFUL
            maybe_icon = looks.kind == "icon" and bool(looks.texts)
            if looks.phrase and not (maybe_icon and in_words):
                found.append(looks.phrase)
                if looks.icon and looks.kind in WIDGETS:
                    found.append(looks.kind)
            told = query.kind in ("state", "which", "count", "list", "value", "colour", "text")
            if stateful and (told or (query.kind == "presence" and thing.state)):
                found += [looks.kind, on_phrase(looks.kind)]
    if query.kind in ("which", "count") and not found and any(_is_switched(w.state) for w in query.wanted):
        found += [p for kind in SWITCHED for p in (kind, on_phrase(kind))]
    if query.kind == "state" and not found:
        found += [p for kind in SWITCHED for p in (kind, on_phrase(kind))] + [
            "tab",
            "selected tab",
            "menu item",
            "selected menu item",
        ]
    return tuple(dict.fromkeys(found))


def _is_switched(state: str) -> bool:
    """Whether a state is one that check boxes and switches have."""
    known = parse(f"{state} checkbox") if state else None
    return known is not None and known.state is not None and not known.label


def _quotable(text: str) -> str:
    return " ".join(text.replace('"', "'").split())[:150]
