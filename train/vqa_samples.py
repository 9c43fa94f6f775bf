"""Samples of what the nano VQA model has to say, drawn from a bank of views: prompt, view, answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from random import Random

import numpy as np
from numpy.typing import NDArray

from ..agents.nano_vqa.prompts import (
    evidence_line,
    plain,
    show_prompt,
    target_phrase,
    tell_prompt,
    where_prompt,
)
from ..memory.listed import listed
from .phrasings import (
    STATE_WORDS,
    Asked,
    Named,
    Split,
    counted,
    icon,
    icon_names,
    label_of,
    question,
    text,
    widget,
)
from .vqa_data import Bank, Item
from .vqa_pieces import (
    DIRECTIONS,
    FURTHER,
    SHOWN,
    Sample,
    asks_dialog,
    chosen_words,
    jittered,
    page_answer,
    small,
)

__all__ = ["Sampler"]

_LABELLED = listed("""
    switch, checkbox, radio, button, tab, menu item, input, select, slider, progress bar, avatar
    """)
_USABLE = ("button", "checkbox", "radio", "switch", "input")
_TOLD = 6


class Sampler:
    """Draws samples of a bank. split: of phrasings and icons' names; random_labels: share of made-up labels;
    composed: share of the phrasings that the grammar composes, not the templates."""

    def __init__(
        self, bank: Bank, split: Split = "known", random_labels: float = 0.6, composed: float = 0.0
    ) -> None:
        self.bank, self.split, self.random_labels, self.composed = bank, split, random_labels, composed
        self.jitters = split == "known"
        self.items = [item for record in bank.records for item in record.items]
        self.makers: dict[str, Callable[[Random], Sample]] = {
            "show": self.show,
            "relation": self.relation,
            "count": self.count,
            "presence": self.presence,
            "badge": self.badge,
            "value": self.value,
            "chosen": self.chosen,
            "where": self.where,
            "colour": self.colour,
            "state": self.state,
            "kind": self.kind,
            "describe": self.describe,
            "page": self.page,
            "describe page": self.describe_page,
        }

    def draw(self, kind: str, rng: Random) -> Sample:
        """A sample of a kind of `WORDED` or `VIEWED`."""
        return self.makers[kind](rng)

    # --- Show -------------------------------------------------------------------------------------------------

    def show(self, rng: Random) -> Sample:
        asked = self.asked(rng.choice(SHOWN), rng)
        return Sample("show", show_prompt(asked.text), asked.reply, question=asked.text)

    def asked(self, kind: str, rng: Random) -> Asked:
        """A question of a kind of phrasings."""
        if kind == "page":
            return self._question("page", rng)
        if kind == "state":
            thing, words = self._stated(
                rng, rng.choice(("switch", "checkbox", "radio", "tab", "menu item", "usable"))
            )
            return self._question("state", rng, [thing], words=words)
        if kind == "chosen":
            what, name, words = chosen_words(rng)
            return self._question("chosen", rng, [Named("", what, name)], words=words)
        if kind == "count":
            return self._question("count", rng, [counted(rng, self.split)], every=True)
        if kind in ("value", "kind"):
            return self._question(kind, rng, [text(self._label(rng), rng)])
        if kind in ("colour", "badge"):
            return self._question(kind, rng, [self._icon(rng)])
        if kind == "presence":
            return self._question(kind, rng, [self._thing(rng)])
        words = [("d", self._direction(rng.choice(tuple(DIRECTIONS)), rng))]
        return self._question(kind, rng, [self._thing(rng), self._thing(rng)], words=words)

    def _question(
        self,
        kind: str,
        rng: Random,
        things: Sequence[Named] = (),
        *,
        words: Sequence[tuple[str, str]] = (),
        every: bool = False,
    ) -> Asked:
        return question(kind, rng, self.split, things, words=words, every=every, composed=self.composed)

    def _direction(self, direction: str, rng: Random) -> str:
        return rng.choice(DIRECTIONS[direction] + (FURTHER[direction] if self.composed else ()))

    def _icon(self, rng: Random) -> Named:
        return icon(rng.choice(icon_names(self.split))[0], rng)

    def _label(self, rng: Random) -> str:
        if self.split == "known":
            return label_of(rng, self.words)
        return rng.choice(self.words)

    def _thing(self, rng: Random) -> Named:
        roll = rng.random()
        if roll < 0.45:
            return self._icon(rng)
        if roll < 0.65:
            return text(self._label(rng), rng)
        if roll < 0.75:
            return widget(rng.choice(("avatar", "slider", "pagination", "chart", "progress bar")), "", rng)
        return widget(rng.choice(_LABELLED), self._label(rng), rng)

    def _stated(
        self, rng: Random, about: str, label: str = "", kind: str = ""
    ) -> tuple[Named, list[tuple[str, str]]]:
        kind = kind or (rng.choice(_USABLE) if about == "usable" else about)
        pair = rng.choice(STATE_WORDS[about])
        s, o = pair if rng.random() < 0.6 else pair[::-1]
        return widget(kind, label or self._label(rng), rng), [("s", s), ("o", o)]

    # --- Tell from words ----------------------------------------------------------------------------------------

    def relation(self, rng: Random) -> Sample:
        while True:
            h, v = rng.choice(("left", "right", "")), rng.choice(("above", "below", ""))
            kind = rng.choice(("side", "height", "relation"))
            if (h or v) and (kind != "side" or h) and (kind != "height" or v):
                break
        a, b = self._thing(rng), self._thing(rng)
        direction = rng.choice(tuple(DIRECTIONS))
        words = [("d", self._direction(direction, rng))]
        asked = self._question(kind, rng, [a, b], words=words)
        answer = {"side": h, "height": v}.get(kind) or ("yes" if direction in (h, v) else "no")
        lines = [
            evidence_line(target_phrase(a.what, a.name), [w for w in (h, v) if w]),
            evidence_line(target_phrase(b.what, b.name), ["found"]),
        ]
        return self._told("relation", asked, lines, answer)

    def count(self, rng: Random) -> Sample:
        thing, n = counted(rng, self.split), rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, rng.randint(10, 60)))
        asked = self._question("count", rng, [thing], every=True)
        return self._told(
            "count", asked, [evidence_line(target_phrase(thing.what, thing.name), [str(n)])], str(n)
        )

    def presence(self, rng: Random) -> Sample:
        thing, there = self._thing(rng), rng.random() < 0.5
        asked = self._question("presence", rng, [thing])
        line = evidence_line(target_phrase(thing.what, thing.name), ["found" if there else "none"])
        return self._told("presence", asked, [line], "yes" if there else "no")

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Labels that stand on the pages, in their order: a set's would change from process to process."""
        words = (w for r in self.bank.records for w, _ in r.words if '"' not in w and len(w.split()) <= 5)
        return tuple(dict.fromkeys(words))

    @cached_property
    def _badges(self) -> list[Item]:
        return [
            i for i in self.items if i.kind == "badge" and i.texts and any(t == i.name for _, t in i.texts)
        ]

    def badge(self, rng: Random) -> Sample:
        item = rng.choice(self._badges)
        thing = self._icon(rng)
        texts, number = item.texts, item.name
        if rng.random() < 0.5:
            number = str(rng.choice((rng.randint(1, 9), rng.randint(10, 199))))
            texts = tuple((side, number if t == item.name else t) for side, t in texts)
        asked = self._question("badge", rng, [thing])
        line = evidence_line(target_phrase("icon", thing.name), texts[:_TOLD])
        return self._told("badge", asked, [line], number)

    @cached_property
    def _values(self) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
        rows = [(v.label, v.value, v.texts) for r in self.bank.records for v in r.values]
        return [(k, v, t) for k, v, t in rows if any(told == v for _, told in t[: _TOLD + 1])]

    def value(self, rng: Random) -> Sample:
        label, value, texts = rng.choice(self._values)
        texts = tuple(t for t in texts if t[1] != label)
        if rng.random() < self.random_labels / 2:
            label = self._label(rng)
        if rng.random() < self.random_labels / 2:
            fresh = self._label(rng)
            texts, value = tuple((s, fresh if t == value else t) for s, t in texts), fresh
        asked = self._question("value", rng, [text(label.replace('"', ""), rng)])
        line = evidence_line(target_phrase("text", label), texts[:_TOLD])
        return self._told("value", asked, [line], plain(value))

    def chosen(self, rng: Random) -> Sample:
        what, name, words = chosen_words(rng)
        asked = self._question("chosen", rng, [Named("", what, name)], words=words)
        label = self._label(rng)
        sides = ("left", "right") if what == "tab" else ("above", "below")
        around = [(rng.choice((*sides, "near")), self._label(rng)) for _ in range(rng.randint(0, 4))]
        texts = [("inside", label), *around]
        return self._told("value", asked, [evidence_line(target_phrase(what, name), texts)], plain(label))

    def where(self, rng: Random) -> Sample:
        item = rng.choice(self.items)
        names = [n for n, c in icon_names("known") if c == item.name] if item.kind == "icon" else []
        what, name = (item.kind, rng.choice(names) if names else item.name)
        if item.kind not in ("icon", "button", "tab", "menu item"):
            name = ""
        return Sample("where", where_prompt(target_phrase(what, name)), item.within or "page")

    def _told(
        self, ask: str, asked: Asked, lines: Sequence[str], answer: str, view: NDArray[np.uint8] | None = None
    ) -> Sample:
        return Sample(ask, tell_prompt(asked.ask, asked.text, lines), answer, view, asked.text)

    # --- Tell from views ----------------------------------------------------------------------------------------

    def view(self, row: int, rng: Random | None) -> NDArray[np.uint8]:
        """A stored view, jittered where rng is given: shifted and scaled by a few pixels."""
        return jittered(self.bank.views[row], rng)

    @cached_property
    def _concepts(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.items:
            if item.kind == "icon":
                found.setdefault(item.name, []).append(item)
        return found

    @cached_property
    def _hues(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.items:
            if item.kind == "icon" and item.color:
                found.setdefault(item.color, []).append(item)
        return found

    @cached_property
    def _colored(self) -> list[Item]:
        return [item for item in self.items if item.kind == "icon" and item.color]

    def colour(self, rng: Random) -> Sample:
        item = rng.choice(self._hues[rng.choice(tuple(self._hues))])
        if rng.random() < 0.4:
            item = self._colored[rng.randrange(len(self._colored))]
        names = [n for n, c in icon_names(self.split) if c == item.name] or [item.name]
        named = icon(rng.choice(names), rng)
        asked = self._question("colour", rng, [named])
        line = evidence_line(target_phrase("icon", named.name), tuple(dict.fromkeys(item.colors)))
        return self._told("colour", asked, [line], item.color, self.view(item.view, self._jitter(rng)))

    def _jitter(self, rng: Random) -> Random | None:
        return rng if self.jitters else None

    @cached_property
    def _states(self) -> dict[tuple[str, bool], list[Item]]:
        found: dict[tuple[str, bool], list[Item]] = {}
        for item in self.items:
            if item.kind in STATE_WORDS and item.on is not None:
                found.setdefault((item.kind, item.on), []).append(item)
            if item.kind in _USABLE:
                found.setdefault(("usable", not item.disabled), []).append(item)
        return found

    def state(self, rng: Random) -> Sample:
        keys = sorted(self._states)
        about, on = rng.choice(
            [k for k in keys for _ in range(1 if k[0] in ("tab", "usable", "menu item") else 2)]
        )
        item = rng.choice(self._states[about, on])
        label = "" if rng.random() < self.random_labels else item.name.replace('"', "")
        named, words = self._stated(rng, about, label, item.kind)
        asked = self._question("state", rng, [named], words=words)
        positive = {w for pairs in STATE_WORDS.values() for w, _ in pairs}
        s, o = words[0][1], words[1][1]
        told = s if (s in positive) == on else o
        either = re.search(rf"\b(?:or|as) (?:is it |as )?{re.escape(o)}\b", asked.text) is not None
        answer = told if either else "yes" if told == s else "no"
        line = evidence_line(target_phrase(named.what, named.name), ["found"])
        return self._told("state", asked, [line], answer, self.view(item.view, self._jitter(rng)))

    @cached_property
    def _before(self) -> dict[str, list[Item]]:
        found: dict[str, list[Item]] = {}
        for item in self.items:
            if item.before >= 0:
                found.setdefault(item.icon, []).append(item)
        return found

    def kind(self, rng: Random) -> Sample:
        item = rng.choice(self._before[rng.choice(tuple(self._before))])
        view = self.view(item.before, self._jitter(rng))
        concept = item.icon
        if rng.random() < 0.35 and self.split == "known":  # any icon may stand beside a label
            concept, view = self._any_icon(rng)
        label = self._label(rng) if rng.random() < self.random_labels else item.name.replace('"', "")
        asked = self._question("kind", rng, [text(label, rng)])
        line = evidence_line(target_phrase("text", label), ["found"])
        return self._told("kind", asked, [line], concept, view)

    def _any_icon(self, rng: Random) -> tuple[str, NDArray[np.uint8]]:
        items = self._concepts[rng.choice(tuple(self._concepts))]
        item = rng.choice(items)
        return item.name, self.view(item.view, self._jitter(rng))

    def describe(self, rng: Random) -> Sample:
        if rng.random() < 0.75:
            item = rng.choice(self._concepts[rng.choice(tuple(self._concepts))])
            answer = f"{item.name} icon" + (f", {item.color}" if item.color else "")
        else:
            item = rng.choice([rng.choice(self.items) for _ in range(8)])
            state = {True: "on", False: "off", None: ""}[item.on]
            said = [
                "disabled" if item.disabled else "",
                state,
                item.name if item.kind == "icon" else "",
                item.kind,
            ]
            answer = " ".join(w for w in said if w)
        return Sample("describe", "describe", answer, self.view(item.view, self._jitter(rng)))

    def picture(self, rng: Random) -> Sample:
        """A view of an icon, or of a widget in one of its states, and what it shows."""
        if rng.random() < 0.7:
            concept, view = self._any_icon(rng)
            return Sample("picture", "", f"icon {concept}", view)
        item = rng.choice(self._states[rng.choice(tuple(self._states))])
        if rng.random() < 0.15:
            item = rng.choice(
                [i for i in (rng.choice(self.items) for _ in range(40)) if i.kind != "icon"] or [item]
            )
        state = {True: "on", False: "off", None: ""}[item.on]
        said = " ".join(w for w in (item.kind, state, "disabled" if item.disabled else "") if w)
        return Sample("picture", "", said, self.view(item.view, self._jitter(rng)))

    @cached_property
    def _dialogs(self) -> dict[bool, list[int]]:
        rows = enumerate(self.bank.records)
        found: dict[bool, list[int]] = {True: [], False: []}
        for i, record in rows:
            found[record.dialog].append(i)
        return found

    def page(self, rng: Random) -> Sample:
        asked = self._question("page", rng)
        number = rng.randrange(len(self.bank.records))
        if asks_dialog(asked.text) and self._dialogs[True]:
            number = rng.choice(self._dialogs[rng.random() < 0.5])
        record = self.bank.records[number]
        prompt = tell_prompt("page", asked.text)
        view = small(self.bank.thumbs[number])
        return Sample("page", prompt, page_answer(asked.text, record), view, asked.text)

    def describe_page(self, rng: Random) -> Sample:
        number = rng.randrange(len(self.bank.records))
        r = self.bank.records[number]
        answer = f"{'dark' if r.dark else 'light'} {r.kind}" + (", dialog" if r.dialog else "")
        return Sample("describe page", "describe page", answer, small(self.bank.thumbs[number]))
