"""The search: one iterative loop that knows no policy. It asks the policy's run for the next look, and ends in time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Literal

from ..agents.contracts import Target
from ..agents.looker import Answerer, Looker
from ..memory.deadline import Deadline
from ..memory.errors import OutOfTime
from ..memory.geometry import Box
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
    hints: Sequence[tuple[int, Box]] = (),
    on_step: Callable[[LookStep], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SearchOutcome:
    """Look for all targets over all pages until each is found, nothing is left, or the budget ends.

    localizer: one whose replies are checked (`seal.agents.checked`). where: the agent that gives contextual cues; None
    for none. confirm: which of the finds of a target are evidence (`seal.search.verify`); None: all. hints: views
    (1-based page, box) to look at first: each costs one look, and is no evidence. on_step: called after every look.
    budget: of its looks those are counted that were not `complete`, which cost next to nothing.
    cancelled: asked before every look. The deadline in force around counts as well; a look that it breaks off is as if
    it had not been begun. Raises what the agents raise.
    """
    limits = Budget() if budget is None else budget
    task = SearchTask(
        document, tuple(targets), localizer, settings or SearchSettings(), where, confirm, tuple(hints)
    )
    with Deadline.after(limits.seconds, cancelled).in_force() as deadline:
        run = policy.begin(task)
        run.start()
        paid = 0
        stopped: Literal["done", "looks", "seconds", "cancelled"] = "done"
        try:
            while (waits := run.next()) is not None:
                if limits.looks is not None and paid >= limits.looks:
                    stopped = "looks"
                    break
                deadline.check()
                room = sys.maxsize if limits.looks is None else limits.looks - paid
                step = run.visit(*waits, room)
                run.steps.append(step)
                paid += not step.complete
                if on_step is not None:
                    on_step(step)
        except OutOfTime as over:
            stopped = over.why
        return SearchOutcome(
            run.conclude(complete=stopped == "done"),
            tuple(run.steps),
            run.calls,
            run.patches,
            stopped,
            run.likelihoods,
        )
