"""Best-first search over the tree of splits, for any number of targets at once: the state of one run.

- All targets share every look: one tree, one look a patch, and per target its own cue map and priority. A
  patch waits in the heap under the highest priority that any open target gives it; equal priorities leave the
  heap first in, first out.
- The rules of a policy say where to start, whether to split and what a child is worth (`seal.search.policies`); the
  run owns the state. With `VStar` and `SearchSettings.published()` and one target it is the released search.
- Cue maps stay at the localizer's resolution; a child's share of a map is an area integral with fractional
  cells, from a summed-area table.
- A batch looks ahead: patches next in the heap are looked at in the same call and kept until their turn, so
  the visits, their order and the outcome do not depend on the batch size.
"""

from __future__ import annotations

import heapq
import random
import time
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..agents.contracts import Sighting
from ..memory.errors import OutOfTime
from ..memory.geometry import Box, around_part, split, union_area
from ..memory.image import Patch
from ..record.steps import CueMap, LookStep, Observation
from .context import context_phrase, direction_map
from .cue import MassTable, highest
from .outcome import Calls, Confirm, Hunt, Instance, Node, TargetOutcome, merged, observe
from .policy import SearchTask, TreeRules

__all__ = ["TreeRun", "smallest_side"]


def smallest_side(page: Box) -> float:
    """The released leaf rule: patches whose smaller side is at most this many image pixels are not split.

    max(ceil(min(W, H) / 4), 224), V* code (`visual_search.py`).
    """
    return max(-(-min(page.size_wh) // 4), 224)


class TreeRun:
    """One run of a policy that walks the tree of splits."""

    likelihoods = ""

    def __init__(self, task: SearchTask, rules: TreeRules) -> None:
        localizer, settings = task.localizer, task.settings
        able = localizer.capabilities
        self.document = task.document
        self.hunts = [Hunt(target) for target in task.targets]
        self.localizer = localizer
        self.rules = rules
        self.settings = settings
        self.where = task.where
        self.confirm: Confirm = task.confirm or (lambda target, instances: list(instances))
        self.high = able.confidence_high if settings.confidence_high is None else settings.confidence_high
        self.low = able.confidence_low if settings.confidence_low is None else settings.confidence_low
        self.instances_above = self.high if settings.instances_above is None else settings.instances_above
        self.needed_scale = min(1.0, able.smallest_px / settings.target_px)
        self.task_hints = task.hints
        self.heap: list[tuple[float, int, Node]] = []
        self.counter = 0
        self.random = random.Random(settings.seed)
        self.ahead: dict[int, dict[int, Sighting]] = {}
        self.steps: list[LookStep] = []
        self.calls = Calls()
        self.patches = 0

    # --- the frontier -------------------------------------------------------------------------------------

    def push(self, node: Node) -> None:
        heapq.heappush(self.heap, (-self.worth(node), self.counter, node))
        self.counter += 1

    def worth(self, node: Node) -> float:
        """Highest priority among the open targets; roots come before everything."""
        if node.priorities is None:
            return float("inf")
        return max((p for p, hunt in zip(node.priorities, self.hunts, strict=True) if hunt.open), default=0.0)

    def reorder(self) -> None:
        """After a target has closed, what it was waiting for counts no more."""
        self.heap = [(-self.worth(node), count, node) for _, count, node in self.heap]
        heapq.heapify(self.heap)

    def start(self) -> None:
        for page, box in self.task_hints:
            coarse = self.scale(page, self.document.page(page).box) < self.needed_scale - 1e-9
            if coarse and self.rules.splits:
                self.push(Node(page, box, 1, None, None, hint=True))
        for image in self.document:
            for box in self.rules.roots(image.box, self.localizer.capabilities.input_side):
                self.push(Node(image.page, box, 1, None, None))

    def next(self) -> tuple[int, Node] | None:
        """The next patch and its number; None when nothing is left to do."""
        if not self.heap or not any(hunt.open for hunt in self.hunts):
            return None
        return heapq.heappop(self.heap)[1:]

    def waiting(self, wanted: int) -> list[tuple[int, Node]]:
        """Up to that many patches that are likely to be next."""
        return [(count, node) for _, count, node in heapq.nsmallest(wanted, self.heap)]

    # --- one look -----------------------------------------------------------------------------------------

    def view(self, node: Node) -> Box:
        """What the localizer is shown: the patch and a margin of half the overlap at each side."""
        if node.hint or not self.rules.splits or not self.settings.overlap:
            return node.box
        return around_part(node.box, self.document.page(node.page).box, self.settings.overlap)

    def scale(self, page: int, view: Box) -> float:
        """Pixels of the localizer's input per image pixel, at most 1."""
        image = self.document.page(page)
        scale = min(1.0, self.localizer.capabilities.input_side / max(view.size_wh))
        return scale if image.limit_side is None else min(scale, image.limit_side / max(image.size_wh))

    def look(self, count: int, node: Node, room: int) -> dict[int, Sighting]:
        """The sightings of this node per target index; looks ahead at up to `room` further patches."""
        if count not in self.ahead:
            wanted = min(self.settings.batch_size, self.localizer.capabilities.max_batch, room) - 1
            more = self.waiting(wanted) if wanted > 0 else []
            batch = [(count, node), *(e for e in more if e[0] not in self.ahead and e[0] != count)]
            hunted = [i for i, hunt in enumerate(self.hunts) if hunt.open]
            phrases = [self.hunts[i].target.phrase for i in hunted]
            patches = [self.document.page(n.page).patch(self.view(n)) for _, n in batch]
            rows = self.localizer.locate(patches, phrases)
            for (c, _), row in zip(batch, rows, strict=True):
                self.ahead[c] = dict(zip(hunted, row, strict=True))
            self.patches += len(batch)
            self.calls = replace(self.calls, detection=self.calls.detection + len(batch) * len(phrases))
        return self.ahead.pop(count)

    def visit(self, count: int, node: Node, room: int) -> LookStep:
        """Look, note candidates, close what is found, split the patch."""
        started = time.perf_counter()
        priority = None if node.priorities is None else self.worth(node)
        seen = self.look(count, node, room)
        index = len(self.steps)
        view = self.view(node)
        patch = self.document.page(node.page).patch(view)
        scale = self.scale(node.page, view)
        fine = scale >= self.needed_scale - 1e-9
        observations, found = [], []
        hunted = [i for i, hunt in enumerate(self.hunts) if hunt.open]
        complete = all(seen[i].complete for i in hunted)
        for i in hunted:
            hunt = self.hunts[i]
            candidates = self.candidates(seen[i], patch, index, node.page)
            hunt.looks += 1
            if fine or seen[i].complete:
                hunt.fine.setdefault(node.page, []).append(view)
            if self.note(hunt, candidates):
                found.append(hunt.target.phrase)
            observations.append(observe(hunt.target.phrase, candidates, seen[i]))
        if found:
            self.reorder()
        nothing_more = complete or node.hint or self.is_leaf(node, fine)
        if self.rules.splits and any(hunt.open for hunt in self.hunts) and not nothing_more:
            observations = self.expand(node, patch, seen, observations)
        return LookStep(
            index=index,
            page=node.page,
            box=node.box,
            view=view,
            level=node.level,
            parent=node.parent,
            priority=priority,
            scale=1.0 if complete else scale,
            fine=fine or complete,
            complete=complete,
            observations=tuple(observations),
            found=tuple(found),
            seconds=time.perf_counter() - started,
        )

    def candidates(self, sighting: Sighting, patch: Patch, look: int, page: int) -> list[Instance]:
        """All candidates of a sighting, best first, the localizer's order among equals."""
        n = len(sighting.scores)
        boxes, scores = patch.to_image(sighting.boxes), sighting.scores.tolist()
        scale = 1.0 if sighting.complete else self.scale(page, patch.box)
        texts, sources = sighting.texts or ("",) * n, sighting.sources or ((),) * n
        listed = [
            Instance(box, score, text, look, page, seen_by, scale)
            for box, score, text, seen_by in zip(boxes, scores, texts, sources, strict=True)
        ]
        return sorted(listed, key=lambda c: -c.score)

    def note(self, hunt: Hunt, candidates: list[Instance]) -> bool:
        """Remember the candidates; True when they close the target."""
        if not candidates:
            return False
        if hunt.best is None or candidates[0].score > hunt.best.score:
            hunt.best = candidates[0]
        if hunt.target.instances == "all":
            hunt.found.extend(c for c in candidates if c.score > self.instances_above)
            return False
        if candidates[0].score > self.high:
            sure = [c for i, c in enumerate(candidates) if i == 0 or c.score > self.instances_above]
            hunt.found = self.confirm(hunt.target, sure)
            hunt.open = not hunt.found
        return not hunt.open

    def is_leaf(self, node: Node, fine: bool) -> bool:
        leaf = self.settings.leaf
        if leaf == "apparent":
            return fine
        smallest = smallest_side(self.document.page(node.page).box) if leaf == "published" else leaf
        return min(node.box.size_wh) <= smallest

    # --- children -----------------------------------------------------------------------------------------

    def expand(
        self, node: Node, patch: Patch, seen: dict[int, Sighting], observations: list[Observation]
    ) -> list[Observation]:
        """Push the children; gives the observations with the map that ranked them."""
        cues: dict[int, MassTable] = {}
        told = {o.phrase: o for o in observations}
        if self.rules.uses_cue:
            for i, hunt in ((i, h) for i, h in enumerate(self.hunts) if h.open):
                cue, place = self.cue(hunt.target.phrase, seen[i], patch, node.level)
                if cue is not None:
                    cues[i] = MassTable.of(cue, patch.box)
                    changes = {"cue": CueMap.of(cue), "context": place}
                    told[hunt.target.phrase] = told[hunt.target.phrase].model_copy(update=changes)
        lineage = (*node.lineage, cues)
        for box in split(node.box):
            draw = self.random.random()
            if self.is_ruled_out(node.page, box, patch.box, seen):
                continue
            priorities = tuple(
                self.rules.priority(node.level + 1, [_share(maps, i, box) for maps in lineage], draw)
                for i in range(len(self.hunts))
            )
            self.push(Node(node.page, box, node.level + 1, len(self.steps), priorities, lineage))
        return list(told.values())

    def is_ruled_out(self, page: int, child: Box, view: Box, seen: dict[int, Sighting]) -> bool:
        """Whether this look has ruled out every open target in the child; where it has, that counts as seen."""
        limit = self.localizer.capabilities.rules_out
        if limit is None or not self.settings.prune:
            return False
        alive = [i for i, hunt in enumerate(self.hunts) if hunt.open]
        maps = {i: seen[i].cue for i in alive}
        out = [i for i in alive if (cue := maps[i]) is not None and highest(cue, view, child) <= limit]
        for i in out:
            self.hunts[i].fine.setdefault(page, []).append(child)
        return len(out) == len(alive)

    def cue(
        self, phrase: str, sighting: Sighting, patch: Patch, level: int
    ) -> tuple[NDArray[np.float32] | None, str]:
        """The map that ranks the children, and the place that it shows when it is a contextual one."""
        s = self.settings
        threshold = max(s.cue_minimum, s.cue_threshold * s.cue_decay ** (level - 1))
        if self.where is None or (sighting.cue is not None and float(sighting.cue.max()) > threshold):
            return sighting.cue, ""
        try:
            return self.contextual_cue(phrase, sighting, patch)
        except OutOfTime:  # the look is over; the next one is not begun
            return sighting.cue, ""

    def contextual_cue(
        self, phrase: str, sighting: Sighting, patch: Patch
    ) -> tuple[NDArray[np.float32] | None, str]:
        """The map of the place where such a target usually is; that of the sighting where none is known."""
        assert self.where is not None
        self.calls = replace(self.calls, where=self.calls.where + 1)
        place = context_phrase(self.where.where(patch, phrase), phrase)
        if not place:
            return sighting.cue, ""
        directions = direction_map(place) if self.settings.directions else None
        if directions is not None:
            return directions, place
        if len(place) > self.localizer.capabilities.longest_phrase or self.localizer.unknown(place):
            return sighting.cue, ""
        self.calls = replace(self.calls, context=self.calls.context + 1)
        context = self.localizer.locate([patch], [place])[0][0].cue
        return (sighting.cue, "") if context is None else (context, place)

    # --- the end ------------------------------------------------------------------------------------------

    def conclude(self, complete: bool) -> tuple[TargetOutcome, ...]:
        return tuple(self.outcome(hunt, complete) for hunt in self.hunts)

    def fallback(self, hunt: Hunt) -> list[Instance]:
        """What may count as found at the end of a target that was not found for sure."""
        best = hunt.best
        return [] if best is None or best.score <= 0 or best.score < self.low else [best]

    def outcome(self, hunt: Hunt, complete: bool) -> TargetOutcome:
        several = hunt.target.instances == "all"
        found = merged(hunt.found or self.fallback(hunt))
        if several or not hunt.found:  # a find that closed its target was confirmed then
            found = self.confirm(hunt.target, found)
        best = hunt.best if hunt.best is not None and hunt.best.score > 0 else None
        settled = complete or not hunt.open
        status: Literal["found", "absent", "open"] = "found" if found else "absent" if settled else "open"
        return TargetOutcome(
            hunt.target,
            status,
            tuple(found),
            best,
            settled,
            None if best is None else best.look + 1,
            hunt.looks,
            self.seen(hunt),
        )

    def seen(self, hunt: Hunt) -> float:
        total = sum(page.box.area for page in self.document)
        return min(1.0, sum(union_area(boxes) for boxes in hunt.fine.values()) / total)


def _share(maps: dict[int, MassTable], target: int, box: Box) -> float:
    return maps[target].share(box) if target in maps else 0.0
