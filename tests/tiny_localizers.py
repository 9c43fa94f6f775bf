"""Tiny random checkpoints of detectors and contrastive encoders, built offline: `build(family, folder)`.

As `tests.tiny_vlms` does for vision-language models: the smallest configuration that each class accepts, a tokenizer
trained on a handful of words, weights drawn anew, files laid out as a released checkpoint's. And `train_yolo`: a
detector that really finds squares, trained for seconds on generated tiles.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import PIL.Image
import PIL.ImageDraw
import torch
import transformers as tf
from safetensors.torch import save_file
from tiny import Recipe, Recipes, write
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from seal.agents.detect.yolo import ultralytics_tasks

__all__ = ["CLASSES", "CLOSED", "FAMILIES", "YOLO_NAMES", "build", "build_clip", "train_yolo"]

CORPUS = [
    "the red icon near the search bar and the save button",
    "a photo of a trash icon, a check box, a cup on the table",
    "detect background. something else with text",
    "a red square and a blue disc",
] * 20
_family = Recipes()


def build(family: str, folder: str | Path, seed: int = 1) -> Path:
    """A checkpoint of that family (`FAMILIES`, `CLOSED`) in `folder`, random weights fixed by `seed`."""
    deviation = {"rt_detr": 1.0, "rt_detr_v2": 1.0, "d_fine": 0.3}.get(
        family, 0.1
    )  # less would hide the picture
    return write({**_family, **_closed}[family](), folder, seed, deviation)


# --- tokenizers -------------------------------------------------------------------------------------------


@functools.cache
def _clip_words() -> str:
    """Byte-level BPE as CLIP has it: the end token has the highest special id of the three."""
    inner = Tokenizer(models.BPE(unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    inner.normalizer = normalizers.Lowercase()
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=["!", "<|startoftext|>", "<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    inner.train_from_iterator(CORPUS, trainer)
    inner.post_processor = processors.TemplateProcessing(
        "<|startoftext|> $A <|endoftext|>", special_tokens=[("<|startoftext|>", 1), ("<|endoftext|>", 2)]
    )
    return inner.to_str()


def _clip_tokenizer(longest: int) -> Any:
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(_clip_words()),
        bos_token="<|startoftext|>",
        eos_token="<|endoftext|>",
        pad_token="!",
        unk_token="<|endoftext|>",
        model_max_length=longest,
    )


def _bert_tokenizer() -> Any:
    inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    inner.normalizer = normalizers.BertNormalizer()
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ".", "?"]
    inner.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=400, special_tokens=special, show_progress=False)
    )
    inner.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tf.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=256,
    )


_TINY = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
_SWIN = {
    "model_type": "swin",
    "embed_dim": 16,
    "depths": [1, 1, 1, 1],
    "num_heads": [1, 2, 2, 2],
    "window_size": 4,
    "patch_size": 4,
    "image_size": 128,
}


def _clip_text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    return _TINY | {
        "vocab_size": len(tokenizer) + 8,
        "max_position_embeddings": tokenizer.model_max_length,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": 0,
        **more,
    }


# --- detectors of transformers ----------------------------------------------------------------------------


@_family
def owlvit() -> Recipe:
    words = _clip_tokenizer(16)
    vision = _TINY | {"image_size": 64, "patch_size": 16}
    config = tf.OwlViTConfig(text_config=_clip_text(words), vision_config=vision, projection_dim=32)
    pictures = tf.OwlViTImageProcessor(size={"height": 64, "width": 64})
    return config, tf.OwlViTForObjectDetection, tf.OwlViTProcessor(pictures, words)


@_family
def owlv2() -> Recipe:
    words = _clip_tokenizer(16)
    vision = _TINY | {"image_size": 64, "patch_size": 16}
    config = tf.Owlv2Config(text_config=_clip_text(words), vision_config=vision, projection_dim=32)
    pictures = tf.Owlv2ImageProcessor(size={"height": 64, "width": 64})
    return config, tf.Owlv2ForObjectDetection, tf.Owlv2Processor(pictures, words)


def _dino(config_class: Any, model_class: Any) -> Recipe:
    words = _bert_tokenizer()
    text = _TINY | {"model_type": "bert", "vocab_size": len(words) + 8, "max_position_embeddings": 256}
    config = config_class(
        backbone_config=_SWIN | {"out_features": ["stage2", "stage3", "stage4"]},
        text_config=text,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,  # with one the tied box heads cannot be loaded
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_queries=20,
        max_text_len=64,
        num_feature_levels=4,
        encoder_n_points=2,
        decoder_n_points=2,
    )
    pictures = tf.GroundingDinoImageProcessor(size={"shortest_edge": 128, "longest_edge": 200})
    return config, model_class, tf.GroundingDinoProcessor(pictures, words)


@_family
def grounding_dino() -> Recipe:
    return _dino(tf.GroundingDinoConfig, tf.GroundingDinoForObjectDetection)


@_family
def mm_grounding_dino() -> Recipe:
    return _dino(tf.MMGroundingDinoConfig, tf.MMGroundingDinoForObjectDetection)


@_family
def omdet_turbo() -> Recipe:
    words = _clip_tokenizer(77)
    config = tf.OmDetTurboConfig(
        backbone_config=_SWIN | {"out_indices": [2, 3, 4]},
        text_config=_clip_text(words, model_type="clip_text_model", projection_dim=32),
        image_size=128,
        apply_layernorm_after_vision_backbone=False,
        text_projection_in_dim=32,
        text_projection_out_dim=32,
        task_encoder_hidden_dim=48,
        class_embed_dim=32,  # must differ from decoder_hidden_dim
        num_queries=20,
        encoder_hidden_dim=16,
        vision_features_channels=[16, 16, 16],
        encoder_in_channels=[32, 64, 128],
        encoder_attention_heads=2,
        encoder_dim_feedforward=64,
        decoder_hidden_dim=16,
        decoder_num_heads=2,
        decoder_num_layers=1,
        decoder_dim_feedforward=64,
    )
    pictures = tf.DetrImageProcessor(size={"height": 128, "width": 128}, do_pad=False)
    return config, tf.OmDetTurboForObjectDetection, tf.OmDetTurboProcessor(pictures, words)


@_family
def sam3() -> Recipe:
    words = _clip_tokenizer(32)
    backbone = _TINY | {
        "model_type": "sam3_vit_model",
        "image_size": 112,
        "patch_size": 14,
        "pretrain_image_size": 56,
        "window_size": 4,
        "global_attn_indexes": [1],
    }
    layer = {"hidden_size": 32, "num_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = tf.Sam3Config(
        vision_config={
            "backbone_config": backbone,
            "fpn_hidden_size": 32,
            "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
        },
        text_config=_clip_text(words, model_type="clip_text_model", projection_dim=32),
        geometry_encoder_config=dict(layer),
        detr_encoder_config=dict(layer),
        detr_decoder_config=layer | {"num_queries": 10},
        mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
    )
    pictures = tf.Sam3ImageProcessor(
        size={"height": 112, "width": 112}, mask_size={"height": 32, "width": 32}
    )
    return config, tf.Sam3Model, tf.Sam3Processor(pictures, words, target_size=112)


FAMILIES = tuple(_family)
"""The detectors that `build` knows."""


# --- closed sets ------------------------------------------------------------------------------------------

_closed = Recipes()
CLASSES = ("red square", "blue disc", "car")
_LABELS = {"id2label": dict(enumerate(CLASSES)), "label2id": {name: i for i, name in enumerate(CLASSES)}}
_SMALL = {"d_model": 32, "encoder_attention_heads": 2, "decoder_attention_heads": 2, "decoder_layers": 1}
_LAYERS = {"encoder_layers": 1, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "num_queries": 12}
_PICTURE = {"size": {"height": 64, "width": 64}}
_RT = {
    "encoder_hidden_dim": 32,
    "encoder_in_channels": [16, 16, 32],
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "decoder_in_channels": [32, 32, 32],
    "decoder_n_points": 2,
    "num_denoising": 0,
    "num_queries": 12,
}


def _resnet() -> Any:
    return tf.ResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 16, 16],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage4"],
    )


def _rt_resnet() -> Any:
    return tf.RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 16, 32],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )


def _dino_backbone(config_class: Any, **more: Any) -> Any:
    return config_class(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, image_size=64, patch_size=16, **more
    )


def _detr(config_class: Any, model_class: Any, **more: Any) -> Recipe:
    backbone = {"use_timm_backbone": False, "backbone_config": _resnet()}
    config = config_class(**{**backbone, **_SMALL, **_LAYERS, **_LABELS, **more})
    return config, model_class, tf.DetrImageProcessor(size={"shortest_edge": 48, "longest_edge": 96})


@_closed
def detr() -> Recipe:
    return _detr(tf.DetrConfig, tf.DetrForObjectDetection)


@_closed
def conditional_detr() -> Recipe:
    return _detr(tf.ConditionalDetrConfig, tf.ConditionalDetrForObjectDetection)


@_closed
def deformable_detr() -> Recipe:
    more = {"encoder_n_points": 2, "decoder_n_points": 2, "num_feature_levels": 1, "decoder_layers": 2}
    return _detr(tf.DeformableDetrConfig, tf.DeformableDetrForObjectDetection, **more)


@_closed
def dab_detr() -> Recipe:
    return _detr(tf.DabDetrConfig, tf.DabDetrForObjectDetection)


@_closed
def table_transformer() -> Recipe:
    return _detr(tf.TableTransformerConfig, tf.TableTransformerForObjectDetection)


@_closed
def yolos() -> Recipe:
    config = tf.YolosConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=[64, 64],
        num_detection_tokens=12,
        **_LABELS,
    )
    return config, tf.YolosForObjectDetection, tf.YolosImageProcessor(**_PICTURE)


@_closed
def rt_detr() -> Recipe:
    config = tf.RTDetrConfig(backbone_config=_rt_resnet(), **_SMALL, **_RT, **_LABELS)
    return config, tf.RTDetrForObjectDetection, tf.RTDetrImageProcessor(**_PICTURE)


@_closed
def rt_detr_v2() -> Recipe:
    config = tf.RTDetrV2Config(
        backbone_config=_rt_resnet(), **(_SMALL | _RT | {"decoder_layers": 2}), **_LABELS
    )
    return config, tf.RTDetrV2ForObjectDetection, tf.RTDetrImageProcessor(**_PICTURE)


@_closed
def d_fine() -> Recipe:
    backbone = tf.HGNetV2Config(
        stem_channels=[3, 8, 8],
        stage_in_channels=[8, 16, 16, 16],
        stage_mid_channels=[8, 8, 8, 8],
        stage_out_channels=[16, 16, 16, 32],
        stage_num_blocks=[1, 1, 1, 1],
        stage_numb_of_layers=[1, 1, 1, 1],
        hidden_sizes=[16, 16, 16, 32],
        depths=[1, 1, 1, 1],
        embedding_size=8,
        out_features=["stage2", "stage3", "stage4"],
    )
    more = _RT | {"decoder_n_points": [2, 2, 2], "decoder_layers": 2}
    config = tf.DFineConfig(backbone_config=backbone, **(_SMALL | more), **_LABELS)
    return config, tf.DFineForObjectDetection, tf.RTDetrImageProcessor(**_PICTURE)


@_closed
def lw_detr() -> Recipe:
    backbone = _dino_backbone(
        tf.LwDetrViTConfig,
        num_windows=4,
        window_block_indices=[0],
        out_indices=[1, 2],
        pretrain_image_size=64,
    )
    config = tf.LwDetrConfig(
        backbone_config=backbone,
        projector_scale_factors=[1.0],
        d_model=32,
        decoder_layers=1,
        decoder_ffn_dim=32,
        decoder_self_attention_heads=2,
        decoder_cross_attention_heads=2,
        num_queries=12,
        group_detr=1,
        **_LABELS,
    )
    return config, tf.LwDetrForObjectDetection, tf.DeformableDetrImageProcessor(do_pad=False, **_PICTURE)


@_closed
def rf_detr() -> Recipe:
    backbone = _dino_backbone(
        tf.RfDetrDinov2Config, num_windows=2, window_block_indexes=[0], out_indices=[1, 2]
    )
    config = tf.RfDetrConfig(
        backbone_config=backbone,
        projector_scale_factors=[1.0],
        d_model=32,
        decoder_layers=1,
        decoder_ffn_dim=32,
        decoder_self_attention_heads=2,
        decoder_cross_attention_heads=2,
        num_queries=12,
        group_detr=1,
        **_LABELS,
    )
    return config, tf.RfDetrForObjectDetection, tf.RfDetrImageProcessor(**_PICTURE)


CLOSED = tuple(_closed)
"""The closed-set detectors that `build` knows; their labels are `CLASSES`."""


# --- open_clip --------------------------------------------------------------------------------------------


def build_clip(folder: str | Path, *, siglip: bool = False) -> Path:
    """A folder as open_clip's `local-dir:` wants it: a vision transformer of 32 x 32 px with random weights."""
    layers = {"layers": 2, "width": 32}
    words = {**layers, "context_length": 16, "vocab_size": 49408, "heads": 2}
    config = {
        "embed_dim": 32,
        "vision_cfg": {**layers, "head_width": 16, "image_size": 32, "patch_size": 8},
        "text_cfg": words,
    }
    if siglip:
        config |= {"init_logit_bias": -10.0, "custom_text": True}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"mean": [0.5] * 3, "std": [0.5] * 3}
    told = {"model_cfg": config, "preprocess_cfg": pictures}
    (folder / "open_clip_config.json").write_text(json.dumps(told), "utf-8")
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(
        {k: v.contiguous() for k, v in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
    return folder


# --- ultralytics ------------------------------------------------------------------------------------------

YOLO_NAMES = {0: "red square", 1: "blue disc"}
_LAYERS = {
    "nc": len(YOLO_NAMES),
    "scales": {"n": [0.33, 0.125, 256]},
    "scale": "n",
    "backbone": [
        [-1, 1, "Conv", [64, 3, 2]],
        [-1, 1, "Conv", [128, 3, 2]],
        [-1, 1, "C3k2", [128, False, 0.5]],
        [-1, 1, "Conv", [128, 3, 2]],
        [-1, 1, "C3k2", [256, False, 0.5]],
        [-1, 1, "Conv", [256, 3, 2]],
        [-1, 1, "SPPF", [256, 5]],
    ],
    "head": [[[4, 6], 1, "Detect", ["nc"]]],
}


def train_yolo(path: str | Path, steps: int = 160) -> Path:
    """A detector of red squares and blue discs, 0.15 M parameters, trained on tiles of 64 x 64 px; a `.pt` file."""
    DetectionModel = ultralytics_tasks().DetectionModel
    from ultralytics.utils import DEFAULT_CFG, IterableSimpleNamespace

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # layers this small are slower on more
    torch.manual_seed(0)
    model = DetectionModel(_LAYERS, nc=len(YOLO_NAMES), verbose=False)
    model.names, model.args = YOLO_NAMES, IterableSimpleNamespace(**vars(DEFAULT_CFG))
    random = np.random.default_rng(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 8e-3, total_steps=steps)
    model.train()
    for _ in range(steps):
        tiles = [_tile(random) for _ in range(16)]
        truth = torch.tensor([(i, *row) for i, (_, rows) in enumerate(tiles) for row in rows])
        pixels = torch.from_numpy(np.stack([picture for picture, _ in tiles])).permute(0, 3, 1, 2) / 255
        batch = {"img": pixels, "batch_idx": truth[:, 0], "cls": truth[:, 1:2], "bboxes": truth[:, 2:]}
        loss, _ = model.loss(batch)
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
        schedule.step()
    torch.set_num_threads(threads)
    model.criterion = None
    torch.save({"model": model.eval(), "train_args": {"imgsz": 64}}, path)
    return Path(path)


def _tile(random: np.random.Generator, side: int = 64) -> tuple[Any, list[tuple[float, ...]]]:
    """A picture (side, side, 3) uint8 and its rows (class, centre x, centre y, width, height) as shares."""
    picture = PIL.Image.new("RGB", (side, side), tuple(random.integers(180, 256, 3).tolist()))
    draw, rows = PIL.ImageDraw.Draw(picture), []
    for index, (shape, colour) in enumerate(((draw.rectangle, "red"), (draw.ellipse, "blue"))):
        if random.random() < 0.3:
            continue
        size = int(random.integers(10, 26))
        x, y = random.integers(0, side - size, 2).tolist()
        shape((x, y, x + size - 1, y + size - 1), fill=colour)
        rows.append((index, (x + size / 2) / side, (y + size / 2) / side, size / side, size / side))
    return np.asarray(picture), rows
