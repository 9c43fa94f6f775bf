"""Search cases for the oracle of the recorded V* runs: the recorded ones, and fresh ones drawn like them.

A case is what `tests/vstar_oracle.py` takes: image size, name and oracle parameters. Kinds are those of the
recordings; parameters of a kind are drawn around the recorded ones.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

# ruff: noqa: E402
from vstar_oracle import BlankPixels, VStarOracle

from seal.agents.contracts import Capabilities, Sighting
from seal.agents.looker import Looker
from seal.measure.fitting import Trial, fit
from seal.memory.geometry import Box, split
from seal.memory.image import Image, Patch
from seal.search.calibration import Calibration, relative_cue
from seal.search.tree import smallest_side

__all__ = ["KINDS", "Oracle", "calibrate", "draw", "image_of", "leaf_side", "recorded", "shifted"]

SIZES = (
    (800, 600),
    (1280, 720),
    (1366, 768),
    (1920, 1080),
    (2048, 2048),
    (2481, 3509),
    (3840, 2160),
    (5000, 3333),
)
LARGE = ((7680, 4320), (4320, 7680), (7680, 4320))
LONG = ((4096, 1024), (6000, 1000), (1600, 800), (1440, 3200), (1007, 3019), (1000, 6000), (7680, 2160))
BASE: dict[str, Any] = {
    "r0": 0.05,
    "n_dist": 3,
    "dmax": 0.2,
    "cue": 12.0,
    "rc": 0.02,
    "cue_sigma": 0.08,
    "bumps": 4,
    "bump_amp": 0.7,
    "bump_size": 0.03,
    "ramp": 0.6,
    "ctx": 8.0,
    "ctx_sigma": 0.15,
}
KINDS: dict[str, dict[str, Any]] = {
    "at first sight": {"r0": 0.06, "root": True, "relative": (0.1, 0.2)},
    "deep": {},
    "deep, distracted": {"r0": 0.055, "bumps": 7, "bump_amp": 1.3, "bump_size": 0.05},
    "elongated": {"r0": 0.07, "long": True, "relative": (0.09, 0.2)},
    "never sure": {"r0": 0.02, "dmax": 0.15, "weak": True},
    "several": {"copies": 3},
    "weak cue": {"cue": 5.5},
    "absent": {"r0": 0.06, "dmax": 0.28, "bumps": 5, "copies": 0},
}
"""What differs from the deep case, per kind; relative: side of the target relative to the finest tree patch."""


def leaf_side(size_wh: Sequence[int], smallest: float | None = None) -> float:
    """sqrt(area) of the patches at which the released splitting ends."""
    box = Box(0, 0, *size_wh)
    smallest = smallest_side(box) if smallest is None else smallest
    while min(box.size_wh) > smallest:
        box = split(box)[0]
    return math.sqrt(box.area)


def draw(
    kind: str, seed: int, *, leaf: float | None = None, size_wh: tuple[int, int] | None = None
) -> dict[str, Any]:
    """One fresh case; every fourth is 8K. leaf: side of the finest view where it is not the released one."""
    rng = random.Random(f"{kind}|{seed}")
    spec = dict(KINDS[kind])
    long = spec.pop("long", False)
    width, height = rng.choice(LARGE if seed % 4 == 0 else LONG if long else SIZES)
    if size_wh is not None:
        width, height = size_wh
    low, high = spec.pop("relative", (0.07, 0.11))
    frame = math.sqrt(width * height) if spec.pop("root", False) else leaf or leaf_side((width, height))
    weak, copies = spec.pop("weak", False), spec.pop("copies", 1)
    targets, best = [], []
    for k in range(copies):
        side, shape = frame * rng.uniform(low, high), math.exp(rng.uniform(-0.45, 0.45))
        w, h = max(4, round(side * shape)), max(4, round(side / shape))
        targets.append([rng.randrange(0, width - w), rng.randrange(0, height - h), w, h])
        best.append(rng.uniform(0.39, 0.48) if weak else (0.97, 0.9, 0.93)[k])
    oracle = {**BASE, **spec, "targets": targets, "smax": best, "seed": rng.randrange(10**9)}
    return {
        "id": f"{kind}-{seed}",
        "name": f"thing {seed}",
        "kind": kind,
        "image": [width, height],
        "oracle": oracle,
    }


def shifted(case: dict[str, Any], seed: int) -> dict[str, Any]:
    """The case in a world that no likelihoods were fitted to: things 0.45 to 0.8 times as large, which need 1.4 times
    the apparent size, cues of 0.6 times the height, and twice as many distractors with scores up to 0.28."""
    rng = random.Random(f"shifted|{seed}")
    oracle = dict(case["oracle"])
    oracle |= {"n_dist": 6, "dmax": 0.28, "cue": 0.6 * oracle["cue"], "r0": 1.4 * oracle["r0"]}
    oracle["targets"] = [
        [x, y, *(max(4, round(side * shrink)) for side in (w, h))]
        for (x, y, w, h), shrink in ((t, rng.uniform(0.45, 0.8)) for t in oracle["targets"])
    ]
    return {**case, "oracle": oracle}


def recorded() -> list[dict[str, Any]]:
    """The 40 recorded cases."""
    cases = json.loads((ROOT / "tests" / "data" / "vstar_cases.json").read_text())["cases"]
    return [{**case, "kind": "recorded"} for case in cases]


def image_of(case: dict[str, Any]) -> Image:
    """Its image; nobody reads the pixels."""
    return Image(BlankPixels(tuple(case["image"])), case["id"], case["id"])


class Oracle(Looker):
    """The oracles of one or more cases on one image, as one localizer.

    floor: boxes with lower scores are kept back, as most detectors do.
    """

    def __init__(self, cases: Sequence[dict[str, Any]], grid: int = 96, floor: float = 0.0) -> None:
        self.name = "oracle" if not floor else f"oracle-from-{floor}"
        self.capabilities = Capabilities(input_side=768, smallest_px=48)
        self.oracles = {case["name"]: VStarOracle(case, grid) for case in cases}
        self.floor = floor

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        return [[self._sighting(patch, phrase) for phrase in phrases] for patch in patches]

    def _sighting(self, patch: Patch, phrase: str) -> Sighting:
        oracle = self.oracles.get(phrase) or next(iter(self.oracles.values()))
        s = oracle.sighting(patch, phrase)
        kept = s.scores >= self.floor
        return s if kept.all() else Sighting(s.boxes[kept], s.scores[kept], s.cue)

    def where(self, patch: Patch, target: str) -> str:
        return self.oracles[target].where(patch, target)


def calibrate(floor: float, seeds: range, leaf: float | None = None) -> Calibration:
    """Likelihoods of the oracle, fitted to looks at fresh cases of all kinds: pages, and random views of all scales."""
    trials = []
    for seed in seeds:
        for kind in KINDS:
            case = draw(kind, seed, leaf=leaf)
            rng = random.Random(seed)
            oracle, image = Oracle([case], 48, floor), image_of(case)
            for shrink in (1.0, 0.5, 0.25):
                trials += _trials(case, oracle, image, shrink, rng)
    return fit(oracle.name, trials, enlarges=True)


def _trials(
    case: dict[str, Any], oracle: Oracle, image: Image, shrink: float, rng: random.Random
) -> list[Trial]:
    w, h = (max(8, round(side * shrink)) for side in case["image"])
    targets = [Box(*t) for t in case["oracle"]["targets"]] or [None]
    target = targets[0]
    if target is None or rng.random() < 0.2:
        corner = rng.randint(0, case["image"][0] - w), rng.randint(0, case["image"][1] - h)
    else:
        corner = tuple(
            rng.randint(max(0, math.ceil(at + side - view)), max(0, min(math.floor(at), length - view)))
            if side < view
            else 0
            for at, side, view, length in zip(
                target.xywh[:2], target.xywh[2:], (w, h), case["image"], strict=True
            )
        )
    view = Box(*corner, w, h)
    sighting = oracle.locate([image.patch(view)], [case["name"]])[0][0]
    there = [t for t in targets if t is not None and view.contains(t)]
    boxes = image.patch(view).to_image(sighting.boxes)
    on = [max((t.iou(b) for t in targets if t is not None), default=0.0) >= 0.5 for b in boxes]
    scores = sighting.scores.tolist()
    spurious = tuple(s for s, hit in zip(scores, on, strict=True) if not hit)
    if not there:
        return [Trial(None, spurious=spurious)]
    shown = there[0]
    hits = [s for s, b in zip(scores, boxes, strict=True) if shown.iou(b) >= 0.5]
    cue = relative_cue(sighting.cue)
    row = int((shown.center[1] - view.y) / view.height * cue.shape[0])
    column = int((shown.center[0] - view.x) / view.width * cue.shape[1])
    elsewhere = np.random.default_rng(rng.randrange(10**9)).choice(cue.ravel(), 24)
    side = math.sqrt(shown.area) * 768 / max(view.size_wh)
    return [
        Trial(side, max(hits, default=None), float(cue[row, column]), spurious, tuple(elsewhere.tolist()))
    ]
