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
from .verdict import Verdict

__all__ = ["CLEAR", "LEAST", "choose", "free"]

LEAST = 0.62
"""Confidence below which nothing is told."""
CLEAR = 0.12
"""Share by which the best candidate must be ahead of those that say something else."""
_FLOOR = 1e-4
MOST_PLACES = 12
"""Places of one answer that are told."""
_LETTER = re.compile(r"^\s*(?:\(?[A-Ha-h][).:]|[A-H]\s-)\s+")
_EMPTY = re.compile(r"\(?(?:empty|blank|none|nothing|n/?a|-|—|no value)\)?", re.I)


def free(scene: Scene, query: Query, verdict: Verdict) -> Answer:
    """The answer without options."""
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


def choose(scene: Scene, query: Query, verdict: Verdict, options: Sequence[str]) -> Answer:
    """The option that the candidates support best, verbatim."""
    bare = [_LETTER.sub("", o) for o in options]
    support, from_ = [0.0] * len(options), [None] * len(options)  # type: list[float], list[Reading | None]
    for reading in verdict.candidates:
        told = [agreement(reading.text, option) for option in bare]
        for i, agrees in enumerate(told):
            if max(told) == 1.0 > agrees:
                continue  # "Active" is no second choice where "Not Active" was read
            score = reading.score * agrees
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


def agreement(said: str, option: str) -> float:
    """How well an option says what was found, in [0, 1]."""
    if same_value(said, option):
        return 1.0
    if not said.strip():
        return 1.0 if _EMPTY.fullmatch(option.strip()) else 0.0
    if plain(said) in ("yes", "no"):
        polarity = (
            "no"
            if re.match(r"\W*(?:no|not|false|absent|none)\b", option, re.I)
            else "yes"
            if re.match(r"\W*(?:yes|true|present|correct)\b", option, re.I)
            else ""
        )
        return float(polarity == plain(said))
    a, b = plain(said), plain(option)
    if typed(option).kind != "text":
        number = number_of(option)
        if number is not None and number == number_of(said):
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
