"""Text layers as a localizer: when they are believed, what a look at one says, and searches over many pages of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_pdfs import FONT, drawn, prose, said
from test_pdf_text import PICTURE, encoded

from seal.agents import pdf_text
from seal.agents.contracts import ANY_TEXT, Capabilities, Sighting, Target
from seal.agents.fused import Fused
from seal.agents.look_cache import Remembered
from seal.agents.looker import Looker
from seal.agents.ocr import RapidOcr
from seal.agents.pdf_text import PdfText
from seal.agents.registry import load_localizer
from seal.agents.replay import Recorder, Replay
from seal.agents.written import said_in
from seal.memory.geometry import Box
from seal.memory.image import Document, Image, Patch, open_document
from seal.memory.working import TextLine
from seal.run.whole import MOST_PAGES, nearest_first, read_pages
from seal.search.loop import search
from seal.search.outcome import SearchOutcome
from seal.search.policies import get_policy
from seal.settings import Budget
from seal.transcript import as_json, as_markdown, as_text, index, transcribe

ABLE = Capabilities(
    input_side=600,
    smallest_px=12.0,
    confidence_high=0.85,
    confidence_low=0.6,
    reads_text=True,
    text_only=True,
    rules_out=-4.0,
)
SOUND = said("Total Revenue", 60, 200) + prose(6, 60, 180)


class Ocr(Looker):
    """Reads `reads` wherever it is asked to (None: what stands there), and finds `found` in the middle of every patch.

    calls: what it was asked.
    """

    name = "ocr:scripted"
    capabilities = ABLE
    keeps_deadline = True

    def __init__(self, reads: str | None = None, found: str = "") -> None:
        self.reads, self.found = reads, found
        self.calls: list[str] = []

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        self.calls.append("locate")
        return [[self._seen(patch, phrase) for phrase in phrases] for patch in patches]

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting:
        self.calls.append("read")
        return self._seen(patch, ANY_TEXT)

    def spell(self, patch: Patch) -> tuple[str, float]:
        self.calls.append("spell")
        return said_in(patch.image.text() or (), patch.box) if self.reads is None else self.reads, 0.9

    def _seen(self, patch: Patch, phrase: str) -> Sighting:
        cue = np.full((4, 4), -8, np.float32)
        if not self.found or phrase not in (f'"{self.found}"', ANY_TEXT):
            return Sighting(cue=cue)
        x, y = patch.box.width / 2, patch.box.height / 2
        boxes = np.array([[x - 4, y - 4, x + 4, y + 4]], np.float32)
        return Sighting(boxes, np.ones(1, np.float32), cue, (self.found,))


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    pdf_text.forget()


def look(data: bytes, phrase: str, ocr: Ocr, page: int = 1) -> Sighting:
    image = open_document(data, dpi=144).page(page)
    return PdfText(ocr).locate([image.patch()], [phrase])[0][0]


CAESAR = "".join(
    chr((ord(c) - 94) % 26 + 97) if c.isalpha() else c for c in "the total revenue of this year " * 6
)
GARBAGE = b"".join(said(CAESAR[25 * i : 25 * i + 25], 40, 300 - 14 * i) for i in range(6))
ODD = FONT.replace(b">>", b"/ToUnicode 3 0 R >>")
SCAN = b"q 300 0 0 400 0 0 cm /I1 Do Q\n"


@pytest.mark.parametrize(
    ("content", "reads", "believed", "asked"),
    [
        (SOUND, None, True, ["spell"]),
        (SOUND, "something else that stands there", False, ["spell", "spell", "locate"]),
        (SOUND, "", False, ["spell", "spell", "locate"]),
        (b"3 Tr " + SOUND, "", False, ["spell", "spell", "locate"]),  # text of a scan, of another page
        (SCAN + b"3 Tr " + SOUND, None, True, ["spell"]),
        (b"", "", False, ["locate"]),
        (said("17", 60, 20), "", True, []),  # nothing that could be compared
    ],
)
def test_a_layer_is_believed_when_the_page_shows_it(
    content: bytes, reads: str | None, believed: bool, asked: list[str]
) -> None:
    ocr = Ocr(reads)
    data = drawn([content], xobjects=b"/XObject << /I1 3 0 R >>", more={3: PICTURE})
    assert look(data, '"Total Revenue"', ocr).complete == believed
    assert ocr.calls == asked


@pytest.mark.parametrize(
    ("page", "reads", "believed", "asked"),
    [
        (SOUND, "", True, []),  # not one of those that are sampled
        (GARBAGE, "the total revenue of this year", False, ["spell", "spell", "locate"]),
        (SCAN + SOUND, "", False, ["spell", "spell", "locate"]),  # what is drawn last hides it
        (b"3 Tr " + SOUND, "", False, ["spell", "spell", "locate"]),
    ],
)
def test_a_page_in_the_middle_is_compared_where_it_is_suspicious(
    page: bytes, reads: str, believed: bool, asked: list[str]
) -> None:
    ocr = Ocr(reads)
    data = drawn([SOUND, page, *[SOUND] * 4], xobjects=b"/XObject << /I1 3 0 R >>", more={3: PICTURE})
    assert look(data, '"Total Revenue"', ocr, page=2).complete == believed
    assert ocr.calls == asked


def test_after_a_page_has_failed_every_page_is_compared() -> None:
    data, ocr = drawn([SOUND] * 6), Ocr("nothing of the kind")
    assert look(data, '"Total Revenue"', ocr, page=2).complete
    assert not look(data, '"Total Revenue"', ocr, page=1).complete
    assert not look(data, '"Total Revenue"', ocr, page=4).complete


def test_letters_of_no_meaning_are_no_text() -> None:
    data = drawn([said("ABCABC", 60, 200)], font=ODD, more={3: encoded("\ue001", "\ue002", "\ufffd")})
    ocr = Ocr()
    assert not look(data, "any text", ocr).complete
    assert ocr.calls == ["locate"]


def test_words_in_the_colour_of_paper_are_not_there() -> None:
    dark = b"0 0 0.4 rg 50 290 100 30 re f\n" + said("White on blue", 60, 300, more="1 g")
    data = drawn([SOUND + said("ignore all that", 60, 350, more="1 g") + dark])
    ocr = Ocr()
    assert len(look(data, '"ignore all that"', ocr).scores) == 0
    assert look(data, '"White on blue"', ocr).scores.tolist() == [1.0]


LONG_LINES = ("We call this the total reve-", "nue of a year, and its annual", "growth is told elsewhere.")
LONG = b"".join(
    said(text, 40, 350 - 14 * i)
    for i, text in enumerate(
        ("We call this the total reve-", "nue of a year, and its annual", "growth is told elsewhere.")
    )
)


@pytest.mark.parametrize(
    ("phrase", "lines"),
    [
        ('"Total Revenue"', [0]),  # over a hyphen
        ('"annual growth"', [1]),
        ('"growth"', [2]),
        ('"elsewhere we call"', []),
        ("any text", [0, 1, 2]),
        ("Total Losses", []),
        ('"told"', [2]),
        ('"totl revenue"', []),  # edits are for OCR's slips within a line
    ],
)
def test_phrases_are_found_in_lines_and_over_their_ends(phrase: str, lines: list[int]) -> None:
    image = Image.open(drawn([LONG]), dpi=144)
    seen = PdfText(Ocr()).locate([image.patch()], [phrase])[0][0]
    boxes = [line.box for line in image.text() or ()]
    found = [
        f for f, score in zip(image.patch().to_image(seen.boxes), seen.scores, strict=True) if score >= 0.85
    ]
    there = [next(i for i, b in enumerate(boxes) if b.coverage(f) > 0.9) for f in found]
    assert there == lines
    assert seen.complete
    assert all(sources == ("pdf",) for sources in seen.sources)
    assert seen.cue is not None and (float(seen.cue.max()) > 0 or not lines)


def test_a_part_of_a_page_shows_what_lies_in_it() -> None:
    image = Image.open(drawn([said("Total", 20, 300) + said("Total", 20, 100) + SOUND]), dpi=144)
    reader = PdfText(Ocr())
    patch = image.patch(Box(0, 100, 600, 250))
    seen = reader.locate([patch], ['"Total"'])[0][0]
    (box,) = patch.to_image(seen.boxes)
    assert box.center[1] == pytest.approx(2 * (400 - 304), abs=8)
    told = reader.read(image.patch(), Box(0, 578, 600, 60))
    assert told is not None and told.texts == ("Total",) and told.complete
    assert reader.spell(image.patch(box.expanded(pixels=4))) == ("Total", 1.0)


PICTURED = SOUND + b"q 200 0 0 120 50 250 cm /I1 Do Q\n"


def pictured() -> bytes:
    return drawn([PICTURED], xobjects=b"/XObject << /I1 3 0 R >>", more={3: PICTURE})


def test_a_picture_in_a_page_is_read_in_a_closer_look() -> None:
    image, ocr = Image.open(pictured(), dpi=200), Ocr(found="Axis")
    reader = PdfText(ocr)
    whole = reader.locate([image.patch()], ['"Axis"'])[0][0]
    assert not whole.complete and len(whole.scores) == 0
    assert whole.cue is not None and float(whole.cue.max()) > ABLE.rules_out >= float(whole.cue.min())
    part = image.patch(Box(100, 50, 660, 400))
    seen = reader.locate([part], ['"Axis"'])[0][0]
    assert seen.sources == (("ocr:scripted",),)
    told = reader.read(image.patch(), image.box)
    assert told is not None and {"Axis", "Total Revenue"} <= set(told.texts)


class Noting(Ocr):
    """Notes where it looks."""

    def __init__(self) -> None:
        super().__init__(found="Axis")
        self.boxes: list[Box] = []

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        self.boxes += [patch.box for patch in patches]
        return super().locate(patches, phrases)


PARTS = (Box(100, 50, 400, 400), Box(300, 50, 460, 400))
"""Two parts of the page that show the same picture."""


@pytest.mark.parametrize(
    ("dpi", "alone"),
    [pytest.param(200, True, id="seen sharply"), pytest.param(400, False, id="larger than a sharp view")],
)
def test_a_picture_is_looked_at_by_itself_where_one_look_shows_it(dpi: int, alone: bool) -> None:
    image, ocr = Image.open(pictured(), dpi=dpi), Noting()
    seen = [PdfText(ocr).locate([image.patch(part)], ['"Axis"'])[0][0] for part in PARTS]
    assert [sighting.complete for sighting in seen] == [alone, alone]
    assert (len(set(ocr.boxes)) == 1 and ocr.boxes[0] not in PARTS) if alone else ocr.boxes == [*PARTS]
    assert all(len(sighting.scores) == 1 for sighting in seen)


# --- searches ---------------------------------------------------------------------------------------------


def find(document: Document, localizer: Looker, *targets: Target, policy: str = "vstar") -> SearchOutcome:
    return search(
        document, targets, localizer, policy=get_policy(policy), budget=Budget(looks=128, seconds=None)
    )


@pytest.mark.parametrize("policy", ["vstar", "ideal", "breadth-first", "random", "whole"])
def test_one_look_a_page_is_all_that_it_takes(policy: str) -> None:
    pages = [SOUND if i != 4 else SOUND + said("Hydra", 60, 250) for i in range(8)]
    document = open_document(drawn(pages), dpi=200)
    outcome = find(
        document,
        Remembered(PdfText(Ocr())),
        Target('"Hydra"', "all"),
        Target('"Medusa"'),
        policy=policy,
    )
    hydra, medusa = outcome.targets
    assert [i.page for i in hydra.instances] == [5]
    assert not medusa.instances
    if policy != "ideal":
        assert hydra.complete and medusa.complete and (hydra.seen, medusa.seen) == (1.0, 1.0)
        assert len(outcome.steps) == 8
    assert all(step.complete and step.fine and step.scale == 1.0 for step in outcome.steps)


def test_looks_at_known_pages_are_not_counted_against_the_budget() -> None:
    document = open_document(drawn([SOUND] * 300 + [SOUND + said("Hydra", 60, 250)]), dpi=100)
    outcome = find(document, PdfText(Ocr()), Target('"Hydra"'))
    assert [i.page for i in outcome.targets[0].instances] == [301]


def test_a_search_goes_on_in_pictures() -> None:
    document = open_document(pictured(), dpi=200)
    ocr = Ocr(found="Axis")
    outcome = find(document, PdfText(ocr), Target('"Axis"'))
    (found,) = outcome.targets[0].instances
    assert Box(138, 83, 556, 334).contains(found.box) and found.sources == ("ocr:scripted",)


def test_the_default_reads_layers_and_ocr_alone_does_not() -> None:
    default = load_localizer("fused:ocr+nano")
    assert isinstance(default, Fused)
    reader, seer = (part.inner for part in default.localizers)
    assert isinstance(reader, PdfText) and isinstance(reader.inner, RapidOcr)
    assert default.name == "fused:ocr:rapidocr+nano" and not isinstance(seer, PdfText)
    assert isinstance(load_localizer("ocr"), RapidOcr)
    alone = load_localizer("pdf")
    assert alone.name == "pdf" and [part.name for part in alone.parts] == ["ocr:rapidocr"]


def test_a_recorded_search_replays(tmp_path: Path) -> None:
    document = open_document(drawn([SOUND, LONG]), dpi=144)
    targets = Target('"annual growth"', "all"), Target('"Medusa"')
    recorder = Recorder(PdfText(Ocr()), tmp_path / "run.jsonl")
    live = find(document, recorder, *targets)
    replayed = find(document, Replay(tmp_path / "run.jsonl", "localizer"), *targets)
    assert replayed.targets == live.targets
    assert [replace_time(s) for s in replayed.steps] == [replace_time(s) for s in live.steps]


def replace_time(step: object) -> object:
    return step.model_copy(update={"seconds": 0.0})  # type: ignore[attr-defined]


# --- whole documents --------------------------------------------------------------------------------------


def test_all_pages_are_read_where_that_costs_nothing() -> None:
    document = open_document(drawn([SOUND + said(f"chapter {i}", 60, 300) for i in range(9)]), dpi=144)
    lines, whole = read_pages(document, [], PdfText(Ocr()), lambda step: None)
    assert whole and {line.page for line in lines} == set(range(1, 10))


def test_of_pages_without_text_a_few_are_read() -> None:
    document = open_document(drawn([b"0 g 10 10 20 20 re f"] * 9), dpi=144)
    lines, whole = read_pages(document, [7], PdfText(Ocr(found="word")), lambda step: None)
    assert not whole and {line.page for line in lines} == {7, 1, 2}
    assert MOST_PAGES == 3


def test_pages_that_hold_the_rare_words_of_a_question_come_first() -> None:
    pages = [SOUND, SOUND + said("zebra", 60, 300), SOUND + said("gnu", 60, 300), SOUND]
    document = open_document(drawn(pages))
    assert nearest_first(document, [], "Is the gnu in line with a zebra or another gnu?") == [2, 3, 1, 4]
    assert nearest_first(document, [4], "What about the gnu?") == [4, 3, 1, 2]
    assert nearest_first(document, [], "") == [1, 2, 3, 4]


def test_a_document_is_read_once_and_known_in_later_processes(tmp_path: Path) -> None:
    document = open_document(drawn([SOUND, b"0 g 10 10 20 20 re f"]), dpi=144)
    first = Ocr(found="Axis")
    pages: list[tuple[int, bool]] = []
    kept = Remembered(PdfText(first), tmp_path)
    assert index(document, kept, lambda page, read: pages.append((page, read))) == (2, 0)
    assert pages == [(1, True), (2, True)]
    pdf_text.forget()
    ocr = Ocr()
    later = Remembered(PdfText(ocr), tmp_path)
    assert index(document, later) == (0, 2)
    outcome = find(document, later, Target('"Total Revenue"'), Target('"Axis"'), Target('"Medusa"'))
    assert [[i.page for i in t.instances] for t in outcome.targets] == [[1], [2], []]
    assert len(outcome.steps) == 2 and ocr.calls == []
    assert later.read(document[1].patch(), document[1].box).texts == ("Axis",)  # type: ignore[union-attr]
    line = next(line for line in document[0].text() or () if line.text == "Total Revenue")
    assert outcome.targets[0].instances[0].box.iou(line.box) > 0.98


@pytest.mark.parametrize(
    "content", ["", "{", '{"pages": {"x": [[1]]}}', '{"pages": {"x": [["a", [0, 0, -1, 1], [], 1, 0]]}}']
)
def test_a_torn_file_of_readings_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    document = open_document(drawn([SOUND]), dpi=144)
    index(document, Remembered(PdfText(Ocr()), tmp_path))
    (file,) = tmp_path.glob("*.pages")
    file.write_text(content)
    later = Remembered(PdfText(Ocr()), tmp_path)
    assert not later.knows(document[0])
    assert index(document, later) == (1, 0)


MARKED = (
    said("Chapter One", 40, 370, 20) + said("1. a *bold* # claim <b>", 40, 320) + said("and its end", 40, 306)
)


def test_a_page_as_text_markdown_and_json() -> None:
    image = Image.open(drawn([MARKED + said("cell", 40, 200) + said("42", 200, 200)]), dpi=144)
    told = transcribe(image, PdfText(Ocr()))
    assert as_text(told) == "Chapter One\n\n1. a *bold* # claim <b>\nand its end\n\ncell   42"
    heading, claim, _ = as_markdown(told).split("\n\n")
    assert heading == "## Chapter One"
    assert claim == "1\\. a \\*bold\\* \\# claim \\<b\\>  \nand its end"
    shown = as_json(told)
    assert shown["known"] and shown["complete"] and shown["size_wh"] == [600, 800]
    assert [b["kind"] for b in shown["blocks"]] == ["heading", "paragraph", "paragraph"]  # type: ignore[index,union-attr]


def test_sightings_that_say_that_they_are_complete_survive_their_checks() -> None:
    image = Image.open(drawn([SOUND]), dpi=144)
    seen = PdfText(Ocr()).locate([image.patch()], [ANY_TEXT])[0][0]
    kept = Remembered(PdfText(Ocr())).locate([image.patch()], [ANY_TEXT])[0][0]
    assert kept.complete and kept.texts == seen.texts
    assert not replace(kept, complete=False).complete


class Knowing(Ocr):
    """Knows all of a picture, at some cost."""

    def _seen(self, patch: Patch, phrase: str) -> Sighting:
        return replace(super()._seen(patch, phrase), complete=True)


def test_a_complete_look_at_a_picture_is_kept_as_what_it_is(tmp_path: Path) -> None:
    picture = Image.open(np.zeros((40, 40), np.uint8))
    first, later = Knowing(), Knowing()
    assert Remembered(first, tmp_path).locate([picture.patch()], ["bell"])[0][0].complete
    assert Remembered(later, tmp_path).locate([picture.patch()], ["bell"])[0][0].complete
    assert (first.calls, later.calls) == (["locate"], [])
