"""What an answer is worth without a part of SEAL: the same agents and the same search, one thing taken away.

- What the VQA agent is told is taken away by a wrapper around it, what the search does by its settings. Nothing in
  the search or in the agents knows that it is being measured.
- The name of the agent or the settings say what is missing, so that kept answers of two ablations are never mixed.
- The baseline without search loses the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..agents.contracts import Answer
from ..agents.looker import Answerer, VQAWrapper
from ..memory.errors import SettingError
from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.working import Crop, VisualWorkingMemory, decode_png, encode_png
from ..orchestrator import Seal

__all__ = ["PARTS", "Without", "without"]

PARTS = {
    "coordinates": "the memory has no places: every box is the whole page, and facts that measure places are gone",
    "facts": "the memory has no measured facts",
    "second-look": "a find in a scaled-down view is not looked at once more",
    "right-crops": "every crop shows another place of the page, as large; what was read and measured is gone with it",
    "cue": "where a target usually is, is neither asked nor used; cue maps of the localizer stay",
}
"""What can be taken away, by name."""
PLACELESS = ("count", "color")
"""Kinds of facts that say nothing of where."""
ALWAYS = -1e9
"""Log-odds that every cue map exceeds, so that it is trusted."""


class Without(VQAWrapper):
    """A VQA agent that is not told some of `PARTS`; of these, "second-look" does not concern it."""

    def __init__(self, inner: Answerer, parts: Collection[str]) -> None:
        super().__init__(inner)
        self.parts = frozenset(parts)
        told = [part for part in ("coordinates", "facts", "right-crops") if part in self.parts]
        self.name = f"{inner.name} without {' and '.join(told)}" if told else inner.name

    def where(self, patch: Patch, target: str) -> str:
        """Nothing where the contextual cue is taken away."""
        return "" if "cue" in self.parts else super().where(patch, target)

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """As the agent inside, from the poorer memory."""
        if "facts" in self.parts:
            memory = memory.but(facts=())
        if "right-crops" in self.parts:
            memory = _misled(memory)
        if "coordinates" not in self.parts:
            return super().tell(memory)
        return replace(super().tell(_placeless(memory)), places=())


def without(seal: Seal, parts: Collection[str]) -> Seal:
    """The same without these `PARTS`. Raises SettingError, naming them all, for a part that there is not."""
    if unknown := [part for part in parts if part not in PARTS]:
        raise SettingError(f"There is no part {unknown[0]!r} to take away; there are {', '.join(PARTS)}.")
    search = seal.search
    if "second-look" in parts:
        search = search.but(verify=False)
    if "cue" in parts:
        search = search.but(cue_minimum=ALWAYS, cue_threshold=ALWAYS, directions=False)
    return Seal(
        Without(seal.vqa, parts),
        seal.localizer,
        seal.policy,
        seal.budget,
        seal.memory,
        search=search,
        dpi=seal.dpi,
        max_pixels=seal.max_pixels,
    )


def _placeless(memory: VisualWorkingMemory) -> VisualWorkingMemory:
    page = {"box": Box(0, 0, *memory.image.size_wh)}
    return memory.but(
        targets=tuple(t.model_copy(update=page) for t in memory.targets),
        crops=tuple(c.model_copy(update=page) for c in memory.crops),
        lines=tuple(n.model_copy(update=page) for n in memory.lines),
        facts=tuple(f for f in memory.facts if f.kind in PLACELESS),
    )


def _misled(memory: VisualWorkingMemory) -> VisualWorkingMemory:
    """Every crop at the far side of the page, cut out of the global view and scaled to the same size.

    Targets keep their names and lie where their crop is now; lines of text stay where they are in such a crop.
    """
    crops = {crop.id: _elsewhere(memory, crop) for crop in memory.crops}
    shown = [(crop.page, crop.box) for crop in crops.values()]
    moved = [
        t.model_copy(
            update={"box": crops[t.crop].box if t.crop in crops else _across(memory, t.box), "text": ""}
        )
        for t in memory.targets
    ]
    lines = [
        n for n in memory.lines if any(page == n.page and box.coverage(n.box) >= 0.5 for page, box in shown)
    ]
    return memory.but(targets=tuple(moved), crops=tuple(crops.values()), facts=(), lines=tuple(lines))


def _across(memory: VisualWorkingMemory, box: Box) -> Box:
    """A box of the same size in the corner of the page that is farthest from it."""
    width, height = memory.image.size_wh
    x, y = box.center
    left, top = max(0.0, width - box.width), max(0.0, height - box.height)
    return Box(left if x < width / 2 else 0.0, top if y < height / 2 else 0.0, box.width, box.height)


def _elsewhere(memory: VisualWorkingMemory, crop: Crop) -> Crop:
    box, view = _across(memory, crop.box), decode_png(memory.image.png)
    scale = view.width / memory.image.size_wh[0]
    x0, y0 = int(box.x * scale), int(box.y * scale)
    x1, y1 = max(x0 + 1, round((box.x + box.width) * scale)), max(y0 + 1, round((box.y + box.height) * scale))
    shown = view.crop((x0, y0, x1, y1)).resize(decode_png(crop.png).size)
    return Crop(id=crop.id, box=box, png=encode_png(shown), page=crop.page)
