"""How quick a store of many runs is: put, listed, searched, seen earlier, deleted; its memory and its room on disk.

python benchmarks/store.py --runs 100000

The runs are drawn by chance from words, with three targets, a few pictures that they share, and a trace as long as that
of a search of some looks. Times are milliseconds, the median of several calls where there are several, on a store that
was opened anew.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import PIL.Image
import PIL.ImageDraw

from seal.agents.answers.meaning import alike
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.listed import listed
from seal.memory.store import Limits, MemoryStore, StoredRun
from seal.memory.working import Crop, FoundTarget, GlobalImage, VisualWorkingMemory

WORDS = listed("""
    export, save, cancel, total, revenue, invoice, date, settings, profile, menu, search, name, amount, due, paid,
    customer, order, product, price, report, chart, filter, upload, download, share, print
""")
KINDS = ("button", "icon", "field", "heading", "link")
SCREENS, IMAGES, CROPS = 40, 5000, 60
TRACE = [
    {"kind": "look", "box": [i * 10.5, 20.25, 640.0, 480.0], "found": [], "seconds": 0.125} for i in range(40)
]


def pictures() -> tuple[list[bytes], list[bytes]]:
    """Small copies of screens, and crops, as PNG."""
    random = Random(1)

    def drawn(width: int, height: int) -> bytes:
        image = PIL.Image.new("RGB", (width, height), "white")
        draw = PIL.ImageDraw.Draw(image)
        for _ in range(12):
            x, y = random.randrange(width), random.randrange(height)
            draw.rectangle(
                (x, y, x + width // 5, y + height // 8), fill=random.choice(("navy", "grey", "teal"))
            )
        return GlobalImage(size_wh=(1, 1), png=image).png  # type: ignore[arg-type]

    return [drawn(384, 216) for _ in range(SCREENS)], [drawn(64, 32) for _ in range(CROPS)]


def run(i: int, random: Random, screens: list[bytes], crops: list[bytes]) -> StoredRun:
    """One of the runs: of a minute after the one before it."""
    moment = time.gmtime(1_700_000_000 + 60 * i)
    which = random.randrange(IMAGES)
    phrases = [f"{' '.join(random.choices(WORDS, k=2))} {random.choice(KINDS)}" for _ in range(3)]
    boxes = [Box(random.randrange(3600), random.randrange(2000), 120, 40) for _ in phrases]
    memory = VisualWorkingMemory(
        question=f"What is beside the {phrases[0]} of {' '.join(random.choices(WORDS, k=3))} {i}?",
        image=GlobalImage(size_wh=(3840, 2160), png=screens[which % SCREENS], digest=f"{which:064x}"),
        targets=tuple(
            FoundTarget(phrase=phrase, box=box, score=0.9, crop=f"crop-{n}", text=phrase.title())
            for n, (phrase, box) in enumerate(zip(phrases, boxes, strict=True))
        ),
        crops=tuple(
            Crop(id=f"crop-{n}", box=box, png=crops[random.randrange(CROPS)]) for n, box in enumerate(boxes)
        ),
    )
    return StoredRun(
        created=time.strftime("%Y-%m-%dT%H:%M:%S.000+00:00", moment),
        question=memory.question,
        answer=" ".join(random.choices(WORDS, k=2)),
        status=random.choice(("answered", "answered", "cannot_tell")),
        image_name=f"screens/app-{which % 97}.png",
        image_digest=memory.image.digest,
        memory=memory,
        result={"steps": TRACE},
    )


def timed(work: Callable[[], object], times: int = 5) -> float:
    """Milliseconds of a call, the median."""
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - start))
    return statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="Folder of a store that is used again, or made there.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(asked.keep or Path(folder), asked.runs)


def measure(folder: Path, runs: int) -> None:
    random, (screens, crops) = Random(2), pictures()
    with MemoryStore(folder) as store:
        missing = runs - store.count()
        start = time.perf_counter()
        for i in range(missing):
            store.put(run(i, random, screens, crops))
        took = time.perf_counter() - start
    if missing > 0:
        told(f"put, each (all {missing:,}: {took:.0f} s)", 1000 * took / missing)
    told("open", timed(lambda: MemoryStore(folder).close()))
    with MemoryStore(folder) as store:
        some = store.ids(text="invoice")
        screen = Image.open(screens[3])
        told("list the newest 50", timed(store.list))
        told("list 50 after 50,000", timed(lambda: store.list(offset=min(50_000, runs // 2))))
        told("by image", timed(lambda: store.list(image_digest=f"{7:064x}")))
        told("by text that many have", timed(lambda: store.list(text="Export Save")))
        told("by text that one has", timed(lambda: store.list(text=f"{runs // 3}?")))
        told("by text that none has", timed(lambda: store.list(text="unicorn")))
        told(
            "by status and time, in the middle",
            timed(lambda: store.list(status="cannot_tell", until="2023-12-10")),
        )
        told("count by text", timed(lambda: store.count(text="invoice")))
        told("ids by text", timed(lambda: store.ids(text="invoice")))
        told("get by the beginning of its id", timed(lambda: store.get(some[len(some) // 2][:10]), 20))
        told("first sightings", timed(lambda: store.sightings("Invoice Date button"), 1))
        told("sightings, a name that there is", timed(lambda: store.sightings("Invoice Date button")))
        told("sightings, a misspelt one", timed(lambda: store.sightings("invioce date")))
        told("sightings, none", timed(lambda: store.sightings("unicorn")))
        told(
            "sightings by meaning, first (the reader loads)",
            timed(lambda: store.sightings("find", alike=alike), 1),
        )
        told("sightings by meaning", timed(lambda: store.sightings("find", alike=alike)))
        told("sightings, for an image", timed(lambda: store.sightings("Invoice Date button", screen)))
        told("screens like an image", timed(lambda: store.screens_like(screen)))
        ends = iter(some[::-1])
        told("delete one", timed(lambda: store.delete(next(ends)), 20))
        size = store.size()
        told("size", timed(store.size))
        print(
            f"{size.runs:,} runs: database {size.database / 1e6:.0f} MB, pictures {size.pictures / 1e6:.1f} MB, "
            f"this process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB"
        )
        keep = Limits(most_runs=store.count() - min(1000, runs // 10))
        told("prune 1,000 (or a tenth)", timed(lambda: store.prune(keep), 1))
        told("put with a limit in force", timed(lambda: store.put(run(runs, random, screens, crops))))
    older(folder)


def over_runs(folder: Path, text: str) -> int:
    """How many runs have a text, without the table beside them."""
    database = sqlite3.connect(folder / "runs.sqlite3")
    database.create_function("folded", 1, str.casefold, deterministic=True)
    having = " OR ".join(f"instr(folded({column}), ?)" for column in ("question", "answer", "image_name"))
    found = database.execute(f"SELECT count(*) FROM runs WHERE {having}", (text,) * 3).fetchone()
    database.close()
    return int(found[0])


def older(folder: Path) -> None:
    """The store as version 1 had it, opened; then asked for what its runs saw."""
    database = sqlite3.connect(folder / "runs.sqlite3", isolation_level=None)
    database.execute("DROP TRIGGER run_is_searched")
    for table in ("seen", "thumbs", "files", "limits", "searched"):
        database.execute(f"DROP TABLE {table}")
    database.execute("PRAGMA user_version = 1")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    start = time.perf_counter()
    with MemoryStore(folder) as store:
        told("open a store of version 1, which is changed", 1000 * (time.perf_counter() - start))
        told("its first list", timed(store.list, 1))
        told("its first sightings, which read every run", timed(lambda: store.sightings("Invoice Date"), 1))
        told("its second", timed(lambda: store.sightings("Invoice Date"), 1))
    print(f"this process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


def told(what: str, milliseconds: float) -> None:
    print(f"{what:60} {milliseconds:10.1f} ms", flush=True)


if __name__ == "__main__":
    main()
