"""One training loop for all embedded models: resumable to the bit, logged, plotted.

- A batch is a pure function of the step, so that an interrupted run goes on exactly where it stopped.
- State is kept as safetensors, never as a pickle; a file is complete or not there.
- AdamW, warm-up and cosine decay, an exponential average of the weights for use; bfloat16 where it is fast.
- Batches are made ahead, in a thread or, where a GPU is faster than one, by processes; their order stays the same.
- A run may be told how long it lasts instead of how many steps: the rate then decays over the time.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from pathlib import Path
from queue import Queue
from typing import Generic, TypeVar, cast

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..memory.errors import InputError

__all__ = ["Job", "Plan", "Progress", "fast_bfloat16", "fit", "plot"]

Batch = TypeVar("Batch")
_AVERAGE = 0.998
_FREE = ("save_every", "log_every", "device", "workers")
"""What may be another when a run goes on."""
_SAVE_SECONDS, _SAVE_SHARE = 50.0, 0.02
"""A state is never older than that, whatever a plan says of steps, if saving takes no more than this share of a run."""


def fast_bfloat16(device: str) -> bool:
    """Whether products of bfloat16 matrices are faster there than of float32: on GPUs, and on processors with AMX,
    where a step of the extractor takes 0.75 seconds instead of 1.6."""
    return device != "cpu" or bool(getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)())


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast. Two runs of one plan on one machine give the same weights.

    steps: updates in all. rate: peak learning rate, after `warmup` steps; cosine decay to 2 % of it.
    save_every, log_every: steps. autocast: bfloat16 for the forward pass. frozen_from: the step from which batch norms
    use their averaged statistics, as at inference; small batches of unlike pages differ too much for their own.
    minutes: 0 for all steps, else when to stop, `steps` being the most; such a run is resumed, but not to the bit.
    workers: processes that make batches; 0 for a thread of this one.
    """

    steps: int
    rate: float = 1e-3
    warmup: int = 200
    weight_decay: float = 0.02
    clip: float = 10.0
    seed: int = 0
    save_every: int = 250
    log_every: int = 25
    autocast: bool = True
    frozen_from: int | None = None
    device: str = "cpu"
    minutes: float = 0.0
    workers: int = 0

    def rate_at(self, step: int, seconds: float = 0.0) -> float:
        """Learning rate of a step, that many seconds after the first."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        if self.minutes:
            done = max(done, seconds / (60 * self.minutes))
        return self.rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run is: the step just done of how many, its mean losses since the last report, seconds so far."""

    step: int
    steps: int
    losses: Mapping[str, float]
    seconds: float


@dataclass
class Job(Generic[Batch]):
    """What `fit` trains: a network, `batch(step)`, and `loss(network, batch)` as named scalars; "loss" is minimised."""

    network: nn.Module
    batch: Callable[[int], Batch]
    loss: Callable[[nn.Module, Batch], dict[str, Tensor]]


def fit(
    job: Job[Batch],
    plan: Plan,
    folder: Path,
    *,
    on_step: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> bool:
    """Train, from where `folder` stands to `plan.steps`; True when the last step is done.

    Writes state.safetensors (to resume), log.jsonl (a line every `log_every` steps) and
    average.safetensors (the averaged weights, at every save). `job.network` holds the average at the end.

    Raises InputError when the folder holds the state of another plan, or a damaged one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    torch.backends.cudnn.benchmark = True  # batches are of few shapes
    network = job.network.to(plan.device)
    decayed = [p for p in network.parameters() if p.ndim > 1]
    others = [p for p in network.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}],
        lr=plan.rate,
        fused=True,
    )
    average = {k: v.detach().clone() for k, v in network.state_dict().items()}
    first, before = _resume(folder, plan, network, optimizer, average)
    network.train()
    sums: dict[str, Tensor] = {}
    done, saved, limit, between = first, time.monotonic(), 60 * plan.minutes, _SAVE_SECONDS
    seconds = before
    if limit and before >= limit:
        first = plan.steps
    with closing(_ahead(job.batch, first, plan.steps, plan.workers)) as batches:
        began = time.monotonic()
        for step, batch in batches:
            for group in optimizer.param_groups:
                group["lr"] = plan.rate_at(step, seconds)
            if plan.frozen_from is not None and step >= plan.frozen_from:
                _freeze(network, average if step == plan.frozen_from else None)
            torch.manual_seed(plan.seed * 1_000_003 + step)
            with torch.autocast(torch.device(plan.device).type, torch.bfloat16, enabled=plan.autocast):
                losses = job.loss(network, batch)
            losses["loss"].backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), plan.clip)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            _blend(average, network, step)
            done = step + 1
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value.detach()
            seconds = before + time.monotonic() - began
            over = bool(limit) and seconds >= limit
            stopping = over or (stop is not None and stop())
            if done % plan.log_every == 0 or done == plan.steps or over:
                _report(folder, plan, done, sums, seconds, on_step)
            now = time.monotonic()
            if done % plan.save_every == 0 or done == plan.steps or stopping or now - saved > between:
                _save(folder, plan, done, seconds, network, optimizer, average)
                saved = time.monotonic()
                between = max(_SAVE_SECONDS, (saved - now) / _SAVE_SHARE)
            if stopping:
                break
    torch.backends.cudnn.benchmark = False
    network.load_state_dict(average)
    return done >= plan.steps or (bool(limit) and seconds >= limit)


def plot(folder: Path, out: Path) -> None:
    """Draw the losses of log.jsonl over the steps as a PNG. Raises InputError when there is no log."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    log = folder / "log.jsonl"
    if not log.is_file():
        raise InputError(f"{log} is missing: {folder} holds no log of a training.")
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    names = [n for n in rows[-1] if n not in ("step", "rate", "seconds")]
    figure, axes = plt.subplots(1, len(names), figsize=(3.4 * len(names), 2.8), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        axis.plot([r["step"] for r in rows if name in r], [r[name] for r in rows if name in r], lw=1)
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("step", fontsize=8)
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(out, dpi=110)
    plt.close(figure)


def _ahead(
    make: Callable[[int], Batch], first: int, last: int, workers: int = 0
) -> Generator[tuple[int, Batch], None, None]:
    """(step, batch) in order; the next batches are made while one is used, in a thread or by `workers` processes."""
    if workers:
        from torch.utils.data import DataLoader

        steps = _Steps(make, first, last)
        made = DataLoader(
            steps,
            None,
            num_workers=workers,
            prefetch_factor=3,
            collate_fn=_same,
            multiprocessing_context="fork",
        )
        yield from enumerate(made, first)
        return
    queue: Queue[tuple[int, Batch] | BaseException | None] = Queue(maxsize=3)
    over = threading.Event()

    def work() -> None:
        try:
            for step in range(first, last):
                if over.is_set():
                    return
                queue.put((step, make(step)))
            queue.put(None)
        except BaseException as error:  # handed to the consumer, which raises it
            queue.put(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        over.set()
        while thread.is_alive():
            while not queue.empty():
                queue.get_nowait()
            thread.join(0.05)


class _Steps(torch.utils.data.Dataset[Batch]):
    """The batches of the steps, arrays as tensors, which processes hand over without a copy."""

    def __init__(self, make: Callable[[int], Batch], first: int, last: int) -> None:
        self.make, self.first, self.last = make, first, last

    def __len__(self) -> int:
        return self.last - self.first

    def __getitem__(self, index: int) -> Batch:
        return _each(self.make(self.first + index), _tensor)


def _same(batch: Batch) -> Batch:
    return batch


def _tensor(part: object) -> object:
    return torch.from_numpy(part.copy()) if isinstance(part, np.ndarray) else part


def _each(batch: Batch, change: Callable[[object], object]) -> Batch:
    """The batch, a tuple or a dataclass of arrays, with all of them changed."""
    if isinstance(batch, tuple):
        return cast("Batch", tuple(change(part) for part in batch))
    if is_dataclass(batch) and not isinstance(batch, type):
        return cast(
            "Batch", replace(batch, **{f.name: change(getattr(batch, f.name)) for f in fields(batch)})
        )
    return batch


def _freeze(network: nn.Module, statistics: dict[str, Tensor] | None) -> None:
    """Batch norms as at inference, at first with these statistics."""
    for name, module in network.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.eval()
            if statistics is not None and module.running_mean is not None and module.running_var is not None:
                module.running_mean.copy_(statistics[f"{name}.running_mean"])
                module.running_var.copy_(statistics[f"{name}.running_var"])


def _blend(average: dict[str, Tensor], network: nn.Module, step: int) -> None:
    keep = min(_AVERAGE, (1 + step) / (10 + step))
    now = network.state_dict()
    moving = [name for name, value in now.items() if value.dtype.is_floating_point]
    with torch.no_grad():
        torch._foreach_lerp_([average[n] for n in moving], [now[n] for n in moving], 1 - keep)
        for name in now.keys() - moving:
            average[name].copy_(now[name])


def _report(
    folder: Path,
    plan: Plan,
    done: int,
    sums: dict[str, Tensor],
    seconds: float,
    on_step: Callable[[Progress], None] | None,
) -> None:
    since = (done - 1) % plan.log_every + 1
    means = {name: float(value) / since for name, value in sums.items()}
    sums.clear()
    row = {"step": done, "rate": plan.rate_at(done - 1, seconds), "seconds": round(seconds, 1), **means}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")
    if on_step:
        on_step(Progress(done, plan.steps, means, seconds))


def _save(
    folder: Path,
    plan: Plan,
    done: int,
    seconds: float,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    average: dict[str, Tensor],
) -> None:
    whole = torch.contiguous_format
    tensors = {f"network.{k}": v.detach().clone(memory_format=whole) for k, v in network.state_dict().items()}
    tensors |= {f"average.{k}": v.contiguous() for k, v in average.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"moment.{index}.{k}": torch.as_tensor(v).contiguous() for k, v in state.items()}
    meta = {"plan": json.dumps(asdict(plan)), "step": str(done), "seconds": str(seconds)}
    part = folder / "state.part"
    save_file(tensors, part, metadata=meta)
    part.replace(folder / "state.safetensors")
    part = folder / "average.part"
    save_file({k: v.contiguous() for k, v in average.items()}, part)
    part.replace(folder / "average.safetensors")


def _resume(
    folder: Path, plan: Plan, network: nn.Module, optimizer: torch.optim.Optimizer, average: dict[str, Tensor]
) -> tuple[int, float]:
    """Load the state of the folder, if there is one, into its arguments; the steps done, and their seconds."""
    path = folder / "state.safetensors"
    if not path.is_file():
        return 0, 0.0
    try:
        from safetensors import safe_open

        with safe_open(path, "pt") as opened:
            meta = opened.metadata()
        tensors = load_file(path, device=plan.device)
        saved, done = json.loads(meta["plan"]), int(meta["step"])
        seconds = float(meta.get("seconds", 0))
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error}); delete it to begin anew.") from error
    now = asdict(plan)
    differ = [k for k in now if saved.get(k) != now[k] and k not in _FREE]
    if differ:
        told = ", ".join(f"{k} {saved.get(k)} -> {now[k]}" for k in differ)
        raise InputError(
            f"{folder} holds a training with another plan ({told}); resume with the same plan, or use another folder."
        )
    network.load_state_dict(_part(tensors, "network."))
    average.update(_part(tensors, "average."))
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in _part(tensors, "moment.").items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return done, seconds


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
