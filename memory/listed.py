"""Tables of words as they read best in code: many to a line, parted by commas."""

from __future__ import annotations

__all__ = ["listed", "pairs"]


def listed(words: str, separator: str = ",") -> tuple[str, ...]:
    """The words between separators, without the space around them.

    >>> listed("tick box, check box,  tickbox")
    ('tick box', 'check box', 'tickbox')
    """
    return tuple(word.strip() for word in words.split(separator))


def pairs(words: str) -> tuple[tuple[str, str], ...]:
    """Pairs of words: the two of a pair are parted by a slash, the pairs by commas.

    >>> pairs("on / off, ticked / unticked")
    (('on', 'off'), ('ticked', 'unticked'))
    """
    return tuple((first, second) for first, second in (listed(pair, "/") for pair in listed(words)))
