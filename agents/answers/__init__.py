"""The `reader` agent: reads a question with a small network, and answers it from what was seen, read and measured."""

from __future__ import annotations

from ...memory.errors import SettingError
from ..looker import Answerer

__all__ = ["load"]


def load(name: str = "") -> Answerer:
    """Reads questions and answers from measured evidence, offline on a CPU: reader.

    Raises SettingError for a name: there is one reader.
    """
    if name:
        raise SettingError(f'There is one reader: "reader"; got "reader:{name}".')
    from .agent import Guide

    return Guide()
