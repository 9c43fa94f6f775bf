"""policy="vstar" repeats 40 recorded runs of the released search: visits, order, calls, box, outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from vstar_oracle import VStarOracle, blank_image

from seal.agents.contracts import Target
from seal.memory.image import open_document
from seal.search.loop import search
from seal.search.outcome import SearchOutcome
from seal.search.policies import VStar
from seal.search.tree import smallest_side
from seal.settings import Budget, SearchSettings

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "vstar_cases.json").read_text())[
    "cases"
]
IDS = [case["id"] for case in CASES]
UNLIMITED = Budget(looks=None, seconds=None)


def run(case: dict[str, Any], grid: int | None, batch_size: int = 1) -> tuple[SearchOutcome, VStarOracle]:
    p = case["params"]
    settings = SearchSettings.published(
        confidence_high=p["confidence_high"],
        confidence_low=p["confidence_low"],
        cue_threshold=p["cue_threshold"],
        cue_decay=p["cue_decay"],
        cue_minimum=p["cue_minimum"],
        leaf=p["smallest_size"],
        batch_size=batch_size,
    )
    oracle = VStarOracle(case, grid)
    document = open_document(blank_image(case))
    outcome = search(
        document,
        [Target(case["name"])],
        oracle,
        policy=VStar(),
        settings=settings,
        budget=UNLIMITED,
        where=oracle,
    )
    return outcome, oracle


def check_outcome(case: dict[str, Any], outcome: SearchOutcome) -> None:
    expected, calls = case["expected"], outcome.calls
    assert {"detection": calls.detection, "vqa": calls.where, "segmentation": calls.context} == expected[
        "calls"
    ]
    (target,) = outcome.targets
    if expected["error"]:  # the released code died here; nothing found is what it should have said
        assert target.status == "absent" and target.best is None and not target.instances
        return
    assert (target.status == "found") == expected["success"]
    assert target.best is not None
    if not case["ties"]:  # the order of equal priorities is the heap's own
        assert target.path_length == expected["path_length"]
        assert outcome.steps[target.best.look].box.xywh == tuple(expected["final_patch"])
    assert target.best.box.xywh == pytest.approx(expected["final_box"], abs=0.01)
    assert target.best.score == pytest.approx(expected["final_score"], abs=1e-5)
    if expected["instances"]:
        boxes = np.array(sorted(i.box.xywh for i in target.instances))
        np.testing.assert_allclose(boxes, np.array(sorted(map(tuple, expected["instances"]))), atol=0.05)


def check_order(case: dict[str, Any], outcome: SearchOutcome, tolerance: float) -> None:
    rows = [dict(zip(VISIT_COLUMNS, row, strict=True)) for row in case["expected"]["visits"]]
    assert [step.box.xywh for step in outcome.steps] == [(r["x"], r["y"], r["w"], r["h"]) for r in rows]
    for step, row in zip(outcome.steps, rows, strict=True):
        (seen,) = step.observations
        assert step.level == row["level"]
        assert (-1 if step.parent is None else step.parent) == row["parent"]
        assert bool(seen.context) == bool(row["context_used"])
        assert (step.priority is None) == (row["score"] is None)
        if row["score"] is not None:
            assert step.priority == pytest.approx(row["score"], abs=tolerance)
        assert (seen.top_score is None) == (row["top_score"] is None)
        if row["top_score"] is not None:
            assert seen.top_score == pytest.approx(row["top_score"], abs=1e-5)
        assert seen.cue_max == pytest.approx(row["cue_max"], abs=2e-4)


VISIT_COLUMNS = ("x", "y", "w", "h", "level", "score", "parent", "top_score", "cue_max", "context_used")


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_released_run_is_repeated_with_full_resolution_maps(case: dict[str, Any]) -> None:
    outcome, oracle = run(case, grid=None)
    check_outcome(case, outcome)
    if case["ties"]:  # all priorities equal: the order is the heap's own, the set of visits is not
        assert {s.box.xywh for s in outcome.steps} == {tuple(row[:4]) for row in case["expected"]["visits"]}
        return
    check_order(case, outcome, tolerance=1e-6)
    assert oracle.context_phrases == case["expected"]["cue_phrases"]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_outcome_and_calls_hold_with_maps_at_model_resolution(case: dict[str, Any]) -> None:
    outcome, _ = run(case, grid=192)
    check_outcome(case, outcome)


@pytest.mark.parametrize("case", CASES[::4], ids=IDS[::4])
def test_batches_change_nothing(case: dict[str, Any]) -> None:
    alone, _ = run(case, grid=96)
    batched, _ = run(case, grid=96, batch_size=8)
    assert [s.box for s in batched.steps] == [s.box for s in alone.steps]
    assert batched.targets == alone.targets
    assert batched.patches >= alone.patches == len(alone.steps)


@pytest.mark.parametrize("case", [c for c in CASES if c["id"] != "p37"], ids=[i for i in IDS if i != "p37"])
def test_published_leaf_rule(case: dict[str, Any]) -> None:
    """p37 was recorded with a leaf size of its own."""
    assert smallest_side(blank_image(case).box) == case["params"]["smallest_size"]


def test_the_recordings_are_all_there() -> None:
    assert len(CASES) == 40
    assert sum(case["ties"] for case in CASES) == 1
    assert np.mean([len(case["expected"]["visits"]) for case in CASES]) > 10
