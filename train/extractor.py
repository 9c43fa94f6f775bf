"""Training of the extractor: a small encoder that says which words of a page answer a question.

- The encoder is the reader's (`seal.train.reader`: pretrained, its vocabulary cut) or a wide one (`wide`), with two
  heads: where the answer begins and ends, and whether a window holds it at all (`extractor.KINDS`).
- A step's windows are made from the seed and the step. Three of four hold the answer; the others are windows of a page
  that answers elsewhere or nowhere, so that "nothing" is learnt as well.
- `export` writes int8 ONNX and the tokenizer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from ..agents.extract.extractor import KINDS
from ..agents.extract.windows import MOST_PIECES, Window, windows_of
from ..memory.errors import InputError
from .asked_pages import Sets
from .from_onnx import begin
from .loop import Job, Plan, Progress, fit
from .page_noise import AskedPage
from .reader import base_folder, cut_encoder, padded, to_onnx, tokenizer_of
from .wide import WideEncoder, is_wide, wide_encoder

__all__ = [
    "BATCH",
    "Maker",
    "Network",
    "Told",
    "Windows",
    "export",
    "loss_of",
    "make_windows",
    "network_of",
    "train",
]

BATCH = 32
HOLDING = 0.75
"""Share of windows that hold the answer, of the pages that have one."""
LENGTHS = (128, 160, 224, MOST_PIECES)
"""Pieces of words that a window holds at most, one of these at each step: short ones cost less, long ones are what is
read in the end."""
UNKNOWN = "unknown"
"""Kind of a page of which nobody has written what it says."""
_NOWHERE = -100


@dataclass(frozen=True, eq=False, slots=True)
class Windows:
    """ids, mask, types: (N, T) int64; own: (N, T) bool, where an answer may begin or end. starts, ends: (N,) index of
    the piece, -100 where no loss is taken; kinds: (N,) index in `KINDS`,
    -100 where nobody has written what a window says."""

    ids: Tensor
    mask: Tensor
    types: Tensor
    own: Tensor
    starts: Tensor
    ends: Tensor
    kinds: Tensor


class Told(NamedTuple):
    """What a network says. starts, ends: (N, T) logits; kinds: (N, 4) logits; states: (N, T, width)."""

    starts: Tensor
    ends: Tensor
    kinds: Tensor
    states: Tensor


class Network(nn.Module):
    """The encoder with its heads.

    forward: (N, T) ids, mask and types (0: the question, 1: the page) -> logits of starts and ends (N, T), of kinds
    (N, 4).
    """

    def __init__(self, encoder: BertModel | WideEncoder) -> None:
        super().__init__()
        width = encoder.width if isinstance(encoder, WideEncoder) else encoder.config.hidden_size
        self.encoder = encoder
        self.span = nn.Linear(width, 2)
        self.kind = nn.Linear(width, len(KINDS))

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.read(ids, mask, types)[:3]

    def read(self, ids: Tensor, mask: Tensor, types: Tensor) -> Told:
        """As `forward`, with the states behind it."""
        states: Tensor = self.encoder(
            input_ids=ids, attention_mask=mask, token_type_ids=types
        ).last_hidden_state
        spans = self.span(states)
        return Told(spans[..., 0], spans[..., 1], self.kind(states[:, 0]), states)


def network_of(base: Path, tokens_of: Path | None = None, layers: int | None = None) -> Network:
    """The pretrained encoder with fresh heads. In training no share of what it attends to is dropped, which would take
    a CPU more than twice as long.

    base: its folder, of BERT's or MPNet's kind. tokens_of: the folder whose tokens a wide one keeps; None: the
    installed one's. layers: the first so many of a wide one; None: all. Raises InputError when there is none that is
    known.
    """
    if is_wide(base):
        encoder = wide_encoder(base, tokens_of or base_folder(), MOST_PIECES)
        return Network(encoder.lower(layers) if layers else encoder)
    if layers:
        raise InputError("Layers can be left out of an encoder of MPNet's kind only.")
    narrow = cut_encoder(base, MOST_PIECES)
    for name, part in narrow.named_modules():
        if name.endswith("attention.self.dropout") and isinstance(part, nn.Dropout):
            part.p = 0.0
    return Network(narrow)


def make_windows(pages: Sequence[AskedPage], tokenizer: Tokenizer, rng: Random) -> Windows:
    """One window of each page, all of one of the `LENGTHS`."""
    most = rng.choice(LENGTHS)
    made = [_chosen(page, windows_of(tokenizer, page.question, page.rows, most), rng) for page in pages]
    ids = padded([w.ids for w, *_ in made])
    return Windows(
        ids,
        padded([[1] * len(w.ids) for w, *_ in made]),
        padded([[0] * w.own + [1] * (len(w.ids) - w.own) for w, *_ in made]),
        padded([[int(p is not None) for p in w.places] for w, *_ in made]).bool(),
        torch.tensor([start for _, start, _, _ in made]),
        torch.tensor([end for _, _, end, _ in made]),
        torch.tensor([KINDS.index(kind) if kind in KINDS else _NOWHERE for *_, kind in made]),
    )


def _chosen(page: AskedPage, windows: Sequence[Window], rng: Random) -> tuple[Window, int, int, str]:
    """A window with the first and last piece of the answer in it, or without."""
    held = [(w, *found) for w in windows if (found := _pieces(page, w))]
    others = [w for w in windows if not _pieces(page, w)]
    if held and (not others or rng.random() < HOLDING):
        window, start, end = rng.choice(held)
        return window, start, end, page.kind
    window = rng.choice(others or list(windows) or [Window((2, 3), 2, (None, None))])
    return window, _NOWHERE, _NOWHERE, page.kind if page.kind == UNKNOWN else "none"


def _pieces(page: AskedPage, window: Window) -> tuple[int, int] | None:
    inside = [
        i
        for i, place in enumerate(window.places)
        if place is not None and place[0] == page.row and place[1] < page.end and place[2] > page.start
    ]
    whole = inside and (window.places[inside[-1]] or (0, 0, 0))[2] >= page.end
    return (inside[0], inside[-1]) if whole and page.kind in KINDS[1:] else None


def _loss(network: nn.Module, batch: Windows) -> dict[str, Tensor]:
    device = next(network.parameters()).device
    assert isinstance(network, Network)
    told = network.read(batch.ids.to(device), batch.mask.to(device), batch.types.to(device))
    return loss_of(told, batch)


def loss_of(told: Told, batch: Windows) -> dict[str, Tensor]:
    """Mean cross entropy of kinds, and of beginning and end where a window holds the answer."""
    device, own = told.kinds.device, batch.own.to(told.kinds.device)

    def missed(logits: Tensor, right: Tensor) -> Tensor:
        shown = right >= 0
        lost = functional.cross_entropy(
            logits.float().masked_fill(~own, -1e4)[shown], right[shown], reduction="sum"
        )
        return lost / shown.sum().clamp(min=1)

    where = (missed(told.starts, batch.starts.to(device)) + missed(told.ends, batch.ends.to(device))) / 2
    kind = functional.cross_entropy(told.kinds.float(), batch.kinds.to(device), ignore_index=_NOWHERE)
    return {"loss": where + kind, "where": where, "kind": kind}


def train(
    folder: Path,
    plan: Plan,
    *,
    sets: Path | None = None,
    base: Path | None = None,
    layers: int | None = None,
    start: Path | None = None,
    batch: int = BATCH,
    on_step: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> tuple[Network, Tokenizer, bool]:
    """Train, resuming what `folder` holds: (network with averaged weights, tokenizer, whether it is done).

    sets: a folder of public sets beside the written pages. base: the folder of the pretrained encoder; None finds the
    installed package, whose tokens a wide one keeps too. layers: the first so many of a wide one; None: all. start:
    weights that are trained further, as `seal.train.from_onnx.begin` takes them. batch: windows of a step.

    Raises MissingExtraError without the encoder, InputError when a folder holds another run or a file is broken.
    """
    words = base_folder()
    torch.manual_seed(plan.seed)
    tokens_of = words if base is None or is_wide(base) else base
    network, make = network_of(base or words, tokens_of, layers), Maker(tokens_of, sets, plan.seed, batch)
    if start is not None:
        begin(network, start)
    done = fit(Job(network, make, _loss), plan, folder, on_step=on_step, stop=stop)
    return network.eval(), make.tokenizer, done


class Maker:
    """`maker(step)` is the batch of that step. elsewhere: share of pages that another page's question is asked of."""

    def __init__(self, base: Path, sets: Path | None, seed: int, batch: int, elsewhere: float = 0.0) -> None:
        self.tokenizer, self.sets, self.seed, self.batch = tokenizer_of(base), Sets(sets), seed, batch
        self.elsewhere = elsewhere
        self.tokenizer.no_truncation()

    def __call__(self, step: int) -> Windows:
        rng = Random(f"extractor/{self.seed}/{step}")
        return make_windows([self._drawn(rng) for _ in range(self.batch)], self.tokenizer, rng)

    def _drawn(self, rng: Random) -> AskedPage:
        page = self.sets.draw(rng)
        if self.elsewhere and rng.random() < self.elsewhere:
            return AskedPage(page.rows, self.sets.draw(rng).question, UNKNOWN)
        return page


def export(network: Network, tokenizer: Tokenizer, out: Path) -> None:
    """Write extractor.onnx (int8 weights, its graph optimised for any processor) and tokenizer.json."""
    names, ids = ["ids", "mask", "types"], torch.ones(2, 12, dtype=torch.long)
    axes = {n: {0: "n", 1: "t"} for n in (*names, "starts", "ends")} | {"kinds": {0: "n"}}
    network = network.cpu().eval()
    to_onnx(network, (ids, ids, ids), names, ["starts", "ends", "kinds"], axes, out / "extractor.onnx")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
