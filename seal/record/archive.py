"""Results in and out of the memory store, without keeping any picture twice."""

from __future__ import annotations

from pydantic import ValidationError

from ..memory.errors import StoreError
from ..memory.store import StoredRun
from .result import Result

__all__ = ["from_run", "to_run"]


def to_run(result: Result) -> StoredRun:
    """The result as a run to store. The page that is the memory's global image leaves the trace."""
    trace = result.trace.model_dump(mode="json", exclude={"memory"})
    trace["pages"] = [page for page in trace["pages"] if page["page"] != result.memory.image.page]
    return StoredRun(
        id="",
        question=result.question,
        answer=result.answer,
        status=result.status,
        image_name=result.trace.image_name,
        image_digest=result.memory.image.digest,
        memory=result.memory,
        result=result.model_dump(mode="json", exclude={"memory", "trace"}),
        trace=trace,
    )


def from_run(run: StoredRun) -> Result:
    """The result of a stored run. Raises StoreError when it was kept by another version."""
    memory = run.memory.model_dump()
    trace = dict(run.trace or {})
    pages = [*trace.get("pages", []), memory["image"]]
    trace |= {"memory": memory, "pages": sorted(pages, key=lambda page: int(page["page"]))}
    try:
        return Result.model_validate({**run.result, "memory": memory, "trace": trace})
    except ValidationError as error:
        fault = str(error).splitlines()[0]
        raise StoreError(f"Run {run.id} was kept by another version of SEAL ({fault}).") from error
