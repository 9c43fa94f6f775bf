"""Files that we keep on disk: written whole or not at all, and entries of caches that know when they are damaged.

- A file is written beside its place, flushed to the disk and moved there: whoever is killed, or runs out of disk,
  leaves the old file or none, and a part that `sweep_parts` removes later.
- An entry begins with a line that says what it is, of which format and by whom it was made, and the SHA-256 of the
  rest. Whatever does not hold exactly that is damaged, of another version, or no entry at all: for a cache, a miss.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = ["pack", "remove", "sweep_parts", "unpack", "write_whole"]

PART = ".part"
"""How the name of a file ends that is being written."""
STALE = 3600.0
"""Seconds after which nobody writes a part any more."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file, in place of an older one if there is one. Raises OSError, and then the older one is unchanged."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name[:40]}.", suffix=PART, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _flush(path.parent)
    except BaseException:
        remove(part)
        raise


def _flush(folder: Path) -> None:
    """Make the new names in a folder last; where folders cannot be opened (Windows), names last by themselves."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> bool:
    """Delete a file; whether it is gone now. In a folder that cannot be written it stays."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def sweep_parts(folder: Path) -> int:
    """Bytes of the parts that killed writers left in a folder and that were deleted now."""
    freed = 0
    for part in folder.glob(f"*{PART}"):
        try:
            told = part.stat()
        except OSError:  # its writer has just finished
            continue
        if time.time() - told.st_mtime > STALE and remove(part):
            freed += told.st_size
    return freed


def pack(head: Mapping[str, object], data: bytes) -> bytes:
    """An entry: a line of JSON with `head` and the SHA-256 of `data`, then `data`."""
    line = {**head, "sha256": hashlib.sha256(data).hexdigest()}
    return json.dumps(line, sort_keys=True).encode() + b"\n" + data


def unpack(head: Mapping[str, object], packed: bytes) -> bytes:
    """The data of an entry with that head. Raises ValueError where it has another one, or is damaged."""
    _, _, data = packed.partition(b"\n")
    if pack(head, data) != packed:
        raise ValueError("the entry is damaged, or another program's or version's")
    return data
