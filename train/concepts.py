"""What an icon is called, and which file draws it: the table `icons.json`, read once.

A concept is one thing that an icon shows ("settings"), with its synonyms ("gear", "cog"). An icon set is a
package of the npm registry, pinned, with a path pattern for each style; the table maps a concept to its name
in each set. A name of the form {style: name} draws the concept in those styles only: "filled" also stands for
"filled-round". No two concepts share a name or synonym, so that a word names one concept or none.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict

from ..measure.truth import Split

__all__ = ["Concept", "IconSet", "Table", "names", "sparse", "table"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class IconSet(_Frozen):
    """A package of icons: npm name and version, SPDX licence, style -> path of the file in the package."""

    package: str
    licence: str
    unseen: bool
    styles: dict[str, str]


class Concept(_Frozen):
    """Synonyms of a concept, and its name in each icon set (or one name for each style)."""

    synonyms: tuple[str, ...]
    icons: dict[str, str | dict[str, str]]


class Table(_Frozen):
    """All icon sets and concepts, by name."""

    sets: dict[str, IconSet]
    concepts: dict[str, Concept]

    def named(self, word: str) -> str | None:
        """The concept of that name or synonym, whatever its case; None when no concept has it.

        >>> table().named("Gear")
        'settings'
        """
        word = " ".join(word.lower().split())
        if word in self.concepts:
            return word
        return next((name for name, concept in self.concepts.items() if word in concept.synonyms), None)

    def sets_of(self, split: Split) -> tuple[str, ...]:
        """Names of the icon sets of a split: `unseen` has its own, which the others never show."""
        return tuple(name for name, icon_set in self.sets.items() if icon_set.unseen == (split == "unseen"))

    def paths(self, concept: str, icon_set: str) -> dict[str, str]:
        """Style -> path in the package of the files that may draw the concept; not all need exist."""
        name = self.concepts[concept].icons.get(icon_set)
        if name is None:
            return {}
        names = {
            style: name if isinstance(name, str) else name.get(style.split("-")[0])
            for style in self.sets[icon_set].styles
        }
        return {s: self.sets[icon_set].styles[s].format(n) for s, n in names.items() if n is not None}


@cache
def table() -> Table:
    """The table of this package."""
    return Table.model_validate_json(files(__package__).joinpath("icons.json").read_bytes())


def sparse(icons: Table, least: int = 3, split: Split = "train") -> dict[str, int]:
    """Concepts that fewer than `least` sets of the split can draw, with how many do."""
    sets = icons.sets_of(split)
    counts = {name: sum(s in concept.icons for s in sets) for name, concept in icons.concepts.items()}
    return {name: count for name, count in counts.items() if count < least}


def names(icons: Table) -> dict[str, list[str]]:
    """Concept -> synonyms: what `seal/agents/nano/names.json` holds, so that the shipped model knows its names."""
    return {name: list(concept.synonyms) for name, concept in icons.concepts.items()}
