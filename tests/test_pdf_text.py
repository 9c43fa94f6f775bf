"""The text layer of PDF pages: lines with boxes where the page shows them, whatever its rotation and oddities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn_pdfs import FONT, drawn, prose, said, stream

from seal.memory import pdf as pdf_module
from seal.memory.errors import ImageError
from seal.memory.geometry import Box
from seal.memory.image import Image, open_document
from seal.memory.pdf_pool import Content
from seal.memory.pdf_wire import Message
from seal.memory.reading_order import in_order

WORDS = said("Total Revenue", 60, 200)


def texts(data: bytes, dpi: float = 144) -> list[str]:
    return [line.text for line in Image.open(data, dpi=dpi).text() or ()]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "boxes",
    [
        b"",
        b"/CropBox [20 50 260.5 380]",
        b"/CropBox [-100 150 250 900]",  # reaches over the paper
        b"/UserUnit 2",
        b"/CropBox [50 190 200 230]",
    ],
)
def test_the_box_of_a_word_holds_its_ink(rotate: int, boxes: bytes) -> None:
    image = Image.open(drawn([WORDS], b"/Rotate %d %b" % (rotate, boxes)), dpi=144)
    (line,) = image.text() or ()
    assert line.text == "Total Revenue"
    assert line.turned == (rotate in (90, 270))
    ink = np.argwhere(np.asarray(image.region(image.box).convert("L")) < 128)
    (top, left), (bottom, right) = ink.min(axis=0).tolist(), ink.max(axis=0).tolist()
    drawn_box = Box.from_xyxy(left, top, right + 1, bottom + 1)
    assert line.box.expanded(pixels=3).contains(drawn_box)
    assert line.box.area < 2.2 * drawn_box.area
    first, last = line.part(0, 5), line.part(6, 13)
    assert first.intersection(last).area == 0
    assert first.union(last).iou(line.box) > 0.99


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (said("outside", 60, 500) + WORDS, ["Total Revenue"]),  # above the paper
        (said("Item", 60, 200) + said("Price", 160, 200), ["Item", "Price"]),  # cells
        (said("Disc.%", 60, 200) + said("Taxes", 108, 200), ["Disc.%", "Taxes"]),  # of a narrow table
        (b"BT /F1 12 Tf 6 Tw 60 200 Td (A line that is justified) Tj ET", ["A line that is justified"]),
        (said("Total", 60, 200) + said("Revenue", 90.5, 200), ["Total Revenue"]),
        (said("Revenue", 90.5, 200) + said("Total", 60, 200), ["Total Revenue"]),  # drawn last to first
        (b"BT /F1 12 Tf 60 200 Td [(Total) -300 (Reve) 10 (nue)] TJ ET", ["Total Revenue"]),
        (said("4.2", 60, 200) + said("Special Issues", 88, 200), ["4.2 Special Issues"]),
        (said("tiny", 60, 200, 0.4) + WORDS, ["Total Revenue"]),
        (b"BT /F1 12 Tf 0 1 -1 0 100 100 Tm (Sideways words) Tj ET", ["Sideways words"]),
        (b"BT /F1 12 Tf 0 -1 1 0 100 300 Tm (Sideways words) Tj ET", ["Sideways words"]),
        (b"BT /F1 12 Tf -1 0 0 -1 200 200 Tm (Upside down) Tj ET", ["Upside down"]),
        (b"BT /F1 1 Tf 12 0 0 12 60 200 Tm (Scaled) Tj ET", ["Scaled"]),
        (b"", []),
        (b"0 0 1 rg 10 10 100 100 re f", []),
    ],
)
def test_lines_as_they_are_read(content: bytes, expected: list[str]) -> None:
    assert texts(drawn([content])) == expected


def test_only_turned_text_is_joined_from_top_to_bottom() -> None:
    stacked = b"".join(said(letter, 100, 300 - 14 * i) for i, letter in enumerate("ABCD"))
    assert texts(drawn([stacked])) == ["A", "B", "C", "D"]
    (line,) = Image.open(drawn([b"BT /F1 12 Tf 0 1 -1 0 100 100 Tm (ABCD) Tj ET"])).text() or ()
    assert line.turned and line.box.height > line.box.width


@pytest.mark.parametrize(
    ("paint", "hidden", "pale"),
    [
        ("", False, False),
        ("3 Tr", True, False),
        ("7 Tr", True, False),
        ("1 g", False, True),
        ("0.5 g", False, False),
    ],
)
def test_text_without_ink_is_told_apart(paint: str, hidden: bool, pale: bool) -> None:
    image = Image.open(drawn([said("Total Revenue", 60, 200, more=paint)]))
    (line,) = image.text() or ()
    assert (line.hidden, line.pale) == (hidden, pale)
    sketch = image.sketch()
    assert sketch is not None and sketch.hidden == hidden


def encoded(*unicode: str) -> bytes:
    """A font in which "A" and the letters after it stand for these characters."""
    rows = "".join(f"<{0x41 + i:02x}> <{c.encode('utf-16-be').hex()}>\n" for i, c in enumerate(unicode))
    return stream(
        f"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange {len(unicode)} beginbfchar\n{rows}endbfchar\n"
        "endcmap end end".encode()
    )


@pytest.mark.parametrize(
    ("letters", "written", "expected"),
    [
        (("\ufb01", "n", "d"), "ABC", "find"),  # a ligature is two letters
        (
            ("\u05d0", "\u05d1", "\u05d2"),
            "CBA",
            "\u05d0\u05d1\u05d2",
        ),  # drawn left to right, read right to left
        (("o", "\u00ad", "k"), "ABC", "o-k"),  # a soft hyphen that is drawn
        (("\u8bbe", "\u7f6e"), "AB", "\u8bbe\u7f6e"),
    ],
)
def test_letters_that_stand_for_others(letters: tuple[str, ...], written: str, expected: str) -> None:
    font = FONT.replace(b">>", b"/ToUnicode 3 0 R >>")
    data = drawn([said(written, 60, 200)], font=font, more={3: encoded(*letters)})
    assert texts(data) == [expected]


def test_values_of_form_fields_belong_to_the_text() -> None:
    field = b"<< /Subtype /Widget /FT /Tx /T (a) /V (Ada Lovelace) /F 4 /Rect [100 200 220 214] /DA (/F1 10 Tf) >>"
    box = b"<< /Subtype /Widget /FT /Btn /T (b) /V /Yes /F 4 /Rect [100 230 110 240] >>"
    data = drawn(
        [said("Name", 60, 204)],
        b"/Annots [7 0 R 8 0 R]",
        catalog=b"/AcroForm << /Fields [7 0 R 8 0 R] /DR << /Font << /F1 9 0 R >> >> >>",
        more={7: field, 8: box},
    )
    image = Image.open(data, dpi=72)
    lines = image.text() or ()
    assert [line.text for line in lines] == ["Name", "Ada Lovelace"]
    assert Box(100, 400 - 214, 120, 14).expanded(pixels=1).contains(lines[1].box)
    sketch = image.sketch()
    assert sketch is not None and "Ada Lovelace" in sketch.characters


PICTURE = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray"
PICTURE += b" /Length 1 >>\nstream\n@\nendstream"


@pytest.mark.parametrize(
    ("content", "boxes"),
    [
        (b"q 100 0 0 50 60 300 cm /I1 Do Q", [(60, 50, 100, 50)]),
        (b"q 5 0 0 5 60 300 cm /I1 Do Q", []),  # a dot holds no words
        (b"q 300 0 0 400 0 0 cm /I1 Do Q", [(0, 0, 300, 400)]),
    ],
)
def test_where_pictures_lie(content: bytes, boxes: list[tuple[int, ...]]) -> None:
    data = drawn([WORDS + content], xobjects=b"/XObject << /I1 3 0 R >>", more={3: PICTURE})
    sketch = Image.open(data, dpi=72).sketch()
    assert sketch is not None
    assert [tuple(round(v) for v in box.xywh) for box in sketch.pictures] == boxes


def test_letters_that_are_drawn_as_shapes_are_a_picture() -> None:
    letter = "{0} 300 m {0} 310 l {1} 310 l {1} 306 l {2} 306 l {2} 300 l h f "
    outlined = "".join(letter.format(60 + 9 * i, 64 + 9 * i, 67 + 9 * i) for i in range(14)).encode()
    sketch = Image.open(drawn([WORDS + outlined]), dpi=72).sketch()
    assert sketch is not None
    (box,) = sketch.pictures
    assert box.iou(Box(60, 90, 124, 10)) > 0.9


COLUMNS = prose(12, 20, 340, 0, 8) + prose(12, 160, 340, 12, 8)


def test_columns_of_text_are_read_one_after_the_other() -> None:
    title = said("A title over both of the columns of this page", 30, 370, 12)
    numbers = [text.split()[1] for text in texts(drawn([title + COLUMNS]))]
    assert numbers == ["title", *map(str, range(24))]


def test_rows_of_a_table_are_read_row_by_row() -> None:
    cells = [(f"name {r}", f"value {r}", f"{r}") for r in range(8)]
    placed = [
        (cell, x, 350 - 14 * r)
        for r, row in enumerate(cells)
        for cell, x in zip(row, (30, 120, 220), strict=True)
    ]
    table = b"".join(
        said(cell, x, y, 9) for cell, x, y in sorted(placed, key=lambda p: p[1])
    )  # drawn by columns
    assert texts(drawn([table])) == [cell for row in cells for cell in row]


def test_what_is_turned_at_the_margin_is_read_last() -> None:
    stamp = b"BT /F1 12 Tf 0 1 -1 0 20 100 Tm (A stamp at the margin) Tj ET\n"
    assert [t.split()[0] for t in texts(drawn([stamp + prose(12)]))] == ["line"] * 12 + ["A"]


def test_reading_order_of_nothing_and_of_one_line() -> None:
    assert in_order([]) == []
    assert in_order([Box(0, 0, 10, 10)]) == [0]


def test_the_outline_leads_to_pages() -> None:
    data = drawn(
        [said(f"page {i}", 60, 200) for i in range(3)],
        catalog=b"/Outlines 3 0 R",
        more={
            3: b"<< /Type /Outlines /First 4 0 R /Last 5 0 R /Count 2 >>",
            4: b"<< /Title (One) /Parent 3 0 R /Next 5 0 R /Dest [12 0 R /Fit] /First 6 0 R /Last 6 0 R >>",
            5: b"<< /Title (Two) /Parent 3 0 R /Next 4 0 R /A << /S /GoTo /D [14 0 R /Fit] >> >>",  # a circle
            6: b"<< /Title (Nowhere) /Parent 4 0 R >>",
        },
    )
    document = open_document(data)
    assert [(e.title, e.page, e.level) for e in document.outline()] == [("One", 2, 0), ("Two", 3, 0)]
    assert [e.title for e in document.only(3).outline()] in ([], ["Two"])
    assert open_document(drawn([WORDS])).outline() == ()


def test_a_limited_image_has_no_layer() -> None:
    image = Image.open(drawn([WORDS]))
    assert image.has_layer and image.text()
    small = image.limited(100)
    assert not small.has_layer and small.text() is None and small.sketch() is None


def test_opening_parses_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    ask = pdf_module.ask

    def noted(content: Content, call: Message, *more: Any) -> tuple[Message, bytes]:
        asked.append(call["do"])
        return ask(content, call, *more)

    monkeypatch.setattr(pdf_module, "ask", noted)
    document = open_document(drawn([WORDS] * 2000))
    assert len(document) == 2000
    assert {image.size_wh for image in document} == {(833, 1111)}
    assert asked == ["open"] + ["sizes"] * 4


def test_a_page_without_size_gets_that_of_a_letter() -> None:
    image = Image.open(drawn([WORDS], media=b"0 0 0 0"), dpi=72)
    assert image.size_wh == (612, 792)
    assert [line.text for line in image.text() or ()] == ["Total Revenue"]


def test_a_page_that_is_too_thin_is_refused() -> None:
    with pytest.raises(ImageError, match="at least 4 px"):
        Image.open(drawn([WORDS], media=b"0 0 1 600"), dpi=72)


MANY = b"".join(b"%d %d 200 200 re f " % (i % 90, i % 70) for i in range(4000))


def test_a_page_that_takes_forever_is_shown_as_far_as_it_got(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.asarray(Image.open(drawn([MANY]), dpi=72).region(Box(0, 0, 300, 400)))
    monkeypatch.setattr(pdf_module, "PATIENCE", -1.0)
    part = np.asarray(Image.open(drawn([MANY]), dpi=72).region(Box(0, 0, 300, 400)))
    assert (part < 128).sum() < (whole < 128).sum()
