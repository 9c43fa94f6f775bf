"""The component libraries that pages are made of, pinned, and what of them a page needs."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random

from ...measure.truth import Split
from ...memory.errors import InputError
from ..packages import pack
from .dialect import parse

__all__ = ["HELD_OUT", "LIBRARIES", "Library", "choose", "fetch_libraries"]

_KEPT = re.compile(r"\.(css|woff2?|js|svg|png)$|/package\.json$|/licen[cs]e[^/]*$", re.IGNORECASE)
_URL = re.compile(r"url\(\s*[\"']?([^\"')]+?)[\"']?\s*\)")
_TYPES = {".woff2": "font/woff2", ".woff": "font/woff", ".svg": "image/svg+xml", ".png": "image/png"}
_LARGEST = 450_000
"""Bytes of a font or drawing that is put into the page."""


@dataclass(frozen=True, slots=True)
class Library:
    """packages: of the npm registry, pinned; none is the browser itself. sheets: their style sheets, "PACKAGE/path",
    the first of which may be a pattern of which a page takes one. marks: names of the snippet files, later ones win.
    modes: "light" or "dark", and the attributes of <html> for it. scripts: that draw the parts, and mount: what starts
    them, in which MODE stands for the mode; around: what the body is wrapped in. weight: share of the pages."""

    packages: tuple[str, ...] = ()
    licence: str = "MIT"
    sheets: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    modes: tuple[tuple[str, str], ...] = (("light", ""),)
    scripts: tuple[str, ...] = ()
    mount: str = ""
    around: str = "{}"
    css: str = ""
    weight: float = 1.0

    def parts(self) -> dict[str, list[str]]:
        """Section -> snippets."""
        return {k: v for name in ("generic", *self.marks) for k, v in _snippets(name).items()}

    def rules(self) -> list[list[str]]:
        """(selector, kind, selector of what is on, of what is disabled, paint) of what a script makes."""
        rows = [[cell.strip() for cell in line.split("|")] for line in self.parts().get("rules", ())]
        return [row + [""] * (5 - len(row)) for row in rows]

    def style(self, cache: Path, rng: Random) -> tuple[str, str]:
        """(which theme, style sheet with its fonts inside) for one page."""
        texts, theme = [], ""
        for number, sheet in enumerate(self.sheets):
            found = sorted(cache.glob(sheet))
            if not found:
                raise InputError(f"{cache} lacks {sheet}; delete the folder of its package to fetch it anew.")
            path = rng.choice(found)
            if number == 0 and len(found) > 1:
                theme = (
                    path.parent.name
                    if path.stem in ("theme", "bootstrap.min", "jquery-ui.min")
                    else path.stem
                )
            texts.append(_inlined(path))
        return theme, "\n".join(texts)

    def script(self, cache: Path, mode: str) -> str:
        """What turns the template into the page, as HTML; "" for a library that is its style sheet alone."""
        texts = [(cache / path).read_text("utf-8") for path in self.scripts]
        texts += [self.mount.replace("MODE", mode)] * bool(self.mount)
        return "".join(
            f"<script>{text.replace('</script', '<' + chr(92) + '/script')}</script>" for text in texts
        )


@cache
def _snippets(name: str) -> dict[str, list[str]]:
    return parse(files(__package__).joinpath("marks", f"{name}.html").read_text("utf-8"))


@cache
def _inlined(path: Path) -> str:
    """The sheet, with small fonts and drawings in it and without what would be fetched."""

    def url(match: re.Match[str]) -> str:
        name = match[1].split("?")[0].split("#")[0]
        if name.startswith("data:"):
            return match[0]
        file = path.parent / name
        kind = _TYPES.get(file.suffix)
        if kind is None or not file.is_file() or file.stat().st_size > _LARGEST:
            return "url(data:,)"
        return f"url(data:{kind};base64,{base64.b64encode(file.read_bytes()).decode()})"

    text = re.sub(r"@import\s+(url\()?[\"']?https?:[^;]+;", "", path.read_text("utf-8"))
    return _URL.sub(url, text).replace("</style", "<\\/style")


def folder(package: str) -> str:
    """The folder of a package in the cache: "@clr/ui@18.2.0" -> "clr-ui-18.2.0"."""
    return package.lstrip("@").replace("/", "-").replace("@", "-")


_BOOTSTRAP = (("light", 'data-bs-theme="light"'), ("dark", 'data-bs-theme="dark"'))
_ATTRIBUTE = (("light", 'data-theme="light"'), ("dark", 'data-theme="dark"'))
_SCHEME = (("light", ""), ("light", ""), ("dark", 'style="color-scheme:dark"'))
_WIDE = "body{max-width:none!important;display:block!important}main,body>*{max-width:none}"
_VUE = "vue-3.5.45/dist/vue.global.prod.js"
_MOUNT = 'Vue.createApp({template:document.getElementById("t").innerHTML})'

LIBRARIES: dict[str, Library] = {
    "browser": Library(marks=("native",), modes=_SCHEME, weight=8),
    "bootstrap": Library(
        ("bootstrap@5.3.8",),
        sheets=("bootstrap-5.3.8/dist/css/bootstrap.min.css",),
        marks=("native", "bootstrap"),
        modes=_BOOTSTRAP,
        weight=1.5,
    ),
    "bootswatch": Library(
        ("bootswatch@5.3.8",),
        sheets=("bootswatch-5.3.8/dist/*/bootstrap.min.css",),
        marks=("native", "bootstrap"),
        modes=_BOOTSTRAP,
        weight=3,
    ),
    "coreui": Library(
        ("@coreui/coreui@5.9.0",),
        sheets=("coreui-coreui-5.9.0/dist/css/coreui.min.css",),
        marks=("native", "bootstrap"),
        modes=(("light", ""), ("dark", 'data-coreui-theme="dark"')),
    ),
    "98": Library(
        ("98.css@0.1.21",),
        sheets=("98.css-0.1.21/dist/98.css",),
        marks=("native", "win98"),
        css="body{background:#c0c0c0}.s-icon{color:#222}",
        weight=1.5,
    ),
    "xp": Library(
        ("xp.css@0.3.0",),
        sheets=("xp.css-0.3.0/dist/XP.css",),
        marks=("native", "win98", "xp"),
        css="body{background:#ece9d8}.s-icon{color:#222}",
        weight=1.5,
    ),
    "7": Library(
        ("7.css@0.21.1",),
        sheets=("7.css-0.21.1/dist/7.css",),
        marks=("native", "win98", "7"),
        css="body{background:#f0f0f0;font-family:'Segoe UI','Open Sans',sans-serif;font-size:12px}",
        weight=1.5,
    ),
    "bulma": Library(
        ("bulma@1.0.4",),
        sheets=("bulma-1.0.4/css/bulma.min.css",),
        marks=("native", "bulma"),
        modes=_ATTRIBUTE,
        weight=1.5,
    ),
    "uikit": Library(("uikit@3.25.29",), sheets=("uikit-3.25.29/dist/css/uikit.min.css",), marks=("uikit",)),
    "foundation": Library(
        ("foundation-sites@6.9.0",),
        sheets=("foundation-sites-6.9.0/dist/css/foundation.min.css",),
        marks=("native", "foundation"),
    ),
    "antd": Library(
        ("antd@4.24.16",), sheets=("antd-4.24.16/dist/antd*.min.css",), marks=("antd",), weight=2
    ),
    "prime": Library(
        ("primereact@9.6.5",),
        sheets=(
            "primereact-9.6.5/resources/themes/*/theme.css",
            "primereact-9.6.5/resources/primereact.min.css",
        ),
        marks=("prime",),
        css="body{background:var(--surface-ground);color:var(--text-color);font-family:var(--font-family)}",
        weight=4,
    ),
    "element": Library(
        ("element-plus@2.14.8", "vue@3.5.45"),
        sheets=("element-plus-2.14.8/dist/index.css", "element-plus-2.14.8/theme-chalk/dark/css-vars.css"),
        marks=("element",),
        modes=(("light", ""), ("dark", 'class="dark"')),
        scripts=(_VUE, "element-plus-2.14.8/dist/index.full.min.js"),
        mount=_MOUNT + '.use(ElementPlus).mount("#app")',
        css="body{background:var(--el-bg-color);color:var(--el-text-color-primary);font-family:var(--el-font-family)}",
        weight=2,
    ),
    "vuetify": Library(
        ("vuetify@3.13.5", "@mdi/font@7.4.47", "vue@3.5.45"),
        sheets=("vuetify-3.13.5/dist/vuetify.min.css", "mdi-font-7.4.47/css/materialdesignicons.min.css"),
        marks=("vuetify",),
        modes=(("light", ""), ("dark", "")),
        scripts=(_VUE, "vuetify-3.13.5/dist/vuetify.min.js"),
        mount=_MOUNT + '.use(Vuetify.createVuetify({theme:{defaultTheme:"MODE"}})).mount("#app")',
        around="<v-app>{}</v-app>",
        css="[class*=__underlay],[class*=__overlay],.v-selection-control__input input{pointer-events:none!important}",
        weight=2.5,
    ),
    "quasar": Library(
        ("quasar@2.27.0", "vue@3.5.45"),
        sheets=("quasar-2.27.0/dist/quasar.prod.css",),
        marks=("quasar",),
        modes=(("light", ""), ("dark", "")),
        scripts=(
            _VUE,
            "quasar-2.27.0/dist/quasar.umd.prod.js",
            "quasar-2.27.0/dist/icon-set/svg-material-icons.umd.prod.js",
        ),
        mount=_MOUNT
        + '.use(Quasar,{config:{dark:"MODE"=="dark"},iconSet:Quasar.iconSet.svgMaterialIcons}).mount("#app")',
        css=".q-notifications *,.q-focus-helper{pointer-events:none!important}",
        weight=2,
    ),
    "jqueryui": Library(
        ("jquery-ui@1.14.2", "jquery@3.7.1"),
        sheets=("jquery-ui-1.14.2/dist/themes/*/jquery-ui.min.css",),
        marks=("jqueryui",),
        scripts=("jquery-3.7.1/dist/jquery.min.js", "jquery-ui-1.14.2/dist/jquery-ui.min.js"),
        mount="$('.jb').button();$('.jc,.jr').checkboxradio();$('.jc').closest('label').addClass('ui-checkbox-label');"
        "$('.js').spinner();$('.jm').selectmenu();$('.jn').menu();"
        "$('.jl').each((i,e)=>$(e).slider({value:+e.dataset.v,disabled:i%7==6}));"
        "$('.jp').each((i,e)=>$(e).progressbar({value:+e.dataset.v}));"
        "$('.jt').each((i,e)=>{const n=+e.dataset.v;$(e).find('a').each((j,a)=>{const id='p'+i+'-'+j;a.href='#'+id;"
        "$(e).append($('<div>').attr('id',id).text('…'))});$(e).tabs({active:n})});",
        css="body{font-family:Verdana,Arial,sans-serif;font-size:14px}",
        weight=2.5,
    ),
    "bootstrap3": Library(
        ("bootstrap@3.4.1",),
        sheets=("bootstrap-3.4.1/dist/css/bootstrap.min.css",),
        marks=("native", "bootstrap3"),
        weight=2,
    ),
    "bootstrap3 theme": Library(
        ("bootstrap@3.4.1",),
        sheets=(
            "bootstrap-3.4.1/dist/css/bootstrap.min.css",
            "bootstrap-3.4.1/dist/css/bootstrap-theme.min.css",
        ),
        marks=("native", "bootstrap3"),
    ),
    "bootstrap4": Library(
        ("bootstrap@4.6.2",),
        sheets=("bootstrap-4.6.2/dist/css/bootstrap.min.css",),
        marks=("native", "bootstrap", "bootstrap4"),
        weight=2,
    ),
    "govuk": Library(
        ("govuk-frontend@6.6.0",),
        sheets=("govuk-frontend-6.6.0/dist/govuk/govuk-frontend.min.css",),
        marks=("govuk",),
        css="body{font-family:Arial,sans-serif}",
    ),
    "slds": Library(
        ("@salesforce-ux/design-system@2.264.1",),
        "BSD-3-Clause",
        sheets=(
            "salesforce-ux-design-system-2.264.1/assets/styles/salesforce-lightning-design-system.min.css",
        ),
        marks=("slds",),
        weight=1.5,
    ),
    "mdc": Library(
        ("material-components-web@14.0.0",),
        sheets=("material-components-web-14.0.0/dist/material-components-web.min.css",),
        marks=("native", "mdc"),
        css="body{font-family:Roboto,sans-serif}.mdc-checkbox *{pointer-events:none!important}",
        weight=1.5,
    ),
    "classless": Library(
        ("sakura.css@1.5.1",),
        sheets=("sakura.css-1.5.1/css/sakura*.css",),
        marks=("native",),
        css=_WIDE,
        weight=1,
    ),
    "simple": Library(
        ("simpledotcss@2.3.7",), sheets=("simpledotcss-2.3.7/simple.min.css",), marks=("native",), css=_WIDE
    ),
    "mvp": Library(("mvp.css@1.18.0",), sheets=("mvp.css-1.18.0/mvp.css",), marks=("native",), css=_WIDE),
    "chota": Library(("chota@0.9.2",), sheets=("chota-0.9.2/dist/chota.min.css",), marks=("native",)),
    "materialize": Library(
        ("materialize-css@1.0.0",),
        sheets=("materialize-css-1.0.0/dist/css/materialize.min.css",),
        marks=("materialize",),
        weight=1.5,
    ),
    "clarity": Library(
        ("@clr/ui@18.2.0",), sheets=("clr-ui-18.2.0/clr-ui.min.css",), marks=("clr",), weight=1.5
    ),
    "carbon": Library(
        ("carbon-components@10.59.2",),
        "Apache-2.0",
        sheets=("carbon-components-10.59.2/css/carbon-components.min.css",),
        marks=("carbon",),
        weight=1.5,
    ),
    "blueprint": Library(
        ("@blueprintjs/core@6.20.0",),
        "Apache-2.0",
        sheets=("blueprintjs-core-6.20.0/lib/css/blueprint.css",),
        marks=("blueprint",),
        modes=(("light", ""), ("dark", 'class="bp6-dark" style="background:#1c2127"')),
        css=".bp6-dark body{color:#f6f7f9}",
        weight=1.5,
    ),
}
"""Libraries to train on."""

HELD_OUT: dict[str, Library] = {
    "fomantic": Library(
        ("fomantic-ui-css@2.9.4",),
        sheets=("fomantic-ui-css-2.9.4/semantic.min.css",),
        marks=("fomantic",),
        weight=2,
    ),
    "spectre": Library(
        ("spectre.css@0.5.9",),
        sheets=(
            "spectre.css-0.5.9/dist/spectre.min.css",
            "spectre.css-0.5.9/dist/spectre-exp.min.css",
            "spectre.css-0.5.9/dist/spectre-icons.min.css",
        ),
        marks=("spectre",),
        weight=2,
    ),
    "primer": Library(
        ("@primer/css@22.3.2", "@primer/primitives@11.10.0"),
        sheets=(
            "primer-css-22.3.2/dist/primer.css",
            "primer-primitives-11.10.0/dist/css/base/size/size.css",
            "primer-primitives-11.10.0/dist/css/base/typography/typography.css",
            "primer-primitives-11.10.0/dist/css/functional/size/size.css",
            "primer-primitives-11.10.0/dist/css/functional/size/border.css",
            "primer-primitives-11.10.0/dist/css/functional/typography/typography.css",
            "primer-primitives-11.10.0/dist/css/functional/themes/light.css",
            "primer-primitives-11.10.0/dist/css/functional/themes/dark.css",
        ),
        marks=("primer",),
        modes=(
            ("light", 'data-color-mode="light" data-light-theme="light"'),
            ("dark", 'data-color-mode="dark" data-dark-theme="dark"'),
        ),
        weight=2,
    ),
    "pico": Library(
        ("@picocss/pico@2.1.1",),
        sheets=("picocss-pico-2.1.1/css/pico.min.css",),
        marks=("native", "pico"),
        modes=_ATTRIBUTE,
    ),
    "pure": Library(
        ("purecss@3.1.0",),
        "BSD-3-Clause",
        sheets=("purecss-3.1.0/build/pure-min.css",),
        marks=("native", "pure"),
    ),
    "milligram": Library(
        ("milligram@1.4.1",),
        sheets=("milligram-1.4.1/dist/milligram.min.css",),
        marks=("native", "milligram"),
    ),
    "water": Library(("water.css@2.1.1",), sheets=("water.css-2.1.1/out/*.min.css",), marks=("native",)),
}
"""Libraries that are never trained on, to measure on."""


def choose(split: Split, name: str = "") -> dict[str, Library]:
    """The libraries that pages of a split show, or the one of that name. Raises InputError for an unknown one."""
    if not name:
        return HELD_OUT if split == "unseen" else LIBRARIES
    every = LIBRARIES | HELD_OUT
    if name not in every:
        raise InputError(f"The libraries are {', '.join(every)}; got {name!r}.")
    return {name: every[name]}


def fetch_libraries(
    cache: Path, names: dict[str, Library], on_package: Callable[[str, int, int], None] | None = None
) -> Path:
    """Fetch what the cache lacks of the libraries; the cache."""
    wanted = dict.fromkeys(package for library in names.values() for package in library.packages)
    missing = [package for package in wanted if not (cache / folder(package)).is_dir()]
    for done, package in enumerate(missing):
        if on_package:
            on_package(package, done, len(missing))
        pack(cache, folder(package), package, _KEPT)
    return cache
