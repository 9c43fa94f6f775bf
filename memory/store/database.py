"""The SQLite file of a store: whose it is, its version, transactions, several processes, a full disk."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from pydantic import ValidationError

from ..disk import check_regular, remove, write_whole
from ..errors import SealError, StoreError
from ..source import one_line
from . import schema
from .seen import unseen

__all__ = ["Database", "NO_RUN", "SPARE", "is_full"]

T = TypeVar("T")
_APPLICATION = 0x5EA1  # PRAGMA application_id: tells our files from other programs' databases
_WAIT_S = 30.0
SPARE = 256 << 10
"""Bytes that are held back for a full disk: SQLite needs 32 KB to open a store, and as much to delete from it."""
_ENDS = ("", "-wal", "-shm", "-journal")  # of SQLite's files, which it opens whatever they are
NO_RUN = (ValidationError, ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError)
"""What the reading of a row raises that is no run."""


class Database:
    """The database in the folder `path`, opened; made, or brought to our version, where that is needed and possible.

    sql: the connection, for whoever is inside of `complaints`. Raises StoreError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file, self._spare = path / "runs.sqlite3", path / "spare"
        self._lock = threading.RLock()
        self._in_memory: int | None = None
        with self.complaints("opened"):
            if path.exists() and not path.is_dir():
                raise StoreError(f"{path}: a folder is expected for the store, this is a file.")
            self.read_only = self.file.exists() and not (
                os.access(self.file, os.W_OK) and os.access(path, os.W_OK)
            )
            self.even_when_full(self._open)
            self._update()
        self.hold_spare()

    def _open(self) -> None:
        check_regular(*(Path(f"{self.file}{end}") for end in _ENDS))
        if self.read_only:
            # while nobody writes there is no log to be read, and without a log nothing need be written to read
            log = self.path / f"{self.file.name}-wal"
            mode = "mode=ro" if log.exists() and log.stat().st_size else "immutable=1"
            where = f"file:{quote(str(self.file.absolute()))}?{mode}"
        else:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)  # screenshots are private
            (self.path / "pictures").mkdir(exist_ok=True)
            where = str(self.file)
        self.sql = sqlite3.connect(
            where, timeout=_WAIT_S, isolation_level=None, check_same_thread=False, uri=self.read_only
        )
        self.sql.text_factory = _text
        try:
            self._prepare()
        except BaseException:
            self.sql.close()
            raise

    def close(self) -> None:
        """Close it; closing twice is allowed."""
        self.sql.close()

    # whose file, which version

    def _prepare(self) -> None:
        """Check whose file it is; make the tables in a new one. Writes nothing into any other."""
        self.sql.execute("PRAGMA foreign_keys = ON")
        if self._version() == 0:
            self._use_write_ahead_log()
            with self.transaction():
                if self._version() == 0:
                    for version in schema.VERSIONS:
                        schema.create(self.sql, version)
                    self.sql.execute(f"PRAGMA application_id = {_APPLICATION}")
                    self.sql.execute(f"PRAGMA user_version = {schema.VERSION}")

    def _update(self) -> None:
        """Bring an older file to our version, in one transaction: all of it, or, where there is no room, nothing.

        Without room it is used as it is, as one that cannot be written is (`index`): reading and deleting need none.
        """
        if self.read_only or self._version() == schema.VERSION:
            return
        try:
            with self.transaction():
                if self._version() < schema.VERSION:  # no other process has done so meanwhile
                    schema.create(self.sql, schema.VERSION)
                    schema.add_all(self.sql)
                    self.sql.execute(f"PRAGMA user_version = {schema.VERSION}")
        except sqlite3.OperationalError as error:
            if not is_full(error):
                raise

    @property
    def in_memory(self) -> bool:
        """Whether the tables beside the runs are in memory."""
        return self._in_memory is not None

    @property
    def indexed(self) -> bool:
        """Whether there are tables beside the runs, in the file or in memory; else `index` makes them in the end."""
        return self.in_memory or self._version() == schema.VERSION

    def index(self, with_seen: bool = False) -> None:
        """See to it that `searched` tells of every run. Where the file cannot be written, that is so in memory.

        with_seen: in memory too where `seen` does not tell of every run, and could not be told of it in the file.
        """
        if self._version() == schema.VERSION and not self.in_memory:
            whole = not (schema.waits(self.sql) or (self.read_only and with_seen and unseen(self.sql)))
            if not whole and not self.read_only:
                with suppress(sqlite3.OperationalError), self.transaction():
                    schema.fill(self.sql)
                whole = not schema.waits(self.sql)
            if whole:
                return
        self.use_memory()

    def use_memory(self) -> None:
        """Make the tables beside the runs in memory; anew where others have written since."""
        state = int(self.sql.execute("PRAGMA data_version").fetchone()[0])
        if state != self._in_memory:
            schema.create_in_memory(self.sql)
            schema.add_all(self.sql)
            self._in_memory = state

    def _use_write_ahead_log(self) -> None:
        """Kept in the file, so once is enough. SQLite does not wait for others here: wait ourselves."""
        end = time.monotonic() + _WAIT_S
        while True:
            try:
                self.sql.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def _version(self) -> int:
        """Version of the file's tables, 0 for a new file. Raises StoreError for a file that is not ours."""
        # the tables first: who sees them sees whose they are, even while another process has just made them
        tables = int(self.sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
        application = int(self.sql.execute("PRAGMA application_id").fetchone()[0])
        version = int(self.sql.execute("PRAGMA user_version").fetchone()[0])
        if version > schema.VERSION and application == _APPLICATION:
            raise StoreError(
                f"{self.file}: written by a newer version (tables of version {version}, this one knows "
                f"{schema.VERSION}); update seal-visual-search."
            )
        if tables and application != _APPLICATION:
            raise StoreError(f"{self.file}: this is a database of another program; choose another folder.")
        return version if tables else 0

    # work

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside, or nothing; meanwhile nobody else writes."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            raise

    @contextmanager
    def complaints(self, done: str) -> Iterator[None]:
        """One thread at a time; whatever goes wrong inside is a StoreError that says what was to be `done`."""
        try:
            with self._lock:
                yield
        except SealError:
            raise
        except sqlite3.Error as error:
            raise StoreError(f"{self.file}: the store cannot be {done} ({one_line(error)}).") from error
        except OSError as error:
            raise StoreError(
                f"{self.path}: the store cannot be {done} ({error.strerror or error})."
            ) from error
        except NO_RUN as error:
            why = one_line(error)
            raise StoreError(
                f"{self.path}: the run cannot be {done}: it has no valid form ({why})."
            ) from error

    # a full disk

    def even_when_full(self, work: Callable[[], T]) -> T:
        """What `work` returns; where it fails for want of room and there is some to give up, it is tried again."""
        try:
            return work()
        except (sqlite3.OperationalError, OSError) as error:
            if not (is_full(error) and self._made_room()):
                raise
            return work()

    def _made_room(self) -> bool:
        """Give up what is held back, and the log once its pages are in the file; whether there was any of it."""
        log, freed = Path(f"{self.file}-wal"), False
        with suppress(AttributeError, sqlite3.Error, OSError):  # not opened yet; in use by others; no log
            before = log.stat().st_size
            self.sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            freed = log.stat().st_size < before
        return (self._spare.is_file() and remove(self._spare)) or freed

    def hold_spare(self) -> None:
        """Hold room back, if there is any."""
        if not self.read_only and not self._spare.exists():
            with suppress(OSError):
                write_whole(self._spare, bytes(SPARE))

    def bytes_used(self) -> int:
        """Of the file, without the room in it that deleted runs have left."""
        pages, free, size = (
            int(self.sql.execute(f"PRAGMA {name}").fetchone()[0])
            for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size


def _text(data: bytes) -> str:
    """Text of the database; a row with damaged text is one of many, and shall be listed as they are."""
    return data.decode("utf-8", "replace")


def is_full(error: sqlite3.OperationalError | OSError) -> bool:
    """Whether the disk may be full: SQLite says so, or that it cannot make or extend the files beside its own."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
    )
