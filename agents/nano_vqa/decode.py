"""Constrained speech of the nano VQA model: it can say nothing but what a tree of tokens allows.

A tree is a dict from a token to what follows it: a further dict, or an `End` with what was said and the tree that
comes after it. Greedy; tokens without an alternative cost no pass of the model.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import PIL.Image
import torch

from ...memory.messages import MessagePart
from ..transformers_compat import cache_argument, cache_of
from .prompts import ASKS, WHATS, icon_spans, spans

__all__ = ["End", "Said", "Speaker", "harmless", "show_tree", "tree"]


@dataclass(frozen=True, slots=True)
class End:
    """The end of a branch. then: makes the tree that follows; None ends the reply."""

    said: Any
    then: Callable[[], Tree] | None = None


Tree = dict[int, "Tree | End"]
"""From a token to what may follow it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: what its branches stand for, and its probability among all that was allowed, in [0, 1]."""

    parts: tuple[Any, ...]
    probability: float


def tree(branches: Iterable[tuple[Sequence[int], End]]) -> Tree:
    """A tree of token sequences, none the beginning of another; of equal ones the first counts."""
    root: Tree = {}
    for tokens, end in branches:
        node = root
        for token in tokens[:-1]:
            after = node.setdefault(token, {})
            if isinstance(after, End):
                break
            node = after
        else:
            node.setdefault(tokens[-1], end)
    return root


def harmless(text: str) -> str:
    """The text with a space in all that the template could take for a token of its own."""
    return re.sub(r"<(?=[|/a-z])", "< ", text)


class Speaker:
    """A model of this kind with its processor."""

    def __init__(self, model: Any, processor: Any) -> None:
        self.model, self.processor, self.tokenizer = model, processor, processor.tokenizer
        self.eos: int = self.tokenizer.eos_token_id

    def tokens(self, text: str) -> list[int]:
        """Ids of a text; it begins a word."""
        ids: list[int] = self.tokenizer(harmless(text), add_special_tokens=False)["input_ids"]
        return ids

    def one_of(self, texts: Iterable[str]) -> Tree:
        """A tree of whole replies; each says its text."""
        return tree(([*self.tokens(text), self.eos], End(text)) for text in dict.fromkeys(texts))

    def say(self, prompt: str, allowed: Tree, view: PIL.Image.Image | None = None) -> Said:
        """The likeliest reply to a prompt, step by step."""
        parts: list[Any] = []
        log, node = 0.0, allowed
        with torch.inference_mode():
            out = self.model(**self._inputs(prompt, view), use_cache=True, logits_to_keep=1)
            waiting: list[int] = []
            while node:
                token = next(iter(node))
                if len(node) > 1:
                    if waiting:
                        ids = torch.tensor([waiting], device=self.model.device)
                        out = self.model(
                            input_ids=ids,
                            **cache_argument(self.model.forward, cache_of(out)),
                            use_cache=True,
                            logits_to_keep=1,
                        )
                        waiting = []
                    choices = torch.tensor(list(node))
                    odds = out.logits[0, -1].float().cpu()[choices].log_softmax(-1)
                    best = int(odds.argmax())
                    token, log = int(choices[best]), log + float(odds[best])
                waiting.append(token)
                after = node[token]
                if isinstance(after, End):
                    parts.append(after.said)
                    node = after.then() if after.then else {}
                else:
                    node = after
        return Said(tuple(parts), math.exp(log))

    def scores(self, prompt: str, options: Sequence[str], view: PIL.Image.Image | None = None) -> list[float]:
        """Log-likelihood of each option as the whole reply."""
        inputs = self._inputs(prompt, view)
        rows = [[*self.tokens(option), self.eos] for option in options]
        start, longest = inputs["input_ids"].shape[1], max(map(len, rows))
        tails = torch.full((len(rows), longest), self.eos)
        for i, row in enumerate(rows):
            tails[i, : len(row)] = torch.tensor(row)
        ids = torch.cat([inputs["input_ids"].expand(len(rows), -1), tails.to(self.model.device)], 1)
        extra = (
            {"pixel_values": inputs["pixel_values"].expand(len(rows), -1, -1, -1)} if view is not None else {}
        )
        with torch.inference_mode():
            logits = self.model(input_ids=ids, **extra).logits[:, start - 1 : -1]
        said = logits.float().log_softmax(-1).cpu().gather(-1, tails[..., None])[..., 0]
        return [float(said[i, : len(row)].sum()) for i, row in enumerate(rows)]

    def _inputs(self, prompt: str, view: PIL.Image.Image | None) -> dict[str, torch.Tensor]:
        content: list[MessagePart] = [{"type": "text", "text": harmless(prompt)}]
        if view is not None:
            content.insert(0, {"type": "image", "image": view})
        inputs = self.processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        )
        return {k: v.to(self.model.device) for k, v in inputs.items() if k in ("input_ids", "pixel_values")}


def show_tree(speaker: Speaker, question: str, icons: Container[str] = ()) -> Tree:
    """All replies of Show: parts are the kind of question with "one" or "all", then pairs of what and name.

    A relation names two different targets, all else one. icons: names of icons that are known, in lower case; they
    rule out longer and shorter spans.
    """
    say = speaker.tokens
    of_icons, sure = icon_spans(question, icons)
    names = [name for name in spans(question) if name and name not in sure]

    def targets(left: int, taken: tuple[str, str] | None = None) -> Tree:
        rows: list[tuple[Sequence[int], End]] = []
        for what in WHATS:
            chosen = of_icons if what == "icon" else names
            chosen = [name for name in chosen if taken is None or name != taken[1]]
            if chosen:
                rows.append((say(f'{what}", "'), End(what, partial(named, what, chosen, left))))
            if taken != (what, ""):
                rows.append(ended(f'{what}", ""', (what, ""), (what, ""), left))
        return tree(rows)

    def named(what: str, chosen: Sequence[str], left: int) -> Tree:
        return tree(ended(f'{name}"', name, (what, name), left) for name in chosen)

    def ended(text: str, said: object, pair: tuple[str, str], left: int) -> tuple[Sequence[int], End]:
        if left == 1:
            return say(f"{text}]]}}"), End(said)
        return say(f'{text}], ["'), End(said, partial(targets, left - 1, pair))

    heads: list[tuple[Sequence[int], End]] = [(say('{"ask": "page"}'), End(("page", "one")))]
    for ask in ASKS[:-1]:
        every = "all" if ask == "count" else "one"
        heads.append(
            (
                say(f'{{"ask": "{ask}", "{every}": [["'),
                End((ask, every), partial(targets, 2 if ask == "relation" else 1)),
            )
        )
    return tree(heads)
