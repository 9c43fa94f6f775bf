"""Pyramids of flat files: a PNG, JPEG or plain TIFF over the limit of pixels is converted once, and kept.

- A process of its own converts (`seal.memory.pyramid_worker`). It is ended with the deadline in force and with Ctrl-C.
- What is written lies in a folder `NAME.part` until it is whole and on the disk; then it is moved to its place. After
  an error nothing stays behind, and what a killed program has left is removed later.
- An entry is a file of TIFF and one of JSON beside it with its digest. Where they do not fit it is as good as none.
- All entries have a limit in bytes together; those that were not used for longest go first.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import platformdirs

from .deadline import NEVER, POLL, current
from .disk import STALE, UnfitFile, make_way, pack, read_file, remove, unpack, write_whole
from .errors import ImageError
from .sampled import file_digest
from .source import one_line

__all__ = [
    "CACHE_BYTES",
    "JPEG_QUALITY",
    "Progress",
    "VARIABLE",
    "cached_pyramid",
    "pyramid_folder",
    "write_pyramid",
]

Progress = Callable[[int], None]
"""Told the percents that are done, 0 to 100."""
VARIABLE = "SEAL_PYRAMID_CACHE"
CACHE_BYTES = 20_000_000_000
"""Bytes of all pyramids that are kept."""
FORMAT = 1
JPEG_QUALITY = 95
"""Of the tiles of a JPEG's pyramid; what was without loss stays so."""
MOST_SIDECAR = 1 << 16
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); from {} import main; main()"
)


def pyramid_folder() -> Path:
    """Where pyramids are kept: the folder that the environment names, else one in the user's cache."""
    named = os.environ.get(VARIABLE, "").strip()
    return Path(named).expanduser() if named else platformdirs.user_cache_path("seal") / "pyramids"


def cached_pyramid(source: Path, kind: str, name: str, key: str, on_progress: Progress | None = None) -> Path:
    """The pyramid of a file, by the digest of its content; converted where there is none.

    Raises ImageError where that fails, OutOfTime when the deadline in force passes meanwhile.
    """
    folder = pyramid_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
    except OSError as error:
        raise ImageError(
            f"{name}: no pyramid of it can be kept in {one_line(folder)} ({error.strerror}); name another folder with "
            f"{VARIABLE}."
        ) from error
    file, told = folder / f"{key}.tif", folder / f"{key}.json"
    head = {"kind": "pyramid", "format": FORMAT, "key": key}
    if _is_whole(file, told, head):
        with contextlib.suppress(OSError):
            os.utime(file)  # the latest used go last
        return file
    make_way(told)
    make_way(file)
    write_pyramid(source, file, kind, name, JPEG_QUALITY if kind == "jpeg" else None, on_progress)
    try:
        with NEVER.in_force(shielded=True):  # after minutes of work
            write_whole(told, pack(head, file_digest(file).encode()))
    except BaseException as error:
        remove(file)
        if isinstance(error, OSError):
            raise ImageError(_refusal(name, error.strerror or str(error), folder)) from error
        raise
    _prune(folder, file)
    return file


def write_pyramid(
    source: Path,
    out: Path,
    kind: str,
    name: str,
    quality: int | None = None,
    on_progress: Progress | None = None,
) -> None:
    """Write a file's pyramid, in place of an older file. quality: of JPEG tiles, 1 to 100; None: without loss.

    Raises ImageError, and OutOfTime when the deadline in force passes; the older file is unchanged then.
    """
    try:
        part = Path(tempfile.mkdtemp(prefix=f"{out.name[:40]}.", suffix=".part", dir=out.parent))
    except OSError as error:
        raise ImageError(f"{one_line(out)}: no pyramid can be written there ({error.strerror}).") from error
    try:
        written = part / "pyramid.tif"
        call: dict[str, object] = {
            "source": str(source.resolve()),
            "kind": kind,
            "target": str(written.resolve()),
            "quality": quality,
        }
        why = _converted(call, part, on_progress)
        if why:
            raise ImageError(_refusal(name, why, out.parent))
        with written.open("rb") as file:
            os.fsync(file.fileno())
        written.replace(out)
    except OSError as error:
        raise ImageError(_refusal(name, error.strerror or str(error), out.parent)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _refusal(name: str, why: str, folder: Path) -> str:
    full = os.strerror(errno.ENOSPC)
    room = f"; make room in {one_line(folder)}, or name another folder with {VARIABLE}" if full in why else ""
    return f"{name}: it cannot be converted into a pyramid ({one_line(why, 160)}){room}."


def _converted(call: dict[str, object], scratch: Path, on_progress: Progress | None) -> str:
    """Why a process could not do it; nothing where it has."""
    package = __package__ or ""
    root = Path(sys.modules[package.partition(".")[0]].__path__[0]).parent
    process = subprocess.Popen(
        [sys.executable, "-c", _START.format(f"{package}.pyramid_worker")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(scratch)},  # where libvips puts the coarser levels meanwhile
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None and process.stdout is not None
    replies, lines = process.stdout, queue.SimpleQueue[str]()

    def listen() -> None:
        for line in replies:
            lines.put(line.decode("utf-8", "replace").strip())
        lines.put("")

    listener = threading.Thread(target=listen, name="seal-pyramid", daemon=True)
    listener.start()
    try:
        for message in ([str(root), *filter(None, sys.path)], call):
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        while True:
            current().check()
            try:
                line = lines.get(timeout=POLL)
            except queue.Empty:
                continue
            if line == "done":
                if on_progress is not None:
                    on_progress(100)
                return ""
            if line.isdigit():
                if on_progress is not None:
                    on_progress(int(line))
                continue
            why = "the process that converts it ended; it may need too much memory, or the disk is full"
            return line.removeprefix("error ") or why
    except BrokenPipeError:
        return "the process that converts it cannot be started"
    finally:
        process.kill()
        process.wait()
        listener.join()
        replies.close()
        with contextlib.suppress(OSError):
            process.stdin.close()


def _is_whole(file: Path, told: Path, head: dict[str, object]) -> bool:
    try:
        return unpack(head, read_file(told, MOST_SIDECAR)) == file_digest(file).encode()
    except (UnfitFile, OSError, ValueError):
        return False


def _sweep(folder: Path) -> None:
    """Remove what killed programs have left."""
    for part in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            if time.time() - max(p.stat().st_mtime for p in (part, *part.glob("*"))) > STALE:
                shutil.rmtree(part, ignore_errors=True) if part.is_dir() else remove(part)


def _prune(folder: Path, kept: Path) -> None:
    """Delete the pyramids that were not used for longest, but the one that was just written, down to the limit."""
    listed = []
    for file in folder.glob("*.tif"):
        with contextlib.suppress(OSError):
            listed.append((file.lstat().st_mtime, file.lstat().st_size, file))
    total = sum(size for _, size, _ in listed)
    for _, size, file in sorted(listed):
        if total <= CACHE_BYTES:
            return
        if file != kept and remove(file):
            remove(file.with_suffix(".json"))
            total -= size
