"""The nano VQA model's own compact prompts, its replies, and the views that it is shown.

- Show: `show QUESTION` -> JSON {"ask": KIND, "one" or "all": [[what, name], ...]}; `what` is "icon", "text" or a
  widget, `name` a span of the question. `target_phrase` says it in the grammar of the localizers.
- Tell: `tell KIND: QUESTION` and a line of evidence for each target -> a word, number or text of the evidence.
- Where: `where PHRASE` -> a region. Page: like Tell, with the whole page as the view.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterable, Mapping, Sequence

import PIL.Image

from ...memory.geometry import Box
from ...memory.listed import listed
from ...memory.working import Crop

__all__ = [
    "ASKS",
    "INPUT_SIDE",
    "PAGES",
    "REGIONS",
    "SIDES",
    "STATES",
    "VIEW",
    "WHATS",
    "before",
    "evidence_line",
    "framed",
    "icon_spans",
    "plain",
    "show_prompt",
    "show_reply",
    "spans",
    "target_phrase",
    "tell_prompt",
    "unquoted_styles",
    "view_of",
    "where_prompt",
]

INPUT_SIDE = 512
"""Pixels of the longer side at which a page is seen as a whole."""
VIEW = 48
"""Side in pixels of the model's input."""
ASKS = ("colour", "state", "kind", "relation", "badge", "value", "count", "presence", "page")
"""Kinds of question that the model knows."""
WHATS = listed("""
    icon, text, button, checkbox, radio, switch, input, select, tab, badge, avatar, progress bar, slider,
    chart, menu item, pagination
    """)
"""What a target can be."""
REGIONS = ("header", "sidebar", "toolbar", "card", "table", "form", "dialog", "footer")
PAGES = listed("""
    dashboard, settings, mail, files, shop, editor, table, form, launcher, chat, article, calendar
    """)
SIDES = ("left", "right", "above", "below")
STATES: Mapping[str, str] = {
    "on": "on",
    "off": "off",
    "checked": "checked",
    "unchecked": "unchecked",
    "selected": "selected",
    "unselected": "unselected",
    "disabled": "disabled",
    "enabled": "enabled",
    "switched on": "on",
    "switched off": "off",
    "turned on": "on",
    "turned off": "off",
    "activated": "on",
    "deactivated": "off",
    "ticked": "checked",
    "unticked": "unchecked",
    "not checked": "unchecked",
    "not ticked": "unchecked",
    "marked": "checked",
    "unmarked": "unchecked",
    "chosen": "selected",
    "not selected": "unselected",
    "not chosen": "unselected",
    "active": "selected",
    "inactive": "unselected",
    "current": "selected",
    "highlighted": "selected",
    "greyed out": "disabled",
    "grayed out": "disabled",
    "switched-on": "on",
    "switched-off": "off",
    "turned-on": "on",
    "turned-off": "off",
    "greyed-out": "disabled",
}
"""Words for a state, and the one that localizers know."""
_LONGEST = 8
_NO_EDGE = frozenset(
    listed("""
        a, an, the, this, that, these, those, is, are, was, were, be, been, do, does, did, has, have, had,
        what, which, who, where, how, when, why, of, to, by, and, or, if, than, as, it, its, i, we, you, me,
        my, one, please, tell, say, there, here, can, could, would, any, many, much, label, icon, icons,
        symbol, pictogram, marked, belongs
        """)
)
"""Words in lower case at which no name begins or ends, unless it is quoted."""
_SELDOM_ICONS = frozenset(
    listed("""
        about, at, box, call, check, display, displays, enter, find, label, like, move, new, present, quote,
        read, reading, reads, show, shows, time, times, view, visible, waiting, watch
        """)
)
"""Names of icons that mean something else in a question, unless "icon" follows."""
_ICON = re.compile(r"(?:icon|symbol|pictogram|glyph)s?\b", re.I)
_CLOSING = re.compile(r"^[\"'(]+|[\"'.,;:?!)]+$")


def spans(question: str) -> tuple[str, ...]:
    """The runs of up to 8 whole words of a question that may be a name; a quoted text is taken whole or not at all.

    >>> spans('Is the "Total due" big')
    ('', 'Total due', 'big')
    """
    words = _words(question)
    found: dict[str, None] = {"": None}
    for first in range(len(words)):
        for last in range(first, min(len(words), first + _LONGEST)):
            inside = {quoted for _, quoted in words[first : last + 1]}
            run = " ".join(word for word, _ in words[first : last + 1])
            cut = {_quote(words, first - 1), _quote(words, last + 1)} & inside
            if inside == {0} and _may_be(words, first) and _may_be(words, last):
                name = _CLOSING.sub("", run)
                found |= dict.fromkeys((name, re.sub(r"['’]s$", "", name)))
            elif len(inside) == 1 and inside != {0} and not cut:
                found[run] = None
    return tuple(found)


def icon_spans(question: str, known: Container[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the spans that may name an icon, those of them that can be nothing else); known: names in lower case.

    Before the word "icon" the longest known name rules out all others, and is an icon; elsewhere the longest known
    ones may be. Where neither gives any: all spans in lower case.
    """
    line, found = unquoted_styles(question).replace('"', ""), spans(question)
    sure: list[str] = []
    likely: list[str] = []
    for match in _ICON.finditer(line):
        words = line[: match.start()].split()[-4:]
        ends = [_CLOSING.sub("", " ".join(words[i:])) for i in range(len(words))]
        named = [s for s in ends if s.lower() in known]  # the longest first
        sure += named[:1]
        likely += named[:1] or [s for s in ends if s in found and _NO_EDGE.isdisjoint(s.split())]
    others = [s for s in found if s in known and s not in _SELDOM_ICONS]
    likely += [s for s in others if not any(s != t and f" {s} " in f" {t} " for t in others)]
    return tuple(dict.fromkeys(likely)) or tuple(s for s in found if s[:1].islower()), tuple(sure)


def _may_be(words: Sequence[tuple[str, int]], at: int) -> bool:
    """Whether a name may begin or end with a word; the first word of a question is capitalised anyway."""
    word = _CLOSING.sub("", words[at][0])
    return (word.lower() if at == 0 else word) not in _NO_EDGE


def _quote(words: Sequence[tuple[str, int]], at: int) -> int:
    return words[at][1] if 0 <= at < len(words) else -1


def _words(question: str) -> list[tuple[str, int]]:
    """(word, number of the quoted text that it stands in, 0 outside) in order."""
    rows: list[tuple[str, int]] = []
    parts = re.split(r'"', unquoted_styles(question))
    for number, part in enumerate(parts):
        quoted = number if number % 2 and number < len(parts) - 1 else 0
        rows += [(word, quoted) for word in part.split()]
    return rows


def unquoted_styles(text: str) -> str:
    """Text on one line, with every pair of quotation marks as straight double ones."""
    line = re.sub(r"[“”„«»`]", '"', " ".join(text.split()))
    return re.sub(r"(?<!\w)['‘](?=\S)|(?<=\S)['’](?!\w)", '"', line)


def target_phrase(what: str, name: str) -> str:
    """How a target is said to a localizer.

    >>> target_phrase("icon", "bell"), target_phrase("checkbox", "ticked"), target_phrase("text", "Total")
    ('bell icon', 'checked checkbox', '"Total"')
    """
    name = name.strip()
    if what == "text":
        return '"{}"'.format(name.replace('"', "'"))
    name = STATES.get(name.lower(), name)
    return f"{name} {what}".strip()


def show_prompt(question: str) -> str:
    """What Show is asked."""
    return f"show {unquoted_styles(question)}"


def show_reply(ask: str, targets: Sequence[tuple[str, str]], every: bool = False) -> str:
    """The reply of Show as JSON."""
    reply: dict[str, object] = {"ask": ask}
    if targets:
        reply["all" if every else "one"] = [list(target) for target in targets]
    return json.dumps(reply, ensure_ascii=False)


def tell_prompt(ask: str, question: str, evidence: Iterable[str] = ()) -> str:
    """What Tell is asked, with the evidence of its targets."""
    return "\n ".join((f"tell {ask}: {unquoted_styles(question)}", *evidence))


def evidence_line(phrase: str, said: Sequence[str | tuple[str, str]]) -> str:
    """A line of evidence: a target, and what is known of it; a pair is a side and the text there."""
    parts = [s if isinstance(s, str) else f'{s[0]} "{plain(s[1])}"' for s in said]
    return f"{phrase.replace(chr(34), '')}: " + ", ".join(parts)


def plain(text: str) -> str:
    """A text as it stands in evidence: one line, no double quotes, at most 40 characters."""
    return " ".join(text.replace('"', "'").split())[:40]


def where_prompt(phrase: str) -> str:
    """What Where is asked."""
    return f"where {phrase}"


def before(label: Box) -> Box:
    """The square view left of a label, where its icon stands: twice as high as the label, touching it."""
    side = 2.1 * label.height
    return Box(label.x - side, label.center[1] - side / 2, side, side)


def framed(box: Box, square: bool) -> Box:
    """What a view of a target shows: its box and a margin of 0.3 of its smaller side (and 2 px) all round.

    Icons are shown square, all else squashed.
    """
    pad = 0.3 * min(box.size_wh) + 2
    w, h = box.width + 2 * pad, box.height + 2 * pad
    if square:
        w = h = max(w, h)
    cx, cy = box.center
    return Box(cx - w / 2, cy - h / 2, w, h)


def view_of(crop: Crop, box: Box) -> PIL.Image.Image:
    """The part of a crop in a box, 48 x 48, squashed; cut where the crop ends."""
    picture = crop.pil()
    inside = box.clipped(crop.box)
    fx, fy = picture.width / crop.box.width, picture.height / crop.box.height
    x0, y0, x1, y1 = inside.shifted(-crop.box.x, -crop.box.y).xyxy
    part = (x0 * fx, y0 * fy, max(x0 * fx + 1, x1 * fx), max(y0 * fy + 1, y1 * fy))
    return picture.resize((VIEW, VIEW), PIL.Image.Resampling.BOX, box=part)
