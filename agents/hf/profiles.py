"""What each family of vision-language models of transformers needs, as data.

A family without a row gets the defaults: a chat template with images anywhere, as most have. Numbers were
measured on tiny checkpoints of every family, box conventions are those of the model cards
(`seal.memory.conventions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["INSTEAD", "MEASURED_WITH", "PROFILES", "Profile", "Route", "profile_of"]

MEASURED_WITH = "5.23"
"""Version of transformers with which the rows were measured."""

Route = Literal["chat", "list", "prefix", "inline", "plain"]
"""How text and images reach the processor.

chat    the chat template; images anywhere
list    one list of strings and images, as they come (IDEFICS)
prefix  a marker for every image, then all text
inline  text with a marker where an image stands
plain   text without markers; one image
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """One family.

    most_images: in one turn; None for as many as fit. Where it is 1, several images become one montage.
    shortest_px, most_extreme: the smallest side and the largest ratio of sides that images are padded to.
    square: images are padded to centred squares where the processor would cut off what is beside the middle.
    marker: what stands for an image in the text (routes prefix and inline). before, after: around the text.
    drop: keys of the processor's output that the model must not get. needs_image: there is no text-only turn;
    a blank image takes its place. batches: several turns in one pass give what each gives alone.
    shares_prefix: options can be scored on one encoding of images and question.
    convention: how it writes boxes or points; None where unknown. speaks: answers free questions; False for a
    family that knows only its task tokens. package: that transformers needs for it and does not bring.
    note: for people.
    """

    model_type: str
    route: Route = "chat"
    most_images: int | None = None
    shortest_px: int = 28
    most_extreme: float = 20.0
    square: bool = False
    marker: str = ""
    before: str = ""
    after: str = ""
    drop: tuple[str, ...] = ()
    needs_image: bool = False
    batches: bool = True
    shares_prefix: bool = True
    convention: str | None = None
    speaks: bool = True
    package: str = ""
    auto_class: str = "AutoModelForImageTextToText"
    note: str = ""


PROFILES: dict[str, Profile] = {
    p.model_type: p
    for p in (
        Profile(
            "llava", square=True, convention="xyxy_unit_letterboxed", note="LLaVA-1.5, BakLLaVA, Pixtral-12B"
        ),
        Profile(
            "llava_next",
            convention="xyxy_unit_letterboxed",
            note="every image is tiled: up to 5 times the tokens",
        ),
        Profile(
            "llava_onevision",
            note="tiles only a single image: beside crops the global image is seen coarsely",
        ),
        Profile("vipllava", square=True),
        Profile("mistral3"),
        Profile(
            "idefics", "list", before="User: ", after="<end_of_utterance>\nAssistant:", shares_prefix=False
        ),
        Profile("idefics2"),
        Profile("idefics3"),
        Profile("smolvlm", package="num2words"),
        Profile("qwen2_vl", convention="xyxy_1000"),
        Profile("qwen2_5_vl", convention="xyxy_px_resized"),
        Profile("qwen3_vl", convention="xyxy_1000"),
        Profile("qwen3_vl_moe", convention="xyxy_1000"),
        Profile("qwen3_5", convention="xyxy_1000"),
        Profile("qwen3_5_moe", convention="xyxy_1000"),
        Profile("fuyu", "plain", most_images=1, after="\n", batches=False, convention="yxyx_px_text"),
        Profile(
            "paligemma",
            "prefix",
            marker="<image>",
            drop=("labels",),
            needs_image=True,
            convention="yxyx_1024_loc",
            note="fine-tuned ('mix') checkpoints answer questions; pre-trained ones need fine-tuning",
        ),
        Profile("chameleon", "inline", square=True, marker="<image>"),
        Profile(
            "florence2",
            "plain",
            most_images=1,
            batches=False,
            shares_prefix=False,
            convention="xyxy_1000_loc",
            speaks=False,
        ),
        Profile(
            "blip-2",
            "plain",
            most_images=1,
            before="Question: ",
            after=" Answer:",
            needs_image=True,
            shares_prefix=False,
        ),
        Profile("mllama", batches=False, note="the model card advises one image"),
        Profile("aria"),
        Profile("internvl", convention="xyxy_1000", note="checkpoints whose name ends in -hf"),
        Profile("glm4v", convention="xyxy_1000"),
        Profile("glm46v", convention="xyxy_1000"),
        Profile("molmo2", convention="point_1000"),
        Profile("gemma3"),
        Profile("gemma4", convention="yxyx_1000"),
        Profile("lfm2_vl", most_extreme=12.0),
        Profile("ovis2"),
        Profile("minicpmv4_6"),
        Profile("phi4_multimodal", auto_class="AutoModelForMultimodalLM"),
        Profile(
            "kosmos-2", "plain", most_images=1, batches=False, shares_prefix=False, convention="xyxy_unit"
        ),
        Profile(
            "instructblip",
            "plain",
            most_images=1,
            needs_image=True,
            batches=False,
            shares_prefix=False,
        ),
    )
}
"""The families with needs of their own, by `model_type` of their configuration."""

_CONVERTED = "the original repository's format; take the converted checkpoint, for example {}"
INSTEAD: dict[str, str] = {
    "llava_llama": _CONVERTED.format("llava-hf/llava-1.5-7b-hf"),
    "llava_mistral": _CONVERTED.format("llava-hf/llava-v1.6-mistral-7b-hf"),
    "llava_qwen": _CONVERTED.format("llava-hf/llava-onevision-qwen2-7b-ov-hf"),
    "internvl_chat": _CONVERTED.format("OpenGVLab/InternVL3-1B-hf"),
    "phi3_v": "remote code for transformers 4; its successor is microsoft/Phi-4-multimodal-instruct",
    "moondream1": "remote code for transformers 4; serve it and use openai:MODEL@URL",
    "moondream2": "remote code for transformers 4; serve it and use openai:MODEL@URL",
    "minicpmv": "remote code for transformers 4; its successor is MiniCPM-V 4.6 or later",
    "molmo": "remote code for transformers 4; its successor is Molmo2",
    "qwen": "remote code for transformers 4; its successors are Qwen2-VL and later",
    "cogvlm": "remote code for transformers 4; its successors are GLM-4.1V and later",
    "cogvlm2": "remote code for transformers 4; its successors are GLM-4.1V and later",
    "NVLM_D": "not a class of transformers; serve it with vLLM and use openai:MODEL@URL",
}
"""Why a `model_type` that transformers has no class for is refused, and what to take instead."""


def profile_of(model_type: str) -> Profile:
    """The row of that family; the defaults under its name where it has none."""
    return PROFILES.get(model_type) or Profile(model_type)
