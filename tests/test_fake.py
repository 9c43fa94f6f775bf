"""The shipped fakes: scripts, and an oracle that sees by geometry."""

from __future__ import annotations

import doctest
from typing import Any

import numpy as np
import pytest

from seal.agents import fake
from seal.agents.checks import check_sightings
from seal.agents.contracts import ANY_TEXT, Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, Noise, ScriptedVQA
from seal.memory.errors import AgentError, ReplyError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.working import GlobalImage, VisualWorkingMemory, encode_png

SCREEN = Image.open(np.zeros((2160, 3840, 3), np.uint8))
ICON = Box(1000, 500, 32, 32)
CAN = Capabilities(input_side=1024, smallest_px=16)


def memory(question: str) -> VisualWorkingMemory:
    png = encode_png(SCREEN.region(Box(0, 0, 8, 8)))
    return VisualWorkingMemory(question=question, image=GlobalImage(size_wh=(3840, 2160), png=png))


def look(localizer: FakeLocalizer, box: Box | None = None, phrase: str = "icon") -> Any:
    patches = [SCREEN.patch(box)]
    return check_sightings(localizer.locate(patches, [phrase]), patches, [phrase], localizer.name)[0][0]


def test_the_example_of_the_docstring() -> None:
    assert doctest.testmod(fake).failed == 0


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"q": ["a", Target("b", "all")]}, Need((Target("a"), Target("b", "all")))),
        ({"q": "a"}, Need((Target("a"),))),
        ([Need(reason="dark")], Need(reason="dark")),
        ([["a"], ["b"]], Need((Target("a"),))),
        (lambda view, question, options: [question, *options], Need((Target("q"), Target("yes")))),
        (lambda view, question, options: 42, 42),
        (None, Need()),
    ],
)
def test_show_follows_its_script(needs: Any, expected: Any) -> None:
    assert ScriptedVQA(needs).show(SCREEN.patch(), "q", ["yes"]) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"q": "blue"}, Answer("blue")),
        ([Answer("red", confidence=0.5)], Answer("red", confidence=0.5)),
        (lambda vwm, options: vwm.question + options[0], Answer("qyes")),
    ],
)
def test_tell_follows_its_script(answers: Any, expected: Answer) -> None:
    assert ScriptedVQA(answers=answers).tell(memory("q").but(options=["yes"])) == expected


def test_without_a_script_it_cannot_tell_and_knows_no_places() -> None:
    vqa = ScriptedVQA()
    assert vqa.tell(memory("q")).status == "cannot_tell"
    assert vqa.where(SCREEN.patch(), "cup") == ""
    assert ScriptedVQA(places={"cup": "on the table"}).where(SCREEN.patch(), "hat") == ""
    assert ScriptedVQA(places={"cup": "on the table"}).where(SCREEN.patch(), "cup") == "on the table"
    assert ScriptedVQA(places=["left", "right"]).where(SCREEN.patch(), "cup") == "left"


def test_calls_are_recorded_as_frozen_values() -> None:
    vqa, options, vwm = ScriptedVQA(), ["yes", "no"], memory("q")
    vqa.show(SCREEN.patch(ICON), "q", options)
    options.clear()
    vqa.where(SCREEN.patch(), "cup")
    vqa.tell(vwm)
    assert [(c.method, c.about, c.options) for c in vqa.calls] == [
        ("show", "q", ("yes", "no")),
        ("where", "cup", None),
        ("tell", "q", None),
    ]
    assert vqa.calls[0].patch == SCREEN.patch(ICON)
    assert vqa.calls[2].memory is vwm
    with pytest.raises(AttributeError):
        vqa.calls[0].about = "r"  # type: ignore[misc]


def test_a_script_that_has_run_out_says_so() -> None:
    vqa = ScriptedVQA([["a"]], {"q": "blue"})
    vqa.show(SCREEN.patch(), "q")
    with pytest.raises(ReplyError, match="call 2 of show, but its script has 1 replies"):
        vqa.show(SCREEN.patch(), "q")
    with pytest.raises(ReplyError, match=r"script of tell has nothing for 'r'; it has \['q'\]"):
        vqa.tell(memory("r"))
    with pytest.raises(SettingError, match="must be a mapping, a sequence or a function; got int"):
        ScriptedVQA(3).show(SCREEN.patch(), "q")  # type: ignore[arg-type]


@pytest.mark.parametrize("agent", [ScriptedVQA(fail_with=AgentError("out of order"), fail_after=1)])
def test_a_vqa_agent_fails_when_told(agent: ScriptedVQA) -> None:
    agent.where(SCREEN.patch(), "cup")
    with pytest.raises(AgentError, match="out of order"):
        agent.show(SCREEN.patch(), "q")


@pytest.mark.parametrize(
    ("patch_box", "boxes", "score"),
    [
        (Box(900, 400, 1024, 1024), [[100, 100, 132, 132]], 32**2 / (32**2 + 8**2)),
        (Box(0, 0, 2048, 2048), [[1000, 500, 1032, 532]], 16**2 / (16**2 + 8**2)),
        (None, [[1000, 500, 1032, 532]], 0.5322),  # apparent size 32 * 1024 / 3840 = 8.53 px
        (Box(1016, 400, 1024, 1024), [[0, 100, 16, 132]], 0.25 * 32**2 / (32**2 + 8**2)),
        (Box(2000, 400, 1024, 1024), [], None),
    ],
)
def test_boxes_and_scores_by_geometry(patch_box: Box | None, boxes: Any, score: float | None) -> None:
    sighting = look(FakeLocalizer({"icon": [ICON]}, capabilities=CAN), patch_box)
    assert sighting.boxes.tolist() == boxes
    assert sighting.scores.tolist() == ([] if score is None else pytest.approx([score], abs=1e-4))
    assert sighting.boxes.dtype == sighting.scores.dtype == sighting.cue.dtype == np.float32


def test_it_sees_no_more_of_a_limited_image() -> None:
    localizer = FakeLocalizer({"icon": [ICON]}, capabilities=CAN)
    patches = [SCREEN.patch(Box(900, 400, 512, 512)), SCREEN.limited(480).patch(Box(900, 400, 512, 512))]
    native, limited = (row[0].scores[0] for row in localizer.locate(patches, ["icon"]))
    assert native == pytest.approx(32**2 / (32**2 + 8**2))
    assert limited == pytest.approx(4**2 / (4**2 + 8**2))


@pytest.mark.parametrize(
    ("patch_box", "shape"),
    [
        (None, (27, 48)),
        (Box(0, 0, 512, 256), (16, 32)),
        (Box(0, 0, 10, 2160), (48, 1)),
        (Box(0, 0, 8, 8), (1, 1)),
    ],
)
def test_the_cue_map_has_at_most_48_cells_a_side(patch_box: Box | None, shape: tuple[int, int]) -> None:
    assert look(FakeLocalizer({}, capabilities=CAN), patch_box).cue.shape == shape


def test_the_cue_peaks_at_the_object_and_fades_with_its_apparent_size() -> None:
    localizer = FakeLocalizer({"icon": [ICON], "dot": [Box(1014, 514, 4, 4)]}, capabilities=CAN)
    cue = look(localizer).cue
    row, column = np.unravel_index(cue.argmax(), cue.shape)
    assert (row, column) == (int(516 / 80), int(1016 / 80))
    near, far = (
        look(localizer, Box(900, 400, 256, 256), "dot").cue.max(),
        look(localizer, None, "dot").cue.max(),
    )
    assert cue.max() > far > -4
    assert 4 > near > far
    assert look(localizer, Box(2000, 0, 256, 256)).cue.max() == -4


def test_a_batch_and_single_calls_agree() -> None:
    localizer = FakeLocalizer(
        {"icon": [ICON], "cup": [Box(10, 10, 50, 90)]}, capabilities=CAN, noise=Noise(0.7)
    )
    patches = [SCREEN.patch(Box(x, 0, 1300, 1300)) for x in (0, 800, 1600)]
    batch = localizer.locate(patches, ["icon", "cup"])
    for i, patch in enumerate(patches):
        for j, phrase in enumerate(["icon", "cup"]):
            one = localizer.locate([patch], [phrase])[0][0]
            assert np.array_equal(one.boxes, batch[i][j].boxes)
            assert np.array_equal(one.scores, batch[i][j].scores)
            assert np.array_equal(one.cue, batch[i][j].cue)


def test_distractors_come_at_their_rate_and_with_their_seed() -> None:
    patches = [SCREEN.patch(Box(x, y, 96, 96)) for x in range(0, 3840, 96) for y in range(0, 960, 96)]
    can = Capabilities(input_side=96, max_batch=len(patches))

    def found(noise: Noise) -> list[float]:
        rows = check_sightings(
            FakeLocalizer({}, capabilities=can, noise=noise).locate(patches, ["x"]), patches, ["x"], ""
        )
        return [float(s) for row in rows for s in row[0].scores]

    scores = found(Noise(rate=0.25, top_score=0.4))
    assert 0.2 < len(scores) / len(patches) < 0.3
    assert max(scores) <= 0.4
    assert scores == found(Noise(rate=0.25, top_score=0.4))
    assert scores != found(Noise(rate=0.25, top_score=0.4, seed=1))
    assert found(Noise(rate=0)) == []


def test_a_reader_gives_texts_and_cuts_them_at_the_border() -> None:
    label = Box(100, 100, 100, 20)
    localizer = FakeLocalizer(
        {"label": [label], "icon": [ICON], "cup": [Box(150, 200, 40, 40)]},
        texts={"label": ["0123456789"], "icon": ["OK"]},
    )
    assert localizer.capabilities.reads_text
    assert look(localizer, phrase="label").texts == ("0123456789",)
    assert look(localizer, Box(130, 0, 400, 400), "label").texts == ("3456789",)
    assert look(localizer, phrase="cup").texts == ("",)
    assert look(localizer, phrase=ANY_TEXT).texts == ("0123456789", "OK")
    assert look(FakeLocalizer({"label": [label]}), phrase=ANY_TEXT).boxes.shape == (0, 4)


def test_capabilities_are_obeyed() -> None:
    objects = {"icon": [ICON], "label": [Box(5, 5, 90, 20)]}
    blind = look(FakeLocalizer(objects, capabilities=Capabilities(1024, gives_cue=False)))
    assert blind.cue is None
    cue_only = look(FakeLocalizer(objects, capabilities=Capabilities(1024, gives_boxes=False)))
    assert len(cue_only.boxes) == 0
    assert cue_only.cue.max() > 0
    can = Capabilities(1024, reads_text=True, text_only=True)
    reader = FakeLocalizer(objects, capabilities=can, texts={"label": ["OK"]})
    assert len(look(reader).boxes) == 0
    assert look(reader, phrase="label").texts == ("OK",)


@pytest.mark.parametrize("texts", [{"icon": ["a", "b"]}, {"cup": ["a"]}])
def test_texts_must_go_with_the_objects(texts: Any) -> None:
    with pytest.raises(SettingError, match="one text per box"):
        FakeLocalizer({"icon": [ICON]}, texts=texts)
    with pytest.raises(SettingError, match="reads_text=False"):
        FakeLocalizer({"icon": [ICON]}, texts=texts, capabilities=CAN)


def test_a_call_beyond_the_capabilities_raises() -> None:
    localizer = FakeLocalizer({}, capabilities=Capabilities(64, max_batch=2, longest_phrase=5))
    with pytest.raises(ReplyError, match="3 patches in one call; it takes 2"):
        localizer.locate([SCREEN.patch()] * 3, ["x"])
    with pytest.raises(ReplyError, match="a phrase of 6 letters; it takes 5"):
        localizer.locate([SCREEN.patch()], ["x" * 6])


def test_a_localizer_fails_and_babbles_when_told() -> None:
    broken = FakeLocalizer({}, fail_with=AgentError("out of order"), fail_after=1)
    look(broken)
    with pytest.raises(AgentError, match="out of order"):
        look(broken)
    assert [(len(call.patches), call.phrases) for call in broken.calls] == [(1, ("icon",))] * 2
    assert FakeLocalizer({}, reply=None).locate([SCREEN.patch()], ["x"]) is None
    with pytest.raises(ReplyError, match="expected 1 x 1 sightings"):
        look(FakeLocalizer({}, reply=[]))
