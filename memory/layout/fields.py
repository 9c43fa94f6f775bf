"""Fields of a paper form: what is to be signed or filled in, its label, and whether something stands there.

- A field is a rule, a leader of dots, or a frame with a label beside it, below it, above it or inside; for a signature
  its label alone is enough. Labels stand on the side on which most of the page do.
- It is filled in where text was read on it, or ink was left that is no print. It is signed by ink alone: a typed name
  is no signature, so that whether it is signed is then not known.
- Little or faint ink tells neither.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import PIL.Image

from ..geometry import Box
from ..typed import typed
from ..working import TextLine
from .model import FormField
from .rules import Rule
from .sheet import Ink, Sheet, sheet_of

__all__ = ["SIGNATURE", "fields_in"]

SIGNATURE = re.compile(
    r"\b(?:signatures?|signed|sign(?= (?:here|below)\b)|signatory|signatur|unterschrift(?:en)?|unterzeichnet|firma|"
    r"firmado|sign[ée]e?|handtekening|assinatura|underskrift|namnteckning|allekirjoitus|podpis|imza)\b",
    re.I,
)
"""Words of a label that asks for a signature, in the languages of forms."""
_COMPANY = re.compile(
    r"\b(?:unterschrift|straße|strasse|datum|und|der|die|ort|plz|vorname|anschrift|gmbh)\b", re.I
)
"""German words beside which "Firma" is a company."""
_ROLE = re.compile(
    r"\b(?:mother|father|parents?|guardian|tenant|landlord|landlady|lessee|lessor|owner|hirer|customer|client|buyer|"
    r"seller|purchaser|vendor|employee|employer|witness|director|manager|supervisor|doctor|physician|patient|applicant|"
    r"borrower|lender|contractor|student|teacher|principal|president|secretary|treasurer|chair\w*|notary|agent|producer|"
    r"authori[sz]ed|on behalf of|mieter|vermieter|käufer|verkäufer|mutter|vater|auftraggeber|auftragnehmer|for and)\b",
    re.I,
)
"""Who signs: a line over such words is for a signature."""
_FILLER = re.compile(r"[_.…·‧\-–—]{3,}|…+|_+|(?:[._] ){3,}")
"""What OCR makes of rules and leaders."""
_MOST = 50
"""Characters of a label at most."""
_BESIDE, _BELOW, _ABOVE = 3.0, 1.4, 4.5
"""Distance of a label from its rule at most, in heights of a line."""
_ROOM = 3.2
"""Height of a signature over its line, in heights of a line; a filled in field has half of that."""
_SIGNED, _WRITTEN = (1.0, 3.5), (0.5, 0.9)
"""Length of strokes, in heights of a line, below which there is none, and from which there is a signature; the same for
what is filled in. Between them it is not known."""
_BARE = 2.5
"""Length of faint ink from which a field is not said to be empty."""
_FLAT = 0.6
"""Height of a signature at least, in heights of a line."""
_WIDE = 0.75
"""Share of the width of all text from which a rule parts a page rather than being for a field."""
_PRINTED = 0.8
"""Confidence from which what was read is print rather than handwriting."""


@dataclass(frozen=True, slots=True)
class _Text:
    """Words on the sheet. box: pixels of the sheet."""

    text: str
    box: Box
    line: TextLine

    @property
    def end(self) -> float:
        return self.box.x + self.box.width

    @property
    def foot(self) -> float:
        return self.box.y + self.box.height


@dataclass(frozen=True, slots=True)
class _Found:
    """A label of a rule, and the side of the rule on which it stands. cost: how far away, heights of a line."""

    label: _Text
    rule: Rule
    side: str
    cost: float


def fields_in(
    picture: PIL.Image.Image, size_wh: tuple[int, int], lines: Sequence[TextLine]
) -> tuple[FormField, ...]:
    """The fields of a page, reading order.

    picture: the page or a copy scaled down, RGB. size_wh: the page's own size in pixels, in which lines and fields are
    measured. lines: what was read on the page. Raises SettingError for a size that the picture is no copy of.
    """
    heights = [n.box.height for n in lines]
    usual = median(heights) if heights else 0.0
    printed = [n for n in lines if _is_printed(n, usual)]
    sheet = sheet_of(picture, size_wh, lines, [n for n in printed if not _FILLER.search(n.text)])
    if sheet is None:
        return ()
    firm = not any(_COMPANY.search(n.text) for n in lines)
    texts = [t for n in printed for t in _parted(n, sheet)]
    found = _bound(sheet, texts, firm)
    held = {id(f.label) for f in found}
    told = [_field(sheet, f, texts, held, firm) for f in found]
    alone = [t for t in texts if id(t) not in held and _signs(t.text, firm) and _is_alone(t.text)]
    told += [_unruled(sheet, t, texts, told) for t in alone]
    return tuple(sorted(told, key=lambda f: (round(f.box.center[1] / max(1.0, usual)), f.box.x)))


def _is_printed(line: TextLine, usual: float) -> bool:
    return (
        line.confidence >= _PRINTED
        and re.search(r"\w", line.text) is not None
        and (line.box.height < 2.5 * usual or re.search(r"\w{3}", line.text) is not None)
    )


def _signs(text: str, firm: bool) -> bool:
    found = SIGNATURE.search(text)
    return found is not None and (firm or found[0].casefold() != "firma") and not text.rstrip().endswith(".")


def _is_alone(text: str) -> bool:
    """Whether words are a label even without a rule: few, with nothing behind them that is entered."""
    return len(text.split()) <= 5 and re.fullmatch(r"[^\d:]+:?\W*", text) is not None


def _is_label(text: str) -> bool:
    return (
        len(text) <= _MOST
        and re.search(r"[^\W\d_]{2}", text) is not None
        and not re.search(r"[,;]\s*$|\w{5,}\.\s*$", text)
        and typed(text.rstrip(" :")).kind == "text"
    )


def _parted(line: TextLine, sheet: Sheet) -> list[_Text]:
    """The words of a line before, between and behind the rules that it was read over."""
    box = sheet.upright(line.box)
    whole = [_Text(line.text.strip(), box, line)]
    over = sorted(
        (
            r.box
            for r in sheet.rules
            if r.kind != "box"
            and r.box.x < box.x + box.width - sheet.height
            and r.box.x + r.box.width > box.x + sheet.height
            and -0.5 * sheet.height < r.box.center[1] - box.y < box.height + 0.5 * sheet.height
        ),
        key=lambda b: b.x,
    )
    entered = re.fullmatch(r"([^:]+:)\s*(\S[^:]*)", line.text)
    if over and _FILLER.search(line.text):
        parts = [p.strip() for p in _FILLER.split(line.text)]
    elif len(over) == 1 and entered and over[0].x > box.x + sheet.height:
        x = over[0].x  # the label, and behind it what was entered on its rule
        over, parts = [Box(x, box.y, 0.0, box.height)], [entered[1], entered[2]]
    else:
        return whole
    spans, left = [], box.x
    for rule in over:
        spans.append((left, rule.x))
        left = rule.x + rule.width
    spans.append((left, box.x + box.width))
    if spans[0][1] - spans[0][0] < 0.5 * sheet.height:
        spans = spans[1:] if parts[0] else spans
    return [
        _Text(part, Box(x0, box.y, max(1.0, x1 - x0), box.height), line)
        for part, (x0, x1) in zip(parts, spans, strict=False)
        if re.search(r"\w", part)
    ]


def _bound(sheet: Sheet, texts: Sequence[_Text], firm: bool) -> list[_Found]:
    """Rules with their labels, each label and each rule once."""
    h = sheet.height
    every_box = [*(t.box for t in texts), *(r.box for r in sheet.rules)]
    x0, x1 = min((b.x for b in every_box), default=0.0), max((b.x + b.width for b in every_box), default=1.0)
    every: list[_Found] = []
    for rule in sheet.rules:
        on = [t for t in texts if _stands_on(t, rule.box, h)]
        if (
            rule.kind != "box"
            and len(on) > 1
            and on[-1].box.x - on[0].end > 2 * h
            and rule.box.width > 0.4 * (x1 - x0)
        ):
            continue  # a row of a table
        for text in texts:
            if not (_is_label(text.text) or _signs(text.text, firm)):
                continue
            near = _framed(rule.box, text, texts, h) if rule.kind == "box" else _beside(rule.box, text, h)
            if near is None:
                continue
            side, cost = near
            parting = rule.box.width > _WIDE * (x1 - x0) and not _signs(text.text, firm)
            if side in ("below", "above") and rule.kind != "box" and parting:
                continue
            if side in ("left", "on") and any(_between(text, rule.box, t, h) for t in texts):
                continue
            every.append(_Found(text, rule, side, cost))
    below, above = (
        {id(f.rule) for f in every if f.side == side and f.rule.kind != "box"} for side in ("below", "above")
    )
    gaps = [f.cost for f in every if f.side == "below" and f.rule.kind != "box"]
    under = len(below) > len(above) or (len(below) == len(above) and bool(gaps) and median(gaps) < 0.7)
    order = {"inside": 0, "left": 1, "on": 2, "below": 3 if under else 4, "above": 4 if under else 3}
    taken: list[_Found] = []
    for one in sorted(every, key=lambda f: (order[f.side], f.cost)):
        if not any(one.label is f.label or one.rule is f.rule for f in taken):
            taken.append(one)
    return taken


def _stands_on(text: _Text, rule: Box, h: float) -> bool:
    return -0.8 * h < rule.y - text.foot < 0.6 * h and text.box.x < rule.x + rule.width and text.end > rule.x


def _beside(rule: Box, text: _Text, h: float) -> tuple[str, float] | None:
    """The side of a rule on which a text stands as its label, and how far away."""
    y, end = rule.center[1], rule.x + rule.width
    level = -0.6 * h < y - text.foot < 0.7 * h or (text.box.y < y < text.foot)
    before = rule.x - text.end
    if level and -0.6 * h < before < _BESIDE * h:
        return "left", max(0.0, before / h)
    if level and abs(text.box.x - rule.x) < h and text.end < rule.x + 0.6 * rule.width:
        named = text.text.rstrip().endswith(":") or SIGNATURE.search(text.text)
        return ("on", 0.0) if named else None
    shared = min(end, text.end) - max(rule.x, text.box.x)
    if shared < 0.6 * min(rule.width, text.box.width):
        return None
    under, over = (text.box.y - y) / h, (y - text.foot) / h
    if -0.3 < under < _BELOW:
        return "below", max(0.0, under)
    if 0.8 < over < _ABOVE and abs(text.box.x - rule.x) < 2.5 * h:
        return "above", over
    return None


def _framed(box: Box, text: _Text, texts: Sequence[_Text], h: float) -> tuple[str, float] | None:
    """The same for a frame: its label stands inside at the top, left of it, or close over it."""
    end, foot = box.x + box.width, box.y + box.height
    if box.coverage(text.box) > 0.7:
        first = all(t is text or t.box.y >= text.box.y - 0.3 * h for t in texts if box.coverage(t.box) > 0.7)
        room = text.box.center[1] < box.y + 0.45 * box.height and foot - text.foot > 0.7 * text.box.height
        ahead = text.box.x - box.x < 0.3 * box.width
        named = text.text.rstrip().endswith(":") and end - text.end > 3 * h
        return ("inside", 0.0) if first and ahead and (room or named) else None
    before = box.x - text.end
    if -0.3 * h < before < _BESIDE * h and box.y - 0.3 * h < text.box.center[1] < foot + 0.3 * h:
        return "left", max(0.0, before / h)
    over, under = (box.y - text.foot) / h, (text.box.y - foot) / h
    shared = min(end, text.end) - max(box.x, text.box.x)
    if shared < 0.6 * min(box.width, text.box.width):
        return None
    if -0.3 < over < 1.0 and abs(text.box.x - box.x) < 2 * h:
        return "above", max(0.0, over)
    return ("below", max(0.0, under)) if -0.3 < under < 0.8 and SIGNATURE.search(text.text) else None


def _between(label: _Text, rule: Box, other: _Text, h: float) -> bool:
    """Whether another text stands between a label and the rule behind it."""
    return (
        other is not label
        and abs(other.box.center[1] - label.box.center[1]) < 0.6 * h
        and label.end - 0.3 * h < other.box.x
        and other.end < rule.x + 0.3 * h
    )


def _field(sheet: Sheet, found: _Found, texts: Sequence[_Text], held: set[int], firm: bool) -> FormField:
    """A field with what stands on it."""
    h, rule, label = sheet.height, found.rule.box, found.label
    named = _signs(label.text, firm)
    kind = "signature" if named or (found.side == "below" and _ROLE.search(label.text)) else "field"
    zone = _zone(found, texts, kind, h)
    there = [
        t
        for t in texts
        if t is not label
        and id(t) not in held
        and zone.coverage(t.box) > 0.5
        and (found.rule.kind == "box" or t.foot > rule.y - 1.2 * h)
    ]
    return _told(sheet, kind, found.rule.kind, label, zone, rule, there, texts)


def _zone(found: _Found, texts: Sequence[_Text], kind: str, h: float) -> Box:
    """Where on the sheet the entry of a field stands."""
    rule, label = found.rule.box, found.label
    x0, y0, x1, y1 = rule.xyxy
    if found.rule.kind == "box":
        edge = 0.12 * h
        return Box.from_xyxy(x0 + edge, y0 + edge, x1 - edge, y1 - edge)
    y = rule.center[1]
    x0 = label.end + 0.2 * h if found.side == "on" else x0 - 0.3 * h
    top = y - (_ROOM if kind == "signature" else 1.7) * h
    for text in texts:
        shared = min(text.end, x1) - max(text.box.x, x0)
        if text.foot < y - 0.9 * h and shared > 0.3 * min(text.box.width, x1 - x0):
            top = max(top, text.foot - 0.2 * h)
    low = y + (0.7 if kind == "signature" else 0.35) * h
    return Box.from_xyxy(x0, min(top, y - 0.9 * h), x1 + 0.3 * h, low)


def _told(
    sheet: Sheet,
    kind: str,
    shape: str,
    label: _Text,
    zone: Box,
    place: Box,
    there: Sequence[_Text],
    texts: Sequence[_Text],
) -> FormField:
    ink = sheet.ink(zone)
    text = " ".join(t.text for t in sorted(there, key=lambda t: (round(t.box.y / sheet.height), t.box.x)))
    on = _signed(ink, text, sheet.height) if kind == "signature" else _filled(ink, text)
    around = ink.box if ink.length >= _WRITTEN[0] else None
    for t in there if kind == "field" else ():
        around = t.box if around is None else around.union(t.box)
    return FormField.model_validate(
        {
            "kind": kind,
            "shape": shape,
            "label": re.sub(r"[\s:_.…]+$", "", label.text),
            "label_box": label.line.box,
            "party": _party(label, zone, texts, sheet.height) if kind == "signature" else "",
            "box": sheet.on_page(place),
            "on": on,
            "entry_box": sheet.on_page(around) if around is not None else None,
            "text": text,
        }
    )


def _signed(ink: Ink, text: str, h: float) -> bool | None:
    if ink.length >= _SIGNED[1] and ink.box is not None:
        return True if ink.box.height > _FLAT * h else None  # flat ink is a line that was not known for one
    if ink.length < _SIGNED[0] and ink.faint < _BARE and not ink.stamped and not text:
        return False
    return None


def _filled(ink: Ink, text: str) -> bool | None:
    if re.search(r"\w", text) or ink.length >= _WRITTEN[1]:
        return True
    return False if ink.length < _WRITTEN[0] and ink.faint < _BARE and not ink.stamped else None


def _party(label: _Text, zone: Box, texts: Sequence[_Text], h: float) -> str:
    """What says who signs: short texts right below the label, or over the place of a signature."""
    near = []
    for t in texts:
        shared = min(t.end, label.end, zone.x + zone.width) - max(t.box.x, min(label.box.x, zone.x))
        if (
            t is label
            or len(t.text) > _MOST
            or shared < 0.5 * min(t.box.width, max(label.box.width, zone.width))
        ):
            continue
        under, over = (t.box.y - max(label.foot, zone.y + zone.height)) / h, (zone.y - t.foot) / h
        if (-1.2 < under < 1.3 and t.box.y > label.box.y + 0.5 * h) or -0.8 < over < 1.5:
            near.append(t)
    return " / ".join(t.text for t in sorted(near, key=lambda t: t.box.y))


def _unruled(sheet: Sheet, label: _Text, texts: Sequence[_Text], others: Sequence[FormField]) -> FormField:
    """A label for a signature that has no line: the ink right of it, over it or below it."""
    h, box = sheet.height, label.box
    row = [t.box.x for t in texts if abs(t.box.center[1] - box.center[1]) < 0.6 * h and t.box.x > label.end]
    end = min([*row, label.end + 14 * h]) - 0.2 * h
    zones = (
        Box.from_xyxy(label.end + 0.2 * h, box.y - 1.2 * h, max(label.end + h, end), label.foot + 0.8 * h),
        Box.from_xyxy(box.x - h, box.y - _ROOM * h, box.x + max(box.width, 6 * h), box.y),
        Box.from_xyxy(box.x - h, label.foot, box.x + max(box.width, 6 * h), label.foot + _ROOM * h),
    )
    told = [_told(sheet, "signature", "space", label, z, z, (), texts) for z in zones]
    told = [
        t.model_copy(update={"on": None, "entry_box": None})
        if t.entry_box and any(o.box.intersection(t.entry_box).area > 0 for o in others)
        else t
        for t in told
    ]
    signed = next((t for t in told if t.on), None)
    if signed is not None:
        return signed
    clear = all(t.on is False for t in told) and label.text.rstrip().endswith(":")
    return told[0].model_copy(update={"on": False if clear else None, "score": 0.8})
