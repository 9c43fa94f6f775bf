"""How much memory a picture at the limit of pixels takes: opened, looked at as a whole, and at a part of it closely.

    python benchmarks/opening.py                  # rewrites its section of docs/benchmarks.md; some minutes
    python benchmarks/opening.py --side 8000      # smaller pictures: prints the table only

Every row is a process of its own that opens a file (or an array) and takes two looks, one of 1536 pixels a side at all
of it, one of 1536 x 1536 pixels at its middle. Memory is the peak of its resident set, without what Python and the
packages take before it opens anything, and without an array that was given; of a PDF with that of the process that
draws it. What is refused is a row that says so.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import PIL.Image
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
DOC, BEGIN, END = ROOT / "docs" / "benchmarks.md", "<!-- opening:begin -->", "<!-- opening:end -->"
LIMIT = 20_000
"""Pixels a side of the largest square picture."""
KINDS = {
    "RGB, PNG": "RGB",
    "RGBA, PNG": "RGBA",
    "grey of 16 bits, PNG": "I;16",
    "palette, PNG": "P",
    "palette with a transparent colour, PNG": "P",
    "RGB, JPEG": "RGB",
    "CMYK, TIFF": "CMYK",
    "RGB, array": "RGB",
    "RGBA, array": "RGBA",
    "text, PDF": "",
    "a scan in RGB, PDF": "RGB",
    "a scan in grey, PDF": "L",
}
DPI = 200
"""Resolution of PDFs: their pages have as many pixels as the other pictures."""


def write(kind: str, path: Path, side: int) -> None:
    """A picture with some detail, written by strips where the format allows."""
    tile = np.random.default_rng(1).integers(0, 256, (250, 250, 4), np.uint8)
    tile[:, 25:] = 255
    mode = KINDS[kind]
    if kind.endswith("PDF"):
        path.write_bytes(pdf(tile[..., :3] if mode == "RGB" else tile[..., 0], side, bool(mode)))
        return
    if mode == "I;16":
        small = PIL.Image.fromarray(tile[..., 0].astype(np.uint16) * 257)
    elif mode == "P":
        small = PIL.Image.fromarray(tile[..., :3]).quantize(64)
    else:
        small = PIL.Image.fromarray(tile if len(mode) == 4 else tile[..., :3])
        small = small if small.mode == mode else small.convert(mode)
    image = PIL.Image.new(mode, (side, side))
    if mode == "P":
        image.putpalette(small.getpalette() or [])
    for y in range(0, side, 250):
        for x in range(0, side, 250):
            image.paste(small, (x, y))
    options = {"transparency": 3} if "transparent" in kind else {}
    name = kind.rpartition(", ")[2]
    image.save(path, name, **({"compress_level": 1} | options if name == "PNG" else {}))


def pdf(tile: np.ndarray, side: int, scan: bool) -> bytes:
    """A PDF of one page: words all over it, or one picture of `side` pixels a side made of a tile (250, 250[, 3])."""
    from drawn_pdfs import drawn, said

    points = side * 72 / DPI
    size = b"0 0 %d %d" % (points, points)
    if not scan:
        rows = range(20, int(points) - 20, 20)
        return drawn(
            [b"".join(said("Total Revenue 42 " * int(points / 120), 20, y) for y in rows)], media=size
        )
    packer, packed = zlib.compressobj(1), list[bytes]()
    strip = np.tile(tile, (1, side // 250) + (1,) * (tile.ndim - 2)).tobytes()
    for _ in range(side // 250):
        packed.append(packer.compress(strip))
    pixels = b"".join([*packed, packer.flush()])
    space = b"/DeviceRGB" if tile.ndim == 3 else b"/DeviceGray"
    head = b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace %b /BitsPerComponent 8 " % (
        side,
        side,
        space,
    )
    body = b"/Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream" % (len(pixels), pixels)
    content = b"q %d 0 0 %d 0 0 cm /I Do Q" % (points, points)
    return drawn([content], media=size, xobjects=b"/XObject << /I 3 0 R >>", more={3: head + body})


def resident(field: str, process: int | str = "self") -> float:
    """Gigabytes of a process: now (VmRSS), or at its peak (VmHWM)."""
    rows = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(field)) * 1024 / 1e9


def look(kind: str, path: Path, side: int) -> None:
    """Open it and take two looks; prints the gigabytes at the peak, and the seconds that each step took.

    What is refused is told in one line instead.
    """
    from seal.memory.errors import ImageError
    from seal.memory.geometry import Box
    from seal.memory.image import Image

    source: object = path
    if kind.endswith("array"):
        source = np.full((side, side, len(KINDS[kind])), 200, np.uint8)
    warm = Image.open(np.zeros((64, 64, 4), np.uint8))
    warm.region(warm.box)
    before, times = resident("VmRSS"), [time.perf_counter()]
    try:
        image = Image.open(source, dpi=DPI)
        times.append(time.perf_counter())
        image.region(image.box, 1536)
        times.append(time.perf_counter())
        image.region(Box(side // 2 - 768, side // 2 - 768, 1536, 1536))
        times.append(time.perf_counter())
    except ImageError as error:
        print(f"refused: {str(error).removeprefix(str(path))} | | | ")
        return
    peak = resident("VmHWM") + sum(resident("VmHWM", child.pid) for child in psutil.Process().children())
    print(f"{peak - before:.2f}", *(f"{b - a:.2f}" for a, b in pairwise(times)), sep=" | ")


def main() -> None:
    """Measure, and rewrite the section; with --look, be one of the processes that are measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--side", type=int, default=LIMIT)
    parser.add_argument("--only", choices=KINDS, nargs="+", default=list(KINDS))
    parser.add_argument("--look", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--write", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.look or given.write:
        act = look if given.look else write
        act(given.look or given.write, given.file, given.side)
        return
    size = f"{given.side} x {given.side}"
    lines = [
        f"| {size} pixels | peak, GB | opened, s | looked at as a whole | at a part |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for kind in given.only:
        with tempfile.TemporaryDirectory() as folder:
            more = ["--file", str(Path(folder) / "picture"), "--side", str(given.side)]
            if not kind.endswith("array"):
                subprocess.run([sys.executable, __file__, "--write", kind, *more], check=True)
            command = [sys.executable, __file__, "--look", kind, *more]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        lines.append(f"| {kind} | {told} |")
        print(lines[-1], flush=True)
    print("\n".join(lines))
    if given.side == LIMIT and len(given.only) == len(KINDS):
        before, _, rest = DOC.read_text("utf-8").partition(BEGIN)
        DOC.write_text(
            f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{rest.partition(END)[2]}", "utf-8"
        )


if __name__ == "__main__":
    main()
