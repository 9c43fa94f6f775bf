"""Answers about what is there at all: presence, counts, the whole text of a thing, page numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from ..contracts import Answer
from .amounts import as_number
from .evidence import Anchor, absent, anchors, find_span, page_lines
from .phrases import NOT_TEXT, Mention, key
from .places import MANY, Evidence
from .replies import cannot, cites_of, looked, missing, one_of, product, sees_it
from .values import value_of

__all__ = ["both", "count", "page", "presence", "text"]


def text(evidence: Evidence) -> Answer:
    mention = evidence.mentions[0]
    told = []
    found = anchors(evidence.memory, mention, evidence.lines)[:MANY]
    begins = [a for a in found if a.text.casefold().startswith(mention.core.casefold())]
    part = re.search(r"\b(?:start|begin|commenc|open)\w* with\b", evidence.question.text, re.I)
    for a in (begins or found) if part else evidence.places(mention):
        text, sure = _whole_text(evidence, a)
        if text:
            reply = Answer(text, confidence=product(a.target.score, sure), cites=cites_of(evidence.memory, a))
        else:
            reply = cannot(
                f'"{mention.core}" was found, but no text was read in it. {sees_it[0].upper()}{sees_it[1:]}.'
            )
        told.append((a.target.score, a, reply))
    return one_of(told, f'"{mention.core}"')


def _whole_text(evidence: Evidence, anchor: Anchor) -> tuple[str, float]:
    """Text of the line (with following lines, where a sentence or paragraph is asked for) and its confidence."""
    page = page_lines(evidence.lines, anchor.target.page)
    own = max(page, key=lambda n: n.box.coverage(anchor.box), default=None)
    if own is None or own.box.coverage(anchor.box) < 0.5:
        return anchor.text.strip(), 1.0
    block, sure = [own], own.confidence
    running = re.search(
        r"\b(?:sentence|paragraph|message|warning|notice|note|complete|finish|continue)\b",
        evidence.question.text,
        re.I,
    )
    below = sorted((n for n in page if n.box.y > own.box.y), key=lambda n: n.box.y) if running else []
    for line in below:
        last = block[-1].box
        if (
            re.search(r"[.!?]$", block[-1].text.rstrip())
            and "paragraph" not in evidence.question.text.casefold()
        ):
            break
        aligned = abs(line.box.x - last.x) <= 1.5 * last.height
        close = line.box.y - (last.y + last.height) <= 0.9 * last.height
        if aligned and close and 0.75 <= line.box.height / max(1.0, last.height) <= 1.33:
            block.append(line)
            sure = min(sure, line.confidence)
    return " ".join(n.text.strip() for n in block), sure


def page(evidence: Evidence) -> Answer:
    q, memory = evidence.question, evidence.memory
    mention = evidence.mentions[0]
    if q.asked == "of":
        found = evidence.places(mention)
        if not found:
            return missing(memory, mention, q)
        told = [
            (
                a.target.score,
                a,
                Answer(str(a.target.page), confidence=a.target.score, cites=cites_of(memory, a)),
            )
            for a in found
        ]
        return one_of(told, f'"{mention.core}"')
    if q.asked == "total" and memory.pages > 1:
        return Answer(str(memory.pages), confidence=1.0)
    found = anchors(memory, mention, evidence.lines)
    texts = [(a.text or a.target.text, a.target.score, cites_of(memory, a)) for a in found]
    texts += [(n.text, n.confidence * 0.9, ()) for n in evidence.lines]
    for text, sure, cites in texts:
        numbers = _PAGE_NUMBER.search(text) or (_BARE_PAGE.fullmatch(text.strip()) if cites else None)
        if numbers:
            got = numbers["of"] if q.asked == "total" else numbers["n"]
            if got:
                return Answer(got, confidence=min(1.0, sure), cites=cites)
    if not found:
        return missing(memory, mention, q)
    return cannot("A page number was found, but it could not be read.", cites_of(memory, *found))


_PAGE_NUMBER = re.compile(
    r"\b(?:page|p\.|pg\.?|seite|página|sheet)\s*(?P<n>\d+|[ivxlc]+\b)(?:\s*(?:of|/|von|de|\|)\s*(?P<of>\d+))?",
    re.I,
)
_BARE_PAGE = re.compile(r"[-–—\s(]*(?P<n>\d{1,5}|[ivxlc]+)(?:\s*(?:of|/)\s*(?P<of>\d+))?[-–—\s)]*", re.I)


def _presence_of(evidence: Evidence, mention: Mention) -> Answer:
    found = evidence.places(mention)
    if found:
        best = found[0]
        read = best.text or best.target.text
        fits = not (mention.is_text and read) or find_span(mention.core, read) is not None
        return Answer(
            "yes",
            confidence=product(best.target.score, 1.0 if fits else 0.6),
            cites=cites_of(evidence.memory, best),
        )
    gone = absent(evidence.memory, mention)
    if gone is None or (NOT_TEXT.search(mention.core) and not mention.quoted and not evidence.sees_objects):
        return missing(evidence.memory, mention, evidence.question)
    if gone.seen < 0.5:
        return cannot(
            f'"{mention.core}" was not found, but too little was seen to say that it is not there: {looked(gone)}.'
        )
    sure = product(gone.seen, 0.95 if gone.complete else 0.7, 1 - 0.15 * gone.best_score)
    reason = f'"{mention.core}" was not found: {looked(gone)}.'
    if not mention.is_text and not evidence.sees_objects:
        sure *= 0.6
        reason += f" No such text was read; should it be something that is no text: {sees_it}."
    return Answer("no", confidence=sure, reason=reason)


def presence(evidence: Evidence) -> Answer:
    return _presence_of(evidence, evidence.mentions[0])


def both(evidence: Evidence) -> Answer:
    told = [_presence_of(evidence, m) for m in evidence.mentions]
    cites = tuple(dict.fromkeys(c for t in told for c in t.cites))
    no = [t for t in told if t.text == "no"]
    if no:
        return Answer(
            "no", confidence=max(t.confidence for t in no), cites=cites, reason=" ".join(t.reason for t in no)
        )
    unsure = [t for t in told if t.status == "cannot_tell"]
    if unsure:
        return cannot(" ".join(t.reason for t in unsure), cites, tuple(m for t in unsure for m in t.more))
    return Answer("yes", confidence=product(*(t.confidence for t in told)), cites=cites)


def count(evidence: Evidence) -> Answer:
    mention, memory = evidence.mentions[0], evidence.memory
    wanted = key(mention.core)
    found = anchors(memory, mention, evidence.lines)
    fact = next(
        (f for f in memory.facts if f.kind == "count" and key(str(f.value.get("phrase", ""))) == wanted), None
    )
    number = fact.value.get("count") if fact else None
    if not found and not (isinstance(number, int) and number > 0):
        none = _presence_of(evidence, mention)
        return replace(none, text="0") if none.text == "no" else none
    if labelled := _number_of_label(evidence, mention):
        return labelled
    counted = number if isinstance(number, int) else len(found)
    complete = bool(fact.value.get("complete", True)) if fact else absent(memory, mention) is None
    mean = sum(a.target.score for a in found) / len(found) if found else 0.8
    reason = "" if complete else "Not everything was seen: there may be more."
    cites = cites_of(memory, *found) or tuple(
        c for c in (fact.evidence if fact else ()) if c in {k.id for k in memory.crops}
    )
    return Answer(
        str(counted), confidence=product(mean, 1.0 if complete else 0.5), cites=cites, reason=reason
    )


def _number_of_label(evidence: Evidence, mention: Mention) -> Answer | None:
    """ "How many New Users?" of a page with one label "New Users" asks for the number beside it."""
    places = evidence.places(mention)
    times = re.search(
        r"\b(?:times|often|occur|instances|appear|count the|mention)", evidence.question.text, re.I
    )
    if len(places) != 1 or mention.head or mention.quoted or times:
        return None
    readings = value_of(places[0], evidence.lines, "", numeric=True)
    if not readings or as_number(readings[0].text) is None:
        return None
    best, label = readings[0], places[0]
    reason = f'"{mention.core}" is there once, as a label; this is its number.'
    sure = product(label.target.score, best.confidence, 0.8)
    return Answer(best.text, confidence=sure, cites=cites_of(evidence.memory, label), reason=reason)
