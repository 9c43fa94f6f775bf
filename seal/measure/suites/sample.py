"""A question of a public benchmark: our case, and what its scorer and its tables need beside it.

- Pictures are named, not held: each is opened when its question is asked, from a file or out of a table.
- Options keep the order in which the benchmark shows them (the shifts of HR-Bench are nothing else).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Protocol

from ...memory.errors import InputError
from ...memory.source import one_line
from ..cases import Case, Unreadable
from ..report import CaseResult

__all__ = ["FilePicture", "Loaded", "Picture", "Sample", "Score", "Scorer", "loaded"]

SEED = 7
"""Of the part of a suite that is drawn."""
Score = tuple[float, float]
"""What an answer adds to a figure: value and weight. A figure is the sum of the values over the sum of the weights."""


class Picture(Protocol):
    """Where a picture lies."""

    @property
    def name(self) -> str:
        """For messages."""
        ...

    def exists(self) -> bool:
        """Whether it is there."""
        ...

    def open(self) -> Path | bytes:
        """The picture as `open_document` takes it. Raises ImageError when it cannot be read."""
        ...


@dataclass(frozen=True, slots=True)
class FilePicture:
    """A picture in a file of its own."""

    path: Path

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.is_file()

    def open(self) -> Path | bytes:
        """The path."""
        return self.path


@dataclass(frozen=True, slots=True)
class Sample:
    """One question of a suite.

    options: in the order shown; empty for a free question. groups: (field, value) pairs, a row of the table for each.
    cluster: questions with the same one are draws of one question (its cyclic shifts), and count as one; "" for none.
    polygon: corners (x, y) of the right place, full-image pixels, where that is no box.
    """

    case: Case
    picture: Picture
    options: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    cluster: str = ""
    polygon: tuple[tuple[float, float], ...] = ()


Scorer = Callable[[Sample, CaseResult], Mapping[str, Score]]
"""The scores of an answer by the name of the figure; each figure of a suite, or those that the question has."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """All questions of a suite that can be asked, and those that cannot. missing: pictures that are not there."""

    samples: tuple[Sample, ...]
    unreadable: tuple[Unreadable, ...] = ()
    missing: tuple[str, ...] = ()

    def drawn(self, count: int) -> Loaded:
        """A random part: `count` questions, each with all of its shifts, in their order; all where there are fewer.

        The seed is fixed, and a larger part holds every smaller one, so that a run can be made longer.
        """
        clusters = list(dict.fromkeys(s.cluster or s.case.id for s in self.samples))
        Random(SEED).shuffle(clusters)
        chosen = set(clusters[:count])
        return replace(self, samples=tuple(s for s in self.samples if (s.cluster or s.case.id) in chosen))

    def shard(self, number: int, of: int) -> Loaded:
        """The part that one of `of` processes asks, number 1 to `of`: every question is in one, its shifts with it."""
        clusters = list(dict.fromkeys(s.cluster or s.case.id for s in self.samples))
        ours = set(clusters[number - 1 :: of])
        some = tuple(s for s in self.samples if (s.cluster or s.case.id) in ours)
        return replace(self, samples=some, unreadable=(), missing=())


def loaded(found: Iterable[Sample | Unreadable], where: Path, kind: str | None = None) -> Loaded:
    """The questions of a suite, checked; kind: only those of it.

    Raises InputError when there is none, or two have one id.
    """
    samples, unreadable, missing = list[Sample](), list[Unreadable](), dict[str, None]()
    kinds = set[str]()
    for item in found:
        kinds.add(its := item.kind if isinstance(item, Unreadable) else item.case.kind)
        if kind not in (None, its):
            continue
        if isinstance(item, Unreadable):
            unreadable.append(item)
            if item.missing:
                missing[item.missing] = None
        elif not item.picture.exists():
            missing[item.picture.name] = None
            why = f"its picture {one_line(item.picture.name)} does not exist"
            unreadable.append(Unreadable(item.case.kind, item.case.name, why))
        else:
            samples.append(item)
    if not samples and not unreadable:
        of = "" if kind is None else f" of kind {kind!r}; there are {one_line(', '.join(sorted(kinds)))}"
        raise InputError(f"{where}: there is no question in it{of}.")
    doubled = [name for name, count in Counter(_ids(samples, unreadable)).items() if count > 1]
    if doubled:
        raise InputError(
            f"{where}: every question is expected to have an id of its own; {len(doubled)} came more often, the first "
            f"is {one_line(doubled[0], 80)}. Is the same file there twice?"
        )
    return Loaded(tuple(samples), tuple(unreadable), tuple(missing))


def _ids(samples: Iterable[Sample], unreadable: Iterable[Unreadable]) -> Iterator[str]:
    yield from (sample.case.id for sample in samples)
    yield from (f"{case.kind}/{case.name}" for case in unreadable)
