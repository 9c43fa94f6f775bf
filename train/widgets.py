"""What the sorter learns: of which kind the finder's boxes are and whether they are on, from the finder's own boxes.

Boxes that the finder takes for widgets, right ones and wrong ones, are cut out once, and true ones, a little moved,
with them. A box is of the kind of the widget that it overlaps by IoU >= 0.5, none where it overlaps nothing by 0.3, and
left out in between. Its state is that of the same widget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ..agents.nano.look import decode, pad, pyramid, widget_crops
from ..agents.nano.network import GROUPS, Sorter
from ..agents.nano.vocabulary import WIDGETS
from ..memory.errors import InputError
from .loop import Job
from .measure import SIDE, covered, iou
from .start import load_start
from .tiles import Array, Page, Truth, cut, load_page

__all__ = ["WidgetSampler", "make_widget_pool", "sorter_job"]

_FIRST = GROUPS.index(1)
_NONE = len(WIDGETS)
MOST_RIGHT, MOST_WRONG = 45, 30
"""Boxes taken out of a view."""
MOST_PAGES = 1800


def make_widget_pool(
    files: tuple[Path, ...], finder: nn.Module, folder: Path, on_page: Callable[[], None] | None = None
) -> Path:
    """Cut boxes out of at most `MOST_PAGES` pages, into crops.npy (N, 32, 96, 3) uint8 and labels.npy (N, 2), kind and
    state (1, 0 or -1); the folder."""
    if (folder / "labels.npy").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    crops: list[Array] = []
    labels: list[Array] = []
    for number, file in enumerate(files[:: max(1, -(-len(files) // MOST_PAGES))]):
        rng = np.random.default_rng((11, number))
        for view, truth in _views(load_page(file), rng):
            cut_out, label = _labelled(view, truth, finder, rng)
            crops.append(cut_out)
            labels.append(label)
        if on_page:
            on_page()
    np.save(folder / "crops.npy", np.concatenate(crops))
    np.save(folder / "labels.npy", np.concatenate(labels))
    return folder


def _views(page: Page, rng: np.random.Generator) -> Iterator[tuple[Array, Truth]]:
    """The whole page scaled down, and a part of it at native resolution and between."""
    height, width = page.image.shape[:2]
    for scale in (min(1.0, SIDE / max(width, height)), 1.0, float(rng.uniform(0.5, 1.0))):
        w, h = (min(round(SIDE / scale), length) for length in (width, height))
        x, y = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
        yield cut(page, (x, y, w, h), (max(1, round(w * scale)), max(1, round(h * scale))), rng)


@torch.inference_mode()
def _labelled(view: Array, truth: Truth, finder: nn.Module, rng: np.random.Generator) -> tuple[Array, Array]:
    """Crops (N, 32, 96, 3) and labels (N, 2) out of one view."""
    image = torch.from_numpy(pad(view))[None].to(next(finder.parameters()).device)
    boxes, _, kinds, _ = (part.cpu() for part in decode(finder(image), (view.shape[1], view.shape[0])))
    seen = boxes[torch.tensor(GROUPS)[kinds] == 1].numpy()
    mine = np.array(GROUPS)[truth.kinds] == 1
    true, true_kinds = truth.boxes[mine], truth.kinds[mine] - _FIRST
    sides = np.tile(true[:, 2:] - true[:, :2], 2)
    moved = true + sides * np.clip(rng.normal(0, 0.05, true.shape), -0.12, 0.12)
    listed = np.concatenate([seen, moved]).astype(np.float32)
    overlaps = iou(listed, true)
    best = overlaps.max(1, initial=0.0)
    label = np.tile((_NONE, -1), (len(listed), 1))
    if len(true):
        label[best >= 0.5] = np.stack([true_kinds, truth.on[mine]], 1)[overlaps.argmax(1)][best >= 0.5]
    known = (best >= 0.5) | ((best < 0.3) & (covered(listed, truth.ignored) < 0.3))
    known &= (listed[:, 2:] - listed[:, :2]).min(1, initial=1e9) >= 3
    shuffled = rng.permutation(np.flatnonzero(known))
    is_none = label[shuffled, 0] == _NONE
    chosen = np.concatenate([shuffled[~is_none][:MOST_RIGHT], shuffled[is_none][:MOST_WRONG]])
    crops = widget_crops(pyramid(image), torch.from_numpy(listed[chosen]).to(image.device))
    return crops.cpu().numpy(), label[chosen]


class WidgetSampler:
    """`sampler(step)`: (B, 32, 96, 3) uint8 crops, (B,) kinds and (B,) states; rare kinds nearly as often as others.

    Raises InputError when the folder holds no pool.
    """

    def __init__(self, folder: Path, batch: int = 192, seed: int = 0) -> None:
        try:
            self.labels = np.load(folder / "labels.npy")
            self.crops = np.load(folder / "crops.npy", mmap_mode="r")
        except (OSError, ValueError) as error:
            raise InputError(f"{folder} holds no pool of widget crops ({error}).") from error
        self.batch, self.seed = batch, seed
        counts = np.bincount(self.labels[:, 0], minlength=_NONE + 1).astype(np.float64)
        shares = np.sqrt(counts)
        shares[-1] = shares[:-1].sum() / 3
        each = (shares / np.maximum(counts, 1))[self.labels[:, 0]]
        self._upto = np.cumsum(each) / each.sum()

    def __call__(self, step: int) -> tuple[Array, Array, Array]:
        rng = np.random.default_rng((self.seed, 13, step))
        chosen = np.minimum(np.searchsorted(self._upto, rng.random(self.batch)), len(self._upto) - 1)
        crops = np.stack([_recoloured(self.crops[i], rng) for i in chosen])
        return crops, self.labels[chosen, 0], self.labels[chosen, 1]


def _recoloured(crop: Array, rng: np.random.Generator) -> Array:
    """Contrast, brightness, tint, inversion, grey; half stay as they are."""
    if rng.random() < 0.5:
        return crop
    out: Array = crop.astype(np.float32)
    if rng.random() < 0.2:
        out = 255 - out
    if rng.random() < 0.2:
        out = np.repeat(out.mean(2, keepdims=True), 3, 2)
    if rng.random() < 0.7:
        out = out * rng.uniform(0.65, 1.2, 3) + rng.uniform(-30, 40)
    return np.clip(out, 0, 255).astype(np.uint8)


def sorter_job(
    folder: Path, seed: int = 0, batch: int = 192, start: Path | None = None
) -> Job[tuple[Array, Array, Array]]:
    """Training of the sorter on a pool of crops; start: weights to begin with, as `load_start` takes them."""
    network = Sorter()
    if start is not None:
        load_start(network, "sorter", start)
    return Job(
        network.to(memory_format=torch.channels_last),
        WidgetSampler(folder, batch, seed),
        _loss,
    )


def _loss(network: nn.Module, batch: tuple[Array, Array, Array]) -> dict[str, Tensor]:
    """Cross-entropy of kinds, and of states where a widget has one; the shares of both that are right."""
    device = next(network.parameters()).device
    crops, kinds, states = (torch.as_tensor(part).to(device) for part in batch)
    logits: Tensor = network(crops)
    stated = states >= 0
    on, wanted = logits[stated, -1], states[stated].float()
    kind = functional.cross_entropy(logits[:, :-1], kinds, label_smoothing=0.02)
    state = functional.binary_cross_entropy_with_logits(on, wanted) if len(on) else on.sum()
    with torch.no_grad():
        right = (logits[:, :-1].argmax(1) == kinds).float().mean()
        told = ((on > 0) == (wanted > 0.5)).float().mean() if len(on) else right
    return {"loss": kind + 0.5 * state, "right": right, "state": told}
