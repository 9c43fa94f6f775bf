"""Questions as people ask them, with what Show has to make of them: from the templates of `questions.txt`.

A template's alternatives multiply, so that every kind has far more than 50 phrasings; some of them, and some names
of icons, are held out and never trained on. What a question names is worded in several ways too.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Literal

from ..agents.nano_vqa.prompts import show_reply
from ..memory.listed import listed, pairs
from .concepts import table
from .grammar import compose, normal

__all__ = [
    "Asked",
    "COUNTED",
    "Named",
    "STATE_WORDS",
    "counted",
    "held_out",
    "icon",
    "icon_names",
    "label_of",
    "phrasings",
    "question",
    "text",
    "widget",
]

_WORDS: dict[str, tuple[str, ...]] = {
    "switch": ("switch", "switch", "toggle", "toggle switch"),
    "checkbox": ("checkbox", "checkbox", "check box", "box", "tick box"),
    "radio": ("radio button", "radio button", "option", "choice"),
    "tab": ("tab",),
    "menu item": ("menu item", "menu entry", "entry", "item"),
    "button": ("button",),
    "input": ("field", "input field", "input", "text field"),
    "select": ("drop-down", "drop-down list", "select", "select box"),
    "slider": ("slider",),
    "progress bar": ("progress bar",),
    "avatar": ("avatar", "profile picture"),
    "badge": ("badge",),
    "chart": ("chart",),
    "pagination": ("pagination", "page links"),
}
STATE_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "switch": pairs("""
        on / off, on / off, switched on / switched off, turned on / turned off, activated / deactivated,
        enabled / off
        """),
    "checkbox": pairs("""
        checked / unchecked, checked / unchecked, ticked / unticked, checked / not checked,
        ticked / not ticked, marked / unmarked, selected / not selected
        """),
    "radio": pairs("""
        selected / not selected, chosen / not chosen, checked / unchecked, selected / unselected
        """),
    "tab": pairs("""
        selected / not selected, active / inactive, chosen / not chosen, highlighted / not selected
        """),
    "menu item": pairs("""
        selected / not selected, active / inactive, highlighted / not selected, chosen / not chosen
        """),
    "usable": pairs("enabled / disabled, enabled / greyed out, enabled / grayed out"),
}
"""What a state and its opposite are called, by widget; "usable": whether anything is disabled."""
COUNTED: tuple[tuple[str, str, str], ...] = tuple(
    (phrase, kind, state)
    for kind, told in {
        "checkbox": pairs("""
            checked boxes / checked, checked checkboxes / checked, ticked boxes / ticked,
            ticked checkboxes / ticked, checkboxes that are checked / checked, boxes that are ticked / ticked,
            unchecked boxes / unchecked, unchecked checkboxes / unchecked, unticked boxes / unticked,
            boxes that are not checked / not checked, checkboxes /, check boxes /, tick boxes /
            """),
        "switch": pairs("""
            switches /, toggles /, toggle switches /, switches that are on / on,
            switched-on switches / switched-on, toggles that are switched on / switched on,
            switches that are off / off, switched-off toggles / switched-off,
            switches that are turned off / turned off, turned-on switches / turned-on,
            toggles that are on / on
            """),
        "radio": pairs("""
            radio buttons /, selected radio buttons / selected, radio buttons that are chosen / chosen
            """),
        "tab": pairs("selected tabs / selected, tabs /"),
        "button": pairs("""
            buttons /, disabled buttons / disabled, buttons that are greyed out / greyed out,
            greyed-out buttons / greyed-out
            """),
        "input": pairs("input fields /, text fields /, inputs /"),
        "select": pairs("drop-down lists /, drop-downs /, select boxes /"),
        "avatar": pairs("avatars /, profile pictures /"),
        "badge": pairs("badges /"),
        "progress bar": pairs("progress bars /"),
        "slider": pairs("sliders /"),
        "chart": pairs("charts /"),
        "menu item": pairs("menu items /, menu entries /, selected menu items / selected"),
        "icon": pairs("icons /, symbols /"),
    }.items()
    for phrase, state in told
)
"""(words in the question, what is counted, span that names its state)."""
Split = Literal["known", "unseen"]


@dataclass(frozen=True, slots=True)
class Named:
    """Something that a question names: its words there, and what Show has to call it."""

    words: str
    what: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its right targets. template: the kind of phrasing ("side" is asked as a "relation")."""

    text: str
    ask: str
    template: str
    targets: tuple[tuple[str, str], ...]
    every: bool = False

    @property
    def reply(self) -> str:
        """The right reply of Show."""
        return show_reply(self.ask, self.targets, self.every)


@cache
def phrasings(kind: str, split: Split = "known") -> tuple[str, ...]:
    """All phrasings of a kind, alternatives written out."""
    rows = _sections()[(kind, split)]
    return tuple(dict.fromkeys(p for row in rows for p in _expanded(row)))


@cache
def _sections() -> dict[tuple[str, Split], tuple[str, ...]]:
    sections: dict[tuple[str, Split], list[str]] = {}
    rows: list[str] = []
    for line in files(__package__).joinpath("questions.txt").read_text("utf-8").splitlines():
        if line.startswith("@"):
            kind, _, held = line[1:].partition(" ")
            rows = sections.setdefault((kind, "unseen" if held else "known"), [])
        elif line and not line.startswith("#"):
            rows.append(line)
    return {key: tuple(value) for key, value in sections.items()}


def _expanded(template: str) -> list[str]:
    match = re.search(r"\(([^()\[\]]*\|[^()\[\]]*)\)|\[([^()\[\]]+)\]", template)
    if not match:
        return [" ".join(template.split()).replace(" ?", "?")]
    choices = match[1].split("|") if match[1] is not None else [match[2], ""]
    return [
        row for c in choices for row in _expanded(template[: match.start()] + c + template[match.end() :])
    ]


@cache
def _bases(kind: str, split: Split) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_expanded(row)) for row in _sections()[(kind, split)])


@cache
def _held_out_phrasings() -> tuple[str, ...]:
    return tuple(
        normal(p) for kind, split in _sections() if split == "unseen" for p in phrasings(kind, split)
    )


_ASK = {"chosen": "value", "side": "relation", "height": "relation"}
_BEFORE = (
    "Please: ",
    "Hi! ",
    "In this screenshot: ",
    "On this page: ",
    "Question: ",
    "Look here. ",
    "Tell me: ",
)


def question(
    kind: str,
    rng: Random,
    split: Split = "known",
    things: Sequence[Named] = (),
    *,
    words: Sequence[tuple[str, str]] = (),
    every: bool = False,
    composed: float = 0.0,
) -> Asked:
    """A question of a kind about things, in the order of its slots; words: further (slot, text) pairs.

    composed: share of phrasings that the grammar composes, in [0, 1]; the others are templates.
    """
    fills = dict(words)
    slots = ("i", "x", "y", "w", "t", "n", "k")
    while True:
        if composed and rng.random() < composed:
            template = compose(kind, rng, _held_out_phrasings())
        else:
            template = rng.choice(rng.choice(_bases(kind, split)))
        plural = re.search(r"\{x\}s\b", template)
        if not plural or things[0].words[-1:].isalpha():
            break
    left = list(things)
    text = template
    named: dict[str, Named] = {}
    for slot in slots:
        if "{" + slot + "}" in text and slot not in fills and left:
            named[slot] = left.pop(0)
    for slot, thing in named.items():
        text = text.replace("{" + slot + "}", thing.words)
    for slot, word in fills.items():
        text = text.replace("{" + slot + "}", word)
    if split == "known":
        text = _roughened(text, rng)
    targets = tuple((n.what, n.name) for n in (named.values() if named else things))
    return Asked(text, _ASK.get(kind, kind), kind, targets, every)


def _roughened(text: str, rng: Random) -> str:
    if rng.random() < 0.08:
        text = rng.choice(_BEFORE) + text
    if rng.random() < 0.08:
        text = text[0].lower() + text[1:]
    if rng.random() < 0.08:
        text = text.rstrip("?.")
    return text


# --- what is named -------------------------------------------------------------------------------------------


def held_out(name: str) -> bool:
    """Whether a name of an icon is kept from training: about one of seven, by its letters.

    >>> held_out("bell"), held_out("anchor")
    (False, False)
    """
    return zlib.crc32(name.encode()) % 7 == 0


@cache
def icon_names(split: Split = "known") -> tuple[tuple[str, str], ...]:
    """(name or synonym, concept) of all icons, those of one split."""
    rows = [(n, c) for c, v in table().concepts.items() for n in (c, *v.synonyms) if " icon" not in n]
    return tuple((n, c) for n, c in rows if held_out(n) == (split == "unseen"))


def icon(name: str, rng: Random) -> Named:
    """An icon by its name."""
    roll = rng.random()
    if roll < 0.72:
        words = f"{name} icon"
    elif roll < 0.82:
        words = f"{name} symbol"
    elif roll < 0.86:
        words = f"{name} pictogram"
    elif roll < 0.94:
        words = f'"{name}" icon'
    else:
        words = name
    return Named(words, "icon", name)


def text(name: str, rng: Random) -> Named:
    """Words that stand in the image."""
    forms = ['"{}"', '"{}"', "'{}'", '"{}"', "“{}”", 'label "{}"', 'text "{}"', "label {}"]
    if name[:1].isupper() and len(name.split()) <= 4 and not re.search(r"[,.:;?!']", name):
        forms += ["{}", "{}", "{}"]
    form = rng.choice(forms)
    if "'" in name and "'" in form:
        form = '"{}"'
    return Named(form.format(name), "text", name)


def widget(kind: str, label: str, rng: Random) -> Named:
    """A widget by its label, or without one."""
    word = rng.choice(_WORDS[kind])
    if not label:
        return Named(word, kind, "")
    forms = [
        "{0} {1}",
        "{0} {1}",
        "{0} {1}",
        '"{0}" {1}',
        '"{0}" {1}',
        '{1} "{0}"',
        '{1} labelled "{0}"',
        "'{0}' {1}",
        "{1} for {0}",
        '{1} next to "{0}"',
        "{1} {0}",
    ]
    if kind == "avatar":
        forms = ["{1} of {0}", "{0} {1}", '{1} "{0}"', "{0}'s {1}"]
    form = rng.choice(forms)
    if "'" in label or kind == "avatar":
        form = form.replace("'{0}'", '"{0}"').replace("{0}'s", "{0}")
    return Named(form.format(label, word), kind, label)


def counted(rng: Random, split: Split = "known") -> Named:
    """Things to count."""
    if rng.random() < 0.35:
        name = rng.choice(icon_names(split))[0]
        return Named(
            rng.choice((f"{name} icons", f"{name} icons", f"{name} symbols", f'"{name}" icons')), "icon", name
        )
    return Named(*rng.choice(COUNTED))


_SYLLABLES = listed("""
    ba, be, bi, bo, bra, da, del, di, dor, el, en, fa, fi, for, ga, gen, gra, hal, in, ka, ker, la, lin, lo,
    mar, me, mi, mon, na, ner, no, or, pa, per, pla, ra, ren, ri, ro, sa, sen, si, sta, ta, ter, ti, tor, tra,
    un, va, ven, ver, vi, za
    """)


def label_of(rng: Random, pool: Sequence[str]) -> str:
    """A label: mostly one of the pool; else made of syllables, or a code, so that any word can be copied."""
    roll = rng.random()
    if roll < 0.5 and pool:
        label = rng.choice(pool)
    elif roll < 0.9:
        words: list[str] = []
        for _ in range(rng.choice((1, 1, 2, 2, 3))):
            word = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, 4)))
            words.append(word.capitalize() if not words or rng.random() < 0.6 else word)
        label = " ".join(words)
        if rng.random() < 0.12:
            label = label.upper()
    elif roll < 0.95:
        label = f"{rng.choice('ABCDEFGHKLMPRSTX')}{rng.choice(('-', '', ' '))}{rng.randint(1, 9999)}"
    else:
        label = f"{rng.choice(pool) if pool else 'Item'} {rng.randint(1, 99)}"
    return label.replace('"', "").strip()
