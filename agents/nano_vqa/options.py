"""Options that are numbers: one that was neither counted nor read is no answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["none_of"]


def none_of(words: Sequence[str], options: Sequence[str]) -> bool:
    """Whether all options are numbers, and none of them was measured: choosing one of them would be a guess."""
    measured = set().union(*map(_numbers, words))
    offered = [_numbers(option) for option in options]
    return bool(offered) and all(offered) and not any(measured & each for each in offered)


def _numbers(text: str) -> set[str]:
    """Runs of digits, and all digits together: "1,200" -> 1, 200, 1200."""
    runs = re.findall(r"\d+", text)
    return {*runs, "".join(runs)} if runs else set()
