"""The table of systems: complete, consistent, and the page in docs is what the command prints."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from seal.agents.systems import KINDS, STATES, System, find, markdown, systems
from seal.cli.app import app
from seal.memory.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
POINTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]

NAMED = """
xtuner/llava-llama-3-8b-v1_1, llava-hf/llava-v1.6-mistral-7b-hf, llava-v1.6-vicuna-7b, llava-v1.6-vicuna-13b,
LLaVA-1.6-34B, LLaVA-1.5, liuhaotian/llava-v1.5-7b, BakLLaVA-1, FireLLaVA, Yi-VL-6B, Yi-VL-34B,
MoE-LLaVA-Phi2-2.7B×4-Top2-384, MoE-LLaVA-Phi2-2.7B×4-Top2, MoE-LLaVA-Qwen-1.8B×4-Top2,
MoE-LLaVA-StableLM-1.6B×4-Top2-384, MoE-LLaVA-StableLM-1.6B×4-Top2, HuggingFaceM4/idefics-9b,
HuggingFaceM4/idefics-9b-instruct, HuggingFaceM4/idefics-80b, HuggingFaceM4/idefics-80b-instruct, Flamingo,
OpenFlamingo, Idefics2-8b-base, Idefics2-8b, Idefics2-8b-chatty, Mantis-8B-clip-llama3, Mantis-8B-siglip-llama3,
Phi-3-vision-128k-instruct, Fuyu-8B, Fuyu-Heavy, craigwu/seal_vqa_7b, craigwu/seal_vsm_7b, Qwen-VL, Qwen-VL-Chat,
Qwen/Qwen2-VL-2B-Instruct, Qwen/Qwen2-VL-7B-Instruct, openbmb/MiniCPM-V-2_6, allenai/Molmo-7B-O-0924,
allenai/Molmo-7B-D-0924, moondream1, moondream2, moondream-next, google/paligemma-3b-pt-224, NVLM,
meta-llama/Llama-3.2-11B-Vision-Instruct, CogVLM, LongLLaVA, InternVL-Chat, InternVL2.5, LLaVA-OneVision,
Dynamic-LLaVA, VisionZip, Pixtral, Chameleon, AIMv2, Mixture-of-Transformers, Aria, Florence-VL, Florence-2, SmolVLM,
SmolVLM2, Cambrian-1, TokenFlow, Liquid, VladVA, SAIL, REACT, TCL, xmodaler, MaskVLM, CiT, VLC, TinyMIM, DeepMIM,
UniAdapter, CDUL, e-CLIP, CLIP (OpenAI), ViT-H-14/laion2b_s32b_b79k, ViT-bigG-14, DFN, MetaCLIP, DataComp, SigLIP,
SigLIP2, EVA-CLIP, MobileCLIP, MobileCLIP2, SLIP, FLIP, DiHT, OpenFashionCLIP, FLAIR, ProLIP, CapPa, fc-clip,
BridgeTower, LAVIS, BLIP, BLIP-2, InstructBLIP, OBELICS, mmc4, Cambrian-10M, pixmo-cap-qa, LAION-400M, LAION-GPT4V,
ShareGPT-4V, CLLaVA, LLaVAR, RefCOCO, Visual Genome, VQAv2, GQA, TextCaps, DocVQA, ChartQA, AI2D, DVQA, OCR-VQA,
VizWiz, Visual7W, Flickr, SynDog, open_clip, CLIP_benchmark, clip-retrieval, laion-prepro, SGLang, Awesome-CLIP,
Trelis, GPT-4V, GPT-4o, GPT-4o mini, Claude 3.5 Sonnet, OWL-ViT, OWLv2, Grounding DINO, MM-Grounding-DINO,
OmDet-Turbo, SAM 3, YOLO-World, Qwen3-VL, Molmo2, Gemma 4, Phi-4-multimodal, Idefics3, reader, ocr:rapidocr, nano
"""


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["models", *arguments])


def test_every_named_system_has_a_row() -> None:
    for name in NAMED.split(","):
        assert find(" ".join(name.split())), name


def test_rows_are_consistent() -> None:
    names = [s.name for s in systems()]
    assert len(names) == len(set(names)) and all(names)
    for s in systems():
        assert s.kind in KINDS and s.state in STATES, s
        assert bool(s.agent) == (s.state in ("works", "native", "server")), s
        assert s.agent.startswith("openai:") == (s.state == "server"), s
        assert s.note or s.state != "refused", f"{s.name}: a refusal needs its reason"
        assert (s.state == "no model") == (s.kind in ("technique", "paper", "dataset", "tool")), s
        assert not re.search(r"\s{2}|^\s|\s$", "".join(vars_of(s))), s


def vars_of(system: System) -> list[str]:
    return [getattr(system, name) for name in System.__slots__]


def test_what_is_to_be_passed_can_be_passed() -> None:
    for s in systems():
        group = "seal.vqa" if s.kind == "vqa" else "seal.localizers"
        assert not s.agent or s.agent.partition(":")[0] in POINTS[group], s


def test_what_works_is_run_by_the_tests() -> None:
    from tiny_localizers import CLOSED
    from tiny_localizers import FAMILIES as LOCALIZERS
    from tiny_vlms import FAMILIES as VLMS

    wanted = {s.family for s in systems() if s.agent.startswith("hf:") and s.state == "works"}
    assert wanted <= {*VLMS, *LOCALIZERS, *CLOSED}


def test_every_detector_of_transformers_has_a_row() -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES as DETECTORS

    named = " ".join(s.route for s in systems() if s.kind == "localizer").replace(",", "").split()
    assert set(DETECTORS.values()) <= set(named)


@pytest.mark.parametrize(
    ("parameters", "memory"),
    [("41.5M", "0.083 GB in 16 bits, 0.166"), ("7B", "14 GB in 16 bits"), ("30B, 3B active", "60 GB")],
)
def test_memory_follows_from_the_parameters(parameters: str, memory: str) -> None:
    assert replace(systems()[0], parameters=parameters).memory.startswith(memory)
    assert all(replace(systems()[0], parameters=p).memory == "" for p in ("", "2.7B×4", "up to 9B"))


def test_the_page_is_what_the_command_prints() -> None:
    page = (ROOT / "docs" / "models.md").read_text("utf-8")
    assert page == run("--markdown").stdout == markdown(systems()), (
        "run: seal models --markdown > docs/models.md"
    )


def test_one_system_is_explained() -> None:
    text = run("phi-3-VISION-128k-instruct").stdout
    for part in ("4.2B", "custom-vision-transformer-128k", "vLLM (Phi3VForCausalLM)", "Phi-4-multimodal"):
        assert part in text
    assert 'Seal(vqa="openai:microsoft/Phi-3-vision-128k-instruct@URL")' in text
    assert 'Seal(localizer="hf:google/owlv2-base-patch16-ensemble")' in run("OWLv2").stdout
    assert "in Python" not in run("CogVLM").stdout


def test_lists_and_filters() -> None:
    everything = run().stdout
    assert "For photographs: a localizer of any phrase" in run().output
    assert "memory:" in run("RT-DETR").stdout and "0.171 GB in 32" in run("RT-DETR").stdout
    assert "Agents that can be named here" in everything and "Flamingo" in everything
    refused = json.loads(run("--kind", "vqa", "--state", "refused", "--json").stdout)
    assert {row["state"] for row in refused} == {"refused"} and len(refused) > 10
    assert "Agents that can be named here" not in run("--kind", "encoder").stdout
    assert [row["name"] for row in json.loads(run("llava-1.6", "--json").stdout)] == [
        s.name for s in find("LLaVA-1.6")
    ]
    assert "Chinchilla" in run("--wide").stdout and "Chinchilla" not in everything


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Idefiks2-8b"], "There is no row for 'Idefiks2-8b'. Near it: Idefics2-8b"),
        (["  "], "There is no row"),
        (["--kind", "chat"], "--kind must be one of vqa, localizer"),
        (["--state", "good"], "--state must be one of works, native"),
    ],
)
def test_what_is_not_there_is_said(arguments: list[str], message: str) -> None:
    error = run(*arguments).exception
    assert isinstance(error, InputError) and message in str(error)
