"""How well an element is what is wanted: by name, icon, kind, state and place, and by what it lies beside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from ..agents.answers.meaning import ALIKE, alike, likely
from ..agents.answers.plan import looks_of
from ..agents.answers.resolve import in_part, ordered
from ..agents.answers.scene import Place as _Spot
from ..agents.nano.vocabulary import REGIONS, parse
from ..agents.nano.vocabulary import concepts as concepts_of
from ..agents.reader.query import Wanted
from ..memory.typed import plain
from .element import Element
from .opposites import opposed
from .relations import ROW, Match, related
from .roles import is_turning, opens, played

__all__ = ["akin", "matched"]

LIKELY = 0.35
"""Score below which an element is none of the candidates."""
ALIKE_ICON = 0.7
"""Likeness of words from which an icon of that name may be meant."""
OTHER_WORDS = 0.75
"""What a name in other words is worth: so little that "France" is none for Germany, for sisters are near too."""
REFERENCE = 0.6
"""Score from which an element may be the one that another one is told by."""
_KIN = (
    frozenset(("button", "tab", "menu item", "link", "icon", "pagination", "badge")),
    frozenset(("input", "select")),
    frozenset(("checkbox", "radio", "switch")),
    frozenset(("avatar", "icon")),
)
"""Kinds that people, and detectors, take for each other."""
_ICONIC = re.compile(r"\b(?:icon|symbol|logo|glyph|pictogram)s?\b", re.I)
_ROW = re.compile(
    r"(?:the )?(?:row|line|entry|item|record|card|section|box|block|post|message|table|list|panel|group|area)s?",
    re.I,
)
"""What something may be in, and is not looked for by itself: its own name tells where it is."""
_ROOM = re.compile(r"\b(?:menu|page|tab|button|link|panel|section|list|screen|view|dialog)s?$", re.I)
"""Something that has a name of its own, which its icon does not tell."""
_LINE = re.compile(r"(?:the )?(?:row|line|entry|item|record)s?", re.I)
"""What is told by its line alone."""
_REGION = 0.45
"""What is left of the score of a region, which is not what is clicked."""
_SAME = 0.15
"""Difference of scores up to which things that something is told by are about as good."""
_ROOMY = re.compile(r"\b(?:table|list|section|card|panel|form|group|area|block|toolbar)\b", re.I)
"""What holds things: what is of it is in it."""
_SOFT = re.compile(
    r"(?:main |left |right |top )*"
    r"(?:menu|side ?bar|navigation|nav|header|footer|toolbar|page|screen|app|list|bar)",
    re.I,
)
"""Parts of a screen that need not be seen to know what is meant."""
_COUNTED = 0.78
"""Score from which elements are surely of the kind that is counted."""
_ORDERS = 0.85
"""Share of the best score from which elements are counted for "the second"."""


def matched(
    elements: Sequence[Element], wanted: Wanted, size_wh: tuple[int, int], whole: bool = False
) -> list[Match]:
    """The elements that may be what is wanted, best first. whole: the name counts only where it is all of a name."""
    found = _by_name(elements, wanted, whole)
    if wanted.place:
        found = _inside(found, wanted.place, size_wh)
    if wanted.beside is not None and found:
        found = _told_by(found, elements, wanted, _named_one(wanted.beside), size_wh, whole)
    found = sorted((m for m in found if m.score >= LIKELY), key=lambda m: (-m.score, m.element.number))
    return _ordered(found, wanted.order) if wanted.order and not is_turning(wanted) else found


# --- name, icon, kind, state --------------------------------------------------------------------------------


def _by_name(elements: Sequence[Element], wanted: Wanted, whole: bool) -> list[Match]:
    if not whole and (roles := played(elements, wanted)):
        return [Match(e, score, why) for e, score, why in roles]
    looks = looks_of(wanted)
    kind = looks.kind
    texts = looks.texts
    unnamed = _ICONIC.sub("", wanted.noun).strip()
    named = parse(looks.phrase) if looks.phrase else None
    if named is not None and named.words:  # by words that no concept has: no element is called so
        unnamed = named.words
        named = None
    if not texts and named is None and looks.icon and unnamed:  # an icon that no list has
        texts = (unnamed,)
    concepts = {named.name} if named is not None and named.kind == "icon" and named.name else set()
    if not whole:
        words = (parse(f"{t} icon") for t in texts if not re.search(r"\d", t))
        concepts |= {w.name for w in words if w is not None and w.kind == "icon" and w.name}
    literal = [max((_literal(t, e, whole) for t in texts), default=0.0) for e in elements]
    in_other_words = (
        bool(texts) and not whole and not texts[0][:1].isupper()
    )  # a name with a capital is to be read
    if in_other_words and max(literal, default=0.0) < 0.9:
        meant = _meant(texts[0], elements)
        literal = [max(a, b) for a, b in zip(literal, meant, strict=True)]
    alikes = _alike_concepts(texts[0], elements) if texts and not concepts and not whole else {}
    found = []
    for e, by_text in zip(elements, literal, strict=True):
        by_icon = max((_like(e, c) for c in concepts), default=0.0 if e.text else alikes.get(e.icon, 0.0))
        if not _ICONIC.search(wanted.noun):  # words come first, and what says something else is that
            by_icon *= 0.88 if not e.text else 0.6 if _ROOM.search(wanted.noun) else 0.8
        score, why = max(
            (by_text, f'it says "{e.name}"'), (by_icon, f"its icon looks like {e.icon or 'one'}")
        )
        if not texts and not concepts:
            score, why = (1.0, f"it is a {e.kind}") if kind and e.kind == kind else (0.0, "")
        score *= _kind_factor(e, kind, looks.icon) * _state_factor(e, wanted)
        if score > 0:
            found.append(Match(e, score, why, _part(texts, e.name)))
    return found


def _part(texts: Sequence[str], name: str) -> tuple[int, int] | None:
    """Where in a name the words stand that are looked for; None where they do not stand there as they are."""
    found = (re.search(rf"(?<!\w){re.escape(t)}(?!\w)", name, re.I) for t in texts)
    return next((m.span() for m in found if m), None)


def _literal(text: str, e: Element, whole: bool) -> float:
    said = plain(text)
    return max(
        (_same_words(said, plain(own), whole) for own in {e.text, e.label, *_titles(e)} if own), default=0.0
    )


def _titles(e: Element) -> tuple[str, ...]:
    """The heading of a region. (The name of an icon is what it looks like, not what it says.)"""
    return (e.name,) if e.kind in REGIONS else ()


def _same_words(said: str, own: str, whole: bool) -> float:
    """How far two folded texts are the same words, in [0, 1]."""
    if not said or not own:
        return 0.0
    if said == own or said == _bare(own):
        return 1.0
    if len(said) >= 4 and (near := fuzz.ratio(said, own)) >= 88 and _is_misread(said, own):
        return 0.95 * near / 100
    if whole:
        return 0.0
    if _holds(own, said):
        return 0.62 + 0.33 * len(said) / len(own)
    if len(own) >= 3 and _holds(said, own):
        return 0.45 + 0.4 * len(own) / len(said)
    return 0.0


def _is_misread(said: str, own: str) -> bool:
    """Whether what differs in two names may be a slip: in no number, no short word, and in no word altogether."""
    if opposed(said, own) or re.findall(r"(?<!\w)\d+(?!\w)", said) != re.findall(r"(?<!\w)\d+(?!\w)", own):
        return False
    ours, theirs = said.split(), own.split()
    if len(ours) == len(theirs):
        return all(fuzz.ratio(a, b) >= 70 for a, b in zip(ours, theirs, strict=True))
    joined = [(w, "".join(theirs)) for w in ours] + [(w, "".join(ours)) for w in theirs]
    return all(fuzz.partial_ratio(word, other) >= 70 for word, other in joined if len(word) >= 3)


def _bare(own: str) -> str:
    """A name without a number at its end, as badges have, and without signs at its ends that are icons misread."""
    return re.sub(r"^\W+|[\s(]+\d+\)?$|\W+$", "", own)


def _holds(text: str, words: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _meant(text: str, elements: Sequence[Element]) -> list[float]:
    """How far names mean the same in other words. "Password" alone leaves out what "forgot password" is about."""
    words = set(plain(text).split())
    names = [told if 0 < len(told := e.text or e.label) <= 60 else "" for e in elements]
    names = ["" if set(plain(name).split()) < words else name for name in names]
    scores = zip(alike(text, names), names, strict=True)
    return [OTHER_WORDS * likely(a) if a >= ALIKE and not opposed(text, name) else 0.0 for a, name in scores]


def _alike_concepts(text: str, elements: Sequence[Element]) -> dict[str, float]:
    """Concepts of icons on the screen that mean about what is said: "messages" for mail.

    Names with a capital are to be read.
    """
    if text[:1].isupper():
        return {}
    seen = sorted({e.icon for e in elements if e.icon})
    names = [(c, name) for c in seen for name in (c, *concepts_of().get(c, ()))]
    scores = alike(text, [name for _, name in names])
    best: dict[str, float] = {}
    for (concept, _), score in zip(names, scores, strict=True):
        if score >= ALIKE_ICON and not opposed(text, concept):
            best[concept] = max(best.get(concept, 0.0), 0.8 * likely(score))
    return best


def _like(e: Element, concept: str) -> float:
    """How far the icon of an element is of a concept."""
    shares = dict(e.looks_like)
    if concept not in shares:
        return 0.0
    return 0.6 + 0.4 * shares[concept] if e.icon == concept else 0.3 + 0.5 * shares[concept]


def _kind_factor(e: Element, kind: str, icon: bool) -> float:
    if not kind:
        return 1.0 if e.interactive else _REGION if e.kind in REGIONS else 0.85
    if e.kind == kind or (icon and e.icon):
        return 1.0
    if akin(e.kind, kind):
        return 0.88
    if kind == "select" and e.kind in ("button", "tab", "menu item"):
        return 1.0 if opens(e) else 0.85
    if e.kind == "text":
        return 0.8 if kind in ("button", "tab", "menu item", "badge", "select", "link") else 0.5
    return 0.5


def akin(a: str, b: str) -> bool:
    """Whether people, and detectors, take elements of the two kinds for each other."""
    return any(a in kin and b in kin for kin in _KIN)


def _state_factor(e: Element, wanted: Wanted) -> float:
    known = parse(f"{wanted.state} {e.kind}") if wanted.state and e.state else None
    if known is None or known.state is None or known.label:
        return 1.0
    return 1.0 if known.state == (e.state in ("checked", "on", "selected")) else 0.3


# --- place and relation -------------------------------------------------------------------------------------


def _inside(found: Sequence[Match], place: str, size_wh: tuple[int, int]) -> list[Match]:
    """Those in a part of the screen; the others stay with a third of their score."""
    spots = [_spot(m) for m in found]
    there = {id(spot) for spot in in_part(spots, place, size_wh)}
    return [
        m if id(spot) in there else replace(m, score=m.score / 3)
        for m, spot in zip(found, spots, strict=True)
    ]


def _spot(m: Match) -> _Spot:
    return _Spot(m.element.box, text=m.element.name, score=m.score, kind=m.element.kind)


def _ordered(found: Sequence[Match], order: str) -> list[Match]:
    """The one of an ordinal first, among those that fit about equally."""
    if not found:
        return []
    best = [m for m in found if m.score >= _ORDERS * found[0].score]
    by_box = {m.element.box: m for m in best}
    chosen = ordered([_spot(m) for m in best], order)
    if len(chosen) == len(best) and len(best) > 1:
        return list(found)  # no ordinal
    # "the second" of one was not all seen, or means something else; so does "the first post" of what says "Posts"
    counted = 1.0 if len(best) > 1 and found[0].score >= _COUNTED else 0.75
    return [
        replace(m, score=counted * m.score, why=f"{m.why}, the {order} of {len(best)}")
        for m in (by_box[spot.box] for spot in chosen)
    ]


def _named_one(beside: Wanted) -> Wanted:
    """The thing with a name that a row or card is known by: "the row of Ann" is where Ann is."""
    if beside.beside is not None and not beside.name and _ROW.fullmatch(beside.noun):
        return beside.beside
    if beside.name and _ROW.fullmatch(beside.noun):
        return replace(beside, noun="")
    if not beside.name and (room := _ROOMY.search(beside.noun)):
        own = beside.noun[: room.start()].strip() or beside.state
        if own[:1].isupper():  # a name read as a noun, or as a look: the Full Width table
            return replace(beside, noun="", state="", name=own)
    return beside


def _told_by(
    found: Sequence[Match],
    elements: Sequence[Element],
    wanted: Wanted,
    beside: Wanted,
    size_wh: tuple[int, int],
    whole: bool,
) -> list[Match]:
    """The matches by how they lie to another thing; what has that thing's name as its label is found by it at once."""
    name = plain(beside.name or beside.noun)
    labelled = [m for m in found if name and plain(m.element.label) == name]
    if labelled:
        return labelled
    others = _references(matched(elements, beside, size_wh, whole), beside)
    if not others and _SOFT.fullmatch(beside.noun) and not beside.name:
        return [replace(m, score=0.95 * m.score) for m in found]
    relation, told_by = wanted.relation, wanted.beside or beside
    if _LINE.fullmatch(told_by.noun) and relation.casefold() in ("in", "of", "on", "from"):
        relation = ROW
    elif relation.casefold() == "of" and _ROOMY.search(f"{told_by.name} {told_by.noun}"):
        relation = "in"
    return related(found, others, elements, relation)


def _references(found: Sequence[Match], beside: Wanted) -> list[Match]:
    """What something may be told by: a region of that name too, and only the best where that is told by more itself."""
    named = [m if m.element.kind not in REGIONS else replace(m, score=m.score / _REGION) for m in found]
    sure = [m for m in named if m.score >= REFERENCE]
    best = max((m.score for m in sure), default=0.0)
    return [m for m in sure if beside.beside is None or m.score >= best - _SAME][:6]
