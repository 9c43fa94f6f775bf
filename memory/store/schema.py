"""The tables of a store, and what is filled in from the runs themselves: what makes them quick to find.

- `runs` and `pictures` hold all that is kept, and are those of version 1.
- `searched` has a narrow row a run, so that a list or a search reads some megabytes and not every document. Its numbers
  count in the order in which runs came. A run that a program of version 1 writes gets its row from a trigger, without
  its words (NULL), which are filled in by the next who searches.
- Everything but `runs`, `pictures` and `limits` can be made anew from these. Where the file cannot be written, the same
  tables are made in memory (TEMP), whose names go before those of the file.
"""

from __future__ import annotations

import sqlite3

from .runs import milliseconds

__all__ = ["VERSION", "VERSIONS", "add_all", "create", "create_in_memory", "fill", "searched", "waits"]

VERSION = 2
BATCH = 2000
"""Rows that are read at once."""
VERSIONS = {
    1: """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
    status TEXT NOT NULL, image_name TEXT NOT NULL, image_digest TEXT NOT NULL, document TEXT NOT NULL
) STRICT

CREATE INDEX runs_by_time ON runs (created)

CREATE INDEX runs_by_image ON runs (image_digest)

CREATE TABLE pictures (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, sha TEXT NOT NULL, PRIMARY KEY (run, sha)
) STRICT, WITHOUT ROWID

CREATE INDEX pictures_by_sha ON pictures (sha)
""",
    2: """
CREATE TABLE searched (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE REFERENCES runs (id) ON DELETE CASCADE,
    moment INTEGER, digest TEXT, status TEXT, words TEXT, seen INTEGER NOT NULL DEFAULT 0
) STRICT

CREATE INDEX searched_by_time ON searched (moment, number)

CREATE INDEX searched_by_image ON searched (digest, moment, number)

CREATE INDEX searched_waiting ON searched (number) WHERE words IS NULL

CREATE INDEX searched_unseen ON searched (number) WHERE seen = 0

CREATE TRIGGER run_is_searched AFTER INSERT ON runs BEGIN INSERT INTO searched (run) VALUES (NEW.id); END

CREATE TABLE seen (
    number INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, target INTEGER NOT NULL,
    name TEXT NOT NULL, said TEXT NOT NULL, page INTEGER NOT NULL,
    x REAL NOT NULL, y REAL NOT NULL, width REAL NOT NULL, height REAL NOT NULL, screen TEXT NOT NULL
) STRICT

CREATE INDEX seen_by_run ON seen (run)

CREATE INDEX seen_by_name ON seen (name)

CREATE INDEX seen_by_words ON seen (said)

CREATE INDEX seen_by_screen ON seen (screen)

CREATE TABLE thumbs (sha TEXT PRIMARY KEY, shape REAL NOT NULL, pixels BLOB NOT NULL) STRICT, WITHOUT ROWID

CREATE TABLE files (sha TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID

CREATE INDEX files_unknown ON files (sha) WHERE bytes < 0

CREATE TABLE limits (
    only INTEGER PRIMARY KEY CHECK (only = 1), most_runs INTEGER, most_bytes INTEGER
) STRICT
""",
}
"""What each version added to the one before; statements stand apart by an empty line.

searched: moment in milliseconds since 1970, NULL where the run's time is none; its digest and status; words: question,
answer and name of the image in one case, parted by a character that no text has; seen: 1 where `seen` tells of it.
seen: found targets (`seen.py`). thumbs: of small pictures of pages; shape: width by height. files: sizes of pictures,
-1 before they were measured.
"""


def create(database: sqlite3.Connection, version: int) -> None:
    """Make the tables that a version added. Call it in a transaction."""
    for statement in VERSIONS[version].strip().split("\n\n"):
        database.execute(statement)


def create_in_memory(database: sqlite3.Connection) -> None:
    """Make them as tables of this connection alone, without what other databases' tables cannot be tied to."""
    database.execute("PRAGMA temp_store = MEMORY")
    for statement in VERSIONS[2].strip().split("\n\n"):
        kind, name = statement.split()[1:3]
        if kind == "TABLE":
            database.execute(f"DROP TABLE IF EXISTS temp.{name}")
            alone = statement.replace(" REFERENCES runs (id) ON DELETE CASCADE", "")
            database.execute(alone.replace("CREATE TABLE", "CREATE TEMP TABLE"))
        elif kind == "INDEX":
            database.execute(statement.replace(f"INDEX {name}", f"INDEX temp.{name}"))


def add_all(database: sqlite3.Connection) -> None:
    """Add what belongs to every run, to tables that hold nothing yet, in the order of the runs' times.

    Call it in a transaction.
    """
    rows = database.execute(
        "SELECT id, created, image_digest, status, question, answer, image_name FROM runs ORDER BY created, rowid"
    )
    database.executemany(
        "INSERT INTO searched (run, moment, digest, status, words) VALUES (?, ?, ?, ?, ?)",
        ((row[0], *searched(*row[1:])) for row in rows),
    )
    database.execute("INSERT INTO files SELECT DISTINCT sha, -1 FROM pictures")


def waits(database: sqlite3.Connection) -> bool:
    """Whether a row of `searched` has not been filled in."""
    return bool(database.execute("SELECT EXISTS (SELECT 1 FROM searched WHERE words IS NULL)").fetchone()[0])


def searched(created: str, digest: str, status: str, *texts: object) -> tuple[int | None, str, str, str]:
    """moment, digest, status and words of a run; texts: question, answer, name of the image."""
    return milliseconds(created), digest, status, "\x1f".join(map(str, texts)).casefold()


def fill(database: sqlite3.Connection) -> None:
    """Fill in the rows of `searched` that wait for it. Call it in a transaction."""
    database.execute(
        "INSERT OR IGNORE INTO files SELECT sha, -1 FROM pictures WHERE run IN "
        "(SELECT run FROM searched WHERE words IS NULL)"
    )
    after = -(1 << 62)
    while rows := database.execute(
        "SELECT number, created, image_digest, runs.status, question, answer, image_name FROM searched JOIN runs "
        "ON id = run WHERE words IS NULL AND number > ? ORDER BY number LIMIT ?",
        (after, BATCH),
    ).fetchall():
        after = rows[-1][0]
        database.executemany(
            "UPDATE searched SET moment = ?, digest = ?, status = ?, words = ? WHERE number = ?",
            [(*searched(*row[1:]), row[0]) for row in rows],
        )
