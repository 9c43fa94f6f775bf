"""How well the structure of a page is measured: generated tables, names with values, and forms, with exact truth.

    python benchmarks/layout.py [--pages 200] [--seed 1]

Lines are made as OCR gives them (boxes a little off, neighbours in one line now and then, scans askew), so that nothing
is read and a page takes a hundredth of a second.
"""

from __future__ import annotations

import argparse
import random
import time
from dataclasses import dataclass, field

from seal.memory.geometry import Box
from seal.memory.layout import PageLayout, layout_of
from seal.memory.listed import listed
from seal.memory.working import TextLine

WORDS = listed("""
    amber, basket, cedar, delta, ember, fable, garnet, harbor, indigo, jasper, kernel, lumen, meadow, nickel, orchid,
    pepper, quartz, ribbon, saffron, timber, umber, velvet, willow, yonder, zephyr, copper, linen, marble,
    bronze, cotton
    """)
KINDS = ("text", "number", "money", "percent", "date", "code", "status")
HEADS = {
    "text": ("Name", "Description", "Item", "Customer", "Product"),
    "number": ("Qty", "Units", "Stock", "Orders", "Hours"),
    "money": ("Price", "Amount", "Net amount", "Balance"),
    "percent": ("Share", "Growth", "VAT"),
    "date": ("Date", "Due", "Last update"),
    "code": ("SKU", "Reference", "Order"),
    "status": ("Status", "State"),
}


@dataclass
class Made:
    """A page: its lines, and the tables and pairs that stand on it. tables: texts by rows, headers first."""

    lines: list[TextLine] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)


@dataclass
class Pen:
    """Writes lines as OCR would report them. slope: of the whole page. size: height of the letters, pixels."""

    rng: random.Random
    size: float
    slope: float
    lines: list[TextLine] = field(default_factory=list)

    def width(self, text: str) -> float:
        return max(0.6, 0.52 * len(text)) * self.size

    def write(self, text: str, x: float, y: float, size: float = 0.0) -> Box:
        size = size or self.size
        width = self.width(text) * size / self.size
        off = [self.rng.uniform(-0.08, 0.08) * size for _ in range(4)]
        fall = self.slope * (x + width / 2)
        height = 1.3 * size + abs(self.slope) * width
        box = Box(x + off[0], y + fall - 0.15 * size + off[1], width + off[2], height + off[3])
        self.lines.append(TextLine(text=text, box=box, confidence=0.97))
        return box


def value(rng: random.Random, kind: str) -> str:
    """A text of a kind."""
    if kind == "number":
        return f"{rng.choice((rng.randint(0, 99), rng.randint(100, 99999))):,}"
    if kind == "money":
        sign = rng.choice(("", "$", "€"))
        amount = rng.uniform(1, 9999)
        return f"({amount:,.2f})" if rng.random() < 0.1 else f"{sign}{amount:,.2f}"
    if kind == "percent":
        return f"{rng.uniform(0, 60):.1f}%"
    if kind == "date":
        return rng.choice(
            (
                f"{rng.randint(1, 28):02d}/0{rng.randint(1, 9)}/2024",
                f"2024-0{rng.randint(1, 9)}-{rng.randint(10, 28)}",
            )
        )
    if kind == "code":
        return f"{rng.choice('ABCXYZ')}{rng.choice('ABC')}-{rng.randint(100, 9999)}"
    if kind == "status":
        return rng.choice(("Active", "Pending", "Cancelled", "Shipped", "On hold"))
    return " ".join(
        rng.choice(WORDS).capitalize() if i == 0 else rng.choice(WORDS) for i in range(rng.randint(1, 4))
    )


def write_table(pen: Pen, made: Made, x: float, y: float, rng: random.Random, most: int = 18) -> float:
    """A table with its upper left corner at x, y; the y below it."""
    kinds = ["text", *(rng.choice(KINDS) for _ in range(rng.randint(2, 7)))]
    if not any(k in ("number", "money", "percent", "date") for k in kinds):
        kinds[-1] = "money"
    n = rng.randint(3, most)
    empty = rng.choice((0.0, 0.0, 0.1, 0.3))
    body = [
        [value(rng, k) if c == 0 or rng.random() >= empty else "" for c, k in enumerate(kinds)]
        for _ in range(n)
    ]
    for c in range(1, len(kinds)):  # no column is wholly empty
        if not any(row[c] for row in body):
            body[0][c] = value(rng, kinds[c])
    titles = [rng.choice(HEADS[k]) for k in kinds]
    if rng.random() < 0.3:
        titles[0] = ""
    sums = rng.random() < 0.3
    if sums:
        body.append(["Total", *("" if k not in ("number", "money") else value(rng, k) for k in kinds[1:])])
        if not any(body[-1][1:]):
            body.pop()
    gap = rng.uniform(1.2, 3.5) * pen.size
    wide = [
        max(pen.width(t) for t in (titles[c], *(r[c] for r in body))) + rng.uniform(0.5, 3.0) * pen.size
        for c in range(len(kinds))
    ]
    figures = [k in ("number", "money", "percent") for k in kinds]
    heads_left = rng.random() < 0.25
    centred = rng.random() < 0.2
    pitch = rng.uniform(1.45, 3.2) * pen.size
    edges = [x]
    for w in wide:
        edges.append(edges[-1] + w + gap)

    def put(c: int, text: str, at: float, right: bool, middle: bool = False) -> None:
        if not text:
            return
        room = wide[c] - pen.width(text)
        left = edges[c] + (room if right else room / 2 if middle else 0.0)
        pen.write(text, left, at)

    if rng.random() < 0.4:
        caption = f"Table {len(made.tables) + 1}: {value(rng, 'text')}"
        pen.write(caption, x, y)
        made.captions.append(caption)
        y += 1.8 * pen.size
    grouped = rng.random() < 0.2 and len(kinds) >= 5
    rows: list[list[str]] = []
    if grouped:
        split = rng.randint(2, len(kinds) - 2)
        names = [rng.choice(("2023", "2024", "North", "Europe")), rng.choice(("2025", "South", "Asia"))]
        spans = ((1, split), (split, len(kinds)))
        for name, (a, b) in zip(names, spans, strict=True):
            pen.write(name, (edges[a] + edges[b] - gap - pen.width(name)) / 2, y)
        rows.append(["", *(names[0] if c < split else names[1] for c in range(1, len(kinds)))])
        y += 1.5 * pen.size
    for c, title in enumerate(titles):
        put(c, title, y, figures[c] and not heads_left, centred)
    rows.append(titles)
    made.heads.append(len(rows))
    y += pitch * rng.choice((1.0, 1.2))
    for row in body:
        skip = -1
        for c, text in enumerate(row):
            if c == skip:
                continue
            close = c + 1 < len(row) and not figures[c] and row[c + 1] and not figures[c + 1]
            if (
                close
                and text
                and edges[c + 1] - edges[c] - pen.width(text) < 0.9 * pen.size
                and rng.random() < 0.3
            ):
                pen.write(f"{text} {row[c + 1]}", edges[c], y)  # one line for OCR
                skip = c + 1
                continue
            put(c, text, y, figures[c])
        rows.append(row)
        y += pitch
    made.tables.append(rows)
    return y


def write_around(pen: Pen, y: float, rng: random.Random, below: bool) -> float:
    """What stands close to a table on a screen or form: buttons or fields above it, or what turns its pages below."""
    if below:
        row = [f"Showing 1-{rng.randint(5, 20)} of {rng.randint(30, 400)}", "Previous", "Next"]
    elif rng.random() < 0.5:
        row = [value(rng, "text").split()[0] for _ in range(rng.randint(2, 5))]
    else:
        row = [
            t for name in ("Customer", "Contact") for t in (name, value(rng, rng.choice(("text", "date"))))
        ]
    at = 60.0
    for text in row:
        pen.write(text, at, y)
        at += pen.width(text) + rng.uniform(1.5, 8.0) * pen.size
    return y + rng.uniform(1.7, 2.8) * pen.size


def page(seed: int, around: bool = False) -> Made:
    """A page of tables, text and pairs. around: whether other things stand close to the tables."""
    rng = random.Random(seed)
    made = Made()
    slope = rng.choice((0.0, 0.0, 0.0, rng.uniform(-0.03, 0.03)))
    pen = Pen(rng, rng.choice((11.0, 16.0, 30.0)), slope)
    y = 60.0
    pen.write(value(rng, "text").title(), 60, y, 1.8 * pen.size)
    y += 4 * pen.size
    if rng.random() < 0.5:
        for name in rng.sample(
            ("Invoice no.", "Customer", "Payment terms", "Contact", "Currency", "Due date"), 4
        ):
            said = value(rng, "date" if name == "Due date" else "code" if name == "Invoice no." else "text")
            if rng.random() < 0.5:
                pen.write(f"{name}: {said}", 60, y)
            else:
                pen.write(f"{name}:", 60, y)
                pen.write(said, 60 + 12 * pen.size, y)
            made.pairs.append((name, said))
            y += 1.6 * pen.size
        y += 2 * pen.size
    for _ in range(rng.choice((1, 1, 2))):
        for _ in range(rng.randint(0, 3) if around else 0):
            y = write_around(pen, y, rng, below=False)
        y = write_table(pen, made, 60, y, rng)
        if around and rng.random() < 0.5:
            y = write_around(pen, y, rng, below=True)
        y += 2.5 * pen.size
        pen.write(" ".join(value(rng, "text") for _ in range(6)) + ".", 60, y)
        y += 4 * pen.size
    made.lines = pen.lines
    return made


@dataclass
class Score:
    """right of told (precision) and right of true (recall)."""

    right: int = 0
    told: int = 0
    true: int = 0

    def words(self) -> str:
        return f"{self.right / max(1, self.told):.3f} | {self.right / max(1, self.true):.3f}"


def judge(made: Made, layout: PageLayout, scores: dict[str, Score]) -> list[int]:
    """Counts what is right; the tables that are not wholly so."""
    bad = []
    for i, truth in enumerate(made.tables):
        found = max(layout.tables, key=lambda t: _alike(t, truth), default=None)
        cells = {(r, c): t for r, row in enumerate(truth) for c, t in enumerate(row)}
        told = {}
        if found is not None and _alike(found, truth):
            told = {(r, c): found.at(r, c).text for r in range(found.rows) for c in range(found.columns)}
        right = sum(told.get(k) == t for k, t in cells.items() if t)
        score = scores["cells"]
        score.right += right
        score.true += sum(bool(t) for t in cells.values())
        score.told += sum(bool(t) for t in told.values())
        score = scores["empty cells"]
        body = {k for k in cells if k[0] >= made.heads[i]}
        score.true += sum(not cells[k] for k in body)
        score.told += sum(not t for k, t in told.items() if k[0] >= (found.heads if found else 0))
        score.right += sum(not cells[k] and told.get(k) == "" for k in body)
        score = scores["headers"]
        for c in range(len(truth[0])):
            name = " / ".join(dict.fromkeys(t for t in (truth[r][c] for r in range(made.heads[i])) if t))
            score.true += bool(name)
            if found is not None and told and c < found.columns:
                score.told += bool(found.header(c))
                score.right += bool(name) and found.header(c) == name
        score = scores["tables, wholly right"]
        score.true += 1
        whole = (
            all(told.get(k) == t for k, t in cells.items())
            and found is not None
            and found.heads == made.heads[i]
        )
        score.right += whole
        if not whole:
            bad.append(i)
    scores["tables, wholly right"].told += len(layout.tables)
    score = scores["names with values"]
    told_pairs = {(p.key, p.value) for p in layout.pairs}
    score.right += sum(p in told_pairs for p in made.pairs)
    score.true += len(made.pairs)
    score.told += len(told_pairs)
    score = scores["captions"]
    told_captions = {t.caption for t in layout.tables if t.caption.startswith("Table ")}
    score.right += sum(c in told_captions for c in made.captions)
    score.true += len(made.captions)
    score.told += len(told_captions)
    return bad


def _alike(found: object, truth: list[list[str]]) -> int:
    words = {t for row in truth for t in row if t}
    return sum(c.text in words for c in found.cells)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=0, help="so many tables that are not right are shown")
    parser.add_argument(
        "--around", action="store_true", help="buttons, fields and pagers stand close to the tables"
    )
    arguments = parser.parse_args()
    names = ("cells", "empty cells", "headers", "tables, wholly right", "names with values", "captions")
    scores = {name: Score() for name in names}
    seconds, shown = [], 0
    for seed in range(arguments.seed, arguments.seed + arguments.pages):
        made = page(seed, arguments.around)
        started = time.process_time()
        layout = layout_of(made.lines)
        seconds.append((time.process_time() - started, len(made.lines)))
        for i in judge(made, layout, scores):
            if shown < arguments.show:
                shown += 1
                print(f"## page {seed}, slope {layout.slope:.4f}, {len(layout.tables)} tables told")
                print("\n".join("   " + " | ".join(t or "~" for t in row) for row in made.tables[i]))
                for table in layout.tables:
                    print(f" > {table.heads} heads, caption {table.caption!r}")
                    print(
                        "\n".join(
                            "   " + " | ".join(c.text or "~" for c in table.row(r)) for r in range(table.rows)
                        )
                    )
    print("| what | right of what is told | right of what is there | there |\n| --- | ---: | ---: | ---: |")
    for name, score in scores.items():
        print(f"| {name} | {score.words()} | {score.true} |")
    dense = 1000 * sum(s for s, _ in seconds) / sum(n for _, n in seconds)
    print(
        f"\n{dense:.2f} ms a line, {1000 * max(seconds)[0]:.0f} ms the slowest page ({max(seconds)[1]} lines)"
    )


if __name__ == "__main__":
    main()
