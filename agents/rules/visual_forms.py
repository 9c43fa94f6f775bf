# ruff: noqa: E501 - one template a line
"""Questions about icons and widgets, as data: forms that only make sense where a known kind of thing is named.

The template language is that of `forms`, with two slots more: `{w}` is a widget ("tab", "boxes"), `{i}` an icon.
What stands in them has to be known to `seal.agents.nano.vocabulary`; else the other forms are tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ..nano.vocabulary import STATEFUL, Wanted, parse
from .forms import compiled, direction_of
from .phrases import NOT_TEXT, Mention, mention
from .templates import matches

__all__ = ["OFF", "PLAIN", "VISUAL", "kind_of_state", "read_visual", "state_phrase"]

_ST = (
    r"(?P<st>(?:(?:un|de)?(?:checked|ticked|marked|selected|chosen|activated)|enabled|active|inactive|current|open|pressed|picked|"
    r"highlighted|(?:switched|turned|toggled) (?:on|off)|toggled|on|off|empty)(?: or \w+(?: \w+)?)?)"
)
_NOW = r"( currently| now| already| still)?"
_WITH = r"(with|that (has|have|shows?|contains?|holds?|carries)|which (has|have|shows?|contains?)|having|containing|showing|carrying)"
_SAID = r"(text|label|name|caption|title|wording|words?|writing)"
_AT = (
    r"(next to|beside|near|close to|by|for|of|at|before|behind|after|in front of|(to the )?(left|right) of|with|"
    r"on the (left|right) of|in the row (of|with|for)|in the same row as|belonging to|that belongs to|label+ed)"
)
_KIND = r"((kind|type|sort)s? of )?(icon|symbol|pictogram)"

VISUAL: Mapping[str, tuple[str, ...]] = {
    "chosen": (
        f"<WH> (of (the )?)?{{w}} (is|are){_NOW} {_ST}( <IN>)?",
        f"[<WHAT> ][the ]({_SAID} (of|on|in) (the )?)?(currently )?{_ST} {{w}}( called| named| <IN>)?",
        f"(what|which) does [the ](currently )?{_ST} {{w}} <SAY>",
        f"[<WHAT> ][the ]({_SAID} (of|on) (the )?)?{{w}} (that|which) (is|are){_NOW} {_ST}( called| <IN>)?",
    ),
    "count": (
        f"how many (of (the |these |all )?)?{{w}} (there )?(are|is|have been){_NOW} {_ST}( <IN>)?",
        f"[<WHAT> ][the ]number of {{w}} (that|which) (are|is){_NOW} {_ST}",
    ),
    "state": (
        f"(is|are|was|has|have) [the ]{{w}} {_AT} {{a}}{_NOW}( been)? {_ST}",
        f"(is|are) {{a}}{_NOW} {_ST} (in|on) (the |this )?(\\w+ )?(side ?bar|menu|navigation|nav|tab bar|list|form|panel)",
        f"(is|are) (?P<all>all|any|every|one)( of)?( the)? {{w}}{_NOW} {_ST}",
    ),
    "holder": (
        f"[<WHAT> ][the ]{_SAID} (of|on|in|inside|beside|next to) [the ]{{w}} {_WITH} {{i}}",
        f"what (does|do) [the ]{{w}} {_WITH} {{i}} <SAY>( on it)?",
        f"what (is|{_SAID} is) (written |printed |shown )?(on|in|inside) [the ]{{w}} {_WITH} {{i}}",
        "<WH> {w} (has|have|contains|shows|carries|comes with|bears|holds|is marked with|is shown with) {i}( on it| in it| beside it)?",
        f"<WH> is [the ]{{w}} {_WITH} {{i}}( called| labell?ed| named)?",
        "how is [the ]{w} with {i} (called|labell?ed|named)",
    ),
    "icon": (
        f"<WH> {_KIND} <STANDS> ({{d}}|<BY>|in front of|before|behind|on|in|inside|for) {{a}}",
        f"<WH> {_KIND} (do|can) (you|i|we) see ({{d}}|<BY>|in front of|before) {{a}}",
        f"[<WHAT> ][the ]{_KIND} ({{d}}|<BY>|in front of|before|behind|of|for|on) {{a}}",
        f"<WH> {_KIND} (does|do) {{a}} (have|show|use|bear|carry|come with)( <BY> it)?",
        f"<WH> {_KIND} (belongs to|goes with|accompanies|precedes|follows|marks|stands for) {{a}}",
    ),
    "badge": (
        "(what|which) (number|count|value|digit|figure) (is|does|do) ((shown |displayed |written )?(on|over|by|at) )?[the ]{i}('s)?( (badge|bubble|counter))?( <SAY>| have| <LIE>)?",
        "[<WHAT> ][the ](number|count|digit|figure) (on|over|by|at) [the ]{i}('s)?( (badge|bubble|counter))?",
        "how many (\\w+ )?(\\w+ )?(does|do|are) ((shown|indicated) )?((on|by) )?[the ]{i}('s)? (badge|bubble|counter)( <SAY>| have)?",
        "how many (unread |new |unseen |open )?(notifications|messages|mails|emails|items|alerts) (does|do) [the ]{i} <SAY>( on its badge)?",
        "what (does|do) [the ]{i}('s)? (badge|bubble|counter) <SAY>",
        "what is (written |shown )?(on|in) [the ]{i}('s)? (badge|bubble|counter)",
    ),
}
_PATTERNS = compiled(VISUAL)
PLAIN = {"radio": "radio button"}
"""How a kind of widget is told to a localizer, where its own name is not the plainest."""
_ON = {
    "checkbox": "checked checkbox",
    "radio": "selected radio button",
    "switch": "switch that is on",
    "tab": "selected tab",
    "menu item": "selected menu item",
}
_OFF = {
    "checkbox": "unchecked checkbox",
    "radio": "unselected radio button",
    "switch": "switch that is off",
    "tab": "unselected tab",
    "menu item": "unselected menu item",
}
OFF = re.compile(r"\b(?:off|un\w+ed|deselected|inactive|deactivated|empty|disabled|collapsed)\b", re.I)
"""States that are the absence of another."""
_BOXES = re.compile(r"(?:the )?(?:check|tick)? ?box(?:es)?", re.I)


def state_phrase(kind: str, on: bool) -> str:
    """How a kind of widget that is on (off) is told to a localizer."""
    return (_ON if on else _OFF)[kind]


def kind_of_state(state: str, text: str = "") -> str:
    """The kind of widget that a state speaks of, where none is named; "" when that is open."""
    if re.search(r"\b(?:un)?(?:checked|ticked)\b", state, re.I):
        return "checkbox"
    if re.search(r"\b(?:on|off|toggled|(?:en|dis)abled|(?:de)?activated)\b", state, re.I):
        return "switch"
    if re.search(r"\b(?:selected|active|highlighted|open|current)\b", state, re.I):
        return "menu item" if re.search(r"\b(?:side ?bar|menu|nav(?:igation)?)\b", text, re.I) else "tab"
    return ""


Found = tuple[str, tuple[tuple[str, Mention], ...], str]
"""(form, (role, mention) pairs, what is asked)."""


def read_visual(text: str, quotes: tuple[str, ...]) -> Found | None:
    """A (masked) question about icons or widgets; None when it is none."""
    for form, match in matches(_PATTERNS, text):
        if got := _read(form, match, text, quotes):
            return got
    return None


def _read(form: str, match: re.Match[str], text: str, quotes: tuple[str, ...]) -> Found | None:
    said = {name: value for name, value in match.groupdict().items() if value}
    state = said.get("st", "")
    widget = _widget(said["w"], state) if "w" in said else None
    icon = _icon(mention(said["i"], quotes)) if "i" in said else None
    named = mention(said["a"], quotes) if "a" in said else None
    if ("w" in said and widget is None) or ("i" in said and icon is None) or (named and not named.core):
        return None
    if form in ("chosen", "count", "state") and widget is not None and widget.name not in STATEFUL:
        return None
    if form == "icon" and named:
        before = re.search(rf"\b(?:in front of|before|precedes) {re.escape(said['a'])}", text, re.I)
        side = direction_of(said.get("d", "")) or ("left" if before else "beside")
        return form, (("a", named),), side
    if form == "state" and named:
        head = widget.name if widget else kind_of_state(state, text)
        ok = head and not named.is_seen
        return (form, (("a", replace(named, head=PLAIN.get(head, head))),), state) if ok else None
    if form == "badge" and icon:
        return form, (("label", icon),), ""
    if form == "holder" and widget and icon:
        return form, (("a", icon),), PLAIN.get(widget.name, widget.name)
    return _of_a_kind(form, widget.name, state, said.get("all", ""), text) if widget else None


def _of_a_kind(form: str, kind: str, state: str, which: str, text: str) -> Found:
    """Widgets of a kind, without a name: which or how many are on, whether any or all are."""
    on = Mention(state_phrase(kind, not OFF.search(state.partition(" or ")[0])))
    if form == "state" and which not in ("any", "one"):
        return form, (("a", Mention(PLAIN.get(kind, kind))),), f"all {state}"
    asked = "plural" if form != "state" and re.search(r"\bare\b", text) else ""
    return "presence" if form == "state" else form, (("a", on),), asked


def _icon(named: Mention) -> Mention | None:
    """The mention of an icon; words with capitals or in quotes are text, unless they say that an icon is meant."""
    found = named.seen
    plain = named.core.islower() or NOT_TEXT.search(named.core)
    return named if found is not None and found.kind == "icon" and plain else None


def _widget(words: str, state: str) -> Wanted | None:
    """The widget of a slot; boxes that are checked are checkboxes, other things are known by their state."""
    if state and _BOXES.fullmatch(words):
        return Wanted("widget", "checkbox")
    found = parse(words)
    if found is not None and found.kind == "widget" and found.state is None and not found.label:
        return found
    kind = kind_of_state(state) if re.fullmatch(r"(?:the )?[a-z]+(?: [a-z]+)?", words) else ""
    return Wanted("widget", kind) if kind in ("checkbox", "switch") and found is None else None
