"""One page of a document: the same page, with its own number, all the way from the call to the store."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import pytest
from typer.testing import CliRunner

from seal import Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.replay import Recorder
from seal.cli.app import app
from seal.memory.errors import ImageError
from seal.memory.geometry import Box
from seal.memory.image import Document, Image, open_document
from seal.memory.store import MemoryStore
from seal.record.archive import from_run
from seal.record.steps import LookStep, ReadStep
from seal.record.trace import Trace

PAGES = 5
BELL = Box(900, 300, 24, 24)
CHOSEN = [1, 3, PAGES]


def shades() -> list[PIL.Image.Image]:
    """Five pages that differ in the brightness of their ground."""
    pages = []
    for i in range(PAGES):
        page = PIL.Image.new("RGB", (1200, 800), (255 - 30 * i,) * 3)
        PIL.ImageDraw.Draw(page).rectangle(BELL.xyxy, fill="red")
        pages.append(page)
    return pages


@pytest.fixture(scope="module", params=["pdf", "tiff"])
def scan(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    first, *rest = shades()
    path = tmp_path_factory.mktemp("pages") / f"scan.{request.param}"
    more = {"resolution": 200} if request.param == "pdf" else {}
    first.save(path, save_all=True, append_images=rest, **more)
    return path


def localizer() -> FakeLocalizer:
    able = Capabilities(input_side=512, smallest_px=12.0, reads_text=True)
    return FakeLocalizer({"bell": [BELL]}, capabilities=able, texts={"bell": ["ding"]})


def agents() -> tuple[ScriptedVQA, FakeLocalizer]:
    def tell(memory: Any, options: Any) -> Answer:
        return Answer(f"page {memory.targets[0].page} of {memory.pages}", cites=("crop-1",))

    return ScriptedVQA(needs=lambda *_: Need((Target("bell"),)), answers=tell), localizer()


def shade(image: PIL.Image.Image) -> int:
    """The number of the page, told by its ground."""
    pixel: Any = image.getpixel((2, 2))
    return round((255 - pixel[0]) / 30) + 1


def ask(seal: Seal, source: Any, page: int | None, **more: Any) -> Any:
    return seal.ask(source, "Is there a bell?", page=page, **more)


def locate(seal: Seal, source: Any, page: int | None, **more: Any) -> Any:
    return seal.locate(source, "bell", page=page, **more)


@pytest.mark.parametrize("policy", ["vstar", "ideal", "slices"])
@pytest.mark.parametrize("page", CHOSEN)
@pytest.mark.parametrize("way", [ask, locate])
def test_a_page_keeps_its_number(
    scan: Path, page: int, policy: str, way: Callable[..., Any], tmp_path: Path
) -> None:
    seal = Seal(*agents(), policy, memory=tmp_path / "store")
    result = way(seal, scan, page)
    assert result.ok and [t.page for t in result.targets] == [page]
    assert result.targets[0].box.iou(BELL) > 0.6
    assert result.answer == (f"page {page} of {PAGES}" if way is ask else "bell: 1 found.")
    memory = result.memory
    assert (memory.image.page, memory.pages, memory.crops[0].page) == (page, PAGES, page)
    assert shade(memory.image.pil()) == shade(memory.crops[0].pil()) == page
    steps = [s for s in result.trace.steps if isinstance(s, LookStep | ReadStep)]
    assert {s.page for s in steps} == {page}
    assert f"page {page}" in memory.summary() and f", {PAGES} pages" in memory.summary()
    result.trace.save(tmp_path / "t.html")
    kept = Trace.load(tmp_path / "t.html")
    assert {p.page for p in kept.pages} == {page} and kept.looks == result.trace.looks
    with MemoryStore(tmp_path / "store") as store:
        (summary,) = store.list()
        assert summary.image_name.endswith(f"page {page}")
        assert from_run(store.get(summary.id)) == result


@pytest.mark.parametrize("page", CHOSEN)
@pytest.mark.parametrize("way", [ask, locate])
def test_an_opened_page_is_the_same_as_page_n(scan: Path, page: int, way: Callable[..., Any]) -> None:
    opened = Image.open(scan, page=page)
    assert (opened.page, opened.pages) == (page, PAGES)
    results = [way(Seal(*agents()), *source) for source in ((opened, None), (opened, page), (scan, page))]
    assert results[0].memory == results[1].memory == results[2].memory
    assert results[0].memory.pages == PAGES


def test_all_pages_are_numbered_as_in_the_file(scan: Path) -> None:
    result = Seal(*agents()).locate(scan, Target("bell", "all"))
    assert sorted(t.page for t in result.targets) == list(range(1, PAGES + 1))
    assert {shade(p.pil()) for p in result.trace.pages} == {p.page for p in result.trace.pages}


def test_the_command_line_takes_a_page(scan: Path, tmp_path: Path) -> None:
    recording, store = tmp_path / "run.jsonl", tmp_path / "store"
    vqa, eyes = agents()
    recorded = Seal(Recorder(vqa, recording), Recorder(eyes, recording))
    named = ["--vqa", f"replay:{recording}", "--localizer", f"replay:{recording}", "--store", str(store)]
    for page in CHOSEN:
        ask(recorded, scan, page)
        locate(recorded, scan, page)
        for command in (["ask", str(scan), "Is there a bell?"], ["locate", str(scan), "bell"]):
            saved = tmp_path / "t.json"
            told = CliRunner().invoke(
                app, [*command, "--page", str(page), *named, "--json", "--trace", str(saved)]
            )
            assert told.exit_code == 0, told.output
            assert f'"page": {page}' in told.stdout
            assert {p["page"] for p in json.loads(saved.read_text())["pages"]} == {page}
    listed = CliRunner().invoke(app, ["runs", "--store", str(store)])
    assert listed.exit_code == 0 and listed.stdout.count("scan.") == 2 * len(CHOSEN)


def test_a_document_holds_pages_by_their_numbers(scan: Path) -> None:
    whole = open_document(scan)
    assert (len(whole), whole.total, whole.numbers) == (PAGES, PAGES, (1, 2, 3, 4, 5))
    third = whole.only(3)
    assert (len(third), third.total, third.numbers) == (1, PAGES, (3,))
    assert third.page(3) is third[0] is third.only(3)[0] and third[0].digest == whole.page(3).digest
    assert (third.name, third.digest) == (third[0].name, third[0].digest)
    small = whole.only(2).limited(100)
    assert (small.numbers, small.total, small[0].page, small[0].pages) == ((2,), PAGES, 2, PAGES)
    with pytest.raises(ImageError, match="no page 1; pages are counted from 1 to 5, and only 3 was given"):
        third.page(1)


def test_pages_put_together_are_numbered_in_their_order() -> None:
    single = [Image.open(page) for page in shades()]
    document = Document("sheets", "sheets", single)
    assert [(p.page, p.pages) for p in document] == [(i + 1, PAGES) for i in range(PAGES)]
    assert document[1] is document.page(2)
    result = locate(Seal(*agents()), document, 4)
    assert result.targets[0].page == 4 and shade(result.crops[0].pil()) == 4


@pytest.mark.parametrize("page", [0, -1, PAGES + 1, 10**30, "1", 1.5, 1.0, True, b"1", [1], float("nan")])
@pytest.mark.parametrize("way", [ask, locate, lambda _, scan, page: Image.open(scan, page=page)])
def test_bad_pages_are_one_line(scan: Path, page: Any, way: Callable[..., Any]) -> None:
    with pytest.raises(ImageError) as caught:
        way(Seal(*agents()), scan, page)
    message = str(caught.value)
    assert "\n" not in message and "counted from 1" in message and str(page)[:5] in message


def test_a_page_of_a_file_object_and_of_bytes(scan: Path) -> None:
    data = scan.read_bytes()
    for source in (data, io.BytesIO(data)):
        assert locate(Seal(*agents()), source, 2).targets[0].page == 2
