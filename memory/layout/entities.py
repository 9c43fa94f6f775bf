"""What documents of a kind have: a total, a date, a sender; each a value of its type, cut out of its line.

- A total is an amount in the row of a name that says so; sub-totals, taxes, roundings, cash and change are none. Where
  several rows claim it, the one that is said to be final, or that cash less change confirms, is meant.
- A date is a day with its year. The one that stands beside "date" is meant before others; a due date is another thing.
- Who it is from stands at the top: a name with the form of a company (Ltd, GmbH, Sdn Bhd), else the first line of
  words, larger ones first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ..geometry import Box
from ..typed import Typed, values_in
from .bits import Bit, Row, part_of
from .model import Entity

__all__ = ["entities_in"]

_ROUNDED = 0.06
"""By how much a total and what is paid for it may differ where small coins are not in use."""
_FINAL = re.compile(
    r"grand total|total (?:amount )?(?:due|payable|to pay)|amount (?:due|payable|to pay)|balance due|"
    r"total (?:after |\(?)?round\w*|round\w* ?d? total|(?:net|nett) (?:total|amount|payable|amt)|please pay|"
    r"total \(?(?:amount )?(?:incl?\w*|with)\b|gesamtbetrag|rechnungsbetrag|zu zahlen|invoice total|total a pagar|"
    r"total (?:sales|amount|amt|price)? ?\(?(?:incl\w*|with)[ .]*(?:of )?(?:gst|vat|tax|sst)|total ttc|factuur ?totaal|"
    r"net to pay|to be paid|total rm incl",
    re.I,
)
_SOME = re.compile(
    r"\bt[o0]ta[l1i]s?\b|\bttl\b|\btl\b|\bsumme\b|\bgesamt\b|\btotaal\b|\bgross amount\b|\bamount paid\b",
    re.I,
)
_SUB = re.compile(
    r"\bsub[- .]*t[o0]ta[l1]|zwischensumme|total (?:before|excl\w*|without|ex\b)|\bnet(?:to)?\b"
    r"(?! ?(?:total|amount|payable|to))|exclud\w*|before",
    re.I,
)
_NONE = re.compile(
    r"\b(?:qty|quantity|items?|pcs|disc\w*|savings?|saved|change|cash|tendered?|tender|paid|"
    r"round\w* ?(?:adj\w*|diff\w*)|rounding|points?|"
    r"deposit|service charge|excl\w*|no\.? of)\b|\brounding\b",
    re.I,
)
_TAX = re.compile(r"\b(?:gst|vat|tax|sst|mwst|ust|btw|tva|iva)\b", re.I)
_CASH = re.compile(
    r"\b(?:cash|credit|debit|tender\w*|paid|bargeld|payment|visa|master(?:card)?|amount tendered)\b", re.I
)
_CHANGE = re.compile(r"\bchange\b|\brückgeld\b", re.I)
_DUE = re.compile(
    r"\bdue\b|\bpay(?:able|ment)? by\b|\bfällig|\bzahlbar bis|\bverval|\bexpir|\bvalid\b|\bdeliver|\bbirth",
    re.I,
)
_DATED = re.compile(r"\bdat(?:e|um|a)?\b|\bissued\b|\bdated\b|\btarikh\b", re.I)
_TRADE = re.compile(
    r"\b(?:enterprise|trading|restaurant|restoran|\w*mart|(?:super|hyper|mini ?)?market|hardware|bakery|caf[eé]|"
    r"pharmacy|farmasi|"
    r"kedai|hotel|stores?|book ?stores?|shop|stationery|electrical|perniagaan|syarikat|company|bistro|kitchen|pizza|"
    r"cash & carry|house|services?|supply|pasar|salon|clinic|klinik|boutique|florist|motor|auto)\b",
    re.I,
)
_ADDRESS = re.compile(
    r"\b(?:co\.?|company|roc|gst|reg|vat)\W*(?:reg|no|id)|\b(?:jalan|jln|lot|street|road|avenue|lane|no\.?)\b|\b\d{4,5}\b|"
    r"\btel\b|\bphone\b|\d{5,}-?[A-Z]\b|str(?:aße|\.)",
    re.I,
)
_FORM = re.compile(
    r"\b(?:sdn\.?,?\s*b[hn]d|s/b|bhd|ltd|limited|llc|inc|gmbh|ag|kg|plc|pty|corp|corporation|b\.?v|sarl|srl|oy|ab)\b\.?",
    re.I,
)
_NO_NAME = re.compile(
    r"\W*(?:tax |cash |sales |simplified tax |official )?(?:invoice|receipt|bill|slip|sales?|posted|table|page \d+|"
    r"rechnung|facture|factuur|statement|"
    r"quotation|"
    r"order|welcome|thank you|copy|duplicate|original|reprint)\b.*|.*\b(?:tel|fax|phone|email|e-mail|www|"
    r"http|gst|reg|jalan|jln|lot|"
    r"street|road|no)\b[ .:].*|.*@.*|\W*\(?(?:co\.?|company|roc)\W*(?:reg|no).*",
    re.I,
)
_NUMBER = re.compile(
    r"\b(?:invoice|inv|bill|receipt|rcpt|document|doc|order|rechnungs?|factuur)"
    r"[ -]*(?:no|nr|number|num|#|id)\b\.?\s*[:#]?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A value in a row with the name before it. strength: how much the name says that it is what is looked for."""

    value: Typed
    number: float
    bit: Bit
    strength: float
    y: float


def entities_in(rows: Sequence[Row]) -> tuple[Entity, ...]:
    """What is found in the rows of a page, each with how sure it is."""
    found = [*_totals(rows), *_dates(rows), *_company(rows), *_specials(rows)]
    return tuple(sorted(found, key=lambda e: (e.name, -e.score)))


def _amounts(row: Row) -> list[tuple[Typed, float, Bit]]:
    found = []
    for bit in row:
        for value in values_in(_mended(bit.text)):
            number = value.number
            if (
                value.kind in ("money", "number", "size")
                and number is not None
                and re.search(r"\d", value.text)
            ):
                found.append((value, abs(number), part_of(bit, *value.span)))
    return found


def _mended(text: str) -> str:
    """Amounts as they are meant: "RM 9 .00" and "9. 00" are slips of reading. The length stays."""
    return re.sub(r"(?<=\d)([.,]) (?=\d\d\b)", r"\1", text) if re.search(r"\d[.,] \d\d\b", text) else text


def _is_money(value: Typed) -> bool:
    return value.kind == "money" or re.search(r"\d[.,]\d{2}\b", value.text) is not None


def _totals(rows: Sequence[Row]) -> list[Entity]:
    claims: dict[str, list[_Claim]] = {
        "total": [],
        "subtotal": [],
        "tax": [],
        "cash": [],
        "change": [],
        "": [],
    }
    for i, row in enumerate(rows):
        named = _named_amounts(row)
        if not named and i + 1 < len(rows) and len(row) <= 2:
            bare = re.sub(r"[\d.,\s$€£]|rm|usd|eur", "", " ".join(b.text for b in rows[i + 1]), flags=re.I)
            kind, _ = _claimed(" ".join(b.text for b in row))
            if kind in ("total", "subtotal") and len(bare) < 4:
                named = [(" ".join(b.text for b in row), a) for a in _amounts(rows[i + 1]) if _is_money(a[0])]
        for name, (value, number, bit) in named:
            kind, strength = _claimed(re.sub(r"[\d.,]+", " ", name))
            claims[kind].append(_Claim(value, number, bit, strength, bit.yc))
    cash, change = claims["cash"], claims["change"]
    paid = {round(c.number - d.number, 2) for c in cash for d in change if c.number >= d.number}
    paid |= {round(c.number, 2) for c in cash} if not change else set()
    found = [_the_total(claims, paid)]
    for name in ("subtotal", "tax"):
        there = {c.number for c in claims[name]}
        if there:
            best = claims[name][-1]
            found.append(_entity(name, best.value.text, best.bit, 0.9 if len(there) == 1 else 0.6))
    return [e for e in found if e is not None]


_Amount = tuple[Typed, float, Bit]


def _named_amounts(row: Row) -> list[tuple[str, _Amount]]:
    """The amounts of a row with the words before them; of several behind one name the last."""
    found: list[tuple[str, _Amount]] = []
    name, fresh = "", True
    for bit in row:
        amounts = [a for a in _amounts([bit]) if _is_money(a[0])]
        words = bit.text
        for value, _, _ in amounts:
            words = words.replace(value.text, " ")
        if re.search(r"[^\W\d]{2}", re.sub(r"\brm\b", "", words, flags=re.I)):
            name, fresh = (words, True) if not fresh else (f"{name} {words}", True)
        if amounts and name:
            if not fresh:
                found.pop()
            found.append((name, amounts[-1]))
            fresh = False
    return found


def _claimed(said: str) -> tuple[str, float]:
    """What a row of an amount claims that it is, and how strongly; "" for an ordinary one."""
    if _SUB.search(said):
        return "subtotal", 1.0
    if re.search(r"\bincluded\b", said, re.I) and _TAX.search(said):
        return "tax", 1.0
    if _CHANGE.search(said):
        return "change", 1.0
    final, some = _FINAL.search(said), _SOME.search(said)
    if (
        (final or some)
        and _NONE.search(said)
        and not re.search(r"round\w* ?d? total|total round|after round|total (?:amount )?paid", said, re.I)
    ):
        return ("", 0.0) if not _CASH.search(said) else ("cash", 1.0)
    if some and _TAX.search(said) and not re.search(r"incl|with|payable|inc\b", said, re.I):
        return "tax", 1.0
    if final:
        return "total", 3.0
    if some:
        return "total", 2.0
    if _CASH.search(said):
        return "cash", 1.0
    return (
        ("tax", 1.0) if _TAX.search(said) and not re.search(r"\bno\b|\bid\b|\breg", said, re.I) else ("", 0.0)
    )


def _the_total(claims: dict[str, list[_Claim]], paid: set[float]) -> Entity | None:
    said = [c for c in claims["total"] if c.number > 0]
    if not said:  # no row says so: the sum that was paid, if another row has it too
        others = [
            c for k in ("subtotal", "") for c in claims[k] if round(c.number, 2) in paid and c.number > 0
        ]
        return _entity("total", others[-1].value.text, others[-1].bit, 0.75) if others else None
    counts = Counter(round(c.number, 2) for c in said)
    scored: dict[float, float] = {}
    for c in said:
        n = round(c.number, 2)
        scored[n] = max(scored.get(n, 0.0), c.strength + 1.6 * (n in paid)) + 0.05
    best = max(scored, key=lambda n: (scored[n] + 0.4 * counts[n], n))
    mine = [c for c in said if round(c.number, 2) == best]
    rounded = [c for k in ("cash", "") for c in claims[k] if 0 < abs(round(c.number, 2) - best) <= _ROUNDED]
    rounded = [c for c in rounded if round(c.number, 2) in paid]
    if rounded and best not in paid and len(scored) == 1:
        return _entity("total", rounded[0].value.text, rounded[0].bit, 0.7)
    rivals = [n for n in scored if n != best and abs(n - best) > 0.001]
    lead = scored[best] - max((scored[n] for n in rivals), default=0.0)
    sure = 0.95 if not rivals else 0.9 if lead > 1 or best in paid else 0.75 if lead > 0.5 else 0.6
    if paid and best not in paid and max(paid) > 2 * best:
        sure = 0.5  # what was paid is far more
    chosen = max(mine, key=lambda c: c.strength)
    return _entity("total", chosen.value.text, chosen.bit, sure * min(1.0, chosen.bit.score + 0.05))


def _dates(rows: Sequence[Row]) -> list[Entity]:
    found: list[tuple[float, float, Typed, Bit, str]] = []
    for i, row in enumerate(rows):
        for j, bit in enumerate(row):
            for value in values_in(bit.text):
                if value.kind != "date" or not re.search(r"\d.*\d", value.text):
                    continue
                if not any(isinstance(r, tuple) and r and r[0] is not None for r in value.readings):
                    continue  # a day without its year
                before = " ".join(b.text for b in row[:j]) + " " + bit.text[: value.span[0]]
                above = " ".join(b.text for b in rows[i - 1] if b.x0 < bit.x1 and b.x1 > bit.x0) if i else ""
                named = before if re.search(r"[^\W\d]{3}", before) else f"{before} {above}"
                due = _DUE.search(named) is not None
                strength = 2.0 if _DATED.search(named) and not due else 1.0
                strength += 0.5 if re.search(r"\d:\d\d", " ".join(b.text for b in row)) else 0.0
                found.append(
                    (strength, -bit.yc, value, part_of(bit, *value.span), "due date" if due else "date")
                )
    told = []
    for name in ("date", "due date"):
        mine = sorted((f for f in found if f[4] == name), key=lambda f: (-f[0], -f[1]))
        if not mine:
            continue
        best = mine[0]
        others = [f for f in mine if not f[2].is_same(best[2])]
        clear = not others or max(f[0] for f in others) < best[0] - 0.4
        told.append(_entity(name, best[2].text, best[3], (0.95 if not others else 0.85 if clear else 0.6)))
    return told


def _company(rows: Sequence[Row]) -> list[Entity]:
    """Of the lines above the first address, the one with the form of a company, a trade, or the largest."""
    bits = [b for r in rows for b in r]
    usual = median([b.height for b in bits]) if bits else 1.0
    named: list[Bit] = []
    told = False
    for bit in bits[:16]:
        is_name = _is_name(bit)
        told = bool(named) and not is_name and _ADDRESS.search(bit.text) is not None
        if told:
            break
        if is_name:
            named.append(bit)
        elif named and len(named) > 5:
            break
    formed = next((i for i, b in enumerate(named) if _FORM.search(b.text)), None)
    if formed is not None:
        return [_joined(named, formed)]
    if not named:
        return []
    trade = next((i for i, b in enumerate(named[:5]) if _TRADE.search(b.text)), None)
    if trade is not None:
        return [_joined(named, trade, 0.85 if told else 0.7)]
    large = max(named[:4], key=lambda b: b.height)
    if large.height > 1.35 * usual and large.height > 1.2 * named[0].height:
        return [_entity("company", large.text, large, 0.75 if told else 0.65)]
    return [_entity("company", _registered(named[0].text), named[0], 0.75 if told else 0.5)]


def _is_name(bit: Bit) -> bool:
    text = _registered(bit.text)
    return (
        re.search(r"[^\W\d]{3}", text) is not None
        and len(text) <= 60
        and _NO_NAME.fullmatch(text) is None
        and sum(c.isdigit() for c in text) < 4
        and not text.rstrip().endswith((",", ":"))
    )


def _is_rest(text: str) -> bool:
    """Whether the form of a company is all, or the end, of what a line says of its name."""
    name = _TRADE.sub(" ", re.sub(r"\([^)]*\)", " ", _FORM.sub(" ", text)))
    return (
        len(re.findall(r"[^\W\d]{2,}", name)) < 1
        or re.match(r"\s*(?:&|co\b|\(|and\b|[^(]{1,14}\))", text, re.I) is not None
    )


def _joined(named: Sequence[Bit], at: int, score: float = 0.93) -> Entity:
    bit = named[at]
    text, box = _registered(bit.text), bit.box
    if at and _is_rest(text) and bit.y0 - named[at - 1].y1 < 1.5 * bit.height:
        text, box = f"{named[at - 1].text} {text}", box.union(named[at - 1].box)
    return Entity(name="company", text=text.strip(" :"), box=box, score=score)


def _registered(text: str) -> str:
    """A name without the number that it is registered under."""
    bare = re.sub(
        r"\s*[(\[]?\s*(?:co\.?|company|reg\.?|roc)?\s*(?:reg\.?|no\.?)?\s*[:#.]?\s*\d[\d-]{4,}\s*-?\s*[A-Z]{0,2}\s*[)\]]?(?:\s*\([A-Z]{2,4}\))?\s*$",
        "",
        text,
        flags=re.I,
    )
    return re.sub(r"^(?:#\d+|own(?:ed)? by\s*:?)\s+", "", bare, flags=re.I) or text


def _specials(rows: Sequence[Row]) -> list[Entity]:
    found = []
    for row in rows:
        for bit in row:
            for value in values_in(bit.text):
                if value.kind in ("iban", "email", "phone", "url"):
                    found.append(_entity(value.kind, value.text, part_of(bit, *value.span), 0.9))
            if label := _NUMBER.search(bit.text):
                rest = bit.text[label.end() :].strip(" :#.")
                after = [b for b in row if b.x0 >= bit.x1]
                if re.search(r"\d", rest):
                    start = bit.text.index(rest)
                    found.append(
                        _entity("number", rest.split("  ")[0], part_of(bit, start, len(bit.text)), 0.9)
                    )
                elif not rest and after and re.search(r"\d", after[0].text):
                    found.append(_entity("number", after[0].text.strip(" :"), after[0], 0.85))
    return found


def _entity(name: str, text: str, bit: Bit, score: float) -> Entity:
    box = bit.box
    return Entity(
        name=name, text=text.strip(" :"), box=Box(*box.xywh), score=round(max(0.0, min(1.0, score)), 3)
    )
