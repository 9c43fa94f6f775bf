"""How well phrases find icons: of 40 on a page the right one, and none where none is there; the fit of the probability.

A page is forty icons of the sets in question, drawn at 14 to 30 px in any colours, and a phrase. Half of the pages have
an icon of that name, the others none; icons that have the phrase among their words besides are no part of a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..agents.nano.phrases import Phrases, Vectors
from .icon_looks import looks
from .icon_pack import BOTH, STYLE, TRAIN, WORDS, Icons

__all__ = ["POOLS", "Page", "fit", "found", "pages", "seen", "table"]

POOLS: Mapping[str, tuple[int, ...]] = {
    "style unseen": (STYLE, BOTH),
    "words unseen": (WORDS, TRAIN),
    "both unseen": (BOTH, STYLE),
}
"""Name -> splits: of the icon that is asked for, and of those beside it too."""
ON_PAGE = 40
LIMITS = (0.35, 0.6)
"""Probabilities from which something is told to be there."""


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """Rows of the icons on it, the phrase, and where among them the icon is that it names; -1: it is not there."""

    icons: NDArray[np.int64]
    phrase: str
    at: int


def pages(icons: Icons, pool: str, count: int, seed: int = 0) -> list[Page]:
    """Pages of a pool of `POOLS`, every other one with the icon that is asked for."""
    rng = np.random.default_rng((seed, 17))
    asked = rng.permutation(np.flatnonzero(icons.splits == POOLS[pool][0]))[:count]
    others = np.flatnonzero(np.isin(icons.splits, POOLS[pool]))
    made = []
    for number, icon in enumerate(asked.tolist()):
        phrase, own = icons.words[icon][0], set(icons.words[icon])
        around = [k for k in rng.choice(others, 2 * ON_PAGE).tolist() if not own & set(icons.words[k])]
        here = np.array(around[: ON_PAGE - 1])
        at = int(rng.integers(ON_PAGE)) if number % 2 == 0 else -1
        if at >= 0:
            here = np.insert(here, min(at, len(here)), icon)
        made.append(Page(here, phrase, at))
    return made


@torch.inference_mode()
def seen(
    network: nn.Module, icons: Icons, rows: Sequence[int], seed: int = 0, device: str = "cpu"
) -> Vectors:
    """(len(rows), D) float32: pictures of icons, each drawn once at random."""
    chance = torch.Generator(device).manual_seed(seed)
    parts = []
    for part in np.array_split(np.array(rows), max(1, len(rows) // 512)):
        drawn = (
            torch.from_numpy(icons.pictures[part]).to(device),
            torch.from_numpy(icons.plain[part]).to(device),
        )
        parts.append(network(looks(*drawn, chance, (14, 30))).float().cpu())
    return torch.cat(parts).numpy()


def fit(asked: Sequence[Page], phrases: Phrases, pictures: Mapping[int, Vectors]) -> tuple[float, ...]:
    """Weights of `Phrases.chances` (a logistic regression, Newton's method) for the icons of these pages."""
    rows, right = [], []
    for page in asked:
        rows.append(phrases.features(np.stack([pictures[i] for i in page.icons.tolist()]), page.phrase))
        right.append(np.arange(len(page.icons)) == page.at)
    x, y = np.concatenate(rows), np.concatenate(right).astype(np.float64)
    mean, spread = x[:, :-1].mean(0), x[:, :-1].std(0) + 1e-9
    scaled = np.concatenate(((x[:, :-1] - mean) / spread, x[:, -1:]), 1)
    beta = np.zeros(x.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ beta, -30, 30)))
        bend = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + 1e-3 * np.eye(len(beta))
        step = np.linalg.solve(bend, scaled.T @ (y - chance) - 1e-3 * beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    weights = beta[:-1] / spread
    return (*weights.tolist(), float(beta[-1] - weights @ mean))


def found(asked: Sequence[Page], phrases: Phrases, pictures: Mapping[int, Vectors]) -> NDArray[np.float64]:
    """(pages, 4) best probability, whether it is that of the icon asked for, whether there is one, and its rank."""
    rows = []
    for page in asked:
        chances = phrases.chances(np.stack([pictures[i] for i in page.icons.tolist()]), page.phrase)
        best = int(chances.argmax())
        rank = int((chances > chances[page.at]).sum()) if page.at >= 0 else -1
        rows.append((float(chances[best]), float(best == page.at), float(page.at >= 0), float(rank)))
    return np.array(rows)


def table(outcomes: NDArray[np.float64]) -> dict[str, float]:
    """Shares in [0, 1]: top 1 and top 3 where the icon is there, precision and recall at `LIMITS`, and how often
    something is told to be there where nothing is."""
    best, right, there, rank = outcomes.T
    is_there = there > 0
    row = {
        "pages": float(len(best)),
        "top 1": float((rank[is_there] < 1).mean()),
        "top 3": float((rank[is_there] < 3).mean()),
    }
    for limit in LIMITS:
        told = best >= limit
        row[f"precision {limit}"] = float(right[told].mean()) if told.any() else float("nan")
        row[f"recall {limit}"] = float((right * told)[is_there].mean())
        row[f"false {limit}"] = float(told[~is_there].mean())
    return row
