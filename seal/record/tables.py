"""Kept runs as tables: a line of JSON a run, and pictures with what was found on them, as `datasets` loads both.

- `runs.jsonl`: a run a line, flat, without steps. Fields are the same in every line, and never null, so that tables can
  be made of them; README.md names their types for `datasets.load_dataset(FOLDER)`.
- `metadata.jsonl`: a picture a line, as `datasets.load_dataset("imagefolder", data_dir=FOLDER)` reads it: the small
  copies of pages, with boxes in their own pixels.
- Runs are read one by one and lines written as they come, into a part that takes the place of an older file in the end:
  whoever is interrupted leaves the older file. Pictures have the names of their contents and are shared.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypeAlias

from ..memory.deadline import current
from ..memory.disk import remove, write_whole
from ..memory.errors import InputError
from ..memory.working import GlobalImage
from .result import Result

__all__ = ["IMAGES", "KeptResult", "RUNS", "Tabled", "export_images", "export_runs"]

RUNS, IMAGES, PICTURES, CARD = "runs.jsonl", "metadata.jsonl", "pictures", "README.md"
FILES = (RUNS, IMAGES, "chats.jsonl", "coco.json")
"""What an export writes beside pictures; a folder holds one form of it."""
Json: TypeAlias = "dict[str, object]"
_PICTURE = re.compile(r"[0-9a-f]{64}\.png")
_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
_MARK = "# Runs kept by SEAL"
_CARD = f"""---
configs:
- config_name: default
  data_files: {RUNS}
dataset_info:
  features:
{{features}}---

{_MARK}

Answers and boxes are those of agents, checked by nobody. Boxes are [x, y, width, height] in pixels of the full image.
"""
_FIELDS = {
    "string": "id created image_name image_digest question answer status reason stopped picture",
    "int64": "page pages width height looks",
    "float64": "confidence seconds",
    "list: string": "options cites",
}
_STRUCTS = {
    "targets": {"string": "phrase text crop", "list: float64": "box", "int64": "page", "float64": "score"},
    "absent": {"string": "phrase", "float64": "seen", "int64": "looks", "bool": "complete"},
}
"""The types of the fields of a line of runs.jsonl, as README.md tells them."""


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A run of a store. id, created: as the store has them."""

    id: str
    created: str
    result: Result


@dataclass(frozen=True, slots=True)
class Tabled:
    """How much was written."""

    lines: int
    pictures: int


class _Folder:
    """A folder that is written into: pictures at once, and a file of lines whole. Raises InputError."""

    def __init__(self, path: Path, wanted: str) -> None:
        self.path, self._wanted = path, wanted
        self._used, self._new = set[str](), set[str]()
        self.lines = 0

    def picture(self, png: bytes) -> str:
        """Write a picture, if it is not there; its path in the folder."""
        name = f"{hashlib.sha256(png).hexdigest()}.png"
        if name not in self._used:
            self._used.add(name)
            path = self.path / PICTURES / name
            if not (path.is_file() and path.stat().st_size == len(png)):
                write_whole(path, png)
                self._new.add(name)
        return f"{PICTURES}/{name}"

    def write(self, rows: Iterable[Json]) -> Tabled:
        """Write the lines, in place of an older file; pictures of older lines go then, or new ones where that fails."""
        try:
            (self.path / PICTURES).mkdir(parents=True, exist_ok=True)
            try:
                write_whole(self.path / self._wanted, self._lines(rows))
            except BaseException:
                self._keep_only(lambda name: name not in self._new)
                raise
            self._keep_only(lambda name: name in self._used)
        except OSError as error:
            raise InputError(f"{self.path}: the runs cannot be exported here ({error.strerror}).") from error
        return Tabled(self.lines, len(self._used))

    def refuse_others(self) -> None:
        """Raises InputError for a folder that holds another export, or pictures that would count as of this one."""
        try:
            found = {path.name for path in self.path.iterdir()} if self.path.exists() else set[str]()
            if self._wanted == IMAGES:
                pictures = (p for p in self.path.rglob("*") if p.suffix.lower() in _SUFFIXES)
                found |= {p.name for p in pictures if not _PICTURE.fullmatch(p.name)}
        except OSError as error:
            raise InputError(f"{self.path}: the runs cannot be exported here ({error.strerror}).") from error
        others = [name for name in FILES if name in found and name != self._wanted]
        others += sorted(n for n in found if Path(n).suffix.lower() in _SUFFIXES and self._wanted == IMAGES)
        if others:
            raise InputError(f"{self.path}: holds something else ({others[0]}); choose another folder.")

    def _lines(self, rows: Iterable[Json]) -> Iterator[bytes]:
        for row in rows:
            current().check()
            self.lines += 1
            yield (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")

    def _keep_only(self, wanted: Callable[[str], bool]) -> None:
        """Delete the pictures of ours that are not wanted."""
        for path in (self.path / PICTURES).iterdir():
            if _PICTURE.fullmatch(path.name) and not wanted(path.name):
                remove(path)


def export_runs(runs: Iterable[KeptResult], path: Path) -> Tabled:
    """Write runs.jsonl, its README.md and pictures/ into a folder, in place of older ones.

    Raises InputError where they cannot be written, or something else is there.
    """
    folder = _Folder(path, RUNS)
    folder.refuse_others()
    told = folder.write(_run(run, folder) for run in runs)
    card = path / CARD
    try:
        if not card.exists() or _MARK in card.read_text("utf-8", "replace"):  # one of somebody else's stays
            write_whole(card, _CARD.format(features=_features()).encode())
    except OSError as error:
        raise InputError(f"{card}: this cannot be written ({error.strerror}).") from error
    return told


def export_images(runs: Iterable[KeptResult], path: Path) -> Tabled:
    """Write metadata.jsonl and pictures/ into a folder, in place of older ones. Raises as `export_runs`."""
    folder = _Folder(path, IMAGES)
    folder.refuse_others()
    return folder.write(row for run in runs for row in _pages(run, folder))


def _run(run: KeptResult, folder: _Folder) -> Json:
    """A line of runs.jsonl."""
    result, image = run.result, run.result.memory.image
    crops = {crop.id: folder.picture(crop.png) for crop in result.memory.crops}
    return {
        "id": run.id,
        "created": run.created,
        "image_name": result.origin.image_name,
        "image_digest": image.digest,
        "page": image.page,
        "pages": result.memory.pages,
        "width": image.size_wh[0],
        "height": image.size_wh[1],
        "question": result.question,
        "options": list(result.memory.options or ()),
        "answer": result.answer,
        "status": result.status,
        "confidence": float(result.confidence),
        "reason": result.reason,
        "stopped": result.stopped,
        "looks": result.spend.looks,
        "seconds": float(result.spend.total_seconds),
        "targets": [
            {
                "phrase": target.phrase,
                "text": target.text,
                "crop": crops.get(target.crop, ""),
                "box": list(map(float, target.box.xywh)),
                "page": target.page,
                "score": float(target.score),
            }
            for target in result.targets
        ],
        "absent": [
            {"phrase": a.phrase, "seen": float(a.seen), "looks": a.looks, "complete": a.complete}
            for a in result.absent
        ],
        "cites": [crops[crop.id] for crop in result.crops],
        "picture": folder.picture(image.png),
    }


def _pages(run: KeptResult, folder: _Folder) -> Iterator[Json]:
    """Lines of metadata.jsonl: the page that the answer comes from, and others on which something was found."""
    result, first = run.result, run.result.memory.image
    found = {target.page for target in result.targets}
    for page in (first, *(p for p in result.pages if p.page in found and p.page != first.page)):
        yield _page(run, page, folder)


def _page(run: KeptResult, page: GlobalImage, folder: _Folder) -> Json:
    result = run.result
    scale = page.pil().width / page.size_wh[0]
    found = [target for target in result.targets if target.page == page.page]
    return {
        "file_name": folder.picture(page.png),
        "id": run.id,
        "image_name": PurePath(result.origin.image_name).name,
        "page": page.page,
        "width": page.size_wh[0],
        "height": page.size_wh[1],
        "question": result.question,
        "options": list(result.memory.options or ()),
        "answer": result.answer,
        "status": result.status,
        "confidence": float(result.confidence),
        "objects": {
            "bbox": [[round(v * scale, 2) for v in target.box.xywh] for target in found],
            "category": [target.phrase for target in found],
            "text": [target.text for target in found],
            "score": [float(target.score) for target in found],
        },
    }


def _features() -> str:
    """The types of a line, in YAML."""
    told = _typed(_FIELDS, "  ")
    for name, fields in _STRUCTS.items():
        told += f"  - name: {name}\n    list:\n{_typed(fields, '    ')}"
    return told


def _typed(fields: Mapping[str, str], indent: str) -> str:
    return "".join(
        f"{indent}- name: {name}\n{indent}  {kind if ':' in kind else f'dtype: {kind}'}\n"
        for kind, names in fields.items()
        for name in names.split()
    )
