"""Pages of component libraries: snippets, what they say of themselves, and what the browser paints of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from seal.measure.truth import WIDGETS
from seal.memory.errors import InputError
from seal.train import render
from seal.train.packages import Assets
from seal.train.real.dialect import GROUPS, Dialect, parse
from seal.train.real.layouts import LAYOUTS
from seal.train.real.libraries import HELD_OUT, LIBRARIES, choose, folder
from seal.train.real.pages import real_page
from seal.train.render import Studio

CHROMIUM = next(filter(None, map(shutil.which, render.BROWSERS)), None)
EVERY = LIBRARIES | HELD_OUT
SVG = '<svg viewBox="0 0 24 24"><rect x="4" y="4" width="16" height="16"/></svg>'


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One icon, as if fetched."""
    cache = tmp_path_factory.mktemp("cache")
    (cache / "lucide" / "icons").mkdir(parents=True)
    (cache / "lucide" / "icons" / "square.svg").write_text(SVG)
    for name in ("search", "settings", "bell"):
        (cache / "lucide" / "icons" / f"{name}.svg").write_text(SVG)
    return cache


def dialect(text: str, seed: int = 0) -> Dialect:
    return Dialect(parse(text), Random(seed), {"text": lambda: "by chance"})


def test_lines_that_are_indented_go_on() -> None:
    assert parse("# no part\n[a]\n<p>\n  one</p>\n<b>\n\n[b]\nx\n") == {
        "a": ["<p>one</p>", "<b>"],
        "b": ["x"],
    }


@pytest.mark.parametrize(
    ("snippet", "on", "off", "made"),
    [
        ("<i{? class=on}{-x}{! disabled}>", True, False, "<i class=on>"),
        ("<i{? class=on}{-x}{! disabled}>", False, True, "<ix disabled>"),
        ("<input$checked$disabled>", True, True, "<input checked disabled>"),
        ("$text, $given", False, False, "by chance, it"),
        ("<p>{|$|€}</p>", False, False, None),
        (
            "<b @button$disabled>",
            False,
            True,
            '<b data-s="widget" data-kind="button" data-label="" data-off="1" disabled>',
        ),
        (
            "<b @checkbox*>",
            True,
            False,
            '<b data-s="widget" data-kind="checkbox" data-label="" data-on="1" data-paint="around">',
        ),
        (
            "<b @item>",
            False,
            False,
            '<b data-s="widget" data-kind="menu item" data-label="" data-selected="0">',
        ),
        (
            "<b @slider>",
            False,
            False,
            '<b data-s="widget" data-kind="slider" data-label="" data-paint="whole">',
        ),
        ("<b @card>", False, False, '<b data-s="region" data-kind="card">'),
        ("<b @ignore>", False, False, '<b data-s="ignore">'),
    ],
)
def test_a_snippet_says_what_it_is_and_how_it_stands(
    snippet: str, on: bool, off: bool, made: str | None
) -> None:
    html = dialect(f"[part]\n{snippet}").make("part", on=on, off=off, given="it")
    assert html == made if made is not None else html in ("<p></p>", "<p>$</p>", "<p>€</p>")


def test_one_entry_of_a_group_is_on() -> None:
    tabs = dialect("[tabs]\n<ul>$items</ul>\n[tab]\n<li{? on} @tab>$text</li>")
    html = tabs.group("tabs", ["A", "B", "C"], 1)
    assert html.count("<li") == 3 and html.count("<li on") == html.count('data-selected="1"') == 1
    assert html.index('data-selected="1"') > html.index("A")
    assert tabs.make("menu") == ""  # a library without menus


@pytest.mark.parametrize("name", EVERY)
def test_every_library_writes_what_the_layouts_need(name: str) -> None:
    parts = EVERY[name].parts()
    assert {
        "button",
        "checkbox",
        "radio",
        "input",
        "select",
        "field",
        "table",
        "card",
        "header",
    } <= parts.keys()
    assert all(GROUPS[group] in parts for group in GROUPS.keys() & parts.keys())
    assert all(row[1] in WIDGETS for row in EVERY[name].rules())
    for part, snippets in parts.items():
        assert all(
            s.count("<") == s.count(">") or "=>" in s or "&gt;" in s or part == "rules" for s in snippets
        )


def test_what_is_measured_on_is_not_trained_on() -> None:
    trained = {package.rpartition("@")[0] for library in LIBRARIES.values() for package in library.packages}
    held = {package.rpartition("@")[0] for library in HELD_OUT.values() for package in library.packages}
    assert held and not trained & held
    assert choose("train") is choose("eval") is LIBRARIES and choose("unseen") is HELD_OUT
    assert list(choose("train", "pico")) == ["pico"]
    with pytest.raises(InputError, match="libraries are browser"):
        choose("train", "no such")
    assert folder("@clr/ui@18.2.0") == "clr-ui-18.2.0"


def test_a_page_is_the_same_from_the_same_seed(cache: Path) -> None:
    browser = {"browser": LIBRARIES["browser"]}
    one, two, other = (real_page(3, n, Assets(cache), cache, browser) for n in (1, 1, 2))
    assert one == two and one.html != other.html and one.kind in LAYOUTS
    assert one.name == "train-3-000001" and one.theme.framework == "browser"


def test_a_missing_sheet_is_told(cache: Path) -> None:
    with pytest.raises(InputError, match="lacks bulma"):
        real_page(0, 0, Assets(cache), cache, {"bulma": LIBRARIES["bulma"]})


def browser(test: Callable[..., None]) -> Any:
    return pytest.mark.browser(pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")(test))


@browser
def test_boxes_are_what_is_painted(cache: Path) -> None:
    """A box that a style sheet draws before a label, a slider whose handle reaches out, a plain check box."""
    from dataclasses import replace

    page = real_page(0, 0, Assets(cache), cache, {"browser": LIBRARIES["browser"]})
    html = """<!doctype html><style>*{margin:0} p{position:absolute;left:40px;top:20px;width:200px;height:30px}
    p::before{content:"";position:absolute;left:5px;top:4px;width:16px;height:16px;background:#000}
    .s{position:absolute;left:40px;top:100px;width:200px;height:4px;background:#888}
    .s i{position:absolute;left:50px;top:-6px;width:10px;height:16px;background:#000}
    input{position:absolute;left:40px;top:200px;width:20px;height:20px}</style>
    <p data-s="widget" data-kind="checkbox" data-label="" data-on="1" data-paint="around">Label</p>
    <div class="s" data-s="widget" data-kind="slider" data-label="" data-paint="whole"><i></i></div>
    <input type="checkbox" data-s="widget" data-kind="checkbox" data-label="" disabled>
    <b style="position:absolute;left:40px;top:300px" data-s="ignore">link</b>"""
    with Studio() as studio:
        truth = studio.shoot(replace(page, html=html, size_wh=(400, 400), scale=1.0)).truth
    drawn, slider, plain = truth.widgets
    assert (drawn.xywh, drawn.checked) == ((45, 24, 16, 16), True)
    assert slider.xywh == (40, 94, 200, 16)
    assert (plain.xywh, plain.checked, plain.disabled) == ((40, 200, 20, 20), False, True)
    assert any(x == 40 and y == 300 for x, y, _, _ in truth.ignored)


@browser
def test_what_a_script_makes_is_marked(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from seal.train.real.pages import marking

    page = real_page(0, 0, Assets(cache), cache, {"browser": LIBRARIES["browser"]})
    rules = [[".box", "checkbox", ".on", ".off", ""], [".tab", "tab", ".on", "", ""]]
    html = """<!doctype html><style>span{position:absolute;width:20px;height:20px;background:#555;top:0}</style>
    <span class="box on" style="left:0"></span><span class="box off" style="left:30px"></span>
    <span class="tab on" style="left:60px"></span>""" + marking(rules)
    with Studio() as studio:
        truth = studio.shoot(replace(page, html=html, size_wh=(400, 400), scale=1.0)).truth
    assert [(w.kind, w.checked, w.selected, w.disabled) for w in truth.widgets] == [
        ("checkbox", True, None, False),
        ("checkbox", False, None, True),
        ("tab", None, True, False),
    ]
