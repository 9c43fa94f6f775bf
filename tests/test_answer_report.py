"""The measure of the extractor on pages kept apart: what counts as right, and the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seal.agents.extract.extractor import Extract, Extractor
from seal.cli.app import app
from seal.memory.errors import AgentError
from seal.train.answer_report import held_pages, is_right, measure, table
from seal.train.asked_pages import written_pages

PAGES = [
    {
        "page": ["Total | 12.50"],
        "qa": [{"q": "What is the total?", "a": "12.50"}, {"q": "Who signed?", "a": None}],
    },
    {"page": ["Paid"], "qa": [{"q": "Is it paid?", "a": "yes"}, {"q": "Which state?", "a": "paid"}]},
]


@dataclass
class Fake(Extractor):
    """Tells what it is given, by the question."""

    told: dict[str, tuple[str, float]] = field(default_factory=dict)

    def find(self, question: str, rows: object, most: int = 6) -> list[Extract]:
        del rows, most
        text, sure = self.told.get(question, ("", 0.0))
        return [Extract(text, 0, 0, len(text), sure)] if text else []


def test_what_counts_as_right() -> None:
    assert is_right("12.50", "12.50") and is_right("12.5", "12.50") and is_right("3 May", "on 3 May")
    assert (
        not is_right("12.50", "13.50")
        and not is_right(None, "x")
        and not is_right("a long answer of it", "answer")
    )
    assert not is_right("paid", "")


def test_levels_are_counted() -> None:
    told = {
        "What is the total?": ("12.50", 0.96),
        "Who signed?": ("Total", 0.75),
        "Is it paid?": ("no", 0.85),
        "Which state?": ("open", 0.6),
    }
    counted = {c.level: c for c in measure(Fake(told), PAGES)}
    assert (counted[0.95].right, counted[0.95].wrong, counted[0.95].nowhere) == (1, 0, 0)
    assert (counted[0.7].nowhere, counted[0.8].polar_wrong, counted[0.9].polar_wrong) == (1, 1, 0)
    assert (counted[0.5].right, counted[0.5].wrong, counted[0.5].polar_right) == (1, 1, 0)
    assert table(measure(Fake(told), PAGES), PAGES).splitlines()[-1] == "| 0.95 | 1, 0 | 0 | 0, 0 |"


def test_the_pages_kept_apart_are_in_no_training() -> None:
    trained = {row for page in written_pages() for row in page["page"] if len(row) > 30}
    kept = {row for page in held_pages() for row in page["page"] if len(row) > 30}
    assert len(kept) > 200 and not kept & trained


@pytest.mark.parametrize("model", ["absent", ""])
def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str) -> None:
    monkeypatch.setattr("seal.train.answer_report.held_pages", lambda: held_pages()[:1])
    ran = CliRunner().invoke(app, ["train", "answers", *([str(tmp_path / model)] if model else [])])
    if model:
        assert isinstance(ran.exception, AgentError) and "extractor.onnx" in str(ran.exception)
    else:
        assert ran.exit_code == 0 and ran.output.count("\n") == 7, ran.output
