"""Fuzzing: inputs changed at random, in a child process, so that a hang or a crash is seen and named.

    python -m tests.fuzz --minutes 1                               all kinds, in turn
    python -m tests.fuzz --kind cache --minutes 5 --seed 7         one kind, from a seed on
    python -m tests.fuzz --kind cache --seed 123 --cases 1         a failure again, as it was printed
    python -m tests.fuzz --kept                                    what failed once, and nothing else

Every case has a seed of its own, the first one's plus its number. The seeds that failed are added to seeds.txt, and are
tried first the next time. Exit code 1 when a case failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, islice
from multiprocessing.connection import Connection
from pathlib import Path

from .child import child

SEEDS = Path(__file__).with_name("seeds.txt")
NAMES = ("image", "cache", "store", "replay", "reply", "question", "json")
START = 600.0
"""Seconds that a child may take to begin: it loads networks."""


@dataclass
class Tally:
    """What came of the cases of one kind. failed: (seed, what)."""

    tried: int = 0
    seconds: float = 0.0
    failed: list[tuple[int, str]] = field(default_factory=list)


def fuzz(kind: str, seeds: Iterator[int], seconds: float, limit: float) -> Tally:
    """Try seeds until the time is over; a child that hangs or dies is named, and followed by another one."""
    tally, started = Tally(), time.monotonic()
    spawn = multiprocessing.get_context("spawn")
    end = started + seconds
    said = Path(tempfile.mkdtemp(prefix="seal-fuzz-")) / "said"
    done = False
    while not done and time.monotonic() < end:
        pipe, other = spawn.Pipe()
        process = spawn.Process(target=child, args=(kind, other, str(said)), daemon=True)
        process.start()
        other.close()
        fault = told(process, pipe, START)
        if fault != "ready":
            tally.failed.append((-1, f"could not begin: {fault}; {' '.join(tail(said))}"))
            break
        if not tally.tried:
            end = time.monotonic() + seconds  # the start is not counted
        done = True
        for seed in seeds:
            pipe.send(seed)
            fault = told(process, pipe, limit)
            tally.tried += 1
            if fault:
                tally.failed.append((seed, fault))
                print(
                    f"  {kind}: {fault}\n    python -m tests.fuzz --kind {kind} --seed {seed} --cases 1",
                    flush=True,
                )
            if not process.is_alive():
                print("".join(f"    {line}\n" for line in tail(said)), end="", flush=True)
                done = False
                break
            if time.monotonic() > end:
                break
        if process.is_alive():
            pipe.send(None)
            process.join(10)
            process.kill()
        process.join()
    shutil.rmtree(said.parent)
    tally.seconds = time.monotonic() - started
    return tally


def tail(said: Path) -> list[str]:
    """The last lines that a child printed."""
    return said.read_text("utf-8", "replace").splitlines()[-12:] if said.exists() else []


def told(process: multiprocessing.process.BaseProcess, pipe: Connection, limit: float) -> str:
    """What the child says; a child that hangs is ended."""
    try:
        if pipe.poll(limit):
            return str(pipe.recv())
    except (EOFError, OSError):
        process.join(10)
        code = process.exitcode or 0
        return f"crash (signal {-code})" if code < 0 else f"crash (exit code {code})"
    process.kill()
    process.join()
    return f"hang (over {limit:g} s)"


def kept(kind: str) -> list[int]:
    """Seeds that failed before."""
    if not SEEDS.exists():
        return []
    lines = [line.split() for line in SEEDS.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [int(seed) for name, seed in lines if name == kind]


def keep(kind: str, seeds: Sequence[int]) -> None:
    """Add seeds to those that are tried first."""
    new = [seed for seed in seeds if seed >= 0 and seed not in kept(kind)]
    if not new:
        return
    with SEEDS.open("a", encoding="utf-8") as file:
        file.writelines(f"{kind} {seed}\n" for seed in new[:5])


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0, help="for all kinds together, loading aside")
    parser.add_argument("--seed", type=int, help="of the first case (default: from the clock)")
    parser.add_argument("--cases", type=int, help="cases of each kind at most")
    parser.add_argument(
        "--kind", choices=NAMES, action="append", help="may be given several times (default: all)"
    )
    parser.add_argument("--kept", action="store_true", help="only the seeds that failed once")
    parser.add_argument("--limit", type=float, default=30.0, help="seconds after which a case hangs")
    told_ = parser.parse_args(arguments)
    first = time.time_ns() // 1000 % 10**9 if told_.seed is None else told_.seed
    kinds = [kind for kind in told_.kind or NAMES if kept(kind) or not told_.kept]
    print(f"seed {first}", flush=True)
    tallies: dict[str, Tally] = {}
    for kind in kinds:
        new = iter(()) if told_.kept else count(first)
        seeds = new if told_.seed is not None else chain(kept(kind), new)
        tallies[kind] = fuzz(kind, islice(seeds, told_.cases), 60 * told_.minutes / len(kinds), told_.limit)
        keep(kind, [seed for seed, _ in tallies[kind].failed])
    print(f"\n{'kind':10} {'tried':>7} {'failed':>7} {'seconds':>8}")
    for kind, tally in tallies.items():
        print(f"{kind:10} {tally.tried:7} {len(tally.failed):7} {tally.seconds:8.1f}")
        for fault in sorted({fault for _, fault in tally.failed})[:5]:
            print(f"    {fault}")
    return int(any(tally.failed for tally in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
