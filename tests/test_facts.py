"""Facts: relations, distances, counts, text beside targets, colours."""

from __future__ import annotations

import math

import PIL.Image
import PIL.ImageDraw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal.memory.facts import MAX_LINES, colors, counts, measure, relations, side_of, texts
from seal.memory.geometry import Box, relation
from seal.memory.working import Crop, Fact, FoundTarget, TextLine


def target(phrase: str, box: Box, crop: str = "crop-1", page: int = 1, score: float = 0.9) -> FoundTarget:
    return FoundTarget(phrase=phrase, box=box, score=score, crop=crop, page=page)


def line(text: str, box: Box, page: int = 1) -> TextLine:
    return TextLine(text=text, box=box, page=page, confidence=0.98765432)


A = target("trash icon", Box(100, 100, 20, 20))
B = target("label Total", Box(300, 104, 80, 16), "crop-2")
C = target("footer", Box(90, 900, 40, 20), "crop-3")


def test_relations_and_distances_of_every_pair() -> None:
    facts = relations([A, B, C])
    assert [(f.kind, f.value["a"], f.value["b"]) for f in facts] == [
        (kind, a, b)
        for a, b in (("trash icon", "label Total"), ("trash icon", "footer"), ("label Total", "footer"))
        for kind in ("relation", "distance")
    ]
    assert facts[0] == Fact(
        kind="relation",
        text='"trash icon" is left of "label Total", in one row: gap 180 px across.',
        value={
            "a": "trash icon",
            "b": "label Total",
            "horizontal": "left of",
            "vertical": "level with",
            "gap_x": 180.0,
            "gap_y": 0.0,
        },
        evidence=("crop-1", "crop-2"),
    )
    assert facts[1].value == {"a": "trash icon", "b": "label Total", "pixels": 230.0}
    assert facts[1].text == 'The centres of "trash icon" and "label Total" are 230 px apart.'
    assert facts[2].text == '"trash icon" is above "footer", in one column: gap 780 px down.'
    assert facts[4].text == '"label Total" is right of and above "footer": gap 170 px across and 780 px down.'


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (Box(100, 100, 20, 20), "at the same place as"),
        (Box(118, 100, 20, 20), "left of"),
        (Box(115, 115, 20, 20), "left of and above"),
    ],
)
def test_touching_targets(other: Box, text: str) -> None:
    fact = relations([A, target("b", other)])[0]
    assert f'is {text} "b"' in fact.text
    assert fact.text.endswith("they touch or overlap.")
    assert fact.evidence == ("crop-1",)


def test_only_first_instances_on_one_page_are_related() -> None:
    second = target("trash icon", Box(500, 500, 20, 20), "crop-9")
    assert len(relations([A, second, B])) == 2
    assert relations([A, second]) == ()
    elsewhere = target("logo", Box(0, 0, 9, 9), page=2)
    assert relations([A, elsewhere]) == ()
    facts = relations([A, elsewhere, B])
    assert len(facts) == 2
    assert all("(page 1)" in f.text for f in facts)


def test_counts() -> None:
    facts = counts(
        [A, target("trash icon", Box(0, 0, 5, 5), "crop-4"), B], {"trash icon": True, "bell": False}
    )
    assert [f.text for f in facts] == [
        '2 instances of "trash icon" found; everything was looked at.',
        '0 instances of "bell" found; not everything was looked at, there may be more.',
    ]
    assert facts[0].value == {"phrase": "trash icon", "count": 2, "complete": True}
    assert [f.evidence for f in facts] == [("crop-1", "crop-4"), ()]
    assert counts([B], {"label Total": True})[0].text.startswith("1 instance of")
    many = counts([A], {"trash icon": True}, {"trash icon": 40, "other": 3})
    assert [f.value["count"] for f in many] == [40]


LABEL = Box(100, 100, 100, 20)


@pytest.mark.parametrize(
    ("box", "side", "gap"),
    [
        (Box(110, 102, 60, 16), "inside", 0),
        (Box(60, 98, 300, 24), "inside", 0),  # the label is a part of the line
        (Box(212, 104, 50, 14), "right", 12),
        (Box(2000, 96, 50, 30), "right", 1800),
        (Box(20, 100, 70, 20), "left", 10),
        (Box(120, 126, 50, 14), "below", 6),
        (Box(100, 60, 40, 20), "above", 20),
        (Box(230, 160, 50, 14), "near", 50),
        (Box(180, 150, 400, 14), "near", 30),  # shares a fifth of the column only
        (Box(190, 104, 90, 12), "right", 0),  # overlaps a little
    ],
)
def test_sides(box: Box, side: str, gap: float) -> None:
    assert side_of(LABEL, box) == (side, pytest.approx(gap, abs=0.01))


NUMBERS = st.integers(-60, 120)
BOXES = st.builds(Box, NUMBERS, NUMBERS, st.integers(0, 80), st.integers(0, 40))


@given(BOXES, BOXES)
def test_sides_agree_with_what_boxes_say_of_each_other(target: Box, line: Box) -> None:
    side, gap = side_of(target, line)
    r = relation(target, line)
    assert (side == "inside") == (target.coverage(line) >= 0.5 or line.coverage(target) >= 0.5)
    expected = {"inside": 0.0, "right": r.gap_x, "left": r.gap_x, "below": r.gap_y, "above": r.gap_y}
    assert gap == pytest.approx(expected.get(side, math.hypot(r.gap_x, r.gap_y)))
    if side in ("right", "left"):
        assert r.gap_y == 0 and (line.center[0] > target.center[0]) == (side == "right")
    if side in ("below", "above"):
        assert r.gap_x == 0 and (line.center[1] > target.center[1]) == (side == "below")


def test_text_facts() -> None:
    lines = [
        line("Total", Box(102, 101, 90, 17)),
        line('$ 5,000 "net"', Box(212, 104, 50, 14)),
        line("Costs", Box(100, 130, 60, 16)),
        line("on another page", LABEL, page=2),
        line("   ", LABEL),
    ]
    facts = texts([target("label Total", LABEL, "crop-2")], lines)
    assert [f.text for f in facts] == [
        'Text in "label Total": "Total".',
        """Text 12 px right of "label Total": '$ 5,000 "net"'.""",
        'Text 10 px below "label Total": "Costs".',
    ]
    assert facts[1].value == {
        "phrase": "label Total",
        "text": '$ 5,000 "net"',
        "box": [212.0, 104.0, 50.0, 14.0],
        "confidence": 0.9877,
        "side": "right",
        "gap": 12.0,
    }
    assert facts[1].evidence == ("crop-2",)


def test_the_value_at_the_end_of_a_long_row_is_told() -> None:
    column = [line(f"row {i}", Box(100, 130 + 24 * i, 90, 20)) for i in range(40)]
    column += [line(f"row -{i}", Box(100, 70 - 24 * i, 90, 20)) for i in range(3)]
    value = line("1,234.00", Box(1900, 101, 80, 18))
    facts = texts([target("label Total", LABEL)], [*column, value])
    assert len(facts) == MAX_LINES
    assert "1,234.00" in [f.value["text"] for f in facts]
    assert facts[0].value["text"] in ("row 0", "row -0")


def test_instances_are_told_apart_and_limited() -> None:
    rows = [target("row", Box(100, 40 * i, 100, 20), f"crop-{i + 1}") for i in range(30)]
    words = [line(f"name {i}", Box(110, 40 * i + 2, 60, 16)) for i in range(30)]
    facts = texts(rows, words)
    assert len(facts) == 8 + 9 * 3
    assert facts[0].text == 'Text in "row" (1 of 30): "name 0".'
    assert {f.evidence for f in facts} == {(f"crop-{i + 1}",) for i in range(10)}


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_colours_come_from_the_target_not_from_its_surroundings(scale: int) -> None:
    picture = PIL.Image.new("RGB", (200, 100), "white")
    picture.paste("#1e60e0", (50, 20, 130, 60))
    picture = picture.resize((200 // scale, 100 // scale), PIL.Image.Resampling.NEAREST)
    crop = Crop(id="crop-1", box=Box(1000, 500, 200, 100), png=picture)
    button = target("button", Box(1050, 520, 80, 40)).model_copy(update={"text": "Save"})
    facts = colors([button], [crop])
    assert facts == (
        Fact(
            kind="color",
            text='Colours of "button": blue #1e60e0 (100%).',
            value={"phrase": "button", "colors": [{"name": "blue", "hex": "#1e60e0", "share": 1.0}]},
            evidence=("crop-1",),
        ),
    )
    tiny = target("dot", Box(1199.9, 599.9, 0.05, 0.05))
    assert colors([tiny], [crop])[0].value["colors"][0]["name"] == "white"
    assert colors([target("elsewhere", Box(0, 0, 5, 5)), target("no crop", LABEL, "crop-7")], [crop]) == ()


def test_measure_is_all_of_it_and_survives_json() -> None:
    crop = Crop(id="crop-1", box=Box(90, 90, 40, 40), png=PIL.Image.new("RGB", (40, 40), "red"))
    lines = [line("Delete", Box(130, 100, 60, 16))]
    facts = measure([A, B], [crop], lines, {"trash icon": True})
    assert [f.kind for f in facts] == ["count", "relation", "distance", "text", "text", "color"]
    assert [Fact.model_validate_json(f.model_dump_json()) for f in facts] == list(facts)
    assert measure([], [], [], {}) == ()


@pytest.mark.parametrize(
    ("ground", "ink"),
    [("#ffffff", "#495057"), ("#6777ef", "#ffffff"), ("#15171a", "#ffc107"), ("#fc544b", "#ffffff")],
)
@pytest.mark.parametrize("outline", [True, False])
def test_an_icon_has_the_colour_of_its_ink(ground: str, ink: str, outline: bool) -> None:
    size, fine = 24, 8
    drawn = PIL.Image.new("RGB", (size * fine, size * fine), ground)
    pen = PIL.ImageDraw.Draw(drawn)
    width = 2 * fine
    pen.ellipse(
        (4, 4, size * fine - 4, size * fine - 4), fill=None if outline else ink, outline=ink, width=width
    )
    picture = PIL.Image.new("RGB", (100, 100), ground)
    picture.paste(drawn.resize((size, size), PIL.Image.Resampling.BOX), (40, 40))
    crop = Crop(id="crop-1", box=Box(0, 0, 100, 100), png=picture)
    for slack in (0, 2):
        box = Box(40 - slack, 40 - slack, size + 2 * slack, size + 2 * slack)
        value = colors([target("bell icon", box)], [crop])[0].value
        assert (value["around"]["hex"], value["ink"]["hex"]) == (ground, ink)
