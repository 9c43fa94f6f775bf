"""The trace viewer: the page itself, and what a browser makes of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import pytest

from seal.agents.contracts import Capabilities, Target
from seal.agents.fake import FakeLocalizer, Noise
from seal.memory.errors import InputError
from seal.memory.geometry import Box
from seal.memory.image import Document, open_document
from seal.memory.working import (
    AbsentTarget,
    Crop,
    Fact,
    FoundTarget,
    GlobalImage,
    TextLine,
    VisualWorkingMemory,
)
from seal.record.steps import LookStep, ReadStep, ShowStep, TellStep
from seal.record.trace import Trace
from seal.record.viewer import json_of
from seal.record.viewer import render as render_json
from seal.search.loop import search
from seal.search.policies import get_policy
from seal.settings import Budget, SearchSettings


def render(trace: Trace) -> str:
    return render_json(trace.model_dump_json())


def trace_of(page: str) -> Trace:
    return Trace.model_validate_json(json_of(page))


HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><b>'\"&amp;\u2028"
QUESTION = "Which value stands next to 'Total Revenue', and is the trash icon above it?"
LABEL, ICON = Box(2200, 2032, 172, 26), Box(3590, 222, 34, 38)


@cache
def screen(size_wh: tuple[int, int] = (3840, 2160)) -> PIL.Image.Image:
    """A dashboard: side bar, cards with headings, a table and a small icon."""
    image = PIL.Image.new("RGB", size_wh, "#eef1f5")
    draw = PIL.ImageDraw.Draw(image)
    small, large = PIL.ImageFont.load_default(26), PIL.ImageFont.load_default(44)
    draw.rectangle((0, 0, 460, size_wh[1]), fill="#20324a")
    names = ("Overview", "Orders", "Customers", "Products", "Invoices", "Reports", "Settings")
    for i, name in enumerate(names):
        draw.text((60, 180 + 90 * i), name, "#dfe7f0", small)
    draw.text((540, 90), "Quarterly report", "#20324a", large)
    for i in range(12):
        x, y = 540 + i % 4 * 810, 190 + i // 4 * 640
        draw.rounded_rectangle((x, y, x + 770, y + 600), 18, "white", "#d7dde5", 2)
        draw.text((x + 40, y + 36), f"Region {i + 1}", "#20324a", large)
        for row in range(9):
            below, value = y + 130 + 48 * row, f"{(i + 3) * (row + 7) * 131 % 9000 / 10:.1f}"
            draw.text((x + 40, below), f"Item {100 + 37 * i + row}", "#5b6b80", small)
            draw.text((x + 560, below), value, "#20324a", small)
    draw.text((LABEL.x, LABEL.y), "Total Revenue", "#20324a", small)
    draw.text((LABEL.x + 520, LABEL.y), "48 215.90", "#20324a", small)
    x0, y0, x1, y1 = ICON.xyxy
    draw.rectangle((x0 + 4, y0 + 9, x1 - 4, y1), outline="#5b6b80", width=3)
    draw.line((x0, y0 + 6, x1, y0 + 6), "#5b6b80", 4)
    return image


def looked_for(image: Document, things: dict[str, list[Box]], policy: str = "vstar", looks: int = 40) -> Any:
    able = Capabilities(input_side=640, confidence_high=0.62, confidence_low=0.45)
    noise = Noise(0.5, cue_sd=0.3)
    fake = FakeLocalizer({k: v for k, v in things.items() if v}, capabilities=able, noise=noise)
    finely, limit = SearchSettings(target_px=12), Budget(looks=looks, seconds=None)
    wanted = [Target(phrase) for phrase in things]
    return search(image, wanted, fake, policy=get_policy(policy), settings=finely, budget=limit)


def small(document: Document) -> GlobalImage:
    image = document[0]
    return GlobalImage(size_wh=image.size_wh, png=image.region(image.box, 1600))


def fixed(steps: tuple[LookStep, ...]) -> tuple[LookStep, ...]:
    return tuple(step.model_copy(update={"seconds": 0.031 + 0.002 * step.index}) for step in steps)


def trace(steps: tuple[Any, ...], *pages: GlobalImage, **more: Any) -> Trace:
    names = {"image_name": "scan.png", "policy": "vstar", "vqa": "fake:vqa", "localizer": "fake:localizer"}
    return Trace(**{**names, "pages": pages, "steps": steps, **more})


FACTS = (
    ("relation", "trash icon is right of and above label Total Revenue.", {}),
    ("text", "Right of label Total Revenue stands '48 215.90'.", {}),
    (
        "color",
        "trash icon is slate grey.",
        {"colors": [{"name": "slate grey", "hex": "#5b6b80", "share": 1}]},
    ),
)


@cache
def realistic() -> Trace:
    """A search for two things that are there and one that is not; the memory is what `ask` would keep."""
    document = open_document(screen())
    phrases = {"label Total Revenue": [LABEL], "trash icon": [ICON], "printer icon": []}
    outcome = looked_for(document, phrases)
    crops, targets = [], []
    for found in (o for o in outcome.targets if o.instances):
        phrase, best, name = found.target.phrase, found.instances[0], f"crop-{len(crops) + 1}"
        box, text = (
            (ICON.expanded(4), "") if phrase == "trash icon" else (Box(2140, 1972, 800, 146), "Total Revenue")
        )
        crops.append(Crop(id=name, box=box.clipped(document[0].box), png=document[0].region(box)))
        targets.append(FoundTarget(phrase=phrase, box=best.box, score=best.score, crop=name, text=text))
    lines = ("Total Revenue", "48 215.90", "Item 478")
    memory = VisualWorkingMemory(
        question=QUESTION,
        image=small(document),
        targets=tuple(targets),
        absent=(AbsentTarget(phrase="printer icon", seen=0.35, looks=40, complete=False, best_score=0.31),),
        crops=tuple(crops),
        facts=tuple(Fact(kind=k, text=t, value=v, evidence=("crop-1",)) for k, t, v in FACTS),
        lines=tuple(TextLine(text=text, box=LABEL.shifted(0, -48 * i)) for i, text in enumerate(lines)),
    )
    cites, answer = ("crop-1", "crop-2"), "48 215.90; yes, the trash icon is above it"
    why = "the table has a row of that name"
    steps = (
        ShowStep(agent="fake:vqa", question=QUESTION, targets=tuple(phrases), seconds=0.21),
        *fixed(outcome.steps),
        ReadStep(box=Box(1987, 1904, 1024, 256), lines=3, seconds=0.062),
        TellStep(
            agent="fake:vqa", answer=answer, status="answered", confidence=0.94, reason=why, cites=cites
        ),
    )
    return trace(steps, memory.image, memory=memory, image_name="dashboard.png")


@cache
def hostile() -> Trace:
    """The same, but names, texts and phrases are an attack."""
    data = realistic().model_dump_json()
    for innocent in ("trash icon", "crop-1", "fake:vqa", "dashboard.png", "48 215.90", "Item 478", "row of"):
        data = data.replace(innocent, json.dumps(HOSTILE)[1:-1])
    return Trace.model_validate_json(data)


@cache
def two_pages() -> Trace:
    document = open_document(screen((1600, 1200)))
    looks = looked_for(document, {"stamp": []}, looks=6).steps
    moved = tuple(look.model_copy(update={"page": 2 if look.index > 2 else 1}) for look in looks)
    return trace(moved, small(document), small(document).model_copy(update={"page": 2}))


@cache
def absent_only() -> Trace:
    document = open_document(screen((1600, 1200)))
    outcome = looked_for(document, {"stamp": []})
    absent = AbsentTarget(phrase="stamp", seen=0.98, looks=len(outcome.steps), complete=True, best_score=0.2)
    memory = VisualWorkingMemory(question="Locate: stamp", image=small(document), absent=(absent,))
    return trace(fixed(outcome.steps), memory.image, memory=memory)


@cache
def many_looks() -> Trace:
    document = open_document(screen())
    steps = looked_for(document, {"stamp": []}, "breadth-first", looks=200).steps
    return trace(fixed(steps), small(document))


EMPTY = trace(())


# --- the page as text -------------------------------------------------------------------------------------

TRACES = {"realistic": realistic, "hostile": hostile, "two pages": two_pages, "absent only": absent_only}
TRACES["empty"] = lambda: EMPTY


@pytest.mark.parametrize("name", TRACES)
def test_the_trace_can_be_taken_out_of_the_page(name: str) -> None:
    assert trace_of(render(TRACES[name]())) == TRACES[name]()


def test_the_same_trace_gives_the_same_page() -> None:
    assert render(realistic()) == render(Trace.model_validate_json(realistic().model_dump_json()))


def test_nothing_is_loaded() -> None:
    page = render(EMPTY)
    assert re.findall(r"https?://[^\"]*", page) == ["http://www.w3.org/2000/svg"]  # a name, not an address
    loading = r"<link (?!rel=\"icon\" href=\"data:,\")|<script[^>]* src|@import|url\(|fetch\(|innerHTML"
    assert not re.search(loading, page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]


def test_hostile_text_cannot_leave_its_element() -> None:
    page = render(hostile())
    assert page.count("</script>") == render(EMPTY).count("</script>")
    assert page.count("onerror") > 20
    assert not any(raw in page for raw in ("<img src=x", "\u2028"))


def test_placeholders_in_a_trace_stay_text() -> None:
    named = trace((), image_name="{{trace}}{{csp}}")
    assert trace_of(render(named)) == named


NO_TRACES = ["", "<html></html>", '<script type="application/json" id="trace">{}</script>']


@pytest.mark.parametrize("page", NO_TRACES)
def test_a_page_without_trace_is_refused(page: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(page)
    with pytest.raises(InputError, match="no trace"):
        Trace.load(file)


def test_a_trace_comes_back_from_its_page(tmp_path: Path) -> None:
    assert Trace.load(hostile().save(tmp_path / "page.html")) == hostile()


# --- the page in a browser --------------------------------------------------------------------------------

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


Viewer = Callable[..., Any]


@pytest.fixture
def viewer(browser: Any, tmp_path: Path) -> Iterator[Viewer]:
    """Opens a trace; at the end there must be no console message, no error, no request to anywhere."""
    faults: list[str] = []

    def show(trace: Trace, width: int = 1280, height: int = 800, scheme: str = "light") -> Any:
        path = trace.save(tmp_path / "trace.html")
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda r: r.url.startswith(("file:", "data:")) or faults.append(r.url))
        page.goto(path.as_uri())
        return page

    yield show
    for context in browser.contexts:
        context.close()
    assert faults == []


def xywh_of(page: Any, selector: str) -> tuple[float, ...]:
    return tuple(float(page.locator(selector).get_attribute(key)) for key in ("x", "y", "width", "height"))


def go(page: Any, step: int) -> None:
    page.locator("#slider").fill(str(step))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (chromium, chromium-browser, google-chrome)")
class TestInBrowser:
    def test_answer_and_citations_are_seen_at_once(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        assert page.inner_text("#question") == QUESTION
        assert page.inner_text("#answer") == "48 215.90; yes, the trash icon is above it"
        assert "answered" in page.inner_text("#verdict")
        assert "94 %" in page.inner_text("#verdict")
        assert page.locator("#cited .crop").count() == 2
        for selector in ("#answer", "#cited", "#stage", "#slider", "#tree"):
            box = page.locator(selector).bounding_box()
            assert box["y"] + box["height"] <= 800, selector
        assert "label Total Revenue 0.79" in page.locator("#labels .tag.found").all_inner_texts()
        assert "printer icon" in page.inner_text("#absent")

    def test_the_slider_moves_the_highlighted_box(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        assert page.locator("#current").count() == 0
        for step in (1, 2, 9):
            go(page, step)
            look = realistic().looks[step - 1]
            assert xywh_of(page, "#current") == look.box.xywh
            assert f"Look {look.index + 1} of 40".lower() in page.inner_text("#detail").lower()
            assert page.locator(".stop").count() == look.index + 1

    def test_finds_appear_with_the_look_that_made_them(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        closing = next(look.index + 1 for look in realistic().looks if "trash icon" in look.found)
        go(page, closing - 1)
        assert page.locator("#labels .tag.found").count() == 0
        go(page, closing)
        assert "trash icon" in page.inner_text("#labels .tag.found")

    def test_tree_list_buttons_and_keys_jump(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        assert page.locator("#tree g.node").count() == 40
        page.locator("#tree g.node").nth(1).click()
        assert xywh_of(page, "#current") == realistic().looks[1].box.xywh
        page.locator("#steps button").nth(0).click()
        assert page.inner_text("#count") == "1 / 43"
        page.locator("#next").click()
        assert xywh_of(page, "#current") == realistic().looks[0].box.xywh
        page.locator("body").press("ArrowRight")
        assert page.inner_text("#count") == "3 / 43"
        page.locator("body").press("Home")
        assert page.inner_text("#count") == "1 / 43"
        page.locator("#tree g.node").nth(4).focus()
        page.keyboard.press("Enter")
        assert page.inner_text("#count") == "6 / 43"

    def test_play_runs_to_the_end(self, viewer: Viewer) -> None:
        page = viewer(two_pages())
        page.locator("#play").click()
        assert page.get_attribute("#play", "aria-label") == "Pause"
        page.get_by_text("3 / 6", exact=True).wait_for(timeout=10000)
        page.get_by_text("6 / 6", exact=True).wait_for(timeout=10000)
        assert page.get_attribute("#play", "aria-label") == "Play"

    def test_the_cue_map_is_painted(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        opaque = """() => { const c = document.getElementById('cue');
            if (c.hidden) return 0;
            const copy = new OffscreenCanvas(c.width, c.height).getContext('2d', { willReadFrequently: true });
            copy.drawImage(c, 0, 0);
            const d = copy.getImageData(0, 0, c.width, c.height).data;
            return d.filter((v, i) => i % 4 === 3 && v > 60).length; }"""
        assert page.evaluate(opaque) == 0  # the last step is no look
        go(page, 1)
        hottest = page.evaluate(opaque)
        page.select_option("#cue-target", label="printer icon")
        assert 3 < hottest > page.evaluate(opaque)  # nothing there, and noise stays cold
        page.locator("#show-cue").uncheck()
        assert page.locator("#cue").is_hidden()

    def test_hostile_text_is_shown_as_text(self, viewer: Viewer) -> None:
        page = viewer(hostile())
        for step in range(len(hostile().steps)):
            go(page, step)
        for place in ("answer", "verdict", "cited", "facts", "lines", "crops", "labels", "detail", "footer"):
            assert HOSTILE in page.locator("#" + place).text_content(), place
        assert page.locator("img[src=x], .text b").count() == 0
        assert page.title().startswith("SEAL: Which value")

    @pytest.mark.parametrize("name", TRACES)
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_no_horizontal_scrolling_on_a_phone(self, viewer: Viewer, name: str, scheme: str) -> None:
        page = viewer(TRACES[name](), 400, 800, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.locator("#answer").is_visible()

    def test_pages_follow_the_step(self, viewer: Viewer) -> None:
        page = viewer(two_pages())
        assert page.input_value("#page-choice") == "2"
        go(page, 0)
        assert page.input_value("#page-choice") == "1"
        page.select_option("#page-choice", "2")
        assert page.locator("#current").count() == 0
        assert page.locator("#page").get_attribute("alt") == "Page 2 of scan.png, scaled down"

    def test_zoom_shows_the_small_copy_at_its_size(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        assert page.locator("#stage").bounding_box()["width"] < 900
        page.locator("#full").click()
        assert page.locator("#stage").bounding_box()["width"] == 1600
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280

    def test_absence_is_a_result(self, viewer: Viewer) -> None:
        page = viewer(absent_only())
        assert page.inner_text("#answer") == "Not found: stamp"
        assert "98 % of the document" in page.inner_text("#verdict")
        assert "everything was looked at" in page.inner_text("#absent")

    def test_a_trace_without_steps(self, viewer: Viewer) -> None:
        page = viewer(EMPTY)
        assert page.inner_text("#answer") == "No answer in this trace"
        assert page.locator("#slider").is_disabled()
        assert page.locator("#nothing").is_visible()

    def test_many_looks(self, viewer: Viewer) -> None:
        page = viewer(many_looks())
        assert page.locator("#tree g.node").count() == len(many_looks().looks) > 80
        assert page.evaluate("document.getElementById('tree').scrollWidth") > 600

    def test_every_control_has_a_name(self, viewer: Viewer) -> None:
        page = viewer(realistic())
        named = "e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length)"
        controls = "[...document.querySelectorAll('button, input, select, [role=button]')]"
        assert page.evaluate(f"{controls}.filter(e => !({named})).length") == 0
