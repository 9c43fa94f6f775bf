"""Records of the benchmarks of questions: V*Bench, HR-Bench, MME-RealWorld, TreeBench, VisualProbe, O3-Bench.

The right option stands first in a `Case`; the order in which the benchmark shows the options is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...memory.errors import InputError
from ...memory.geometry import Box
from ...memory.source import one_line
from ..cases import Unreadable, read_cases
from .choices import asked_and_options, options_of, right_of
from .sample import FilePicture, Sample
from .suite import Asked
from .tables import Record

__all__ = ["free_or_chosen", "hrbench", "mme", "treebench", "vstar", "vstar_folder"]

LETTER_OF_ABSENCE = 4
"""Index of E, which in MME-RealWorld says that the image does not feature what is asked about."""


def vstar(record: Record) -> Asked:
    """V*Bench as the harnesses have it: one text with question and options, or a field each."""
    question, options = record.text("text", "question"), options_of(record)
    if not options:
        question, options = asked_and_options(question)
    kind = record.text("category")
    case = _case(record, question, options, record.text("label", "answer"), kind, "question_id", "index")
    return Asked(case, options, (("category", kind),))


def vstar_folder(root: Path) -> Iterator[Sample | Unreadable]:
    """V*Bench as it was released: KIND/NAME.jpg with a JSON beside it, the right option first, shown shuffled."""
    cases, unreadable = read_cases(root)
    if not cases and not any(case.missing for case in unreadable):
        raise InputError(
            f"{root}: vstar expects direct_attributes/ and relative_position/ with a JSON beside each picture "
            f"(target_object, bbox, question, options); none of the {len(unreadable)} JSON files here is one: "
            f"{one_line(unreadable[0].reason, 200)}"
        )
    for case in cases:
        options = tuple(case.shuffled() or ())
        yield Sample(case, FilePicture(case.image), options, (("category", case.kind),))
    yield from unreadable


def hrbench(record: Record) -> Asked:
    """HR-Bench: every question comes four times, its options shifted."""
    question, options, kind = record.text("question"), options_of(record), record.text("category")
    case = _case(record, question, options, record.text("answer"), kind, "index", "question_id")
    cluster = "\n".join((kind, question, *sorted(options)))
    shift = record.get("cycle_category")
    groups = (("category", kind), *([] if shift is None else [("shift", str(shift))]))
    return Asked(case, options, groups, cluster)


def mme(record: Record) -> Asked:
    """MME-RealWorld: five options; a refusal is right where E is, "does not feature"."""
    question, options = record.text("question"), options_of(record)
    if not options:
        raise InputError("options are expected, five of them")
    kind = record.text("category")
    case = _case(
        record, question, options, record.text("answer"), kind, "index", "question_id", "Question_id"
    )
    if options.index(str(case["answer"])) == LETTER_OF_ABSENCE:
        case = {**case, "cannot_tell": True, "answer": None, "accept": (case["answer"],)}
    finer = record.get("l2-category", "l2_category")
    groups = [("category", kind), *([] if finer is None else [("l2-category", f"{kind} / {finer}")])]
    return Asked(case, options, tuple(groups))


def treebench(record: Record) -> Asked:
    """TreeBench: options, and the boxes (x0, y0, x1, y1 in pixels) of what the question is about."""
    question, options, kind = record.text("question"), options_of(record), record.text("category")
    case = _case(record, question, options, record.text("answer"), kind, "question_id", "index")
    boxes = tuple(Box.from_xyxy(*four).xywh for four in record.corners("target_instances", "bbox"))
    above, _, _ = kind.partition("/")
    return Asked({**case, "bbox": boxes}, options, (("kind", above), ("category", kind)))


def free_or_chosen(record: Record) -> Asked:
    """VisualProbe and O3-Bench: a letter where there are options, else a free answer."""
    question, options = record.text("question", "problem"), options_of(record)
    kind, answer = str(record.get("category") or record.file.stem), record.text("answer", "solution")
    case = _case(record, question, options, answer, kind, "question_id", "id", "index")
    return Asked(case, options, (("category", kind),))


def _case(
    record: Record, question: str, options: tuple[str, ...], answer: str, kind: str, *ids: str
) -> Mapping[str, object]:
    """Fields of a case. ids: fields with its id, where it has one."""
    case: dict[str, object] = {"question": question, "kind": kind, "answer": answer}
    if (name := record.get(*ids)) is not None:
        case["name"] = str(name)
    if options:
        right = right_of(options, answer)
        others = list(options)
        others.remove(right)
        case.update(options=(right, *others), answer=right)
    return case
