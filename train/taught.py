"""A smaller extractor that learns from a larger one: distillation (arXiv 1503.02531), begun from some of its layers.

The student is shown what the teacher is sure of: where words begin and end, and whether a window holds the answer, as
probabilities, and the states behind them (arXiv 1910.01108). Some questions are asked of pages that they do not belong
to: only the teacher says what such a page tells.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from ..memory.errors import InputError
from .extractor import BATCH, Maker, Network, Windows, loss_of
from .loop import Job, Plan, Progress, fit
from .reader import base_folder
from .wide import WideEncoder

__all__ = ["Lesson", "student_of", "teacher_of", "train"]

_TEMPERATURE = 1.5
_HARD, _KIND, _STATES = 0.3, 1.5, 0.5
"""What the losses count beside that of the places, which counts 1."""
_ELSEWHERE = 0.12
"""Share of pages that another page's question is asked of."""
_LEAST_WEIGHT = 0.02
"""Of the places in a window that holds no answer as far as the teacher sees."""


def teacher_of(run: Path) -> Network:
    """The network of a run with a wide encoder. Raises InputError when the folder holds none."""
    try:
        state = load_file(run / "average.safetensors")
        inner = {k.removeprefix("encoder."): v for k, v in state.items() if k.startswith("encoder.")}
        network = Network(WideEncoder.like(inner))
        network.load_state_dict(state)
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise InputError(f"{run} holds no extractor with a wide encoder ({error}).") from error
    return network.eval().requires_grad_(False)


def student_of(teacher: Network, layers: int) -> Network:
    """A network with so many of the teacher's layers, and its heads. Raises InputError for layers that it has not."""
    if not isinstance(teacher.encoder, WideEncoder):
        raise InputError("Only a wide encoder can be a teacher.")
    student = Network(teacher.encoder.thinned(layers))
    student.span.load_state_dict(teacher.span.state_dict())
    student.kind.load_state_dict(teacher.kind.state_dict())
    return student


class Lesson:
    """The loss of a student. `lesson(student, batch)` as `fit` wants it; the teacher is moved where the student is."""

    def __init__(self, teacher: Network) -> None:
        self.teacher = teacher

    def __call__(self, student: nn.Module, batch: Windows) -> dict[str, Tensor]:
        assert isinstance(student, Network)
        device = next(student.parameters()).device
        ids, mask, types, own = (t.to(device) for t in (batch.ids, batch.mask, batch.types, batch.own))
        with torch.no_grad():
            wanted = self.teacher.to(device).read(ids, mask, types)
        told = student.read(ids, mask, types)
        says = wanted.kinds.float().softmax(-1)
        weight = (1 - says[:, 0]).clamp(min=_LEAST_WEIGHT)

        def apart(mine: Tensor, theirs: Tensor) -> Tensor:
            mine, theirs = (t.float().masked_fill(~own, -1e4) / _TEMPERATURE for t in (mine, theirs))
            each = functional.kl_div(mine.log_softmax(-1), theirs.softmax(-1), reduction="none").sum(-1)
            return (weight * each).sum() / weight.sum() * _TEMPERATURE**2

        where = (apart(told.starts, wanted.starts) + apart(told.ends, wanted.ends)) / 2
        kind = functional.kl_div(told.kinds.float().log_softmax(-1), says, reduction="batchmean")
        width = (told.states.shape[-1],)
        mine, theirs = (functional.layer_norm(t.float(), width) for t in (told.states, wanted.states))
        states = ((mine - theirs) ** 2).mean(-1)[mask.bool()].mean()
        hard = loss_of(told, batch)["loss"]
        total = where + _KIND * kind + _STATES * states + _HARD * hard
        return {"loss": total, "where": where, "kind": kind, "states": states, "hard": hard}


def train(
    folder: Path,
    plan: Plan,
    teacher: Path,
    layers: int,
    *,
    sets: Path | None = None,
    batch: int = BATCH,
    on_step: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[Network, Tokenizer, bool]:
    """Train a student with so many of the layers of `teacher`, a run with a wide encoder; else as `extractor.train`."""
    torch.manual_seed(plan.seed)
    wise, words = teacher_of(teacher), base_folder()
    student, make = student_of(wise, layers), Maker(words, sets, plan.seed, batch, _ELSEWHERE)
    done = fit(Job(student, make, Lesson(wise)), plan, folder, on_step=on_step, stop=stop)
    return student.eval(), make.tokenizer, done
