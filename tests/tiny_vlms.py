"""Tiny random checkpoints of vision-language models, built offline: `build(family, folder)`.

Every family that SEAL can load has a recipe: the smallest configuration that its class accepts, a processor
around a tokenizer trained on four sentences, and weights drawn anew, because a fresh initialisation hides the
images in several families (zero gates and projections, tiny deviations). The files are laid out as a released
checkpoint's, so that nothing but `from_pretrained` is needed to load one.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import transformers as tf
from tiny import Recipe, Recipes, write
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

__all__ = ["FAMILIES", "build"]

CORPUS = [
    "The image shows a button, an icon and a line of text.",
    "What is the colour of the small icon near the search bar?",
    '{"enough": false, "answer": "unknown", "targets": [{"name": "red icon", "all": true}], "cites": ["crop-1"]}',
    "question global image searched targets USER ASSISTANT system user assistant 0 12 345 678 999",
]
_family = Recipes()


def build(family: str, folder: str | Path, seed: int = 1) -> Path:
    """A checkpoint of that family (`FAMILIES`) in `folder`: 0.3 to 2.4 MB, random weights fixed by `seed`."""
    return write(_family[family](), folder, seed, 0.15)


# --- parts ------------------------------------------------------------------------------------------------


@functools.cache
def _bpe() -> str:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<pad>", "<s>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS * 20, trainer)
    return tokenizer.to_str()


def _tokenizer(extra: Sequence[str] = (), bos: str = "<s>", **named: str) -> Any:
    """Byte-level BPE; `named` tokens become attributes of the tokenizer, `extra` ones do not."""
    inner = Tokenizer.from_str(_bpe())
    added = [t for t in (*named.values(), *extra, bos) if inner.token_to_id(t) is None]
    inner.add_special_tokens([AddedToken(t, normalized=False, special=True) for t in dict.fromkeys(added)])
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token=bos,
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        extra_special_tokens=named or None,
        model_max_length=8192,
        padding_side="left",
    )


def _size(tokenizer: Any) -> int:
    """Rows of the embedding: all ids and up to 8 spare ones."""
    return (max(tokenizer.get_vocab().values()) + 9) // 8 * 8


def _id(tokenizer: Any, token: str) -> int:
    return int(tokenizer.convert_tokens_to_ids(token))


def _template(
    image: str, user: str = "USER: ", model: str = "ASSISTANT: ", end: str = "\n", bos: str = ""
) -> str:
    """A chat template that writes `image` for every picture."""
    text = (
        "{{ '%s' }}{%% for m in messages %%}{{ '%s' if m['role'] != 'assistant' else '%s' }}"
        "{%% if m['content'] is string %%}{{ m['content'] }}{%% else %%}{%% for c in m['content'] %%}"
        "{%% if c['type'] == 'image' %%}{{ '%s' }}{%% elif c['type'] == 'text' %%}{{ c['text'] }}{%% endif %%}"
        "{%% endfor %%}{%% endif %%}{{ '%s' }}{%% endfor %%}{%% if add_generation_prompt %%}{{ '%s' }}{%% endif %%}"
    )
    return (text % (bos, user, model, image, end, model)).replace("\n", "\\n")


_TURNS = ("<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n")
_VIT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
_CLIP = _VIT | {"model_type": "clip_vision_model", "image_size": 56, "patch_size": 14, "projection_dim": 32}
_SIGLIP = _VIT | {
    "model_type": "siglip_vision_model",
    "image_size": 56,
    "patch_size": 14,
    "vision_use_head": False,
}
_PIXTRAL = _VIT | {
    "model_type": "pixtral",
    "head_dim": 16,
    "image_size": 64,
    "patch_size": 8,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e4},
}
_SQUARE = {"height": 56, "width": 56}
_TILES = [[56, 112], [112, 56], [112, 112]]


def _text(tokenizer: Any, model_type: str = "", **changes: Any) -> dict[str, Any]:
    """Configuration of a language model of two layers; a value of None takes its key away."""
    fields = _VIT | {
        "model_type": model_type,
        "num_key_value_heads": 2,
        "max_position_embeddings": 8192,
        "vocab_size": _size(tokenizer),
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    return {k: v for k, v in (fields | changes).items() if v not in (None, "")}


# --- LLaVA ------------------------------------------------------------------------------------------------


def _llava_of(text_model: str) -> Recipe:
    tokenizer = _tokenizer(image_token="<image>")
    config = tf.LlavaConfig(
        vision_config=_CLIP,
        text_config=_text(tokenizer, text_model),
        image_token_index=_id(tokenizer, "<image>"),
        image_seq_length=16,
    )
    processor = tf.LlavaProcessor(
        tf.CLIPImageProcessor(size={"shortest_edge": 56}, crop_size=_SQUARE),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_template("<image>\n"),
    )
    return config, tf.LlavaForConditionalGeneration, processor


@_family
def llava() -> Recipe:
    return _llava_of("llama")


@_family
def bakllava() -> Recipe:
    return _llava_of("mistral")


@_family
def llava_next() -> Recipe:
    tokenizer = _tokenizer(image_token="<image>")
    config = tf.LlavaNextConfig(
        vision_config=_CLIP,
        text_config=_text(tokenizer, "mistral"),
        image_token_index=_id(tokenizer, "<image>"),
        image_grid_pinpoints=_TILES,
        image_seq_length=16,
    )
    processor = tf.LlavaNextProcessor(
        tf.LlavaNextImageProcessor(
            size={"shortest_edge": 56}, crop_size=_SQUARE, image_grid_pinpoints=_TILES
        ),
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_template("<image>\n", "[INST] ", " [/INST]"),
    )
    return config, tf.LlavaNextForConditionalGeneration, processor


@_family
def llava_onevision() -> Recipe:
    tokenizer = _tokenizer(image_token="<image>", video_token="<video>")
    config = tf.LlavaOnevisionConfig(
        vision_config=_SIGLIP,
        text_config=_text(tokenizer, "qwen2"),
        image_token_index=_id(tokenizer, "<image>"),
        video_token_index=_id(tokenizer, "<video>"),
        image_grid_pinpoints=_TILES,
    )
    processor = tf.LlavaOnevisionProcessor(
        tf.LlavaOnevisionImageProcessor(size=_SQUARE, image_grid_pinpoints=_TILES),
        tokenizer,
        tf.LlavaOnevisionVideoProcessor(size=_SQUARE),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=_template("<image>\n"),
    )
    return config, tf.LlavaOnevisionForConditionalGeneration, processor


@_family
def pixtral() -> Recipe:
    tokenizer = _tokenizer(["[IMG]", "[IMG_BREAK]", "[IMG_END]", "[INST]", "[/INST]"])
    config = tf.LlavaConfig(
        vision_config=_PIXTRAL,
        text_config=_text(tokenizer, "mistral", head_dim=16),
        image_token_index=_id(tokenizer, "[IMG]"),
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
    )
    pixels = tf.PixtralImageProcessor(size={"longest_edge": 64}, patch_size={"height": 8, "width": 8})
    template = _template("[IMG]", "[INST]", "[/INST]", "")
    processor = tf.PixtralProcessor(pixels, tokenizer, patch_size=8, chat_template=template)
    return config, tf.LlavaForConditionalGeneration, processor


@_family
def mistral3() -> Recipe:
    tokenizer = _tokenizer(["[IMG]", "[IMG_BREAK]", "[IMG_END]", "[INST]", "[/INST]"])
    config = tf.Mistral3Config(
        vision_config=_PIXTRAL,
        text_config=_text(tokenizer, "mistral", head_dim=16),
        image_token_index=_id(tokenizer, "[IMG]"),
        vision_feature_layer=-1,
        spatial_merge_size=2,
    )
    pixels = tf.PixtralImageProcessor(size={"longest_edge": 64}, patch_size={"height": 16, "width": 16})
    template = _template("[IMG]", "[INST]", "[/INST]", "")
    processor = tf.PixtralProcessor(
        pixels, tokenizer, patch_size=8, spatial_merge_size=2, chat_template=template
    )
    return config, tf.Mistral3ForConditionalGeneration, processor


# --- Idefics ----------------------------------------------------------------------------------------------

_UTTERANCES = ("User: ", "Assistant: ", "<end_of_utterance>\n")
_UTTERANCE_TOKENS = ["<fake_token_around_image>", "<image>", "<end_of_utterance>"]


@_family
def idefics() -> Recipe:
    tokenizer = _tokenizer(["<fake_token_around_image>", "<end_of_utterance>"], image_token="<image>")
    config = tf.IdeficsConfig(
        additional_vocab_size=0,
        alpha_initializer="normal",
        alphas_initializer_range=1.0,
        alpha_type="vector",
        cross_layer_interval=1,
        use_resampler=True,
        vision_config={
            "embed_dim": 32,
            "image_size": 28,
            "intermediate_size": 64,
            "patch_size": 14,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
        },
        perceiver_config={
            "use_resampler": True,
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 2,
            "resampler_head_dim": 16,
        },
        **_text(tokenizer, num_key_value_heads=None),
    )
    processor = tf.IdeficsProcessor(tf.IdeficsImageProcessor(image_size=28), tokenizer, image_size=28)
    return config, tf.IdeficsForVisionText2Text, processor


@_family
def idefics2() -> Recipe:
    tokenizer = _tokenizer(_UTTERANCE_TOKENS)
    pixels = tf.Idefics2ImageProcessor(
        size={"shortest_edge": 28, "longest_edge": 84}, do_image_splitting=False
    )
    processor = tf.Idefics2Processor(
        pixels, tokenizer, image_seq_len=4, chat_template=_template("<image>", *_UTTERANCES)
    )
    config = tf.Idefics2Config(
        image_token_id=_id(tokenizer, "<image>"),
        vision_config=_VIT | {"image_size": 84, "patch_size": 14},
        perceiver_config={
            "hidden_size": 32,
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 2,
            "resampler_head_dim": 16,
            "num_key_value_heads": 2,
        },
        text_config=_text(tokenizer, "mistral"),
    )
    return config, tf.Idefics2ForConditionalGeneration, processor


def _tiled(name: str) -> Recipe:
    """Idefics3 or SmolVLM: the same model, another processor."""
    cells = [f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7)]
    tokenizer = _tokenizer([*_UTTERANCE_TOKENS, "<global-img>", *cells])
    sizes = {"size": {"longest_edge": 112}, "max_image_size": {"longest_edge": 56}}
    pixels = getattr(tf, f"{name}ImageProcessor")(do_image_splitting=True, **sizes)
    sampling = {"video_size": {"longest_edge": 56}, "fps": 1, "max_frames": 4}
    videos = [tf.SmolVLMVideoProcessor(video_sampling=sampling, **sizes)] if name == "SmolVLM" else []
    processor = getattr(tf, f"{name}Processor")(
        pixels, tokenizer, *videos, image_seq_len=4, chat_template=_template("<image>", *_UTTERANCES)
    )
    config = getattr(tf, f"{name}Config")(
        image_token_id=_id(tokenizer, "<image>"),
        scale_factor=2,
        pad_token_id=tokenizer.pad_token_id,
        vision_config=_VIT | {"image_size": 56, "patch_size": 14},
        text_config=_text(tokenizer, "llama"),
    )
    return config, getattr(tf, f"{name}ForConditionalGeneration"), processor


@_family
def idefics3() -> Recipe:
    return _tiled("Idefics3")


@_family
def smolvlm() -> Recipe:
    return _tiled("SmolVLM")


# --- Qwen -------------------------------------------------------------------------------------------------

_QWEN_TOKENS = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start_token": "<|vision_start|>",
    "vision_end_token": "<|vision_end|>",
}
_LINEAR = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 2,
}


def _rope(section: list[int], **more: Any) -> dict[str, Any]:
    return {"rope_type": "default", "rope_theta": 1e4, "mrope_section": section, **more}


def _qwen(
    name: str, text: dict[str, Any], vision: dict[str, Any], processor: str = "", patch: int = 14
) -> Recipe:
    tokenizer = _tokenizer(["<|im_start|>", "<|im_end|>"], **_QWEN_TOKENS)
    tokens = {f"{key}_id": _id(tokenizer, token) for key, token in _QWEN_TOKENS.items()}
    common = {"depth": 2, "hidden_size": 32, "num_heads": 2, "patch_size": patch, "spatial_merge_size": 2}
    config = getattr(tf, f"{name}Config")(
        text_config=_text(tokenizer, **text),
        vision_config=common | {"temporal_patch_size": 2} | vision,
        **tokens,
    )
    cell = (2 * patch) ** 2
    pixels = tf.Qwen2VLImageProcessor(min_pixels=cell, max_pixels=cell * 16, patch_size=patch)
    kind = processor or name
    videos = tf.Qwen3VLVideoProcessor() if patch == 16 else tf.Qwen2VLVideoProcessor()
    template = _template("<|vision_start|><|image_pad|><|vision_end|>", *_TURNS)
    made = getattr(tf, f"{kind}Processor")(pixels, tokenizer, videos, chat_template=template)
    return config, getattr(tf, f"{name}ForConditionalGeneration"), made


@_family
def qwen2_vl() -> Recipe:
    return _qwen("Qwen2VL", {"rope_parameters": _rope([2, 3, 3])}, {"embed_dim": 32, "mlp_ratio": 2})


@_family
def qwen2_5_vl() -> Recipe:
    vision = {"out_hidden_size": 32, "intermediate_size": 64, "window_size": 56, "fullatt_block_indexes": [1]}
    return _qwen("Qwen2_5_VL", {"rope_parameters": _rope([2, 3, 3])}, vision)


_QWEN3_VISION = {"out_hidden_size": 32, "intermediate_size": 64, "num_position_embeddings": 64}


@_family
def qwen3_vl() -> Recipe:
    text = {"head_dim": 16, "rope_parameters": _rope([4, 2, 2], mrope_interleaved=True)}
    return _qwen("Qwen3VL", text, _QWEN3_VISION | {"deepstack_visual_indexes": [0]}, patch=16)


@_family
def qwen3_5() -> Recipe:
    rope = _rope([4, 2, 2], mrope_interleaved=True, partial_rotary_factor=1.0)
    return _qwen(
        "Qwen3_5", {"head_dim": 16, "rope_parameters": rope, **_LINEAR}, _QWEN3_VISION, "Qwen3VL", 16
    )


# --- without a chat template ------------------------------------------------------------------------------


@_family
def fuyu() -> Recipe:
    """Its processor drops the first id of the image part, which must therefore be a lone underscore."""
    line = "\u2581"
    special = ["|ENDOFTEXT|", "<s>", "</s>", "<unk>"]
    marks = ["|SPEAKER|", "|NEWLINE|", *(f"<0x0{i}>" for i in range(5))]
    letters = sorted(set("".join(CORPUS)) | {chr(i) for i in range(33, 127)} | {"\n"} - {" "})
    pieces = [(piece, 0.0 if i < 3 else -20.0) for i, piece in enumerate(special)]
    pieces += [(line, -2.0), *((mark, 50.0) for mark in marks)]
    pieces += [(letter, -3.0) for letter in letters if letter != " "]
    pieces += [(f"<0x{i:02X}>", -30.0) for i in range(5, 256)]
    inner = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=True))
    inner.normalizer = normalizers.Sequence([normalizers.Prepend(line), normalizers.Replace(" ", line)])
    inner.decoder = decoders.Sequence(
        [decoders.Replace(line, " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    inner.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in special])
    tokenizer = tf.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="|ENDOFTEXT|",
        unk_token="<unk>",
        padding_side="left",
    )
    size, patch = {"height": 120, "width": 120}, {"height": 30, "width": 30}
    processor = tf.FuyuProcessor(tf.FuyuImageProcessor(size=size, patch_size=patch), tokenizer)
    text = _text(tokenizer, "persimmon", num_key_value_heads=None, qk_layernorm=True, hidden_act="relu2")
    config = tf.FuyuConfig(
        image_size=120, patch_size=30, image_token_id=_id(tokenizer, "|SPEAKER|"), text_config=text
    )
    return config, tf.FuyuForCausalLM, processor


@_family
def paligemma() -> Recipe:
    tokenizer = _tokenizer(image_token="<image>")
    pixels = tf.SiglipImageProcessor(size=_SQUARE)
    pixels.image_seq_length = 16
    processor = tf.PaliGemmaProcessor(pixels, tokenizer)
    config = tf.PaliGemmaConfig(
        image_token_index=_id(tokenizer, "<image>"),
        projection_dim=32,
        hidden_size=32,
        vision_config=_SIGLIP | {"projection_dim": 32},
        text_config=_text(tokenizer, "gemma", head_dim=16),
    )
    return config, tf.PaliGemmaForConditionalGeneration, processor


@_family
def chameleon() -> Recipe:
    codes = 64
    names = ["IMGIMG" + "".join(chr(ord("A") + int(c)) for c in str(i)) + "Z" for i in range(codes)]
    tokenizer = _tokenizer(
        names,
        image_token="<image>",
        boi_token="<racm3:break>",
        eoi_token="<eoss>",
        sep_token="<reserved08706>",
    )
    quantizer = {
        "embed_dim": 16,
        "num_embeddings": codes,
        "latent_channels": 16,
        "resolution": 32,
        "base_channels": 32,
        "channel_multiplier": [1, 2],
        "num_res_blocks": 1,
    }
    config = tf.ChameleonConfig(vocabulary_map=tokenizer.get_vocab(), vq_config=quantizer, **_text(tokenizer))
    pixels = tf.ChameleonImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    processor = tf.ChameleonProcessor(pixels, tokenizer, image_seq_length=256)
    return config, tf.ChameleonForConditionalGeneration, processor


@_family
def florence2() -> Recipe:
    tokenizer = _tokenizer([f"<loc_{i}>" for i in range(1000)], image_token="<image>")
    vision = {
        "depths": [1, 1],
        "patch_size": [7, 3],
        "patch_stride": [4, 2],
        "patch_padding": [3, 1],
        "patch_prenorm": [False, True],
        "embed_dim": [16, 32],
        "num_heads": [2, 2],
        "num_groups": [2, 2],
        "window_size": 4,
        "projection_dim": 32,
        "max_position_embeddings": 32,
    }
    sides = ("encoder", "decoder")
    text = {f"{side}_{key}": n for side in sides for key, n in (("layers", 1), ("attention_heads", 2))}
    text |= {f"{side}_ffn_dim": 64 for side in sides}
    config = tf.Florence2Config(
        image_token_id=_id(tokenizer, "<image>"),
        vision_config=vision,
        text_config={
            "model_type": "bart",
            "vocab_size": _size(tokenizer),
            "d_model": 32,
            "max_position_embeddings": 4096,
            "decoder_start_token_id": tokenizer.eos_token_id,
            "bos_token_id": tokenizer.bos_token_id,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            **text,
        },
    )
    pixels = tf.CLIPImageProcessor(size={"height": 64, "width": 64}, do_center_crop=False)
    pixels.image_seq_length = 65
    processor = tf.Florence2Processor(pixels, tokenizer, num_additional_image_tokens=1)
    return config, tf.Florence2ForConditionalGeneration, processor


@_family
def blip2() -> Recipe:
    tokenizer = _tokenizer(["<image>"])  # a named image token breaks Blip2Processor of transformers 5.23
    config = tf.Blip2Config(
        vision_config=_VIT | {"image_size": 56, "patch_size": 14},
        qformer_config=_VIT | {"vocab_size": _size(tokenizer), "encoder_hidden_size": 32},
        text_config=_text(
            tokenizer,
            "opt",
            intermediate_size=None,
            num_key_value_heads=None,
            ffn_dim=64,
            word_embed_proj_dim=32,
            max_position_embeddings=4096,
        ),
        num_query_tokens=4,
        image_token_index=_id(tokenizer, "<image>"),
    )
    processor = tf.Blip2Processor(tf.BlipImageProcessor(size=_SQUARE), tokenizer, num_query_tokens=4)
    return config, tf.Blip2ForConditionalGeneration, processor


# --- others with a chat template --------------------------------------------------------------------------


@_family
def mllama() -> Recipe:
    """As released: the image token's id is the vocabulary's size, so that logits are narrower than the tokenizer."""
    tokenizer = _tokenizer(["<|python_tag|>"], bos="<|begin_of_text|>")
    tokenizer.add_tokens([AddedToken("<|image|>", special=True, normalized=False)], special_tokens=True)
    image = _id(tokenizer, "<|image|>")
    config = tf.MllamaConfig(
        image_token_index=image,
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_global_layers": 1,
            "attention_heads": 2,
            "image_size": 28,
            "patch_size": 14,
            "intermediate_layers_indices": [0, 1],
            "vision_output_dim": 96,
        },
        text_config=_text(
            tokenizer,
            vocab_size=image,
            num_hidden_layers=3,
            cross_attention_layers=[1],
            rope_parameters={"rope_type": "default", "rope_theta": 1e4},
        ),
    )
    pixels = tf.MllamaImageProcessor(size={"height": 28, "width": 28}, max_image_tiles=4)
    template = _template("<|image|>", bos="<|begin_of_text|>")
    return (
        config,
        tf.MllamaForConditionalGeneration,
        tf.MllamaProcessor(pixels, tokenizer, chat_template=template),
    )


@_family
def aria() -> Recipe:
    tokenizer = _tokenizer(image_token="<|img|>")
    config = tf.AriaConfig(
        image_token_index=_id(tokenizer, "<|img|>"),
        projector_patch_to_query_dict={49: 4, 196: 8},
        vision_config=_VIT | {"model_type": "idefics3_vision", "image_size": 980, "patch_size": 70},
        text_config=_text(tokenizer, moe_num_experts=2, moe_topk=1, moe_num_shared_experts=1),
    )
    processor = tf.AriaProcessor(
        tf.AriaImageProcessor(max_image_size=980),
        tokenizer,
        size_conversion={490: 4, 980: 8},
        chat_template=_template("<|img|>"),
    )
    return config, tf.AriaForConditionalGeneration, processor


@_family
def internvl() -> Recipe:
    tokenizer = _tokenizer(
        start_image_token="<img>",
        end_image_token="</img>",
        context_image_token="<IMG_CONTEXT>",
        video_token="<video>",
    )
    config = tf.InternVLConfig(
        image_token_id=_id(tokenizer, "<IMG_CONTEXT>"),
        image_seq_length=4,
        vision_config=_VIT | {"image_size": 56, "patch_size": 14},
        text_config=_text(tokenizer, "qwen2"),
    )
    pixels = tf.GotOcr2ImageProcessor(size=_SQUARE, crop_to_patches=True, min_patches=1, max_patches=4)
    processor = tf.InternVLProcessor(
        pixels,
        tokenizer,
        tf.InternVLVideoProcessor(size=_SQUARE),
        image_seq_length=4,
        chat_template=_template("<IMG_CONTEXT>\n", *_TURNS[:2]),
    )
    return config, tf.InternVLForConditionalGeneration, processor


@_family
def molmo2() -> Recipe:
    marks = {
        "image_start_token_id": "<im_start>",
        "low_res_image_start_token_id": "<low_res_im_start>",
        "image_end_token_id": "<im_end>",
        "image_patch_id": "<im_patch>",
        "frame_start_token_id": "<frame_start>",
        "frame_end_token_id": "<frame_end>",
    }
    tokenizer = _tokenizer(
        [*marks.values(), "<im_col>", "<im_low>"], image_token="<|image|>", video_token="<|video|>"
    )
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 16}
    config = tf.Molmo2Config(
        **{key: _id(tokenizer, token) for key, token in marks.items()},
        vision_config=_VIT | heads | {"image_size": [56, 56], "patch_size": 14},
        adapter_config=heads
        | {
            "vision_feature_layer": [-1, -2],
            "hidden_size": 32,
            "intermediate_size": 64,
            "text_hidden_size": 32,
        },
        text_config=_text(
            tokenizer,
            additional_vocab_size=8,
            head_dim=16,
            rope_parameters={"rope_type": "default", "rope_theta": 1e4},
            bos_token_id=None,
            eos_token_id=None,
            pad_token_id=None,
        ),
    )
    pixels = tf.Molmo2ImageProcessor(size=_SQUARE, patch_size=14, max_crops=4, overlap_margins=[1, 1])
    videos = tf.Molmo2VideoProcessor(size=_SQUARE, patch_size=14)
    template = _template("<|image|>", *_TURNS[:2])
    processor = tf.Molmo2Processor(pixels, videos, tokenizer, chat_template=template)
    return config, tf.Molmo2ForConditionalGeneration, processor


@_family
def gemma3() -> Recipe:
    named = {
        "image_token": "<image_soft_token>",
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
    }
    tokenizer = _tokenizer(["<start_of_turn>", "<end_of_turn>"], **named)
    config = tf.Gemma3Config(
        image_token_index=_id(tokenizer, named["image_token"]),
        boi_token_index=_id(tokenizer, named["boi_token"]),
        eoi_token_index=_id(tokenizer, named["eoi_token"]),
        mm_tokens_per_image=4,
        vision_config=_SIGLIP,
        text_config=_text(tokenizer, head_dim=16, sliding_window=64, query_pre_attn_scalar=16),
    )
    turns = ("<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>\n")
    processor = tf.Gemma3Processor(
        tf.Gemma3ImageProcessor(size=_SQUARE, do_pan_and_scan=False),
        tokenizer,
        image_seq_length=4,
        chat_template=_template("<start_of_image>", *turns),
    )
    return config, tf.Gemma3ForConditionalGeneration, processor


@_family
def gemma4() -> Recipe:
    named = {
        "image_token": "<|image|>",
        "boi_token": "<|image>",
        "eoi_token": "<image|>",
        "audio_token": "<|audio|>",
        "boa_token": "<|audio>",
        "eoa_token": "<audio|>",
    }
    tokenizer = _tokenizer(["<|video|>", "<|turn>", "<turn|>"], **named)
    processor = tf.Gemma4Processor(
        tf.Gemma4AudioFeatureExtractor(),
        tf.Gemma4ImageProcessor(max_soft_tokens=70, patch_size=4, pooling_kernel_size=3),
        tokenizer,
        tf.Gemma4VideoProcessor(patch_size=4),
        image_seq_length=70,
        chat_template=_template("<|image|>", "<|turn>user\n", "<|turn>model\n", "<turn|>\n"),
    )
    size = _size(tokenizer)
    config = tf.Gemma4Config(
        image_token_id=_id(tokenizer, named["image_token"]),
        boi_token_id=_id(tokenizer, named["boi_token"]),
        eoi_token_id=_id(tokenizer, named["eoi_token"]),
        audio_token_id=_id(tokenizer, named["audio_token"]),
        video_token_id=_id(tokenizer, "<|video|>"),
        audio_config=None,
        vision_config=_VIT
        | {"num_key_value_heads": 2, "head_dim": 16, "patch_size": 4, "position_embedding_size": 256},
        text_config=_text(
            tokenizer,
            vocab_size_per_layer_input=size,
            hidden_size_per_layer_input=8,
            head_dim=16,
            global_head_dim=16,
            layer_types=["sliding_attention", "full_attention"],
            sliding_window=64,
        ),
    )
    return config, tf.Gemma4ForConditionalGeneration, processor


@_family
def lfm2_vl() -> Recipe:
    tokenizer = _tokenizer(
        image_token="<image>",
        image_start_token="<|image_start|>",
        image_end_token="<|image_end|>",
        image_thumbnail_token="<|img_thumbnail|>",
    )
    config = tf.Lfm2VlConfig(
        image_token_id=_id(tokenizer, "<image>"),
        projector_hidden_size=32,
        downsample_factor=2,
        vision_config=_VIT
        | {
            "model_type": "siglip2_vision_model",
            "num_patches": 16,
            "patch_size": 16,
            "vision_use_head": False,
        },
        text_config=_text(
            tokenizer,
            "lfm2",
            layer_types=["conv", "full_attention"],
            block_ff_dim=64,
            block_multiple_of=8,
        ),
    )
    pixels = tf.Lfm2VlImageProcessor(
        do_image_splitting=True,
        min_tiles=2,
        max_tiles=4,
        tile_size=64,
        min_image_tokens=4,
        max_image_tokens=16,
        encoder_patch_size=16,
        downsample_factor=2,
        max_num_patches=64,
    )
    template = _template("<image>", *_TURNS[:2])
    processor = tf.Lfm2VlProcessor(pixels, tokenizer, chat_template=template)
    return config, tf.Lfm2VlForConditionalGeneration, processor


@_family
def ovis2() -> Recipe:
    indicators = ["<IMG_START>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>", "<IMG_END>"]
    tokenizer = _tokenizer(["<IMG_ATOM>", *indicators], image_token="<image>")
    config = tf.Ovis2Config(
        image_token_id=_id(tokenizer, "<IMG_ATOM>"),
        visual_indicators_token_ids=[_id(tokenizer, token) for token in indicators],
        vocab_size=_size(tokenizer),
        hidden_size=32,
        vision_config=_VIT
        | {
            "image_size": 56,
            "patch_size": 14,
            "vocab_size": 64,
            "hidden_stride": 2,
            "num_visual_indicator_tokens": 5,
        },
        text_config=_text(tokenizer, "qwen2"),
    )
    pixels = tf.Ovis2ImageProcessor(size=_SQUARE, crop_to_patches=True, max_patches=4)
    template = _template("<image>\n")
    processor = tf.Ovis2Processor(pixels, tokenizer, image_seq_length=4, chat_template=template)
    return config, tf.Ovis2ForConditionalGeneration, processor


@_family
def minicpmv4_6() -> Recipe:
    named = {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>"}
    for part in ("image", "slice", "image_id"):
        named |= {f"{part}_start_token": f"<{part}>", f"{part}_end_token": f"</{part}>"}
    tokenizer = _tokenizer(**named)
    rope = _rope([4, 2, 2], partial_rotary_factor=1.0)
    config = tf.MiniCPMV4_6Config(
        image_token_id=_id(tokenizer, "<|image_pad|>"),
        video_token_id=_id(tokenizer, "<|video_pad|>"),
        insert_layer_id=0,
        image_size=112,
        vision_config=_VIT | {"image_size": 112, "patch_size": 14, "insert_layer_id": 0},
        text_config=_text(tokenizer, "qwen3_5_text", head_dim=16, rope_parameters=rope, **_LINEAR),
    )
    processor = tf.MiniCPMV4_6Processor(
        tf.MiniCPMV4_6ImageProcessor(scale_resolution=112, max_slice_nums=4),
        tf.MiniCPMV4_6VideoProcessor(),
        tokenizer,
        chat_template=_template("<|image_pad|>", *_TURNS[:2]),
    )
    return config, tf.MiniCPMV4_6ForConditionalGeneration, processor


FAMILIES: tuple[str, ...] = tuple(_family)
