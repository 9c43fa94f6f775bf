"""The processes that read PDFs: started when the first file is opened, used again, and ended when they take too long.

- A call ends with the deadline in force, and after a time of its own in any case: the process is ended then, and the
  next call starts another. So a page that is made to take forever, or all memory, costs its own call and nothing else.
- Each process answers one call at a time. Threads that call at once get several, `MOST` of them; none waits for a lock.
- A process that was ended from outside is replaced, and the call made once more.
- A program without an interpreter beside it (frozen, embedded) reads PDFs in threads of its own: what takes too long is
  left behind there, and others wait for it.
"""

from __future__ import annotations

import atexit
import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from .deadline import POLL, Deadline, begin, current
from .errors import ImageError, OutOfTime
from .pdf_wire import Message, receive, send
from .source import one_line

if TYPE_CHECKING:
    from .pdf_worker import Desk

__all__ = ["Content", "ask"]

MOST = 4
"""Processes at a time."""
OPENING = 30.0
"""Seconds that it takes at most to start a process and to open a file in it."""
MOST_FILES = 8
"""Files that a process keeps open."""
_FROM_OUTSIDE = (-9, -15, 1)
"""How a process ends that somebody else ended: SIGKILL, SIGTERM, and the same on Windows."""
_START = (
    "import gc, json, sys; gc.disable(); sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from {} import main; main()"
)
"""What a process begins with. There is nothing to collect while it imports, which takes a tenth longer otherwise."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_numbers = itertools.count(1)
_known: set[int] = set()
"""Numbers of the files that are still in use; the others are closed with the next call."""


class Content:
    """A PDF file. Each gets a number, by which processes know it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.number = next(_numbers)
        _known.add(self.number)
        weakref.finalize(self, _known.discard, self.number).atexit = False


class _Reader(Protocol):
    """What reads PDFs, one call at a time. files: the numbers of those that it has open, the oldest first."""

    files: list[int]

    def alive(self) -> bool: ...

    def ask(self, call: Message, data: bytes, most: int) -> tuple[Message, bytes]:
        """The reply. Raises EOFError when it ends before."""
        ...

    def kill(self) -> None:
        """End it in the middle of whatever it does, and do not wait for that."""
        ...

    def end(self) -> int:
        """End it, and wait until it has; its exit status, that of a signal negative."""
        ...

    def abandon(self) -> None:
        """Let go of it, in a copy of the program to which it does not belong."""
        ...


class _Process:
    """A process that reads PDFs. It dies with this one: its input ends then."""

    def __init__(self) -> None:
        package = __package__ or ""
        root = Path(sys.modules[package.partition(".")[0]].__path__[0]).parent
        flags = ["-S", *(["-B"] if sys.dont_write_bytecode else [])]  # without site: paths come from here
        self._process = subprocess.Popen(
            [sys.executable, *flags, "-c", _START.format(f"{package}.pdf_worker")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._calls, self._replies = self._process.stdin, self._process.stdout
        self._paths = json.dumps([str(root), *filter(None, sys.path)]).encode() + b"\n"
        self.files: list[int] = []

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, call: Message, data: bytes, most: int) -> tuple[Message, bytes]:
        try:
            self._calls.write(self._paths)
            self._paths = b""
            send(self._calls, call, data)
            return receive(self._replies, most)
        except (OSError, ValueError) as error:  # it ended, or was ended meanwhile
            raise EOFError from error

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int:
        self.kill()
        code = self._process.wait()
        for stream in (self._calls, self._replies):
            with contextlib.suppress(OSError):  # what was never sent
                stream.close()
        return code

    def abandon(self) -> None:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (self._calls, self._replies):
            os.dup2(nowhere, stream.fileno())  # else its input would not end with that of its own program
        os.close(nowhere)
        self._process.returncode = 0  # it is not for this copy to wait for


class _Thread:
    """Reads PDFs in this very process, where no other can be started."""

    lock: ClassVar[threading.Lock] = threading.Lock()
    desk: ClassVar[Desk | None] = None

    def __init__(self) -> None:
        self.files: list[int] = []

    def alive(self) -> bool:
        return True

    def ask(self, call: Message, data: bytes, most: int) -> tuple[Message, bytes]:
        from .pdf_worker import Desk

        with self.lock:
            if _Thread.desk is None:
                _Thread.desk = Desk()
                atexit.register(_Thread.desk.close)
            return _Thread.desk.answer(call, data)

    def kill(self) -> None:
        pass

    def end(self) -> int:
        return 0

    def abandon(self) -> None:
        _Thread.lock = threading.Lock()


class _Pool:
    """The readers of this program."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._idle: list[_Reader] = []
        self._busy: list[_Reader] = []

    def ask(self, content: Content, call: Message, seconds: float, most: int) -> tuple[Message, bytes]:
        """The reply. Raises OutOfTime with the deadline in force or after `seconds`, and EOFError when it ended."""
        reader = self._taken(content.number)
        try:
            new = content.number not in reader.files
            close = [number for number in reader.files if number not in _known]
            left = [number for number in reader.files if number not in close]
            if new and len(left) >= MOST_FILES:
                close.append(left.pop(0))
            reader.files = left
            told = {"file": content.number, "close": close}
            if new:
                reply = _told(reader, {**told, "do": "open"}, content.data, OPENING)
                if "error" not in reply[0]:
                    reader.files.append(content.number)
            if call["do"] != "open" and content.number in reader.files:
                reply = _told(reader, {**told, **call}, b"", seconds, most)
        except EOFError as end:
            self._lost(reader)
            raise EOFError(reader.end()) from end
        except BaseException:  # nobody has time to wait until 2 GB of a process are freed
            self._lost(reader)
            threading.Thread(target=reader.end, name="seal-pdf-end", daemon=True).start()
            raise
        with self._turn:
            self._busy.remove(reader)
            self._idle.append(reader)
            self._turn.notify()
        return reply

    def _taken(self, number: int) -> _Reader:
        """A reader that nobody else uses, one that has the file open where there is one."""
        with self._turn:
            while not self._idle and len(self._busy) >= MOST:
                self._turn.wait(POLL)
                current().check()
            for reader in [r for r in self._idle if not r.alive()]:
                self._idle.remove(reader)
                reader.end()
            self._idle.sort(key=lambda r: number in r.files)
            reader = self._idle.pop() if self._idle else _started()
            self._busy.append(reader)
            return reader

    def _lost(self, reader: _Reader) -> None:
        reader.kill()
        with self._turn:
            self._busy.remove(reader)
            self._turn.notify()

    def every(self) -> list[_Reader]:
        """All of them."""
        return [*self._idle, *self._busy]


def _told(
    reader: _Reader, call: Message, data: bytes, seconds: float, most: int = 0
) -> tuple[Message, bytes]:
    """The reply of a reader. Raises OutOfTime with the deadline in force, or after so many seconds."""
    with Deadline.after(seconds).in_force():
        return begin(lambda: reader.ask(call, data, most)).result()


def _started() -> _Reader:
    return _Thread() if getattr(sys, "frozen", False) or not sys.executable else _Process()


_pool = _Pool()
_abandoned: list[_Pool] = []


def _leave_behind() -> None:
    """In a forked copy of the program: its readers belong to the original."""
    global _pool
    for reader in _pool.every():
        reader.abandon()
    _abandoned.append(_pool)  # never freed: a lock in it may be held for good
    _pool = _Pool()


def _end_all() -> None:
    for reader in _pool.every():
        reader.end()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_behind)


def ask(content: Content, call: Message, what: str, seconds: float, most: int = 0) -> tuple[Message, bytes]:
    """The reply to a call about a file (`seal.memory.pdf_worker.Desk` says what there is), and its data.

    what: what cannot be done without it, for messages. seconds: it may take, whatever the deadline in force. most:
    bytes of the data. Raises OutOfTime with that deadline, ImageError when it takes too long or its process ends.
    """
    outer, again = current(), True
    while True:
        try:
            return _pool.ask(content, call, seconds, most)
        except OutOfTime as over:
            outer.check()
            raise ImageError(f"{what}: it takes more than {seconds:.3g} s.") from over
        except EOFError as end:
            code = end.args[0]
            if not again or code not in _FROM_OUTSIDE:
                why = "it may need too much memory, or be broken"
                raise ImageError(f"{what}: the process that reads it ended (status {code}); {why}.") from end
            again = False
        except OSError as error:
            raise ImageError(f"{what}: no process can be started for it ({one_line(error)}).") from error
