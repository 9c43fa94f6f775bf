"""Models by name: options, what is refused and what the message says to do, and code that came with a model."""

from __future__ import annotations

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import huggingface_hub
import pytest
import torch
import transformers
from huggingface_hub import errors as hub_errors

from seal import Seal
from seal.agents.hf import load, loading, present, selftest
from seal.agents.hf.loading import LoadOptions, load_vlm
from seal.agents.hf.profiles import PROFILES, profile_of
from seal.agents.registry import load_vqa
from seal.memory.conventions import CONVENTIONS
from seal.memory.errors import AgentError, MissingExtraError, SealError, SettingError, UnknownAgentError

TinyVlm = Callable[[str], Path]


@pytest.fixture
def checkpoint(tiny_vlm: TinyVlm, tmp_path: Path) -> Path:
    """A copy of a tiny LLaVA that a test may damage."""
    return Path(shutil.copytree(tiny_vlm("llava"), tmp_path / "llava"))


def edit(folder: Path, **changes: Any) -> Path:
    """The folder with a changed config.json; None takes a key away."""
    config = json.loads((folder / "config.json").read_text()) | changes
    kept = {key: value for key, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(kept))
    return folder


def test_a_model_is_loaded_by_name_and_shared_while_in_use(checkpoint: Path) -> None:
    agent = load_vqa(f"hf:{checkpoint}", device="cpu", max_side=512)
    assert (agent.name, agent.input_side) == (f"hf:{checkpoint}", 512)
    vlm = load_vlm(str(checkpoint), LoadOptions("cpu", max_side=512))
    assert load(str(checkpoint), device="cpu", max_side=512).vlm is vlm
    assert load(str(checkpoint), device="cpu", max_side=256).vlm is not vlm
    (checkpoint / "notes.txt").write_text("a changed folder is loaded anew")
    assert load(str(checkpoint), device="cpu", max_side=512).vlm is not vlm
    del vlm, agent
    gc.collect()
    assert not any(key[0] == str(checkpoint) and key[-4] == 512 for key in loading._in_use)


@pytest.mark.parametrize(
    ("dtype", "saved", "used"),
    [
        ("auto", "float16", torch.float32),
        ("auto", "bfloat16", torch.bfloat16),
        ("bfloat16", "float32", torch.bfloat16),
    ],
)
def test_the_dtype_is_the_checkpoints_but_no_float16_on_a_cpu(
    checkpoint: Path, dtype: str, saved: str, used: torch.dtype
) -> None:
    edit(checkpoint, dtype=saved)
    vlm = load_vlm(str(checkpoint), LoadOptions("cpu", dtype))
    assert vlm.model.dtype == used and vlm.ask([], "Hello?", max_new_tokens=2) is not None


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"dtype": "int8"}, "dtype must be auto, float32, float16 or bfloat16; got 'int8'"),
        ({"quantize": 3}, "quantize must be 4, 8 or None"),
        ({"max_side": 10}, "max_side must be a whole number of pixels from 56; got 10"),
        ({"device": "toaster"}, "There is no device 'toaster'"),
        ({"max_images": 0}, "max_images must be a whole number of at least 1"),
        ({"colour": 1}, "colour"),
    ],
)
def test_options_are_checked(tiny_vlm: TinyVlm, options: dict[str, Any], fault: str) -> None:
    with pytest.raises(SettingError) as error:
        load_vqa(f"hf:{tiny_vlm('llava')}", **options)
    assert fault in str(error.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_an_absent_gpu_is_said_so(tiny_vlm: TinyVlm) -> None:
    with pytest.raises(SettingError, match="this machine has none"):
        load(str(tiny_vlm("llava")), device="cuda:0")


@pytest.mark.parametrize(
    ("option", "missing"), [({"quantize": 4}, "bitsandbytes"), ({"device_map": "auto"}, "accelerate")]
)
def test_large_models_name_their_extra(
    tiny_vlm: TinyVlm, monkeypatch: pytest.MonkeyPatch, option: dict[str, Any], missing: str
) -> None:
    monkeypatch.setattr(loading.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=rf"{missing}.*pip install 'seal-visual-search\[large\]'"):
        load(str(tiny_vlm("llava")), device="cpu", **option)


# --- what cannot be loaded --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "fault"),
    [
        ("", UnknownAgentError, "hf: needs a model, as in hf:Qwen"),
        ("./no-such-folder", UnknownAgentError, "There is no folder './no-such-folder'"),
        ("a/b/c", UnknownAgentError, "named like owner/model"),
        ("no spaces allowed", UnknownAgentError, "no valid name of a model"),
        ("nobody/nothing", AgentError, "hf download nobody/nothing"),
    ],
)
def test_unknown_models_say_what_was_tried(name: str, kind: type[SealError], fault: str) -> None:
    with pytest.raises(kind) as error:
        load_vqa(f"hf:{name}")
    assert fault in str(error.value)


def test_without_a_network_it_fails_at_once_and_names_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The hub's client would try six times; here it is asked once, and not at all for what else is missing."""
    asked: list[str] = []

    class Unplugged:
        def head(self, url: str, timeout: float) -> None:
            asked.append(url)
            assert timeout <= 2
            raise httpx.ConnectError("Name or service not known")

    for name in ("HF_HUB_OFFLINE", "HF_HUB_CACHE"):
        monkeypatch.setattr(huggingface_hub.constants, name, False if "OFFLINE" in name else str(tmp_path))
    monkeypatch.setattr(huggingface_hub, "get_session", Unplugged)
    monkeypatch.setattr(present.time, "monotonic", lambda: 0.0)
    present._answers.cache_clear()
    with pytest.raises(AgentError) as error:
        Seal("hf:nobody/vlm", "hf:nobody/detector")
    present._answers.cache_clear()
    assert "hf download nobody/vlm" in str(error.value) and "hf download nobody/detector" in str(error.value)
    assert asked == [huggingface_hub.constants.ENDPOINT]
    with pytest.raises(AgentError) as same:
        Seal("hf:nobody/vlm", "hf:nobody/vlm", policy="whole")
    assert str(same.value).count("hf download") == 1


def test_what_is_missing_is_told_before_torch_is_imported() -> None:
    """Both agents, in a process of its own: the import alone takes longer than anybody wants to wait for this."""
    code = (
        "import sys; from seal import Seal; from seal.memory.errors import AgentError\n"
        "try: Seal('hf:nobody/vlm', 'hf:nobody/detector')\n"
        "except AgentError as error: print(str(error).count('hf download'), 'torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == ["2", "False"]


def _hub_error(kind: type[Exception]) -> Exception:
    if issubclass(kind, hub_errors.HfHubHTTPError):
        response = httpx.Response(403, request=httpx.Request("GET", "https://hub"))
        return kind("refused", response=response)
    return kind("refused")


@pytest.mark.parametrize(
    ("raised", "kind", "advice"),
    [
        (hub_errors.GatedRepoError, AgentError, "hf auth login"),
        (hub_errors.RepositoryNotFoundError, UnknownAgentError, "check the spelling"),
        (hub_errors.RevisionNotFoundError, UnknownAgentError, "no such revision"),
        (hub_errors.LocalEntryNotFoundError, AgentError, "hf download owner/model"),
        (hub_errors.OfflineModeIsEnabled, AgentError, "hf download owner/model"),
        (torch.OutOfMemoryError, AgentError, "quantize=4"),
        (ZeroDivisionError, AgentError, "ZeroDivisionError: refused"),
    ],
)
def test_the_hubs_errors_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, raised: type[Exception], kind: type[SealError], advice: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        try:
            raise _hub_error(raised)
        except Exception as error:
            if raised is torch.OutOfMemoryError:
                raise
            raise OSError("wrapped by transformers" if raised is not ZeroDivisionError else "x") from error

    monkeypatch.setattr(transformers.PreTrainedConfig, "get_config_dict", refuse)
    monkeypatch.setattr("seal.agents.hf.present.require", lambda *_: None)  # as if the hub answered
    with pytest.raises(kind) as error:
        load("owner/model")
    expected = advice if raised is not ZeroDivisionError else "OSError: x"
    assert expected in str(error.value) and str(error.value).startswith("owner/model")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"model_type": "owlv2"}, "It is a detector: use it as the localizer"),
        ({"model_type": "sam3"}, "It is a detector"),
        ({"model_type": "rt_detr"}, "It is a detector: use it as the localizer"),
        ({"model_type": "llama"}, "sees no images"),
        ({"model_type": "clip"}, "Take an image-text-to-text model"),
        ({"model_type": "llava_llama"}, "llava-hf/llava-1.5-7b-hf"),
        ({"model_type": "moondream1", "auto_map": {"AutoConfig": "a.B"}}, "openai:MODEL@URL"),
        ({"model_type": "new_vlm", "auto_map": {"AutoConfig": "a.B"}}, "pass trust_remote_code=True"),
        ({"model_type": "new_vlm"}, "does not know"),
        ({"model_type": None}, "does not know"),
    ],
)
def test_a_wrong_architecture_says_which_is_right(
    checkpoint: Path, changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(SettingError) as error:
        load(str(edit(checkpoint, **changes)))
    assert fault in str(error.value)


def test_a_model_of_task_tokens_is_no_vqa_agent(tiny_vlm: TinyVlm) -> None:
    with pytest.raises(SettingError, match="use it as the localizer"):
        load(str(tiny_vlm("florence2")), device="cpu")


def test_a_package_that_a_family_needs_is_named(tiny_vlm: TinyVlm, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = str(tiny_vlm("smolvlm"))
    monkeypatch.setattr(loading.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="pip install num2words"):
        load(folder, device="cpu")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", None),
        ("config.json", b"{"),
        ("model.safetensors", None),
        ("model.safetensors", b"\x00" * 100),
        ("tokenizer.json", b"<html>"),
        ("processor_config.json", None),
    ],
)
def test_damaged_checkpoints_are_refused_with_their_name(
    checkpoint: Path, file: str, content: bytes | None
) -> None:
    (checkpoint / file).unlink()
    if content is not None:
        (checkpoint / file).write_bytes(content)
    with pytest.raises(SealError, match="llava"):
        load(str(checkpoint), device="cpu")


def test_pickled_weights_are_not_read(checkpoint: Path) -> None:
    (checkpoint / "model.safetensors").rename(checkpoint / "kept.bin")
    torch.save({}, checkpoint / "pytorch_model.bin")
    with pytest.raises(AgentError, match="safetensors"):
        load(str(checkpoint), device="cpu")


def test_too_little_memory_says_what_would_fit(checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (checkpoint / "model.safetensors").stat().st_size
    monkeypatch.setattr(loading, "_free_memory", lambda device: size * 0.3)
    with pytest.raises(AgentError, match=r"does not fit.*quantize=8.*quantize=4.*device_map") as error:
        load(str(checkpoint), device="cpu")
    assert "bfloat16'" not in str(error.value).partition("What would fit")[2]


def test_a_template_that_passes_images_over_is_found(checkpoint: Path) -> None:
    (checkpoint / "chat_template.jinja").write_text("{% for m in messages %}USER: hello{% endfor %}")
    vlm = load_vlm(str(checkpoint), LoadOptions("cpu"))
    with pytest.raises(AgentError, match=r"left no trace|refuses turns"):
        selftest.check_images(vlm)


def test_a_checkpoint_without_a_template_says_so(checkpoint: Path) -> None:
    (checkpoint / "chat_template.jinja").unlink()
    with pytest.raises(AgentError, match="no chat template"):
        load_vlm(str(checkpoint), LoadOptions("cpu")).ask([], "Hello?")


# --- code that came with a model --------------------------------------------------------------------------

CODE = """
import torch
from transformers import LlavaConfig, LlavaForConditionalGeneration


class HomeConfig(LlavaConfig):
    model_type = "home_vlm"


class Home(LlavaForConditionalGeneration):
    config_class = HomeConfig

    def __init__(self, config):
        super().__init__(config)
        self.register_buffer("grid", torch.arange(4.0), persistent=False)
        self.post_init()

    def _init_weights(self, module):
        super()._init_weights(module)
        if {computes} and module is self:
            module.grid.copy_(torch.arange(4.0))

    def forward(self, input_ids=None, pixel_values=None, **kwargs):
        if {blind} and pixel_values is not None:
            pixel_values = torch.zeros_like(pixel_values)
        return super().forward(input_ids=input_ids, pixel_values=pixel_values, **kwargs)
"""


@pytest.fixture
def own_code(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[bool, bool], Path]:
    """(computes its buffer?, is blind?) -> a checkpoint with code of its own."""
    monkeypatch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))

    def make(computes: bool, blind: bool) -> Path:
        folder = checkpoint.rename(checkpoint.with_name(f"home_{computes}_{blind}"))
        (folder / "modeling_home.py").write_text(CODE.format(computes=computes, blind=blind))
        auto = {"AutoConfig": "modeling_home.HomeConfig", "AutoModelForImageTextToText": "modeling_home.Home"}
        return edit(folder, model_type="home_vlm", auto_map=auto, architectures=["Home"])

    return make


def test_code_of_a_model_runs_only_when_trusted(own_code: Callable[[bool, bool], Path]) -> None:
    folder = own_code(True, False)
    with pytest.raises(SettingError, match="trust_remote_code=True"):
        load(str(folder), device="cpu")
    agent = load(str(folder), device="cpu", trust_remote_code=True)
    assert type(agent.vlm.model).__name__ == "Home" and agent.vlm.model.is_remote_code()


@pytest.mark.parametrize(
    ("computes", "blind", "fault"),
    [(False, False, "the buffer grid was never computed"), (True, True, "sees the whole image")],
)
def test_broken_code_of_a_model_is_refused(
    own_code: Callable[[bool, bool], Path], computes: bool, blind: bool, fault: str
) -> None:
    with pytest.raises(AgentError, match="is refused") as error:
        load(str(own_code(computes, blind)), device="cpu", trust_remote_code=True)
    assert fault in str(error.value)


# --- the table --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_profiles_name_what_exists(profile: Any) -> None:
    assert profile.convention is None or profile.convention in CONVENTIONS
    assert profile.model_type in transformers.CONFIG_MAPPING and hasattr(transformers, profile.auto_class)
    assert (profile.route in ("prefix", "inline")) == bool(profile.marker)
    assert not loading.INSTEAD.keys() & PROFILES.keys()


def test_a_family_without_a_row_gets_the_defaults() -> None:
    assert profile_of("brand_new").route == "chat" and profile_of("brand_new").model_type == "brand_new"
