"""What was asked and seen before, kept on disk: one SQLite file, and crops as PNG files named by content.

    store/
      runs.sqlite3          one row a run: question, answer, status, image, and its JSON documents
      pictures/ab/abcd...png  crops and global images, SHA-256 names, shared between runs
      spare                 room that is given up when the disk is full, so that runs can be deleted then

- Pictures are written first (temporary file, fsync, rename), the row after them: whoever is killed in between
  leaves a picture too many, which `sweep` removes, never a run without its pictures.
- Several processes may write at once: SQLite's write-ahead log, and a wait for the lock. Not on network drives.
- A store that cannot be written is read all the same.
- A file that is not ours, corrupt or from a newer version is refused and left as it is.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .disk import check_regular, is_deeper, remove, write_whole
from .errors import SettingError, StoreError
from .picture_files import PictureFiles
from .source import one_line
from .working import GlobalImage, VisualWorkingMemory

__all__ = ["MemoryStore", "RunSummary", "StoredRun", "default_path"]

T = TypeVar("T")
Document = dict[str, Any]
"""JSON; what it holds is checked when it is read into its model."""
_VERSION = 1
_APPLICATION = 0x5EA1  # PRAGMA application_id: tells our files from other programs' databases
_WAIT_S = 30.0
_SPARE = 256 << 10
"""Bytes that are held back for a full disk: SQLite needs 32 KB to open a store, and as much to delete from it."""
_ENDS = ("", "-wal", "-shm", "-journal")  # of SQLite's files, which it opens whatever they are
_SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
    status TEXT NOT NULL, image_name TEXT NOT NULL, image_digest TEXT NOT NULL, document TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_time ON runs (created);
CREATE INDEX runs_by_image ON runs (image_digest);
CREATE TABLE pictures (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, sha TEXT NOT NULL, PRIMARY KEY (run, sha)
) STRICT, WITHOUT ROWID;
CREATE INDEX pictures_by_sha ON pictures (sha);
"""


def default_path() -> Path:
    """Where a store lies when no path is given: the user's data directory."""
    return Path(platformdirs.user_data_dir("seal", appauthor=False)) / "store"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class StoredRun(BaseModel):
    """One question with its answer and all that it came from.

    id: hex digits; empty until the run is stored. created: UTC, ISO 8601. pages: small pictures of further pages.
    result: JSON document of all else. trace: that of the search, in runs of the first version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field("", pattern="^([0-9a-f]{4,64})?$")
    created: str = Field(default_factory=_now)
    question: str
    answer: str = ""
    status: str = ""
    image_name: str = ""
    image_digest: str = ""
    memory: VisualWorkingMemory
    pages: tuple[GlobalImage, ...] = ()
    result: Document = {}
    trace: Document | None = None


class RunSummary(BaseModel):
    """A run as lists show it; `MemoryStore.get` gives the whole of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    created: str
    question: str
    answer: str
    status: str
    image_name: str
    image_digest: str


_DEEPEST = 60  # levels of a run's JSON; ours have about ten, and what is far deeper cannot be written again
_NO_RUN = (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What the reading of a row raises that is no run."""
_COLUMNS = "id, created, question, answer, status, image_name, image_digest"


class MemoryStore:
    """A store in the folder `path` (None: `default_path()`), made when it is not there.

    It is a context manager, and may be shared by threads and by processes. Every method raises StoreError when
    the folder or its files cannot be read or written; making one of no path raises SettingError.
    """

    def __init__(self, path: Path | str | None = None) -> None:
        if path is not None and (not isinstance(path, str | Path) or not str(path).strip()):
            raise SettingError(f"A store is named by its folder, as a path; got {one_line(repr(path), 60)}.")
        self.path = default_path() if path is None else Path(path).expanduser()
        self._file, self._spare = self.path / "runs.sqlite3", self.path / "spare"
        self._pictures = PictureFiles(self.path / "pictures")
        self._lock = threading.RLock()
        with self._complaints("opened"):
            if self.path.exists() and not self.path.is_dir():
                raise StoreError(f"{self.path}: a folder is expected for the store, this is a file.")
            self.read_only = self._file.exists() and not (
                os.access(self._file, os.W_OK) and os.access(self.path, os.W_OK)
            )
            self._even_when_full(self._open)
        self._hold_spare()

    def _open(self) -> None:
        check_regular(*(Path(f"{self._file}{end}") for end in _ENDS))
        if self.read_only:
            # while nobody writes there is no log to be read, and without a log nothing need be written to read
            log = self.path / f"{self._file.name}-wal"
            mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
            where = f"file:{quote(str(self._file.absolute()))}?{mode}"
        else:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)  # screenshots are private
            self._pictures.folder.mkdir(exist_ok=True)
            where = str(self._file)
        self._db = sqlite3.connect(
            where, timeout=_WAIT_S, isolation_level=None, check_same_thread=False, uri=self.read_only
        )
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the database. A closed store raises StoreError on use; closing twice is allowed."""
        self._db.close()

    def __enter__(self) -> MemoryStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, run: StoredRun) -> str:
        """Store a run under a new id and return it. A run that carries an id keeps it, replacing the old one."""
        run_id = run.id or secrets.token_hex(6)
        with self._complaints("written"):
            held = json.loads(run.model_dump_json(include={"memory", "pages"}))
            pictures = self._without_pictures(held)
            document = json.dumps({**held, "result": run.result, "trace": run.trace})
            self._pictures.write(pictures)
            with self._transaction():
                old = self._shas(run_id)
                self._db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
                fields = (run.created, run.question, run.answer, run.status, run.image_name, run.image_digest)
                self._db.execute(
                    "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (run_id, *fields, document)
                )
                self._db.executemany(
                    "INSERT INTO pictures (run, sha) VALUES (?, ?)", [(run_id, sha) for sha in pictures]
                )
                self._pictures.write(pictures)  # again: another process may have deleted their last user
            self._remove_unused(old)
        self._hold_spare()
        return run_id

    def get(self, run_id: str) -> StoredRun:
        """The run of that id, or of the only id that begins so. Raises StoreError: unknown, ambiguous."""
        with self._complaints("read"):
            full = self._resolve(run_id)
            row = self._db.execute(f"SELECT {_COLUMNS}, document FROM runs WHERE id = ?", (full,)).fetchone()
            if row is None:
                raise StoreError(f"{self.path}: the run {full} was deleted meanwhile.")
            head = dict(zip(_COLUMNS.split(", "), row[:-1], strict=True))
            document = json.loads(row[-1])
            if is_deeper(document, _DEEPEST):
                raise ValueError("its JSON is nested too deeply")
            json.dumps(
                document, ensure_ascii=False
            ).encode()  # ValueError: a lone surrogate, which is no text
            self._put_pictures(document)
            return StoredRun.model_validate({**head, **document})

    def list(
        self, limit: int = 50, image_digest: str | None = None, text: str | None = None
    ) -> list[RunSummary]:
        """Summaries, newest first; of one image, and with `text` in question, answer or image name."""
        where, values = ["1"], list[str]()
        if image_digest is not None:
            where.append("image_digest = ?")
            values.append(image_digest)
        if text:
            where.append(
                "("
                + " OR ".join(f"instr(folded({c}), ?)" for c in ("question", "answer", "image_name"))
                + ")"
            )
            values += [text.casefold()] * 3
        query = f"SELECT {_COLUMNS} FROM runs WHERE {' AND '.join(where)} ORDER BY created DESC, rowid DESC LIMIT ?"
        with self._complaints("read"):
            rows = self._db.execute(query, (*values, limit)).fetchall()
            return [RunSummary(**dict(zip(_COLUMNS.split(", "), row, strict=True))) for row in rows]

    def delete(self, run_id: str) -> str:
        """Remove a run (ids as in `get`), and the pictures that no other run uses; gives its whole id."""
        with self._complaints("written"):
            full = self._even_when_full(lambda: self._deleted(run_id))
        self._hold_spare()
        return full

    def _deleted(self, run_id: str) -> str:
        with self._transaction():
            full = self._resolve(run_id)
            shas = self._shas(full)
            self._db.execute("DELETE FROM runs WHERE id = ?", (full,))
        self._remove_unused(shas)
        return full

    def sweep(self) -> tuple[int, int]:
        """Delete what no run uses, as killed processes leave it: (pictures, bytes) that are gone."""
        with self._complaints("written"), self._transaction():  # which keeps others from taking one into use
            return self._pictures.sweep({row[0] for row in self._db.execute("SELECT sha FROM pictures")})

    # a full disk

    def _even_when_full(self, work: Callable[[], T]) -> T:
        """What `work` returns; where it fails for want of room and there is some to give up, it is tried again."""
        try:
            return work()
        except (sqlite3.OperationalError, OSError) as error:
            if not (_is_full(error) and self._spare.is_file() and remove(self._spare)):
                raise
            return work()

    def _hold_spare(self) -> None:
        """Hold room back, if there is any."""
        if not self.read_only and not self._spare.exists():
            with suppress(OSError):
                write_whole(self._spare, bytes(_SPARE))

    # database

    def _prepare(self) -> None:
        """Check whose file it is; make the tables in a new one. Writes nothing into any other."""
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.create_function("folded", 1, str.casefold, deterministic=True)
        if self._version() == 0:
            self._use_write_ahead_log()
            with self._transaction():
                if self._version() == 0:
                    for statement in _SCHEMA.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA application_id = {_APPLICATION}")
                    self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def _use_write_ahead_log(self) -> None:
        """Kept in the file, so once is enough. SQLite does not wait for others here: wait ourselves."""
        end = time.monotonic() + _WAIT_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def _version(self) -> int:
        """Version of the file's tables, 0 for a new file. Raises StoreError for a file that is not ours."""
        # the tables first: who sees them sees whose they are, even while another process has just made them
        tables = int(self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        application = int(self._db.execute("PRAGMA application_id").fetchone()[0])
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > _VERSION and application == _APPLICATION:
            raise StoreError(
                f"{self._file}: written by a newer version (tables of version {version}, this one knows "
                f"{_VERSION}); update seal-visual-search."
            )
        if tables and application != _APPLICATION:
            raise StoreError(f"{self._file}: this is a database of another program; choose another folder.")
        return version if tables else 0

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _complaints(self, done: str) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._file}: the store cannot be {done} ({one_line(error)}).") from error
        except OSError as error:
            raise StoreError(
                f"{self.path}: the store cannot be {done} ({error.strerror or error})."
            ) from error
        except _NO_RUN as error:
            why = one_line(error)
            raise StoreError(
                f"{self.path}: the run cannot be {done}: it has no valid form ({why})."
            ) from error

    def _resolve(self, prefix: str) -> str:
        rows = self._db.execute(
            "SELECT id FROM runs WHERE substr(id, 1, ?) = ? ORDER BY id = ? DESC, id LIMIT 4",
            (len(prefix), prefix.lower(), prefix.lower()),
        ).fetchall()
        ids = [row[0] for row in rows]
        if not ids or not prefix:
            raise StoreError(f"{self.path}: there is no run {prefix!r}; list the runs to see their ids.")
        if ids[0] == prefix.lower() or len(ids) == 1:
            return str(ids[0])
        some = ", ".join(ids[:3]) + (", ..." if len(ids) > 3 else "")
        raise StoreError(
            f"{self.path}: {prefix!r} is the beginning of several ids ({some}); give more digits."
        )

    # pictures

    def _shas(self, run_id: str) -> set[str]:
        return {row[0] for row in self._db.execute("SELECT sha FROM pictures WHERE run = ?", (run_id,))}

    def _remove_unused(self, shas: set[str]) -> None:
        """Delete those pictures that no run uses. Call it when the rows are gone for good.

        The transaction writes nothing: it keeps others from taking such a picture into use meanwhile.
        """
        with self._transaction():
            for sha in shas:
                used = self._db.execute("SELECT 1 FROM pictures WHERE sha = ? LIMIT 1", (sha,))
                if used.fetchone() is None:
                    self._pictures.remove(sha)

    def _without_pictures(self, document: Document) -> dict[str, bytes]:
        """The pictures of a run's JSON document by SHA-256, which takes the place of their base64 in it."""
        pictures: dict[str, bytes] = {}
        for holder in _holders(document):
            png = base64.b64decode(holder["png"])
            holder["png"] = hashlib.sha256(png).hexdigest()
            pictures[holder["png"]] = png
        return pictures

    def _put_pictures(self, document: Document) -> None:
        """Put the pictures in again."""
        for holder in _holders(document):
            holder["png"] = self._pictures.read(holder["png"])


def _is_full(error: sqlite3.OperationalError | OSError) -> bool:
    """Whether the disk may be full: SQLite says so, or that it cannot make or extend the files beside its own."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
    )


def _holders(document: Document) -> list[Document]:
    """The parts of a run's JSON document that hold a picture each."""
    memory = document["memory"]
    return [memory["image"], *memory["crops"], *document.get("pages", [])]
