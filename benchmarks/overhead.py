"""CPU time that the search itself takes for a look at a 7680x4320 image, one target, without the localizer's.

python benchmarks/overhead.py [POLICY]       # ideal
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from seal.agents.contracts import Capabilities, Sighting, Target
from seal.agents.looker import Looker
from seal.memory.image import Patch, open_document
from seal.search.loop import search
from seal.search.policies import get_policy
from seal.settings import Budget, SearchSettings


class Noise(Looker):
    """A localizer that finds nothing and gives noise as cue maps. seconds: the CPU time spent in it."""

    name, capabilities = "noise", Capabilities(input_side=1536, smallest_px=12.0)

    def __init__(self) -> None:
        self.random, self.seconds = np.random.default_rng(0), 0.0

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """Cue maps of 96 x 96 cells."""
        started = time.process_time()
        cues = self.random.normal(-5, 1, (len(patches), len(phrases), 96, 96)).astype(np.float32)
        self.seconds += time.process_time() - started
        return [[Sighting(cue=cue) for cue in row] for row in cues]


def main() -> None:
    """Search three times, the first to warm up; print each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("policy", nargs="?", default="ideal")
    chosen = parser.parse_args()
    document = open_document(np.zeros((4320, 7680, 3), np.uint8))
    for _ in range(3):
        noise, started = Noise(), time.process_time()
        settings, budget = SearchSettings(), Budget(looks=60, seconds=None)
        policy = get_policy(chosen.policy)
        outcome = search(document, [Target("bell")], noise, policy=policy, settings=settings, budget=budget)
        spent = time.process_time() - started - noise.seconds
        print(
            f"{chosen.policy}: {len(outcome.steps)} looks, {1000 * spent / len(outcome.steps):.2f} ms a look"
        )


if __name__ == "__main__":
    main()
