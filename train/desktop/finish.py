"""Pages out of what the drawing programs left: the truth in pixels of the picture, and the picture as WebP."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast

import cv2

from ...measure.truth import REGIONS, WIDGETS, XYWH, Icon, PageTruth, Region, Split, Widget
from ..render import painted_box
from ..tiles import Array

__all__ = ["finish"]

_LEAST = {"input": 14, "select": 14, "button": 12}
"""Height below which a widget shows too little of itself, before the scale."""


def _read(path: Path) -> Array:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert pixels is not None, path
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _area(box: XYWH) -> float:
    return max(0.0, box[2]) * max(0.0, box[3])


def _cross(a: XYWH, b: XYWH) -> XYWH:
    x, y = max(a[0], b[0]), max(a[1], b[1])
    return x, y, min(a[0] + a[2], b[0] + b[2]) - x, min(a[1] + a[3], b[1] + b[3]) - y


def _covered(box: XYWH, over: list[XYWH]) -> float:
    """The share of a box under the layers above it; these hardly overlap."""
    return min(1.0, sum(_area(_cross(box, o)) for o in over) / max(_area(box), 1e-6))


def finish(raw: Path, out: Path, split: Split = "train") -> PageTruth:
    """Make NAME.webp and NAME.json in `out` of NAME.raw.json and the pictures beside it."""
    told = json.loads(raw.read_text("utf-8"))
    name, scale = told["name"], told["scale"]
    shown, bare, hidden = (_read(raw.with_name(f"{name}.{part}.png")) for part in "abc")
    height, width = shown.shape[:2]
    page: XYWH = (0.0, 0.0, float(width), float(height))
    layers = [cast("XYWH", tuple(v * scale for v in box)) for box in told["layers"]]
    icons: list[Icon] = []
    widgets: list[Widget] = []
    regions: list[Region] = []
    ignored: list[XYWH] = []
    for depth, rows in enumerate(told["rows"]):
        over = layers[depth + 1 :]
        for row in rows:
            _one(row, scale, page, over, (shown, bare, hidden), icons, widgets, regions, ignored)
    truth = PageTruth(
        name=name,
        split=split,
        seed=told["seed"],
        index=told["index"],
        kind=told["kind"],
        framework=told["framework"],
        theme=told["theme"],
        language=told["language"],
        font=told["font"],
        scale=scale,
        size_wh=(width, height),
        image=f"{name}.webp",
        icons=tuple(icons),
        widgets=tuple(widgets),
        regions=tuple(regions),
        ignored=tuple(ignored),
    )
    quality = [cv2.IMWRITE_WEBP_QUALITY, 101]
    cv2.imwrite(str(out / truth.image), cv2.cvtColor(shown, cv2.COLOR_RGB2BGR), quality)
    truth.save(out / f"{name}.json")
    return truth


def _one(
    row: dict[str, Any],
    scale: float,
    page: XYWH,
    over: list[XYWH],
    pixels: tuple[Array, Array, Array],
    icons: list[Icon],
    widgets: list[Widget],
    regions: list[Region],
    ignored: list[XYWH],
) -> None:
    kind = row.pop("kind")
    whole = cast("XYWH", tuple(v * scale for v in row.pop("rect")))
    seen = _cross(cast("XYWH", tuple(v * scale for v in row.pop("seen"))), page)
    paint = row.pop("paint", False)
    if seen[2] <= 1 or seen[3] <= 1:
        return
    inside, cover = _area(seen) / _area(whole), max(_covered(seen, over), 1 - row.pop("open", 1.0))
    if cover > 0.98:
        return
    if kind in REGIONS:
        if inside >= 0.2 and cover <= 0.7:
            regions.append(Region(kind=kind, xywh=_round(seen), title=row.get("title", "")))
        return
    bad = inside < 0.97 or cover > 0.03
    if kind == "ignore" or (bad and kind != "icon"):
        ignored.append(_round(seen))
        return
    shown, bare, hidden = pixels
    if kind == "icon":
        box = painted_box(shown, bare, seen, 0)
        if box is None:
            return
        if min(box[2:]) < 4 or cover > 0.03 or inside < 0.5 or (inside < 0.97 and _edge(box, seen)):
            ignored.append(box)
        else:
            icons.append(
                Icon(
                    xywh=box,
                    concept=row["concept"],
                    icon_set=row["icon_set"],
                    style="theme",
                    css_px=round(max(box[2:]) / scale, 1),
                )
            )
        return
    assert kind in WIDGETS, kind
    box = _round(whole)
    if paint:
        tight = painted_box(shown, hidden, whole, 0)
        if (tight is None and paint == "square") or (
            tight is not None
            and paint == "square"
            and (not 0.75 < tight[2] / tight[3] < 1.33 or tight[2] > 40 * scale)
        ):
            ignored.append(_round(seen))
            return
        if tight is not None and (paint == "square" or _likely(tight, whole, kind)):
            box = tight
    if box[3] < _LEAST.get(kind, 0) * scale:  # squeezed by its neighbours
        ignored.append(box)
        return
    row = {k: v for k, v in row.items() if k in Widget.model_fields}
    widgets.append(Widget(kind=kind, xywh=box, **row))


def _likely(tight: XYWH, whole: XYWH, kind: str) -> bool:
    """Whether a painted box may be the widget: all of it, but for a bar's height and the mark of a check box."""
    long = tight[2] > 0.7 * whole[2] or tight[3] > 0.7 * whole[3]
    return (
        long
        if kind in ("slider", "progress bar", "switch", "checkbox", "radio")
        else _area(tight) > 0.6 * _area(whole)
    )


def _edge(box: XYWH, seen: XYWH) -> bool:
    """Whether a painted box reaches the end of what can be seen of its place."""
    return box[0] + box[2] >= seen[0] + seen[2] - 1 or box[1] + box[3] >= seen[1] + seen[3] - 1


def _round(box: XYWH) -> XYWH:
    return cast("XYWH", tuple(round(float(v), 2) for v in box))


if __name__ == "__main__":  # python -m seal.train.desktop.finish RAW OUT: of what GTK and programs were drawn
    Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    for _raw in sorted(Path(sys.argv[1]).glob("*.raw.json")):
        finish(_raw, Path(sys.argv[2]))
