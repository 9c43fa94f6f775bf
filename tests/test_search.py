"""The search loop beyond the published case: several targets, instances, budgets, seams, baselines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from seal.agents.checked import checked
from seal.agents.contracts import Capabilities, Sighting, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.registry import load_localizer
from seal.memory.errors import ReplyError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Document, Image, Patch, open_document
from seal.search.loop import search
from seal.search.outcome import SearchOutcome
from seal.search.policies import POLICIES, get_policy
from seal.settings import Budget, SearchSettings

SIDE = 512


class NoPixels:
    def __init__(self, size_wh: tuple[int, int]) -> None:
        self.size_wh = size_wh

    def read(self, box: tuple[int, int, int, int], scale: float) -> Any:
        raise AssertionError("the fake localizer reads no pixels")


def blank(*sizes_wh: tuple[int, int]) -> Document:
    pages = [Image(NoPixels(size), f"page{i}", f"page {i + 1}", i + 1) for i, size in enumerate(sizes_wh)]
    return Document("blank", "blank", pages=pages)


def find(
    targets: Sequence[str | Target],
    localizer: Any,
    document: Document | None = None,
    policy: str = "vstar",
    settings: SearchSettings | None = None,
    **more: Any,
) -> SearchOutcome:
    return search(
        document or blank((4096, 2304)),
        [t if isinstance(t, Target) else Target(t) for t in targets],
        checked(load_localizer(localizer)),
        policy=get_policy(policy),
        settings=settings or SearchSettings(),
        **{"budget": Budget(looks=None, seconds=None), **more},
    )


def fake(objects: dict[str, list[Box]], **capabilities: Any) -> FakeLocalizer:
    able = {
        "input_side": SIDE,
        "smallest_px": 12.0,
        "confidence_high": 0.5,
        "confidence_low": 0.3,
        **capabilities,
    }
    return FakeLocalizer(objects, capabilities=Capabilities(**able))


ICONS = {
    "bell": [Box(3600, 120, 40, 40)],
    "cart": [Box(300, 2000, 36, 36)],
    "gear": [Box(2048 - 20, 1152 - 20, 40, 40)],  # on the border of all four quarters
}


@pytest.mark.parametrize("policy", sorted(set(POLICIES) - {"whole"}))
@pytest.mark.parametrize("name", sorted(ICONS))
def test_every_searching_policy_finds_small_things(policy: str, name: str) -> None:
    (outcome,) = find([name], fake(ICONS), policy=policy).targets
    assert outcome.status == "found"
    assert outcome.instances[0].box.iou(ICONS[name][0]) > 0.9


def test_without_search_small_things_stay_unseen() -> None:
    outcome = find(["bell"], fake(ICONS, confidence_low=0.45), policy="whole")
    assert len(outcome.steps) == 1
    assert outcome.targets[0].status == "absent" and not outcome.targets[0].instances
    assert outcome.targets[0].seen == 0.0


def test_the_cue_saves_looks() -> None:
    looks = {p: find(["cart"], fake(ICONS), policy=p).targets[0].looks for p in ("vstar", "breadth-first")}
    assert looks["vstar"] * 2 <= looks["breadth-first"]


def test_targets_share_looks() -> None:
    together = find(list(ICONS), fake(ICONS))
    alone = [find([name], fake(ICONS)) for name in ICONS]
    assert [t.status for t in together.targets] == ["found"] * 3
    assert len(together.steps) < sum(len(o.steps) for o in alone)
    for one, many in zip(alone, together.targets, strict=True):
        assert many.instances[0].box.iou(one.targets[0].instances[0].box) > 0.9


def test_a_found_target_is_not_looked_for_again() -> None:
    localizer = fake(ICONS)
    outcome = find(["bell", "cart"], localizer)
    first = next(i for i, step in enumerate(outcome.steps) if step.found)
    for call in localizer.calls[first + 1 :]:
        assert outcome.steps[first].found[0] not in call.phrases


def test_all_instances_are_found_once_each() -> None:
    places = [Box(x, y, 40, 40) for x, y in ((100, 100), (2028, 1132), (4000, 2200), (2600, 300))]
    outcome = find([Target("star", "all")], fake({"star": places}))
    (target,) = outcome.targets
    assert target.status == "found" and len(target.instances) == 4
    assert all(any(i.box.iou(place) > 0.9 for i in target.instances) for place in places)


def test_absence_is_a_result() -> None:
    outcome = find(["unicorn"], fake(ICONS))
    (target,) = outcome.targets
    assert outcome.stopped == "done" and target.status == "absent"
    assert target.seen == pytest.approx(1.0) and target.instances == ()


def test_nothing_detected_anywhere_is_no_crash() -> None:
    class Blind:
        name = "blind"
        capabilities = Capabilities(input_side=SIDE, gives_cue=False)

        def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
            return [[Sighting() for _ in phrases] for _ in patches]

    (target,) = find(["x"], Blind()).targets
    assert target.status == "absent" and target.best is None and target.path_length is None


def test_a_weak_best_candidate_counts_from_confidence_low_on() -> None:
    weak = fake(ICONS, confidence_high=0.999, confidence_low=0.3)
    (target,) = find(["bell"], weak).targets
    assert target.status == "found" and len(target.instances) == 1
    refused = fake(ICONS, confidence_high=0.999, confidence_low=0.999)
    (target,) = find(["bell"], refused).targets
    assert target.status == "absent" and target.best is not None and not target.instances


def test_leaves_depend_on_the_target_not_on_the_image() -> None:
    settings = SearchSettings(target_px=16, overlap=0)
    for size in ((2048, 1152), (8192, 4608)):
        outcome = find(["unicorn"], fake({}, smallest_px=16.0), blank(size), settings=settings)
        parents = {step.parent for step in outcome.steps}
        leaves = [step.view for step in outcome.steps if step.index not in parents]
        assert max(max(v.size_wh) for v in leaves) == SIDE
    coarse = find(
        ["unicorn"], fake({}, smallest_px=16.0), blank((8192, 4608)), settings=settings.but(target_px=64)
    )
    assert max(step.level for step in coarse.steps) == 3


def test_overlap_shows_whole_what_a_border_would_cut() -> None:
    word = {"word": [Box(2048 - 60, 1152 - 10, 120, 20)]}
    cut = find(["word"], fake(word), settings=SearchSettings(overlap=0.0)).targets[0]
    whole = find(["word"], fake(word)).targets[0]
    assert whole.instances[0].box.iou(word["word"][0]) > 0.95
    assert not cut.instances or cut.instances[0].box.iou(word["word"][0]) < 0.6


@pytest.mark.parametrize("policy", sorted(POLICIES))
@pytest.mark.parametrize("batch_size", [2, 8, 64])
def test_a_batch_gives_the_same_result(policy: str, batch_size: int) -> None:
    noisy = ["bell", "cart", "unicorn"]
    alone = find(noisy, fake(ICONS), policy=policy)
    batched = find(
        noisy, fake(ICONS, max_batch=16), policy=policy, settings=SearchSettings(batch_size=batch_size)
    )
    assert [s.model_copy(update={"seconds": 0}) for s in batched.steps] == [
        s.model_copy(update={"seconds": 0}) for s in alone.steps
    ]
    assert batched.targets == alone.targets


def test_random_is_seeded() -> None:
    orders = [
        [
            s.box
            for s in find(["bell"], fake(ICONS), policy="random", settings=SearchSettings(seed=seed)).steps
        ]
        for seed in (1, 1, 2)
    ]
    assert orders[0] == orders[1] != orders[2]


# --- documents --------------------------------------------------------------------------------------------


class OnPage:
    """A localizer that sees a thing on one page only."""

    name = "on-page"
    capabilities = Capabilities(input_side=SIDE, smallest_px=12.0)

    def __init__(self, page: int, box: Box) -> None:
        self.page = page
        self.inner = fake({"thing": [box]})
        self.empty = fake({})

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        return [
            (self.inner if p.image.page == self.page else self.empty).locate([p], phrases)[0] for p in patches
        ]


def test_pages_are_one_document() -> None:
    document = blank((800, 1000), (800, 1000), (1000, 800))
    big = find(["thing"], OnPage(3, Box(300, 300, 200, 200)), document)
    assert [s.page for s in big.steps] == [1, 2, 3]
    assert big.targets[0].instances[0].page == 3
    small = find(["thing"], OnPage(3, Box(900, 700, 14, 14)), document).targets[0]
    assert small.status == "found" and small.instances[0].page == 3


# --- limits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [1, 8])
def test_budget_of_looks(batch_size: int) -> None:
    outcome = find(
        ["unicorn"],
        fake(ICONS),
        budget=Budget(looks=7, seconds=None),
        settings=SearchSettings(batch_size=batch_size),
    )
    assert outcome.stopped == "looks" and len(outcome.steps) == 7
    assert outcome.targets[0].status == "open" and 0 <= outcome.targets[0].seen < 1
    assert outcome.patches <= 7


def test_the_best_so_far_survives_the_end_of_the_budget() -> None:
    weak = fake(ICONS, confidence_high=0.9999, confidence_low=0.3)
    full = find(["bell"], weak)
    best = full.targets[0].path_length
    assert best is not None
    outcome = find(["bell"], weak, budget=Budget(looks=best, seconds=None))
    assert outcome.stopped == "looks" and outcome.targets[0].status == "found"


def test_a_count_that_the_budget_cut_short_is_not_complete() -> None:
    stars = {"star": [Box(200, 200, 400, 400), Box(4000, 2200, 20, 20)]}
    cut = find([Target("star", "all")], fake(stars), budget=Budget(looks=1, seconds=None)).targets[0]
    assert cut.status == "found" and not cut.complete
    whole = find([Target("star", "all")], fake(stars)).targets[0]
    assert whole.complete and len(whole.instances) == 2
    assert find(["star"], fake(stars)).targets[0].complete


def test_budget_of_seconds_and_cancellation() -> None:
    tiny = find(["unicorn"], fake(ICONS), budget=Budget(looks=None, seconds=1e-9))
    assert tiny.stopped == "seconds" and not tiny.steps
    seen: list[int] = []
    outcome = find(
        ["unicorn"], fake(ICONS), on_step=lambda s: seen.append(s.index), cancelled=lambda: len(seen) >= 3
    )
    assert outcome.stopped == "cancelled" and seen == [0, 1, 2]


@pytest.mark.parametrize(
    "changes", [{"looks": 0}, {"looks": -3}, {"seconds": -1.0}, {"seconds": float("nan")}, {"rounds": -1}]
)
def test_bad_budgets(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=next(iter(changes))) as caught:
        Budget(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changes", [{"overlap": 0.9}, {"confidence_high": 2}, {"batch_size": 0}, {"leaf": 0}, {"nonsense": 1}]
)
def test_bad_settings(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=next(iter(changes))):
        SearchSettings(**changes)


def test_unknown_policy_lists_the_known() -> None:
    with pytest.raises(SettingError, match="breadth-first"):
        get_policy("dijkstra")


# --- contextual cue ---------------------------------------------------------------------------------------


def test_the_contextual_cue_steers_when_the_map_is_weak() -> None:
    far = {"page number": [Box(3900, 2200, 30, 20)]}

    def looks(places: dict[str, str] | None) -> int:
        return (
            find(["page number"], Muted(fake(far)), where=ScriptedVQA(places=places or {})).targets[0].looks
        )

    assert looks({"page number": "the bottom right corner of the page"}) < looks(None)


class Muted:
    """The same localizer with a cue map that says nothing."""

    name = "muted"

    def __init__(self, inner: FakeLocalizer) -> None:
        self.inner = inner
        self.capabilities = inner.capabilities

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        rows = self.inner.locate(patches, phrases)
        flat = np.zeros((4, 4), np.float32)
        return [[Sighting(s.boxes, s.scores, flat, s.texts) for s in row] for row in rows]


# --- replies that break the contract ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        [],
        [[]],
        [[Sighting(np.zeros((2, 4), np.float32), np.zeros(1, np.float32))]],
        [[Sighting(np.zeros((1, 4), np.float32), np.array([1.5], np.float32))]],
        [[Sighting(np.full((1, 4), np.nan, np.float32), np.array([0.5], np.float32))]],
        [[Sighting(cue=np.zeros((0, 3), np.float32))]],
        [[Sighting(cue=np.full((2, 2), np.inf, np.float32))]],
    ],
)
def test_a_reply_against_the_contract_is_named(reply: Any) -> None:
    class Garbage:
        name = "garbage"
        capabilities = Capabilities(input_side=SIDE)

        def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> Any:
            return reply

    with pytest.raises(ReplyError, match="garbage"):
        find(["x"], Garbage())


def test_boxes_are_clipped_to_their_patch() -> None:
    class Wide:
        name = "wide"
        capabilities = Capabilities(input_side=SIDE)

        def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
            box = np.array([[-50, -50, 9999, 20]], np.float32)
            return [[Sighting(box, np.array([0.9], np.float32)) for _ in phrases] for _ in patches]

    outcome = find(["x"], Wide(), open_document(np.zeros((100, 200, 3), np.uint8)))
    assert outcome.targets[0].instances[0].box == Box(0, 0, 200, 20)


# --- ruling out -------------------------------------------------------------------------------------------


def test_what_a_cue_map_rules_out_is_not_looked_at_again_and_counts_as_seen() -> None:
    thing = {"bell": [Box(100, 100, 20, 20)], "cart": [Box(3900, 2200, 20, 20)]}
    settings = SearchSettings(cue_minimum=-9, cue_threshold=-9)

    def hunt(name: str, rules_out: float | None) -> SearchOutcome:
        return find([Target(name, "all")], fake(thing, rules_out=rules_out), settings=settings)

    thorough, quick = hunt("bell", None), hunt("bell", -3.99)
    assert len(quick.steps) * 3 < len(thorough.steps)
    assert quick.targets[0].seen == pytest.approx(1.0)
    assert quick.targets[0].instances[0].box == thorough.targets[0].instances[0].box
    absent = hunt("unicorn", -3.99)
    assert len(absent.steps) == 1 and absent.targets[0].status == "absent"
    assert absent.targets[0].seen == pytest.approx(1.0)
    both = find(["bell", "cart"], fake(thing, rules_out=-3.99), settings=settings)
    assert [t.status for t in both.targets] == ["found", "found"]
