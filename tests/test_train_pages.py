"""Generated pages: the same from the same seed, and a truth that is what the browser painted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from seal.cli.pages import pages
from seal.measure.truth import REGIONS, WIDGETS, PageTruth
from seal.memory.errors import InputError, MissingExtraError
from seal.train import render
from seal.train.make import make_pages
from seal.train.packages import Assets
from seal.train.pages import PageSpec, generate
from seal.train.render import Shot, Studio, painted_box
from seal.train.screens import KINDS
from seal.train.theme import choose_theme

SVG = '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2">{}</svg>'
DRAWINGS = {
    "search": '<circle cx="10" cy="10" r="6"/><path d="M15 15l6 6"/>',
    "settings": '<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="3"/>',
    "bell": '<path d="M5 17h14l-2-3V9a5 5 0 0 0-10 0v5z"/>',
}
BLOCK = '<svg viewBox="0 0 24 24" fill="currentColor"><rect x="6" y="3" width="12" height="18"/></svg>'

CHROMIUM = next(filter(None, map(shutil.which, render.BROWSERS)), None)
NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def browser(test: Callable[..., None]) -> Any:
    return pytest.mark.browser(NEEDS_CHROMIUM(test))


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """Three drawings of one set, as if fetched."""
    cache = tmp_path_factory.mktemp("cache")
    (cache / "lucide" / "icons").mkdir(parents=True)
    for name, shapes in DRAWINGS.items():
        (cache / "lucide" / "icons" / f"{name}.svg").write_text(SVG.format(shapes))
    return Assets(cache)


@pytest.fixture(scope="module")
def studio() -> Iterator[Studio]:
    with Studio() as studio:
        yield studio


# --- HTML ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_one_page(assets: Assets, kind: str) -> None:
    first, again, other = (generate(7, index, assets, kind=kind) for index in (1, 1, 2))
    assert first == again
    assert first.html != other.html
    assert first.name == "train-7-000001"
    assert first.html.count('data-s="icon"') >= 1


def test_splits_have_other_pages(assets: Assets) -> None:
    evaluation = Assets(assets.cache, "eval")
    assert generate(7, 1, assets).html != generate(7, 1, evaluation).html


def test_pages_vary_and_fit(assets: Assets) -> None:
    specs = [generate(3, index, assets) for index in range(80)]
    assert {spec.kind for spec in specs} == set(KINDS)
    assert len({spec.language for spec in specs}) >= 6
    assert {spec.theme.dark for spec in specs} == {True, False}
    assert max(spec.scale for spec in specs) > 2
    assert all(w * h * spec.scale**2 <= 3840 * 2160 for spec in specs for w, h in [spec.size_wh])
    html = "".join(spec.html for spec in specs)
    assert [kind for kind in (*WIDGETS, *REGIONS) if f'data-kind="{kind}"' not in html] == []


# --- what is painted ----------------------------------------------------------------------------------------


def test_the_painted_box_holds_what_differs() -> None:
    bare = np.full((40, 60, 3), 250, np.uint8)
    drawn = bare.copy()
    drawn[12:20, 30:33] = 20
    drawn[12:20, 33] = 246  # a trace of antialiasing is no ink
    assert painted_box(drawn, bare, (25.4, 8.2, 16, 16)) == (30, 12, 3, 8)
    assert painted_box(drawn, bare, (0, 0, 10, 10)) is None
    assert painted_box(drawn, bare, (58, 38, 10, 10)) is None


def page(body: str, scale: float = 1.0, size_wh: tuple[int, int] = (400, 300)) -> PageSpec:
    theme = choose_theme(Random(0), ())
    html = f"<!doctype html><style>{theme.css()}body{{background:#fff;color:#000}}</style><body>{body}"
    return PageSpec(html, "train", 0, 0, "form", size_wh, scale, theme, "en")


def icon(concept: str, x: float, y: float, px: int = 24, color: str = "#c00000") -> str:
    style = f"position:absolute;left:{x}px;top:{y}px;width:{px}px;height:{px}px;color:{color}"
    said = f'data-s="icon" data-kind="{concept}" data-set="s" data-style="filled" data-px="{px}"'
    return f'<span class="s-icon" {said} style="{style}">{BLOCK}</span>'


def at(x: float, y: float, more: str = "") -> str:
    return f'style="position:absolute;margin:0;left:{x}px;top:{y}px;{more}"'


@browser
@pytest.mark.parametrize("scale", [1.0, 1.5, 3.0])
def test_icon_boxes_are_the_painted_pixels(studio: Studio, scale: float) -> None:
    shot = studio.shoot(page(icon("a", 100, 50) + icon("b", 30, 200, 48), scale))
    assert shot.image.size == shot.truth.size_wh == (400 * scale, 300 * scale)
    wanted = {"a": (106, 53, 12, 18), "b": (42, 206, 24, 36)}
    for found in shot.truth.icons:
        assert np.abs(np.subtract(found.xywh, np.multiply(wanted[found.concept], scale))).max() <= 1
        assert found.color == "#c00000"
        x, y, w, h = (int(v) for v in found.xywh)
        assert shot.image.getpixel((x + w // 2, y + h // 2)) == (0xC0, 0, 0)
    assert [found.concept for found in shot.truth.icons] == ["a", "b"]


@browser
def test_what_cannot_be_seen_is_not_truth(studio: Studio) -> None:
    cover = f"<div {at(100, 100, 'width:60px;height:60px;background:#eee;z-index:9')}></div>"
    hidden = [
        icon("under", 110, 110) + cover,
        icon("outside", 500, 10),
        icon("cut at the edge", 388, 200),
        f"<div {at(0, 0, 'width:20px;height:20px;overflow:hidden')}>{icon('clipped', 60, 0)}</div>",
        f'<div style="visibility:hidden">{icon("hidden", 200, 200)}</div>',
        f'<div style="opacity:0">{icon("clear", 250, 200)}</div>',
        icon("same colour", 300, 100, color="#ffffff"),
    ]
    shot = studio.shoot(page(icon("seen", 10, 100) + "".join(hidden)))
    assert [found.concept for found in shot.truth.icons] == ["seen"]
    assert len(shot.truth.ignored) == 1  # the one that the edge cuts


@browser
def test_a_veil_dims_and_a_dialog_hides(studio: Studio) -> None:
    veil = '<div data-veil style="background:rgb(0 0 0/.5)"></div>'
    inner = icon("on top", 10, 10) + "<h3>Title</h3>"
    mark = 'class="s-pop" data-above data-s="region" data-kind="dialog"'
    dialog = f"<div {mark} {at(100, 100, 'width:150px;height:100px')}>{inner}</div>"
    truth = studio.shoot(page(icon("dim", 10, 10) + icon("below", 150, 140) + veil + dialog)).truth
    assert [(i.concept, i.dimmed, i.within) for i in truth.icons] == [
        ("dim", True, None),
        ("on top", False, "dialog"),
    ]
    assert truth.icons[0].color is None
    assert [(r.kind, r.title, r.xywh) for r in truth.regions] == [("dialog", "Title", (100, 100, 150, 100))]


def widget(
    name: str, kind: str, x: float, y: float, more: str = "", inner: str | None = None, style: str = ""
) -> str:
    mark = f'data-s="widget" data-kind="{kind}" data-label="{kind} {more}" {more} {at(x, y, style)}'
    return f"<{name} {mark}>" + ("" if inner is None else f"{inner}</{name}>")


@browser
def test_states_come_from_the_page(studio: Studio) -> None:
    body = [
        widget("input", "checkbox", 10, 10, "type=checkbox checked"),
        widget("input", "switch", 50, 10, "type=checkbox disabled"),
        widget("input", "radio", 90, 10, "type=radio checked"),
        widget("input", "input", 10, 50, "type=text value=Oslo", style="width:150px;height:30px"),
        widget("select", "select", 200, 50, "", "<option>A</option><option selected>B</option>"),
        widget("input", "slider", 10, 100, "type=range max=100 value=30"),
        widget("div", "tab", 10, 150, 'data-selected="1"', "One"),
        widget(
            "div", "menu item", 100, 150, 'data-selected="0"', "Two", "opacity:.5;background:#000;color:#fff"
        ),
        widget(
            "button",
            "button",
            10,
            200,
            "disabled",
            icon("a", 4, 4) + "Save",
            "background:#00f;opacity:1;width:99px",
        ),
        f'<span class="s-hold" {at(250, 200)}>{icon("b", 0, 0)}'
        '<span class="s-badge s-float" data-s="widget" data-kind="badge" data-label="7" data-value="7">7</span></span>',
    ]
    truth = studio.shoot(page("".join(body), 2.0)).truth
    found = {w.kind: w for w in truth.widgets}
    states = {k: (w.checked, w.selected, w.disabled, w.value) for k, w in found.items()}
    assert states == {
        "checkbox": (True, None, False, None),
        "switch": (False, None, True, None),
        "radio": (True, None, False, None),
        "input": (None, None, False, "Oslo"),
        "select": (None, None, False, "B"),
        "slider": (None, None, False, "30"),
        "tab": (None, True, False, None),
        "menu item": (None, False, False, None),
        "button": (None, None, True, None),
        "badge": (None, None, False, "7"),
    }
    assert found["input"].xywh == (20, 100, 300, 60)
    assert found["button"].background == "#0000ff"
    assert (found["menu item"].background, found["menu item"].foreground) == ("#808080", "#ffffff")
    assert [truth.icons[w.icon].concept for w in (found["button"], found["badge"]) if w.icon is not None] == [
        "a",
        "b",
    ]
    assert {"Oslo", "One", "Two", "7"} <= {line.text for line in truth.lines}


@browser
def test_lines_are_read_as_they_stand(studio: Studio) -> None:
    text = "Größe <b>zählt</b> nicht<br>zweite Zeile"
    wide = f"<div {at(20, 20, 'width:300px;font:20px/30px DejaVu Sans;color:#123456')}>{text}</div>"
    cut = f"<div {at(20, 200, 'width:70px;overflow:hidden;white-space:nowrap')}>Wort Fahrzeugschein</div>"
    truth = studio.shoot(page(wide + cut)).truth
    assert [line.text for line in truth.lines] == ["Größe zählt nicht", "zweite Zeile", "Wort"]
    assert [line.color for line in truth.lines[:2]] == ["#123456", "#123456"]
    assert truth.lines[0].xywh[0] == 20
    assert truth.lines[0].box.iou(truth.lines[1].box) == 0


@browser
@pytest.mark.parametrize("kind", ["dashboard", "table"])
def test_a_generated_page_has_a_sound_truth(
    studio: Studio, assets: Assets, kind: str, tmp_path: Path
) -> None:
    shot: Shot = studio.shoot(generate(1, 0, assets, kind=kind, size_wh=(1000, 700), scale=1.5), "webp")
    shot.save(tmp_path)
    truth = PageTruth.load(tmp_path / f"{shot.truth.name}.json")
    assert truth == shot.truth
    assert (tmp_path / truth.image).is_file()
    assert truth.size_wh == (1500, 1050)
    assert (
        len(truth.icons) > 8 and len(truth.widgets) > 8 and len(truth.regions) > 3 and len(truth.lines) > 20
    )
    width, height = truth.size_wh
    for thing in (*truth.icons, *truth.widgets, *truth.regions, *truth.lines):
        x, y, w, h = thing.xywh
        assert x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= width + 0.02 and y + h <= height + 0.02
    assert all(icon.css_px * truth.scale + 2 >= max(icon.xywh[2:]) for icon in truth.icons)


# --- the command --------------------------------------------------------------------------------------------


@browser
def test_pages_are_made_once(assets: Assets, tmp_path: Path) -> None:
    out = tmp_path / "new" / "pages"
    first = make_pages(out, assets, seed=5, count=1)
    assert [report.made for report in first] == [True]
    before = {path.name: path.stat().st_mtime_ns for path in out.iterdir()}
    assert set(before) == {"train-5-000000.json", "train-5-000000.png"}
    again = make_pages(out, assets, seed=5, count=1)
    assert [(report.name, report.made) for report in again] == [("train-5-000000", False)]
    assert {path.name: path.stat().st_mtime_ns for path in out.iterdir()} == before


def test_no_chromium_names_the_command(
    assets: Assets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(render.shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="apt-get install chromium"):
        make_pages(tmp_path, assets, count=1)
    with pytest.raises(MissingExtraError, match="does not start"):
        make_pages(tmp_path, assets, count=1, executable=str(tmp_path / "none"))


def test_an_unwritable_folder_is_said(assets: Assets, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        make_pages(tmp_path / "file", assets, count=1)


@pytest.mark.parametrize(
    ("given", "said"), [({"split": "test"}, "A split is"), ({"image_format": "gif"}, "An image format is")]
)
def test_wrong_choices_are_said(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        pages(tmp_path, **given)  # type: ignore[arg-type]


def test_a_broken_truth_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(InputError, match="holds no truth"):
        PageTruth.load(tmp_path / "a.json")
