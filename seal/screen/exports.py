"""Elements in the forms that others read: a prompt, OmniParser's list, COCO."""

from __future__ import annotations

from typing import TypedDict

from ..memory.frames import Frame
from ..memory.source import one_line
from .element import Element, Elements

__all__ = ["ParsedElement", "as_omniparser", "to_coco", "to_omniparser", "to_prompt"]

LONGEST_NAME = 80
"""Characters of a name in a prompt."""


class ParsedElement(TypedDict):
    """An element as OmniParser's server tells it. bbox: [x1, y1, x2, y2] as shares of the image's sides, 0 to 1."""

    type: str
    bbox: list[float]
    interactivity: bool
    content: str | None
    source: str


def to_prompt(elements: Elements, ids: bool = False) -> str:
    """A line an element: number, kind, name in quotes, state, where to click, in the frame; children are indented.

    The first line names the frame. ids: the id stands at the end of each line. What was read is in quotes, on one
    line, and cut after 80 characters: it is data, whatever it says.
    """
    frame = Frame.of(elements.frame, elements.size_wh)
    w, h = elements.size_wh
    lines = [f"Screen of {w}x{h} px, {len(elements)} elements; clicks (x, y) in the frame {frame.name!r}."]
    depth: dict[str, int] = {}
    for e in elements.items:
        depth[e.id] = depth.get(e.parent, -1) + 1 if e.parent else 0
        x, y = frame.point_of(e.click, e.box)
        named = "" if e.kind == "icon" and e.name == e.icon else _quoted(e.name)
        more = [part for part in (e.state, f"icon {e.icon}" if e.icon and e.kind != "icon" else "") if part]
        kind = f"{e.icon} icon" if e.kind == "icon" and e.icon else e.kind
        told = " ".join(part for part in (kind, named, f"({', '.join(more)})" if more else "") if part)
        lines.append(f"{'  ' * min(depth[e.id], 6)}[{e.number}] {told} ({x}, {y}){f' {e.id}' if ids else ''}")
    return "\n".join(lines)


def _quoted(name: str) -> str:
    if not name:
        return ""
    told = one_line(name, LONGEST_NAME).replace('"', "'")
    return f'"{told}"'


def to_omniparser(elements: Elements) -> list[ParsedElement]:
    """The `parsed_content_list` of OmniParser v2: text and icons, regions left out, boxes as shares of the sides.

    Text first, then what has text in it, then icons without, as OmniParser orders them.
    """
    return [_parsed(e, elements) for e in as_omniparser(elements).items]


def as_omniparser(elements: Elements) -> Elements:
    """The elements that OmniParser would tell, in its order; `number` is the place in its list, from 0.

    Its clients look up in the list, by place, what they read on its picture: draw the marks with these.
    """
    told = [e for e in elements.items if e.kind == "text" or _is_thing(e)]
    told.sort(key=lambda e: _SOURCES.index(_source(e)))
    items = tuple(e.model_copy(update={"number": i}) for i, e in enumerate(told))
    return elements.model_copy(update={"items": items})


_SOURCES = ("box_ocr_content_ocr", "box_yolo_content_ocr", "box_yolo_content_yolo")


def _source(e: Element) -> str:
    return _SOURCES[0] if e.kind == "text" else _SOURCES[1 if e.text else 2]


def _is_thing(e: Element) -> bool:
    return e.interactive or e.kind in ("avatar", "badge", "chart", "progress bar")


def _parsed(e: Element, elements: Elements) -> ParsedElement:
    w, h = elements.size_wh
    x0, y0, x1, y1 = e.box.xyxy
    return {
        "type": "text" if e.kind == "text" else "icon",
        "bbox": [x0 / w, y0 / h, x1 / w, y1 / h],
        "interactivity": e.interactive,
        "content": e.name or e.kind,
        "source": _source(e),
    }


def to_coco(elements: Elements, file_name: str = "", image_id: int = 1) -> dict[str, object]:
    """A COCO data set of one image: `images`, `categories` (the kinds that occur) and `annotations`.

    bbox is (x, y, width, height) in pixels of the full image; name, text, state and id stand in `attributes`.
    """
    kinds = {kind: i for i, kind in enumerate(sorted({e.kind for e in elements.items}), 1)}
    w, h = elements.size_wh
    return {
        "images": [{"id": image_id, "file_name": file_name, "width": w, "height": h}],
        "categories": [{"id": i, "name": kind, "supercategory": "element"} for kind, i in kinds.items()],
        "annotations": [
            {
                "id": e.number,
                "image_id": image_id,
                "category_id": kinds[e.kind],
                "bbox": list(e.box.xywh),
                "area": e.box.area,
                "iscrowd": 0,
                "score": e.confidence,
                "attributes": {
                    "id": e.id,
                    "name": e.name,
                    "text": e.text,
                    "state": e.state,
                    "interactive": e.interactive,
                    "parent": e.parent,
                },
            }
            for e in elements.items
        ],
    }
