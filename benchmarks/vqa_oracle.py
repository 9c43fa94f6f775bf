"""Questions about generated pages with a localizer that knows the truth: reading and answering without detection.

seal pages --split eval --seed 9 --count 100 --out held
python benchmarks/vqa_oracle.py --pages held          # reader, nano-vqa; prints a Markdown table each
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seal import Seal
from seal.agents.registry import load_vqa
from seal.measure.bench import load_cases, run_bench
from seal.train.benchmark import Oracle, truths_in, write_cases

AGENTS = ("reader", "nano-vqa")


def main() -> None:
    """Write the questions, ask every agent all of them, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, required=True, help="folder of `seal pages`")
    parser.add_argument("--count", type=int, default=300, help="questions (default 300)")
    parser.add_argument("--seed", type=int, default=9, help="of the questions; that of the pages (default 9)")
    parser.add_argument("agents", nargs="*", default=AGENTS, help=f"VQA agents (default {' '.join(AGENTS)})")
    chosen = parser.parse_args()
    oracle = Oracle(truths_in(chosen.pages))
    with tempfile.TemporaryDirectory() as folder:
        write_cases(chosen.pages, Path(folder), chosen.count, chosen.seed)
        cases = sorted(load_cases(folder), key=lambda case: str(case.image))
        for name in chosen.agents:
            print(
                f"{name}\n\n{run_bench(cases, Seal(load_vqa(name), oracle), baseline=False).markdown()}\n",
                flush=True,
            )


if __name__ == "__main__":
    main()
