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
from collections.abc import Sequence
from functools import cache

import PIL.Image

from ...memory.image import Patch
from ...memory.working import FoundTarget, VisualWorkingMemory
from ..contracts import Answer, Need
from ..looker import Answerer
from ..nano.vocabulary import concepts as known_concepts
from .asked import Reading, search_targets
from .decode import Said, Speaker, show_tree
from .evidence import MEASURED, evidence, measured
from .options import none_of
from .prompts import INPUT_SIDE, PAGES, REGIONS, VIEW, plain, show_prompt, tell_prompt, where_prompt

__all__ = ["NanoVQA"]

_UNSURE = 0.3
"""Probability of an answer below which it counts as a guess."""
_OF_PAGES = ("yes", "no", "dark", "light", *PAGES)
"""What may be answered to a question about the page as a whole."""
_VISION = 'as VQA agent, "hf:Qwen/Qwen3-VL-4B-Instruct" looks at the pixels'
_PICTURED = re.compile(r"\b(?:pictured?|drawn|depict(?:s|ed)?)\b", re.I)


@cache
def _icons() -> frozenset[str]:
    """Names and synonyms of the icons that localizers know, in lower case, plurals too."""
    names = [n for name, others in known_concepts().items() for n in (name, *others)]
    return frozenset(n.lower() + end for n in names for end in ("", "s"))


class NanoVQA(Answerer):
    """VQA agent of the embedded model. concepts: names of the icons that it can tell apart."""

    keeps_deadline = True
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
            return Need(answer=self._answer(tell_prompt("page", question), _OF_PAGES, options, (), small))
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

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The answer from views and evidence of the targets; with options, one of them."""
        chosen = memory.options
        reading = self.read(memory.question)
        if reading.ask == "page":
            small = memory.image.pil().resize((VIEW, VIEW), PIL.Image.Resampling.BOX)
            return self._answer(tell_prompt("page", memory.question), _OF_PAGES, chosen, (), small)
        targets = search_targets(reading)
        found = {t.phrase: memory.found(t.phrase) for t in targets}
        gone = {a.phrase for a in memory.absent}
        if more := tuple(t for t in targets if not found[t.phrase] and t.phrase not in gone):
            names = ", ".join(t.phrase for t in more)
            return Answer("", "cannot_tell", 0.0, reason=f"Not looked for yet: {names}.", more=more)
        if (told := measured(reading, memory, found, chosen)) is not None:
            return told
        made = evidence(reading, memory, found, self.concepts)
        if isinstance(made, str):
            return Answer("", "cannot_tell", 0.0, reason=made)
        lines, words, used, view = made
        if not words:
            return Answer(
                "", "cannot_tell", 0.0, reason="Nothing was read or measured that could be the answer."
            )
        if reading.ask in MEASURED and none_of(words, chosen or ()):
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
