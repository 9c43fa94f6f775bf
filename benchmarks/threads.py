"""How much more one `Seal` answers when several threads use it, and what bounds that.

    python benchmarks/threads.py                  # 24 questions of examples/questions, 1 thread and 8
    python benchmarks/threads.py 40 --threads 4

Each row is a process of its own: networks loaded, nothing seen before. Every question is about the screen or document
that comes with it; threads take the next one when they are ready.

Networks use all cores for one question already; what is left to more threads is the time in which the program itself
is at work, which is one thread at a time (the interpreter's lock). With P CPU seconds of it among C a question,
n threads on n cores are 1 + (n - 1) P / C times as fast as one at best. P is measured: the CPU seconds that are spent
neither in a call of onnxruntime or torch nor by a thread of theirs. These figures hold on a machine that is not idle,
too; the ratio of the clock does not. More CPU seconds a question with more threads are work that is done twice.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


class Networks:
    """CPU seconds in calls of networks, in whatever thread, and of the threads that networks have of their own."""

    def __init__(self) -> None:
        import onnxruntime
        import torch

        self.called, self._lock, self._inside = 0.0, threading.Lock(), threading.local()
        onnxruntime.InferenceSession.run = self._timed(onnxruntime.InferenceSession.run)
        torch.nn.Module.__call__ = self._timed(torch.nn.Module.__call__)

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*values: Any, **named: Any) -> Any:
            if getattr(self._inside, "yes", False):
                return call(*values, **named)
            self._inside.yes, started = True, time.thread_time()
            try:
                return call(*values, **named)
            finally:
                self._inside.yes = False
                with self._lock:
                    self.called += time.thread_time() - started

        return timed

    def seconds(self) -> float:
        """Until now; threads of networks are those that Python knows nothing of."""
        ours = {str(thread.native_id) for thread in threading.enumerate()}
        foreign = (task for task in Path("/proc/self/task").iterdir() if task.name not in ours)
        stats = [(task / "stat").read_text().rpartition(")")[2].split() for task in foreign]
        ticks = sum(int(stat[11]) + int(stat[12]) for stat in stats)
        return self.called + ticks / os.sysconf("SC_CLK_TCK")


def measured(count: int, threads: int) -> dict[str, Any]:
    """Seconds, CPU seconds, those of networks, and the answers, of so many questions with so many threads."""
    from seal.measure.cases import load_cases
    from seal.orchestrator import Seal
    from seal.settings import Budget

    cases = sorted(load_cases(ROOT / "examples" / "questions"), key=lambda case: case.name)
    cases = [cases[i * len(cases) // count] for i in range(count)]
    networks = Networks()
    seal = Seal(policy="vstar", budget=Budget(seconds=None, looks=20))
    seal.ask(
        ROOT / "examples" / "screens" / "stisla-posts.png", "What is the value next to 'Orders'?"
    )  # loads all

    def answer(index: int) -> str:
        case = cases[index]
        return seal.ask(case.image, case.question, list(case.options) or None, page=case.page).answer

    clock, cpu, inside = time.perf_counter(), time.process_time(), networks.seconds()
    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(answer, range(count)))
    seconds, spent = time.perf_counter() - clock, time.process_time() - cpu
    return {"seconds": seconds, "cpu": spent, "networks": networks.seconds() - inside, "answers": answers}


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
    print(
        "| threads | questions/s | seconds | CPU s a question | of it outside networks |\n|---:|---:|---:|---:|---:|"
    )
    for threads in (1, chosen.threads):
        command = [sys.executable, __file__, str(chosen.count), "--one", str(threads)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        told["own"] = told["cpu"] - told["networks"]
        rows[threads] = told
        rate, cpu, own = (
            chosen.count / told["seconds"],
            told["cpu"] / chosen.count,
            told["own"] / chosen.count,
        )
        print(f"| {threads} | {rate:.2f} | {told['seconds']:.1f} | {cpu:.2f} | {own:.2f} |", flush=True)
    one, many = rows[1], rows[chosen.threads]
    most = min(cores, chosen.threads)
    print(
        f"\n{chosen.threads} threads are {one['seconds'] / many['seconds']:.2f} times as fast as one by the clock; "
        f"with {cores} cores they can be {1 + (most - 1) * one['own'] / one['cpu']:.2f} times. "
        f"Same answers: {one['answers'] == many['answers']}."
    )


if __name__ == "__main__":
    main()
