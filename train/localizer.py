"""`seal train localizer`: from generated pages to the weights, the measures and the pictures of the nano localizer.

The namer is trained first, on icon crops, then the finder, on tiles, then the sorter, on what the finder finds; or some
of them, further than in an earlier training.
Calibration is fitted on every third of the pages for evaluation, everything reported is measured on the rest and on
pages of icon sets that were never trained on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import nn

from ..agents.nano.network import GROUPS, KINDS, Finder, Namer, Sorter
from ..agents.nano.weights import Model, load_weights, save_weights
from ..memory.errors import InputError
from .concepts import table as concept_table
from .crops import make_pool
from .finder import finder_job
from .loop import Plan, Progress, fit, plot
from .measure import Found, Outcome, Row, fit_platt, judge, reliability, scan, table
from .namer import namer_job
from .start import load_start
from .tiles import Array, Truth, keep_pages, load_page, page_files
from .widgets import MOST_PAGES, make_widget_pool, sorter_job

__all__ = ["Report", "evaluate", "markdown", "train"]

_GROUP_NAMES = ("icon", "widget", "region")
_PRECISE = 0.9


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured. rows: "seen" and "unseen" icon sets -> rows of `measure.table`; error: expected calibration
    error of "icon", "widget" and "region"; threshold: calibrated scores from which a box counts, by group."""

    rows: dict[str, list[Row]]
    error: dict[str, float]
    threshold: tuple[float, float, float]


def train(
    pages: Sequence[Path],
    out: Path,
    plans: Mapping[str, Plan],
    *,
    size: int = 1,
    start: Path | None = None,
    on_stage: Callable[[str, int], None] | None = None,
    on_step: Callable[[Progress], None] | None = None,
    on_page: Callable[[], None] | None = None,
) -> Path:
    """Train networks, resuming where `out` stands; the file of weights of all three, not yet calibrated.

    pages: folders. plans: of "namer", "finder" and "sorter", or of some of them, in this order; the others stay as they
    are in `out` or `start`. size: multiplies all batches. start: weights to begin with, as `load_start` takes them.
    Raises InputError when there are no pages, `out` holds a training with another plan, or weights are missing.
    """
    files = page_files(*pages)
    if any(plan.workers for plan in plans.values()):
        keep_pages(files)

    def stage(name: str, total: int) -> None:
        if on_stage:
            on_stage(name, total)

    def begun(part: str) -> Path | None:
        return start if part in plans or not (out / part).is_dir() else out

    concepts = tuple(sorted(concept_table().concepts))
    networks: dict[str, nn.Module] = {}
    if "namer" in plans:
        stage("cutting icons", len(files))
        pool = make_pool(files, out / "pool", on_page)
        stage("namer", plans["namer"].steps)
        named = namer_job(pool, plans["namer"].seed, 256 * size, start)
        fit(named, plans["namer"], out / "namer", on_step=on_step)
        networks["namer"] = named.network
    if "finder" in plans:
        stage("finder", plans["finder"].steps)
        found = finder_job(files, plans["finder"].seed, start, size)
        fit(found, plans["finder"], out / "finder", on_step=on_step)
        networks["finder"] = found.network
    for part, network in (("namer", Namer(len(concepts))), ("finder", Finder()), ("sorter", Sorter())):
        if part not in plans:
            if (place := begun(part)) is None:
                raise InputError(f"There are no weights of the {part}: train it too, or start from some.")
            load_start(network, part, place)
            networks[part] = network
    if "sorter" in plans:
        stage("cutting widgets", min(len(files), MOST_PAGES))
        finder = networks["finder"].to(plans["sorter"].device).eval()
        widgets = make_widget_pool(files, finder, out / "widgets", on_page)
        stage("sorter", plans["sorter"].steps)
        sorted_ = sorter_job(widgets, plans["sorter"].seed, 192 * size, start)
        fit(sorted_, plans["sorter"], out / "sorter", on_step=on_step)
        networks["sorter"] = sorted_.network
    weights = out / "localizer.safetensors"
    trained = [networks[part].cpu().state_dict() for part in ("finder", "namer", "sorter")]
    save_weights(weights, trained[0], trained[1], trained[2], concepts, {})
    with suppress(ImportError):  # the pictures are an extra
        for part in plans:
            plot(out / part, out / f"{part}.png")
    return weights


def evaluate(
    weights: Path,
    out: Path,
    seen: Sequence[Path],
    unseen: Path | None,
    on_page: Callable[[], None] | None = None,
    device: str = "cpu",
) -> Report:
    """Calibrate the weights in place on every third page of `seen` (folders), and measure on the rest and on `unseen`.

    Writes metrics.json, metrics.md and reliability.png into `out`. Raises InputError for fewer than three pages.
    """
    model = load_weights(weights, device)
    files = page_files(*seen)
    if len(files) < 3:
        raise InputError(
            f"{seen[0]} holds {len(files)} pages; calibration and measurement need three and more."
        )
    sights = _scanned(files[::3], model, on_page)
    fitted = _judged(sights, model)
    calibration = {kind: fit_platt(*_scored(fitted, index)) for index, kind in enumerate(KINDS)}
    calibration["any icon"] = fit_platt(*_scored(_judged([(_unnamed(f), t) for f, t in sights], model), 0))
    threshold = _thresholds([_calibrated(outcome, calibration) for outcome in fitted])
    _store(weights, model, calibration)
    judged = {"seen": _judged(_scanned([f for n, f in enumerate(files) if n % 3], model, on_page), model)}
    if unseen is not None:
        judged["unseen"] = _judged(_scanned(page_files(unseen), model, on_page), model)
    judged = {name: [_calibrated(outcome, calibration) for outcome in done] for name, done in judged.items()}
    curves = {name: reliability(*_of_group(judged["seen"], group)) for group, name in enumerate(_GROUP_NAMES)}
    report = Report(
        {name: table(done, threshold) for name, done in judged.items()},
        {name: curve[3] for name, curve in curves.items()},
        threshold,
    )
    content = {
        "rows": report.rows,
        "calibration_error": report.error,
        "threshold": threshold,
        "calibration": calibration,
    }
    (out / "metrics.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (out / "metrics.md").write_text(markdown(report), "utf-8")
    _draw(curves, out / "reliability.png")
    return report


def markdown(report: Report) -> str:
    """The measures as one Markdown table; "located" counts an icon as found whatever it was called."""
    names = list(report.rows)
    head = " | ".join(f"{n}: n | recall | located | precision" for n in names)
    lines = [f"| IoU >= 0.5 | {head} |", "|---|" + "---:|---:|---:|---:|" * len(names)]
    for parts in zip(*report.rows.values(), strict=True):
        cells = [
            f"{p['number']} | {_share(p['recall'])} | {_share(p['located'])} | {_share(p['precision'])}"
            for p in parts
        ]
        lines.append(f"| {parts[0]['what']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _share(value: float) -> str:
    return "-" if value != value else f"{value:.3f}"


def _scanned(
    files: Sequence[Path], model: Model, on_page: Callable[[], None] | None
) -> list[tuple[Found, Truth]]:
    done = []
    for file in files:
        page = load_page(file)
        done.append((scan(page, model), page.truth))
        if on_page:
            on_page()
    return done


def _judged(sights: Sequence[tuple[Found, Truth]], model: Model) -> list[Outcome]:
    return [judge(found, truth, model.concepts) for found, truth in sights]


def _unnamed(found: Found) -> Found:
    """The same boxes, of icons only that they are icons."""
    return replace(found, concepts=np.full_like(found.concepts, -1), shares=np.ones_like(found.shares))


def _scored(outcomes: Sequence[Outcome], index: int) -> tuple[Array, Array]:
    """Score and rightness of all boxes of a kind."""
    score, right, kind = (
        np.concatenate([getattr(o, n) for o in outcomes]) for n in ("score", "right", "kind")
    )
    return score[kind == index], right[kind == index]


def _of_group(outcomes: Sequence[Outcome], group: int) -> tuple[Array, Array]:
    """Score and rightness of all boxes of icons, of widgets or of regions."""
    score, right, kind = (
        np.concatenate([getattr(o, n) for o in outcomes]) for n in ("score", "right", "kind")
    )
    mine = np.array(GROUPS)[kind] == group
    return score[mine], right[mine]


def _thresholds(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """For each group the lowest score from which the boxes have a precision of `_PRECISE`, a little above it."""
    found = []
    for group in range(3):
        score, right = _of_group(outcomes, group)
        order = np.argsort(-score, kind="stable")
        precision = np.cumsum(right[order]) / (np.arange(len(order)) + 1)
        enough = np.flatnonzero(precision >= _PRECISE + 0.01)
        found.append(float(score[order[enough[-1]]]) if len(enough) else 0.5)
    return found[0], found[1], found[2]


def _calibrated(outcome: Outcome, calibration: Mapping[str, tuple[float, float]]) -> Outcome:
    """The same with calibrated scores."""
    lines = np.array([calibration[kind] for kind in KINDS])

    def applied(score: Array, kind: Array) -> Array:
        slope, offset = lines[kind, 0], lines[kind, 1]
        inside = np.clip(score, 1e-9, 1 - 1e-9)
        return np.where(score > 0, 1 / (1 + np.exp(-(slope * np.log(inside / (1 - inside)) + offset))), 0.0)

    return replace(
        outcome,
        score=applied(outcome.score, outcome.kind),
        truth_score=applied(outcome.truth_score, outcome.truth_kind),
        located=applied(outcome.located, outcome.truth_kind),
    )


def _store(weights: Path, model: Model, calibration: dict[str, tuple[float, float]]) -> None:
    """The same file with the calibration in its metadata."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(weights, "pt") as opened:
        meta = dict(opened.metadata())
        tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    part = weights.with_name(weights.name + ".part")
    save_file(tensors, part, metadata=meta | {"calibration": json.dumps(calibration)})
    part.replace(weights)
    load_weights.cache_clear()


def _draw(curves: dict[str, tuple[Array, Array, Array, float]], path: Path) -> None:
    """The reliability diagram: share of right boxes over the score, one panel for each group."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(curves), figsize=(3.2 * len(curves), 3.2), squeeze=False)
    for axis, (name, (mean, share, count, error)) in zip(axes[0], curves.items(), strict=True):
        there = count > 0
        axis.plot([0, 1], [0, 1], color="#999", lw=1)
        axis.bar(mean[there], share[there], width=0.07, color="#4472c4", alpha=0.75)
        axis.set_title(f"{name}: {int(count.sum())} boxes, error {error:.3f}", fontsize=9)
        axis.set_xlabel("score", fontsize=8)
        axis.set_ylabel("share right", fontsize=8)
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1)
        axis.tick_params(labelsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
