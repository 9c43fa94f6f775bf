"""How times in a video are told."""

from __future__ import annotations

__all__ = ["clock"]


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
