"""Questions with their right answers, read from a folder in one of two layouts.

    DIR/KIND/NAME.json   V*Bench's: a question each, beside its image of the same stem
                         {"target_object": [...], "bbox": [[x, y, w, h], ...], "question": ..., "options": [...]}
    DIR/cases.json       a list of [{"image", "question", "options" or null, "right", "accept", "kind_hint"}, ...]

- With options the right one stands first in V*Bench's layout, and is named by "right" in a list; they are shuffled
  (seeded by the name) before anybody sees them.
- A question without options is a free one. Its right answer is "answer", or "cannot_tell": true where only a refusal
  is right, or the place "bbox" where neither is given. In a list, "right" is the answer, "(cannot tell)" or
  "[x, y, w, h]".
- "accept" lists answers that are right too. A JSON may name its "image" (relative path; a PDF too, with "pages" per
  target and "dpi").
- A case that cannot be read (a broken JSON, a missing image) ends nothing; it is counted apart.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator, model_validator

from ..memory.errors import ImageError, InputError
from ..memory.geometry import Box
from ..memory.typed import same_value
from ..settings import one_line

__all__ = ["CANNOT_TELL", "Case", "LISTED", "Unreadable", "load_cases", "read_cases"]

CANNOT_TELL = "(cannot tell)"
"""The right answer, as it is written, of a question that nobody can answer from its image."""
LISTED = "cases.json"
"""The file that holds all cases of a folder in one list."""

XYWH = tuple[float, float, float, float]

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".pdf")
KEYS = (
    "question",
    "options",
    "answer",
    "accept",
    "cannot_tell",
    "target_object",
    "bbox",
    "pages",
    "page",
    "dpi",
)
_NUMBER = r"\s*(-?\d+(?:\.\d+)?)\s*"
_PLACE = re.compile(rf"\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]")


class Case(BaseModel):
    """One question.

    options: the right one first; empty for a free question. answer: the right answer; None where the agent is to refuse
    (`cannot_tell`) or to point at a place (`is_place`). accept: what is right too, in other words or spellings.
    boxes: where its targets are, full-image pixels; pages: their 1-based pages.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    image: Path
    question: str
    options: tuple[str, ...] = ()
    answer: str | None = None
    accept: tuple[str, ...] = ()
    cannot_tell: bool = False
    target_object: tuple[str, ...] = ()
    bbox: tuple[XYWH, ...] = ()
    pages: tuple[int, ...] = ()
    page: int | None = None
    dpi: float = 200.0

    @field_validator("options")
    @classmethod
    def _several(cls, options: tuple[str, ...]) -> tuple[str, ...]:
        if options and (len(set(options)) < 2 or len(set(options)) != len(options)):
            raise ValueError(
                "at least two different options are expected, the right one first, or none at all"
            )
        return options

    @field_validator("accept")
    @classmethod
    def _written(cls, accept: tuple[str, ...]) -> tuple[str, ...]:
        if not all(text.strip() for text in accept):
            raise ValueError("answers that are not empty are expected")
        return accept

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

    @model_validator(mode="before")
    @classmethod
    def _first_option(cls, data: dict[str, Any]) -> dict[str, Any]:
        options = data.get("options")
        if options and data.get("answer") is None and not data.get("cannot_tell"):
            return data | {"answer": options[0]}
        return data

    @model_validator(mode="after")
    def _one_answer(self) -> Self:
        if self.cannot_tell and self.answer is not None:
            raise ValueError("an answer or cannot_tell is expected, not both")
        if self.answer is None:
            if not self.cannot_tell and not self.bbox:
                raise ValueError("options, an answer, cannot_tell or a bbox is expected")
        elif self.options and self.answer != self.options[0]:
            raise ValueError("the right one of the options is expected to stand first")
        elif not self.options and not self.answer.strip():
            raise ValueError("an answer that is not empty is expected")
        return self

    @property
    def id(self) -> str:
        """Kind and name."""
        return f"{self.kind}/{self.name}"

    @property
    def boxes(self) -> list[tuple[int, Box]]:
        """(page, box) of every target."""
        pages = self.pages or (self.page or 1,) * len(self.bbox)
        return [(page, Box(*xywh)) for page, xywh in zip(pages, self.bbox, strict=True)]

    @property
    def is_place(self) -> bool:
        """Whether the right answer is a place."""
        return self.answer is None and not self.cannot_tell

    @property
    def expected(self) -> str:
        """The right answer in words: itself, "(cannot tell)", or the boxes of a place."""
        if self.is_place:
            return "; ".join(f"[{', '.join(f'{v:g}' for v in xywh)}]" for xywh in self.bbox)
        return CANNOT_TELL if self.answer is None else self.answer

    def shuffled(self) -> list[str] | None:
        """The options in an order that depends on the name only; None for a free question."""
        return random.Random(self.id).sample(self.options, len(self.options)) or None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A case that could not be read, and why. missing: the name of its picture, where that is not there."""

    kind: str
    name: str
    reason: str
    missing: str = field(default="", compare=False)

    def to_dict(self) -> dict[str, object]:
        """For a line of JSON."""
        return {"kind": self.kind, "name": self.name, "status": "unreadable", "reason": self.reason}


def load_cases(folder: str | Path) -> list[Case]:
    """All cases of a folder: by kind (the JSON's folder) and name, or in the order of their list.

    Raises InputError for a missing or empty folder or a broken JSON, ImageError for a missing image.
    """
    return [load() for _, _, load in _written(folder)]


def read_cases(folder: str | Path) -> tuple[list[Case], list[Unreadable]]:
    """All cases of a folder that can be read, and those that cannot.

    Raises InputError for a missing or empty folder, or a broken list.
    """
    cases, unreadable = [], []
    for kind, name, load in _written(folder):
        try:
            cases.append(load())
        except InputError as error:
            missing = error.picture if isinstance(error, _NoPicture) else ""
            unreadable.append(Unreadable(kind, name, str(error), missing))
    return cases, unreadable


def _written(folder: str | Path) -> Iterator[tuple[str, str, Callable[[], Case]]]:
    """Kind, name and loader of every case of a folder."""
    root = Path(folder)
    if not root.is_dir():
        raise InputError(
            f"{root}: a folder in V*Bench's layout is expected (images with a JSON of the same stem), or one with a "
            f"{LISTED}."
        )
    if (root / LISTED).is_file():
        yield from _in_list(root / LISTED)
        return
    files = sorted(root.rglob("*.json"))
    if not files:
        raise InputError(f"{root}: there is no question (*.json) in this folder.")
    for path in files:
        kind, name = path.parent.name, path.stem
        yield kind, name, partial(_load, path, str(path), kind, name)


def _in_list(path: Path) -> Iterator[tuple[str, str, Callable[[], Case]]]:
    """The same of a folder with one list; names are the number in the list and the image's stem."""
    items = _json(path)
    if not isinstance(items, list) or not items:
        raise InputError(
            f"{path}: a list of questions is expected, each with an image, a question and what is right."
        )
    for number, item in enumerate(items, 1):
        item = item if isinstance(item, dict) else {}
        kind = str(item.get("kind_hint") or path.parent.resolve().name)
        name = f"{number:03}-{Path(str(item.get('image'))).stem}"
        yield kind, name, partial(_load, path, f"{path}, question {number}", kind, name, item)


def _load(path: Path, where: str, kind: str, name: str, item: dict[str, Any] | None = None) -> Case:
    """The case of a file, or an item of a list; where: how errors name it."""
    try:
        data = _json(path) if item is None else _answered(item)
        image = path.parent / data["image"] if data.get("image") else _beside(path)
        case = Case(
            name=name, kind=kind, image=image, **{k: data[k] for k in KEYS if data.get(k) is not None}
        )
    except ValidationError as error:
        raise InputError(f"{where}: this is no question of a benchmark; {one_line(error)}") from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError(f"{where}: this is no question of a benchmark ({error}).") from error
    if not case.image.is_file():
        raise _NoPicture(where, case.image.name)
    return case


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: the question cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: this is no question of a benchmark ({error}).") from error


class _NoPicture(ImageError):
    """The picture of a case is not there."""

    def __init__(self, where: str, picture: str) -> None:
        super().__init__(f"{where}: its image {picture} does not exist.")
        self.picture = picture


def _answered(item: dict[str, Any]) -> dict[str, Any]:
    """An item of a list, with what is right as the other layout has it: an option, an answer, a place, or a refusal."""
    right, options = item.get("right"), item.get("options") or []
    if not isinstance(right, str):
        raise ValueError('"right" is expected to be a text')
    same = [o for o in options if o == right] or [o for o in options if same_value(o, right)]
    if right == CANNOT_TELL:
        return item | {"cannot_tell": True, "accept": [*(item.get("accept") or []), *same]}
    if len(same) == 1:
        return item | {"options": [*same, *(o for o in options if o != same[0])]}
    if options:
        raise ValueError(f"{right!r}, what is right, is expected to be one of the options")
    if place := _PLACE.fullmatch(right.strip()):
        return item | {"bbox": [[float(v) for v in place.groups()]]}
    return item | {"answer": right}


def _beside(path: Path) -> Path:
    return next(
        (path.with_suffix(s) for s in IMAGE_SUFFIXES if path.with_suffix(s).is_file()),
        path.with_suffix(".jpg"),
    )
