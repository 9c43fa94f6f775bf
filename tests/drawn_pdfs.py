"""PDFs drawn for tests, byte by byte: every fault and oddity can be put into them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(objects: dict[int, bytes], trailer: bytes = b"") -> bytes:
    """A PDF file of these objects; object 1 is the catalogue."""
    data, offsets = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        offsets[number] = len(data)
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, size = len(data), max(objects) + 1
    rows = b"".join(
        b"%010d 00000 n \n" % offsets[i] if i in offsets else b"0000000000 65535 f \n" for i in range(size)
    )
    tail = b"trailer\n<< /Size %d /Root 1 0 R %b >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return data + b"xref\n0 %d\n" % size + rows + tail


def stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)


def said(text: str, x: float, y: float, size: float = 12, more: str = "") -> bytes:
    """Text at a point, points from the bottom left. more: operators before it (3 Tr, 1 g)."""
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return f"q {more} BT /F1 {size:g} Tf {x:g} {y:g} Td ({escaped}) Tj ET Q\n".encode("latin-1")


def drawn(
    contents: Sequence[bytes],
    page: bytes = b"",
    *,
    media: bytes = b"0 0 300 400",
    font: bytes = FONT,
    catalog: bytes = b"",
    xobjects: bytes = b"",
    more: Mapping[int, bytes] | None = None,
) -> bytes:
    """A PDF with a page for each of `contents`. page: further entries of every page. more: further objects, 3 to 8."""
    kids = b" ".join(b"%d 0 R" % (10 + 2 * i) for i in range(len(contents)))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R %b >>" % catalog,
        2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, len(contents)),
        **(more or {}),
        9: font,
    }
    for i, content in enumerate(contents):
        objects[10 + 2 * i] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%b] /Contents %d 0 R "
            b"/Resources << /Font << /F1 9 0 R >> %b >> %b >>" % (media, 11 + 2 * i, xobjects, page)
        )
        objects[11 + 2 * i] = stream(content)
    return pdf(dict(sorted(objects.items())))


def prose(lines: int, x: float = 40, top: float = 370, start: int = 0, size: float = 10) -> bytes:
    """Lines of plain English, one under the other."""
    words = ["the", "order", "of", "these", "words", "tells", "which", "line", "was", "read"]
    return b"".join(
        said(f"line {start + k} {' '.join(words[k % 5 : k % 5 + 5])}", x, top - 1.4 * size * k, size)
        for k in range(lines)
    )
