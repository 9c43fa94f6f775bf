"""The questions about the example screens and documents, written by hand.

Each question names what to find by its text; ground.py looks that text up where the page drew it (the DOM of
a screen, the text layer of a PDF), so that no box is typed in by hand. ``nth`` of ``of`` picks one of several
occurrences in reading order of the source and fails when the page holds another number of them.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLES = "screens/stisla-tables.png"
POSTS = "screens/stisla-posts.png"
BILLING = "screens/soft-ui-billing.png"
TALL = "screens/stisla-dashboard-tall.png"
SPEED = "screens/sqlite-speed-tall.png"
CODES = "documents/cfitsio-status-codes.png"
FORMAT = "documents/sqlite-file-format.png"
GUIDE = "documents/mpich-user-guide.pdf"


@dataclass(frozen=True)
class Find:
    """A text on a page: the kind of thing it is in words, its text, and which occurrence is meant."""

    what: str
    text: str
    nth: int = 1
    of: int = 1
    page: int = 1


@dataclass(frozen=True)
class Question:
    """A question, its options (right one first) and what has to be found to answer it."""

    kind: str
    name: str
    image: str
    question: str
    options: tuple[str, ...]
    targets: tuple[Find, ...] = ()
    answer: Find | None = None
    absent: str = ""


def every(what: str, text: str, of: int, picks: tuple[int, ...] = (), page: int = 1) -> tuple[Find, ...]:
    """All occurrences of a text (or the picked ones), for counting."""
    return tuple(Find(what, text, nth, of, page) for nth in picks or range(1, of + 1))


VALUES = (
    Question(
        "value_next_to_label",
        "tall-online-users",
        TALL,
        "How many Online Users does the dashboard show?",
        ("47", "42", "10", "1,201"),
        (Find("label", "Online Users"),),
        Find("value", "47"),
    ),
    Question(
        "value_next_to_label",
        "tall-month-sales",
        TALL,
        'What is the value above "This Month\'s Sales"?',
        ("$12,821", "$2,902", "$92,142", "$243"),
        (Find("label", "This Month's Sales"),),
        Find("value", "$12,821"),
    ),
    Question(
        "value_next_to_label",
        "tall-referral-bing",
        TALL,
        "Which number is next to Bing in the Referral URL list?",
        ("1,521", "1,880", "2,100", "884"),
        (Find("label", "Bing"),),
        Find("value", "1,521"),
    ),
    Question(
        "value_next_to_label",
        "billing-invoice-amount",
        BILLING,
        "What is the amount of invoice #RV-126749?",
        ("$250", "$180", "$560", "$120"),
        (Find("label", "#RV-126749"),),
        Find("value", "$250"),
    ),
    Question(
        "value_next_to_label",
        "billing-paypal",
        BILLING,
        "How much is shown under Paypal?",
        ("$455.00", "+$2000", "$560", "$300"),
        (Find("label", "Paypal"),),
        Find("value", "$455.00"),
    ),
    Question(
        "value_next_to_label",
        "billing-company",
        BILLING,
        "What company name is given for Lucas Harper?",
        ("Stone Tech Zone", "Viking Burrito", "Fiber Notion", "Belong Interactive"),
        (Find("label", "Lucas Harper"), Find("label", "Company Name:", 2, 3)),
        Find("value", "Stone Tech Zone"),
    ),
    Question(
        "value_next_to_label",
        "speed-test8-mysql",
        SPEED,
        'How many seconds did MySQL take in "Test 8: 1000 UPDATEs without an index"?',
        ("8.410", "1.739", "0.637", "8.134"),
        (Find("heading", "Test 8: 1000 UPDATEs without an index"), Find("label", "MySQL:", 8, 16)),
        Find("value", "8.410"),
    ),
    Question(
        "value_next_to_label",
        "guide-version",
        GUIDE,
        "Which version of MPICH is on the title page of the user's guide?",
        ("4.0.2", "3.0", "0.8.2", "8.1.0"),
        (Find("label", "Version"),),
        Find("value", "4.0.2"),
    ),
    Question(
        "value_next_to_label",
        "guide-blcr-version",
        GUIDE,
        "Before checkpointing works, which BLCR version has to be installed?",
        ("0.8.2", "4.0.2", "8.1.0", "3.0"),
        (Find("label", "BLCR version", page=13),),
        Find("value", "0.8.2", page=13),
    ),
)

BADGES = (
    Question(
        "badge",
        "tall-task-component",
        TALL,
        'What does the badge on the task "Add a new component" say?',
        ("Completed", "Not Finished", "Progress", "View All"),
        (Find("label", "Add a new component"),),
        Find("badge", "Completed"),
    ),
    Question(
        "badge",
        "tall-task-modal",
        TALL,
        "Which badge stands beside Fix modal window?",
        ("Progress", "Completed", "Not Finished", "Filter"),
        (Find("label", "Fix modal window"),),
        Find("badge", "Progress"),
    ),
    Question(
        "badge",
        "posts-all",
        POSTS,
        'What number is on the badge of the "All" tab?',
        ("5", "1", "0", "3"),
        (Find("tab", "All", 2, 3),),
        Find("badge", "5", 1, 6),
    ),
    Question(
        "badge",
        "posts-trash",
        POSTS,
        "Going by its badge, how many posts are in the Trash?",
        ("0", "1", "5", "2"),
        (Find("tab", "Trash"),),
        Find("badge", "0"),
    ),
    Question(
        "badge",
        "posts-crud",
        POSTS,
        'Which status does the post "Laravel 5 Tutorial: CRUD" have?',
        ("Draft", "Published", "Pending", "Trash"),
        (Find("row", "Laravel 5 Tutorial: CRUD"),),
        Find("badge", "Draft", 2, 2),
    ),
    Question(
        "badge",
        "posts-deployment",
        POSTS,
        "What is written on the badge in the Deployment tutorial's row?",
        ("Pending", "Draft", "Published", "Trash"),
        (Find("row", "Laravel 5 Tutorial: Deployment"),),
        Find("badge", "Pending", 2, 2),
    ),
    Question(
        "badge",
        "tables-advanced-backup",
        TABLES,
        "In the Advanced Table, what does the status badge of Backup database read?",
        ("In Progress", "Completed", "Todo", "Not Active"),
        (Find("heading", "Advanced Table"), Find("row", "Backup database", 1, 2)),
        Find("badge", "In Progress", 1, 2),
    ),
    Question(
        "badge",
        "tables-simple-kusnadi",
        TABLES,
        "What is Kusnadi's status in the Simple Table?",
        ("Not Active", "Active", "Completed", "Todo"),
        (Find("heading", "Simple Table"), Find("row", "Kusnadi", 1, 2)),
        Find("badge", "Not Active", 1, 2),
    ),
)

CELLS = (
    Question(
        "table_cell",
        "tables-simple-created",
        TABLES,
        "When was Rizal Fakhri created, according to the Simple Table?",
        ("2017-01-11", "2017-01-09", "2017-01-17", "2018-01-16"),
        (Find("row", "Rizal Fakhri", 1, 2), Find("column", "Created At", 1, 2)),
        Find("cell", "2017-01-11", 2, 4),
    ),
    Question(
        "table_cell",
        "tables-full-created",
        TABLES,
        'What does the row "Isnap Kiswandi" show under "Created At"?',
        ("2017-01-17", "2017-01-11", "2017-01-09", "2018-01-20"),
        (Find("row", "Isnap Kiswandi"), Find("column", "Created At", 2, 2)),
        Find("cell", "2017-01-17"),
    ),
    Question(
        "table_cell",
        "tables-sortable-due",
        TABLES,
        "What is the due date of Redesign homepage in the Sortable Table?",
        ("2018-04-10", "2018-01-20", "2018-01-29", "2018-01-16"),
        (Find("row", "Redesign homepage", 2, 2), Find("column", "Due Date", 2, 2)),
        Find("cell", "2018-04-10", 2, 2),
    ),
    Question(
        "table_cell",
        "format-row-72",
        FORMAT,
        "In the table, which number stands in the second column of the row that starts with 72?",
        ("20", "4", "16", "92"),
        (Find("row", "72", 1, 2),),
        Find("cell", "20", 1, 3),
    ),
    Question(
        "table_cell",
        "format-row-40",
        FORMAT,
        "What does the table say about offset 40?",
        (
            "The schema cookie.",
            "Default page cache size.",
            "Total number of freelist pages.",
            "Reserved for expansion. Must be zero.",
        ),
        (Find("row", "40"),),
        Find("cell", "The schema cookie."),
    ),
    Question(
        "table_cell",
        "codes-col-not-found",
        CODES,
        "Which number belongs to COL_NOT_FOUND?",
        ("219", "218", "236", "202"),
        (Find("row", "COL_NOT_FOUND"),),
        Find("cell", "219"),
    ),
    Question(
        "table_cell",
        "codes-227",
        CODES,
        "What does status code 227 mean?",
        (
            "the CHDU is not a binary table extension",
            "the CHDU is not an ASCII table extension",
            "the CHDU is not an IMAGE extension",
            "negative table row size",
        ),
        (Find("row", "227"),),
        Find("cell", "the CHDU is not a binary table extension"),
    ),
    Question(
        "table_cell",
        "speed-test13-nosync",
        SPEED,
        'What is the SQLite 2.7.6 (nosync) time in "Test 13: DELETE with an index"?',
        ("0.752", "2.068", "0.560", "1.316"),
        (Find("heading", "Test 13: DELETE with an index"), Find("row", "SQLite 2.7.6 (nosync):", 13, 16)),
        Find("cell", "0.752"),
    ),
)

PAGE_NUMBERS = (
    Question(
        "page_number",
        "codes-top",
        CODES,
        "Which page number is printed at the top of this page?",
        ("192", "201", "153", "241"),
        (Find("page number", "192"),),
        Find("page number", "192"),
    ),
    Question(
        "page_number",
        "format-bottom",
        FORMAT,
        "What is the number of this page, as printed at the bottom?",
        ("3", "28", "4", "96"),
        (Find("page number", "3 / 28"),),
    ),
    Question(
        "page_number",
        "format-total",
        FORMAT,
        "How many pages does the whole document have according to its footer?",
        ("28", "3", "96", "16"),
        (Find("page number", "3 / 28"),),
    ),
    Question(
        "page_number",
        "guide-contents-debugging",
        GUIDE,
        "According to the table of contents, on which page does the chapter Debugging start?",
        ("9", "8", "10", "11"),
        (Find("chapter", "Debugging", page=2),),
        Find("page number", "9", page=2),
    ),
    Question(
        "page_number",
        "guide-contents-checkpoints",
        GUIDE,
        'Where does section 8.2 "Taking checkpoints" begin? Give the page from the contents.',
        ("11", "10", "13", "9"),
        (Find("section", "Taking checkpoints", page=3),),
        Find("page number", "11", 1, 2, page=3),
    ),
    Question(
        "page_number",
        "guide-references",
        GUIDE,
        "What page number is printed on the page with the References?",
        ("13", "12", "11", "8"),
        (Find("heading", "References", page=16), Find("page number", "13", page=16)),
        Find("page number", "13", page=16),
    ),
    Question(
        "page_number",
        "guide-roman",
        GUIDE,
        "The table of contents goes on over a second page. Which page number does that page carry?",
        ("ii", "i", "10", "11"),
        (Find("page number", "ii", page=3),),
        Find("page number", "ii", page=3),
    ),
    Question(
        "page_number",
        "tables-simple-last",
        TABLES,
        "What is the highest page number offered below the Simple Table?",
        ("3", "2", "4", "5"),
        (Find("heading", "Simple Table"), Find("page number", "3", 2, 4)),
        Find("page number", "3", 2, 4),
    ),
    Question(
        "page_number",
        "posts-last",
        POSTS,
        "Up to which page can I click in the pagination under the posts?",
        ("3", "2", "5", "1"),
        (Find("page number", "3"),),
        Find("page number", "3"),
    ),
)

POSITIONS = (
    Question(
        "relative_position",
        "tall-reports-admin",
        TALL,
        'Is the label "Reports" above or below the label "Total Admin"?',
        ("below", "above"),
        (Find("label", "Reports"), Find("label", "Total Admin")),
    ),
    Question(
        "relative_position",
        "tall-users-reports",
        TALL,
        'Is "Online Users" left or right of "Reports"?',
        ("right", "left"),
        (Find("label", "Online Users"), Find("label", "Reports")),
    ),
    Question(
        "relative_position",
        "tall-draft-posts",
        TALL,
        "Does Quick Draft come above or below Latest Posts?",
        ("above", "below"),
        (Find("heading", "Quick Draft"), Find("heading", "Latest Posts")),
    ),
    Question(
        "relative_position",
        "billing-salary-paypal",
        BILLING,
        "Where is the label Salary, seen from the label Paypal?",
        ("to the left", "to the right", "above", "below"),
        (Find("label", "Salary"), Find("label", "Paypal")),
    ),
    Question(
        "relative_position",
        "billing-information-transactions",
        BILLING,
        'Is the heading "Billing Information" to the left or to the right of "Your Transaction\'s"?',
        ("left", "right"),
        (Find("heading", "Billing Information"), Find("heading", "Your Transaction's")),
    ),
    Question(
        "relative_position",
        "tables-sortable-advanced",
        TABLES,
        "Where is the heading Sortable Table relative to the heading Advanced Table?",
        ("below", "above", "to the left", "to the right"),
        (Find("heading", "Sortable Table"), Find("heading", "Advanced Table")),
    ),
    Question(
        "relative_position",
        "tables-full-simple",
        TABLES,
        'On which side of "Simple Table" is "Full Width": left or right?',
        ("right", "left"),
        (Find("heading", "Full Width"), Find("heading", "Simple Table")),
    ),
    Question(
        "relative_position",
        "codes-order-end",
        CODES,
        "Is BAD_ORDER listed above or below NO_END?",
        ("above", "below"),
        (Find("label", "BAD_ORDER"), Find("label", "NO_END")),
    ),
    Question(
        "relative_position",
        "posts-category-author",
        POSTS,
        "In the posts table, is the column Category left or right of the column Author?",
        ("left", "right"),
        (Find("column", "Category"), Find("column", "Author")),
    ),
)

YES, NO = ("yes", "no"), ("no", "yes")

PRESENCE = (
    Question(
        "presence",
        "posts-add-new",
        POSTS,
        'Is there a button "Add New"?',
        YES,
        (Find("button", "Add New"),),
    ),
    Question(
        "presence",
        "billing-view-all",
        BILLING,
        "Can you see a VIEW ALL button on the billing page?",
        YES,
        (Find("button", "VIEW ALL"),),
    ),
    Question(
        "presence",
        "tall-save-draft",
        TALL,
        'Does the page have a "Save Draft" button?',
        YES,
        (Find("button", "Save Draft"),),
    ),
    Question(
        "presence",
        "codes-not-image",
        CODES,
        "Does this page list an error called NOT_IMAGE?",
        YES,
        (Find("label", "NOT_IMAGE"),),
    ),
    Question(
        "presence",
        "speed-purchase",
        SPEED,
        'Is there an entry "Purchase" in the navigation bar?',
        YES,
        (Find("link", "Purchase"),),
    ),
    Question("presence", "posts-export", POSTS, 'Is there a button "Export"?', NO, absent="Export"),
    Question(
        "presence",
        "billing-download",
        BILLING,
        "Is there a Download button next to the invoices?",
        NO,
        absent="Download",
    ),
    Question("presence", "tall-publish", TALL, 'Does any button say "Publish"?', NO, absent="Publish"),
    Question(
        "presence",
        "codes-checksum",
        CODES,
        "Is an error named BAD_CHECKSUM among the codes on this page?",
        NO,
        absent="CHECKSUM",
    ),
    Question("presence", "speed-test17", SPEED, "Is there a Test 17 on this page?", NO, absent="Test 17"),
)

COUNTS = (
    Question(
        "count",
        "tall-not-finished",
        TALL,
        'How many tasks are marked "Not Finished"?',
        ("2", "1", "3", "4"),
        every("badge", "Not Finished", 2),
    ),
    Question(
        "count",
        "billing-pdf",
        BILLING,
        "How many times does PDF appear in the list of invoices?",
        ("5", "4", "6", "3"),
        every("label", "PDF", 5),
    ),
    Question(
        "count",
        "billing-delete",
        BILLING,
        "How many DELETE buttons are there?",
        ("3", "2", "4", "5"),
        every("button", "DELETE", 3),
    ),
    Question(
        "count",
        "posts-published",
        POSTS,
        'How many posts in the table have the status "Published"?',
        ("3", "2", "4", "5"),
        every("badge", "Published", 3),
    ),
    Question(
        "count",
        "tables-full-active",
        TABLES,
        'In the "Full Width" table, how many people are Active (not counting Not Active)?',
        ("4", "3", "5", "2"),
        every("badge", "Active", 9, (5, 6, 8, 9)),
    ),
    Question(
        "count",
        "codes-shared",
        CODES,
        "How many of the names on this page begin with SHARED_?",
        ("7", "6", "8", "5"),
        tuple(
            Find("label", f"SHARED_{name}")
            for name in ("TABFULL", "NOTINIT", "IPCERR", "NOMEM", "AGAIN", "NOFILE", "NORESIZE")
        ),
    ),
    Question(
        "count",
        "speed-commit",
        SPEED,
        'How often is the line "COMMIT;" printed on this page?',
        ("9", "8", "10", "16"),
        every("label", "COMMIT;", 9),
    ),
    Question(
        "count",
        "guide-undef",
        GUIDE,
        "How many #undef lines does the section on C++ issues show?",
        ("3", "2", "4", "1"),
        every("label", "#undef", 3, page=6),
    ),
)

QUESTIONS: tuple[Question, ...] = VALUES + BADGES + CELLS + PAGE_NUMBERS + POSITIONS + PRESENCE + COUNTS
