"""What one process does: it takes the next item that nobody works on, asks, and keeps the result, until none is left.

- Work is done at least once, results are kept once: who is killed in between has kept nothing, and the item is free
  again.
- An item that somebody else works on is come back to, for that process may end without a result.
- The error of an item is its result, and the others go on. What every item would meet (a package that is missing, a
  disk that is full) ends the work.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from ..memory.errors import AgentError, MissingExtraError, SealError, StoreError
from ..memory.source import one_line
from ..orchestrator import Seal
from ..record.result import Result
from .folder import Failure, Folder, Job, Outcome
from .items import Item

__all__ = ["Listener", "failure_of", "outcome_of", "pause_after", "source_of", "tried", "work"]

POLL = 0.1
"""Seconds between two looks at items that others work on."""
PAUSE = 0.5
"""Seconds before an agent that failed is asked again; twice as many before the next time."""


class Listener(Protocol):
    """Who is told what is worked on, and what came of it."""

    def begun(self, job: Job) -> None:
        """This process works on the item now."""
        ...

    def ended(self, job: Job, outcome: Outcome) -> None:
        """The item has a result, whoever worked on it."""
        ...


def work(
    folder: Folder,
    base: Path,
    jobs: Sequence[Job],
    make: Callable[[], Seal],
    listener: Listener,
    tries: int,
    stopped: Callable[[], bool],
) -> None:
    """Work until each job is settled, by whomever, or `stopped` says so; then what is begun is ended first.

    make: gives the `Seal` that is asked, when there is something to ask. tries: how often an agent that fails is asked.
    Raises MissingExtraError, StoreError, and whatever `make` raises.
    """
    seal: Seal | None = None
    waiting = list(jobs)
    while waiting:
        held = list[Job]()
        for job in waiting:
            if stopped():
                return
            outcome = folder.settled(job)
            if outcome is None:
                with folder.lease(job.item) as ours:
                    if ours and (outcome := folder.settled(job)) is None:
                        listener.begun(job)
                        seal = seal or make()
                        outcome = _worked(seal, base, job, tries, stopped)
                        if outcome is not None:
                            folder.put(job, outcome)
            if outcome is None:
                held.append(job)
            else:
                listener.ended(job, outcome)
        if len(held) == len(waiting):
            time.sleep(POLL)
        waiting = held


def outcome_of(item: Item, told: Result | Failure, tries: int) -> Outcome:
    """The outcome of an item that was worked on so often."""
    result = None if isinstance(told, Failure) else told.brief
    return Outcome(
        id=item.id,
        digest=item.digest,
        image=item.image,
        status="error" if result is None else result.status,
        answer=None if result is None else result.answer,
        error=told if isinstance(told, Failure) else None,
        tries=tries,
        result=result,
    )


def _worked(seal: Seal, base: Path, job: Job, tries: int, stopped: Callable[[], bool]) -> Outcome | None:
    """The outcome of a job; None where it was stopped before it had one."""
    for number in range(1, tries + 1):
        outcome, again = tried(seal, source_of(base, job.item), job.item, job.tries + number)
        if not again or number == tries:
            return outcome
        end = time.monotonic() + pause_after(number)
        while time.monotonic() < end:
            if stopped():
                return None
            time.sleep(POLL)
    raise AssertionError("the last try returns")


def pause_after(number: int) -> float:
    """Seconds before an item is tried again whose agent has failed so often in this run."""
    return PAUSE * 2.0 ** (number - 1)


def source_of(base: Path, item: Item) -> str | Path:
    """What an item calls its image: a path; an address stays one, which is refused when it is opened."""
    is_address = item.image.lower().startswith(("http://", "https://"))
    return item.image if is_address else base / item.image


def tried(seal: Seal, image: object, item: Item, tries: int) -> tuple[Outcome, bool]:
    """Ask an item once: its outcome, and whether it is worth another try. tries: as the outcome is to say.

    image: anything that `Image.open` takes. Raises MissingExtraError and StoreError, which every item would meet.
    """
    try:
        if item.targets is not None:
            told = seal.locate(image, item.targets, page=item.page)
        else:
            told = seal.ask(image, item.question, item.options, page=item.page)
    except (MissingExtraError, StoreError):
        raise
    except Exception as error:  # an item that nobody thought of must not cost all others
        return outcome_of(item, failure_of(error), tries), isinstance(error, AgentError)
    return outcome_of(item, told, tries), False


def failure_of(error: Exception) -> Failure:
    """What an item has in place of an answer."""
    code: Literal[2, 3] = 2 if isinstance(error, SealError) and not isinstance(error, AgentError) else 3
    return Failure(kind=type(error).__name__, message=one_line(error, 500), code=code)
