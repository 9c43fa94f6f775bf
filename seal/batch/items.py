"""The questions of a batch, read from a file with an object of JSON a line.

    {"id": "a1", "image": "screens/a.png", "question": "What is the total?", "options": ["42", "24"], "page": 1}
    {"image": "screens/b.png", "targets": ["Save button", "label Total"]}

- An image is a path from the folder of the file, or an absolute one.
- An item without an id gets one from what it asks, so that it has the same one the next time.
- A line that is no item is kept with the reason, and the others are worked on. Two items of one id are refused: their
  results could not be told apart.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..inputs import checked_options, checked_question, checked_targets
from ..memory.errors import InputError
from ..memory.source import one_line
from ..settings import one_line as first_fault

__all__ = ["BadLine", "Batch", "Item", "read_batch"]

MAX_ID = 200
"""Characters of an id."""
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


class _Line(BaseModel):
    """What a line may hold."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID)] | None = None
    image: Annotated[str, Field(min_length=1)]
    question: str | None = None
    options: Annotated[list[str], Field(min_length=2)] | None = None
    page: Annotated[int, Field(ge=1)] | None = None
    targets: Annotated[list[str], Field(min_length=1)] | None = None


class Item(BaseModel):
    """One question, or targets to locate (then `question` is "").

    id: unique in its batch. line: 1-based, in the file. image: path as it is written there. digest: of what is asked,
    hex digits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    line: int
    image: str
    question: str
    options: tuple[str, ...] | None
    page: int | None
    targets: tuple[str, ...] | None
    digest: str

    @property
    def stem(self) -> str:
        """The name of its files: the id where it may stand in any file name, else a part of it with a digest."""
        if _PLAIN.fullmatch(self.id):
            return self.id
        plain = re.sub(r"[^a-z0-9]+", "-", self.id.lower())[:40]
        return f"{plain}~{hashlib.sha256(self.id.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no item, or whose item has an error, by its 1-based number, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The items of a file, in its order, and the lines that are none. base: the folder from which images are named."""

    base: Path
    items: tuple[Item, ...]
    bad: tuple[BadLine, ...]


def read_batch(path: str | Path) -> Batch:
    """The items of a file. Raises InputError when it cannot be read, holds none, or two of one id."""
    file = Path(path)
    try:
        data = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise InputError(
            f"{file}: a file with a question a line is expected; it cannot be read ({error.strerror})."
        ) from error
    items, bad = list[Item](), list[BadLine]()
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            items.append(_item(number, line))
        except InputError as error:
            bad.append(BadLine(number, str(error)))
    if not items:
        why = f"; line {bad[0].line}: {bad[0].reason}" if bad else ""
        raise InputError(f"{file}: there is no item in it{why}")
    if doubled := list(_doubled(items)):
        more = f" (and {len(doubled) - 1} more)" if len(doubled) > 1 else ""
        raise InputError(f"{file}: {doubled[0]}{more}.")
    return Batch(file.absolute().parent, tuple(items), tuple(bad))


def _item(number: int, line: bytes) -> Item:
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise ValueError(f"got a {type(row).__name__}")
        if unknown := sorted(row.keys() - _Line.model_fields):
            known = ", ".join(_Line.model_fields)
            raise InputError(f"there is no {one_line(repr(unknown[0]), 60)} in an item; known are {known}.")
        given = _Line.model_validate(row)
    except ValidationError as error:
        raise InputError(one_line(first_fault(error))) from error
    except (ValueError, RecursionError) as error:
        example = '{"image": "a.png", "question": "What is the total?"}'
        raise InputError(f"an object of JSON is expected, such as {example} ({one_line(error)}).") from error
    if (given.question is None) == (given.targets is None):
        raise InputError("a question is expected, or targets, and not both.")
    if given.targets is not None and given.options is not None:
        raise InputError("options go with a question; targets have none.")
    question = "" if given.question is None else checked_question(given.question)
    options = checked_options(given.options)
    targets = None if given.targets is None else tuple(t.phrase for t in checked_targets(given.targets))
    asked = [given.image, question, options, given.page, targets]
    digest = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
    return Item(
        id=digest[:16] if given.id is None else given.id,
        line=number,
        image=given.image,
        question=question,
        options=options,
        page=given.page,
        targets=targets,
        digest=digest,
    )


def _doubled(items: list[Item]) -> Iterator[str]:
    """What is wrong with each item whose id came before."""
    first = dict[str, Item]()
    for item in items:
        other = first.setdefault(item.id, item)
        if other is item:
            continue
        if item.id == item.digest[:16]:
            yield f"lines {other.line} and {item.line} ask the same; drop one, or give each an id"
        else:
            yield f"lines {other.line} and {item.line} have the same id {one_line(repr(item.id), 60)}"
