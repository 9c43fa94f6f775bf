"""Pages as they are read off pictures, in training: whatever changes, the answer stays where it is said to be."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from seal.train.asked_pages import written_pages
from seal.train.page_noise import AskedPage, as_read, named_cells, with_sentences

TABLE = AskedPage(
    ("Staff", "Name | Ext. | Room", "Ada | 12 | 4b", "Emmy | 12 | 7", "Ruth | 9 | 4b", "Closed on Sundays"),
    "which room is Emmy in",
    "words",
    row=3,
    start=12,
    end=13,
)


def test_cells_get_the_names_of_their_columns() -> None:
    page = named_cells(TABLE)
    assert page.rows[1:4] == ("Name | Ext. | Room", "Ada | Ext.: 12 | Room: 4b", "Emmy | Ext.: 12 | Room: 7")
    assert page.rows[3][page.start : page.end] == "7"
    said = named_cells(replace(TABLE, kind="yes", start=0, end=len(TABLE.rows[3])))
    assert said.rows[3][said.start : said.end] == "Emmy | Ext.: 12 | Room: 7"


def test_rows_with_figures_above_are_no_table() -> None:
    page = replace(TABLE, rows=("Total | 3 | 4", *TABLE.rows[2:]), row=2)
    assert named_cells(page).rows == page.rows


def test_the_answer_stays_where_it_is_said_to_be() -> None:
    beside = written_pages()[7]["page"]
    changed = 0
    for seed in range(400):
        page = as_read(TABLE, beside, Random(seed))
        assert page.rows[page.row][page.start : page.end] == "7"
        no = as_read(replace(TABLE, kind="no", start=0, end=len(TABLE.rows[3])), beside, Random(seed))
        assert (no.start, no.end) == (0, len(no.rows[no.row])) and "Emmy" in no.rows[no.row].replace(" ", "")
        assert as_read(replace(TABLE, kind="none", row=-1, start=0, end=0), beside, Random(seed)).row == -1
        changed += page.rows != TABLE.rows
    assert changed > 200
    assert as_read(TABLE, beside, Random(1)) == as_read(TABLE, beside, Random(1))


def test_lines_of_running_text_become_sentences() -> None:
    rows = (
        "NOTICE",
        "The lift in the north stairway is out of order until the",
        "new rope has come. Mr. Ames has the key of the other one",
        "and lends it to those who can't walk.",
        "- Ask at the gate",
    )
    page = with_sentences(AskedPage(rows, "who has the key", "words", 2, 19, 27))
    assert page.rows == (
        "NOTICE",
        "The lift in the north stairway is out of order until the new rope has come.",
        "Mr. Ames has the key of the other one and lends it to those who can't walk.",
        "- Ask at the gate",
    )
    assert page.rows[page.row][page.start : page.end] == "Mr. Ames"
    said = with_sentences(AskedPage(rows, "can I borrow the key", "yes", 3, 0, len(rows[3])))
    assert (said.row, said.start, said.end) == (2, 0, len(page.rows[2]))
