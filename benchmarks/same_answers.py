"""Whether a change of the code changes answers: write what the embedded default says of folders of questions, compare.

    python benchmarks/same_answers.py write before.jsonl examples/questions examples/icons
    python benchmarks/same_answers.py compare before.jsonl after.jsonl

A line holds the answer, its confidence, cited crops, every target's box, score and text, what was not found, and how
many patches were looked at. It is written at once, question by question: an interrupted run goes on where it ended.
`compare` prints every question that differs, and ends with exit code 1 when there is one. To write what an older state
says, run this file with PYTHONPATH set to a checkout of it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

UNCOMPARED = ("seconds",)


def cases_of(folders: list[str]) -> Any:
    """The cases of the folders, whichever module of the installed state loads them."""
    for name in ("seal.measure.bench", "seal.bench"):
        try:
            module = import_module(name)
        except ModuleNotFoundError:
            continue
        return [(f"{folder}/{c.kind}/{c.name}", c) for folder in folders for c in module.load_cases(folder)]
    raise SystemExit("Neither seal.measure.bench nor seal.bench can be imported.")


def said(seal: Any, document: Any, case: Any) -> dict[str, Any]:
    """What the result of one case says, numbers rounded so that only real differences show."""
    result = seal.ask(document, case.question, case.shuffled(), page=case.page)
    return {
        "answer": result.answer,
        "status": result.status,
        "right": result.answer == case.answer,
        "confidence": round(result.confidence, 4),
        "reason": result.reason,
        "cites": list(result.cites),
        "targets": [
            [t.phrase, t.page, [round(v, 2) for v in t.box.xywh], round(t.score, 4), t.text]
            for t in result.targets
        ],
        "absent": [[a.phrase, round(a.seen, 4)] for a in result.absent],
        "looks": result.spend.looks,
        "patches": result.spend.patches,
        "lines": len(result.memory.lines),
        "facts": len(result.memory.facts),
    }


def write(out: Path, folders: list[str]) -> None:
    """Append what is missing in the file."""
    from seal import Budget, Seal
    from seal.memory.image import open_document

    seal, opened = Seal(budget=Budget(seconds=None)), None  # so that a busy machine changes nothing
    known = rows(out) if out.exists() else {}
    for name, case in cases_of(folders):
        if name in known:
            continue
        key = (case.image.resolve(), case.dpi)
        if opened is None or opened[0] != key:
            opened = (key, open_document(case.image, dpi=case.dpi))
        started = time.perf_counter()
        row = {"id": name, **said(seal, opened[1], case)}
        row["seconds"] = round(time.perf_counter() - started, 2)
        with out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def rows(path: Path) -> dict[str, dict[str, Any]]:
    """Id -> row."""
    return {row["id"]: row for row in map(json.loads, path.read_text("utf-8").splitlines())}


def compare(one: Path, other: Path) -> int:
    """Print what differs between two files; gives how many questions do."""
    before, after = rows(one), rows(other)
    missing = before.keys() ^ after.keys()
    differing = 0
    for name in sorted(before.keys() & after.keys()):
        a, b = before[name], after[name]
        keys = [k for k in a if k not in UNCOMPARED and a[k] != b.get(k)]
        differing += bool(keys)
        for key in keys:
            print(f"{name}: {key}\n  - {a[key]}\n  + {b.get(key)}")
    same = len(before.keys() & after.keys()) - differing
    right = [sum(r["right"] for r in each.values()) for each in (before, after)]
    print(
        f"{same} the same, {differing} differ, {len(missing)} in one file only; right {right[0]} -> {right[1]}"
    )
    return differing + len(missing)


def main() -> None:
    """Write or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, dest="command")
    writing = commands.add_parser("write")
    writing.add_argument("out", type=Path)
    writing.add_argument("folders", nargs="+")
    comparing = commands.add_parser("compare")
    comparing.add_argument("one", type=Path)
    comparing.add_argument("other", type=Path)
    given = parser.parse_args()
    if given.command == "write":
        write(given.out, given.folders)
    else:
        sys.exit(1 if compare(given.one, given.other) else 0)


if __name__ == "__main__":
    main()
