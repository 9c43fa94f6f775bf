"""The paper's search table: length up to the best look, looks really taken, located by IoU."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from seal.agents.contracts import Capabilities, Sighting
from seal.agents.fake import ScriptedVQA
from seal.measure.bench import load_cases
from seal.measure.searches import run_searches
from seal.memory.geometry import Box
from seal.memory.image import Patch
from seal.orchestrator import Seal
from seal.settings import Budget, SearchSettings

MUG = Box(520, 510, 40, 40)


class HalfSure:
    """Sees the mug in whatever patch holds it, at `scores` by the side of the patch; never a cue."""

    name = "half sure"
    capabilities = Capabilities(input_side=500)

    def __init__(self, scores: dict[int, float]) -> None:
        self.scores = scores

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        return [[self.look(patch)] * len(phrases) for patch in patches]

    def look(self, patch: Patch) -> Sighting:
        if not patch.box.contains(MUG):
            return Sighting()
        box = MUG.shifted(-patch.box.x, -patch.box.y).xyxy
        score = self.scores.get(round(patch.box.width), 0.1)
        return Sighting(np.array([box], np.float32), np.array([score], np.float32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "colour").mkdir()
    PIL.Image.new("RGB", (1000, 1000), "white").save(tmp_path / "colour" / "a.png")
    case = {
        "target_object": ["mug"],
        "bbox": [MUG.xywh],
        "question": "Which colour?",
        "options": ["red", "blue"],
    }
    (tmp_path / "colour" / "a.json").write_text(json.dumps(case))
    return tmp_path


@pytest.mark.parametrize(
    ("scores", "row"),
    [
        ({1000: 0.6}, ("1", "1", "1", "1.00", "1.00", "1.00")),
        ({500: 0.4}, ("1", "1", "1", "5.00", "21.00", "21.00")),
        ({500: 0.2}, ("1", "0", "0", "-", "-", "21.00")),
    ],
    ids=["at once", "best of all looks", "not sure enough"],
)
def test_length_and_looks(folder: Path, scores: dict[int, float], row: tuple[str, ...]) -> None:
    """A whole search takes 1 + 4 + 16 looks; the mug is in the last of the 4."""
    seal = Seal(
        ScriptedVQA(), HalfSure(scores), "vstar", Budget(looks=None), search=SearchSettings.published()
    )
    told: list[str] = []
    report = run_searches(load_cases(folder), seal, lambda s: told.append(s.phrase))
    header, *rows = report.rows()
    assert header[1:7] == ("targets", "found", "located", "search length", "looks (located)", "looks (all)")
    assert told == ["mug"] and [r[0] for r in rows] == ["colour", "all"]
    assert rows[0][1:7] == rows[1][1:7] == row
    assert rows[0][7] == row[-1]


def test_published_searches_target_by_target(folder: Path) -> None:
    targets = ["mug", "cup"]
    looks = {}
    for together in (False, True):
        search = SearchSettings.published(together=together)
        seal = Seal(ScriptedVQA(), HalfSure({500: 0.4}), "vstar", Budget(looks=None), search=search)
        looks[together] = seal.locate(PIL.Image.new("RGB", (1000, 1000)), targets).spend.looks
    assert looks == {False: 42, True: 21}
