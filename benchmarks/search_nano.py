"""Looks, model seconds, found rate and certain absence of every policy on the nano localizer and generated pages.

    seal pages --split eval --seed 9 --count 100 --out held
    python benchmarks/search_nano.py --pages held          # rewrites its section of docs/benchmarks.md and its pictures

--pages may be given more than once. The first 33 pages of each folder are left to calibration (of the first folder's
the likelihoods of the second setting are fitted); of the others those of 2500 px and more are taken, in order, and
of four 3840x2160 pages one of 7680x4320 is pasted.

What is asked for: icons by concept, widgets and regions by kind, of each kind as many that a page holds as that it
does not hold. A target counts as found when its box overlaps one of the page's with IoU >= 0.5. Two settings, one leaf
rule (things from 16 px) and the localizer's thresholds for all policies, no second looks:

- nano at its own cost: views of 1536 px, CPU seconds as measured at the first look at each view;
- the same eyes at a 7B model's cost: views of 768 px, the input of SEAL's localizer, one second a look.

Every look is taken once and counted for every search that takes it. Intervals are 95 % bootstraps over pages.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent))
from nano_cases import CALIBRATION_PAGES, ROOT, Eyes, Question, Screen, kind_of, questions, screens

from seal.agents.contracts import Target
from seal.measure.calibrating import measure
from seal.measure.truth import REGIONS, WIDGETS
from seal.memory.geometry import Box
from seal.memory.image import open_document
from seal.search.calibration import Calibration, calibration_of
from seal.search.loop import search
from seal.search.outcome import SearchOutcome, TargetOutcome
from seal.search.policies import Ideal, get_policy
from seal.search.policy import Policy
from seal.settings import Budget, SearchSettings

POLICIES = ("vstar", "ideal", "breadth-first", "depth-first", "random", "slices", "whole")
BOTH = ("vstar", "ideal")
SETTINGS: tuple[tuple[str, int | None, float | None], ...] = (
    ("nano: views of 1536 px, at its own cost", None, None),
    ("nano as a 7B model: views of 768 px, one second each", 768, 1.0),
)
TOGETHER = (1, 2, 3, 4)
SETS = 4
"""Draws of icons to be looked for together, a page."""
DOC, BEGIN, END = ROOT / "docs" / "benchmarks.md", "<!-- search-nano:begin -->", "<!-- search-nano:end -->"


@dataclass(frozen=True)
class Run:
    """One policy's search. right: after each look, whether the best box so far from `confidence_low` on (without
    one: that it is absent) is right, of the first target. absent: the probability that it ended with, where it has one.
    """

    screen: int
    looks: int
    seconds: float
    targets: int
    found: int
    wrong: int
    right: tuple[bool, ...]
    absent: float | None


def run(page: Screen, number: int, phrases: Sequence[str], eyes: Eyes, policy: Policy) -> Run:
    """One search, and what became of it."""
    outcome = search(
        open_document(page.image),
        [Target(phrase) for phrase in phrases],
        eyes,
        policy=policy,
        settings=SearchSettings(),
        budget=Budget(looks=None, seconds=None),
    )
    seconds = [eyes.seconds[page.image.patch(step.view).key] for step in outcome.steps]
    hits = [_hit(target, page.things.get(target.target.phrase, [])) for target in outcome.targets]
    return Run(
        number,
        len(outcome.steps),
        sum(seconds),
        len(phrases),
        sum(hit is True for hit in hits),
        sum(hit is False for hit in hits),
        tuple(_anytime(outcome, page, eyes)),
        outcome.targets[0].absent_probability,
    )


def _hit(target: TargetOutcome, true: Sequence[Box]) -> bool | None:
    if not target.instances:
        return None
    return any(target.instances[0].box.iou(box) >= 0.5 for box in true)


def _anytime(outcome: SearchOutcome, page: Screen, eyes: Eyes) -> Iterator[bool]:
    phrase, best = outcome.targets[0].target.phrase, eyes.capabilities.confidence_low
    right = phrase not in page.things
    for step in outcome.steps:
        for seen in (o for o in step.observations if o.phrase == phrase):
            if seen.scores and seen.scores[0] >= best:
                best = seen.scores[0]
                right = any(seen.boxes[0].iou(box) >= 0.5 for box in page.things.get(phrase, []))
        yield right


# --- one setting ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """All runs of one setting: of single questions by policy, in one order; of several targets by policy and count."""

    asked: list[Question]
    single: dict[str, list[Run]]
    several: dict[tuple[str, int], list[Run]]


def measured(pages: Sequence[Screen], eyes: Eyes, likelihoods: Calibration) -> Measured:
    policies: dict[str, Policy] = {p: get_policy(p) for p in POLICIES}
    policies["ideal"] = Ideal(calibration=likelihoods)
    asked, rng = questions(pages), random.Random(1)
    single: dict[str, list[Run]] = {p: [] for p in POLICIES}
    several: dict[tuple[str, int], list[Run]] = {(p, n): [] for p in BOTH for n in TOGETHER}
    for number, page in enumerate(pages):
        mine = [q.phrase for q in asked if q.screen == number]
        icons = sorted(p for p in page.things if kind_of(p) == "icon")
        sets = [rng.sample(icons, max(TOGETHER)) for _ in range(SETS) if len(icons) >= max(TOGETHER)]
        eyes.show(sorted({*mine, *(phrase for drawn in sets for phrase in drawn)}))
        for name, policy in policies.items():
            single[name] += [run(page, number, [phrase], eyes, policy) for phrase in mine]
        for name, count in several:
            several[name, count] += [run(page, number, d[:count], eyes, policies[name]) for d in sets]
        print(f"{eyes.name}: {page.name}, {len(mine)} questions, {len(eyes.kept)} views", file=sys.stderr)
    return Measured(asked, single, several)


# --- figures ----------------------------------------------------------------------------------------------

Figure = Callable[[np.ndarray], float]


def interval(runs: Sequence[Sequence[Run]], of: Figure) -> str:
    """A figure of the sums of (looks, seconds, targets, found, wrong, searches) of each list of runs, side by side, and
    its 95 % bootstrap interval over screens."""
    screens_ = sorted({r.screen for r in runs[0]})
    sums = np.array([[_sums(r for r in listed if r.screen == k) for listed in runs] for k in screens_])
    draws = np.random.default_rng(0).integers(0, len(sums), (1000, len(sums)))
    low, high = np.percentile([of(sums[d].sum(0)) for d in draws], [2.5, 97.5])
    value = of(sums.sum(0))
    return f"{value:.2f} ({low:.2f}-{high:.2f})" if value < 9.95 else f"{value:.1f} ({low:.1f}-{high:.1f})"


def _sums(runs: Iterable[Run]) -> np.ndarray:
    rows = [(r.looks, r.seconds, r.targets, r.found, r.wrong, 1) for r in runs]
    return np.array(rows, float).reshape(-1, 6).sum(0)


def per_found(column: int) -> Figure:
    return lambda t: float(t[0, column] / max(1.0, t[0, 3]))


def over(column: int) -> Figure:
    """Per found target, of the first list over that of the second."""
    return lambda t: float(t[0, column] / max(1.0, t[0, 3]) / (t[1, column] / max(1.0, t[1, 3])))


HEAD = (
    "| asked for | policy | looks a found target | seconds a found target | found | wrong | looks if absent | wrong |\n"
    "|---|---|---:|---:|---:|---:|---:|---:|"
)


def rows(told: Measured, name: str, chosen: Callable[[Question], bool], policies: Sequence[str]) -> list[str]:
    lines = []
    for policy in policies:
        pairs = [(q, r) for q, r in zip(told.asked, told.single[policy], strict=True) if chosen(q)]
        there, gone = ([r for q, r in pairs if q.there is present] for present in (True, False))
        if not any(r.found for r in there) or not gone:
            continue
        cells = [
            interval([there], per_found(0)),
            interval([there], per_found(1)),
            interval([there], lambda t: float(t[0, 3] / t[0, 2])),
            f"{sum(r.wrong for r in there)}/{len(there)}",
            interval([gone], lambda t: float(t[0, 0] / t[0, 5])),
            f"{sum(r.wrong for r in gone)}/{len(gone)}",
        ]
        lines.append(f"| {name} | {policy} | {' | '.join(cells)} |")
    return lines


def section(title: str, told: Measured, pages: Sequence[Screen]) -> str:
    there = {p: [r for q, r in zip(told.asked, told.single[p], strict=True) if q.there] for p in BOTH}
    pair = [there["ideal"], there["vstar"]]
    groups: list[tuple[str, Callable[[Question], bool], Sequence[str]]] = [
        ("all", lambda q: True, POLICIES),
        ("icons", lambda q: kind_of(q.phrase) == "icon", BOTH),
        ("widgets", lambda q: q.phrase in WIDGETS, BOTH),
        ("regions", lambda q: q.phrase in REGIONS, BOTH),
        ("all, 3840x2160", lambda q: pages[q.screen].image.size_wh == (3840, 2160), BOTH),
        ("all, 7680x4320", lambda q: pages[q.screen].image.size_wh == (7680, 4320), BOTH),
    ]
    lines = [line for group in groups for line in rows(told, *group)]
    several = [
        f"| {n} | {policy} | {interval([told.several[policy, n]], lambda t: float(t[0, 0] / t[0, 5]))} | "
        f"{interval([told.several[policy, n], told.several[policy, 1]], lambda t: float(t[0, 0] / t[1, 0]))} | "
        f"{interval([told.several[policy, n]], per_found(0))} | "
        f"{interval([told.several[policy, n]], lambda t: float(t[0, 3] / t[0, 2]))} |"
        for n in TOGETHER
        for policy in BOTH
    ]
    error, count = calibration_error(told)
    return "\n\n".join(
        (
            f"### {title}",
            f"A found target costs `ideal` {interval(pair, over(0))} of the looks of `vstar` and "
            f"{interval(pair, over(1))} of its seconds (paired). Expected calibration error of the probability of "
            f"absence, {count} questions, ten bins: {error:.3f}.",
            HEAD + "\n" + "\n".join(lines),
            "Several icons at once:\n\n"
            "| targets | policy | looks | over those of one | looks a found target | found |\n"
            "|---:|---|---:|---:|---:|---:|\n" + "\n".join(several),
        )
    )


def bins(told: Measured) -> list[tuple[int, float, float]]:
    """Questions, mean probability of absence, share that was absent, of tenths."""
    pairs = zip(told.asked, told.single["ideal"], strict=True)
    known = np.array([(r.absent, not q.there) for q, r in pairs if r.absent is not None], float)
    index = np.minimum((known[:, 0] * 10).astype(int), 9)
    return [
        (int((index == b).sum()), *known[index == b].mean(0).tolist())
        for b in range(10)
        if (index == b).any()
    ]


def calibration_error(told: Measured) -> tuple[float, int]:
    """Expected calibration error of the probability of absence (Naeini et al. 2015), and the number of questions."""
    listed = bins(told)
    count = sum(n for n, _, _ in listed)
    return sum(n * abs(p - true) for n, p, true in listed) / count, count


def plots(told: dict[str, Measured]) -> None:
    """Right answers against looks, and the reliability of the probability of absence, into docs/."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(told), figsize=(10, 3.6), sharey=True)
    looks = np.unique(np.round(np.geomspace(1, 100, 40)).astype(int))
    for panel, (name, each) in zip(panels, told.items(), strict=True):
        for policy, runs in each.single.items():
            shares = [np.mean([r.right[min(n, r.looks) - 1] for r in runs]) for n in looks]
            style = {"linewidth": 2.5} if policy in BOTH else {"linewidth": 1, "linestyle": "--"}
            panel.plot(looks, shares, label=policy, **style)
        panel.set(xscale="log", xlabel="looks", title=name)
        panel.title.set_fontsize(10)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("questions answered right")
    panels[-1].legend(fontsize=8, loc="lower right")
    _save(figure, "search_nano_curve.png")
    figure, panel = plt.subplots(figsize=(4.6, 4.8))
    panel.plot([0, 1], [0, 1], color="grey", linewidth=1)
    for name, each in told.items():
        listed = bins(each)
        line = panel.plot([p for _, p, _ in listed], [true for *_, true in listed], marker="", label=name)
        sizes = [4 + 2 * n for n, *_ in listed]
        panel.scatter([p for _, p, _ in listed], [t for *_, t in listed], s=sizes, color=line[0].get_color())
    panel.set(
        xlabel="probability of absence told",
        ylabel="share that was absent",
        xlim=(-0.03, 1.03),
        ylim=(-0.03, 1.03),
    )
    panel.grid(alpha=0.3)
    panel.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.15))
    _save(figure, "absence_nano.png")


def _save(figure: Any, name: str) -> None:
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / name, dpi=110, metadata={"Software": None})


def main() -> None:
    """Measure, print the section or write it and the pictures into the documentation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, action="append", required=True, help="folder of `seal pages`")
    parser.add_argument("--count", type=int, default=12, help="pages, one of 7680x4320 besides (default 12)")
    parser.add_argument("--print", action="store_true", help="print the section, change no file")
    chosen = parser.parse_args()
    torch.set_num_threads(1)  # CPU seconds of a look do not depend on how many cores there are
    told, parts = {}, []
    for title, side, cost in SETTINGS:
        eyes = Eyes(side, cost)
        likelihoods = calibration_of(eyes)
        if not likelihoods.measured:
            likelihoods = measure(Eyes(side).plain(), chosen.pages[0], limit=CALIBRATION_PAGES)
        pages = screens(chosen.pages, chosen.count, eyes)
        told[title] = measured(pages, eyes, likelihoods)
        parts.append(section(title, told[title], pages))
    if chosen.print:
        sys.stdout.write("\n\n".join(parts) + "\n")
        return
    plots(told)
    text = DOC.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    DOC.write_text(
        f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{rest.partition(END)[2]}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
