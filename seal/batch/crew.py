"""Several workers on one batch: started, heard, replaced when one dies, and ended.

- Each is a process of its own with its own agents, since one process uses one processor for much of its work. They
  share what lies on the disk: the cache of looks, the store, and the folder of the batch.
- The item of a worker that died is free again, and another takes it. One with which two have died has an error.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ..memory.errors import AgentError, StoreError
from ..memory.source import one_line
from .folder import Failure, Folder, Job
from .recipe import Recipe
from .work import POLL, outcome_of
from .worker import Message, Order

__all__ = ["employ"]

DEADLY = 2
"""Workers that an item may cost."""
MOST_DEATHS = 6
"""Workers that may die one after the other without an answer in between."""
_START = (
    "import json, sys; from io import FileIO; sys.path[:] = json.loads(FileIO(0, closefd=False).readline()); "
    "from {} import main; main()"
)


class _Worker:
    """A process, and what it was heard to say. It is in a group of its own, so that Ctrl-C is for its parent alone.

    heard: gets what it says, and None at its end.
    """

    def __init__(
        self, order: bytes, threads: int, heard: queue.Queue[tuple[_Worker, Message | None]]
    ) -> None:
        self.at = ""
        self.spoke = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(f"{__package__}.worker")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={"OMP_NUM_THREADS": str(threads)} | os.environ,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            start_new_session=os.name == "posix",
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self._to, self._from = self.process.stdin, self.process.stdout
        self._ordered = threading.Event()
        self._ear = threading.Thread(target=self._hear, args=(order, heard), daemon=True)
        self._ear.start()

    def _hear(self, order: bytes, heard: queue.Queue[tuple[_Worker, Message | None]]) -> None:
        paths = [path or str(Path.cwd()) for path in sys.path]
        with suppress(OSError, ValueError):  # it was killed meanwhile
            try:
                self._to.write(json.dumps(paths).encode() + b"\n%d\n" % len(order) + order)
                self._to.flush()
            finally:
                self._ordered.set()
            for line in self._from:
                heard.put((self, Message.model_validate_json(line)))
        self.process.wait()
        heard.put((self, None))

    def stop(self) -> None:
        """Let it end what it has begun."""
        self._ordered.wait()
        with suppress(OSError):
            self._to.write(b"stop\n")
            self._to.flush()

    def end(self) -> None:
        """End it at once, if it has not ended."""
        self.process.kill()
        self._ear.join()
        with suppress(OSError):
            self._to.close()
        self._from.close()
        self._errors.close()

    @property
    def last_words(self) -> str:
        """How it ended, with the last line of its standard error."""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return one_line(f"exit code {self.process.returncode}" + (f": {lines[-1]}" if lines else ""), 300)


def employ(
    folder: Folder,
    base: Path,
    jobs: Sequence[Job],
    recipe: Recipe,
    workers: int,
    tries: int,
    ended: Callable[[Message], None],
    stopped: Callable[[], bool],
) -> None:
    """Let so many workers work on the jobs, until each is settled, or `stopped` says so and they have ended theirs.

    ended: told once of each job that is settled. Raises StoreError or AgentError for what stops every worker.
    """
    open_ = {job.item.id: job for job in jobs}
    deaths, in_a_row = Counter[str](), 0
    heard: queue.Queue[tuple[_Worker, Message | None]] = queue.Queue()
    threads = max(1, (os.cpu_count() or 1) // workers)

    def hire() -> _Worker:
        left = tuple((job.item, job.tries) for job in open_.values())
        order = Order(folder=Path(folder.path), base=base, recipe=recipe, jobs=left, tries=tries)
        return _Worker(order.model_dump_json().encode(), threads, heard)

    def bury(worker: _Worker) -> None:
        """What follows from the death of a worker: its item may have an error. Raises AgentError when too many die."""
        nonlocal in_a_row
        in_a_row += 1
        if (not worker.spoke and worker.process.returncode > 0) or in_a_row > MOST_DEATHS:
            raise AgentError(f"Workers end before they have done anything ({worker.last_words}).")
        job = open_.get(worker.at)
        deaths[worker.at] += 1
        if job is None or deaths[worker.at] < DEADLY:
            return
        with folder.lease(job.item) as ours:
            if ours and folder.settled(job) is None:
                why = f"Each of {DEADLY} workers died with this item; the last: {worker.last_words}."
                failure = Failure(kind="AgentError", message=why, code=3)
                folder.put(job, outcome_of(job.item, failure, job.tries + DEADLY))

    staff = list[_Worker]()
    try:
        for _ in range(min(workers, len(jobs))):
            staff.append(hire())  # one by one: those that are there are ended when the next cannot start
        told = False
        while staff:
            if stopped() and not told:
                told = True
                for worker in staff:
                    worker.stop()
            try:
                worker, message = heard.get(timeout=POLL)
            except queue.Empty:
                continue
            if message is None:
                staff.remove(worker)
                died = worker.process.returncode != 0
                try:
                    if died and not told:
                        bury(worker)
                        if open_:
                            staff.append(hire())
                finally:
                    worker.end()
                continue
            worker.spoke = True
            if message.kind == "broken":
                raise (AgentError if message.code == 3 else StoreError)(message.text)
            worker.at = message.id if message.kind == "begun" else ""
            if message.kind == "ended":
                if message.code != 3:
                    in_a_row = 0
                if open_.pop(message.id, None) is not None:
                    ended(message)
    finally:
        for worker in staff:
            worker.end()
