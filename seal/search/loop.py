"""The search: one iterative loop that knows no policy. It asks the policy's run for the next look, and ends in time."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Literal

from ..agents.contracts import Target
from ..agents.looker import Answerer, Looker
from ..memory.image import Document
from ..record.steps import LookStep
from ..settings import Budget, SearchSettings
from .outcome import Confirm, SearchOutcome
from .policy import Policy, SearchTask

__all__ = ["search"]


def search(
    document: Document,
    targets: Sequence[Target],
    localizer: Looker,
    *,
    policy: Policy,
    settings: SearchSettings | None = None,
    budget: Budget | None = None,
    where: Answerer | Looker | None = None,
    confirm: Confirm | None = None,
    on_step: Callable[[LookStep], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SearchOutcome:
    """Look for all targets over all pages until each is found, nothing is left, or the budget ends.

    localizer: one whose replies are checked (`seal.agents.checked`). where: the agent that gives contextual cues; None
    for none. confirm: which of the finds of a target are evidence (`seal.search.verify`); None: all. on_step: called
    after every look. cancelled: asked before every look. Raises what the agents raise.
    """
    started = time.perf_counter()
    limits = Budget() if budget is None else budget
    task = SearchTask(document, tuple(targets), localizer, settings or SearchSettings(), where, confirm)
    run = policy.begin(task)
    run.start()
    stopped: Literal["done", "looks", "seconds", "cancelled"] = "done"
    while (waits := run.next()) is not None:
        if cancelled is not None and cancelled():
            stopped = "cancelled"
        elif limits.looks is not None and len(run.steps) >= limits.looks:
            stopped = "looks"
        elif limits.seconds is not None and time.perf_counter() - started >= limits.seconds:
            stopped = "seconds"
        if stopped != "done":
            break
        room = sys.maxsize if limits.looks is None else limits.looks - len(run.steps)
        step = run.visit(*waits, room)
        run.steps.append(step)
        if on_step is not None:
            on_step(step)
    return SearchOutcome(
        run.conclude(complete=stopped == "done"),
        tuple(run.steps),
        run.calls,
        run.patches,
        stopped,
        run.likelihoods,
    )
