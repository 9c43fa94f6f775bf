"""The rows of a store: put in, deleted with the pictures that nobody else uses, and no more of them than wanted.

What is here is called inside of `Database.complaints`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from ..deadline import current
from ..errors import SettingError, StoreError
from ..picture_files import PictureFiles
from ..source import one_line
from .database import Database, is_full
from .runs import Document, StoredRun
from .schema import searched
from .seen import add_seen
from .thumbs import Thumb

__all__ = ["Limits", "MOST", "Rows", "StoreSize", "number", "put_pictures", "without_pictures"]

MOST = 1 << 62
"""Of numbers that go into SQL."""
BATCH = 500
"""Runs that are deleted in one transaction: others wait for its end."""


@dataclass(frozen=True, slots=True)
class StoreSize:
    """How much a store holds. runs: how many; database, pictures: bytes of each."""

    runs: int
    database: int
    pictures: int

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.database + self.pictures


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a store may hold; None: no limit. Raises SettingError for what is no whole number from 1 on."""

    most_runs: int | None = None
    most_bytes: int | None = None

    def __post_init__(self) -> None:
        for name in ("most_runs", "most_bytes"):
            if (value := getattr(self, name)) is not None:
                number(name, value, 1)


def number(name: str, value: object, least: int) -> int:
    """A whole number from `least` on, no larger than SQL can hold. Raises SettingError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SettingError(
            f"{name}: a whole number from {least} on is expected; got {one_line(repr(value), 40)}."
        )
    return min(value, MOST)


class Rows:
    """The rows of a database, and the pictures that belong to them."""

    def __init__(self, database: Database, pictures: PictureFiles) -> None:
        self._database, self._pictures = database, pictures

    @property
    def _sql(self) -> sqlite3.Connection:
        return self._database.sql

    def resolve(self, prefix: str) -> str:
        """The id that is `prefix`, or the only one that begins so. Raises StoreError: there is none, or are several."""
        low = prefix.lower()
        rows = self._sql.execute(
            "SELECT id FROM runs WHERE id >= ? AND id <= ? ORDER BY id = ? DESC, id LIMIT 4",
            (low, f"{low}\U0010ffff", low),
        ).fetchall()
        ids = [row[0] for row in rows]
        path = self._database.path
        if not ids or not prefix:
            raise StoreError(
                f"{path}: there is no run {one_line(repr(prefix), 80)}; list the runs to see their ids."
            )
        if ids[0] == low or len(ids) == 1:
            return str(ids[0])
        some = ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
        raise StoreError(f"{path}: {prefix!r} is the beginning of several ids ({some}); give more digits.")

    def thumbs(self, held: Document, pictures: Mapping[str, bytes]) -> list[tuple[str, float, bytes]]:
        """Thumbnails of the pictures of a document's pages, of those that there are none of yet."""
        if not self._database.indexed:
            return []
        told = []
        for sha in {page["png"] for page in (held["memory"]["image"], *held["pages"])}:
            known = self._sql.execute("SELECT 1 FROM thumbs WHERE sha = ?", (sha,)).fetchone()
            if known is None and (thumb := Thumb.of_png(pictures[sha])) is not None:
                told.append((sha, thumb.shape, thumb.pixels))
        return told

    def insert(
        self,
        run_id: str,
        run: StoredRun,
        held: Document,
        pictures: Mapping[str, bytes],
        thumbs: Sequence[tuple[str, float, bytes]],
    ) -> None:
        """Add a run, its index and the names of its pictures. Call it in a transaction.

        held: the JSON of its memory and pages, without pictures. thumbs: what `thumbs` gave for it.
        """
        document = json.dumps({**held, "result": run.result, "trace": run.trace})
        fields = (run.created, run.question, run.answer, run.status, run.image_name, run.image_digest)
        self._sql.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (run_id, *fields, document))
        self._sql.executemany(
            "INSERT INTO pictures (run, sha) VALUES (?, ?)", [(run_id, sha) for sha in pictures]
        )
        if not self._database.indexed:
            return
        found = searched(run.created, run.image_digest, run.status, run.question, run.answer, run.image_name)
        self._sql.execute(
            "INSERT INTO searched (run, moment, digest, status, words) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run) DO "
            "UPDATE SET moment = excluded.moment, digest = excluded.digest, status = excluded.status, "
            "words = excluded.words",
            (run_id, *found),
        )
        add_seen(self._sql, run_id, held)
        self._sql.executemany("INSERT OR IGNORE INTO thumbs VALUES (?, ?, ?)", thumbs)
        self._add_sizes((sha, len(png)) for sha, png in pictures.items())

    # deleting

    def pictures_of(self, ids: Iterable[str]) -> set[str]:
        """The pictures that runs use."""
        asked = "SELECT sha FROM pictures WHERE run = ?"
        return {row[0] for run_id in ids for row in self._sql.execute(asked, (run_id,))}

    def delete(self, ids: Sequence[str]) -> None:
        """Delete runs, with all that belongs to them but the files of their pictures. Call it in a transaction."""
        self._sql.executemany("DELETE FROM runs WHERE id = ?", [(run_id,) for run_id in ids])
        if self._database.indexed:  # in memory no table follows another
            for table in ("searched", "seen"):
                self._sql.executemany(f"DELETE FROM {table} WHERE run = ?", [(run_id,) for run_id in ids])

    def remove_unused(self, shas: set[str]) -> None:
        """Delete those pictures that no run uses. Call it when the rows are gone for good.

        The transaction writes nothing: it keeps others from taking such a picture into use meanwhile.
        """
        gone = list[str]()
        with self._database.transaction():
            for sha in shas:
                used = self._sql.execute("SELECT 1 FROM pictures WHERE sha = ? LIMIT 1", (sha,))
                if used.fetchone() is None:
                    self._pictures.remove(sha)
                    gone.append(sha)
        if gone and self._database.indexed:
            # what cannot be written now, on a full disk, `sweep` does later
            with suppress(sqlite3.OperationalError), self._database.transaction():
                for table in ("files", "thumbs"):
                    self._sql.executemany(
                        f"DELETE FROM {table} WHERE sha = ? AND sha NOT IN (SELECT sha FROM pictures WHERE sha = ?)",
                        [(sha, sha) for sha in gone],
                    )

    def delete_oldest(self, condition: str, values: Sequence[str | int], most: int) -> int:
        """Delete the oldest runs of a condition, `most` of them, some at a time; gives how many."""
        gone, batch = 0, BATCH
        while gone < most:
            current().check()
            rows = self._sql.execute(
                f"SELECT run FROM searched WHERE {condition} ORDER BY moment, number LIMIT ?",
                (*values, min(batch, most - gone)),
            ).fetchall()
            if not rows:
                break
            try:
                self._database.even_when_full(partial(self._delete_some, [row[0] for row in rows]))
                gone += len(rows)
            except sqlite3.OperationalError as error:
                if len(rows) == 1 or not is_full(error):
                    raise
                batch = 1  # which needs least room
        return gone

    def _delete_some(self, ids: Sequence[str]) -> None:
        with self._database.transaction():
            shas = self.pictures_of(ids)
            self.delete(ids)
        self.remove_unused(shas)

    def sweep(self) -> tuple[int, int]:
        """Delete the files that no run uses: (pictures, bytes). Call it in a transaction."""
        if self._database.indexed:
            for table in ("files", "thumbs"):
                self._sql.execute(f"DELETE FROM {table} WHERE sha NOT IN (SELECT sha FROM pictures)")
        return self._pictures.sweep({row[0] for row in self._sql.execute("SELECT sha FROM pictures")})

    # how much there is

    def count(self, condition: str = "1", values: Sequence[str | int] = ()) -> int:
        """How many runs a condition has."""
        return int(
            self._sql.execute(f"SELECT count(*) FROM searched WHERE {condition}", values).fetchone()[0]
        )

    def size(self) -> StoreSize:
        """How much there is."""
        unknown = self._sql.execute("SELECT sha FROM files WHERE bytes < 0").fetchall()
        measured = [(sha, self._pictures.size(sha)) for (sha,) in unknown]  # put by a program of version 1
        known = int(
            self._sql.execute("SELECT ifnull(sum(bytes), 0) FROM files WHERE bytes >= 0").fetchone()[0]
        )
        if measured:
            with suppress(sqlite3.OperationalError), self._database.transaction():
                self._add_sizes(measured)
        return StoreSize(self.count(), self._database.bytes_used(), known + sum(size for _, size in measured))

    def _add_sizes(self, sizes: Iterable[tuple[str, int]]) -> None:
        self._sql.executemany("INSERT OR REPLACE INTO files VALUES (?, ?)", sizes)

    def limits(self) -> Limits:
        """The limits that are kept in the store."""
        try:
            row = self._sql.execute("SELECT most_runs, most_bytes FROM main.limits").fetchone()
            return Limits() if row is None else Limits(*row)
        except (sqlite3.OperationalError, SettingError):  # a store of version 1; numbers of somebody else
            return Limits()

    def prune(self, limits: Limits, keep: str = "") -> int:
        """Delete the oldest runs beyond the limits, but not the run `keep`; gives how many went."""
        if limits == Limits():
            return 0
        self._database.index()
        delete: Callable[[int], int] = partial(self.delete_oldest, "run != ?", (keep,))
        gone = 0
        if limits.most_runs is not None and (over := self.count() - limits.most_runs) > 0:
            gone = delete(over)
        while limits.most_bytes is not None and (size := self.size()).bytes > limits.most_bytes:
            # half of what is to go by its share, so that hardly a run too many goes where runs differ
            share = (size.bytes - limits.most_bytes) / size.bytes
            if not (went := delete(max(1, min(BATCH, int(size.runs * share / 2))))):
                break
            gone += went
        return gone


# the pictures of a run's JSON document


def without_pictures(document: Document) -> dict[str, bytes]:
    """The pictures of a run's JSON document by SHA-256, which takes the place of their base64 in it."""
    pictures: dict[str, bytes] = {}
    for holder in _holders(document):
        png = base64.b64decode(holder["png"])
        holder["png"] = hashlib.sha256(png).hexdigest()
        pictures[holder["png"]] = png
    return pictures


def put_pictures(document: Document, pictures: PictureFiles) -> None:
    """Put the pictures in again."""
    for holder in _holders(document):
        holder["png"] = pictures.read(holder["png"])


def _holders(document: Document) -> list[Document]:
    """The parts of a run's JSON document that hold a picture each."""
    memory = document["memory"]
    return [memory["image"], *memory["crops"], *document.get("pages", [])]
