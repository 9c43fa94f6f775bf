"""Records of a benchmark out of TSV, parquet, JSON and JSONL, as the harnesses write them.

- The pictures in a TSV or parquet file are passed over in the first reading, and read one at a time when they are
  asked about: a table of 20 GB takes the memory of one of its rows.
- A short entry in the column of a picture is the index of the row that holds it (VLMEvalKit), or else a path.
- pyarrow is imported only when a parquet file is read.
"""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from io import StringIO
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import BinaryIO, TypeVar

from pydantic import TypeAdapter, ValidationError

from ...memory.errors import ImageError, InputError, MissingExtraError
from ...memory.source import one_line
from .sample import FilePicture, Picture

__all__ = ["Record", "SUFFIXES", "picture_of", "records"]

SUFFIXES = (".tsv", ".parquet", ".jsonl", ".json")
"""Of files that hold records."""
PICTURES = ("image", "images", "bytes")
"""Columns of tables that hold a picture."""
SHORT = 64
"""Characters up to which an entry of such a column is the index of another row, as in VLMEvalKit."""
LONGEST = 1 << 30
"""Characters of a cell at most: a picture of 800 MB."""


T = TypeVar("T")
_NUMBERS = TypeAdapter(tuple[float, ...])
_CORNERS = TypeAdapter(list[tuple[float, float, float, float]])


@dataclass(frozen=True, slots=True)
class Record:
    """One record. where: how errors name it; file: that it stands in; number: its own in the file, from 1.

    held: its picture, where the file holds that too.
    """

    where: str
    file: Path
    number: int
    fields: Mapping[str, object]
    held: Picture | None = None

    def get(self, *names: str) -> object:
        """The first of these fields that has a value; None without any."""
        return next((v for n in names if (v := self.fields.get(n)) is not None and v != ""), None)

    def text(self, *names: str) -> str:
        """The same as a text without space around it. Raises InputError when there is none."""
        value = self.get(*names)
        if value is None or not str(value).strip():
            raise InputError(
                f"{' or '.join(names)} is expected; it has {', '.join(self.fields) or 'nothing'}."
            )
        return str(value).strip()

    def numbers(self, *names: str) -> tuple[float, ...]:
        """The same as numbers, from a list or its text. Raises InputError when they are none."""
        return self._listed(_NUMBERS, "numbers", *names)

    def corners(self, *names: str) -> list[tuple[float, float, float, float]]:
        """The same as boxes x0, y0, x1, y1. Raises InputError when they are none."""
        return self._listed(_CORNERS, "[x0, y0, x1, y1]", *names)

    def _listed(self, shape: TypeAdapter[T], of: str, *names: str) -> T:
        value = self.get(*names)
        try:
            return shape.validate_json(value) if isinstance(value, str) else shape.validate_python(value)
        except ValidationError as error:
            told = one_line(repr(value), 60)
            raise InputError(f"{names[0]} is expected to be a list of {of}; got {told}") from error


def records(file: Path) -> Iterator[Record]:
    """All records of a file, in its order.

    Raises InputError when it cannot be read or holds none, MissingExtraError for parquet without pyarrow.
    """
    read = {".tsv": _tsv, ".parquet": _parquet, ".jsonl": _jsonl, ".json": _json}.get(file.suffix.lower())
    if read is None:
        raise InputError(f"{file}: a file of {', '.join(SUFFIXES)} is expected.")
    try:
        yield from read(file)
    except OSError as error:
        raise InputError(f"{file}: it cannot be read ({error.strerror or one_line(error)}).") from error
    except (ValueError, csv.Error, RecursionError) as error:
        kind = file.suffix.lower()[1:]
        raise InputError(f"{file}: this is no {kind} file that can be read ({one_line(error)}).") from error


# --- TSV ------------------------------------------------------------------------------------------------------


def _rows(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """(offset in bytes, cells) of every row from where the stream stands; a quoted cell may hold line breaks."""
    offset = stream.tell()
    while row := stream.readline():
        while row.count(b'"') % 2:
            following = stream.readline()
            if not following:
                raise ValueError("a quoted cell has no end")
            row += following
        text = row.decode("utf-8-sig" if offset == 0 else "utf-8").rstrip("\r\n")
        if text:
            yield offset, _quoted(text) if '"' in text else text.split("\t")
        offset += len(row)


def _quoted(text: str) -> list[str]:
    """Cells of a row with quotes; the others need no parser, which takes many times the memory of a picture."""
    if csv.field_size_limit() < LONGEST:  # of the whole process: the module has no other
        csv.field_size_limit(LONGEST)
    return next(csv.reader(StringIO(text, newline=""), delimiter="\t", strict=True))


@dataclass(frozen=True, slots=True)
class _InTsv:
    """A picture as base64 in a cell of the row that begins at an offset."""

    file: Path
    offset: int
    column: int
    name: str

    def exists(self) -> bool:
        return self.file.is_file()

    def open(self) -> Path | bytes:
        try:
            with self.file.open("rb") as stream:
                stream.seek(self.offset)
                return _decoded(next(_rows(stream))[1][self.column], self.name)
        except (OSError, ValueError, csv.Error, IndexError, StopIteration) as error:
            raise ImageError(f"{self.name}: the picture cannot be read ({one_line(error)}).") from error


def _tsv(file: Path) -> Iterator[Record]:
    found: list[Record] = []
    with file.open("rb") as stream:
        rows = _rows(stream)
        _, header = next(rows, (0, []))
        if len(header) < 2:
            raise ValueError("a first line with the names of several columns is expected")
        column = next((header.index(name) for name in PICTURES if name in header), None)
        for number, (offset, cells) in enumerate(rows, 1):
            where = f"{file.name}, row {number}"
            if len(cells) != len(header):
                raise ValueError(f"row {number} has {len(cells)} cells where the header has {len(header)}")
            held = None
            if column is not None and _is_base64(cells[column]):
                held = _InTsv(file, offset, column, where)
                cells[column] = ""
            found.append(Record(where, file, number, dict(zip(header, cells, strict=True)), held))
    holding = {str(r.fields.get("index")): r.held for r in found if r.held is not None}
    for record in found:
        short = "" if column is None else str(record.fields[header[column]])
        yield replace(record, held=holding[short]) if short in holding else record


def _is_base64(text: str) -> bool:
    """Whether an entry is a picture; a path has the dot of its suffix, which base64 does not know."""
    return len(text) > SHORT and "." not in text[: 16 * SHORT]


def _decoded(text: str, name: str) -> bytes:
    """Bytes of base64, with or without the head of a data URL."""
    try:
        return base64.b64decode(text.partition("base64,")[2] or text, validate=True)
    except ValueError as error:
        raise ImageError(f"{name}: a picture as base64 is expected ({error}).") from error


# --- parquet --------------------------------------------------------------------------------------------------


def _arrow() -> ModuleType:
    try:
        return import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError(
            "A parquet file needs pyarrow, which is missing: pip install 'seal-visual-search[suites]'"
        ) from error


@dataclass(frozen=True, slots=True)
class _InParquet:
    """A picture in a row of a row group: bytes, base64, {"bytes": ...}, or the first of a list of these."""

    file: Path
    group: int
    row: int
    column: str
    name: str

    def exists(self) -> bool:
        return self.file.is_file()

    def open(self) -> Path | bytes:
        try:
            with _arrow().ParquetFile(self.file) as table:
                rows = table.iter_batches(1, row_groups=[self.group], columns=[self.column])
                value = next(islice(rows, self.row, None)).to_pylist()[0][self.column]
        except (OSError, ValueError, StopIteration) as error:
            raise ImageError(f"{self.name}: the picture cannot be read ({one_line(error)}).") from error
        value = value[0] if isinstance(value, list) and value else value
        value = value.get("bytes") if isinstance(value, dict) else value
        if isinstance(value, str):
            return _decoded(value, self.name)
        if not isinstance(value, bytes):
            raise ImageError(
                f"{self.name}: bytes or base64 are expected in {self.column}; got {type(value).__name__}."
            )
        return value


def _parquet(file: Path) -> Iterator[Record]:
    arrow, number = _arrow(), 0
    with arrow.ParquetFile(file) as table:
        names = table.schema_arrow.names
        column = next((name for name in PICTURES if name in names), "")
        of_text = column and str(table.schema_arrow.field(column).type) in ("string", "large_string")
        wanted = [n for n in names if n not in PICTURES or (n == column and of_text)]
        for group in range(table.num_row_groups):
            row = 0
            for batch in table.iter_batches(8, row_groups=[group], columns=wanted):
                for fields in batch.to_pylist():
                    number += 1
                    where, held = f"{file.name}, row {number}", None
                    if column and (not of_text or _is_base64(fields.get(column) or "")):
                        held = _InParquet(file, group, row, column, where)
                        fields.pop(column, None)
                    yield Record(where, file, number, fields, held)
                    row += 1


# --- JSON -----------------------------------------------------------------------------------------------------


def _jsonl(file: Path) -> Iterator[Record]:
    with file.open(encoding="utf-8-sig") as stream:
        for number, line in enumerate(stream, 1):
            if line.strip():
                try:
                    yield _record(file, number, json.loads(line), "line")
                except ValueError as error:
                    raise ValueError(f"line {number}: {error}") from error


def _json(file: Path) -> Iterator[Record]:
    held = json.loads(file.read_text("utf-8-sig"))
    held = held.get("data") if isinstance(held, dict) else held
    if not isinstance(held, list):
        raise ValueError('a list of records is expected, or one under "data"')
    for number, fields in enumerate(held, 1):
        yield _record(file, number, fields, "record")


def _record(file: Path, number: int, fields: object, unit: str) -> Record:
    if not isinstance(fields, dict):
        raise ValueError(f"{unit} {number} is expected to be an object; got {type(fields).__name__}")
    return Record(f"{file.name}, {unit} {number}", file, number, fields)


def picture_of(record: Record, root: Path, folders: tuple[str, ...], *names: str) -> Picture:
    """The picture that a record holds, or that of the path in one of its fields.

    The path is sought beside the file, in the folder of the data and the one around it, and in their `folders`.
    """
    if record.held is not None:
        return record.held
    path = Path(record.text(*names))
    bases = dict.fromkeys((record.file.parent, root, record.file.parent.parent, root.parent))
    places = [base / sub / p for p in (path, Path(path.name)) for base in bases for sub in ("", *folders)]
    return FilePicture(next((p for p in places if p.is_file()), places[0]))
