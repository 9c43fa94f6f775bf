"""The training loop: an interrupted run ends with the same weights as an uninterrupted one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from seal.memory.errors import InputError
from seal.train.loop import Job, Plan, fit, plot

PLAN = Plan(steps=12, rate=0.05, warmup=3, save_every=4, log_every=2, frozen_from=5)


def job() -> Job[tuple[Tensor, Tensor]]:
    """A line to be fitted, through a layer with dropout and a batch norm, so that all state matters."""
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1))

    def batch(step: int) -> tuple[Tensor, Tensor]:
        x = torch.from_numpy(np.random.default_rng(step).normal(size=(16, 2)).astype(np.float32))
        return x, x.sum(1, keepdim=True)

    def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        return {"loss": (model(batch[0]).float() - batch[1]).square().mean()}

    return Job(network, batch, loss)


def weights(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / "average.safetensors")


def test_an_interrupted_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    assert fit(job(), PLAN, tmp_path / "whole")
    seen: list[int] = []
    finished = fit(
        job(), PLAN, tmp_path / "cut", on_step=lambda p: seen.append(p.step), stop=lambda: len(seen) >= 3
    )
    assert not finished and seen[-1] < PLAN.steps
    assert fit(job(), PLAN, tmp_path / "cut")
    whole, cut = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert whole.keys() == cut.keys()
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


def test_a_finished_training_is_not_trained_again(tmp_path: Path) -> None:
    fit(job(), PLAN, tmp_path)
    before = weights(tmp_path)
    again = job()
    assert fit(again, PLAN, tmp_path)
    assert all(torch.equal(before[name], weights(tmp_path)[name]) for name in before)
    assert all(torch.equal(before[name], value) for name, value in again.network.state_dict().items())


def test_the_loss_falls_and_is_logged_and_drawn(tmp_path: Path) -> None:
    fit(job(), Plan(steps=60, rate=0.05, warmup=3, log_every=10), tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [10, 20, 30, 40, 50, 60]
    assert rows[-1]["loss"] < 0.7 * rows[0]["loss"]
    plot(tmp_path, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 0.1), (9, 1.0), (10, 1.0), (60, 0.51), (110, 0.02), (200, 0.02)]
)
def test_the_rate_warms_up_and_decays(step: int, rate: float) -> None:
    assert Plan(steps=110, rate=1.0, warmup=10).rate_at(step) == pytest.approx(rate)


def test_another_plan_is_refused(tmp_path: Path) -> None:
    fit(job(), PLAN, tmp_path)
    with pytest.raises(InputError, match=r"steps 12 -> 13.*another folder"):
        fit(job(), Plan(**{**{f: getattr(PLAN, f) for f in PLAN.__slots__}, "steps": 13}), tmp_path)


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\xff" * 64])
def test_a_damaged_state_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state.safetensors").write_bytes(content)
    with pytest.raises(InputError, match=r"state.safetensors is damaged.*delete it"):
        fit(job(), PLAN, tmp_path)


def test_an_error_in_a_batch_reaches_the_caller(tmp_path: Path) -> None:
    broken = job()

    def batch(step: int) -> tuple[Tensor, Tensor]:
        raise InputError("page 3 is gone")

    broken.batch = batch
    with pytest.raises(InputError, match="page 3 is gone"):
        fit(broken, PLAN, tmp_path)


def test_no_log_no_plot(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no log"):
        plot(tmp_path, tmp_path / "x.png")


def test_processes_make_the_same_batches_as_a_thread(tmp_path: Path) -> None:
    def numbers() -> Job[tuple[np.ndarray, np.ndarray]]:
        made = job()

        def batch(step: int) -> tuple[np.ndarray, np.ndarray]:
            x = np.random.default_rng(step).normal(size=(16, 2)).astype(np.float32)
            return x, x.sum(1, keepdims=True)

        def loss(model: nn.Module, batch: tuple[np.ndarray, np.ndarray]) -> dict[str, Tensor]:
            x, y = (torch.as_tensor(part) for part in batch)
            return {"loss": (model(x).float() - y).square().mean()}

        return Job(made.network, batch, loss)

    assert fit(numbers(), PLAN, tmp_path / "thread")
    assert fit(numbers(), replace(PLAN, workers=2), tmp_path / "processes")
    one, two = weights(tmp_path / "thread"), weights(tmp_path / "processes")
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_run_may_last_a_time_instead_of_steps(tmp_path: Path) -> None:
    plan = replace(PLAN, steps=1_000_000, minutes=0.02, warmup=1)
    rates: list[float] = []
    assert fit(job(), plan, tmp_path, on_step=lambda p: rates.append(plan.rate_at(p.step, p.seconds)))
    done = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert 0 < done["step"] < 1_000_000 and done["seconds"] >= 1.2
    assert rates[0] > 0.9 * plan.rate and rates[-1] == pytest.approx(0.02 * plan.rate)
    again = job()
    assert fit(again, plan, tmp_path)  # its time is over: nothing is trained any more
    assert all(
        torch.equal(value, weights(tmp_path)[name]) for name, value in again.network.state_dict().items()
    )
