"""Answers from the memory, one small function for each question form.

Every function takes what `Evidence` holds (question, memory, lines) and returns an `Answer` without options;
`seal.agents.rules.options` turns it into a choice where options were given. None of them looks at pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product as pairs

from ...memory.geometry import Box
from ...memory.working import TextLine, VisualWorkingMemory
from ..contracts import Answer
from . import layout_answers as layout
from . import seen_answers as seen
from . import widget_answers as widgets
from .amounts import as_number
from .evidence import Anchor, Reading, find_span, is_sighting, neighbours
from .phrases import SHAPES, Mention
from .places import Evidence
from .reader import Question
from .replies import cannot, cites_of, is_literal, missing, one_of, product
from .values import badge_of, cell_of, value_of
from .wording import normalised

__all__ = ["answer"]


def answer(evidence: Evidence) -> Answer:
    """The free answer to the question."""
    question = evidence.question
    if not question.mentions:
        return cannot(f"The question names nothing that could be looked for. {_other_agent()}")
    handler = _HANDLERS.get(question.form)
    if handler is None:
        return _unknown(evidence)
    if question.form not in (
        "presence",
        "both",
        "count",
        "page",
        "pages",
        "cell",
        "chosen",
        "holder",
        "icon",
    ):
        for mention in evidence.mentions:
            if not is_literal(question, mention) and not evidence.places(mention):
                return missing(evidence.memory, mention, question)
    return handler(evidence)


def _other_agent() -> str:
    return 'A VQA agent such as "hf:Qwen/Qwen3-VL-4B-Instruct" understands free questions.'


def _from_readings(evidence: Evidence, anchor: Anchor, readings: Sequence[Reading], nothing: str) -> Answer:
    """The best reading as an answer."""
    if not readings:
        return cannot(nothing, cites_of(evidence.memory, anchor))
    best = readings[0]
    sure = product(anchor.target.score, best.confidence)
    return Answer(best.text, confidence=sure, cites=cites_of(evidence.memory, anchor))


def _value_at(evidence: Evidence, anchor: Anchor) -> Answer:
    q = evidence.question
    if (
        anchor.mention.core.casefold() in SHAPES
        and anchor.text
        and not find_span(anchor.mention.core, anchor.text)
    ):
        cites = cites_of(evidence.memory, anchor)
        return Answer(anchor.text.strip(), confidence=product(anchor.target.score, 0.9), cites=cites)
    readings = value_of(anchor, evidence.lines, q.direction, q.numeric)
    weak = 1.0
    if not readings and q.numeric:
        readings, weak = value_of(anchor, evidence.lines, q.direction), 0.6
    where = {"right": "right of", "left": "left of", "": "beside"}.get(q.direction, q.direction)
    got = _from_readings(
        evidence, anchor, readings, f'"{anchor.mention.core}" was found, but no text was read {where} it.'
    )
    return replace(got, confidence=got.confidence * weak)


def _value(evidence: Evidence) -> Answer:
    mention = evidence.mentions[0]
    told = [(a.target.score, a, _value_at(evidence, a)) for a in evidence.places(mention)]
    return one_of(told, f'"{mention.core}"')


def _badge(evidence: Evidence) -> Answer:
    mention = evidence.mentions[0]
    nothing = f'"{mention.core}" was found, but no badge or short number was read beside it.'
    found = evidence.places(mention)
    if mention.seen is not None and not mention.is_seen:  # "messages" may be an icon or a word
        words = evidence.places(replace(mention, head="label"))
        found += [a for a in words if not is_sighting(a.target)]
    told = [(a.target.score, a, _from_readings(evidence, a, _badges(evidence, a), nothing)) for a in found]
    return one_of(told, f'"{mention.core}"')


def _badges(evidence: Evidence, anchor: Anchor) -> tuple[Reading, ...]:
    """Badges beside a label; only numbers, where a number is asked for."""
    if anchor.mention.seen is not None and anchor.mention.seen.kind == "icon" and is_sighting(anchor.target):
        at_icon = widgets.icon_badge(evidence, anchor)
        return at_icon if at_icon or anchor.mention.is_seen else badge_of(anchor, evidence.lines)
    number = re.search(r"\b(?:how many|number|count|digit)\b", evidence.question.text, re.I)
    return tuple(r for r in badge_of(anchor, evidence.lines) if not number or re.search(r"\d", r.text))


def _cell(evidence: Evidence) -> Answer:
    row, column = (m for _, m in sorted(evidence.question.mentions, key=lambda p: p[0] != "row"))
    rows, columns = evidence.places(row), evidence.places(column)
    told: list[tuple[float, Anchor, Answer]] = []
    for r in rows:
        above = sorted((c for c in columns if c.target is not r.target), key=lambda c: c.box.y > r.box.y)
        for c in above:
            readings = cell_of(r, c, evidence.lines)
            if not readings and column.head != "column":  # of two names either may head the column
                turned = cell_of(c, r, evidence.lines)
                readings = tuple(replace(x, confidence=x.confidence * 0.8) for x in turned)
            if readings:
                sure = product(r.target.score, c.target.score, readings[0].confidence)
                cites = cites_of(evidence.memory, r, c)
                told.append((r.target.score, r, Answer(readings[0].text, confidence=sure, cites=cites)))
                break
    if told:
        return one_of(told, f'"{row.core}"')
    return _cell_as_value(evidence, row, column, rows, columns)


def _cell_as_value(
    evidence: Evidence, row: Mention, column: Mention, rows: Sequence[Anchor], columns: Sequence[Anchor]
) -> Answer:
    """ "The X of Y" that is no table: a label "Y X", the one value behind Y, or X's value where Y is the page."""
    numeric = evidence.question.numeric
    for anchor in (*rows, *columns):
        for words in (
            f"{row.core} {column.core}",
            f"{column.core} of {row.core}",
            f"{row.core}'s {column.core}",
        ):
            if find_span(words, anchor.text):
                joined = replace(anchor, mention=Mention(words, quoted=True), box=anchor.target.box)
                if readings := value_of(joined, evidence.lines, "", numeric):
                    return _from_readings(evidence, joined, readings, "")
    if columns and (not row.is_text or (rows and not row.quoted and row.core.islower())):
        got = _from_readings(evidence, columns[0], value_of(columns[0], evidence.lines, "", numeric), "")
        if got.status == "answered":
            return replace(got, confidence=got.confidence * 0.6)
    if rows and not columns:
        right = [r for r in value_of(rows[0], evidence.lines, "right", True) if re.search(r"\d", r.text)]
        if len(right) == 1 and numeric:
            got = _from_readings(evidence, rows[0], right, "")
            why = f'No column "{column.core}" was found; this is the only number in the row of "{row.core}".'
            return replace(got, confidence=got.confidence * 0.6, reason=why)
    for mention, found in ((row, rows), (column, columns)):
        if not found:
            return missing(evidence.memory, mention, evidence.question)
    return cannot(
        f'"{row.core}" and "{column.core}" were found, but no text was read where their row and column cross.',
        cites_of(evidence.memory, rows[0], columns[0]),
    )


def _numbers(evidence: Evidence) -> tuple[list[tuple[Mention, str, float, Answer]], Answer | None]:
    """(label, text, number, answer) of every label, or the answer that says why not."""
    got: list[tuple[Mention, str, float, Answer]] = []
    for mention in evidence.mentions:
        single = evidence.about(replace(evidence.question, mentions=(("label", mention),), numeric=True))
        literal = is_literal(evidence.question, mention)
        value = Answer(mention.core) if literal else _value(single)
        if value.status != "answered":
            return [], value
        number = as_number(value.text)
        if number is None:
            return [], cannot(
                f'The value of "{mention.core}" was read as "{value.text}", which is no single number.',
                value.cites,
            )
        got.append((mention, value.text, number, value))
    return got, None


def _compare(evidence: Evidence) -> Answer:
    got, failed = _numbers(evidence)
    if failed or len(got) < 2:
        return failed or cannot("A comparison needs two things to compare.")
    (a, a_text, x, first), (b, b_text, y, second) = got[:2]
    sure, cites = (
        product(first.confidence, second.confidence),
        tuple(dict.fromkeys(first.cites + second.cites)),
    )
    why = f"{a.core}: {a_text}; {b.core}: {b_text}."
    asked = evidence.question.asked or ("exceed" if "exceed" in evidence.question.text else "")
    less = bool(re.search(r"small|low|less|few|least|cheap|short|light|young|earl", asked)) or asked == "<"
    equal = bool(re.search(r"equal|same|identical|match|agree", asked))
    plain = normalised(evidence.question.text)[0]
    yes_no = bool(re.match(r"(?:is|are|was|does|do|has)\b", plain, re.I)) and not re.search(
        r"\bor\b", plain, re.I
    )
    if equal or yes_no:
        right = x == y if equal else x < y if less else x > y
        return Answer("yes" if right else "no", confidence=sure, cites=cites, reason=why)
    if x == y:
        return Answer("they are equal", confidence=sure, cites=cites, reason=why)
    larger, smaller = (a.core, b.core) if x > y else (b.core, a.core)
    if not asked:
        return Answer(f"{larger} is larger than {smaller}", confidence=sure, cites=cites, reason=why)
    return Answer(smaller if less else larger, confidence=sure, cites=cites, reason=why)


def _calculate(evidence: Evidence) -> Answer:
    got, failed = _numbers(evidence)
    if failed or len(got) < 2:
        return failed or cannot("A sum or difference needs two values.")
    (a, a_text, x, first), (b, b_text, y, second) = got[:2]
    directed = re.search(r"\b(?:minus|subtract\w*|deduct\w*|taken?)\b|[-−]\s", evidence.question.text, re.I)
    result = x + y if evidence.question.form == "sum" else x - y if directed else abs(x - y)
    decimals = max(len(m[1]) if (m := re.search(r"[.,](\d{1,2})(?!\d)", t)) else 0 for t in (a_text, b_text))
    symbol = next((s for s in "$€£¥₹" if s in a_text and s in b_text), "")
    percent = "%" if "%" in a_text and "%" in b_text else ""
    text = f"{'-' if result < 0 else ''}{symbol}{abs(result):,.{decimals}f}{percent}"
    return Answer(
        text,
        confidence=product(first.confidence, second.confidence),
        cites=tuple(dict.fromkeys(first.cites + second.cites)),
        reason=f"{a.core}: {a_text}; {b.core}: {b_text}.",
    )


def _pairs(evidence: Evidence) -> Answer:
    """Relation or distance, over every pair of places."""
    first, second = evidence.mentions[:2] if len(evidence.mentions) > 1 else (evidence.mentions[0],) * 2
    told = []
    for a, b in pairs(evidence.places(first), evidence.places(second)):
        if a.box != b.box or a.target.page != b.target.page:
            score = product(a.target.score, b.target.score)
            told.append((score, a, layout.pair(evidence.question, evidence.memory, a, b)))
    if not told:
        return cannot(f'"{first.core}" and "{second.core}" were found at one and the same place.')
    return one_of(sorted(told, key=lambda t: -t[0]), f'"{first.core}" and "{second.core}"')


def _single(evidence: Evidence) -> Answer:
    """Position, colour, nearest, order, state: one thing, every place of it."""
    mention = evidence.mentions[0]
    make: Callable[[Question, VisualWorkingMemory, Sequence[TextLine], Anchor], Answer] = layout.SINGLE[
        evidence.question.form
    ]
    told = [
        (a.target.score, a, make(evidence.question, evidence.memory, evidence.lines, a))
        for a in evidence.places(mention)
    ]
    return one_of(told, f'"{mention.core}"')


def _state(evidence: Evidence) -> Answer:
    """As a widget shows it; else as it is written beside the label."""
    return widgets.state(evidence) or _single(evidence)


def _unknown(evidence: Evidence) -> Answer:
    """The question was not understood: what was found is named, nothing is guessed."""
    found = [a for m in evidence.mentions for a in evidence.places(m)[:1]]
    near = [f'"{n.text}" ({side})' for a in found for _, side, n in neighbours(a, evidence.lines)[:2]]
    seen = ", ".join(f'"{a.mention.core}" at {_xywh(a.box)}' for a in found)
    reason = f"This form of question is not understood by the rules. {_other_agent()}"
    reason += f" Found: {seen}." if seen else ""
    reason += f" Read nearby: {', '.join(near[:4])}." if near else ""
    return cannot(reason, cites_of(evidence.memory, *found))


def _xywh(box: Box) -> str:
    return f"({box.x:.0f}, {box.y:.0f}, {box.width:.0f}, {box.height:.0f})"


_HANDLERS: Mapping[str, Callable[[Evidence], Answer]] = {
    "value": _value,
    "badge": _badge,
    "cell": _cell,
    "text": seen.text,
    "page": seen.page,
    "pages": seen.pages,
    "presence": seen.presence,
    "both": seen.both,
    "count": seen.count,
    "relation": _pairs,
    "distance": _pairs,
    "compare": _compare,
    "difference": _calculate,
    "sum": _calculate,
    "position": _single,
    "color": _single,
    "nearest": _single,
    "order": _single,
    "state": _state,
    "chosen": widgets.chosen,
    "holder": widgets.holder,
    "icon": widgets.icon,
}
