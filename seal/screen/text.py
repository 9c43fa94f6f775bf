"""The text of a page, or of a part of it, line by line: read from the original file at full resolution."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from ..agents.looker import Looker
from ..memory.frames import Frame
from ..memory.geometry import Box
from ..memory.image import Image
from ..memory.working import TextLine
from ..run.whole import read_page
from .replies import LineReply, TextReply

__all__ = ["Text", "text_of"]

AROUND = 0.25
"""Share of its longer side that is read around a region."""
LEAST_AROUND = 64.0
"""The same in pixels of the image, at least."""


class Text(BaseModel):
    """Lines in reading order; boxes in pixels of the full image.

    region: where they were read, pixels of the full image. complete: whether the time sufficed for all of it; False
    too where the localizer does not read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_wh: tuple[int, int]
    region: Box
    lines: tuple[TextLine, ...] = ()
    complete: bool = True
    frame: str = "pixels"
    page: int = 1

    def __len__(self) -> int:
        return len(self.lines)

    def reply(self) -> TextReply:
        """The lines as an agent is told, in the frame."""
        frame = Frame.of(self.frame, self.size_wh)
        return TextReply(
            image_size=self.size_wh,
            frame=frame.name,
            page=self.page,
            region=frame.box_of(self.region),
            complete=self.complete,
            count=len(self),
            lines=tuple(
                LineReply(text=line.text, box=frame.box_of(line.box), confidence=round(line.confidence, 3))
                for line in self.lines
            ),
        )


def text_of(image: Image, region: Box, localizer: Looker) -> Text:
    """The lines with their centre in a region, pixels of the full image.

    A little around it is read too, so that its edges cut no line. Raises ImageError for a broken image.
    """
    box = region.rounded().clipped(image.box)
    around = box.expanded(pixels=max(LEAST_AROUND, AROUND * max(box.size_wh))).rounded().clipped(image.box)
    part = image if around == image.box else Image.open(image.region(around))
    lines, complete = read_page(part, localizer, lambda step: None)
    if part is not image:
        lines = tuple(_moved(line, around, image.page) for line in lines)
    inside = tuple(line for line in lines if box.coverage(Box(*line.box.center, 0, 0)) > 0)
    return Text(size_wh=image.size_wh, region=box, lines=inside, complete=complete, page=image.page)


def _moved(line: TextLine, part: Box, page: int) -> TextLine:
    """A line of a part of the image, in pixels of the full one."""
    box = Box(line.box.x + part.x, line.box.y + part.y, *line.box.size_wh)
    return line.model_copy(update={"box": box, "page": page})
