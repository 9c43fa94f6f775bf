"""Screens with truth, questions about them, and the nano localizer that looks at each view once (`search_nano.py`)."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import PIL.Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal.agents.contracts import Sighting
from seal.agents.looker import Looker, Wrapper
from seal.agents.registry import load_localizer
from seal.measure.calibrating import Things, things_on
from seal.measure.truth import PageTruth
from seal.memory.image import Image, Patch

__all__ = ["CALIBRATION_PAGES", "ROOT", "Eyes", "Question", "Screen", "kind_of", "questions", "screens"]

CALIBRATION_PAGES = 33
"""Pages of a folder, the first, that are left to calibration."""
LARGE = 2500
"""Pixels of the longer side from which a page is taken."""
ICONS_A_PAGE = 8
"""Icons that are there, and that are not, asked for on a page."""


@dataclass(frozen=True)
class Screen:
    """A page and what stands on it: phrase -> boxes."""

    name: str
    image: Image
    things: Things


@dataclass(frozen=True)
class Question:
    """A phrase that is looked for on a screen."""

    screen: int
    phrase: str
    there: bool


class Eyes(Wrapper):
    """The nano localizer, which takes every look once for all phrases of a screen and notes what it cost.

    side: of the input; None: its own. cost: seconds of a look; None: CPU seconds as measured.
    """

    def __init__(self, side: int | None = None, cost: float | None = None) -> None:
        super().__init__(load_localizer("nano"))
        self.name = "nano" if side is None else f"nano-{side}"
        able = self.inner.capabilities
        self.capabilities = able if side is None else replace(able, input_side=side)
        self.inner.capabilities = self.capabilities
        self.cost = cost
        self.phrases: list[str] = []
        self.kept: dict[str, dict[str, Sighting]] = {}
        self.seconds: dict[str, float] = {}

    def kind(self, phrase: str) -> str:
        """What the questions call the phrase."""
        return kind_of(phrase)

    def show(self, phrases: Sequence[str]) -> None:
        """Forget the last screen; `phrases` are what will be asked for on the next one."""
        self.phrases = list(phrases)
        self.kept, self.seconds = {}, {}

    def plain(self) -> Eyes:
        """Itself, keeping no looks."""
        self.locate = self.inner.locate  # type: ignore[method-assign]
        return self

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """As nano, kept."""
        for patch in patches:
            if patch.key not in self.kept:
                started = time.process_time()
                self.inner.locate([patch], list(phrases)[:1])
                self.seconds[patch.key] = self.cost or time.process_time() - started
                row = self.inner.locate([patch], self.phrases)[0]
                self.kept[patch.key] = dict(zip(self.phrases, row, strict=True))
        return [[self.kept[patch.key][phrase] for phrase in phrases] for patch in patches]


def screens(folders: Sequence[Path], count: int, localizer: Looker) -> list[Screen]:
    """`count` large pages, of all folders in turn, and one of 7680x4320 pasted of the next four of 3840x2160."""
    turns = zip_longest(*(sorted(folder.glob("*.json"))[CALIBRATION_PAGES:] for folder in folders))
    files = [file for turn in turns for file in turn if file is not None]
    truths = [(file, truth) for file in files if max((truth := PageTruth.load(file)).size_wh) >= LARGE]
    taken = truths[:count]
    listed = [
        Screen(truth.name, Image.open(file.with_name(truth.image)), things_on(truth, localizer))
        for file, truth in taken
    ]
    full = [entry for entry in truths if entry[1].size_wh == (3840, 2160)]
    return [*listed, *([pasted(full[-4:], localizer)] if len(full) >= 4 else [])]


def pasted(four: Sequence[tuple[Path, PageTruth]], localizer: Looker) -> Screen:
    """Four pages of 3840x2160 as one, their truths moved along."""
    canvas, things = PIL.Image.new("RGB", (7680, 4320)), {}
    for k, (file, truth) in enumerate(four):
        corner = 3840 * (k % 2), 2160 * (k // 2)
        with PIL.Image.open(file.with_name(truth.image)) as picture:
            canvas.paste(picture.convert("RGB"), corner)
        for phrase, boxes in things_on(truth, localizer).items():
            things.setdefault(phrase, []).extend(box.shifted(*corner) for box in boxes)
    return Screen("7680x4320", Image.open(canvas), things)


def kind_of(phrase: str) -> str:
    return "icon" if phrase.endswith(" icon") else phrase


def questions(pages: Sequence[Screen], seed: int = 0) -> list[Question]:
    """Of each kind as many that are there as that are not: icons a few a page, widgets and regions all that go."""
    rng = random.Random(seed)
    every = sorted({phrase for page in pages for phrase in page.things})
    icons = [phrase for phrase in every if kind_of(phrase) == "icon"]
    listed = []
    for number, page in enumerate(pages):
        there = [phrase for phrase in icons if phrase in page.things]
        gone = [phrase for phrase in icons if phrase not in page.things]
        n = min(ICONS_A_PAGE, len(there), len(gone))
        listed += [Question(number, phrase, True) for phrase in rng.sample(there, n)]
        listed += [Question(number, phrase, False) for phrase in rng.sample(gone, n)]
    for phrase in (phrase for phrase in every if kind_of(phrase) != "icon"):
        there = [k for k, page in enumerate(pages) if phrase in page.things]
        gone = [k for k, page in enumerate(pages) if phrase not in page.things]
        n = min(len(there), len(gone))
        listed += [Question(k, phrase, True) for k in rng.sample(there, n)]
        listed += [Question(k, phrase, False) for k in rng.sample(gone, n)]
    return sorted(listed, key=lambda q: q.screen)
