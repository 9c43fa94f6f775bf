"""Questions about paper forms: whether, where and by whom one is signed, and which fields are filled in.

- What is told rests on fields that were measured in pixels (`seal.memory.layout`). Where no line and no label for a
  signature was found, nothing is told: a page may be signed where nobody looks for it.
- "Has the tenant signed?" asks for the line that names the tenant. Where nobody is named, all lines have to agree.
- A typed name, a stamp or faint ink is neither signed nor unsigned.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...memory.layout import FormField
from ...memory.typed import plain
from ..reader.query import Query
from .parts import part_of
from .plan import EVERYTHING
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, no, refused, said, yes

__all__ = ["asked", "of_form"]

_VERB = r"(?:is|are|was|were|has|have|had|does|do|did|been)"
_NO_LOGIN = r"(?! (?:in|up|out|on|off|into|for)\b)"
_SIGNED = re.compile(
    rf"\b{_VERB}\b.*\b(?:un)?signed\b{_NO_LOGIN}|\b(?:do|does|did)\b.*\bsign\b{_NO_LOGIN}|"
    rf"\b{_VERB}\b.*\b(?:hand ?written )?signatures?\b|^\W*(?:un)?signed\b\W*$",
    re.I,
)
_WHERE = re.compile(rf"\bwhere\b.*\b(?:sign(?:ed|s)?|signatures?)\b{_NO_LOGIN}", re.I)
_TO_SIGN = re.compile(r"\bwhere (?:do|does|should|must|can|to|shall|would|will)\b", re.I)
_EMPTY = r"(?:empty|blank|unfilled|incomplete|not (?:been )?(?:filled|completed)|left out|missing)"
_FIELDS = r"(?:fields?|lines?|boxes|blanks?|parts?|sections?|entries|details|spaces?)"
_WHICH = re.compile(
    rf"\b(?:which|what)\b.*\b{_FIELDS}\b.*\b(?:{_EMPTY}|filled|completed)\b|\bwhat\b.*\bleft (?:empty|blank|out)\b",
    re.I,
)
_WHETHER = re.compile(
    rf"^\W*{_VERB}\b.*\b(?:filled (?:in|out)|left (?:empty|blank)|(?:field|line|box|blank|space)\b.*\b(?:filled|empty|"
    r"blank|completed))\b",
    re.I,
)
_NOT = re.compile(rf"\b(?:un\w+ed|not|nobody|missing)\b|n[’']t\b|\b{_EMPTY}\b", re.I)
_PAPER = (
    "form document contract agreement letter page paper sheet application receipt invoice picture image scan copy "
    "questionnaire statement certificate declaration policy lease cheque check note slip report file pdf consent"
)
_OF_PAPER = re.compile(
    rf"\b(?:the|this|that|my|our|a|an)\s+(?:[\w-]+\s+){{0,2}}(?:{_PAPER.replace(' ', '|')})\b", re.I
)
_FILLER = frozenset(
    f"""
    {_PAPER} {_PAPER.replace(" ", "s ")}s
    is are was were has have had does do did been be the a an any there it its this that these those on in of at
    by to for with from i we you they he she somebody someone anybody anyone person people one signer hand
    handwritten written ink pen real signature signatures signed sign unsigned not yet already both all
    everybody everyone every each parties party line lines field fields box empty blank missing filled present
    visible where who put bottom end top properly actually here please tell me whether if which should must can
    yes no
    """.split()
)
"""Words of a question about a signature that name nobody."""
_PARENTS = frozenset(("mother", "father", "parent", "guardian", "mutter", "vater", "erziehungsberechtigte"))
_ANY = re.compile(r"\b(?:any|anyone|anybody|someone|somebody|there an?|(?:have|has|bear|carry) an?)\b", re.I)
_SURE = 0.85


def asked(question: str) -> str:
    """ "where", "signed", "which" or "filled" where a question is about signatures or the fields of a form; else "".

    >>> asked("Has the form been signed?"), asked("Where did the person sign?"), asked("Am I signed in?")
    ('signed', 'where', '')
    """
    for name, pattern in (("where", _WHERE), ("signed", _SIGNED), ("which", _WHICH), ("filled", _WHETHER)):
        if pattern.search(question):
            return name
    return ""


def of_form(scene: Scene, query: Query) -> Verdict | None:
    """What the fields of a form say to a question; None where it is not about them, or there are none."""
    kind = asked(query.question)
    if not kind or (kind in ("which", "filled") and scene.seen("input")):
        return None
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    lines = [f for f in scene.fields if f.kind == "signature"]
    told: Verdict | None
    if kind == "which":
        told = _which(scene, query.question)
    elif kind == "filled":
        told = _filled(scene, query.question)
    elif not lines:
        told = refused(
            "No line and no label for a signature was found: looked for rules with signature, signed, sign here, "
            "Unterschrift, firma or the like."
        )
    elif kind == "where":
        told = _where(scene, lines, query.question)
    else:
        told = _signed(scene, lines, query.question)
    return None if told is None else replace(told, final=True)


def _named(question: str) -> list[list[str]]:
    """The words that name who signs, each party by itself."""
    bare = _OF_PAPER.sub(" ", question.casefold())
    groups: list[list[str]] = [[]]
    for word in re.findall(r"[^\W_]+(?:['’]s\b)?|[,/&]", bare):
        if word in ("or", "and", ",", "/", "&"):
            groups.append([])
        elif (stem := re.sub(r"['’]s$", "", word)) not in _FILLER:
            groups[-1].append(stem)
    return [g for g in groups if g]


def _of(party: Sequence[str], lines: Sequence[FormField]) -> list[FormField]:
    """The signatures whose label, or what stands near, names a party; the label goes first."""
    by_label = [f for f in lines if all(_says(f.label, word) for word in party)]
    return by_label or [f for f in lines if all(_says(f.party, word) for word in party)]


def _says(text: str, word: str) -> bool:
    words = re.findall(r"[^\W_]+", plain(text))
    near = any(w == plain(word) or (len(word) > 3 and w.startswith(plain(word))) for w in words)
    either = word in _PARENTS and any(
        w.rstrip("sn") in ("parent", "guardian", "erziehungsberechtigte") for w in words
    )
    return near or either


def _signed(scene: Scene, lines: Sequence[FormField], question: str) -> Verdict:
    parties = _named(question)
    by_hand = re.search(r"\bhand ?written\b", question, re.I) is not None
    if not parties:
        states = [_state(f, by_hand) for f in lines]
        if _ANY.search(question):
            on = True if True in states else False if set(states) == {False} else None
        else:
            on = states[0] if len(set(states)) == 1 else None
        return _told(scene, on, lines, question, by_hand)
    told: list[bool | None] = []
    used: list[FormField] = []
    for party in parties:
        mine = _of(party, lines)
        if not mine and len(parties) == 1 and {_state(f, by_hand) for f in lines} == {False}:
            mine = list(lines)  # nobody signed
        measured = {_state(f, by_hand) for f in mine}
        told.append(measured.pop() if len(measured) == 1 else None)
        used += mine
    if not used:
        names = " or ".join(" ".join(p) for p in parties)
        return refused(f'No signature line names "{names}". {_listed(lines)}')
    either = re.search(r"\bor\b", question, re.I) is not None
    on = either if either in told else (not either) if None not in told else None
    return _told(scene, on, used, question, by_hand)


def _state(line: FormField, by_hand: bool) -> bool | None:
    """Whether a line is signed; asked for handwriting, a typed name alone is none."""
    return False if by_hand and line.on is None and line.text and line.entry_box is None else line.on


def _told(scene: Scene, on: bool | None, lines: Sequence[FormField], question: str, by_hand: bool) -> Verdict:
    why = _listed(lines)
    if on is None:
        return refused(why)
    mine = [f for f in lines if _state(f, by_hand) is on] or list(lines)
    sure = _SURE * min(f.score for f in mine)
    return (yes if on != bool(_NOT.search(question)) else no)(sure, why, *(_place(f, scene) for f in mine))


def _listed(lines: Sequence[FormField]) -> str:
    """What was measured, line by line."""
    return "; ".join(f'"{_name(f)}": {_stated(f)}' for f in lines[:8]) + "."


def _name(line: FormField) -> str:
    return f"{line.label}, {line.party}" if line.party else line.label


def _stated(line: FormField) -> str:
    by_hand = line.on and line.kind == "signature"
    more = (
        " (ink stands there that is no print)"
        if by_hand
        else f' ("{line.text}" is typed there)'
        if line.text
        else ""
    )
    return line.state + more


def _where(scene: Scene, lines: Sequence[FormField], question: str) -> Verdict:
    parties = _named(_TO_SIGN.sub(" ", question))
    mine = [f for p in parties for f in _of(p, lines)] if parties else list(lines)
    if not mine:
        return refused(f"No signature line names whom the question asks for. {_listed(lines)}")
    if not _TO_SIGN.search(question):
        mine = [f for f in mine if f.on]
    if not mine:
        return refused(f"No signature was found. {_listed(lines)}")
    places = tuple(_place(f, scene) for f in mine)
    texts = []
    for place, line in zip(places, mine, strict=True):
        x, y, w, h = (round(v) for v in place.box.xywh)
        texts.append(
            f'{part_of(place, scene.size_wh)}, at "{line.label}": x {x}, y {y}, width {w}, height {h}'
        )
    return said([Reading("; ".join(texts), places[0], _SURE, _listed(mine), places)], "")


def _which(scene: Scene, question: str) -> Verdict:
    fields = [f for f in scene.fields if f.label]
    if len(fields) < 2:
        return refused("No fields with lines, leaders or frames to fill in were found.")
    on = _NOT.search(question) is None
    mine = [f for f in fields if f.on is on]
    unknown = [f for f in fields if f.on is None]
    why = _listed(unknown) if unknown else f"{len(fields)} fields were found."
    if not mine:
        return refused(why) if unknown else said([Reading("none", _place(fields[0], scene), 0.75, why)], "")
    places = tuple(_place(f, scene) for f in mine)
    text = ", ".join(dict.fromkeys(f.label for f in mine))
    return said([Reading(text, places[0], 0.7 if unknown else 0.78, why, places)], "")


def _filled(scene: Scene, question: str) -> Verdict | None:
    quoted = re.search(r"[\"'“‘«](?=\w)(.+?)[\"'”’»](?!\w)", question)
    words = f" {plain(quoted[1] if quoted else question)} "
    held = [(f, plain(re.sub(r"\s*\(.*?\)", "", f.label))) for f in scene.fields]
    held = [(f, name) for f, name in held if name and f" {name} " in re.sub(r"[^\w'-]+", " ", words)]
    longest = max((len(name) for _, name in held), default=0)
    mine = [f for f, name in held if len(name) == longest]
    if not mine:
        return None
    states = {f.on for f in mine}
    return _told(scene, states.pop() if len(states) == 1 else None, mine, question, False)


def _place(line: FormField, scene: Scene) -> Place:
    return Place(line.entry_box or line.box, scene.memory.image.page, line.label, 0.95)
