"""Facts measured in code: what no network has to guess.

Where located targets lie to each other, how far apart, how many there are, which text stands in and beside
them, and their colours. Every fact is a short sentence, its data (see `Fact`) and the crops that show it.
Everything is in pixels of the full image after EXIF orientation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from .colors import NamedColor, dominant_colors, ink_color
from .geometry import Box, distance, relation
from .working import Crop, Fact, FoundTarget, TextLine

__all__ = ["colors", "counts", "cut", "measure", "relations", "side_of", "texts"]

_Numbers = NDArray[np.float64]

MAX_LINES = 8
"""Lines of text told for the best instance of a target."""
MAX_LINES_FURTHER = 3
"""Lines of text told for each further instance."""
MAX_INSTANCES = 10
"""Instances of one target whose text and colours are told; counts know them all."""

MAX_RELATED = 32
"""Phrases, the first ones, of which every two are related to each other; of n phrases there are n (n - 1) / 2 pairs."""

_FRAME = 0.12
"""Width of the frame that shows what a target stands on, as a share of the target's smaller side."""

_SIDES = ("inside", "right", "left", "below", "above", "near")
_WEIGHT = dict(zip(_SIDES, (0.0, 1.0, 1.2, 1.5, 1.5, 2.5), strict=True))
_KEPT = {"inside": 3, "right": 2, "below": 1, "left": 1, "above": 1}  # told however far away, nearest first


def measure(
    targets: Sequence[FoundTarget],
    crops: Sequence[Crop],
    lines: Sequence[TextLine],
    counted: Mapping[str, bool],
    totals: Mapping[str, int] | None = None,
) -> tuple[Fact, ...]:
    """All facts: counts, relations and distances, then text and colours target by target.

    targets: best instance of each phrase first. lines: what was read. counted: the phrases that were searched
    for all instances, and whether that search saw everything. totals: how many instances were found, for
    phrases of which `targets` holds only the best ones.
    """
    told = (*relations(targets), *texts(targets, lines), *colors(targets, crops))
    return (*counts(targets, counted, totals), *told)


def relations(targets: Sequence[FoundTarget]) -> tuple[Fact, ...]:
    """Relation and distance of the first instances of every two phrases that lie on one page.

    Only the first `MAX_RELATED` phrases take part.
    """
    firsts = list({t.phrase: t for t in reversed(targets)}.values())[::-1][:MAX_RELATED]
    paged = len({t.page for t in targets}) > 1
    facts: list[Fact] = []
    for a, b in combinations(firsts, 2):
        if a.page != b.page:
            continue
        r = relation(a.box, b.box)
        where = f" (page {a.page})" if paged else ""
        gaps = [f"{_px(gap)} {axis}" for gap, axis in ((r.gap_x, "across"), (r.gap_y, "down")) if gap > 0]
        apart = f"gap {' and '.join(gaps)}" if gaps else "they touch or overlap"
        level_x, level_y = r.horizontal == "level with", r.vertical == "level with"
        aligned = "" if level_x == level_y else ", in one row" if level_y else ", in one column"
        value = {
            "a": a.phrase,
            "b": b.phrase,
            "horizontal": r.horizontal,
            "vertical": r.vertical,
            "gap_x": round(float(r.gap_x), 1),
            "gap_y": round(float(r.gap_y), 1),
        }
        name_a, name_b, evidence = _quoted(a.phrase), _quoted(b.phrase), _unique(a.crop, b.crop)
        text = f"{name_a} is {r.text} {name_b}{aligned}: {apart}{where}."
        facts.append(Fact(kind="relation", text=text, value=value, evidence=evidence))
        pixels = distance(a.box, b.box)
        facts.append(
            Fact(
                kind="distance",
                text=f"The centres of {name_a} and {name_b} are {_px(pixels)} apart{where}.",
                value={"a": a.phrase, "b": b.phrase, "pixels": round(pixels, 1)},
                evidence=evidence,
            )
        )
    return tuple(facts)


def counts(
    targets: Sequence[FoundTarget], counted: Mapping[str, bool], totals: Mapping[str, int] | None = None
) -> tuple[Fact, ...]:
    """How many instances of each phrase in `counted` were found; a phrase without any counts 0.

    The number is that of `totals`, or else that of the phrase's targets.
    """
    facts = []
    by_phrase: dict[str, list[FoundTarget]] = {}
    for target in targets:
        by_phrase.setdefault(target.phrase, []).append(target)
    for phrase, complete in counted.items():
        found = by_phrase.get(phrase, [])
        n = max((totals or {}).get(phrase, 0), len(found))
        number = f"{n} instance{'' if n == 1 else 's'} of {_quoted(phrase)}"
        rest = "everything was looked at" if complete else "not everything was looked at, there may be more"
        facts.append(
            Fact(
                kind="count",
                text=f"{number} found; {rest}.",
                value={"phrase": phrase, "count": n, "complete": complete},
                evidence=_unique(*(t.crop for t in found)),
            )
        )
    return tuple(facts)


def side_of(target: Box, line: Box) -> tuple[str, float]:
    """(side, gap in px) at which `line` lies to `target`: inside, right, left, below, above or near.

    Inside: half of one lies in the other, gap 0. Right and left: both share a row (half of the lower height),
    below and above: they share a column (a third of the smaller width); the gap is that between the nearest
    edges. Near: anything else; the gap is that between the nearest corners.
    """
    sides, gaps = _sides_of(target, np.array([line.xywh], np.float64))
    return _SIDES[sides[0]], float(gaps[0])


def _sides_of(target: Box, lines: _Numbers) -> tuple[NDArray[np.intp], _Numbers]:
    """Side (N,), an index of `_SIDES`, and gap (N,) of lines (N, 4) x y width height, as `side_of` says them."""
    x, y, width, height = lines.T
    tx, ty, t_width, t_height = target.xywh
    share_x = np.minimum(tx + t_width, x + width) - np.maximum(tx, x)
    share_y = np.minimum(ty + t_height, y + height) - np.maximum(ty, y)
    gap_x, gap_y = np.maximum(-share_x, 0.0) + 0.0, np.maximum(-share_y, 0.0) + 0.0  # never -0
    center_x, center_y = x + width / 2, y + height / 2
    middle_x, middle_y = target.center

    shared = np.where((share_x > 0) & (share_y > 0), share_x * share_y, 0.0)
    in_target = (tx <= center_x) & (center_x < tx + t_width) & (ty <= center_y) & (center_y < ty + t_height)
    in_line = (x <= middle_x) & (middle_x < x + width) & (y <= middle_y) & (middle_y < y + height)
    inside = np.where(width * height > 0, shared >= 0.5 * width * height, in_target)
    inside |= shared >= 0.5 * target.area if target.area > 0 else in_line

    row = (share_y >= 0.5 * np.minimum(t_height, height)) & (share_y > 0)
    column = (share_x >= np.minimum(t_width, width) / 3) & (share_x > 0)
    cases = [inside, row & (center_x > middle_x), row, column & (center_y > middle_y), column]
    zero = np.zeros(len(lines))
    sides = np.select(cases, range(5), 5)
    return sides, np.select(cases, [zero, gap_x, gap_x, gap_y, gap_y], np.hypot(gap_x, gap_y))


def texts(targets: Sequence[FoundTarget], lines: Sequence[TextLine]) -> tuple[Fact, ...]:
    """The text in each target and the text nearest to it, nearest first.

    Of every side the nearest line is told however far away it is (a value at the end of a table's row); the
    rest of the places go to the nearest lines, those in the target's row before others.
    """
    facts = []
    pages: dict[int, list[TextLine]] = {}
    for line in lines:
        if line.text.strip():
            pages.setdefault(line.page, []).append(line)
    boxes = {page: np.array([line.box.xywh for line in there], np.float64) for page, there in pages.items()}
    for target, name, rank in _named(targets):
        if target.page not in pages:
            continue
        sides, gaps = _sides_of(target.box, boxes[target.page])
        for i in _chosen(sides, gaps, boxes[target.page], MAX_LINES if rank == 1 else MAX_LINES_FURTHER):
            side, gap, line = _SIDES[sides[i]], gaps[i], pages[target.page][i]
            place = {"inside": f"in {name}", "near": f"{_px(gap)} from {name}"}.get(side)
            place = place or f"{_px(gap)} {side}{' of' if side in ('left', 'right') else ''} {name}"
            facts.append(
                Fact(
                    kind="text",
                    text=f"Text {place}: {_quoted(line.text)}.",
                    value={
                        "phrase": target.phrase,
                        "text": line.text,
                        "box": [round(float(v), 1) for v in line.box.xywh],
                        "confidence": round(line.confidence, 4),
                        "side": side,
                        "gap": round(float(gap), 1),
                    },
                    evidence=_unique(target.crop),
                )
            )
    return tuple(facts)


def _chosen(sides: NDArray[np.intp], gaps: _Numbers, boxes: _Numbers, limit: int) -> list[int]:
    """Indices of at most `limit` lines, nearest first: among them the nearest of each side before any others."""
    weighted = gaps * np.array([_WEIGHT[side] for side in _SIDES])[sides]
    order = np.lexsort((boxes[:, 0], boxes[:, 1], weighted))
    ranked = sides[order]
    kept = [
        rank
        for side, most in _KEPT.items()
        for rank in np.flatnonzero(ranked == _SIDES.index(side))[:most].tolist()
    ][:limit]
    others = (rank for rank in range(len(order)) if rank not in kept)
    kept += islice(others, limit - len(kept))
    return [int(order[rank]) for rank in sorted(kept)]


def colors(targets: Sequence[FoundTarget], crops: Sequence[Crop]) -> tuple[Fact, ...]:
    """The dominant colours of each target, from the pixels of its box in its crop.

    Of a target without text also the ground around it and the colour that it is drawn in on that ground.
    """
    by_id = {c.id: c for c in crops}
    pictures: dict[str, PIL.Image.Image] = {}
    facts = []
    for target, name, _ in _named(targets):
        crop = by_id.get(target.crop)
        if crop is None:
            continue
        if crop.id not in pictures:
            pictures[crop.id] = crop.pil()
        part = cut(pictures[crop.id], crop.box, target.box)
        found = dominant_colors(part) if part is not None else []
        if not found:
            continue
        told = f"Colours of {name}: {', '.join(f'{c.name} {c.hex} ({c.share:.0%})' for c in found)}."
        value: dict[str, object] = {
            "phrase": target.phrase,
            "colors": [_told(c) for c in found],
        }
        around = None if target.text else _around(pictures[crop.id], crop.box, target.box)
        ink = ink_color(part, around.hex) if around and part else None
        if around and ink:
            value["box"] = [round(float(v), 1) for v in target.box.xywh]
            value |= {"around": _told(around), "ink": _told(ink)}
            told += f" It is drawn in {ink.name} {ink.hex} on {around.name} {around.hex}."
        facts.append(Fact(kind="color", text=told, value=value, evidence=_unique(target.crop)))
    return tuple(facts)


def _told(color: NamedColor) -> dict[str, str | float]:
    return {"name": color.name, "hex": color.hex, "share": round(color.share, 4)}


def _around(picture: PIL.Image.Image, shows: Box, target: Box) -> NamedColor | None:
    """The colour that prevails in a thin frame around a target; None when none does, or the crop shows too little."""
    wide = max(2.0, _FRAME * min(target.size_wh))
    x0, y0, x1, y1 = target.xyxy
    frame = (
        Box.from_xyxy(x0 - wide, y0 - wide, x1 + wide, y0),
        Box.from_xyxy(x0 - wide, y1, x1 + wide, y1 + wide),
        Box.from_xyxy(x0 - wide, y0, x0, y1),
        Box.from_xyxy(x1, y0, x1 + wide, y1),
    )
    parts = [part for side in frame if (part := cut(picture, shows, side)) is not None]
    if len(parts) < 2:
        return None
    pixels = np.concatenate([np.asarray(part).reshape(-1, 3) for part in parts])
    return next(iter(dominant_colors(PIL.Image.fromarray(pixels[None]), 1)), None)


def cut(picture: PIL.Image.Image, shows: Box, target: Box) -> PIL.Image.Image | None:
    """The part of a crop's picture that shows `target`; None when the crop does not show it."""
    inside = target.intersection(shows)
    if inside.area <= 0:
        return None
    fx, fy = picture.width / shows.width, picture.height / shows.height
    x0, y0, x1, y1 = inside.shifted(-shows.x, -shows.y).xyxy
    left, top = min(round(x0 * fx), picture.width - 1), min(round(y0 * fy), picture.height - 1)
    return picture.crop((left, top, max(left + 1, round(x1 * fx)), max(top + 1, round(y1 * fy))))


def _named(targets: Sequence[FoundTarget]) -> Iterator[tuple[FoundTarget, str, int]]:
    """(target, name in sentences, 1-based rank of the instance) of the instances that are told in full."""
    total: dict[str, int] = {}
    for t in targets:
        total[t.phrase] = total.get(t.phrase, 0) + 1
    seen: dict[str, int] = {}
    for t in targets:
        rank = seen[t.phrase] = seen.get(t.phrase, 0) + 1
        if rank <= MAX_INSTANCES:
            yield (
                t,
                _quoted(t.phrase) + (f" ({rank} of {total[t.phrase]})" if total[t.phrase] > 1 else ""),
                rank,
            )


def _quoted(text: str) -> str:
    """In quotes of the kind that the text does not hold; read text stays one line whatever it holds."""
    plain = json.dumps(text.replace('"', "'"), ensure_ascii=False)
    return f"'{plain[1:-1].replace(chr(39), chr(34))}'" if '"' in text and "'" not in text else plain


def _px(pixels: float) -> str:
    return f"{pixels:.0f} px"


def _unique(*crops: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for c in crops if c))
