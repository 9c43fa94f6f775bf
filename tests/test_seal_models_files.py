"""Checkpoints of the two SEAL models as files: shards, bad folders, the hub, conversion."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from seal_models_cases import DATA
from typer.testing import CliRunner

from seal.agents.registry import load_localizer, load_vqa
from seal.agents.seal_models import VSM
from seal.agents.seal_models.checkpoint import load_network, open_checkpoint
from seal.agents.seal_models.convert import convert
from seal.agents.seal_models.files import stored_tensors
from seal.agents.seal_models.quantize import PackedLinear
from seal.cli.app import app
from seal.memory.errors import AgentError, InputError, SettingError, UnknownAgentError

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"


@pytest.fixture
def vsm(tmp_path: Path) -> Path:
    """A copy of the tiny visual search model that may be spoilt."""
    shutil.copytree(DATA / "tiny_clip", tmp_path / "tiny_clip")
    return Path(shutil.copytree(DATA / "vsm", tmp_path / "vsm"))


def spoil(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS)


def set_config(folder: Path, **values: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({k: v for k, v in {**config, **values}.items() if v is not None})
    )


def shard(folder: Path, kind: str) -> list[Path]:
    """Two shards and their index in the place of the one file; kind: safetensors or bin."""
    tensors = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    stem, names = {"safetensors": "model", "bin": "pytorch_model"}[kind], sorted(tensors)
    half = len(names) // 2
    files, places = [], {}
    for i, part in enumerate((names[:half], names[half:]), 1):
        file = folder / f"{stem}-{i:05d}-of-00002.{kind}"
        chosen = {name: tensors[name] for name in part}
        if kind == "bin":
            torch.save(chosen, file)
        else:
            save_file(chosen, file)
        places |= dict.fromkeys(part, file.name)
        files.append(file)
    (folder / f"{stem}.{kind}.index.json").write_text(json.dumps({"weight_map": places}))
    return files


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_shards_hold_the_same_network(vsm: Path, kind: str) -> None:
    shard(vsm, kind)
    ours, whole = load_network(vsm, "vsm", device="cpu"), load_network(DATA / "vsm", "vsm", device="cpu")
    expected = whole.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in ours.state_dict().items())
    assert not any(p.requires_grad or p.is_meta for p in ours.parameters())


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_a_cut_shard_is_named(vsm: Path, kind: str) -> None:
    files = shard(vsm, kind)
    cut(files[1])
    with pytest.raises(InputError, match=r"00002-of-00002.*cut short or broken; download it again"):
        load_network(vsm, "vsm")


def test_a_missing_shard_is_named(vsm: Path) -> None:
    shard(vsm, "safetensors")[0].unlink()
    with pytest.raises(InputError, match=r"00001-of-00002.*missing"):
        load_network(vsm, "vsm")


def test_shards_must_hold_what_the_index_says(vsm: Path) -> None:
    shard(vsm, "safetensors")
    index = json.loads((vsm / INDEX).read_text())
    index["weight_map"]["model.more"] = next(iter(index["weight_map"].values()))
    (vsm / INDEX).write_text(json.dumps(index))
    with pytest.raises(InputError, match=r"lack 1 tensors of their index, first model\.more"):
        stored_tensors(vsm)
    (vsm / INDEX).write_text("[]")
    with pytest.raises(InputError, match="no index of shards"):
        stored_tensors(vsm)


def no_pickle(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    torch.save({"x": Path("of code")}, folder / "pytorch_model.bin")


def as_llava(folder: Path) -> None:
    spoil(
        folder, lambda t: [t.pop(n) for n in list(t) if "text_hidden" in n or "owlvit" in n or "mask_d" in n]
    )


def without_tower(folder: Path) -> None:
    shutil.rmtree(folder.parent / "tiny_clip")
    set_config(folder, mm_vision_tower=None)


def no_clip(folder: Path) -> None:
    shutil.copy(folder / WEIGHTS, folder.parent / "tiny_clip" / WEIGHTS)


BAD: list[tuple[Callable[[Path], Any], str]] = [
    (lambda f: (f / WEIGHTS).unlink(), "there are no weights in this folder"),
    (lambda f: (f / "config.json").unlink(), "configuration is missing; it comes with the checkpoint"),
    (lambda f: (f / "config.json").write_text("{"), "no configuration; download it again"),
    (lambda f: (f / "config.json").write_text("[]"), "a JSON object is expected"),
    (lambda f: set_config(f, num_attention_heads=None), "lacks 'num_attention_heads'"),
    (lambda f: (f / "tokenizer.model").unlink(), "tokenizer is missing; it comes with the checkpoint"),
    (lambda f: (f / "tokenizer.model").write_bytes(b"no"), "no sentencepiece model"),
    (lambda f: (f / "added_tokens.json").unlink(), r"no \[LOC\] token; added_tokens.json"),
    (lambda f: (f / "added_tokens.json").write_text("[1]"), "added tokens cannot be read"),
    (lambda f: cut(f / WEIGHTS), "cut short or broken"),
    (no_pickle, "cut short or broken"),
    (as_llava, "this is LLaVA: it lacks model.text_hidden_fcs_det"),
    (lambda f: spoil(f, lambda t: [t.pop(n) for n in list(t) if n != "model.norm.weight"]), "other weights"),
    (lambda f: spoil(f, lambda t: t.pop("model.norm.weight")), "lacks model.norm.weight"),
    (lambda f: spoil(f, lambda t: t.update({"model.x": torch.zeros(1)})), "holds model.x, which is unknown"),
    (without_tower, "vision tower is neither in the checkpoint nor named"),
    (lambda f: (f.parent / "tiny_clip" / "config.json").unlink(), "tiny_clip.*configuration is missing"),
    (no_clip, "no CLIP vision tower"),
]


@pytest.mark.parametrize(("break_it", "said"), BAD, ids=[said[:40] for _, said in BAD])
def test_bad_folders(vsm: Path, break_it: Callable[[Path], Any], said: str) -> None:
    break_it(vsm)
    with pytest.raises(InputError, match=said):
        load_localizer(f"seal:{vsm}")


@pytest.mark.parametrize(
    ("load", "kind", "said"),
    [
        (load_vqa, "vsm", "but this is SEAL's visual search model; give it as localizer"),
        (load_localizer, "vqa", "but this is SEAL's VQA model; give it as vqa"),
    ],
)
def test_the_other_model(load: Any, kind: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(f"seal:{DATA / kind}")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"device": "abacus"}, "device = 'abacus'"),
        ({"dtype": "int8"}, "dtype = 'int8'"),
        ({"quantize": 3}, "quantize = 3"),
        ({"kept": 0}, "kept = 0"),
        ({"colour": 1}, "colour"),
    ],
)
def test_bad_options(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        load_localizer(f"seal:{DATA / 'vsm'}", **options)


def test_a_layout_must_be_known() -> None:
    with pytest.raises(SettingError, match="layout = 'own'"):
        load_vqa(f"seal:{DATA / 'vqa'}", layout="own")


def test_names_that_are_neither_folder_nor_hub_id() -> None:
    with pytest.raises(UnknownAgentError, match="no folder and no hub id"):
        load_localizer("seal:nowhere")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["seal:", f"seal:{VSM}"])
def test_offline_says_what_was_tried(name: str) -> None:
    with pytest.raises(
        AgentError, match=rf"{VSM}: tried the folder .*the cache .*hub and the hub .*hf download {VSM}"
    ):
        load_localizer(name)


@pytest.mark.usefixtures("offline")
def test_a_tower_that_cannot_be_fetched_is_named(vsm: Path) -> None:
    set_config(vsm, mm_vision_tower="openai/clip-vit-large-patch14")
    with pytest.raises(AgentError, match=r"openai/clip-vit-large-patch14: tried.*give vision_tower=FOLDER"):
        load_localizer(f"seal:{vsm}")
    load_localizer(f"seal:{vsm}", vision_tower=str(DATA / "tiny_clip"), device="cpu")


# --- conversion -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["vsm", "vqa"])
def test_conversion_keeps_every_tensor(kind: Any, tmp_path: Path) -> None:
    done = convert(str(DATA / kind), tmp_path / "one", shard_bytes=1_000_000)
    assert done.kind == kind and len(list(done.folder.glob("*.safetensors"))) > 2
    assert max(f.stat().st_size for f in done.folder.glob("*.safetensors")) < 2_500_000
    before, after = open_checkpoint(DATA / kind), open_checkpoint(done.folder)
    assert set(after.names) == set(before.names) and done.tensors == len(before.names)
    assert set(after.tensors) == set(after.names.values())
    assert all(torch.equal(before.read(name), after.read(name)) for name in before.names)
    assert sum(after.size(name) for name in after.names) == done.bytes
    load = load_localizer if kind == "vsm" else load_vqa
    assert load(f"seal:{done.folder}", device="cpu").name == f"seal:{done.folder}"


def test_conversion_from_the_command_line(tmp_path: Path, vsm: Path) -> None:
    shard(vsm, "bin")
    run = CliRunner().invoke(app, ["convert", str(vsm), str(tmp_path / "one")])
    assert run.exit_code == 0, run.output
    assert "seal_vsm, 277 tensors" in run.output
    assert not list(tmp_path.glob(".one*"))


def test_conversion_refuses_an_existing_folder_and_leaves_nothing_behind(
    vsm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="exists already"):
        convert(str(vsm), vsm)
    monkeypatch.setattr("seal.agents.seal_models.convert._same", lambda a, b: False)
    with pytest.raises(InputError, match="was not written as it was read"):
        convert(str(vsm), tmp_path / "one")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["tiny_clip", "vsm"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        convert(str(vsm), tmp_path / "file" / "one")


def test_a_converted_folder_says_how_it_is_loaded(tmp_path: Path) -> None:
    folder = convert(str(DATA / "vsm"), tmp_path / "one", quantize=8).folder
    layer = load_network(folder, "vsm", device="cpu").model.layers[0].self_attn.q_proj
    assert isinstance(layer, PackedLinear) and layer.bits == 8
    run = CliRunner().invoke(app, ["convert", str(DATA / "vsm"), str(tmp_path / "two"), "--quantize", "5"])
    assert isinstance(run.exception, SettingError) and not (tmp_path / "two").exists()


def test_a_tower_in_the_checkpoint_needs_no_other_file(tmp_path: Path) -> None:
    """Without a configuration its sizes come from its shapes; heads are 64 wide, the tiny tower's one."""
    folder = convert(str(DATA / "vsm"), tmp_path / "one").folder
    set_config(folder, vision_config=None, mm_vision_tower=None)
    clip = open_checkpoint(folder).clip
    given = json.loads((DATA / "tiny_clip" / "config.json").read_text())
    for name in ("hidden_size", "intermediate_size", "num_hidden_layers", "image_size", "patch_size"):
        assert getattr(clip, name) == given[name]
    assert clip.num_attention_heads == 1


def test_tokenizer_and_network_must_belong_together(vsm: Path) -> None:
    added = json.loads((vsm / "added_tokens.json").read_text())
    (vsm / "added_tokens.json").write_text(json.dumps({**added, "<more>": 700}))
    with pytest.raises(InputError, match="tokenizer has 701 tokens, its language model 603"):
        load_localizer(f"seal:{vsm}")
