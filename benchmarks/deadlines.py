"""Seconds asked for and seconds taken: does an answer come when its time is over?

python benchmarks/deadlines.py [--only embedded|cold|foreign|servers|bombs] [--seconds 0.5 2 5 10]

embedded: the default agents on 4K screens, a page of A4 at 300 dpi and a PDF, once their models are loaded. cold: the
first question of a process, which loads them. foreign: a localizer of which every look takes 12 s, and that knows
nothing of deadlines. servers: one that never answers, and one that gives a byte each half second, on this machine.
bombs: PDFs that are made to take forever.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

# ruff: noqa: E402

from bombs import draws_itself, nested_forms, one_of_three
from stub_server import Stub, serving

from seal import Budget, Seal
from seal.agents.contracts import Capabilities, Sighting
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.memory.errors import ImageError
from seal.memory.image import Patch

EXAMPLES = ROOT / "examples"
CASES = (
    (
        "4K screen, text",
        EXAMPLES / "screens/stisla-tables.png",
        "What is the due date of Redesign homepage in the Sortable Table?",
    ),
    ("4K screen, no such button", EXAMPLES / "screens/soft-ui-billing.png", "Is there a button 'Export'?"),
    (
        "A4 at 300 dpi",
        EXAMPLES / "documents/cfitsio-status-codes.png",
        "What is the status code of FILE_NOT_OPENED?",
    ),
    ("PDF, no such heading", EXAMPLES / "documents/mpich-user-guide.pdf", "Is there a heading 'Zebras'?"),
)
WARM = np.full((480, 640, 3), 255, np.uint8)
COLUMNS = "case", "asked, s", "taken, s", "over, s", "load, s", "looks", "stopped", "status"


class SlowLooks:
    """A localizer like somebody else's: every look takes 12 s, whatever the time."""

    name, capabilities = "slow", Capabilities(input_side=1536)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """Nothing, late."""
        time.sleep(12)
        return [[Sighting() for _ in phrases] for _ in patches]


def report(case: str, seconds: float, seal: Seal, image: object, question: str) -> None:
    """Ask, and print a row of the table; a file that is refused, for what it would take, has no looks."""
    started = time.perf_counter()
    told = ["0.00", "-", "-", "refused"]
    try:
        result = seal.ask(image, question, budget=Budget(seconds=seconds))
        load = result.spend.seconds.get("load", 0.0)
        told = [f"{load:.2f}", str(result.spend.looks), result.stopped, result.status]
    except ImageError:
        pass
    taken = time.perf_counter() - started
    row = [case, f"{seconds:g}", f"{taken:.2f}", f"{max(0.0, taken - seconds):.2f}", *told]
    print(f"| {' | '.join(row)} |", flush=True)


def forget() -> None:
    """Empty what the embedded agents remember of pictures."""
    from seal.agents import ocr

    ocr.forget()


def embedded(budgets: Sequence[float]) -> None:
    """Rows of the default agents, every one on its own, nothing remembered but how long things take."""
    seal = Seal()
    seal.ask(WARM, "Is there a bell icon?")
    seal.ask(WARM, "Is there a label 'Total'?")
    for case, path, question in CASES:
        for seconds in budgets:
            forget()
            report(case, seconds, Seal(seal.vqa, "fused:ocr+nano"), str(path), question)


def cold(seconds: float) -> None:
    """One question, in a process that has loaded nothing."""
    case, path, question = CASES[1]
    report(f"{case}, cold", seconds, Seal(), str(path), question)


def foreign() -> None:
    """Rows of a slow localizer: the second question finds it still busy."""
    seal = Seal(ScriptedVQA([["bell"]] * 2, ["no"] * 2), SlowLooks())
    for case in ("a look of 12 s", "the same, again"):
        report(case, 2.0, seal, WARM, "Is there a bell?")


def servers() -> None:
    """Rows of servers that do not answer in time."""
    for case, late in (("hanging server", {"pause": 30.0}), ("dripping server", {"drip": 0.5})):
        stub = Stub()
        with serving(stub) as url:
            seal = Seal(f"openai:tiny@{url}", FakeLocalizer({}, capabilities=Capabilities(input_side=512)))
            for name, value in late.items():
                setattr(stub, name, value)
            report(case, 2.0, seal, WARM, "Is there a bell?")


def bombs() -> None:
    """Rows of PDFs that take forever: alone, and one page of three."""
    seal = Seal()
    seal.ask(WARM, "Is there a label 'Total'?")
    for make in (draws_itself, nested_forms, one_of_three):
        for seconds in (2.0, 10.0):
            report(make.__name__, seconds, seal, make(), "Is there a heading 'Zebras'?")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("embedded", "cold", "foreign", "servers", "bombs", "row"))
    parser.add_argument("--seconds", type=float, nargs="+", default=[0.5, 2.0, 5.0, 10.0])
    chosen = parser.parse_args()
    if chosen.only == "row":  # of the cold process
        cold(chosen.seconds[0])
        return
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    if chosen.only in (None, "embedded"):
        embedded(chosen.seconds)
    if chosen.only in (None, "cold"):
        subprocess.run([sys.executable, __file__, "--only", "row", "--seconds", "2"], check=True)
    if chosen.only in (None, "foreign"):
        foreign()
    if chosen.only in (None, "servers"):
        servers()
    if chosen.only in (None, "bombs"):
        bombs()


if __name__ == "__main__":
    main()
