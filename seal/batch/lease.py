"""Who works on what: a lease is a file that a process holds locked while it works on an item.

The operating system drops the lock when the process ends, however it ends, and at once: no lease has to be taken from a
dead process by its number, which another may have by then, nor after a time that a slow item may take too. The file
says who holds it (number of the process, and since when), for people. One disk is meant: over a network, locks are as
good as the file system makes them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from ..memory.disk import remove

__all__ = ["lease"]

STARTED = datetime.now(UTC).isoformat(timespec="seconds")

if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int, wait: bool) -> None:
        os.lseek(handle, 1 << 30, os.SEEK_SET)  # beyond the text, which others may read meanwhile
        msvcrt.locking(handle, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(handle: int, wait: bool) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def lease(path: Path, wait: bool = False) -> Iterator[bool]:
    """Whether the lease is ours while the block runs; wait: until it is. Raises OSError when it cannot be written.

    The file is gone afterwards. Threads of one process exclude each other too.
    """
    handle = _taken(path, wait)
    if handle is None:
        yield False
        return
    try:
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps({"pid": os.getpid(), "started": STARTED}).encode())
        yield True
    finally:
        remove(path)  # while it is locked: who waits for it sees that it is another file then
        os.close(handle)


def _taken(path: Path, wait: bool) -> int | None:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(handle, wait)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
        except (BlockingIOError, PermissionError):  # of Windows: both
            os.close(handle)
            return None
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
