"""COCO detection: every category of a set looked for in every picture, and average precision by size (pycocotools).

- With search, all instances are looked for by the policy; without, in the whole picture at the localizer's input size.
- A figure has an interval: pictures are drawn with replacement, and their matches accumulated anew.
- A category that the localizer does not know counts as never found, and is named.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...agents.contracts import Target
from ...memory.deadline import current
from ...memory.errors import InputError, MissingExtraError
from ...memory.image import Document
from ...memory.source import one_line
from ...orchestrator import Seal
from ...settings import one_line as faults
from ..bench import spent_since, tokens_of
from .tally import LEVEL, SEED, Figure

__all__ = ["EXPECTS", "FIGURES", "Found", "Precision", "Scene", "Truth", "detect", "load", "precision"]

EXPECTS = (
    "annotations/instances_*.json (or a JSON file) with images (id, file_name), annotations (id, image_id, "
    "category_id, bbox x, y, width, height) and categories (id, name), and the pictures beside it, in images/ or in "
    "a folder named as the split (val2017/)"
)
FIGURES = ("AP", "AP50", "AP75", "AP small", "AP medium", "AP large")
"""AP: mean over IoU 0.50 to 0.95; small: below 32 x 32 pixels, large: from 96 x 96 on, by annotated areas."""
DRAWS = 200
"""Samples of the bootstrap, each of as many pictures as there are."""
_AREAS = ("all", "small", "medium", "large")
Four = tuple[float, float, float, float]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Image(_Row):
    id: int
    file_name: str = Field(min_length=1)


class _Category(_Row):
    id: int
    name: str = Field(min_length=1)


class _Annotation(_Row):
    id: int
    image_id: int
    category_id: int
    bbox: Four
    area: float | None = None
    iscrowd: int = 0


class _Held(_Row):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotation, ...]
    categories: tuple[_Category, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture of the set, by its id there."""

    id: int
    path: Path


@dataclass(frozen=True, slots=True)
class Truth:
    """Pictures that are there, the boxes in them, and the names of the categories.

    digest: of the file, which tells two sets apart. missing: pictures that are not there.
    """

    scenes: tuple[Scene, ...]
    annotations: tuple[Mapping[str, object], ...]
    categories: Mapping[int, str]
    digest: str
    missing: tuple[str, ...] = ()

    def part(self, scenes: Sequence[Scene]) -> Truth:
        """The same of some pictures alone."""
        ids = {scene.id for scene in scenes}
        some = tuple(a for a in self.annotations if a["image_id"] in ids)
        return replace(self, scenes=tuple(scenes), annotations=some)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a picture: (category, box x, y, width, height in pixels, score) each, and what it cost."""

    scene: int
    boxes: tuple[tuple[int, Four, float], ...]
    looks: int
    calls: int
    seconds: float
    tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Precision:
    """Average precision by the names of `FIGURES`, where there is something to find, and of each category."""

    figures: Mapping[str, Figure]
    categories: Mapping[str, float]


def load(data: Path) -> Truth:
    """A set on disk. Raises InputError for another layout, doubled ids, and where no picture is there."""
    file = _file(data)
    try:
        raw = file.read_bytes()
        told = json.loads(raw.decode("utf-8-sig"))
        _check(file, told)
        held = _Held.model_validate(told)
    except ValidationError as error:
        raise InputError(f"{file}: coco expects {EXPECTS}; {one_line(faults(error), 200)}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: this is no JSON that can be read ({one_line(error)}).") from error
    for name, ids in (
        ("images", [i.id for i in held.images]),
        ("annotations", [a.id for a in held.annotations]),
        ("categories", [c.id for c in held.categories]),
    ):
        if doubled := [str(i) for i, n in Counter(ids).items() if n > 1]:
            raise InputError(
                f"{file}: every id of {name} is expected once; {len(doubled)} came more often, the first is "
                f"{doubled[0]}."
            )
    known, images = {c.id for c in held.categories}, {i.id for i in held.images}
    for a in held.annotations:
        if a.image_id not in images or a.category_id not in known:
            raise InputError(f"{file}: annotation {a.id} is of an image or category that is not in the file.")
    scenes, missing = list[Scene](), list[str]()
    for image in held.images:
        path = next((p for p in _places(file, data, image.file_name) if p.is_file()), None)
        if path is None:
            missing.append(image.file_name)
        else:
            scenes.append(Scene(image.id, path))
    if not scenes:
        some = ", ".join(missing[:3])
        raise InputError(f"{file}: none of its {len(missing)} pictures is there ({one_line(some, 120)}).")
    boxes = [
        {
            **a.model_dump(),
            "bbox": list(a.bbox),  # pycocotools takes no tuple
            "area": a.bbox[2] * a.bbox[3] if a.area is None else a.area,
        }
        for a in held.annotations
    ]
    names = {c.id: c.name for c in held.categories}
    digest = hashlib.sha256(raw).hexdigest()[:16]
    return Truth(tuple(scenes), tuple(boxes), names, digest, tuple(missing)).part(scenes)


def _check(file: Path, told: object) -> None:
    """Raise InputError where the three lists are not there, with what is."""
    there = told if isinstance(told, dict) else {}
    lacking = [name for name in _Held.model_fields if not isinstance(there.get(name), list)]
    if lacking:
        came = (
            f"it has {one_line(', '.join(map(str, there)), 120) or 'nothing'}" if there else "it is no object"
        )
        raise InputError(f"{file}: coco expects {EXPECTS}; {', '.join(lacking)} are missing, and {came}.")


def _file(data: Path) -> Path:
    if data.is_file():
        return data
    if not data.is_dir():
        raise InputError(f"{data}: it does not exist; coco expects {EXPECTS}.")
    for glob in (
        "annotations/instances_val*.json",
        "annotations/instances_*.json",
        "annotations/*.json",
        "*.json",
    ):
        if found := sorted(data.glob(glob)):
            return found[0]
    there = one_line(", ".join(sorted(p.name for p in data.iterdir())[:8]), 120) or "nothing"
    raise InputError(f"{data}: coco expects {EXPECTS}; the folder holds {there}.")


def _places(file: Path, data: Path, name: str) -> Iterator[Path]:
    split = file.stem.removeprefix("instances_")
    for base in dict.fromkeys((file.parent, data if data.is_dir() else file.parent, file.parent.parent)):
        for sub in ("", "images", split, f"images/{split}"):
            yield base / sub / name


def detect(seal: Seal, document: Document, scene: Scene, categories: Mapping[int, str]) -> Found:
    """All instances of all categories in a picture. Raises as `Seal.locate`."""
    ids = {name: number for number, name in categories.items()}
    started, before = time.perf_counter(), tokens_of(seal)
    wanted = [Target(name, "all", surroundings=False) for name in ids if not seal.localizer.unknown(name)]
    if not wanted:
        return Found(scene.id, (), 0, 0, 0.0, spent_since(before, seal))
    result = seal.locate(document, wanted)
    return Found(
        scene.id,
        tuple((ids[t.phrase], t.box.xywh, t.score) for t in result.targets if t.phrase in ids),
        result.spend.looks,
        sum(result.spend.calls.values()),
        time.perf_counter() - started,
        spent_since(before, seal),
    )


def precision(truth: Truth, found: Sequence[Found]) -> Precision:
    """Average precision of what was found. Raises MissingExtraError without pycocotools."""
    coco, evaluation = _pycocotools("coco"), _pycocotools("cocoeval")
    with contextlib.redirect_stdout(io.StringIO()):  # both tell their progress there
        right, told = coco.COCO(), coco.COCO()
        images = [{"id": scene.id} for scene in truth.scenes]
        categories = [{"id": number, "name": name} for number, name in truth.categories.items()]
        boxes = [(f.scene, *box) for f in found for box in f.boxes]
        right.dataset = {
            "images": images,
            "categories": categories,
            "annotations": [dict(a) for a in truth.annotations],
        }
        told.dataset = {
            "images": images,
            "categories": categories,
            "annotations": [
                {
                    "id": i,
                    "image_id": scene,
                    "category_id": category,
                    "bbox": list(box),
                    "area": box[2] * box[3],
                    "iscrowd": 0,
                    "score": score,
                }
                for i, (scene, category, box, score) in enumerate(boxes, 1)
            ],
        }
        right.createIndex()
        told.createIndex()
        run = evaluation.COCOeval(right, told, "bbox")
        run.params.maxDets = [100]  # a picture, as published
        run.evaluate()
        run.accumulate()
        whole, matches, n = run.eval["precision"], run.evalImgs, len(truth.scenes)
        rng, drawn = np.random.default_rng(SEED), list[dict[str, float]]()
        blocks = [matches[start : start + n] for start in range(0, len(matches), n)]  # by category and area
        for _ in range(DRAWS):
            current().check()
            picked = rng.integers(0, n, n)
            run.evalImgs = [block[i] for block in blocks for i in picked]
            run.accumulate()
            drawn.append(_means(run.eval["precision"]))
    figures = {}
    for name, value in _means(whole).items():
        values = [means[name] for means in drawn if name in means]
        low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if values else (value, value)
        figures[name] = Figure(value, float(low), float(high), n)
    order = run.params.catIds
    each = {truth.categories[c]: _mean(whole[:, :, k, 0, -1]) for k, c in enumerate(order)}
    return Precision(figures, {name: value for name, value in each.items() if value is not None})


def _means(precisions: NDArray[np.float64]) -> dict[str, float]:
    """The figures of an array (IoU, recall, category, area, most detections); -1 where there is nothing to find."""
    parts = {
        "AP": precisions[:, :, :, 0, -1],
        "AP50": precisions[0, :, :, 0, -1],
        "AP75": precisions[5, :, :, 0, -1],
        **{f"AP {area}": precisions[:, :, :, k, -1] for k, area in enumerate(_AREAS) if k},
    }
    return {name: value for name, part in parts.items() if (value := _mean(part)) is not None}


def _mean(part: NDArray[np.float64]) -> float | None:
    known = part[part > -1]
    return float(known.mean()) if known.size else None


def _pycocotools(module: str) -> ModuleType:
    try:
        return import_module(f"pycocotools.{module}")
    except ImportError as error:
        raise MissingExtraError(
            "COCO's figures need pycocotools, which is missing: pip install 'seal-visual-search[suites]'"
        ) from error
