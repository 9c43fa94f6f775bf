"""Where things were seen in earlier runs, as an agent is told: hints, in its frame, without a point to click."""

from __future__ import annotations

from pathlib import Path, PurePath

from ..agents.answers.meaning import alike
from ..memory.frames import Frame
from ..memory.image import Image
from ..memory.store import MemoryStore, Sighting
from ..screen.replies import SightingReply, SightingsReply
from .arguments import Sightings
from .reply import ToolReply

__all__ = ["NOTE", "sighted"]

NOTE = (
    "Hints of where it was, never evidence of where it is: screens change. Look there before you click (zoom, or point "
    "and locate with the region)."
)


def sighted(store: MemoryStore | str | Path, asked: Sightings, image: Image, frame: Frame) -> ToolReply:
    """What a store knows of earlier sightings. Raises StoreError where it cannot be read."""
    if not isinstance(store, MemoryStore):
        with MemoryStore(store) as opened:
            return sighted(opened, asked, image, frame)
    found = store.sightings(asked.target, image, limit=asked.most, alike=alike)
    told = SightingsReply(
        image_size=frame.size_wh,
        frame=frame.name,
        page=image.page,
        note=NOTE,
        count=len(found),
        sightings=tuple(_told(sighting, frame) for sighting in found),
    )
    crop = found[0].crop if found and asked.picture else None
    return ToolReply(told, None if crop is None else crop.png)


def _told(sighting: Sighting, frame: Frame) -> SightingReply:
    same = sighting.size_wh == frame.size_wh
    spoken = frame if same else Frame.of(None, sighting.size_wh)
    return SightingReply(
        phrase=sighting.phrase,
        when=sighting.created,
        box=spoken.box_of(sighting.box),
        match=sighting.match,
        screen_likeness=_rounded(sighting.screen_likeness),
        place_likeness=_rounded(sighting.place_likeness),
        times=sighting.times,
        text=sighting.text,
        image=PurePath(sighting.image_name).name,
        page=sighting.page,
        frame="" if same else spoken.name,
        image_size=None if same else sighting.size_wh,
        run=sighting.run,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
