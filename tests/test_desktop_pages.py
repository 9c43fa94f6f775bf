"""Pages of desktop windows: what is painted, covered and cut off, and pictures of Qt's widgets where Qt is there."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest

from seal.measure.truth import PageTruth
from seal.memory.errors import MissingExtraError
from seal.train.concepts import table
from seal.train.desktop import make
from seal.train.desktop.finish import finish
from seal.train.desktop.words import CONCEPT_OF, Words

THEMES = [
    Path("/usr/share/icons", name)
    for name in ("Tango", "oxygen", "Papirus", "gnome", "mate", "breeze", "Adwaita")
]
needs_qt = pytest.mark.skipif(
    find_spec("PySide6") is None or not any(theme.is_dir() for theme in THEMES),
    reason="needs PySide6 and a theme of icons",
)


def drawn(folder: Path, rows: list[list[dict[str, object]]], layers: list[list[float]]) -> Path:
    """A picture with a mark of 12 x 12 pixels at (14, 14), as the drawing programs leave it."""
    shown = np.full((200, 300, 3), 240, np.uint8)
    bare = shown.copy()
    shown[14:26, 14:26] = 20
    for part, image in zip("abc", (shown, shown, bare), strict=True):
        cv2.imwrite(str(folder / f"page.{part}.png"), image)
    told = {
        "name": "page",
        "seed": 1,
        "index": 0,
        "kind": "main",
        "framework": "Qt Fusion",
        "theme": "light",
        "language": "en",
        "font": "default",
        "scale": 1.0,
        "layers": layers,
        "rows": rows,
    }
    raw = folder / "page.raw.json"
    raw.write_text(json.dumps(told))
    return raw


def row(kind: str, *rect: float, **more: object) -> dict[str, object]:
    return {"kind": kind, "rect": list(rect), "seen": list(rect), **more}


def test_a_mark_is_as_large_as_its_paint(tmp_path: Path) -> None:
    box = row("checkbox", 10, 10, 20, 20, paint="square", checked=True)
    page = finish(drawn(tmp_path, [[box]], [[0, 0, 300, 200]]), tmp_path)
    assert page.widgets[0].xywh == (14, 14, 12, 12) and page.widgets[0].checked
    assert PageTruth.load(tmp_path / "page.json") == page and (tmp_path / "page.webp").is_file()


def test_what_a_dialog_covers_is_no_truth(tmp_path: Path) -> None:
    below = [row("button", 20, 60, 80, 20), row("button", 120, 60, 80, 20), row("button", 220, 150, 60, 20)]
    above = [row("dialog", 110, 50, 60, 60), row("button", 115, 60, 40, 20)]
    page = finish(drawn(tmp_path, [below, above], [[0, 0, 300, 200], [110, 50, 60, 60]]), tmp_path)
    assert [w.xywh[:2] for w in page.widgets] == [(20, 60), (220, 150), (115, 60)]
    assert page.ignored == ((120, 60, 80, 20),) and page.regions[0].kind == "dialog"


def test_what_is_cut_off_or_lies_under_a_neighbour_is_ignored(tmp_path: Path) -> None:
    cut = row("input", 20, 60, 80, 20)
    cut["seen"] = [20, 60, 40, 20]
    page = finish(
        drawn(tmp_path, [[cut, row("select", 20, 90, 80, 20, open=0.6)]], [[0, 0, 300, 200]]), tmp_path
    )
    assert not page.widgets and page.ignored == ((20, 60, 40, 20), (20, 90, 80, 20))


def test_icons_are_concepts() -> None:
    assert set(CONCEPT_OF.values()) <= set(table().concepts)


def test_words_need_no_package() -> None:
    words = Words(Random(3))
    assert words.word("a") and words.value() and len(words.words("n", 3)) == 3


def test_a_split_has_its_own_styles() -> None:
    assert sum(make.plan(1, 40, "train").values()) == 40
    assert set(make.plan(1, 40, "unseen")) <= set(make.HELD_OUT)
    assert {s.style for s in make.HELD_OUT}.isdisjoint(s.style for s in make.STYLES)


@pytest.mark.skipif(find_spec("PySide6") is not None, reason="PySide6 is there")
def test_without_qt_the_extra_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingExtraError, match=r"\[desktop\]"):
        make.make_desktop(tmp_path)


@needs_qt
def test_pages_of_qt(tmp_path: Path) -> None:
    made = make.make_desktop(tmp_path, seed=5, count=2)
    assert len(made) == 2 and all(page.widgets and (tmp_path / page.image).is_file() for page in made)
    assert make.make_desktop(tmp_path, seed=5, count=2) == []
