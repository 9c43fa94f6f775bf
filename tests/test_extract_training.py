"""Pages with questions as training data, public sets, and the training of the extractor."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from tiny_encoder import tiny_encoder
from typer.testing import CliRunner

from seal.agents.extract.extractor import KINDS, Extractor
from seal.cli.app import app
from seal.memory.errors import InputError
from seal.train import extractor as training
from seal.train.asked_pages import Sets, written_pages
from seal.train.loop import Plan
from seal.train.page_noise import AskedPage, broken, in_sentences
from seal.train.public_sets import SETS, gather

TABLE = {
    "table": [["Name", "Born"], ["Ada", "1815"], ["Emmy", "1882"]],
    "qa": [{"q": "When was Emmy born?", "cell": [2, 1]}],
}


def test_the_written_pages_hold_their_answers() -> None:
    pages = written_pages()
    assert len(pages) > 200
    for page in pages:
        assert len(page["page"]) >= 8 and all(isinstance(row, str) for row in page["page"])
        for asked in page["qa"]:
            if asked["a"] is not None:
                assert asked["a"] in ("yes", "no") or asked["a"] in page["page"][asked["row"]], asked
    answers = [asked["a"] for page in pages for asked in page["qa"]]
    assert answers.count(None) > 200 and answers.count("yes") > 100 and answers.count("no") > 100
    questions = [asked["q"] for page in pages for asked in page["qa"]]
    assert len(set(questions)) > 0.95 * len(questions)


def test_a_drawn_page_holds_its_answer(tmp_path: Path) -> None:
    (tmp_path / "tables.jsonl").write_text(json.dumps(TABLE), "utf-8")
    sets, rng = Sets(tmp_path), Random(0)
    seen = set()
    for page in (sets.draw(rng) for _ in range(600)):
        seen.add(page.kind)
        assert page.kind in KINDS and page.question.strip()
        if page.kind == "none":
            assert page.row == -1
        else:
            assert page.rows[page.row][page.start : page.end].strip()
        if page.question.startswith("When was Emmy"):
            assert page.rows[page.row][page.start : page.end] == "1882"
    assert seen == set(KINDS)
    assert [sets.draw(Random(3)) for _ in range(2)] == [sets.draw(Random(3))] * 2


def test_a_broken_set_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("{", "utf-8")
    with pytest.raises(InputError, match=r"x\.jsonl is no file of pages"):
        Sets(tmp_path)
    with pytest.raises(InputError, match="holds no clone"):
        gather(tmp_path, tmp_path / "out")


def test_a_paragraph_is_broken_at_words_and_its_spans_stay() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 8
    for start, word in ((text.index("lazy", 100), "lazy"), (0, "The")):
        for show in (broken, in_sentences):
            rows, (row, first, last) = show(text, (start, start + len(word)), Random(1))
            assert " ".join(rows).split() == text.split()
            assert rows[row][first:last] == word


def test_clones_are_read(tmp_path: Path) -> None:
    squad = {
        "data": [
            {
                "paragraphs": [
                    {
                        "context": "Ada wrote it in 1843.",
                        "qas": [{"question": "When?", "answers": [{"text": "1843", "answer_start": 16}]}],
                    }
                ]
            }
        ]
    }
    report = {
        "table": {"table": [["", "2019"], ["Revenue", "$ 12.5"]]},
        "paragraphs": [{"order": 1, "text": "Revenue grew because of ink."}],
        "questions": [
            {
                "question": "Revenue in 2019?",
                "answer": ["$ 12.5"],
                "answer_type": "span",
                "answer_from": "table",
            },
            {"question": "How many?", "answer": 3, "answer_type": "count", "answer_from": "table"},
        ],
    }
    files = {
        "xquad/xquad.en.json": json.dumps(squad),
        "PolicyQA/data/dev.json": json.dumps(squad),
        "PolicyQA/data/test.json": json.dumps(squad),
        "COVID-QA/data/question-answering/200423_covidQA.json": json.dumps(squad),
        "TAT-QA/dataset_raw/tatqa_dataset_dev.json": json.dumps([report]),
        "TAT-QA/dataset_raw/tatqa_dataset_test_gold.json": "[]",
        "qamr/data/wiki-sentences.tsv": "a\tThe pie ( of Ada ) is hot .",
        "qamr/data/filtered/dev.tsv": "a\t1\t2\t0\t1\tWhose pie is hot?\t4\t\t",
        "qamr/data/filtered/test.tsv": "",
        "qamr/data/filtered/ptb.tsv": "",
        "WikiTableQuestions/data/training.tsv": "id\tutterance\tcontext\ttargetValue\n"
        "n\twho was born in 1882?\tcsv/1.csv\tEmmy",
        "WikiTableQuestions/data/pristine-unseen-tables.tsv": "id\tutterance\tcontext\ttargetValue",
        "WikiTableQuestions/csv/1.tsv": "Name\tBorn\nAda\t1815\nEmmy\t1882",
        "AITQA/raw_data/aitqa_questions.jsonl": json.dumps(
            {"table_id": "t", "question": "What did fuel cost in 2019?", "answers": ["$ 9"]}
        ),
        "AITQA/raw_data/aitqa_tables.jsonl": json.dumps(
            {"id": "t", "column_header": [["Year", "2019"]], "row_header": [["Fuel"]], "data": [["$ 9"]]}
        ),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert gather(tmp_path, tmp_path / "out") == {**dict.fromkeys(SETS, 1), "PolicyQA": 2}
    found = {}
    for path in (tmp_path / "out").iterdir():
        for item in map(json.loads, path.read_text("utf-8").splitlines()):
            for asked in item["qa"]:
                if "table" in item:
                    row, column = asked["cell"]
                    found[asked["q"]] = item["table"][row][column]
                else:
                    held = item["text"] if "text" in item else item["page"][asked["row"]]
                    found[asked["q"]] = held[slice(*asked["at"])]
    assert found == {
        "When?": "1843",
        "Revenue in 2019?": "$ 12.5",
        "Whose pie is hot?": "Ada",
        "who was born in 1882?": "Emmy",
        "What did fuel cost in 2019?": "$ 9",
    }


def test_a_window_without_the_answer_is_of_no_kind(tmp_path: Path) -> None:
    maker = training.Maker(tiny_encoder(tmp_path / "base"), None, 0, 1)
    rows = tuple(f"row number {i} with some words in it" for i in range(60))
    page = AskedPage(rows, "which?", "words", 50, 4, 10)
    made = [training.make_windows([page], maker.tokenizer, Random(i)) for i in range(40)]
    for batch in made:
        held = int(batch.starts[0]) >= 0
        assert held == (KINDS[int(batch.kinds[0])] == "words")
        if held:
            assert bool(batch.own[0, batch.starts[0]]) and batch.starts[0] <= batch.ends[0]
    assert 0 < sum(int(batch.starts[0]) >= 0 for batch in made) < len(made)


def test_a_training_goes_on_is_exported_and_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx", reason="writing the extractor needs the extra train")
    base = tiny_encoder(tmp_path / "base")
    monkeypatch.setattr(training, "base_folder", lambda: base)
    arguments = [
        "train",
        "extractor",
        str(tmp_path / "run"),
        "--steps",
        "2",
        "--batch",
        "2",
        "--device",
        "cpu",
    ]
    for _ in range(2):
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, result.output
    lines = (tmp_path / "run" / "log.jsonl").read_text("utf-8").splitlines()
    assert {"loss", "where", "kind"} < set(json.loads(lines[-1]))
    assert (tmp_path / "run" / "loss.png").is_file()
    found = Extractor(tmp_path / "run" / "model").find("what is the button?", ["the button", "is | off"])
    assert found and all(0 <= extract.sure <= 1 for extract in found)
    with pytest.raises(InputError):
        training.train(tmp_path / "run", Plan(steps=3, warmup=1), base=base)
