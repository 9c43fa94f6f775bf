"""Files that we keep on disk: written whole or not at all, and entries of caches that know when they are damaged.

- A file is written beside its place, flushed to the disk and moved there: whoever is killed, or runs out of disk,
  leaves the old file or none, and a part that `sweep_parts` removes later.
- An entry begins with a line that says what it is, of which format and by whom it was made, and the SHA-256 of the
  rest. Whatever does not hold exactly that is damaged, of another version, or no entry at all: for a cache, a miss.
- What others may have put there is read by `read_file`: regular files alone, up to a limit. A pipe would be waited for,
  a device may have no end.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

__all__ = [
    "UnfitFile",
    "check_regular",
    "is_deeper",
    "make_way",
    "pack",
    "read_file",
    "remove",
    "sweep_parts",
    "unpack",
    "write_new",
    "write_whole",
]

PART = ".part"
"""How the name of a file ends that is being written."""
STALE = 3600.0
"""Seconds after which nobody writes a part any more."""
MOST_BYTES = 1 << 30
"""Of a file that is read whole and has no limit of its own; recordings of benchmarks have some tens of megabytes."""
MOST_ASIDE = 100
"""Directories of one name that are renamed at most."""
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
"""What a disk without hard links says (FAT, some that come over a network)."""
_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


class UnfitFile(OSError):
    """What lies there is not read: it is no regular file, or too long. strerror: which, in words."""


def check_regular(*paths: Path) -> None:
    """For those who open files by themselves: raises UnfitFile where something lies there that is no regular file."""
    for path in paths:
        with suppress(FileNotFoundError):
            _check(path.stat(), said=path.name)


def read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """The content of a regular file, or of one that a link leads to.

    Raises UnfitFile for whatever else, unopened, and for a file of more than `most` bytes, unread; OSError. What has no
    size is empty: it has no end either, as some of /proc.
    """
    try:
        _check(Path(path).stat(), most)  # devices are not even opened
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnfitFile(errno.ELOOP, "this is a link to itself") from error
        raise
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    )
    handle = os.open(path, flags)  # which does not wait, should it be a pipe by now
    try:
        told = os.fstat(handle)
        _check(told, most)
        with open(handle, "rb", closefd=False) as file:
            return file.read(told.st_size)
    finally:
        os.close(handle)


def _check(told: os.stat_result, most: int | None = None, said: str = "this") -> None:
    if not stat.S_ISREG(told.st_mode):
        kind = next((kind for is_it, kind in _KINDS if is_it(told.st_mode)), "no file")
        raise UnfitFile(errno.EINVAL, f"{said} is {kind}")
    if most is not None and told.st_size > most:
        sizes = f"the file has {_size(told.st_size)}, over the limit of {_size(most)}"
        raise UnfitFile(errno.EFBIG, sizes)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def write_whole(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file, in place of an older one if there is one. Raises OSError, and then the older one is unchanged."""
    part = _written(path, data)
    try:
        part.replace(path)
        _flush(path.parent)
    except BaseException:
        remove(part)
        raise


def write_new(path: Path, data: bytes | Iterable[bytes]) -> bool:
    """Write a file where there is none yet, and whether that was so: one that is there stays as it is.

    Of several processes that write the same file at once, one is told True. On a disk without hard links this holds
    only for callers that keep each other out. Raises OSError.
    """
    part = _written(path, data)
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            return False
        part.replace(path)
    finally:
        remove(part)
    _flush(path.parent)
    return True


def _written(path: Path, data: bytes | Iterable[bytes]) -> Path:
    """A part beside `path` with the data, flushed to the disk."""
    handle, name = tempfile.mkstemp(prefix=f"{path.name[:40]}.", suffix=PART, dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        remove(part)
        raise
    return part


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


def make_way(path: Path) -> bool:
    """Free a path for a file of ours, whatever lies there; whether it is free now.

    Files, links and pipes are deleted. A directory is if it is empty; one that is not is renamed, for what it holds may
    be dear to somebody: "NAME.aside", then "NAME.aside1", ...
    """
    if path.is_symlink() or not path.is_dir():
        return remove(path)
    with suppress(OSError):
        path.rmdir()
        return True
    for number in range(MOST_ASIDE):
        aside = path.with_name(f"{path.name}.aside{number or ''}")
        if not os.path.lexists(aside):
            with suppress(OSError):
                path.rename(aside)
                return True
    return False


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


def is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects lie in each other deeper than so many levels."""
    layer = [value] if isinstance(value, dict | list) else []
    while layer and levels:
        levels -= 1
        held = [v for each in layer for v in (each.values() if isinstance(each, dict) else each)]
        layer = [each for each in held if isinstance(each, dict | list)]
    return bool(layer)
