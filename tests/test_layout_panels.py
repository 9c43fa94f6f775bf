"""Cards, side bars and menus of a drawn page, and what is none: cells, stripes, scans. Tables do not run over cards."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from seal.memory.geometry import Box
from seal.memory.layout import layout_of, panel_at, panels_of
from seal.memory.working import TextLine

SIZE = (1000, 700)
LINE = 14


class Drawn:
    """A page with areas and words. Words are drawn as bars, which is all that the ground around them is told by."""

    def __init__(self, ground: str = "#f3f1ea") -> None:
        self.picture = PIL.Image.new("RGB", SIZE, ground)
        self.pen = PIL.ImageDraw.Draw(self.picture)
        self.lines: list[TextLine] = []

    def area(self, x: int, y: int, w: int, h: int, fill: str = "white", edge: str = "#dddddd") -> Box:
        self.pen.rectangle((x, y, x + w - 1, y + h - 1), fill, edge)
        return Box(x, y, w, h)

    def words(self, x: float, y: float, text: str) -> None:
        width = 7 * len(text)
        for k in range(0, width, 4):
            self.pen.rectangle((x + k, y + 2, x + k + 1, y + LINE - 3), "#222222")
        self.lines.append(TextLine(text=text, box=Box(x, y, width, LINE), confidence=0.99))

    @property
    def boxes(self) -> list[Box]:
        return [line.box for line in self.lines]

    def rows(self, x: int, y: int, rows: Sequence[Sequence[str]], xs: Sequence[int], step: int = 30) -> None:
        for r, row in enumerate(rows):
            for text, dx in zip(row, xs, strict=True):
                if text:
                    self.words(x + dx, y + r * step, text)


LOANS = [["Title", "Due", "Left"], ["Salt Road", "02 Mar 2026", "2"], ["Small Boats", "20 Mar 2026", "4"]]
CONTACT = [["Email", "nora@mail.example"], ["Mobile", "07700 90"], ["Branch", "Harbour Street"]]


def cards() -> tuple[Drawn, list[Box]]:
    """Two cards side by side, whose rows stand on the same levels."""
    page = Drawn()
    boxes = [page.area(30, 60, 400, 180), page.area(460, 60, 500, 180)]
    page.rows(50, 90, CONTACT, (0, 120))
    page.rows(480, 90, LOANS, (0, 160, 320))
    page.words(30, 20, "Fernhill Library")
    return page, boxes


def near(found: Sequence[Box], told: Sequence[Box]) -> bool:
    return len(found) == len(told) and all(any(f.iou(t) > 0.9 for f in found) for t in told)


def test_cards_are_panels_and_tables_stay_in_them() -> None:
    page, boxes = cards()
    assert near(panels_of(page.picture, SIZE, page.boxes), boxes)
    mixed = layout_of(page.lines).tables
    (table,) = layout_of(page.lines, picture=page.picture).tables
    assert [table.at(0, c).text for c in range(table.columns)] == ["Title", "Due", "Left"]
    assert all(t.columns > 3 for t in mixed)  # without pixels both cards are rows of one table
    pairs = {k.key: k.value for k in layout_of(page.lines, picture=page.picture).pairs}
    assert pairs.get("Email") == "nora@mail.example"


def test_a_smaller_copy_shows_the_same_panels() -> None:
    page, boxes = cards()
    small = page.picture.resize((SIZE[0] * 2 // 3, SIZE[1] * 2 // 3), PIL.Image.Resampling.LANCZOS)
    assert near(panels_of(small, SIZE, page.boxes), boxes)


def sidebar(chosen: bool) -> tuple[Drawn, list[Box]]:
    """A side bar, with an entry of another shade or without."""
    page = Drawn("#ffffff")
    bar = page.area(0, 0, 220, SIZE[1], "#eeeeff", "#eeeeff")
    if chosen:
        page.pen.rectangle((0, 142, 219, 176), "#3355cc")
    page.rows(20, 30, [[t] for t in ("Setup", "Slots", "Keys", "Backup", "Tools")], (0,), 60)
    page.rows(300, 52, LOANS, (0, 200, 420), 75)
    return page, [bar]


@pytest.mark.parametrize("chosen", [False, True])
def test_a_side_bar_is_one_panel_whatever_is_chosen_in_it(chosen: bool) -> None:
    page, (bar,) = sidebar(chosen)
    found = panels_of(page.picture, SIZE, page.boxes)
    assert [p.iou(bar) > 0.9 for p in found if p.intersection(bar).area > 100] == [True]


def stripes() -> Drawn:
    page = Drawn("#ffffff")
    for r in range(0, 6, 2):
        page.area(40, 100 + 48 * r, 900, 48, "#eef2f8", "#eef2f8")
    for r in range(6):
        page.rows(
            60,
            104 + 48 * r,
            [[f"Order {r}", f"{r + 2}.50", "paid"], ["late", "", "by card"]],
            (0, 300, 600),
            20,
        )
    return page


def grid() -> Drawn:
    page = Drawn("#ffffff")
    for r in range(4):
        for c in range(4):
            page.area(40 + 200 * c, 100 + 60 * r, 201, 61, "#ffffff", "#000000")
            page.rows(50 + 200 * c, 108 + 60 * r, [[f"Name {r}{c}"], [f"second {c}"]], (0,), 22)
    return page


def selected() -> Drawn:
    """A list of files, one of which is selected: its row parts the ground."""
    page = Drawn("#ffffff")
    page.area(200, 60, 760, 560, "#fafafa", "#cccccc")
    page.pen.rectangle((201, 242, 958, 276), "#3584e4")
    page.rows(220, 80, [[f"file{r}.txt", f"{r + 1}.2 kB", "Text"] for r in range(12)], (0, 300, 500), 42)
    page.words(20, 80, "Home")
    return page


def scan() -> Drawn:
    page, _ = cards()
    noise = np.random.default_rng(0).normal(0, 6, (SIZE[1], SIZE[0], 3))
    page.picture = PIL.Image.fromarray(np.clip(np.asarray(page.picture) + noise, 0, 255).astype(np.uint8))
    return page


def column() -> Drawn:
    """A shaded column of a table."""
    page = Drawn("#ffffff")
    page.area(380, 90, 200, 240, "#fff3cc", "#fff3cc")
    page.rows(
        60,
        100,
        [["Bus", "Hospital", "Pier"], *([f"{n}", f"0{n}:15", f"0{n}:40"] for n in range(1, 7))],
        (0, 340, 640),
        32,
    )
    return page


@pytest.mark.parametrize("draw", [stripes, grid, selected, scan, column])
def test_parts_of_tables_and_noise_are_no_panels(draw: object) -> None:
    assert callable(draw)
    page = draw()
    assert panels_of(page.picture, SIZE, page.boxes) == ()


def test_a_frame_around_rows_holds_the_headers_over_it() -> None:
    page = Drawn("#ffffff")
    page.words(40, 30, "Harvest report")
    page.rows(60, 100, [["Brand", "Product", "Yield"]], (0, 250, 500))
    page.area(40, 124, 800, 300, "#ffffff", "#2255aa")
    page.rows(60, 140, [["Kruger", f"K2-{n}", f"5{n}.4"] for n in range(7)], (0, 250, 500), 38)
    (panel,) = panels_of(page.picture, SIZE, page.boxes)
    assert panel.y <= 100 and panel.y > 44
    (table,) = layout_of(page.lines, picture=page.picture).tables
    assert table.heads == 1 and table.at(0, 2).text == "Yield"


def test_cards_under_a_table_take_none_of_its_rows() -> None:
    page = Drawn()
    names = ("Lot", "Garden", "County", "Grade", "Bags", "Asked", "Price", "Buyer")
    rows = [list(names), *([f"{n}{i}" for n in names] for i in range(1, 6))]
    page.rows(30, 60, rows, range(0, 960, 120), step=24)
    for x in (30, 350, 670):
        page.area(x, 205, 300, 150)
        page.rows(
            x + 10,
            215,
            [["Grade", "Sale 1", "Sale 2"], ["BP", "309", "314"], ["PF", "287", "296"]],
            (0, 90, 180),
        )
    assert sorted(round(p.y / 5) for p in panels_of(page.picture, SIZE, page.boxes)) == [41, 41, 41]
    layout = layout_of(page.lines, picture=page.picture)
    assert sorted(t.rows for t in layout.tables) == [3, 3, 3, 6]


def test_the_innermost_panel_of_a_box() -> None:
    outer, inner = Box(0, 0, 500, 500), Box(100, 100, 200, 200)
    assert panel_at(Box(110, 110, 20, 10), (outer, inner)) == inner
    assert panel_at(Box(10, 10, 20, 10), (outer, inner)) == outer
    assert panel_at(Box(480, 10, 60, 10), (outer, inner)) is None


@pytest.mark.parametrize("lines", [[], [Box(0, 0, 0, 0)] * 5])
def test_pages_without_text_have_none(lines: list[Box]) -> None:
    assert panels_of(PIL.Image.new("RGB", (50, 40), "white"), (50, 40), lines) == ()
