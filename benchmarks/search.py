"""Looks, found rate and wrong boxes of every policy on the oracle of the recorded V* runs.

    python benchmarks/search.py                 # rewrites its section of docs/benchmarks.md and its pictures
    python benchmarks/search.py --seeds 10 --print
    python benchmarks/search.py --seeds 40 --shifted   # prints `ideal` with likelihoods that do not fit, and `vstar`

The oracle's likelihoods for `ideal` are fitted to other seeds than those that are measured. A target counts as found
when a box of it overlaps a true one with IoU >= 0.5; every policy accepts at the same scores (over 0.5 at once, from
0.3 on at the end). Intervals are 95 % percentile bootstraps over cases.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from oracle_cases import KINDS, ROOT, Oracle, calibrate, draw, image_of, recorded, shifted

from seal.agents.contracts import Target
from seal.memory.geometry import Box
from seal.memory.image import open_document
from seal.search.calibration import Calibration
from seal.search.loop import search
from seal.search.policies import Ideal, get_policy
from seal.search.policy import Policy
from seal.settings import Budget, SearchSettings

POLICIES = ("vstar", "ideal", "breadth-first", "depth-first", "random", "slices", "whole")
PRESENT = tuple(kind for kind in KINDS if kind != "absent")
CALIBRATION_SEEDS = range(10_000, 10_060)
FLOOR = 0.25
DOC, BEGIN, END = ROOT / "docs" / "benchmarks.md", "<!-- search:begin -->", "<!-- search:end -->"
Case = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One policy on one image. targets, found, wrong: counts. at: looks until each target was found, None: never."""

    looks: int
    targets: int
    found: int
    wrong: int
    at: tuple[int | None, ...]


@dataclass(frozen=True)
class Setting:
    """One oracle: scores from which boxes are reported, leaf rule, likelihoods."""

    name: str
    floor: float
    search: SearchSettings
    likelihoods: Calibration

    def run(self, cases: Sequence[Case], policy: str) -> Run:
        chosen: Policy = Ideal(calibration=self.likelihoods) if policy == "ideal" else get_policy(policy)
        oracle = Oracle(cases, floor=self.floor)
        outcome = search(
            open_document(image_of(cases[0])),
            [Target(case["name"]) for case in cases],
            oracle,
            policy=chosen,
            settings=self.search,
            budget=Budget(looks=None, seconds=None),
            where=oracle,  # type: ignore[arg-type]
        )
        at: list[int | None] = []
        wrong = 0
        for case, target in zip(cases, outcome.targets, strict=True):
            hit = None
            if target.instances:
                box = target.instances[0].box
                hit = any(Box(*true).iou(box) >= 0.5 for true in case["oracle"]["targets"])
                wrong += not hit
            at.append(target.looks if hit else None)
        return Run(len(outcome.steps), len(cases), sum(a is not None for a in at), wrong, tuple(at))


def interval(runs: Sequence[Run], of: Callable[[np.ndarray], float]) -> tuple[float, float, float]:
    """A figure of columns (looks, targets, found, wrong), and its 95 % bootstrap interval."""
    table = np.array([(r.looks, r.targets, r.found, r.wrong) for r in runs], float)
    draws = np.random.default_rng(0).integers(0, len(table), (1000, len(table)))
    low, high = np.percentile([of(table[d]) for d in draws], [2.5, 97.5])
    return of(table), float(low), float(high)


def per_found(table: np.ndarray) -> float:
    return float(table[:, 0].sum() / max(1.0, table[:, 2].sum()))


def found_rate(table: np.ndarray) -> float:
    return float(table[:, 2].sum() / table[:, 1].sum())


def told(figure: tuple[float, float, float], digits: int) -> str:
    return "{:.{d}f} ({:.{d}f}-{:.{d}f})".format(*figure, d=digits)


def row(name: str, policy: str, runs: Sequence[Run]) -> str:
    looks = told(interval(runs, per_found), 1) if any(r.found for r in runs) else "-"
    found = told(interval(runs, found_rate), 2) if name != "absent" else "-"
    mean = told(interval(runs, lambda t: float(t[:, 0].mean())), 1)
    wrong = f"{sum(r.wrong for r in runs)}/{sum(r.targets for r in runs)}"
    return f"| {name} | {policy} | {mean} | {looks} | {found} | {wrong} |"


HEAD = "| cases | policy | looks an image | looks a found target | found | wrong |\n|---|---|---:|---:|---:|---:|"


def ratio(ours: Sequence[Run], theirs: Sequence[Run]) -> str:
    """Looks per found target of one over those of another, paired by case."""
    a, b = (np.array([(r.looks, r.found) for r in runs], float) for runs in (ours, theirs))
    draws = np.random.default_rng(0).integers(0, len(a), (1000, len(a)))

    def of(d: Any) -> float:
        return float(a[d, 0].sum() / max(1, a[d, 1].sum()) / (b[d, 0].sum() / max(1, b[d, 1].sum())))

    low, high = np.percentile([of(d) for d in draws], [2.5, 97.5])
    return told((of(slice(None)), float(low), float(high)), 2)


def groups(seeds: int) -> dict[str, list[list[Case]]]:
    """Named lists of images, each a list of cases on one image."""
    fresh = {kind: [[draw(kind, s)] for s in range(seeds)] for kind in KINDS}
    listed = {"recorded": [[case] for case in recorded() if not case["expected"]["error"]]}
    listed["all present"] = [case for kind in PRESENT for case in fresh[kind]]
    return {**listed, **fresh}


def together(seeds: int, count: int) -> list[list[Case]]:
    """Images with several targets: deep ones, every other among distractors."""
    sizes = ((1920, 1080), (3840, 2160), (7680, 4320))
    return [
        [
            {
                **draw(("deep", "deep, distracted")[k % 2], 100 * s + k, size_wh=sizes[s % 3]),
                "name": f"thing {k}",
            }
            for k in range(count)
        ]
        for s in range(seeds)
    ]


def misfit(setting: Setting, seeds: int) -> str:
    """`vstar`, and `ideal` with the likelihoods of the fitted oracle, on fitted and on shifted cases."""
    rows = []
    for world, of in (("fitted", lambda case, _: case), ("shifted", shifted)):
        for kind in ("deep", "deep, distracted", "weak cue", "never sure", "absent"):
            images = [[of(draw(kind, 1000 + s), s)] for s in range(seeds)]
            name = f"{world}, {kind}" if kind != "absent" else kind
            rows += [
                row(name, p, [setting.run(cases, p) for cases in images]).replace(
                    "| absent |", f"| {world}, absent |"
                )
                for p in ("vstar", "ideal")
            ]
    return f"### Oracle: {setting.name}\n\n{HEAD}\n" + "\n".join(rows)


def main() -> None:
    """Run all, print the tables or write them into the documentation."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=24, help="fresh cases of each kind (default 24)")
    parser.add_argument("--print", action="store_true", help="print the section, change no file")
    parser.add_argument("--shifted", action="store_true", help="on an oracle that the likelihoods do not fit")
    arguments = parser.parse_args()
    published = SearchSettings.published()
    ours = SearchSettings(target_px=48, directions=False, overlap=0.0)
    settings = [
        Setting("every box is reported, as recorded", 0.0, published, calibrate(0.0, CALIBRATION_SEEDS)),
        Setting(f"boxes under {FLOOR} are kept back", FLOOR, published, calibrate(FLOOR, CALIBRATION_SEEDS)),
    ]
    if arguments.shifted:
        sys.stdout.write("\n\n".join(misfit(setting, arguments.seeds) for setting in settings) + "\n")
        return
    own_leaf = Setting("own leaf rule", FLOOR, ours, calibrate(FLOOR, CALIBRATION_SEEDS, leaf=768))
    listed = groups(arguments.seeds)
    parts, curves = [], {}
    for setting in settings:
        runs = {
            name: {p: [setting.run(cases, p) for cases in images] for p in POLICIES}
            for name, images in listed.items()
            if name != "all present"
        }
        runs["all present"] = {p: [r for kind in PRESENT for r in runs[kind][p]] for p in POLICIES}
        curves[setting.name] = runs["all present"]
        rows = [
            row(name, p, runs[name][p]) for name in ("recorded", "all present", "absent") for p in POLICIES
        ]
        rows += [row(kind, p, runs[kind][p]) for kind in PRESENT for p in ("vstar", "ideal")]
        gain = ", ".join(
            f"{name} {ratio(runs[name]['ideal'], runs[name]['vstar'])}"
            for name in ("recorded", "all present")
        )
        gain = f"Looks a found target, `ideal` over `vstar`: {gain}."
        parts.append(f"### Oracle: {setting.name}\n\n{gain}\n\n{HEAD}\n" + "\n".join(rows))
    setting = settings[1]
    rows, curve = [], {}
    for count in (1, 2, 4):
        images = together(arguments.seeds, count)
        curve[count] = {p: [setting.run(cases, p) for cases in images] for p in ("vstar", "ideal")}
        rows += [row(f"{count} on an image", p, r) for p, r in curve[count].items()]
    parts.append(
        f"### Several targets on one image (boxes under {FLOOR} kept back)\n\n{HEAD}\n" + "\n".join(rows)
    )
    rows = []
    for size in ((3840, 2160), (7680, 4320)):
        for kind in ("deep", "deep, distracted", "absent"):
            images = [
                [draw(kind, 500 + s, leaf=768, size_wh=size)] for s in range(max(4, arguments.seeds // 4))
            ]
            name = "{}x{}, {}".format(*size, kind)
            rows += [
                row(name if kind != "absent" else "absent", p, [own_leaf.run(cases, p) for cases in images])
                for p in ("vstar", "ideal", "slices")
            ]
    parts.append(
        "### Own leaf rule: things of 54 to 84 px seen at native resolution, whatever the image's size\n\n"
        f"{HEAD}\n" + "\n".join(rows)
    )
    section = "\n\n".join(parts)
    if arguments.print:
        sys.stdout.write(section + "\n")
        return
    plots(curves)
    text = DOC.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    DOC.write_text(f"{before}{BEGIN}\n\n{section}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def plots(curves: dict[str, dict[str, list[Run]]]) -> None:
    """Share of targets found against looks, one panel a setting, into docs/search_curve.png."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, len(curves), figsize=(10, 3.6), sharey=True)
    for panel, (name, runs) in zip(panels, curves.items(), strict=True):
        for policy, listed in runs.items():
            at = np.array([np.inf if a is None else a for r in listed for a in r.at])
            looks = np.arange(1, 41)
            style = (
                {"linewidth": 2.5} if policy in ("vstar", "ideal") else {"linewidth": 1, "linestyle": "--"}
            )
            panel.plot(looks, [(at <= n).mean() for n in looks], label=policy, **style)
        panel.set(xscale="log", xlabel="looks", title=name, ylim=(0, 1.02))
        panel.title.set_fontsize(10)
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("share of targets found for good")
    panels[-1].legend(fontsize=8, loc="lower right")
    figure.tight_layout()
    figure.savefig(ROOT / "docs" / "search_curve.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
