"""The agent on a vision-language model: what it sends, what it makes of replies, and its parts."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import PIL.Image
import pytest
import torch

from seal import Image, Seal
from seal.agents.contracts import Target
from seal.agents.fake import FakeLocalizer
from seal.agents.hf.chat import HFVQA
from seal.agents.hf.constrain import Grammars
from seal.agents.hf.encoding import encode, prepared, turn_of
from seal.agents.hf.loading import LoadOptions, load_vlm
from seal.agents.hf.model import VLM
from seal.agents.hf.profiles import Profile, profile_of
from seal.agents.montage import montage
from seal.agents.registry import load_vqa
from seal.memory.errors import AgentError, ReplyError, SettingError
from seal.memory.geometry import Box
from seal.memory.working import Crop, GlobalImage, VisualWorkingMemory

GRAY = PIL.Image.new("RGB", (64, 48), "gray")


class Scripted:
    """A model that says what it is told to, and keeps what it was asked."""

    name, max_side = "scripted", 256
    profile = Profile("scripted")

    def __init__(self, *replies: str, scores: tuple[float, ...] = ()) -> None:
        self.replies, self.scores = list(replies), scores
        self.turns: list[Any] = []
        self.schemas: list[Any] = []

    def write(self, turns: Sequence[Any], schema: Any = None, max_new_tokens: int = 512) -> list[str]:
        self.turns += turns
        self.schemas.append(schema)
        return [self.replies.pop(0) for _ in turns]

    def option_scores(self, turn: Any, options: Sequence[str]) -> tuple[float, ...]:
        self.turns.append(turn)
        return self.scores


def agent(*replies: str, scores: tuple[float, ...] = (), **options: Any) -> tuple[HFVQA, Scripted]:
    model = Scripted(*replies, scores=scores)
    return HFVQA(cast("VLM", model), **options), model


def memory(crops: int = 2, **changes: Any) -> VisualWorkingMemory:
    fields: dict[str, Any] = {
        "question": "Which?",
        "image": GlobalImage(size_wh=(640, 480), png=GRAY),
        "crops": tuple(Crop(id=f"crop-{i + 1}", box=Box(0, 0, 9, 9), png=GRAY) for i in range(crops)),
    }
    return VisualWorkingMemory(**(fields | changes))


def tell(**changes: Any) -> str:
    return json.dumps({"answer": "red", "cites": ["crop-1"], "confidence": 70, "more": []} | changes)


# --- Show, Where, Tell ------------------------------------------------------------------------------------


def test_show_names_targets_from_the_view() -> None:
    reply = {"enough": False, "answer": "", "targets": [{"name": "red icon", "all": False}]}
    vqa, model = agent(json.dumps(reply))
    view = Image.open(PIL.Image.new("RGB", (1000, 500))).patch()
    assert vqa.show(view, "Which?", ["a", "b"]).targets == (Target("red icon"),)
    (turn,) = model.turns
    assert [part["type"] for part in turn] == ["image", "text"] and turn[0]["image"].size == (256, 128)
    assert "Which?" in turn[1]["text"] and model.schemas[0]["properties"]["answer"]["enum"] == ["", "a", "b"]


def test_a_reply_that_is_cut_off_is_an_error() -> None:
    with pytest.raises(ReplyError, match="Tell: expected one JSON object"):
        agent(tell()[:20])[0].tell(memory())


def test_where_is_free_text() -> None:
    vqa, model = agent("It is most likely to appear at the top.\nBecause")
    assert vqa.where(Image.open(GRAY).patch(), "bell") == "It is most likely to appear at the top."
    assert model.schemas == [None]


def test_tell_shows_the_memory_and_cites() -> None:
    vqa, model = agent(tell())
    answer = vqa.tell(memory())
    assert (answer.text, answer.confidence, answer.cites) == ("red", 0.7, ("crop-1",))
    assert answer.option_scores is None
    assert [part["type"] for part in model.turns[0]].count("image") == 3
    assert model.schemas[0]["properties"]["cites"]["items"]["enum"] == ["crop-1", "crop-2"]


def test_tell_takes_the_likeliest_option() -> None:
    vqa, model = agent(tell(answer="blue"), scores=(-2.0, -0.5, -3.0))
    answer = vqa.tell(memory(options=("red", "blue", "green")))
    assert (answer.text, answer.option_scores) == ("blue", (-2.0, -0.5, -3.0))
    assert answer.confidence == pytest.approx(0.766, abs=1e-3)  # exp(-.5) / (exp(-2) + exp(-.5) + exp(-3))
    assert model.schemas[0]["properties"]["answer"]["enum"] == ["blue"]
    assert model.turns[0][-1]["text"].endswith("the right option alone.")


def test_no_more_images_are_shown_than_asked_for() -> None:
    vqa, model = agent(tell(), max_images=2)
    vqa.tell(memory(crops=5))
    assert [part["type"] for part in model.turns[0]].count("image") == 2


@pytest.mark.parametrize("family", ["qwen2_vl", "fuyu"])
def test_a_whole_run_on_a_tiny_model(family: str, tiny_vlm: Callable[[str], Path]) -> None:
    vqa = load_vqa(f"hf:{tiny_vlm(family)}", device="cpu", max_side=128)
    shown = PIL.Image.new("RGB", (640, 480), "white")
    named = replace(cast("HFVQA", vqa).show(Image.open(shown).patch(), "Which colour?"), answer=None)
    assert all(0 < len(t.phrase) <= 80 for t in named.targets)
    result = Seal(vqa, FakeLocalizer({})).ask(shown, "Which colour?", ["red", "blue icon"], budget=None)
    assert result.status in ("answered", "cannot_tell")
    if result.option_scores is not None:
        assert result.answer in ("red", "blue icon") and len(result.option_scores) == 2
    model = cast("HFVQA", vqa).vlm
    before, turn = model.tokens, turn_of([shown.resize((64, 48))], "Which colour?")
    model.write([turn], max_new_tokens=1)
    read = encode([turn], model.processor, model.profile, model.max_side)["attention_mask"]
    assert model.tokens - before == int(read.sum()) + 1 and vqa.tokens == model.tokens


# --- images -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size_wh", "prepared_wh"),
    [
        ((64, 48), (64, 48)),
        ((1, 1), (28, 28)),
        ((1, 300), (28, 256)),
        ((3000, 10), (256, 28)),
        ((2000, 1000), (256, 128)),
        ((256, 28), (256, 28)),
    ],
)
def test_images_are_scaled_down_and_padded(size_wh: tuple[int, int], prepared_wh: tuple[int, int]) -> None:
    image = prepared(PIL.Image.new("RGBA", size_wh, "red"), Profile("any"), 256)
    assert image.size == prepared_wh and image.mode == "RGB" and image.getpixel((0, 0)) == (255, 0, 0)


def test_a_family_with_a_longest_ratio_gets_no_longer_image() -> None:
    image = prepared(PIL.Image.new("RGB", (1000, 30)), replace(Profile("any"), most_extreme=4.0), 1000)
    assert image.size == (1000, 250)


def test_a_square_is_padded_evenly() -> None:
    image = prepared(PIL.Image.new("RGB", (100, 40), "red"), replace(Profile("any"), square=True), 1000)
    red = [image.getpixel((50, y)) == (255, 0, 0) for y in range(100)]
    assert image.size == (100, 100) and red == [False] * 30 + [True] * 40 + [False] * 30


def test_a_montage_holds_every_image() -> None:
    colors = ["red", "lime", "blue", "cyan"]
    sheet = montage([PIL.Image.new("RGB", (300, 200), c) for c in colors], list("1234"), 400)
    assert max(sheet.size) <= 400
    seen = {pixel for _, pixel in sheet.getcolors(1 << 20) or []}
    assert {(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255)} <= seen


def test_one_image_alone_fills_the_montage() -> None:
    assert montage([PIL.Image.new("RGB", (300, 200))], ["1"], 400).width == 400


def test_more_images_than_a_family_takes_are_refused(tiny_vlm: Callable[[str], Path]) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu"))
    two = replace(vlm.profile, most_images=2)
    with pytest.raises(AgentError, match="takes 2 images a turn; got 3"):
        encode([turn_of([GRAY] * 3, "x")], vlm.processor, two, 256)


def test_a_processor_that_refuses_is_named(tiny_vlm: Callable[[str], Path]) -> None:
    vlm = load_vlm(str(tiny_vlm("paligemma")), LoadOptions("cpu"))
    wrong = replace(vlm.profile, needs_image=False)
    with pytest.raises(AgentError, match=r"paligemma \(PaliGemmaProcessor\) refuses turns with \[0\] images"):
        encode([turn_of([], "x")], vlm.processor, wrong, 256)


# --- the model --------------------------------------------------------------------------------------------


def test_calls_from_several_threads_do_not_mix(tiny_vlm: Callable[[str], Path]) -> None:
    vlm = load_vlm(str(tiny_vlm("qwen2_vl")), LoadOptions("cpu", max_side=128))
    turns = [turn_of([PIL.Image.new("RGB", (60 + 40 * i, 60), "red")] * i, f"What is {i}?") for i in range(4)]
    alone = [vlm.write([turn], max_new_tokens=6)[0] for turn in turns]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda turn: vlm.write([turn], max_new_tokens=6)[0], turns * 3)) == alone * 3


def test_no_turns_get_no_replies(tiny_vlm: Callable[[str], Path]) -> None:
    assert load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu")).ask_many([]) == []


def test_a_full_device_says_what_to_do(
    tiny_vlm: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu", max_side=300))

    def full(**_: Any) -> None:
        raise torch.OutOfMemoryError("tried to allocate 20 GiB")

    monkeypatch.setattr(vlm.model, "generate", full)
    with pytest.raises(AgentError, match=r"smaller max_side \(now 300\).*quantize=4"):
        vlm.ask([GRAY], "x")


def test_options_without_text_cannot_be_scored(tiny_vlm: Callable[[str], Path]) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu"))
    with pytest.raises(SettingError, match="must hold text"):
        vlm.option_scores(turn_of([GRAY], "x"), ["a", ""])
    assert len(vlm.option_scores(turn_of([GRAY], "x"), ["a"])) == 1


def test_one_batch_may_hold_free_and_constrained_rows(tiny_vlm: Callable[[str], Path]) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu"))
    grammars = Grammars(vlm.tokenizer, 424, vlm.tokenizer.eos_token_id)
    mask = grammars.mask([None, {"type": "boolean"}])
    scores = mask(torch.zeros(2, 3, dtype=torch.long), torch.zeros(2, 424))
    assert torch.isfinite(scores[0]).all() and torch.isinf(scores[1]).any()


@pytest.mark.parametrize("schema", [{"type": "nonsense"}, {"type": "string", "pattern": "("}])
def test_a_schema_that_cannot_be_enforced_is_refused(
    tiny_vlm: Callable[[str], Path], schema: dict[str, Any]
) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu"))
    with pytest.raises(SettingError, match="cannot be enforced"):
        vlm.ask([], "x", schema)


def test_a_tokenizer_without_a_fast_form_is_refused() -> None:
    class Slow:
        def get_vocab(self) -> dict[str, int]:
            return {"a": 0}

    with pytest.raises(AgentError, match="JSON cannot be enforced with Slow"):
        Grammars(Slow(), 4, 0)


def test_profiles_route_what_they_must() -> None:
    assert profile_of("fuyu").most_images == 1 and not profile_of("florence2").speaks


IMAGES_FIRST = (
    "{% for m in messages %}USER: {% for c in m['content'] if c['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] }} {% endfor %}{% endfor %}ASSISTANT:"
)


@pytest.mark.parametrize(("template", "numbered"), [(None, False), (IMAGES_FIRST, True)])
def test_images_that_a_template_moves_are_numbered(
    tiny_vlm: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, template: str | None, numbered: bool
) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu"))
    if template:
        monkeypatch.setattr(vlm.processor, "chat_template", template)
    turn = [*turn_of([GRAY], "The whole image."), *turn_of([GRAY], "crop-1")]
    said = vlm.tokenizer.decode(vlm.encode([turn])["input_ids"][0], skip_special_tokens=True)
    assert ("(image 1)\n The whole image.\n (image 2)\n crop-1" in said) == numbered
    assert ("The whole image.\n\ncrop-1" in said) == (not numbered)


def test_a_template_or_model_that_breaks_is_named(
    tiny_vlm: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    vlm = load_vlm(str(tiny_vlm("llava")), LoadOptions("cpu"))
    with monkeypatch.context() as patch:
        patch.setattr(vlm.processor, "chat_template", "{{ raise_exception('only one image, please') }}")
        with pytest.raises(AgentError, match="only one image, please"):
            vlm.ask([GRAY], "x")
    monkeypatch.setattr(vlm.model, "generate", lambda **_: torch.zeros(2, 3) @ torch.zeros(2, 3))
    with pytest.raises(AgentError, match=r"\(llava\) fails on this input"):
        vlm.ask([], "x")
