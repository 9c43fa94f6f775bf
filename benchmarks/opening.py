"""How much memory a picture at the limit of pixels takes: opened, looked at as a whole, and at a part of it closely.

    python benchmarks/opening.py                  # rewrites its section of docs/benchmarks.md; some minutes
    python benchmarks/opening.py --side 8000      # smaller pictures: prints the table only

Every row is a process of its own that opens a file (or an array) and takes two looks, one of 1536 pixels a side at all
of it, one of 1536 x 1536 pixels at its middle. Memory is the peak of its resident set, without what Python and the
packages take before it opens anything, and without an array that was given.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import PIL.Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
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
}


def write(kind: str, path: Path, side: int) -> None:
    """A picture with some detail, written by strips where the format allows."""
    tile = np.random.default_rng(1).integers(0, 256, (250, 250, 4), np.uint8)
    tile[:, 25:] = 255
    mode = KINDS[kind]
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


def resident(field: str) -> float:
    """Gigabytes: now (VmRSS), or at its peak (VmHWM)."""
    rows = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(field)) * 1024 / 1e9


def look(kind: str, path: Path, side: int) -> None:
    """Open it and take two looks; prints the gigabytes at the peak, and the seconds that each step took."""
    from seal.memory.geometry import Box
    from seal.memory.image import Image

    source: object = path
    if kind.endswith("array"):
        source = np.full((side, side, len(KINDS[kind])), 200, np.uint8)
    warm = Image.open(np.zeros((64, 64, 4), np.uint8))
    warm.region(warm.box)
    before, times = resident("VmRSS"), [time.perf_counter()]
    image = Image.open(source)
    times.append(time.perf_counter())
    image.region(image.box, 1536)
    times.append(time.perf_counter())
    image.region(Box(side // 2 - 768, side // 2 - 768, 1536, 1536))
    times.append(time.perf_counter())
    steps = (f"{b - a:.2f}" for a, b in pairwise(times))
    print(f"{resident('VmHWM') - before:.2f}", *steps)


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
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        lines.append(f"| {kind} | {' | '.join(told)} |")
        print(lines[-1], flush=True)
    print("\n".join(lines))
    if given.side == LIMIT and len(given.only) == len(KINDS):
        before, _, rest = DOC.read_text("utf-8").partition(BEGIN)
        DOC.write_text(
            f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{rest.partition(END)[2]}", "utf-8"
        )


if __name__ == "__main__":
    main()
