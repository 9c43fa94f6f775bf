"""From candidates to an answer: free, or one of the options; or "cannot tell", with what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ...memory.geometry import Box
from ...memory.typed import number_of, plain, same_value, typed
from ..contracts import Answer
from ..reader.query import Query
from .scene import Scene
from .values import Reading
from .verdict import Verdict, said

__all__ = ["CLEAR", "LEAST", "agreement", "choose", "free", "is_empty", "only_one", "says_none"]

LEAST = 0.62
"""Confidence below which nothing is told."""
CLEAR = 0.12
"""Share by which the best candidate must be ahead of those that say something else."""
_FLOOR = 1e-4
MOST_PLACES = 12
"""Places of one answer that are told."""
_LETTER = re.compile(r"^\s*(?:\(?[A-Ha-h][).:]|[A-H]\s-)\s+")
STANDS, NEARLY, ONLY = 0.9, 0.75, 0.66
"""Score of a match from which an option stands on the page; from which it may, misread; how sure the only one is."""
WEAK, HIT = 0.4, 0.7
"""Score of a candidate from which it counts more where it hits an option, and how much it counts at most then."""
_NOT_GIVEN = re.compile(
    r"\b(?:not?|none|nothing|nobody|never|cannot|empty|blank|missing|unknown|yes)\b", re.I
)
_NONE = re.compile(
    r"(?:it is |it['’]s |that is |there is )?(?:not (?:there|given|shown|stated|mentioned|on the page|visible|said)|"
    r"none(?: of (?:these|them|the above))?|no such \w+|unknown|cannot (?:be told|tell)|nothing)\W*",
    re.I,
)
_EMPTY = re.compile(r"\(?(?:empty|blank|none|nothing|n/?a|-|—|no value)\)?", re.I)


def is_empty(option: str) -> bool:
    """Whether an option says that nothing is there."""
    return _EMPTY.fullmatch(option.strip()) is not None


def says_none(option: str) -> bool:
    """Whether an option says that what is asked for is not there."""
    return _NONE.fullmatch(option.strip()) is not None


def free(scene: Scene, query: Query, verdict: Verdict) -> Answer:
    """The answer without options."""
    verdict = verdict.merged(CLEAR)
    best = verdict.best
    if best is None:
        return cannot(query, verdict, verdict.reason)
    if verdict.lead < CLEAR and len(verdict.candidates) > 1:
        rivals = "; ".join(f'"{c.text}"' for c in verdict.candidates[:4])
        return cannot(query, verdict, f"Several fit equally well: {rivals}.")
    sure = best.score * min(1.0, 0.6 + 0.8 * verdict.lead) if len(verdict.candidates) > 1 else best.score
    if sure < LEAST:
        return cannot(query, verdict, f'The best guess is "{best.text}" ({sure:.0%}). {best.why}')
    return Answer(
        best.text or "empty",
        confidence=min(1.0, sure),
        cites=cited(scene, best),
        reason=best.why,
        places=placed(best),
    )


def choose(
    scene: Scene, query: Query, verdict: Verdict, options: Sequence[str], weak: bool = False
) -> Answer:
    """The option that the candidates support best, verbatim.

    weak: whether a best candidate of little score counts more where it says exactly what one option says: it was found
    without the options, and hits one of them hardly by chance.
    """
    bare = [_LETTER.sub("", o) for o in options]
    support, from_ = [0.0] * len(options), [None] * len(options)  # type: list[float], list[Reading | None]
    for reading in verdict.candidates:
        told = [agreement(reading.text, option) for option in bare]
        for i, agrees in enumerate(told):
            if max(told) == 1.0 > agrees:
                continue  # "Active" is no second choice where "Not Active" was read
            score = reading.score * agrees
            hit = reading is verdict.best and agrees == 1.0 and len(options) > 2 and _says(reading, query)
            if weak and hit and score >= WEAK:
                score = max(score, min(HIT, 1 - (1 - score) ** 2))
            if score > support[i]:
                support[i], from_[i] = score, reading
    best = max(range(len(options)), key=support.__getitem__)
    rivals = [s for i, s in enumerate(support) if i != best]
    scores = tuple(math.log(max(s, _FLOOR)) for s in support)
    chosen = from_[best]
    if chosen is None or support[best] < LEAST * 0.8:
        why = (
            f'The evidence says "{verdict.best.text}", which is none of the options.'
            if verdict.best and not chosen
            else verdict.reason
        )
        return cannot(query, verdict, why)
    lead = 1 - max(rivals, default=0.0) / support[best]
    if lead < CLEAR:
        return cannot(query, verdict, "Several options fit equally well.")
    sure = min(1.0, support[best] * (0.7 + 0.3 * lead) * 1.1)
    if sure < LEAST:
        return cannot(query, verdict, f'The best guess is "{options[best]}" ({sure:.0%}). {chosen.why}')
    return Answer(
        options[best],
        confidence=sure,
        cites=cited(scene, chosen),
        option_scores=scores,
        reason=chosen.why,
        places=placed(chosen),
    )


def _says(reading: Reading, query: Query) -> bool:
    """Whether a candidate is words or a value of the page; counts and "yes" often agree with an option by chance."""
    return query.kind != "count" and plain(reading.text) not in ("", "yes", "no") and len(reading.text) > 1


def only_one(scene: Scene, options: Sequence[str]) -> Verdict:
    """The only option that stands on a page that was read to its end; nothing where one of them says that none is."""
    loose = any(
        _NOT_GIVEN.search(o)
        or len(plain(o)) < 3
        or typed(o).kind in ("number", "money", "percent", "duration")
        for o in options
    )
    if len(options) < 3 or not scene.whole or loose:
        return Verdict()  # figures stand there for many things
    there = {o: max(scene.named(o), key=lambda p: p.score, default=None) for o in options}
    found = [(o, p) for o, p in there.items() if p is not None and p.score >= NEARLY]
    if len(found) != 1 or found[0][1].score < STANDS:
        return Verdict()
    option, place = found[0]
    return said(
        [Reading(option, place, ONLY, "of the options only this one stands on the page", (place,))], ""
    )


def agreement(told: str, option: str) -> float:
    """How well an option says what was found, in [0, 1]."""
    if same_value(told, option):
        return 1.0
    if not told.strip():
        return 1.0 if is_empty(option) else 0.0
    if plain(told) in ("yes", "no"):
        polarity = (
            "no"
            if re.match(r"\W*(?:no|not|false|absent|none)\b", option, re.I)
            else "yes"
            if re.match(r"\W*(?:yes|true|present|correct)\b", option, re.I)
            else ""
        )
        return float(polarity == plain(told))
    a, b = plain(told), plain(option)
    if typed(option).kind != "text":
        number = number_of(option)
        if number is not None and number == number_of(told):
            return 0.9
        return 0.75 if re.search(rf"(?<![\w.,]){re.escape(b)}(?![\w.,])", a) else 0.0
    if re.search(rf"(?<!\w){re.escape(b)}(?!\w)", a):
        return max(0.6, min(0.95, len(b) / len(a) + 0.3))
    if re.search(rf"(?<!\w){re.escape(a)}(?!\w)", b) and len(a) > 2:
        return 0.85
    from rapidfuzz import fuzz

    like = fuzz.ratio(a, b) / 100
    return like if like >= 0.85 else 0.0


def cannot(query: Query, verdict: Verdict, reason: str) -> Answer:
    """ "Cannot tell", with the reason and the reading."""
    return Answer(
        "", "cannot_tell", 0.0, reason=f"{reason} I read: {query.words}.".strip(), more=verdict.more
    )


def cited(scene: Scene, reading: Reading) -> tuple[str, ...]:
    """Crops that show the answer and what it rests on."""
    return scene.cites(reading.place, *reading.used)


def placed(reading: Reading) -> tuple[tuple[int, Box], ...]:
    """Where the answer stands: of yes and no, of numbers that were counted and of lists, all that they rest on."""
    several = plain(reading.text) in ("yes", "no") or reading.place in reading.used
    shown = reading.used if several else (reading.place,)
    return tuple((p.page, p.box) for p in shown[:MOST_PLACES] if p.score > 0 and p.box.area > 0)
