"""What was asked and seen before, kept on disk: one SQLite file, and crops as PNG files named by content.

    store/
      runs.sqlite3          one row a run: question, answer, status, image, and its JSON documents
      pictures/ab/abcd...png  crops and global images, SHA-256 names, shared between runs
      spare                 room that is given up when the disk is full, so that runs can be deleted then

- Pictures are written first (temporary file, fsync, rename), the row after them: whoever is killed in between
  leaves a picture too many, which `sweep` removes, never a run without its pictures.
- Several processes may write at once: SQLite's write-ahead log, and a wait for the lock. Not on network drives.
- A store that cannot be written is read all the same.
- A store of version 1 is brought to version 2 when it is opened, in one transaction, and read as it is where it cannot
  be written. A file that is not ours, corrupt or from a newer version is refused and left as it is.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Unpack

import platformdirs

from ..disk import is_deeper
from ..errors import SealError, SettingError, StoreError
from ..image import Image
from ..picture_files import PictureFiles
from ..source import one_line
from .database import Database
from .rows import MOST, Limits, Rows, StoreSize, number, put_pictures, without_pictures
from .runs import RunFilter, RunSummary, StoredRun, Where
from .seen import Alike
from .sightings import ScreenSighting, Sighting, Sightings

__all__ = ["MemoryStore", "default_path"]

_DEEPEST = 60  # levels of a run's JSON; ours have about ten, and what is far deeper cannot be written again
_COLUMNS = "id, created, question, answer, status, image_name, image_digest"
_NAMES = _COLUMNS.split(", ")


def default_path() -> Path:
    """Where a store lies when no path is given: the user's data directory."""
    return Path(platformdirs.user_data_dir("seal", appauthor=False)) / "store"


class MemoryStore:
    """A store in the folder `path` (None: `default_path()`), made when it is not there.

    most_runs, most_bytes: with every run that is put, the oldest go that are beyond (None: the store's own `limits`,
    which are none unless somebody sets them); the run that was just put stays.
    It is a context manager, and may be shared by threads and by processes. Every method raises StoreError when
    the folder or its files cannot be read or written; making one of no path raises SettingError.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        most_runs: int | None = None,
        most_bytes: int | None = None,
    ) -> None:
        if path is not None and (not isinstance(path, str | Path) or not str(path).strip()):
            raise SettingError(f"A store is named by its folder, as a path; got {one_line(repr(path), 60)}.")
        self._limits = Limits(most_runs, most_bytes)
        self.path = default_path() if path is None else Path(path).expanduser()
        self._pictures = PictureFiles(self.path / "pictures")
        self._database = Database(self.path)
        self._rows = Rows(self._database, self._pictures)
        self._sightings = Sightings(self._database, self._pictures)
        self.read_only = self._database.read_only

    @property
    def _sql(self) -> sqlite3.Connection:
        return self._database.sql

    def close(self) -> None:
        """Close the database. A closed store raises StoreError on use; closing twice is allowed."""
        self._database.close()

    def __enter__(self) -> MemoryStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # one run

    def put(self, run: StoredRun) -> str:
        """Store a run under a new id and return it. A run that carries an id keeps it, replacing the old one."""
        run_id = run.id or secrets.token_hex(6)
        with self._database.complaints("written"):
            held = json.loads(run.model_dump_json(include={"memory", "pages"}))
            pictures = without_pictures(held)
            thumbs = self._rows.thumbs(held, pictures)
            self._pictures.write(pictures)
            with self._database.transaction():
                old = self._rows.pictures_of([run_id])
                self._rows.delete([run_id])
                self._rows.insert(run_id, run, held, pictures, thumbs)
                self._pictures.write(pictures)  # again: another process may have deleted their last user
            self._rows.remove_unused(old)
            with suppress(
                sqlite3.Error, OSError, SealError
            ):  # the run is kept; the rest goes with the next one
                self._rows.prune(self._in_force(), run_id)
        self._database.hold_spare()
        return run_id

    def get(self, run_id: str) -> StoredRun:
        """The run of that id, or of the only id that begins so. Raises StoreError: unknown, ambiguous."""
        with self._database.complaints("read"):
            full = self._rows.resolve(run_id)
            row = self._sql.execute(f"SELECT {_COLUMNS}, document FROM runs WHERE id = ?", (full,)).fetchone()
            if row is None:
                raise StoreError(f"{self.path}: the run {full} was deleted meanwhile.")
            head = dict(zip(_NAMES, row[:-1], strict=True))
            document = json.loads(row[-1])
            if is_deeper(document, _DEEPEST):
                raise ValueError("its JSON is nested too deeply")
            json.dumps(
                document, ensure_ascii=False
            ).encode()  # ValueError: a lone surrogate, which is no text
            put_pictures(document, self._pictures)
            return StoredRun.model_validate({**head, **document})

    def delete(self, run_id: str) -> str:
        """Remove a run (ids as in `get`), and the pictures that no other run uses; gives its whole id."""
        with self._database.complaints("written"):
            full = self._database.even_when_full(lambda: self._deleted(run_id))
        self._database.hold_spare()
        return full

    def _deleted(self, run_id: str) -> str:
        with self._database.transaction():
            full = self._rows.resolve(run_id)
            shas = self._rows.pictures_of([full])
            self._rows.delete([full])
        self._rows.remove_unused(shas)
        return full

    # what was seen

    def sightings(
        self, target: str, image: Image | None = None, *, limit: int = 10, alike: Alike | None = None
    ) -> list[Sighting]:
        """Where a target was found in earlier runs: hints of where to look, never evidence of where it is now.

        target: its name in a few words, as for `Seal.locate`; names are compared by letters, and where these tell no
        name surely, by meaning, if `alike` says how alike texts mean. image: the screen as it is now: sightings on
        screens that look like it come first, and each tells how alike its place is. One place of one page is told once.
        The first call in a store of version 1 reads every run once; a deadline ends it, and the next call goes on.
        """
        if not isinstance(target, str) or not target.strip():
            raise SettingError(f"A target is named in a few words; got {one_line(repr(target), 40)}.")
        number("limit", limit, 0)
        with self._database.complaints("read"):
            return self._sightings.of(target, image, limit, alike)

    def screens_like(self, image: Image, *, limit: int = 10) -> list[ScreenSighting]:
        """The pages on which earlier runs found something that look most like an image, best first."""
        number("limit", limit, 0)
        with self._database.complaints("read"):
            return self._sightings.screens(image, limit)

    # many runs

    def list(self, limit: int = 50, *, offset: int = 0, **where: Unpack[RunFilter]) -> list[RunSummary]:
        """Summaries of the runs that are meant (`RunFilter`), newest first: `limit` of them, after the first `offset`.

        Raises SettingError for a filter or a number that is none.
        """
        number("limit", limit, 0)
        number("offset", offset, 0)
        condition, values = Where(**where).sql()
        with self._database.complaints("read"):
            self._database.index()
            rows = self._sql.execute(
                f"SELECT {', '.join(f'runs.{name}' for name in _NAMES)} FROM (SELECT run, moment, number FROM searched "
                f"WHERE {condition} ORDER BY moment DESC, number DESC LIMIT ? OFFSET ?) AS found "
                "JOIN runs ON id = run ORDER BY moment DESC, number DESC",
                (*values, min(limit, MOST), min(offset, MOST)),
            ).fetchall()
            return [RunSummary(**dict(zip(_NAMES, row, strict=True))) for row in rows]

    def count(self, **where: Unpack[RunFilter]) -> int:
        """How many runs are meant."""
        condition, values = Where(**where).sql()
        with self._database.complaints("read"):
            self._database.index()
            return self._rows.count(condition, values)

    def ids(self, **where: Unpack[RunFilter]) -> tuple[str, ...]:
        """Ids of all runs that are meant, newest first: for work on each of them, by `get`."""
        condition, values = Where(**where).sql()
        with self._database.complaints("read"):
            self._database.index()
            rows = self._sql.execute(
                f"SELECT run FROM searched WHERE {condition} ORDER BY moment DESC, number DESC", values
            )
            return tuple(row[0] for row in rows)

    def delete_where(self, **where: Unpack[RunFilter]) -> int:
        """Remove the runs that are meant, as `delete` does; gives how many there were.

        Some hundred go in one transaction, so that others need not wait; whoever is interrupted has removed a part.
        Raises SettingError where the filter admits every run.
        """
        asked = Where(**where)
        if asked.is_all:
            raise SettingError("Say which runs are to be deleted; this would be all of them.")
        condition, values = asked.sql()
        with self._database.complaints("written"):
            self._database.index()
            return self._rows.delete_oldest(condition, values, MOST)

    # how much is kept

    @property
    def limits(self) -> Limits:
        """How much the store may hold, whoever puts a run into it."""
        with self._database.complaints("read"):
            return self._rows.limits()

    def set_limits(self, limits: Limits) -> int:
        """Keep limits in the store, for all who put runs into it; what is beyond goes now. Gives how many runs went."""
        with self._database.complaints("written"):
            self._sql.execute(
                "INSERT OR REPLACE INTO main.limits VALUES (1, ?, ?)", (limits.most_runs, limits.most_bytes)
            )
            return self._rows.prune(limits)

    def prune(self, limits: Limits) -> int:
        """Remove the oldest runs until the store is within the limits. Gives how many went."""
        with self._database.complaints("written"):
            return self._rows.prune(limits)

    def size(self) -> StoreSize:
        """How much it holds."""
        with self._database.complaints("read"):
            self._database.index()
            return self._rows.size()

    def sweep(self) -> tuple[int, int]:
        """Delete what no run uses, as killed processes leave it: (pictures, bytes) that are gone."""
        with self._database.complaints("written"), self._database.transaction():
            # the transaction keeps others from taking a picture into use
            return self._rows.sweep()

    def _in_force(self) -> Limits:
        return self._rows.limits() if self._limits == Limits() else self._limits
