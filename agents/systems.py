"""Every system that may be asked for, by name: what it is, and how, or why not, it is plugged in.

The table is `systems.csv` beside this file, one line a system; `docs/models.md` is printed from it.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from itertools import groupby
from typing import Literal, get_args

from ..memory.errors import InputError

__all__ = ["KINDS", "STATES", "System", "find", "markdown", "systems"]

SystemKind = Literal["vqa", "localizer", "contrastive", "encoder", "technique", "paper", "dataset", "tool"]
State = Literal["works", "native", "server", "refused", "no model"]

KINDS: dict[str, str] = {
    "vqa": "Models that answer",
    "localizer": "Models that find",
    "contrastive": "Contrastive models: scorers of patches",
    "encoder": "Vision encoders",
    "technique": "Techniques",
    "paper": "Papers and training code",
    "dataset": "Datasets",
    "tool": "Libraries, servers and reading",
}
STATES: dict[str, str] = {
    "works": "the tests run it, or its architecture on a tiny checkpoint with random weights",
    "native": "the installed library has its class; no test runs it",
    "server": "only through a server",
    "refused": "cannot be plugged in; the note says why",
    "no model": "nothing that could be plugged in",
}


@dataclass(frozen=True, slots=True)
class System:
    """One system. Empty fields: not known, or nothing to say.

    agent: what to pass as `vqa=` or `localizer=`; URL, FILE and CHECKPOINT are yours to fill in. parameters, vision,
    projection, language: size and parts. images: how many at a time. boxes: how it writes boxes or points.
    licence: of the weights, as far as known; the model card decides. route: what runs it. family: which tiny
    checkpoint the tests run for it. Parameters of closed-set detectors are those of their class's default
    configuration.
    """

    name: str
    kind: SystemKind
    state: State
    agent: str
    parameters: str
    vision: str
    projection: str
    language: str
    images: str
    boxes: str
    licence: str
    route: str
    family: str
    note: str

    @property
    def memory(self) -> str:
        """What its weights take, in 16 and in 32 bits a number; "" where the parameters are not one number."""
        size = re.match(r"(\d+(?:\.\d+)?)([MBT])(?![\w×])", self.parameters)
        if size is None:
            return ""
        gigabytes = float(size[1]) * {"M": 1e-3, "B": 1.0, "T": 1e3}[size[2]]
        return f"{2 * gigabytes:.3g} GB in 16 bits, {4 * gigabytes:.3g} GB in 32; images come on top"


@functools.cache
def systems() -> tuple[System, ...]:
    """The whole table, in its order: by kind, relatives side by side."""
    text = (files(__package__) / "systems.csv").read_text("utf-8")
    rows = [System(**row) for row in csv.DictReader(text.splitlines())]  # type: ignore[arg-type]
    return tuple(sorted(rows, key=lambda row: get_args(SystemKind).index(row.kind)))


def find(name: str) -> tuple[System, ...]:
    """The systems that `name` means: the one so called or so passed, else all whose name or string, else all whose
    note, holds it.

    Raises InputError, naming the nearest, when there is none.
    """
    wanted = name.strip().casefold()
    found = [s for s in systems() if wanted in (s.name.casefold(), s.agent.casefold(), _model(s.agent))]
    found = found or [s for s in systems() if wanted in f"{s.name}\n{s.agent}".casefold()]
    found = found or [s for s in systems() if wanted in s.note.casefold()]
    if not found or not wanted:
        names = {s.name.casefold(): s.name for s in systems()}
        near = ", ".join(names[key] for key in get_close_matches(wanted, names, 3, 0.5))
        raise InputError(
            f"There is no row for {name!r}.{f' Near it: {near}.' if near else ''} Any image-text-to-text model of "
            "transformers may still do: hf:OWNER/NAME; any server: openai:MODEL@URL."
        )
    return tuple(found)


def _model(agent: str) -> str:
    """hf:A/b -> a/b; openai:A/b@URL -> a/b"""
    return agent.casefold().partition(":")[2].partition("@")[0]


_COLUMNS = {
    "name": "system",
    "parameters": "parameters",
    "vision": "vision encoder",
    "projection": "projection",
    "language": "language model",
    "state": "state",
    "route": "route",
    "images": "images",
    "boxes": "boxes",
    "licence": "licence",
    "agent": "pass",
    "note": "note",
}


def markdown(rows: Sequence[System]) -> str:
    """The rows as a page: a table a kind, with the columns that have anything in them."""
    counts = [f"- **{s}** ({sum(r.state == s for r in rows)}): {what}." for s, what in STATES.items()]
    lines = [
        "# Models",
        "",
        "Printed by `seal models --markdown`. One system: `seal models NAME`. What can be named: `seal models`.",
        "Rows say how a system is plugged in, never how good it is. Empty cells: not known.",
        "",
        *counts,
    ]
    for kind, group in groupby(rows, key=lambda row: row.kind):
        members = list(group)
        used = [c for c in _COLUMNS if c != "state" or kind in ("vqa", "localizer", "contrastive", "encoder")]
        used = [c for c in used if any(getattr(row, c) for row in members)]
        lines += ["", f"## {KINDS[kind]}", "", _row([_COLUMNS[c] for c in used]), _row(["---"] * len(used))]
        lines += [_row([_cell(row, c) for c in used]) for row in members]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: System, column: str) -> str:
    text = str(getattr(row, column)).replace("|", "\\|")
    return f"`{text}`" if text and (column == "agent" or "<" in text) else text
