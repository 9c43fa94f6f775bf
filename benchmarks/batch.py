"""How much sooner two workers of `seal ask-many` end a batch than one does, on items of equal cost.

    python benchmarks/batch.py              # 200 items that wait 20 ms each, and 10 that the default agents answer
    python benchmarks/batch.py --waits 0 --screens 20
    python benchmarks/batch.py --ray        # workers on Ray, on this machine: 200 items that wait 50 ms each, and 200
                                            # that compute for about as long, with one thread, also without Ray

Each row is a command of its own, as a shell starts it. Seconds: of the whole command, with the start of the processes
and the loading of the agents; each: seconds from one result to the next, between the first and the last. Items that
wait show what claiming, writing and telling cost; items with the default agents, what a second process is worth where
one keeps more than one processor busy already.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

ROOT = Path(__file__).resolve().parent.parent
AGENT = '''
import hashlib
import time
from seal.agents.contracts import Answer, Need
from seal.agents.looker import Answerer

class Busy(Answerer):
    keeps_deadline, input_side = True, 64

    def __init__(self, name, work, cost):
        self.name, self.work, self.cost = name, work, cost

    def show(self, view, question, options=None):
        self.work(self.cost)
        return Need((), Answer("done"))

    def tell(self, memory):
        raise AssertionError

def computed(blocks):
    digest = b""
    for _ in range(int(blocks)):  # one after the other, and so little that the lock of Python is kept
        digest = hashlib.sha256(digest).digest()

def load_waits(name):
    """Answers after so many seconds."""
    return Busy(f"waits:{name}", time.sleep, float(name))

def load_computes(name):
    """Answers after so many digests."""
    return Busy(f"computes:{name}", computed, float(name))
'''


def prepared(folder: Path, waits: int, screens: int) -> None:
    """Two files of questions, and agents that other processes know by name."""
    info = folder / "site" / "waits-1.dist-info"
    info.mkdir(parents=True)
    (info.parent / "waits_agent.py").write_text(AGENT)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: waits\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[seal.vqa]\nwaits = waits_agent:load_waits\ncomputes = waits_agent:load_computes\n"
    )
    PIL.Image.new("RGB", (64, 64), "white").save(folder / "blank.png")
    rows = [{"image": "blank.png", "question": f"Question {i}?"} for i in range(waits)]
    (folder / "waits.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    font, lines = PIL.ImageFont.load_default(22), list[str]()
    for i in range(screens):
        picture = PIL.Image.new("RGB", (1280, 800), "white")
        draw = PIL.ImageDraw.Draw(picture)
        for j, word in enumerate(("Total", "Tax", "Discount", "Shipping", "Customer", "Invoice", "Due")):
            draw.text((80, 60 + 90 * j), word, "black", font)
            draw.text((420, 60 + 90 * j), str(1000 + 37 * i + 11 * j), "black", font)
        picture.save(folder / f"screen{i}.png")
        row = {"image": f"screen{i}.png", "question": "What is the value next to 'Shipping'?"}
        lines.append(json.dumps(row) + "\n")
    (folder / "screens.jsonl").write_text("".join(lines))


def measured(folder: Path, name: str, workers: int, *agents: str) -> tuple[float, float]:
    """(seconds of the command, seconds from one result to the next)."""
    out = folder / f"{name}-{time.time_ns()}"
    words = [
        sys.executable,
        "-m",
        "seal",
        "ask-many",
        str(folder / f"{name}.jsonl"),
        "--out",
        str(out),
        *agents,
    ]
    paths = os.pathsep.join([str(ROOT), str(folder / "site")])
    started = time.perf_counter()
    done = subprocess.run(
        [*words, "--workers", str(workers)],
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    written = [file.stat().st_mtime for file in (out / "items").glob("*.json")]
    return seconds, (max(written) - min(written)) / (len(written) - 1)


def blocks(seconds: float) -> int:
    """How many digests this processor makes in so many seconds, at its best."""
    spent, digest = list[float](), b""
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(20_000):
            digest = hashlib.sha256(digest).digest()
        spent.append(time.perf_counter() - started)
    return round(20_000 * seconds / min(spent))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waits", type=int, default=200)
    parser.add_argument("--screens", type=int, default=10)
    parser.add_argument("--ray", action="store_true", help="workers on Ray instead")
    parser.add_argument("--rounds", type=int, default=2, help="pairs of rows; the better one of each counts")
    args = parser.parse_args()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"{os.cpu_count()} processors{load}")
    print(f"{'items':24} {'workers':>7} {'seconds':>8} {'each':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepared(folder, args.waits, args.screens)
        batches: tuple[tuple[str, str, int, tuple[str, ...]], ...] = (
            ("wait 20 ms", "waits", args.waits, ("--vqa", "waits:0.02", "--localizer", "pdf")),
            ("screens", "screens", args.screens, ()),
        )
        if args.ray:
            on, computing = ("--ray", "local"), ("--vqa", f"computes:{blocks(0.05)}", "--localizer", "pdf")
            batches = (
                ("wait 50 ms", "waits", args.waits, ("--vqa", "waits:0.05", "--localizer", "pdf", *on)),
                ("compute", "waits", args.waits, (*computing, *on)),
                ("compute, not on Ray", "waits", args.waits, computing),
            )
        for told, batch, count, agents in batches:
            if count < 2:
                continue
            rows = [(n, measured(folder, batch, n, *agents)) for _ in range(args.rounds) for n in (1, 2)]
            best = {n: tuple(map(min, zip(*(row for m, row in rows if m == n), strict=True))) for n in (1, 2)}
            for workers, (seconds, each) in best.items():
                print(f"{count} {told:20} {workers:7} {seconds:8.1f} {each * 1000:5.0f} ms")
            whole, apart = (best[1][i] / best[2][i] for i in (0, 1))
            print(f"{'two against one':32} {whole:8.2f} {apart:8.2f}", flush=True)


if __name__ == "__main__":
    main()
