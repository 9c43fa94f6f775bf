"""Records of the benchmarks of clicks: ScreenSpot (v1, v2, normalised), ScreenSpot-Pro, OSWorld-G.

Their boxes come in three conventions; here they become (x, y, width, height) in pixels of the full image.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import PIL.Image

from ...memory.errors import ImageError, InputError
from ...memory.geometry import Box
from ...memory.source import one_line
from .suite import Asked
from .tables import Record, picture_of

__all__ = ["osworld", "screenspot", "screenspot_pro"]

PLATFORMS = ("mobile", "desktop", "web")
"""Of ScreenSpot, by the name of its file."""
SOURCES = {"ios": "mobile", "android": "mobile", "windows": "desktop", "macos": "desktop"}
"""Platform by data_source, where the file does not tell it; others are pages of the web."""


def screenspot(record: Record) -> Asked:
    """ScreenSpot v1 and v2: x, y, width, height in pixels; x0, y0, x1, y1 in [0, 1] where all numbers are at most 1."""
    four = _four(record, "bbox")
    if max(four) <= 1.0:
        width, height = _size(record)
        x0, y0, x1, y1 = four
        box = Box.from_xyxy(x0 * width, y0 * height, x1 * width, y1 * height).xywh
    else:
        box = four
    source = str(record.get("data_source") or "")
    named = next((p for p in PLATFORMS if p in record.file.stem), None)
    platform = named or SOURCES.get(source.casefold(), "web" if source else "other")
    kind = record.text("data_type", "ui_type")
    groups = (("platform", platform), ("type", kind), ("platform, type", f"{platform} / {kind}"))
    return _click(record, platform, box, groups)


def screenspot_pro(record: Record) -> Asked:
    """ScreenSpot-Pro: x0, y0, x1, y1 in pixels; what is nowhere (gt_type negative) is to be refused."""
    group, kind = record.text("group"), record.text("ui_type")
    groups = (("group", group), ("ui_type", kind), ("group, ui_type", f"{group} / {kind}"))
    if record.get("gt_type") == "negative":
        return _click(record, group, None, groups)
    return _click(record, group, Box.from_xyxy(*_four(record, "bbox")).xywh, groups)


def osworld(record: Record) -> Asked:
    """OSWorld-G: a box (x, y, width, height), a polygon, or nothing, where only a refusal is right."""
    shape = record.text("box_type")
    if shape == "refusal":
        return _click(record, shape, None, (("box_type", shape),))
    if shape == "bbox":
        return _click(record, shape, _four(record, "box_coordinates"), (("box_type", shape),))
    if shape != "polygon":
        raise InputError(f"box_type is expected to be bbox, polygon or refusal; got {one_line(shape, 40)!r}")
    flat = record.numbers("box_coordinates")
    if len(flat) < 6 or len(flat) % 2:
        raise InputError(f"a polygon of at least three corners x, y is expected; got {len(flat)} numbers")
    corners = tuple(zip(flat[::2], flat[1::2], strict=True))
    around = Box.from_xyxy(min(flat[::2]), min(flat[1::2]), max(flat[::2]), max(flat[1::2])).xywh
    return _click(record, shape, around, (("box_type", shape),), corners)


def _click(
    record: Record,
    kind: str,
    box: Sequence[float] | None,
    groups: tuple[tuple[str, str], ...],
    polygon: tuple[tuple[float, float], ...] = (),
) -> Asked:
    """box: the right place; None where only a refusal is right."""
    question = record.text("instruction", "prompt_to_evaluate")
    case: dict[str, object] = {"kind": kind, "question": question}
    case.update({"cannot_tell": True} if box is None else {"bbox": (tuple(box),)})
    return Asked(case, (), groups, polygon=polygon)


def _four(record: Record, *names: str) -> tuple[float, float, float, float]:
    numbers = record.numbers(*names)
    if len(numbers) != 4:
        raise InputError(f"{names[0]} is expected to have four numbers; got {len(numbers)}")
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _size(record: Record) -> tuple[int, int]:
    """Width and height of the picture of a record, from its head."""
    folders = ("images", "screenspot_imgs", "screenspotv2_image")
    picture = picture_of(record, record.file.parent, folders, "img_filename", "file_name", "image")
    if not picture.exists():
        return 1, 1  # it is counted as missing, whatever its box
    source = picture.open()
    try:
        with PIL.Image.open(BytesIO(source) if isinstance(source, bytes) else source) as head:
            return head.size
    except (OSError, PIL.Image.DecompressionBombError) as error:
        raise ImageError(f"the picture cannot be read ({one_line(error)})") from error
