"""How far confidence can be trusted: bins, calibration error, thresholds; on made-up answers."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from seal.measure.cases import Case
from seal.measure.reliability import draw, reliability
from seal.measure.report import CaseResult

FREE = Case(name="n", kind="k", image=Path("a.png"), question="What?", answer="12")
NOBODY = Case(name="n", kind="k", image=Path("a.png"), question="What?", cannot_tell=True)


def told(confidence: float | None, answer: str, case: Case = FREE) -> CaseResult:
    status = "answered" if answer else "cannot_tell"
    return CaseResult(case, answer, status, 0, 0, 1, 0.1, "", confidence)


TEN = [told(0.95, "12")] * 3 + [told(0.95, "13")] + [told(0.25, "13")] * 4 + [told(0.0, "")] * 2


def test_bins_and_error() -> None:
    result = reliability(TEN)
    assert [b.count for b in result.bins] == [0, 0, 4, 0, 0, 0, 0, 0, 0, 4]
    assert (result.bins[9].confidence, result.bins[9].right) == (pytest.approx(0.95), 0.75)
    assert result.error == pytest.approx((4 * 0.2 + 4 * 0.25) / 8)
    assert result.rows()[3] == ("0.2-0.3", "4", "0.25", "0.00") and result.rows()[1][1:] == ("0", "-", "-")
    assert result.title == "Expected calibration error 0.225: 8 answers of 10 questions"


def test_thresholds_turn_answers_into_refusals() -> None:
    shares = dict(reliability(TEN, [0.0, 0.5, 0.96]).thresholds)
    assert shares == {
        0.0: {"right": 0.3, "wrong": 0.5, "refused": 0.2},
        0.5: {"right": 0.3, "wrong": 0.1, "refused": 0.6},
        0.96: {"right": 0.0, "wrong": 0.0, "refused": 1.0},
    }


def test_a_refusal_may_be_right() -> None:
    results = [told(0.3, "12", NOBODY), told(0.0, "", NOBODY)]
    shares = dict(reliability(results, [0.2, 0.4]).thresholds)
    assert shares[0.2]["wrong"] == 0.5 and shares[0.4]["right"] == 1.0


def test_a_confidence_that_is_honest_has_no_error() -> None:
    results = [told(0.75, "12")] * 75 + [told(0.75, "13")] * 25 + [told(1.0, "12")] * 10
    result = reliability(results)
    assert result.error == pytest.approx(0.0) and result.bins[9].count == 10
    assert len(result.threshold_rows()) == 21 and result.threshold_rows()[1][0] == "0.00"


@pytest.mark.parametrize("results", [[], [told(0.0, "")], [told(None, "12")]])
def test_nothing_to_go_by(results: list[CaseResult]) -> None:
    result = reliability(results)
    assert result.error == 0.0 and all(b.count == 0 for b in result.bins)
    assert ("left out" in result.title) == (result.unknown == 1) == any(r.confidence is None for r in results)


def test_the_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    assert draw(reliability(TEN), tmp_path / "r.png")
    with PIL.Image.open(tmp_path / "r.png") as image:
        assert image.format == "PNG" and image.size[0] > 600

    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert not draw(reliability(TEN), tmp_path / "none.png") and not (tmp_path / "none.png").exists()
