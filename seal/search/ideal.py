"""`policy="ideal"`: the search that looks where a look is worth most, and stops when it is certain enough.

Every page is looked at once as a whole. Then, again and again, of all views of any scale at any place on any page the
one with the largest gain per second is looked at (`seal.search.posterior`), for all open targets at once. A target
is settled

- found: a score over `confidence_high`; or a score of at least `confidence_low` at a place that holds the target with
  a probability of at least `certain`;
- absent: its probability to be nowhere is at least `certain_absent`, or the probability that looking on to the end
  would find it is at most 1 - `certain_absent` (of a target of which all instances are wanted: so many are expected);
- or no view is left that could change anything, or the budget ends: then the most probable candidate of at least
  `confidence_low` counts as found, as in V*.

That looking on promises too little is a reason to stop, not to say that nothing is there: "absent" is claimed where its
probability is at least `certain_absent`, or where nearly all was looked at finely or ruled out; else it is left open.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..agents.contracts import Sighting
from ..memory.errors import OutOfTime, SettingError
from ..memory.geometry import Box, split
from ..record.steps import CueMap, LookStep
from .calibration import Calibration, calibration_of
from .context import context_phrase, direction_map
from .grid import Scale, sizes_for
from .outcome import Hunt, Instance, Node, TargetOutcome, observe
from .policy import SearchTask, TreeRules
from .posterior import PagePosterior
from .tree import TreeRun, smallest_side

__all__ = ["IdealRun"]

CELLS_A_VIEW = 6
"""Cells of the grid along the shorter side of the finest view."""
MAX_CELLS = 250_000
"""Cells of all pages together; the grid gets coarser before it exceeds them."""
MAX_BYTES = 1 << 30
"""Memory for the posterior; a search that needs more is refused."""
NOTHING = 1e-7
"""A view with a smaller gain changes nothing any more."""
CHEAP = 0.05
"""Cost of a look at a view that was looked at before, where a new one costs 1."""

UNLOOKED = 0.1
"""Share of the document up to which it may be unseen where "absent" is claimed with less than `certain_absent`: from
more no answer says "no" either (`seal.agents.answers.things`)."""

Array = NDArray[np.float64]


class IdealRun(TreeRun):
    """One run of the ideal searcher. `heap` holds the pages that were not looked at yet."""

    def __init__(self, task: SearchTask, rules: TreeRules, calibration: Calibration | None = None) -> None:
        super().__init__(task, rules)
        self.calibration = calibration_of(self.localizer) if calibration is None else calibration
        self.likelihoods = self.calibration.sentence
        self.tables = [self.calibration.of(self.localizer.kind(h.target.phrase)) for h in self.hunts]
        self.pages: dict[int, PagePosterior] = {}
        self.unseen = 1 - self.settings.absent_prior
        self.worths: dict[int, list[Array]] = {}
        self.numbers: dict[tuple[int, Box], int] = {}
        self.candidates_of: list[list[Instance]] = [[] for _ in self.hunts]
        self.area = sum(page.box.area for page in self.document)
        scales = [self.scales(number) for number in self.document.numbers]
        finest = [s[-1].size_wh for s in scales]
        views = sum(p.box.area / (w * h) for p, (w, h) in zip(self.document, finest, strict=True))
        self.nats = max(1.0, math.log(views))
        share = max(1.0, math.sqrt(views * CELLS_A_VIEW**2 / MAX_CELLS))
        cells = [max(min(f) / CELLS_A_VIEW * share, self.settings.target_px) for f in finest]
        cells = [min(cell, min(f) / 3) for cell, f in zip(cells, finest, strict=True)]
        self.cells = dict(zip(self.document.numbers, cells, strict=True))
        self.page_scales = dict(zip(self.document.numbers, scales, strict=True))
        needed = (
            8
            * (3 * len(self.hunts) + 2 * len(set(self.tables)) + 1)
            * sum(
                math.prod(PagePosterior.shape(p.box, c)) * len(sizes_for(p.box, self.settings.target_px))
                for p, c in zip(self.document, cells, strict=True)
            )
        )
        if needed > MAX_BYTES:
            raise SettingError(
                f"The posterior of {len(self.hunts)} targets over {len(self.document)} pages needs "
                f"{needed / 2**30:.1f} GiB, at most 1 GiB is used. Search fewer pages or targets at once, or look for "
                "larger things (SearchSettings.target_px)."
            )

    def scales(self, page: int) -> list[Scale]:
        """From the whole page down to the leaf; the released leaf rule with the sizes that its splits give."""
        image, leaf = self.document.page(page), self.settings.leaf
        side = self.localizer.capabilities.input_side
        box: Box = image.box
        sizes = [box.size_wh]
        if leaf == "apparent":
            finest = max(8, math.floor(side / self.needed_scale))
            longest = math.ceil(max(box.size_wh))
            while longest > finest:
                longest = max(finest, longest // 2)
                sizes.append((min(longest, box.width), min(longest, box.height)))
        else:
            smallest = smallest_side(box) if leaf == "published" else leaf
            while min(box.size_wh) > smallest:
                box = split(box)[0]
                sizes.append(box.size_wh)
        return [Scale(size, self.zoom(page, max(size))) for size in sizes]

    def zoom(self, page: int, longest: float) -> float:
        """Pixels of the localizer's input per image pixel of a view."""
        image = self.document.page(page)
        zoom = self.localizer.capabilities.input_side / longest
        if not self.calibration.enlarges:
            zoom = min(1.0, zoom)
        return zoom if image.limit_side is None else min(zoom, image.limit_side / max(image.size_wh))

    def view(self, node: Node) -> Box:
        return node.box

    # --- the posterior ------------------------------------------------------------------------------------

    def begin(self, page: int) -> PagePosterior:
        """The posterior of a page that is looked at for the first time."""
        box: Box = self.document.page(page).box
        sizes = sizes_for(box, self.settings.target_px)
        mass = (1 - self.settings.absent_prior) * box.area / self.area
        self.unseen -= mass
        return PagePosterior(
            box, self.page_scales[page], sizes, self.tables, self.low, self.cells[page], mass
        )

    def total(self, target: int) -> float:
        """What the weights of a target's hypotheses add up to, "absent" and unseen pages included."""
        seen = sum(page.masses[target] for page in self.pages.values())
        return self.settings.absent_prior + max(0.0, self.unseen) + seen

    def absence(self, target: int) -> float:
        """Probability in [0, 1] that the target is nowhere, or that no further instance is."""
        if self.hunts[target].target.instances == "all":
            return math.exp(-self.unseen_instances(target))
        return self.settings.absent_prior / self.total(target)

    def unseen_instances(self, target: int) -> float:
        """Expected number of instances that were not found yet."""
        odds = (page.weights[target] / self.settings.absent_prior for page in self.pages.values())
        return max(0.0, self.unseen) + sum(float((o / (1 + o)).sum()) for o in odds)

    def posterior(self, target: int, page: PagePosterior) -> Array:
        """(sizes, rows, columns) probabilities of the hypotheses of a page that further looks could bear out."""
        weights: Array = page.open(target)
        if self.hunts[target].target.instances == "one":
            return weights / self.total(target)
        odds = weights / self.settings.absent_prior
        return odds / (1 + odds)

    def findable(self, target: int) -> float:
        """Probability that going on to the end would still find the target (of all instances: how many)."""
        unseen = max(0.0, self.unseen)
        if self.hunts[target].target.instances == "one":
            unseen /= self.total(target)
        return unseen + sum(p.findable(target, self.posterior(target, p)) for p in self.pages.values())

    def probability(self, target: int, candidate: Instance) -> float:
        """Probability that the target is where the candidate is."""
        near = self.pages[candidate.page].near(target, candidate.box)
        if self.hunts[target].target.instances == "all":
            return near / (near + self.settings.absent_prior)
        return near / self.total(target)

    # --- the next look ------------------------------------------------------------------------------------

    def next(self) -> tuple[int, Node] | None:
        if self.heap or not any(hunt.open for hunt in self.hunts):
            return super().next()
        ranked = self.ranked(1)
        return ranked[0] if ranked else None

    def waiting(self, wanted: int) -> list[tuple[int, Node]]:
        return super().waiting(wanted) if self.heap else self.ranked(wanted + 1)

    def ranked(self, count: int) -> list[tuple[int, Node]]:
        """The views with the largest gain, best first; after the first, views at other places."""
        listed: list[tuple[float, int, int, Box]] = []
        for number, page in self.pages.items():
            if number not in self.worths:
                open_ = {t: self.posterior(t, page) for t, hunt in enumerate(self.hunts) if hunt.open}
                self.worths[number] = page.gains(open_, self.nats)
            looked = {step.view for step in self.steps if step.page == number}
            for scale, gain in enumerate(self.worths[number]):
                left = gain
                for turn in range(count):
                    if left.max() < NOTHING:
                        break
                    box, value = page.view(scale, left, looked)
                    listed.append((value, number, scale, box))
                    if turn + 1 < count:
                        left = page.elsewhere(scale, left, box)
            listed += self.again(number, page, looked)
        listed.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
        return [
            (self.number(page, box), self.node(page, scale, box, gain))
            for gain, page, scale, box in listed[:count]
        ]

    def again(self, number: int, page: PagePosterior, looked: set[Box]) -> list[tuple[float, int, int, Box]]:
        """Views that this localizer has looked at before, for another phrase, at what they are worth a second."""
        listed = []
        for box in set(self.localizer.looked_at(self.document.page(number))) - looked:
            scale = page.scale_of(box)
            gain = page.worth(scale, box)
            if gain >= NOTHING:
                listed.append((gain / CHEAP, number, scale, box))
        return sorted(listed, key=lambda entry: (-entry[0], entry[3]))

    def number(self, page: int, box: Box) -> int:
        """The same number for the same view, so that what was looked at ahead is found again."""
        if (page, box) not in self.numbers:
            self.numbers[page, box] = self.counter
            self.counter += 1
        return self.numbers[page, box]

    def node(self, page: int, scale: int, box: Box, gain: float) -> Node:
        around = [s for s in self.steps if s.page == page and s.view.contains(box)]
        parent = min(around, key=lambda s: s.view.area, default=None)
        return Node(page, box, scale + 1, None if parent is None else parent.index, (gain,))

    # --- one look -----------------------------------------------------------------------------------------

    def visit(self, count: int, node: Node, room: int) -> LookStep:
        started = time.perf_counter()
        seen = self.look(count, node, room)
        patch = self.document.page(node.page).patch(node.box)
        page = self.pages.get(node.page)
        if page is None:
            page = self.pages[node.page] = self.begin(node.page)
        if node.priorities is None and not node.hint:
            self.expect(node, seen)
        hunted = [i for i, hunt in enumerate(self.hunts) if hunt.open]
        scale = self.scale(node.page, node.box)
        fine = scale >= self.needed_scale - 1e-9
        limit = self.localizer.capabilities.rules_out if self.settings.prune else None
        level = page.scale_of(node.box) if node.hint else node.level - 1
        page.update(level, node.box, {i: seen[i] for i in hunted}, limit)
        noted = {i: self.candidates(seen[i], patch, len(self.steps), node.page) for i in hunted}
        found = [i for i in hunted if self.take(i, noted[i], node, fine or seen[i].complete)]
        complete = all(seen[i].complete for i in hunted)
        observations = []
        for i in hunted:
            cue = seen[i].cue
            best = max((self.probability(i, c) for c in self.candidates_of[i]), default=None)
            changes = {
                "probability": best,
                "absent": self.absence(i),
                "cue": None if cue is None else CueMap.of(cue),
            }
            phrase = self.hunts[i].target.phrase
            observations.append(observe(phrase, noted[i], seen[i]).model_copy(update=changes))
        self.worths.pop(node.page, None)
        if any(not self.hunts[i].open for i in hunted):
            self.worths.clear()
        return LookStep(
            index=len(self.steps),
            page=node.page,
            box=node.box,
            view=node.box,
            level=node.level,
            parent=node.parent,
            priority=None if node.priorities is None else node.priorities[0],
            scale=1.0 if complete else scale,
            fine=fine or complete,
            complete=complete,
            observations=tuple(observations),
            found=tuple(self.hunts[i].target.phrase for i in found),
            seconds=time.perf_counter() - started,
        )

    def take(self, target: int, candidates: list[Instance], node: Node, fine: bool) -> bool:
        """Note what was seen of a target; True when that settles it as found."""
        hunt = self.hunts[target]
        hunt.looks += 1
        if fine:
            hunt.fine.setdefault(node.page, []).append(node.box)
        before = len(hunt.found)
        if self.note(hunt, candidates):
            return True
        for instance in hunt.found[before:]:
            self.pages[node.page].explain(target, instance.box)
        if hunt.target.instances == "one" and candidates and candidates[0].score > self.high:
            self.refuse(target, candidates[0])
            candidates = candidates[1:]
        if hunt.target.instances == "one":
            self.candidates_of[target] += [c for c in candidates if c.score >= self.low]
            best = self.most_probable(target)
            if best is not None and self.probability(target, best) >= self.settings.certain:
                hunt.found = self.confirm(hunt.target, [best])
                hunt.open = not hunt.found
                if hunt.found:
                    return True
                self.refuse(target, best)
        if min(1 - self.absence(target), self.findable(target)) <= 1 - self.settings.certain_absent:
            hunt.open = False
        return False

    def refuse(self, target: int, candidate: Instance) -> None:
        """A second look did not show the target there: it is somewhere else."""
        self.pages[candidate.page].explain(target, candidate.box)
        self.candidates_of[target] = [c for c in self.candidates_of[target] if c.box.iou(candidate.box) < 0.5]

    def most_probable(self, target: int) -> Instance | None:
        """The candidate at the most probable place, of those there the one with the highest score."""
        listed = [(self.probability(target, c), c.score, c) for c in self.candidates_of[target]]
        return max(listed, key=lambda entry: entry[:2])[2] if listed else None

    def expect(self, node: Node, seen: dict[int, Sighting]) -> None:
        """Where the VQA agent says that a target usually is, in directions, becomes part of the prior.

        It is asked once a page, where the cue map is too weak to be trusted by the rule of V*.
        """
        s = self.settings
        if self.where is None or not s.directions:
            return
        page = self.pages[node.page]
        for i, sighting in seen.items():
            cue = sighting.cue
            if cue is not None and float(cue.max()) > max(s.cue_minimum, s.cue_threshold):
                continue
            self.calls = replace(self.calls, where=self.calls.where + 1)
            phrase = self.hunts[i].target.phrase
            try:
                told = self.where.where(self.document.page(node.page).patch(node.box), phrase)
            except OutOfTime:  # the look is over; the next one is not begun
                return
            place = context_phrase(told, phrase)
            map_ = direction_map(place) if place else None
            if map_ is not None:
                page.expect(i, map_)

    # --- the end ------------------------------------------------------------------------------------------

    def fallback(self, hunt: Hunt) -> list[Instance]:
        best = self.most_probable(self.hunts.index(hunt))
        return [] if best is None else [best]

    def outcome(self, hunt: Hunt, complete: bool) -> TargetOutcome:
        target = self.hunts.index(hunt)
        told = super().outcome(hunt, complete)
        one = hunt.target.instances == "one" and told.instances
        found = max((self.probability(target, i) for i in told.instances), default=None) if one else None
        smallest = [page.sizes[0] * page.scales[-1].zoom for page in self.pages.values()]
        px = min(smallest, default=self.settings.target_px * self.needed_scale)
        if told.status == "absent" and not self.is_settled_absent(target):
            told = replace(told, status="open", complete=False)
        return replace(
            told,
            probability=found,
            absent_probability=self.absence(target),
            detection=self.tables[target].detection(px, self.low),
            apparent_px=px,
        )

    def is_settled_absent(self, target: int) -> bool:
        """Whether a target that was not found may be called absent."""
        return self.absence(target) >= self.settings.certain_absent or self.unlooked(target) <= UNLOOKED

    def unlooked(self, target: int) -> float:
        """Share of the document that was neither looked at finely for a target nor ruled out by its cue map."""
        fine, looked = self.hunts[target].fine, 0.0
        for number, page in self.pages.items():
            seen = page.closed[target].all(axis=0)
            y, x = (
                each + corner
                for each, corner in zip(page.centres[::-1], (page.page.y, page.page.x), strict=True)
            )
            for box in fine.get(number, ()):
                x0, y0, x1, y1 = box.xyxy
                seen |= ((y >= y0) & (y <= y1))[:, None] & ((x >= x0) & (x <= x1))[None, :]
            looked += float(seen.mean()) * page.page.area
        return 1 - looked / self.area
