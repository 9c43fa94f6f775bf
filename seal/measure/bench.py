"""Benchmarks in V*Bench's layout: folders of images with a JSON of the same stem beside each.

    DIR/KIND/NAME.json   {"target_object": [...], "bbox": [[x, y, w, h], ...], "question": ..., "options": [...]}

The right option stands first in the file and is shuffled (seeded by the name) before anybody sees it. Beyond
the original layout a JSON may name its "image" (relative path; a PDF too, with "pages" per target and "dpi").
Beside every figure stands the no-search baseline: the same agents shown only the whole image once, at the
localizer's input size. "cannot tell" counts as wrong; `guessed` adds the 1/n a blind guess would have earned.
A case that cannot be read (a broken JSON, a missing or broken image) ends nothing and is in no figure; it is counted
apart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from ..memory.errors import ImageError, InputError, QuestionError
from ..memory.geometry import Box
from ..memory.image import Document, open_document
from ..orchestrator import Seal
from ..record.result import Result
from ..search.policies import Whole
from ..settings import one_line

__all__ = [
    "Case",
    "CaseResult",
    "MODES",
    "Mode",
    "Report",
    "Unreadable",
    "as_markdown",
    "load_cases",
    "read_cases",
    "run_bench",
]

Mode = Literal["search", "no search"]
XYWH = tuple[float, float, float, float]
MODES: tuple[Mode, ...] = get_args(Mode)

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".pdf")


class Case(BaseModel):
    """One question. boxes: where its targets are, full-image pixels; pages: their 1-based pages."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    image: Path
    question: str
    options: tuple[str, ...]
    target_object: tuple[str, ...] = ()
    bbox: tuple[XYWH, ...] = ()
    pages: tuple[int, ...] = ()
    page: int | None = None
    dpi: float = 200.0

    @field_validator("options")
    @classmethod
    def _several(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(options)) < 2 or len(set(options)) != len(options):
            raise ValueError("at least two different options are expected, the right one first")
        return options

    @field_validator("bbox")
    @classmethod
    def _placed(cls, boxes: tuple[XYWH, ...]) -> tuple[XYWH, ...]:
        for xywh in boxes:
            Box(*xywh)
        return boxes

    @field_validator("pages")
    @classmethod
    def _one_each(cls, pages: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        if pages and len(pages) != len(info.data.get("bbox", pages)):
            raise ValueError(f"a page for each of {len(info.data['bbox'])} boxes is expected")
        return pages

    @property
    def id(self) -> str:
        """Kind and name."""
        return f"{self.kind}/{self.name}"

    @property
    def boxes(self) -> list[tuple[int, Box]]:
        """(page, box) of every target."""
        pages = self.pages or (1,) * len(self.bbox)
        return [(page, Box(*xywh)) for page, xywh in zip(pages, self.bbox, strict=True)]

    @property
    def answer(self) -> str:
        """The right option."""
        return self.options[0]

    def shuffled(self) -> list[str]:
        """The options in an order that depends on the name only."""
        return random.Random(self.id).sample(self.options, len(self.options))


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one run made of one case. hits: of `targets` boxes, how many were found."""

    case: Case
    answer: str
    status: str
    correct: bool
    hits: int
    targets: int
    looks: int
    seconds: float
    reason: str = ""

    @property
    def guessed(self) -> float:
        """1 when right, 0 when wrong, 1/n for "cannot tell" among n options."""
        return float(self.correct) if self.status == "answered" else 1 / len(self.case.options)

    @classmethod
    def from_dict(cls, case: Case, data: Mapping[str, Any]) -> CaseResult:
        """The result of a case from what `to_dict` gave."""
        keys = ("answer", "status", "correct", "hits", "targets", "looks", "seconds", "reason")
        return cls(case, **{key: data[key] for key in keys})

    def to_dict(self) -> dict[str, object]:
        """For a line of JSON."""
        return {
            "kind": self.case.kind,
            "name": self.case.name,
            "question": self.case.question,
            "expected": self.case.answer,
            "answer": self.answer,
            "status": self.status,
            "correct": self.correct,
            "hits": self.hits,
            "targets": self.targets,
            "looks": self.looks,
            "seconds": round(self.seconds, 3),
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A case that could not be read, and why."""

    kind: str
    name: str
    reason: str

    def to_dict(self) -> dict[str, object]:
        """For a line of JSON."""
        return {"kind": self.kind, "name": self.name, "status": "unreadable", "reason": self.reason}


def load_cases(folder: str | Path) -> list[Case]:
    """All cases below a folder, by kind (the JSON's folder) and name.

    Raises InputError for a missing or empty folder or a broken JSON, ImageError for a missing image.
    """
    return [_load_case(path) for path in _files(folder)]


def read_cases(folder: str | Path) -> tuple[list[Case], list[Unreadable]]:
    """All cases below a folder that can be read, and those that cannot.

    Raises InputError for a missing or empty folder.
    """
    cases, unreadable = [], []
    for path in _files(folder):
        try:
            cases.append(_load_case(path))
        except InputError as error:
            unreadable.append(Unreadable(path.parent.name, path.stem, str(error)))
    return cases, unreadable


def _files(folder: str | Path) -> list[Path]:
    """The questions below a folder, sorted."""
    root = Path(folder)
    if not root.is_dir():
        raise InputError(
            f"{root}: a folder in V*Bench's layout is expected (images with a JSON of the same stem)."
        )
    files = sorted(root.rglob("*.json"))
    if not files:
        raise InputError(f"{root}: there is no question (*.json) in this folder.")
    return files


def _load_case(path: Path) -> Case:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        named = data.get("image")
        image = path.parent / named if named else _beside(path)
        keys = ("question", "options", "target_object", "bbox", "pages", "page", "dpi")
        case = Case(
            name=path.stem,
            kind=path.parent.name,
            image=image,
            **{k: data[k] for k in keys if data.get(k) is not None},
        )
    except ValidationError as error:
        raise InputError(f"{path}: this is no question of V*Bench's layout; {one_line(error)}") from error
    except OSError as error:
        raise InputError(f"{path}: the question cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: this is no question of V*Bench's layout ({error}).") from error
    if not case.image.is_file():
        raise ImageError(f"{path}: its image {case.image.name} does not exist.")
    return case


def _beside(path: Path) -> Path:
    return next(
        (path.with_suffix(s) for s in IMAGE_SUFFIXES if path.with_suffix(s).is_file()),
        path.with_suffix(".jpg"),
    )


def run_case(case: Case, seal: Seal, document: Document) -> CaseResult:
    """Ask one question and compare. A question that is refused counts as wrong, with its reason.

    Raises ImageError when the image cannot be read.
    """
    try:
        result = seal.ask(document, case.question, case.shuffled(), page=case.page)
    except QuestionError as error:
        return CaseResult(case, "", "refused", False, 0, len(case.bbox), 0, 0.0, str(error))
    return CaseResult(
        case,
        result.answer,
        result.status,
        result.status == "answered" and result.answer == case.answer,
        _hits(case, result),
        len(case.bbox),
        result.spend.looks,
        result.spend.total_seconds,
        result.reason,
    )


def _hits(case: Case, result: Result) -> int:
    """Boxes of the case that some found target matches: IoU >= 0.5, or four fifths of one inside the other."""

    def matches(page: int, box: Box) -> bool:
        return any(
            t.page == page
            and (t.box.iou(box) >= 0.5 or t.box.coverage(box) >= 0.8 or box.coverage(t.box) >= 0.8)
            for t in result.targets
        )

    return sum(matches(page, box) for page, box in case.boxes)


@dataclass(frozen=True, slots=True)
class Report:
    """Results with search and, beside them, without. unreadable: cases that are in neither."""

    search: tuple[CaseResult, ...]
    baseline: tuple[CaseResult, ...] = ()
    setup: str = ""
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def kinds(self) -> list[str]:
        """The kinds of question, sorted."""
        return sorted({r.case.kind for r in self.search})

    def rows(self) -> list[tuple[str, ...]]:
        """Header, a row for each kind, and the total; texts."""
        header = (
            "kind",
            "n",
            "accuracy",
            "no search",
            "guessed",
            "no search",
            "hits",
            "no search",
            "looks",
            "seconds",
        )
        names = [*self.kinds, "all"]
        return [header, *(self._row(name) for name in names)]

    def _row(self, kind: str) -> tuple[str, ...]:
        def pick(results: Sequence[CaseResult]) -> list[CaseResult]:
            return [r for r in results if kind in ("all", r.case.kind)]

        ours, base = pick(self.search), pick(self.baseline)
        return (
            kind,
            str(len(ours)),
            _share([r.correct for r in ours]),
            _share([r.correct for r in base]),
            _share([r.guessed for r in ours]),
            _share([r.guessed for r in base]),
            _ratio(ours),
            _ratio(base),
            _share([r.looks for r in ours], 1),
            _share([r.seconds for r in ours], 1),
        )

    @property
    def accuracy(self) -> float:
        """Share of right answers with search; 0 of no answer."""
        return mean([r.correct for r in self.search] or [False])

    def markdown(self) -> str:
        """The table as Markdown."""
        return as_markdown(self.rows())


def as_markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """A table, its first row the header, as Markdown."""
    header, *rest = rows
    lines = [header, ("---",) + ("---:",) * (len(header) - 1), *rest]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _share(values: Iterable[float], digits: int = 2) -> str:
    listed = list(values)
    return f"{mean(listed):.{digits}f}" if listed else "-"


def _ratio(results: Sequence[CaseResult]) -> str:
    targets = sum(r.targets for r in results)
    return f"{sum(r.hits for r in results)}/{targets}" if targets else "-"


def run_bench(
    cases: Sequence[Case],
    seal: Seal,
    *,
    baseline: bool = True,
    baseline_side: int | None = None,
    on_result: Callable[[Mode, CaseResult], None] | None = None,
    on_unreadable: Callable[[Unreadable], None] | None = None,
    done: Mapping[tuple[Mode, str], CaseResult] | None = None,
) -> Report:
    """Run all cases with search and, unless told otherwise, without.

    baseline_side: pixels of the longest side at which the baseline sees the image (default: the localizer's
    input size). on_result, on_unreadable: called with the mode and each new result, and with each case whose image
    cannot be read. done: results of an earlier run, by mode and id of the case, which are taken over.
    """
    side = seal.localizer.capabilities.input_side if baseline_side is None else baseline_side
    plain = Seal(seal.vqa, seal.localizer, Whole(), seal.budget, search=seal.search, dpi=seal.dpi)
    results: dict[Mode, list[CaseResult]] = {mode: [] for mode in MODES}
    unreadable: list[Unreadable] = []
    opened: dict[tuple[Path, float], Document] = {}
    modes = MODES if baseline else MODES[:1]
    for case in cases:
        told: dict[Mode, CaseResult] = {}
        for mode in modes:
            result = (done or {}).get((mode, case.id))
            if result is None:
                try:
                    key = (case.image.resolve(), case.dpi)
                    if key not in opened:
                        opened = {key: open_document(case.image, dpi=case.dpi)}
                    document = opened[key]
                    if mode == "search":
                        result = run_case(case, seal, document)
                    else:
                        result = run_case(case, plain, document.limited(side))
                except InputError as error:
                    unreadable.append(Unreadable(case.kind, case.name, str(error)))
                    if on_unreadable is not None:
                        on_unreadable(unreadable[-1])
                    break
                if on_result is not None:
                    on_result(mode, result)
            told[mode] = result
        if len(told) == len(modes):
            for mode, result in told.items():
                results[mode].append(result)
    setup = f"{seal.vqa.name} + {seal.localizer.name}, policy {seal.policy.name}, baseline at {side} px"
    return Report(tuple(results["search"]), tuple(results["no search"]), setup, tuple(unreadable))
