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

__all__ = ["Failure", "Folder", "Job", "Outcome"]

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
    """A folder that holds this batch, made where there is none. Its methods raise StoreError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._items, self._leases = path / ITEMS, path / LEASES

    @classmethod
    def open(
        cls, path: Path, batch: Batch, configuration: Mapping[str, JsonValue], force_new: bool = False
    ) -> Folder:
        """The folder for this batch and configuration.

        force_new: where `path` holds something else, the first of `path`-2, `path`-3, ... that does not.
        Raises InputError, with what differs, when it holds another batch, another configuration or other files.
        """
        for number in count(1):
            folder = cls(path if number == 1 else path.with_name(f"{path.name}-{number}"))
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
        manifest = self.path / BATCH
        with self._complaints():
            if self.path.exists() and not self.path.is_dir():
                raise InputError(f"{self.path}: a folder for results is expected, this is a file.")
            if self.path.exists() and not manifest.exists():
                others = {file.name for file in self.path.iterdir()} - {ITEMS, LEASES, LOCK}
                if others := {name for name in others if not name.startswith(f"{BATCH}.")}:
                    raise InputError(
                        f"{self.path}: holds other files ({one_line(min(others), 60)}), and no batch."
                    )
            self._items.mkdir(parents=True, exist_ok=True)
            self._leases.mkdir(exist_ok=True)
            with lease(self.path / LOCK, wait=True):
                kept = self._manifest(manifest)
                if kept is not None:
                    self._compare(kept, items, configuration)
                if kept is None or kept.items != items:
                    now = _Manifest(configuration=dict(configuration), items=items)
                    write_whole(manifest, now.model_dump_json(indent=1).encode())
                sweep_parts(self._items)
                sweep_parts(self.path)

    def _manifest(self, file: Path) -> _Manifest | None:
        try:
            return _Manifest.model_validate_json(read_file(file, MOST_BYTES))
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise InputError(f"{file}: this is not what a batch writes; it is damaged.") from error

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

    @contextmanager
    def lease(self, item: Item) -> Iterator[bool]:
        """Whether this process may work on an item while the block runs."""
        with self._complaints(), lease(self._leases / item.stem) as ours:
            yield ours

    def get(self, item: Item) -> Outcome | None:
        """The result of an item; None where there is none that is whole."""
        with self._complaints():
            try:
                outcome = Outcome.model_validate_json(read_file(self._file(item), MOST_BYTES))
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
        file, data = self._file(job.item), outcome.model_dump_json(indent=1).encode()
        with self._complaints():
            kept = self.get(job.item)
            if kept is None:
                if file.exists():
                    file.rename(file.with_name(f"{file.name}.damaged-{time.time_ns()}"))
                write_new(file, data)
            elif kept.error is not None and kept.tries <= job.tries:
                write_whole(file, data)

    def damaged(self, item: Item) -> bool:
        """Whether there is a file for an item that is no result of it."""
        return self._file(item).exists() and self.get(item) is None

    def write_results(self, batch: Batch) -> Path:
        """Write all results in the order of the input, and remove what killed processes left of their leases.

        Raises StoreError where a result is missing.
        """

        def line(of: Item | BadLine) -> bytes:
            if isinstance(of, BadLine):
                failure = Failure(kind="InputError", message=of.reason, code=2)
                told: dict[str, JsonValue] = {"status": "error", "error": failure.model_dump(mode="json")}
                return json.dumps({"line": of.line, **told}).encode() + b"\n"
            outcome = self.get(of)
            if outcome is None:
                raise StoreError(f"{self._file(of)}: this result was lost meanwhile; run the batch again.")
            return json.dumps({"line": of.line, **outcome.model_dump(mode="json")}).encode() + b"\n"

        rows: Iterable[Item | BadLine] = chain(batch.items, batch.bad)
        file = self.path / RESULTS
        with self._complaints():
            write_whole(file, map(line, sorted(rows, key=lambda row: row.line)))
            for left in list(self._leases.iterdir()):  # of items that were done, but for this
                with lease(left):
                    continue  # it is gone afterwards, unless somebody works on it
        return file

    def _file(self, item: Item) -> Path:
        return self._items / f"{item.stem}.json"

    @contextmanager
    def _complaints(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"{self.path}: results cannot be kept here ({error.strerror or error}); what is done is kept, and "
                "the same command goes on from there."
            ) from error
