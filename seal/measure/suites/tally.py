"""Figures of a suite with their confidence intervals, by group, each beside what it cost; and others' figures.

- Intervals are bootstrapped over questions (percentiles, a fixed seed). The shifts of one question are drawn together,
  and their mean counts as one question.
- What others report stands in `published.csv`, with its source and protocol; it is shown apart, as theirs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from statistics import mean

import numpy as np

from ..report import MODES, as_markdown
from .run import Answered, Outcomes
from .sample import Loaded, Score
from .suite import Suite

__all__ = [
    "CROPS",
    "Figure",
    "Published",
    "THEIRS",
    "crop_rows",
    "figure",
    "published",
    "published_rows",
    "report",
    "tables",
]

DRAWS = 2_000
"""Samples of the bootstrap."""
SEED = 7
LEVEL = 0.95
"""Probability that an interval is to cover."""
COST = ("refused", "looks", "calls", "tokens", "seconds")
"""Columns beside a figure and its interval."""
Rows = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in [0, 1], and the interval from low to high. n: questions, the shifts of one counted once."""

    value: float
    low: float
    high: float
    n: int


def figure(scores: Sequence[Score], clusters: Sequence[str] = ()) -> Figure | None:
    """The figure of some scores; clusters: of each, "" for none. None without any score.

    >>> figure([(1.0, 1.0), (0.0, 1.0)], ["a", "a"])
    Figure(value=0.5, low=0.5, high=0.5, n=1)
    """
    joined: dict[str, list[Score]] = {}
    for i, score in enumerate(scores):
        joined.setdefault((clusters[i] if clusters else "") or f"\0{i}", []).append(score)
    parts = np.array([np.mean(some, axis=0) for some in joined.values()], np.float64).reshape(-1, 2)
    if not parts[:, 1].sum() > 0:
        return None
    rng, n = np.random.default_rng(SEED), len(parts)
    sums = np.array([parts[rng.integers(0, n, n)].sum(axis=0) for _ in range(DRAWS)])
    drawn = sums[sums[:, 1] > 0]
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    value, weight = parts.sum(axis=0)
    return Figure(float(value / weight), float(low), float(high), n)


def tables(suite: Suite, outcomes: Outcomes) -> Iterator[tuple[str, Rows]]:
    """A title and rows for each figure of a suite, its main one first; the first row of each is the header."""
    search = outcomes.answers["search"]
    names = dict.fromkeys([suite.figure, *(name for answered in search for name in answered.scores)])
    for name in names:
        cost = COST
        columns = [(f"{m}: " if m != "search" else "") + c for m in MODES for c in (name, "95 %", *cost)]
        found = dict.fromkeys(group for answered in search for group in answered.sample.groups)
        fields = list(dict.fromkeys(field for field, _ in found))
        groups = sorted(found, key=lambda group: (fields.index(group[0]), group[1]))
        rows = [_row(f"{field}: {value}", name, outcomes, (field, value)) for field, value in groups]
        yield name, [("group", "n", *columns), *rows, _row("all", name, outcomes)]


def crop_rows(outcomes: Outcomes) -> Rows:
    """What a wrong crop does: how right answers are whose crops show what is asked about, and those whose crops do not.

    A header first; empty where no answer of a suite can be asked that.
    """
    rows: Rows = []
    for mode in MODES:
        some = [a for a in outcomes.answers.get(mode, ()) if a.result.shows is not None]
        for shows, title in ((True, "shows every box"), (False, "misses a box")):
            of = [a for a in some if a.result.shows is shows]
            found = figure(
                [(float(a.result.verdict == "right"), 1.0) for a in of], [a.sample.cluster for a in of]
            )
            if found is not None:
                told = f"{found.value:.3f}", f"{found.low:.3f}-{found.high:.3f}"
                rows.append((f"{mode}: {title}", str(found.n), *told))
    return [("the crop that is cited", "n", "accuracy", "95 %"), *rows] if rows else []


CROPS = "What a wrong crop does to the answer"
"""Title of that table."""


def _row(title: str, name: str, outcomes: Outcomes, group: tuple[str, str] | None = None) -> tuple[str, ...]:
    cells, n = list[str](), 0
    for mode in MODES:
        some = [
            a
            for a in outcomes.answers.get(mode, ())
            if name in a.scores and (group is None or group in a.sample.groups)
        ]
        found = figure([a.scores[name] for a in some], [a.sample.cluster for a in some])
        if found is None:
            cells += ["-"] * (2 + len(COST))
            continue
        n = n or found.n
        cells += [f"{found.value:.3f}", f"{found.low:.3f}-{found.high:.3f}", *_spend(some)]
    return (title, str(n), *cells)


def _spend(some: Sequence[Answered]) -> tuple[str, ...]:
    """Share that was refused, and looks, calls of models, tokens and seconds a question."""
    results = [a.result for a in some]
    calls = [r.calls for r in results if r.calls is not None]
    tokens = [r.tokens for r in results if r.tokens is not None]
    return (
        f"{mean(r.status != 'answered' for r in results):.2f}",
        f"{mean(r.looks for r in results):.1f}",
        f"{mean(calls):.1f}" if calls else "-",
        f"{mean(tokens):.0f}" if tokens else "-",
        f"{mean(r.seconds for r in results):.2f}",
    )


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that somebody else reports. figure: in percent; of: which part of the benchmark."""

    suite: str
    system: str
    figure: float
    of: str
    protocol: str
    source: str


def published() -> tuple[Published, ...]:
    """Others' figures, as `published.csv` beside this file lists them."""
    text = (files(__package__) / "published.csv").read_text("utf-8")
    return tuple(
        Published(**{**row, "figure": float(row["figure"])})  # type: ignore[arg-type]
        for row in csv.DictReader(text.splitlines())
    )


def published_rows(suite: Suite) -> Rows:
    """Others' figures for a suite, a header first; empty where none is known."""
    theirs = sorted((p for p in published() if p.suite == suite.name), key=lambda p: (p.of, -p.figure))
    rows = [(p.system, f"{p.figure / 100:.3f}", p.of, p.protocol, p.source) for p in theirs]
    return [("system", "figure", "of", "protocol", "source"), *rows] if rows else []


THEIRS = "Figures of others, as their authors report them; none was measured here, and protocols differ"
"""Title of the table of published figures."""


def report(suite: Suite, setup: Mapping[str, str], outcomes: Outcomes, loaded: Loaded) -> str:
    """All of it as Markdown: the setup, the tables, what could not be asked, and others' figures."""
    parts = [
        f"# {suite.title}",
        suite.protocol,
        "\n".join(f"- {key}: {value}" for key, value in setup.items()),
    ]
    for name, rows in tables(suite, outcomes):
        parts += [f"## {name}", as_markdown(_plain(rows))]
    if crops := crop_rows(outcomes):
        parts += [f"## {CROPS}", as_markdown(crops)]
    parts.append(
        "Looks, calls of models, tokens (where the models count them) and seconds are means of a question; an "
        f"interval holds 95 % of {DRAWS:,} bootstrap samples over questions. *no search*: the same agents, who see "
        "the whole picture, and nothing finer."
    )
    lost = (*loaded.unreadable, *outcomes.unreadable)
    if lost:
        parts += [f"## Not asked: {len(lost)}, in no figure"]
        if loaded.missing:
            parts.append(f"{len(loaded.missing)} pictures are missing: {', '.join(loaded.missing)}")
        parts.append(
            as_markdown(_plain([("question", "why"), *((f"{u.kind}/{u.name}", u.reason) for u in lost)]))
        )
    if theirs := published_rows(suite):
        parts += [f"## {THEIRS}", as_markdown(_plain(theirs))]
    return "\n\n".join(parts) + "\n"


def _plain(rows: Sequence[tuple[str, ...]]) -> Rows:
    """Rows whose cells end no cell of Markdown and no line: they hold words of the data."""
    return [tuple(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in rows]
