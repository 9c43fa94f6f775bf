"""How an icon may look in a crop: sizes, colours, plates, neighbours, badges, compression; whole batches as tensors.

A batch is drawn on a canvas that shows a little more than the crop, made as small as icons are on screens, roughened
as pictures are, and cut out as the localizer cuts (`agents.nano.look`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from ..agents.nano.network import CROP, MARGIN

__all__ = ["looks"]

Roll = Callable[..., Tensor]
"""Random numbers in [0, 1), (B, *shape)."""

_CANVAS = 72
_SHOWN = 1.6
"""Side of the canvas, in sides of the icon."""
_GROUPS = 12


def looks(
    icons: Tensor, plain: Tensor, chance: torch.Generator, px: tuple[float, float] = (11, 46)
) -> Tensor:
    """Crops of icons, (B, 32, 32, 3) uint8.

    icons: (B, 4, 48, 48) uint8 premultiplied RGBA. plain: (B,) bool, white ones that get a colour. px: least and most
    of the longer side of an icon on its screen.
    """
    device, n = icons.device, len(icons)

    def roll(*shape: int) -> Tensor:
        return torch.rand((n, *shape), generator=chance, device=device)

    ink = _thicker(icons.float() / 255, roll(1, 1, 1))
    ground, paint = _colours(roll)
    plated = roll(1, 1, 1) < 0.3
    app = plated & (roll(1, 1, 1) < 0.35)  # an icon of an app: the plate is what the finder boxes
    plate = _plate(roll, app)
    plate_colour, plate_paint = _colours(roll)
    ground = _gradient(ground, roll)
    canvas = torch.where(plated, plate * _gradient(plate_colour, roll) + (1 - plate) * ground, ground)
    paint = torch.where(plated, plate_paint, paint)
    small = torch.where(app, 0.55 + 0.3 * roll(1, 1, 1), 1.0)
    tilt = torch.where(roll(1, 1, 1) < 0.15, (roll(1, 1, 1) - 0.5) * 0.16, torch.zeros_like(small))
    drawn = _placed(ink, small * (1 + 0.12 * (roll(1, 1, 1) - 0.5)), tilt, torch.zeros(n, 2, device=device))
    paint = paint + torch.where(
        roll(1, 1, 1) < 0.12,
        (roll(3, 1, 1) - 0.5) * torch.linspace(-1, 1, _CANVAS, device=device)[:, None],
        0.0,
    )
    beside = roll(1, 1, 1) < 0.3
    if bool(beside.any()):
        other = ink.roll(1, 0)[:, 3:]
        side = torch.div(roll() * 4, 1, rounding_mode="floor")
        away = (1.25 + 0.7 * roll())[:, None]
        angle = side * (math.pi / 2)
        at = torch.stack((angle.cos(), angle.sin()), 1) * away + (roll(2) - 0.5) * 0.2
        near = _placed(other, 0.5 + 0.6 * roll(1, 1, 1), torch.zeros_like(tilt), at)
        canvas = torch.where(beside, near * paint.clamp(0, 1) + (1 - near) * canvas, canvas)
    faint = torch.where(roll(1, 1, 1) < 0.15, 0.4 + 0.6 * roll(1, 1, 1), torch.ones_like(small))
    alpha = drawn[:, 3:] * faint
    shown = torch.where(plain[:, None, None, None], alpha * paint.clamp(0, 1), drawn[:, :3] * faint)
    canvas = shown + (1 - alpha) * canvas
    canvas = _badge(canvas, roll)
    order = torch.randperm(n, generator=chance, device=device)
    sizes = px[0] * (px[1] / px[0]) ** torch.rand(_GROUPS, generator=chance, device=device)
    crops = torch.empty((n, 3, CROP, CROP), device=device)
    for group, size in zip(order.chunk(_GROUPS), sizes.tolist(), strict=False):
        crops[group] = _cut(_rough(_shrunk(canvas[group], round(size * _SHOWN)), chance), chance)
    gain, shift = 1 + 0.5 * (roll(3, 1, 1) - 0.6), (roll(1, 1, 1) - 0.5) * 0.3
    crops = torch.where(roll(1, 1, 1) < 0.25, crops * gain + shift, crops)
    grey = crops.mean(1, keepdim=True)
    crops = torch.where(roll(1, 1, 1) < 0.08, grey.expand_as(crops), crops)
    return (crops.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def _thicker(ink: Tensor, roll: Tensor) -> Tensor:
    """Some with thicker, some with thinner strokes."""
    thick = functional.max_pool2d(ink, 3, 1, 1)
    thin = -functional.max_pool2d(-ink, 3, 1, 1)
    thin = torch.where(thin[:, 3:].amax((2, 3), keepdim=True) > 0.5, 0.5 * (thin + ink), ink)
    return torch.where(roll < 0.12, thick, torch.where(roll > 0.92, thin, ink))


def _colours(roll: Roll) -> tuple[Tensor, Tensor]:
    """(B, 3, 1, 1) colours of a ground and of what is drawn on it, far enough apart to be seen."""
    kind = roll(1)
    grey = torch.where(kind < 0.5, 0.9 + 0.1 * roll(1), torch.where(kind < 0.78, 0.25 * roll(1), roll(1)))
    tinted = torch.where(roll(1) < 0.6, grey + (roll(3) - 0.5) * 0.06, grey.expand(-1, 3))
    ground = torch.where(kind > 0.9, roll(3), tinted).clamp(0, 1)
    tries = roll(5, 3)
    greys = roll(5, 1)
    plain = roll(5, 1) < 0.5
    tries = torch.where(plain, greys.expand(-1, -1, 3), tries)
    tries[:, 0] = torch.where(roll(1) < 0.5, 1.0 - ground.round(), tries[:, 0])
    weight = torch.tensor([0.3, 0.55, 0.15], device=tries.device)
    apart = ((tries - ground[:, None]) * weight).sum(2).abs()
    chosen = ((apart > 0.22).float() * (0.5 + roll(5)) + apart * 0.3).argmax(1)
    paint = tries[torch.arange(len(tries), device=tries.device), chosen]
    return ground[:, :, None, None], paint[:, :, None, None]


def _gradient(colour: Tensor, roll: Roll) -> Tensor:
    """(B, 3, 72, 72): the colour all over, in some running over into another."""
    line = torch.linspace(-0.5, 0.5, _CANVAS, device=colour.device)
    angle = roll(1, 1, 1) * 2 * math.pi
    run = angle.cos() * line[None, None, None, :] + angle.sin() * line[None, None, :, None]
    change = torch.where(roll(1, 1, 1) < 0.2, (roll(3, 1, 1) - 0.5) * 0.7, torch.zeros_like(colour))
    mottled = torch.where(roll(1, 1, 1) < 0.05, 0.5 * roll(1, 1, 1), torch.zeros_like(angle))
    noise = functional.interpolate(roll(3, 9, 9) - 0.5, (_CANVAS, _CANVAS), mode="bilinear")
    return (colour + change * run + mottled * noise).clamp(0, 1)


def _plate(roll: Roll, app: Tensor) -> Tensor:
    """(B, 1, 72, 72) in [0, 1]: a disc or rounded square; with an edge of a pixel."""
    half = torch.where(app, 0.5 + 0.02 * roll(1, 1, 1), 0.56 + 0.3 * roll(1, 1, 1))  # in sides of the icon
    radius = half * torch.where(roll(1, 1, 1) < 0.4, torch.ones_like(half), 0.15 + 0.4 * roll(1, 1, 1))
    line = torch.linspace(-_SHOWN / 2, _SHOWN / 2, _CANVAS, device=half.device)
    x, y = (
        (line[None, None, None, :].abs() - half + radius),
        (line[None, None, :, None].abs() - half + radius),
    )
    outside = (x.clamp(min=0) ** 2 + y.clamp(min=0) ** 2).sqrt() + torch.maximum(x, y).clamp(max=0) - radius
    return (0.5 - outside * (_CANVAS / _SHOWN)).clamp(0, 1)


def _placed(ink: Tensor, scale: Tensor, tilt: Tensor, at: Tensor) -> Tensor:
    """(B, C, 72, 72): the icons at a size (1 fills what the finder boxes), a slant, and a place in half icons."""
    shown = (_SHOWN / scale).flatten()
    angle = tilt.flatten()
    cos, sin = angle.cos() * shown, angle.sin() * shown
    moved = -at / scale.flatten()[:, None]
    matrix = torch.stack(
        (torch.stack((cos, -sin, moved[:, 0]), 1), torch.stack((sin, cos, moved[:, 1]), 1)), 1
    )
    grid = functional.affine_grid(matrix, [len(ink), ink.shape[1], _CANVAS, _CANVAS], align_corners=False)
    return functional.grid_sample(ink, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _badge(canvas: Tensor, roll: Roll) -> Tensor:
    """A coloured dot at a corner of some."""
    line = torch.linspace(-_SHOWN, _SHOWN, _CANVAS, device=canvas.device)  # in half icons
    right = torch.where(roll(1, 1, 1) < 0.85, 1.0, -1.0)
    down = torch.where(roll(1, 1, 1) < 0.7, -1.0, 1.0)
    radius = 0.25 + 0.25 * roll(1, 1, 1)
    x = line[None, None, None, :] - right * (0.6 + 0.4 * roll(1, 1, 1))
    y = line[None, None, :, None] - down * (0.6 + 0.4 * roll(1, 1, 1))
    inside = ((radius - (x**2 + y**2).sqrt()) * (_CANVAS / _SHOWN / 2) + 0.5).clamp(0, 1)
    inside = torch.where(roll(1, 1, 1) < 0.08, inside, torch.zeros_like(inside))
    colour = torch.where(
        roll(1, 1, 1) < 0.5, torch.tensor([0.9, 0.2, 0.2], device=canvas.device)[:, None, None], roll(3, 1, 1)
    )
    return inside * colour + (1 - inside) * canvas


def _shrunk(canvas: Tensor, side: int) -> Tensor:
    if side >= _CANVAS:
        return canvas
    return functional.interpolate(canvas, (side, side), mode="bilinear", antialias=True)


def _rough(view: Tensor, chance: torch.Generator) -> Tensor:
    """Some blurred, some grainy, some as JPEG leaves them."""
    n, device = len(view), view.device
    which = torch.rand((n, 1, 1, 1), generator=chance, device=device)
    kernel = torch.tensor([1.0, 2.0, 1.0], device=device) / 4
    soft = functional.conv2d(
        functional.pad(view, (1, 1, 1, 1), mode="replicate"),
        (kernel[:, None] * kernel).expand(3, 1, 3, 3).contiguous(),
        groups=3,
    )
    share = torch.rand((n, 1, 1, 1), generator=chance, device=device)
    view = torch.where(which < 0.15, share * soft + (1 - share) * view, view)
    grain = torch.randn(view.shape, generator=chance, device=device) * 0.04 * share
    view = torch.where((which > 0.15) & (which < 0.23), view + grain, view)
    packed = (which > 0.83)[:, 0, 0, 0]
    if bool(packed.any()):
        view = view.clone()
        view[packed] = _jpeg(view[packed], 0.03 + 0.12 * share[packed])
    return view


def _jpeg(view: Tensor, step: Tensor) -> Tensor:
    """What is left when the waves of each 8 x 8 block are rounded to steps, coarser ones for finer waves."""
    side = view.shape[-1]
    more = -side % 8
    whole = functional.pad(view, (0, more, 0, more), mode="replicate") if more < side else view
    index = torch.arange(8, device=view.device, dtype=view.dtype)
    waves = torch.cos((2 * index[None] + 1) * index[:, None] * math.pi / 16) * 0.5
    waves[0] *= 0.5**0.5
    blocks = whole.unfold(2, 8, 8).unfold(3, 8, 8)
    levels = waves @ blocks @ waves.T
    coarse = step[..., None, None] * (1 + 0.6 * (index[:, None] + index))
    restored = waves.T @ ((levels / coarse).round() * coarse) @ waves
    back = restored.permute(0, 1, 2, 4, 3, 5).reshape(whole.shape)
    return back[..., :side, :side]


def _cut(view: Tensor, chance: torch.Generator) -> Tensor:
    """(B, 3, 32, 32): the crop of a box that is nearly right, as `look` samples it: four places a pixel."""
    n, device = len(view), view.device
    spread = torch.randn((n, 4), generator=chance, device=device)
    side = (1 + 2 * MARGIN) / _SHOWN * torch.exp(0.06 * spread[:, 0]).clamp(0.8, 1.16)
    matrix = torch.zeros((n, 2, 3), device=device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = side
    matrix[:, :, 2] = 0.045 * spread[:, 1:3]
    grid = functional.affine_grid(matrix, [n, 3, 2 * CROP, 2 * CROP], align_corners=False)
    taken = functional.grid_sample(view, grid, mode="bilinear", padding_mode="border", align_corners=False)
    return functional.avg_pool2d(taken, 2)
