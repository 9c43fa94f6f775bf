"""Questions about icons and widgets on the screens, written by hand (see spec.py), boxes measured by eye.

None of these pages is used for training.
"""

from __future__ import annotations

from spec import BILLING, NO, POSTS, TABLES, TALL, YES, Find, Question, Spot

COLORS = (
    Question(
        "icon_color",
        "billing-bell",
        BILLING,
        "What colour is the bell icon?",
        ("gray", "red", "green", "orange"),
        (Spot("bell icon", (3750, 50, 19, 22)),),
    ),
    Question(
        "icon_color",
        "billing-trash",
        BILLING,
        "Which colour do the trash icons have?",
        ("red", "green", "blue", "black"),
        (
            Spot("trash icon", (2097, 1039, 17, 18)),
            Spot("trash icon", (2097, 1294, 17, 18)),
            Spot("trash icon", (2097, 1549, 17, 18)),
        ),
    ),
    Question(
        "icon_color",
        "billing-wifi",
        BILLING,
        "what is the color of the wifi symbol",
        ("white", "blue", "orange", "black"),
        (Spot("Wi-Fi icon", (483, 192, 30, 22)),),
    ),
    Question(
        "icon_color",
        "billing-heart",
        BILLING,
        "Is the heart icon red?",
        NO,
        (Spot("heart icon", (673, 1783, 22, 19)),),
    ),
    Question(
        "icon_color",
        "posts-bicycle",
        POSTS,
        "What colour is the bicycle icon?",
        ("blue", "gray", "white", "red"),
        (Spot("bicycle icon", (45, 1492, 33, 20)),),
    ),
    Question(
        "icon_color",
        "posts-envelope",
        POSTS,
        "Is the envelope icon white?",
        YES,
        (Spot("envelope icon", (3264, 57, 36, 27)),),
    ),
    Question(
        "icon_color",
        "tall-rocket",
        TALL,
        "What colour is the rocket icon?",
        ("green", "blue", "red", "orange"),
        (Spot("rocket icon", (1069, 5099, 42, 41)),),
    ),
    Question(
        "icon_color",
        "tall-headphones",
        TALL,
        "In which colour are the headphones drawn?",
        ("blue", "green", "red", "black"),
        (Spot("headphones icon", (1065, 4934, 50, 44)),),
    ),
    Question(
        "icon_color",
        "tall-newspaper",
        TALL,
        "What is the background colour of the newspaper icon?",
        ("red", "blue", "orange", "green"),
        (Spot("newspaper icon", (1065, 431, 50, 33)),),
    ),
    Question(
        "icon_color",
        "tall-wrench",
        TALL,
        "Tell me the wrench icon's colour, please.",
        ("black", "white", "blue", "red"),
        (Spot("wrench icon", (452, 4099, 26, 27)),),
    ),
)

RELATIONS = (
    Question(
        "relative_position",
        "billing-search-bell",
        BILLING,
        "Is the search icon left or right of the bell icon?",
        ("left", "right"),
        (
            Spot("search icon", (3273, 52, 22, 22)),
            Spot("bell icon", (3750, 50, 19, 22)),
        ),
    ),
    Question(
        "relative_position",
        "billing-calendar-heart",
        BILLING,
        "Is the calendar icon above or below the heart icon?",
        ("above", "below"),
        (
            Spot("calendar icon", (3560, 915, 22, 24)),
            Spot("heart icon", (673, 1783, 22, 19)),
        ),
        relation="right",
    ),
    Question(
        "relative_position",
        "posts-bell-envelope",
        POSTS,
        "On which side of the envelope icon is the bell icon?",
        ("right", "left"),
        (
            Spot("bell icon", (3360, 53, 31, 35)),
            Spot("envelope icon", (3264, 57, 36, 27)),
        ),
    ),
    Question(
        "relative_position",
        "posts-fire-bicycle",
        POSTS,
        "Which is higher up, the fire icon or the bicycle icon?",
        ("the fire icon", "the bicycle icon"),
        (
            Spot("fire icon", (59, 225, 20, 27)),
            Spot("bicycle icon", (45, 1492, 33, 20)),
        ),
        relation="above",
    ),
    Question(
        "relative_position",
        "tall-menu-envelope",
        TALL,
        "Is the hamburger icon to the left of the envelope icon?",
        YES,
        (
            Spot("hamburger icon", (72, 57, 32, 27)),
            Spot("envelope icon", (1572, 57, 36, 27)),
        ),
        relation="left",
    ),
    Question(
        "relative_position",
        "tall-italic-bold",
        TALL,
        "Is the italic icon left or right of the bold icon?",
        ("right", "left"),
        (
            Spot("italic icon", (244, 7048, 17, 24)),
            Spot("bold icon", (154, 7048, 22, 24)),
        ),
    ),
    Question(
        "relative_position",
        "tall-plus-minus",
        TALL,
        "Is the plus icon above or below the minus icon?",
        ("above", "below"),
        (
            Spot("plus icon", (137, 6097, 15, 14)),
            Spot("minus icon", (137, 6143, 15, 2)),
        ),
    ),
    Question(
        "relative_position",
        "tall-rocket-headphones",
        TALL,
        "Is the rocket icon above or below the headphones icon?",
        ("below", "above"),
        (
            Spot("rocket icon", (1069, 5099, 42, 41)),
            Spot("headphones icon", (1065, 4934, 50, 44)),
        ),
    ),
)

PRESENCE = (
    Question("presence", "billing-printer", BILLING, "Is there a printer icon?", NO, ()),
    Question(
        "presence",
        "billing-trash",
        BILLING,
        "Is there a trash icon on this page?",
        YES,
        (
            Spot("trash icon", (2097, 1039, 17, 18)),
            Spot("trash icon", (2097, 1294, 17, 18)),
            Spot("trash icon", (2097, 1549, 17, 18)),
        ),
    ),
    Question(
        "presence",
        "posts-plug",
        POSTS,
        "Do you see a plug icon?",
        YES,
        (Spot("plug icon", (59, 1101, 21, 27)),),
    ),
    Question("presence", "posts-cart", POSTS, "does the page have a shopping cart icon", NO, ()),
    Question("presence", "posts-ticked", POSTS, "Is any checkbox ticked?", NO, ()),
    Question(
        "presence",
        "tables-rocket",
        TABLES,
        "Is there a rocket icon?",
        YES,
        (Spot("rocket icon", (31, 1384, 16, 16)),),
    ),
    Question("presence", "tables-camera", TABLES, "Can you find a camera icon anywhere?", NO, ()),
    Question("presence", "tall-padlock", TALL, "Is there a padlock icon?", NO, ()),
    Question(
        "presence",
        "tall-underline",
        TALL,
        "Can you find an underline icon?",
        YES,
        (Spot("underline icon", (327, 7049, 25, 24)),),
    ),
    Question(
        "presence",
        "tall-phone",
        TALL,
        "Is there an icon of a mobile phone?",
        YES,
        (Spot("mobile phone icon", (1075, 5257, 30, 49)),),
    ),
)

COUNTS = (
    Question(
        "count",
        "billing-bins",
        BILLING,
        "How many bin icons can you see?",
        ("3", "2", "4", "5"),
        (
            Spot("bin icon", (2097, 1039, 17, 18)),
            Spot("bin icon", (2097, 1294, 17, 18)),
            Spot("bin icon", (2097, 1549, 17, 18)),
        ),
    ),
    Question(
        "count",
        "billing-pencils",
        BILLING,
        "How many pencil icons are there?",
        ("5", "2", "3", "4"),
        (
            Spot("pencil icon", (1480, 726, 25, 24)),
            Spot("pencil icon", (2587, 726, 25, 24)),
            Spot("pencil icon", (2239, 1039, 19, 19)),
            Spot("pencil icon", (2239, 1294, 19, 19)),
            Spot("pencil icon", (2239, 1549, 19, 19)),
        ),
    ),
    Question(
        "count",
        "posts-checkboxes",
        POSTS,
        "How many checkboxes are on the page?",
        ("6", "5", "4", "7"),
        (
            Spot("checkbox", (710, 1060, 32, 32)),
            Spot("checkbox", (660, 1172, 32, 32)),
            Spot("checkbox", (660, 1292, 32, 32)),
            Spot("checkbox", (660, 1412, 32, 32)),
            Spot("checkbox", (660, 1532, 32, 32)),
            Spot("checkbox", (660, 1652, 32, 32)),
        ),
    ),
    Question(
        "count",
        "tables-checkboxes",
        TABLES,
        "How many checkboxes does the page show?",
        ("5", "4", "6", "8"),
        (
            Spot("checkbox", (305, 845, 16, 16)),
            Spot("checkbox", (405, 905, 16, 16)),
            Spot("checkbox", (405, 965, 16, 16)),
            Spot("checkbox", (405, 1025, 16, 16)),
            Spot("checkbox", (405, 1085, 16, 16)),
        ),
    ),
    Question(
        "count",
        "tables-progress",
        TABLES,
        "How many progress bars are there?",
        ("8", "4", "6", "7"),
        (
            Spot("progress bar", (1221, 912, 487, 4)),
            Spot("progress bar", (1221, 972, 487, 4)),
            Spot("progress bar", (1221, 1032, 487, 4)),
            Spot("progress bar", (1221, 1092, 487, 4)),
            Spot("progress bar", (1181, 1328, 495, 4)),
            Spot("progress bar", (1181, 1388, 495, 4)),
            Spot("progress bar", (1181, 1448, 495, 4)),
            Spot("progress bar", (1181, 1508, 495, 4)),
        ),
    ),
    Question(
        "count",
        "tables-magnifiers",
        TABLES,
        "How many magnifying glass icons are there?",
        ("3", "1", "2", "4"),
        (
            Spot("magnifying glass icon", (591, 27, 14, 14)),
            Spot("magnifying glass icon", (3757, 780, 14, 14)),
            Spot("magnifying glass icon", (3757, 1196, 14, 14)),
        ),
    ),
    Question(
        "count",
        "tall-trash",
        TALL,
        "How many trash icons are there?",
        ("6", "5", "7", "4"),
        (
            Spot("trash icon", (1604, 7961, 23, 26)),
            Spot("trash icon", (1604, 8081, 23, 26)),
            Spot("trash icon", (1604, 8201, 23, 26)),
            Spot("trash icon", (1604, 8321, 23, 26)),
            Spot("trash icon", (1604, 8441, 23, 26)),
            Spot("trash icon", (1604, 8561, 23, 26)),
        ),
    ),
    Question(
        "count",
        "tall-pencils",
        TALL,
        "Count the pencil icons.",
        ("7", "6", "5", "8"),
        (
            Spot("pencil icon", (1332, 4099, 26, 27)),
            Spot("pencil icon", (1506, 7961, 27, 27)),
            Spot("pencil icon", (1506, 8081, 27, 27)),
            Spot("pencil icon", (1506, 8201, 27, 27)),
            Spot("pencil icon", (1506, 8321, 27, 27)),
            Spot("pencil icon", (1506, 8441, 27, 27)),
            Spot("pencil icon", (1506, 8561, 27, 27)),
        ),
    ),
    Question(
        "count",
        "tall-gears",
        TALL,
        "How many gear icons are there?",
        ("2", "1", "3", "4"),
        (
            Spot("gear icon", (893, 4099, 24, 26)),
            Spot("gear icon", (1773, 4099, 24, 26)),
        ),
    ),
    Question(
        "count",
        "tall-checked",
        TALL,
        "How many checked boxes are there?",
        ("1", "0", "2", "4"),
        (Spot("checked checkbox", (1040, 5814, 32, 32)),),
    ),
    Question(
        "count",
        "tall-unchecked",
        TALL,
        "How many of the checkboxes are unchecked?",
        ("3", "1", "2", "4"),
        (
            Spot("unchecked checkbox", (1040, 5652, 32, 32)),
            Spot("unchecked checkbox", (1040, 5976, 32, 32)),
            Spot("unchecked checkbox", (1040, 6138, 32, 32)),
        ),
    ),
)

STATES = (
    Question(
        "state",
        "tall-component",
        TALL,
        'Is the checkbox next to "Add a new component" checked?',
        YES,
        (
            Find("label", "Add a new component"),
            Spot("checkbox", (1040, 5814, 32, 32)),
        ),
    ),
    Question(
        "state",
        "tall-redesign",
        TALL,
        "Is the 'Redesign header' box ticked?",
        NO,
        (
            Find("label", "Redesign header"),
            Spot("checkbox", (1040, 5652, 32, 32)),
        ),
    ),
    Question(
        "state",
        "tall-unwanted",
        TALL,
        "Has the checkbox beside Remove unwanted classes been ticked?",
        NO,
        (
            Find("label", "Remove unwanted classes"),
            Spot("checkbox", (1040, 6138, 32, 32)),
        ),
    ),
    Question(
        "state",
        "posts-mvc",
        POSTS,
        'Is the box next to "Laravel 5 Tutorial: MVC" checked?',
        NO,
        (
            Find("label", "Laravel 5 Tutorial: MVC"),
            Spot("checkbox", (660, 1412, 32, 32)),
        ),
    ),
    Question("state", "posts-all", POSTS, 'Is the "All" tab selected?', YES, (Find("tab", "All", 2, 3),)),
    Question(
        "state", "posts-pending", POSTS, "Is the Pending tab active?", NO, (Find("tab", "Pending", 1, 2),)
    ),
    Question(
        "state",
        "billing-billing",
        BILLING,
        "Is Billing selected in the sidebar?",
        YES,
        (Find("menu item", "Billing", 1, 4),),
    ),
    Question(
        "state",
        "billing-tables",
        BILLING,
        "Is Tables highlighted in the menu?",
        NO,
        (Find("menu item", "Tables"),),
    ),
)

SELECTED = (
    Question(
        "selected",
        "posts-tab",
        POSTS,
        "Which tab is selected?",
        ("All", "Draft", "Pending", "Trash"),
        (Find("tab", "All", 2, 3),),
    ),
    Question(
        "selected",
        "billing-menu",
        BILLING,
        "Which menu item is highlighted?",
        ("Billing", "Dashboard", "Tables", "Profile"),
        (Find("menu item", "Billing", 1, 4),),
    ),
    Question(
        "selected",
        "tall-task",
        TALL,
        "Which task is ticked?",
        ("Add a new component", "Redesign header", "Fix modal window", "Remove unwanted classes"),
        (
            Spot("checked checkbox", (1040, 5814, 32, 32)),
            Find("label", "Add a new component"),
        ),
    ),
)

LABELS = (
    Question(
        "label_of_icon",
        "billing-plus",
        BILLING,
        "What does the button with the plus icon say?",
        ("ADD NEW CARD", "VIEW ALL", "DOCUMENTATION", "PDF"),
        (
            Spot("plus icon", (2457, 599, 16, 17)),
            Find("button", "ADD NEW CARD"),
        ),
    ),
    Question(
        "label_of_icon",
        "billing-trash",
        BILLING,
        "What is the label of the button with the trash icon?",
        ("DELETE", "EDIT", "PDF", "VIEW ALL"),
        (
            Spot("trash icon", (2097, 1039, 17, 18)),
            Spot("trash icon", (2097, 1294, 17, 18)),
            Spot("trash icon", (2097, 1549, 17, 18)),
        ),
    ),
    Question(
        "label_of_icon",
        "billing-card",
        BILLING,
        "Which menu item has the credit card icon?",
        ("Billing", "Dashboard", "Profile", "Sign Up"),
        (Spot("credit card icon", (87, 369, 18, 15)),),
    ),
    Question(
        "label_of_icon",
        "posts-bicycle",
        POSTS,
        "Which menu item has the bicycle icon?",
        ("Features", "Modules", "Errors", "Auth"),
        (
            Spot("bicycle icon", (45, 1492, 33, 20)),
            Find("menu item", "Features"),
        ),
    ),
    Question(
        "label_of_icon",
        "tables-rocket",
        TABLES,
        "What is written on the button with the rocket icon?",
        ("Documentation", "Credits", "Utilities", "Features"),
        (
            Spot("rocket icon", (31, 1384, 16, 16)),
            Find("button", "Documentation"),
        ),
    ),
    Question(
        "label_of_icon",
        "billing-calendar",
        BILLING,
        "What text is to the right of the calendar icon?",
        ("23 - 30 March 2020", "Sign In", "Invoices", "NEWEST"),
        (
            Spot("calendar icon", (3560, 915, 22, 24)),
            Find("text", "23 - 30 March 2020"),
        ),
    ),
    Question(
        "label_of_icon",
        "tall-newspaper",
        TALL,
        "What is the number next to the newspaper icon?",
        ("42", "10", "47", "1,201"),
        (
            Spot("newspaper icon", (1065, 431, 50, 33)),
            Find("value", "42"),
        ),
    ),
)

KINDS = (
    Question(
        "icon_kind",
        "posts-maps",
        POSTS,
        "What kind of icon is left of 'Google Maps'?",
        ("location pin", "plug", "fire", "bicycle"),
        (
            Find("label", "Google Maps"),
            Spot("location pin icon", (59, 1001, 21, 27)),
        ),
    ),
    Question(
        "icon_kind",
        "posts-modules",
        POSTS,
        "Which icon stands in front of Modules?",
        ("plug", "location pin", "user", "magnifying glass"),
        (
            Find("label", "Modules"),
            Spot("plug icon", (59, 1101, 21, 27)),
        ),
    ),
    Question(
        "icon_kind",
        "billing-range",
        BILLING,
        'What icon is next to "23 - 30 March 2020"?',
        ("calendar", "clock", "bell", "heart"),
        (
            Find("text", "23 - 30 March 2020"),
            Spot("calendar icon", (3560, 915, 22, 24)),
        ),
    ),
    Question(
        "icon_kind",
        "tall-rocketz",
        TALL,
        "Which icon is left of RocketZ?",
        ("rocket", "headphones", "mobile phone", "gear"),
        (
            Find("label", "RocketZ"),
            Spot("rocket icon", (1069, 5099, 42, 41)),
        ),
    ),
)

ICONS = (
    *COLORS,
    *RELATIONS,
    *PRESENCE,
    *COUNTS,
    *STATES,
    *SELECTED,
    *LABELS,
    *KINDS,
)
