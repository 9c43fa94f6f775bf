"""The nano VQA agent: prompts, constrained speech, evidence; a model with random weights suffices for these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

from seal.agents.contracts import Answer
from seal.agents.nano.icons import SeenIcon, badge_of, badge_on, beside, icons_in
from seal.agents.nano.weights import load_weights
from seal.agents.nano_vqa import load, prompts, states
from seal.agents.nano_vqa.agent import NanoVQA
from seal.agents.nano_vqa.asked import Reading, search_targets
from seal.agents.nano_vqa.decode import End, show_tree, tree
from seal.agents.nano_vqa.icons import answer
from seal.agents.nano_vqa.options import sides_offered, states_offered
from seal.agents.registry import load_vqa
from seal.memory.errors import SealError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.working import AbsentTarget, Crop, Fact, FoundTarget, GlobalImage, VisualWorkingMemory

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = (
    "What colour is the bell icon?",
    'Is "Total due" left or right of the avatar?',
    "How many <image> are there?",
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of this architecture with random weights, as it is exported."""
    import torch

    from seal.train import vqa

    tokenizer = vqa.tokenizer_of(
        [*QUESTIONS, 'show {"ask": "colour", "one": [["icon", "bell"]]} yes no left right'] * 3
    )
    torch.manual_seed(0)
    out = tmp_path_factory.mktemp("nano-vqa") / "model"
    vqa.export(vqa.build(tokenizer), tokenizer, out)
    return out


@pytest.fixture(scope="session")
def agent(folder: Path) -> NanoVQA:
    made = load(weights=str(folder))
    assert isinstance(made, NanoVQA)
    return made


def memory(question: str, *, found: list[FoundTarget] = [], **more: Any) -> VisualWorkingMemory:  # noqa: B006
    pixels = np.full((60, 80, 3), 200, np.uint8)
    crops = [Crop(id=t.crop, box=Box(0, 0, 80, 60), png=PIL.Image.fromarray(pixels)) for t in found]  # type: ignore[arg-type]
    view = GlobalImage(size_wh=(80, 60), png=PIL.Image.fromarray(pixels))  # type: ignore[arg-type]
    return VisualWorkingMemory(
        question=question, image=view, targets=tuple(found), crops=tuple(crops), **more
    )


@pytest.mark.parametrize(
    ("question", "inside", "outside"),
    [
        (
            "What colour is the bell icon?",
            ("bell", "colour", "colour is the bell"),
            ("bell icon?", "the bell", "What"),
        ),
        ('Is "Total due" there?', ("Total due",), ("Total", "Is Total due", "due there", "Is")),
        ("Is 'Save as' on?", ("Save as", "on"), ("as",)),
        ("Is the “Größe” field filled?", ("Größe", "field"), ()),
        ("", ("",), ()),
    ],
)
def test_spans_are_whole_names(question: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    found = prompts.spans(question)
    assert not [s for s in inside if s not in found] and not [s for s in outside if s in found]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("By what colour can I recognise the market stall icon?", ("market stall",)),
        ("What colour is the zebra icon?", ("zebra",)),
        ("Is the bell icon left of the cart?", ("bell", "cart")),
        ("Is the Comment above the mail symbol?", ("mail",)),
        ("What is the bell's color?", ("bell",)),
        ("What colour has Save?", ("colour", "colour has Save")),
        ("Find the bell icon and read its badge.", ("bell",)),
        ("The number at the cart icon is what?", ("cart",)),
        ("What colour is the check icon?", ("check",)),
    ],
)
def test_an_icon_is_named_by_the_longest_known_name(question: str, found: tuple[str, ...]) -> None:
    known = {"market stall", "market", "bell", "cart", "mail", "comment", "read", "find", "at", "check"}
    assert prompts.icon_spans(question, known)[0] == found


@pytest.mark.parametrize(
    ("reading", "phrases"),
    [
        (Reading("colour", (("icon", "bell"),), False, 1.0), [("bell icon", "one")]),
        (Reading("count", (("checkbox", "ticked"),), True, 1.0), [("checked checkbox", "all")]),
        (
            Reading("state", (("switch", "Wi-Fi"),), False, 1.0),
            [('switch "Wi-Fi"', "one"), ("switch", "all")],
        ),
        (Reading("value", (("text", 'a "b"'),), False, 1.0), [("\"a 'b'\"", "one")]),
        (
            Reading("relation", (("avatar", ""), ("button", "Save")), False, 1.0),
            [("avatar", "one"), ('button "Save"', "one")],
        ),
        (Reading("page", (), False, 1.0), []),
    ],
)
def test_targets_are_said_in_the_localizers_grammar(reading: Reading, phrases: list[tuple[str, str]]) -> None:
    assert [(t.phrase, t.instances) for t in search_targets(reading)] == phrases


def test_the_folder_is_an_ordinary_one_and_small(folder: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder)
    assert (
        type(model).__name__ == "LlavaForConditionalGeneration"
        and type(processor).__name__ == "LlavaProcessor"
    )
    assert 2e6 < sum(p.numel() for p in model.parameters()) < 5e6
    assert (folder / "model.safetensors").stat().st_size < 12e6
    assert not list(folder.glob("*.bin")) and not list(folder.glob("*.py"))


def test_prompts_are_the_same_tokens_in_training_and_by_the_processor(folder: Path, agent: NanoVQA) -> None:
    from seal.train.vqa import encode, pixels_of
    from seal.train.vqa_pieces import Sample

    view = np.random.default_rng(0).integers(0, 255, (48, 48, 3), np.uint8)
    for sample in (
        Sample("show", prompts.show_prompt(QUESTIONS[0]), "yes"),
        Sample("state", "tell state: on?", "no", view),
    ):
        ids, _ = encode(sample, agent.speaker.tokenizer)
        inputs = agent.speaker._inputs(
            sample.prompt, None if sample.view is None else PIL.Image.fromarray(view)
        )
        assert inputs["input_ids"][0].tolist() == ids
        if sample.view is not None:
            np.testing.assert_allclose(inputs["pixel_values"].numpy(), pixels_of([sample]).numpy(), atol=1e-5)


@pytest.mark.parametrize("question", QUESTIONS)
def test_show_can_only_name_spans_of_the_question(agent: NanoVQA, question: str) -> None:
    view = Image.open(np.zeros((64, 96, 3), np.uint8)).patch()
    reading = agent.read(question)
    assert reading.ask in prompts.ASKS and 0 <= reading.sure <= 1
    for what, name in reading.targets:
        assert what in prompts.WHATS and name in prompts.spans(question)
    need = agent.show(view, question)
    assert need.targets or need.answer or need.reason


def test_a_tree_says_what_its_branches_stand_for_and_spares_the_model(agent: NanoVQA) -> None:
    speaker = agent.speaker
    said = speaker.say("tell", tree([([5, 6, 7], End("a", lambda: speaker.one_of(["yes"])))]))
    assert said.parts == ("a", "yes") and said.probability == 1.0
    assert speaker.say("tell", speaker.one_of(["yes", "no"])).parts[0] in ("yes", "no")
    assert len(show_tree(speaker, QUESTIONS[0])) >= 1


def test_scores_are_those_of_the_reply_alone(agent: NanoVQA) -> None:
    speaker, prompt = agent.speaker, "tell state: Is it on?"
    together = speaker.scores(prompt, ["yes", "not at all", "no"])
    alone = [speaker.scores(prompt, [option])[0] for option in ("yes", "not at all", "no")]
    assert together == pytest.approx(alone, abs=1e-3) and max(together) <= 0
    said = speaker.say(prompt, speaker.one_of(["yes", "no"]))
    assert said.parts[0] == ("yes" if together[0] > together[2] else "no")


BELL = FoundTarget(phrase="bell icon", box=Box(10, 10, 24, 24), score=0.9, crop="crop-1")
AVATAR = FoundTarget(phrase="avatar", box=Box(40, 12, 24, 24), score=0.8, crop="crop-2")
GONE = AbsentTarget(phrase="bell icon", seen=1.0, looks=3, complete=True)
BARE = AbsentTarget(phrase="badge", seen=1.0, looks=3, complete=True)
SEVEN = FoundTarget(phrase="badge", box=Box(28, 4, 14, 14), score=0.9, crop="crop-3", text="7")
BESIDE = Fact(
    kind="text",
    text="",
    value={"phrase": "bell icon", "text": "12", "side": "right", "gap": 2},
    evidence=("crop-1",),
)


@pytest.mark.parametrize(
    ("reading", "held", "answers", "status"),
    [
        (Reading("colour", (("icon", "bell"),), False, 1.0), {"found": [BELL]}, None, "answered"),
        (Reading("colour", (("icon", "bell"),), False, 1.0), {"absent": (GONE,)}, ("",), "cannot_tell"),
        (Reading("presence", (("icon", "bell"),), False, 1.0), {"found": [BELL]}, ("yes", "no"), "answered"),
        (Reading("presence", (("icon", "bell"),), False, 1.0), {}, ("",), "cannot_tell"),
        (Reading("count", (("icon", "bell"),), True, 1.0), {"found": [BELL]}, ("1",), "answered"),
        (
            Reading("badge", (("icon", "bell"),), False, 1.0),
            {"found": [BELL], "facts": (BESIDE,), "absent": (BARE,)},
            ("12",),
            "answered",
        ),
        (
            Reading("badge", (("icon", "bell"),), False, 1.0),
            {"found": [BELL], "absent": (BARE,)},
            ("",),
            "cannot_tell",
        ),
        (Reading("badge", (("icon", "bell"),), False, 1.0), {"found": [BELL, SEVEN]}, ("7",), "answered"),
        (
            Reading("relation", (("icon", "bell"), ("avatar", "")), False, 1.0),
            {"found": [BELL, AVATAR]},
            (*prompts.SIDES, "yes", "no"),
            "answered",
        ),
        (Reading("relation", (("icon", "bell"),), False, 1.0), {"found": [BELL]}, ("",), "cannot_tell"),
    ],
)
def test_tell_answers_from_the_evidence_or_says_why_not(
    agent: NanoVQA,
    reading: Reading,
    held: dict[str, Any],
    answers: tuple[str, ...] | None,
    status: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agent, "read", lambda question: reading)
    monkeypatch.setattr("seal.agents.nano_vqa.agent._UNSURE", 0.0)
    answer = agent.tell(memory("?", **held))
    assert answer.status == status and (answers is None or answer.text in answers)
    assert bool(answer.reason) == (status == "cannot_tell")
    if status == "answered":
        assert set(answer.cites) <= {t.crop for t in held.get("found", [])} and 0 <= answer.confidence <= 1


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Is the Wi-Fi switch on or off?", ("on", "off")),
        ("Wi-Fi switch: turned off or turned on?", ("turned off", "turned on")),
        ("The box, is it checked or is it unchecked?", ("checked", "unchecked")),
        ("Would the tab count as selected or as not selected?", ("selected", "not selected")),
        ('Is the "on or off" switch on?', None),
        ("Is the box ticked or not?", None),
        ("How is the switch set?", None),
    ],
)
def test_of_two_states_that_are_offered_one_is_said(question: str, words: tuple[str, ...] | None) -> None:
    assert states_offered(question) == (words or ("yes", "no", *prompts.STATES))


def test_of_two_sides_that_are_offered_the_measured_one_is_said(
    agent: NanoVQA, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading("relation", (("icon", "bell"), ("avatar", "")), False, 1.0)
    monkeypatch.setattr(agent, "read", lambda question: reading)
    answers = {}
    for asked in ("left of the avatar or right of it", "above or below the avatar"):
        told = agent.tell(memory(f"Is the bell icon {asked}?", found=[BELL, AVATAR]))
        answers[asked] = told.text or told.reason
    assert answers["left of the avatar or right of it"] == "left"
    assert answers["above or below the avatar"] == (
        "bell icon is left of and level with avatar: nothing that the question offers."
    )
    assert sides_offered("Is it over the avatar?", ["left"]) == ("left", "yes", "no")


def test_an_option_is_chosen_and_all_are_scored(agent: NanoVQA, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent, "read", lambda question: Reading("colour", (("icon", "bell"),), False, 1.0))
    answer = agent.tell(memory("?", found=[BELL]).but(options=["red", "Blue", "green"]))
    assert answer.text in ("red", "Blue", "green") and len(answer.option_scores or ()) == 3
    best = max(range(3), key=(answer.option_scores or ()).__getitem__)
    assert answer.text == ("red", "Blue", "green")[best]


@pytest.mark.parametrize(
    ("ask", "options", "text"),
    [
        ("count", ("2", "3"), ""),
        ("count", ("1", "2"), "1"),
        ("count", ("2 bells", "1 bell"), None),
        ("count", ("one", "two"), None),
        ("badge", ("3", "5"), ""),
        ("badge", ("12", "5"), "12"),
        ("badge", ("1,2", "5"), None),
    ],
)
def test_a_number_that_is_no_option_is_not_guessed_from(
    agent: NanoVQA, ask: str, options: tuple[str, ...], text: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = ask == "count"
    monkeypatch.setattr(agent, "read", lambda question: Reading(ask, (("icon", "bell"),), several, 1.0))
    answer = agent.tell(memory("?", found=[BELL], facts=(BESIDE,), absent=(BARE,)).but(options=options))
    assert answer.cites == ("crop-1",)
    assert answer.status == ("cannot_tell" if text == "" else "answered")
    assert text is None or answer.text == text
    assert ("none of the options" in answer.reason) == (text == "")


@pytest.mark.parametrize("size", [(64, 96), (1200, 900)])
def test_a_question_about_the_page_is_answered_from_the_global_view(
    agent: NanoVQA, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "read", lambda question: Reading("page", (), False, 1.0))
    view = Image.open(np.full((*size, 3), 30, np.uint8)).patch()
    need = agent.show(view, "Is the page dark or light?", ["dark", "light"])
    assert not need.targets and need.answer and need.answer.text in ("dark", "light")


def test_where_is_a_region_or_nothing(agent: NanoVQA) -> None:
    patch = Image.open(np.zeros((64, 96, 3), np.uint8)).patch()
    assert agent.where(patch, 'button "Save"') in (*prompts.REGIONS, "")


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("other", {}, "takes no name"),
        ("rules", {}, "reader"),
        ("", {"beams": 3}, "beams"),
        ("", {"weights": "nowhere"}, "nowhere"),
    ],
)
def test_what_cannot_be_loaded_is_named(name: str, options: dict[str, Any], told: str) -> None:
    with pytest.raises((SettingError, SealError), match=told):
        load_vqa(f"nano-vqa:{name}", **options)


def test_damaged_weights_are_told(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(
            path.read_bytes()[: 1000 if path.suffix == ".safetensors" else None]
        )
    with pytest.raises(SealError, match=r"safetensors|damaged|read"):
        load(weights=str(tmp_path))


def seen_icon(concept: str, x: float, score: float = 0.9) -> SeenIcon:
    shares = np.zeros(len(load_weights().concepts))
    shares[load_weights().concepts.index(concept)] = 0.9
    return SeenIcon(Box(x, 20, 16, 16), score, shares)


def test_the_icon_of_a_label_is_the_nearest_on_its_row_those_before_it_first() -> None:
    label = Box(100, 18, 60, 20)
    before, after, far = seen_icon("bell", 76), seen_icon("cart", 166), seen_icon("home", 400)
    other_row = SeenIcon(Box(90, 60, 16, 16), 0.9, before.shares)
    assert beside(label, [far, other_row, after, before]) is before
    assert beside(label, [far, after]) is after and beside(label, [far]) is None and beside(label, []) is None


def test_an_icon_is_named_by_its_shares_among_options_and_their_synonyms() -> None:
    gear = seen_icon("settings", 0)
    assert answer(gear, ("crop-1",), None) == Answer("settings", confidence=0.9 * 0.9, cites=("crop-1",))
    told = answer(gear, (), ("bell", "gear icon", "house"))
    assert told is not None and told.text == "gear icon" and told.option_scores is not None
    assert answer(gear, (), ("Paris", "Rome")) is None  # names of nothing known
    assert answer(seen_icon("settings", 0, score=0.3), (), None) is None  # too unsure without options


def test_the_badge_of_an_icon_is_the_one_at_its_upper_right_corner() -> None:
    low = SEVEN.model_copy(update={"box": Box(28, 30, 14, 14), "text": "1"})
    far = SEVEN.model_copy(update={"box": Box(60, 4, 14, 14), "text": "2"})
    unread = SEVEN.model_copy(update={"text": ""})
    assert badge_of(BELL, [far, low, SEVEN]) is SEVEN and badge_of(BELL, [far, unread]) is None


def test_what_stands_beside_a_label_is_seen_in_its_crop(
    agent: NanoVQA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent, "read", lambda q: Reading("kind", (("text", "Save"),), False, 0.9))
    icons = [seen_icon("trash", 60), seen_icon("bell", 4)]
    monkeypatch.setattr("seal.agents.nano_vqa.evidence.icons_in", lambda crop: icons)
    target = FoundTarget(phrase='"Save"', box=Box(24, 20, 30, 16), score=0.9, crop="crop-1")
    held = memory("Which icon is beside Save?", found=[target])
    told = agent.tell(held)
    assert (told.text, told.cites) == ("bell", ("crop-1",))
    assert agent.tell(held.but(options=("bin", "gear", "notification bell"))).text == "notification bell"


def test_the_icons_of_a_crop_lie_where_they_are_on_the_page() -> None:
    page = Image.open(ROOT / "examples" / "screens" / "soft-ui-billing.png")
    place = Box(3600, 20, 200, 80)  # a gear and a bell at the upper right
    (crop,) = [Crop(id="crop-1", box=place, png=page.region(place))]  # type: ignore[arg-type]
    icons = icons_in(crop)
    concepts = load_weights().concepts
    named = {concepts[int(i.shares.argmax())]: i.box for i in icons}
    assert {"settings", "bell"} <= set(named) and all(place.contains(box) for box in named.values())
    assert named["settings"].center[0] < named["bell"].center[0]


def test_a_badge_is_found_by_what_it_is_on_where_the_icon_itself_was_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    concepts = load_weights().concepts

    def seen(name: str, share: float, x: float) -> SeenIcon:
        shares = np.full(len(concepts), 0.001)
        shares[concepts.index(name)] = share
        return SeenIcon(Box(x, 10, 24, 24), 0.6, shares)

    picture = Crop(id="crop-3", box=Box(0, 0, 400, 100), png=PIL.Image.new("RGB", (400, 100)))  # type: ignore[arg-type]
    icons = [seen("mail", 0.9, 300), seen("bell", 0.08, 10)]
    monkeypatch.setattr("seal.agents.nano.icons.icons_in", lambda crop: icons)
    other = SEVEN.model_copy(update={"box": Box(318, 4, 14, 14), "text": "12"})
    crops = {"crop-3": picture}
    badge, sure = badge_on("bell", [other, SEVEN], crops) or (None, 0.0)
    assert badge is SEVEN and sure == pytest.approx(0.6 * 0.08)
    assert badge_on("mail", [other, SEVEN], crops) == (other, pytest.approx(0.6 * 0.9))
    assert badge_on("cart", [other, SEVEN], crops) is None and badge_on("bell", [], crops) is None
    assert badge_on("bell", [SEVEN.model_copy(update={"text": ""})], crops) is None


@pytest.mark.parametrize(
    ("question", "on", "answer"),
    [
        ('Is the "All" tab selected?', True, "yes"),
        ('Is the "All" tab selected?', False, "no"),
        ("Do we have the tab Laden not selected here?", False, "yes"),
        ("Is Arkiv inactive?", True, "no"),
        ('Does the "Son" entry look not chosen or chosen?', True, "chosen"),
        ('Does the "Son" entry look not chosen or chosen?', False, "not chosen"),
        ("Would the tab count as active or as inactive?", False, "inactive"),
        ("Is it selected or highlighted?", True, "yes"),
    ],
)
def test_a_state_is_said_in_the_words_of_the_question(question: str, on: bool, answer: str) -> None:
    assert states.said(question, on) == answer


def test_of_tabs_the_one_that_was_seen_selected_tells_of_all_of_its_row() -> None:
    def seen(phrase: str, x: float, y: float = 10) -> FoundTarget:
        return FoundTarget(phrase=phrase, box=Box(x, y, 60, 20), score=0.9, crop=f"crop-{x:g}-{y:g}")

    label, chosen = seen("text", 100), seen("selected tab", 100)
    told = states.among("Is it selected?", "tab", label, [chosen], None)
    assert told is not None and (told.text, told.cites) == ("yes", ("crop-100-10",))
    other = states.among("Is it selected?", "tab", label, [seen("selected tab", 300)], ("Yes", "No"))
    assert other is not None and other.text == "No" and len(other.cites) == 2
    assert (
        states.among("Is it selected?", "tab", label, [seen("selected tab", 300, 400)], None) is None
    )  # another row
    assert states.among("Is it selected?", "tab", label, [chosen], ("red", "blue")) is None
    below = [seen("selected", 100, 400)]
    assert states.among("Is it selected?", "tab", label, below, None) is None  # another bar of tabs
    entry = states.among("Is it selected?", "menu item", label, below, None)
    assert entry is not None and entry.text == "no"


def test_the_packaged_model_reads_its_kinds_of_questions() -> None:
    from seal.agents.nano_vqa import WEIGHTS

    if not (WEIGHTS / "model.safetensors").is_file():
        pytest.skip("the weights are not in this checkout")
    agent = load()
    assert isinstance(agent, NanoVQA)
    rows = {
        "What colour is the bell icon?": ("colour", (("icon", "bell"),), False),
        'Is "Total due" left or right of the trash icon?': (
            "relation",
            (("text", "Total due"), ("icon", "trash")),
            False,
        ),
        "How many checked boxes are there?": ("count", (("checkbox", "checked"),), True),
        "Is there a printer icon?": ("presence", (("icon", "printer"),), False),
        'Is the "Wi-Fi" switch on?': ("state", (("switch", "Wi-Fi"),), False),
    }
    read = {q: agent.read(q) for q in rows}
    assert {q: (r.ask, r.targets, r.every) for q, r in read.items()} == rows
    size = sum(p.stat().st_size for p in WEIGHTS.iterdir())
    assert size <= 12e6 and json.loads((WEIGHTS / "concepts.json").read_text())
