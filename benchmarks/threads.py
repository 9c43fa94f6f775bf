"""How much more one `Seal` answers when several threads use it, and what bounds that.

    python benchmarks/threads.py                  # 24 questions of examples/questions, 1 thread and 8
    python benchmarks/threads.py 40 --threads 4

Each row is a process of its own: networks loaded, nothing seen before. Every question is about the screen or document
that comes with it; threads take the next one when they are ready.

Cores: CPU seconds of the process by seconds of the clock, how many processors it keeps busy. One thread alone keeps
more than one busy, for the networks use all of them; many threads cannot be faster than that by more than what is left.
Where they stay below that, they wait for each other (the interpreter's lock), or do work twice, which the CPU seconds
show.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def measured(count: int, threads: int) -> dict[str, Any]:
    """Seconds, CPU seconds and the answers, of so many questions with so many threads."""
    from seal.measure.cases import load_cases
    from seal.orchestrator import Seal
    from seal.settings import Budget

    cases = sorted(load_cases(ROOT / "examples" / "questions"), key=lambda case: case.name)
    cases = [cases[i * len(cases) // count] for i in range(count)]
    seal = Seal(policy="vstar", budget=Budget(seconds=None, looks=20))
    seal.ask(
        ROOT / "examples" / "screens" / "stisla-posts.png", "What is the value next to 'Orders'?"
    )  # loads all

    def answer(index: int) -> str:
        case = cases[index]
        return seal.ask(case.image, case.question, list(case.options) or None, page=case.page).answer

    clock, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(answer, range(count)))
    seconds, spent = time.perf_counter() - clock, time.process_time() - cpu
    return {"seconds": seconds, "cpu": spent, "answers": answers}


def main() -> None:
    """Print a table, and the ratio with its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, nargs="?", default=24)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measured(chosen.count, chosen.one)))
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    rows = {}
    print("| threads | questions/s | seconds | CPU s a question | cores |\n|---:|---:|---:|---:|---:|")
    for threads in (1, chosen.threads):
        command = [sys.executable, __file__, str(chosen.count), "--one", str(threads)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows[threads] = told
        rate, busy = chosen.count / told["seconds"], told["cpu"] / told["seconds"]
        print(
            f"| {threads} | {rate:.2f} | {told['seconds']:.1f} | {told['cpu'] / chosen.count:.2f} | {busy:.2f} |",
            flush=True,
        )
    one, many = rows[1], rows[chosen.threads]
    bound = cores / (one["cpu"] / one["seconds"])
    print(
        f"\n{chosen.threads} threads are {one['seconds'] / many['seconds']:.2f} times as fast as one; with {cores} "
        f"cores they can be {bound:.2f} times. Same answers: {one['answers'] == many['answers']}."
    )


if __name__ == "__main__":
    main()
