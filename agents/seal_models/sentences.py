"""What the two SEAL models are told: sentences, token ids, and the layout of the visual working memory.

- The sentences are those that the released weights were trained with.
- Token ids follow the tokenizer of the training (transformers 4.31, not fast): a prompt is cut at its
  placeholders and added tokens and every piece of text is encoded alone; next to an added token it loses its
  whitespace. Current tokenizers do otherwise, and give other ids.
- Crops are 1.2 times the target; coordinates are shares of the image padded to a square, its centre kept.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ...memory.errors import InputError
from ...memory.geometry import Box

__all__ = [
    "IMAGE",
    "LAYOUTS",
    "LOCATED",
    "Layout",
    "OBJECT",
    "Tokens",
    "VISUAL_TOKENS",
    "crop_xyxy",
    "focus",
    "in_square",
    "locate_prompt",
    "missing_objects",
    "plain",
    "projections",
    "vqa_prompt",
    "where_prompt",
]

IMAGE, OBJECT = -200, -300
"""Token ids that stand for the image and for a crop."""
LOCATED = "Sure, [LOC]."
"""The reply that the visual search model was trained to give when it is asked to locate something."""

Layout = Literal["evaluated", "trained"]
"""Which projections the working memory uses: those of the published evaluation, or of the training data."""
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

VISUAL_TOKENS = {True: 256, False: 32}
"""Tokens of an image or crop, by whether it is projected long."""

_SYSTEM = (
    "A chat between a curious {0} and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the {0}'s questions."
)
_LOCATE = "Please locate the {} in this image."
_WHERE = (
    "According to the common sense knowledge and possible visual cues, "
    "what is the most likely location of the {} in the image?"
)
_MISSING = (
    "Sorry, I can not answer the question. "
    "Some visual information about the following objects is missing or unclear:"
)
_FOCUS = "Additional visual information to focus on: "
_PLACEHOLDERS = {"<image>": IMAGE, "<object>": OBJECT}
_BASE_TOKENS = {"<unk>": 0, "<s>": 1, "</s>": 2}


def plain(text: str) -> str:
    """Words of a user or a model, without what would be read as a token of the prompt, on one line."""
    for token in (*_PLACEHOLDERS, *_BASE_TOKENS, "<im_start>", "<im_end>", "[LOC]"):
        text = text.replace(token, " ")
    return text.strip()


def locate_prompt(phrase: str) -> str:
    """Asks the visual search model for boxes and a cue map."""
    return _vsm_prompt(_LOCATE.format(plain(phrase)))


def where_prompt(phrase: str) -> str:
    """Asks the visual search model for the contextual cue."""
    return _vsm_prompt(_WHERE.format(plain(phrase)))


def _vsm_prompt(question: str) -> str:
    return f"{_SYSTEM.format('human')} USER: <im_start><image><im_end>\n{question} ASSISTANT:"


def vqa_prompt(question: str, focus_text: str = "") -> str:
    """Asks the VQA model; `focus_text` from `focus`."""
    lines = [focus_text] if focus_text else []
    text = "\n".join([*lines, plain(question)])
    return f"{_SYSTEM.format('user')} USER: <image>\n{text} ASSISTANT:"


def focus(found: Sequence[tuple[str, tuple[float, float, float, float]]], absent: Sequence[str] = ()) -> str:
    """The working memory in words: each found target with its box x0 y0 x1 y1 (shares of the padded square),
    each absent one by its own name. Empty when there is neither."""
    parts = [
        f"{plain(name)} <object> at location [{','.join(f'{v:.3f}' for v in xyxy)}]" for name, xyxy in found
    ]
    parts += [f"{plain(name)} not existent in the image" for name in absent]
    return f"{_FOCUS}{'; '.join(parts)}." if parts else ""


def missing_objects(reply: str) -> tuple[str, ...] | None:
    """The targets that a reply of the VQA model asks for; None when it is an answer."""
    _, said, rest = reply.partition(_MISSING)
    if not said:
        return None
    names = (name.strip() for name in rest.strip().removesuffix(".").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def projections(targets: int, layout: Layout) -> tuple[bool, bool]:
    """(image long?, crops long?) for a number of crops in the prompt.

    evaluated: 1 or 2 crops are long, more are short, beside a short image (released evaluation). trained: one
    crop is long beside a short image, more are short beside a long one (released training data).
    """
    if targets == 0:
        return True, False
    crops_long = targets <= (2 if layout == "evaluated" else 1)
    return layout == "trained" and not crops_long, crops_long


def crop_xyxy(box: Box, size_wh: tuple[int, int], scale: float = 1.2) -> tuple[int, int, int, int]:
    """What a crop of a target shows, whole pixels of the image: `scale` times the box, cut to the image."""
    edges = []
    for start, length, limit in ((box.x, box.width, size_wh[0]), (box.y, box.height, size_wh[1])):
        side = max(1, int(scale * math.ceil(length)))
        low = min(max(0, int(start + length / 2) - side // 2), limit - 1)
        edges.append((low, min(low + side, limit)))
    (x0, x1), (y0, y1) = edges
    return x0, y0, x1, y1


def in_square(box: Box, size_wh: tuple[int, int]) -> tuple[float, float, float, float]:
    """A box of the image as x0 y0 x1 y1 shares of the image padded to a square on both sides, in [0, 1]."""
    side = max(size_wh)
    left, top = (side - size_wh[0]) // 2, (side - size_wh[1]) // 2
    x0, y0, x1, y1 = box.xyxy
    shares = ((x0 + left) / side, (y0 + top) / side, (x1 + left) / side, (y1 + top) / side)
    return tuple(min(max(v, 0.0), 1.0) for v in shares)  # type: ignore[return-value]


class Tokens:
    """Token ids of a checkpoint's `tokenizer.model`. Raises InputError when it is absent or broken."""

    start, end = _BASE_TOKENS["<s>"], _BASE_TOKENS["</s>"]

    def __init__(self, folder: Path) -> None:
        import sentencepiece

        path = folder / "tokenizer.model"
        if not path.is_file():
            raise InputError(
                f"{path}: the tokenizer is missing; it comes with the checkpoint (the file tokenizer.model "
                "of the same repository, about 500 kB). Copy it there."
            )
        try:
            self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (RuntimeError, OSError) as error:
            raise InputError(
                f"{path}: this is no sentencepiece model; download it again ({error})."
            ) from error
        self.added = _added_tokens(folder)
        names = [*map(re.escape, (*self.added, *_BASE_TOKENS))]
        self._cut = re.compile(f"({'|'.join(names)})")

    def __len__(self) -> int:
        return int(max([self._pieces.get_piece_size() - 1, *self.added.values()])) + 1

    def prompt(self, text: str) -> list[int]:
        """Ids of a whole prompt, "<s>" first, with `IMAGE` and `OBJECT` for its placeholders."""
        ids = [self.start]
        for piece in re.split(f"({'|'.join(_PLACEHOLDERS)})", text):
            ids += [_PLACEHOLDERS[piece]] if piece in _PLACEHOLDERS else self.encode(piece)
        return ids

    def encode(self, text: str) -> list[int]:
        """Ids of a text without placeholders."""
        pieces = self._cut.split(text)
        ids: list[int] = []
        for before, piece, after in zip(["", *pieces], pieces, [*pieces[1:], ""], strict=False):
            if piece in self.added or piece in _BASE_TOKENS:
                ids.append(self.added.get(piece, _BASE_TOKENS.get(piece, 0)))
                continue
            piece = piece.lstrip() if before in self.added else piece
            piece = piece.rstrip() if after in self.added else piece
            ids += self._pieces.encode(piece) if piece else []
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of a reply, without special and added tokens."""
        size = self._pieces.get_piece_size()
        text: str = self._pieces.decode([i for i in ids if len(_BASE_TOKENS) <= i < size])
        return text.strip()


def _added_tokens(folder: Path) -> dict[str, int]:
    """Tokens added after the training of the tokenizer, from the two files that may name them."""
    try:
        added: dict[str, int] = _json(folder / "added_tokens.json")
        decoder = _json(folder / "tokenizer_config.json").get("added_tokens_decoder", {})
        added = {t["content"]: int(i) for i, t in decoder.items()} | {t: int(i) for t, i in added.items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{folder}: its added tokens cannot be read ({error}).") from error
    return {token: i for token, i in added.items() if token not in _BASE_TOKENS}


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
