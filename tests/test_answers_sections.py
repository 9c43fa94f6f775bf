"""Values under the heading that a question names, options that hold one another, things on a named page."""

from __future__ import annotations

import pytest
from answer_pages import Page, ask

from seal.agents.answers.agent import Guide


@pytest.fixture(scope="module")
def guide() -> Guide:
    return Guide()


def _tests(name: str) -> Page:
    """Three tests, each with the seconds of the same two programs; `name` is what each heading begins with."""
    lines = []
    for i, (mysql, sqlite) in enumerate((("8.410", "0.638"), ("8.134", "0.752"), ("2.068", "1.316"))):
        top = 60 + 130 * i
        lines += [
            (f"{name} {i + 1}: {('UPDATEs', 'INSERTs', 'DELETEs')[i]} of many rows", 40, top, 330, 20),
            ("MySQL:", 40, top + 40, 60, 18),
            (mysql, 180, top + 40, 50, 18),
            (f"SQLite 2.7 (nosync): {sqlite}", 40, top + 70, 220, 18),
        ]
    return Page(lines)


PEOPLE = Page(
    [
        ("Name", 40, 60, 60, 18),
        ("Status", 240, 60, 60, 18),
        ("Anna Bell", 40, 100, 90, 18),
        ("Not Active", 240, 100, 90, 18),
        ("Boris Cole", 40, 140, 90, 18),
        ("Active", 240, 140, 60, 18),
    ]
)
BILLING = Page([("Billing", 40, 20, 80, 24), ("VIEW ALL", 420, 200, 80, 18), ("Invoices", 40, 200, 90, 20)])
SLIP = Page(
    [
        ("Receipt no. 0073-5518", 40, 40, 200, 18),
        ("Served by: Marta", 40, 80, 150, 18),
        ("Valid from 3 March 2025 to 30 August 2025", 40, 120, 330, 18),
        ("Tax 15% on $ 112.90", 40, 160, 170, 18),
        ("$ 16.94", 360, 160, 60, 18),
        ("Invoice date", 40, 200, 100, 18),
        ("03/20/2023", 240, 200, 90, 18),
        ("SHARED_NULPTR", 40, 240, 140, 18),
        ("SHARED_BADARG", 40, 270, 140, 18),
        ("Widgets", 40, 310, 80, 18),
        ("Gadgets", 300, 400, 80, 18),
    ]
)
TOLD: list[tuple[Page, str, str, str]] = [
    (
        _tests("Test"),
        'How many seconds did MySQL take in "Test 1: UPDATEs of many rows"?',
        "8.410; 8.134; 2.068",
        "8.410",
    ),
    (
        _tests("Test"),
        'How many seconds did MySQL take in "Test 3: DELETEs of many rows"?',
        "8.410; 8.134; 2.068",
        "2.068",
    ),
    (
        _tests("Run"),
        'What is the SQLite 2.7 (nosync) time in "Run 2: INSERTs of many rows"?',
        "0.638; 0.752; 1.316",
        "0.752",
    ),
    (PEOPLE, "What is Anna Bell's status?", "Active; Not Active; Away", "Not Active"),
    (PEOPLE, "What is Boris Cole's status?", "Active; Not Active; Away", "Active"),
    (SLIP, "What is the receipt number?", "", "0073-5518"),
    (SLIP, "Who served the customer?", "", "Marta"),
    (SLIP, "Until when is it valid?", "", "30 August 2025"),
    (SLIP, "How many names begin with SHARED_?", "", "2"),
    (SLIP, "Widgets: is that higher up or lower down than Gadgets?", "lower down; higher up", "higher up"),
    (SLIP, "Which one is further left, Gadgets or Widgets?", "Gadgets; Widgets", "Widgets"),
    (SLIP, "SHARED_BADARG - is it on this page?", "yes; no", "yes"),
    (BILLING, "Can you see the text VIEW ALL on the billing page?", "no; yes", "yes"),
]


NOT_SO: list[tuple[Page, str, str, str]] = [
    (SLIP, "When does it have to be paid?", "03/20/2023; 04/04/2023", "03/20/2023"),
    (SLIP, "How much tax is charged?", "$ 16.94; $ 112.90", "$ 112.90"),
]
"""Answers that are wrong, however near they stand."""


@pytest.mark.parametrize(("page", "question", "options", "wrong"), NOT_SO, ids=[row[1] for row in NOT_SO])
def test_what_is_not_told(guide: Guide, page: Page, question: str, options: str, wrong: str) -> None:
    assert ask(guide, page, question, options).text != wrong


@pytest.mark.parametrize(("page", "question", "options", "right"), TOLD, ids=[row[1] for row in TOLD])
def test_what_is_told(guide: Guide, page: Page, question: str, options: str, right: str) -> None:
    assert ask(guide, page, question, options).text == right
