"""Show, search, tell on scripted agents: what goes in, what comes out, what is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seal import Budget, Query, Result, Seal
from seal.agents.contracts import Answer, Capabilities, Need, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.memory.errors import (
    AgentError,
    ImageError,
    QuestionError,
    ReplyError,
    SettingError,
    UnknownAgentError,
)
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.store import MemoryStore
from seal.record.steps import CheckStep, LookStep, ReadStep, ShowStep, TellStep

SCREEN = np.full((1200, 2400, 3), 255, np.uint8)
LABEL, VALUE, FAR = Box(2000, 80, 90, 18), Box(2120, 80, 60, 18), Box(30, 1100, 80, 18)
ABLE = Capabilities(input_side=512, smallest_px=12.0, reads_text=True)


def localizer(**more: Any) -> FakeLocalizer:
    objects = {"label Total": [LABEL], "value": [VALUE], "label Date": [FAR]}
    texts = {"label Total": ["Total"], "value": ["$ 42"], "label Date": ["Date"]}
    return FakeLocalizer(objects, capabilities=ABLE, texts=texts, **more)


def seal(needs: Any, answers: Any, **more: Any) -> Seal:
    return Seal(ScriptedVQA(needs=needs, answers=answers), localizer(), **more)


def test_a_question_goes_all_the_way() -> None:
    steps: list[Any] = []

    def tell(memory: Any, options: Any) -> Answer:
        assert [t.phrase for t in memory.targets] == ["label Total"]
        assert "$ 42" in [line.text for line in memory.lines]
        assert memory.crop(memory.targets[0].crop).box.contains(VALUE)
        assert memory.image.size_wh == (2400, 1200) and max(memory.image.pil().size) == 1600
        return Answer("$ 42", confidence=0.8, cites=("crop-1", "crop-99"))

    result = seal([["label Total"]], tell).ask(SCREEN, " How much is the total? ", on_step=steps.append)
    assert (result.answer, result.status, result.ok) == ("$ 42", "answered", True)
    assert result.question == "How much is the total?"
    assert result.targets[0].box.iou(LABEL) > 0.9
    assert (
        result.cites == ("crop-1",) and result.crops[0].id == "crop-1"
    )  # a crop that is not there is not cited
    assert [type(s) for s in steps if not isinstance(s, LookStep | ReadStep)] == [
        ShowStep,
        CheckStep,
        TellStep,
    ]
    assert result.spend.looks == sum(isinstance(s, LookStep) for s in steps) > 1
    assert list(result.trace.steps) == steps
    assert set(result.spend.seconds) == {"open", "show", "search", "read", "tell"}
    assert result.spend.calls["tell"] == 1


def test_result_survives_json() -> None:
    result = seal([["label Total"]], ["x"]).ask(SCREEN, "?")
    assert Result.from_json(result.to_json()) == result


def test_show_may_answer_at_once() -> None:
    fake = seal([Need(answer=Answer("blue", confidence=0.9))], [])
    result = fake.ask(SCREEN, "Which colour is the sky?")
    assert (result.answer, result.spend.looks) == ("blue", 0)


def test_a_question_without_target_is_said_plainly() -> None:
    result = seal([Need(reason="no target in it")], []).ask(SCREEN, "Hm?")
    assert (result.status, result.reason, result.spend.looks) == ("cannot_tell", "no target in it", 0)


def test_absent_targets_never_enter_the_memory_as_found() -> None:
    result = seal([["unicorn"]], lambda memory, options: Answer(str(len(memory.crops)))).ask(SCREEN, "?")
    assert result.answer == "0" and not result.targets
    (absent,) = result.absent
    assert absent.complete and absent.seen == pytest.approx(1.0) and absent.looks == result.spend.looks


def test_tell_may_ask_for_more_up_to_the_set_rounds() -> None:
    def tell(memory: Any, options: Any) -> Answer:
        if not memory.found("label Date"):
            return Answer("not yet", "cannot_tell", more=(Target("label Date"),))
        return Answer("both", cites=tuple(c.id for c in memory.crops))

    result = seal([["label Total"]], tell).ask(SCREEN, "?")
    assert result.answer == "both" and len(result.targets) == 2 and result.spend.calls["tell"] == 2
    assert [s.index for s in result.trace.looks] == list(range(result.spend.looks))
    assert {s.round for s in result.trace.looks} == {0, 1}
    once = seal([["label Total"]], tell, budget=Budget(rounds=0)).ask(SCREEN, "?")
    assert once.answer == "not yet" and once.status == "cannot_tell"


def test_options_are_passed_and_the_choice_is_named() -> None:
    fake = seal([["label Total"]], lambda memory, options: Answer(options[1], option_scores=(-3.0, -0.1)))
    result = fake.ask(SCREEN, "?", ["left", "right"])
    assert (result.answer, result.option, result.option_scores) == ("right", 1, (-3.0, -0.1))
    assert result.memory.options == ("left", "right")


def test_a_long_document_keeps_few_pictures() -> None:
    from seal.memory.image import Document
    from seal.run.state import MAX_TRACE_PAGES

    pages = [Image.open(np.full((64, 64, 3), i, np.uint8)) for i in range(40)]
    for i, page in enumerate(pages):
        page.page = i + 1
    result = seal([["unicorn"]], ["x"]).ask(Document("long", "long", pages=pages), "?")
    assert result.spend.looks >= 40 and len(result.trace.pages) == MAX_TRACE_PAGES


def test_budget_is_shared_by_all_rounds_and_the_best_so_far_is_kept() -> None:
    fake = seal([["unicorn", "label Total"]], ["so far"], budget=Budget(looks=3))
    result = fake.ask(SCREEN, "?")
    assert result.stopped == "looks" and result.spend.looks == 3 and result.answer == "so far"
    assert not next(a for a in result.absent if a.phrase == "unicorn").complete


def test_cancellation_gives_what_is_there() -> None:
    result = seal([["unicorn"]], ["x"]).ask(SCREEN, "?", cancelled=lambda: True)
    assert result.stopped == "cancelled" and result.spend.looks == 0


def test_locate_one_and_all() -> None:
    agent = FakeLocalizer({"star": [Box(100, 100, 30, 30), Box(2200, 1000, 30, 30)]}, capabilities=ABLE)
    finder = Seal(ScriptedVQA(), agent)
    assert len(finder.locate(SCREEN, [Target("star", "all")]).boxes("star")) == 2
    one = finder.locate(SCREEN, "star")
    assert one.status == "found" and one.ok and one.boxes("star")
    mixed = finder.locate(SCREEN, ["star", "moon"])
    assert mixed.status == "partly_found" and not mixed.ok and "moon" in mixed.reason
    assert (mixed.status_of("star"), mixed.status_of("moon")) == ("found", "not_found")
    with pytest.raises(KeyError, match=r"'sun' was not looked for; these were: 'star', 'moon'"):
        mixed.status_of("sun")
    none = finder.locate(SCREEN, ["moon", "sun"])
    assert none.status == "not_found" and not none.ok


def test_ask_many_is_lazy_and_in_order() -> None:
    fake = Seal(ScriptedVQA(needs=lambda *a: Need(answer=Answer(a[1]))), localizer())
    image = Image.open(SCREEN)
    replies = fake.ask_many([Query(image, "a?"), (image, "b?"), (image, "c?", ["c?", "y"])])
    assert [r.answer for r in replies] == ["a?", "b?", "c?"]


def test_async_variants() -> None:
    fake = Seal(ScriptedVQA(needs=lambda *a: Need(answer=Answer(a[1]))), localizer())

    async def run() -> tuple[Any, ...]:
        return await asyncio.gather(
            fake.aask(SCREEN, "a?"), fake.alocate(SCREEN, "label Total"), fake.aask_many([(SCREEN, "b?")])
        )

    one, found, many = asyncio.run(run())
    assert one.answer == "a?" and found.ok and [r.answer for r in many] == ["b?"]


def test_a_cancelled_task_stops_its_search() -> None:
    import threading

    entered, released, looks = threading.Event(), threading.Event(), []

    class Slow(FakeLocalizer):
        def locate(self, patches: Any, phrases: Any) -> Any:
            looks.append(1)
            entered.set()
            released.wait(10)
            return super().locate(patches, phrases)

    fake = Seal(ScriptedVQA(needs=[["unicorn"]], answers=["x"]), Slow({}, capabilities=ABLE))

    async def run() -> None:
        task = asyncio.create_task(fake.aask(SCREEN, "?"))
        await asyncio.to_thread(entered.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        released.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert len(looks) == 1


def test_runs_are_kept_on_request(tmp_path: Path) -> None:
    fake = seal([["label Total"], ["label Total"]], ["one", "two"], memory=tmp_path / "store")
    fake.ask(SCREEN, "first?")
    fake.ask(SCREEN, "second?")
    with MemoryStore(tmp_path / "store") as store:
        assert [r.question for r in store.list()] == ["second?", "first?"]
        assert store.get(store.list()[0].id).memory.targets[0].phrase == "label Total"


# --- bad input --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["", "  \n"])
def test_empty_question(question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        seal([], []).ask(SCREEN, question)


@pytest.mark.parametrize(
    ("options", "message"), [(["a", "b", "a"], "'a'"), (["only"], "two options"), (["a", " "], "two options")]
)
def test_bad_options(options: list[str], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        seal([], []).ask(SCREEN, "?", options)


def test_target_longer_than_the_localizer_takes() -> None:
    with pytest.raises(QuestionError, match="at most 200"):
        seal([], []).locate(SCREEN, "x" * 201)
    with pytest.raises(ReplyError, match=r"expected targets of at most 200 characters.* got one of 201"):
        seal([["x" * 201]], []).ask(SCREEN, "?")


@pytest.mark.parametrize("targets", [[], [""], "  "])
def test_nothing_to_locate(targets: Any) -> None:
    with pytest.raises(QuestionError, match="target"):
        seal([], []).locate(SCREEN, targets)


def test_unknown_names_list_the_known() -> None:
    with pytest.raises(UnknownAgentError, match="reader"):
        Seal(vqa="oracle")
    with pytest.raises(UnknownAgentError, match="ocr"):
        Seal(localizer="telescope:big")
    with pytest.raises(SettingError, match="vstar"):
        Seal(policy="dijkstra")


def test_bad_images_and_pages(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no such file"):
        seal([["x"]], []).ask(tmp_path / "none.png", "?")
    with pytest.raises(ImageError, match="page 2"):
        seal([["x"]], []).ask(SCREEN, "?", page=2)


def test_the_pixel_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="max_pixels"):
        Seal(ScriptedVQA(), localizer(), max_pixels=1000).ask(SCREEN, "?")
    monkeypatch.setenv("SEAL_MAX_PIXELS", "1000")
    with pytest.raises(ImageError, match="max_pixels"):
        Seal(ScriptedVQA(), localizer()).ask(SCREEN, "?")


def test_an_agent_that_fails_says_so() -> None:
    broken = Seal(
        ScriptedVQA(needs=[["label Total"]]),
        FakeLocalizer({}, capabilities=ABLE, fail_with=AgentError("out of memory")),
    )
    with pytest.raises(AgentError, match="out of memory"):
        broken.ask(SCREEN, "?")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAL_POLICY", "slices")
    monkeypatch.setenv("SEAL_LOOKS", "9")
    made = Seal()
    assert made.policy.name == "slices" and made.budget.looks == 9
    monkeypatch.setenv("SEAL_LOOKS", "many")
    with pytest.raises(SettingError, match="looks"):
        Seal()
