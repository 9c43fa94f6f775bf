"""Records of the benchmarks of documents: DocVQA and its like, and the receipts of SROIE."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ...memory.errors import InputError
from ..cases import Case, Unreadable
from .sample import FilePicture, Sample
from .suite import Asked
from .tables import Record

__all__ = ["RECEIPT", "docvqa", "sroie_folder"]

RECEIPT = {
    "company": "What is the name of the company?",
    "date": "What is the date?",
    "address": "What is the address of the company?",
    "total": "What is the total?",
}
"""The fields of a receipt, and how each is asked for."""
ENTITIES = ("entities", "key")
"""Folders with the fields of the receipts."""
SUFFIXES = (".jpg", ".jpeg", ".png")


def docvqa(record: Record) -> Asked:
    """DocVQA: a question with all answers that are right."""
    answers = record.get("answers", "answer")
    if answers is None:
        raise InputError("answers are expected; the split that is for submission has none")
    told = [str(a).strip() for a in (answers if isinstance(answers, list) else [answers])]
    right = [a for a in dict.fromkeys(told) if a]
    if not right:
        raise InputError("answers that are not empty are expected")
    kinds = record.get("question_types")
    case: dict[str, object] = {
        "question": record.text("question"),
        "answer": right[0],
        "accept": tuple(right[1:]),
    }
    if (name := record.get("questionId", "question_id", "id")) is not None:
        case["name"] = str(name)
    types = dict.fromkeys(kinds) if isinstance(kinds, list) else {}
    return Asked(case, (), tuple(("question type", str(t)) for t in types))


def sroie_folder(root: Path) -> Iterator[Sample | Unreadable]:
    """SROIE's third task: entities/NAME.txt (JSON of four fields) and img/NAME.jpg.

    Raises InputError where there is no such folder. A field that a receipt does not have is not asked for.
    """
    folder = next((root / name for name in ENTITIES if (root / name).is_dir()), None)
    if folder is None:
        there = ", ".join(sorted(p.name for p in root.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{root}: sroie expects entities/NAME.txt and img/NAME.jpg; the folder holds {there}."
        )
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".txt", ".json")):
        try:
            fields = json.loads(path.read_text("utf-8-sig"))
            if not isinstance(fields, dict):
                raise ValueError("an object of four fields is expected")
        except (OSError, ValueError) as error:
            yield Unreadable("receipt", path.stem, f"{path.name}: this is no receipt ({error})")
            continue
        places = [root / sub / (path.stem + s) for sub in ("img", "images", "image") for s in SUFFIXES]
        picture = FilePicture(next((p for p in places if p.is_file()), places[0]))
        for field, question in RECEIPT.items():
            if answer := str(fields.get(field) or "").strip():
                name = f"{path.stem}-{field}"
                case = Case(name=name, kind=field, image=picture.path, question=question, answer=answer)
                yield Sample(case, picture, (), (("field", field),))
