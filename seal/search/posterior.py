"""Where the targets of a page may be: a posterior over place and apparent size, and what a look would be worth.

For each target and page, hypotheses (size s, cell c): the target is there, its centre in cell c, its side about s
pixels of the image. Besides, it may be on another page, or absent. Each hypothesis holds an odds-like weight

    w[s, c] = where[s, c] * ratio[s, c]

A look leaves every hypothesis outside its view as it is. Inside, for an object of apparent size a = s * scale that
fits wholly into the view, v being the cue's relative value there (`seal.search.calibration` has the tables),

    where ~ prior * cue_true(v | a) / cue_background(v | a), with the sum that it had in the view; in cells with
            boxes prior * cue_true(v | a) / cue_boxed(v): a map that is drawn from the boxes says no more than they
    ratio = 1 - box(a)                                        no box in c
    ratio = box(a) f(score | a) / (lambda g(score))           a box in c

where lambda is the number of boxes off target that a look puts into one cell and size by chance. Where the localizer
rules the target out, no finer look would show it either: the ratio is 1 - box(a) of the finest one, and the place is
closed to further looks. All tables are those of the target's kind, and an object is as long as those of its kind are.

Looks at one place are not independent: what fooled or failed the localizer once will do so again. So they do not
multiply; the finest look at a place replaces what coarser ones said. That makes the posterior cautious, and a second
look at the same place worthless, as it should be.

What a view is worth (per unit of cost, summed over the open targets):

    gain = sum over (s, c) wholly in view of posterior[s, c] * (newly found + curiosity * new information)

`newly found` is (D(a) - D_old) / (1 - D_old), D: chance to get an acceptable score, moved by `kinds.INDEPENDENT_SHARE`
towards D(a), which it would be if looks were independent; alone, this is the optimal search of Koopman (1957) and Stone
(1975), the densest probability per effort first. `new information` is the growth of the expected log-likelihood ratio
at the true place, at most what is still open, as a share of what there was to learn; it is the expected information
gain by which Najemnik and Geisler's ideal searcher (Nature 434, 2005) can be approximated (their J. Vision 9(3), 2009),
the squared visibility d'^2 / 2 being that log-likelihood ratio for Gaussian responses. It is why a coarser view with a
useful cue map can be worth more than one tile at full resolution.

The cue map says where, not whether: the mass that a view holds stays the same, the map only moves it. (As a verdict on
presence it was wrong on images with strong distractors, whose peaks push the target's relative value down.)
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..agents.contracts import Sighting
from ..memory.geometry import Box
from .calibration import CUE_RANGE, Calibration, Likelihoods
from .grid import Scale, span
from .kinds import TargetKind, newly

__all__ = ["PagePosterior"]

CURIOSITY = 0.5
"""Weight of all the information there is to gain, relative to finding the target."""
CONCENTRATED = 0.3
"""Share of a view's cells, by the participation ratio (sum w)^2 / sum w^2, under which its worth counts as a spot."""
NEGLIGIBLE = 1e-3
"""Sizes that hold less of the posterior are left out of the gain."""
SMALLEST_RATIO = 1e-4
LARGEST_RATIO = 1e6

Array = NDArray[np.float64]


@dataclass(slots=True)
class PagePosterior:
    """Weights of all hypotheses of one page.

    tables: of each target, its kind's. mass: prior probability of each target to be on this page.
    prior, where, weights: (targets, sizes, rows, columns). closed: the same, where nothing new can be seen.
    found_before, known: (kinds, sizes, rows, columns), what the finest look so far had as chance to find, and as
    information, at each place.
    """

    page: Box
    scales: Sequence[Scale]
    sizes: Sequence[float]
    tables: Sequence[Calibration]
    acceptable: float
    cell: float
    mass: float
    prior: Array = field(init=False)
    where: Array = field(init=False)
    weights: Array = field(init=False)
    closed: NDArray[np.bool_] = field(init=False)
    found_before: Array = field(init=False)
    known: Array = field(init=False)
    kinds: list[TargetKind] = field(init=False)
    kind_of: list[int] = field(init=False)
    centres: tuple[Array, Array] = field(init=False)
    worths: list[Array] = field(init=False)
    masses: list[float] = field(init=False)

    def __post_init__(self) -> None:
        rows, columns = self.shape(self.page, self.cell)
        w, h = self.page.size_wh
        self.centres = ((np.arange(columns) + 0.5) * w / columns, (np.arange(rows) + 0.5) * h / rows)
        distinct = list(dict.fromkeys(self.tables))
        self.kind_of = [distinct.index(each) for each in self.tables]
        self.kinds = [
            TargetKind.of(
                tables, self.page, self.scales, self.sizes, self.centres, self.cell, self.acceptable
            )
            for tables in distinct
        ]
        shares = np.array([self.kinds[k].shares for k in self.kind_of])
        self.prior = np.tile(shares[:, :, None, None] * (self.mass / (rows * columns)), (1, 1, rows, columns))
        self.where, self.weights = self.prior.copy(), self.prior.copy()
        self.closed = np.zeros(self.prior.shape, np.bool_)
        self.masses = self.weights.sum(axis=(1, 2, 3)).tolist()
        self.found_before = np.zeros((len(distinct), *self.prior.shape[1:]))
        self.known = np.zeros(self.found_before.shape)

    @staticmethod
    def shape(page: Box, cell: float) -> tuple[int, int]:
        """Rows and columns of a page's grid."""
        return max(1, math.ceil(page.height / cell)), max(1, math.ceil(page.width / cell))

    # --- a look -------------------------------------------------------------------------------------------

    def update(
        self, scale: int, view: Box, sightings: Mapping[int, Sighting], rules_out: float | None
    ) -> None:
        """Multiply in what a look at `view` said of each target (by index), where no finer look has spoken."""
        boxes = {t: self._cells(s, view) for t, s in sightings.items()}
        cues = {t: self._cue(s, view) for t, s in sightings.items()}
        for k, kind in enumerate(self.kinds):
            mine = [t for t in sightings if self.kind_of[t] == k]
            for s in range(len(self.sizes)):
                (r0, r1), (c0, c1) = self._inside(kind, s, view)
                if c0 >= c1 or r0 >= r1 or not mine or not kind.shares[s]:
                    continue
                here = (s, slice(r0, r1), slice(c0, c1))
                replace = kind.information[scale, s] >= self.known[(k, *here)]
                at, chance = kind.likelihoods[scale][s], kind.chances[scale, s]
                for t in mine:
                    self._weigh(kind, at, chance, (t, *here), replace, boxes[t], cues[t], rules_out)
                self.known[(k, *here)] = np.where(replace, kind.information[scale, s], self.known[(k, *here)])
                self.found_before[(k, *here)] = np.maximum(
                    self.found_before[(k, *here)], kind.found[scale, s]
                )
        self.masses = self.weights.sum(axis=(1, 2, 3)).tolist()

    def _inside(self, kind: TargetKind, size: int, view: Box) -> list[tuple[int, int]]:
        """Rows and columns [low, high) in which an object lies wholly in the view."""
        x0, y0, x1, y1 = view.shifted(-self.page.x, -self.page.y).xyxy
        w, h = kind.extents[0][size], kind.extents[1][size]
        spans = (
            span(self.centres[1], np.array(y0), np.array(y1), self.page.height, h),
            span(self.centres[0], np.array(x0), np.array(x1), self.page.width, w),
        )
        return [(int(low), int(high)) for low, high in spans]

    def _weigh(
        self,
        kind: TargetKind,
        at: Likelihoods,
        chance: float,
        here: tuple[int, int, slice, slice],
        replace: NDArray[np.bool_],
        boxes: Sequence[tuple[int, int, int, float]],
        cue: tuple[int, int, NDArray[np.intp], NDArray[np.float32]] | None,
        rules_out: float | None,
    ) -> None:
        """What a look said of one target at one size."""
        (_, s, rows, columns), noise = here, chance * kind.noise
        r0, c0 = rows.start, columns.start
        where = self.where[here]
        ratio = np.full(where.shape, 1 - at.box)
        closed, boxed = np.zeros(where.shape, np.bool_), np.zeros(where.shape, np.bool_)
        for row, column, nearest, score in boxes:
            if r0 <= row < rows.stop and c0 <= column < columns.stop:
                boxed[row - r0, column - c0] = True
                if nearest == s:
                    b = min(int(score * len(noise)), len(noise) - 1)
                    raised = at.box * at.score[b] / noise[b]
                    ratio[row - r0, column - c0] = max(ratio[row - r0, column - c0], raised)
        if cue is not None:
            r, c, bins, out = cue
            part = slice(r0 - r, rows.stop - r), slice(c0 - c, columns.stop - c)
            self._point(at, here, replace, boxed & replace, bins[part])
            if rules_out is not None:
                closed = (out[part] <= rules_out) & ~boxed
                ratio = np.where(closed, kind.missed(s), ratio)
        new = self.where[here] * np.clip(ratio, SMALLEST_RATIO, LARGEST_RATIO)
        self.weights[here] = np.where(replace, new, self.weights[here])
        self.closed[here] = np.where(replace, closed, self.closed[here])

    def _point(
        self,
        at: Likelihoods,
        here: tuple[int, int, slice, slice],
        replace: NDArray[np.bool_],
        boxed: NDArray[np.bool_],
        bins: NDArray[np.intp],
    ) -> None:
        """Move mass as the cue map says. Where there are boxes it is what it says beyond them."""
        prior, where = self.prior[here], self.where[here]
        held = where[replace].sum()
        new = np.where(replace, at.cue_ratio[bins] * prior, 0.0)
        told = np.zeros(0)
        if at.boxed_ratio is not None:
            told = at.boxed_ratio[bins[boxed]] * prior[boxed]
            told *= min(1.0, held / max(told.sum(), 1e-300))
            new[boxed] = 0
        if (total := new.sum()) > 0:
            new *= (held - told.sum()) / total
            if at.boxed_ratio is not None:
                new[boxed] = told
            self.where[here] = np.where(replace, new, where)

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
        bins = len(self.tables[0].cue_background[0])
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

    def open(self, target: int) -> Array:
        """(sizes, rows, columns) weights of the hypotheses that further looks could bear out."""
        return np.where(self.closed[target], 0.0, self.weights[target])

    def findable(self, target: int, posterior: Array) -> float:
        """Probability that looking at all of the page as finely as can be would still find the target."""
        k, kind = self.kind_of[target], self.kinds[self.kind_of[target]]
        finer = kind.at_best(kind.information) > self.known[k]
        return float((posterior * newly(kind.at_best(kind.found), self.found_before[k], finer)).sum())

    def gains(self, posterior: Mapping[int, Array], nats: float) -> list[Array]:
        """What each view is worth, per scale a (rows, columns) array over its positions.

        posterior: per open target, probabilities of this page's hypotheses. nats: what there was to learn at the start.
        """
        self.worths = [np.zeros(self.prior.shape[2:]) for _ in self.scales]
        gains = [np.zeros((len(rows.starts), len(columns.starts))) for columns, rows in self.kinds[0].axes]
        for k in sorted({self.kind_of[t] for t in posterior}):
            self._add_gains(k, {t: p for t, p in posterior.items() if self.kind_of[t] == k}, nats, gains)
        return gains

    def _add_gains(self, k: int, posterior: Mapping[int, Array], nats: float, gains: list[Array]) -> None:
        kind = self.kinds[k]
        total = sum(posterior.values(), np.zeros(self.prior.shape[1:]))
        mass = total.sum(axis=(1, 2))
        alive = [s for s in range(len(self.sizes)) if mass[s] > NEGLIGIBLE * len(posterior)]
        open_nats = {t: -math.log(max(1e-12, min(1.0, float(p.max())))) for t, p in posterior.items()}
        for scale, (columns, rows) in enumerate(kind.axes):
            for s in alive:
                news = kind.information[scale, s] - self.known[k, s]
                if (
                    news.max() <= 0
                    or (columns.high[s] == columns.low[s]).all()
                    or (rows.high[s] == rows.low[s]).all()
                ):
                    continue
                worth = total[s] * newly(kind.found[scale, s], self.found_before[k, s], news > 0)
                np.maximum(0, news, out=news)
                for t, p in posterior.items():
                    worth += p[s] * np.minimum((CURIOSITY / nats) * news, (CURIOSITY / nats) * open_nats[t])
                self.worths[scale] += worth
                down = np.zeros((worth.shape[0] + 1, worth.shape[1]))
                np.cumsum(worth, axis=0, out=down[1:])
                across = np.zeros((len(rows.starts), worth.shape[1] + 1))
                np.cumsum(down[rows.high[s]] - down[rows.low[s]], axis=1, out=across[:, 1:])
                gains[scale] += across[:, columns.high[s]] - across[:, columns.low[s]]

    def view(self, scale: int, gain: Array, looked: Collection[Box] = ()) -> tuple[Box, float]:
        """The view of that scale with the highest gain; where few cells make it up they are moved into its middle.

        Not into a view that was looked at already: there a cell may lie just too near to the edge.
        """
        row, column = np.unravel_index(int(np.argmax(gain)), gain.shape)
        across, down = self.kinds[0].axes[scale]
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
        (top, bottom), (left, right) = self._inside(self.kinds[0], 0, box)
        return float(self.worths[scale][top:bottom, left:right].sum())

    def elsewhere(self, scale: int, gain: Array, taken: Box) -> Array:
        """The gains without those of views that lie, by more than a half, on one that is taken."""
        across, down = self.kinds[0].axes[scale]
        w, h = self.scales[scale].size_wh
        far_x = np.abs(across.starts + self.page.x - taken.x) > w / 2
        far_y = np.abs(down.starts + self.page.y - taken.y) > h / 2
        return np.where(far_y[:, None] | far_x[None], gain, 0.0)
