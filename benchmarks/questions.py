"""What the n-th question about one 4K screen costs, with the embedded models (`fused:ocr+nano`, `reader`).

    seal pages --split eval --seed 9 --count 100 --out held
    python benchmarks/questions.py --pages held          # rewrites its section of docs/benchmarks.md

About the first 3840x2160 page behind the 33 that are left to calibration, in shuffled orders, each with empty caches,
by both policies: a hundred questions about things (icons and widgets that are there or not), and a dozen about texts
(whether they are there, what stands next to them). Seconds are CPU seconds, those of the localizer's models and all,
of one thread: several wait for each other, which counts too.
"""

from __future__ import annotations

import argparse
import math
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal import Image, Seal
from seal.agents.contracts import Sighting
from seal.agents.fused import Fused
from seal.agents.looker import Looker, Wrapper
from seal.agents.nano.vocabulary import concepts
from seal.agents.registry import load_localizer
from seal.measure.truth import PageTruth
from seal.memory.geometry import Box
from seal.memory.image import Patch
from seal.memory.working import TextLine

CALIBRATION_PAGES = 33
SHOWN = ((1, 1), (2, 2), (3, 5), (8, 12), (90, 100))
"""Questions, first and last, whose mean is told."""
DOC, BEGIN, END = ROOT / "docs" / "benchmarks.md", "<!-- questions:begin -->", "<!-- questions:end -->"


class Timed(Wrapper):
    """A localizer, and the CPU seconds that were spent in it."""

    def __init__(self, inner: Looker) -> None:
        super().__init__(inner)
        self.seconds = 0.0

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """As the localizer inside."""
        with self._timed():
            return super().locate(patches, phrases)

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """As the localizer inside."""
        with self._timed():
            return super().read(patch, within, known)

    def spell(self, patch: Patch) -> tuple[str, float]:
        """As the localizer inside."""
        with self._timed():
            return super().spell(patch)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        started = time.process_time()
        try:
            yield
        finally:
            self.seconds += time.process_time() - started


def questions(truth: PageTruth, rng: random.Random) -> dict[str, list[str]]:
    """Two lists: a hundred about things, half of them not there, and a dozen about texts."""
    icons = sorted({icon.concept for icon in truth.icons})
    gone = sorted(set(concepts()) - set(icons))
    widgets = sorted({widget.kind for widget in truth.widgets})
    things = [f"Is there a {kind} on the page?" for kind in widgets]
    things += [f"Is there a {name} icon?" for name in rng.sample(icons, min(50 - len(things), len(icons)))]
    things += [f"Is there a {name} icon?" for name in rng.sample(gone, 100 - len(things))]
    lines = sorted({line.text for line in truth.lines if 4 <= len(line.text) <= 24 and '"' not in line.text})
    texts = rng.sample(lines, 12)
    asks = ('Is there a text "{}"?', 'What is the value next to "{}"?')
    return {"things": things, "texts": [asks[k % 2].format(text) for k, text in enumerate(texts)]}


def asked(image: Image, listed: Sequence[str], policy: str) -> list[tuple[float, float]]:
    """(model, all) CPU seconds of each question, with empty caches at the start."""
    from seal.agents import ocr

    ocr.forget()
    parts = [load_localizer(name, threads=1) for name in ("ocr:rapidocr", "nano")]
    timed = Timed(Fused(parts))
    seal, spent = Seal("reader", timed, policy), []
    for question in listed:
        timed.seconds, started = 0.0, time.process_time()
        seal.ask(image, question)
        spent.append((timed.seconds, time.process_time() - started))
    return spent


def main() -> None:
    """Ask, and print the table or write it into the documentation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, required=True, help="folder of `seal pages`")
    parser.add_argument("--orders", type=int, default=1, help="shuffled orders (default 1)")
    parser.add_argument("--print", action="store_true", help="print the section, change no file")
    chosen = parser.parse_args()
    files = sorted(chosen.pages.glob("*.json"))[CALIBRATION_PAGES:]
    truth, file = next((t, f) for f in files if (t := PageTruth.load(f)).size_wh == (3840, 2160))
    image, lists = Image.open(file.with_name(truth.image)), questions(truth, random.Random(0))
    asked(image, [lists["texts"][0], lists["things"][0]], "vstar")  # loads the models
    head = [f"{a} to {b}" if b > a else str(a) for a, b in SHOWN]
    lines = [f"| about | policy | seconds | {' | '.join(head)} | 10th of first |"]
    lines.append("|---|---|---|" + "---:|" * (len(head) + 1))
    for (about, listed), policy in product(lists.items(), ("vstar", "ideal")):
        shuffled = (random.Random(seed).sample(listed, len(listed)) for seed in range(chosen.orders))
        runs = [asked(image, order, policy) for order in shuffled]
        for part, name in enumerate(("model", "all")):
            spent = [[s[part] for run in runs for s in run[a - 1 : b]] for a, b in SHOWN]
            means = [statistics.mean(some) if some else math.nan for some in spent]
            cells = " | ".join("-" if math.isnan(mean) else f"{mean:.2f}" for mean in means)
            lines.append(f"| {about} | {policy} | {name} | {cells} | {means[3] / means[0]:.0%} |")
            print(lines[-1], file=sys.stderr)
    section = f"{file.stem}, 3840x2160, {chosen.orders} orders.\n\n" + "\n".join(lines)
    if chosen.print:
        sys.stdout.write(section + "\n")
        return
    text = DOC.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    DOC.write_text(f"{before}{BEGIN}\n\n{section}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
