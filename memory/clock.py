"""How times in a video are told."""

from __future__ import annotations

__all__ = ["clock", "page_words"]


def clock(seconds: float) -> str:
    """A time as it is told: m:ss.s, and h:mm:ss.s from an hour on.

    >>> clock(7.31), clock(3725)
    ('0:07.3', '1:02:05.0')
    """
    tenths = round(max(0.0, seconds) * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    told = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{told}" if hours else f"{minutes}:{told}"


def page_words(number: int, time: float | None = None, series: bool = False) -> str:
    """A page as people call it; of a video or series a frame, with its time in seconds where it has one.

    >>> page_words(3), page_words(3, series=True), page_words(3, 7.3)
    ('page 3', 'frame 3', 'frame 3 at 0:07.3')
    """
    if time is not None:
        return f"frame {number} at {clock(time)}"
    return f"{'frame' if series else 'page'} {number}"
