"""Fills the phrasings of questions: slots, and noun phrases, nested.

"the badge next to the bell icon in the row 'Backup'" is three things, joined by the words between them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from .asking_lists import types
from .asking_names import Names, plural_of

__all__ = ["Maker", "Piece"]

Piece = tuple[str, str]
"""Words and their role: "" for none, "<" and ">" for quotes that open and close."""

_PART = re.compile(r"\[(?P<role>[A-Z]+):(?P<words>[^\]]*)\]|\{(?P<slot>[\w.]+)\}|(?P<plain>[^\[{]+)")
_CHOICE = re.compile(r"\(([^()]*)\)")
_QUOTES = (
    *(("", ""),) * 11,
    *(("'", "'"), ('"', '"')) * 3,
    *(tuple(pair) for pair in ("“”", "‘’", "``", "«»")),
)


class Maker:
    """Fills one phrasing. answer: the type of the attribute that was last asked for."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.names = Names(rng)
        self.one = self.names.one
        self.answer = ""

    def expanded(self, phrasing: str) -> list[Piece]:
        """The phrasing with its choices made and its slots filled."""
        while "(" in phrasing:
            phrasing = _CHOICE.sub(lambda m: self.rng.choice(m[1].split("|")), phrasing)
        pieces: list[Piece] = []
        for part in _PART.finditer(phrasing):
            if part["plain"] is not None:
                pieces.append((part["plain"], ""))
            elif part["slot"] is not None:
                pieces += self.slot(part["slot"])
            else:
                inner = self.expanded(part["words"]) if "{" in part["words"] else [(part["words"], "")]
                pieces.append((" ".join(said.strip() for said, _ in inner), part["role"]))
        return [(" ".join(text.split()), role) for text, role in pieces if text.strip()]

    def slot(self, name: str) -> list[Piece]:
        """What stands in a slot; of a list by its name, one of its entries."""
        made: dict[str, Callable[[], list[Piece]]] = {
            "np": self.phrase,
            "np_bare": lambda: self.phrase(bare=True),
            "thing": self.phrase,
            "thing_bare": lambda: self.phrase(bare=True, depth=0),
            "element": self.phrase,
            "element_bare": lambda: self.phrase(bare=True, depth=0),
            "photo": self.photo,
            "owned": self.owned,
            "nps": self.many,
            "switchable": self.switchable,
            "switchable_bare": lambda: self.switchable(bare=True),
            "ask": lambda: [(self.ask(), "ASK")],
            "person_ask": lambda: [(self.one("person"), "ASK")],
            "thing_ask": self.thing_ask,
            "possessor": self.possessor,
            "person": lambda: [(self.names.person(), "NAME")],
            "noun_one": lambda: [(self.names.noun(), "NOUN")],
            "nouns": lambda: [(plural_of(self.names.noun()), "NOUN")],
            "photo_noun": lambda: [(self.one("noun.photo"), "NOUN")],
            "photo_nouns": lambda: [(plural_of(self.one("noun.photo")), "NOUN")],
            "switch_noun": lambda: [(self.one("switch"), "NOUN")],
            "switch_nouns": lambda: [(plural_of(self.one("switch")), "NOUN")],
            "label": lambda: self.quoted(self.names.name()),
            "mentioned": lambda: [(self.mentioned(), "")],
            "wish": lambda: [
                (self.mentioned(), "NAME") if self.rng.random() < 0.6 else (self.names.noun(), "NOUN")
            ],
            "plain_noun": lambda: [(self.one("plain_name"), "NAME")],
            "typed_quoted": lambda: [('"', "<"), (self.one("typed", "value", "label"), "VALUE"), ('"', ">")],
            "it": self.it,
            "cell": lambda: [(self.names.cell(), "")],
            "letter": lambda: [(self.rng.choice("ABCDEFGHKX"), "")],
            "n": lambda: [(str(self.rng.randint(1, 60)), "")],
            "de_bare": lambda: [(self.one("de").split(" ", 1)[-1], "")],
            "noise": self.noise,
        }
        if name.startswith("ask."):
            return [(self.one(name), "ASK")]
        return made[name]() if name in made else [(self.one(name), "")]

    def ask(self) -> str:
        """An attribute: due date, total amount."""
        if self.rng.random() < 0.15:
            head, _, self.answer = self.one("ask_head").partition(":")
            return f"{self.one('ask_before')} {head}"
        ask = self.one(self.names.ask_list())
        self.answer = types()[ask]
        return ask

    def thing_ask(self) -> list[Piece]:
        thing, _, self.answer = self.one("thing").partition(":")
        return [(thing, "ASK")]

    def mentioned(self) -> str:
        """A topic or a label, as it is typed in the middle of a sentence."""
        if self.rng.random() < 0.3:
            return self.names.name()
        return self.one(self.names.ask_list(), "word_name", "label", "object", "topic").lower()

    def it(self) -> list[Piece]:
        lead, _, noun = self.one("it").partition(" ")
        return [(lead, ""), (noun, "NOUN")]

    def noise(self) -> list[Piece]:
        letters = self.rng.choice(
            ("abcdefghijklmnopqrstuvwxyz", "asdfjkl", "?!.,-", "0123456789.,", "xyz #*")
        )
        return [("".join(self.rng.choice(letters) for _ in range(self.rng.randint(1, 14))), "")]

    def quoted(self, name: str, lead: list[Piece] | None = None) -> list[Piece]:
        """A name, in quotes of some kind or in none."""
        left, right = self.rng.choice(_QUOTES)
        marks = ([(left, "<")], [(right, ">")]) if left else ([], [])
        return [*(lead or []), *marks[0], (name, "NAME"), *marks[1]]

    def named(self, share: float) -> list[Piece]:
        return self.quoted(self.names.name()) if self.rng.random() < share else []

    # --- noun phrases ---------------------------------------------------------------------------------

    def phrase(self, bare: bool = False, depth: int = 2) -> list[Piece]:
        """A thing, perhaps found by another thing or by a place."""
        rng = self.rng
        if rng.random() < 0.08:
            return self.photo(bare)
        pieces = self.thing(bare)
        if depth and rng.random() < 0.28:
            pieces += [(self.one("rel"), "REL"), *self.phrase(depth=depth - 1)]
        elif depth and rng.random() < 0.1:
            pieces += [(self.one("place_lead"), ""), (self.one("place"), "PLACE")]
        return pieces

    def thing(self, bare: bool) -> list[Piece]:
        """A thing by its noun, its name, its state, its order, or several of them."""
        rng, form = self.rng, self.rng.random()
        lead = [] if bare or rng.random() < 0.13 else [(self.one("article"), "")]
        noun = (self.names.noun(), "NOUN")
        if form < 0.17:
            return self.quoted(self.names.name(), lead if rng.random() < 0.3 else [])
        if form < 0.2:
            return [*self.quoted(self.one("label"), lead), (self.one("switch", "common"), "NOUN")]
        if form < 0.28:
            name = self.names.name()
            capital = name.istitle() and rng.random() < 0.25
            return [*self.quoted(name, lead), (noun[0].title(), "NOUN") if capital else noun]
        if form < 0.34:
            return [*self.quoted(self.one("word_name"), lead), (self.one("noun.ui"), "NOUN")]
        if form < 0.41:
            return [*self.quoted(self.one("icon_name"), lead), (self.one("icon_noun"), "NOUN")]
        if form < 0.56:
            joined = [(self.one("called"), "")] if rng.random() < 0.45 else []
            return [*lead, noun, *joined, *self.quoted(self.names.name())]
        if form < 0.63:
            return [*lead, (self.one("ordinal"), "ORDER"), *self.named(0.2), noun]
        if form < 0.71:
            return [*lead, (self.one("state", "state", "colour"), "STATE"), *self.named(0.2), noun]
        if form < 0.75:
            state = [(self.one("state"), "STATE")] if rng.random() < 0.2 else []
            return [*lead, (self.one("superlative"), "ORDER"), *state, noun]
        if form < 0.79:
            joined = [(self.one("relative"), "")] if rng.random() < 0.8 else []
            return [*lead, noun, *joined, (self.one("state"), "STATE")]
        if form < 0.81:
            return [*lead, noun, ("with a", ""), (self.one("look"), "STATE")]
        if form < 0.86:
            return self.addressed(lead)
        if form < 0.9:
            return [*self.possessor(), noun]
        return [*lead, noun]

    def addressed(self, lead: list[Piece]) -> list[Piece]:
        """A cell, row or column of a sheet."""
        rng, cell = self.rng, self.names.cell()
        numbers = {
            "cell": cell,
            "column": rng.choice("ABCDEFGHKX"),
            "row": str(rng.randint(1, 99)),
            "line": "12",
        }
        noun = rng.choice(list(numbers))
        if rng.random() < 0.3:
            return [(cell, "NAME")]
        return [*(lead if rng.random() < 0.2 else []), (noun, "NOUN"), (numbers[noun], "NAME")]

    def possessor(self) -> list[Piece]:
        """Anna's, the customer's"""
        if self.rng.random() < 0.6:
            return [*self.quoted(self.names.person()), ("'s", "")]
        return [(self.one("article"), ""), (self.one("person", "owner"), "NOUN"), ("'s", "")]

    def owned(self) -> list[Piece]:
        """Something of somebody, without its article: woman's umbrella."""
        if self.rng.random() < 0.25:
            return [(self.one("owned"), "NOUN"), ("of", "REL"), ("the", ""), (self.one("owner"), "NOUN")]
        return [(self.one("owner"), "NOUN"), ("'s", ""), (self.one("owned"), "NOUN")]

    def photo(self, bare: bool = False) -> list[Piece]:
        """A photographed thing."""
        rng, form = self.rng, self.rng.random()
        lead: list[Piece] = [] if bare else [(rng.choice(("the", "the", "the", "the", "a", "that")), "")]
        noun, article = (self.one("noun.photo"), "NOUN"), (rng.choice(("the", "the", "a")), "")
        if form < 0.35:
            return [*lead, noun]
        if form < 0.5:
            return [*lead, (self.one("wearing"), "STATE"), noun]
        if form < 0.62:
            return [*lead, *self.owned()]
        if form < 0.74:
            worn = [(self.one("wearing"), "STATE"), (self.one("owned"), "NOUN")]
            relation = (rng.choice(("in", "with", "wearing")), "REL")
            return [*lead, (self.one("owner"), "NOUN"), relation, article, *worn]
        if form < 0.82:
            return [*lead, noun, (self.one("place_lead"), ""), (self.one("place"), "PLACE")]
        return [*lead, noun, (self.one("photo_rel"), "REL"), article, (self.one("noun.photo"), "NOUN")]

    def many(self) -> list[Piece]:
        """Several things: unread mails."""
        plural, form = (plural_of(self.names.noun()), "NOUN"), self.rng.random()
        if form < 0.12:
            return [*self.quoted(self.names.name()), plural]
        if form < 0.35:
            return [(self.one("state", "state", "colour"), "STATE"), plural]
        if form < 0.41:
            return [plural, (self.one("called"), ""), *self.quoted(self.names.name())]
        if form < 0.45:
            return [plural, ("with a", ""), (self.one("look"), "STATE")]
        return [plural]

    def switchable(self, bare: bool = False) -> list[Piece]:
        """Something that can be on or off."""
        form = self.rng.random()
        lead = [] if bare or self.rng.random() < 0.33 else [("the", "")]
        name, noun = self.quoted(self.names.name()), (self.one("switch"), "NOUN")
        if form < 0.4:
            return [*(lead if self.rng.random() < 0.2 else []), *name]
        if form < 0.65:
            return [*lead, *name, noun]
        if form < 0.85:
            return [*lead, noun, (self.one("switch_rel"), "REL"), *name]
        return [*lead, noun, *(name if form < 0.93 else [])]
