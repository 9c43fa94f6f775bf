"""One look of the nano localizer: everything that it sees in a view, whatever is asked for.

- The finder passes over the whole view: a table or a dialog is seen by all that is in it. Two smaller networks look at
  each icon and widget by itself, which takes longer; what they said of a crop they need not say again (`Known`).
- A crop gets the same answer to the bit whatever lies beside it: crops are looked at in batches of one size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import batched_nms, roi_align

from ...memory.kept import Kept, content_key
from .known import Known
from .network import CROP, GROUPS, KINDS, MARGIN, STRIDES, Sorter
from .siblings import Array, odd_one_out, rows_and_columns, supported
from .weights import Model

__all__ = [
    "Look",
    "Shown",
    "best_of",
    "blank_cells",
    "decode",
    "icon_crops",
    "look_at",
    "pad",
    "pyramid",
    "widget_crops",
    "widget_shares",
    "with_icons",
    "with_shares",
    "with_widgets",
]

LEAST_SCORE = (0.12, 0.05, 0.05)
"""Raw scores below are not kept: of icons and widgets, each of which a second network looks at, and of regions."""
LEAST_SIBLING, SELECTED = 0.2, 0.95
"""Raw score from which a tab or a menu entry is compared with its siblings; the state of the one that stands out."""
MOST = 1500
"""Boxes kept in a view, the best ones."""
_OVERLAP = (0.5, 0.6, 0.6)
"""IoU from which two boxes of a group (icons, widgets, regions of a kind) are one thing."""
_FIRST_WIDGET = GROUPS.index(1)
_IN_GROUPS = tuple(KINDS.index(kind) for kind in ("checkbox", "radio", "switch"))
_EDGE = 0.25
"""How much wider than the widget its crops are on each side, share of its shorter side."""
_BATCH = 16
"""Crops that a network looks at together: the last bit of what it says of one depends on their number."""
_GRID = 8
"""Boxes lie on an eighth of a pixel: far from what changed in a view the finder's numbers move in the last digits,
and the crops stay the same."""
_MULTIPLE = STRIDES[-1]
_PADDING = 114


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What is in a view.

    boxes: (N, 4) float32 xyxy, pixels of the view. scores: (N,) float32, raw. kinds: (N,) index in `KINDS`.
    on: (N,) float32 in [0, 1], how sure it is checked, chosen or selected. names: (icons, concepts) float16 in
    [0, 1], the shares of the concepts, a row for each box of kind "icon" in their order. size_wh: of the view.
    blank: (h, w) bool, cells of 16 pixels without any contrast. sorted: whether each widget was looked at by itself;
    else their kinds, scores and states are those of the finder.
    """

    boxes: Array
    scores: Array
    kinds: Array
    on: Array
    names: Array
    size_wh: tuple[int, int]
    blank: Array
    sorted: bool = True


def _shares(network: nn.Module, crops: Tensor, known: Kept[Array]) -> Tensor:
    """(N, columns) as of `_probabilities`. known: those of crops that were looked at; it grows."""
    keys = [content_key(crop) for crop in crops.cpu().numpy()]
    rows = {key: row for key in keys if (row := known.peek(key)) is not None}
    new = {key: i for i, key in enumerate(keys) if key not in rows}
    if new:
        told = _looked_at(network, crops[list(new.values())]).cpu().numpy()
        rows |= dict(zip(new, told, strict=True))
    shares = np.stack([known.get(key, partial(rows.__getitem__, key)) for key in keys])
    return torch.from_numpy(shares).to(crops.device)


def _looked_at(network: nn.Module, crops: Tensor) -> Tensor:
    full = torch.cat((crops, crops.new_zeros((-len(crops) % _BATCH, *crops.shape[1:]))))
    told = [_probabilities(network, network(batch)) for batch in torch.split(full, _BATCH)]
    return torch.cat(told)[: len(crops)]


def _probabilities(network: nn.Module, logits: Tensor) -> Tensor:
    """Of the classes but the last, which is "none"; of a sorter also that the widget is on, in the last column."""
    if isinstance(network, Sorter):
        return torch.cat((logits[:, :-1].softmax(1)[:, :-1], logits[:, -1:].sigmoid()), 1)
    return logits.softmax(1)[:, :-1]


@torch.inference_mode()
def look_at(view: NDArray[np.uint8], model: Model) -> Look:
    """Look at a view, (H, W, 3) uint8 RGB."""
    shown = Shown(view, model)
    return with_widgets(with_icons(shown, Known()), shown, Known())


class Shown:
    """A view before a model: pixels (H, W, 3) uint8 RGB, and on the model's device padded, `image` (1, H, W, 3)."""

    def __init__(self, pixels: NDArray[np.uint8], model: Model) -> None:
        self.pixels, self.model, self.padded = pixels, model, pad(pixels)
        self.image = torch.from_numpy(self.padded)[None].to(next(model.finder.parameters()).device)

    @cached_property
    def levels(self) -> list[Tensor]:
        """The `pyramid` that crops are cut from."""
        return pyramid(self.image)


@torch.inference_mode()
def with_icons(shown: Shown, known: Known) -> Look:
    """The look, but that widgets are what the finder took them for. known: what icons showed this model; it grows."""
    height, width = shown.pixels.shape[:2]
    boxes, scores, kinds, on = decode(shown.model.finder(shown.image), (width, height))
    boxes = (boxes * _GRID).round() / _GRID
    names = torch.zeros((0, len(shown.model.concepts)))
    if (kinds == 0).any():
        names = _shares(shown.model.namer, icon_crops(shown.levels, boxes[kinds == 0]), known.icons)
    arrays = [part.cpu().numpy() for part in (boxes, scores, kinds, on, names.half())]
    blank = blank_cells(shown.padded)
    return Look(arrays[0], arrays[1], arrays[2], arrays[3], arrays[4], (width, height), blank, sorted=False)


@torch.inference_mode()
def with_widgets(look: Look, shown: Shown, known: Known) -> Look:
    """The look of `with_icons` with every widget looked at by itself. known: what widgets showed; it grows."""
    return with_shares(look, widget_shares(look, shown, known), shown.pixels)


@torch.inference_mode()
def widget_shares(look: Look, shown: Shown, known: Known) -> NDArray[np.float32]:
    """(widgets, kinds of widgets + 1): what the sorter says of each widget of `with_icons`: its kind; that it is on.

    known: what widgets showed; it grows.
    """
    widgets = np.asarray(GROUPS)[look.kinds] == 1
    boxes = torch.from_numpy(look.boxes[widgets]).to(shown.image.device)
    if not len(boxes):
        return np.zeros((0, GROUPS.count(1) + 1), np.float32)
    told = _shares(shown.model.sorter, widget_crops(shown.levels, boxes), known.widgets)
    return np.asarray(told.cpu().numpy(), np.float32)


def with_shares(look: Look, told: NDArray[np.float32], pixels: NDArray[np.uint8]) -> Look:
    """The look of `with_icons` with what the sorter told of its widgets. pixels: (H, W, 3) of the view."""
    scores, kinds, on = look.scores.copy(), look.kinds.copy(), look.on.copy()
    widgets = np.asarray(GROUPS)[kinds] == 1
    if widgets.any():
        shares, state = told[:, :-1], told[:, -1]
        found = scores[widgets]
        kinds[widgets] = _FIRST_WIDGET + shares.argmax(1)
        scores[widgets] *= shares.max(1)
        for kind in _IN_GROUPS:
            mine = shares.argmax(1) == kind - _FIRST_WIDGET
            at = np.flatnonzero(widgets)[mine]
            on[at] = state[mine]
            chosen = on[at] >= 0.5 if KINDS[kind] == "radio" else None
            scores[at] = supported(look.boxes[at], found[mine], shares[mine].max(1, initial=0.0), chosen)
    _tell_selected(pixels, look.boxes, scores, kinds, on)
    return replace(look, scores=scores, kinds=kinds, on=on, sorted=True)


def _tell_selected(view: NDArray[np.uint8], boxes: Array, scores: Array, kinds: Array, on: Array) -> None:
    """Change the states of tabs and menu entries, in place, where one stands out among its siblings."""
    for kind in (KINDS.index("tab"), KINDS.index("menu item")):
        mine = np.flatnonzero((kinds == kind) & (scores >= LEAST_SIBLING))
        for group in rows_and_columns(boxes[mine]):
            odd = odd_one_out(view, boxes[mine[group]])
            if odd is not None:
                on[mine[group]] = 1 - SELECTED
                on[mine[group[odd]]] = SELECTED


def pad(view: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The view on grey, right and below, up to multiples of the coarsest stride."""
    height, width = view.shape[:2]
    padded = np.full(
        (-(-height // _MULTIPLE) * _MULTIPLE, -(-width // _MULTIPLE) * _MULTIPLE, 3), _PADDING, np.uint8
    )
    padded[:height, :width] = view
    return padded


def decode(maps: list[Tensor], size_wh: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Boxes (N, 4) xyxy, scores, kinds and states (N,) from the finder's maps of one view of that size."""
    found: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []
    groups = torch.tensor(GROUPS, device=maps[0].device)
    least = torch.tensor(LEAST_SCORE, device=maps[0].device)[groups]
    for level, stride in zip(maps, STRIDES, strict=True):
        scores = level[0, :, :, : len(KINDS)].sigmoid()
        rows, columns, kinds = torch.nonzero(scores > least, as_tuple=True)
        cell = level[0, rows, columns]
        sides = cell[:, len(KINDS) + 1 :].view(-1, 3, 4)[
            torch.arange(len(rows), device=cell.device), groups[kinds]
        ]
        middle = (torch.stack((columns, rows), 1) + 0.5) * stride
        boxes = torch.cat((middle - sides[:, :2], middle + sides[:, 2:]), 1)
        found.append((boxes, scores[rows, columns, kinds], kinds, cell[:, len(KINDS)].sigmoid()))
    boxes, scores, kinds, on = (torch.cat(column) for column in zip(*found, strict=True))
    limit = torch.tensor([*size_wh, *size_wh], device=boxes.device)
    boxes = torch.minimum(boxes.clamp(min=0), limit)
    inside = (boxes[:, 2:] - boxes[:, :2]).amin(1) >= 1
    boxes, scores, kinds, on = boxes[inside], scores[inside], kinds[inside], on[inside]
    chosen = best_of(boxes, scores, kinds)
    return boxes[chosen], scores[chosen], kinds[chosen], on[chosen]


def best_of(boxes: Tensor, scores: Tensor, kinds: Tensor) -> Tensor:
    """Indices of the best box of each thing, the surest first: boxes (N, 4) xyxy, scores and kinds (N,)."""
    groups = torch.tensor(GROUPS, device=boxes.device)
    kept: list[Tensor] = []
    for group, overlap in enumerate(_OVERLAP):
        members = torch.nonzero(groups[kinds] == group)[:, 0]
        apart = kinds[members] * (group == 2)  # a widget is of one kind, regions lie in one another
        kept.append(members[batched_nms(boxes[members], scores[members], apart, overlap)])
    chosen = torch.cat(kept)
    return chosen[scores[chosen].argsort(descending=True, stable=True)[:MOST]]


def pyramid(image: Tensor) -> list[Tensor]:
    """(1, H, W, 3) uint8 -> (1, 3, h, w) float, at full, half, ... and 1/32 of the size."""
    levels = [image.permute(0, 3, 1, 2).float().contiguous()]
    for _ in range(5):
        levels.append(functional.avg_pool2d(levels[-1], 2))
    return levels


def icon_crops(levels: list[Tensor], boxes: Tensor) -> Tensor:
    """(N, 32, 32, 3) uint8: the square around each box, wider by `MARGIN`."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) * (0.5 + MARGIN)
    return _sampled(levels, torch.cat((centre - half, centre + half), 1))


def widget_crops(levels: list[Tensor], boxes: Tensor) -> Tensor:
    """(N, 32, 96, 3) uint8 for the `Sorter`: each box squeezed, and the squares at its two ends."""
    short = (boxes[:, 2:] - boxes[:, :2]).amin(1, keepdim=True)
    edge = _EDGE * short
    first, last = boxes[:, :2], boxes[:, 2:]
    parts = (
        torch.cat((first - edge, last + edge), 1),
        torch.cat((first - edge, first + short + edge), 1),
        torch.cat((last - short - edge, last + edge), 1),
    )
    return torch.cat([_sampled(levels, part) for part in parts], 2)


def _sampled(levels: list[Tensor], places: Tensor) -> Tensor:
    """(N, 32, 32, 3) uint8: places (N, 4) xyxy at the crops' size, large ones out of a smaller image."""
    sides = (places[:, 2:] - places[:, :2]).clamp(min=1e-3).prod(1).sqrt()
    which = torch.log2(sides / 2 / CROP).floor().add(1).clamp(0, len(levels) - 1).int()
    crops = torch.empty((len(places), 3, CROP, CROP), device=places.device)
    for level, pixels in enumerate(levels):
        mine = which == level
        if mine.any():
            crops[mine] = roi_align(pixels, [places[mine]], CROP, 0.5**level, sampling_ratio=2, aligned=True)
    return crops.round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1)


def blank_cells(padded: NDArray[np.uint8]) -> Array:
    """(h, w) bool: cells of 16 pixels a side in which green varies by less than 12 of 255."""
    h, w = padded.shape[0] // 16, padded.shape[1] // 16
    cells = padded[:, :, 1].reshape(h, 16, w, 16)
    spread: Array = cells.max(axis=(1, 3)).astype(np.int16) - cells.min(axis=(1, 3))
    return spread < 12
