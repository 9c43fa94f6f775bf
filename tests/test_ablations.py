"""What is taken away by --without is away, and nothing else; and the curve of budgets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from typer.testing import CliRunner

from seal import Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.cli import bench as command
from seal.cli.app import app
from seal.measure.ablations import PARTS, without
from seal.measure.cases import Case
from seal.measure.curve import curve
from seal.measure.report import CaseResult
from seal.memory.errors import SettingError
from seal.memory.geometry import Box
from seal.memory.image import Patch
from seal.memory.kept import Kept, forget
from seal.memory.working import VisualWorkingMemory, decode_png
from seal.record.steps import CheckStep
from seal.settings import SearchSettings

BELL, CUP = Box(3000, 200, 24, 24), Box(600, 1500, 24, 24)
SCREEN = np.full((2304, 4096, 3), 255, np.uint8)


class Asked(ScriptedVQA):
    """Keeps the memories that it was shown; says yes where the bell was found."""

    def __init__(self) -> None:
        super().__init__(
            needs=lambda *_: Need((Target("bell"), Target("cup"))),
            answers=self.say,
        )
        self.memories: list[VisualWorkingMemory] = []
        self.asked_where = 0

    def where(self, patch: Patch, target: str) -> str:
        self.asked_where += 1
        return "It is most likely to appear in the top right corner."

    def say(self, memory: VisualWorkingMemory, options: Sequence[str] | None) -> Answer:
        self.memories.append(memory)
        found = [t for t in memory.targets if t.phrase == "bell"]
        if not found:
            return Answer("", "cannot_tell", 0.0)
        return Answer("yes", cites=(found[0].crop,), places=((1, found[0].box),))


def asked(*parts: str) -> tuple[Asked, Any]:
    vqa = Asked()
    able = Capabilities(input_side=512, smallest_px=12.0)
    seal = Seal(vqa, FakeLocalizer({"bell": [BELL], "cup": [CUP]}, capabilities=able))
    return vqa, (without(seal, parts) if parts else seal).ask(SCREEN, "Is there a bell?", ["yes", "no"])


def test_nothing_is_taken_away_by_default() -> None:
    vqa, result = asked()
    (memory,) = vqa.memories
    assert {t.box for t in memory.targets} == {t.box for t in result.targets} and vqa.asked_where > 0
    assert {"relation", "distance"} <= {f.kind for f in memory.facts}
    assert any(isinstance(step, CheckStep) for step in result.steps)


def test_without_coordinates_every_box_is_the_whole_page() -> None:
    vqa, result = asked("coordinates")
    (memory,) = vqa.memories
    page = Box(0, 0, 4096, 2304)
    assert len(memory.targets) == 2 and {b.box for b in (*memory.targets, *memory.crops)} == {page}
    assert {f.kind for f in memory.facts} <= {"count", "color"}
    assert [c.png for c in memory.crops] == [c.png for c in result.memory.crops]
    assert result.origin.vqa == "fake:vqa without coordinates"
    assert max(t.box.iou(BELL) for t in result.targets) > 0.9  # what the user gets has its places
    assert all(page != place.box for place in result.places)


def test_without_facts_the_rest_stays() -> None:
    vqa, result = asked("facts")
    (memory,) = vqa.memories
    assert memory.facts == () != result.memory.facts and memory.targets == result.memory.targets
    assert result.origin.vqa == "fake:vqa without facts"


def test_without_right_crops_every_crop_shows_another_place() -> None:
    screen = SCREEN.copy()
    screen[200:224, 3000:3024] = (255, 0, 0)
    vqa = Asked()
    able = Capabilities(input_side=512, smallest_px=12.0)
    seal = Seal(vqa, FakeLocalizer({"bell": [BELL], "cup": [CUP]}, capabilities=able))
    told = without(seal, ["right-crops"]).ask(screen, "Is there a bell?", ["yes", "no"])
    plain = seal.ask(screen, "Is there a bell?", ["yes", "no"])
    wrong, right = vqa.memories
    assert told.answer == plain.answer == "yes" and len(wrong.crops) == len(right.crops) > 0
    page = Box(0, 0, 4096, 2304)
    for one, other in zip(wrong.crops, right.crops, strict=True):
        assert one.id == other.id and one.box.iou(other.box) == 0.0 and page.coverage(one.box) == 1.0
        assert (one.box.width, one.box.height) == (other.box.width, other.box.height)
        assert decode_png(one.png).size == decode_png(other.png).size
    red = [np.asarray(decode_png(crop.png))[..., 1].min() < 60 for crop in right.crops]
    assert any(red) and not any(np.asarray(decode_png(crop.png))[..., 1].min() < 60 for crop in wrong.crops)
    assert not any(t.text for t in wrong.targets) and wrong.facts == () and right.facts
    assert all(t.box == wrong.crop(t.crop).box for t in wrong.targets)


def test_without_the_second_look_nothing_is_checked() -> None:
    _, result = asked("second-look")
    assert not any(isinstance(step, CheckStep) for step in result.steps) and result.answer == "yes"


@pytest.mark.parametrize("policy", ["vstar", "ideal"])
def test_without_the_cue_nobody_is_asked_where(policy: str) -> None:
    vqa = Asked()
    able = Capabilities(input_side=512, smallest_px=12.0)
    seal = without(Seal(vqa, FakeLocalizer({"bell": [BELL]}, capabilities=able), policy), ["cue"])
    result = seal.ask(SCREEN, "Is there a bell?")
    assert vqa.asked_where == 0 == result.spend.calls["context"] and result.answer == "yes"


def test_ablations_have_setups_of_their_own() -> None:
    from seal.measure.ledger import setups

    def setup(*parts: str) -> str:
        return json.dumps(setups(without(Seal(Asked(), FakeLocalizer({})), parts))["search"])

    told = [setup(), *(setup(part) for part in PARTS), setup(*PARTS)]
    assert len(set(told)) == len(told)
    with pytest.raises(
        SettingError, match=r"no part 'places'.*coordinates, facts, second-look, right-crops, cue"
    ):
        setup("places")


def test_forget_empties_all_that_is_kept() -> None:
    kept = Kept[int](4)
    kept.get("a", lambda: 1)
    forget()
    assert len(kept) == 0


@pytest.fixture
def bells(tmp_path: Path) -> Path:
    for name, box in (("a", BELL), ("b", Box(200, 200, 24, 24))):
        case = {"target_object": ["bell"], "bbox": [box.xywh], "question": f"Is there a bell in {name}?"}
        (tmp_path / f"{name}.json").write_text(json.dumps({**case, "options": ["yes", "no"]}))
        PIL.Image.fromarray(SCREEN).save(tmp_path / f"{name}.png")
    return tmp_path


def test_the_curve_tells_what_each_budget_gives(bells: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Seal] = []

    def fresh(*_: Any) -> Seal:
        able = Capabilities(input_side=512, smallest_px=12.0)
        made.append(Seal(Asked(), FakeLocalizer({"bell": [BELL]}, capabilities=able)))
        return made[-1]

    monkeypatch.setattr(command, "seal_of", fresh)
    picture = bells / "curve.png"
    arguments = ["bench", str(bells), "--curve", str(picture), "--markdown", "--without", "second-look"]
    told = CliRunner().invoke(app, arguments)
    assert told.exception is None, told.exception
    lines = [line for line in told.stdout.splitlines() if line.startswith("| ") and "---" not in line]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["looks allowed", "right", "wrong", "refused", "looks", "seconds"]
    assert [row[0] for row in cells[1:]] == [str(2**i) for i in range(len(cells) - 1)] and len(made) > 2
    assert cells[1][1:4] == ["0.000", "0.00", "1.00"] and cells[-1][1:4] == ["1.000", "0.00", "0.00"]
    with PIL.Image.open(picture) as drawn:
        assert drawn.width > drawn.height > 200
    assert made[0].search == SearchSettings()  # each is made anew, and changed after that


def test_the_curve_counts_wrong_answers_apart_from_refused_ones() -> None:
    case = Case(name="c", kind="k", image=Path("c.png"), question="Is there a bell?", options=("yes", "no"))
    status = ("answered", "answered", "cannot_tell", "answered")
    told = [
        (score, CaseResult(case, "no", how, hits=0, targets=1, looks=0, seconds=0.1))
        for score, how in zip((1.0, 0.0, 0.0, 0.4), status, strict=True)
    ]
    (point,) = curve(lambda: Seal(Asked(), FakeLocalizer({})), lambda _: told)
    assert (point.score, point.wrong, point.refused) == (0.35, 0.25, 0.25)
