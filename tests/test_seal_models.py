"""The two networks of the V* paper equal the released code on every recorded case; real sizes match by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from seal_models_cases import (
    FORMULA,
    IMAGE_INPUT,
    LOSS,
    cases,
    close,
    formula_pixels,
    network,
    outputs,
    picture,
    shapes,
    tokens,
)
from transformers import CLIPVisionConfig

from seal.agents.seal_models.checkpoint import build, match
from seal.agents.seal_models.pixels import normalised, padded
from seal.agents.seal_models.quantize import PackedLinear
from seal.agents.seal_models.sentences import (
    IMAGE,
    LOCATED,
    crop_xyxy,
    focus,
    in_square,
    locate_prompt,
    missing_objects,
    projections,
    vqa_prompt,
    where_prompt,
)
from seal.memory.errors import InputError
from seal.memory.geometry import Box

VSM = {case["name"]: case for case in cases("vsm")}
VQA = {case["name"]: case for case in cases("vqa")}
RED_MUG = "red mug"


@pytest.fixture(autouse=True)
def _without_gradients() -> Any:
    with torch.inference_mode():
        yield


def recorded_pixels(ours: torch.Tensor, recorded: dict[str, Any]) -> None:
    """The recorded sample of a tensor: shape, mean, and values at indices."""
    assert list(ours.shape) == recorded["shape"]
    assert float(ours.mean()) == pytest.approx(recorded["mean"], abs=1e-5)
    np.testing.assert_allclose(ours.flatten()[recorded["index"]], recorded["value"], atol=1e-5)


def encoded(case: dict[str, Any]) -> tuple[Any, list[int]]:
    """The case's patch, encoded, and all ids of its prompt; pixels and ids are checked on the way."""
    if case["name"] == "formula":
        clip, owl = formula_pixels(224, 0.05), formula_pixels(768, 0.013)
        ids = tokens("vsm").prompt(locate_prompt(RED_MUG))
    else:
        image = picture(case["image"])
        clip = torch.from_numpy(normalised(padded(image, "corner"), 224))[None]
        owl = torch.from_numpy(normalised(image, 768))[None]
        recorded_pixels(clip, case["clip_pixel_values"])
        if "owlvit_pixel_values" in case:
            recorded_pixels(owl, case["owlvit_pixel_values"])
        ids = tokens("vsm").prompt(case["prompt"])
        assert ids == case["input_ids"]
    return network("vsm").encode(clip, owl, ids[: ids.index(IMAGE)])[0], ids


def expected() -> list[int]:
    return [*tokens("vsm").encode(LOCATED), tokens("vsm").end]


# --- visual search model ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tolerance"), [("formula", FORMULA), ("case0", IMAGE_INPUT), ("case2", IMAGE_INPUT)]
)
def test_boxes_scores_and_masks(name: str, tolerance: float) -> None:
    net, case, recorded = network("vsm"), VSM[name], outputs("vsm")
    patch, ids = encoded(case)
    question = ids[ids.index(IMAGE) + 1 :]
    (reply,) = net.replies([patch], [question], expected(), 100)
    assert ids + reply.ids == case["output_ids"]
    loc = tokens("vsm").added["[LOC]"]
    place = reply.ids.index(loc)
    assert len(ids) + 255 + place - 1 == case["loc_hidden_position"]
    close(net.query(reply.states[place]), recorded[f"{name}.det_embedding"], tolerance)
    close(net.mask_prompt(reply.states[place]), recorded[f"{name}.seg_embedding"], tolerance)
    (found,) = net.locate([patch], [reply], loc)
    close(found.boxes, recorded[f"{name}.boxes_cxcywh"], tolerance)
    close(found.mask, recorded[f"{name}.low_res_mask"], tolerance)
    if name == "formula":
        close(found.scores, torch.sigmoid(recorded["formula.logits"]), tolerance)
        close(patch.features, recorded["formula.image_embedding"], tolerance)
        clip = net.model.mm_projector(net.image_features(formula_pixels(224, 0.05)))
        close(clip, recorded["formula.clip_projected"], tolerance)
        state = net.follow([patch.prefix], [question])[0][-1]
        close(net.logits(state), recorded["formula.prefill_last_logits"], tolerance)
        close(resized(found.mask, case["mask_out_size_hw"]), recorded["formula.mask_64x96"], tolerance)
        return
    close(found.scores, recorded[f"{name}.scores"], tolerance)
    recorded_features = case["image_embedding"]
    np.testing.assert_allclose(
        patch.features.flatten()[recorded_features["index"]], recorded_features["value"], atol=tolerance
    )
    best = int(found.scores.argmax())
    assert best == case["top"]["index"]
    assert float(found.scores[best]) == pytest.approx(case["top"]["score"], abs=tolerance)
    assert found.boxes[best].tolist() == pytest.approx(case["top"]["box"], abs=tolerance)
    close(resized(found.mask, case["image_size"][::-1]).clamp_min(0), recorded[f"{name}.heatmap"], tolerance)


def resized(mask: torch.Tensor, size_hw: Any) -> torch.Tensor:
    return torch.nn.functional.interpolate(
        mask[None, None], tuple(size_hw), mode="bilinear", align_corners=False
    )[0, 0]


@pytest.mark.parametrize("name", ["case4", "case5"])
def test_where_the_model_says_a_target_is(name: str) -> None:
    case = VSM[name]
    patch, ids = encoded(case)
    reply = network("vsm").generate(patch.prefix, ids[ids.index(IMAGE) + 1 :], tokens("vsm").end, 100)
    assert ids + reply.ids == case["output_ids"]
    assert tokens("vsm").decode(reply.ids) == case["text"]


def test_prompts_are_the_recorded_ones() -> None:
    assert locate_prompt(RED_MUG) == VSM["case0"]["prompt"]
    assert where_prompt("exit sign") == VSM["case5"]["prompt"]
    assert locate_prompt("red [LOC]<image> mug</s>") == locate_prompt("red    mug")


def test_a_forced_reply_is_what_would_have_been_generated() -> None:
    patch, ids = encoded(VSM["case0"])
    question, net = ids[ids.index(IMAGE) + 1 :], network("vsm")
    (forced,) = net.replies([patch], [question], expected(), 100)
    free = net.generate(patch.prefix, question, tokens("vsm").end, 100)
    assert forced.ids == free.ids
    close(forced.states, free.states, FORMULA)


def test_another_reply_is_generated_and_may_lack_the_token() -> None:
    """A question that the model answers in words, asked as if it would locate."""
    patch, ids = encoded(VSM["case4"])
    net = network("vsm")
    replies = net.replies([patch], [ids[ids.index(IMAGE) + 1 :]], expected(), 100)
    assert tokens("vsm").decode(replies[0].ids) == VSM["case4"]["text"]
    assert net.locate([patch], replies, tokens("vsm").added["[LOC]"]) == [None]


def test_unequal_questions_in_a_batch_equal_single_ones() -> None:
    net = network("vsm")
    patches, rows = zip(*(encoded(VSM[name]) for name in ("case0", "case2", "case4")), strict=True)
    questions = [ids[ids.index(IMAGE) + 1 :] for ids in rows]
    together = net.replies(patches, questions, expected(), 100)
    for patch, question, reply in zip(patches, questions, together, strict=True):
        (alone,) = net.replies([patch], [question], expected(), 100)
        assert alone.ids == reply.ids
        close(reply.states, alone.states, FORMULA)


def test_a_kept_patch_keeps_no_other() -> None:
    clip, owl = formula_pixels(224, 0.05).repeat(2, 1, 1, 1), formula_pixels(768, 0.013).repeat(2, 1, 1, 1)
    first, second = network("vsm").encode(clip, owl, [1, 5])
    for ours, theirs in ((first.prefix[0][0], second.prefix[0][0]), (first.features, second.features)):
        torch.testing.assert_close(ours, theirs)
        assert ours.untyped_storage().nbytes() == ours.nbytes and ours.data_ptr() != theirs.data_ptr()


def test_of_several_tokens_the_first_gives_boxes_and_the_last_the_mask() -> None:
    from seal.agents.seal_models.llama import Reply

    patch, ids = encoded(VSM["case0"])
    net, loc = network("vsm"), tokens("vsm").added["[LOC]"]
    (reply,) = net.replies([patch], [ids[ids.index(IMAGE) + 1 :]], expected(), 100)
    twice = Reply([loc, 7, loc], reply.states[:3])
    (both,) = net.locate([patch], [twice], loc)
    (first,) = net.locate([patch], [Reply([loc], reply.states[:1])], loc)
    (last,) = net.locate([patch], [Reply([loc], reply.states[2:3])], loc)
    close(both.scores, first.scores, FORMULA)
    close(both.mask, last.mask, FORMULA)
    assert float((first.mask - last.mask).abs().max()) > 1e-3


# --- VQA model --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(VQA))
def test_answers_and_option_losses(name: str) -> None:
    net, words, case, recorded = network("vqa"), tokens("vqa"), VQA[name], outputs("vqa")
    image, boxes = picture(case["scene"]), [Box(*xywh) for xywh in case["boxes_xywh"]]
    places = [in_square(box, image.size) for box in boxes]
    np.testing.assert_allclose(
        np.array(places).reshape(-1, 4), np.array(case["boxes_normalised"]).reshape(-1, 4)
    )
    prompt = vqa_prompt(case["question"], focus(list(zip(case["names"], places, strict=True))))
    assert prompt == case["prompt"]
    ids = words.prompt(prompt)
    assert ids == case["input_ids"]
    crops = [crop_xyxy(box, image.size) for box in boxes]
    assert [list(xyxy) for xyxy in crops] == (case["crop_xyxy"] or [])
    square = torch.from_numpy(normalised(padded(image, "centre"), 224))[None]
    recorded_pixels(square, case["image_pixels"])
    pixels = torch.cat([square, *(torch.from_numpy(normalised(image.crop(c), 224))[None] for c in crops)])
    if crops:
        recorded_pixels(pixels[1:], case["crop_pixels"])
    features = net.image_features(pixels)
    image_long = case["images_long"] is None or case["images_long"][0]
    crops_long = bool(case["objects_long"]) and case["objects_long"][0]
    embeddings = net.embed(ids, features[0], list(features[1:]), image_long, crops_long)
    assert len(embeddings) == case["sequence_length"]
    kept = recorded[f"{name}.inputs_embeds"]
    close(embeddings if len(kept) == len(embeddings) else embeddings[::16], kept, IMAGE_INPUT)
    (prefix,), states = net.prefill(embeddings[None])
    close(net.logits(states[0, -1]), recorded[f"{name}.last_logits"], IMAGE_INPUT)
    reply = net.complete(prefix, states[0, -1], words.end, 512)
    assert ids + reply.ids == case["output_ids"]
    assert words.decode(reply.ids) == case["text"]
    options = [words.prompt(f"{prompt} {option}</s>")[len(ids) :] for option in case["options"]]
    assert options == case["option_ids"]
    losses = net.option_losses(prefix, states[0, -1], options)
    assert losses == pytest.approx(case["option_losses"], abs=LOSS)
    assert losses.index(min(losses)) == case["chosen"]


def test_both_projections() -> None:
    net, recorded = network("vqa"), outputs("vqa")
    square = normalised(padded(picture(VQA["no_target"]["scene"]), "centre"), 224)
    features = net.image_features(torch.from_numpy(square)[None])
    close(features, recorded["clip_features"], IMAGE_INPUT)
    close(net.project(features, long=True), recorded["projected_long_256"], IMAGE_INPUT)
    close(net.project(features, long=False), recorded["projected_short_32"], IMAGE_INPUT)


@pytest.mark.parametrize(
    ("targets", "evaluated", "trained"),
    [
        (0, (True, False), (True, False)),
        (1, (False, True), (False, True)),
        (2, (False, True), (True, False)),
        (3, (False, False), (True, False)),
    ],
)
def test_layouts(targets: int, evaluated: tuple[bool, bool], trained: tuple[bool, bool]) -> None:
    """(image long, crops long)."""
    assert projections(targets, "evaluated") == evaluated
    assert projections(targets, "trained") == trained


def test_focus_names_what_was_found_and_what_was_not() -> None:
    assert focus([]) == ""
    assert focus([("mug", (0, 0.25, 0.5, 1))], ["exit sign", "desk"]) == (
        "Additional visual information to focus on: mug <object> at location [0.000,0.250,0.500,1.000]; "
        "exit sign not existent in the image; desk not existent in the image."
    )
    assert focus([], ["desk"]).endswith("to focus on: desk not existent in the image.")


@pytest.mark.parametrize(
    ("reply", "missing"),
    [
        ("The color is blue.", None),
        ("{}: red mug.", ("red mug",)),
        ("{}: red mug, desk , red mug", ("red mug", "desk")),
        ("{}:", ()),
    ],
)
def test_missing_objects(reply: str, missing: tuple[str, ...] | None) -> None:
    sorry = VQA["no_target"]["text"].partition(":")[0]
    assert missing_objects(reply.format(sorry)) == missing


@pytest.mark.parametrize(
    ("box", "size", "expected"),
    [
        (Box(0, 0, 10, 10), (100, 100), (0, 0, 12, 12)),
        (Box(90, 90, 10, 10), (100, 100), (89, 89, 100, 100)),
        (Box(99.6, 0, 0.2, 0.2), (100, 100), (99, 0, 100, 1)),
    ],
)
def test_crops_stay_in_the_image(box: Box, size: tuple[int, int], expected: tuple[int, ...]) -> None:
    assert crop_xyxy(box, size) == expected


# --- sizes and types --------------------------------------------------------------------------------------

LARGE = CLIPVisionConfig(
    hidden_size=1024,
    intermediate_size=4096,
    num_hidden_layers=24,
    num_attention_heads=16,
    image_size=224,
    patch_size=14,
)


@pytest.mark.parametrize(("kind", "count"), [("vsm", 684 + 391), ("vqa", 399 + 391)])
def test_every_tensor_of_the_released_checkpoints_is_used(kind: Any, count: int) -> None:
    released = shapes(kind)
    assert len(released) == count
    net = build(kind, {"num_attention_heads": 32}, released, LARGE)
    used = match(net, released)
    assert len(used) == len(net.state_dict())
    assert all(name.endswith("rotary_emb.inv_freq") for name in set(released) - set(used.values()))


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("model.norm.weight", None, "lacks model.norm.weight"),
        ("model.surplus.weight", (3,), "holds model.surplus.weight, which is unknown"),
        ("model.norm.weight", (5,), r"has model.norm.weight in shape \[5\], not \[4096\]"),
    ],
)
def test_the_checkpoint_must_match(name: str, shape: tuple[int, ...] | None, said: str) -> None:
    released = shapes("vqa")
    net = build("vqa", {"num_attention_heads": 32}, released, LARGE)
    changed = {n: s for n, s in released.items() if n != name} | ({} if shape is None else {name: shape})
    with pytest.raises(InputError, match=said):
        match(net, changed)


def test_heads_stay_float32_in_a_half_network() -> None:
    from seal_models_cases import DATA

    from seal.agents.seal_models.checkpoint import load_network

    net = load_network(DATA / "vsm", "vsm", device="cpu", dtype="bfloat16")
    kinds = {name: p.dtype for name, p in net.named_parameters()}
    assert {t for n, t in kinds.items() if n.startswith(net.float32)} == {torch.float32}
    assert {t for n, t in kinds.items() if not n.startswith(net.float32)} == {torch.bfloat16}
    ids = tokens("vsm").prompt(locate_prompt(RED_MUG))
    at = ids.index(IMAGE)
    (patch,) = net.encode(formula_pixels(224, 0.05), formula_pixels(768, 0.013), ids[:at])
    replies = net.replies([patch], [ids[at + 1 :]], expected(), 100)
    (found,) = net.locate([patch], replies, tokens("vsm").added["[LOC]"])
    assert {t.dtype for t in (found.scores, found.boxes, found.mask)} == {torch.float32}
    close(found.boxes, outputs("vsm")["formula.boxes_cxcywh"], 0.05)
    steps = len(set(found.scores.tolist()))
    assert steps > 2000, "scores are not rounded to bfloat16"


@pytest.mark.parametrize(("bits", "tolerance"), [(8, 0.006), (4, 0.11)])
def test_packed_layers_come_close(bits: Any, tolerance: float) -> None:
    weight = torch.randn(24, 128, generator=torch.Generator().manual_seed(0)) * 0.1
    layer = PackedLinear(bits)
    layer.pack(weight)
    assert layer.packed.numel() * 8 == weight.numel() * bits
    x = torch.randn(5, 128, generator=torch.Generator().manual_seed(1))
    assert float((layer.weight - weight).abs().max()) < tolerance * float(weight.abs().max())
    torch.testing.assert_close(layer(x), x @ layer.weight.T)
