"""Fields of paper forms on small drawn pages: where they are, whether they are signed or filled in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import PIL.Image
import PIL.ImageDraw
import pytest
from answer_pages import SIZE, Page, ask, remembered

from seal.agents.answers import load
from seal.agents.answers.agent import Guide
from seal.agents.answers.signed import asked
from seal.memory.geometry import Box
from seal.memory.layout import FormField, PageLayout, fields_in, layout_of
from seal.memory.layout.facts import facts_of
from seal.memory.messages import chat_messages
from seal.memory.working import TextLine

Pen = PIL.ImageDraw.ImageDraw
Draw = Callable[[Pen, float, float], None]


def hand(pen: Pen, x: float, y: float) -> None:
    """A signature over a line at y."""
    wave = [(0, -6), (12, -34), (20, 2), (34, -30), (44, 4), (58, -22), (72, -2), (96, -16), (130, -10)]
    pen.line([(x + a, y + b) for a, b in wave], "#14288c", 3, joint="curve")


def stamp(pen: Pen, x: float, y: float) -> None:
    pen.rectangle((x, y - 38, x + 90, y - 5), outline="#b02a2a", width=3)
    pen.line((x + 20, y - 28, x + 24, y - 14, x + 44, y - 28), "#b02a2a", 3)


def stain(pen: Pen, x: float, y: float) -> None:
    pen.ellipse((x, y - 40, x + 60, y + 20), fill="#e2dacd")


def dot(pen: Pen, x: float, y: float) -> None:
    pen.line((x, y - 12, x + 14, y - 20), "#14288c", 3)  # one short stroke


def nothing(pen: Pen, x: float, y: float) -> None:
    del pen, x, y


def rule(pen: Pen, x0: float, x1: float, y: float) -> None:
    pen.line((x0, y, x1, y), "#222222", 2)


def leader(pen: Pen, x0: float, x1: float, y: float) -> None:
    for i in range(int(x1 - x0) // 6):
        pen.rectangle((x0 + 6 * i, y - 1, x0 + 6 * i + 1, y), fill="#222222")


def signed_at(draw: Draw, line: Callable[[Pen, float, float, float], None] = rule) -> Page:
    """A page with a line for a signature at y 300, the label below it."""

    def drawn(pen: Pen) -> None:
        draw(pen, 90, 300)
        line(pen, 60, 360, 300)

    return Page([("We agree to all of this.", 60, 120, 230, 16), ("Signature", 60, 308, 80, 16)], draw=drawn)


def found(page: Page, turned: float = 0.0) -> tuple[FormField, ...]:
    """The fields of a page. turned: degrees counter-clockwise, lines with it."""
    picture = page.view.pil().rotate(turned, PIL.Image.Resampling.BICUBIC, fillcolor="white")
    cos, sin = math.cos(math.radians(turned)), math.sin(math.radians(turned))
    lines = []
    for line in remembered(page, "?").lines:
        (x, y), (w, h) = line.box.center, line.box.size_wh
        x, y = x - SIZE[0] / 2, y - SIZE[1] / 2
        x, y = SIZE[0] / 2 + x * cos + y * sin, SIZE[1] / 2 - x * sin + y * cos
        wide, high = w * cos + h * abs(sin), h * cos + w * abs(sin)
        lines.append(line.model_copy(update={"box": Box(x - wide / 2, y - high / 2, wide, high)}))
    return fields_in(picture, SIZE, lines)


@pytest.mark.parametrize("line", [rule, leader])
@pytest.mark.parametrize(
    ("draw", "on"), [(hand, True), (nothing, False), (stain, False), (stamp, None), (dot, None)]
)
def test_a_line_is_signed_by_ink_alone(
    draw: Draw, on: bool | None, line: Callable[[Pen, float, float, float], None]
) -> None:
    (told,) = found(signed_at(draw, line))
    assert (told.kind, told.label, told.on, told.text) == ("signature", "Signature", on, "")
    assert told.box.iou(Box(60, 296, 300, 8)) > 0.2
    assert told.entry_box is not None if on else True
    assert on is not True or (told.entry_box is not None and told.entry_box.iou(Box(90, 266, 130, 38)) > 0.6)


@pytest.mark.parametrize("turned", [3.0, -3.0])
def test_a_page_that_is_turned_is_measured_upright(turned: float) -> None:
    states = [[f.on for f in found(signed_at(draw), turned)] for draw in (hand, nothing)]
    assert states == [[True], [False]]


def test_a_typed_name_is_no_signature_and_no_proof_against_one() -> None:
    page = signed_at(nothing)
    (told,) = found(Page([*page.lines, ("Ada Moor", 80, 280, 80, 16)], draw=page.draw))
    assert (told.on, told.text) == (None, "Ada Moor")


def test_what_was_read_with_little_confidence_is_handwriting() -> None:
    page = signed_at(hand)
    scribble = TextLine(text="Mw", box=Box(88, 264, 130, 40), confidence=0.5)
    assert [f.on for f in fields_in(page.view.pil(), SIZE, [*remembered(page, "?").lines, scribble])] == [
        True
    ]


@pytest.mark.parametrize(
    ("label", "signature"),
    [
        ("Unterschrift", True),
        ("Firma del cliente", True),
        ("Signé par", True),
        ("Sign here", True),
        ("Place", False),
    ],
)
def test_labels_of_signatures_in_several_languages(label: str, signature: bool) -> None:
    page = Page(
        [("A form to be filled in", 60, 100, 500, 16), (label, 60, 308, 9.0 * len(label), 16)],
        draw=signed_at(hand).draw,
    )
    assert [f.kind for f in found(page)] == ["signature" if signature else "field"]


def test_a_company_is_no_signature_in_german() -> None:
    lines = [("Firma", 60, 308, 45, 16), ("Datum", 60, 500, 50, 16), ("Anschrift", 600, 500, 70, 16)]
    assert [f.kind for f in found(Page(lines, draw=signed_at(hand).draw)) if f.label == "Firma"] == ["field"]


def _fields(pen: Pen) -> None:
    for x0, x1, y in ((110, 380, 156), (110, 380, 216)):
        rule(pen, x0, x1, y)
    for x0, x1 in ((40, 360), (400, 720)):
        pen.rectangle((x0, 260, x1, 320), outline="#333333", width=2)
    rule(pen, 40, 320, 450)
    rule(pen, 420, 700, 450)
    hand(pen, 60, 450)


FORM = Page(
    [
        *[("Application", 40, 60, 140, 24), ("Name:", 40, 140, 55, 16), ("Ada Moor", 130, 138, 80, 16)],
        *[
            ("Phone:", 40, 200, 60, 16),
            ("E-mail", 48, 266, 50, 14),
            ("Blood group (if known)", 408, 266, 150, 14),
        ],
        *[("ada@example.org", 60, 294, 140, 16), ("Signature of the mother", 40, 458, 190, 16)],
        ("Signature of the father", 420, 458, 185, 16),
    ],
    draw=_fields,
)


def test_fields_have_their_labels_and_what_stands_on_them() -> None:
    assert {f.label: (f.kind, f.shape, f.on, f.text) for f in found(FORM)} == {
        "Name": ("field", "line", True, "Ada Moor"),
        "Phone": ("field", "line", False, ""),
        "E-mail": ("field", "box", True, "ada@example.org"),
        "Blood group (if known)": ("field", "box", False, ""),
        "Signature of the mother": ("signature", "line", True, ""),
        "Signature of the father": ("signature", "line", False, ""),
    }


def test_a_page_of_prose_and_an_empty_one_have_no_fields() -> None:
    prose = Page(
        [("It must be signed by both.", 40, 100, 260, 16), ("Nobody has signed it yet.", 40, 130, 250, 16)]
    )
    assert found(prose) == () == found(Page())


def test_the_layout_keeps_fields_through_json_and_tells_them_as_facts() -> None:
    memory = remembered(FORM, "Has the mother signed?")
    layout = layout_of(memory.lines, picture=FORM.view.pil(), size_wh=SIZE)
    assert len(layout.fields) == 6 and PageLayout.model_validate(json.loads(layout.json_text)) == layout
    facts = facts_of(memory.lines, FORM.view)
    (told,) = [f for f in facts if f.kind == "fields"]
    assert [(f["label"], f["state"]) for f in told.value["fields"]][-2:] == [
        ("Signature of the mother", "signed"),
        ("Signature of the father", "not signed"),
    ]
    said = str(chat_messages(memory.model_copy(update={"facts": facts})))
    assert 'Signature of the father\\": not signed' in said or 'Signature of the father": not signed' in said
    assert not [f for f in facts_of(FORM.lines and memory.lines[:4], FORM.view) if f.kind == "fields"]


@pytest.fixture(scope="module")
def guide() -> Guide:
    agent = load()
    assert isinstance(agent, Guide)
    return agent


SIGNED, UNSIGNED = signed_at(hand), signed_at(nothing)
TYPED = Page([*UNSIGNED.lines, ("Ada Moor", 80, 280, 80, 16)], draw=UNSIGNED.draw)
BARE = Page([("Minutes of the meeting", 60, 100, 220, 16), ("Ada Moor was there.", 60, 140, 180, 16)])
ASKED: list[tuple[Page, str, str, str]] = [
    (SIGNED, "Has the form been signed?", "", "yes"),
    (SIGNED, "Has the rental contract been signed?", "Yes; No", "Yes"),
    (SIGNED, "is there a handwritten signature on it", "", "yes"),
    (SIGNED, "Is the document unsigned?", "", "no"),
    (SIGNED, "Has the landlord signed?", "", ""),  # whose signature it is, nothing says
    (UNSIGNED, "Has the form been signed?", "", "no"),
    (UNSIGNED, "Is it signed?", "yes; no", "no"),
    (UNSIGNED, "Has the landlord signed?", "", "no"),  # nobody has
    (UNSIGNED, "Where did the person sign?", "", ""),
    (TYPED, "Has the form been signed?", "", ""),
    (TYPED, "Is there a handwritten signature?", "", "no"),
    (BARE, "Has the form been signed?", "", ""),
    (BARE, "Is there a signature?", "", ""),
    (FORM, "has the mother or father signed", "", "yes"),
    (FORM, "Have the mother and the father signed?", "", "no"),
    (FORM, "Has the father signed?", "", "no"),
    (FORM, "Has the form been signed?", "", ""),  # by one of two
    (FORM, "Is there a signature on the form?", "", "yes"),
    (FORM, "Have both parents signed it?", "", ""),
    (FORM, "Is the field 'Phone' filled in?", "", "no"),
    (FORM, "Is the field 'Phone' empty?", "", "yes"),
    (FORM, "Is the name field filled in?", "", "yes"),
    (FORM, "Which fields are left empty?", "", "Phone, Blood group (if known), Signature of the father"),
]


@pytest.mark.parametrize(
    ("page", "question", "options", "told"), ASKED, ids=[f"{a[1]}-{i}" for i, a in enumerate(ASKED)]
)
def test_forms_are_answered_from_their_fields(
    guide: Guide, page: Page, question: str, options: str, told: str
) -> None:
    assert ask(guide, page, question, options).text == told


def test_where_somebody_signed_is_where_the_ink_is(guide: Guide) -> None:
    told = ask(guide, SIGNED, "Where did the person sign?")
    assert told.text.startswith("left, at ") and told.places[0][1].iou(Box(90, 266, 130, 38)) > 0.6


def test_a_refusal_says_what_was_looked_for_or_measured(guide: Guide) -> None:
    assert "sign here" in ask(guide, BARE, "Has the form been signed?").reason
    reason = ask(guide, FORM, "Has the form been signed?").reason
    assert '"Signature of the mother": signed' in reason and '"Signature of the father": not signed' in reason


def test_a_page_that_was_not_read_is_read_first(guide: Guide) -> None:
    unread = Page(SIGNED.lines, draw=SIGNED.draw, whole=False)
    told = ask(guide, unread, "Has the form been signed?")
    assert told.status == "cannot_tell" and told.more
    assert guide.show(SIGNED.view.pil(), "Has the form been signed?").targets  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "question",
    [
        "Am I signed in?",
        "Where do I sign up?",
        "Is there a stop sign?",
        "Is the cart empty?",
        "What is the total?",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert asked(question) == ""
