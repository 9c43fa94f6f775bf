"""What a suite is: which files it expects, how a record of them becomes a question, and how an answer is scored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from ...memory.errors import InputError
from ...memory.source import one_line
from ...settings import one_line as faults
from ..cases import Case, Unreadable
from .sample import Loaded, Picture, Sample, Scorer, loaded
from .tables import SUFFIXES, Record, picture_of, records

__all__ = ["Asked", "Suite"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a suite reads in a record. case: fields of a `Case` but its image; the others as of a `Sample`."""

    case: Mapping[str, object]
    options: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    cluster: str = ""
    polygon: tuple[tuple[float, float], ...] = ()

    def sample(self, picture: Picture, file: Path) -> Sample:
        """The same with its picture. Raises pydantic's ValidationError for what is no case."""
        case = Case.model_validate({"image": file, **self.case})
        return Sample(case, picture, self.options, self.groups, self.cluster, self.polygon)


@dataclass(frozen=True, slots=True)
class Suite:
    """A benchmark. Everything is stated, so that docs/reproduce.md and the tables tell the same.

    expects: what lies on disk, in words. protocol: what is asked and how it is scored, in a sentence.
    files: patterns of the files with records in a folder, the first that matches counts. needs: fields that every
    record has, alternatives of one beside each other. pictures: the same, of the path of the picture; folders: where
    it is sought too. read: the fields of the question. score: of an answer; figure: the name of its main figure.
    clicks: whether the answer is a place to click. whole: reads a folder that holds no such files.
    """

    name: str
    title: str
    expects: str
    protocol: str
    score: Scorer
    files: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    read: Callable[[Record], Asked] | None = None
    figure: str = "accuracy"
    pictures: tuple[str, ...] = ("image", "image_path")
    folders: tuple[str, ...] = ("images",)
    clicks: bool = False
    whole: Callable[[Path], Iterator[Sample | Unreadable]] | None = None

    def load(self, data: Path, kind: str | None = None) -> Loaded:
        """All questions of a file or folder; kind: only those of it.

        Raises InputError for another layout, for no question, and for doubled ids.
        """
        return loaded(self._found(data), data, kind)

    def _found(self, data: Path) -> Iterator[Sample | Unreadable]:
        if not data.exists():
            raise InputError(f"{data}: it does not exist; {self.name} expects {self.expects}.")
        files = [data] if data.is_file() else self._files(data)
        if not files and self.whole is not None and data.is_dir():
            yield from self.whole(data)
            return
        if not files or self.read is None:
            if data.is_file():
                raise InputError(f"{data}: {self.name} expects {self.expects}; this is a file.")
            there = sorted(path.name for path in data.iterdir())
            told = one_line(", ".join(there[:8]), 120) or "nothing"
            raise InputError(f"{data}: {self.name} expects {self.expects}; the folder holds {told}.")
        root = data.parent if data.is_file() else data
        for file in files:
            for i, record in enumerate(records(file)):
                if i == 0:
                    self._check(record)
                yield self._question(self.read, record, root)

    def _files(self, data: Path) -> list[Path]:
        found = (sorted(p for p in data.glob(glob) if p.suffix in SUFFIXES) for glob in self.files)
        return next((files for files in found if files), [])

    def _check(self, record: Record) -> None:
        """Raise InputError when the fields are not those of this benchmark."""
        needs = (*self.needs, *([] if record.held is not None else [self.pictures]))
        lacking = [" or ".join(names) for names in needs if not any(name in record.fields for name in names)]
        if lacking:
            there = one_line(", ".join(record.fields) or "nothing", 160)
            raise InputError(
                f"{record.file}: {self.name} expects records with {', '.join(lacking)}; the first one has {there}. "
                f"The layout: {self.expects}."
            )

    def _question(self, read: Callable[[Record], Asked], record: Record, root: Path) -> Sample | Unreadable:
        """The question of a record; one without an id of its own is named by its file and its number there."""
        name, kind = f"{record.file.stem}-{record.number}", self.name
        try:
            picture = picture_of(record, root, self.folders, *self.pictures)
            asked = read(record)
            name, kind = str(asked.case.get("name", name)), str(asked.case.get("kind", kind))
            return replace(asked, case={**asked.case, "name": name, "kind": kind}).sample(
                picture, record.file
            )
        except ValidationError as error:
            return Unreadable(kind, name, f"{record.where}: {faults(error)}")
        except InputError as error:
            return Unreadable(kind, name, f"{record.where}: {error}")
