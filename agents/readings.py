"""Pages that were read from top to bottom, kept on disk: one file for a document and the localizer that read it.

Whoever has the lines of a page answers every question of text about it without another look, in later processes too.
A file is an entry of `seal.memory.disk` that holds JSON: a damaged one, or one of another form, is as good as none, and
the next reading takes its place. As looks are, what was read is private: nothing is written unless a folder is named.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from ..memory.disk import UnfitFile, make_way, pack, read_file, remove, unpack, write_whole
from ..memory.geometry import Box
from ..memory.image import Image
from ..memory.written import WrittenLine
from .checks import is_text

__all__ = ["Readings"]

FORMAT = 2
"""Of a file; 1 had no digest."""
MOST_DOCUMENTS = 8
"""Documents whose pages are kept in memory."""
MOST_BYTES = 64 << 20
"""Of a file: two thousand pages of the usual density."""

Lines: TypeAlias = tuple[WrittenLine, ...]


class Readings:
    """Lines of pages by the content of their image. folder: None keeps them in memory alone. reader: who reads, and of
    which version, so that no other reader's pages are taken for its own. Thread-safe."""

    def __init__(self, folder: Path | None, reader: str) -> None:
        self.folder, self.reader = folder, reader
        self._documents: OrderedDict[str, dict[str, Lines]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, image: Image) -> Lines | None:
        """The lines of a page, reading order; None where it was not read."""
        with self._lock:
            return self._document(_document_of(image)).get(image.digest)

    def put(self, pages: Sequence[tuple[Image, Lines]]) -> None:
        """Keep the lines of pages; of one document they go into one file."""
        with self._lock:
            for name in dict.fromkeys(_document_of(image) for image, _ in pages):
                held = self._document(name)
                held |= self._read(name)  # what another process has read meanwhile
                held |= {image.digest: lines for image, lines in pages if _document_of(image) == name}
                self._write(name, held)

    def _document(self, name: str) -> dict[str, Lines]:
        if name not in self._documents:
            self._documents[name] = self._read(name)
            while len(self._documents) > MOST_DOCUMENTS:
                self._documents.popitem(last=False)
        self._documents.move_to_end(name)
        return self._documents[name]

    def _file(self, name: str) -> Path | None:
        key = hashlib.sha256(json.dumps([FORMAT, name, self.reader]).encode()).hexdigest()
        return None if self.folder is None else self.folder / f"{key}.pages"

    def _head(self, name: str) -> dict[str, object]:
        return {"kind": "pages", "format": FORMAT, "by": self.reader, "document": name}

    def _read(self, name: str) -> dict[str, Lines]:
        file = self._file(name)
        if file is None:
            return {}
        try:
            kept = json.loads(unpack(self._head(name), read_file(file, MOST_BYTES)))
            return {str(page): tuple(map(_line, lines)) for page, lines in kept.items()}
        except UnfitFile:
            make_way(file)
            return {}
        except OSError:
            return {}
        except Exception:  # of a foreign file anything can come
            remove(file)
            return {}

    def _write(self, name: str, pages: Mapping[str, Lines]) -> None:
        file = self._file(name)
        if file is None:
            return
        told = {page: list(map(_told, lines)) for page, lines in pages.items()}
        data = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        packed = pack(self._head(name), data)
        if len(packed) > MOST_BYTES:
            return
        with suppress(OSError):  # a full disk costs the saving, not the answer
            write_whole(file, packed)


def _document_of(image: Image) -> str:
    """The digest of the file and the resolution: "<file>#<page>@<dpi>" without the page."""
    file, _, rest = image.digest.partition("#")
    return f"{file}@{rest.partition('@')[2]}"


def _told(line: WrittenLine) -> list[object]:
    words = [[i, j, round(a, 1), round(b, 1)] for i, j, a, b in line.words]
    return [line.text, [round(v, 1) for v in line.box.xywh], words, round(line.sure, 4), line.turned]


def _line(told: Sequence[object]) -> WrittenLine:
    text, box, words, sure, turned = told
    if (
        not isinstance(text, str)
        or not is_text(text)
        or not isinstance(box, list)
        or not isinstance(words, list)
    ):
        raise ValueError("a line is a text, a box and its words")
    if not isinstance(sure, int | float) or not 0 <= sure <= 1:
        raise ValueError("a confidence lies in [0, 1]")
    placed = tuple((int(i), int(j), float(a), float(b)) for i, j, a, b in words)
    if not all(0 <= i < j <= len(text) for i, j, _, _ in placed):
        raise ValueError("a word has letters of its line")
    return WrittenLine(text, Box(*map(float, box)), placed, turned=bool(turned), sure=float(sure))
