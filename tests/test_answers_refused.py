"""Questions that are refused, with what is missing and how they were read; and those that were told wrongly.

A row: the page, the question, its options, and words of the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import PIL.ImageDraw
import pytest
from answer_pages import SIZE, Page, ask, named

from seal.agents.answers.agent import Guide
from seal.agents.contracts import ANY_TEXT


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


REFUSED: list[tuple[str, str, str, str]] = [
    ("invoice", "What is the discount?", "", "Nothing like"),
    ("invoice", "What is the delivery date?", "", "best guess"),
    ("invoice", "What is the total in 2022?", "", '"2022" was not read'),
    ("invoice", "What is the total?", "$1,265.00; 1265 dollars; USD 1265", "Several options"),
    ("invoice", "What is the total?", "$1; $2", "none of the options"),
    ("invoice", "What is the total?", "yes; no", "none of the options"),
    ("invoice", "What is not paid?", "", "not so"),
    ("invoice", "What isn't the total?", "", "not so"),
    ("invoice", "Which amounts are not taxed?", "$5; $6", "not so"),
    ("invoice", "Is there a cat?", "", "unknown"),
    ("invoice", "Is there a cat?", "yes; no", "unknown"),
    ("invoice", "What does the page say?", "", "not clear"),
    ("invoice", "Was kostet das zusammen?", "", "not in English"),
    ("invoice", "Was ist die IBAN?", "", "not in English"),
    ("invoice", "Quelle est la date de la facture ?", "", "not in English"),
    ("invoice", "¿Cuál es el total?", "", "not in English"),
    ("invoice", "合計はいくらですか", "", "not in English"),
    ("invoice", "Tell me a joke.", "", "no question about"),
    ("invoice", "Hello, how are you?", "", "no question about"),
    ("invoice", "Answer 42", "", "no question about"),
    ("invoice", "Colleen Hurst", "", "read with"),
    ("invoice", "???", "", "no question about"),
    ("table", 'What is the price of "Gizmo"?', "", '"Gizmo" was not read'),
    ("table", 'What is the price of "Widget" on "Monday"?', "", "best guess"),
    ("table", "Which products are not red?", "Gadget; Widget", "not so"),
    ("settings", "Which button is blue?", "", "cannot be told"),
    ("settings", "What color is the Save button?", "blue; yellow", "none of the options"),
    ("settings", "Is Wi-Fi on?", "yes; Yes.; Yes!", "Several options"),
    ("settings", "Is Wi-Fi on?", "on and off; neither", "no value"),
    ("settings", "Is there a cat?", "", "unknown"),
    ("settings", "Where is the bell icon?", "", "not found"),
    ("settings", "Where is the printer?", "", "not found"),
    ("settings", "For which part are the switches?", "", "does not ask for a place"),
    ("settings", "If I change the rules, is Wi-Fi on?", "", "something else were"),
    ("settings", "Open the file menu", "", "not found"),
    ("settings", 'Which icon is next to "Wi-Fi"?', "", "No picture"),
    ("settings", "How many cats are there?", "", "cannot be counted"),
    ("settings", "Is the switch of Hotspot on?", "", "was not found"),
    ("tabs", "Which tab is not selected?", "", "not so"),
    ("empty", "What is the total?", "", "Nothing like"),
    ("empty", "What is the total?", "$5; $6", "Nothing like"),
    ("empty", "How many rows are there?", "", "cannot be counted"),
    ("empty", "Which tab is selected?", "", "cannot be told"),
    ("empty", "What color is the Save button?", "", "not found"),
    ("empty", "Is Wi-Fi on?", "", "not found"),
    ("empty", "Is there a trash icon?", "", "unknown"),
    ("empty", "List all buttons.", "", "not clear"),
    ("empty", "What page is this?", "", "No page number"),
    ("empty", 'Is "A" bigger than "B"?', "", "not read"),
    ("empty", 'Which icon is next to "A"?', "", "not found"),
    ("empty", 'Click "Save"', "", "not found"),
    ("unread", 'Is there a "Refund"?', "", "not found yet"),
    ("unread", 'How many times does "Total" occur?', "", "has to be read"),
    ("unread", "Which tab is selected?", "", "has to be read"),
]


@pytest.mark.parametrize(("page", "question", "options", "why"), REFUSED, ids=named(REFUSED))
def test_what_cannot_be_told(guide: Guide, page: str, question: str, options: str, why: str) -> None:
    answer = ask(guide, page, question, options)
    assert answer.status == "cannot_tell" and why in answer.reason
    assert page != "unread" or ANY_TEXT in [t.phrase for t in answer.more]


DOGS = Page(
    [
        ("Cabin", 40, 40, 60, 20),
        ("Dogs", 40, 80, 50, 20),
        ("Layers", 40, 120, 60, 20),
        ("342", 160, 120, 40, 20),
    ]
)


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Do dogs have to pay?", "whether it is so"),
        ("Are there more top layers than bottom layers?", "same value"),
    ],
)
def test_what_is_there_and_does_not_say_it(guide: Guide, question: str, why: str) -> None:
    answer = ask(guide, DOGS, question)
    assert answer.status == "cannot_tell" and why in answer.reason
    assert ask(guide, DOGS, "Do they have dogs?").text == "yes"


WRONG: list[tuple[str, str, str, str | None, str]] = [
    (
        "cut",
        'Is there a "Refund"?',
        "",
        None,
        "the page was not read to its end: what was not read is told as absent",
    ),
    (
        "invoice",
        "???",
        "Total; 5",
        None,
        "no question is answered with the only option that stands on the page",
    ),
    ("invoice", "Tell me a joke.", "Total; Nope", None, "the same"),
    ("invoice", "Colleen Hurst", "Total; Maybe", None, "the same"),
    ("settings", "Is Wi-Fi not on?", "", "no", '"not" is dropped'),
    ("settings", "Is Bluetooth not off?", "", "no", "the same"),
    ("settings", 'Is "Remember me" not checked?', "", "no", "the same"),
    ("settings", "Is the Save button not green?", "", "no", "the same"),
    ("settings", "Is the Save button not red?", "", "yes", "the same"),
    ("invoice", 'Is "Total" not below "Subtotal"?', "", "no", "the same"),
    ("settings", "Are Wi-Fi and Bluetooth on?", "", "no", "the second thing is dropped"),
    ("settings", "Click Save and then Delete", "", None, "the second thing is dropped"),
    (
        "table",
        'Is there a "Gizmo"?',
        "",
        "no",
        'a name in quotes is found in another word by its meaning: yes, "Gadget"',
    ),
    ("table", 'Is "Gizmo" listed?', "", "no", "the same"),
    ("table", 'What is the status of "Widget"?', "", "Active", "a state that is written is told as yes"),
    ("settings", "What is the state of Sync?", "", "Disabled", "a state that is written is told as no"),
    (
        "settings",
        "Is Sync enabled?",
        "",
        "no",
        '"Disabled" beside it is overruled by the contrast of its label',
    ),
    ("settings", "Is Sync enabled or disabled?", "", "disabled", "yes is no answer to it"),
    (
        "invoice",
        "What is the email of Colleen Hurst?",
        "",
        "colleen@example.org",
        'another kind of value: "Bill to"',
    ),
    (
        "invoice",
        'Is "Invoice date" above "Due date"?',
        "",
        "yes",
        "above is read as a comparison of the dates",
    ),
    (
        "invoice",
        'On which side of "Due date" is "Bill to"?',
        "",
        "right and above",
        "the sides are interchanged",
    ),
    ("table", "What is the color of Gadget in 2022?", "", None, '"in 2022" is dropped'),
    ("table", 'How many times does "Suspended" occur?', "", "1", "the price to its right is told"),
    ("table", "How many Sprocket are in stock?", "", "3", "the price to its right is told"),
    (
        "table",
        'Which one has the higher price, "Widget" or "Sprocket"?',
        "",
        "Sprocket",
        '"higher" is taken for the first of the two',
    ),
    ("invoice", 'Is the "E-mail" empty?', "", "no", "that something stands there is told as yes"),
    ("table", "Are all products active?", "", "no", "a number is told"),
    ("table", "What is the price?", "", None, "the first of four is told"),
]
MISSED: list[tuple[str, str, str, str, str]] = [
    ("table", 'What is the status of "Gadget"?', "Active; Suspended", "Suspended", "a status with options"),
    (
        "table",
        "Which product is the cheapest?",
        "",
        "Gadget",
        "a superlative behind its noun is another thing",
    ),
    ("table", "Which product has the highest price?", "", "Sprocket", "the same"),
    (
        "table",
        'Which costs more, "Widget" or "Sprocket"?',
        "Widget; Sprocket",
        "Sprocket",
        '"more" is taken for the first of the two',
    ),
    ("table", 'Is "Widget" cheaper than "Gadget"?', "", "no", "cheaper does not lead to the price"),
    ("table", "Which row has the status Suspended?", "Widget; Gadget", "Gadget", "a status behind a row"),
    (
        "invoice",
        'What is the value next to "E-mail"?',
        "",
        "colleen@example.org",
        "a value has to be a number",
    ),
    (
        "invoice",
        'What is the value of "IBAN"?',
        "",
        "DE44 5001 0517 5407 3249 31",
        "a value has to be a number",
    ),
    (
        "invoice",
        "What is the e-mail address?",
        "",
        "colleen@example.org",
        'read as "e- mail address", of any kind',
    ),
    ("invoice", 'What does the "Status" field say?', "", "Unpaid", "a text in the line of its field"),
    ("invoice", "What is the status?", "", "Unpaid", "a status that belongs to no thing"),
    ("settings", "What color is the Save button?", "#2fb344; #dc3545", "#2fb344", "hex codes in options"),
    (
        "settings",
        "Is Wi-Fi on?",
        "Yes, it is on; No, it is off",
        "Yes, it is on",
        "options that say more than yes",
    ),
    (
        "settings",
        "What is the label of the green button?",
        "",
        "Save",
        "the label is taken for another thing",
    ),
    ("settings", "How many red buttons are there?", "", "1", "a colour is no state that was looked for"),
    ("settings", 'What is to the right of "Backup"?', "", "Enabled", "which is of the text itself"),
]


def _marked(rows: Sequence[tuple[Any, ...]], open_: Collection[str]) -> list[Any]:
    """The rows as parameters; those that fail so far are expected to."""
    return [
        pytest.param(*row, id=name, marks=[pytest.mark.xfail(strict=True, reason=row[-1])] * (name in open_))
        for row, name in zip(rows, named(rows), strict=True)
    ]


STILL_WRONG = frozenset(("settings: Which settings are there?",))
"""Rows of `WRONG` that are told wrongly still."""
STILL_MISSED = frozenset(
    (
        "invoice: What is the status?",
        'invoice: What does the "Status" field say?',
        "settings: How many red buttons are there?",
        "settings: What color is the Save button? [#2fb344; #dc3545]",
        "settings: What is the label of the green button?",
        "table: What is the price of Gadget?",
        "table: What is the stock of Sprocket?",
        "titled: List the names.",
        "titled: Which is the cheapest product?",
    )
)
"""Rows of `MISSED` that are not told still."""


@pytest.mark.parametrize(("page", "question", "options", "right", "fault"), _marked(WRONG, STILL_WRONG))
def test_what_is_told_wrongly(
    guide: Guide, page: str, question: str, options: str, right: str | None, fault: str
) -> None:
    told = ask(guide, page, question, options)
    assert told.status == "cannot_tell" or told.text == right, fault


@pytest.mark.parametrize(("page", "question", "options", "right", "fault"), _marked(MISSED, STILL_MISSED))
def test_what_is_not_told(
    guide: Guide, page: str, question: str, options: str, right: str, fault: str
) -> None:
    assert ask(guide, page, question, options).text == right, fault


@pytest.mark.xfail(
    strict=True, reason="the neighbour's value is the best guess; what was not found is not named"
)
@pytest.mark.parametrize("where", ['on "Monday"', 'in the column "Weight"', 'in "2022"'])
def test_the_reason_names_the_column_that_was_not_found(guide: Guide, where: str) -> None:
    reason = ask(guide, "table", f'What is the price of "Widget" {where}?').reason.split("I read:")[0]
    assert where.split('"')[1] in reason


def _many_colours(draw: PIL.ImageDraw.ImageDraw) -> None:
    for i in range(SIZE[0] * SIZE[1] // 256):
        x, y = i * 16 % SIZE[0], i * 16 // SIZE[0] * 16
        draw.rectangle((x, y, x + 15, y + 15), fill=(i * 7919 % 256, i * 104729 % 256, i * 1299709 % 256))


@pytest.mark.parametrize(
    "question", ["What colour is the bus?", "How many people are there?", "Is there a dog?"]
)
def test_what_is_refused_of_a_photograph_says_so(guide: Guide, question: str) -> None:
    refused = ask(guide, Page([("Main Street", 200, 100, 120, 20)], draw=_many_colours), question)
    assert refused.status == "cannot_tell" and "photograph" in refused.reason
    assert "photograph" not in ask(guide, "invoice", question).reason
