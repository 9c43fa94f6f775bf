"""A find counts only if a second look at native resolution shows it too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seal import Seal
from seal.agents.contracts import ANY_TEXT, Answer, Capabilities, Localizer, Sighting, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch, open_document
from seal.record.steps import CheckStep, LookStep, Observation
from seal.search.outcome import Instance, merged
from seal.search.verify import Verifier, aside, check_view, fine_enough
from seal.settings import Budget, SearchSettings

TRUE, WRONG = Box(3000, 400, 40, 40), Box(600, 1500, 44, 44)
SCREEN = np.zeros((2304, 4096, 3), np.uint8)


class Fooled(FakeLocalizer):
    """From afar it takes something else for the bell, and is sure of it."""

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        rows = super().locate(patches, phrases)
        for patch, row in zip(patches, rows, strict=True):
            if max(patch.box.size_wh) > 700 and patch.box.contains(WRONG):
                x0, y0, x1, y1 = WRONG.shifted(-patch.box.x, -patch.box.y).xyxy
                boxes = np.array([[x0, y0, x1, y1]], np.float32)
                row[phrases.index("bell")] = Sighting(boxes, np.array([0.9], np.float32), row[0].cue)
        return rows


def fooled(**objects: list[Box]) -> Fooled:
    return Fooled(objects, capabilities=Capabilities(input_side=512, smallest_px=12.0))


def run(localizer: Localizer, policy: str, **more: Any) -> Any:
    vqa = ScriptedVQA(
        needs=[["bell"]],
        answers=lambda memory, options: Answer(
            memory.targets[0].phrase if memory.targets else "nothing", cites=tuple(c.id for c in memory.crops)
        ),
    )
    return Seal(vqa, localizer, policy, search=SearchSettings(**more)).ask(SCREEN, "Where is the bell?")


@pytest.mark.parametrize("policy", ["vstar", "ideal", "breadth-first"])
def test_a_wrong_crop_cannot_support_an_answer(policy: str) -> None:
    result = run(fooled(bell=[TRUE]), policy)
    (target,) = result.targets
    assert target.box.iou(TRUE) > 0.9
    assert [c.box.contains(TRUE) for c in result.memory.crops] == [True]
    assert set(result.cites) == {c.id for c in result.memory.crops}
    checks = [s for s in result.trace.steps if isinstance(s, CheckStep)]
    assert not checks[0].shown and checks[0].found.iou(WRONG) > 0.9 and max(checks[0].box.size_wh) <= 512


@pytest.mark.parametrize("policy", ["vstar", "ideal", "whole"])
def test_what_no_second_look_shows_is_not_found(policy: str) -> None:
    result = run(fooled(), policy)
    assert not result.targets and not result.memory.crops and not result.cites
    assert result.answer == "nothing"
    assert [a.phrase for a in result.absent] == ["bell"]


def test_without_the_check_the_wrong_crop_would_have_counted() -> None:
    assert run(fooled(bell=[TRUE]), "vstar", verify=False).targets[0].box.iou(WRONG) > 0.9


def test_a_find_at_native_resolution_is_not_looked_at_again() -> None:
    inner = FakeLocalizer({"bell": [Box(100, 100, 30, 30)]}, capabilities=Capabilities(input_side=512))
    seal = Seal(ScriptedVQA(), inner)
    assert seal.locate(np.zeros((400, 500, 3), np.uint8), "bell").status == "found"
    assert len([c for c in inner.calls if ANY_TEXT not in c.phrases]) == 1


def test_all_instances_are_checked() -> None:
    localizer = fooled(bell=[TRUE, Box(100, 100, 60, 60)])
    result = Seal(ScriptedVQA(), localizer, "vstar", Budget(looks=3)).locate(SCREEN, Target("bell", "all"))
    assert all(t.box.iou(WRONG) < 0.1 for t in result.targets)


@pytest.mark.parametrize("policy", ["vstar", "ideal", "whole"])
@pytest.mark.parametrize("instances", ["one", "all"])
def test_a_target_whose_every_find_is_refused_is_absent_and_was_checked_once_a_find(
    policy: str, instances: Literal["one", "all"]
) -> None:
    result = Seal(ScriptedVQA(), fooled(), policy, Budget(looks=40)).locate(SCREEN, Target("bell", instances))
    assert result.status == "not_found" and [a.phrase for a in result.absent] == ["bell"]
    checks = [(s.box, s.found) for s in result.trace.steps if isinstance(s, CheckStep)]
    assert checks and len(checks) == len(set(checks))


def test_the_second_view_is_native_and_holds_the_find() -> None:
    page = Image.open(SCREEN).box
    for reads in (False, True):
        localizer = FakeLocalizer(
            {}, capabilities=Capabilities(input_side=512, reads_text=reads, text_only=reads)
        )
        for found in (Box(0, 0, 20, 20), Box(4000, 2280, 90, 20), TRUE):
            view = check_view(found, page, localizer, 'text "Save"' if reads else "bell")
            assert view.contains(found) and page.contains(view) and max(view.size_wh) <= 512


def test_a_result_says_how_sure_an_absence_is_and_where_the_likelihoods_come_from() -> None:
    localizer = FakeLocalizer({}, capabilities=Capabilities(input_side=512, smallest_px=12.0))
    result = Seal(ScriptedVQA(), localizer, "ideal").locate(SCREEN, "bell")
    (gone,) = result.absent
    assert result.status == "not_found" and gone.probability is not None and gone.probability > 0.9
    assert (
        gone.detection is not None
        and gone.apparent_px == pytest.approx(12, abs=0.1)
        and "absent with 9" in gone.sentence
    )
    assert "not calibrated" in result.trace.likelihoods
    plain = Seal(ScriptedVQA(), localizer, "vstar").locate(SCREEN, "bell")
    assert plain.absent[0].probability is None and plain.trace.likelihoods == ""


def test_of_doubles_the_one_seen_most_finely_stays() -> None:
    from_afar = Instance(Box(100, 100, 44, 44), 0.96, "", 1, 1, scale=0.6)
    close = Instance(Box(102, 101, 40, 40), 0.95, "", 7, 1, scale=1.0)
    elsewhere = Instance(Box(900, 100, 40, 40), 0.97, "", 2, 1, scale=0.6)
    assert merged([from_afar, close, elsewhere]) == [elsewhere, close]


def test_a_large_thing_is_looked_at_as_if_it_were_smaller_and_needs_no_look_where_it_is_large_enough() -> (
    None
):
    localizer = FakeLocalizer({}, capabilities=Capabilities(input_side=512))
    page, bar = Image.open(SCREEN).box, Box(500, 500, 400, 96)
    view = check_view(bar, page, localizer, "menu item")
    assert max(view.size_wh) == pytest.approx(1024, abs=2)  # 96 px are seen as 48
    assert fine_enough(bar) == pytest.approx(0.475) and fine_enough(TRUE) == pytest.approx(0.95)


def test_what_the_search_saw_finely_enough_is_not_looked_at_again() -> None:
    localizer = FakeLocalizer({}, capabilities=Capabilities(input_side=512))
    checks = Verifier(open_document(SCREEN), localizer)
    far = Instance(TRUE, 0.9, "", 0, 1, scale=0.2)
    told = Observation(phrase="bell", boxes=(TRUE,), scores=(0.5,))
    step = LookStep(
        index=1, page=1, box=TRUE, view=TRUE, level=2, scale=1.0, fine=True, observations=(told,), found=()
    )
    checks.saw(step)
    assert checks.shows(Target("bell"), far) and not checks.steps
    assert not checks.shows(Target("cart"), far) and len(checks.steps) == 2  # a sure one gets a third look


@pytest.mark.parametrize(("score", "kept"), [(0.95, True), (0.8, False)])
def test_a_sure_find_that_is_refused_is_looked_at_once_more_from_aside(score: float, kept: bool) -> None:
    class Aligned(FakeLocalizer):
        """Sees the bell only where it does not lie in the middle of a view."""

        def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
            rows = super().locate(patches, phrases)
            x, y = patches[0].box.center
            if abs(TRUE.center[0] - x) < 30 and abs(TRUE.center[1] - y) < 30:
                rows[0][0] = Sighting(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), rows[0][0].cue)
            return rows

    localizer = Aligned({"bell": [TRUE]}, capabilities=Capabilities(input_side=512))
    checks = Verifier(open_document(SCREEN), localizer)
    assert checks.shows(Target("bell"), Instance(TRUE, score, "", 0, 1, scale=0.3)) == kept
    assert [step.shown for step in checks.steps] == ([False, True] if kept else [False])
    assert checks.shows(Target("bell"), Instance(TRUE, score, "", 0, 1, scale=0.3)) == kept
    assert len(checks.steps) == (2 if kept else 1)


@settings(deadline=None)
@given(
    st.tuples(st.floats(0, 4000), st.floats(0, 2200), st.floats(4, 600), st.floats(4, 300)),
    st.sampled_from([512, 1536]),
)
def test_a_view_from_aside_holds_the_find_too(xywh: tuple[float, float, float, float], side: int) -> None:
    page = Image.open(SCREEN).box
    found = Box(*xywh).clipped(page)
    localizer = FakeLocalizer({}, capabilities=Capabilities(input_side=side))
    view = check_view(found, page, localizer, "bell")
    other = aside(view, found, page)
    assert other.contains(found, slack=1.0) and page.contains(other) and other.size_wh == view.size_wh


def test_finds_near_each_other_share_a_second_look() -> None:
    near = [Box(3000 + 60 * i, 400, 40, 40) for i in range(3)]
    localizer = FakeLocalizer(
        {"bell": [*near, Box(300, 1900, 40, 40)]}, capabilities=Capabilities(input_side=1536)
    )
    checks = Verifier(open_document(SCREEN), localizer)
    finds = [Instance(box, 0.9, "", 0, 1, scale=0.3) for box in (*near, Box(300, 1900, 40, 40))]
    assert checks(Target("bell", "all"), finds) == finds
    assert len({step.box for step in checks.steps}) == 2 and len(checks.steps) == 4
    assert all(step.box.contains(step.found) for step in checks.steps)


class Spells(FakeLocalizer):
    """Reads the line that fills a patch, as the text of the object there, or as what it is told."""

    says = "Total due"

    def spell(self, patch: Patch) -> tuple[str, float]:
        return self.says, 0.98


@pytest.mark.parametrize(("says", "looks"), [("Total due", 0), ("Subtotal", 1)])
def test_a_text_is_read_again_and_only_if_it_says_something_else_looked_at(says: str, looks: int) -> None:
    able = Capabilities(input_side=1536, reads_text=True, text_only=True)
    line = Box(3000, 400, 160, 20)
    localizer = Spells({'"Total due"': [line]}, capabilities=able, texts={'"Total due"': ["Total due"]})
    localizer.says = says
    checks = Verifier(open_document(SCREEN), localizer)
    assert checks.shows(Target('"Total due"'), Instance(line, 0.9, "Total due", 0, 1, scale=0.4))
    assert len(localizer.calls) == looks and len(checks.steps) == 1
    step = checks.steps[0]
    assert step.shown and step.score is not None and step.box.contains(line)
    assert (step.box == line) == (not looks)
