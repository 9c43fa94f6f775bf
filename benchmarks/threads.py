"""How much more one `Seal` answers when several threads use it, and what bounds that.

    python benchmarks/threads.py                  # 6 questions of examples/questions, 1 thread and 8
    python benchmarks/threads.py 40 --threads 4 --where

Each row is a process of its own: networks loaded, nothing seen before. Every question is about the screen or document
that comes with it; threads take the next one when they are ready.

Cores: CPU seconds of the process by seconds of the clock, how many processors it keeps busy. One thread alone keeps
more than one busy, for the networks use all of them; many threads cannot be faster than that by more than what is left.
Where they stay below that, they wait for each other (the interpreter's lock), or do work twice, which the CPU seconds
show. --where: the Python functions in which threads were found, looked at fifty times a second, by share of the busy
threads; whoever calls into a network or waits for a lock is found there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


@contextmanager
def watched() -> Iterator[Counter[str]]:
    """How often each function of ours, with the one that it called, was the innermost of a thread."""
    seen: Counter[str] = Counter()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            for number, frame in sys._current_frames().items():
                if number == threading.get_ident():
                    continue
                called = frame.f_code.co_name
                while frame is not None and not frame.f_code.co_filename.startswith(str(ROOT)):
                    frame = frame.f_back  # type: ignore[assignment]
                if frame is not None and Path(frame.f_code.co_filename) != Path(__file__):
                    code = frame.f_code
                    where = f"{Path(code.co_filename).stem}.{code.co_name}"
                    seen[where if called == code.co_name else f"{where} > {called}"] += 1

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def measured(count: int, threads: int, kind: str, where: bool) -> dict[str, Any]:
    """Seconds, CPU seconds and the answers, of so many questions with so many threads."""
    from seal.measure.cases import load_cases
    from seal.orchestrator import Seal
    from seal.settings import Budget

    cases = sorted(load_cases(ROOT / "examples" / "questions" / kind), key=lambda case: case.name)
    cases = [cases[i * len(cases) // count] for i in range(count)]
    seal = Seal(policy="vstar", budget=Budget(seconds=None, looks=20))
    seal.ask(
        ROOT / "examples" / "screens" / "stisla-posts.png", "What is the value next to 'Orders'?"
    )  # loads all

    def answer(index: int) -> str:
        case = cases[index]
        return seal.ask(case.image, case.question, list(case.options) or None, page=case.page).answer

    clock, cpu = time.perf_counter(), time.process_time()
    with watched() if where else nullcontext(Counter[str]()) as seen, ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(answer, range(count)))
    seconds, spent = time.perf_counter() - clock, time.process_time() - cpu
    return {
        "seconds": seconds,
        "cpu": spent,
        "answers": answers,
        "seen": seen.most_common(12),
        "all": seen.total(),
    }


def main() -> None:
    """Print a table, and the ratio with its bound."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, nargs="?", default=6)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--kind", default=".", help="a folder of examples/questions; of all kinds without it")
    parser.add_argument("--where", action="store_true", help="tell in which functions threads are")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measured(chosen.count, chosen.one, chosen.kind, chosen.where)))
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    rows = {}
    print("| threads | questions/s | seconds | CPU s a question | cores |\n|---:|---:|---:|---:|---:|")
    for threads in (1, chosen.threads):
        command = [
            sys.executable,
            __file__,
            str(chosen.count),
            "--one",
            str(threads),
            *["--where"] * chosen.where,
        ]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        rows[threads] = told
        rate, busy = chosen.count / told["seconds"], told["cpu"] / told["seconds"]
        print(
            f"| {threads} | {rate:.2f} | {told['seconds']:.1f} | {told['cpu'] / chosen.count:.2f} | {busy:.2f} |",
            flush=True,
        )
    for threads, told in rows.items():
        for name, times in told["seen"]:
            print(f"{threads} threads: {times / told['all']:6.1%} {name}")
    one, many = rows[1], rows[chosen.threads]
    bound = cores / (one["cpu"] / one["seconds"])
    print(
        f"\n{chosen.threads} threads are {one['seconds'] / many['seconds']:.2f} times as fast as one; with {cores} "
        f"cores they can be {bound:.2f} times. Same answers: {one['answers'] == many['answers']}."
    )


if __name__ == "__main__":
    main()
