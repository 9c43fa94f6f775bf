"""`seal models`: every known system, one of them in full, and what is registered here."""

from __future__ import annotations

import json as json_
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

from ..agents.systems import KINDS, STATES, System, find, markdown, systems
from ..console import Part, note, print_json, print_table, print_text, say, waiting
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
        print_json(json_.dumps([asdict(s) for s in asked], ensure_ascii=False, indent=2))
    elif markdown_:
        print_text(markdown(asked))
    elif name and len(asked) == 1:
        _explain(asked[0])
    else:
        _list(asked, wide)
        if not (name or kind or state):
            _agents()


def doctor(
    agent: Annotated[
        str,
        typer.Argument(metavar="AGENT", help="reader, ocr:rapidocr, hf:OWNER/MODEL, ...", show_default=False),
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
    with waiting("Examining..."):
        checks += examine_vqa(loaded) if kind == "vqa" else examine_localizer(loaded)
    colours = {"ok": "green", "fail": "bold red", "skipped": "yellow"}
    rows = [(c.name, (c.verdict, colours[c.verdict]), c.detail) for c in checks]
    print_table(("check", "verdict", "detail"), rows, least=110)
    failed = [check.name for check in checks if check.verdict == "fail"]
    if failed:
        say((f"{len(failed)} failed:", "red"), f" {', '.join(failed)}")
    else:
        say(("It works.", "green"))
    raise typer.Exit(1 if failed else 0)


def _role(agent: str, role: str | None) -> Literal["vqa", "localizer"]:
    """What to examine the agent as: what was asked for, else what its scheme is registered as, VQA first.

    A model of transformers that finds things and says nothing is told to be a detector. Raises as its loader.
    """
    from ..agents.registry import known

    if role not in (None, "vqa", "localizer"):
        raise InputError(f"--as must be vqa or localizer; got {role!r}.")
    if role is not None:
        return "vqa" if role == "vqa" else "localizer"
    scheme, _, name = agent.strip().partition(":")
    if scheme not in known("vqa"):
        return "localizer"
    if scheme == "hf":
        from ..agents.hf.loading import LoadOptions, is_detector, model_type

        if is_detector(kind := model_type(name, LoadOptions())):
            note(f"{name} ({kind}) is a detector: it is examined as a localizer.")
            return "localizer"
    return "vqa"


def _checked(option: str, value: str | None, known: dict[str, str]) -> None:
    if value is not None and value not in known:
        raise InputError(f"{option} must be one of {', '.join(known)}; got {value!r}.")


def _list(rows: Sequence[System], wide: bool) -> None:
    shown = {"parameters": "parameters", "agent": "pass"} if not wide else _LABELS
    listed: list[list[Part]] = [
        [row.name, row.kind, (row.state, _COLOURS[row.state]), *(getattr(row, c) for c in shown)]
        for row in rows
    ]
    columns = ("system", "kind", "state", *shown.values())
    print_table(columns, listed, whole=("kind", "state"), least=280 if wide else 110)
    note(f"{len(rows)} systems. One in full: seal models NAME")


def _explain(row: System) -> None:
    state = (row.state, _COLOURS[row.state])
    say((row.name, "bold"), f"  {row.kind}, ", state, f": {STATES[row.state]}")
    for column, label in _LABELS.items():
        if getattr(row, column):
            say(f"  {label + ':':16} {getattr(row, column)}")
    if row.memory:
        say(f"  {'memory:':16} {row.memory}")
    if row.agent:
        role = "vqa" if row.kind == "vqa" else "localizer"
        say(f'  {"in Python:":16} Seal({role}="{row.agent}")')
        say(f'  {"in the shell:":16} seal doctor "{row.agent}" --as {role}')


def _agents() -> None:
    from ..agents.registry import known

    rows = [(kind, scheme, text) for kind in ("vqa", "localizer") for scheme, text in known(kind).items()]
    print_table(("kind", "name", "what it is"), rows, title="Agents that can be named here")
    note(
        "For photographs: a localizer of any phrase (hf:IDEA-Research/grounding-dino-tiny), or a fast one of common "
        "things (hf:PekingU/rtdetr_r50vd), and a VQA agent that sees (hf:Qwen/Qwen3-VL-4B-Instruct); the defaults know "
        "screens and documents."
    )
