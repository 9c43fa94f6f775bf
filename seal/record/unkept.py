"""Answers whose runs the store does not take, for those who tell answers: what was found is told all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..memory.errors import UnkeptError

if TYPE_CHECKING:
    from .result import Result

__all__ = ["kept_or_not"]


def kept_or_not(work: Callable[[], Result], tell: Callable[[str], object]) -> Result:
    """What `work` finds, also where the store does not take it; `tell` is told so in one line then."""
    try:
        return work()
    except UnkeptError as error:
        from .result import Result

        if not isinstance(error.result, Result):
            raise
        tell(f"The run is not kept: {error}")
        return error.result
