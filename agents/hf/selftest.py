"""What a loaded model must pass: it sees every image, keeps their order, repeats itself, and holds no stale buffer.

Code that was written for another version of transformers can load without a word and still be broken: weights
that are skipped, images that are not looked at, buffers that were never computed. Such a model is found here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import PIL.Image
import PIL.ImageDraw
import torch
from torch import nn

from ...memory.errors import AgentError, SealError
from ...memory.source import one_line
from ..contracts import Check
from .encoding import Turn

if TYPE_CHECKING:
    from .model import VLM

__all__ = ["LEAST_EFFECT", "check_images", "check_replies", "refuse_broken", "self_test", "stale_buffers"]

LEAST_EFFECT = 1e-4
"""Smallest change of any logit, over the logits' median deviation, that counts as seeing an image."""

_SCHEMA = {
    "type": "object",
    "properties": {"sees": {"type": "boolean"}, "count": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["sees", "count"],
    "additionalProperties": False,
}


def self_test(vlm: VLM) -> Iterator[Check]:
    """All checks, one by one as they are done; whatever the model's code raises becomes a failed check."""

    def buffers(vlm: VLM) -> list[Check]:
        stale = stale_buffers(vlm.model)
        return [
            _check(
                "buffers", not stale, f"never computed: {', '.join(stale[:4])}" if stale else "all computed"
            )
        ]

    for group in (buffers, check_images, check_replies):
        try:
            yield from group(vlm)
        except Exception as error:  # a model's code: anything can happen
            said = error if isinstance(error, SealError) else f"{type(error).__name__}: {error}"
            yield _check(group.__name__.replace("_", " "), False, one_line(said, 300))


def check_images(vlm: VLM) -> list[Check]:
    """Whether each of three images in a turn, and the order of the last two, changes the next token's logits."""
    pictures = [
        _picture(size, color) for size, color in (((320, 200), "red"), ((90, 60), "blue"), ((70, 80), "gold"))
    ]
    turns = [_turn(pictures)]
    for slot, picture in enumerate(pictures):
        changed = PIL.Image.eval(picture, lambda value: 255 - value)
        turns.append(_turn([*pictures[:slot], changed, *pictures[slot + 1 :]]))
    turns.append(_turn([pictures[0], pictures[2], pictures[1]]))
    logits = [vlm.first_logits([turn])[0] for turn in turns]
    if any(torch.isnan(row).any() for row in logits):
        return [_check("finite logits", False, "the logits are not numbers")]
    logits = [row.nan_to_num(neginf=-1e4) for row in logits]
    spread = (
        float((logits[0] - logits[0].median()).abs().median()) or 1.0
    )  # some families forbid tokens for good
    names = ["sees the whole image", "sees crop 1", "sees crop 2", "keeps the crops' order"]
    effects = [float((row - logits[0]).abs().max()) / spread for row in logits[1:]]
    return [
        _check(name, effect >= LEAST_EFFECT, f"moves the logits by {effect:.2g} of their deviation")
        for name, effect in zip(names, effects, strict=True)
    ]


def check_replies(vlm: VLM) -> list[Check]:
    """Whether the same turn gives the same reply, and JSON of a schema comes out; with the seconds of one reply."""
    turn = _turn([_picture((320, 200), "red")])
    vlm.write([turn], max_new_tokens=1)  # the first call of a process is slower
    started = time.perf_counter()
    first = vlm.write([turn], _SCHEMA, 64)[0]
    seconds = time.perf_counter() - started
    again = vlm.write([turn], _SCHEMA, 64)[0]
    try:
        valid = set(json.loads(first)) == {"sees", "count"}
    except ValueError:
        valid = False
    return [
        _check("repeats itself", first == again, f"{one_line(first, 60)!r} twice"),
        _check("JSON of a schema", valid, f"{one_line(first, 60)!r} in {seconds:.2f} s"),
    ]


def stale_buffers(model: object) -> list[str]:
    """Names of buffers that are not in the checkpoint and do not hold what the model's constructor computes.

    The model is constructed once more without memory for its weights. Raises AgentError if that fails.
    """
    if not isinstance(model, nn.Module):
        raise AgentError(f"{type(model).__name__} cannot be constructed anew: it is no module of torch.")
    try:
        with _weightless():
            fresh = type(model)(model.config)
    except Exception as error:  # foreign code: anything can happen
        raise AgentError(
            f"{type(model).__name__} cannot be constructed anew: {one_line(error, 300)}"
        ) from error
    computed = dict(fresh.named_buffers())
    kept = set(model.state_dict())
    return [
        name
        for name, buffer in model.named_buffers()
        if name not in kept and not _same(buffer, computed.get(name))
    ]


def refuse_broken(vlm: VLM) -> None:
    """AgentError, naming what failed, when a model that came with its own code is not fit for use."""
    faults = [f"the buffer {name} was never computed" for name in stale_buffers(vlm.model)]
    if not faults:
        try:
            faults = [f"{check.name}: {check.detail}" for check in check_images(vlm) if not check.passed]
        except SealError as error:
            faults = [one_line(error, 300)]
        except Exception as error:  # foreign code: anything can happen
            faults = [f"{type(error).__name__}: {one_line(error, 300)}"]
    if faults:
        raise AgentError(
            f"{vlm.name} is refused: its own code does not work with this version of transformers "
            f"({'; '.join(faults[:4])}). Serve it with the versions it was written for and use openai:MODEL@URL."
        )


def _check(name: str, passed: bool, detail: str) -> Check:
    return Check(name, "ok" if passed else "fail", detail)


def _same(buffer: torch.Tensor, computed: torch.Tensor | None) -> bool:
    if computed is None or computed.shape != buffer.shape:
        return False
    if not buffer.is_floating_point():
        return bool(torch.equal(buffer.cpu(), computed))
    return bool(torch.allclose(buffer.float().cpu(), computed.float(), rtol=1e-2, atol=1e-5, equal_nan=True))


@contextmanager
def _weightless() -> Iterator[None]:
    """Modules constructed here keep their buffers; their weights take no memory once they are registered."""
    register = nn.Module.register_parameter

    def registered(self: nn.Module, name: str, param: nn.Parameter | None) -> None:
        register(self, name, param)
        if param is not None:
            self._parameters[name] = nn.Parameter(param.detach().to("meta"), requires_grad=False)

    nn.Module.register_parameter = registered  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def _picture(size_wh: tuple[int, int], color: str) -> PIL.Image.Image:
    w, h = size_wh
    image = PIL.Image.new("RGB", size_wh, "white")
    PIL.ImageDraw.Draw(image).rectangle((w // 8, h // 6, w // 2, h * 2 // 3), fill=color)
    return image


def _turn(pictures: list[PIL.Image.Image]) -> Turn:
    parts: Turn = []
    for i, picture in enumerate(pictures):
        parts.append({"type": "image", "image": picture})
        parts.append({"type": "text", "text": f"crop-{i}" if i else "The whole image."})
    return [*parts, {"type": "text", "text": "Question: what is shown?"}]
