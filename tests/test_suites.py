"""Loaders and scorers of the public benchmarks, on sets drawn here in their layouts."""

from __future__ import annotations

import json
import re
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import suite_sets as sets

from seal.measure.cases import Case
from seal.measure.report import CaseResult
from seal.measure.suites.catalog import SUITES, suite_of
from seal.measure.suites.choices import asked_and_options, right_of
from seal.measure.suites.sample import FilePicture, Loaded, Sample
from seal.measure.suites.scores import anls, in_polygon, iou_of_boxes, score_click, score_field
from seal.measure.suites.tables import records
from seal.measure.suites.tally import figure, published
from seal.memory.errors import ImageError, InputError, MissingExtraError
from seal.memory.geometry import Box


def load(name: str, data: Path) -> Loaded:
    return suite_of(name).load(data)


def result(sample: Sample, answer: str = "", places: tuple[Box, ...] = (), **more: Any) -> CaseResult:
    """An answer; a refusal where there is none."""
    status = "answered" if answer else "cannot_tell"
    return CaseResult(sample.case, answer, status, 0, 0, 1, 0.1, places=tuple((1, b) for b in places), **more)


def scores(name: str, sample: Sample, answer: str = "", places: tuple[Box, ...] = ()) -> dict[str, float]:
    told = SUITES[name].score(sample, result(sample, answer, places))
    return {figure: round(value / weight, 4) for figure, (value, weight) in told.items()}


def point(x: float, y: float) -> tuple[Box]:
    return (Box(x, y, 0, 0),)


# --- every suite on its own layout --------------------------------------------------------------------------


def test_vstar_as_it_was_released(tmp_path: Path) -> None:
    loaded = load("vstar", sets.vstar_folder(tmp_path))
    assert [s.case.id for s in loaded.samples] == ["direct_attributes/sa_1", "relative_position/sa_2"]
    sample = loaded.samples[0]
    assert sample.case.answer == "rubber" and sorted(sample.options) == sorted(sample.case.options)
    assert sample.groups == (("category", "direct_attributes"),)
    assert scores("vstar", sample, "rubber") == {"accuracy": 1} and scores("vstar", sample) == {"accuracy": 0}


def test_vstar_of_the_harnesses(tmp_path: Path) -> None:
    (sample,) = load("vstar", sets.tsv(tmp_path / "vstar.tsv", [sets.VSTAR])).samples
    assert (sample.case.question, sample.case.answer) == ("What is the glove made of?", "cotton")
    assert sample.options == ("rubber", "cotton", "kevlar", "leather")
    assert sample.picture.open() == sets.png()


def test_hrbench_keeps_the_shifts_and_finds_the_picture_of_another_row(tmp_path: Path) -> None:
    samples = load("hrbench-4k", sets.tsv(tmp_path / "hr_bench_4k.tsv", sets.hrbench_rows())).samples
    assert [s.options[0] for s in samples[:4]] == ["27B", "37B", "27D", "27E"]
    assert {s.case.answer for s in samples[:4]} == {"27B"}
    assert [s.picture.open() for s in samples] == [sets.png()] * 8
    assert len({s.cluster for s in samples}) == 2
    assert samples[5].groups == (("category", "cross"), ("shift", "cycle_1"))
    assert samples[0].case.question == 'Which is "number" 0?\tSay.'


def test_hrbench_is_the_mean_over_the_shifts_of_a_question(tmp_path: Path) -> None:
    samples = load("hrbench-4k", sets.tsv(tmp_path / "hr_bench_4k.tsv", sets.hrbench_rows())).samples
    answered = samples[:6]  # one question with its four shifts, of the other two
    told = ["27B", "27B", "27B", "37B", "left", "left"]
    some = [
        SUITES["hrbench-4k"].score(s, result(s, t))["accuracy"] for s, t in zip(answered, told, strict=True)
    ]
    found = figure(some, [s.cluster for s in answered])
    assert found is not None and (found.value, found.n) == (pytest.approx((3 / 4 + 1) / 2), 2)


@pytest.mark.parametrize(
    ("row", "answer", "accuracy"),
    [
        (0, "blue", 1),
        (0, "red", 0),
        (0, "", 0),
        (1, "", 1),
        (1, "This image doesn't feature the color.", 1),
        (1, "red", 0),
    ],
)
@pytest.mark.parametrize("name", ["mme-realworld", "mme-realworld-lite", "mme-realworld-cn"])
def test_mme_takes_a_refusal_as_e(tmp_path: Path, name: str, row: int, answer: str, accuracy: float) -> None:
    sample = load(name, sets.tsv(tmp_path / "mme.tsv", sets.mme_rows())).samples[row]
    assert len(sample.options) == 5 and sample.options[0] == "red"
    assert sample.groups == (("category", "Monitoring"), ("l2-category", "Monitoring / color"))
    assert scores(name, sample, answer) == {"accuracy": accuracy}


def test_treebench_scores_the_letter_and_the_boxes(tmp_path: Path) -> None:
    sets.picture(tmp_path / "images" / "image_000000.png")
    (sample,) = load("treebench", sets.jsonl(tmp_path / "treebench.jsonl", [sets.TREE])).samples
    assert sample.options[0] == "To the left" and sample.case.bbox[0] == (86, 50, 100, 100)
    half = Box(86, 50, 100, 50)  # IoU 1/2 with the first box, 0 with the second
    assert scores("treebench", sample, "Front right", (half,)) == {"accuracy": 1, "IoU": 0.25}
    assert scores("treebench", sample, "To the left") == {"accuracy": 0, "IoU": 0}
    assert ("kind", "Reasoning") in sample.groups


@pytest.mark.parametrize("name", ["visualprobe", "o3-bench"])
def test_free_answers_and_letters_in_jsonl(tmp_path: Path, name: str) -> None:
    common = {"image": "Hard/data/1.jpg", "category": "hard"}
    rows = [
        {**common, "question_id": "1", "question": "What color?", "answer": "White."},
        {**common, "question_id": "2", "question": "Which?", "answer": "B", "options": ["A. one", "B. two"]},
    ]
    sets.picture(tmp_path / "Hard" / "data" / "1.jpg")
    free, chosen = load(name, sets.jsonl(tmp_path / "probe.jsonl", rows)).samples
    assert free.options == () and scores(name, free, "white") == {"accuracy": 1}
    assert scores(name, free, "off-white") == {"accuracy": 0}
    assert chosen.options == ("one", "two") and scores(name, chosen, "two") == {"accuracy": 1}


@pytest.mark.parametrize(
    ("name", "suffix", "folder"),
    [("screenspot", "", "screenspot_imgs"), ("screenspot-v2", "_v2", "screenspotv2_image")],
)
def test_screenspot_is_x_y_width_height(tmp_path: Path, name: str, suffix: str, folder: str) -> None:
    text, icon, web = load(name, sets.screenspot(tmp_path, suffix, folder)).samples
    assert text.groups[0] == ("platform", "desktop") and web.groups[2] == ("platform, type", "web / icon")
    assert icon.groups[1] == ("type", "icon")
    assert (
        scores(name, text, "x", point(139, 69)) == scores(name, text, "x", point(140, 70)) == {"accuracy": 1}
    )
    assert scores(name, text, "x", point(141, 60)) == scores(name, text) == {"accuracy": 0}


def test_screenspot_pro_is_two_corners(tmp_path: Path) -> None:
    text, icon = load("screenspot-pro", sets.screenspot_pro(tmp_path)).samples
    assert icon.groups == (("group", "CAD"), ("ui_type", "icon"), ("group, ui_type", "CAD / icon"))
    assert text.case.bbox == ((100, 50, 40, 20),)
    assert scores("screenspot-pro", text, "x", point(150, 60)) == {"accuracy": 0}  # inside were it x, y, w, h
    assert scores("screenspot-pro", text, "x", point(120, 60)) == {"accuracy": 1}


def test_osworld_has_boxes_polygons_and_refusals(tmp_path: Path) -> None:
    box, polygon, refusal = load("osworld-g", sets.osworld(tmp_path)).samples

    def right(sample: Sample, *at: float) -> float:
        return scores("osworld-g", sample, "x" if at else "", point(*at) if at else ())["accuracy"]

    assert [right(box, 120, 60), right(box, 150, 60), right(box)] == [1, 0, 0]
    assert [right(polygon, 20, 20), right(polygon, 90, 90), right(polygon)] == [
        1,
        0,
        0,
    ]  # (90, 90) is in its box
    assert [right(refusal), right(refusal, 10, 10)] == [1, 0]


def test_docvqa_is_anls(tmp_path: Path) -> None:
    date, who = load("docvqa", sets.docvqa(tmp_path)).samples
    assert date.groups == (("question type", "handwritten"), ("question type", "form")) and who.groups == ()
    assert scores("docvqa", date, "january  8") == {"ANLS": 1}
    assert scores("docvqa", date, "1/8/98") == {"ANLS": pytest.approx(5 / 6, abs=1e-4)}
    assert scores("docvqa", who) == {"ANLS": 0}


def test_sroie_has_four_fields_and_f1(tmp_path: Path) -> None:
    samples = load("sroie", sets.sroie(tmp_path)).samples
    assert [s.case.name for s in samples] == [
        *(f"X001-{f}" for f in ("company", "date", "address", "total")),
        "X002-company",
    ]
    told = ["BOOK  SDN BHD", "2018-12-25", "", "9.00", "acme ltd"]  # right, same value, refused, right, wrong
    some = [score_field(s, result(s, t)) for s, t in zip(samples, told, strict=True)]
    found = figure([s["F1"] for s in some])
    assert found is not None and found.value == pytest.approx(2 * 2 / (4 + 5))
    assert [s["same value"][0] for s in some] == [1, 1, 0, 1, 0]


# --- scorers by hand ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "allowed", "score"),
    [
        ("hello", ["hello"], 1),
        ("hallo", ["hello"], 0.8),
        ("ab", ["ad"], 0),
        ("", ["x"], 0),
        ("b", ["a", "B"], 1),
    ],
)
def test_anls_by_hand(answer: str, allowed: list[str], score: float) -> None:
    assert anls(answer, allowed) == pytest.approx(score)


def test_iou_of_boxes_by_hand() -> None:
    a, b = Box(0, 0, 10, 10), Box(100, 0, 10, 10)
    assert iou_of_boxes([a, b], [Box(0, 0, 10, 5), Box(0, 0, 10, 8), b]) == pytest.approx((0.8 + 1) / 2)
    assert iou_of_boxes([a], []) == iou_of_boxes([], [a]) == 0


U = ((0, 0), (30, 0), (30, 30), (20, 30), (20, 10), (10, 10), (10, 30), (0, 30))


@pytest.mark.parametrize(
    ("x", "y", "inside"),
    [
        (5, 20, True),
        (15, 20, False),
        (25, 29, True),
        (15, 5, True),
        (0, 0, True),
        (20, 20, True),
        (31, 5, False),
    ],
)
def test_polygons_may_be_hollow(x: float, y: float, inside: bool) -> None:
    assert in_polygon(x, y, U) == inside


def test_the_interval_is_bootstrapped_over_questions() -> None:
    hundred = [(float(i < 70), 1.0) for i in range(100)]
    found = figure(hundred)
    assert found is not None and found.value == 0.7 and found == figure(hundred)
    half = 1.96 * (0.7 * 0.3 / 100) ** 0.5
    assert found.low == pytest.approx(0.7 - half, abs=0.02) and found.high == pytest.approx(
        0.7 + half, abs=0.02
    )
    shifts = [score for score in hundred for _ in range(4)]
    clustered = figure(shifts, [str(i) for i in range(100) for _ in range(4)])
    assert clustered == found  # four shifts that agree say no more than one question
    assert figure([]) is None


@pytest.mark.parametrize("answer", ["B", "(B)", "B.", "two", " B: "])
def test_letters_and_words_name_options(answer: str) -> None:
    assert right_of(("one", "two", "three"), answer) == "two"


def test_a_letter_beyond_the_options_is_told() -> None:
    with pytest.raises(InputError, match="from A to C; got 'D'"):
        right_of(("one", "two", "three"), "D")
    assert asked_and_options("No options here.") == ("No options here.", ())


# --- files --------------------------------------------------------------------------------------------------


def test_pictures_in_a_tsv_are_not_held(tmp_path: Path) -> None:
    row = {**sets.hrbench_rows()[0], "question": "What?", "image": "A" * 3_000_000}
    path = sets.tsv(tmp_path / "t.tsv", [{**row, "index": i} for i in range(12)])
    list(records(path))  # the imports are no part of it
    tracemalloc.start()
    found = list(records(path))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 12 and held < 1_000_000 and peak < 5 * 3_000_000


def test_parquet_with_pictures_in_each_way(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    common = {k: v for k, v in sets.VSTAR.items() if k != "image"}
    kinds: dict[str, Any] = {
        "bytes": sets.png(),
        "struct": {"bytes": sets.png(), "path": "a.png"},
        "text": sets.base64_png(),
    }
    for kind, image in kinds.items():
        rows = [{**common, "question_id": str(i), "image": image} for i in range(5)]
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / f"{kind}.parquet", row_group_size=2)
        samples = load("vstar", tmp_path / f"{kind}.parquet").samples
        assert [s.case.name for s in samples] == list("01234")
        assert {s.picture.open() for s in samples} == {sets.png()}, kind
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="no parquet file that can be read"):
        load("vstar", tmp_path / "broken.parquet")


def test_screenspot_in_parquet_is_normalised(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    row = {"file_name": "a.png", "bbox": [0.25, 0.5, 0.5, 0.75], "instruction": "save", "data_type": "text"}
    rows = [{**row, "data_source": "ios", "image": {"bytes": sets.png((400, 200)), "path": None}}]
    parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "test-0.parquet")
    (sample,) = load("screenspot", tmp_path).samples
    assert sample.case.bbox == ((100, 100, 100, 50),) and sample.groups[0] == ("platform", "mobile")


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtraError, match=r"pip install 'seal-visual-search\[suites\]'"):
        load("vstar", tmp_path / "a.parquet")


def test_missing_pictures_are_counted_and_named(tmp_path: Path) -> None:
    root = sets.screenspot(tmp_path)
    (root / "screenspot_imgs" / "pc.png").unlink()
    loaded = load("screenspot", root)
    assert loaded.missing == ("pc.png",) and len(loaded.unreadable) == 2 and len(loaded.samples) == 1
    assert "its picture pc.png does not exist" in loaded.unreadable[0].reason


def test_missing_pictures_of_the_released_vstar_are_counted_and_named_too(tmp_path: Path) -> None:
    root = sets.vstar_folder(tmp_path)
    (root / "direct_attributes" / "sa_1.jpg").unlink()
    found = SUITES["vstar"].load(root)
    assert found.missing == ("sa_1.jpg",) and len(found.samples) == len(found.unreadable) == 1
    sets.as_json(
        root / "relative_position" / "sa_2.json", {"question": "Which?", "options": ["a"], "bbox": "none"}
    )
    assert SUITES["vstar"].load(root).missing == ("sa_1.jpg",)
    (root / "direct_attributes" / "sa_1.json").unlink()
    with pytest.raises(
        InputError, match=r"vstar expects direct_attributes/.*none of the 1 JSON files here is one"
    ):
        SUITES["vstar"].load(root)


def test_a_quoted_cell_may_hold_line_breaks_and_the_rows_after_it_are_found(tmp_path: Path) -> None:
    first, *others = sets.hrbench_rows()
    rows = [{**first, "question": 'The "first"\nof two\tlines'}, *others]
    samples = load("hrbench-4k", sets.tsv(tmp_path / "hr_bench_4k.tsv", rows)).samples
    assert samples[0].case.question == 'The "first"\nof two\tlines'
    assert [s.picture.open() for s in samples] == [sets.png()] * 8


def test_a_broken_record_ends_nothing(tmp_path: Path) -> None:
    rows = [{**row, "answer": "Z"} if i == 1 else row for i, row in enumerate(sets.hrbench_rows())]
    rows[2]["B"] = rows[2]["A"]  # two options alike
    loaded = load("hrbench-8k", sets.tsv(tmp_path / "hr_bench_8k.tsv", rows))
    assert len(loaded.samples) == 6
    assert "row 2: the answer is expected to be a letter from A to D; got 'Z'" in loaded.unreadable[0].reason
    assert "row 3" in loaded.unreadable[1].reason and "different options" in loaded.unreadable[1].reason


def test_a_broken_picture_in_a_tsv_is_told_when_it_is_opened(tmp_path: Path) -> None:
    row = {**sets.VSTAR, "image": "!" * 400}
    (sample,) = load("vstar", sets.tsv(tmp_path / "v.tsv", [row])).samples
    with pytest.raises(ImageError, match="row 1: a picture as base64 is expected"):
        sample.picture.open()


WRONG = {
    "no such path": ("vstar", "none", "does not exist; vstar expects direct_attributes/"),
    "empty folder": ("screenspot-pro", ".", "expects annotations/.*; the folder holds nothing"),
    "a receipt's folder without entities": ("sroie", ".", "sroie expects entities/NAME.txt"),
    "other columns": (
        "hrbench-4k",
        "a.jsonl",
        "with category, options or .* or A; the first one has image, question",
    ),
    "a cell too few": ("hrbench-4k", "short.tsv", "row 1 has 2 cells where the header has 3"),
    "no table": ("hrbench-4k", "one.tsv", "names of several columns"),
    "an open quote": ("hrbench-4k", "open.tsv", "a quoted cell has no end"),
    "broken JSON": ("docvqa", "broken.json", "no json file"),
    "broken line": ("visualprobe", "broken.jsonl", "line 2"),
    "no list": ("osworld-g", "object.json", "a list of records is expected"),
    "no bytes of text": ("hrbench-4k", "latin.tsv", "no tsv file that can be read"),
    "another file": ("hrbench-4k", "a.xlsx", "a file of .tsv, .parquet, .jsonl, .json is expected"),
    "nothing in it": ("osworld-g", "empty.json", "no question in it"),
    "a file for a folder": ("sroie", "a.jsonl", "this is a file"),
}
FILES = {
    "a.jsonl": b'{"image": "a.png", "question": "?", "answer": "A"}\n',
    "short.tsv": b"question\tanswer\tcategory\nWhat?\tA\n",
    "open.tsv": b'question\tanswer\n"What?\tA\n',
    "one.tsv": b"question\nWhat?\n",
    "broken.json": b"[{]",
    "broken.jsonl": b'{"image": "a.png", "question": "?", "answer": "A"}\n{]\n',
    "object.json": b'{"rows": []}',
    "latin.tsv": b"question\tanswer\n\xff\tA\n",
    "a.xlsx": b"PK",
    "empty.json": b"[]",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_layout_says_what_was_expected_and_what_came(tmp_path: Path, name: str) -> None:
    suite, path, message = WRONG[name]
    if path in FILES:
        (tmp_path / path).write_bytes(FILES[path])
    with pytest.raises(InputError, match=message):
        load(suite, tmp_path / path)


def test_questions_without_ids_are_named_by_their_files(tmp_path: Path) -> None:
    row = {"image": "1.png", "question": "What color?", "answer": "white", "category": "hard"}
    for name in ("easy", "hard"):
        sets.jsonl(tmp_path / f"{name}.jsonl", [row, row])
    sets.picture(tmp_path / "1.png")
    ids = [s.case.id for s in load("visualprobe", tmp_path).samples]
    assert ids == ["hard/easy-1", "hard/easy-2", "hard/hard-1", "hard/hard-2"]


def test_doubled_ids_are_refused(tmp_path: Path) -> None:
    rows = sets.hrbench_rows()
    with pytest.raises(InputError, match="1 came more often, the first is single/0"):
        load("hrbench-4k", sets.tsv(tmp_path / "hr_bench_4k.tsv", [*rows, rows[0]]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"target_instances": "[[1, 2, 3]]"},
            r"target_instances is expected to be a list of \[x0, y0, x1, y1\]",
        ),
        ({"target_instances": None}, "target_instances is expected"),
        ({"options": "red or blue"}, r"options like '\(A\) red' are expected"),
        ({"options": 7}, "a list or a text; got 7"),
        ({"question": " "}, "question is expected"),
        ({"answer": None}, "answer is expected; it has question_id, image"),
    ],
)
def test_a_record_that_is_no_question_says_why(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    sets.picture(tmp_path / "images" / "image_000000.png")
    loaded = load("treebench", sets.jsonl(tmp_path / "t.jsonl", [{**sets.TREE, **change}]))
    assert loaded.samples == () and re.search(message, loaded.unreadable[0].reason)


def test_unknown_suites_name_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'screenspot_pro'. Did you mean screenspot-pro"):
        suite_of("screenspot_pro")


def test_a_split_without_answers_is_told(tmp_path: Path) -> None:
    held = json.loads((sets.docvqa(tmp_path) / "val_v1.0.json").read_text())
    for row in held["data"]:
        del row["answers"]
    sets.as_json(tmp_path / "val_v1.0.json", held)
    with pytest.raises(InputError, match="docvqa expects records with answers or answer"):
        load("docvqa", tmp_path)


def test_what_others_report_belongs_to_suites_that_are() -> None:
    theirs = published()
    assert {p.suite for p in theirs} <= set(SUITES) and all(0 < p.figure < 100 for p in theirs)
    assert all(p.source and p.protocol for p in theirs)


def test_clicks_count_by_their_place_alone(tmp_path: Path) -> None:
    case = Case(name="a", kind="k", image=tmp_path, question="?", bbox=((0, 0, 10, 10),))
    sample = Sample(case, FilePicture(tmp_path))
    assert score_click(sample, result(sample, "named, but nowhere"))["accuracy"] == (0.0, 1.0)
