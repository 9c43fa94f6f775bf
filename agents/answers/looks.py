"""Questions about how something looks: its colour, its state, what an icon shows. Measured in pixels, never guessed.

- Colours are those of the pixels of the place in the sharpest picture that the memory holds; names are distances in a
  perceptual space. The ground of a thing and what is drawn on it are told apart.
- Whether a widget is on is what the localizer saw; a text says it only where it is a state itself ("On", "Enabled").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...memory.colors import likeness_to_name, named_color
from ...memory.typed import plain
from ..nano.vocabulary import parse
from ..reader.query import Query, Wanted
from .colours import (
    OF_TEXT,
    UNSEEN,
    as_text_is,
    colour_fits,
    drawn_first,
    edge_of,
    has_ground,
    measured,
    of_chart,
    pixels,
)
from .lookup import value_of
from .plan import EVERYTHING, SWITCHED, looks_of, on_phrase
from .records import stems_of
from .resolve import resolve, widget_of
from .scene import Place, Scene, gaps, rows_share
from .shapes import colour_of_shape, of_headings
from .siblings import FADED, SELECTED, chosen_among, contrast, siblings
from .stated import NEGATIVE, OFF, ON, USABLE, options_of, written_state
from .values import Reading
from .verdict import Verdict, no, refused, said, yes

__all__ = ["colour", "icon", "judged", "state", "state_of"]


def colour(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Which colour something has, or whether it has one."""
    if (shape := colour_of_shape(scene, query, options) if scene.whole else None) is not None:
        return shape
    if not query.wanted:
        return refused("The question names nothing whose colour could be measured.")
    wanted = query.wanted[0]
    if _LETTERS.fullmatch(wanted.noun) and not wanted.name and wanted.beside is not None:
        wanted = wanted.beside
    if named_color(wanted.state):
        wanted = replace(wanted, state="")  # it is what is tested: "is the bell icon blue"
    found = resolve(scene, wanted)
    if not found and (heads := _HEADINGS.fullmatch(wanted.noun)) and not wanted.name:
        return of_headings(scene, options, heads[0])
    if not found:
        return refused(f'"{wanted.words}" was not found.', *(() if scene.whole else (EVERYTHING,)))
    if not found[0].kind and of_chart(query.question):
        return UNSEEN
    place, told = found[0], measured(scene, found[0])
    of_text = wanted.name or re.search(
        r"\b(?:text|words?|font|letter(?:s|ing)|written|writing|label)\b", query.question, re.I
    )
    if not place.kind and not place.is_whole and not of_text:
        return refused(f'"{place.text}" stands in a line of text; what it names was not seen.')
    said_so = rf"[\"“‘']{re.escape(place.text)}[\"”’']"  # the words themselves, in the user's own quotes
    in_quotes = re.search(said_so, scene.memory.question, re.I)
    if not (place.kind or in_quotes or OF_TEXT.search(query.question)) and as_text_is(told):
        return refused(f'"{place.text}" is written as text is; the colour of what it names was not seen.')
    if not told:
        return refused("No picture of the memory shows it.")
    words = f"{query.ask} {query.question}".casefold()
    looks = looks_of(wanted)
    if re.search(r"\b(?:border|outline|underline|frame)\b", words):
        edge = edge_of(scene, place, told)
        told, parts, sure = told | ({"edge": edge} if edge is not None else {}), ["edge"], 0.75
    elif re.search(r"\bbackground\b", words):
        parts, sure = ["around" if looks.kind == "icon" else "ground"], 0.9
    elif re.search(r"\b(?:text|font|letter(?:s|ing)|written|writing|label)\b", words):
        parts, sure = ["ink"], 0.85
    elif looks.kind == "icon":
        parts, sure = drawn_first(told), 0.8
    elif has_ground(told) or looks.kind in ("button", "badge"):
        parts, sure = ["ground"], 0.9
    else:
        parts, sure = ["ink"], 0.75
    seen = next((told[p] for p in parts if p in told), None)
    if seen is None:
        return refused("Its colour could not be told from what is around it.")
    why = "Measured: " + ", ".join(f"{part} {c.name} {c.hex}" for part, c in told.items())
    if options and not {plain(o) for o in options} <= {"yes", "no"}:
        like = sorted(((likeness_to_name(seen.hex, o), o) for o in options), reverse=True)
        if like[0][0] >= ALONE and sum(f for f, _ in like) == like[0][0]:
            like[0] = (max(0.9, like[0][0]), like[0][1])
        fits = [Reading(o, place, sure * place.score * f, why, (place,)) for f, o in like if f > 0]
        return said(fits, f"{why}; none of the options.")
    tested = next((s.text for s in query.spans if s.role in ("STATE", "VALUE") and named_color(s.text)), "")
    if tested and re.match(r"\W*(?:is|are|was|were|does|do|has)\b", query.question, re.I):
        return _yes_no(likeness_to_name(seen.hex, tested), sure * place.score, why, place)
    return said([Reading(seen.name, place, sure * place.score, why, (place,))], "")


ALONE = 0.25
"""How well a colour must be called by the only option that could be meant at all."""
_LETTERS = re.compile(r"(?:text|words?|font|letter(?:s|ing)|writing|ink)", re.I)
_HEADINGS = re.compile(r"(?:section |sub-?)?(?:heading|headline|header|title)s", re.I)


def _yes_no(fits: float, sure: float, why: str, place: Place) -> Verdict:
    if 0.35 < fits < 0.7:
        return refused(f"{why}: between two names of colours.")
    return (yes if fits >= 0.7 else no)(sure, why, place)


_IF = re.compile(r"\W*(?:if|unless|suppose)\b", re.I)


def state(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Whether something is on, checked, selected, of a colour; or which state it is in."""
    if not query.wanted:
        return refused("The question names nothing whose state could be seen.")
    if _IF.match(query.question):
        return refused("What would be so if something else were cannot be seen.")
    wanted = query.wanted[0]
    asked = (
        wanted.state or query.value or " ".join(s.text for s in query.spans if s.role in ("STATE", "VALUE"))
    )
    colour_words = asked or query.question
    if named_color(colour_words) and not re.search(
        r"\bon\b|\bselected\b|\bchecked\b|\bhighlight", colour_words
    ):
        found = resolve(scene, replace(wanted, state=""))
        if not found:
            return refused(f'"{wanted.words}" was not found.', *(() if scene.whole else (EVERYTHING,)))
        if not found[0].kind and of_chart(query.question):
            return UNSEEN
        kind = looks_of(wanted).kind
        fits = colour_fits(
            scene,
            found[0] if found[0].kind else replace(found[0], kind=kind if kind == "button" else ""),
            colour_words,
        )
        return _yes_no(fits, 0.85 * found[0].score, f"its colours against {colour_words}", found[0])
    if options and not any(ON.fullmatch(plain(o)) or OFF.fullmatch(plain(o)) for o in options):
        return value_of(scene, replace(query, ask=query.ask or "status"), frozenset(), options)
    pair = _EITHER.search(query.question)
    if pair is not None and not options:
        return state(scene, query, (pair[1], pair[2]))
    word = re.search(r"\b(?:status|state)\b", query.question, re.I)
    if word and not asked and any(p.is_whole for p in scene.named(word[0])):
        written = value_of(scene, replace(query, ask=query.ask or word[0]), frozenset(), options)
        if written.candidates:  # a column or label of that name says it, not a box that is near
            return written
    told = state_of(scene, wanted)
    if not asked and told is None:
        return value_of(scene, replace(query, ask=query.ask or "status"), frozenset(), options)
    if SELECTED.search(asked) and (told is None or looks_of(wanted).kind in ("", "tab", "menu item")):
        told = _among(scene, wanted) or told
    if (USABLE.search(asked) or FADED.search(asked)) and not (told and told[3].kind in SWITCHED):
        written = written_state(scene, wanted, asked, options)
        pressed = FADED.search(asked) or looks_of(wanted).kind == "button"
        if written.candidates or (options and not (pressed and {"yes", "no"} <= {plain(o) for o in options})):
            return written  # a thing that is "enabled" may be on rather than usable
        return _enabled(scene, query, wanted, asked)
    if told is None:
        return written_state(scene, wanted, asked, options)
    on, sure, why, place = told
    if options and len(options) == 2 and not {plain(o) for o in options} <= {"yes", "no"}:
        offs = [bool(NEGATIVE.search(o) or OFF.fullmatch(o.strip())) for o in options]
        if offs[0] != offs[1]:
            return said([Reading(options[offs.index(not on)], place, sure, why, (place,))], "")
    same = options_of(on, options)
    if len(same) == 1 == len(options_of(not on, options)):
        return said([Reading(same[0], place, sure, why, (place,))], "")
    either = re.search(
        r"\bon or off\b|\bchecked or unchecked\b|\benabled or disabled\b|\bor not\b", query.question, re.I
    )
    if not asked or (either and "not" not in either[0] and not re.match(r"\W*is .*\?", query.question)):
        kind = place.kind
        words = {"checkbox": ("checked", "unchecked"), "switch": ("on", "off")}.get(
            kind, ("selected", "not selected")
        )
        return said([Reading(words[not on], place, sure, why, (place,))], "")
    true = on != bool(NEGATIVE.search(asked))
    if either and "or off" in either[0] and not options:
        return said([Reading("on" if on else "off", place, sure, why, (place,))], "")
    return (yes if true else no)(sure, why, place)


def _among(scene: Scene, wanted: Wanted) -> tuple[bool, float, str, Place] | None:
    """Whether an entry is the one that stands out among its neighbours; None where none does."""
    labels = [p for t in looks_of(wanted).texts for p in scene.named(t) if p.is_whole]
    for label in labels[:3]:
        for group in siblings(scene, label):
            if (found := chosen_among(scene, group)) is not None:
                chosen, clear = found
                on = chosen.box.iou(label.box) > 0.4
                return (
                    on,
                    min(0.85, 0.6 + clear) * label.score,
                    f'Of {len(group)} in a row or column "{chosen.text}" looks different.',
                    label,
                )
    return None


def _enabled(scene: Scene, query: Query, wanted: Wanted, asked: str) -> Verdict:
    """Whether a thing can be used: by how strongly its label is drawn beside those of other things."""
    found = resolve(scene, replace(wanted, state=""))
    if not found:
        return refused(f'"{wanted.words}" was not found.', *(() if scene.whole else (EVERYTHING,)))
    words = [p for p in scene.inside(found[0].box, found[0].page) or [found[0]] if p.text]
    own = contrast(scene, words[0]) if words else None
    if own is None:
        return refused(f'"{wanted.words}" was found, but its state was not seen.')
    row = max(siblings(scene, words[0], columns=False), key=len, default=[])
    peers = row if len(row) > 2 else [p for p in scene.lines[:60] if p.page == found[0].page]
    apart = [p for p in peers if p.box.iou(words[0].box) < 0.4]
    others = [c for p in apart if (c := contrast(scene, p)) is not None]
    usual = float(np.median(others)) if len(others) > 4 or peers is row else 0.7
    share, why = own / usual, f"Its label is drawn with a contrast of {own:.2f}; usual here is {usual:.2f}."
    if 0.5 < share < 0.75:
        return refused(why)
    off = FADED.search(asked) is not None
    pressed = _DRAWN.search(f"{asked} {query.question}") is not None or "button" in (
        found[0].kind,
        looks_of(wanted).kind,
    )
    if share >= 0.75 and not pressed:
        return refused(f"{why} That it is drawn as others are does not say whether it is {asked}.")
    if share >= 0.75 and not (found[0].is_whole or found[0].kind):
        return refused(f'"{found[0].text}" stands in a line of text, which is nothing to press.')
    return (yes if (share <= 0.5) == off else no)(0.75 * found[0].score, why, found[0])


_DRAWN = re.compile(r"\b(?:gr[ae]yed|dimmed|faded|usable|(?:click|press|tapp?|push|hit)(?:able|ed)?)\b", re.I)
"""Said of how something that can be pressed is drawn."""
_EITHER = re.compile(r"\b(enabled|disabled|active|inactive|open|closed|online|offline) or (\w+)\b", re.I)


_LABEL = 8
"""Words of a label at most."""


def state_of(scene: Scene, wanted: Wanted) -> tuple[bool, float, str, Place] | None:
    """(on, how sure, why, where) of a widget by its label; None where no widget that has states belongs to it."""
    looks = looks_of(wanted)
    texts = looks.texts or ((wanted.noun,) if wanted.noun and not looks.kind else ())
    kinds = (
        (looks.kind,)
        if parse(looks.kind) is not None and looks.kind in (*SWITCHED, "tab", "menu item")
        else ()
    )
    labels = [p for t in texts for p in scene.named(t)] or [p for t in texts for p in _loosely(scene, t)]
    if looks.kind in (*SWITCHED, "tab", "menu item") and not texts and wanted.beside is not None:
        labels = resolve(scene, wanted.beside)
    elif wanted.relation == "for" and (whose := _named(scene, wanted)):
        labels = whose  # "the order for The Potting Shed": its record, not the word "order"
    elif wanted.beside is not None or wanted.place or wanted.order:
        labels = resolve(scene, replace(wanted, state="")) or labels
    if not labels:
        every = [p for k in kinds for p in scene.seen(k)]
        if len(every) == 1 and not texts:
            return judged(scene, every[0], every[0].kind, 1.0)
        return None
    best: tuple[float, tuple[bool, float, str, Place]] | None = None
    for label in labels[:4]:
        for kind in kinds or (*SWITCHED, "tab", "menu item"):
            on = scene.seen(on_phrase(kind))
            things = [*scene.seen(kind), *on]
            widget = widget_of(label, things, kind)
            if widget is not None:
                gap_x, gap_y = gaps(label.box, widget.box)
                cost = (gap_x + 2 * gap_y) / label.height + (0.5 if kind in ("tab", "menu item") else 0.0)
                told = judged(scene, replace(widget, kind=kind), kind, label.score)
                if best is None or cost < best[0]:
                    best = cost, told
            elif (
                kind in ("tab", "menu item")
                and (other := next((o for o in on if _in_line(label, o)), None))
                and kinds
            ):
                why = f"The {kind} that is selected is another one."
                told = False, 0.75 * label.score * other.score, why, replace(label, kind=kind)
                if best is None:
                    best = 50.0, told
    return None if best is None or (best[0] > 40 and not kinds) else best[1]


def _named(scene: Scene, wanted: Wanted) -> list[Place]:
    """Where the name stands of what something without a name is for; none where that is called by a common noun."""
    thing = wanted.beside
    if thing is None or wanted.name or looks_of(wanted).kind:
        return []
    name = thing.name or (thing.noun if thing.noun[:1].isupper() else "")
    return [p for p in scene.named(name) if p.score >= 0.9] if name else []


def _loosely(scene: Scene, text: str) -> list[Place]:
    """The one line that has all words of a name and others: "Wake the NAS from sleep" of "wake from sleep"."""
    words = {w for w in stems_of(text) if len(w) > 2}
    lines = [p for p in scene.lines if words <= set(stems_of(p.text)) and len(p.text.split()) <= _LABEL]
    return [replace(lines[0], score=0.9 * lines[0].score)] if len(words) > 1 and len(lines) == 1 else []


def _in_line(label: Place, other: Place) -> bool:
    return label.page == other.page and rows_share(label.box, other.box) >= 0.5


def judged(scene: Scene, widget: Place, kind: str, label: float) -> tuple[bool, float, str, Place]:
    """(on, how sure, why, where) of a widget of a kind. label: how sure it is that this one is meant."""
    on = scene.seen(on_phrase(kind))
    share = max((o.score / max(widget.score, 1e-6) for o in on if o.box.iou(widget.box) >= 0.4), default=0.0)
    is_on = share >= 0.5
    sure = label * widget.score * max(min(1.0, share), 1 - share, 0.6) * 0.95
    drawn = _drawn(scene, widget, kind)
    if drawn is not None and (drawn >= 0.5) != is_on:
        is_on, sure = drawn >= 0.5, 0.55 * sure  # the two witnesses disagree
    elif drawn is None and not is_on and not on:
        sure *= 0.7  # nothing of its kind was seen that is on: it may be of a style that is not known
    x, y, w, h = (round(v) for v in widget.box.xywh)
    return (
        is_on,
        min(1.0, sure),
        f"Its {kind} at ({x}, {y}, {w}, {h}) is {'on' if is_on else 'off'}.",
        replace(widget, kind=kind),
    )


def _drawn(scene: Scene, widget: Place, kind: str) -> float | None:
    """How much a check box, radio button or switch looks as if it were on, in [0, 1]; None where its pixels say
    neither.
    """
    part = pixels(scene, widget.box, widget.page)
    if part is None or min(part.size) < 8 or kind not in SWITCHED:
        return None
    rgb = np.asarray(part.convert("RGB"), np.float64)
    height, width = rgb.shape[:2]
    chroma = rgb.max(axis=2) - rgb.min(axis=2)
    if kind == "switch":
        vivid = float((chroma > 60).mean())
        return 1.0 if vivid > 0.3 else 0.0 if vivid < 0.05 else None
    inner = rgb[
        round(0.25 * height) : round(0.75 * height), round(0.25 * width) : round(0.75 * width)
    ].reshape(-1, 3)
    spread = np.linalg.norm(inner - np.median(inner, axis=0), axis=1)
    marked, vivid = float((spread > 60).mean()), float((chroma > 60).mean())
    return 1.0 if marked > 0.12 or vivid > 0.4 else 0.0 if marked < 0.03 and vivid < 0.15 else None


def icon(scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
    """Which icon stands beside a text, told by the localizer's names for what it sees there."""
    from ..nano.icons import beside as icon_beside
    from ..nano.icons import icons_in, named

    things = [w for w in query.wanted if not looks_of(w).icon] or [
        w.beside for w in query.wanted if w.beside is not None
    ]
    found = [p for w in things for p in resolve(scene, w)]
    if not found:
        return refused("The text beside the icon was not found.", *(() if scene.whole else (EVERYTHING,)))
    label = found[0]
    crop = next(
        (
            c
            for c in scene.memory.crops
            if c.id == label.crop or (c.page == label.page and c.box.coverage(label.box) >= 0.98)
        ),
        None,
    )
    if crop is None:
        return refused("No picture of the memory shows what is beside it.")
    seen = icon_beside(label.box, icons_in(crop))
    if seen is None:
        return refused(f'No icon was seen beside "{label.text}".')
    ranked = named(seen, options)
    place = Place(seen.box, label.page, "", seen.score, kind="icon", crop=crop.id)
    return said(
        [
            Reading(name, place, seen.score * share, f'the icon beside "{label.text}"', (label,))
            for name, share in ranked
        ],
        "It looks like none that is known.",
    )
