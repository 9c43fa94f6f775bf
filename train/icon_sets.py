"""Drawings of icons with the words for them: which collections are trained on, and what their icons are called.

- Nearly all come out of one package, `@iconify/json`, one file a collection; tags come from the packages of four sets.
- Only collections of permissive licences are taken; those of `HELD_OUT` are for measuring, and what copies them is left
  out. Of the styles of one drawing a few are taken.
- A name tells its style too ("trash-2-outline-rounded"); the words are what is left without it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..memory.listed import listed

__all__ = ["BRANDS", "COLLECTIONS", "Drawing", "HELD_OUT", "LICENCES", "PACKAGES", "drawings", "words_of"]

PACKAGES = {
    "iconify": "@iconify/json@2.2.535",
    "lucide-static": "lucide-static@1.62.0",
    "mdi": "@mdi/svg@7.4.47",
    "phosphor": "@phosphor-icons/core@2.1.1",
    "fontawesome": "@fortawesome/fontawesome-free@7.3.1",
    "tabler": "@tabler/icons@3.52.0",
    "emojibase": "emojibase-data@17.0.0",
}
"""Folder in the cache -> package of the npm registry; all but the first tell tags."""
LICENCES = frozenset(
    ("Apache-2.0", "BSD-3-Clause", "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "ISC", "MIT", "OFL-1.1", "Unlicense")
)
HELD_OUT = ("tabler", "ion")
"""Collections that are never trained on."""
COLLECTIONS: Mapping[str, int] = {
    name: int(most or 3)
    for name, _, most in (
        word.partition("=")
        for word in listed("""
        carbon, cuida, garden, grommet-icons, ic=2, icon-park-outline, icon-park-solid=1, la, mage,
        material-symbols=3, material-symbols-light=1, mdi, memory, mingcute, oui, uil, uim, uis, vaadin,
        rivet-icons, game-icons, basil, ci, cil, codicon, covid, emojione-monotone, fa6-brands, fa6-regular,
        fa6-solid, fa7-regular, fa7-solid, fad, gis, guidance, iconamoon=4, lets-icons, nrk, pepicons,
        pepicons-pop=1, pixel, roentgen, solar=3, streamline=2, streamline-block, streamline-cyber,
        streamline-flex=2, streamline-freehand, streamline-pixel, streamline-plump=2, streamline-sharp=2,
        streamline-ultimate=2, subway, cib, maki, osmic, pinhead, simple-icons, temaki, file-icons, lucide,
        lucide-lab, akar-icons, ant-design, at-icons, bi=2, bitcoin-icons, boxicons=2, bx, bxl, bxs,
        bytesize, charm, clarity, codex, devicon-plain, dinkie-icons=1, duo-icons, eos-icons, ep, eva=2,
        f7=2, feather, flowbite, fluent=3, fluent-emoji-high-contrast, fluent-mdl2, fontisto, formkit,
        foundation, geo, gg, glyphs=3, gravity-ui, griddy-icons=2, healthicons=2, heroicons=4, hugeicons,
        humbleicons, iconmind=2, iconoir, ix, jam, keyline-icons=2, lsicon, line-md=2, lineicons,
        majesticons, meteor-icons, mi, mono-icons, mynaui=2, nimbus, nonicons, octicon=2, oi, ooui, pajamas,
        ph=3, pixelarticons, prime, proicons, qlementine-icons, quill, radix-icons, raphael, reicon=1, si,
        sidekickicons, simple-line-icons, stash=3, tdesign, teenyicons, uiw, vadivam, weui, zondicons,
        system-uicons, academicons, bpmn, el, fa, ls, map, mdi-light, picon, vs, whh, wi, zmdi,
        fluent-emoji=1, fluent-emoji-flat=1, noto=1, twemoji=1, flat-color-icons, vscode-icons,
        material-icon-theme, catppuccin, fluent-color=2, icon-park=1, streamline-color=1,
        streamline-flex-color=1, streamline-plump-color=1, streamline-ultimate-color=1,
        streamline-kameleon-color=1, logos, devicon=1, skill-icons=1, marketeq=1, meteocons, gcp, k8s, unjs,
        circle-flags, flagpack
        """)
    )
}
"""Collection -> how many styles of one drawing are taken of it."""
BRANDS = frozenset(
    listed("""
        simple-icons, logos, devicon, devicon-plain, cib, fa-brands, fa6-brands, bxl, skill-icons, file-icons,
        vscode-icons, material-icon-theme, catppuccin, unjs, gcp, k8s, academicons, circle-flags, flagpack
        """)
)
"""Collections of brands, kinds of files and flags."""

_STYLE = re.compile(
    r"(?:^(?:baseline|outline|round|sharp|twotone|ios|md|i|logo|brand)-)|"
    r"(?:-(?:outlined?|line|linear|fill(?:ed)?|solid|regular|bold|thin|light|duotone|duo|two-?tone|broken|rounded?|sharp|"
    r"flat|alt|remix|icon|o|dark|default|original|plain|wordmark|negative|poly|\d{1,2}|0\d))+$"
)
_SKIN = re.compile(r"-(?:light|medium|dark|medium-light|medium-dark)(?:-skin-tone)?(?:-|$)|skin-tone")
_FACES = (
    "noto",
    "noto-v1",
    "twemoji",
    "emojione",
    "fluent-emoji",
    "fluent-emoji-flat",
    "fluent-emoji-high-contrast",
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing. words: its name first, then its aliases and tags, lower case. colours: whether it has its own."""

    collection: str
    name: str
    words: tuple[str, ...]
    svg: str
    colours: bool


def words_of(name: str) -> str:
    """The words of a name without its style: "trash-2-outline" -> "trash"."""
    left = name
    while (shorter := _STYLE.sub("", left)) != left and len(shorter) > 1:
        left = shorter
    spaced = re.sub(r"(?<=[a-z]{3})(?=\d)", " ", left.replace("_", "-"))
    return " ".join(part for part in spaced.replace("-", " ").split()) or name


def drawings(cache: Path, collection: str, most: int) -> Iterator[Drawing]:
    """The drawings of a collection, of each at most `most` styles; chosen by their names alone.

    Raises ValueError for a collection of another licence than `LICENCES`.
    """
    told = json.loads((cache / "iconify" / "json" / f"{collection}.json").read_text("utf-8"))
    if told["info"]["license"].get("spdx") not in LICENCES:
        raise ValueError(f"{collection} has the licence {told['info']['license']}, which is not permissive")
    colours = bool(told["info"].get("palette"))
    tags = _tags(cache, collection)
    also: dict[str, list[str]] = {}
    for alias, of in told.get("aliases", {}).items():
        if not {"hFlip", "vFlip", "rotate"} & of.keys():
            also.setdefault(of["parent"], []).append(words_of(alias))
    styles: dict[str, list[str]] = {}
    for name, icon in told["icons"].items():
        if not icon.get("hidden") and not (collection in _FACES and _SKIN.search(name)):
            styles.setdefault(words_of(name), []).append(name)
    for base, names in styles.items():
        names.sort(key=lambda n: zlib.crc32(f"{collection}:{n}".encode()))
        for name in names[:most]:
            own = [base, *also.get(name, ()), *tags.get(name, tags.get(base.replace(" ", "-"), ()))]
            words = tuple(dict.fromkeys(w for w in (_clean(w) for w in own) if w))
            if words:
                yield Drawing(collection, name, words, _svg(told, name), colours)


def _svg(told: Mapping[str, object], name: str) -> str:
    icon = told["icons"][name]  # type: ignore[index]
    left, top = (icon.get(k, told.get(k, 0)) for k in ("left", "top"))
    width, height = (icon.get(k, told.get(k, 16)) for k in ("width", "height"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {width} {height}" width="{width}" height="{height}">{icon["body"]}</svg>'
    )


def _clean(words: str) -> str:
    plain = " ".join(re.sub(r"[^0-9a-zA-Z+#&./' -]", " ", words).casefold().split())
    return plain if 1 <= len(plain) <= 48 else ""


def _tags(cache: Path, collection: str) -> dict[str, list[str]]:
    """Name in the collection -> further words for it, where a package tells some."""
    if collection == "lucide":
        return dict(json.loads((cache / "lucide-static" / "tags.json").read_text("utf-8")))
    if collection == "tabler":
        told = json.loads((cache / "tabler" / "icons.json").read_text("utf-8"))
        return {name: [str(tag) for tag in icon["tags"]] for name, icon in told.items()}
    if collection == "mdi":
        rows = json.loads((cache / "mdi" / "meta.json").read_text("utf-8"))
        return {row["name"]: [words_of(a) for a in row["aliases"]] for row in rows}
    if collection in ("fa6-solid", "fa6-regular", "fa7-solid", "fa7-regular", "fa-solid"):
        told = json.loads((cache / "fontawesome" / "metadata" / "icon-families.json").read_text("utf-8"))
        return {name: [icon["label"], *map(str, icon["search"]["terms"])] for name, icon in told.items()}
    if collection == "ph":
        text = (cache / "phosphor" / "dist" / "index.mjs").read_text("utf-8")
        found = re.finditer(r'name: ?"([\w-]+)".*?tags: ?\[(.*?)\]', text, re.S)
        return {m[1]: [t for t in re.findall(r'"([^"]+)"', m[2]) if not t.startswith("*")] for m in found}
    if collection in _FACES:
        rows = json.loads((cache / "emojibase" / "en" / "data.json").read_text("utf-8"))
        return {
            re.sub(r"[^a-z0-9]+", "-", row["label"].lower()).strip("-"): row.get("tags", []) for row in rows
        }
    return {}
