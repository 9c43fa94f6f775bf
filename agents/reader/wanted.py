"""Something that is to be seen, as a value, and the phrase for it: one grammar that renders and parses.

A phrase is: ordinal, state, thing, place, then how it lies to another phrase. A literal name stands in quotes behind
its noun, the concept of an icon before it: 'second checked checkbox "Advanced" in the top right corner', 'badge next
to bell icon'. `Wanted.parse` reads what `Wanted.words` says, and what people write: 'Save button', 'the woman's
umbrella'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from ...memory.listed import listed

__all__ = ["IN_QUOTES", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that is to be seen. Every field is words of the question, "" where it says nothing of the kind.

    noun: what kind of thing ("button"). name: its literal name, or the concept of an icon ("Save", "bell"). state: a
    state or look ("checked", "red"). order: an ordinal or superlative ("second", "cheapest"). place: a place on the
    page ("top right corner"). relation, beside: how it lies to another thing by which it is found.
    """

    noun: str = ""
    name: str = ""
    state: str = ""
    order: str = ""
    place: str = ""
    relation: str = ""
    beside: Wanted | None = None

    @property
    def words(self) -> str:
        """In words, for people and for localizers of open vocabulary.

        >>> Wanted("badge", relation="next to", beside=Wanted("icon", "bell")).words
        'badge next to bell icon'
        >>> Wanted("button", "Save", place="top right corner").words
        'button "Save" in the top right corner'
        """
        concept = _is(self.noun, _ICONS) and _CONCEPT.fullmatch(self.name) and not _joint(self.name)
        named = [self.name, self.noun] if concept else [self.noun, self.name and _quoted(self.name)]
        parts = [self.order, self.state, *named]
        if self.place:
            parts.append(f"in the {self.place}")
        if self.beside is not None:
            parts += [self.relation or "of", self.beside.words]
        return " ".join(part for part in parts if part)

    @classmethod
    def parse(cls, words: str) -> Wanted:
        """Read a phrase. Where no quotes and no known noun tell the name, lower case is a noun and others are names.

        >>> Wanted.parse('the checkbox "Advanced"')
        Wanted(noun='checkbox', name='Advanced', state='', order='', place='', relation='', beside=None)
        >>> Wanted.parse("badge next to bell icon").beside.name
        'bell'
        """
        names: list[str] = []

        def masked(found: re.Match[str]) -> str:
            names.append(next(group for group in found.groups() if group is not None))
            return f" {_MASK}{len(names) - 1} "

        phrase = " ".join(IN_QUOTES.sub(masked, words).split())
        return _parsed(phrase, names) if len(phrase) <= _LONGEST else Wanted(name=words)


# --- what the grammar knows ---------------------------------------------------------------------------------

_LONGEST = 300
"""Characters of a phrase without what is in quotes; a longer one is no thing beside a thing beside a thing."""
_MASK = "\ue000"  # of the private use area: stands, with a number, for what is in quotes
IN_QUOTES = re.compile(
    r"\"([^\"]+)\"|“([^”]+)”|„([^“”]+)[“”]|«([^»]+)»|‘([^’]+)’|`([^`]+)`|(?<!\w)'([^']+(?:'\w[^']*)*)'(?!\w)"
)
"""Words in quotes of one kind or another; an apostrophe within a word is none."""
_CONCEPT = re.compile(r"[a-z][a-z -]*")
_OWNER = re.compile(r"(.+?)(?:['’]s|(?<=s)['’]) (.+)")
_ARTICLE = re.compile(r"(?:(?:the|an?|this|that|these|those|my|your|all|any)\s+)+", re.I)
_NAMED = re.compile(
    r"(?:that says|which says|saying|called|named|labell?ed|titled|with the (?:label|text|name|title))$"
)
_ADDRESS = re.compile(
    r"(cell|column|row|line|page|section|chapter|figure|table|step|sheet|item)s? "
    r"(#?[A-Za-z]{0,3}[\d.]+|[A-Z]{1,2})"
)
_NTH = r"\d+(?:st|nd|rd|th)"
_ICONS = frozenset(listed("icon, symbol, pictogram, glyph, logo, emoji"))
_NOUNS = frozenset(
    listed("""
        button, checkbox, check box, switch, toggle, radio button, tab, menu, menu item, link, field, text field,
        input field, search field, search box, text box, dropdown, combo box, list, slider, badge, dialog, window,
        panel, card, table, form, page, row, column, cell, heading, label, section, image, picture, chart, box, bar,
        header, option
        """)
)
_COMPOUNDS = frozenset(
    listed("""
        check box, radio button, menu item, list item, search box, search field, search bar, text field, text box,
        input field, input box, combo box, progress bar, scroll bar, status bar, title bar, address bar, tool bar,
        side bar, navigation bar, menu bar, task bar, dialog box, pie chart, bar chart, line chart, column header,
        row header, table header, profile picture, date picker, color picker, colour picker, toggle switch,
        context menu, hamburger menu, traffic light, stop sign, traffic sign, street sign, license plate, number plate,
        fire hydrant
        """)
)
_COLOURS = listed(
    "red, green, blue, yellow, orange, grey, gray, black, white, purple, pink, brown, dark, light"
)
_STATES = listed("""
    selected, highlighted, active, inactive, disabled, enabled, greyed out, checked, unchecked, ticked, unticked, on,
    off, expanded, collapsed, empty, filled, unread, overdue, paid, unpaid, pending, failed, underlined, bold,
    focused, pinned, required, hidden
    """)
_DOUBTFUL = listed("open, closed, locked, muted, new, full, read, starred")
"""States that are concepts of icons too ("open icon")."""
_ORDERS = listed("""
    first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, tenth, last, next, previous, second to last,
    penultimate, leftmost, rightmost, topmost, lowest, highest, largest, smallest, biggest, cheapest, most expensive,
    longest, shortest, latest, earliest, newest, oldest, most recent, best, worst, top, bottom, middle
    """)
_RELATIONS = listed("""
    in, on, of, for, at, next to, right next to, beside, under, below, directly below, above, directly above, over,
    near, inside, inside of, after, before, between, behind, within, from, with, holding, wearing, carrying, riding,
    belonging to, underneath, beneath, left of, right of, to the left of, to the right of, on the left of,
    on the right of, in front of, close to, opposite, along with, against, by
    """)
_PLACES = frozenset(
    listed("""
        top, bottom, left, right, upper, lower, middle, centre, center, corner, side, half, edge, margin, very, hand,
        left-hand, right-hand, header, footer, background, foreground
        """)
)
_WHERE = re.compile(
    r"(?:in|at|on) the ((?:(?:{0})[ -]?)*(?:{0})(?: of the (?:page|screen|image|picture|window))?)(?: |$)".format(
        "|".join(sorted(_PLACES, key=len, reverse=True))
    ),
    re.I,
)


@cache
def _either(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})(?= |$)", re.I)


def _joint(words: str) -> bool:
    """Whether the words hold some that the grammar would read otherwise."""
    known = (*_RELATIONS, *_ORDERS, *_COLOURS, *_STATES, "the")
    return any(_either(known).match(words, m.start()) for m in re.finditer(r"\b\w", words))


def _is(noun: str, nouns: frozenset[str]) -> bool:
    word = noun.casefold()
    return word in nouns or word.removesuffix("s") in nouns or word.removesuffix("es") in nouns


def _quoted(name: str) -> str:
    left, right = next(
        (tuple(pair) for pair in ('""', "“”", "«»", "``") if not set(pair) & set(name)), ('"', '"')
    )
    return f"{left}{name}{right}"


# --- reading ------------------------------------------------------------------------------------------------


def _parsed(words: str, names: list[str]) -> Wanted:
    words = _ARTICLE.sub("", words, count=1) if _ARTICLE.match(words) else words
    place = ""
    for start in (m.end() for m in re.finditer(r"(?:^|\S) ", words)):
        if (
            place == ""
            and (found := _WHERE.match(words, start))
            and not words[found.end() :].startswith("of ")
        ):
            place = found[1].strip()
            rest = words[found.end() :].strip()
            head = words[:start].strip()
            if rest and not _either(_RELATIONS).match(rest):
                place = ""
                continue
            thing = _thing(head, names)
            return replace(_found_by(thing, rest, names), place=place)
        joint = _either(_RELATIONS).match(words, start)
        if joint and not _in_a_name(words, joint):
            thing = _thing(words[:start].strip(), names)
            return _found_by(thing, words[joint.start() :], names)
    return _thing(words, names)


def _in_a_name(words: str, joint: re.Match[str]) -> bool:
    """Whether a joining word stands between capitals: Terms of Service."""
    before, after = words[: joint.start()].split()[-1:], words[joint.end() :].strip()
    return (
        joint[0] in ("of", "for", "with") and bool(before) and before[0][0].isupper() and after[:1].isupper()
    )


def _found_by(thing: Wanted, rest: str, names: list[str]) -> Wanted:
    """The thing with what follows it: a relation and another phrase; "" for nothing."""
    joint = _either(_RELATIONS).match(rest)
    if joint is None:
        return thing
    beside = _parsed(rest[joint.end() :].strip(), names)
    owner = thing.beside
    if owner is not None:
        return replace(thing, beside=replace(owner, relation=joint[0], beside=beside))
    return replace(thing, relation=joint[0], beside=beside)


def _thing(words: str, names: list[str]) -> Wanted:
    """A phrase without relations and places."""
    if owner := _OWNER.fullmatch(words):
        return replace(_thing(owner[2], names), relation="of", beside=_thing(owner[1], names))
    order, rest = _taken(words, _ORDERS, _NTH)
    last = rest.rsplit(" ", 1)[-1]
    state, rest = _taken(rest, (*_COLOURS, *_STATES, *(() if _is(last, _ICONS) else _DOUBTFUL)))
    noun, name = _noun_and_name(rest, names)
    return Wanted(noun, name, state, order)


def _taken(words: str, known: tuple[str, ...], pattern: str = "(?!)") -> tuple[str, str]:
    """What of the known the words begin with, and the rest."""
    found = _either(known).match(words) or re.match(rf"(?:{pattern})(?= |$)", words, re.I)
    return (found[0], words[found.end() :].strip()) if found else ("", words)


def _noun_and_name(words: str, names: list[str]) -> tuple[str, str]:
    masks = list(re.finditer(rf"{_MASK}(\d+)", words))
    if masks:
        noun = " ".join(re.sub(rf"{_MASK}\d+", " ", words).split())
        return _NAMED.sub("", noun).strip(), " ".join(names[int(m[1])] for m in masks)
    if address := _ADDRESS.fullmatch(words):
        return words[: address.start(2)].strip(), address[2]
    if _is(words, _COMPOUNDS) or " " not in words:
        return (words, "") if words == words.lower() and not any(c.isdigit() for c in words) else ("", words)
    for size in (2, 1):
        split = words.rsplit(" ", size)
        head = " ".join(split[1:])
        if (
            len(split) > size
            and head == head.lower()
            and (_is(head, _NOUNS | _COMPOUNDS) or (size == 1 and _is(head, _ICONS)))
        ):
            return head, split[0]
    return (words, "") if words == words.lower() and not any(c.isdigit() for c in words) else ("", words)
