"""Options ranked by where their words stand: what is left when the form of a question says nothing.

Every option is looked for among the lines that were read, numbers as numbers and texts nearly letter for
letter. Each hit is judged from every anchor (the things that the question names, weight 1, and words of the
question that are a line of their own, such as a column's header, weight 0.5): on the anchor's row and to the
right of it is best, then below or above in its column, then left, then near. A direction in the question
binds. Where the question names a scope, what lies outside counts little.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from ...memory.geometry import Box
from ...memory.working import FoundTarget, TextLine
from .amounts import as_number, is_value
from .evidence import Anchor, columns_share, find_span, gap, page_lines, part_box, rows_share
from .phrases import Mention, key
from .places import Evidence

__all__ = ["Hit", "hits_of", "ranked"]

_SMALL = re.compile(
    r"an?|the|of|in|on|at|to|for|from|by|with|and|or|is|are|was|were|been|does|do|did|has|have|had|what|which|who|where|"
    r"when|how|many|much|its?|this|that|these|those|there|here|you|me|my|can|could|would|should|will|sa(?:y|ys|id)|reads?|"
    r"shows?|shown|stands?|standing|written|printed|listed|given|tell|about|as|into|under|above|below|next|beside|left|"
    r"right|than|not?|yes|number|value|text|word|line|row|column|page|table|list|image"
)
"""Words of a question that are never looked for as a line of their own."""
OUTSIDE = 0.4
"""Factor for a hit outside the scope of the question."""
SOFT = 0.5
"""Weight of a word of the question that was found as a line of its own."""
SAME_ROW = 1.2
"""Text heights by which the centres of two cells of one row may differ: one at the top of it, one in its middle."""
ALIKE = 88.0
"""rapidfuzz ratio (0-100) from which a line says an option."""
_NUMBER = re.compile(r"(?<![\w.])[-+−–]?\s?[$€£¥₹]?\s?\d[\d.,]*(?<![.,])\s?%?(?!\w)")


@dataclass(frozen=True, slots=True)
class Hit:
    """An option found in a line. exact in [0, 1]; span: characters of the line; box in the image of its page."""

    option: int
    line: TextLine
    span: tuple[int, int]
    box: Box
    exact: float


def ranked(evidence: Evidence, options: Sequence[str]) -> list[float]:
    """How well the place of each option answers the question, in [0, 1]; 0 where it was not read."""
    best = [0.0] * len(options)
    anchors = _anchors(evidence)
    counter = evidence.question.form == "badge" or re.search(
        r"\b(?:badge|bubble|counter)\b", evidence.question.text, re.I
    )
    numbers = all(as_number(o) is not None for o in options)
    direction = evidence.question.direction or ("right" if counter and numbers else "")
    for hit in hits_of(options, evidence.lines):
        judged = [
            (weight, max(_seen_from(a, hit, evidence.lines, direction if first else "") for a in places))
            for first, weight, places in anchors
        ]
        if not judged or all(score <= 0 for _, score in judged):
            continue
        score = sum(w * s for w, s in judged) / sum(w for w, _ in judged)
        score *= hit.exact**2 * hit.line.confidence**0.5
        if not evidence.in_scope(hit.box, hit.line.page):
            score *= OUTSIDE
        best[hit.option] = max(best[hit.option], score)
    return best


def hits_of(options: Sequence[str], lines: Sequence[TextLine]) -> list[Hit]:
    """Every option wherever it was read; a hit inside a longer option's hit is none."""
    found: list[Hit] = []
    for line in lines:
        here = [
            Hit(i, line, span, part_box(line.box, line.text, span), exact)
            for i, option in enumerate(options)
            for span, exact in _spans(option, line.text)
        ]
        found += [h for h in here if not any(_inside(h, other) for other in here)]
    return found


def _inside(a: Hit, b: Hit) -> bool:
    longer = b.span[1] - b.span[0] > a.span[1] - a.span[0]
    return a.option != b.option and longer and b.span[0] <= a.span[0] and a.span[1] <= b.span[1]


def _spans(option: str, text: str) -> list[tuple[tuple[int, int], float]]:
    """(characters, exactness) of an option in a line."""
    number = as_number(option) if is_value(option) else None
    if number is not None:
        return [
            (m.span(), _number_exactness(m, text))
            for m in _NUMBER.finditer(text)
            if (read := as_number(m[0])) is not None and math.isclose(abs(read), abs(number), rel_tol=1e-9)
        ]
    wanted, said = key(f'"{option}"'), key(f'"{text}"')
    if not wanted:
        return []
    if wanted == said:
        return [((0, len(text)), 1.0)]
    words = re.escape(option.strip())
    exact = [(m.span(), 0.97) for m in re.finditer(rf"(?<!\w){words}(?!\w)", text, re.I)]
    if exact or len(wanted) < 4 or is_value(option):
        return exact
    if re.findall(r"\d+", wanted) != re.findall(r"\d+", said):
        return []
    if (ratio := fuzz.ratio(wanted, said)) >= ALIKE:
        return [((0, len(text)), ratio / 100)]
    if len(said) >= 15 and len(said) >= 0.3 * len(wanted) and wanted.startswith(said[:-1]):
        return [((0, len(text)), 0.9)]  # a cell that runs over several lines
    near = fuzz.partial_ratio_alignment(wanted, text.casefold(), score_cutoff=92)
    if len(wanted) >= 8 and near is not None and len(wanted) <= len(text):
        return [((near.dest_start, near.dest_end), 0.95 * near.score / 100)]
    return []


def _number_exactness(match: re.Match[str], text: str) -> float:
    """1 for a number alone, a little less at an end of its line, still less amid other words."""
    if match[0].strip() == text.strip():
        return 1.0
    return 0.97 if not text[: match.start()].strip() or not text[match.end() :].strip() else 0.85


def _anchors(evidence: Evidence) -> list[tuple[bool, float, list[Anchor]]]:
    """(is the first thing named, weight, places) of what the question names, and of words that it uses."""
    named = [(i == 0, 1.0, evidence.all_places(m)) for i, m in enumerate(evidence.mentions)]
    named = [n for n in named if n[2]]
    soft = [(False, SOFT, places) for places in _soft(evidence)]
    return named + soft


def _soft(evidence: Evidence) -> list[list[Anchor]]:
    """Lines that are nothing but a word or two of the question, those that name a target left out."""
    named = " ".join([*(m.core for m in evidence.mentions), evidence.scope_words]).casefold()
    words = [w for w in re.findall(r"[\w'&-]+", evidence.question.text.casefold()) if len(w) > 2]
    runs = {" ".join(words[i : i + n]) for n in (1, 2, 3) for i in range(len(words) - n + 1)}
    runs = {r for r in runs if not all(_SMALL.fullmatch(w) for w in r.split())}
    stems = {_stem(r): r for r in runs if not re.search(rf"(?<!\w){re.escape(r)}(?!\w)", named)}
    groups: dict[str, list[Anchor]] = {}
    for line in evidence.lines:
        stem = _stem(key(line.text))
        if stem in stems:
            target = FoundTarget(
                phrase=stem, box=line.box, score=line.confidence, crop="", page=line.page, text=line.text
            )
            groups.setdefault(stem, []).append(
                Anchor(Mention(line.text, quoted=True), target, line.box, line.text)
            )
    longest = sorted(groups, key=len, reverse=True)
    return [groups[s] for i, s in enumerate(longest) if not any(s in other for other in longest[:i])]


def _stem(words: str) -> str:
    """Without the plural and "-ed" of the last word."""
    return re.sub(r"(?<=\w{3})(?:es|s|ed|d)$", "", words.casefold())


def _seen_from(anchor: Anchor, hit: Hit, lines: Sequence[TextLine], direction: str) -> float:
    """How a hit stands to an anchor, in [0, 1]."""
    if anchor.target.page != hit.line.page:
        return 0.0
    a, b, h = anchor.box, hit.box, anchor.height
    if hit.line.text == anchor.text and hit.line.box.coverage(a) > 0.5:
        return _in_own_line(anchor, hit)
    gap_x, gap_y = gap(a, b)
    side, score = "", 0.3 * math.exp(-math.hypot(gap_x, gap_y) / (10 * h))
    level = rows_share(a, b)
    if level >= 0.5 or (gap_x > h and abs(a.center[1] - b.center[1]) <= SAME_ROW * h):
        between = _between(a, b, page_lines(lines, hit.line.page))
        side = "right" if b.center[0] >= a.center[0] else "left"
        start = 0.97 if side == "right" else 0.6
        score = (
            start - 0.2 * min(1.0, gap_x / (80 * h)) - 0.04 * min(5, between) - (0.1 if level < 0.5 else 0.0)
        )
    elif any(_in_column(mine, its, h) for mine in (a, _line_box(anchor, lines)) for its in (b, hit.line.box)):
        side = "below" if b.center[1] > a.center[1] else "above"
        far = min(1.0, gap_y / (60 * h)) if side == "below" else min(1.0, gap_y / (12 * h))
        score = (0.9 if side == "below" else 0.75) - 0.25 * far - 0.12 * min(1.0, gap_y / (2 * h))
    if direction in ("", "beside") or side == direction:
        return score if direction != "beside" or side in ("left", "right") else 0.5 * score
    return 0.1 * score


def _in_own_line(anchor: Anchor, hit: Hit) -> float:
    """A value in the anchor's own line: behind its words best, the nearer the better."""
    span = find_span(anchor.mention.core, anchor.text)
    if span is None:
        return 0.6
    if hit.span[0] >= span[1]:
        return 1.0 - 0.2 * min(1.0, (hit.span[0] - span[1]) / 100)
    return 0.7 if hit.span[1] <= span[0] else 0.0


def _line_box(anchor: Anchor, lines: Sequence[TextLine]) -> Box:
    """The box of the whole line in which an anchor stands, its own without one."""
    own = [n.box for n in page_lines(lines, anchor.target.page) if n.box.coverage(anchor.box) > 0.5]
    return min(own, key=lambda b: b.area, default=anchor.box)


def _in_column(a: Box, b: Box, h: float) -> bool:
    return columns_share(a, b) >= 0.3 or abs(a.x - b.x) <= h or abs(a.x + a.width - b.x - b.width) <= h


def _between(a: Box, b: Box, lines: Sequence[TextLine]) -> int:
    """Lines on the same row between two boxes."""
    x0, x1 = min(a.x + a.width, b.x + b.width), max(a.x, b.x)
    return sum(
        rows_share(a, n.box) >= 0.5 and rows_share(b, n.box) >= 0.5 and x0 <= n.box.center[0] <= x1
        for n in lines
    )
