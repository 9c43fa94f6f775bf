"""A frame that is looked at after others of its series.

Who looks at it may keep what it found in an earlier frame where no pixel changed (`seal.agents.nano.followed`). What it
tells then depends on which frames came before; so that it is never taken for a look at the picture by itself, such a
frame has a digest of its own.
"""

from __future__ import annotations

from .image import Image

__all__ = ["Following"]


class Following(Image):
    """An image that is one of a series which is looked at in turn."""

    @classmethod
    def after(cls, image: Image) -> Following:
        """The image as one of a series; it keeps its page, name and times."""
        digest = f"{image.digest}~in a series"
        return cls(
            image._pixels,
            digest,
            image.name,
            image.page,
            image.limit_side,
            image.pages,
            image.time,
            image.until,
        )
