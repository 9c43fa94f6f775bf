"""A batch on a cluster: stateful workers, each given one item at a time, replaced when they die.

- This process holds the leases, opens the folder and keeps every result; a worker knows of no folder. So results are
  kept once, wherever and however often an item was worked on, and other commands may work on the folder too.
- An item whose agent failed waits, and goes to whoever is free then. The item of a worker that died goes back; one with
  which two have died has an error. With the folder closed, whatever is under way is dropped.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Protocol

from pydantic import JsonValue

from ..measure.ledger import differences
from ..memory.errors import AgentError, ImageError, StoreError
from ..memory.source import one_line, read_source
from .actor import Actor, Ready, Reply, Task
from .cluster import RayCluster, capacity
from .crew import DEADLY, MOST_DEATHS
from .folder import Failure, Folder, Job, Outcome
from .recipe import Recipe
from .work import POLL, failure_of, outcome_of, pause_after, source_of
from .worker import Message

__all__ = ["Dispatch"]

PATIENCE = 30.0
"""Seconds for which no node may have room for a worker, when a node is gone, before that is an error."""


class _Method(Protocol):
    def remote(self, *arguments: object) -> object: ...


class _Handle(Protocol):
    """Of an `Actor` on the cluster."""

    @property
    def ready(self) -> _Method: ...
    @property
    def ask(self) -> _Method: ...


@dataclass(eq=False, slots=True)
class _Turn:
    """A job that waits or is worked on. at: not before then. held: its lease, while it is worked on."""

    job: Job
    tried: int = 0
    deaths: int = 0
    at: float = 0.0
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def tries(self) -> int:
        """How often it was worked on, in all."""
        return self.job.tries + self.tried + self.deaths


@dataclass(eq=False, slots=True)
class _Worker:
    handle: _Handle
    turn: _Turn | None = None


@dataclass(slots=True)
class Dispatch:
    """The work on some jobs. configuration: of this process, which that of each worker must equal.

    workers: how many (None: as many as the cluster takes). ended: told once of each job that is settled. stopped: asked
    all the time; then what is begun is ended first.
    """

    ray: ModuleType
    cluster: RayCluster
    folder: Folder
    base: Path
    recipe: Recipe
    configuration: Mapping[str, JsonValue]
    workers: int | None
    tries: int
    ended: Callable[[Message], None]
    stopped: Callable[[], bool]
    _waiting: deque[_Turn] = field(default_factory=deque)
    _pending: dict[object, _Worker] = field(default_factory=dict)  # what a worker owes, and who
    _idle: list[_Worker] = field(default_factory=list)
    _in_a_row: int = 0
    _missing: float | None = None

    def run(self, jobs: Sequence[Job]) -> None:
        """Work until each job is settled, or `stopped` says so and what is begun has ended.

        Raises SettingError when no node has room for a worker, StoreError and AgentError for what stops every worker.
        """
        room = capacity(self.ray, self.cluster)
        self._waiting.extend(_Turn(job) for job in jobs)
        size = min(room if self.workers is None else self.workers, len(jobs))
        told = False
        try:
            for _ in range(size):
                self._hire()
            while self._waiting or self._busy():
                if self.stopped() and not told:
                    told = True
                    self._waiting.clear()
                    continue
                self._give()
                if not self._pending:
                    time.sleep(POLL)  # all that is left waits, or is worked on by others
                    continue
                done, _ = self.ray.wait([*self._pending], timeout=POLL)
                for owed in done:
                    self._hear(owed, told)
                self._check_room()
        finally:
            for worker in (*self._pending.values(), *self._idle):
                self._dismiss(worker)

    def _busy(self) -> bool:
        return any(worker.turn is not None for worker in self._pending.values())

    def _hire(self) -> None:
        kind = self.ray.remote(
            num_cpus=self.cluster.cpus,
            num_gpus=self.cluster.gpus,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy="SPREAD",
        )(Actor)
        worker = _Worker(kind.remote())
        self._pending[worker.handle.ready.remote(self.recipe.model_dump_json().encode())] = worker

    def _dismiss(self, worker: _Worker) -> None:
        if worker.turn is not None:
            worker.turn.held.close()
            worker.turn = None
        with suppress(Exception):  # of Ray: it may be gone, and the cluster with it
            self.ray.kill(worker.handle)

    def _give(self) -> None:
        """Give those who are free something to do."""
        while self._idle and (turn := self._next()) is not None:
            image = None
            if not self.cluster.own:
                try:
                    image, _ = read_source(source_of(self.base, turn.job.item))
                except ImageError as error:
                    self._settle(turn, outcome_of(turn.job.item, failure_of(error), turn.tries + 1))
                    continue
            worker = self._idle.pop()
            worker.turn = turn
            task = Task(item=turn.job.item, base=self.base, tries=turn.tries + 1)
            self._pending[worker.handle.ask.remote(task.model_dump_json().encode(), image)] = worker

    def _next(self) -> _Turn | None:
        """The next item that may be worked on now, with its lease; None where there is none."""
        for _ in range(len(self._waiting)):
            turn = self._waiting.popleft()
            if turn.at > time.monotonic():
                self._waiting.append(turn)
                continue
            outcome = self.folder.settled(turn.job)
            if outcome is None:
                if turn.held.enter_context(self.folder.lease(turn.job.item)):
                    outcome = self.folder.settled(turn.job)
                    if outcome is None:
                        return turn
                else:
                    turn.held.close()
                    self._wait(turn, POLL)  # for somebody else
                    continue
            self._tell(turn, outcome)
        return None

    def _wait(self, turn: _Turn, seconds: float) -> None:
        turn.held.close()
        turn.at = time.monotonic() + seconds
        self._waiting.append(turn)

    def _settle(self, turn: _Turn, outcome: Outcome) -> None:
        with turn.held:
            self.folder.put(turn.job, outcome)
        self._tell(turn, outcome)

    def _tell(self, turn: _Turn, outcome: Outcome) -> None:
        turn.held.close()
        text = outcome.error.message if outcome.error else ""
        told = Message(kind="ended", id=turn.job.item.id, status=outcome.status, text=text, code=outcome.code)
        self.ended(told)

    def _hear(self, owed: object, told: bool) -> None:
        """What a worker says, or that it has died. told: nothing new is begun."""
        worker = self._pending.pop(owed)
        try:
            said: bytes = self.ray.get(owed)
        except self.ray.exceptions.RayError as error:
            self._bury(worker, _last_words(error), told)
            return
        turn, worker.turn = worker.turn, None
        self._idle.append(worker)
        if turn is None:
            ready = Ready.model_validate_json(said)
            _check(ready.broken)
            if other := differences(ready.configuration, self.configuration):
                raise AgentError(
                    f"A worker of the cluster would answer otherwise than this machine ({other}). Install the same "
                    "release and the same agents on every node."
                )
            return
        reply = Reply.model_validate_json(said)
        turn.tried += 1
        if reply.broken is not None:
            turn.held.close()
            _check(reply.broken)
        assert reply.outcome is not None
        if reply.outcome.code != 3:
            self._in_a_row = 0
        if reply.again and turn.tried < self.tries and not told:
            self._wait(turn, pause_after(turn.tried))
        elif not reply.again or turn.tried >= self.tries:
            self._settle(turn, reply.outcome)
        else:
            turn.held.close()  # it was stopped between two tries

    def _bury(self, worker: _Worker, why: str, told: bool) -> None:
        """What follows from the death of a worker: its item goes back, or has an error; another one is hired.

        Raises AgentError when too many die.
        """
        turn, worker.turn = worker.turn, None
        self._dismiss(worker)
        self._in_a_row += 1
        if turn is not None:
            turn.deaths += 1
            if turn.deaths >= DEADLY:
                text = f"Each of {DEADLY} workers died with this item; the last: {why}."
                failure = Failure(kind="AgentError", message=text, code=3)
                self._settle(turn, outcome_of(turn.job.item, failure, turn.tries))
            else:
                self._wait(turn, 0.0)
        if told:
            self._waiting.clear()
            return
        staff = len(self._pending) + len(self._idle)
        if self._in_a_row > MOST_DEATHS + staff + 1:
            raise AgentError(f"Workers end before they have done anything ({why}).")
        if self._waiting:
            self._hire()

    def _check_room(self) -> None:
        """Raises SettingError when for some time no node could take a worker, and none is left."""
        if self._idle or self._busy():
            self._missing = None
            return
        try:
            capacity(self.ray, self.cluster)
            self._missing = None
        except Exception:
            self._missing = time.monotonic() if self._missing is None else self._missing
            if time.monotonic() - self._missing > PATIENCE:
                raise


def _check(broken: Message | None) -> None:
    """Raises what ended the work of a worker."""
    if broken is not None:
        raise (AgentError if broken.code == 3 else StoreError)(broken.text)


def _last_words(error: Exception) -> str:
    """How a worker ended, of what Ray says of it. Raises AgentError where it has no SEAL."""
    text = str(error)
    if re.search(r"No module named 'seal['.]", text):
        raise AgentError(
            "The cluster's Python has no SEAL: install seal-visual-search, the same release, on every node."
        ) from error
    _, _, reason = text.rpartition("is dead because ")
    told, _, _ = (reason or text).partition(" Some common causes")
    return one_line(told.rstrip(". \n"), 300)
