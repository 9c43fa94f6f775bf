"""Kept runs as data to train on: chats in which an assistant zooms and answers, and COCO detections.

- A chat shows the small copy of the page, one `zoom` for each crop that the answer came from, and the answer. Regions
  are in pixels of that copy, which is what a model would see; pictures of looks that found nothing are not kept.
- Only answered questions become chats. What was found, in questions and `locate` alike, becomes annotations of COCO: in
  pixels of the full image, with the score, each place of an image once.
- Answers and boxes are the agents', not checked by anybody; texts of pictures in them are data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..memory.deadline import current
from ..memory.disk import write_whole
from ..memory.errors import InputError
from ..memory.geometry import Box
from ..memory.working import Crop, GlobalImage
from .result import Result

__all__ = ["CHATS", "COCO", "Exported", "export"]

CHATS, COCO, PICTURES = "chats.jsonl", "coco.json", "pictures"
SYSTEM = (
    "Look closer with zoom(page, region) where something is too small to be seen. A region is [x0, y0, x1, y1] in "
    "pixels of the picture that shows the page."
)
Json: TypeAlias = "dict[str, object]"


@dataclass(frozen=True, slots=True)
class Exported:
    """How much was written. left_out: runs that are no answered question, of which there is no chat."""

    chats: int
    left_out: int
    images: int
    annotations: int


def export(runs: Iterable[tuple[str, Result]], folder: Path) -> Exported:
    """Write chats.jsonl, pictures/ and coco.json of (id, result) pairs into a folder, in place of older ones.

    Raises InputError when they cannot be written.
    """
    coco, chats, left_out = _Coco(), 0, 0

    def lines() -> Iterator[bytes]:
        nonlocal chats, left_out
        for run, result in runs:
            current().check()
            coco.add(result)
            if result.status == "answered":
                chats += 1
                line = json.dumps(_chat(run, result, folder), ensure_ascii=False) + "\n"
                yield line.encode("utf-8", "backslashreplace")
            else:
                left_out += 1

    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        write_whole(folder / CHATS, lines())
        write_whole(folder / COCO, json.dumps(coco.document(), indent=1).encode())
    except OSError as error:
        raise InputError(f"{folder}: the runs cannot be exported here ({error.strerror}).") from error
    return Exported(chats, left_out, len(coco.images), len(coco.annotations))


def _chat(run: str, result: Result, folder: Path) -> Json:
    """A line of chats.jsonl; its pictures are written."""
    pages = {page.page: page for page in (*result.pages, result.memory.image)}
    shown = result.memory.image
    crops = result.crops or result.memory.crops
    asked = [result.question]
    if result.memory.options:
        asked += ["Options:", *(f"- {option}" for option in result.memory.options)]
    messages: list[Json] = [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": [_picture(shown.png, f"{run}-page", folder), _text("\n".join(asked))]},
    ]
    for crop in crops:
        if crop.page in pages:
            messages += _zoom(run, crop, pages[crop.page], result, folder)
    messages.append({"role": "assistant", "content": result.answer})
    width, height = shown.size_wh
    full = {"name": result.origin.image_name, "width": width, "height": height, "page": shown.page}
    return {"id": run, "image": full, "confidence": result.confidence, "messages": messages}


def _zoom(run: str, crop: Crop, page: GlobalImage, result: Result, folder: Path) -> list[Json]:
    """The call of the assistant, and what it shows: the crop, and what was found in it."""
    scale = page.pil().width / page.size_wh[0]
    region = [round(v * scale) for v in crop.box.xyxy]
    called = {"name": "zoom", "arguments": json.dumps({"page": crop.page, "region": region})}
    found = [f"{t.phrase}: {t.text}" if t.text else t.phrase for t in result.targets if t.crop == crop.id]
    return [
        {
            "role": "assistant",
            "content": "",
            "tool_calls": [{"id": crop.id, "type": "function", "function": called}],
        },
        {
            "role": "tool",
            "tool_call_id": crop.id,
            "content": [_picture(crop.png, f"{run}-{crop.id}", folder), _text("; ".join(found))],
        },
    ]


def _picture(png: bytes, name: str, folder: Path) -> Json:
    path = f"{PICTURES}/{''.join(c if c.isalnum() or c in '-_' else '_' for c in name)}.png"
    write_whole(folder / path, png)
    return {"type": "image", "image": path}


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


class _Coco:
    """Images, categories and annotations as they are met; each place of an image once for a phrase."""

    def __init__(self) -> None:
        self.images: dict[tuple[str, int], Json] = {}
        self.categories: dict[str, int] = {}
        self.annotations: dict[tuple[int, str, tuple[int, ...]], Json] = {}

    def add(self, result: Result) -> None:
        """What a run found, on pages whose size is known."""
        for page in (result.memory.image, *result.pages):
            key = (page.digest or result.origin.image_name, page.page)
            width, height = page.size_wh
            name = Path(result.origin.image_name).name
            image = {"id": len(self.images) + 1, "file_name": name, "width": width, "height": height}
            held = self.images.setdefault(key, {**image, "page": page.page})
            for target in result.targets:
                if target.page == page.page:
                    self._annotate(int(str(held["id"])), target.phrase, target.box, target.score)

    def _annotate(self, image: int, phrase: str, box: Box, score: float) -> None:
        category = self.categories.setdefault(phrase, len(self.categories) + 1)
        annotation: Json = {
            "id": len(self.annotations) + 1,
            "image_id": image,
            "category_id": category,
            "bbox": [round(v, 1) for v in box.xywh],
            "area": round(box.area, 1),
            "iscrowd": 0,
            "score": round(score, 4),
        }
        self.annotations.setdefault((image, phrase, tuple(map(round, box.xywh))), annotation)

    def document(self) -> Json:
        """The whole file."""
        return {
            "images": list(self.images.values()),
            "categories": [{"id": i, "name": name} for name, i in self.categories.items()],
            "annotations": list(self.annotations.values()),
        }
