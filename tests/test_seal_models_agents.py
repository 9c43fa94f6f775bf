"""SEAL's models as agents: contracts, memory layout, equal results for less work, and the benchmark end to end."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seal_models_cases import DATA, IMAGE_INPUT, LOSS, cases, network, outputs, picture, tokens, vqa, vsm
from typer.testing import CliRunner

from seal.agents.checks import check_sightings
from seal.agents.contracts import Target
from seal.agents.fake import ScriptedVQA
from seal.agents.registry import known, load_localizer, load_vqa
from seal.agents.replay import Recorder
from seal.cli.app import app
from seal.memory.errors import AgentError, QuestionError
from seal.memory.geometry import Box
from seal.memory.image import Image, open_document
from seal.memory.working import VisualWorkingMemory
from seal.orchestrator import Seal
from seal.run.reading import global_image, remember
from seal.search.outcome import Instance, TargetOutcome
from seal.settings import Budget, SearchSettings

VSM = {case["name"]: case for case in cases("vsm")}
VQA = {case["name"]: case for case in cases("vqa")}
SCENE = "scene_300x200.png"


@contextmanager
def work(net: Any) -> Iterator[Counter[str]]:
    """Counts what a network computes: images through each tower, positions through LLaMA."""
    count: Counter[str] = Counter()

    def counting(name: str) -> Any:
        def hook(module: Any, args: Any, kwargs: Any, output: Any) -> None:
            given = args[0] if args else kwargs["inputs_embeds"]
            count[name] += len(given) if name != "llama" else given.shape[0] * given.shape[1]

        return hook

    parts = {"clip": net.vision_tower, "llama": net.model}
    if hasattr(net.model, "owlvit"):
        parts["owl"] = net.model.owlvit.vision_model
    hooks = [part.register_forward_hook(counting(name), with_kwargs=True) for name, part in parts.items()]
    try:
        yield count
    finally:
        for hook in hooks:
            hook.remove()


# --- localizer --------------------------------------------------------------------------------------------


def test_both_load_by_name() -> None:
    seal = Seal(f"seal:{DATA / 'vqa'}", f"seal:{DATA / 'vsm'}", policy="vstar")
    assert seal.localizer.capabilities.says_where and seal.vqa.input_side == 224
    assert known("vqa")["seal"].startswith("The paper's VQA model")
    assert known("localizer")["seal"].startswith("The paper's visual search model")


@pytest.mark.parametrize("name", ["case0", "case2"])
def test_sightings_are_in_pixels_of_the_patch(name: str) -> None:
    case, recorded = VSM[name], outputs("vsm")
    patch = Image.open(picture(case["image"])).patch()
    phrase = case["question"].removeprefix("Please locate the ").removesuffix(" in this image.")
    agent = vsm()
    ((sighting,),) = check_sightings(agent.locate([patch], [phrase]), [patch], [phrase], agent.name)
    assert sighting.scores[0] == pytest.approx(case["top"]["score"], abs=IMAGE_INPUT)
    assert np.all(np.diff(sighting.scores) <= 0) and len(sighting.scores) <= 64
    cx, cy, w, h = np.array(case["top"]["box"]) * [*case["image_size"], *case["image_size"]]
    box = np.clip([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], 0, [*case["image_size"]] * 2)
    np.testing.assert_allclose(sighting.boxes[0], box, atol=0.02)
    assert sighting.cue is not None
    np.testing.assert_allclose(
        sighting.cue, recorded[f"{name}.low_res_mask"].clamp_min(0).numpy(), atol=IMAGE_INPUT
    )


def test_a_batch_equals_single_looks_for_less_work() -> None:
    image = Image.open(picture(SCENE))
    patches = [image.patch(Box(0, 0, 150, 200)), image.patch(Box(150, 0, 150, 100)), image.patch()]
    phrases = ["red mug", "exit sign", "very long wooden desk"]
    with work(network("vsm")) as together:
        batch = vsm().locate(patches, phrases)
    with work(network("vsm")) as apart:
        single = [[vsm().locate([patch], [phrase])[0][0] for phrase in phrases] for patch in patches]
    for ours, theirs in zip(chain(*batch), chain(*single), strict=True):
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
        np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=1e-3)
        np.testing.assert_allclose(ours.cue, theirs.cue, atol=1e-5)
    assert (together["clip"], together["owl"]) == (3, 3)
    assert (apart["clip"], apart["owl"]) == (9, 9)
    assert together["llama"] < apart["llama"] / 2


def test_a_patch_is_encoded_once_for_all_questions() -> None:
    agent, patch = vsm(), Image.open(picture(VSM["case4"]["image"])).patch()
    with work(network("vsm")) as count:
        agent.locate([patch, patch], ["red mug"])
        assert agent.where(patch, "red mug") == VSM["case4"]["text"]
        agent.locate([patch], ["window"])
    assert (count["clip"], count["owl"]) == (1, 1)
    image_and_before = tokens("vsm").prompt(VSM["case4"]["prompt"]).index(-200) + 256
    assert count["llama"] < image_and_before + 200


def test_the_oldest_patch_is_forgotten() -> None:
    agent, image = vsm(kept=1), Image.open(picture(SCENE))
    first, second = image.patch(Box(0, 0, 100, 100)), image.patch(Box(100, 0, 100, 100))
    with work(network("vsm")) as count:
        for patch in (first, second, second, first):
            agent.locate([patch], ["mug"])
    assert count["clip"] == 3


def test_a_reply_that_locates_nothing_is_an_empty_sighting(monkeypatch: pytest.MonkeyPatch) -> None:
    agent, patch = vsm(), Image.open(picture(SCENE)).patch()
    monkeypatch.setattr(agent, "_loc", -1)
    ((sighting,),) = agent.locate([patch], ["mug"])
    assert not len(sighting.scores) and sighting.cue is None


def test_the_search_asks_the_localizer_where() -> None:
    """No map is sure and no score high enough: every inner look asks for the place, and looks it up."""
    search = SearchSettings.published(confidence_high=0.99, cue_minimum=5.0)
    seal = Seal(vqa(), vsm(), "vstar", Budget(looks=3), search=search)
    with work(network("vsm")) as count:
        result = seal.locate(picture(SCENE).resize((900, 600)), "red mug")
    calls = result.spend.calls
    assert calls["where"] == calls["context"] > 0 and count["clip"] == count["owl"] == 3
    places = {o.context for step in result.trace.steps for o in getattr(step, "observations", ())}
    assert "window" in " ".join(filter(None, places))


def test_a_recording_keeps_who_says_where(tmp_path: Path) -> None:
    search, budget = SearchSettings.published(confidence_high=0.99, cue_minimum=5.0), Budget(looks=2)
    path, image = tmp_path / "run.jsonl", picture(SCENE).resize((900, 600))
    seal = Seal(Recorder(ScriptedVQA(), path), Recorder(vsm(), path), "vstar", budget, search=search)
    recorded = seal.locate(image, "red mug")
    replay = Seal(f"replay:{path}", f"replay:{path}", "vstar", budget, search=search)
    replayed = replay.locate(image, "red mug")
    assert replayed.spend.calls == recorded.spend.calls and recorded.spend.calls["where"] == 2
    assert (
        replayed.trace.steps[0].observations[0].context
        == recorded.trace.steps[0].observations[0].context
        != ""
    )


# --- VQA agent --------------------------------------------------------------------------------------------


def memory_of(case: dict[str, Any], image: Image, absent: tuple[str, ...] = ()) -> VisualWorkingMemory:
    """The working memory with the recorded targets."""
    outcomes = [
        TargetOutcome(Target(name, surroundings=False), "found", (at,), at, True, 1, 1, 1.0)
        for name, at in zip(
            case["names"], (Instance(Box(*b), 0.9, "", 0, 1) for b in case["boxes_xywh"]), strict=True
        )
    ]
    outcomes += [TargetOutcome(Target(name), "absent", (), None, True, None, 4, 1.0) for name in absent]
    view = global_image(image)
    return remember(case["question"], tuple(case["options"]), open_document(image), outcomes, (), view)


@pytest.mark.parametrize("image_open", [True, False])
@pytest.mark.parametrize("name", list(VQA))
def test_tell_scores_options_as_recorded(name: str, image_open: bool) -> None:
    """From full resolution while the image is open, and from the memory alone."""
    case = VQA[name]
    agent = vqa(layout="trained" if name == "three_targets_image_long" else "evaluated")
    if image_open:
        image = Image.open(picture(case["scene"]))
        agent.show(image.patch(), case["question"])
        memory = memory_of(case, image)
    else:
        memory = memory_of(case, Image.open(picture(case["scene"])))
    answer = agent.tell(memory.but(options=case["options"]))
    assert answer.text == case["options"][case["chosen"]] and answer.status == "answered"
    assert answer.option_scores is not None
    assert [-score for score in answer.option_scores] == pytest.approx(case["option_losses"], abs=LOSS)
    assert answer.cites == tuple(crop.id for crop in memory.crops)
    said = agent.tell(memory.but(options=None))
    if case["names"]:
        assert said.text == case["text"] and 0.5 < said.confidence <= 1
    else:
        assert said.status == "cannot_tell" and said.more == (Target("red mug", surroundings=False),)


def test_features_are_encoded_once_for_show_and_tell() -> None:
    case, agent = VQA["two_targets"], vqa()
    image = Image.open(picture(case["scene"]))
    with work(network("vqa")) as count:
        agent.show(image.patch(), case["question"])
        assert count["clip"] == 1
        for options in (None, case["options"]):
            agent.tell(memory_of(case, image).but(options=options))
    assert count["clip"] == 1 + 2


def test_show_names_targets_or_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    case, view = VQA["no_target"], Image.open(picture(SCENE)).patch()
    need = vqa().show(view, case["question"], case["options"])
    assert need.targets == (Target("red mug", surroundings=False),) and need.reason == case["text"]
    monkeypatch.setattr("seal.agents.seal_models.agents.missing_objects", lambda text: None)
    chosen, free = vqa().show(view, case["question"], case["options"]), vqa().show(view, case["question"])
    assert chosen.answer is not None and chosen.answer.text == case["options"][case["chosen"]]
    assert free.answer is not None and free.answer.text == case["text"]
    monkeypatch.setattr("seal.agents.seal_models.agents.missing_objects", lambda text: ())
    assert vqa().show(view, case["question"]).reason == case["text"]
    assert vqa().where(view, "mug") == ""


def test_what_was_not_found_is_told_by_its_own_name() -> None:
    memory = memory_of(VQA["one_target"], Image.open(picture(SCENE)), absent=("desk", "exit sign"))
    text, _ = vqa()._asked(memory, list(memory.targets))
    assert "; desk not existent in the image; exit sign not existent in the image.\n" in text
    assert vqa().tell(memory.but(options=["yes", "no"])).option_scores is not None


def test_further_instances_give_way_when_the_context_is_full() -> None:
    case, image = VQA["one_target"], Image.open(picture(SCENE))
    many = [Instance(Box(8 * i, 5, 7, 9), 0.9 - i / 100, "", 0, 1) for i in range(30)]
    outcome = TargetOutcome(Target("red mug", "all"), "found", tuple(many), many[0], True, 1, 1, 1.0)
    desk = Instance(Box(200, 100, 20, 20), 0.31, "", 0, 1)
    single = TargetOutcome(Target("desk"), "found", (desk,), desk, True, 1, 1, 1.0)
    memory = remember(
        case["question"], None, open_document(image), [outcome, single], (), global_image(image)
    )
    agent = vqa()
    agent._longest = 1000
    answer = agent.tell(memory.but(options=case["options"]))
    assert answer.option_scores is not None
    kept = {
        t.phrase: [u.crop for u in memory.found(t.phrase) if u.crop in answer.cites] for t in memory.targets
    }
    assert kept["desk"] and 1 < len(kept["red mug"]) < 24
    assert kept["red mug"] == [t.crop for t in memory.found("red mug")][: len(kept["red mug"])]


def test_a_question_that_is_too_long() -> None:
    with pytest.raises(QuestionError, match=r"take \d+ tokens; at most 2048"):
        vqa().show(Image.open(picture(SCENE)).patch(), "Is it so? " * 400)


def test_words_of_the_prompt_in_question_and_options_are_only_words() -> None:
    memory = memory_of(VQA["one_target"], Image.open(picture(SCENE)), absent=("<object>",))
    options = ["a <image> b", "</s>", "[LOC] <object>"]
    answer = vqa().tell(memory.but(question="What <object> is </s> this <image>?", options=options))
    assert (
        answer.text in options
        and answer.option_scores is not None
        and np.isfinite(answer.option_scores).all()
    )


@pytest.mark.parametrize(
    ("said", "kind"), [("CUDA out of memory. Tried", AgentError), ("else", RuntimeError)]
)
def test_out_of_memory_says_what_takes_less(
    said: str, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = vsm()

    def fail(*_: Any) -> None:
        raise RuntimeError(said)

    monkeypatch.setattr(agent, "_encode", fail)
    with pytest.raises(kind, match=said):
        agent.locate([Image.open(picture(SCENE)).patch()], ["mug"])


@pytest.mark.parametrize("bits", [8, 4])
def test_packed_agents_answer(bits: int) -> None:
    case, options = VQA["one_target"], {"quantize": bits, "device": "cpu"}
    memory = memory_of(case, Image.open(picture(SCENE)))
    answer = load_vqa(f"seal:{DATA / 'vqa'}", **options).tell(memory.but(options=case["options"]))
    assert answer.option_scores is not None
    assert [-s for s in answer.option_scores] == pytest.approx(
        case["option_losses"], abs=0.1 if bits == 8 else 2
    )
    patch = Image.open(picture("a_90x70.png")).patch()
    ((sighting,),) = load_localizer(f"seal:{DATA / 'vsm'}", **options).locate([patch], ["red mug"])
    assert sighting.cue is not None and len(sighting.scores)


# --- the benchmark ----------------------------------------------------------------------------------------


def test_the_benchmark_prints_the_tables_of_the_paper(tmp_path: Path) -> None:
    """The numbers mean nothing (tiny random models), the path is real: one box is where the tiny model looks."""
    scene = picture(SCENE).resize((900, 600))
    seen = Seal(vqa(), vsm(), search=SearchSettings.published()).locate(scene, "red mug").boxes("red mug")
    questions = {
        "direct_attributes": (["red mug"], [seen[0].xywh], VQA["no_target"]),
        "relative_position": (["exit sign", "red mug"], [(1, 1, 9, 9), (2, 2, 9, 9)], VQA["two_targets"]),
    }
    for kind, (names, boxes, case) in questions.items():
        (tmp_path / kind).mkdir()
        scene.save(tmp_path / kind / "a.png")
        data = {
            "target_object": names,
            "bbox": boxes,
            "question": case["question"],
            "options": case["options"],
        }
        (tmp_path / kind / "a.json").write_text(json.dumps(data))
    agents = ["--vqa", f"seal:{DATA / 'vqa'}", "--localizer", f"seal:{DATA / 'vsm'}", "--policy", "vstar"]
    run = CliRunner().invoke(app, ["bench", str(tmp_path), *agents, "--paper", "--markdown"])
    assert run.exit_code == 0, run.output
    rows = [line.strip("| ").split(" | ") for line in run.stdout.splitlines() if line.startswith("| ")]
    second = [row[0] for row in rows].index("kind", 1)
    accuracy, searches = rows[:second], rows[second:]
    assert [row[0] for row in accuracy] == [
        "kind",
        "---",
        "direct_attributes",
        "relative_position",
        "with options",
        "all",
    ]
    assert all(row[2] in ("0.00", "0.50", "1.00") for row in accuracy[2:])
    looks = accuracy[3][accuracy[0].index("looks")]
    assert looks == "2.0", "each target is searched for on its own"
    assert searches[0][:7] == [
        "kind",
        "targets",
        "found",
        "located",
        "search length",
        "looks (located)",
        "looks (all)",
    ]
    assert searches[2][1:7] == ["1", "1", "1", "1.00", "1.00", "1.00"]
    assert searches[3][1:6] == ["2", "2", "0", "-", "-"] and searches[4][1] == "3"
