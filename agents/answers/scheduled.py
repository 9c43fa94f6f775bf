"""What a timetable says of a time: "Which lesson is on Wednesday at 10 am?"."""

from __future__ import annotations

import re

from ...memory.typed import typed
from ..reader.query import Query
from .lookup import MOST_PLACES, crossings, places_named
from .reworded import WEEKDAY
from .scene import Scene
from .verdict import Verdict, said

__all__ = ["at_time"]

CROSSED = 0.7
"""Score of a cell from which it is what there is at a time."""


def at_time(scene: Scene, query: Query) -> Verdict | None:
    """What there is where the row or column of a time crosses another one that is named; None where no time is named.

    None is told where a day is named too and nothing stands there.
    """
    grounded = places_named(scene, query)
    if not any(typed(name).kind == "time" for name in grounded):
        return None
    for day in WEEKDAY.finditer(query.question):
        begun = [p for p in scene.lines if re.match(rf"{day[0]}\b", p.text, re.I)]
        if begun and not any(day[0] in name for name in grounded if name != day[0]):
            grounded[day[0]] = begun[:MOST_PLACES]
    found = [r for r in crossings(scene, query, grounded, frozenset()) if r.text and r.score >= CROSSED]
    if found:
        return said(found, "")
    dated = WEEKDAY.search(query.question) or any(typed(name).kind == "date" for name in grounded)
    return (
        Verdict((), "What there is on that day at that time cannot be told.", final=True) if dated else None
    )
