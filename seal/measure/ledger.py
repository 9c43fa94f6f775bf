"""The answers of a benchmark in a file, one line of JSON each: an interrupted run goes on where it ended.

- A line is written by one call, so that a killed run leaves at most one torn line, the last; it is dropped.
- Every line says which setup gave the answer. Answers of another setup, or to another question under the same name, are
  refused: a table of two setups means nothing.
- Cases that could not be read are noted too, and tried again.
- Answers that are taken over are judged anew: what is right may have been told more exactly meanwhile ("accept").
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..memory.errors import InputError
from ..orchestrator import Seal
from .cases import Case, Unreadable
from .report import MODES, CaseResult, Mode

__all__ = ["Resumed", "append", "differences", "resume", "setups"]

Setup = Mapping[str, Any]

ANEW = "Choose another file, or start anew with --fresh."


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a file holds already. torn: whether its last line was cut off, and is dropped."""

    done: Mapping[tuple[Mode, str], CaseResult]
    unreadable: frozenset[Unreadable]
    torn: bool = False


def setups(seal: Seal, baseline_side: int | None = None) -> dict[Mode, Setup]:
    """What the answers of each mode depend on, beside the questions; JSON values."""
    side = seal.localizer.capabilities.input_side if baseline_side is None else baseline_side
    common = {
        "seal": __version__,
        "vqa": seal.vqa.name,
        "localizer": seal.localizer.name,
        "budget": seal.budget.model_dump(mode="json"),
        "search": seal.search.model_dump(mode="json", exclude_defaults=True),
    }
    return {
        "search": common | {"policy": seal.policy.name},
        "no search": common | {"policy": "whole", "side": side},
    }


def differences(setup: Setup, now: Setup) -> str:
    """What differs between two setups, in words; "" where nothing does."""
    other = [key for key in sorted({*setup, *now}) if setup.get(key) != now.get(key)]
    return "; ".join(f"{key}: {setup.get(key)!r}, now {now.get(key)!r}" for key in other)


def resume(
    path: Path, wanted: Mapping[Mode, Setup], cases: Sequence[Case], fresh: bool = False, ours: bool = True
) -> Resumed:
    """The answers that `path` holds for these cases, after a check of all its lines; fresh: none, the file is emptied.

    Makes the file where there is none, and cuts off a torn last line; not ours: another process may write it now, so
    that it is read alone. Raises InputError when it cannot be read or
    written, holds anything but answers, or answers of another setup or to other questions.
    """
    try:
        if ours:
            with path.open("wb" if fresh else "ab"):
                pass
        data = path.read_bytes()
        whole = data[: data.rfind(b"\n") + 1]
        lines = [_read(path, i, line, wanted) for i, line in enumerate(whole.splitlines(), 1)]
        if (torn := whole != data) and ours:
            os.truncate(path, len(whole))
    except OSError as error:
        raise InputError(f"{path}: the answers cannot be kept here ({error.strerror}).") from error
    by_id = {case.id: case for case in cases}
    if len(by_id) < len(cases):
        doubled = next(c.id for i, c in enumerate(cases) if any(c.id == d.id for d in cases[:i]))
        raise InputError(
            f"{path}: answers are kept by kind and name, and {doubled} is the id of two questions; rename one."
        )
    done: dict[tuple[Mode, str], CaseResult] = {}
    unreadable = set()
    for number, line in enumerate(lines, 1):
        name = f"{line['kind']}/{line['name']}"
        if line["status"] == "unreadable":
            unreadable.add(Unreadable(line["kind"], line["name"], line["reason"]))
        elif (case := by_id.get(name)) is not None:
            options = list(case.options) or None  # which earlier versions did not write down
            kept = line["question"], line["expected"], line.get("options", options)
            if kept != (case.question, case.expected, options):
                raise InputError(
                    f"{path}, line {number}: {name} is another question there ({line['question'][:60]!r}). "
                    f"{ANEW}"
                )
            try:
                done[line["mode"], name] = CaseResult.from_dict(case, line)
            except (ValueError, TypeError) as error:
                raise InputError(f"{path}, line {number}: this is no answer of seal bench. {ANEW}") from error
    return Resumed(done, frozenset(unreadable), torn)


def append(path: Path, setup: Setup, mode: Mode, result: CaseResult | Unreadable, **more: object) -> None:
    """Write a result as one line, at once, with further fields. Raises InputError when it cannot be written whole."""
    record = {"mode": mode, **result.to_dict(), **more, "setup": setup}
    line = (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            written = os.write(file, line)
        finally:
            os.close(file)
    except OSError as error:
        raise InputError(f"{path}: the answers cannot be written ({error.strerror}).") from error
    if written < len(line):
        raise InputError(f"{path}: the answers cannot be written whole; is the disk full?")


def _read(path: Path, number: int, line: bytes, wanted: Mapping[Mode, Setup]) -> dict[str, Any]:
    """One line as it was written, of the wanted setup."""
    try:
        record = json.loads(line)
        texts = [record[key] for key in ("mode", "kind", "name", "status", "reason")]
        if record["status"] != "unreadable":
            texts += [record[key] for key in ("question", "expected", "answer")]
            int(record["hits"]) + int(record["targets"]) + int(record["looks"]) + float(record["seconds"])
        sound = all(isinstance(text, str) for text in texts) and record["mode"] in MODES
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise InputError(f"{path}, line {number}: this is no answer of seal bench. {ANEW}")
    setup, now = record.get("setup"), wanted[record["mode"]]
    if not isinstance(setup, dict):
        raise InputError(f"{path}, line {number}: this answer does not say which setup gave it. {ANEW}")
    if told := differences(setup, now):
        raise InputError(f"{path}: holds answers of another setup ({told}). {ANEW}")
    found: dict[str, Any] = record
    return found
