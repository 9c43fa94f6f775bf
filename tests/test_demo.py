"""`seal demo`: what the page says and shows, and the page itself in Chromium."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_tools import fake, picture
from typer.testing import CliRunner

from seal import Seal
from seal.agents.fake import ScriptedVQA
from seal.cli.app import app
from seal.cli.demo import asking, at, blocks, listed
from seal.memory.errors import MissingExtraError


@pytest.fixture
def seal() -> Seal:
    need = {"Which settings?": ["settings icon"]}
    return Seal(ScriptedVQA(need, {"Which settings?": "those at the top"}), fake())


@pytest.fixture
def path(tmp_path: Path) -> str:
    (tmp_path / "screens").mkdir()
    picture().save(tmp_path / "screens" / "now.png")
    return str(tmp_path / "screens" / "now.png")


def test_the_search_is_shown_step_by_step(seal: Seal, path: str) -> None:
    told = list(asking(seal, path, "Which settings?"))
    assert [words.split("\n")[0] for _, words in told] == [
        "Looking ...",
        *["To look for: settings icon"] * (len(told) - 2),
        "those at the top   (1.00)",
    ]
    assert "look 1: settings icon" in told[-2][1] and told[-1][1].endswith(" s")
    shown = [picture for picture, _ in told if picture is not None]
    assert len(shown) == len(told) and all(p.size == (800, 600) for p in shown)
    assert shown[0].tobytes() != shown[-2].tobytes() != shown[-1].tobytes()


@pytest.mark.parametrize(
    ("path", "question", "said"),
    [
        (None, "What?", "Choose a picture and type a question."),
        ("now.png", "  ", "Choose a picture and type a question."),
        ("nowhere.png", "What?", "error: nowhere.png"),
    ],
)
def test_what_cannot_be_asked(seal: Seal, path: str | None, question: str, said: str) -> None:
    ((picture, words),) = asking(seal, path, question)
    assert picture is None and words.startswith(said)


def test_who_leaves_ends_the_search(seal: Seal, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Callable[[], bool]] = {}
    ask, left = seal.ask, threading.Event()

    def slowly(*given: Any, cancelled: Callable[[], bool], **more: Any) -> Any:
        asked["cancelled"] = cancelled
        result = ask(*given, cancelled=cancelled, **more)
        left.wait(10)
        return result

    monkeypatch.setattr(seal, "ask", slowly)
    shown = asking(seal, path, "Which settings?")
    assert "settings icon" in [next(shown), next(shown)][1][1]
    shown.close()
    left.set()
    assert asked["cancelled"]() is True


def test_a_click_tells_the_element(seal: Seal, path: str) -> None:
    picture, words, marked = listed(seal, path)
    assert picture is not None and picture.size == (800, 600) and "elements; click one." in words
    said = at(marked, (135, 215))
    assert 'button "Save"' in said and "box: [90, 200, 180, 230]" in said and "click: [135, 215]" in said
    assert at(marked, (600, 550)) == "Nothing is known to be there."
    assert at(None, (0, 0)).startswith("List the elements first")
    assert listed(seal, None) == (None, "Choose a picture.", None)
    assert listed(seal, "nowhere.png")[1].startswith("error: nowhere.png")


def test_without_gradio_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    told = CliRunner().invoke(app, ["demo"])
    assert isinstance(told.exception, MissingExtraError)
    assert "pip install 'seal-visual-search[demo]'" in str(told.exception)


@pytest.fixture
def address(seal: Seal, path: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
    gradio: Any = pytest.importorskip("gradio", reason="gradio is absent (extra demo)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page: Any = blocks(seal, Path(path).parent, gradio)
    page.queue().launch(server_name="127.0.0.1", server_port=port, quiet=True, prevent_thread_lock=True)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # of Gradio's own modules
def test_the_page_in_chromium(address: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is absent")
    from playwright.sync_api import expect, sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.get_by_role("button", name="Elements").wait_for()
        page.locator("input[type=file]").first.wait_for(state="attached")
        page.locator(".gallery-item, .gallery button, button.gallery-item").first.click()
        page.get_by_label("Question").fill("Which settings?")
        page.get_by_role("button", name="Ask").click()
        said = page.locator("#said textarea")
        expect(said).to_have_value(re.compile("^those at the top"), timeout=20_000)
        page.get_by_role("button", name="Elements").click()
        expect(said).to_have_value(re.compile("elements; click one"), timeout=20_000)
        shown = page.locator("#shown img")
        box = shown.bounding_box()
        assert box is not None
        scale = min(box["width"] / 800, box["height"] / 600)
        left, top = (box["width"] - 800 * scale) / 2, (box["height"] - 600 * scale) / 2
        shown.click(position={"x": left + 135 * scale, "y": top + 215 * scale})
        expect(said).to_have_value(re.compile('button "Save"'), timeout=20_000)
        browser.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
