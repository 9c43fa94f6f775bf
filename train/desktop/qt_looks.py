"""Styles, palettes, style sheets, fonts and icon themes for windows of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from .qt import QtGui, QtWidgets
from .words import CONCEPT_OF, NOT_IN

__all__ = ["Look", "dress"]

_ICONS = Path("/usr/share/icons")
_THEMES = (
    "Tango",
    "oxygen",
    "elementary-xfce",
    "Papirus",
    "gnome",
    "mate",
    "breeze",
    "breeze-dark",
    "Adwaita",
)
_FONTS = ("DejaVu Sans", "Liberation Sans", "Noto Sans", "Cantarell", "Open Sans", "Roboto", "Lato")


@dataclass(frozen=True, slots=True)
class Look:
    """A style with its theme of icons. icons: (concept, file)."""

    name: str
    dark: bool
    font: str
    px: int
    icon_set: str
    icons: tuple[tuple[str, str], ...]
    bar_style: str


@cache
def _icon_files(theme: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, list[Path]] = {}
    folder = _ICONS / theme
    for path in folder.rglob("*"):
        if (
            path.suffix in (".svg", ".png")
            and path.stem in CONCEPT_OF
            and path.stem not in NOT_IN.get(theme, ())
        ):
            text = str(path)
            if any(part in text for part in ("symbolic", "/8x8/", "/12/", "@")):
                continue
            if path.suffix == ".png" and not any(s in text for s in ("22", "24", "32")):
                continue
            found.setdefault(path.stem, []).append(path)
    out = []
    for stem, paths in sorted(found.items()):
        chosen = sorted(paths, key=lambda p: (not any(s in str(p) for s in ("22", "24")), str(p)))[0]
        out.append((CONCEPT_OF[stem], str(chosen)))
    return tuple(out)


def _colour(rng: Random, low: int, high: int, tint: int = 8) -> QtGui.QColor:
    base = rng.randint(low, high)
    return QtGui.QColor(*(max(0, min(255, base + rng.randint(-tint, tint))) for _ in range(3)))


def _palette(rng: Random, dark: bool) -> QtGui.QPalette:
    roles, group = QtGui.QPalette.ColorRole, QtGui.QPalette.ColorGroup.Disabled
    palette = QtGui.QPalette()
    if dark:
        window, base, text = _colour(rng, 28, 70), _colour(rng, 15, 50), _colour(rng, 215, 255, 3)
    else:
        window, base, text = _colour(rng, 205, 248), _colour(rng, 245, 255, 4), _colour(rng, 0, 60, 4)
    accent = QtGui.QColor.fromHsv(rng.randrange(360), rng.randint(90, 230), rng.randint(140, 230))
    for role, colour in (
        (roles.Window, window),
        (roles.Base, base),
        (roles.AlternateBase, base.darker(106)),
        (roles.Button, window.lighter(rng.randint(98, 112))),
        (roles.WindowText, text),
        (roles.Text, text),
        (roles.ButtonText, text),
        (roles.Highlight, accent),
        (roles.HighlightedText, QtGui.QColor("white")),
        (roles.ToolTipBase, base),
        (roles.ToolTipText, text),
        (roles.Link, accent),
        (roles.Light, window.lighter(140)),
        (roles.Midlight, window.lighter(115)),
        (roles.Mid, window.darker(130)),
        (roles.Dark, window.darker(160)),
        (roles.Shadow, window.darker(250)),
    ):
        palette.setColor(role, colour)
    faint = QtGui.QColor(
        *((a + b) // 2 for a, b in zip(text.getRgb()[:3], window.getRgb()[:3], strict=False))
    )
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(group, role, faint)
    return palette


def _sheet(kind: str, rng: Random, dark: bool) -> str:
    """A published style sheet: QDarkStyle, qt-material or qdarktheme."""
    if kind == "qdarkstyle":
        import qdarkstyle
        from qdarkstyle.dark.palette import DarkPalette
        from qdarkstyle.light.palette import LightPalette

        return str(
            qdarkstyle.load_stylesheet(qt_api="pyside6", palette=DarkPalette if dark else LightPalette)
        )
    if kind == "material":
        import qt_material

        names = [n for n in qt_material.list_themes() if n.startswith("dark" if dark else "light")]
        return str(
            qt_material.build_stylesheet(
                rng.choice(names),
                invert_secondary=not dark,
                extra={"density_scale": str(rng.choice((0, -1, -2)))},
            )
        )
    import qdarktheme

    return str(qdarktheme.load_stylesheet("dark" if dark else "light", rng.choice(("rounded", "sharp"))))


def dress(app: QtWidgets.QApplication, style: str, rng: Random) -> Look:
    """Give the application a look of this style: Fusion, Windows, Breeze, Oxygen or a style sheet's name."""
    own = style in ("qdarkstyle", "material", "qdarktheme")
    dark = rng.random() < 0.4
    app.setStyleSheet("")
    app.setStyle(QtWidgets.QStyleFactory.create("Fusion" if own else style))
    classic = style == "Windows" and rng.random() < 0.5
    if classic:
        dark, grey = False, QtGui.QColor(rng.choice(("#d4d0c8", "#c0c0c0", "#ece9d8", "#f0f0f0")))
        palette = QtGui.QPalette(grey, grey)
        palette.setColor(QtGui.QPalette.ColorRole.Base, QtGui.QColor("white"))
        palette.setColor(QtGui.QPalette.ColorRole.Highlight, QtGui.QColor("#0a246a"))
        palette.setColor(QtGui.QPalette.ColorRole.HighlightedText, QtGui.QColor("white"))
        app.setPalette(palette)
    elif rng.random() < 0.2 and not dark and not own:
        app.setPalette(QtWidgets.QApplication.style().standardPalette())
        dark = app.palette().window().color().lightness() < 128
    else:
        app.setPalette(_palette(rng, dark))
    font = rng.choice(_FONTS)
    px = rng.choice((11, 12, 12, 13, 13, 13, 14, 15, 17))
    face = QtGui.QFont(font)
    face.setPixelSize(px)
    app.setFont(face)
    if own:
        app.setStyleSheet(_sheet(style, rng, dark))
    themes = [t for t in _THEMES if (_ICONS / t).is_dir() and t != ("breeze" if dark else "breeze-dark")]
    if not themes:
        raise FileNotFoundError("no icon theme in /usr/share/icons: apt-get install tango-icon-theme")
    icon_set = rng.choice(themes)
    return Look(
        f"{'dark' if dark else 'light'}{' classic' if classic else ''} {icon_set}",
        dark,
        font,
        px,
        icon_set,
        _icon_files(icon_set),
        "98" if classic else rng.choice(("win10", "mac", "breeze", "adwaita", "98")),
    )
