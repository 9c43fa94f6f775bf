"""What the nano VQA model can do, measured on samples that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import PIL.Image

from ..agents.nano_vqa.agent import NanoVQA
from ..agents.nano_vqa.options import sides_offered, states_offered
from ..agents.nano_vqa.prompts import PAGES, REGIONS
from ..agents.nano_vqa.states import ONE_OF_MANY
from ..memory.colors import NAMES
from .phrasings import Split
from .vqa_data import Bank
from .vqa_pieces import SHOWN, Sample
from .vqa_samples import Sampler

__all__ = ["Score", "measure", "rows"]

_TOLD = (
    "colour",
    "state",
    "selected",
    "kind",
    "relation",
    "badge",
    "value",
    "chosen",
    "count",
    "presence",
    "page",
)


@dataclass(frozen=True, slots=True)
class Score:
    """right of count samples of a kind; part: "show" or "tell"; split: of phrasings and names."""

    part: str
    kind: str
    split: Split
    right: int
    count: int

    @property
    def share(self) -> float:
        """Share of right replies, in [0, 1]."""
        return self.right / max(1, self.count)


def measure(
    agent: NanoVQA,
    bank: Bank,
    per_kind: int = 50,
    seed: int = 0,
    on_score: Callable[[Score], None] | None = None,
) -> list[Score]:
    """Show: exact kind of question and targets. Tell: exact answers, given the right view and evidence."""
    scores: list[Score] = []

    def note(score: Score) -> None:
        scores.append(score)
        if on_score:
            on_score(score)

    splits: tuple[Split, ...] = ("known", "unseen")
    for split in splits:
        sampler = Sampler(bank, split, random_labels=0.5)
        sampler.jitters = False
        for kind in SHOWN:
            rng, right = Random(f"{seed}/show/{kind}/{split}"), 0
            for _ in range(per_kind):
                asked = sampler.asked(kind, rng)
                reading = agent.read(asked.text)
                right += (reading.ask, reading.targets, reading.every) == (
                    asked.ask,
                    asked.targets,
                    asked.every,
                )
            note(Score("show", kind, split, right, per_kind))
        for kind in _TOLD:
            rng = Random(f"{seed}/tell/{kind}/{split}")
            samples = [_drawn(sampler, kind, rng) for _ in range(per_kind)]
            right = sum(told(agent, kind, s) == s.answer for s in samples)
            note(Score("tell", kind, split, right, per_kind))
    return scores


def _drawn(sampler: Sampler, kind: str, rng: Random) -> Sample:
    """A sample of a kind of `_TOLD`: "selected" are the states that no view of one thing alone tells surely."""
    while True:
        sample = sampler.draw("state" if kind == "selected" else kind, rng)
        alone = not sample.prompt.endswith(tuple(f"{what}: found" for what in ONE_OF_MANY))
        if kind not in ("state", "selected") or alone == (kind == "state"):
            return sample


def told(agent: NanoVQA, kind: str, sample: Sample) -> str:
    """What the model answers to a sample of Tell, among all that it may answer to such a question."""
    view = None if sample.view is None else PIL.Image.fromarray(sample.view)
    said = agent.speaker.say(sample.prompt, agent.speaker.one_of(words_for(agent, kind, sample)), view)
    return str(said.parts[0])


def words_for(agent: NanoVQA, kind: str, sample: Sample) -> Sequence[str]:
    """What may be answered to a question of a kind; of badges and values the texts of the evidence."""
    fixed: dict[str, Sequence[str]] = {
        "colour": tuple(NAMES),
        "state": states_offered(sample.question),
        "selected": states_offered(sample.question),
        "kind": agent.concepts,
        "relation": sides_offered(sample.question),
        "count": [str(n) for n in range(100)],
        "presence": ("yes", "no"),
        "page": ("yes", "no", "dark", "light", *PAGES),
        "where": (*REGIONS, "page"),
    }
    if kind in fixed:
        return fixed[kind]
    evidence = sample.prompt.split("\n")[-1]
    return evidence.split('"')[1::2]


def rows(scores: Sequence[Score]) -> list[tuple[str, ...]]:
    """A table: part and kind, share on known and on unseen phrasings and names; the means of each part last."""
    table: dict[tuple[str, str], dict[str, float]] = {}
    for s in scores:
        table.setdefault((s.part, s.kind), {})[s.split] = s.share
    lines = [
        (part, kind, *(f"{by.get(k, float('nan')):.2f}" for k in ("known", "unseen")))
        for (part, kind), by in table.items()
    ]
    for part in ("show", "tell"):
        means = []
        for split in ("known", "unseen"):
            chosen = [s.share for s in scores if s.part == part and s.split == split]
            means.append(f"{sum(chosen) / max(1, len(chosen)):.2f}")
        lines.append((part, "mean", *means))
    return [("part", "kind", "known", "unseen"), *lines]
