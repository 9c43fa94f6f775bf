"""The ways in which models write boxes and points, and the way from them to ours and back. One table.

A convention is an order of numbers, a scale, and the frame that the numbers count in:

- original    the patch as it is, in its own pixels or as shares of its sides
- resized     the model's input, to which the patch was stretched (both sides on their own: "squashed")
- letterboxed the model's input, in which the patch lies scaled evenly and centred, with bars beside it
- padded      the model's input, in which the patch lies scaled evenly at the top left, padding right and below

Sources: model cards, and the code of transformers and supervision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ReplyError, SettingError
from .geometry import Box

__all__ = ["CONVENTIONS", "Convention", "convention", "from_box", "to_box", "to_patch"]

Order = Literal["xyxy", "yxyx", "xywh", "cxcywh", "point"]
Frame = Literal["original", "resized", "letterboxed", "padded"]


@dataclass(frozen=True, slots=True)
class Convention:
    """How numbers say where something is.

    order: xyxy (left, top, right, bottom), yxyx, xywh (left, top, width, height), cxcywh (centre and size) or
    point (x, y). full: the number that stands for a whole side of the frame (1, 100, 999, 1000, 1024), or None
    when the numbers are pixels of the frame. example: who writes so.
    """

    id: str
    order: Order
    full: float | None
    frame: Frame
    example: str = ""

    @property
    def count(self) -> int:
        """Numbers of one box or point."""
        return 2 if self.order == "point" else 4

    @property
    def needs_input(self) -> bool:
        """Whether the size of the model's input must be known."""
        return self.frame != "original" and self.full is None


CONVENTIONS: dict[str, Convention] = {
    c.id: c
    for c in (
        Convention(
            "xyxy_px_resized", "xyxy", None, "resized", "Qwen2.5-VL: bbox_2d, pixels after smart_resize"
        ),
        Convention("xyxy_1000", "xyxy", 1000, "original", "Qwen2-VL, Qwen3-VL, GLM-4.xV, InternVL"),
        Convention("yxyx_1000", "yxyx", 1000, "original", "Gemini: box_2d"),
        Convention("yxyx_1024_loc", "yxyx", 1024, "original", "PaliGemma: <locNNNN>"),
        Convention("xyxy_1000_loc", "xyxy", 1000, "original", "Florence-2: <loc_n>"),
        Convention("xyxy_999_det", "xyxy", 999, "original", "DeepSeek-VL2: <|ref|>..<|det|>"),
        Convention("xyxy_unit", "xyxy", 1, "original", "Moondream, Kosmos-2"),
        Convention(
            "xyxy_unit_letterboxed", "xyxy", 1, "letterboxed", "LLaVA-1.5: shares of the padded square"
        ),
        Convention("xyxy_100", "xyxy", 100, "original", "percent"),
        Convention("point_percent", "point", 100, "original", "Molmo"),
        Convention("point_1000", "point", 1000, "original", "Molmo2"),
        Convention("point_unit", "point", 1, "original", "Moondream: point"),
        Convention("yxyx_px_text", "yxyx", None, "resized", "Fuyu: <box>top, left, bottom, right</box>"),
        Convention("detector_px", "xyxy", None, "original", "detectors after post-processing; torchvision"),
        Convention("xywh_px", "xywh", None, "original", "COCO annotations"),
        Convention("cxcywh_unit", "cxcywh", 1, "original", "DETR and Grounding DINO, raw; YOLO labels"),
        Convention("cxcywh_unit_padded", "cxcywh", 1, "padded", "OWLv2, raw"),
        Convention("xyxy_px_letterboxed", "xyxy", None, "letterboxed", "YOLO exports, raw"),
    )
}
"""The known conventions by id."""


def convention(which: str | Convention) -> Convention:
    """The convention of that id. Raises SettingError, listing the known ones, for an unknown id."""
    if isinstance(which, Convention):
        return which
    if which not in CONVENTIONS:
        raise SettingError(
            f"There is no box convention {which!r}; known are {', '.join(sorted(CONVENTIONS))}."
        )
    return CONVENTIONS[which]


def _affine(
    c: Convention, patch_wh: tuple[float, float], input_wh: tuple[int, int] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(scale, offset), each (x, y): pixel of the patch = number * scale + offset."""
    w, h = patch_wh
    if not (w > 0 and h > 0):
        raise SettingError(f"A patch with an area is needed to convert boxes; got {w}x{h} px.")
    if c.needs_input and (input_wh is None or min(input_wh) <= 0):
        raise SettingError(f"The convention {c.id} needs the size of the model's input; got {input_wh}.")
    patch = np.array([w, h], np.float64)
    if c.frame == "original":
        return (np.ones(2) if c.full is None else patch / c.full), np.zeros(2)
    if c.frame == "resized":
        return patch / (np.array(input_wh, np.float64) if c.full is None else c.full), np.zeros(2)
    frame = np.array(input_wh or (1, 1), np.float64)  # shares of a square, whatever its size
    per_input = float((patch / frame).max())  # patch pixels a pixel of the input
    bars = (frame - patch / per_input) / 2 if c.frame == "letterboxed" else np.zeros(2)
    unit = np.ones(2) if c.full is None else frame / c.full
    return unit * per_input, -bars * per_input


def to_patch(
    values: ArrayLike,
    which: str | Convention,
    patch_wh: tuple[float, float],
    input_wh: tuple[int, int] | None = None,
) -> NDArray[np.float64]:
    """(N, 4) or (N, 2) numbers of a model -> (N, 4) float64 x0 y0 x1 y1, pixels of the patch, cut to it.

    patch_wh: the patch in full-resolution pixels. input_wh: the model's input in pixels, where the convention
    needs it; a letterboxed or padded frame counted in shares is taken for a square without it. Swapped corners
    are put in order; a point becomes a box without area. Raises ReplyError for numbers that are not finite or
    not of the convention's count, SettingError for an unknown convention.
    """
    c = convention(which)
    try:
        numbers = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise ReplyError(f"Boxes of {c.id} must be {c.count} numbers each; got {values!r:.200}.") from error
    if not numbers.size:
        numbers = numbers.reshape(0, c.count)
    if numbers.ndim != 2 or numbers.shape[1] != c.count:
        raise ReplyError(f"Boxes of {c.id} must be {c.count} numbers each; got an array of {numbers.shape}.")
    if not np.isfinite(numbers).all():
        raise ReplyError(f"Boxes of {c.id} must be finite numbers; got {numbers.tolist()!r:.200}.")
    if c.order == "yxyx":
        numbers = numbers[:, [1, 0, 3, 2]]
    elif c.order == "xywh":
        numbers = np.hstack([numbers[:, :2], numbers[:, :2] + numbers[:, 2:]])
    elif c.order == "cxcywh":
        numbers = np.hstack([numbers[:, :2] - numbers[:, 2:] / 2, numbers[:, :2] + numbers[:, 2:] / 2])
    elif c.order == "point":
        numbers = np.hstack([numbers, numbers])
    scale, offset = _affine(c, patch_wh, input_wh)
    corners = (numbers.reshape(-1, 2, 2) * scale + offset).clip(0, np.array(patch_wh, np.float64))
    result: NDArray[np.float64] = np.hstack([corners.min(1), corners.max(1)])
    return result


def to_box(
    values: Sequence[float] | NDArray[np.float32] | NDArray[np.float64],
    which: str | Convention,
    patch_box: Box,
    input_wh: tuple[int, int] | None = None,
) -> Box:
    """One box or point of a model, seen in the patch `patch_box`, as a box of the full image.

    Arguments and errors as in `to_patch`.

    >>> to_box([500, 250, 1000, 500], "yxyx_1000", Box(100, 0, 200, 80)).xywh
    (150.0, 40.0, 50.0, 40.0)
    """
    x0, y0, x1, y1 = to_patch([list(values)], which, patch_box.size_wh, input_wh)[0].tolist()
    return Box.from_xyxy(patch_box.x + x0, patch_box.y + y0, patch_box.x + x1, patch_box.y + y1)


def from_box(
    box: Box, which: str | Convention, patch_box: Box, input_wh: tuple[int, int] | None = None
) -> tuple[float, ...]:
    """A box of the full image as the numbers that a model which is shown `patch_box` would write (not rounded).

    A point convention gives the box's centre. The inverse of `to_box` for boxes inside the patch. Raises
    SettingError for an unknown convention, a missing `input_wh`, or a patch without area.
    """
    c = convention(which)
    scale, offset = _affine(c, patch_box.size_wh, input_wh)
    x0, y0, x1, y1 = box.shifted(-patch_box.x, -patch_box.y).xyxy
    (x0, y0), (x1, y1) = (((np.array(p) - offset) / scale).tolist() for p in ((x0, y0), (x1, y1)))
    centre = ((x0 + x1) / 2, (y0 + y1) / 2)
    return {
        "xyxy": (x0, y0, x1, y1),
        "yxyx": (y0, x0, y1, x1),
        "xywh": (x0, y0, x1 - x0, y1 - y0),
        "cxcywh": (*centre, x1 - x0, y1 - y0),
        "point": centre,
    }[c.order]
