"""What the embedded agents give on suites in the layouts of public benchmarks, from the shipped screens and pages.

    python benchmarks/suites.py FOLDER [--sample 30] [--only vstar]

It writes into FOLDER sets in the layouts of V*Bench, DocVQA and ScreenSpot-Pro: the questions of examples/questions,
with options and without, and the instructions of pointing_cases.json. Their pictures are ours, so that no figure can be
compared with a published one; what is compared is search with the baseline.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal import Seal
from seal.measure.cases import Case, read_cases
from seal.measure.report import as_markdown
from seal.measure.suites.catalog import suite_of
from seal.measure.suites.run import run_suite
from seal.measure.suites.tally import tables
from seal.memory.image import open_document


def screens() -> list[Case]:
    """Questions of examples/questions about pictures."""
    cases, _ = read_cases(ROOT / "examples" / "questions")
    return [case for case in cases if case.image.suffix == ".png"]


def as_vstar(folder: Path) -> Path:
    """V*Bench as it was released, the right option first; a picture is named, not copied."""
    for case in screens():
        held = {
            "target_object": case.target_object,
            "bbox": case.bbox,
            "question": case.question,
            "options": case.options,
            "image": str(case.image.resolve()),
        }
        _write(folder / case.kind / f"{case.name}.json", held)
    return folder


def as_docvqa(folder: Path) -> Path:
    """DocVQA: the same without options, but for those that only make sense with them."""
    rows = [
        {
            "questionId": f"{case.kind}-{case.name}",
            "question": case.question,
            "question_types": [case.kind],
            "image": str(case.image.resolve()),
            "answers": [case.answer],
        }
        for case in screens()
        if case.kind in ("badge", "table_cell", "value_next_to_label", "page_number", "count")
    ]
    _write(folder / "val_v1.0.json", {"data": rows})
    return folder


def as_screenspot_pro(folder: Path) -> Path:
    """ScreenSpot-Pro: clicks at icons and texts; what is nowhere is negative."""
    rows, sizes = [], {}
    for name, instruction, box, *sort in json.loads(
        (ROOT / "benchmarks" / "pointing_cases.json").read_text("utf-8")
    ):
        if sort == ["so already"]:  # nothing is to be clicked, which this layout cannot say
            continue
        picture = ROOT / "examples" / "screens" / name
        sizes.setdefault(name, open_document(picture).page(1).size_wh)
        rows.append(
            {
                "img_filename": str(picture),
                "img_size": sizes[name],
                "instruction": instruction,
                "group": sort[0] if sort else "there" if box else "absent",
                "ui_type": "any",
                "gt_type": "positive" if box else "negative",
                "bbox": box or [0, 0, 1, 1],
            }
        )
    _write(folder / "annotations" / "screens.json", rows)
    return folder


SETS = {"vstar": as_vstar, "docvqa": as_docvqa, "screenspot-pro": as_screenspot_pro}


def _write(path: Path, held: Mapping[str, object] | Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held), "utf-8")


def main() -> None:
    """Write the sets, ask them, and print a table of all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=30)
    parser.add_argument("--only", choices=SETS)
    told = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    for name, write in SETS.items():
        if told.only in (None, name):
            suite = suite_of(name)
            loaded = suite.load(write(told.folder / name)).drawn(told.sample)
            outcomes = run_suite(suite, loaded.samples, Seal())
            _, (header, *body) = next(tables(suite, outcomes))
            columns = ["suite", *(column if column != suite.figure else "figure" for column in header[1:])]
            rows = rows or [tuple(c.replace(f": {suite.figure}", ": figure") for c in columns)]
            rows.append((f"{name} ({suite.figure})", *body[-1][1:]))
            print(f"{name}: done", file=sys.stderr, flush=True)
    print(as_markdown(rows))


if __name__ == "__main__":
    main()
