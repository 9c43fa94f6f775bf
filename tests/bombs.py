"""PDFs that are made to take forever, or all memory, byte by byte."""

from __future__ import annotations

import zlib

from drawn_pdfs import drawn, prose, said, stream

WORDS = said("Total Revenue", 60, 200)


def form(content: bytes, forms: bytes = b"") -> bytes:
    """A form that draws `content`; forms: others by name, as entries of a dictionary."""
    head = b"<< /Type /XObject /Subtype /Form /BBox [0 0 300 400] /Resources << /XObject << %b >> >> " % forms
    return stream(content).replace(b"<< ", head, 1)


def draws_itself() -> bytes:
    """A form that draws itself, several times."""
    return drawn(
        [WORDS + b"/F Do"], xobjects=b"/XObject << /F 3 0 R >>", more={3: form(b"/F Do " * 4, b"/F 3 0 R")}
    )


def one_of_three() -> bytes:
    """Three pages with words of their own; the second one's form draws itself."""
    pages = [
        said("Total Revenue", 60, 200),
        said("Gross Margin", 60, 200) + b"/F Do ",
        said("Net Income", 60, 200),
    ]
    return drawn(
        [page + prose(6, 60, 180) for page in pages],
        xobjects=b"/XObject << /F 3 0 R >>",
        more={3: form(b"/F Do " * 4, b"/F 3 0 R")},
    )


def nested_forms() -> bytes:
    """Forms in forms: the innermost is drawn forty to the power of six times."""
    more = {3 + i: form(b"/F Do " * 40, b"/F %d 0 R" % (4 + i)) for i in range(5)} | {
        8: form(b"0 0 9 9 re f " * 40)
    }
    return drawn([WORDS + b"/F Do"], xobjects=b"/XObject << /F 3 0 R >>", more=more)


def tiny_tiles(times: int = 100) -> bytes:
    """A page of the largest size that there is, filled so often with a pattern of tiny cells."""
    cell = stream(b"0 0 0.004 0.004 re f").replace(
        b"<< ",
        b"<< /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 0.01 0.01] /XStep 0.01 /YStep 0.01 "
        b"/Resources << >> ",
        1,
    )
    content = WORDS + b"/Pattern cs /P scn " + b"0 0 14400 14400 re f " * times
    return drawn([content], media=b"0 0 14400 14400", xobjects=b"/Pattern << /P 3 0 R >>", more={3: cell})


def endless_picture() -> bytes:
    """A picture of 65000 x 65000 pixels, 12 GB once it is decoded."""
    pixels = zlib.compress(b"\0" * 65000 * 3 * 100)
    head = (
        b"<< /Type /XObject /Subtype /Image /Width 65000 /Height 65000 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(pixels), pixels)
    )
    content = WORDS + b"q 300 0 0 400 0 0 cm /I Do Q"
    return drawn([content], xobjects=b"/XObject << /I 3 0 R >>", more={3: head})


def many_letters() -> bytes:
    """A page of two million letters, one over the other."""
    return drawn([b"BT /F1 1 Tf 10 10 Td " + b"(abcdefghijklmnopqrst) Tj 0 0 Td " * 100_000 + b"ET"])


BOMBS = {
    each.__name__.replace("_", " "): each
    for each in (draws_itself, nested_forms, tiny_tiles, endless_picture, many_letters)
}
