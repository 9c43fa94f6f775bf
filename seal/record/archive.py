"""Results in and out of the memory store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..memory.deadline import Deadline, current
from ..memory.errors import OutOfTime, StoreError, UnkeptError
from ..memory.geometry import Box
from ..memory.image import Image
from ..memory.store import MemoryStore, StoredRun
from .result import Origin, Result

__all__ = ["from_run", "keep", "seen_before", "to_run"]

ALIKE, CALLED = 0.8, 0.9
"""Likeness of a screen, or of the place on it, and match of a name, from which an earlier sighting is worth a look."""
SECONDS = 1.0
"""What it may take to say where something was; a store that was made before there were sightings takes long."""


def seen_before(store: MemoryStore | str | Path, image: Image, phrase: str) -> Box | None:
    """Where a thing was found on the latest screen like an image and of its size; None where that is not known.

    A hint of where to look, never evidence: what the store cannot tell, or not in a second, is not known.
    """
    try:
        if not isinstance(store, MemoryStore):
            with MemoryStore(store) as opened:
                return seen_before(opened, image, phrase)
        with Deadline.after(SECONDS).within(current()).in_force():
            told = store.sightings(phrase, image, limit=3)
    except (StoreError, OutOfTime):
        return None
    for each in told:
        alike = max(each.screen_likeness or 0.0, each.place_likeness or 0.0) >= ALIKE
        if each.size_wh == image.size_wh and each.match >= CALLED and alike:
            return each.box
    return None


def keep(result: Result, store: MemoryStore | str | Path) -> None:
    """Put a result into a store. Raises UnkeptError, which holds it: what was found is not lost with its keeping."""
    try:
        if isinstance(store, MemoryStore):
            store.put(to_run(result))
        else:
            with MemoryStore(store) as opened:
                opened.put(to_run(result))
    except StoreError as error:
        raise UnkeptError(str(error), result) from error


def to_run(result: Result) -> StoredRun:
    """The result as a run to store; its pictures are the store's."""
    return StoredRun(
        id="",
        question=result.question,
        answer=result.answer,
        status=result.status,
        image_name=result.origin.image_name,
        image_digest=result.memory.image.digest,
        memory=result.memory,
        pages=result.pages,
        result=result.model_dump(mode="json", exclude={"memory", "pages"}),
    )


def from_run(run: StoredRun) -> Result:
    """The result of a stored run. Raises StoreError when it was kept by another version."""
    try:
        kept = run.result if run.trace is None else _of_first_version(run)
        return Result.model_validate({"pages": run.pages, **kept, "memory": run.memory})
    except (ValidationError, KeyError, TypeError) as error:
        fault = str(error).splitlines()[0]
        raise StoreError(f"Run {run.id} was kept by another version of SEAL ({fault}).") from error


def _of_first_version(run: StoredRun) -> dict[str, Any]:
    """Runs of the first version held a trace beside their result: names, steps, and the further pages."""
    trace = dict(run.trace or {})
    origin = {name: trace[name] for name in Origin.model_fields if name in trace}
    return {**run.result, "origin": origin, "steps": trace["steps"], "pages": trace["pages"]}
