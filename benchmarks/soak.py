"""Whether memory stays flat: many questions about the examples, one process, one `Seal`.

    python benchmarks/soak.py 1000               # examples/questions, again and again
    python benchmarks/soak.py 60 --of 12         # twelve of them

Prints the resident memory (MB), open files and threads every 50 questions, and at the end how much memory grew since
the first half, in which the networks are loaded and every page was seen once.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import threading
import time
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def resident() -> float:
    """Resident memory of this process, MB; where there is no /proc, the most that it ever was."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def held() -> str:
    """Open files and threads."""
    files = Path("/proc/self/fd")
    count = len(list(files.iterdir())) if files.exists() else -1
    return f"{count} open files, {threading.active_count()} threads"


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--of", type=int, default=1000, help="different questions at most")
    parser.add_argument("--every", type=int, default=50)
    chosen = parser.parse_args()
    from seal.measure.cases import load_cases
    from seal.orchestrator import Seal
    from seal.settings import Budget

    cases = sorted(load_cases(ROOT / "examples" / "questions"), key=lambda case: case.name)
    cases = cases[:: -(-len(cases) // chosen.of)]
    seal = Seal(budget=Budget(seconds=None, looks=20))
    print(f"{'questions':>9} {'seconds':>8} {'MB':>7}   {held()}", flush=True)
    sizes, started = [], time.monotonic()
    for number, case in enumerate(islice(cycle(cases), chosen.count), 1):
        seal.ask(case.image, case.question, list(case.options) or None, page=case.page)
        if number % chosen.every == 0 or number == chosen.count:
            gc.collect()
            print(f"{number:9} {time.monotonic() - started:8.0f} {resident():7.0f}   {held()}", flush=True)
        sizes.append(resident())
    first, rest = sizes[: len(sizes) // 2], sizes[len(sizes) // 2 :]
    print(f"\nthe second half over the first: {max(rest) - max(first):+.0f} MB of {max(first):.0f} MB")


if __name__ == "__main__":
    main()
