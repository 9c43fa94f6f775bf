"""The closed-form oracle that drove the recorded runs of the released V* search (tests/data/vstar_cases.json).

A target's score grows with its apparent size in the patch; cue and context maps are sums of Gaussian bumps. All
pseudo-randomness is SHA-256 of the case's seed and integers, so the recordings can be repeated anywhere.
`grid=None` renders maps at full resolution, as the released code saw them; a number renders that many cells a
side, as a model would.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seal.agents.contracts import Answer, Capabilities, Need, Sighting
from seal.agents.looker import Looker
from seal.memory.image import Image, Patch
from seal.memory.working import VisualWorkingMemory

PLACES = (
    "on the wooden desk.",
    "near the window and the door",
    "in the upper left corner",
    "close to the {name} rack.",
)
Bump = tuple[float, float, float, float]  # amplitude, centre x, centre y, sigma; image pixels
Rect = tuple[int, int, int, int]


class BlankPixels:
    """Pixels nobody reads: the oracle answers from coordinates."""

    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh

    def read(self, box: tuple[int, int, int, int], scale: float) -> Any:
        raise AssertionError("the oracle reads no pixels")


def blank_image(case: dict[str, Any]) -> Image:
    return Image(BlankPixels(tuple(case["image"])), case["id"], case["id"])


class VStarOracle(Looker):
    """Localizer and VQA agent of one recorded case, in one."""

    capabilities = Capabilities(input_side=768)
    input_side = 768

    def __init__(self, case: dict[str, Any], grid: int | None) -> None:
        self.name = case["id"]
        self.target = case["name"]
        self.size_wh = case["image"]
        self.p = case["oracle"]
        self.grid = grid
        self.context_phrases: list[str] = []

    def draw(self, tag: str, *numbers: int) -> float:
        text = "|".join([str(self.p["seed"]), tag, *(str(n) for n in numbers)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2.0**64

    # --- the localizer ------------------------------------------------------------------------------------

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        return [[self.sighting(patch, phrase) for phrase in phrases] for patch in patches]

    def sighting(self, patch: Patch, phrase: str) -> Sighting:
        _, _, w, h = rect = tuple(int(v) for v in patch.box.xywh)
        if phrase != self.target:
            self.context_phrases.append(phrase)
            return Sighting(cue=self.render(rect, self.context_bumps(rect)))
        centred, scores = self.candidates(rect)
        size = np.array([w, h, w, h], np.float32)
        half = centred[:, 2:] / 2
        boxes = np.concatenate([centred[:, :2] - half, centred[:, :2] + half], axis=1) * size
        return Sighting(boxes, scores, self.render(rect, self.cue_bumps(rect)))

    def candidates(self, rect: Rect) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        x, y, w, h = rect
        boxes: list[tuple[float, ...]] = []
        scores: list[float] = []
        if not self.p.get("no_candidates"):
            for target, best in zip(self.p["targets"], self.p["smax"], strict=True):
                share, seen = visible(target, rect)
                if share > 0:
                    x0, y0, x1, y1 = seen
                    boxes.append(
                        (((x0 + x1) / 2 - x) / w, ((y0 + y1) / 2 - y) / h, (x1 - x0) / w, (y1 - y0) / h)
                    )
                    size2 = relative_size(target[2], target[3], rect) ** 2
                    scores.append(best * share**2 * size2 / (size2 + self.p["r0"] ** 2))
            for j in range(self.p["n_dist"]):
                dx, dy, dw, dh, ds = (self.draw(tag, *rect, j) for tag in ("dx", "dy", "dw", "dh", "ds"))
                boxes.append((0.1 + 0.8 * dx, 0.1 + 0.8 * dy, 0.05 + 0.15 * dw, 0.05 + 0.15 * dh))
                scores.append(self.p["dmax"] * ds)
        return np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32)

    def cue_bumps(self, rect: Rect) -> list[Bump]:
        p, long = self.p, max(rect[2:])
        width, height = self.size_wh
        bumps: list[Bump] = []
        for target in p["targets"]:
            share, _ = visible(target, rect)
            if share > 0:
                size = relative_size(target[2], target[3], rect)
                centre = target[0] + target[2] / 2, target[1] + target[3] / 2
                bumps.append((p["cue"] * share * size / (size + p["rc"]), *centre, p["cue_sigma"] * long))
        for k in range(p["bumps"]):
            cx, cy = width * self.draw("bx", k), height * self.draw("by", k)
            if rect[0] <= cx < rect[0] + rect[2] and rect[1] <= cy < rect[1] + rect[3]:
                side = p["bump_size"] * math.sqrt(width * height) * (0.5 + self.draw("bs", k))
                size = relative_size(side, side, rect)
                strength = p["cue"] * p["bump_amp"] * (0.3 + 0.7 * self.draw("ba", k))
                bumps.append((strength * size / (size + p["rc"]), cx, cy, 0.7 * p["cue_sigma"] * long))
        return bumps

    def context_bumps(self, rect: Rect) -> list[Bump]:
        p = self.p
        width, height = self.size_wh
        bumps: list[Bump] = []
        for c in range(2):
            dx, dy = self.draw("cx", c), self.draw("cy", c)
            if p["targets"]:
                x, y, w, h = p["targets"][0]
                cx = min(max(x + w / 2 + (dx - 0.5) * 0.5 * width, 0), width)
                cy = min(max(y + h / 2 + (dy - 0.5) * 0.5 * height, 0), height)
            else:
                cx, cy = width * dx, height * dy
            bumps.append(
                (p["ctx"] * (0.5 + 0.5 * self.draw("ca", c)), cx, cy, p["ctx_sigma"] * max(rect[2:]))
            )
        return bumps

    def render(self, rect: Rect, bumps: list[Bump]) -> NDArray[np.float32]:
        x, y, w, h = rect
        columns, rows = (self.grid, self.grid) if self.grid else (w, h)
        xs = x + (np.arange(columns) + 0.5) * w / columns
        ys = y + (np.arange(rows) + 0.5) * h / rows
        slope = self.p["ramp"] / 3.0
        by_row = [np.ones_like(ys), 2 * slope * ys / self.size_wh[1]]
        by_column = [slope * xs / self.size_wh[0], np.ones_like(xs)]
        for strength, cx, cy, sigma in bumps:
            by_row.append(strength * np.exp(-((ys - cy) ** 2) / (2 * sigma**2)))
            by_column.append(np.exp(-((xs - cx) ** 2) / (2 * sigma**2)))
        return (np.stack(by_row, 1) @ np.stack(by_column, 0)).astype(np.float32)

    # --- the VQA agent ------------------------------------------------------------------------------------

    def where(self, patch: Patch, target: str) -> str:
        rect = tuple(int(v) for v in patch.box.xywh)
        place = PLACES[int(4 * self.draw("q", *rect))].format(name=target)
        return f"The {target} is most likely to appear {place}"

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        raise AssertionError("the oracle is asked for places only")

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        raise AssertionError("the oracle is asked for places only")


def visible(target: Sequence[float], rect: Rect) -> tuple[float, tuple[float, float, float, float]]:
    """Share of the target's area inside the patch, and that part as x0 y0 x1 y1 in image pixels."""
    x0, y0 = max(target[0], rect[0]), max(target[1], rect[1])
    x1 = min(target[0] + target[2], rect[0] + rect[2])
    y1 = min(target[1] + target[3], rect[1] + rect[3])
    if x1 <= x0 or y1 <= y0:
        return 0.0, (0.0, 0.0, 0.0, 0.0)
    return (x1 - x0) * (y1 - y0) / (target[2] * target[3]), (x0, y0, x1, y1)


def relative_size(width: float, height: float, rect: Rect) -> float:
    """Side of the thing relative to the patch, by area."""
    return math.sqrt(width * height / (rect[2] * rect[3]))
