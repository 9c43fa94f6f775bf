"""Memory that was freed goes back to the system."""

from __future__ import annotations

import ctypes
import resource
import sys
from pathlib import Path

import pytest

from seal.memory.freed import LONG, give_back

PIECE, PIECES = 64 << 10, 2000
"""Bytes small enough to come from the heap, and how many such pieces: 131 MB."""


def resident() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="of glibc alone",
)
def test_what_was_freed_is_given_back_after_long_work_alone() -> None:
    c = ctypes.CDLL(None)
    c.malloc.restype, c.malloc.argtypes, c.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    pieces = [c.malloc(PIECE) for _ in range(PIECES)]
    for piece in pieces:
        ctypes.memset(piece, 1, PIECE)
    for piece in pieces[:-1]:  # the last one lies on top of them all
        c.free(piece)
    held = resident()
    assert not give_back(LONG / 2) and resident() > held - (PIECES * PIECE) / 4
    assert give_back(LONG) and resident() < held - (PIECES * PIECE) / 2
    c.free(pieces[-1])
