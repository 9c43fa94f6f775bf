"""The command line. Every command is a thin layer over `Seal`; nothing here knows how things are found.

Exit codes: 0 answered, or every target found; 1 cannot tell, or a target not found; 2 bad input (an unusable store
too); 3 an agent failed. An answer is told, with its own code, also where the store does not take it in the end.
Answers go to standard output, progress and errors to standard error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .. import __version__
from ..console import finish, note, progress, say
from ..memory.errors import AgentError, SealError
from ..record.unkept import kept_or_not
from .batch import ask_many
from .bench import bench
from .calibrate import calibrate
from .convert import convert
from .demo import demo
from .export import export
from .frames import stitch, timeline
from .mcp import mcp
from .models import doctor, models
from .options import (
    Dpi,
    Fps,
    ImageArg,
    Json,
    Keep,
    Loc,
    Looks,
    Page,
    Picture,
    PolicyOpt,
    Seconds,
    Store,
    TraceOpt,
    Vqa,
    is_series,
    opened,
    seal_of,
)
from .pages import pages
from .pyramid import pyramid
from .read import index, read
from .runs import runs_app
from .screens import elements, point, zoom
from .serve import ServerOpt, TokenOpt, asking, serve
from .sightings import sightings
from .train import train_app


class _Commands(TyperGroup):
    """Of a wrong call it says one line, with the words of the call in it shown as all data is."""

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        with _said_in_one_line():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: Any) -> Any:
        with _said_in_one_line():
            return super().invoke(ctx)


@contextmanager
def _said_in_one_line() -> Iterator[None]:
    """A wrong call, which typer would show in a box, as any other error; help for a call without arguments stays."""
    try:
        yield
    except Exception as error:
        if not hasattr(error, "format_message") or type(error).__name__ == "NoArgsIsHelpError":
            raise
        called = getattr(getattr(error, "ctx", None), "command_path", "seal")
        wrong = " ".join(error.format_message().split())
        note(("error:", "bold red"), f" {wrong}{'' if wrong[-1:] in '.?' else '.'} See: {called} --help")
        raise typer.Exit(2) from error


app = typer.Typer(
    name="seal",
    cls=_Commands,
    help="Show, Search and Tell: ask about what is small in a large image, offline.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Entry point: errors become one line and an exit code."""
    try:
        app(standalone_mode=True)
    except SealError as error:
        note(("error:", "bold red"), f" {error}")
        sys.exit(3 if isinstance(error, AgentError) else 2)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"seal {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


@app.command(
    epilog="Examples:\n\n"
    "    seal ask screen.png \"What is the value next to 'Total Revenue'?\"\n\n"
    '    seal ask report.pdf "Which version is on the title page?" --trace search.html\n\n'
    "    seal ask report.pdf \"Is there a heading 'References'?\" --page 16\n\n"
    '    seal ask screen.png "Is Salary left or right of Paypal?" -o left -o right --json    # without pictures'
)
def ask(
    image: ImageArg,
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question.", show_default=False)],
    option: Annotated[
        list[str] | None,
        typer.Option("--option", "-o", help="A possible answer; give the option several times."),
    ] = None,
    options: Annotated[
        str | None, typer.Option("--options", help='All possible answers at once: "left|right".')
    ] = None,
    vqa: Vqa = None,
    localizer: Loc = None,
    policy: PolicyOpt = None,
    looks: Looks = None,
    seconds: Seconds = None,
    page: Page = None,
    dpi: Dpi = None,
    fps: Fps = None,
    json: Json = False,
    trace: TraceOpt = None,
    picture: Picture = None,
    keep: Keep = False,
    store: Store = None,
    server: ServerOpt = None,
    token: TokenOpt = None,
) -> None:
    """Answer a question about an image, PDF or video, or a folder of images."""
    choices = [*(option or []), *(part for part in (options or "").split("|") if part)]
    if server is not None:
        from ..serve import ask_server

        with asking(
            server, vqa=vqa, localizer=localizer, policy=policy, looks=looks, dpi=dpi, keep=keep, store=store
        ):
            result = ask_server(
                server, image, question, choices or None, page=page, seconds=seconds, token=token
            )
        finish(result, json, trace, picture)
    shown = opened(image, page, dpi, localizer, seconds, fps)
    seal = seal_of(vqa, localizer, policy, looks, seconds, dpi, keep, store)
    with progress(seal.budget.looks, is_series(shown)) as (on_step, cancelled):
        result = kept_or_not(
            lambda: seal.ask(
                shown, question, choices or None, page=page, on_step=on_step, cancelled=cancelled
            ),
            note,
        )
    finish(result, json, trace, picture, is_series(shown))


@app.command(
    epilog="Examples:\n\n"
    '    seal locate screen.png "Save button" "label Total Revenue"\n\n'
    '    seal locate scan.png "Invoice" --all --picture boxes.png\n\n'
    '    seal locate report.pdf "heading References" --page 16 --json'
)
def locate(
    image: ImageArg,
    targets: Annotated[
        list[str], typer.Argument(metavar="TARGET...", help="What to find, in words.", show_default=False)
    ],
    all_: Annotated[bool, typer.Option("--all", help="Find every instance, not the first sure one.")] = False,
    localizer: Loc = None,
    vqa: Vqa = None,
    policy: PolicyOpt = None,
    looks: Looks = None,
    seconds: Seconds = None,
    page: Page = None,
    dpi: Dpi = None,
    fps: Fps = None,
    json: Json = False,
    trace: TraceOpt = None,
    picture: Picture = None,
    keep: Keep = False,
    store: Store = None,
    server: ServerOpt = None,
    token: TokenOpt = None,
) -> None:
    """Find things: boxes (x, y, width, height) in pixels of the full image.

    Exit code 0 when every target was found, 1 when one was not (with --json: status found, partly_found or not_found).
    """
    from ..agents.contracts import Target

    if server is not None:
        from ..serve import locate_on_server

        with asking(
            server, vqa=vqa, localizer=localizer, policy=policy, looks=looks, dpi=dpi, keep=keep, store=store
        ):
            result = locate_on_server(
                server, image, targets, all=all_, page=page, seconds=seconds, token=token
            )
        finish(result, json, trace, picture)
    shown = opened(image, page, dpi, localizer, seconds, fps)
    seal = seal_of(vqa, localizer, policy, looks, seconds, dpi, keep, store)
    wanted = [Target(t, "all" if all_ else "one", surroundings=False) for t in targets]
    with progress(seal.budget.looks, is_series(shown)) as (on_step, cancelled):
        result = kept_or_not(
            lambda: seal.locate(shown, wanted, page=page, on_step=on_step, cancelled=cancelled), note
        )
    finish(result, json, trace, picture, is_series(shown))


app.command(
    epilog="Examples:\n\n    seal ask-many questions.jsonl --out answers --workers 2\n\n"
    "    seal ask-many questions.jsonl --out answers    # once more after an interruption: it goes on\n\n"
    "    seal ask-many questions.jsonl --out answers --retry-errors\n\n"
    "    seal ask-many questions.jsonl --out answers --ray local --workers 4    # the same on Ray, on this machine\n\n"
    "    seal ask-many questions.jsonl --out answers --ray auto --gpus 0.25    # on a cluster, four workers a GPU\n\n"
    '    # a line of questions.jsonl: {"image": "a.png", "question": "What is the total?"} (docs/batch.md)'
)(ask_many)
app.command(
    epilog="Examples:\n\n    seal read report.pdf --page 3\n\n    seal read scan.png --markdown\n\n"
    "    seal read report.pdf --json > report.json    # every line with its box"
)(read)
app.command(
    epilog="Examples:\n\n    SEAL_LOOK_CACHE=looks seal index manual.pdf\n\n"
    '    SEAL_LOOK_CACHE=looks seal ask manual.pdf "On which page is section 4.2?"'
)(index)
app.command(
    epilog="Examples:\n\n    seal elements screen.png --picture marks.png\n\n"
    "    seal elements screen.png --interactive --frame 0-1000 --json\n\n"
    "    seal elements after.png --since before.png"
)(elements)
app.command(
    epilog='Examples:\n\n    seal zoom screen.png "[100,200,900,650]" --out crop.png\n\n'
    "    seal zoom screen.png bkq3f --out crop.jpg --max-bytes 200000"
)(zoom)
app.command(
    epilog='Examples:\n\n    seal point screen.png "open the file menu"\n\n'
    '    seal point screen.png "the gear in the top right corner" --frame 1568x882 --picture where.png'
)(point)
app.command(
    epilog='Examples:\n\n    seal timeline recording.mp4 "Saved dialog" "progress bar" --picture strip.png\n\n'
    "    seal timeline shots/ \"'Payment failed'\" --json\n\n"
    '    seal timeline recording.mp4 "Save button" --fps 10    # times to a tenth of a second'
)(timeline)
app.command(
    epilog="Examples:\n\n    seal stitch top.png middle.png bottom.png --out long.png\n\n"
    '    seal stitch "shots/*.png" --out long.png'
)(stitch)
app.command(epilog="Example:\n\n    seal demo --examples ~/screenshots")(demo)
app.command(
    epilog="Examples:\n\n    seal mcp --allow ~/screenshots\n\n"
    "    seal mcp --allow ~/screenshots --http 127.0.0.1:8765    # clients connect to http://127.0.0.1:8765/mcp\n\n"
    "    seal mcp --allow ~/screenshots --store ~/seen    # keeps searches, and tells where things were seen earlier"
)(mcp)
app.command(
    epilog="Examples:\n\n    seal serve --allow ~/screenshots    # http://127.0.0.1:8000; its routes: /openapi.json\n\n"
    "    SEAL_TOKEN=... seal serve --listen 0.0.0.0:8000 --at-work 2\n\n"
    '    seal ask screen.png "What is the due date?" --server http://127.0.0.1:8000'
)(serve)
app.command(epilog='Examples:\n\n    seal models --kind vqa --state works\n\n    seal models "Phi-3-vision"')(
    models
)
app.command(epilog="Examples:\n\n    seal doctor reader\n\n    seal doctor hf:Qwen/Qwen3-VL-4B-Instruct")(
    doctor
)


app.command(
    epilog="Examples:\n\n    seal bench examples/questions\n\n"
    "    seal bench vstar_bench --out results.jsonl    # once more after an interruption: it goes on\n\n"
    "    seal bench vstar_bench --out results.jsonl --fresh    # the file is started anew\n\n"
    "    seal bench mine --reliability confidence.png    # mine/cases.json; how far confidence can be trusted\n\n"
    "    seal bench screenspot-pro --data ScreenSpot-Pro --out runs/pro    # a public benchmark: docs/reproduce.md\n\n"
    "    seal bench --pages 9    # 300 questions on generated pages; needs Chromium and npm"
)(bench)
app.command(epilog="Example:\n\n    seal pages --out pages --count 200 --seed 1    # needs Chromium and npm")(
    pages
)
app.command(epilog="Example:\n\n    seal calibrate ocr:rapidocr --data pages")(calibrate)
app.add_typer(train_app, name="train")


app.command(
    epilog="Examples:\n\n    seal pyramid city.png    # kept in the cache, for later commands on city.png\n\n"
    "    seal pyramid city.png --out city.tif\n\n    seal pyramid slide.jpg --out slide.tif --quality 90\n\n"
    '    seal ask city.tif "What is the name of the street?"'
)(pyramid)
app.command(epilog="Example:\n\n    seal convert craigwu/seal_vqa_7b seal_vqa")(convert)
app.add_typer(runs_app, name="runs")
app.command(
    epilog='Examples:\n\n    seal sightings "Export button"\n\n'
    '    seal sightings "Export button" --image now.png --json\n\n'
    "    seal sightings --image now.png    # which earlier screens look like this one"
)(sightings)
app.command(
    epilog="Examples:\n\n    seal export --out training\n\n    seal export --out invoices --text invoice\n\n"
    "    seal export --out table --as runs --since 2026-11-01    # runs.jsonl\n\n"
    '    seal export --out pictures --as imagefolder    # datasets.load_dataset("imagefolder", data_dir="pictures")'
)(export)


if __name__ == "__main__":
    main()
