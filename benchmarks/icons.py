"""How well the open vocabulary of icons does: of 40 icons the one that a phrase names, and none where none is there.

    python benchmarks/icons.py RUN [--cache DIR] [--count 2000]

RUN: folder of `seal train icons`; its drawings are used, or gathered from the packages in the cache. Measured on icon
sets and on words that the training never saw; with the weights of the package, unless --weights names others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal.agents.nano.phrases import PICTURES, load_phrases
from seal.agents.nano.pictures import load_pictures
from seal.train.icon_measure import POOLS, found, pages, seen, table
from seal.train.icon_run import prepare
from seal.train.packages import default_cache


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--count", type=int, default=2000, help="pages of each pool")
    parser.add_argument("--weights", type=Path, default=PICTURES)
    parser.add_argument(
        "--every", type=int, default=40, help="of the drawings of the training one of so many"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that draw")
    chosen = parser.parse_args()
    icons = prepare(chosen.cache / "drawings", chosen.run, chosen.workers, every=chosen.every)
    phrases, network = load_phrases(chosen.weights), load_pictures(chosen.weights)
    asked = {pool: pages(icons, pool, chosen.count, seed=2) for pool in POOLS}
    rows = sorted({int(i) for made in asked.values() for page in made for i in page.icons})
    pictures = dict(zip(rows, seen(network, icons, np.array(rows), seed=2), strict=True))
    figures = {pool: table(found(made, phrases, pictures)) for pool, made in asked.items()}
    names = list(next(iter(figures.values())))
    print("| pool | " + " | ".join(names) + " |\n|---|" + "---:|" * len(names))
    for pool, row in figures.items():
        print(f"| {pool} | {row['pages']:.0f} | " + " | ".join(f"{row[n]:.3f}" for n in names[1:]) + " |")


if __name__ == "__main__":
    main()
