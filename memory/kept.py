"""The latest values of a kind, by content, and turns of threads: for what is slow to make and always the same."""

from __future__ import annotations

import math
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .deadline import POLL, current

__all__ = ["Kept", "Turns", "content_key", "forget"]

T = TypeVar("T")


class _Clears(Protocol):
    def clear(self) -> None: ...


_all: weakref.WeakSet[_Clears] = weakref.WeakSet()


def forget() -> None:
    """Forget what every `Kept` of this process holds, for measurements that are to pay for all that they see."""
    for kept in list(_all):
        kept.clear()


class Kept(Generic[T]):
    """At most `size` values by key, and `most` bytes of them; of more the least recently used go first. Thread-safe.

    weigh: the bytes that a value takes, now or later; nothing where only their number is limited.
    """

    def __init__(self, size: int, most: float = math.inf, weigh: Callable[[T], int] = lambda _: 0) -> None:
        self._size, self._most, self._weigh = size, most, weigh
        self._values: OrderedDict[str, T] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()
        _all.add(self)

    def get(self, key: str, make: Callable[[], T]) -> T:
        """The value of that key, made if it is not known; two threads may make it at once, the first one's stays."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        made = make()
        with self._lock:
            if key in self._values:
                return self._values[key]
            self._values[key] = made
            self._bytes += self._weigh(made)
            while len(self._values) > self._size or self._bytes > self._most:
                self._bytes -= self._weigh(self._values.popitem(last=False)[1])
            return made

    def peek(self, key: str) -> T | None:
        """The value of that key; None where it is not known."""
        with self._lock:
            return self._values.get(key)

    def __len__(self) -> int:
        with self._lock:
            return len(self._values)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._values.clear()
            self._bytes = 0


class Turns:
    """Threads that want the same thing take turns: the first makes it, and the others find it where it was kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Hashable, tuple[threading.Lock, int]] = {}

    @contextmanager
    def of(self, key: Hashable) -> Iterator[None]:
        """One thread a key at a time; not to be entered twice. Raises OutOfTime when the deadline passes meanwhile."""
        with self._lock:
            turn, users = self._waiting.get(key, (threading.Lock(), 0))
            self._waiting[key] = turn, users + 1
        try:
            while not turn.acquire(timeout=POLL):
                current().check()
            try:
                yield
            finally:
                turn.release()
        finally:
            with self._lock:
                turn, users = self._waiting.pop(key)
                if users > 1:
                    self._waiting[key] = turn, users - 1


def content_key(*arrays: NDArray[np.generic]) -> str:
    """A digest of the shapes, types and content of arrays."""
    digest = blake2b(digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
