"""Options of loaders that have to be whole numbers, checked before anything heavy is loaded."""

from __future__ import annotations

from ..memory.errors import SettingError
from ..memory.source import one_line

__all__ = ["whole_number"]


def whole_number(value: object, option: str, who: str, least: int = 1) -> int:
    """The value itself. Raises SettingError when it is no whole number of at least that (True is none).

    >>> whole_number(640, "input_side", "nano")
    640
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SettingError(
            f"{one_line(who, 80)}: {option} must be a whole number of at least {least}; "
            f"got {one_line(repr(value), 40)}."
        )
    return value
