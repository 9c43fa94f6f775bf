"""Where the targets of a page may be: a posterior over place and apparent size, and what a look would be worth.

For each target and page, hypotheses (size s, cell c): the target is there, its centre in cell c, its side about s
pixels of the image. Besides, it may be on another page, or absent. Each hypothesis holds an odds-like weight

    w[s, c] = where[s, c] * ratio[s, c]

A look leaves every hypothesis outside its view as it is. Inside, for an object of apparent size a = s * scale that
fits wholly into the view, v being the cue's relative value there (`seal.calibration` has the tables),

    where ~ prior * cue_true(v | a) / cue_background(v | a), with the sum that it had in the view
    ratio = 1 - box(a)                                        no box in c
    ratio = box(a) f(score | a) / (lambda g(score))           a box in c

where lambda is the number of boxes off target that a look puts into one cell and size by chance. Looks at one place
are not independent: what fooled or failed the localizer once will do so again. So they do not multiply; the finest
look at a place replaces what coarser ones said. That makes the posterior cautious, and a second look at the same
place worthless, as it should be.

What a view is worth (per unit of cost, summed over the open targets):

    gain = sum over (s, c) wholly in view of posterior[s, c] * (newly found + curiosity * new information)

`newly found` is (D(a) - D_old) / (1 - D_old), D: chance to get an acceptable score; alone, this is the optimal
search of Koopman (1957) and Stone (1975), the densest probability per effort first. `new information` is the growth
of the expected log-likelihood ratio at the true place, at most what is still open, as a share of what there was to
learn; it is the expected information gain by which Najemnik and Geisler's ideal searcher (Nature 434, 2005) can be
approximated (their J. Vision 9(3), 2009), the squared visibility d'^2 / 2 being that log-likelihood ratio for Gaussian
responses. It is why a coarser view with a useful cue map can be worth more than one tile at full resolution.

The cue map says where, not whether: the mass that a view holds stays the same, the map only moves it. (As a verdict on
presence it was wrong on images with strong distractors, whose peaks push the target's relative value down.)
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .agents.contracts import Sighting
from .calibration import CUE_RANGE, Calibration, Likelihoods
from .grid import Axis, Scale, span
from .memory.geometry import Box

__all__ = ["PagePosterior"]

CURIOSITY = 0.5
"""Weight of all the information there is to gain, relative to finding the target."""
CONCENTRATED = 0.3
"""Share of a view's cells, by the participation ratio (sum w)^2 / sum w^2, under which its worth counts as a spot."""
NEGLIGIBLE = 1e-3
"""Sizes that hold less of the posterior are left out of the gain."""
RULED_OUT = 1e-4
"""Likelihood ratio where the localizer says that the target certainly is not."""
LARGEST_RATIO = 1e6

Array = NDArray[np.float64]


@dataclass(slots=True)
class PagePosterior:
    """Weights of all hypotheses of one page.

    prior, where, weights: (targets, sizes, rows, columns). found_before, known: (sizes, rows, columns), what the
    finest look so far had as chance to find, and as information, at each place.
    """

    page: Box
    scales: Sequence[Scale]
    sizes: Sequence[float]
    calibration: Calibration
    acceptable: float
    cell: float
    prior: Array
    where: Array = field(init=False)
    weights: Array = field(init=False)
    found_before: Array = field(init=False)
    known: Array = field(init=False)
    likelihoods: list[list[Likelihoods]] = field(init=False)
    found: Array = field(init=False)
    information: Array = field(init=False)
    centres: tuple[Array, Array] = field(init=False)
    axes: list[tuple[Axis, Axis]] = field(init=False)
    worths: list[Array] = field(init=False)
    masses: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.where, self.weights = self.prior.copy(), self.prior.copy()
        self.masses = self.weights.sum(axis=(1, 2, 3)).tolist()
        self.found_before = np.zeros(self.prior.shape[1:])
        self.known = np.zeros(self.prior.shape[1:])
        rows, columns = self.prior.shape[2:]
        w, h = self.page.size_wh
        self.centres = ((np.arange(columns) + 0.5) * w / columns, (np.arange(rows) + 0.5) * h / rows)
        self.likelihoods = [
            [self.calibration.at(s * scale.zoom) for s in self.sizes] for scale in self.scales
        ]
        found = [[k.reaches(self.acceptable) for k in row] for row in self.likelihoods]
        self.found = np.maximum.accumulate(np.array(found), axis=0)
        news = [
            [self._information(k, self.chance(scale.size_wh)) for k in row]
            for scale, row in zip(self.scales, self.likelihoods, strict=True)
        ]
        finer = 1e-9 * np.arange(len(self.scales))[:, None]  # of two equally good looks the finer one counts
        self.information = np.maximum.accumulate(np.maximum(np.array(news), 0), axis=0) + finer
        self.axes = [
            (
                Axis.of(w, s.size_wh[0], self.centres[0], self.sizes),
                Axis.of(h, s.size_wh[1], self.centres[1], self.sizes),
            )
            for s in self.scales
        ]

    @staticmethod
    def shape(page: Box, cell: float) -> tuple[int, int]:
        """Rows and columns of a page's grid."""
        return max(1, math.ceil(page.height / cell)), max(1, math.ceil(page.width / cell))

    def chance(self, view_wh: tuple[float, float]) -> float:
        """Boxes off target that a look puts into one cell and size."""
        cells = max(1.0, view_wh[0] * view_wh[1] / self.cell**2)
        return self.calibration.background / (cells * len(self.sizes))

    def _information(self, at: Likelihoods, chance: float) -> float:
        """Expected log-likelihood ratio at the true place, nats."""
        noise = chance * np.array(self.calibration.score_background)
        boxed = (at.score * np.log(at.box * at.score / noise)).sum()
        return float(at.box * boxed + (1 - at.box) * math.log(max(1e-9, 1 - at.box)) + at.cue_information)

    # --- a look -------------------------------------------------------------------------------------------

    def update(
        self, scale: int, view: Box, sightings: Mapping[int, Sighting], rules_out: float | None
    ) -> None:
        """Multiply in what a look at `view` said of each target (by index), where no finer look has spoken."""
        x0, y0, x1, y1 = view.xyxy
        chance = self.chance(view.size_wh)
        noise = chance * np.array(self.calibration.score_background)
        boxes = {t: self._cells(s, view) for t, s in sightings.items()}
        cues = {t: self._cue(s, view) for t, s in sightings.items()}
        for s, size in enumerate(self.sizes):
            at = self.likelihoods[scale][s]
            (c0, c1), (r0, r1) = (
                span(centres, np.array(a), np.array(b), length, size)
                for centres, a, b, length in (
                    (self.centres[0], x0, x1, self.page.width),
                    (self.centres[1], y0, y1, self.page.height),
                )
            )
            if c0 >= c1 or r0 >= r1:
                continue
            here = (s, slice(r0, r1), slice(c0, c1))
            replace = self.information[scale, s] >= self.known[here]
            for t in sightings:
                where = self.where[(t, *here)]
                ratio = np.full((r1 - r0, c1 - c0), 1 - at.box)
                for row, column, nearest, score in boxes[t]:
                    if nearest == s and r0 <= row < r1 and c0 <= column < c1:
                        b = min(int(score * len(noise)), len(noise) - 1)
                        raised = at.box * at.score[b] / noise[b]
                        ratio[row - r0, column - c0] = max(ratio[row - r0, column - c0], raised)
                if (cue := cues[t]) is not None:
                    r, c, bins, out = cue
                    part = slice(r0 - r, r1 - r), slice(c0 - c, c1 - c)
                    pointed = np.where(replace, at.cue_ratio[bins[part]] * self.prior[(t, *here)], 0)
                    if (total := pointed.sum()) > 0:
                        self.where[(t, *here)] = np.where(
                            replace, pointed * where[replace].sum() / total, where
                        )
                    if rules_out is not None:
                        ratio = np.where(out[part] <= rules_out, RULED_OUT, ratio)
                new = self.where[(t, *here)] * np.clip(ratio, RULED_OUT, LARGEST_RATIO)
                self.weights[(t, *here)] = np.where(replace, new, self.weights[(t, *here)])
            self.known[here] = np.where(replace, self.information[scale, s], self.known[here])
            self.found_before[here] = np.maximum(self.found_before[here], self.found[scale, s])
        self.masses = self.weights.sum(axis=(1, 2, 3)).tolist()

    def _cells(self, sighting: Sighting, view: Box) -> list[tuple[int, int, int, float]]:
        """(row, column, index of the nearest size, score) of every box."""
        if not len(sighting.scores):
            return []
        b = sighting.boxes.astype(np.float64)
        rows, columns = self.prior.shape[2:]
        column = (b[:, 0] + b[:, 2]) / 2 + view.x - self.page.x
        row = (b[:, 1] + b[:, 3]) / 2 + view.y - self.page.y
        side = np.sqrt(np.maximum(1.0, (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])))
        octave = np.clip(np.round(np.log2(side / self.sizes[0])), 0, len(self.sizes) - 1).astype(int)
        placed = (
            np.clip(row * rows / self.page.height, 0, rows - 1).astype(int).tolist(),
            np.clip(column * columns / self.page.width, 0, columns - 1).astype(int).tolist(),
            octave.tolist(),
            sighting.scores.tolist(),
        )
        return list(zip(*placed, strict=True))

    def _cue(
        self, sighting: Sighting, view: Box
    ) -> tuple[int, int, NDArray[np.intp], NDArray[np.float32]] | None:
        """First row and column in view; for each cell in view the bin of the cue's relative value, and its log-odds.

        A cell takes the highest value of the map cells that begin in it, or the one that it lies in.
        """
        if sighting.cue is None:
            return None
        cue = sighting.cue
        edges, firsts = [], []
        for centres, start, length, n in (
            (self.centres[1], view.y - self.page.y, view.height, cue.shape[0]),
            (self.centres[0], view.x - self.page.x, view.width, cue.shape[1]),
        ):
            first, last = np.searchsorted(centres, [start, start + length])
            half = float(centres[0])
            edge = np.floor((centres[first:last] - half - start) / length * n + 1e-9)
            firsts.append(int(first))
            edges.append(np.clip(edge, 0, n - 1).astype(np.intp))
        if not len(edges[0]) or not len(edges[1]):
            return None
        pooled = np.maximum.reduceat(np.maximum.reduceat(cue, edges[0], axis=0), edges[1], axis=1)
        low = float(cue.min())
        relative = (pooled - low) / max(float(cue.max()) - low, CUE_RANGE)
        bins = len(self.calibration.cue_background[0])
        return firsts[0], firsts[1], np.clip((relative * bins).astype(np.intp), 0, bins - 1), pooled

    def explain(self, target: int, box: Box) -> None:
        """An instance was found there: what is looked for from now on is somewhere else."""
        row, column = self._place(box)
        half_r = max(0, int(box.height / 2 * len(self.centres[1]) / self.page.height))
        half_c = max(0, int(box.width / 2 * len(self.centres[0]) / self.page.width))
        rows = slice(max(0, row - half_r), row + half_r + 1)
        columns = slice(max(0, column - half_c), column + half_c + 1)
        self.prior[target, :, rows, columns] = 0
        self.where[target, :, rows, columns] = 0
        self.weights[target, :, rows, columns] = 0
        self.masses[target] = float(self.weights[target].sum())

    def expect(self, target: int, map_: NDArray[np.float32]) -> None:
        """Multiply a (h, w) map of log-odds over the page into a target's prior; its mass stays the same."""
        rows, columns = self.prior.shape[2:]
        at = np.ix_(np.arange(rows) * map_.shape[0] // rows, np.arange(columns) * map_.shape[1] // columns)
        raised = self.prior[target] * np.exp(map_[at].astype(np.float64))
        self.prior[target] = raised * (self.prior[target].sum() / raised.sum())
        self.where[target] = self.weights[target] = self.prior[target]

    def _place(self, box: Box) -> tuple[int, int]:
        x, y = box.center
        rows, columns = self.prior.shape[2:]
        row = int((y - self.page.y) / self.page.height * rows)
        column = int((x - self.page.x) / self.page.width * columns)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def near(self, target: int, box: Box) -> float:
        """Weight of the hypotheses whose cell is that of the box, or touches it."""
        row, column = self._place(box)
        return float(
            self.weights[target, :, max(0, row - 1) : row + 2, max(0, column - 1) : column + 2].sum()
        )

    # --- the next look ------------------------------------------------------------------------------------

    def findable(self, posterior: Array) -> float:
        """Probability that looking at all of the page at the finest scale would still find the target."""
        before = self.found_before
        left = np.maximum(0, self.found[-1][:, None, None] - before) / (1 - before + 1e-9)
        return float((posterior * left).sum())

    def gains(self, posterior: Mapping[int, Array], nats: float) -> list[Array]:
        """What each view is worth, per scale a (rows, columns) array over its positions.

        posterior: per open target, probabilities of this page's hypotheses. nats: what there was to learn at the start.
        """
        total = sum(posterior.values(), np.zeros(self.prior.shape[1:]))
        mass = total.sum(axis=(1, 2))
        alive = [s for s in range(len(self.sizes)) if mass[s] > NEGLIGIBLE * len(posterior)]
        open_nats = {t: -math.log(max(1e-12, min(1.0, float(p.max())))) for t, p in posterior.items()}
        gains, self.worths = [], []
        for k, (columns, rows) in enumerate(self.axes):
            gain = np.zeros((len(rows.starts), len(columns.starts)))
            everywhere = np.zeros(total.shape[1:])
            for s in alive:
                news = self.information[k, s] - self.known[s]
                if (
                    news.max() <= 0
                    or (columns.high[s] == columns.low[s]).all()
                    or (rows.high[s] == rows.low[s]).all()
                ):
                    continue
                before = self.found_before[s]
                worth = total[s] * (np.maximum(0, self.found[k, s] - before) / (1 - before + 1e-9))
                np.maximum(0, news, out=news)
                for t, p in posterior.items():
                    worth += p[s] * np.minimum((CURIOSITY / nats) * news, (CURIOSITY / nats) * open_nats[t])
                everywhere += worth
                down = np.zeros((worth.shape[0] + 1, worth.shape[1]))
                np.cumsum(worth, axis=0, out=down[1:])
                across = np.zeros((len(rows.starts), worth.shape[1] + 1))
                np.cumsum(down[rows.high[s]] - down[rows.low[s]], axis=1, out=across[:, 1:])
                gain += across[:, columns.high[s]] - across[:, columns.low[s]]
            gains.append(gain)
            self.worths.append(everywhere)
        return gains

    def view(self, scale: int, gain: Array, looked: Collection[Box] = ()) -> tuple[Box, float]:
        """The view of that scale with the highest gain; where few cells make it up they are moved into its middle.

        Not into a view that was looked at already: there a cell may lie just too near to the edge.
        """
        row, column = np.unravel_index(int(np.argmax(gain)), gain.shape)
        across, down = self.axes[scale]
        start_xy, view_wh = (
            (float(across.starts[column]), float(down.starts[row])),
            self.scales[scale].size_wh,
        )
        (left, right), (top, bottom) = (
            np.searchsorted(c, [start, start + side])
            for c, start, side in zip(self.centres, start_xy, view_wh, strict=True)
        )
        part = self.worths[scale][top:bottom, left:right]
        total = float(part.sum())
        if total**2 < CONCENTRATED * part.size * float((part**2).sum()):
            middle_xy = (
                part.sum(axis=0) @ self.centres[0][left:right],
                part.sum(axis=1) @ self.centres[1][top:bottom],
            )
            moved_xy = tuple(
                round(min(max(0.0, float(middle) / total - side / 2), length - side))
                for middle, side, length in zip(middle_xy, view_wh, self.page.size_wh, strict=True)
            )
            moved = self._box(moved_xy, view_wh)
            if moved not in looked:
                return moved, float(gain[row, column])
        return self._box(start_xy, view_wh), float(gain[row, column])

    def _box(self, start_xy: Sequence[float], size_wh: tuple[float, float]) -> Box:
        corner = self.page.x + start_xy[0], self.page.y + start_xy[1]
        return Box(*corner, *size_wh).rounded().clipped(self.page)

    def scale_of(self, box: Box) -> int:
        """The scale whose views are as large as the box, or the next larger ones."""
        longest = max(box.size_wh)
        return max(k for k, s in enumerate(self.scales) if k == 0 or max(s.size_wh) >= longest - 1)

    def worth(self, scale: int, box: Box) -> float:
        """What a view of that scale at any place is worth, for the smallest size that is looked for."""
        spans = [
            span(c, np.array(start - at), np.array(start - at + side), length, self.sizes[0])
            for c, start, at, side, length in zip(
                self.centres, box.xywh[:2], self.page.xywh[:2], box.size_wh, self.page.size_wh, strict=True
            )
        ]
        (left, right), (top, bottom) = spans
        return float(self.worths[scale][top:bottom, left:right].sum())

    def elsewhere(self, scale: int, gain: Array, taken: Box) -> Array:
        """The gains without those of views that lie, by more than a half, on one that is taken."""
        across, down = self.axes[scale]
        w, h = self.scales[scale].size_wh
        far_x = np.abs(across.starts + self.page.x - taken.x) > w / 2
        far_y = np.abs(down.starts + self.page.y - taken.y) > h / 2
        return np.where(far_y[:, None] | far_x[None], gain, 0.0)
