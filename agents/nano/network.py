"""The three networks of the nano localizer, in plain torch.

- `Finder`: where icons, widgets and regions are. One fully convolutional pass over a view of any size; classes of
  widgets and regions, but of icons only that they are there.
- `Namer`: which concept an icon shows, from a small crop around its box. Telling 200 concepts apart is learnt from
  crops at a hundredth of the cost of learning it on pages.
- `Sorter`: of which kind a widget is, or that it is none, and whether it is on, from three crops. What tells a select
  from an input is a mark at its end, few pixels far from the cell that answers for it; a tick is few pixels itself.

Convolutions with folded-in batch norm and ReLU only; the stem reads blocks of 4 x 4 pixels, so that no map is ever
larger than a quarter of the view. Boxes are predicted as distances from the cell's centre to the four sides
(FCOS, arXiv 1904.01355), scores as the expected overlap with the truth (generalized focal loss, arXiv 2006.04388).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from .vocabulary import REGIONS, WIDGETS

__all__ = ["CROP", "Finder", "GROUPS", "KINDS", "MARGIN", "Namer", "STRIDES", "Sorter", "blocks", "fold"]

KINDS = ("icon", *WIDGETS, *REGIONS)
"""Channels of the finder's scores; the channel after them says "on" (checked, chosen, selected)."""
GROUPS = tuple(0 if kind == "icon" else 1 if kind in WIDGETS else 2 for kind in KINDS)
"""The box set of each kind: a cell has one box for an icon, one for a widget and one for a region."""
STRIDES = (8, 16, 32, 64, 128)
CROP, MARGIN = 32, 0.2
"""The namer's crop: side in pixels, and how much wider than the icon it is on each side (share of its size)."""


class _Conv(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, c_in: int, c_out: int, size: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(c_in, c_out, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        )


class _Block(nn.Module):
    """Residual bottleneck: 1 x 1 to half the channels, 3 x 3 back."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(_Conv(channels, channels // 2, 1), _Conv(channels // 2, channels))

    def forward(self, x: Tensor) -> Tensor:
        inner: Tensor = self.inner(x)
        return x + inner


def _stage(c_in: int, c_out: int, depth: int, stride: int = 2) -> nn.Sequential:
    return nn.Sequential(_Conv(c_in, c_out, 3, stride), *(_Block(c_out) for _ in range(depth)))


def blocks(image: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 48, H/4, W/4) float32 in [-1, 1], the pixels of 4 x 4 blocks as channels."""
    b, h, w, _ = image.shape
    x = image.view(b, h // 4, 4, w // 4, 4, 3).permute(0, 1, 3, 2, 4, 5).reshape(b, h // 4, w // 4, 48)
    return x.to(torch.float32).div_(127.5).sub_(1.0).permute(0, 3, 1, 2)  # the layout "channels last"


def _scaled(crops: Tensor) -> Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, H, W) float32 in [-1, 1], channels last in memory."""
    x = crops.permute(0, 3, 1, 2).to(torch.float32).div(127.5).sub(1.0)
    return x.contiguous(memory_format=torch.channels_last)


class Finder(nn.Module):
    """View -> for each stride of `STRIDES` one map.

    Input: (B, H, W, 3) uint8, H and W multiples of 128. Output: five float tensors (B, h, w, 24 + 12) with
    h = H / stride: logits of the 23 `KINDS` and of "on", then three boxes (icon, widget, region) as the distances
    left, top, right, bottom from the cell's centre, in pixels of the view.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        widths = (96, 160, 224, 160, 160)
        self.stem = _Conv(48, 32)
        self.stages = nn.ModuleList(
            _stage(c_in, c_out, depth)
            for c_in, c_out, depth in zip((32, *widths), widths, (3, 3, 3, 2, 2), strict=False)
        )
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in widths)
        self.smooth = nn.ModuleList(_Conv(width, width) for _ in widths)
        self.score_tower, self.box_tower = _Conv(width, width), _Conv(width, width)
        self.score = nn.Conv2d(width, len(KINDS) + 1, 1)
        self.box = nn.Conv2d(width, 12, 1)
        nn.init.constant_(self.score.bias, -4.6)  # type: ignore[arg-type]
        nn.init.zeros_(self.box.bias)  # type: ignore[arg-type]
        nn.init.normal_(self.box.weight, std=0.01)

    def to_bfloat16(self) -> Finder:
        """All but the last layers, which say scores and boxes, in bfloat16; in place."""
        self.to(torch.bfloat16)
        self.score.float()
        self.box.float()
        return self

    def forward(self, image: Tensor) -> list[Tensor]:
        x, maps = self.stem(blocks(image).to(next(self.stem.parameters()).dtype)), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        levels: list[Tensor] = []
        above: Tensor | None = None
        for level in reversed(range(len(maps))):
            y = self.lateral[level](maps[level])
            if above is not None:
                y = y + functional.interpolate(above, scale_factor=2.0, mode="nearest")
            above = self.smooth[level](y)
            levels.insert(0, above)
        return [self._head(y, stride) for y, stride in zip(levels, STRIDES, strict=True)]

    def _head(self, y: Tensor, stride: int) -> Tensor:
        scores = self.score(self.score_tower(y).to(self.score.weight.dtype)).float()
        sides = self.box(self.box_tower(y).to(self.box.weight.dtype)).float().clamp(-6.0, 5.0).exp() * (
            2.0 * stride
        )
        return torch.cat((scores, sides), 1).permute(0, 2, 3, 1)


class Namer(nn.Module):
    """Icon crop -> concept.

    Input: (B, 32, 32, 3) uint8, the square around an icon's box with `MARGIN`. Output: (B, concepts + 1) logits;
    the last one stands for "no icon of a known concept".
    """

    def __init__(self, concepts: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Conv(3, 32),
            _stage(32, 64, 2),
            _stage(64, 128, 3),
            _stage(128, 192, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.dropout = nn.Dropout(0.2)
        self.concept = nn.Linear(192, concepts + 1)

    def forward(self, crops: Tensor) -> Tensor:
        logits: Tensor = self.concept(self.dropout(self.body(_scaled(crops))))
        return logits.float()


class Sorter(nn.Module):
    """Widget crops -> kind and state.

    Input: (B, 32, 96, 3) uint8, three squares side by side: the whole widget squeezed, its beginning, its end.
    Output: (B, 16) logits of `WIDGETS`, of "no widget" and, by itself, of "on" (checked, chosen, selected).
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _Conv(3, 24),
            _stage(24, 48, 1),
            _stage(48, 96, 2),
            _stage(96, 128, 1),
            nn.AdaptiveAvgPool2d((1, 3)),
            nn.Flatten(),
        )
        self.dropout = nn.Dropout(0.2)
        self.kind = nn.Linear(3 * 128, len(WIDGETS) + 1)
        self.state = nn.Linear(3 * 128, 1)

    def forward(self, crops: Tensor) -> Tensor:
        seen = self.dropout(self.body(_scaled(crops)))
        return torch.cat((self.kind(seen), self.state(seen)), 1).float()


def fold(network: nn.Module) -> nn.Module:
    """The network, changed in place: every batch norm becomes part of the convolution before it. For inference."""
    network.eval()
    for module in network.modules():
        if isinstance(module, _Conv) and isinstance(module[1], nn.BatchNorm2d):
            convolution = module[0]
            assert isinstance(convolution, nn.Conv2d)
            module[0] = fuse_conv_bn_eval(convolution, module[1])
            module[1] = nn.Identity()
    return network
