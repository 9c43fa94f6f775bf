"""The nano VQA agent: a tiny LLaVA that is only ever asked what it was trained for, and can only say what is allowed.

- Show reads the question: its kind, and which of its words name what has to be found. Questions about the page as a
  whole are answered from the global view.
- Tell looks at a small view of the target, or at the measured evidence, and picks a word, a number or a text of it.
- What an icon shows is told by the nano localizer's namer (`icons.py`), which sees it better.
- Which of several tabs or menu entries is selected is told by the localizer, which compares them (`states.py`).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import PIL.Image

from ...memory.colors import NAMES
from ...memory.geometry import Box, relation
from ...memory.image import Patch
from ...memory.working import FoundTarget, VisualWorkingMemory
from ..contracts import Answer, Need, Target
from ..nano.vocabulary import concepts as known_concepts
from .decode import Said, Speaker, show_tree
from .icons import answer, badge_of, beside, icons_in
from .options import none_of, sides_offered, states_offered
from .prompts import (
    INPUT_SIDE,
    PAGES,
    REGIONS,
    STATES,
    VIEW,
    before,
    evidence_line,
    framed,
    plain,
    show_prompt,
    target_phrase,
    tell_prompt,
    view_of,
    where_prompt,
)
from .states import ONE_OF_MANY, among

__all__ = ["NanoVQA", "Reading", "labelled", "search_targets"]

_TOLD = 6
_UNSURE = 0.3
"""Probability of an answer below which it counts as a guess."""
_VISION = 'as VQA agent, "hf:Qwen/Qwen3-VL-4B-Instruct" looks at the pixels'
_STATED = frozenset(STATES)
_PICTURED = re.compile(r"\b(?:pictured?|drawn|depict(?:s|ed)?)\b", re.I)


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as the model reads it. targets: (what, name) pairs; sure: probability in [0, 1]."""

    ask: str
    targets: tuple[tuple[str, str], ...]
    every: bool
    sure: float

    @property
    def names(self) -> tuple[str, ...]:
        """What the targets are called in prompts."""
        return tuple(target_phrase(what, name) for what, name in self.targets)


@cache
def _icons() -> frozenset[str]:
    """Names and synonyms of the icons that localizers know, in lower case, plurals too."""
    names = [n for name, others in known_concepts().items() for n in (name, *others)]
    return frozenset(n.lower() + end for n in names for end in ("", "s"))


def search_targets(reading: Reading) -> tuple[Target, ...]:
    """What a localizer is asked for.

    A widget with a label is found by its text; where its state is asked for, all of its kind are found too, and
    the one nearest to the label is meant.
    """
    found: dict[str, Target] = {}
    around = reading.ask in ("badge", "value", "kind")
    for what, name in reading.targets:
        phrase = _phrase(what, name)
        # of several such icons the one with a badge is meant
        badged = reading.ask == "badge" and what == "icon"
        found[phrase] = Target(phrase, "all" if reading.every or badged else "one", around)
        if reading.ask == "state" and labelled(what, name):
            found[what] = Target(what, "all", False)
            if what in ONE_OF_MANY:
                found[f"selected {what}"] = Target(f"selected {what}", "all", False)
        if badged:
            found["badge"] = Target("badge", "all", False)
    return tuple(found.values())


def labelled(what: str, name: str) -> bool:
    """Whether a target is a widget that its label tells from others, not its state."""
    return bool(name) and what not in ("icon", "text") and name.lower() not in _STATED


def _phrase(what: str, name: str) -> str:
    plain_name = name.replace('"', "'")
    return f'{what} "{plain_name}"' if labelled(what, name) else target_phrase(what, name)


class NanoVQA:
    """VQA agent of the embedded model. concepts: names of the icons that it can tell apart."""

    name = "nano-vqa"
    input_side = INPUT_SIDE

    def __init__(self, speaker: Speaker, concepts: Sequence[str]) -> None:
        self.speaker, self.concepts = speaker, tuple(concepts)
        self._readings: OrderedDict[str, Reading] = OrderedDict()

    def read(self, question: str) -> Reading:
        """The kind of a question and its targets; kept by content."""
        if question in self._readings:
            return self._readings[question]
        said = self.speaker.say(show_prompt(question), show_tree(self.speaker, question, _icons()))
        (ask, every), parts = said.parts[0], list(said.parts[1:])
        if ask == "value" and _PICTURED.search(question):  # what is written is not pictured
            ask = "kind"
        targets: list[tuple[str, str]] = []
        while parts:
            first = parts.pop(0)
            targets.append(first if isinstance(first, tuple) else (first, parts.pop(0)))
        reading = Reading(ask, tuple(dict.fromkeys(targets)), every == "all", said.probability)
        self._readings[question] = reading
        while len(self._readings) > 64:
            self._readings.popitem(last=False)
        return reading

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The targets that the question names, or the answer where it is about the page as a whole."""
        reading = self.read(question)
        if reading.ask == "page":
            small = view.read(self.input_side).resize((VIEW, VIEW), PIL.Image.Resampling.BOX)
            words = ("yes", "no", "dark", "light", *PAGES)
            return Need(answer=self._answer(tell_prompt("page", question), words, options, (), small))
        targets = search_targets(reading)
        return (
            Need(targets) if targets else Need(reason="The question names nothing that could be looked for.")
        )

    def where(self, patch: Patch, target: str) -> str:
        """The region in which such a target usually is; "" when it may be anywhere. The patch is not looked at."""
        del patch
        tree = self.speaker.one_of((*REGIONS, "page"))
        said = self.speaker.say(where_prompt(plain(target.replace('"', ""))), tree)
        return "" if said.parts[0] == "page" or said.probability < 0.4 else str(said.parts[0])

    def tell(self, memory: VisualWorkingMemory, options: Sequence[str] | None = None) -> Answer:
        """The answer from views and evidence of the targets; with options (default: the memory's), one of them."""
        chosen = tuple(options) if options is not None else memory.options
        reading = self.read(memory.question)
        if reading.ask == "page":
            small = memory.image.pil().resize((VIEW, VIEW), PIL.Image.Resampling.BOX)
            words = ("yes", "no", "dark", "light", *PAGES)
            return self._answer(tell_prompt("page", memory.question), words, chosen, (), small)
        targets = search_targets(reading)
        found = {t.phrase: memory.found(t.phrase) for t in targets}
        gone = {a.phrase for a in memory.absent}
        if more := tuple(t for t in targets if not found[t.phrase] and t.phrase not in gone):
            names = ", ".join(t.phrase for t in more)
            return Answer("", "cannot_tell", 0.0, reason=f"Not looked for yet: {names}.", more=more)
        if reading.ask == "kind" and (named := _named(reading, memory, found, chosen)) is not None:
            return named
        if reading.ask == "state" and (state := _among(reading, memory, found, chosen)) is not None:
            return state
        made = _EVIDENCE[reading.ask](self, reading, memory, found)
        if isinstance(made, str):
            return Answer("", "cannot_tell", 0.0, reason=made)
        lines, words, used, view = made
        if not words:
            return Answer(
                "", "cannot_tell", 0.0, reason="Nothing was read or measured that could be the answer."
            )
        if reading.ask in _MEASURED and none_of(words, chosen or ()):
            cites = tuple(dict.fromkeys(t.crop for t in used if t.crop))
            reason = f"Counted or read was {', '.join(words)}: none of the options."
            return Answer("", "cannot_tell", 0.0, cites, reason=reason)
        prompt = tell_prompt(reading.ask, memory.question, lines)
        return self._answer(prompt, words, chosen, used, view)

    def _answer(
        self,
        prompt: str,
        words: Sequence[str],
        options: Sequence[str] | None,
        used: Sequence[FoundTarget],
        view: PIL.Image.Image | None,
    ) -> Answer:
        cites = tuple(dict.fromkeys(t.crop for t in used if t.crop))
        seen = min((t.score for t in used), default=1.0)
        if not options:
            said = self.speaker.say(prompt, self.speaker.one_of(words), view)
            return _told(said, seen, cites)
        told = [plain(option) for option in options]
        if any(len(option.split()) > 3 and option not in words for option in told):
            free = str(self.speaker.say(prompt, self.speaker.one_of(words), view).parts[0])
            named = [o for o in told if re.search(rf"(?<!\w){re.escape(free)}(?!\w)", o, re.I)]
            scores = [0.0 if o in named else -8.0 for o in told]
        else:
            scores = self.speaker.scores(
                prompt, [o if o in words else o[:1].lower() + o[1:] for o in told], view
            )
        if any(o in words for o in told):  # what was measured rules out the rest
            scores = [score if o in words else score - 20.0 for o, score in zip(told, scores, strict=True)]
        best = max(range(len(scores)), key=scores.__getitem__)
        share = 1 / sum(2.718281828 ** (score - scores[best]) for score in scores)
        return Answer(options[best], confidence=share * seen, cites=cites, option_scores=tuple(scores))


def _told(said: Said, seen: float, cites: tuple[str, ...]) -> Answer:
    text, sure = str(said.parts[0]), said.probability
    if sure < _UNSURE:
        reason = f'The best guess is "{text}" ({sure:.0%}); {_VISION}.'
        return Answer("", "cannot_tell", 0.0, cites, reason=reason)
    return Answer(text, confidence=min(1.0, sure * seen), cites=cites)


# --- evidence by kind of question: lines, words that may answer, targets used, view; or why there is none --------

_MEASURED = ("badge", "value", "count")
"""Kinds of question whose answer is counted or read, not judged by the model."""
Found = Mapping[str, tuple[FoundTarget, ...]]
Made = tuple[list[str], Sequence[str], tuple[FoundTarget, ...], PIL.Image.Image | None] | str


def _first(reading: Reading, memory: VisualWorkingMemory, found: Found, number: int = 0) -> FoundTarget | str:
    """The best instance of a target, or why there is none."""
    if len(reading.targets) <= number:
        return "The question names nothing that could be looked for."
    phrase = _phrase(*reading.targets[number])
    if found.get(phrase):
        return found[phrase][0]
    gone = next((a for a in memory.absent if a.phrase == phrase), None)
    return f"{phrase}: {gone.sentence if gone else 'not looked for'}."


def _colour(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    del agent
    thing = _first(reading, memory, found)
    if isinstance(thing, str):
        return thing
    facts = (f for f in memory.facts if f.kind == "color" and f.value.get("phrase") == thing.phrase)
    fact = next(facts, None)
    colors = tuple(dict.fromkeys(c["name"] for c in fact.value["colors"])) if fact else ()
    square = reading.targets[0][0] == "icon"
    view = _view(memory, thing, framed(thing.box, square))
    return [evidence_line(reading.names[0], colors)], tuple(NAMES), (thing,), view


def _state(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    del agent
    what, name = reading.targets[0] if reading.targets else ("", "")
    thing = _first(reading, memory, found)
    if labelled(what, name):
        thing = _meant(thing, found.get(what, ())) or thing
    if isinstance(thing, str):
        return thing
    view = _view(memory, thing, framed(thing.box, what == "icon"))
    return [evidence_line(reading.names[0], ["found"])], states_offered(memory.question), (thing,), view


def _among(
    reading: Reading, memory: VisualWorkingMemory, found: Found, options: Sequence[str] | None
) -> Answer | None:
    """Whether a labelled tab or menu entry is the one that the localizer saw selected; None where that is open."""
    what, name = reading.targets[0] if reading.targets else ("", "")
    label = _first(reading, memory, found)
    if what not in ONE_OF_MANY or not labelled(what, name) or isinstance(label, str):
        return None
    return among(memory.question, what, label, found.get(f"selected {what}", ()), options)


def _meant(label: FoundTarget | str, things: Sequence[FoundTarget]) -> FoundTarget | None:
    """The thing that a label names: the nearest, those on its row before others; the only one there is."""
    if isinstance(label, str):
        return things[0] if len(things) == 1 else None
    here = [t for t in things if t.page == label.page]

    def away(thing: FoundTarget) -> float:
        r = relation(label.box, thing.box)
        return r.gap_x + 4 * r.gap_y + abs(label.box.center[1] - thing.box.center[1])

    return min(here, key=away, default=None)


def _named(
    reading: Reading, memory: VisualWorkingMemory, found: Found, options: Sequence[str] | None
) -> Answer | None:
    """What the namer of the nano localizer calls the icon that is asked for; None where it sees none."""
    thing = _first(reading, memory, found)
    crop = None if isinstance(thing, str) else next((c for c in memory.crops if c.id == thing.crop), None)
    if crop is None or isinstance(thing, str):
        return None
    icons = icons_in(crop)
    if reading.targets[0][0] == "icon":
        icon = max(icons, key=lambda i: i.box.iou(thing.box), default=None)
    else:
        icon = beside(thing.box, icons)
    return None if icon is None else answer(icon, (crop.id,), options)


def _kind(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    label = _first(reading, memory, found)
    if isinstance(label, str):
        return label
    icon = reading.targets[0][0] == "icon"
    view = _view(memory, label, framed(label.box, True) if icon else before(label.box))
    return [evidence_line(reading.names[0], ["found"])], agent.concepts, (label,), view


def _relation(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    del agent
    if len(reading.targets) < 2:
        return "Two things are needed for a relation."
    pair = [_first(reading, memory, found, i) for i in (0, 1)]
    things = [t for t in pair if not isinstance(t, str)]
    if len(things) < 2:
        return " ".join(t for t in pair if isinstance(t, str))
    a, b = things
    if a.page != b.page:
        return f"They stand on different pages, {a.page} and {b.page}."
    r = relation(a.box, b.box)
    said = [w.removesuffix(" of") for w in (r.horizontal, r.vertical) if w != "level with"]
    lines = [evidence_line(reading.names[0], said), evidence_line(reading.names[1], ["found"])]
    if not (words := sides_offered(memory.question, said)):
        return f"{a.phrase} is {r.horizontal} and {r.vertical} {b.phrase}: nothing that the question offers."
    return lines, words, (a, b), None


def _text(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    del agent
    thing = _first(reading, memory, found)
    if isinstance(thing, str):
        return thing
    if reading.ask == "badge":
        pairs = ((icon, badge_of(icon, found.get("badge", ()))) for icon in found[thing.phrase])
        icon, badge = next((pair for pair in pairs if pair[1]), (thing, None))
        if badge is not None:
            line = evidence_line(reading.names[0], [("above", badge.text)])
            return [line], [plain(badge.text)], (icon, badge), None
    facts = [f for f in memory.facts if f.kind == "text" and f.value.get("phrase") == thing.phrase]
    own = {thing.text, reading.targets[0][1]} if reading.targets[0][0] == "text" else {""}
    mine = [f for f in facts if thing.crop in f.evidence or not f.evidence] or facts
    texts = [(str(f.value["side"]), str(f.value["text"])) for f in mine if f.value["text"] not in own][:_TOLD]
    return [evidence_line(reading.names[0], texts)], [plain(t) for _, t in texts], (thing,), None


def _count(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    del agent
    if not reading.targets:
        return "The question names nothing that could be counted."
    phrase = _phrase(*reading.targets[0])
    facts = (f for f in memory.facts if f.kind == "count" and f.value.get("phrase") == phrase)
    fact = next(facts, None)
    number = str(fact.value["count"]) if fact else str(len(found.get(phrase, ())))
    return [evidence_line(reading.names[0], [number])], (number,), found.get(phrase, ())[:8], None


def _presence(agent: NanoVQA, reading: Reading, memory: VisualWorkingMemory, found: Found) -> Made:
    del agent
    thing = _first(reading, memory, found)
    if isinstance(thing, str):
        gone = next(
            (a for a in memory.absent if reading.targets and a.phrase == _phrase(*reading.targets[0])), None
        )
        if gone is None or gone.seen < 0.5:
            return thing
    said = "none" if isinstance(thing, str) else "found"
    used = () if isinstance(thing, str) else (thing,)
    return [evidence_line(reading.names[0], [said])], ("yes", "no"), used, None


_EVIDENCE: Mapping[str, Any] = {
    "colour": _colour,
    "state": _state,
    "kind": _kind,
    "relation": _relation,
    "badge": _text,
    "value": _text,
    "count": _count,
    "presence": _presence,
}


def _view(memory: VisualWorkingMemory, target: FoundTarget, box: Box) -> PIL.Image.Image | None:
    """What lies in a box, from the crop of a target; None when no crop shows it."""
    crop = next((c for c in memory.crops if c.id == target.crop), None)
    return None if crop is None else view_of(crop, box)
