"""One name here for what transformers names differently in its older and its newer releases; and a silent ask."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import DynamicCache, LlamaConfig
from transformers.models.llama.modeling_llama import LlamaForCausalLM

from seal.agents.transformers_compat import cache_argument, cache_of, present_form

ROOT = Path(__file__).parents[1]


def newer(input_ids: Any, cache: Any = None) -> None: ...


def older(input_ids: Any, past_key_values: Any = None) -> None: ...


@pytest.mark.parametrize(("call", "name"), [(newer, "cache"), (older, "past_key_values")])
def test_the_argument_is_named_as_the_function_names_it(call: Callable[..., Any], name: str) -> None:
    assert cache_argument(call, "kept") == {name: "kept"}


@pytest.mark.parametrize("name", ["cache", "past_key_values"])
def test_the_cache_of_an_output_is_found_under_either_name(name: str) -> None:
    assert cache_of({"logits": 1, name: "kept"}) == "kept"


def test_an_output_without_a_cache_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        cache_of({"logits": 1})


def old_and_new(images: Any, return_legacy_image_output: bool = True) -> None: ...


@pytest.mark.parametrize(
    ("processor", "form"), [(newer, {}), (old_and_new, {"return_legacy_image_output": False})]
)
def test_a_processor_with_a_choice_gives_its_present_form(
    processor: Callable[..., Any], form: dict[str, bool]
) -> None:
    assert present_form(processor) == form


def test_a_model_goes_on_from_its_cache_without_a_warning() -> None:
    """The installed transformers, whichever it is: one token more is as if all were read at once."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    model: Any = LlamaForCausalLM(LlamaConfig(vocab_size=10, pad_token_id=0, **sizes)).eval()
    ids = torch.tensor([[3, 1, 4, 1, 5]])
    with torch.inference_mode():
        whole = model(input_ids=ids).logits[0, -1]
        kept = cache_of(model(input_ids=ids[:, :-1], use_cache=True))
        last = model(input_ids=ids[:, -1:], use_cache=True, **cache_argument(model.forward, kept))
        assert isinstance(kept, DynamicCache)
        torch.testing.assert_close(last.logits[0, -1], whole)
        kept = cache_of(model(input_ids=ids[:, :-1], use_cache=True))
        said = model.generate(ids, max_new_tokens=1, do_sample=False, **cache_argument(model.generate, kept))
    assert int(said[0, -1]) == int(whole.argmax())


def test_an_ask_says_nothing_about_packages_beneath() -> None:
    """As a user runs it, with the warnings that Python shows by default."""
    picture = "examples/screens/soft-ui-billing.png"
    run = subprocess.run(
        [sys.executable, "-m", "seal", "ask", picture, "What colour is the bell icon?"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 and run.stdout.startswith("gray"), run.stdout + run.stderr
    said = [word for word in ("Warning", "deprecated", "[transformers]") if word in run.stderr]
    assert said == [], run.stderr
