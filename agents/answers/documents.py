"""What is asked of a document as a whole: its total, its date, who it is from; told from what the layout measures.

"What is the total?", "When was this bought?", "Which shop is it from?" name nothing that stands on the page. Where a
question names a thing of its own ("the total of Widget"), it is none of these.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..reader.query import Query
from .plan import EVERYTHING
from .scene import Place, Scene
from .values import Reading
from .verdict import Verdict, refused, said

__all__ = ["asked_of_all", "of_document"]

_FILLER = frozenset(
    """
    what whats which when where who whose how s is was were are be been am do does did has have had can could would will
    you me tell give please read say so and or the this that it its a an on of in for from at to by with i we they he
    she my our your their his her here there
    receipt receipts invoice bill slip document purchase order transaction shopping ticket sale page scan paper
    letter thing things stuff goods items products meal visit trip shown written printed
    """.split()  # noqa: SIM905
)
"""Words that a question about a document as a whole may have beside those that say what is asked."""


@dataclass(frozen=True)
class _Asked:
    """name: what is asked, if one word of each of `needs` is there, and all others are filler or `also`."""

    name: str
    needs: tuple[str, ...]
    also: str = ""


_PAY = "pay paid payable due spend spent cost costs come comes came charged need needs altogether all everything "
_PAY += "money customer"
_BUY = "buy bought purchased issued sold made dated happen happened place take took shop paid visited eat ate customer"
_SHOP = "shop store company restaurant merchant business vendor seller supplier supermarket retailer firm "
_SHOP += "outlet cafe issuer"
_ASKED = (
    _Asked("subtotal", ("subtotal",), "sub total amount"),
    _Asked("total", ("total totals sum",), f"how much grand final overall full amount price value {_PAY}"),
    _Asked("total", ("how", "much", "pay paid spend spent cost come altogether"), _PAY),
    _Asked("total", ("amount", "payable due pay paid"), _PAY),
    _Asked("date", ("date",), f"issue issuing {_BUY} day"),
    _Asked("date", ("when day", f"purchase receipt printed written from {_BUY}"), f"{_BUY} day"),
    _Asked("company", (_SHOP,), f"name called issued sold made bought buy purchased come comes came {_SHOP}"),
    _Asked("company", ("who", "issued sold printed"), "made"),
    _Asked("company", ("where", "bought purchased buy shop"), "made"),
)


_LABELLED = re.compile(r"\b(?:invoice|order|document|letter|transaction) (?:date|total)\b", re.I)
"""What usually stands on a document word for word."""


_OTHER = re.compile(
    r"^\W*(?:is|are|was|were|does|do|did|has|have|can|list|where(?:'s| is) the)\b|\d|[\"“”]", re.I
)
"""Of a question that asks whether, or where, or for something of its own."""


_DUE = re.compile(
    r"\bwhen\b.*\b(?:(?:have|has|need|needs|must|should)\b.*\bpa(?:y|id)|due)\b|\bby when\b", re.I
)
"""Asks until when something is to be done, which is not the date of the document."""


def asked_of_all(question: str) -> str:
    """ "total", "subtotal", "date" or "company" where that is asked of the document as a whole; else "".

    >>> asked_of_all("What is the total?"), asked_of_all("When was this bought?")
    ('total', 'date')
    >>> asked_of_all("What is the total of Widget?"), asked_of_all("What is the due date?")
    ('', '')
    """
    if _LABELLED.search(question) or _OTHER.search(question) or _DUE.search(question):
        return ""
    words = set(re.findall(r"[^\W\d]+", re.sub(r"\bsub[- ]total", "subtotal", question.casefold())))
    for asked in _ASKED:
        known = set(" ".join((*asked.needs, asked.also)).split())
        if words - _FILLER <= known and all(words & set(need.split()) for need in asked.needs):
            return asked.name
    return ""


def of_document(scene: Scene, query: Query) -> Verdict | None:
    """The value that is asked of the document; None where nothing of that kind is asked, or was measured."""
    name = asked_of_all(query.question)
    if not name:
        return None
    if not scene.whole:
        return refused("The page has to be read.", EVERYTHING)
    found = []
    for page in sorted({p.page for p in scene.lines}):
        entity = scene.layout(page).entity(name)
        if entity is not None:
            place = Place(
                entity.box, page, entity.text, entity.score, entity.text, entity.box, (0, len(entity.text))
            )
            found.append(Reading(entity.text, place, entity.score, f"the {name} of the document"))
    best = max(found, key=lambda r: (r.score, -r.place.page), default=None)
    if best is not None and best.score >= SURE:
        return said([best], "")
    kin = ("subtotal", "tax") if name == "total" else ()
    if any(scene.layout(p).entity(k) for p in {line.page for line in scene.lines} for k in kin):
        return refused(f"Which amount is the {name} is not clear.")
    return None


SURE = 0.65
"""Score from which what a document as a whole has is told."""
