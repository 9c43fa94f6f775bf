"""What the command line shows: progress on standard error, results on standard output."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from .memory.errors import InputError

__all__ = ["err", "finish", "out", "progress"]

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress(looks: int | None) -> Iterator[tuple[Callable[[Any], None], Callable[[], bool]]]:
    """A live line on a terminal; Ctrl-C once asks for the best answer so far, twice ends the program."""
    stop: list[int] = []

    def interrupt(number: int, frame: Any) -> None:
        del frame
        stop.append(number)
        if len(stop) > 1:
            raise KeyboardInterrupt
        err.print("Stopping after this look; press Ctrl-C again to quit at once.")

    before = signal.signal(signal.SIGINT, interrupt)
    started = time.perf_counter()
    try:
        with err.status("Reading the question...") as status:

            def on_step(step: Any) -> None:
                if err.is_terminal:
                    status.update(f"{_describe(step, looks)} [dim]{time.perf_counter() - started:.1f} s[/]")

            yield on_step, lambda: bool(stop)
    finally:
        signal.signal(signal.SIGINT, before)


def _describe(step: Any, looks: int | None) -> str:
    if step.kind == "show":
        return "Looking for " + escape(", ".join(step.targets) or "nothing")
    if step.kind == "look":
        seen = [f"{escape(o.phrase)} {o.top_score or 0:.2f}" for o in step.observations]
        limit = "" if looks is None else f"/{looks}"
        page = f", page {step.page}" if step.page > 1 else ""
        return f"Look {step.index + 1}{limit} (level {step.level}{page}): {'; '.join(seen)}"
    if step.kind == "check":
        return f"Second look at {escape(step.phrase)}: {'there' if step.shown else 'not there'}"
    return f"Read {step.lines} lines around a find" if step.kind == "read" else "Answering"


def finish(result: Any, json: bool, trace: Path | None, picture: Path | None) -> None:
    if trace is not None:
        result.trace.save(trace)
        err.print(f"Trace: {trace}")
    if picture is not None:
        try:
            result.picture().save(picture)
        except (OSError, ValueError) as error:
            raise InputError(f"{picture}: the picture cannot be written ({error}).") from error
        err.print(f"Picture: {picture}")
    if json:
        out.print(result.model_dump_json(indent=2, exclude=_PICTURES), markup=False)
    else:
        _show(result)
    raise typer.Exit(0 if result.ok else 1)


_PICTURES: Any = {"trace": True, "memory": {"image": {"png"}, "crops": {"__all__": {"png"}}, "lines": True}}


def _show(result: Any) -> None:
    """Answer, targets with boxes, what is missing, and the cost; for people."""
    colour = "green" if result.ok else "yellow"
    sure = f" [dim](confidence {result.confidence:.2f})[/]" if result.ok else ""
    if result.status == "partly_found":
        sure = " [dim](partly found)[/]"
    out.print(f"[bold {colour}]{escape(result.answer or 'cannot tell')}[/]{sure}")
    if result.reason:
        out.print(f"[dim]{escape(result.reason)}[/]")
    many = result.memory.pages > 1
    for t in result.targets:
        x, y, w, h = (round(v) for v in t.box.xywh)
        page = f"page {t.page}, " if many else ""
        cited = f" {t.crop}" if t.crop in result.cites else ""
        out.print(
            f"  {escape(t.phrase)}: {page}x={x} y={y} width={w} height={h} [dim]score {t.score:.2f}{cited}[/]"
        )
    for a in result.absent:
        out.print(
            f"  {escape(a.phrase)}: [yellow]not found[/] [dim]({a.looks} looks, {a.seen:.0%} seen finely)[/]"
        )
    stages = ", ".join(f"{name} {s:.1f}" for name, s in result.spend.seconds.items())
    out.print(f"[dim]{result.spend.looks} looks, {result.spend.total_seconds:.1f} s ({stages})[/]")
