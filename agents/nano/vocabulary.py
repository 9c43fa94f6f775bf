"""What the nano localizer understands: phrases for icons, widgets and regions, without any network.

- An icon is named by a concept or a synonym of `names.json`, with or without the word "icon". Names that are also a
  form of text ("date", "phone") need it. Slips of the pen are forgiven where "icon" says that a name is meant.
- With the word "icon", "symbol", "logo" or "emoji" it may also be named by any other words that the table of `phrases`
  has ("color wheel icon"): an open vocabulary. A bare noun is none of it: "cat" may be a cat of a photograph.
- A widget is one of fourteen kinds, with a state where its kind has one ("checked box", "switch that is off").
- A region is one of eight kinds.
- What only text can tell ("Wi-Fi switch", "Orders table") is understood, with its label, but not looked for.

Where a word names several, an icon wins over a widget's label ("menu button"), a widget's or region's own name over
an icon's ("table", "sliders"), and the word "icon" decides ("table icon").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from ...memory.errors import AgentError
from ...memory.listed import listed
from ..text import spoken_text

__all__ = [
    "REGIONS",
    "STATEFUL",
    "WIDGETS",
    "Wanted",
    "concepts",
    "often_missed",
    "often_missed_kind",
    "parse",
    "unknown",
]

WIDGETS: Mapping[str, tuple[str, ...]] = {
    "button": ("push button", "action button", "icon button", "btn"),
    "checkbox": ("check box", "tick box", "tickbox"),
    "radio": ("radio button", "option button", "radio option"),
    "switch": ("toggle", "toggle switch", "toggle button", "on/off switch", "slide switch"),
    "input": listed("""
        text field, text box, textbox, input field, input box, text input, text area, textarea, entry field,
        form field, field
        """),
    "select": listed("""
        dropdown, drop down, dropdown menu, drop down menu, dropdown list, drop down list, select box,
        select field, selector, combo box, combobox
        """),
    "tab": ("tab label", "tab header"),
    "badge": listed("""
        counter, counter badge, count badge, number badge, notification badge, status badge, pill
        """),
    "avatar": listed("""
        profile picture, profile photo, profile image, profile pic, user picture, user photo, user image,
        user avatar
        """),
    "progress bar": ("progressbar", "progress indicator", "loading bar", "progress meter"),
    "slider": ("range slider", "range input", "slide control"),
    "chart": ("graph", "plot", "diagram"),
    "menu item": listed("""
        menu entry, menu option, navigation item, navigation entry, navigation link, nav item, nav entry,
        nav link, sidebar item, sidebar entry, sidebar link
        """),
    "pagination": listed("""
        paginator, pager, pagination bar, pagination control, page navigation, page links
        """),
}
"""The kinds of widgets and their synonyms."""
REGIONS: Mapping[str, tuple[str, ...]] = {
    "header": listed("""
        page header, top bar, app bar, title bar, navbar, nav bar, navigation bar, top navigation
        """),
    "sidebar": listed("""
        side bar, side menu, side panel, side navigation, navigation, nav, navigation menu, nav menu,
        navigation panel, nav panel, navigation sidebar, nav sidebar, drawer
        """),
    "toolbar": ("tool bar", "action bar", "button bar"),
    "card": ("panel", "info card", "tile card"),
    "table": ("data table", "data grid", "table row", "table cell", "table column", "table header"),
    "form": ("input form", "web form", "fill in form"),
    "dialog": listed("""
        dialogue, dialog box, dialogue box, dialog window, popup, pop up, popup window, pop up window, modal,
        modal dialog, modal window
        """),
    "footer": ("page footer", "bottom bar"),
}
"""The kinds of regions and their synonyms."""
STATEFUL = frozenset(("checkbox", "radio", "switch", "tab", "menu item"))
"""Widgets that can be on: checked, chosen, selected."""

_ICON = r"(?:icons?|symbols?|glyphs?|pictograms?)"
_DRAWN = r"(?:icons?|symbols?|glyphs?|pictograms?|logos?|logotypes?|emojis?)"
_SHOWING = rf"{_ICON} (?:(?:of|for|with|showing|depicting|called|named) )?(?:an? |the )?"
_ON = (
    r"(?:checked|ticked|marked|selected|chosen|picked|(?:switched|turned|toggled)[- ]on|toggled|on|active|activated|"
    r"enabled|current|currently selected)"
)
_OFF = (
    r"(?:(?:un|de)(?:checked|ticked|marked|selected|activated|chosen)|(?:not|non)[- ](?:checked|ticked|marked|selected|"
    r"chosen|on|active|activated|enabled)|empty|(?:switched|turned|toggled)[- ]off|off|inactive)"
)
_STATE = re.compile(rf"(?:currently )?(?:(?P<on>{_ON})|(?P<off>{_OFF})) (?P<rest>.+)", re.I)
_STATE_AFTER = re.compile(
    rf"(?P<rest>.+?) (?:(?:that|which) (?:is|are) )?(?:currently )?(?:(?P<on>{_ON})|(?P<off>{_OFF}))", re.I
)
_UNSEEN = re.compile(r"disabled|gr[ae]yed[- ]out|enabled|clickable|focus+ed", re.I)
"""States that are not told apart."""
_PART = re.compile(
    r"(?:(?:top|bottom|upper|lower|left|right|first|last|row|column|corner|edge|side|in|of|the) ?)+", re.I
)
"""A part of a region: to find it, the region is looked for."""
_CALLED = (
    r"(?:(?:label+ed|named|called|titled|marked|saying|reading|for|next to|beside)|(?:(?:that|which) (?:says|reads))|"
    r"with (?:the )?(?:label|text|name|title|caption|words?))"
)
_ARTICLE = re.compile(r"^(?:the|an?|any|all|every|some|this|that|these|those)(?: the)? (?=\S)", re.I)
_QUOTES = re.compile(r"""["“”„«»`]\s*([^"“”„«»`]+?)\s*["“”„«»`]|(?<!\w)['‘‚](.+?)['’‘](?!\w)""")
_LONGEST = 200
"""Characters of a phrase that may name something; in a longer one hundreds of states could stand before each other."""
_MOST_WORDS = 5
"""Words of a name of an icon of the open vocabulary; more are a description of a place."""
_PLACED = re.compile(
    r"\b(?:next to|beside|near|under|below|above|between|behind|inside|within|in|at|the|this|that|these|those|"
    r"which|whose|its?|my|your|his|her|their|is|are|was|were|has|have|does|do|what|where|how|who|there|no|not|same|other)\b"
)
"""Words that say where an icon is."""
_WHICH = re.compile(
    r"(?:(?:red|green|blue|yellow|orange|purple|pink|brown|gr[ae]y|black|white|dark|light|colou?red|small|big|large|little|"
    r"tiny|first|second|third|fourth|fifth|last|top|bottom|left|right|upper|lower|middle|cent(?:er|re)|leftmost|"
    r"rightmost|selected|active|current|highlighted|disabled|enabled|checked|unchecked|main|own|app|application|program|"
    r"toolbar|menu|button|page|status|different|another|each|every|all|any|some|one|two|three|four|five|\d+) ?)+"
)
"""Words that say which one of several icons is meant."""
_OFTEN_MISSED = frozenset(
    ("badge", "chart", "dialog", "menu item", "pagination", "progress bar", "slider", "tab")
)
"""Kinds of which over a fifth was missed, on held-out pages or on those of other libraries (the model card)."""
_SLIPS = ((11, 2), (7, 1), (0, 0))
"""(letters, slips): how many edits of neighbours are forgiven in a name of at least so many letters."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a phrase asks for.

    kind: "icon", "widget" or "region". name: the concept, or the kind of widget or region; "" stands for any icon.
    state: True for on (checked, chosen, selected), False for off, None for either. label: text that tells which of
    several is meant, which no localizer without text can decide. words: those of an icon of the open vocabulary, which
    has no name of the list.
    """

    kind: Literal["icon", "widget", "region"]
    name: str
    state: bool | None = None
    label: str = ""
    words: str = ""


@cache
def concepts() -> Mapping[str, tuple[str, ...]]:
    """Names of the icons that are known, each with its synonyms."""
    table = json.loads(files(__package__).joinpath("names.json").read_text(encoding="utf-8"))
    return {name: tuple(synonyms) for name, synonyms in table.items()}


@lru_cache(maxsize=4096)
def parse(phrase: str) -> Wanted | None:
    """What a phrase asks for; None when it is no icon, widget or region that is known.

    >>> parse("the cogwheel icon")
    Wanted(kind='icon', name='settings', state=None, label='', words='')
    >>> parse("unticked boxes")
    Wanted(kind='widget', name='checkbox', state=False, label='', words='')
    >>> parse("Wi-Fi switch").label
    'Wi-Fi'
    >>> parse("the color wheel icon").words
    'color wheel'
    """
    words = _ARTICLE.sub("", " ".join(phrase.split()).strip(" .,;:?!"))
    if len(words) > _LONGEST:
        return None
    return _icon(words) or _kind(words) or _bare(words) or _open(words) or _labelled(words)


def often_missed(phrase: str) -> bool:
    """Whether so many of what a phrase names are missed that one which was not found may well be there.

    So it is with icons of the open vocabulary (`benchmarks/icons.py`).
    """
    wanted = parse(phrase)
    return wanted is not None and bool(wanted.words)


def often_missed_kind(phrase: str) -> str:
    """The kind of widget or region that a phrase names, where so many of the kind are missed; "" for all others.

    >>> often_missed_kind("error dialog"), often_missed_kind("Wi-Fi switch")
    ('dialog', '')
    """
    wanted = parse(phrase)
    return wanted.name if wanted is not None and wanted.name in _OFTEN_MISSED else ""


def unknown(phrase: str) -> str:
    """Why a phrase cannot be looked for, in one sentence that names the nearest known names; "" when it can.

    >>> unknown("trash icon"), unknown("date")
    ('', '"date" is looked for as text; the icon is called "date icon".')
    """
    wanted = parse(phrase)
    if wanted is not None and wanted.label:
        return f'Which {wanted.name} is meant by "{wanted.label}", only text can tell: look for every "{wanted.name}".'
    if wanted is not None:
        return ""
    said, word = phrase.replace('"', "'"), _plain(phrase)
    if _concept(word):
        return f'"{said}" is looked for as text; the icon is called "{word} icon".'
    word = re.sub(rf"\b{_ICON}\b", "", word).strip() or word
    near = process.extract(word, _names().keys(), scorer=fuzz.ratio, limit=3)
    a, b, c = (_names()[name] for name, _, _ in near)
    return f'"{said}" names no icon, widget or region that is known; the nearest are "{a}", "{b}" and "{c}".'


def _icon(words: str) -> Wanted | None:
    """A phrase with the word "icon"; a name with "button" behind it is an icon too."""
    if re.fullmatch(_ICON, words, re.I):
        return Wanted("icon", "")
    match = re.fullmatch(rf"(?P<a>.+?)(?:[- ]shaped)? {_ICON}(?: buttons?)?|{_SHOWING}(?P<b>.+)", words, re.I)
    if match:
        name = _concept(_QUOTES.sub(r"\1\2", match["a"] or match["b"]), slips=True)
        return Wanted("icon", name) if name else None
    button = re.fullmatch(r"(?P<name>[^A-Z\"'“‘]+?) buttons?", words)
    name = _concept(button["name"]) if button and _named(words) is None else None
    return Wanted("icon", name) if name else None


def _open(words: str) -> Wanted | None:
    """An icon by any words: those of a phrase that says that it means an icon, where all of them are known.

    Words that tell only which one of several ("the blue icon", "icon next to OK") are no name.
    """
    match = re.fullmatch(
        rf"(?P<a>[^\"“”„«»]+?)(?:[- ]shaped)? {_DRAWN}(?: buttons?)?|"
        rf"{_DRAWN} (?:of|showing|depicting) (?P<b>[^\"“”„«»]+)",
        words,
        re.I,
    )
    said = _ARTICLE.sub("", match["a"] or match["b"]) if match else ""
    plain = _plain(said)
    if not said or len(plain.split()) > _MOST_WORDS or _PLACED.search(plain) or _WHICH.fullmatch(plain):
        return None
    return None if _strange(said) else Wanted("icon", "", words=said)


def _strange(words: str) -> list[str]:
    """Words that nothing is known of; all of them where the table cannot be read."""
    from .phrases import load_phrases

    try:
        return load_phrases().unknown(words)
    except AgentError:
        return words.split()


def _kind(words: str) -> Wanted | None:
    """A widget or region by its own name, with or without a state."""
    if found := _named(words):
        return found
    for pattern in (_STATE, _STATE_AFTER):
        match = pattern.fullmatch(words)
        if match and (found := _stated(match)) and not found.label:
            return found
    return None


def _labelled(words: str) -> Wanted | None:
    """A widget or region with the text that tells which, and perhaps a state."""
    for pattern in (_STATE, _STATE_AFTER):
        if match := pattern.fullmatch(words):
            return _stated(match)
    plain = _plain(words)
    if not any(kind in plain for kind in _kinds()):
        return None  # the patterns of all kinds take long to compile
    for pattern in _with_label():
        match = pattern.fullmatch(words)
        if match and (found := _named(match["kind"])):
            label = _ARTICLE.sub("", _QUOTES.sub(r"\1\2", match["label"]).strip())
            if found.kind == "region" and _PART.fullmatch(label):
                return found
            return (
                None if not label or _UNSEEN.fullmatch(label) else Wanted(found.kind, found.name, label=label)
            )
    return None


def _bare(words: str) -> Wanted | None:
    """An icon by its bare name, unless such words are a form of text: dates, prices, addresses."""
    if _QUOTES.search(words) or spoken_text(words).pattern is not None:
        return None
    name = _concept(words)
    return Wanted("icon", name) if name else None


def _stated(match: re.Match[str]) -> Wanted | None:
    """The widget of a match of a state, where its kind has states; a bare "box" is a checkbox then."""
    rest = _ARTICLE.sub("", match["rest"])
    found = Wanted("widget", "checkbox") if re.fullmatch(r"box(?:es)?", rest, re.I) else None
    found = found or _named(rest) or _labelled(rest)
    if found is None or found.name not in STATEFUL:
        return None
    return Wanted(found.kind, found.name, match["on"] is not None, found.label)


def _named(words: str) -> Wanted | None:
    name = _kinds().get(_plain(words))
    return None if name is None else Wanted("widget" if name in WIDGETS else "region", name)


def _concept(words: str, slips: bool = False) -> str | None:
    """The concept of a name or synonym, in the singular or plural; with `slips`, also of a misspelt one."""
    names, plain = _icons(), _ARTICLE.sub("", _plain(words))
    for known in (plain, plain.removesuffix(" arrow")):
        if known in names:
            return names[known]
    parts = plain.split()
    twice = ({names.get(" ".join(parts[:i])), names.get(" ".join(parts[i:]))} for i in range(1, len(parts)))
    if said := next((both for both in twice if len(both) == 1 and None not in both), None):
        return said.pop()  # "notification bell": twice the same
    edits = next(edits for letters, edits in _SLIPS if len(plain) >= letters)
    if not slips or not edits:
        return None
    near = process.extractOne(plain, names.keys(), scorer=OSA.distance, score_cutoff=edits)
    return names[near[0]] if near and near[0][0] == plain[0] else None


@cache
def _icons() -> dict[str, str]:
    """Folded name or synonym -> concept, plurals included, the names themselves first."""
    singular = {_plain(word): name for name, words in concepts().items() for word in (name, *words)}
    return _with_plurals(singular)


@cache
def _kinds() -> dict[str, str]:
    """Folded name or synonym of a widget or region -> its kind, plurals included."""
    kinds = (*WIDGETS.items(), *REGIONS.items())
    return _with_plurals({_plain(word): name for name, words in kinds for word in (name, *words)})


@cache
def _names() -> dict[str, str]:
    """Every name and synonym, folded -> as it is told."""
    kinds = (*WIDGETS.items(), *REGIONS.items(), *concepts().items())
    return {_plain(word): word for name, words in kinds for word in (name, *words)}


@cache
def _with_label() -> tuple[re.Pattern[str], ...]:
    """Phrases with the kind last ("Wi-Fi switch") or first ("switch for Wi-Fi", 'switch "Wi-Fi"')."""
    kinds = "|".join(map(re.escape, sorted(_kinds(), key=len, reverse=True))).replace(r"\ ", "[- ]")
    return (
        re.compile(rf"(?P<kind>(?i:{kinds}))(?::| (?i:{_CALLED})) (?P<label>.+)"),
        re.compile(rf"(?P<kind>(?i:{kinds})) (?P<label>[\"'“‘„«`].+)"),
        re.compile(rf"(?P<label>.+) (?P<kind>(?i:{kinds}))"),
    )


def _with_plurals(names: Mapping[str, str]) -> dict[str, str]:
    """The same names with the plural of each, unless another has that name."""
    return {plural: name for word, name in names.items() for plural in _plurals(word)} | dict(names)


def _plurals(word: str) -> Iterable[str]:
    if re.search(r"(?:s|x|z|ch|sh)$", word):
        return (f"{word}es",)
    return (re.sub(r"y$", "ies", word) if re.search(r"[^aeiou]y$", word) else f"{word}s",)


def _plain(words: str) -> str:
    """Lower case, hyphens as spaces, no quotes: what names are compared by."""
    return " ".join(re.sub(r"[-_\"'“”‘’«»`]", " ", words.casefold()).split())
