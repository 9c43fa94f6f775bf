"""`seal doctor`: healthy agents pass, and every fault that it looks for is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_localizers
from typer.testing import CliRunner

from seal.agents.answers.agent import Guide
from seal.agents.contracts import Answer, Capabilities, Check, Need, Sighting, Target
from seal.cli.app import app
from seal.measure.doctor import examine_localizer, examine_vqa
from seal.memory.errors import AgentError
from seal.memory.image import Patch
from seal.memory.working import VisualWorkingMemory


class Painter:
    """A VQA agent that looks at the crop and names its colour; faults on demand."""

    name, input_side = "painter", 512

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.calls = 0

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        if self.fault == "show":
            raise AgentError("the server is gone")
        return Need((Target("red thing"),))

    def where(self, patch: Patch, target: str) -> str:
        return None if self.fault == "where" else "at the top"  # type: ignore[return-value]

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        self.calls += 1
        red, _, blue = np.asarray(memory.crops[0].pil())[40, 60].tolist()
        said = "red" if red > blue or self.fault == "blind" else "blue"
        said = {"wrong": "blue" if said == "red" else "red", "options": "purple"}.get(self.fault, said)
        scores = tuple(float(o == said) for o in memory.options or ()) or None
        if self.fault == "scores":
            scores = (1.0,)
        cites = ("crop-9",) if self.fault == "cites" else ("crop-1",)
        sure = self.calls / 100 if self.fault == "moody" else 0.9
        return Answer(
            said, confidence=2.0 if self.fault == "confidence" else sure, cites=cites, option_scores=scores
        )


class Finder:
    """A localizer of what is not white; faults on demand."""

    name = "finder"
    capabilities = Capabilities(input_side=512)

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.calls = 0

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        self.calls += 1
        if self.fault == "shape":
            return []
        return [[self.look(patch)] * len(phrases) for patch in patches]

    def look(self, patch: Patch) -> Sighting:
        pixels = np.asarray(patch.read(512))
        ink = (pixels < 250).any(axis=-1)
        scale = 1.0 if self.fault == "frame" else patch.box.width / pixels.shape[1]
        if self.fault == "cue":
            return Sighting(cue=ink[::8, ::8].astype(np.float32))
        rows, columns = np.nonzero(ink)
        if not len(rows):
            return (
                Sighting()
                if self.fault != "always"
                else Sighting(np.array([[0, 0, 1, 1]], np.float32), np.ones(1, np.float32))
            )
        box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32) * scale
        if self.fault == "image frame":
            box += np.array([patch.box.x, patch.box.y] * 2, np.float32)
        if self.fault == "moody":
            box += 3 * self.calls
        return Sighting(box, np.array([0.9], np.float32))


class Closed(Finder):
    """Knows zebras alone."""

    def unknown(self, phrase: str) -> str:
        return "" if phrase == "zebra" else f"closed has no name for {phrase!r}."


def failed(checks: Any) -> dict[str, str]:
    listed = list(checks)
    assert listed and all(isinstance(check, Check) and check.detail for check in listed)
    return {check.name: check.detail for check in listed if check.verdict == "fail"}


@pytest.mark.parametrize(
    ("fault", "names", "detail"),
    [
        ("", [], ""),
        ("show", ["show", "speed"], "the server is gone"),
        ("where", ["where"], "expected a reply of type str, got None from where"),
        ("blind", ["names colours", "sees pictures"], "may not reach the model"),
        ("wrong", ["names colours"], "cannot name plain red or blue"),
        ("options", ["options"], "expected one of the options, got 'purple' from tell"),
        ("scores", ["options", "tell"], "1 scores from tell"),
        ("cites", ["options", "tell"], "cites crops that are not there: crop-9"),
        ("confidence", ["options", "tell"], "confidence 2.0"),
        ("moody", ["repeats its answer"], "the same asked twice differs"),
    ],
)
def test_vqa(fault: str, names: list[str], detail: str) -> None:
    found = failed(examine_vqa(Painter(fault)))
    assert sorted(found) == names
    assert detail in " ".join(found.values())


@pytest.mark.parametrize(
    ("fault", "names", "detail"),
    [
        ("", [], ""),
        ("cue", [], ""),
        ("shape", ["contract"], "expected 3 x 2 sightings"),
        ("frame", ["coordinates"], "IoU 0."),
        ("image frame", ["contract"], "expected boxes in pixels of the patch, got one outside"),
        ("always", ["there or not"], "0.90 with it, 1.00 without"),
        ("moody", ["repeats itself"], "other boxes than in a batch"),
    ],
)
def test_localizers(fault: str, names: list[str], detail: str) -> None:
    found = failed(examine_localizer(Finder(fault)))
    assert sorted(found) == names
    assert detail in " ".join(found.values())


def test_a_closed_vocabulary_is_not_blamed() -> None:
    checks = list(examine_localizer(Closed()))
    assert [check.verdict for check in checks] == ["skipped", "ok"]
    assert "closed has no name for 'red rectangle'" in checks[0].detail


def test_an_agent_may_offer_checks_of_its_own() -> None:
    class Tells(Painter):
        def self_test(self) -> Iterator[Check]:
            yield Check("buffers", "fail", "never computed: rope")
            if self.fault:
                raise RuntimeError(self.fault)

    class Finds(Finder):
        def self_test(self) -> list[Any]:
            return ["no check"]

    assert failed(examine_vqa(Tells())) == {"buffers": "never computed: rope"}
    found = failed(examine_vqa(Tells("out of memory")))
    assert found["self-test"] == "painter failed in self_test: RuntimeError: out of memory"
    assert "expected a reply of type Check, got str" in failed(examine_localizer(Finds()))["self-test"]


def test_the_reader_is_healthy() -> None:
    assert failed(examine_vqa(Guide())) == {}


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["reader"], 0, "It works."),
        (["ocr:rapidocr"], 0, "ocr:rapidocr as localizer"),
        (["replay:absent.jsonl", "--as", "localizer"], 2, "absent.jsonl"),
        (["nothing"], 2, "There is no localizer 'nothing'"),
        (["reader", "--as", "both"], 2, "--as must be vqa or localizer"),
    ],
)
def test_the_command(arguments: list[str], code: int, text: str) -> None:
    result = CliRunner().invoke(app, ["doctor", *arguments])
    if code == 2:
        assert text in str(result.exception)
    else:
        assert result.exit_code == code and text in result.stdout


def test_a_detector_is_told_to_be_one(tmp_path: Path) -> None:
    folder = tiny_localizers.build("yolos", tmp_path)
    told = CliRunner().invoke(app, ["doctor", f"hf:{folder}"])
    assert "(yolos) is a detector: it is examined as a localizer." in told.output
    words = " ".join(told.stdout.replace("│", " ").split())  # however the table breaks its lines
    assert "as localizer" in words and "red rectangle" in words  # which it has no label for
    wrong = CliRunner().invoke(app, ["doctor", f"hf:{folder}", "--as", "vqa"])
    assert "It is a detector: use it as the localizer" in str(wrong.exception)
