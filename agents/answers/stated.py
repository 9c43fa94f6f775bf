"""States that are written: the word for on or off that stands in the row of a name, or beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.typed import plain
from ..reader.query import Wanted
from .plan import EVERYTHING
from .resolve import resolve
from .scene import Place, Scene, rows_share
from .siblings import FADED
from .values import Reading, beside
from .verdict import Verdict, no, refused, said, yes

__all__ = ["LEFT_OFF", "NEGATIVE", "OFF", "ON", "USABLE", "options_of", "written_state"]

ON = re.compile(
    r"on|enabled|active|activated|yes|true|checked|selected|ticked|expanded|open|signed|connected|running|online",
    re.I,
)

OFF = re.compile(
    r"off|disabled|inactive|deactivated|no|false|unchecked|deselected|not selected|collapsed|closed|"
    r"unsigned|disconnected|stopped|offline",
    re.I,
)

NEGATIVE = re.compile(
    r"\b(?:off|un\w+ed|deselected|disabled|inactive|deactivated|collapsed|closed|empty|cleared|not|offline|disconnected)\b|n't\b",
    re.I,
)
_DONE = r"(?:ticked|checked|crossed|marked|selected|switched on|turned on|on|enabled)"
LEFT_OFF = re.compile(
    rf"\bun-?(?:ticked|checked|crossed|marked|selected)\b|\bnot (?:been |yet )?{_DONE}\b|n[’']t (?:been )?{_DONE}\b|"
    r"\bempty\b|\bblank\b|\b(?:switched|turned) off\b|(?<!ed )\boff\b|\bdisabled\b|"
    r"\bwithout (?:a |any )?(?:tick|mark|cross)\b",
    re.I,
)
"""Said of boxes and switches that are not on."""
USABLE = re.compile(r"\b(?:enabled|active|usable|(?:click|press|tapp?)able)\b", re.I)
"""Said of what can be used; how it is drawn tells."""


def options_of(on: bool, options: Sequence[str]) -> list[str]:
    """The options that are a word for on, or for off, in short of "yes" and "no"."""
    word = ON if on else OFF
    return [o for o in options if word.fullmatch(plain(o)) and plain(o) not in ("yes", "no")]


def written_state(scene: Scene, wanted: Wanted, asked: str, options: Sequence[str]) -> Verdict:
    """A state that is written: beside the label, or as the text of the thing itself."""
    found = resolve(scene, replace(wanted, state=""))
    if not found:
        return refused(f'"{wanted.words}" was not found.', *(() if scene.whole else (EVERYTHING,)))
    label = found[0]
    row = [p for p in scene.lines if p.page == label.page and rows_share(p.box, label.box) >= 0.5]
    if label.is_whole and (word := _state_in(row, label)) is not None and _tells(word.text, asked):
        on = ON.fullmatch(plain(word.text)) is not None
        slip = len(found) == 1 and len(label.text) > 5  # nothing else is called like it
        sure = 0.85 * max(label.score, 0.8 if slip else 0.0) * word.score
        same = [o for o in options if plain(o) == plain(word.text)] or options_of(on, options)
        if len(same) == 1:
            return said([Reading(same[0], word, sure, f'It reads "{word.text}".', (label,))], "")
        return _as_asked(on, asked, sure, word)
    for reading in beside(scene, label, frozenset())[:2]:
        told = plain(reading.text)
        is_on, is_off = ON.fullmatch(told), OFF.fullmatch(told)
        chosen = [o for o in options if plain(o) == told]
        if chosen:
            return said([replace(reading, text=chosen[0], score=0.9 * reading.score)], "")
        if plain(asked) and plain(asked) == told:
            return yes(0.85 * reading.score, f'It reads "{reading.text}".', reading.place)
        if (is_on or is_off) and _tells(told, asked):
            return _as_asked(
                bool(is_on), asked, 0.8 * reading.score, replace(reading.place, text=reading.text)
            )
    if asked and any(plain(p.text) == plain(asked) for p in row):
        return yes(0.75 * label.score, f'"{asked}" stands in its row.', label)
    return refused(f'"{label.text or label.kind}" was found, but no state of it was seen or read.')


def _as_asked(on: bool, asked: str, sure: float, word: Place) -> Verdict:
    """Yes or no, from a word for on or off: "Off" is a yes to "is it disabled"."""
    return (yes if on != bool(NEGATIVE.search(asked)) else no)(sure, f'It reads "{word.text}".', word)


def _tells(word: str, asked: str) -> bool:
    """Whether a word for on or off tells of the state that is asked for: not "Active" of "paid"."""
    said_ = plain(asked)
    return not said_ or bool(
        plain(word) in ("yes", "no", "true", "false")
        or ON.fullmatch(said_)
        or OFF.fullmatch(said_)
        or NEGATIVE.search(said_)
        or USABLE.search(said_)
        or FADED.search(said_)
    )


def _state_in(row: Sequence[Place], label: Place) -> Place | None:
    """The word for on or off right of a label in its row, nothing between; None where there is none."""
    right = sorted((p for p in row if p.box.x >= label.box.x + 0.9 * label.box.width), key=lambda p: p.box.x)
    word = plain(right[0].text) if right else ""
    return right[0] if ON.fullmatch(word) or OFF.fullmatch(word) else None
