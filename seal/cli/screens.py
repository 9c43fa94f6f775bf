"""`seal elements`, `seal zoom`, `seal point`: what an agent does on a screen, from a shell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..memory.errors import InputError, SettingError
from .options import Dpi, ImageArg, Loc, Page, Seconds, convert_first, seal_of

if TYPE_CHECKING:
    import PIL.Image

    from ..screen.element import Elements

__all__ = ["elements", "point", "zoom"]

FrameOpt = Annotated[
    str | None,
    typer.Option(
        "--frame",
        help='Frame of all boxes and points: pixels, 1568x882, 0-1, 0-1000, @2x, each also "... of [x0,y0,x1,y1]".',
    ),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="Print the reply as JSON (docs/agents-tools.md).")]
RegionOpt = Annotated[
    str | None,
    typer.Option("--region", help="Only there: [x0,y0,x1,y1] in the frame, or the id of an element."),
]
MarksOpt = Annotated[
    Path | None, typer.Option("--picture", help="Write the screen with the places drawn on it (.png).")
]
Form = Literal["prompt", "json", "omniparser", "coco"]


def elements(
    image: ImageArg,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only elements of a kind; give it several times.")
    ] = None,
    region: RegionOpt = None,
    interactive: Annotated[bool, typer.Option("--interactive", help="Only what can be clicked.")] = False,
    frame: FrameOpt = None,
    as_: Annotated[
        Form, typer.Option("--as", help="prompt (a line an element), json, omniparser or coco.")
    ] = "prompt",
    json: JsonOpt = False,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Write the screen with a number on every element (.png).")
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--since", help="An earlier screen: print what is different on this one.")
    ] = None,
    localizer: Loc = None,
    seconds: Seconds = None,
    page: Page = None,
    dpi: Dpi = None,
) -> None:
    """List everything on a screen: text, icons, widgets and regions, with ids and where to click.

    Exit code 1 when there is nothing, or with --since when nothing is different.
    """
    from ..console import note, print_text

    convert_first(image)
    seal = seal_of(None, localizer, None, None, seconds, dpi)
    asked = {"page": page, "frame": frame, "kind": kind or None, "region": region}
    found = seal.elements(image, interactive=interactive or None, **asked)  # type: ignore[arg-type]
    if picture is not None:
        _save(seal.marks(image, found), picture)
    if not found.complete:
        note("The time ended before everything was looked at.")
    if before is not None:
        earlier = seal.elements(before, interactive=interactive or None, **asked)  # type: ignore[arg-type]
        changes = seal.diff(earlier, found)
        if json or as_ == "json":
            _print(changes.reply().model_dump_json(indent=2))
        else:
            print_text("\n".join(c.words for c in changes.changes) or "Nothing is different.")
        raise typer.Exit(0 if changes.changes else 1)
    _show(found, "json" if json else as_, Path(image).name)
    raise typer.Exit(0 if len(found) else 1)


def zoom(
    image: ImageArg,
    region: Annotated[
        str,
        typer.Argument(
            metavar="REGION", help="[x0,y0,x1,y1] in the frame, or the id of an element.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Picture to write: .png, or .jpg.", show_default=False)],
    max_side: Annotated[int, typer.Option("--max-side", help="Longest side of the picture, pixels.")] = 1568,
    max_pixels: Annotated[
        int | None, typer.Option("--max-pixels", help="Most pixels of the picture.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option("--max-tokens", help="The same in tokens of 28 x 28 pixels.")
    ] = None,
    max_bytes: Annotated[int | None, typer.Option("--max-bytes", help="Most bytes of the file.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="The region as it is, though it may cut lines of text.")
    ] = False,
    frame: FrameOpt = None,
    json: JsonOpt = False,
    page: Page = None,
    dpi: Dpi = None,
) -> None:
    """Look closer at a region: read from the original file, scaled to fill the limits."""
    from ..console import say

    kinds = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
    if out.suffix.casefold() not in kinds:
        raise SettingError(f"A picture is written as .png or .jpg; got {out}.")
    convert_first(image)
    seal = seal_of(None, None, None, None, None, dpi)
    shown = seal.zoom(
        image,
        region,
        page=page,
        frame=frame,
        max_side=max_side,
        max_pixels=max_pixels,
        max_tokens=max_tokens,
        max_bytes=max_bytes,
        media_type=kinds[out.suffix.casefold()],  # type: ignore[arg-type]
        whole_lines=not exact,
    )
    try:
        out.write_bytes(shown.picture)
    except OSError as error:
        raise InputError(f"{out}: the picture cannot be written ({error.strerror}).") from error
    told = shown.reply()
    if json:
        _print(told.model_dump_json(indent=2))
    else:
        say(f"{out}: {told.picture_size[0]}x{told.picture_size[1]} px of {list(told.box)} ({told.frame})")
        say(f"frame of the picture: {told.picture_frame}")


def point(
    image: ImageArg,
    instruction: Annotated[
        str, typer.Argument(metavar="INSTRUCTION", help="What is to be clicked.", show_default=False)
    ],
    region: RegionOpt = None,
    frame: FrameOpt = None,
    json: JsonOpt = False,
    picture: MarksOpt = None,
    localizer: Loc = None,
    seconds: Seconds = None,
    page: Page = None,
    dpi: Dpi = None,
) -> None:
    """Say where to click for an instruction, or why not: what may be several things is refused.

    Exit code 0 when there is a place to click, 1 when it is refused.
    """
    from ..console import say

    convert_first(image)
    seal = seal_of(None, localizer, None, None, seconds, dpi)
    told = seal.point(image, instruction, page=page, frame=frame, region=region)
    if picture is not None:
        _save(seal.marks(image, told), picture)
    reply = told.reply()
    if json:
        _print(reply.model_dump_json(indent=2))
    else:
        if reply.best is not None:
            x, y = reply.best.click
            say((f"({x}, {y})", "bold green"), (f" confidence {reply.confidence:.2f}", "dim"))
        say((reply.reason, "" if told.found else "yellow"))
        for other in reply.alternatives:
            x, y = other.click
            say((f'  or {other.kind} "{other.name}" at ({x}, {y}), {other.confidence:.2f}', "dim"))
    raise typer.Exit(0 if told.found else 1)


def _show(found: Elements, form: Form, name: str) -> None:
    import json

    from ..console import print_text
    from ..screen.exports import to_coco, to_omniparser, to_prompt

    if form == "prompt":
        print_text(to_prompt(found, ids=True))
    elif form == "json":
        _print(found.reply().model_dump_json(indent=2))
    else:
        data = to_coco(found, name) if form == "coco" else to_omniparser(found)
        _print(json.dumps(data, indent=2, ensure_ascii=False))


def _print(text: str) -> None:
    from ..console import print_json

    print_json(text)


def _save(picture: PIL.Image.Image, path: Path) -> None:
    from ..console import note

    try:
        picture.save(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: the picture cannot be written ({error}).") from error
    note(f"Picture: {path}")
