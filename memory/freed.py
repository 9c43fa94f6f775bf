"""Memory that was freed goes back to the system, where the C library would keep it.

- glibc keeps what is freed for what comes next, up to 64 MB for every thread that was ever busy at once. Networks take
  and free hundreds of MB for a new page in a dozen threads: a process that answers questions grew by 700 MB that nobody
  used (`docs/security.md`).
- To give it back takes 2 to 40 ms, and the next page takes it anew: so it is done after long work alone.
- Other C libraries (musl, macOS, Windows) have no such call and give memory back by themselves.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache

__all__ = ["LONG", "give_back"]

LONG = 0.25
"""Seconds from which work is long."""


def give_back(seconds: float) -> bool:
    """Give back what is free, after work of so many seconds; whether it was tried: the work was long, on glibc."""
    trim = _trim() if seconds >= LONG else None
    if trim is not None:
        trim(0)
    return trim is not None


@cache
def _trim() -> Callable[[int], object] | None:
    if not sys.platform.startswith("linux"):
        return None
    trim: Callable[[int], object] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim
