"""A disk of a few kilobytes, or one that cannot be written, for a child process: a mount of its own on Linux."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

__all__ = ["fill", "in_small_disk", "read_only"]

ROOT = Path(__file__).parents[1]
_PATHS = f"import sys; sys.path[:0] = [{str(ROOT / 'tests')!r}, {str(ROOT)!r}]\n"


@cache
def _mounts() -> bool:
    """Whether this machine lets a process mount a disk in a namespace of its own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/tmp"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _ran(mount: str, folder: Path, code: str) -> str:
    if not _mounts():
        pytest.skip("this machine mounts no disk for a test")
    shell = f'{mount} && cd "$1" && exec "$2" -c "$3"'
    command = ["unshare", "-Urm", "sh", "-c", shell, "sh", str(folder), sys.executable, _PATHS + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def in_small_disk(folder: Path, code: str, kilobytes: int) -> str:
    """What `code` prints; its working directory is an empty disk of that size, gone after it."""
    return _ran(f'mount -t tmpfs -o size={kilobytes}k tmpfs "$1"', folder, code)


def read_only(folder: Path, code: str) -> str:
    """What `code` prints; its working directory is the folder, on a disk that cannot be written."""
    return _ran('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', folder, code)


def fill(folder: Path) -> None:
    """Leave no byte free on a disk."""
    rest = os.open(folder / "rest", os.O_WRONLY | os.O_CREAT)
    with suppress(OSError):
        while os.write(rest, bytes(4096)):
            pass
    os.close(rest)
