"""What a batch on a cluster of Ray does while its workers and one of its nodes are killed (`kill -9`).

    python benchmarks/batch_killed.py        # 300 items of 50 ms, two nodes; killed are six workers, and a node
    python benchmarks/batch_killed.py --items 60 --workers 2 --whole-nodes 0

Two nodes of two processors each are started on this machine, and ended; needs the extra ray. Printed: how many items
have a result, how often agents were asked (more often: work that was lost and done again), how many workers took part.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from batch_agents import asked, command, questions, results, start  # noqa: E402
from test_batch_killed import pids, wait_for  # noqa: E402
from test_batch_ray import Nodes  # noqa: E402


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--workers", type=int, default=6, help="worker processes that are killed")
    parser.add_argument("--whole-nodes", type=int, default=1, choices=(0, 1), help="nodes that are killed")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    chosen = random.Random(args.seed)
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryDirectory(dir="/tmp", ignore_cleanup_errors=True) as short,
    ):
        folder = Path(name)
        questions(folder, [f"q{i}" for i in range(args.items)])
        known = {
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(16),
            "RAY_TMPDIR": short,
            "RAY_USAGE_STATS_ENABLED": "0",
        }
        nodes = Nodes(folder, command(folder)[1] | known | {"SLOW_SECONDS": "0.05"})
        try:
            began = time.perf_counter()
            run = start(folder, "--ray", nodes.address, **known)
            hit = set[int]()
            for number in range(args.workers):
                wait_for(folder, round(args.items * (number + 0.5) / (args.workers + args.whole_nodes + 1)))
                alive = [pid for pid in pids(folder) - hit if Path(f"/proc/{pid}").exists()]
                victim = chosen.choice(sorted(alive))
                hit.add(victim)
                os.kill(victim, signal.SIGKILL)
            if args.whole_nodes:
                wait_for(folder, round(args.items * 0.8))
                nodes.kill(0)
            told, errors = run.communicate(timeout=600)
            seconds = time.perf_counter() - began
        finally:
            nodes.end()
        if run.returncode:
            raise SystemExit(errors)
        rows = results(folder)
        kept = list((folder / "out" / "items").glob("*.json"))
        print(told.split(" Results:")[0])
        print(f"items {args.items}, lines {len(rows)}, ids {len({r['id'] for r in rows})}, files {len(kept)}")
        print(
            f"asked {asked(folder).total()} times, at most {max(asked(folder).values())} an item, by "
            f"{len(pids(folder))} workers; killed: {args.workers} workers, {args.whole_nodes} node; {seconds:.1f} s"
        )


if __name__ == "__main__":
    main()
