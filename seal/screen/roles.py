"""What is known by what it does on a screen, not by what is written on it: search fields, pagers, menus of things.

- A search field is a field that says so, or that holds a magnifier.
- The next page is what says so, else the arrow (or the button without a name) behind the numbers of a pager; alone,
  an arrow may lead anywhere.
- The menu of a thing is what opens one beside it: three dots, a caret, a list to choose from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..agents.answers.scene import gaps, rows_share
from ..agents.reader.query import Wanted
from ..memory.typed import plain
from .element import Element

__all__ = ["is_turning", "opens", "played", "plays"]

_SEARCH = re.compile(r"search (?:box|field|bar|input|line)")
_PAGE = re.compile(r"(next|previous|prev|following|preceding) page(?: button| arrow| link)?")
_NUMBER = re.compile(r"(\d{1,4}) page")
_MENU = re.compile(
    r"(?:(?:options|context|overflow|kebab) )?menu|(?:three |vertical )?dots|more(?: options| actions)?"
)
_SIGNS = {"next": "»›>→▶", "previous": "«‹<←◀"}
_ARROWS = {"next": ("chevron right", "arrow right"), "previous": ("chevron left", "arrow left")}
_SAYS = {"next": re.compile(r"next(?: page)?"), "previous": re.compile(r"prev(?:ious)?(?: page)?")}
_OPENERS = ("more vertical", "more horizontal", "chevron down", "menu")
_FIELDS = ("input", "select")
_CARET = re.compile(r"[▼▾⌄˅⏷]\s*$")
_APART = 4.0
"""Heights between neighbours of a pager, at most."""


def opens(e: Element) -> bool:
    """Whether an element has the sign of a list that it opens."""
    return e.kind == "select" or bool(_CARET.search(e.text))


def is_turning(wanted: Wanted) -> bool:
    """Whether the next or previous page is wanted: "next" is no ordinal there."""
    return _PAGE.fullmatch(plain(f"{wanted.order} {wanted.state} {wanted.name} {wanted.noun}")) is not None


def plays(wanted: Wanted) -> bool:
    """Whether what is wanted is known by what it does."""
    said = _said(wanted)
    menu = wanted.beside is not None and _MENU.fullmatch(said)
    return bool(is_turning(wanted) or _SEARCH.fullmatch(said) or _NUMBER.fullmatch(said) or menu)


def played(elements: Sequence[Element], wanted: Wanted) -> list[tuple[Element, float, str]]:
    """The elements that do what is wanted, with a score in [0, 1] and the reason; none where it is no such role."""
    said = _said(wanted)
    if not plays(wanted):
        return []
    if is_turning(wanted):
        words = plain(f"{wanted.order} {said}").split()
        return list(_turning(elements, "next" if words[0] in ("next", "following") else "previous"))
    if _SEARCH.fullmatch(said):
        return list(_search_fields(elements))
    if found := _NUMBER.fullmatch(said):
        numbers = _numbers(elements)
        same = [e for e in numbers if plain(e.text) == found[1] and _in_pager(e, numbers, elements)]
        return [(e, 1.0, f"it is page {found[1]} of a pager") for e in same]
    return list(_openers(elements))


def _said(wanted: Wanted) -> str:
    return plain(f"{wanted.state} {wanted.name} {wanted.noun}")


def _search_fields(elements: Sequence[Element]) -> Iterator[tuple[Element, float, str]]:
    glasses = [e for e in elements if e.icon == "search"]
    for e in elements:
        if e.kind not in _FIELDS:
            continue
        if re.match(r"\W*(?:search|find)\b", f"{e.text} {e.label}".casefold()):
            yield e, 1.0, f'it is a field that says "{e.name}"'
        elif any(e.box.coverage(g.box) >= 0.7 for g in glasses):
            yield e, 0.95, "it is a field with a magnifier"


def _openers(elements: Sequence[Element]) -> Iterator[tuple[Element, float, str]]:
    for e in elements:
        if opens(e):
            yield e, 0.9, f"it is a {e.kind} that opens a list"
        elif not e.text and e.icon in _OPENERS:
            yield e, 0.6 + 0.4 * dict(e.looks_like).get(e.icon, 1.0), f"its icon looks like {e.icon}"


# --- pagers -------------------------------------------------------------------------------------------------


def _numbers(elements: Sequence[Element]) -> list[Element]:
    return [e for e in elements if re.fullmatch(r"\d{1,4}", e.text.strip())]


def _in_pager(e: Element, numbers: Sequence[Element], elements: Sequence[Element]) -> bool:
    """Whether an element is in a pager: one that was seen, or a row of at least two numbers."""
    return _is_in_seen(e, elements) or any(
        _adjoin(e, n) and any(_adjoin(n, m) for m in numbers if m not in (e, n)) for n in numbers
    )


def _is_in_seen(e: Element, elements: Sequence[Element]) -> bool:
    return any(p.kind == "pagination" and p.box.coverage(e.box) >= 0.7 for p in elements)


def _adjoin(a: Element, b: Element) -> bool:
    gap_x, _ = gaps(a.box, b.box)
    return (
        a.id != b.id and rows_share(a.box, b.box) >= 0.5 and gap_x <= _APART * max(a.box.height, b.box.height)
    )


def _turning(elements: Sequence[Element], way: str) -> Iterator[tuple[Element, float, str]]:
    """What turns the pages one way. Of two arrows on one side the one at the numbers turns one page, the other more."""
    numbers = _numbers(elements)
    seen = []
    for e in elements:
        words = plain(e.text).strip(" " + _SIGNS[way])
        if _SAYS[way].fullmatch(words):
            yield e, 1.0 if _in_pager(e, numbers, elements) else 0.9, f'it says "{e.name}"'
        elif not words and e.kind != "pagination" and (e.text or e.interactive):
            arrow = bool(e.text) or e.icon in _ARROWS[way]
            if _in_pager(e, numbers, elements) if arrow else not e.icon and _is_in_seen(e, elements):
                seen.append((e, arrow))
    for e, arrow in seen:
        beside = [n for n in numbers if _adjoin(e, n)]
        ends = all(_is_behind(e, n, way) for n in beside) and (arrow or bool(beside))
        inner = [o for o, _ in seen if o.box.shared(e.box) == 0 and _adjoin(e, o) and _is_behind(e, o, way)]
        if ends and not inner:
            yield (
                e,
                0.97 if arrow else 0.85,
                f"it is behind the {'last' if way == 'next' else 'first'} number",
            )


def _is_behind(e: Element, other: Element, way: str) -> bool:
    return (e.box.center[0] > other.box.center[0]) == (way == "next")
