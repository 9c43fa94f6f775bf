"""`seal timeline` and `seal stitch`: what happens in a video or series; a long page from screenshots of its parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..memory.errors import InputError
from .options import Fps, ImageArg, Json, Loc, Seconds, opened

if TYPE_CHECKING:
    from ..memory.geometry import Box

__all__ = ["stitch", "timeline"]


def timeline(
    image: ImageArg,
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET...", help="What to look for, in words.", show_default=False)
    ],
    fps: Fps = None,
    localizer: Loc = None,
    seconds: Seconds = None,
    json: Json = False,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Write the frames in which something changes as one picture (.png)."),
    ] = None,
) -> None:
    """When things are seen in a video, animation, folder or glob of screenshots, and when they are not there.

    Exit code 0 when every target is seen at some time, 1 when one is not.
    """
    from ..console import bar, note, print_json, print_table, say, stopping
    from ..screen.timeline.strip import strip
    from .options import seal_of

    seal = seal_of(None, localizer, None, None, None)
    document = opened(image, None, None, localizer, seconds, fps, whole=True)
    with bar() as shown, stopping("Stopping with what was seen so far") as stopped:
        task = shown.add_task("frames", total=None if isinstance(document, str) else len(document))
        told = seal.timeline(
            document,
            targets,
            fps=fps,
            seconds=seconds,
            on_frame=lambda number: shown.advance(task),
            cancelled=stopped,
        )
    for sentence in told.notes:
        note(sentence)
    if picture is not None:
        from ..memory.image import open_document

        try:
            strip(open_document(document, fps=fps), told).save(picture)
        except (OSError, ValueError) as error:
            raise InputError(f"{picture}: the picture cannot be written ({error}).") from error
        note(f"Picture: {picture}")
    if json:
        print_json(told.to_json(indent=2))
    else:
        rows = [
            (target.phrase, span.status, span.words, _place(span.box))
            for target in told.targets
            for span in target.spans
        ]
        print_table(["target", "", "when", "box (x, y, width, height)"], rows, whole=["when"])
        unknown = [span.why for target in told.targets for span in target.spans if span.status == "unknown"]
        for why in dict.fromkeys(unknown):
            say(("unknown: ", "yellow"), (why, "dim"))
        cut = "" if told.complete else "; the time ended before all were"
        say(
            (
                f"{told.frames} frames, {told.looked} of them new and looked at{cut}; {told.seconds:.1f} s",
                "dim",
            )
        )
    raise typer.Exit(0 if all(target.seen for target in told.targets) else 1)


def _place(box: Box | None) -> str:
    if box is None:
        return ""
    x, y, width, height = (round(v) for v in box)
    return f"{x}, {y}, {width}, {height}"


def stitch(
    shots: Annotated[
        list[str],
        typer.Argument(
            metavar="SHOT...", help="Screenshots of one scrolled page, from the top.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="The long picture (.png).", show_default=False)],
) -> None:
    """Join screenshots of a page that was scrolled between them into one long picture.

    A folder, a glob or a video of the scrolling is one SHOT that stands for all of its pictures. What stays in place,
    such as a fixed header, comes once.
    """
    from ..console import note
    from ..memory.image import open_document
    from ..memory.stitch import stitch as joined

    images = [image for shot in shots for image in open_document(shot)]
    told = joined(images)
    try:
        told.picture.save(out)
    except (OSError, ValueError) as error:
        raise InputError(f"{out}: the picture cannot be written ({error}).") from error
    width, height = told.picture.size
    moved = ", ".join(str(offset) for offset in told.offsets)
    fixed = (
        f"; fixed: {told.header} px at the top, {told.footer} px at the bottom"
        if told.header + told.footer
        else ""
    )
    note(f"{out}: {width}x{height} px of {len(images)} pictures, scrolled to {moved} px{fixed}.")
