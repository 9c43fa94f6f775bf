"""The trace of a run: its steps with the pictures and the memory that the viewer needs; complete in one file.

`Trace.graph` gives the search tree as a `networkx.DiGraph`; `seal.record.viewer` renders a trace as one HTML page.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..memory.disk import MOST_BYTES, read_file
from ..memory.errors import InputError
from ..memory.working import GlobalImage, VisualWorkingMemory
from .steps import LookStep, Step

if TYPE_CHECKING:
    import networkx

__all__ = ["Trace"]


class Trace(BaseModel):
    """All steps of one run, with what the viewer needs: pages as small pictures, and the final memory.

    likelihoods: where a policy with a posterior had its likelihoods from, in words. times: seconds by page, from which
    on it is shown, of a video or animation.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = 1
    image_name: str
    policy: str
    vqa: str
    localizer: str
    likelihoods: str = ""
    pages: tuple[GlobalImage, ...] = ()
    steps: tuple[Step, ...] = ()
    memory: VisualWorkingMemory | None = None
    times: dict[int, float] = {}

    @property
    def looks(self) -> tuple[LookStep, ...]:
        """The looks, in order of visit."""
        return tuple(step for step in self.steps if isinstance(step, LookStep))

    def graph(self) -> networkx.DiGraph[int]:
        """The search forest: a node per look (its index), edges parent to child, attributes of `LookStep`."""
        import networkx

        graph: networkx.DiGraph[int] = networkx.DiGraph()
        for look in self.looks:
            graph.add_node(
                look.index,
                page=look.page,
                box=look.box.xywh,
                level=look.level,
                priority=look.priority,
                found=look.found,
                observations={o.phrase: o.top_score for o in look.observations},
            )
            if look.parent is not None:
                graph.add_edge(look.parent, look.index)
        return graph

    def save(self, path: str | Path) -> Path:
        """Write the trace: a self-contained page for `.html`, else JSON."""
        target = Path(path)
        if target.suffix.lower() in (".html", ".htm"):
            from .viewer import render

            text = render(self.model_dump_json())
        else:
            text = self.model_dump_json()
        try:
            target.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{target}: the trace cannot be written ({error.strerror}).") from error
        return target

    @classmethod
    def load(cls, path: str | Path) -> Trace:
        """Read a trace that `save` wrote. Raises InputError when the file is missing or no trace."""
        file = Path(path)
        try:
            data = read_file(file, MOST_BYTES)
            if file.suffix.lower() in (".html", ".htm"):
                from .viewer import json_of

                return cls.model_validate_json(json_of(data.decode("utf-8", "replace")))
            return cls.model_validate_json(data)
        except OSError as error:
            raise InputError(f"{path}: the trace cannot be read ({error.strerror}).") from error
        except ValidationError as error:
            raise InputError(
                f"{path}: this is no trace of this version ({error.error_count()} faults)."
            ) from error
