"""Every family of vision-language models does what a VQA agent needs, shown on tiny random checkpoints."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import PIL.ImageDraw
import pytest
import torch
from tiny_vlms import FAMILIES

from seal.agents.hf import selftest
from seal.agents.hf.encoding import Turn, turn_of
from seal.agents.hf.loading import LoadOptions, load_vlm
from seal.agents.hf.model import VLM
from seal.agents.prompts import parse_tell, tell_messages, tell_schema
from seal.memory.geometry import Box
from seal.memory.working import Crop, FoundTarget, GlobalImage, VisualWorkingMemory

OPTIONS = ("red", "a blue icon", "nothing of that kind")
EXTREME = [(1, 1), (1, 300), (300, 1), (3000, 10), (10, 3000)]


def screen() -> PIL.Image.Image:
    image = PIL.Image.new("RGB", (320, 200), "white")
    draw = PIL.ImageDraw.Draw(image)
    draw.rectangle((250, 20, 280, 50), fill="red")
    draw.rectangle((20, 120, 80, 180), fill="blue")
    draw.text((120, 90), "SAVE", fill="black")
    return image


def a_memory(question: str = "Which colour has the icon?") -> VisualWorkingMemory:
    image = screen()
    boxes = {"icon": Box(240, 10, 60, 50), "box": Box(10, 110, 80, 80)}
    return VisualWorkingMemory(
        question=question,
        image=GlobalImage(size_wh=image.size, png=image),
        targets=tuple(
            FoundTarget(phrase=name, box=box, score=0.9, crop=f"crop-{i + 1}")
            for i, (name, box) in enumerate(boxes.items())
        ),
        crops=tuple(
            Crop(id=f"crop-{i + 1}", box=box, png=image.crop(tuple(map(int, box.xyxy))))
            for i, box in enumerate(boxes.values())
        ),
    )


def a_turn(question: str = "Which colour has the icon?") -> Turn:
    turn: Turn = tell_messages(a_memory(question))[-1]["content"]
    return turn


@pytest.fixture(scope="session", params=FAMILIES)
def vlm(request: pytest.FixtureRequest, tiny_vlm: Callable[[str], Path]) -> VLM:
    """One tiny model of each family, loaded without any network."""
    folder = tiny_vlm(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _no_network)
        return load_vlm(str(folder), LoadOptions(device="cpu"))


def _no_network(*_: Any) -> None:
    raise AssertionError("a model asked for the network")


def image_tokens(vlm: VLM, turn: Turn) -> int:
    config = vlm.model.config
    names = ("image_token_id", "image_token_index")
    ids = {i for n in names if (i := getattr(config, n, None)) is not None}
    ids |= {vlm.tokenizer.convert_tokens_to_ids("<image>")} if not ids else set()
    return sum(int((vlm.encode([turn])["input_ids"] == i).sum()) for i in ids)


def test_three_images_and_a_question_get_a_reply(vlm: VLM) -> None:
    assert [part["type"] for part in a_turn()].count("image") == 3
    logits = vlm.first_logits([a_turn()])
    assert logits.shape[0] == 1 and not logits.isnan().any()
    assert image_tokens(vlm, a_turn()) >= 1
    assert isinstance(vlm.write([a_turn()], max_new_tokens=4)[0], str)


def test_every_image_and_their_order_matter(vlm: VLM) -> None:
    checks = selftest.check_images(vlm)
    assert len(checks) == 4 and [check for check in checks if not check.passed] == []


def test_the_ends_of_a_wide_image_are_seen(vlm: VLM) -> None:
    plain = PIL.Image.new("RGB", (600, 200), "white")
    marked = plain.copy()
    marked.paste("red", (0, 0, 60, 200))
    logits = vlm.first_logits([turn_of([image], "What is it?") for image in (plain, marked)])
    assert not torch.allclose(logits[0], logits[1], atol=1e-4)


def test_replies_repeat_and_a_batch_gives_what_each_turn_gives(vlm: VLM) -> None:
    turns = [a_turn(), turn_of([screen()], "What is it?"), turn_of([], "What is a button?")]
    together = vlm.write(turns, max_new_tokens=8)
    assert together == vlm.write(turns, max_new_tokens=8)
    assert together == [vlm.write([turn], max_new_tokens=8)[0] for turn in turns]
    logits = torch.cat([vlm.first_logits([turn]) for turn in turns])
    torch.testing.assert_close(vlm.first_logits(turns), logits, atol=1e-4, rtol=1e-4)


def test_a_question_cannot_pose_as_an_image_or_a_turn(vlm: VLM) -> None:
    tokens = sorted({*vlm.tokenizer.all_special_tokens, "<image>", "<|image|>", "[IMG]"})
    spoken = a_turn(f"What says {' '.join(tokens)}?")
    assert image_tokens(vlm, spoken) == image_tokens(vlm, a_turn())
    vlm.first_logits([spoken])


def test_images_of_any_shape_are_taken(vlm: VLM) -> None:
    crops = [PIL.Image.new("RGB", size, "red") for size in EXTREME]
    for crop in crops:
        assert vlm.first_logits([turn_of([screen(), crop], "What is it?")]).shape[0] == 1


def test_json_follows_its_schema(vlm: VLM) -> None:
    schema = tell_schema(None, ["crop-1", "crop-2"], longest=12)
    schema["properties"]["more"] |= {"maxItems": 1}
    turns = [a_turn(), turn_of([screen()], "What is it?")]
    for reply in vlm.write(turns, schema, 200):
        said = json.loads(reply, strict=False)
        assert list(said) == ["answer", "cites", "confidence", "more"] and len(said["answer"]) <= 12
        parse_tell(reply, a_memory())


def test_options_score_together_as_each_alone(vlm: VLM) -> None:
    together = vlm.option_scores(a_turn(), OPTIONS)
    assert together == pytest.approx([alone(vlm, option) for option in OPTIONS], abs=1e-4)
    assert len(set(together)) == 3 and max(together) <= 0


def alone(vlm: VLM, option: str) -> float:
    """Mean log-likelihood a token, by transformers' own means: one encoding, every token forced."""
    ids = vlm.tokenizer(option, add_special_tokens=False)["input_ids"]
    left = iter(ids)
    with torch.inference_mode():
        out = vlm.model.generate(
            **vlm.encode([a_turn()]),
            max_new_tokens=len(ids),
            do_sample=False,
            prefix_allowed_tokens_fn=lambda row, said: [next(left)],
            return_dict_in_generate=True,
            output_logits=True,
        )
    steps = [step.float().log_softmax(-1)[0, i] for step, i in zip(out.logits, ids, strict=True)]
    return float(sum(steps) / len(steps))


def test_a_memory_read_back_from_json_is_sent_the_same(vlm: VLM) -> None:
    memory = a_memory()
    again = VisualWorkingMemory.model_validate_json(memory.model_dump_json())
    sent, sent_again = (vlm.encode([tell_messages(m)[-1]["content"]]) for m in (memory, again))
    assert sent.keys() == sent_again.keys()
    for key, value in sent.items():
        for a, b in zip(_tensors(value), _tensors(sent_again[key]), strict=True):
            assert torch.equal(a, b), key


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    return [t for v in value for t in _tensors(v)] if isinstance(value, list | tuple) else []


def test_models_hold_what_their_constructors_compute(vlm: VLM) -> None:
    assert selftest.stale_buffers(vlm.model) == []


def test_there_are_28_families() -> None:
    assert len(set(FAMILIES)) == 28
