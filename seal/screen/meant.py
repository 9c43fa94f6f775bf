"""What an instruction may mean: things to look for among the elements, each with how far it is to be trusted.

- The reader says which thing is named, of what kind, in what state, where, beside what (`seal.agents.reader`).
- A verb may be the name of what is clicked: "delete the row of Ann" is something called delete, beside "Ann"; "click
  the row" is not. Verbs that only say that something is clicked, opened or filled in name nothing.
- The whole phrase may be the name: "Sort by date", "Add to cart".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ..agents.nano.vocabulary import parse
from ..agents.reader.query import Query, Wanted
from ..memory.listed import listed
from ..memory.typed import plain
from .roles import plays

__all__ = ["Meaning", "OF_ALL", "SWITCHING", "TICKING", "TOGGLING", "meanings", "mentioned", "verb_first"]

NEUTRAL = listed("""
    click on, click, tap on, tap, press, push, hit, open up, open, select, choose, pick, go to, go back to, navigate to,
    visit, find, locate, show me, show, view, see, look at, use, focus on, focus, activate, enable, disable, turn on,
    turn off, toggle, switch on, switch off, switch to, switch, check, tick, untick, uncheck, mark, unmark, deselect,
    unselect, type,
    enter, write, fill in, fill out, fill, put, set, change, expand, collapse, hover over, hover, double click on,
    double click, double-click, right click on, right click, right-click, scroll to, move to, point at, point to,
    where is, where are, where do i, launch, start, bring up, jump to, access, i want to, please, now, then
    """)
"""Verbs that say what is done, not to what. They can be names too: the whole phrase is looked for as well."""
OTHER_VERB = 0.6
"""Trust in a thing that something else than clicking is to be done to, where nothing on the screen is called so."""
UNEXPLAINED = 0.8
"""Trust left for every word of an instruction that was not understood."""
_LITTLE = frozenset(
    listed("""
        a, an, the, my, your, this, that, its, in, on, at, of, for, to, from, with, and, by, into, it, is, here, there,
        page, screen, button, link, icon, option, please, me, up, out, off
        """)
)
SEARCHING = re.compile(r"(?:search|look|searching) (?:for|up) .+|search", re.I)
TYPING = re.compile(
    r"(?:type|enter|write|put|fill in|insert|key in) .+? (?:in|into|in to|on) (?P<where>(?:the|my|your) .+)",
    re.I,
)
ICONIC = re.compile(r"\b(?:icon|symbol|glyph|pictogram)s?$", re.I)
"""At the end of a phrase: what is meant is an icon, whatever else is called so."""
TOGGLING = re.compile(
    r"(?:please )?(?:check|tick|untick|uncheck|select|deselect|mark|unmark|toggle|enable|disable|activate|deactivate|"
    r"choose|turn|switch (?:on|off)|set)\b",
    re.I,
)
"""What is done to check boxes, radio buttons and switches."""
OF_ALL = re.compile(rf"{TOGGLING.pattern} all\b", re.I)
"""What is done to all of several, or with the one control for all of them: no heading is meant."""
TICKING = re.compile(r"(?:please )?(?:un)?(?:check|tick)\b", re.I)
"""What is done to check boxes alone."""
SWITCHING = re.compile(
    r"(?:please )?(?:(?:switch|turn|toggle) o(?:n|ff)|enable|disable|activate|deactivate)\b", re.I
)
"""What is done to switches alone."""
_PARTED = re.compile(
    r"(?:please )?(?:turn|switch|set|put) (?P<what>(?!o(?:n|ff)\b).+?)(?: to)? (?P<way>on|off)[ .!]*", re.I
)
DRAGGING = re.compile(r"\b(?:drag|drop|swipe|draw a)\b", re.I)
_PAGE_NUMBER = re.compile(r"\bpage (?:no\.? |number )?(\d{1,4})\b", re.I)
_ARTICLE = re.compile(r"^(?:the|an?|my|your|this|that|its) ", re.I)


@dataclass(frozen=True, slots=True)
class Meaning:
    """Something that an instruction may mean. trust: in [0, 1], what a perfect match of it is worth.

    whole: whether it is the whole phrase taken as a name, which counts only where it stands so. unless: another one
    that speaks against it where something fits that: "delete the comment" is not the comment where something deletes.
    """

    wanted: Wanted
    trust: float = 1.0
    whole: bool = False
    unless: Wanted | None = None


def verb_first(instruction: str) -> str:
    """An instruction with what it switches behind the whole verb.

    >>> verb_first("Turn the sound off."), verb_first("set Wi-Fi to on"), verb_first("click Save")
    ('turn off the sound', 'turn on Wi-Fi', 'click Save')
    """
    words = " ".join(instruction.split())
    parted = _PARTED.fullmatch(words)
    return words if parted is None else f"turn {parted['way'].casefold()} {parted['what']}"


def meanings(instruction: str, read: Callable[[str], Query], names: Iterable[str]) -> list[Meaning]:
    """What an instruction may mean, most literal first. names: what elements of the screen are called.

    read: the reader of questions.
    """
    words = _ARTICLE.sub("", " ".join(instruction.split()).strip(" .!?"))
    if typed := TYPING.fullmatch(words):
        words = f"click {typed['where']}"
        query = read(words)
    else:
        query = read(instruction)
    verb, rest = _verb(words)
    known = list(names)
    found = [Meaning(Wanted(name=_ARTICLE.sub("", words)), 1.0, whole=True)]
    if verb and rest:
        found.append(Meaning(Wanted(name=_ARTICLE.sub("", rest)), 1.0, whole=True))
    if SEARCHING.fullmatch(words):
        found.append(Meaning(Wanted(noun="search field"), 0.9))
        return found
    found += dict.fromkeys(cut for phrase in _without_verbs(words) for cut in _split(phrase))
    for phrase in dict.fromkeys((words, _ARTICLE.sub("", rest))):
        labelled = parse(phrase) if phrase else None
        if labelled is not None and labelled.label:
            found.append(Meaning(Wanted(noun=labelled.name, name=labelled.label)))
        elif labelled is not None and labelled.kind == "icon" and labelled.name and ICONIC.search(phrase):
            found.append(Meaning(Wanted(noun=f"{labelled.name} icon")))
    found += _of_a_kind(rest, known)
    if plays(told := Wanted.parse(rest or words)):
        found.append(Meaning(told))
    wanted = _named(query, instruction, known)
    if wanted is not None and wanted.noun == "box" and TOGGLING.match(words):
        wanted = replace(wanted, noun="checkbox")
    if wanted is not None and (number := _PAGE_NUMBER.search(words)):
        found.append(Meaning(replace(wanted, noun="page", name=number[1])))
    if wanted is not None and (wanted.beside is not None or wanted.place):
        head = _JOINED.split(_ARTICLE.sub("", rest or words))[0]
        if name := _HEAD.sub("", head):
            noun = head[len(name) :].strip()
            noun = noun if (kind := parse(noun)) is not None and kind.kind == "widget" else ""
            found.append(Meaning(replace(wanted, name=name, noun=noun), 0.97, whole=True))
    if verb:
        trust = 1.0 if wanted is None else UNEXPLAINED ** len(_unexplained(query, rest, wanted))
        return [*found, Meaning(Wanted(name=rest) if wanted is None else wanted, trust if rest else 0.0)]
    first, _, more = words.partition(" ")
    if wanted is None:
        return [*found, Meaning(Wanted(name=first if not more else words), 0.9)]
    if not more or not _is_verb(query, first):
        return [*found, Meaning(wanted, UNEXPLAINED ** len(_unexplained(query, words, wanted)))]
    done = Wanted(name=first)
    beside = None if not wanted.words else wanted
    found.append(Meaning(replace(done, relation="of", beside=beside), 0.95))
    return [*found, Meaning(wanted, OTHER_VERB, unless=done)]


def _of_a_kind(phrase: str, names: Sequence[str]) -> Iterable[Meaning]:
    """A name that is on the screen, with what it is: "the dropdown Action For Selected"."""
    said = plain(_ARTICLE.sub("", phrase))
    for name in mentioned(phrase, names):
        kind = said.replace(plain(name), "", 1).strip(" '\"")
        known = parse(kind) if kind else None
        if known is not None and known.kind == "widget" and not known.label:
            yield Meaning(Wanted(noun=kind, name=name))


def _unexplained(query: Query, words: str, wanted: Wanted) -> list[str]:
    """Words of a phrase that say neither what is meant nor anything about it."""
    relations = (s.text for s in query.spans if s.role == "REL" and s.text.islower())
    said = {w for text in (*relations, wanted.words) for w in plain(text).split()}
    return [w for w in re.findall(r"\w[\w'-]*", plain(words)) if w not in said and w not in _LITTLE]


def _split(words: str) -> list[Meaning]:
    """A name and what it belongs to, wherever the phrase can be cut: "view all | invoices", "edit | Oliver Liam"."""
    parts = words.split()
    cuts = [(" ".join(parts[:i]), " ".join(parts[i:])) for i in range(1, min(len(parts), 6))]
    told = ((name, _ARTICLE.sub("", _JOINT.sub("", rest))) for name, rest in cuts)
    return [
        Meaning(Wanted(name=name, relation="of", beside=Wanted(name=rest)), 0.97, whole=True)
        for name, rest in told
        if rest and plain(name) not in _LITTLE
    ]


_JOINED = re.compile(
    r" (?:in|on|at|of|for|from|with|next to|beside|near|below|above|under|left of|right of|to the) ", re.I
)
_HEAD = re.compile(
    r" (?:entry|item|option|link|page|section|tab|button|menu|field|icon|row|card|label|text)$", re.I
)
"""What a thing is, behind its name."""
_JOINT = re.compile(r"^(?:(?:of|for|from|in|on|at|to|with|the|next to|beside)\b ?)+", re.I)


def _verb(words: str) -> tuple[str, str]:
    """The neutral verbs at the start of a phrase, "" where there are none, and the rest."""
    rests = _without_verbs(words)
    rest = rests[-1] or rests[max(0, len(rests) - 2)]  # "click Open": the last one is the name
    return words.removesuffix(rest).strip(), rest


def _without_verbs(words: str) -> list[str]:
    """The phrase, and what is left of it after each neutral verb at its start: a verb may be part of a name."""
    rests = [words]
    while found := _NEUTRAL.match(rests[-1]):
        rests.append(rests[-1][found.end() :])
    return rests


_NEUTRAL = re.compile(rf"(?:{'|'.join(sorted(map(re.escape, NEUTRAL), key=len, reverse=True))})(?: |$)", re.I)


def _is_verb(query: Query, first: str) -> bool:
    """Whether the first word is none of a thing's: the reader gave it no role."""
    spans = [s for s in query.spans if s.start < len(first)]
    return query.kind == "act" and not spans and first.casefold() not in _LITTLE


def _named(query: Query, instruction: str, names: Sequence[str]) -> Wanted | None:
    """What the reader says is meant, with names completed to how they stand on the screen."""
    if not query.wanted:
        return Wanted(name=query.ask) if query.ask else None
    first = query.wanted[0]
    if first.noun and not first.name and (value := _value_behind(query)):
        first = replace(first, name=value)
    elif first.noun[:1].isupper() and first.name.islower() and parse(first.noun) is None:  # "delete Backup"
        first = Wanted(name=first.name, relation="of", beside=replace(first, name=first.noun, noun=""))
    wanted = _completed(first, mentioned(instruction, names))
    if query.ask and query.relation:  # "the e-mail address of Ann"
        return Wanted(name=query.ask, relation=query.relation, beside=wanted)
    return wanted


def _value_behind(query: Query) -> str:
    """What the reader took for a value and stands right behind a noun: the radio button Weekly."""
    for noun, value in pairwise(query.spans):
        between = query.question[noun.end : value.start]
        if (noun.role, value.role) == ("NOUN", "VALUE") and not between.strip(" '\""):
            return value.text
    return ""


def _completed(wanted: Wanted, said: Sequence[str]) -> Wanted:
    name = wanted.name
    if name:
        longer = [s for s in said if _holds(plain(s), plain(name)) and len(s) > len(name)]
        name = max(longer, key=len, default=name)
        if longer:  # words of the name were taken for what it is: the dropdown Action For "Selected"
            wanted = replace(wanted, noun=_without(wanted.noun, name))
    beside = None if wanted.beside is None else _completed(wanted.beside, said)
    if (
        beside is not None
        and wanted.name
        and _holds(plain(name), plain(wanted.beside.name if wanted.beside else ""))
    ):
        beside = beside.beside if beside.name and name != wanted.name else beside
    return replace(wanted, name=name, beside=beside)


def _without(words: str, name: str) -> str:
    own = plain(name).split()
    return " ".join(word for word in words.split() if plain(word) not in own)


def mentioned(instruction: str, names: Iterable[str]) -> list[str]:
    """The names of several words, or of a word of at least four letters, that stand in the instruction."""
    told = f" {plain(instruction)} "
    return [n for n in dict.fromkeys(names) if len(plain(n)) >= 4 and _holds(told, plain(n))]


def _holds(text: str, words: str) -> bool:
    return bool(words) and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None
