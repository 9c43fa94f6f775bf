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
    (BILLING, "Can you see the text VIEW ALL on the billing page?", "no; yes", "yes"),
]


@pytest.mark.parametrize(("page", "question", "options", "right"), TOLD, ids=[row[1] for row in TOLD])
def test_what_is_told(guide: Guide, page: Page, question: str, options: str, right: str) -> None:
    assert ask(guide, page, question, options).text == right
