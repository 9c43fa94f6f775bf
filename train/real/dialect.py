"""How a library writes its parts: a file of snippets, one section for each part, one line for each variant.

A snippet is the library's own HTML with marks for what changes from use to use:

- `$text`: a value that the caller gives, or chance; `$items` the entries of a group, of which one is on.
- `{a|b|c}`: one of them. `{?x}`: x if it is on; `{-x}`: if it is not; `{!x}`: if it is disabled.
- `@button`: what the element is, as attributes for `extract.js`. `@checkbox*`: its box is what its pseudo-elements
  paint. That of a slider is what it paints, for a handle may reach beyond its element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from random import Random
from typing import get_args

from ...measure.truth import RegionKind, WidgetKind

__all__ = ["Dialect", "GROUPS", "parse"]

GROUPS = {
    "tabs": "tab",
    "nav": "navitem",
    "topnav": "topitem",
    "menu": "menuitem",
    "pages": "page",
    "crumbs": "crumb",
    "list": "listitem",
}
"""Part -> the part that its `$items` are."""

_KINDS: dict[str, WidgetKind | RegionKind] = {
    **{kind.split()[-1]: kind for kind in get_args(WidgetKind) + get_args(RegionKind)},
    "progress": "progress bar",
}
_REGIONS = frozenset(get_args(RegionKind))
_MARK = re.compile(r"@([a-z]+)(\*?)(?=[\s/>$])")
_STATE = re.compile(r"\{([?\-!])([^{}]*)\}")
_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")
_SLOT = re.compile(r"\$([a-z]+)")


def parse(text: str) -> dict[str, list[str]]:
    """Section -> its snippets. Lines that begin with white space go on with the one before; # begins a comment."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1]
            found[name] = []
        elif line[0].isspace():
            found[name][-1] += line.strip()
        else:
            found[name].append(line)
    return found


class Dialect:
    """The parts of a library, drawn from one random generator. fill: slot -> makes its text when none is given."""

    def __init__(
        self, parts: Mapping[str, list[str]], rng: Random, fill: Mapping[str, Callable[[], str]]
    ) -> None:
        self.parts, self.rng, self.fill = parts, rng, fill
        self._count = 0
        self._usual: dict[str, str] = {}
        self.disabled = rng.choice((0.0, 0.0, 0.08, 0.2))

    def has(self, part: str) -> bool:
        """Whether the library writes such a part."""
        return part in self.parts

    def make(self, part: str, on: bool | None = None, off: bool | None = None, **given: str) -> str:
        """A part as HTML; "" where the library has none. on: checked or selected; off: disabled. given: HTML."""
        if part not in self.parts:
            return ""
        rng = self.rng
        on = rng.random() < 0.5 if on is None else on
        off = rng.random() < self.disabled if off is None else off
        self._count += 1
        snippet = rng.choice(self.parts[part])
        if len(self.parts[part]) > 1 and part not in ("button", "badge", "alert"):
            # a page has its ways: mostly the same variant of a part again
            snippet = self._usual.setdefault(part, snippet) if rng.random() < 0.75 else snippet
        keep = {"?": on, "-": not on, "!": off}
        snippet = _STATE.sub(lambda m: m[2] if keep[m[1]] else "", snippet)
        snippet = _CHOICE.sub(lambda m: rng.choice(m[1].split("|")), snippet)
        values = {
            "id": f"i{self._count}",
            "checked": " checked" if on else "",
            "disabled": " disabled" if off else "",
        }
        values |= given

        def slot(match: re.Match[str]) -> str:
            name = match[1]
            if name not in values:
                values[name] = self.fill[name]()
            return values[name] or ("&nbsp;" if name == "label" else "")

        marked = _MARK.sub(lambda m: self._mark(m[1], bool(m[2]), on, off), snippet)
        return _SLOT.sub(slot, marked)

    def group(self, part: str, texts: list[str], chosen: int | None) -> str:
        """A part with entries of these texts (HTML), of which the one with that number is on."""
        entry = GROUPS[part]
        items = "".join(self.make(entry, on=i == chosen, text=t) for i, t in enumerate(texts))
        return self.make(part, items=items, now=str(chosen or 0))

    def _mark(self, name: str, paint: bool, on: bool, off: bool) -> str:
        if name == "ignore":
            return 'data-s="ignore"'
        kind = _KINDS[name]
        if kind in _REGIONS:
            return f'data-s="region" data-kind="{kind}"'
        said = f'data-s="widget" data-kind="{kind}" data-label=""'
        if kind in ("checkbox", "radio", "switch"):
            said += f' data-on="{int(on)}"'
        elif kind in ("tab", "menu item"):
            said += f' data-selected="{int(on)}"'
        if off and kind in ("button", "checkbox", "radio", "switch", "input", "select", "slider"):
            said += ' data-off="1"'
        if kind == "slider":
            return f'{said} data-paint="whole"'
        return said + (' data-paint="around"' if paint else "")
