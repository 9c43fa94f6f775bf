"""From text and images to a model's inputs, along the route of its profile.

A turn is a list of parts, {"type": "text", "text": str} or {"type": "image", "image": PIL image}, as
`seal.memory.messages` writes them. Two guards stand here for every family: image markers and control tokens in
the text are broken up, so that a question cannot pose as a turn or an image; and images that are too small or
too long for the processor are padded.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence

import PIL.Image
import PIL.ImageOps

from ...memory.errors import AgentError, SealError
from ...memory.messages import MessagePart
from ...memory.source import one_line
from ..montage import montage
from ..transformers_types import Processor, Tokenizer
from .profiles import Profile

__all__ = ["Turn", "encode", "prepared", "turn_of"]

Turn = list[MessagePart]
Inputs = Mapping[str, object]
"""What a processor makes for a model: tensors by name, of some families lists of tensors."""
_PAD = (127, 127, 127)


def turn_of(images: Sequence[PIL.Image.Image], text: str) -> Turn:
    """Images in order, then the text."""
    shown: Turn = [{"type": "image", "image": image} for image in images]
    return [*shown, {"type": "text", "text": text}]


def prepared(image: PIL.Image.Image, profile: Profile, max_side: int) -> PIL.Image.Image:
    """RGB, longest side at most `max_side`, padded to sides that the family takes.

    Padding goes to the right and below; for families that need squares, evenly to both sides.
    """
    image = image.convert("RGB")
    scale = max_side / max(image.size)
    if scale < 1:
        w, h = (max(1, round(side * scale)) for side in image.size)
        image = image.resize((w, h), PIL.Image.Resampling.LANCZOS)
    least = max(profile.shortest_px, round(max(image.size) / profile.most_extreme))
    if profile.square:
        least = max(least, *image.size)
    w, h = (max(side, least) for side in image.size)
    if (w, h) == image.size:
        return image
    padded = PIL.Image.new("RGB", (w, h), _PAD)
    padded.paste(image, ((w - image.width) // 2, (h - image.height) // 2) if profile.square else None)
    return padded


def encode(turns: Sequence[Turn], processor: Processor, profile: Profile, max_side: int) -> dict[str, object]:
    """Inputs of the model for a batch of turns, padded on the left.

    Raises AgentError where the processor refuses them, naming its message.
    """
    turns = [_shown(turn, processor.tokenizer, profile, max_side) for turn in turns]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # transformers' own, of numpy
            inputs = _ENCODERS[profile.route](turns, processor, profile)
    except SealError:
        raise
    except Exception as error:  # foreign templates: anything can happen
        counts = [sum(part["type"] == "image" for part in turn) for turn in turns]
        raise AgentError(
            f"The processor of {profile.model_type} ({type(processor).__name__}) refuses turns with {counts} "
            f"images: {one_line(error, 300)}"
        ) from error
    return {key: value for key, value in inputs.items() if key not in profile.drop}


def _shown(turn: Turn, tokenizer: Tokenizer, profile: Profile, max_side: int) -> Turn:
    """The turn with harmless text and images that the family takes: one montage where it takes one image."""
    images = [part["image"] for part in turn if part["type"] == "image"]
    if profile.most_images is not None and len(images) > profile.most_images:
        if profile.most_images > 1:
            raise AgentError(
                f"{profile.model_type} takes {profile.most_images} images a turn; got {len(images)}."
            )
        names = [str(i + 1) for i in range(len(images))]
        sheet = montage(images, names, max_side)
        count = iter(names)
        words = [f"(picture {next(count)})" if p["type"] == "image" else p["text"] for p in turn]
        turn = turn_of([sheet], "\n".join(words))
    elif not images and profile.needs_image:
        turn = turn_of([PIL.Image.new("RGB", (64, 64), _PAD)], "\n".join(p["text"] for p in turn))
    return [
        {"type": "image", "image": prepared(part["image"], profile, max_side)}
        if part["type"] == "image"
        else {"type": "text", "text": _defused(part["text"], tokenizer, profile)}
        for part in turn
    ]


def _defused(text: str, tokenizer: Tokenizer, profile: Profile) -> str:
    """The text with a space in every special token that it spells: "<image>" becomes "< image>"."""
    added = getattr(tokenizer, "added_tokens_decoder", {}).values()
    tokens = {str(token) for token in added if token.special} | {
        *tokenizer.all_special_tokens,
        profile.marker,
    }
    tokens = {token for token in tokens if len(token) > 1}
    if not tokens:
        return text
    found = re.compile("|".join(re.escape(t) for t in sorted(tokens, key=len, reverse=True)))
    return found.sub(lambda match: f"{match[0][0]} {match[0][1:]}", text)


def _images(turn: Turn) -> list[PIL.Image.Image]:
    return [part["image"] for part in turn if part["type"] == "image"]


def _text(turn: Turn) -> str:
    return "\n".join(part["text"] for part in turn if part["type"] == "text")


def _chat(turns: Sequence[Turn], processor: Processor, profile: Profile) -> Inputs:
    if not getattr(processor, "chat_template", None) and not processor.tokenizer.chat_template:
        raise AgentError(
            f"{profile.model_type}: this checkpoint has no chat template; take its instruction-tuned ('-Instruct', "
            "'-it') sibling."
        )
    if not _keeps_places(processor):
        turns = [_numbered(turn) for turn in turns]
    messages = [[{"role": "user", "content": _lined(turn)}] for turn in turns]
    template = str(getattr(processor, "chat_template", None) or processor.tokenizer.chat_template)
    return processor.apply_chat_template(
        messages,
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs={"padding": True},
        **({"enable_thinking": False} if "enable_thinking" in template else {}),
    )


def _keeps_places(processor: Processor) -> bool:
    """Whether the chat template leaves images where they stand; some write all of them before the text."""
    parts = [{"type": "text", "text": "before"}, {"type": "image"}, {"type": "text", "text": "after"}]
    written = processor.apply_chat_template([{"role": "user", "content": parts}], tokenize=False)
    return bool(str(written).partition("before")[2].partition("after")[0].strip())


def _lined(turn: Turn) -> Turn:
    """Every text but the last ends its line, as templates join parts without a space."""
    last = len(turn) - 1
    return [
        p if p["type"] == "image" or i == last else p | {"text": p["text"] + "\n"} for i, p in enumerate(turn)
    ]


def _numbered(turn: Turn) -> Turn:
    """Every image followed by its number in words, for models that see all images before the text."""
    numbered: Turn = []
    for part in turn:
        numbered.append(part)
        if part["type"] == "image":
            numbered.append({"type": "text", "text": f"(image {len(_images(numbered))})"})
    return numbered


def _list(turns: Sequence[Turn], processor: Processor, profile: Profile) -> Inputs:
    rows = [
        [
            profile.before,
            *(p["image"] if p["type"] == "image" else p["text"] for p in _lined(turn)),
            profile.after,
        ]
        for turn in turns
    ]
    return processor(text=rows, padding="longest", return_tensors="pt")


def _prefix(turns: Sequence[Turn], processor: Processor, profile: Profile) -> Inputs:
    texts = [
        profile.marker * len(_images(turn)) + profile.before + _text(_numbered(turn)) + profile.after
        for turn in turns
    ]
    return _with_images(turns, texts, processor)


def _inline(turns: Sequence[Turn], processor: Processor, profile: Profile) -> Inputs:
    texts = [
        profile.before
        + "\n".join(profile.marker if p["type"] == "image" else p["text"] for p in turn)
        + profile.after
        for turn in turns
    ]
    return _with_images(turns, texts, processor, flat=True)


def _plain(turns: Sequence[Turn], processor: Processor, profile: Profile) -> Inputs:
    texts = [profile.before + _text(turn) + profile.after for turn in turns]
    return _with_images(turns, texts, processor, flat=True)


def _with_images(turns: Sequence[Turn], texts: list[str], processor: Processor, flat: bool = False) -> Inputs:
    nested = [_images(turn) for turn in turns]
    images: Sequence[object] = [image for row in nested for image in row] if flat else nested
    return processor(images=images or None, text=texts, padding=True, return_tensors="pt")


_ENCODERS = {"chat": _chat, "list": _list, "prefix": _prefix, "inline": _inline, "plain": _plain}
