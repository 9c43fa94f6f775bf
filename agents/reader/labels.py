"""What a question, its words and its answer can be: the classes of the reader's three heads, in their order."""

from __future__ import annotations

__all__ = ["ANSWERS", "KINDS", "ROLES", "TAGS"]

KINDS = (
    "value",
    "text",
    "colour",
    "state",
    "icon",
    "side",
    "presence",
    "count",
    "compare",
    "list",
    "where",
    "which",
    "page",
    "act",
    "foreign",
    "other",
)
"""Kinds of question. foreign: not English. other: no question about what is in a picture."""

ROLES = ("ASK", "NOUN", "NAME", "STATE", "ORDER", "REL", "PLACE", "NUM", "VALUE")
"""Roles of words: the attribute asked for, what kind of thing, its name, its state or look, what picks one of several,
what joins a thing to another, an absolute place, a number and a value that are tested."""

TAGS = ("O", *(f"{edge}-{role}" for role in ROLES for edge in "BI"))
"""Tag of a token: outside of any role, or at the beginning or inside of one."""

ANSWERS = (
    "yes_no",
    "number",
    "money",
    "percent",
    "date",
    "time",
    "duration",
    "size",
    "person",
    "place",
    "code",
    "colour",
    "thing",
    "text",
    "action",
    "none",
)
"""Types of answer. time: of the day. size: a number with a unit (length, weight, bytes, temperature). place: in the
world or in the picture. code: what identifies something (invoice number, IBAN, e-mail, version). thing: one or
several of those in the picture. action: something to do in the picture. none: of no question."""
