"""What the pictures of icons and the words for them learn together: each picture beside its words, away from others.

- Contrastive (InfoNCE, both ways) over large batches; pairs whose words mean nearly the same are no negatives.
- A word's vector is a small network of what a general text encoder says of that word alone, which holds for words that
  no icon of the training has, and a part of its own, which is learned; a pair of neighbouring words may have one too.
  The part of its own is dropped at random, so that the network of the general one learns to do without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ..agents.nano.phrases import tokens
from ..agents.nano.pictures import SPACE, Pictures
from .icon_looks import looks
from .icon_pack import TRAIN, Icons
from .loop import Job

__all__ = ["Both", "Terms", "icons_job", "pairs_of"]

Rows = NDArray[np.int64]
_MOST_TERMS = 6
_SAME = 0.8
"""Likeness of words from which their pair is no negative."""


class Terms:
    """The words of phrases as rows of the tables. words, pairs: of the tables; row 0 of both stands for nothing."""

    def __init__(self, words: Sequence[str], pairs: Sequence[str]) -> None:
        self.words, self.pairs = tuple(words), tuple(pairs)
        self._word = {w: i + 1 for i, w in enumerate(words)}
        self._pair = {p: i + 1 for i, p in enumerate(pairs)}

    def rows(self, phrases: Sequence[str]) -> Rows:
        """(N, 11) int64: rows of up to six words, then of their five pairs."""
        out = np.zeros((len(phrases), 2 * _MOST_TERMS - 1), np.int64)
        for n, phrase in enumerate(phrases):
            said = tokens(phrase)[:_MOST_TERMS]
            for k, word in enumerate(said):
                out[n, k] = self._word.get(word, 0)
            for k, pair in enumerate(pairwise(said)):
                out[n, _MOST_TERMS + k] = self._pair.get(" ".join(pair), 0)
        return out


def pairs_of(icons: Icons, least: int = 5, most: int = 4000) -> list[str]:
    """Pairs of neighbouring words that drawings of several sets of the training have in their words."""
    sets: dict[str, set[str]] = {}
    count: Counter[str] = Counter()
    for split, name, words in zip(icons.splits, icons.sets, icons.words, strict=True):
        if split == TRAIN:
            for phrase in words:
                said = tokens(phrase)
                for pair in pairwise(said):
                    sets.setdefault(" ".join(pair), set()).add(name)
                    count[" ".join(pair)] += 1
    return [pair for pair, _ in count.most_common() if len(sets[pair]) >= least][:most]


class Both(nn.Module):
    """Pictures and words. general: (W, 384) float32, what the general encoder says of each word, centred."""

    def __init__(self, general: Tensor, pairs: int) -> None:
        super().__init__()
        self.pictures = Pictures()
        self.register_buffer("general", functional.pad(general, (0, 0, 1, 0)), persistent=False)
        self.known = nn.Sequential(nn.Linear(general.shape[1], 512), nn.GELU(), nn.Linear(512, SPACE))
        self.own = nn.Embedding(len(general) + 1, SPACE)
        self.pair = nn.Embedding(pairs + 1, SPACE)
        nn.init.zeros_(self.own.weight)
        nn.init.zeros_(self.pair.weight)
        self.sharpness = nn.Parameter(torch.tensor(2.7))
        self.bias = nn.Parameter(torch.zeros(()))

    def words(self, rows: Tensor, alone: Tensor | None = None) -> Tensor:
        """(N, 192) of length 1. rows: of `Terms`. alone: (N,) bool, those that do without parts of their own."""
        said, pairs = rows[:, :_MOST_TERMS], rows[:, _MOST_TERMS:]
        unique, back = said.unique(return_inverse=True)  # type: ignore[no-untyped-call]
        general = self.known(self.general[unique])[back]  # type: ignore[index]
        own = self.own(said) * (said > 0)[..., None]
        pair = (self.pair(pairs) * (pairs > 0)[..., None]).sum(1)
        if alone is not None:
            own, pair = own * ~alone[:, None, None], pair * ~alone[:, None]
        whole = ((general + own) * (said > 0)[..., None]).sum(1) + pair
        return functional.normalize(whole.float(), dim=1)

    def tables(self) -> tuple[Tensor, Tensor]:
        """Vectors of all words and of all pairs, (W, 192) and (P, 192)."""
        general = self.general
        assert isinstance(general, Tensor)
        return self.known(general[1:]) + self.own.weight[1:], self.pair.weight[1:]


class _Task:
    """Batches and loss; the pictures lie on the device."""

    def __init__(
        self, icons: Icons, terms: Terms, general: Tensor, batch: int, seed: int, device: str
    ) -> None:
        self.batch, self.seed, self.device = batch, seed, device
        mine = np.flatnonzero(icons.splits == TRAIN)
        phrases: dict[str, int] = {"": 0}
        listed = [[phrases.setdefault(w, len(phrases)) for w in icons.words[i]] for i in mine]
        most = max(map(len, listed))
        self.listed = torch.tensor([row + [0] * (most - len(row)) for row in listed], device=device)
        self.counts = np.array([len(row) for row in listed])
        self.rows = torch.from_numpy(terms.rows(list(phrases))).to(device)
        self.pictures = torch.from_numpy(icons.pictures[mine]).to(device)
        self.plain = torch.from_numpy(icons.plain[mine]).to(device)
        names = np.array([row[0] for row in listed])
        weights = 1 / np.sqrt(np.bincount(names)[names])
        self.upto = np.cumsum(weights) / weights.sum()
        padded = functional.pad(general, (0, 0, 1, 0)).to(device)
        summed = torch.cat([padded[part[:, :_MOST_TERMS]].sum(1) for part in torch.split(self.rows, 4096)])
        self.meaning = functional.normalize(summed, dim=1)
        known = (self.rows[:, :_MOST_TERMS] > 0).any(1).cpu().numpy()
        able = known[self.listed.cpu().numpy()]
        able[:, 0] |= ~able.any(1)
        self.able = able

    def sample(self, step: int) -> tuple[Rows, Rows, int]:
        rng = np.random.default_rng((self.seed, 11, step))
        chosen = np.minimum(np.searchsorted(self.upto, rng.random(self.batch)), len(self.upto) - 1)
        which = np.where(
            rng.random(self.batch) < 0.5, 0, (rng.random(self.batch) * self.counts[chosen]).astype(int)
        )
        which = np.where(self.able[chosen, which], which, self.able[chosen].argmax(1))
        return chosen, which, step

    def loss(self, network: nn.Module, batch: tuple[Rows, Rows, int]) -> dict[str, Tensor]:
        assert isinstance(network, Both)
        chosen, which, step = batch
        chance = torch.Generator(self.device).manual_seed(self.seed * 7_919_321 + step)
        icons, at = (torch.from_numpy(part).to(self.device, non_blocking=True) for part in (chosen, which))
        with torch.no_grad(), torch.autocast(torch.device(self.device).type, enabled=False):
            crops = looks(self.pictures[icons], self.plain[icons], chance)
            listed = self.listed[icons]
            said = listed.gather(1, at[:, None])[:, 0]
            same = (listed[:, :, None] == said).any(1)
            named = self.meaning[listed[:, 0]]
            meant = self.meaning[said]
            same |= torch.maximum(meant @ meant.T, named @ meant.T) > _SAME
            same.fill_diagonal_(False)
            alone = torch.rand(len(said), generator=chance, device=self.device) < 0.3
        seen, told = network.pictures(crops), network.words(self.rows[said], alone)
        with torch.autocast(torch.device(self.device).type, enabled=False):
            likeness = seen.float() @ told.float().T
            logits = (likeness * network.sharpness.clamp(max=4.2).exp()).masked_fill(same, -1e4)
            true = torch.arange(len(said), device=self.device)
            loss = (
                functional.cross_entropy(logits, true, label_smoothing=0.0)
                + functional.cross_entropy(logits.T, true)
            ) / 2
        with torch.no_grad():
            right = (logits.argmax(1) == true).float().mean()
        return {"loss": loss, "right": right}


def icons_job(
    icons: Icons, terms: Terms, general: Tensor, batch: int = 2048, seed: int = 0, device: str = "cpu"
) -> Job[tuple[Rows, Rows, int]]:
    """Training on the icons of the split `TRAIN`."""
    torch.manual_seed(seed)
    network = Both(general, len(terms.pairs)).to(memory_format=torch.channels_last)
    task = _Task(icons, terms, general, batch, seed, device)
    return Job(network, task.sample, task.loss)
