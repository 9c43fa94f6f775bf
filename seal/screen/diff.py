"""What is different on a later screen: elements that appeared, are gone, changed their state or text, or moved.

Elements are paired by kind and name near their place first, then by kind at the same place (their text has changed),
then by kind and name anywhere (they have moved). Ids take no part: a moved element has another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..memory.frames import Frame
from ..memory.geometry import Places, distance
from ..memory.typed import plain
from .element import Element, Elements
from .replies import ChangeReply, DiffReply

__all__ = ["Change", "Diff", "diff"]

SAME_PLACE = 0.5
"""IoU from which two boxes are at one place."""
STILL = 0.5
"""Share of its shorter side, at least 4 pixels, by which an element may lie elsewhere without having moved."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Change(_Value):
    """One difference. before, after: the element on either screen; None where it is not there."""

    change: Literal["appeared", "gone", "changed", "moved"]
    before: Element | None = None
    after: Element | None = None

    @property
    def words(self) -> str:
        """What has changed, in words."""
        if self.before is None or self.after is None:
            there = self.after or self.before
            return (
                f"{'' if there is None else there.words} {'appeared' if self.before is None else 'is gone'}"
            )
        if self.change == "moved":
            (x0, y0), (x1, y1) = self.before.box.center, self.after.box.center
            return f"{self.after.words} moved by ({round(x1 - x0)}, {round(y1 - y0)}) px"
        told = []
        if self.before.state != self.after.state:
            told.append(f"{self.before.state or 'no state'} -> {self.after.state or 'no state'}")
        if plain(self.before.name) != plain(self.after.name) or not told:
            told.append(f'"{self.before.name}" -> "{self.after.name}"')
        return f"{self.after.kind} {'; '.join(told)}"


class Diff(_Value):
    """All differences of two screens, in reading order of the later one; what is gone comes last."""

    changes: tuple[Change, ...]
    before: Elements
    after: Elements

    def __len__(self) -> int:
        return len(self.changes)

    def only(self, change: str) -> tuple[Change, ...]:
        """The changes of a sort: "appeared", "gone", "changed" or "moved"."""
        return tuple(c for c in self.changes if c.change == change)

    def reply(self) -> DiffReply:
        """What an agent is told: `after` in the frame of the later screen, `before` in the earlier one's."""
        earlier = Frame.of(self.before.frame, self.before.size_wh)
        later = Frame.of(self.after.frame, self.after.size_wh)
        return DiffReply(
            image_size=self.after.size_wh,
            frame=later.name,
            page=self.after.page,
            changes=tuple(
                ChangeReply(
                    change=c.change,
                    what=c.words,
                    before=None if c.before is None else c.before.reply(earlier),
                    after=None if c.after is None else c.after.reply(later),
                )
                for c in self.changes
            ),
        )


def diff(before: Elements, after: Elements) -> Diff:
    """What is different on `after`. The screens may be of different sizes; boxes are compared in pixels."""
    pairs = _paired(before.items, after.items)
    old = {e.id: e for e in before.items}
    changes = []
    for e in after.items:
        earlier = old.get(pairs.get(e.id, ""))
        if earlier is None:
            changes.append(Change(change="appeared", after=e))
        elif earlier.state != e.state or plain(earlier.name) != plain(e.name):
            changes.append(Change(change="changed", before=earlier, after=e))
        elif not _is_still(earlier, e):
            changes.append(Change(change="moved", before=earlier, after=e))
    matched = set(pairs.values())
    changes += [Change(change="gone", before=e) for e in before.items if e.id not in matched]
    return Diff(changes=tuple(changes), before=before, after=after)


def _paired(before: Iterable[Element], after: Iterable[Element]) -> dict[str, str]:
    """Id of an element of `after` -> id of the same one of `before`."""
    left, right = list(before), list(after)
    places = Places([e.box for e in left])
    for e in left:
        places.add(e.box)
    pairs: dict[str, str] = {}
    taken: set[str] = set()
    for by_name in (True, False):
        for e in right:
            if e.id in pairs:
                continue
            near = [left[i] for i in places.near(e.box) if left[i].kind == e.kind and left[i].id not in taken]
            near = [o for o in near if o.box.iou(e.box) >= SAME_PLACE or (by_name and _is_still(o, e))]
            near = [o for o in near if not by_name or plain(o.name) == plain(e.name)]
            if near:
                best = max(near, key=lambda o: (o.box.iou(e.box), o.id))
                pairs[e.id] = best.id
                taken.add(best.id)
    elsewhere: dict[tuple[str, str], list[Element]] = defaultdict(list)
    for o in left:
        if o.id not in taken and o.name:
            elsewhere[o.kind, plain(o.name)].append(o)
    for e in right:
        there = elsewhere.get((e.kind, plain(e.name)), [])
        if e.id not in pairs and there:
            best = min(there, key=lambda o: (distance(o.box, e.box), o.id))
            there.remove(best)
            pairs[e.id] = best.id
    return pairs


def _is_still(a: Element, b: Element) -> bool:
    return distance(a.box, b.box) <= max(4.0, STILL * min(*a.box.size_wh, *b.box.size_wh))
