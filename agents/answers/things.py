"""Questions about what is there, where it is, and on which side of something else.

"No" and "absent" are claims: they need eyes that would have seen the thing, everywhere. What no localizer of the run
knows is unknown, never absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ...memory.geometry import relation
from ...memory.typed import Kind, number_of, plain, values_in
from ..contracts import Answer
from ..nano.vocabulary import often_missed
from ..reader.query import Query, Wanted
from .looks import state
from .meaning import alike, likely
from .parts import part_of
from .plan import EVERYTHING, chain, looks_of
from .resolve import resolve
from .scene import Place, Scene
from .values import Reading, beside
from .verdict import Verdict, no, refused, said, yes
from .wants import MONEY

__all__ = ["is_literal", "looked_in_vain", "presence", "side", "where", "where_its_value_is"]

_READ = 0.93
"""Share of lines of readable size that are read letter for letter, so that a name would have been found."""
_WHERE = re.compile(
    r"\bwhere(?:['’]s| is| are| was| on| in| exactly| (?:do|does|can|should|would|could) (?:i|you|we|one) "
    r"(?:click|tap|press|find|see|look|type|enter|write|change|set|turn|switch|go))\b"
    r"|\b(?:locat|position|situat|placed|whereabouts)"
    r"|(?<!\bfor )(?<!\bof )\b(?:which|what) (?:corner|side|edge|part|half|area)\b"
    r"|\W*(?:the )?[\w ]+\bwhere\W*$",
    re.I,
)
_ELSEWHERE = re.compile(
    r"\bwhere (?:on|in|along) the (?:course|route|way|map|road|river|line|building|house|world)\b", re.I
)
"""Asks for a place that no page has."""
_PAGE = re.compile(
    r"(?:this |the )?(?:page|screen|screenshot|picture|image|sheet|form|document|receipt|invoice|letter|bill)",
    re.I,
)


DOUBTFUL = 0.5
"""Score of the best candidate that was refused from which it is unknown whether a thing is there."""


def looked_in_vain(scene: Scene, wanted: Wanted, question: str) -> tuple[float, str]:
    """How sure it is that a thing is not there, in [0, 1], and why; 0 where the eyes would not have seen it."""
    looks = looks_of(wanted)
    if looks.phrase and (gone := scene.gone(looks.phrase)) is not None and not looks.texts:
        doubtful = gone.best_score >= DOUBTFUL or often_missed(gone.phrase)
        if gone.text_only or gone.seen < 0.9 or doubtful:
            return 0.0, f"{gone.phrase}: {gone.sentence}"
        sure = (gone.detection if gone.detection is not None else 0.8) * gone.seen
        return min(0.75, sure), f"{gone.phrase}: {gone.sentence}"
    if looks.texts:
        text = looks.texts[0]
        if scene.named(text):
            return 0.0, f'"{text}" is there, but perhaps not where it was asked for.'
        gone = scene.gone(f'"{text}"')
        read = gone is not None and gone.seen >= 0.9 and gone.complete
        if not (read or scene.complete):
            return 0.0, f'"{text}" was not found, but not everything was read.'
        if is_literal(text, question):
            return _READ, f'"{text}" was read nowhere.'
        return 0.0, f'"{text}" was read nowhere, but it may be said in other words.'
    return 0.0, "What is meant is no text and no icon or widget that is known."


def is_literal(text: str, question: str) -> bool:
    """Whether words of a question stand for themselves: in quotes, with a capital or a digit, or said to be words."""
    if re.search(r"[^\W\d_a-z]|\d", text) and re.search(r"\w", text):
        return True
    quoted = re.search(rf"[\"'“‘«„]\s*{re.escape(text)}\s*[\"'”’»“]", question)
    return bool(quoted) or bool(
        re.search(r"\b(?:word|text|term|called|named|label+ed|says?)\b", question, re.I)
    )


def presence(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Whether something is there."""
    if not query.wanted:
        return refused("The question names nothing that could be looked for.")
    absent_asked = re.search(r"\b(?:missing|absent|gone|hidden|no)\b", query.question, re.I) and not re.match(
        r"\W*is there no\b", query.question, re.I
    )
    things = [w for w in query.wanted if looks_of(w).texts or looks_of(w).phrase]
    wanted = (things or list(query.wanted))[0]
    found = resolve(scene, wanted)
    looks = looks_of(wanted)
    stated = query.value or (wanted.state if is_literal(wanted.state, query.question) else "")
    if stated:
        there = scene.named(stated)
        if there and _NOT.search(there[0].line) and not _NOT.search(f"{stated} {query.question}"):
            return refused(f'"{there[0].line}" is there, which may say the opposite.')
        if there:
            return yes(there[0].score, f'"{there[0].line}" is there.', there[0])
        sure, why = looked_in_vain(scene, Wanted(name=stated), query.question)
        more = () if scene.whole else (EVERYTHING,)
        return no(sure, why) if sure else refused(f"{why} Whether it is there is unknown.", *more)
    if found and found[0].score >= 0.5:
        best = found[0]
        if _FILLED.search(query.question) and not best.kind:
            return _is_filled(scene, query, best)
        sure = best.score * (1.0 if best.is_whole or best.kind else 0.85)
        if (number := re.search(rf"{re.escape(best.text)}\W{{1,3}}(\d+)\)?$", best.line)) and re.search(
            r"\bany\b|\bno\b", query.question, re.I
        ):
            return (yes if int(number[1]) else no)(0.9 * best.score, f'"{best.line}"', best)
        if _CHARGED.search(query.question) and (amount := beside(scene, best, MONEY)[:1]):
            is_some = number_of(amount[0].text) != 0
            told = yes if is_some != bool(absent_asked) else no
            return told(min(sure, amount[0].score), f'"{amount[0].text}"', amount[0].place)
        if not _THERE.search(query.question) or _INCLUDED.search(query.question):
            return _as_state(scene, query, options, best)
        why = f'"{best.line or best.kind}" is there.'
        return no(sure, why, best) if absent_asked else yes(sure, why, best)
    words = wanted.name or wanted.noun
    literal = is_literal(words, query.question)
    if not scene.whole and looks.texts and not (literal and _looked_everywhere(scene, looks.texts)):
        return refused(f'"{words}" was not found yet.', EVERYTHING)
    tested = any(s.role in ("STATE", "VALUE", "NUM", "NAME") for s in query.spans)
    if not tested and not literal:
        rated = list(zip(alike(words, [p.text for p in scene.lines]), scene.lines, strict=True))
        score, place = max(rated, key=lambda pair: pair[0]) if rated else (0.0, None)
        if place is not None and score >= 0.75:
            return yes(likely(score) * 0.9, f'"{place.text}" means about the same.', place)
    sure, why = looked_in_vain(scene, wanted, query.question)
    if sure <= 0:
        return refused(f'{why} Whether there is "{words}" is unknown.')
    return yes(sure, why) if absent_asked else no(sure, why)


_NOT = re.compile(r"\b(?:not|never|nor|neither|without|except|unless|cannot)\b|n['’]t\b", re.I)


def _looked_everywhere(scene: Scene, names: Sequence[str]) -> bool:
    """Whether all pages of a document were searched for names: a few pages more of it would tell no more."""
    gone = [scene.gone(f'"{name}"') for name in names]
    return scene.memory.pages > 1 and all(g is not None and g.complete and g.seen > 0.99 for g in gone)


_FILLED = re.compile(
    r"\b(?:named|given|filled(?: in| out)?|specified|entered|stated|provided|recorded|blank|empty)\b", re.I
)

_AMOUNT = re.compile(r"\b(?:discount|tax|vat|gst|fee|tip|charge|rebate|deposit|surcharge|interest)s?\b", re.I)
"""What was not given where 0.00 stands beside it."""
_CHARGED = re.compile(r"\b(?:charged|added|applied|deducted|any)\b", re.I)
"""Said of an amount that stands on a bill: 0.00 was not charged. Whether one was paid, no amount tells."""
_INCLUDED = re.compile(
    r"^\W*(?:is|are|was|were)\b.*\b(?:included|offered|contained|displayed|named|called)\W*$", re.I
)
"""Said of what is there anyway: it asks for a state, as that of a box before it."""
_THERE = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are)\b|\b(?:any|exists?|present|visible|shown|listed|"
    r"mention\w*|contain\w*|"
    r"include\w*|lists?|shows?|display\w*|offers?|called|named|(?:have|has|got)(?! to\b)|say|says|appear\w*|find|see|"
    r"spot|missing|absent|gone|available|no)\b|^\W*is \S+ (?:there|here|on)\b|"
    r"\bis (?:it|this|that) (?:on|in) (?:this|the) (?:page|screen|picture|image|document|form)\b",
    re.I,
)


def _as_state(scene: Scene, query: Query, options: Sequence[str], best: Place) -> Verdict:
    """A question that does not ask whether something is there, though it reads like it, is one about its state."""
    got = state(scene, query, options)
    return (
        got
        if got.candidates
        else refused(f'"{best.line or best.kind}" is there; whether it is so is not clear.')
    )


def _is_filled(scene: Scene, query: Query, label: Place) -> Verdict:
    """Whether there is something beside a label."""
    there = [r for r in beside(scene, label, frozenset())[:1] if r.score >= 0.6]
    if there:
        nothing = number_of(there[0].text) == 0 and _AMOUNT.search(query.question)
        told = no if nothing or re.search(r"\b(?:blank|empty)\b", query.question, re.I) else yes
        return told(0.8 * there[0].score, f'"{there[0].text}" stands beside "{label.text}".', there[0].place)
    return refused(f'"{label.text}" is there; whether something is entered for it is not clear.')


_WORDS = 5
"""Words of a line from which a noun in it is no thing that stands there."""


def where(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Where something is: its box, in words the part of the page."""
    if query.kind == "where" and re.search(
        r"\b(?:seen from|relative to|in relation to|with respect to|compared (?:to|with))\b",
        query.question,
        re.I,
    ):
        return side(scene, query, options)
    if query.kind == "act" and len(query.wanted) > 1:
        return refused("The instruction names several things.")
    doing = _DOING.search(query.question) if query.kind == "where" else None
    if query.kind == "where" and (
        _ELSEWHERE.search(query.question) or not (doing or _WHERE.search(query.question))
    ):
        return refused("The question does not ask for a place on the page.")
    wanted = query.wanted[0] if query.wanted else Wanted(name=query.ask)
    if query.kind == "where" and query.ask and _PAGE.fullmatch(wanted.words):
        wanted = Wanted(name=query.ask)  # "on the receipt" is everywhere
    if not (wanted.words or doing):
        return refused("The question names nothing that could be looked for.")
    found = resolve(scene, wanted) if wanted.words else []
    if not found:
        if not scene.whole:
            return refused(f'"{wanted.words or query.question}" was not found yet.', EVERYTHING)
        found = _of_type(scene, wanted.words)
        if doing and not found and (button := _that_does(scene, doing[1], query.question)) is not None:
            return Verdict((_told(button, scene),), f'"{button.text}"', final=True)
    if not found:
        words = wanted.name or wanted.noun
        scores = alike(words, [p.text for p in scene.lines])
        found = [
            replace(p, score=0.8 * s)
            for s, p in sorted(zip(scores, scene.lines, strict=True), key=lambda q: -q[0])
            if s >= 0.75
        ][:1]
    if not found:
        return refused(f'"{wanted.words or query.question}" was not found.')
    within = not found[0].is_whole and len(found[0].line.split()) > _WORDS
    if query.kind == "where" and not wanted.name and within:
        return refused(f'"{wanted.words}" is but a word of "{found[0].line}".')
    rivals = [replace(_told(p, scene), score=0.6 * p.score, why="", used=()) for p in found[1:4]]
    return said([_told(found[0], scene), *rivals], "")


def where_its_value_is(scene: Scene, query: Query, tell: Callable[[str], Answer]) -> Verdict | None:
    """Where a thing is that no words of the page name, but of which it says what it is: "the hospital's address".

    tell: answers a question. None where it cannot say what the thing is, or where that stands.
    """
    if not _WHERE.search(query.question) or len(query.wanted) != 1 or not (words := query.wanted[0].words):
        return None
    told = tell(f"What is the {words}?")
    if told.status != "answered" or not told.places or plain(told.text) in ("yes", "no", "empty"):
        return None
    page, box = told.places[0]
    place = Place(box, page, told.text, told.confidence)
    return said([_told(place, scene)], "")


def _of_type(scene: Scene, words: str) -> list[Place]:
    """The only value of the page of the type that the words name ("phone number"); none where there are several."""
    kind = next((k for pattern, k in _TYPES if re.fullmatch(pattern, words, re.I)), None)
    held = [(v.text, p) for p in scene.lines for v in values_in(p.text) if v.kind == kind]
    return [held[0][1]] if kind and len({plain(text) for text, _ in held}) == 1 else []


_TYPES: tuple[tuple[str, Kind], ...] = (
    (r"(?:tele)?phone(?: number)?", "phone"),
    (r"e-?mail(?: address)?", "email"),
    (r"(?:web ?site|web address|url)(?: address)?", "url"),
    (r"iban(?: number)?", "iban"),
)
"""Things that are named by the type of value that they are."""


def _that_does(scene: Scene, verb: str, question: str) -> Place | None:
    """The one short line that begins with a verb, or with another for the same: what a button says.

    Where the question goes on after the verb, what the line says beside it has to stand in the question.
    """
    verb = plain(verb)
    same = next((group for group in _VERBS if verb in group), (verb,))
    held = [p for p in scene.lines if len(p.text.split()) <= 3 and _words(p.text)[:1] in [[v] for v in same]]
    after = plain(question).rpartition(verb)[2]
    if held and after.strip(" ?.!") and not all(word in after for word in _words(held[0].text)[1:]):
        return None
    return replace(held[0], score=0.8 * held[0].score) if len(held) == 1 else None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d]+", text.casefold())


_VERBS = (
    ("continue", "go on", "proceed", "next"),
    ("start", "run", "begin", "launch"),
    ("reload", "refresh"),
    ("send", "submit"),
    ("add", "create", "new"),
    ("save",),
    ("cancel",),
    ("export",),
    ("import",),
    ("print",),
    ("download",),
    ("upload",),
)
"""Verbs of buttons, those for the same together."""
_DOING = re.compile(
    r"\bwhere (?:do|can|should|would|could) (?:i|you|we|one) (?:(?:go|click|tap|press) to )?(?:final+y )?("
    + "|".join(verb for group in _VERBS for verb in group)
    + r")\b",
    re.I,
)
"""Asks for what does something."""


def _told(place: Place, scene: Scene) -> Reading:
    """A place in words: the part of the page, and the box."""
    x, y, w, h = (round(v) for v in place.box.xywh)
    text = f"{part_of(place, scene.size_wh)}: x {x}, y {y}, width {w}, height {h}"
    return Reading(text, place, 0.9 * place.score, f'"{place.line or place.kind}"', (place,))


def side(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """On which side of one thing another one is."""
    things = [t for w in query.wanted for t in chain(w) if looks_of(t).texts or looks_of(t).phrase]
    if len(things) < 2:
        return refused("Two things are needed to say where one lies to the other.")
    first, second = (replace(t, beside=None, relation="") for t in things[-2:])
    if re.search(r"\bsides? of\b.*\b(?:is|are|does|do|lies|stands|can)\b", query.question, re.I):
        first, second = second, first  # "on which side of A is B": where B is, seen from A
    found = resolve(scene, first), resolve(scene, second)
    for wanted, places in zip((first, second), found, strict=True):
        if not places:
            return refused(f'"{wanted.words}" was not found.', *(() if scene.whole else (EVERYTHING,)))
    a, b = found[0][0], next((p for p in found[1] if p.box != found[0][0].box), found[1][0])
    if a.page != b.page:
        return refused(f"They are on pages {a.page} and {b.page}.")
    how = relation(a.box, b.box)
    sure = a.score * b.score * 0.95
    words = query.question.casefold()
    sideways = re.search(r"\bleft\b|\bright\b", words)
    upright = re.search(r"\babove\b|\bbelow\b|\bunder\b|\bover\b|\bhigher\b|\blower\b|\bbeneath\b", words)
    (ax, ay), (bx, by) = a.box.center, b.box.center
    flat = "left" if ax < bx else "right"
    steep = "above" if ay < by else "below"
    asked = [
        d
        for d, p in (
            ("left", r"\bleft\b"),
            ("right", r"\bright\b"),
            ("above", r"\babove\b|\bover\b|\bhigher\b"),
            ("below", r"\bbelow\b|\bunder\b|\blower\b|\bbeneath\b"),
        )
        if re.search(p, words)
    ]
    why = f'"{a.text or a.kind}" is {how.text} "{b.text or b.kind}".'
    farther = re.search(r"\b(?:(?:further|farther|more)(?: to the)? (left|right)|(higher|lower))\b", words)
    named = [o for o in options if plain(o) in (plain(a.text), plain(b.text))]
    if farther and len(named) == 2 == len(options) and abs((ax - bx) if farther[1] else (ay - by)) > a.height:
        is_first = (flat == farther[1]) if farther[1] else (steep == "above") == (farther[2] == "higher")
        one = a if is_first else b
        return said([Reading(one.text, one, sure, why, (a, b))], "")
    if len(asked) == 1 and not re.search(r"\bor\b|\bwhich side\b|\bwhere\b", words):
        true = asked[0] in (how.horizontal.split()[0], how.vertical.split()[0])
        return (yes if true else no)(sure, why, a, b)
    said_ = flat if sideways and not upright else steep if upright and not sideways else ""
    if not said_:
        said_ = " and ".join(
            w.removesuffix(" of") for w in (how.horizontal, how.vertical) if w != "level with"
        )
    spoken = [o for o in options if _SPOKEN.get(plain(o)) == said_]
    said_ = spoken[0] if len(spoken) == 1 else said_
    return said([Reading(said_, a, sure, why, (a, b))], "They lie at one place.")


_SPOKEN = {
    "higher up": "above",
    "higher": "above",
    "over": "above",
    "lower down": "below",
    "lower": "below",
    "under": "below",
}
"""What options call a side."""
