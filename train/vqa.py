"""Training of the nano VQA model: batches, losses and legs (`vqa_network.py` has tokenizer, model and the folder).

A LLaVA in ordinary Hugging Face parts: CLIP vision tower (48 px views, 36 patches), Llama, own byte-level BPE.
Every step reads a batch of words (Show and Tell from evidence) and a batch with views (attributes, captions);
captions make up most of the latter at the beginning, so that views and words meet first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..measure.truth import WIDGETS
from .concepts import table
from .loop import Job, Plan, Progress, fit
from .vqa_data import Bank
from .vqa_network import IMAGE_TOKENS, Words, build, export, opened, opened_tokenizer, tokenizer_of
from .vqa_pieces import VIEWED, WORDED, Sample
from .vqa_samples import Sampler

if TYPE_CHECKING:
    from transformers import LlavaForConditionalGeneration

__all__ = [
    "Batch",
    "MIX",
    "MIXES",
    "Mix",
    "PHRASES",
    "VIEWS",
    "build",
    "encode",
    "export",
    "make_batch",
    "tokenizer_of",
    "train",
]

_STATES = ("", "disabled", "on", "on disabled", "off", "off disabled")
CLASSES = (*table().concepts, *(f"{widget} {state}".strip() for widget in WIDGETS for state in _STATES))
"""What a picture can show, for the head of the training: concepts, and widgets with their states."""
_CLASS = {f"icon {name}" if i < len(table().concepts) else name: i for i, name in enumerate(CLASSES)}


@dataclass(frozen=True, slots=True)
class Mix:
    """Samples of a step: words, views, and pictures that the vision tower alone names.

    captions: share of the steps at whose beginning captions are the rule. show: weight of Show among the words;
    composed: share of phrasings that the grammar composes. Without pictures the vision tower stays as it is.
    """

    words: int = 48
    views: int = 48
    pictures: int = 96
    captions: float = 0.15
    show: float = WORDED["show"]
    composed: float = 0.0


MIX = Mix()
PHRASES = Mix(words=80, views=16, pictures=0, captions=0.0, show=1.4, composed=0.75)
"""For a second leg on a trained model: the many ways to ask."""
VIEWS = Mix(words=40, views=40, pictures=32, captions=0.0, show=0.8, composed=0.6)
"""For a further leg on a trained model: pages that look otherwise."""
MIXES = {"all": MIX, "phrases": PHRASES, "views": VIEWS}


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Padded groups of similar length: ids and labels (B, L) int64, labels -100 where nothing is to be said.

    words: without views; views: with them. pixels: (B, 3, 48, 48) float32 in [-1, 1] for each group of views.
    pictures: pixels of the pictures and (B,) int64, the index of what they show in `CLASSES`; None without any.
    """

    words: tuple[tuple[Tensor, Tensor], ...]
    views: tuple[tuple[Tensor, Tensor], ...]
    pixels: tuple[Tensor, ...]
    pictures: tuple[Tensor, Tensor] | None


class Trainee(nn.Module):
    """The model with a head that names what a picture shows from the mean of its patches: a shortcut for the vision
    tower to learn by, left behind at export."""

    def __init__(self, llava: LlavaForConditionalGeneration) -> None:
        super().__init__()
        self.llava, self.head = llava, nn.Linear(160, len(CLASSES))


def encode(sample: Sample, tokenizer: Words) -> tuple[list[int], list[int]]:
    """(ids of the prompt with its image tokens, ids of the answer with the end)."""
    user, say, image = (tokenizer.convert_tokens_to_ids(t) for t in ("<|user|>", "<|assistant|>", "<image>"))
    asked = tokenizer(sample.prompt, add_special_tokens=False)["input_ids"]
    answer = tokenizer(sample.answer, add_special_tokens=False)["input_ids"]
    views = [image] * IMAGE_TOKENS if sample.view is not None else []
    return [user, *views, *asked, say], [*answer, tokenizer.eos_token_id]


def pixels_of(samples: Sequence[Sample]) -> Tensor:
    """(B, 3, 48, 48) float32 in [-1, 1] of the samples' views."""
    rows = [torch.from_numpy(s.view.copy()) for s in samples if s.view is not None]
    return torch.stack(rows).permute(0, 3, 1, 2).to(torch.float32).div_(127.5).sub_(1.0).contiguous()


def make_batch(sampler: Sampler, tokenizer: Words, plan: Plan, mix: Mix, step: int) -> Batch:
    """The batch of a step: a pure function of the plan's seed and the step."""
    rng = Random(f"nano-vqa/{plan.seed}/{step}")
    shares = dict(VIEWED)
    if step < mix.captions * plan.steps:
        shares["describe"] *= 5
        shares["describe page"] *= 3
    words_of = {**WORDED, "show": mix.show}
    worded = [sampler.draw(k, rng) for k in rng.choices(list(words_of), list(words_of.values()), k=mix.words)]
    viewed = [sampler.draw(k, rng) for k in rng.choices(list(shares), list(shares.values()), k=mix.views)]
    words, views = _grouped(worded, max(2, len(worded) // 30)), _grouped(viewed, 2)
    drawn = [sampler.picture(rng) for _ in range(mix.pictures)]
    shown = torch.tensor([_CLASS[s.answer] for s in drawn])
    return Batch(
        words=tuple(_padded(g, tokenizer) for g in words),
        views=tuple(_padded(g, tokenizer) for g in views),
        pixels=tuple(pixels_of(g) for g in views),
        pictures=(pixels_of(drawn), shown) if drawn else None,
    )


def _grouped(samples: Sequence[Sample], groups: int) -> list[list[Sample]]:
    """The samples in groups of equal size and similar length."""
    ranked = sorted(samples, key=lambda s: len(s.prompt) + len(s.answer))
    return [ranked[i * len(ranked) // groups : (i + 1) * len(ranked) // groups] for i in range(groups)]


def _padded(samples: Sequence[Sample], tokenizer: Words) -> tuple[Tensor, Tensor]:
    rows = [encode(s, tokenizer) for s in samples]
    longest = -(-max(len(p) + len(a) for p, a in rows) // 8) * 8
    ids = torch.full((len(rows), longest), tokenizer.pad_token_id)
    labels = torch.full((len(rows), longest), -100)
    for i, (prompt, answer) in enumerate(rows):
        n, m = len(prompt), len(answer)
        ids[i, : n + m] = torch.tensor(prompt + answer)
        labels[i, n : n + m] = torch.tensor(answer)
    return ids, labels


def loss_of(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Mean cross entropy of the answers' tokens, of words and of views, of what pictures show, and their sum."""
    if not isinstance(network, Trainee):
        raise TypeError(f"A Trainee is expected; got a {type(network).__name__}.")
    trainee, device = network, next(network.parameters()).device
    words = _entropy(trainee, batch.words, [None] * len(batch.words), device)
    views = _entropy(trainee, batch.views, batch.pixels, device)
    if batch.pictures is None:
        return {"loss": words + views, "words": words, "views": views}
    pixels, shown = (t.to(device) for t in batch.pictures)
    logits = trainee.head(_patches(trainee, pixels).mean(1)).float()
    pictures = functional.cross_entropy(logits, shown, label_smoothing=0.05)
    return {"loss": words + views + 0.5 * pictures, "words": words, "views": views, "pictures": pictures}


def _patches(trainee: Trainee, pixels: Tensor) -> Tensor:
    """(B, 36, 160) patches as the language model sees them."""
    model = trainee.llava.model
    patches: Tensor = model.multi_modal_projector(model.vision_tower(pixels).last_hidden_state[:, 1:])
    return patches


def _entropy(
    trainee: Trainee,
    groups: Sequence[tuple[Tensor, Tensor]],
    pixels: Sequence[Tensor | None],
    device: torch.device,
) -> Tensor:
    """Mean cross entropy of the answers of all groups.

    Padding stands behind every answer, so that causal attention never sees it: no mask is needed.
    """
    model = trainee.llava.model
    hidden, wanted = [], []
    for (ids, labels), view in zip(groups, pixels, strict=True):
        embedded = model.get_input_embeddings()(ids.to(device))
        if view is not None:
            here = (ids == trainee.llava.config.image_token_id).to(device)
            patches = _patches(trainee, view.to(device))
            embedded = embedded.masked_scatter(here[..., None], patches.to(embedded.dtype))
        said = (labels[:, 1:] != -100).to(device)
        out = model.language_model(inputs_embeds=embedded, use_cache=False).last_hidden_state
        hidden.append(out[:, :-1][said])
        wanted.append(labels[:, 1:].to(device)[said])
    logits = trainee.llava.lm_head(torch.cat(hidden)).float()
    return functional.cross_entropy(logits, torch.cat(wanted))


def texts_for(sampler: Sampler, count: int = 40_000) -> list[str]:
    """Texts to train the tokenizer on."""
    rng = Random("nano-vqa/tokenizer")
    kinds = {**WORDED, **{k: v / 4 for k, v in VIEWED.items()}}
    drawn = [sampler.draw(k, rng) for k in rng.choices(list(kinds), list(kinds.values()), k=count)]
    return [text for s in drawn for text in (s.prompt, s.answer)]


def train(
    bank: Bank,
    folder: Path,
    plan: Plan,
    mix: Mix = MIX,
    *,
    start: Path | None = None,
    on_step: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[LlavaForConditionalGeneration, Words, bool]:
    """Train on a bank, resuming what `folder` holds: (model with averaged weights, tokenizer, whether it is done).

    start: the folder of an exported model to begin with, tokenizer included, instead of random weights.
    """
    sampler = Sampler(bank, composed=mix.composed)
    kept = folder / "tokenizer"
    if start is not None or kept.is_dir():
        tokenizer = opened_tokenizer(start or kept)
    else:
        tokenizer = tokenizer_of(texts_for(sampler))
        tokenizer.save_pretrained(kept)
    torch.manual_seed(plan.seed)
    network = build(tokenizer)
    if start is not None:
        network.load_state_dict(opened(start))
    trainee = Trainee(network)
    if not mix.pictures:
        network.model.vision_tower.requires_grad_(False)
        network.model.multi_modal_projector.requires_grad_(False)
    job = Job(trainee, lambda step: make_batch(sampler, tokenizer, plan, mix, step), loss_of)
    done = fit(job, plan, folder, on_step=on_step, stop=stop)
    trained: nn.Module = network
    trained.eval()
    return network, tokenizer, done
