"""What the memory holds about a target: where it is, what was read beside it, and how sure that is.

Boxes are in pixels of the full image of their page. Distances are judged in units of the label's text height,
so that the same numbers hold for a 12 px label and a headline. All tunable numbers stand in `Limits`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from ...memory.geometry import Box
from ...memory.working import AbsentTarget, FoundTarget, TextLine, VisualWorkingMemory
from ..nano.vocabulary import parse
from .phrases import Mention, key

__all__ = [
    "Anchor",
    "LIMITS",
    "Reading",
    "absent",
    "anchors",
    "is_sighting",
    "lines_of",
    "neighbours",
    "overlap_share",
    "page_lines",
    "side_of",
]


@dataclass(frozen=True, slots=True)
class Limits:
    """Reach of the search for a value, in heights of the label's text, and other thresholds."""

    right: float = 60.0
    left: float = 25.0
    below: float = 3.5
    above: float = 3.5
    bound: float = 8.0
    """Reach below and above when the question names that direction."""
    same_row: float = 0.5
    """Share of the lower of two lines that must overlap for them to stand on one row."""
    alike: float = 82.0
    """rapidfuzz score (0-100) from which two phrases count as the same."""


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Anchor:
    """A found target: its box, the whole line it stands in, and the text of that line."""

    mention: Mention
    target: FoundTarget
    box: Box
    text: str

    @property
    def height(self) -> float:
        """Text height, pixels, at least 1."""
        return max(1.0, self.box.height)


@dataclass(frozen=True, slots=True)
class Reading:
    """Text read for a question. confidence in [0, 1]; side: where it stands, seen from the anchor."""

    text: str
    box: Box
    confidence: float
    side: str = ""


def overlap_share(a0: float, a1: float, b0: float, b1: float) -> float:
    """Overlap of two spans as a share of the shorter one, in [0, 1]."""
    shortest = min(a1 - a0, b1 - b0)
    return (
        max(0.0, min(a1, b1) - max(a0, b0)) / shortest
        if shortest > 0
        else float(a0 <= b0 <= a1 or b0 <= a0 <= b1)
    )


def rows_share(a: Box, b: Box) -> float:
    """How far two boxes stand on one row: overlap in y as a share of the lower one."""
    return overlap_share(a.y, a.y + a.height, b.y, b.y + b.height)


def columns_share(a: Box, b: Box) -> float:
    """How far two boxes stand in one column: overlap in x as a share of the narrower one."""
    return overlap_share(a.x, a.x + a.width, b.x, b.x + b.width)


def lines_of(memory: VisualWorkingMemory) -> tuple[TextLine, ...]:
    """Every line that was read and holds more than space."""
    return tuple(line for line in memory.lines if line.text.strip())


def page_lines(lines: Iterable[TextLine], page: int) -> list[TextLine]:
    """The lines of one page."""
    return [line for line in lines if line.page == page]


def anchors(memory: VisualWorkingMemory, mention: Mention, lines: Sequence[TextLine]) -> list[Anchor]:
    """Every found instance of what the question names, best score first."""
    wanted = mention.key
    hits = [t for t in memory.targets if same(t.phrase, wanted)]
    if mention.seen is not None:
        sighted = [t for t in hits if is_sighting(t)]
        hits = sighted if sighted or mention.is_seen else hits
    exact = [t for t in hits if key(t.phrase) == wanted]
    made = [
        _anchor(mention, t, page_lines(lines, t.page)) for t in sorted(exact or hits, key=lambda t: -t.score)
    ]
    if not mention.is_text:
        return made
    whole = [a for a in made if wanted in (key(a.text), key(f'"{a.text}"'))]
    return (
        [*whole, *(a for a in made if a not in whole)]
        if whole and made[0].target.score - whole[0].target.score < 0.05
        else made
    )


def is_sighting(target: FoundTarget) -> bool:
    """Whether the thing itself was seen, and not only words that read like its name."""
    return not target.text or len(target.sources) > 1


def same(phrase: str, wanted: str) -> bool:
    """Whether a phrase of the memory is what the question named (`wanted`, a `key`)."""
    got = key(phrase)
    a, b = parse(got), parse(wanted)
    if got != wanted and a and b and not a.label and not b.label:
        return a == b  # not "checked box" and "unchecked box"
    return got == wanted or (min(len(got), len(wanted)) > 3 and fuzz.ratio(got, wanted) >= 90)


def absent(memory: VisualWorkingMemory, mention: Mention) -> AbsentTarget | None:
    """What is known of a target that was not found; None when it was never looked for.

    Of words that were looked for as text and as an icon, what is known of the icon.
    """
    gone = [a for a in memory.absent if same(a.phrase, mention.key)]
    return min(gone, key=lambda a: a.text_only, default=None)


def _anchor(mention: Mention, target: FoundTarget, lines: Sequence[TextLine]) -> Anchor:
    """The target with the line it stands in; a box of a whole line is narrowed to the words named."""
    inside = max(lines, key=lambda line: _holds(line, target), default=None)
    if inside is not None and _holds(inside, target) < 0.5:
        inside = None
    text = inside.text if inside is not None and len(inside.text) >= len(target.text) else target.text
    if not text or not mention.is_text:
        return Anchor(mention, target, target.box, target.text)
    span = find_span(mention.core, text)
    whole = inside is not None and target.box.width >= 0.9 * inside.box.width
    if inside is None:
        per_char = target.box.width / max(1.0, target.box.height)
        whole = abs(math.log(max(per_char / max(1, len(text)), 1e-6) / 0.5)) < abs(
            math.log(max(per_char / max(1, len(mention.core)), 1e-6) / 0.5)
        )
    return Anchor(mention, target, part_box(target.box, text, span) if span and whole else target.box, text)


def _holds(line: TextLine, target: FoundTarget) -> float:
    share = line.box.coverage(target.box)
    return (
        share + (0.1 if target.text and fuzz.ratio(line.text, target.text) > 90 else 0.0)
        if share > 0
        else 0.0
    )


def find_span(words: str, text: str) -> tuple[int, int] | None:
    """Where `words` stand in `text` (start, end), letter case and small reading errors aside."""
    pattern = r"\s*".join(re.escape(w) for w in words.split())
    bounded = re.search(rf"(?<!\w){pattern}(?!\w)", text, re.I) or re.search(pattern, text, re.I)
    if bounded:
        return bounded.span()
    if len(words) < 4:
        return None
    near = fuzz.partial_ratio_alignment(words.casefold(), text.casefold(), score_cutoff=LIMITS.alike)
    if near is None or len(words) > len(text) + 2:
        return None
    return near.dest_start, near.dest_end


def part_box(box: Box, text: str, span: tuple[int, int]) -> Box:
    """The box of text[span] inside the box of the whole line, letters taken as equally wide."""
    n = max(1, len(text))
    return Box(box.x + box.width * span[0] / n, box.y, box.width * (span[1] - span[0]) / n, box.height)


def side_of(anchor: Box, box: Box) -> str:
    """`right`, `left`, `below` or `above`: the side of `anchor` on which `box` stands; "" when they overlap.

    On one row it is right or left; else above or below, where the columns overlap, or diagonal ones count
    by the larger gap.
    """
    if rows_share(anchor, box) >= LIMITS.same_row:
        slack = 0.3 * min(anchor.height, box.height)
        if box.x >= anchor.x + anchor.width - slack:
            return "right"
        return "left" if box.x + box.width <= anchor.x + slack else ""
    return "below" if box.center[1] > anchor.center[1] else "above"


def gap(a: Box, b: Box) -> tuple[float, float]:
    """Pixels between the nearest edges along x and along y; 0 where they overlap."""
    return (
        max(0.0, max(a.x, b.x) - min(a.x + a.width, b.x + b.width)),
        max(0.0, max(a.y, b.y) - min(a.y + a.height, b.y + b.height)),
    )


def neighbours(anchor: Anchor, lines: Iterable[TextLine]) -> list[tuple[float, str, TextLine]]:
    """(distance of the edges in pixels, side, line) of every other line of the page, nearest first."""
    own = [line for line in page_lines(lines, anchor.target.page) if not _is_own(anchor, line)]
    found = [(math.hypot(*gap(anchor.box, line.box)), side_of(anchor.box, line.box), line) for line in own]
    return sorted((f for f in found if re.search(r"\w", f[2].text)), key=lambda f: (f[0], f[2].box))


def _is_own(anchor: Anchor, line: TextLine) -> bool:
    """Whether a line is the one that the target stands in."""
    return line.box.coverage(anchor.box) > 0.5 or anchor.target.box.coverage(line.box) > 0.7
