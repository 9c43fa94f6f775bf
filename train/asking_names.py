"""What things are called, as people type it: labels, people, codes, files, dates, other scripts, invented words."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from .asking_lists import words

__all__ = ["Names", "plural_of"]

_PLURALS = {
    "person": "people",
    "man": "men",
    "old man": "old men",
    "policeman": "policemen",
    "woman": "women",
    "child": "children",
    "shelf": "shelves",
    "knife": "knives",
    "mouse": "mice",
}


class Names:
    """Draws words and names."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def one(self, *names: str) -> str:
        """An entry of one of the lists."""
        return self.rng.choice(words()[self.rng.choice(names)])

    def noun(self) -> str:
        """What kind of thing: of interfaces and documents mostly."""
        kinds = ("noun.ui", "noun.data", "noun.place", "noun.part", "noun.photo", "noun.compound")
        return self.one(self.rng.choices(kinds, (38, 34, 5, 6, 9, 8))[0])

    def name(self) -> str:
        """Anything at all."""
        ways: dict[Callable[[], str], int] = {
            lambda: self.one("label"): 34,
            lambda: self.one("plain_name"): 6,
            self.sentence: 3,
            self.composed: 12,
            self.person: 10,
            lambda: self.one("foreign_name"): 7,
            self.code: 8,
            lambda: f"{self.one('label')} {self.one('label', 'period')}": 4,
            lambda: f"{self.one('label')} {self.rng.randint(1, 99)}": 2,
            lambda: self.one(self.ask_list()).capitalize(): 6,
            self.invented: 6,
            lambda: f"{self.one('firm')} {self.one('firm_form')}": 3,
            lambda: self.one("word_name", "noun.data").capitalize(): 5,
            lambda: self.one("value", "period"): 2,
            lambda: f"{self.one('label')} & {self.one('label')}": 1,
        }
        name = self.rng.choices(list(ways), list(ways.values()))[0]()
        casing = self.rng.random()
        return name.lower() if casing < 0.1 else name.upper() if casing < 0.13 else name

    def ask_list(self) -> str:
        """One of the lists of attributes by type."""
        return self.rng.choice([name for name in words() if name.startswith("ask.")])

    def sentence(self) -> str:
        """I agree to the terms"""
        return self.one("sentence")

    def composed(self) -> str:
        """Invite new members, Public Sessions."""
        thing, form = self.one("object"), self.rng.random()
        if form < 0.5:
            return f"{self.one('verb')} {self.rng.choice(('', '', 'all ', 'my ', 'new '))}{thing}"
        made = f"{self.one('adjective')} {thing}"
        return made.title() if form < 0.8 else made

    def person(self) -> str:
        """Anna, Anna Hurst, A. Hurst, Dr. Hurst."""
        first, last = self.one("first"), self.one("last")
        full = f"{first} {last}"
        return self.rng.choice(
            (first, full, full, last, f"{first[0]}. {last}", f"{self.one('title')} {last}")
        )

    def invented(self) -> str:
        """A word of no language."""
        rng = self.rng
        word = "".join(
            rng.choice("bcdfghjklmnprstvwxz")
            + rng.choice("aeiouy")
            + rng.choice(("", "", "n", "r", "x", "lt"))
            for _ in range(rng.randint(1, 3))
        )
        dashed, dotted = f"{word}-{self.one('suffix')}", f"{word}.{self.one('ending')}"
        return rng.choice((word, word.capitalize(), word.capitalize(), word.upper(), dashed, dotted))

    def cell(self) -> str:
        """C3"""
        return f"{self.rng.choice('ABCDEFGHK')}{self.rng.randint(1, 40)}"

    def code(self) -> str:
        """Numbers, versions, addresses."""
        rng = self.rng
        letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(rng.randint(1, 3)))
        digits = "".join(rng.choice("0123456789") for _ in range(rng.randint(1, 6)))
        forms = (
            f"{letters}-{digits}",
            f"{letters}{digits}",
            f"#{digits}",
            digits,
            f"{digits}/{rng.randint(10, 25)}",
            f"v{rng.randint(0, 9)}.{rng.randint(0, 20)}",
            f"{letters.lower()}_{self.one('object')}",
            f"{self.one('first').lower()}@example.com",
            f"{digits}.{rng.randint(10, 99)}",
        )
        return rng.choice(forms)


def plural_of(noun: str) -> str:
    """row -> rows, entry -> entries, person -> people"""
    if noun in _PLURALS:
        return _PLURALS[noun]
    if noun in words()["not_plural"]:
        return noun
    plural = noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")
    return re.sub(r"([^aeiou])ys$", r"\1ies", plural)
