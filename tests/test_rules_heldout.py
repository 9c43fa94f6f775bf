"""Phrasings written down before the patterns saw them; afterwards a regression test.

First-pass accuracy, before any tuning: FIRST 49 of 60; SECOND 40 of 45 and THIRD 35 of 45, each written after
the patterns had been tuned on the tables before it. Two phrasings of SECOND still fail and are kept apart.
"""

from __future__ import annotations

import pytest

from seal.agents.rules.reader import read

FIRST: list[tuple[str, str, tuple[str, ...]]] = [
    ("Could you check what the figure is beside Net Income?", "value", ("Net Income",)),
    ("Net income = ?", "value", ("Net income",)),
    ("whats the total amount due", "value", ("total amount due",)),
    ("Please give me the invoice number.", "value", ("invoice number",)),
    ("What figure stands to the right of 'Gross profit'?", "value", ("Gross profit",)),
    ("Which number is printed underneath Active Users?", "value", ("Active Users",)),
    ("How much does the Premium plan cost?", "value", ("Premium plan",)),
    ("What value has been entered in the Email field?", "value", ("Email",)),
    ("What count does the badge on Inbox show?", "badge", ("Inbox",)),
    ("Which number does the little badge beside Notifications carry?", "badge", ("Notifications",)),
    ("What's the badge count for Drafts?", "badge", ("Drafts",)),
    ("In the row for Alice, what's under Role?", "cell", ("Alice", "Role")),
    ("What is Bob's department?", "cell", ("Bob", "department")),
    ("For order 10045, what status is listed?", "cell", ("10045", "status")),
    ("Look up the unit price of the 'USB-C Cable'.", "cell", ("USB-C Cable", "unit price")),
    ("Which country is listed for customer 883?", "cell", ("883", "country")),
    ("According to the table, how much is the Quantity for Widget B?", "cell", ("Widget B", "Quantity")),
    ("What is the full text of the warning that begins with 'Your session'?", "text", ("Your session",)),
    ("Read out the entire line starting with 'Dear customer'", "text", ("Dear customer",)),
    ("What is written on the 'Continue' button?", "text", ("Continue",)),
    ("Quote the sentence that contains 'force majeure'.", "text", ("force majeure",)),
    ("On what page are we?", "page", ("page number",)),
    ("Which page number does this document show?", "page", ("page number",)),
    ("Tell me the page no. please", "page", ("page number",)),
    ("Does it say 'Confidential' anywhere?", "presence", ("Confidential",)),
    ("Is 'Log out' on the screen?", "presence", ("Log out",)),
    ("Any mention of VAT on this invoice?", "presence", ("VAT",)),
    ("Check whether a Delete button exists.", "presence", ("Delete",)),
    ("Can a 'Forgot password' link be seen?", "presence", ("Forgot password",)),
    ("Has the page got a search bar?", "presence", ("search bar",)),
    ("Count the occurrences of 'Total'.", "count", ("Total",)),
    ("What is the number of Edit buttons?", "count", ("Edit",)),
    ("How many rows say 'Pending'?", "count", ("Pending",)),
    ("In how many places does 'Error' occur?", "count", ("Error",)),
    ("Is Save positioned to the left or to the right of Cancel?", "relation", ("Save", "Cancel")),
    ("Is the Login button higher up than the Register link?", "relation", ("Login", "Register")),
    ("Does 'Price' come to the right of 'Quantity'?", "relation", ("Price", "Quantity")),
    ("Relative to Logout, where's Settings?", "relation", ("Settings", "Logout")),
    ("Which side of the dog is the red car on, left or right?", "relation", ("red car", "dog")),
    ("Whereabouts on the page is the 'Subtotal'?", "position", ("Subtotal",)),
    ("Give me the pixel coordinates of the Sign up button.", "position", ("Sign up",)),
    ("In which part of the image can I find the logo?", "position", ("logo",)),
    ("Point me to the Export button", "position", ("Export",)),
    ("What text lies nearest to 'Balance'?", "nearest", ("Balance",)),
    ("What's the closest label to 'Due date'?", "nearest", ("Due date",)),
    ("Which entry follows 'Calendar' in the sidebar?", "order", ("Calendar",)),
    ("What menu item comes right before 'Help'?", "order", ("Help",)),
    ("Name the item directly above 'Reports' in the menu.", "order", ("Reports",)),
    ("Which one is bigger: Revenue or Expenses?", "compare", ("Revenue", "Expenses")),
    ("Does Revenue exceed Expenses?", "compare", ("Revenue", "Expenses")),
    ("Between Plan A and Plan B, which has the lower price?", "compare", ("Plan A", "Plan B")),
    ("By how much does Revenue exceed Expenses?", "difference", ("Revenue", "Expenses")),
    ("What do Subtotal and Tax add up to?", "sum", ("Subtotal", "Tax")),
    ("In what color is 'Overdue' printed?", "color", ("Overdue",)),
    ("Tell me the colour of the Subscribe button", "color", ("Subscribe",)),
    ("How many pixels separate 'OK' and 'Cancel'?", "distance", ("OK", "Cancel")),
    ("What's the gap between Name and Email in pixels?", "distance", ("Name", "Email")),
    ("Do both 'Sign in' and 'Sign up' appear?", "both", ("Sign in", "Sign up")),
    ("Is the 'Remember me' checkbox ticked?", "state", ("Remember me",)),
    ("Has the Dark mode toggle been switched on?", "state", ("Dark mode",)),
]


SECOND: list[tuple[str, str, tuple[str, ...]]] = [
    ("What's my current balance?", "value", ("current balance",)),
    ("Read me the grand total, please", "value", ("grand total",)),
    ("Subtotal?", "value", ("Subtotal",)),
    ("I'd like to know the VAT rate", "value", ("VAT rate",)),
    ('What does "CPU load" show?', "value", ("CPU load",)),
    ("What is written directly below “Shipping address”?", "value", ("Shipping address",)),
    ("what's to the left of Total?", "value", ("Total",)),
    ("Who is the Author?", "value", ("Author",)),
    ("When is the Due date?", "value", ("Due date",)),
    ("What is the phone number in the row of Maria Lopez?", "cell", ("Maria Lopez", "phone number")),
    ("What salary does Dana Cho have?", "cell", ("Dana Cho", "salary")),
    ("Tell me the status of order 10045", "cell", ("10045", "status")),
    ("How much stock does the Widget A row show?", "cell", ("Widget A", "stock")),
    ("What's the value in the 'Qty' column for 'Bolt M8'?", "cell", ("Bolt M8", "Qty")),
    ("In the table, which Region is given for INV-2231?", "cell", ("INV-2231", "Region")),
    ("What number is on the badge next to Messages", "badge", ("Messages",)),
    ("Which page is this?", "page", ("page number",)),
    ("what page number is printed at the bottom?", "page", ("page number",)),
    ("Is there a Help link on this page?", "presence", ("Help",)),
    ("Do you see a shopping cart icon?", "presence", ("shopping cart icon",)),
    ("Does the invoice mention a discount?", "presence", ("discount",)),
    ("is the word 'DRAFT' visible", "presence", ("DRAFT",)),
    ("How many times is 'Apple' mentioned on the page?", "count", ("Apple",)),
    ("How many Delete buttons can you see?", "count", ("Delete",)),
    ("Is the trash icon left or right of the pencil icon?", "relation", ("trash icon", "pencil icon")),
    ("Is the red car on the left or right side of the dog?", "relation", ("red car", "dog")),
    ("Is 'Total' below 'Subtotal'?", "relation", ("Total", "Subtotal")),
    ("Where is Search in relation to Settings?", "relation", ("Search", "Settings")),
    ("Is Home above or below Profile in the menu?", "relation", ("Home", "Profile")),
    ("Where is the Submit button?", "position", ("Submit",)),
    ("In which corner is the company logo?", "position", ("company logo",)),
    ("Which label is closest to 'Password'?", "nearest", ("Password",)),
    ("What is next to the Cancel button?", "nearest", ("Cancel",)),
    ("Which item comes after Settings in the menu?", "order", ("Settings",)),
    ("Which is larger, Income or Outgoings?", "compare", ("Income", "Outgoings")),
    ("Is Q1 greater than Q2?", "compare", ("Q1", "Q2")),
    ("What is the difference between Gross and Net?", "difference", ("Gross", "Net")),
    ("What colour is the Delete button?", "color", ("Delete",)),
    ("How far is 'Save' from 'Cancel'?", "distance", ("Save", "Cancel")),
    ("Are there both a Login and a Register button?", "both", ("Login", "Register")),
    ("Is Wi-Fi turned on?", "state", ("Wi-Fi",)),
    ("What does the heading starting with Intro say?", "text", ("Intro",)),
    ("What is the title of this document?", "text", ("title",)),
]

THIRD: list[tuple[str, str, tuple[str, ...]]] = [
    ("How much money is left in Savings?", "value", ("Savings",)),
    ("what's my order total", "value", ("order total",)),
    ("Read the amount shown beside Shipping", "value", ("Shipping",)),
    ("Tell me the expiry date", "value", ("expiry date",)),
    ("I need the tracking number", "value", ("tracking number",)),
    ("What is the number to the right of the label Humidity?", "value", ("Humidity",)),
    ("what text appears beneath the heading Overview", "value", ("Overview",)),
    ("Which value belongs to 'Torque'?", "value", ("Torque",)),
    ("What does it say next to Serial No?", "value", ("Serial No",)),
    ("Extract the IBAN", "value", ("IBAN",)),
    ("What's the population of Norway?", "cell", ("Norway", "population")),
    ("How many goals did Kane score?", "unknown", ("Kane",)),
    ("What is the price of the Pro plan?", "cell", ("Pro plan", "price")),
    ("give me the e-mail of Jane Roe", "cell", ("Jane Roe", "e-mail")),
    ("Under 'Q3', what is the figure for 'Asia'?", "cell", ("Asia", "Q3")),
    ("What is the value for Asia in the Q3 column?", "cell", ("Asia", "Q3")),
    ("Which room is assigned to Dr. Lee?", "cell", ("Dr. Lee", "room")),
    ("What number is in the bubble next to Chats?", "badge", ("Chats",)),
    ("How many new emails are there?", "badge", ("emails",)),
    ("Can you find the word 'urgent' on this page?", "presence", ("urgent",)),
    ("Is there any text that says 'Sold out'?", "presence", ("Sold out",)),
    ("Does a Logout link exist?", "presence", ("Logout",)),
    ("Is the Settings gear visible?", "presence", ("Settings gear",)),
    ("Does this invoice contain a purchase order number?", "presence", ("purchase order number",)),
    ("How many checkboxes are on the form?", "count", ("checkboxes",)),
    ("how many 'Reply' links exist?", "count", ("Reply",)),
    ("Is Search higher than Filters on the page?", "relation", ("Search", "Filters")),
    ("Is the map to the right of the list?", "relation", ("map", "list")),
    ("Tell me if the logo is above the menu", "relation", ("logo", "menu")),
    ("What is the position of the Checkout button?", "position", ("Checkout",)),
    ("Where do I click to upload a file?", "unknown", ()),
    ("At which coordinates is 'Submit'?", "position", ("Submit",)),
    ("What's directly beside the 'Qty' label?", "nearest", ("Qty",)),
    ("What is listed after 'Bread'?", "order", ("Bread",)),
    ("Which of the two is higher, Budget or Actual?", "compare", ("Budget", "Actual")),
    ("Is the Budget bigger than the Actual?", "compare", ("Budget", "Actual")),
    ("What's the difference in price between Plan A and Plan B?", "difference", ("Plan A", "Plan B")),
    ("What colour are the headings?", "color", ("headings",)),
    ("Is 'Overdue' written in red?", "color", ("Overdue",)),
    ("How wide is the gap between 'Yes' and 'No'?", "distance", ("Yes", "No")),
    ("Is dark mode on?", "state", ("dark mode",)),
    ("What does the error message say?", "text", ("error message",)),
    ("What does the sign say?", "text", ("sign",)),
    ("Which page number is at the bottom right?", "page", ("page number",)),
    ("Which of these words appears on the page?", "unknown", ()),
]

STILL_WRONG: list[tuple[str, str, tuple[str, ...]]] = [
    ("How many unread messages are there in Inbox?", "badge", ("Inbox",)),
    ("What does the button at the bottom say?", "text", ("button at the bottom",)),
]


def correct(question: str, form: str, targets: tuple[str, ...]) -> bool:
    """Whether the reader finds that form and those targets, letter case aside."""
    got = read(question)
    return (got.form, [p.casefold() for p in got.phrases]) == (form, [t.casefold() for t in targets])


@pytest.mark.parametrize(("question", "form", "targets"), [*FIRST, *SECOND, *THIRD])
def test_held_out_phrasings(question: str, form: str, targets: tuple[str, ...]) -> None:
    assert correct(question, form, targets), read(question)


@pytest.mark.parametrize(("question", "form", "targets"), STILL_WRONG)
@pytest.mark.xfail(reason="a place or a folder inside the thing named is not understood")
def test_still_wrong(question: str, form: str, targets: tuple[str, ...]) -> None:
    assert correct(question, form, targets)
