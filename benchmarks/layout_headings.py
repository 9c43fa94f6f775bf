"""How well headings and lists of contents are told on a page: generated prose with exact truth.

    python benchmarks/layout_headings.py [--pages 300] [--seed 1] [--show 0]

Lines are made as OCR and text layers give them, as in `layout.py`: boxes a little off, numbers apart from their titles,
bullets in a higher font.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass, field

from layout import WORDS, Pen, Score

from seal.memory.layout import PageLayout, layout_of
from seal.memory.working import TextLine

BULLETS = ("•", "–", "-", "▪", "*", "◦")


@dataclass
class Made:
    """A page of prose. headings: as they are written, with their numbers. contents: entries of a list of contents."""

    lines: list[TextLine] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    numbered: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Style:
    """How headings of a document are set. larger: than its text. apart: whether numbers stand apart."""

    numbering: str
    larger: float
    capitals: bool
    apart: bool
    over: float
    under: float


def words(rng: random.Random, n: int) -> str:
    said = " ".join(rng.choice(WORDS) for _ in range(n))
    return said[0].upper() + said[1:]


def style(rng: random.Random) -> Style:
    numbering = rng.choice(("", "1", "1.", "1.", "chapter"))
    plain = rng.choice((1.0, 1.0, 1.1, 1.25, 1.5)) if numbering else rng.choice((1.0, 1.25, 1.4, 1.6))
    return Style(
        numbering,
        plain,
        rng.random() < 0.15,
        bool(numbering) and rng.random() < 0.3,
        rng.uniform(0.7, 2.0),
        rng.uniform(0.15, 0.9),
    )


def numbers(rng: random.Random, look: Style) -> list[tuple[str, int]]:
    """Numbers of some headings, as they are written, with their levels."""
    chapter = rng.randint(1, 9)
    found = [(f"{chapter}", 1)] if look.numbering != "chapter" or rng.random() < 0.5 else []
    found += [(f"{chapter}.{n}", 2) for n in range(1, rng.randint(2, 4))]
    if rng.random() < 0.3:
        found += [(f"{chapter}.{len(found)}.{n}", 3) for n in range(1, 3)]
    dot = "." if look.numbering == "1." else ""
    return [(f"{n}{dot}" if look.numbering else "", level) for n, level in found]


def paragraph(pen: Pen, rng: random.Random, y: float, wide: int, step: float, x: float = 60) -> float:
    said = words(rng, rng.randint(12, 70)) + "."
    if rng.random() < 0.3:
        said = f"{said[:-1]} {rng.randint(2, 40)} {words(rng, 9).lower()}."
    line = ""
    for word in said.split():
        if len(line) + len(word) > wide:
            pen.write(line, x, y)
            y, line = y + step, ""
        line = f"{line} {word}".strip()
    pen.write(line, x, y)
    return y + step


def items(pen: Pen, rng: random.Random, y: float, step: float) -> float:
    """A list: with bullets, some of a higher font and some long, or numbered."""
    sign, high = rng.choice(BULLETS), rng.choice((1.0, 1.0, 1.22, 1.35))
    kind = rng.choice(("bullet", "bullet", "1.", "1)", "a)"))
    for n in range(1, rng.randint(3, 6)):
        mark = {"bullet": sign, "a)": f"{'abcdef'[n]})"}.get(kind, f"{n}{kind[1:]}")
        said = f"{mark} {words(rng, rng.randint(1, 9))}{rng.choice(('', '.', ';'))}"
        pen.lines.append(_high(pen, said, 75, y, high if kind == "bullet" else 1.0))
        y += step
    return y


def _high(pen: Pen, said: str, x: float, y: float, high: float) -> TextLine:
    box = pen.write(said, x, y)
    line = pen.lines.pop()
    grown = type(box)(box.x, box.y - (high - 1) * box.height / 2, box.width, box.height * high)
    return line.model_copy(update={"box": grown})


def contents(pen: Pen, made: Made, rng: random.Random, y: float, step: float) -> float:
    title = rng.choice(("Contents", "Table of contents", "CONTENTS", "In this guide"))
    pen.write(title, 60, y, rng.choice((1.2, 1.5)) * pen.size)
    made.headings.append(title)
    y += 2 * step
    kind, number = rng.choice(("leaders", "apart", "none")), rng.randint(1, 4)
    for n in range(1, rng.randint(4, 12)):
        entry = words(rng, rng.randint(1, 4))
        entry = f"{n}{rng.choice(('', '.'))} {entry}" if rng.random() < 0.8 else entry
        made.contents.append(entry)
        said = f"{entry} {'. ' * rng.randint(6, 30)}{number}" if kind == "leaders" else entry
        pen.write(said, 60, y)
        if kind == "apart":
            pen.write(str(number), 60 + 50 * pen.size, y)
        number += rng.randint(1, 9)
        y += step
    return y


def page(seed: int) -> Made:
    """A page of sections, lists, captions, footnotes, and now and then a list of contents."""
    rng = random.Random(seed)
    made = Made()
    pen = Pen(rng, rng.choice((12.0, 16.0, 28.0)), rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.015, 0.015))))
    look, wide = style(rng), rng.randint(60, 90)
    step = rng.uniform(1.35, 1.7) * pen.size
    y = 60.0
    if rng.random() < 0.4:
        pen.write(f"{words(rng, 3).lower()} handbook", 60, y - 2 * step, 0.85 * pen.size)
    if rng.random() < 0.5:
        title = words(rng, 4).title()
        pen.write(title, 60, y, 2.0 * pen.size)
        made.headings.append(title)
        y += 3.4 * pen.size
    y = paragraph(pen, rng, y, wide, step) if rng.random() < 0.5 else y
    if rng.random() < 0.3:
        y = contents(pen, made, rng, y + step, step)
    for number, level in numbers(rng, look):
        size = max(1.0, look.larger - 0.1 * (level - 1)) * pen.size
        name = words(rng, rng.randint(1, 5))
        name = name.upper() if look.capitals else name
        y += look.over * pen.size
        at = 60.0
        if look.apart:
            pen.write(number, at, y, size)
            pen.write(
                name, at + (pen.width(number) + rng.uniform(0.8, 2.5) * pen.size) * size / pen.size, y, size
            )
        else:
            pen.write(f"{number} {name}".strip(), at, y, size)
        made.headings.append(f"{number} {name}".strip())
        made.numbered += [made.headings[-1]] if number else []
        y += step * size / pen.size + look.under * pen.size
        for _ in range(rng.randint(1, 3)):
            y = paragraph(pen, rng, y, wide, step) + 0.4 * pen.size
            if rng.random() < 0.4:
                y = items(pen, rng, y, step) + 0.4 * pen.size
        if rng.random() < 0.2:
            pen.write(f"Figure {rng.randint(1, 9)}: {words(rng, 4)}", 60, y + step, 0.9 * pen.size)
            y += 3 * step
    if rng.random() < 0.3:
        pen.write(
            f"{rng.randint(1, 9)} {words(rng, 6)}{rng.choice(('', '.'))}", 60, y + 2 * step, 0.8 * pen.size
        )
    pen.write(str(rng.randint(1, 99)), 60 + 20 * pen.size, y + 3 * step)
    made.lines = pen.lines
    return made


def judge(made: Made, layout: PageLayout, scores: dict[str, Score]) -> tuple[list[str], list[str]]:
    """Counts what is right; the headings that are missed, and what was taken for one."""
    told = [h.text for h in layout.headings]
    for name, truth in (("headings", made.headings), ("numbered headings", made.numbered)):
        score = scores[name]
        mine = [t for t, h in zip(told, layout.headings, strict=True) if h.number or name == "headings"]
        score.right += sum(t in mine for t in truth)
        score.true += len(truth)
        score.told += len(mine)
    entries = [e.text for e in getattr(layout, "contents", ())]
    score = scores["entries of contents"]
    score.right += sum(t in entries for t in made.contents)
    score.true += len(made.contents)
    score.told += len(entries)
    return [h for h in made.headings if h not in told], [t for t in told if t not in made.headings]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="so many pages that are not right are shown")
    arguments = parser.parse_args()
    scores = {name: Score() for name in ("headings", "numbered headings", "entries of contents")}
    shown = 0
    for seed in range(arguments.seed, arguments.seed + arguments.pages):
        made = page(seed)
        missed, wrong = judge(made, layout_of(made.lines), scores)
        if (missed or wrong) and shown < arguments.show:
            shown += 1
            print(f"## page {seed}: missed {missed}, taken for headings {wrong}")
    print("| what | right of what is told | right of what is there | there |\n| --- | ---: | ---: | ---: |")
    for name, score in scores.items():
        print(f"| {name} | {score.words()} | {score.true} |")


if __name__ == "__main__":
    main()
