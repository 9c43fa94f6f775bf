"""Images larger than memory: how they are opened, converted and searched, as they grow.

    python benchmarks/huge.py                                  # 8 and 80 megapixels; a minute
    python benchmarks/huge.py --gigapixels 1 10 --folder /tmp  # some 4 GB of disk, removed at the end
    python benchmarks/huge.py --parts oracle --write           # rewrites its section of docs/huge.md, and the picture

Images are mosaics of the project's example screens, made by libvips without ever lying in memory, with one text in them
that stands nowhere else. Every row is a process of its own; memory is the peak of its resident set, Python and packages
included. Parts:

- opening: a pyramid is opened, looked at as a whole (1536 px a side), and 20 crops of 1536 x 1536 px are read.
- converting: a PNG and a JPEG of the same pixels become pyramids; with the memory of the process that converts.
- digests: what names a file's content, by reading all of it and by samples; with noise all over the images, so that the
  files are as large as those of photographs.
- search: the embedded localizer looks for the text in the mosaic.
- oracle: looks of each policy with the localizer of `benchmarks/search.py`, which needs no pixels: 8 megapixels to 10
  gigapixels, one thing of 64 px.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests")]
DOC = ROOT / "docs" / "huge.md"
PARTS = ("opening", "converting", "digests", "search", "oracle")
SCREENS = ("stisla-tables.png", "stisla-posts.png")
WORDS, WORDS_PX = "Zanzibar Harbour", 64
PLACE = 0.61, 0.37
"""Where the words stand, as shares of the sides."""
ORACLE_GIGAPIXELS = (0.008, 0.08, 1.0, 10.0)
POLICIES = ("vstar", "ideal", "slices")
THING = 64
MOST_SECONDS = 300.0
"""Of one search of the oracle; what it has not found by then counts as not found."""


def side_of(gigapixels: float) -> int:
    """Pixels of a side of a square image."""
    return round(math.sqrt(gigapixels * 1e9))


def mosaic(side: int, grain: bool = False):  # type: ignore[no-untyped-def]
    """A square image of example screens with the words in it, as an image of libvips: nothing is computed yet.

    grain: with noise all over, so that its file is as large as that of a photograph.
    """
    import numpy as np
    import PIL.Image
    import PIL.ImageDraw
    import PIL.ImageFont

    from seal.memory.vips import vips

    library = vips()
    screens = [
        library.Image.pngload(str(ROOT / "examples" / "screens" / name)).extract_band(0, n=3)
        for name in SCREENS
    ]
    high = min(screen.height for screen in screens)
    block = library.Image.arrayjoin([s.crop(0, 0, s.width, high) for s in screens], across=len(screens))
    if grain:
        noise = library.Image.gaussnoise(block.width, block.height, mean=0, sigma=6).round("rint")
        block = (block + noise).cast("uchar")
    block = block.copy_memory()
    image = block.replicate(math.ceil(side / block.width), math.ceil(side / block.height)).crop(
        0, 0, side, side
    )
    font = PIL.ImageFont.load_default(size=WORDS_PX)
    x0, y0, x1, y1 = font.getbbox(WORDS)
    label = PIL.Image.new("RGB", (math.ceil(x1 - x0) + 96, math.ceil(y1 - y0) + 96), "white")
    PIL.ImageDraw.Draw(label).text((48 - x0, 48 - y0), WORDS, "black", font)
    return image.insert(library.Image.new_from_array(np.asarray(label)), *place(side))


def place(side: int) -> tuple[int, int]:
    return int(PLACE[0] * side), int(PLACE[1] * side)


# --- what each process does: prints one line of JSON ------------------------------------------------------


def make(path: Path, side: int) -> dict[str, object]:
    """Write the mosaic: .tif (a pyramid), .png or .jpg (flat)."""
    image, started = mosaic(side, "grain" in path.name), time.perf_counter()
    if path.suffix == ".tif":
        image.tiffsave(
            str(path),
            tile=True,
            tile_width=256,
            tile_height=256,
            pyramid=True,
            bigtiff=True,
            compression="deflate",
            level=1,
            predictor="horizontal",
        )
    elif path.suffix == ".png":
        image.pngsave(str(path), compression=1)
    else:
        image.jpegsave(str(path), Q=90)
    return {"seconds": time.perf_counter() - started}


def look(path: Path, side: int) -> dict[str, object]:
    """Open, look at all of it, and read crops."""
    import random

    from seal.memory.geometry import Box
    from seal.memory.image import Image

    times = [time.perf_counter()]
    image = Image.open(path)
    times.append(time.perf_counter())
    image.region(image.box, 1536)
    times.append(time.perf_counter())
    crops, worked, rng, edge = [], [], random.Random(1), min(1536, side)
    for _ in range(20):
        x, y = (rng.randrange(side - edge + 1) for _ in range(2))
        started, busy = time.perf_counter(), time.process_time()
        image.region(Box(x, y, edge, edge))
        crops.append(time.perf_counter() - started)
        worked.append(time.process_time() - busy)
    return {
        "open": times[1] - times[0],
        "first": times[2] - times[1],
        "crop": sorted(crops)[len(crops) // 2],
        "slowest": max(crops),
        "worked": sorted(worked)[len(worked) // 2],
        "peak": peak(),
    }


def peak(process: int | str = "self") -> float:
    """Gigabytes of a process at its peak; 0 of one that has ended."""
    rows = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next((int(row.split()[1]) for row in rows if row.startswith("VmHWM")), 0) * 1024 / 1e9


def change(path: Path, side: int) -> dict[str, object]:
    """Convert a flat file, and watch the process that does it."""
    from seal.memory.huge import convert

    del side
    most = 0.0

    def watch(percent: int) -> None:
        nonlocal most
        del percent
        for child in psutil.Process().children():
            most = max(most, peak(child.pid))

    started, out = time.perf_counter(), path.with_suffix(".pyramid.tif")
    convert(path, 1, out, None, watch)
    seconds = time.perf_counter() - started
    size = out.stat().st_size / 1e9
    out.unlink()
    return {"seconds": seconds, "peak": most, "own": peak(), "flat": path.stat().st_size / 1e9, "size": size}


def name(path: Path, side: int) -> dict[str, object]:
    """Digests of a file."""
    from seal.memory.sampled import WHOLE, file_digest

    del side
    started = time.perf_counter()
    file_digest(path)
    told = time.perf_counter() - started
    started, sha = time.perf_counter(), hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            sha.update(piece)
    size = path.stat().st_size
    return {
        "size": size / 1e9,
        "sampled": size > WHOLE,
        "told": told,
        "whole": time.perf_counter() - started,
    }


def find(path: Path, side: int, policy: str, target_px: float) -> dict[str, object]:
    """Look for the words with the embedded agents."""
    from seal import Seal
    from seal.settings import Budget, SearchSettings

    seal = Seal(
        policy=policy, budget=Budget(looks=1024, seconds=560), search=SearchSettings(target_px=target_px)
    )
    result = seal.locate(path, f"text {WORDS}")
    x, y = place(side)
    boxes = result.boxes(f"text {WORDS}")
    right = bool(boxes) and x <= boxes[0].center[0] <= x + 900 and y <= boxes[0].center[1] <= y + 200
    return {
        "found": right,
        "status": result.status,
        "looks": result.spend.looks,
        "seconds": result.spend.total_seconds,
        "stopped": result.stopped,
        "peak": peak(),
    }


def oracle(gigapixels: float, seed: int, policy: str, overlap: float) -> dict[str, object]:
    """One search of the oracle of `benchmarks/search.py`; looks until the thing was found, None: never."""
    from oracle_cases import Oracle, calibrate, draw, image_of
    from search import FLOOR

    from seal.agents.contracts import Target
    from seal.memory.image import open_document
    from seal.search.loop import search
    from seal.search.policies import Ideal, get_policy
    from seal.settings import Budget, SearchSettings

    side = side_of(gigapixels)
    case = draw("deep", seed, size_wh=(side, side))
    x, y = case["oracle"]["targets"][0][:2]
    case["oracle"]["targets"] = [[min(x, side - THING), min(y, side - THING), THING, THING]]
    chosen = get_policy(policy)
    if policy == "ideal":
        chosen = Ideal(calibration=calibrate(FLOOR, range(10_000, 10_020), leaf=768))
    looker, started = Oracle([case], floor=FLOOR), time.perf_counter()
    outcome = search(
        open_document(image_of(case)),
        [Target(case["name"])],
        looker,
        policy=chosen,
        settings=SearchSettings(target_px=48, directions=False, overlap=overlap),
        budget=Budget(looks=None, seconds=MOST_SECONDS),
        where=looker,  # type: ignore[arg-type]
    )
    (target,) = outcome.targets
    hit = bool(target.instances) and target.instances[0].box.iou(_box(case["oracle"]["targets"][0])) >= 0.5
    return {
        "looks": len(outcome.steps),
        "found": target.looks if hit else None,
        "seconds": time.perf_counter() - started,
        "stopped": outcome.stopped,
        "peak": peak(),
    }


def _box(xywh: Sequence[float]):  # type: ignore[no-untyped-def]
    from seal.memory.geometry import Box

    return Box(*xywh)


# --- the tables -------------------------------------------------------------------------------------------


def told(*arguments: object) -> dict[str, float]:
    """What a process of its own says."""
    command = [sys.executable, __file__, "--act", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def size(gigapixels: float) -> str:
    return f"{gigapixels * 1000:.0f} MP" if gigapixels < 1 else f"{gigapixels:g} GP"


def opening(sizes: Sequence[float], folder: Path) -> list[str]:
    rows = [
        "| pyramid | file, GB | opened, s | first look, s | a crop, ms (slowest) | of these at work, ms | peak, GB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for gp in sizes:
        path = made(folder, gp, ".tif")
        t = told("look", path, side_of(gp))
        crop = f"{1000 * t['crop']:.0f} ({1000 * t['slowest']:.0f})"
        gb = path.stat().st_size / 1e9
        rows.append(
            f"| {size(gp)} | {gb:.2f} | {t['open']:.2f} | {t['first']:.2f} | {crop} | "
            f"{1000 * t['worked']:.0f} | {t['peak']:.2f} |"
        )
        print(rows[-1], flush=True)
    return rows


def made(folder: Path, gp: float, suffix: str, grain: bool = False) -> Path:
    """The mosaic of a size, written unless it is there."""
    path = folder / f"mosaic-{gp:g}{'-grain' if grain else ''}{suffix}"
    if not path.exists():
        told("make", path, side_of(gp))
    return path


def converting(sizes: Sequence[float], folder: Path) -> list[str]:
    rows = [
        "| flat file | GB | pyramid, GB | seconds | peak of the converting process, GB |",
        "|---|---:|---:|---:|---:|",
    ]
    for gp in sizes:
        for suffix in (".png", ".jpg"):
            if suffix == ".jpg" and side_of(gp) > 65_535:
                continue  # a JPEG has no more pixels a side
            path = made(folder, gp, suffix)
            t = told("change", path, side_of(gp))
            path.unlink()
            rows.append(
                f"| {size(gp)}, {suffix[1:].upper()} | {t['flat']:.2f} | {t['size']:.2f} | {t['seconds']:.1f} | "
                f"{t['peak']:.2f} |"
            )
            print(rows[-1], flush=True)
    return rows


def digests(sizes: Sequence[float], folder: Path) -> list[str]:
    rows = ["| file, GB | digest | seconds | all of it by SHA-256, s |", "|---:|---|---:|---:|"]
    for gp in sizes:
        path = made(folder, gp, ".tif", grain=True)
        t = told("name", path, side_of(gp))
        path.unlink()
        how = "by samples" if t["sampled"] else "of all"
        rows.append(f"| {t['size']:.2f} | {how} | {t['told']:.2f} | {t['whole']:.2f} |")
        print(rows[-1], flush=True)
    return rows


def searching(sizes: Sequence[float], folder: Path) -> list[str]:
    rows = [
        "| pyramid | policy | `target_px` | found | looks | seconds | peak, GB |",
        "|---|---|---:|---|---:|---:|---:|",
    ]
    for gp in sizes:
        for policy, target_px in product(("vstar", "ideal"), (WORDS_PX, 16)):
            t = told("find", made(folder, gp, ".tif"), side_of(gp), policy, target_px)
            yes = "yes" if t["found"] else f"no ({t['stopped']})"
            rows.append(
                f"| {size(gp)} | {policy} | {target_px} | {yes} | {t['looks']} | {t['seconds']:.0f} | {t['peak']:.2f} |"
            )
            print(rows[-1], flush=True)
    return rows


def searched(results: Path | None, *key: object) -> dict[str, float]:
    """One search of the oracle, taken from the file of earlier ones where it is there."""
    known = results.read_text("utf-8").splitlines() if results is not None and results.exists() else []
    for line in known:
        kept = json.loads(line)
        if kept["key"] == list(key):
            return kept["run"]  # type: ignore[no-any-return]
    run = told("oracle", *key)
    if results is not None:
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"key": list(key), "run": run}) + "\n")
    return run


def looks(seeds: int, overlap: float, draw_picture: bool, results: Path | None) -> list[str]:
    """The oracle's table, and its curves as docs/huge_curve.png."""
    rows = [
        "| image | policy | found | found in 128 looks | looks until found, median (most) | seconds, most | peak, GB |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    curves: dict[float, dict[str, list[float]]] = {}
    for gp in ORACLE_GIGAPIXELS:
        for policy in POLICIES:
            runs = [searched(results, gp, seed, policy, overlap) for seed in range(seeds)]
            at = sorted(math.inf if run["found"] is None else run["found"] for run in runs)
            curves.setdefault(gp, {})[policy] = at
            found = [a for a in at if a < math.inf]
            until = f"{found[len(found) // 2]:.0f} ({found[-1]:.0f})" if found else "-"
            early = sum(a <= 128 for a in at)
            rows.append(
                f"| {size(gp)} | {policy} | {len(found)}/{seeds} | {early}/{seeds} | {until} | "
                f"{max(run['seconds'] for run in runs):.1f} | {max(run['peak'] for run in runs):.2f} |"
            )
            print(rows[-1], flush=True)
    if draw_picture:
        picture(curves)
    return rows


def picture(curves: dict[float, dict[str, list[float]]]) -> None:
    """Share of things found against looks, a panel an image."""
    import matplotlib

    matplotlib.use("Agg")
    import numpy as np
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(curves), figsize=(12, 3.4), sharey=True)
    at_most = max(a for runs in curves.values() for at in runs.values() for a in at if a < math.inf)
    steps = np.unique(np.geomspace(1, 1.1 * at_most, 400).round())
    for panel, (gp, runs) in zip(panels, curves.items(), strict=True):
        for policy, at in runs.items():
            panel.step(steps, [(np.array(at) <= n).mean() for n in steps], where="post", label=policy)
        panel.axvline(128, color="grey", linewidth=1, linestyle=":")
        panel.set(xscale="log", xlabel="looks", title=size(gp), ylim=(0, 1.02))
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("share of things found")
    panels[0].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "huge_curve.png", dpi=110, metadata={"Software": None})


def write(part: str, rows: Sequence[str]) -> None:
    begin, end = f"<!-- {part}:begin -->", f"<!-- {part}:end -->"
    before, _, rest = DOC.read_text("utf-8").partition(begin)
    DOC.write_text(
        f"{before}{begin}\n\n" + "\n".join(rows) + f"\n\n{end}{rest.partition(end)[2]}", encoding="utf-8"
    )


ACTS = {"make": make, "look": look, "change": change, "name": name}


def main() -> None:
    """Measure and print the tables; with --write, put them into the documentation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigapixels", type=float, nargs="+", default=[0.008, 0.08])
    parser.add_argument("--parts", choices=PARTS, nargs="+", default=list(PARTS))
    parser.add_argument(
        "--seeds", type=int, default=6, help="searches of the oracle for each size and policy"
    )
    parser.add_argument("--overlap", type=float, default=0.0, help="of the oracle's searches (default 0)")
    parser.add_argument("--results", type=Path, help="a file that keeps the oracle's searches, to go on with")
    parser.add_argument("--folder", type=Path, help="where the images are written (default: a temporary one)")
    parser.add_argument("--write", action="store_true", help="rewrite the sections of docs/huge.md")
    parser.add_argument("--act", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.act:
        act, *more = given.act
        if act == "oracle":
            print(json.dumps(oracle(float(more[0]), int(more[1]), more[2], float(more[3]))))
        elif act == "find":
            print(json.dumps(find(Path(more[0]), int(more[1]), more[2], float(more[3]))))
        else:
            print(json.dumps(ACTS[act](Path(more[0]), int(more[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="seal-huge-", dir=given.folder) as name_:
        folder = Path(name_)
        for part in given.parts:
            if part == "oracle":
                rows = looks(given.seeds, given.overlap, given.write, given.results)
            else:
                work = {"opening": opening, "converting": converting, "digests": digests, "search": searching}
                rows = work[part](given.gigapixels, folder)
            print("\n".join(["", f"## {part}", "", *rows, ""]), flush=True)
            if given.write:
                write(part, rows)


if __name__ == "__main__":
    main()
