"""The looks of a cache on disk: one file a look, which several processes may read, write and delete at once.

- Whoever can write the folder can put anything there: what is no regular file, or longer than a look may be, is
  neither opened nor unpacked, and the arrays of a look are as long as they say before a byte of them is unpacked.
- A file holds what it is, its format, whose look it is and a digest of all that (`seal.memory.disk`): a damaged one, or
  one of other weights, is a miss, and the look that is then paid for takes its place.
- The files have a limit in bytes together; the least recently used go first, those of earlier formats among them.
- A cache costs an answer nothing: a full disk, a folder that cannot be written and files that others delete are borne.
"""

from __future__ import annotations

import io
import json
import math
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ..memory.disk import UnfitFile, make_way, pack, read_file, remove, sweep_parts, unpack, write_whole
from ..memory.errors import InputError
from .contracts import Sighting

__all__ = ["LookFiles"]

FORMAT = 2
"""Of an entry; 1 was a bare .npz file."""
MOST_BYTES = 32 << 20
"""Of a look, packed and unpacked; the largest cue maps have a tenth of it."""
_TOLD = "told.npy"
_NAMES = (["boxes.npy", "cue.npy", "scores.npy", _TOLD], ["boxes.npy", "scores.npy", _TOLD])
"""What a look holds: numbers, and as JSON what else is told of it."""
_OURS = ("*.look", "*.npz", "*.pages.json")
"""What counts towards the limit: looks, and what the first format left."""


class LookFiles:
    """Looks in `folder`, made when it is not there; at most `most_bytes` of them. Thread-safe.

    by, in its methods: whose look it is, name and version. Raises InputError when the folder cannot be made.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder, self.most_bytes = folder, most_bytes
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep_parts(folder)
            self._bytes = sum(size for _, size, _ in self._files())
        except OSError as error:
            raise InputError(f"{folder}: looks cannot be kept there ({error.strerror}).") from error

    def get(self, key: str, by: str) -> Sighting | None:
        """The look of that key, not checked yet; None where there is none that is whole."""
        file = self._file(key)
        try:
            kept = _sighting(unpack(_head(key, by), read_file(file, MOST_BYTES)))
        except UnfitFile:
            make_way(file)
            return None
        except OSError:
            return None
        except Exception:  # a foreign file may make zipfile, zlib, numpy and json raise anything
            remove(file)
            return None
        with suppress(OSError):  # a folder that cannot be written
            os.utime(file)  # the latest used go last
        return kept

    def put(self, key: str, by: str, sighting: Sighting) -> None:
        """Keep a look; where the disk does not let us, it is not kept."""
        packed = pack(_head(key, by), _bytes_of(sighting))
        if len(packed) > MOST_BYTES:
            return
        try:
            write_whole(self._file(key), packed)
        except OSError:
            return
        with self._lock:
            self._bytes += len(packed)
            if self._bytes > self.most_bytes:
                self._prune()

    def drop(self, key: str) -> None:
        """Delete a look."""
        remove(self._file(key))

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.look"

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        """(last use, bytes, path) of each file that is still there when it is asked."""
        for pattern in _OURS:
            for file in self.folder.glob(pattern):
                try:
                    told = file.lstat()  # a link has no weight
                except OSError:
                    continue
                yield told.st_mtime, told.st_size, file

    def _prune(self) -> None:
        """Delete the files that were not used for longest until a tenth of the room is free."""
        try:
            files = sorted(self._files())
        except OSError:
            return
        self._bytes = sum(size for _, size, _ in files)
        for _, size, file in files:
            if self._bytes <= 0.9 * self.most_bytes:
                break
            self._bytes -= size if remove(file) else 0


def _head(key: str, by: str) -> dict[str, object]:
    return {"kind": "look", "format": FORMAT, "by": by, "key": key}


def _bytes_of(sighting: Sighting) -> bytes:
    told = {"texts": sighting.texts, "sources": sighting.sources, "complete": sighting.complete}
    arrays = {"boxes": sighting.boxes, "scores": sighting.scores, "told": np.array(json.dumps(told))}
    if sighting.cue is not None:
        arrays["cue"] = sighting.cue
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _sighting(data: bytes) -> Sighting:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = packed.infolist()
        if sorted(m.filename for m in members) not in _NAMES:
            raise ValueError("a look has boxes, scores, what else is told, and may have a cue")
        if sum(m.file_size for m in members) > MOST_BYTES:
            raise ValueError("the look is too long")
        if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
            raise ValueError("a look is packed in a way that has a limit")
        stored = {m.filename: _array(m.filename, _unpacked(packed, m)) for m in members}
    told = json.loads(str(stored.pop(_TOLD)))
    numbers = {name: array.astype(np.float32, copy=False) for name, array in stored.items()}
    return Sighting(
        numbers["boxes.npy"],
        numbers["scores.npy"],
        numbers.get("cue.npy"),
        told["texts"],
        told["sources"],
        told["complete"],
    )


def _unpacked(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """As many bytes as it says, however many it has."""
    with packed.open(member) as file:
        return file.read(member.file_size)


def _array(name: str, data: bytes) -> NDArray[np.generic]:
    """The array of a .npy file that is as long as it says, and of a kind that holds no objects."""
    file = io.BytesIO(data)
    if npy.read_magic(file) != (1, 0):
        raise ValueError("another version of the format")
    shape, by_columns, dtype = npy.read_array_header_1_0(file)
    ours = dtype.kind == "U" if name == _TOLD else dtype == np.float32
    if not ours or dtype.itemsize * math.prod(shape) != len(data) - file.tell():
        raise ValueError("another array than it says")
    return np.frombuffer(data, dtype, offset=file.tell()).reshape(shape, order="F" if by_columns else "C")
