"""Looks on record for tests: what a test was told of a screen, found again by what the region asked about looks like.

A recording of the agents (`seal.agents.recording`) repeats a run exactly: with a pixel that differs anywhere it is
another image. Screenshots of tests differ in a clock, a cursor, the smoothing of letters. So the answer is kept here,
with the picture of the region it was asked about as a grid of mean colours:

- A cell is 8 x 8 pixels. Two regions are alike when they have the same size and no cell differs by more than the
  tolerance (of 255, in any channel; 8 by default). One pixel that turns from black to white changes its cell by 4.
- The whole region counts, whatever the answer rests on: something else that now fits too would be another answer.
- What does not agree is an error that says where; nothing is looked at anew behind the test's back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from ..agents.recording import append
from ..memory.disk import MOST_BYTES, read_file
from ..memory.errors import ReplayError
from .evidence import Told

if TYPE_CHECKING:
    import PIL.Image

__all__ = ["CELL", "Kept", "TOLERANCE", "cells_of"]

CELL = 8
"""Pixels of a side of a cell."""
TOLERANCE = 8
"""Difference of a cell's mean, of 255 in any channel, up to which it is the same."""
MOST_CELLS = 64 << 20
"""Bytes of a region's cells at most: those of a picture of 1.4 gigapixels."""
SCHEMA = 1
_HEADER = "seal_looks"
Cells = NDArray[np.uint8]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Region(_Line):
    """How a region looked. size: width and height in pixels; zlib: its cells, row by row, packed, in base64."""

    cells: str
    size: tuple[int, int]
    zlib: str


class _Look(_Line):
    """A question, and what was told of the region named `cells`."""

    look: str
    asked: list[JsonValue]
    cells: str
    told: Told


_LINE: TypeAdapter[_Region | _Look] = TypeAdapter(_Region | _Look)


class Kept:
    """The looks of one test, in the file at `path`. Made anew with `begin`; else read when it is first asked.

    Raises ReplayError, from `reply` too: no such file, one that is none, a look that it does not hold, or a region that
    looks otherwise now.
    """

    def __init__(self, path: Path, tolerance: int = TOLERANCE) -> None:
        self.path, self.tolerance = path, tolerance
        self._cells: dict[str, tuple[tuple[int, int], Cells]] = {}
        self._looks: list[_Look] = []
        self._is_read = False

    def begin(self) -> None:
        """An empty recording in the place of what the file held."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        append(self.path, [{_HEADER: SCHEMA}])
        self._is_read = True

    def keep(self, call: str, asked: list[JsonValue], picture: PIL.Image.Image, told: Told) -> None:
        """Write down what was told of a region, whose pixels are `picture`."""
        cells = cells_of(picture)
        name = hashlib.sha256(cells.tobytes() + str(picture.size).encode()).hexdigest()[:16]
        lines: list[_Line] = [_Look(look=call, asked=asked, cells=name, told=told)]
        if name not in self._cells:
            self._cells[name] = picture.size, cells
            packed = base64.b64encode(zlib.compress(cells.tobytes(), 9)).decode()
            lines.insert(0, _Region(cells=name, size=picture.size, zlib=packed))
        append(self.path, [line.model_dump(mode="json") for line in lines])

    def reply(self, call: str, asked: list[JsonValue], picture: PIL.Image.Image) -> Told:
        """What was told when the region looked like this."""
        self._read()
        words = f"{call}({', '.join(repr(a) for a in asked if a is not None)})"
        kept = [(look.cells, look.told) for look in self._looks if (look.look, look.asked) == (call, asked)]
        if not kept:
            raise ReplayError(f"{self.path}: {words} is not on record. Record the test anew: --seal-record.")
        sized = [(self._cells[name][1], told) for name, told in kept if self._cells[name][0] == picture.size]
        if not sized:
            was = " or ".join(sorted({"{}x{}".format(*self._cells[name][0]) for name, _ in kept}))
            raise ReplayError(
                f"{self.path}: {words} was asked of {was} px; this is {picture.width}x{picture.height} px. "
                "Take the screenshot at the same size, or record the test anew: --seal-record."
            )
        now = cells_of(picture)
        changes = [(_changed(then, now, self.tolerance), told) for then, told in sized]
        changed, told = min(changes, key=lambda pair: int(pair[0].sum()))
        if not changed.any():
            return told
        raise ReplayError(
            f"{self.path}: {words} cannot be replayed: the region looks otherwise than on record, in "
            f"{int(changed.sum())} of {changed.size} cells of {CELL} px, all within {_around(changed)} of its pixels. "
            "If that is beside the point, ask about a smaller region (screen.within); else record anew: --seal-record."
        )

    def _read(self) -> None:
        if self._is_read:
            return
        try:
            lines = read_file(self.path, MOST_BYTES).decode("utf-8").splitlines()
        except FileNotFoundError as error:
            raise ReplayError(f"{self.path}: nothing is on record for this test: --seal-record.") from error
        except (OSError, ValueError) as error:
            raise ReplayError(f"{self.path}: the recording cannot be read ({error}).") from error
        try:
            if not lines or json.loads(lines[0])[_HEADER] > SCHEMA:
                raise ValueError("no header of this version")
            for line in lines[1:]:
                self._take(_LINE.validate_json(line))
        except (ValueError, TypeError, KeyError, zlib.error) as error:
            why = " ".join(str(error).split())[:120]
            raise ReplayError(f"{self.path}: this is no recording of looks ({why}).") from error
        self._is_read = True

    def _take(self, line: _Region | _Look) -> None:
        if isinstance(line, _Look):
            if line.cells not in self._cells:
                raise ValueError(f"the cells {line.cells!r} are missing")
            self._looks.append(line)
            return
        width, height = line.size
        shape = -(-height // CELL), -(-width // CELL), 3
        if not 0 < math.prod(shape) <= MOST_CELLS:
            raise ValueError("a region has no such size")
        packed = base64.b64decode(line.zlib, validate=True)
        data = zlib.decompressobj().decompress(packed, math.prod(shape) + 1)  # no more, whatever it packs
        cells = np.frombuffer(data, np.uint8).reshape(shape)
        self._cells[line.cells] = line.size, cells


def cells_of(picture: PIL.Image.Image) -> Cells:
    """(h, w, 3) uint8: the mean colour of each square of 8 x 8 pixels, those at the right and lower edge of less."""
    return np.asarray(picture.convert("RGB").reduce(CELL), np.uint8)


def _changed(then: Cells, now: Cells, tolerance: int) -> NDArray[np.bool_]:
    apart = np.abs(then.astype(np.int16) - now.astype(np.int16)).max(axis=2)
    return np.asarray(apart > tolerance)


def _around(changed: NDArray[np.bool_]) -> list[int]:
    """Left, top, right and bottom edge of all cells that changed, pixels."""
    rows, columns = np.nonzero(changed)
    return [int(v) * CELL for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
