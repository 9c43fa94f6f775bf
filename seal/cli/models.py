"""`seal models`: every known system, one of them in full, and what is registered here."""

from __future__ import annotations

import json as json_
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from ..agents.systems import KINDS, STATES, System, find, markdown, systems
from ..console import err, out
from ..memory.errors import InputError

__all__ = ["doctor", "models"]

_COLOURS = {"works": "green", "native": "cyan", "server": "yellow", "refused": "red", "no model": "dim"}
_LABELS = {
    "agent": "pass",
    "parameters": "parameters",
    "vision": "vision encoder",
    "projection": "projection",
    "language": "language model",
    "route": "route",
    "images": "images",
    "boxes": "boxes",
    "licence": "licence",
    "note": "note",
}


def models(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A system, or part of its name.", show_default=False),
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=f"Only: {', '.join(KINDS)}.")] = None,
    state: Annotated[str | None, typer.Option("--state", help=f"Only: {', '.join(STATES)}.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="Every column, for wide terminals.")] = False,
    markdown_: Annotated[bool, typer.Option("--markdown", help="Print the page docs/models.md.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """List every known system, how it is plugged in, and the agents that can be named."""
    _checked("--kind", kind, KINDS)
    _checked("--state", state, STATES)
    asked = [
        s for s in (find(name) if name else systems()) if kind in (None, s.kind) and state in (None, s.state)
    ]
    if json:
        out.print(json_.dumps([asdict(s) for s in asked], ensure_ascii=False, indent=2), markup=False)
    elif markdown_:
        typer.echo(markdown(asked), nl=False)
    elif name and len(asked) == 1:
        _explain(asked[0])
    else:
        _list(asked, wide)
        if not (name or kind or state):
            _agents()


def doctor(
    agent: Annotated[
        str,
        typer.Argument(metavar="AGENT", help="rules, ocr:rapidocr, hf:OWNER/MODEL, ...", show_default=False),
    ],
    role: Annotated[
        str | None, typer.Option("--as", help="vqa or localizer, where it could be both.")
    ] = None,
) -> None:
    """Load an agent and test it on drawn pictures: contract, pictures, coordinates, speed, memory."""
    from ..agents.contracts import Check
    from ..agents.registry import load_localizer, load_vqa
    from ..measure.doctor import examine_localizer, examine_vqa

    kind = _role(agent, role)
    started = time.perf_counter()
    loaded: Any = load_vqa(agent) if kind == "vqa" else load_localizer(agent)
    seconds = time.perf_counter() - started
    checks = [Check("load", "ok", f"{loaded.name} as {kind}, {seconds:.1f} s")]
    table = Table()
    for column in ("check", "verdict", "detail"):
        table.add_column(column, overflow="fold")
    with err.status("Examining..."):
        checks += examine_vqa(loaded) if kind == "vqa" else examine_localizer(loaded)
    colours = {"ok": "green", "fail": "bold red", "skipped": "yellow"}
    for check in checks:
        table.add_row(check.name, f"[{colours[check.verdict]}]{check.verdict}[/]", escape(check.detail))
    _print(table)
    failed = [check.name for check in checks if check.verdict == "fail"]
    out.print(f"[red]{len(failed)} failed:[/] {', '.join(failed)}" if failed else "[green]It works.[/]")
    raise typer.Exit(1 if failed else 0)


def _role(agent: str, role: str | None) -> Literal["vqa", "localizer"]:
    """What to examine the agent as: what was asked for, else what its scheme is registered as, VQA first."""
    from ..agents.registry import known

    if role not in (None, "vqa", "localizer"):
        raise InputError(f"--as must be vqa or localizer; got {role!r}.")
    if role == "localizer" or (role is None and agent.strip().partition(":")[0] not in known("vqa")):
        return "localizer"
    return "vqa"


def _print(table: Table, least: int = 110) -> None:
    """At least so many columns, however narrow the terminal: names that are to be copied stay whole."""
    table.width = max(out.width, least)
    out.print(table, soft_wrap=False, crop=False)


def _checked(option: str, value: str | None, known: dict[str, str]) -> None:
    if value is not None and value not in known:
        raise InputError(f"{option} must be one of {', '.join(known)}; got {value!r}.")


def _list(rows: Sequence[System], wide: bool) -> None:
    shown = {"parameters": "parameters", "agent": "pass"} if not wide else _LABELS
    table = Table()
    for column in ("system", "kind", "state", *shown.values()):
        table.add_column(column, overflow="fold", no_wrap=column in ("kind", "state"))
    for row in rows:
        state = f"[{_COLOURS[row.state]}]{row.state}[/]"
        table.add_row(escape(row.name), row.kind, state, *(escape(getattr(row, c)) for c in shown))
    _print(table, 280 if wide else 110)
    err.print(f"{len(rows)} systems. One in full: seal models NAME")


def _explain(row: System) -> None:
    out.print(
        f"[bold]{escape(row.name)}[/]  {row.kind}, [{_COLOURS[row.state]}]{row.state}[/]: {STATES[row.state]}"
    )
    for column, label in _LABELS.items():
        if getattr(row, column):
            out.print(f"  {label + ':':16} {escape(getattr(row, column))}")
    if row.agent:
        role = "vqa" if row.kind == "vqa" else "localizer"
        out.print(f'  {"in Python:":16} Seal({role}="{escape(row.agent)}")')
        out.print(f'  {"in the shell:":16} seal doctor "{escape(row.agent)}" --as {role}')


def _agents() -> None:
    from ..agents.registry import known

    table = Table(title="Agents that can be named here", title_justify="left")
    for column in ("kind", "name", "what it is"):
        table.add_column(column)
    for kind in ("vqa", "localizer"):
        for scheme, description in known(kind).items():
            table.add_row(kind, scheme, escape(description))
    out.print(table)
