"""The `reader` agent: reads a question with a small network, and answers it from what was seen, read and measured."""

from __future__ import annotations

from ...memory.errors import SettingError
from ..looker import Answerer

__all__ = ["load"]


def load(name: str = "") -> Answerer:
    """Reads questions and answers from measured evidence, offline on a CPU: reader.

    name: "" for the reader alone; "rules" for `nano-vqa:rules` behind it, which chooses among options where the reader
    cannot tell. Raises SettingError for another name.
    """
    if name not in ("", "rules"):
        raise SettingError(
            f'"reader" is the reader alone, "reader:rules" with the rules behind it; got {name!r}.'
        )
    if not name:
        from .agent import Guide

        return Guide()
    from .. import nano_vqa
    from .led import Led

    return Led(lambda: nano_vqa.load("rules"))
