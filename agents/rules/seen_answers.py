"""Answers about what is there at all: presence, counts, the whole text of a thing, page numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from ...memory.geometry import Box
from ..contracts import Answer
from ..nano.vocabulary import often_missed
from .amounts import as_number
from .evidence import (
    Anchor,
    absent,
    anchors,
    columns_share,
    find_span,
    gap,
    is_sighting,
    page_lines,
    rows_share,
    same,
)
from .phrases import NOT_TEXT, Mention
from .places import MANY, Evidence
from .reader import Question
from .replies import cannot, cites_of, labels_a_number, looked, missing, one_of, product, sees_it
from .scope import below
from .values import value_of
from .watch import region_of

__all__ = ["both", "count", "page", "pages", "presence", "text"]


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
    if q.asked == "contents" and (listed := _in_contents(evidence, mention)):
        return listed
    if q.asked in ("of", "contents"):
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
    found = [a for a in anchors(memory, mention, evidence.lines) if _on_its_page(evidence, a)]
    found.sort(key=lambda a: _edge(a, evidence))  # numbers of the text may stand near an edge too
    if q.asked != "total" and not found and (at_edge := _at_edge(evidence)):
        return at_edge
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


def _on_its_page(evidence: Evidence, anchor: Anchor) -> bool:
    """Whether a page number stands on the page of the other thing named, where there is one."""
    others = evidence.mentions[1:]
    found = [a for m in others for a in evidence.all_places(m)]
    found.sort(key=lambda a: _listed_page(evidence, a) is not None)
    return not others or (bool(found) and found[0].target.page == anchor.target.page)


def _edge(anchor: Anchor, evidence: Evidence) -> tuple[bool, float]:
    """Whether the anchor stands at the edge that the question does not mean, and its distance from the nearer one.

    Distance of its centre from the page's top or bottom edge, as share of the page's height.
    """
    y = anchor.box.center[1] / max(1, evidence.memory.image.size_wh[1])
    side = _SIDE.search(evidence.question.text)
    return bool(side and bool(side[1]) != (y < 0.5)), min(y, 1 - y)


_SIDE = re.compile(r"\b(?:(top|head|header|upper|above)|(bottom|foot|footer|lower|below))\b", re.I)


def _at_edge(evidence: Evidence) -> Answer | None:
    """The option that stands alone, or at an end of its line, nearest to the top or bottom edge of the page."""
    memory = evidence.memory
    ranked: list[tuple[bool, bool, float, Anchor]] = []
    for option in (o.strip() for o in memory.options or ()):
        ends = re.compile(rf"\W*{re.escape(option)}\W*|{re.escape(option)}\s.+|.+\s{re.escape(option)}")
        for a in anchors(memory, Mention(option, quoted=True), evidence.lines):
            wrong, away = _edge(a, evidence)
            if ends.fullmatch(a.text.strip()) and away <= EDGE and not wrong and _on_its_page(evidence, a):
                alone = len(a.text.strip(" -–.")) == len(option)
                ranked.append((_in_a_list(a, evidence), not alone, away, a))
    if not ranked:
        return None
    _, inside, _, best = min(ranked, key=lambda r: r[:3])
    return Answer(
        best.mention.core,
        confidence=best.target.score * (0.7 if inside else 0.9),
        cites=cites_of(memory, best),
    )


def _in_a_list(anchor: Anchor, evidence: Evidence) -> bool:
    """Whether another line stands close above or below: a page number stands apart."""
    return any(
        columns_share(anchor.box, n.box) > 0.3
        and rows_share(anchor.box, n.box) < 0.5
        and gap(anchor.box, n.box)[1] <= 1.2 * anchor.height
        for n in page_lines(evidence.lines, anchor.target.page)
    )


EDGE = 0.16
"""Share of the page's height at its top and bottom where page numbers stand."""


def _in_contents(evidence: Evidence, mention: Mention) -> Answer | None:
    """The number at the right end of an entry in a table of contents."""
    for a in evidence.places(mention):
        if number := _listed_page(evidence, a):
            return Answer(number, confidence=a.target.score * 0.9, cites=cites_of(evidence.memory, a))
    return None


def _listed_page(evidence: Evidence, anchor: Anchor) -> str | None:
    """The page number behind an entry of a table of contents; None where the place is none."""
    if own := re.search(r"[\s.…·]{2,}(\d{1,4}|[ivxlc]+)\s*$", anchor.text):
        return own[1]
    right = (r.text for r in value_of(anchor, evidence.lines, "right") if _BARE_PAGE.fullmatch(r.text))
    return next(right, None)


def pages(evidence: Evidence) -> Answer:
    """The last page that a row of page links offers: numbers one after the other on one row."""
    links = {(t.page, t.box): t.text.strip() for t in evidence.memory.targets} | {
        (n.page, n.box): n.text.strip() for n in evidence.lines
    }
    numbers = [
        (int(text), page, box) for (page, box), text in links.items() if re.fullmatch(r"\d{1,4}", text)
    ]
    rows: list[tuple[float, int, Answer]] = []
    for first, page, box in numbers:
        chain = [first]
        last = box
        while step := next(
            (b for n, p, b in numbers if n == chain[-1] + 1 and p == page and _follows(last, b)), None
        ):
            chain.append(chain[-1] + 1)
            last = step
        if len(chain) > 1 and first == 1:
            outside = not evidence.in_scope(box, page)
            far = below(evidence.scope[0], box) if evidence.scope else 0.0
            rows.append((outside * 1e6 + far, -len(chain), Answer(str(chain[-1]), confidence=0.8)))
    if not rows:
        return cannot("No row of page links was read.")
    return min(rows, key=lambda r: r[:2])[2]


def _follows(a: Box, b: Box) -> bool:
    """Whether b stands on a's row, a few letters to its right."""
    return rows_share(a, b) >= 0.5 and 0 < b.center[0] - a.center[0] <= 8 * max(a.height, b.height)


_PAGE_NUMBER = re.compile(
    r"\b(?:page|p\.|pg\.?|seite|página|sheet)\s*(?P<n>\d+|[ivxlc]+\b)(?:\s*(?:of|/|von|de|\|)\s*(?P<of>\d+))?",
    re.I,
)
_BARE_PAGE = re.compile(r"[-–—\s(]*(?P<n>\d{1,5}|[ivxlc]+)(?:\s*(?:of|/)\s*(?P<of>\d+))?[-–—\s)]*", re.I)


def _presence_of(evidence: Evidence, mention: Mention) -> Answer:
    found = evidence.places(mention)
    if not found and evidence.regions is not None and anchors(evidence.memory, mention, evidence.lines):
        region = region_of(evidence.question)
        if not evidence.regions:
            return cannot(f'"{mention.core}" was found, but no {region} was seen.')
        return Answer("no", confidence=0.7, reason=f'"{mention.core}" was found, but not in the {region}.')
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
    unseeable = mention.is_seen or (NOT_TEXT.search(mention.core) is not None and not mention.quoted)
    if gone is None or (gone.text_only and unseeable):
        return missing(evidence.memory, mention, evidence.question)
    if often_missed(gone.phrase):
        return cannot(
            f'"{mention.core}" was not found, but icons that are on no list of names are often missed: {looked(gone)}.'
        )
    if gone.seen < 0.5:
        return cannot(
            f'"{mention.core}" was not found, but too little was seen to say that it is not there: {looked(gone)}.'
        )
    sure = product(gone.seen, 0.95 if gone.complete else 0.7, 1 - 0.15 * gone.best_score)
    reason = f'"{mention.core}" was not found: {looked(gone)}.'
    if not mention.is_text and gone.text_only:
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
    mention, memory, question = evidence.mentions[0], evidence.memory, evidence.question
    everywhere = anchors(memory, mention, evidence.lines)
    phrases = {a.target.phrase for a in everywhere}
    facts = [
        f for f in memory.facts if f.kind == "count" and same(str(f.value.get("phrase", "")), mention.key)
    ]
    fact = next((f for f in facts if f.value.get("phrase") in phrases), next(iter(facts), None))
    number = fact.value.get("count") if fact else None
    if not everywhere and not (isinstance(number, int) and number > 0 and not mention.is_seen):
        none = _presence_of(evidence, mention)
        return replace(none, text="0") if none.text == "no" else none
    if evidence.regions == ():
        return cannot(f"No {region_of(question)} was seen, so that what stands in it cannot be counted.")
    if labelled := _number_of_label(evidence, mention):
        return labelled
    meant = [a for a in everywhere if _is_meant(a, question)]
    inside = [a for a in meant if evidence.in_scope(a.box, a.target.page)]
    found = inside if inside or evidence.regions else meant
    whole = len(found) == len(everywhere)
    words = sum(same(t.phrase, mention.key) and not is_sighting(t) for t in memory.targets) * mention.is_seen
    counted = number - words if whole and isinstance(number, int) else len(found)
    complete = bool(fact.value.get("complete", True)) if fact else absent(memory, mention) is None
    mean = sum(a.target.score for a in found) / len(found) if found else 0.8
    unsure = 1.0 if complete and (inside or evidence.scope is None) else 0.5
    reason = "" if complete else "Not everything was seen: there may be more."
    cites = cites_of(memory, *found) or tuple(
        c for c in (fact.evidence if fact else ()) if c in {k.id for k in memory.crops}
    )
    return Answer(str(counted), confidence=product(mean, unsure), cites=cites, reason=reason)


def _is_meant(anchor: Anchor, question: Question) -> bool:
    """Whether an instance counts: not what is excluded; where a beginning is asked for, only beginnings."""
    if question.asked == "prefix":
        word = re.search(rf"(?:^|\s){re.escape(anchor.mention.core)}", anchor.text)
        return word is not None and word.start() == 0
    return question.without is None or find_span(question.without.core, anchor.text) is None


def _number_of_label(evidence: Evidence, mention: Mention) -> Answer | None:
    """ "How many New Users?" of a page with one label "New Users" asks for the number beside it."""
    places = evidence.places(mention)
    if len(places) != 1 or not labels_a_number(evidence.question):
        return None
    if mention.as_icon and is_sighting(places[0].target):
        return None
    readings = value_of(places[0], evidence.lines, "", numeric=True)
    if not readings or as_number(readings[0].text) is None:
        return None
    best, label = readings[0], places[0]
    reason = f'"{mention.core}" is there once, as a label; this is its number.'
    sure = product(label.target.score, best.confidence, 0.8)
    return Answer(best.text, confidence=sure, cites=cites_of(evidence.memory, label), reason=reason)
