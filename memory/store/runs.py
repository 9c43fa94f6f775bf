"""The values of a store: a run, its line in a list, and which runs are meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from ..errors import SettingError
from ..source import one_line
from ..working import GlobalImage, VisualWorkingMemory

__all__ = ["Document", "RunFilter", "RunSummary", "StoredRun", "Where", "milliseconds"]

Document = dict[str, Any]
"""JSON; what it holds is checked when it is read into its model."""
Moment: TypeAlias = str | date | datetime
"""A time: ISO 8601 ("2026-11-28", "2026-11-28T14:05"), a date or a datetime; without a zone it is in UTC."""
_DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{4}-?W\d{2}(-?\d)?")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class StoredRun(BaseModel):
    """One question with its answer and all that it came from.

    id: hex digits; empty until the run is stored. created: UTC, ISO 8601. pages: small pictures of further pages.
    result: JSON document of all else. trace: that of the search, in runs of the first version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field("", pattern="^([0-9a-f]{4,64})?$")
    created: str = Field(default_factory=_now)
    question: str
    answer: str = ""
    status: str = ""
    image_name: str = ""
    image_digest: str = ""
    memory: VisualWorkingMemory
    pages: tuple[GlobalImage, ...] = ()
    result: Document = {}
    trace: Document | None = None


class RunSummary(BaseModel):
    """A run as lists show it; `MemoryStore.get` gives the whole of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    created: str
    question: str
    answer: str
    status: str
    image_name: str
    image_digest: str


class RunFilter(TypedDict, total=False):
    """Which runs are meant: those to which all that is given applies; None, and what is not given, admits every run.

    image_digest: of the image that was asked about, or of its document. text: in question, answer or name of the image,
    in any case. status: "answered", "cannot_tell", "found", "partly_found", "not_found". since,
    until: when the run was made, the first moment included and the last one not; a day alone, as `until`, is included.
    Times are ISO 8601 text ("2026-11-28", "2026-11-28T14:05"), dates or datetimes; without a zone they are in UTC.
    """

    image_digest: str | None
    text: str | None
    status: str | None
    since: Moment | None
    until: Moment | None


@dataclass(frozen=True, slots=True)
class Where:
    """A `RunFilter` with its defaults, as a condition of SQL. Raises SettingError for what is no time or no text."""

    image_digest: str | None = None
    text: str | None = None
    status: str | None = None
    since: Moment | None = None
    until: Moment | None = None

    @property
    def is_all(self) -> bool:
        """Whether every run is meant."""
        return not self.text and (self.image_digest, self.status, self.since, self.until) == (None,) * 4

    def sql(self) -> tuple[str, list[str | int]]:
        """A condition on the table `searched`, and its values."""
        conditions, values = list[str](), list[str | int]()

        def add(condition: str, *given: str | int) -> None:
            conditions.append(condition)
            values.extend(given)

        if (digest := _text("image_digest", self.image_digest)) is not None:
            # pages of a document have its digest and "#" with a number; "$" is the character after "#"
            add("(digest = ? OR (digest > ? AND digest < ?))", digest, f"{digest}#", f"{digest}$")
        if words := _text("text", self.text):
            add("instr(words, ?)", words.casefold())
        if (status := _text("status", self.status)) is not None:
            add("status = ?", status)
        if self.since is not None:
            add("moment >= ?", _moment("since", self.since))
        if self.until is not None:
            add("moment < ?", _moment("until", self.until))
        return " AND ".join(conditions) or "1", values


def _text(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise SettingError(f"{name}: a text is expected; got {one_line(repr(value), 40)}.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingError(
            f"{name}: {one_line(ascii(value), 40)} is no text (half of a character)."
        ) from error
    return value


def _moment(name: str, value: object) -> int:
    """Milliseconds since 1970, for a filter; of a day that is an end, the end of that day."""
    try:
        if isinstance(value, str):
            day = _DAY.fullmatch(value.strip()) is not None
            told = datetime.fromisoformat(value.strip())
        elif isinstance(value, datetime):
            day, told = False, value
        elif isinstance(value, date):
            day, told = True, datetime(value.year, value.month, value.day)
        else:
            raise TypeError("no time")
        return _since_1970(told + timedelta(days=1) if day and name == "until" else told)
    except (ValueError, TypeError, OverflowError) as error:
        raise SettingError(
            f'{name}: a time is expected, as "2026-11-28" or "2026-11-28T14:05"; got {one_line(repr(value), 40)}.'
        ) from error


def milliseconds(created: str) -> int | None:
    """When a run was made, in milliseconds since 1970; None where its time is none."""
    try:
        return _since_1970(datetime.fromisoformat(created))
    except (ValueError, OverflowError):
        return None


def _since_1970(told: datetime) -> int:
    aware = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    return round((aware - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
