"""The nano VQA model as ordinary Hugging Face parts: tokenizer, random weights, and the folder that ships."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from ..agents.nano_vqa.prompts import VIEW
from ..agents.transformers_types import Tokenizer
from .concepts import table

if TYPE_CHECKING:
    from transformers import LlavaForConditionalGeneration

__all__ = ["IMAGE_TOKENS", "Words", "build", "export", "opened", "opened_tokenizer", "tokenizer_of"]

PATCH = 8
IMAGE_TOKENS = (VIEW // PATCH) ** 2
VOCABULARY = 2048
SPECIAL = ("<pad>", "<s>", "</s>", "<unk>", "<image>", "<|user|>", "<|assistant|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}{% endfor %}"
    "{% endif %}{% if message['role'] == 'assistant' %}</s>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


class Words(Tokenizer, Protocol):
    """The tokenizer that is trained here."""

    bos_token_id: int
    pad_token_id: int

    def __len__(self) -> int: ...

    def convert_tokens_to_ids(self, token: str) -> int:
        """The id of one token."""
        ...

    def save_pretrained(self, folder: Path) -> object:
        """Write it as a folder."""
        ...


def _untyped() -> Any:
    """The module transformers: its classes are typed in part."""
    import transformers

    return transformers


def tokenizer_of(texts: Sequence[str]) -> Words:
    """A byte-level BPE tokenizer trained on texts.

    Its normalizer puts a space after an opening double quote, so that a quoted word is the same
    tokens wherever it stands, and one at the beginning; digits are single tokens.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    raw = Tokenizer(models.BPE(unk_token=None))
    raw.normalizer = normalizers.Sequence(
        [
            normalizers.NFC(),
            normalizers.Replace(Regex(r'"(?=[^\s,\]}:?.!;")])'), '" '),
            normalizers.Strip(left=True, right=False),
            normalizers.Prepend(" "),
        ]
    )
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    raw.train_from_iterator(texts, trainer)
    made: Words = _untyped().PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        additional_special_tokens=["<image>", "<|user|>", "<|assistant|>"],
        model_max_length=1024,
        padding_side="left",
        clean_up_tokenization_spaces=False,
    )
    return made


def build(tokenizer: Words) -> LlavaForConditionalGeneration:
    """The model with random weights: about 3.4 M parameters."""
    hf = _untyped()
    ends = {name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")}
    vision = hf.CLIPVisionConfig(
        hidden_size=192,
        intermediate_size=640,
        num_hidden_layers=4,
        num_attention_heads=6,
        image_size=VIEW,
        patch_size=PATCH,
        projection_dim=160,
        hidden_act="gelu",
    )
    words = hf.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=160,
        intermediate_size=448,
        num_hidden_layers=4,
        num_attention_heads=5,
        num_key_value_heads=5,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        **ends,
    )
    config = hf.LlavaConfig(
        vision_config=vision,
        text_config=words,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=IMAGE_TOKENS,
        vision_feature_layer=-1,
        vision_feature_select_strategy="default",
        tie_word_embeddings=True,
        **ends,
    )
    network: LlavaForConditionalGeneration = hf.LlavaForConditionalGeneration(config)
    network.set_attn_implementation("eager")  # short sequences: twice as fast to train on a CPU
    _begin_vision(network)
    return network


def _begin_vision(network: LlavaForConditionalGeneration) -> None:
    """Start the vision tower from patches that lose nothing and places that can be told apart: it learns much faster.

    Orthogonal patch embedding; 2D sine-cosine positions (arXiv 2205.01580), as large as the patches.
    """
    embeddings = network.model.vision_tower.embeddings
    with torch.no_grad():
        nn.init.orthogonal_(embeddings.patch_embedding.weight.view(embeddings.embed_dim, -1))
        side, width = VIEW // PATCH, embeddings.embed_dim // 4
        y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
        rates = 1.0 / 10.0 ** (torch.arange(width) / width * 2)
        angles = [axis.flatten()[:, None] * rates for axis in (x, y)]
        places = torch.cat([f(a) for a in angles for f in (torch.sin, torch.cos)], 1)
        embeddings.position_embedding.weight[1:] = 0.7 * places


def opened_tokenizer(folder: Path) -> Words:
    """The tokenizer of a folder that `save_pretrained` or `export` wrote."""
    tokenizer: Words = _untyped().PreTrainedTokenizerFast.from_pretrained(folder)
    return tokenizer


def opened(folder: Path) -> dict[str, Tensor]:
    """The weights of an exported model, as float32."""
    network: nn.Module = _untyped().LlavaForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True
    )
    return network.state_dict()


def export(network: LlavaForConditionalGeneration, tokenizer: Words, out: Path) -> None:
    """Write the model as an ordinary Hugging Face folder, weights as float16 safetensors."""
    hf = _untyped()
    images = hf.CLIPImageProcessor(
        size={"height": VIEW, "width": VIEW},
        do_center_crop=False,
        resample=4,
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    processor = hf.LlavaProcessor(
        images,
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=CHAT_TEMPLATE,
        num_additional_image_tokens=1,
    )
    out.mkdir(parents=True, exist_ok=True)
    module: nn.Module = network
    module.to(torch.float16)
    network.save_pretrained(out)
    processor.save_pretrained(out)
    (out / "concepts.json").write_text(json.dumps(list(table().concepts)) + "\n", encoding="utf-8")
    module.to(torch.float32)
