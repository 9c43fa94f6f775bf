"""Traces: quantised cue maps, JSON round trip, graph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seal.agents.contracts import Capabilities, Target
from seal.agents.fake import FakeLocalizer
from seal.memory.errors import InputError
from seal.memory.geometry import Box
from seal.memory.image import open_document
from seal.record.steps import CueMap, LookStep, ShowStep, TellStep, _packed, _unpacked
from seal.record.trace import Trace
from seal.search.loop import search
from seal.search.policies import VStar


@pytest.fixture(scope="module")
def trace() -> Trace:
    document = open_document(np.full((1200, 2400, 3), 255, np.uint8))
    localizer = FakeLocalizer({"bell": [Box(2200, 60, 20, 20)]}, capabilities=Capabilities(input_side=256))
    outcome = search(document, [Target("bell"), Target("unicorn")], localizer, policy=VStar())
    steps = [
        ShowStep(agent="a", question="q?", targets=("bell", "unicorn")),
        *outcome.steps,
        TellStep(agent="a", answer="x", status="answered", confidence=0.5),
    ]
    return Trace(image_name="white", policy="vstar", vqa="a", localizer="b", steps=tuple(steps))


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (64, 64), (65, 10), (1000, 700)])
def test_cue_maps_are_kept_at_8_bits(shape: tuple[int, int]) -> None:
    cue = np.random.default_rng(0).normal(0, 4, shape).astype(np.float32)
    kept = CueMap.of(cue)
    back = kept.array()
    assert max(back.shape) <= 64
    assert (kept.low, kept.high) == (pytest.approx(back.min()), pytest.approx(back.max()))
    assert kept.high == pytest.approx(float(cue.max()))  # maxima survive
    if max(shape) <= 64:
        np.testing.assert_allclose(back, cue, atol=(kept.high - kept.low) / 255)


@pytest.mark.parametrize(
    "cells", [b"", b"\x00", b"\x80" * 129, b"\x80" * 131 + b"ab", bytes(range(256)), b"aab" * 99]
)
def test_runs_of_equal_cells_are_shortened_as_tiff_does(cells: bytes) -> None:
    packed = _packed(cells)
    assert _unpacked(packed) == cells and len(packed) <= len(cells) + len(cells) // 128 + 1
    assert _unpacked(bytes([1, 7, 8, 254, 9])) == bytes([7, 8, 9, 9, 9])  # two, then three of one
    assert _packed(bytes([7, 8, 9, 9, 9])) == bytes([1, 7, 8, 254, 9])


def test_a_cue_map_of_an_earlier_version_is_read() -> None:
    assert CueMap(shape_hw=(1, 2), low=0.0, high=1.0, data="AP8=").array().tolist() == [[0.0, 1.0]]


def test_a_flat_cue_map() -> None:
    assert CueMap.of(np.full((4, 4), 2.5, np.float32)).array().tolist() == [[2.5] * 4] * 4


def test_json_round_trip(trace: Trace, tmp_path: Path) -> None:
    assert Trace.model_validate_json(trace.model_dump_json()) == trace
    assert Trace.load(trace.save(tmp_path / "t.json")) == trace


def test_graph_is_the_tree_of_looks(trace: Trace) -> None:
    graph = trace.graph()
    assert graph.number_of_nodes() == len(trace.looks) > 5
    assert graph.number_of_edges() == len(trace.looks) - 1
    assert set(dict(graph.in_degree()).values()) == {0, 1}
    found = [node for node, data in graph.nodes(data=True) if data["found"]]
    assert [graph.nodes[n]["found"] for n in found] == [("bell",)]
    for parent, child in graph.edges:
        assert graph.nodes[child]["level"] == graph.nodes[parent]["level"] + 1
        assert Box(*graph.nodes[parent]["box"]).contains(Box(*graph.nodes[child]["box"]))


def test_looks_are_typed(trace: Trace) -> None:
    assert all(isinstance(step, LookStep) for step in trace.looks)
    assert [step.kind for step in trace.steps][:: len(trace.steps) - 1] == ["show", "tell"]


def test_bad_files(tmp_path: Path, trace: Trace) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Trace.load(tmp_path / "none.json")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(InputError, match="no trace"):
        Trace.load(tmp_path / "x.json")
    with pytest.raises(InputError, match="cannot be written"):
        trace.save(tmp_path / "missing" / "t.json")
