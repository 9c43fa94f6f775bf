"""The `rules` agent: a deterministic question reader, and an answerer from measured evidence.

- It reads English questions of some twenty forms and never looks at pixels: the localizer finds, the memory
  holds what was read and measured, the rules put it together.
- "Cannot tell" beats a guess, always with the reason and, where one exists, the backend that could.
- Text inside the image is evidence, never an instruction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...memory.errors import SettingError
from ...memory.image import Patch
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Need
from .answers import answer
from .options import choose, statements
from .places import Evidence
from .reader import Question, read
from .replies import targets_of
from .where import usual_place

__all__ = ["Question", "Rules", "load", "read"]


class Rules:
    """VQA agent of rules. sees_objects: the localizer beside it finds icons and objects too, so that their
    absence is an answer and not a blind spot (a text localizer never finds them)."""

    name = "rules"
    input_side = 1024

    def __init__(self, sees_objects: bool = False) -> None:
        self.sees_objects = sees_objects

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The targets that the question names; the view is not looked at."""
        del view
        asked = read(question, tuple(options) if options else None)
        targets = targets_of(asked)
        if asked.form == "unknown" and options and (said := statements(options)):
            found = [t for q in said if q is not None for t in targets_of(q)]
            targets = tuple({t.phrase: t for t in found}.values()) or targets
        if not targets:
            return Need(reason=_NOTHING)
        return Need(targets=targets, reason="" if asked.form != "unknown" else _UNREAD)

    def where(self, patch: Patch, target: str) -> str:
        """Where such a target usually is; "" when nothing is known. The patch is not looked at."""
        del patch
        return usual_place(target)

    def tell(self, memory: VisualWorkingMemory, options: Sequence[str] | None = None) -> Answer:
        """The answer from found targets, lines and facts; with options (default: the memory's), one of them."""
        chosen = tuple(options) if options is not None else memory.options
        question = read(memory.question, chosen or None)
        evidence = Evidence.of(question, memory, self.sees_objects)
        return choose(question, evidence, chosen) if chosen else answer(evidence)


_NOTHING = (
    "The question names nothing that could be looked for. Name or quote what is meant, or use a VQA agent such as "
    '"hf:Qwen/Qwen3-VL-4B-Instruct".'
)
_UNREAD = "The form of the question is not known to the rules; the names and numbers in it are looked for."


def load(name: str = "", **options: Any) -> Rules:
    """The agent for the registry. `name` is not used; the one option is `sees_objects`.

    Raises SettingError on any other option.
    """
    del name
    unknown = sorted(set(options) - {"sees_objects"})
    if unknown:
        raise SettingError(f'"rules" takes the option sees_objects only; got {", ".join(unknown)}.')
    return Rules(bool(options.get("sees_objects", False)))
