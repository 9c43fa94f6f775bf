"""The folder of a batch: what it is of, and a result for each item.

    DIR/batch.json       the configuration that answers, and the items with a digest of each
    DIR/items/ID.json    the result of an item, written whole, once
    DIR/leases/ID        who works on an item (`lease`)
    DIR/results.jsonl    all results in the order of the input, when there is one of each

- A folder holds one batch of one configuration: a mixture means nothing. Items may be added to a batch, none changed.
- A result is never written over, but for an error that is to be tried again. A file that is no result of its item (the
  disk, or somebody, changed it) is set aside, and the item is worked on again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from ..measure.ledger import differences
from ..memory.disk import MOST_BYTES, UnfitFile, read_file, sweep_parts, write_new, write_whole
from ..memory.errors import InputError, StoreError
from ..memory.source import one_line
from ..record.brief import BriefResult, Status
from .items import BadLine, Batch, Item
from .lease import lease

__all__ = ["Failure", "Folder", "Job", "Outcome", "unkept"]

BATCH, ITEMS, LEASES, LOCK, RESULTS = "batch.json", "items", "leases", "lock", "results.jsonl"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Failure(_Value):
    """Why an item has no answer. kind: name of the error. code: as the exit codes, 2 for the item, 3 for an agent."""

    kind: str
    message: str
    code: Literal[2, 3]


class Outcome(_Value):
    """What became of an item: the brief result, or the error. tries: how often it was worked on until then."""

    schema_version: Literal[1] = 1
    id: str
    digest: str
    image: str
    status: Status | Literal["error"]
    answer: str | None = None
    error: Failure | None = None
    tries: int
    result: BriefResult | None = None

    @property
    def code(self) -> int:
        """As the exit codes of a question: 0 answered or found, 1 not, 2 or 3 an error."""
        if self.error is not None:
            return self.error.code
        return 0 if self.status in ("answered", "found") else 1


@dataclass(frozen=True, slots=True)
class Job:
    """An item to work on. tries: those that its error, which is to be tried again, has had; 0 without one."""

    item: Item
    tries: int = 0


class _Manifest(_Value):
    schema_version: Literal[1] = 1
    configuration: dict[str, JsonValue]
    items: dict[str, str]


class Folder:
    """A folder that holds this batch, made where there is none. Its methods raise StoreError when it cannot be used.

    path: as it was named. Those that keep it elsewhere than on a disk (`ObjectFolder`) replace the methods at its end.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path

    def opened(self, batch: Batch, configuration: Mapping[str, JsonValue], force_new: bool = False) -> Folder:
        """The folder for this batch and configuration.

        force_new: where `path` holds something else, the first of `path`-2, `path`-3, ... that does not.
        Raises InputError, with what differs, when it holds another batch, another configuration or other files.
        """
        for number in count(1):
            folder = self if number == 1 else self._beside(number)
            try:
                folder._prepare(batch, configuration)
            except InputError as error:
                if not force_new:
                    raise InputError(
                        f"{error} Name another folder, or start beside it with --force-new."
                    ) from error
            else:
                return folder
        raise AssertionError("numbers do not end")

    def _prepare(self, batch: Batch, configuration: Mapping[str, JsonValue]) -> None:
        items = {item.id: item.digest for item in batch.items}
        with self._complaints():
            names = self._names()
            others = sorted(names - {ITEMS, LEASES, LOCK})
            if BATCH not in names and (others := [o for o in others if not o.startswith(f"{BATCH}.")]):
                raise InputError(f"{self.path}: holds other files ({one_line(others[0], 60)}), and no batch.")
            with self._prepared():
                kept = self._manifest()
                if kept is not None:
                    self._compare(kept, items, configuration)
                if kept is None or kept.items != items:
                    now = _Manifest(configuration=dict(configuration), items=items)
                    self._replace(BATCH, [now.model_dump_json(indent=1).encode()])

    def _manifest(self) -> _Manifest | None:
        try:
            return _Manifest.model_validate_json(self._read(BATCH))
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise InputError(
                f"{self.path}/{BATCH}: this is not what a batch writes; it is damaged."
            ) from error

    def _compare(self, kept: _Manifest, items: dict[str, str], now: Mapping[str, JsonValue]) -> None:
        if told := differences(kept.configuration, now):
            raise InputError(f"{self.path}: holds results of another configuration ({told}).")
        gone = [key for key in kept.items if key not in items]
        changed = [key for key, digest in kept.items.items() if items.get(key, digest) != digest]
        if gone or changed:
            told = "; ".join(
                f"{len(keys)} {what}: {one_line(', '.join(keys[:3]), 80)}{', ...' if len(keys) > 3 else ''}"
                for keys, what in ((gone, "of its items not in the file now"), (changed, "changed"))
                if keys
            )
            raise InputError(f"{self.path}: holds results of another batch ({told}).")

    def get(self, item: Item) -> Outcome | None:
        """The result of an item; None where there is none that is whole."""
        with self._complaints():
            try:
                outcome = Outcome.model_validate_json(self._read(_name(item)))
            except (FileNotFoundError, UnfitFile, ValidationError):
                return None
        return outcome if (outcome.id, outcome.digest) == (item.id, item.digest) else None

    def settled(self, job: Job) -> Outcome | None:
        """The result of a job; None where it is to be worked on."""
        outcome = self.get(job.item)
        if outcome is None or (outcome.error is not None and outcome.tries <= job.tries):
            return None
        return outcome

    def put(self, job: Job, outcome: Outcome) -> None:
        """Keep the result of a job that is not settled; for who holds the lease of its item."""
        name, data = _name(job.item), outcome.model_dump_json(indent=1).encode()
        with self._complaints():
            kept = self.get(job.item)
            if kept is None:
                if self._exists(name):
                    self._rename(name, f"{name}.damaged-{time.time_ns()}")
                self._create(name, data)
            elif kept.error is not None and kept.tries <= job.tries:
                self._replace(name, [data])

    def damaged(self, item: Item) -> bool:
        """Whether there is a file for an item that is no result of it."""
        with self._complaints():
            return self._exists(_name(item)) and self.get(item) is None

    def write_results(self, batch: Batch) -> str | Path:
        """Write all results in the order of the input; where they are. Raises StoreError where one is missing."""

        def line(of: Item | BadLine, outcome: Outcome | None) -> bytes:
            if isinstance(of, BadLine):
                failure = Failure(kind="InputError", message=of.reason, code=2)
                told: dict[str, JsonValue] = {"status": "error", "error": failure.model_dump(mode="json")}
                return json.dumps({"line": of.line, **told}).encode() + b"\n"
            if outcome is None:
                raise StoreError(
                    f"{self.path}/{_name(of)}: this result was lost meanwhile; run the batch again."
                )
            return json.dumps({"line": of.line, **outcome.model_dump(mode="json")}).encode() + b"\n"

        rows: Iterable[Item | BadLine] = chain(batch.items, batch.bad)
        outcomes = self.get_all(batch.items)
        with self._complaints():
            self._replace(
                RESULTS,
                (
                    line(row, None if isinstance(row, BadLine) else next(outcomes))
                    for row in sorted(rows, key=lambda row: row.line)
                ),
            )
        return self._finished()

    # --- on a disk ----------------------------------------------------------------------------------------

    def get_all(self, items: Iterable[Item]) -> Iterator[Outcome | None]:
        """`get` of each item, in order."""
        return map(self.get, items)

    @contextmanager
    def lease(self, item: Item) -> Iterator[bool]:
        """Whether this process may work on an item while the block runs."""
        with self._complaints(), lease(self._file(LEASES) / item.stem) as ours:
            yield ours

    def _file(self, name: str) -> Path:
        return Path(self.path) / name

    def _beside(self, number: int) -> Folder:
        path = Path(self.path)
        return Folder(path.with_name(f"{path.name}-{number}"))

    def _names(self) -> set[str]:
        """What lies in it; nothing where there is none. Raises InputError where it is no folder."""
        path = Path(self.path)
        if path.exists() and not path.is_dir():
            raise InputError(f"{path}: a folder for results is expected, this is a file.")
        return {file.name for file in path.iterdir()} if path.exists() else set()

    @contextmanager
    def _prepared(self) -> Iterator[None]:
        """The folder made, and ours alone while the block runs."""
        self._file(ITEMS).mkdir(parents=True, exist_ok=True)
        self._file(LEASES).mkdir(exist_ok=True)
        with lease(self._file(LOCK), wait=True):
            yield
            sweep_parts(self._file(ITEMS))
            sweep_parts(Path(self.path))

    def _finished(self) -> str | Path:
        """Where the results are; what killed processes left of their leases is removed."""
        with self._complaints():
            for left in list(self._file(LEASES).iterdir()):  # of items that were done, but for this
                with lease(left):
                    continue  # it is gone afterwards, unless somebody works on it
        return self._file(RESULTS)

    def _read(self, name: str) -> bytes:
        return read_file(self._file(name), MOST_BYTES)

    def _exists(self, name: str) -> bool:
        return self._file(name).exists()

    def _create(self, name: str, data: bytes) -> None:
        """Write a file where there is none; one that is there stays."""
        write_new(self._file(name), data)

    def _replace(self, name: str, data: Iterable[bytes]) -> None:
        write_whole(self._file(name), data)

    def _rename(self, name: str, other: str) -> None:
        self._file(name).rename(self._file(other))

    @contextmanager
    def _complaints(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unkept(self.path, error.strerror or str(error)) from error


def unkept(path: str | Path, why: str) -> StoreError:
    """The error where results cannot be kept."""
    return StoreError(
        f"{path}: results cannot be kept here ({why}); what is done is kept, and the same command goes on from there."
    )


def _name(item: Item) -> str:
    return f"{ITEMS}/{item.stem}.json"
