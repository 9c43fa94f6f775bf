"""A batch from its file to its folder: `ask_many`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..memory.errors import SettingError
from ..orchestrator import Seal
from .cluster import RayCluster, connected
from .crew import employ
from .dispatch import Dispatch
from .folder import Folder, Job, Outcome
from .items import BadLine, Batch, read_batch
from .objects import ObjectFolder, folder_at
from .recipe import Recipe, configuration
from .work import work
from .worker import Message

__all__ = ["Standing", "ask_many"]


MOST_WORKERS, MOST_ON_CLUSTER = 64, 4096


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a batch is.

    folder: where its results are, a path or a URL. total: items. before: of them, those that had a result when the run
    began. statuses: how many items have which ("answered", "cannot_tell", "found", "partly_found", "not_found",
    "error"). bad: lines of the file that are no item. damaged: ids whose result was damaged, and is made anew.
    errors: lines whose item got an error in this run. code: the worst, as the exit codes of the command
    line: 0, 1 (cannot tell, not found), 2 (an item or line cannot be used), 3 (an agent failed).
    results: the file with all results, when there are all.
    """

    folder: str | Path
    total: int
    before: int
    statuses: Mapping[str, int]
    bad: tuple[BadLine, ...] = ()
    damaged: tuple[str, ...] = ()
    errors: tuple[BadLine, ...] = ()
    code: int = 0
    results: str | Path | None = None

    @property
    def done(self) -> int:
        """Items that have a result."""
        return sum(self.statuses.values())


def ask_many(
    file: str | Path,
    out: str | Path,
    seal: Seal | Recipe | None = None,
    *,
    workers: int | None = None,
    on: RayCluster | None = None,
    tries: int = 2,
    retry_errors: bool = False,
    force_new: bool = False,
    on_change: Callable[[Standing], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Standing:
    """Ask all questions of a file (`seal.batch.items`) and keep a result of each in the folder `out`, a path or a URL.

    What has a result there is not asked again, so that an interrupted batch goes on, and several calls may work on one
    folder. seal: who answers; a `Recipe` where `workers` processes, more than one, are to make their own.
    on: a cluster of Ray where those work (None: this machine). workers: None is one, of a cluster as many as its nodes
    take. tries: how often an item is tried when an agent fails. retry_errors: items whose result is an error are done
    again. force_new: where `out` holds another batch or configuration, a folder beside it is taken (`out`-2, ...).
    on_change: told at the start and after every item. cancelled: asked between items; what is begun is ended.

    Raises InputError for a file or folder that cannot be used, StoreError when results cannot be kept, AgentError when
    no agent can be had; what is done by then is kept.
    """
    most = MOST_WORKERS if on is None else MOST_ON_CLUSTER
    for name, number, limit in (("workers", workers, most), ("tries", tries, 64)):
        if number is not None and not 1 <= number <= limit:
            raise SettingError(f"{name} must be from 1 to {limit}; got {number}.")
    if isinstance(seal, Seal) and (on is not None or (workers or 1) > 1):
        raise SettingError("Several workers make agents of their own: give a Recipe, with agents by name.")
    if on is not None:
        on.check()
        if isinstance(seal, Recipe) and seal.memory is not None and not on.own:
            raise SettingError("Runs are kept on one machine: with a cluster, leave out --keep and --store.")
    place = folder_at(out)
    if on is None and (workers or 1) > 1 and isinstance(place, ObjectFolder):
        raise SettingError(
            f"{place.path}: several processes share a folder by locks, which an object store has not; take one, or "
            "workers on Ray (--ray local)."
        )
    who = Recipe() if seal is None else seal
    batch = read_batch(file)
    first = who if isinstance(who, Seal) else who.seal()
    folder = place.opened(batch, configuration(first), force_new)
    tally = _Tally(folder, batch, on_change)
    jobs = list[Job]()
    for item, outcome in zip(batch.items, folder.get_all(batch.items), strict=True):
        if outcome is None:
            jobs.append(Job(item))
        elif outcome.error is not None and retry_errors:
            jobs.append(Job(item, outcome.tries))
        else:
            tally.count(outcome.status, outcome.code)
    tally.start(tuple(job.item.id for job in jobs if not job.tries and folder.damaged(job.item)))

    def stopped() -> bool:
        return cancelled is not None and cancelled()

    if on is not None and isinstance(who, Recipe) and jobs:
        with connected(on, workers) as ray:
            Dispatch(
                ray,
                on,
                folder,
                batch.base,
                who.resolved(),
                configuration(first),
                workers,
                tries,
                tally.told,
                stopped,
            ).run(jobs)
    elif workers is None or workers == 1:
        work(folder, batch.base, jobs, lambda: first, tally, tries, stopped)
    elif isinstance(who, Recipe):
        employ(folder, batch.base, jobs, who, workers, tries, tally.told, stopped)
    ready = tally.standing().done == len(batch.items)
    return tally.standing(folder.write_results(batch) if ready else None)


class _Tally:
    """Counts results as they come."""

    def __init__(
        self,
        folder: Folder,
        batch: Batch,
        on_change: Callable[[Standing], None] | None,
    ) -> None:
        self._folder, self._bad, self._on_change = folder.path, batch.bad, on_change
        self._lines = {item.id: item.line for item in batch.items}
        self._statuses = Counter[str]()
        self._errors = list[BadLine]()
        self._damaged = tuple[str, ...]()
        self._before = 0
        self._code = 2 if batch.bad else 0

    def count(self, status: str, code: int) -> None:
        self._statuses[status] += 1
        self._code = max(self._code, code)

    def start(self, damaged: tuple[str, ...]) -> None:
        self._before, self._damaged = self._statuses.total(), damaged
        self._change()

    def begun(self, job: Job) -> None:
        del job

    def ended(self, job: Job, outcome: Outcome) -> None:
        text = outcome.error.message if outcome.error else ""
        self._add(job.item.id, outcome.status, outcome.code, text)

    def told(self, message: Message) -> None:
        self._add(message.id, message.status, message.code, message.text)

    def _add(self, key: str, status: str, code: int, error: str) -> None:
        self.count(status, code)
        if error:
            self._errors.append(BadLine(self._lines[key], error))
        self._change()

    def _change(self) -> None:
        if self._on_change is not None:
            self._on_change(self.standing())

    def standing(self, results: str | Path | None = None) -> Standing:
        return Standing(
            self._folder,
            len(self._lines),
            self._before,
            dict(self._statuses),
            self._bad,
            self._damaged,
            tuple(self._errors),
            self._code,
            results,
        )
