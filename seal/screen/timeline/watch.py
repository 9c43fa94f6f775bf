"""Looking for things in every frame that is new.

A thing may come and go many times, so that no frame is left out: what is shown twice is looked at once, and what did
not change from one frame to the next is known by its content (`seal.agents.ocr_tiles`, `seal.agents.nano.known`), or
from a frame before (`seal.agents.nano.followed`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import groupby

from ...memory.deadline import current
from ...memory.errors import OutOfTime, PageError, UnknownPhraseError
from ...memory.following import Following
from ...memory.image import Document, Image
from ..presence import Eyes, Told, text_presence, wanted_of
from .spans import Span, Status, TargetSpans, Timeline
from .things import settled, thing_told
from .turning import Turning, is_spinner

__all__ = ["watched"]

_STATUS: dict[bool, Status] = {True: "seen", False: "absent"}
NOT_LOOKED = Told(None, "The time ended before this frame was looked at.")


def watched(
    document: Document,
    phrases: Sequence[str],
    eyes: Eyes,
    on_frame: Callable[[int], None] = lambda number: None,
) -> Timeline:
    """When each phrase is seen in a document, under the deadline in force: what it leaves no time for is unknown.

    on_frame: called with the number of every frame that is done.
    """
    started = time.perf_counter()
    known: dict[str, tuple[Told, ...]] = {}
    images: list[tuple[Image | None, tuple[Told, ...]]] = []
    turning = Turning()
    spinners = any(map(is_spinner, phrases))
    complete = True
    for number in document.numbers:
        try:
            if complete:
                current().check()
            image = document.page(number)
            shown = Following.after(image) if document.series else image
            told = known.get(image.digest)
            if told is None and complete:
                told = tuple(_told(eyes, image, shown, phrase) for phrase in phrases)
                current().check()
                known[image.digest] = told
            found = eyes.elements(shown) if spinners and complete else None
            images.append((image, told or (NOT_LOOKED,) * len(phrases)))
            turning.add(image, found)
        except OutOfTime:
            complete = False
            images.append((document.page(number), (NOT_LOOKED,) * len(phrases)))
            turning.add(None, None)
        except PageError as error:
            images.append((None, (Told(None, str(error)),) * len(phrases)))
            turning.add(None, None)
        on_frame(number)
    columns = [settled(phrase, [told[i] for _, told in images]) for i, phrase in enumerate(phrases)]
    if spinners:
        try:
            turned = turning.told()
        except OutOfTime:
            complete, turned = False, [NOT_LOOKED] * len(images)
        columns = [
            turned if is_spinner(phrase) else told for phrase, told in zip(phrases, columns, strict=True)
        ]
    last = next((image for image, _ in reversed(images) if image is not None), None)
    return Timeline(
        name=document.name,
        frames=len(document),
        looked=len(known),
        duration=None if last is None else last.until,
        targets=tuple(
            TargetSpans(
                phrase=phrase,
                spans=_spans(
                    document, [(image, each) for (image, _), each in zip(images, told, strict=True)]
                ),
            )
            for phrase, told in zip(phrases, columns, strict=True)
        ),
        complete=complete,
        seconds=time.perf_counter() - started,
        notes=(*document.notes, *document.faults),
    )


def _told(eyes: Eyes, image: Image, shown: Image, phrase: str) -> Told:
    """What is known of a phrase in a frame. shown: the frame as one of its series, for things."""
    if is_spinner(phrase):
        return Told(None, "A spinner is told by several frames.")
    wanted = wanted_of(phrase)
    try:
        return (
            text_presence(eyes, image, phrase) if wanted is None else thing_told(eyes, shown, phrase, wanted)
        )
    except UnknownPhraseError as error:
        return Told(None, str(error))


def _spans(document: Document, frames: Sequence[tuple[Image | None, Told]]) -> tuple[Span, ...]:
    """Frames of the same status that follow each other as one."""

    def status(at: int) -> Status:
        value = frames[at][1].value
        return _STATUS[value] if isinstance(value, bool) else "unknown"

    spans = []
    for said, group in groupby(range(len(frames)), status):
        at = list(group)
        (image, told), final = frames[at[0]], frames[at[-1]][0]
        place = told.places[0] if told.places and said == "seen" else None
        spans.append(
            Span(
                status=said,
                first=document.numbers[at[0]],
                last=document.numbers[at[-1]],
                start=None if image is None else image.time,
                end=None if final is None else final.until,
                name="" if image is None else image.name,
                box=None if place is None else place[1],
                text="" if place is None else place[0],
                why=told.why,
            )
        )
    return tuple(spans)
