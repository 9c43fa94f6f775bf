"""The suites by name: what each expects on disk, what is asked, and how it is scored."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from ...memory.errors import InputError
from .clicks import osworld, screenspot, screenspot_pro
from .documents import docvqa, sroie_folder
from .questions import free_or_chosen, hrbench, mme, treebench, vstar, vstar_folder
from .scores import score_anls, score_answer, score_boxes, score_click, score_field
from .suite import Suite

__all__ = ["SUITES", "suite_of"]

TABLES = ("*.parquet", "data/*.parquet", "*.tsv")
LISTS = ("*.jsonl", "*.json", *TABLES)
LETTERS = ("options", "multi-choice options", "multi_choice_options", "choices", "A")
LETTER = "The options are shown in the order of the benchmark; a letter is right or wrong, a refusal wrong."

VSTAR = Suite(
    "vstar",
    "V*Bench",
    "direct_attributes/ and relative_position/ with a JSON beside each picture; or a TSV, parquet or JSONL file with "
    "image, text, label, category",
    "The option is right or wrong; the released layout has the right one first, and is shown shuffled.",
    score_answer,
    ("*.parquet", "data/*.parquet", "*.tsv", "*.jsonl"),
    (("text", "question"), ("label", "answer"), ("category",)),
    vstar,
    whole=vstar_folder,
)
HRBENCH = Suite(
    "hrbench-4k",
    "HR-Bench 4K",
    "a TSV, parquet or JSONL file with index, image, question, A, B, C, D, answer, category, cycle_category",
    "Every question comes with four cyclic shifts of its options; its score is the mean over them.",
    score_answer,
    ("hr*4k*.tsv", "hr*4k*.parquet", *TABLES, "*.jsonl"),
    (("question",), ("answer",), ("category",), LETTERS),
    hrbench,
)
MME = Suite(
    "mme-realworld",
    "MME-RealWorld",
    "a TSV, parquet, JSON or JSONL file with image, question, multi-choice options (or A to E), answer, category",
    "One of five options; E says that the picture does not feature it, and a refusal counts as E.",
    score_answer,
    (*TABLES, "*.jsonl", "*.json"),
    (("question",), ("answer",), ("category",), LETTERS),
    mme,
    pictures=("image", "image_path", "bytes"),
)
PROBE = Suite(
    "visualprobe",
    "VisualProbe",
    "JSONL files with image, question, answer, category, and options where there are some",
    "A letter where there are options; else the answer is compared as a value of its type, where the published "
    "protocol lets a model judge.",
    score_answer,
    LISTS,
    (("question", "problem"), ("answer", "solution")),
    free_or_chosen,
)
SCREENSPOT = Suite(
    "screenspot",
    "ScreenSpot",
    "screenspot_desktop.json, _mobile.json, _web.json with img_filename, bbox (x, y, width, height), instruction, "
    "data_type, and the pictures in screenspot_imgs/; or a parquet file with image and bbox (x0, y0, x1, y1 in [0, 1])",
    "The click is right in the box. A refusal is wrong.",
    score_click,
    ("screenspot_*.json", *LISTS),
    (("instruction",), ("bbox",), ("data_type", "ui_type")),
    screenspot,
    pictures=("img_filename", "file_name", "image"),
    folders=("images", "screenspot_imgs"),
    clicks=True,
)

_ALL = (
    VSTAR,
    HRBENCH,
    replace(
        HRBENCH,
        name="hrbench-8k",
        title="HR-Bench 8K",
        files=("hr*8k*.tsv", "hr*8k*.parquet", *TABLES, "*.jsonl"),
    ),
    MME,
    replace(MME, name="mme-realworld-lite", title="MME-RealWorld-Lite"),
    replace(MME, name="mme-realworld-cn", title="MME-RealWorld-CN"),
    Suite(
        "treebench",
        "TreeBench",
        "a TSV, parquet or JSONL file with image, question, options, answer, category, target_instances",
        f"{LETTER} IoU: the mean over the annotated boxes of the best IoU that a box named by the answer has.",
        score_boxes,
        (*TABLES, "*.jsonl"),
        (("question",), LETTERS, ("answer",), ("category",), ("target_instances", "bbox")),
        treebench,
    ),
    PROBE,
    replace(PROBE, name="o3-bench", title="O3-Bench"),
    SCREENSPOT,
    replace(
        SCREENSPOT,
        name="screenspot-v2",
        title="ScreenSpot v2",
        expects=SCREENSPOT.expects.replace("_mobile.json, _web.json", "... (each _v2)").replace(
            "screenspot_imgs", "screenspotv2_image"
        ),
        folders=("images", "screenspotv2_image"),
    ),
    Suite(
        "screenspot-pro",
        "ScreenSpot-Pro",
        "annotations/*.json with img_filename, bbox (x0, y0, x1, y1), instruction, ui_type, group, and images/",
        "The click is right in the box. A refusal is wrong, but where what is asked for is nowhere.",
        score_click,
        ("annotations/*.json", *LISTS),
        (
            ("instruction", "prompt_to_evaluate"),
            ("bbox",),
            ("ui_type",),
            ("group",),
            ("img_filename", "img_path"),
        ),
        screenspot_pro,
        pictures=("img_filename", "img_path"),
        clicks=True,
    ),
    Suite(
        "osworld-g",
        "OSWorld-G",
        "a JSON file with image, instruction, box_type (bbox, polygon, refusal), box_coordinates, and images/",
        "The click is right in the box or polygon; a refusal is right only where nothing is meant.",
        score_click,
        ("OSWorld-G*.json", *LISTS),
        (("instruction",), ("box_type",), ("box_coordinates",)),
        osworld,
        clicks=True,
    ),
    Suite(
        "docvqa",
        "DocVQA",
        'a JSON file {"data": [{"questionId", "question", "image", "answers", "question_types"}]}, or parquet',
        "ANLS against the nearest accepted answer; a refusal is an empty answer.",
        score_anls,
        ("val*.json", *LISTS),
        (("question",), ("answers", "answer")),
        docvqa,
        "ANLS",
        pictures=("image", "image_local_name"),
        folders=("images", "documents", "spdocvqa_images"),
    ),
    Suite(
        "sroie",
        "SROIE receipts",
        "entities/NAME.txt (JSON with company, date, address, total) and img/NAME.jpg",
        "Four questions a receipt. F1: the text is the same but for white space; beside it the share that is right as "
        "a value of its type.",
        score_field,
        figure="F1",
        whole=sroie_folder,
    ),
)
SUITES: dict[str, Suite] = {suite.name: suite for suite in _ALL}
"""All suites by name."""


def suite_of(name: str) -> Suite:
    """The suite of a name. Raises InputError, with the nearest names, when there is none."""
    if name in SUITES:
        return SUITES[name]
    near = get_close_matches(name, [*SUITES, "coco"], 3, 0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    raise InputError(f"There is no suite {name!r}. {hint}Known: {', '.join(SUITES)}, coco.")
