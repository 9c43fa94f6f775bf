"""Facts measured in code: what no network has to guess.

Where located targets lie to each other, how far apart, how many there are, which text stands in and beside
them, and their colours. Every fact is a short sentence, its data (see `Fact`) and the crops that show it.
Everything is in pixels of the full image after EXIF orientation.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np
import PIL.Image

from .colors import NamedColor, dominant_colors, ink_color
from .geometry import Box, distance, relation
from .working import Crop, Fact, FoundTarget, TextLine

__all__ = ["colors", "counts", "measure", "relations", "side_of", "texts"]

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

_WEIGHT = {"inside": 0.0, "right": 1.0, "left": 1.2, "below": 1.5, "above": 1.5, "near": 2.5}
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
    for phrase, complete in counted.items():
        found = [t for t in targets if t.phrase == phrase]
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
    if target.coverage(line) >= 0.5 or line.coverage(target) >= 0.5:
        return "inside", 0.0
    r = relation(target, line)
    (tx, ty), (lx, ly) = target.center, line.center
    share_y = min(target.xyxy[3], line.xyxy[3]) - max(target.y, line.y)
    share_x = min(target.xyxy[2], line.xyxy[2]) - max(target.x, line.x)
    if share_y >= 0.5 * min(target.height, line.height) and share_y > 0 and r.gap_y == 0:
        return ("right" if lx > tx else "left"), r.gap_x
    if share_x >= min(target.width, line.width) / 3 and share_x > 0 and r.gap_x == 0:
        return ("below" if ly > ty else "above"), r.gap_y
    return "near", math.hypot(r.gap_x, r.gap_y)


def texts(targets: Sequence[FoundTarget], lines: Sequence[TextLine]) -> tuple[Fact, ...]:
    """The text in each target and the text nearest to it, nearest first.

    Of every side the nearest line is told however far away it is (a value at the end of a table's row); the
    rest of the places go to the nearest lines, those in the target's row before others.
    """
    facts = []
    for target, name, rank in _named(targets):
        beside = []
        for line in lines:
            if line.page == target.page and line.text.strip():
                side, gap = side_of(target.box, line.box)
                weighted = gap * _WEIGHT[side]
                beside.append(((weighted, line.box.y, line.box.x), side, gap, line))
        beside.sort(key=lambda b: b[0])
        for _, side, gap, line in _chosen(beside, MAX_LINES if rank == 1 else MAX_LINES_FURTHER):
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


_Beside = tuple[tuple[float, float, float], str, float, TextLine]


def _chosen(beside: Sequence[_Beside], limit: int) -> list[_Beside]:
    """At most `limit` lines, in the order given: the nearest of each side first of all."""
    kept: list[int] = []
    used = dict.fromkeys(_KEPT, 0)
    for side in _KEPT:
        for i, (_, of, _, _) in enumerate(beside):
            if of == side and used[side] < _KEPT[side]:
                used[side] += 1
                kept.append(i)
    kept = kept[:limit]
    kept += [i for i in range(len(beside)) if i not in kept][: limit - len(kept)]
    return [beside[i] for i in sorted(kept)]


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
        part = _cut(pictures[crop.id], crop.box, target.box)
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
    parts = [part for side in frame if (part := _cut(picture, shows, side)) is not None]
    if len(parts) < 2:
        return None
    pixels = np.concatenate([np.asarray(part).reshape(-1, 3) for part in parts])
    return next(iter(dominant_colors(PIL.Image.fromarray(pixels[None]), 1)), None)


def _cut(picture: PIL.Image.Image, shows: Box, target: Box) -> PIL.Image.Image | None:
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
