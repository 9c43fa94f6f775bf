"""What the command line shows: progress and errors on standard error, results on standard output.

What was read in a picture, an answer, a path or a name is data, never mark-up. This is the one module that prints by
`rich`, and it takes plain strings as they are: style is given beside them, and characters that would steer a terminal
(escapes, control characters, changes of writing direction) are shown as `\\x1b` and the like.
"""

from __future__ import annotations

import re
import signal
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .memory.clock import page_words
from .memory.errors import InputError

if TYPE_CHECKING:
    from types import FrameType

    from rich.progress import Progress

    from .record.result import Result
    from .record.steps import AnyStep

__all__ = [
    "Part",
    "bar",
    "finish",
    "line",
    "note",
    "print_json",
    "print_table",
    "print_text",
    "progress",
    "say",
    "stopping",
    "visible",
    "waiting",
]

Part = str | tuple[str, str]
"""A piece of a line: text, or (text, style). The text is data in both."""

_out = Console(soft_wrap=True, highlight=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False)
_STEERING = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # they join letters and emoji, and steer nothing


def visible(text: str, lines: bool = False) -> str:
    r"""`text` with all that could steer a terminal written out; with `lines`, line breaks stay.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    return "".join(c if not _steers(c) or (lines and c == "\n") else _written_out(c) for c in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in _STEERING and character not in _JOINERS


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def line(*parts: Part) -> Text:
    """The parts as one line of styled text."""
    pieces = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((visible(text), style) for text, style in pieces))


def say(*parts: Part) -> None:
    """Print a line on standard output."""
    _out.print(line(*parts))


def note(*parts: Part) -> None:
    """Print a line on standard error."""
    _err.print(line(*parts))


def confirmed(question: str) -> bool:
    """Whether the one at the terminal says yes; where nobody can be asked, no."""
    _err.print(line(f"{question} [y/N] "), end="")
    try:
        return input().strip().casefold() in ("y", "yes")
    except EOFError:
        note("")
        return False


def print_text(text: str) -> None:
    """Print text of several lines on standard output, without any style."""
    _out.print(Text(visible(text.removesuffix("\n"), lines=True)))


def print_json(text: str) -> None:
    """Print JSON on standard output; characters that would steer a terminal are escaped as JSON escapes them."""
    _out.print(Text(re.sub(r"[^\n -~]", lambda found: _json_escape(found[0]), text)))


def _json_escape(character: str) -> str:
    if not _steers(character):
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Part]],
    *,
    title: str = "",
    right: Sequence[str] = (),
    whole: Sequence[str] = (),
    least: int = 0,
    total: bool = False,
) -> None:
    """Print a table on standard output.

    right: columns whose numbers stand at the right. whole: columns that are never broken. least: columns of characters
    at least, however narrow the terminal is, so that names which are to be copied stay whole. total: the last row sums
    up, and a rule stands above it.
    """
    table = Table(title=line(title) if title else None, title_justify="left")
    for column in columns:
        table.add_column(
            line(column),
            justify="right" if column in right else "left",
            no_wrap=column in whole,
            overflow="fold",
        )
    for i, row in enumerate(rows):
        table.add_row(*map(line, row), end_section=total and i == len(rows) - 2)
    if least:
        table.width = max(_out.width, least)
    _out.print(table, soft_wrap=False, crop=not least)


@contextmanager
def waiting(message: str) -> Iterator[None]:
    """A spinner on standard error while something goes on."""
    with _err.status(line(message)):
        yield


def bar() -> Progress:
    """A progress bar on standard error, gone at its end; nothing where that is no terminal. Descriptions are data."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TimeRemainingColumn,
    )

    class Description(ProgressColumn):
        def render(self, task: Task) -> Text:
            return line(task.description)

    columns = (Description(), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    if (
        not _err.is_terminal
    ):  # Releases before rich 14.3 print an empty line at the end of a bar that is disabled.
        return Progress(*columns, console=Console(quiet=True), disable=True)
    return Progress(*columns, console=_err, transient=True)


@contextmanager
def stopping(what: str) -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed, once: `what` happens then, and is said. Twice ends the program."""
    pressed: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        del frame
        pressed.append(number)
        if len(pressed) > 1:
            raise KeyboardInterrupt
        note(f"{what}; press Ctrl-C again to quit at once.")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield lambda: bool(pressed)
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress(
    looks: int | None, series: bool = False
) -> Iterator[tuple[Callable[[AnyStep], None], Callable[[], bool]]]:
    """A live line on a terminal; Ctrl-C once asks for the best answer so far, twice ends the program.

    series: whether pages are frames, and called so.
    """
    started = time.perf_counter()
    with (
        stopping("Stopping with the best answer so far") as stopped,
        _err.status("Reading the question...") as status,
    ):

        def on_step(step: AnyStep) -> None:
            if _err.is_terminal:
                spent = f" {time.perf_counter() - started:.1f} s"
                status.update(line(_describe(step, looks, series), (spent, "dim")))

        yield on_step, stopped


def _describe(step: AnyStep, looks: int | None, series: bool = False) -> str:
    if step.kind == "show":
        return "Looking for " + (", ".join(step.targets) or "nothing")
    if step.kind == "look":
        seen = [f"{o.phrase} {o.top_score or 0:.2f}" for o in step.observations]
        limit = "" if looks is None else f"/{looks}"
        page = f", {page_words(step.page, series=series)}" if step.page > 1 else ""
        return f"Look {step.index + 1}{limit} (level {step.level}{page}): {'; '.join(seen)}"
    if step.kind == "check":
        return f"Second look at {step.phrase}: {'there' if step.shown else 'not there'}"
    return f"Read {step.lines} lines around a find" if step.kind == "read" else "Answering"


def finish(
    result: Result, json: bool, trace: Path | None, picture: Path | None, series: bool = False
) -> None:
    """Write the files that were asked for, print the result, and end with its exit code.

    series: whether pages are frames, and called so.
    """
    if trace is not None:
        result.trace.save(trace)
        note(f"Trace: {trace}")
    if picture is not None:
        try:
            result.picture().save(picture)
        except (OSError, ValueError) as error:
            raise InputError(f"{picture}: the picture cannot be written ({error}).") from error
        note(f"Picture: {picture}")
    if json:
        print_json(result.to_json(pictures=False, indent=2))
    else:
        _show(result, series)
    raise typer.Exit(0 if result.ok else 1)


def _show(result: Result, series: bool) -> None:
    """Answer, targets with boxes, what is missing, and the cost; for people."""
    colour = "green" if result.ok else "yellow"
    sure = f" (confidence {result.confidence:.2f})" if result.ok else ""
    if result.status == "partly_found":
        sure = " (partly found)"
    first, *more = (result.answer or "cannot tell").split("\n")
    say((first, f"bold {colour}"), (sure, "dim"))
    for part in more:
        say("    ", (part, f"bold {colour}"))
    if result.reason:
        say((result.reason, "dim"))
    many = result.memory.pages > 1

    def called(page: int) -> str:
        return page_words(page, result.times.get(page), series)

    for t in result.targets:
        x, y, w, h = (round(v) for v in t.box)
        page = f"{called(t.page)}, " if many else ""
        cited = f" {t.crop}" if t.crop in result.cites else ""
        place = f"  {t.phrase}: {page}x={x} y={y} width={w} height={h}"
        say(place, (f" score {t.score:.2f}{cited}", "dim"))
    for p in result.places if result.times or series else ():
        x, y, w, h = (round(v) for v in p.box)
        say(f"  {p.text or 'answer'}: {called(p.page)}, x={x} y={y} width={w} height={h}")
    for a in result.absent:
        say(
            f"  {a.phrase}: ",
            ("not found", "yellow"),
            (f" ({a.looks} looks, {a.seen:.0%} seen finely)", "dim"),
        )
    stages = ", ".join(f"{name} {s:.1f}" for name, s in result.spend.seconds.items())
    say((f"{result.spend.looks} looks, {result.spend.total_seconds:.1f} s ({stages})", "dim"))
