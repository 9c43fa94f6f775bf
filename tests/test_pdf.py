"""Pages of PDFs: sizes, rotation, regions, forms, threads and every refusal. The PDFs are hand-made."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest
from drawn_pdfs import FONT, pdf, stream

from seal.memory.errors import ImageError
from seal.memory.image import Box, Image, open_document

DRAWING = b"""1 0 0 rg 0 0 60 40 re f 0 0 1 rg 200 500 80 90 re f
BT /F1 24 Tf 0 g 40 300 Td (Invoice 2024) Tj ET 0 0.6 0 RG 3 w 10 10 m 250 550 l S"""


def pages(*extras: bytes, media: bytes = b"0 0 300.3 600.7", drawing: bytes = DRAWING) -> bytes:
    """One page for each of `extras` (further entries of its dictionary), all with the same drawing."""
    kids = b" ".join(b"%d 0 R" % (10 + i) for i in range(len(extras)))
    fonts = b"/Resources << /Font << /F1 5 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Contents 4 0 R " + fonts + b" %b >>"
    return pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R >>",
            2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(extras)),
            4: stream(drawing),
            5: FONT,
        }
        | {10 + i: page % (media, extra) for i, extra in enumerate(extras)}
    )


def array(image: PIL.Image.Image) -> np.ndarray:
    return np.asarray(image).astype(int)


TWO = pages(b"", b"/Rotate 90")


@pytest.mark.parametrize(
    ("dpi", "size"), [(72, (300, 601)), (144, (601, 1201)), (200, (834, 1669)), (36.5, (152, 305))]
)
def test_size_follows_the_resolution(dpi: float, size: tuple[int, int]) -> None:
    first, turned = open_document(TWO, dpi=dpi)
    assert first.size_wh == size
    assert turned.size_wh == size[::-1]
    assert (first.page, turned.page, turned.name) == (1, 2, "image bytes page 2")
    assert first.region(first.box).size == size
    assert len({first.digest, turned.digest, Image.open(TWO, dpi=dpi + 1).digest}) == 3
    assert Image.open(TWO, dpi=dpi).digest == first.digest


def test_what_is_drawn_lies_where_it_should() -> None:
    upright, turned = open_document(TWO, dpi=72)
    a, b = array(upright.region(upright.box)), array(turned.region(turned.box))
    assert a[-5, 5].tolist() == [255, 0, 0]  # red: bottom left of the page
    assert a[50, 240].tolist() == [0, 0, 255]
    assert b[5, 5].tolist() == [255, 0, 0]  # turned clockwise: top left
    assert np.abs(np.rot90(a, -1) - b).mean() < 3


def test_cropped_and_shifted_page_boxes() -> None:
    image = Image.open(pages(b"/CropBox [100 200 200.5 320]", media=b"-50 -50 300 600"), dpi=144)
    whole = Image.open(pages(b"", media=b"0 0 600 600"), dpi=144)
    assert image.size_wh == (201, 240)
    a = array(image.region(image.box))
    b = array(whole.region(Box(200, (600 - 320) * 2, 201, 240)))
    assert np.abs(a - b).mean() < 3


BOXES = [
    Box(0, 0, 834, 1669),
    Box(100, 700, 300, 200),
    Box(333, 111, 77, 501),
    Box(800, 1600, 34, 69),
    Box(1, 1, 5, 5),
]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("page", [1, 2])
def test_regions_equal_the_same_area_of_the_whole_page(box: Box, page: int) -> None:
    image = Image.open(TWO, page=page, dpi=200)
    box = box if page == 1 else Box(box.y, box.x, box.height, box.width)
    whole = image.region(image.box)
    x0, y0, x1, y1 = (int(v) for v in box.xyxy)
    region = image.region(box)
    assert np.abs(array(region) - array(whole)[y0:y1, x0:x1]).max() <= 2  # of 255: edges of glyphs
    for side in (200, 61):
        small = image.region(box, side)
        ideal = whole.crop((x0, y0, x1, y1)).resize(small.size, PIL.Image.Resampling.BOX)
        assert max(small.size) == min(side, int(max(box.size_wh)))
        soft = [i.filter(PIL.ImageFilter.GaussianBlur(2)) for i in (small, ideal)]
        assert np.abs(array(soft[0]) - array(soft[1])).mean() < 10  # half a pixel, at most


def test_form_fields_and_annotations_are_drawn() -> None:
    look = stream(b"0 1 0 rg 0 0 50 20 re f").replace(
        b"<<", b"<< /Type /XObject /Subtype /Form /BBox [0 0 50 20]", 1
    )
    data = pdf(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R] >> >>",
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Annots [7 0 R 8 0 R] >>",
            6: look,
            7: b"<< /Subtype /Widget /FT /Tx /T (a) /F 4 /Rect [10 10 60 30] /AP << /N 6 0 R >> >>",
            8: b"<< /Type /Annot /Subtype /Stamp /F 4 /Rect [10 60 60 80] /AP << /N 6 0 R >> >>",
        }
    )
    image = Image.open(data, dpi=72)
    seen = array(image.region(image.box))
    assert seen[80, 35, 1] > 200 > seen[80, 35, 0] + 50  # the field (its highlight may tint it)
    assert seen[30, 35].tolist() == [0, 255, 0]
    assert seen[50, 35].tolist() == [255, 255, 255]


ENCRYPTED = pdf(
    {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
        4: b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%b> /U <%b> >>" % (b"12" * 32, b"34" * 32),
    },
    b"/Encrypt 4 0 R /ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]",
)
EMPTY = pdf({1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [] /Count 0 >>"})
BROKEN_PAGE = pdf(
    {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", 3: b"17"}
)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (ENCRYPTED, {}, "encrypted; give a decrypted copy"),
        (b"%PDF-1.7\nnothing more", {}, "broken"),
        (EMPTY, {}, "no page"),
        (BROKEN_PAGE, {}, "broken"),
        (TWO, {"page": 3}, "no page 3; pages are counted from 1 to 2"),
        (TWO, {"page": 0}, "no page 0"),
        (TWO, {"max_pixels": 100_000}, "at 200 dpi: the image has .* lower the dpi"),
        (pages(b"", media=b"0 0 1 600"), {"dpi": 72}, "at least 4 px"),
    ],
)
def test_refusals_are_one_clear_line(data: bytes, options: dict[str, int], message: str) -> None:
    with pytest.raises(ImageError, match=message) as caught:
        Image.open(data, **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("prefix", [b"\xef\xbb\xbf", b"\n \r\n"])
def test_white_space_before_the_header(prefix: bytes) -> None:
    assert len(open_document(prefix + TWO)) == 2


def test_many_threads_pages_and_documents() -> None:
    documents = [open_document(TWO, dpi=50) for _ in range(3)]

    def look(i: int) -> bytes:
        page = documents[i % 3][i % 2]
        return page.region(page.box, 100 + i % 2).tobytes()

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(look, range(60)))
    assert len(set(seen)) == 2
    documents.clear()
    gc.collect()
