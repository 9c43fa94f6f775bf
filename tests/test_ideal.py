"""policy="ideal": the posterior, where it looks, when it stops."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_search import ICONS, SIDE, blank, fake, find

from seal.agents.contracts import Capabilities, Sighting, Target
from seal.agents.fake import FakeLocalizer
from seal.agents.fused import Fused
from seal.measure.fitting import Trial, fit
from seal.memory.errors import InputError, SettingError
from seal.memory.geometry import Box
from seal.search.calibration import Calibration, calibration_of, calibration_path, cautious, relative_cue
from seal.search.grid import Scale, sizes_for
from seal.search.outcome import SearchOutcome
from seal.search.policies import Ideal
from seal.search.posterior import PagePosterior
from seal.settings import Budget, SearchSettings

ABLE = Capabilities(input_side=SIDE, smallest_px=12.0)
TABLES = cautious("fake", ABLE)
PAGE = Box(0, 0, 2048, 1024)
SCALES = (Scale((2048, 1024), 0.25), Scale((512, 512), 1.0))
NOWHERE = Sighting(cue=np.zeros((4, 8), np.float32))


def posterior(targets: int = 1, tables: Calibration = TABLES) -> PagePosterior:
    return PagePosterior(PAGE, SCALES, sizes_for(PAGE, 16), [tables] * targets, 0.3, 64, 0.5)


def boxed(box: Box, score: float, view: Box) -> Sighting:
    xyxy = np.array([box.shifted(-view.x, -view.y).xyxy], np.float32)
    return Sighting(xyxy, np.array([score], np.float32), np.zeros((4, 4), np.float32))


# --- the posterior ----------------------------------------------------------------------------------------


def test_a_look_changes_only_what_fits_wholly_into_its_view() -> None:
    page, view = posterior(), Box(512, 256, 512, 512)
    before = page.weights.copy()
    page.update(1, view, {0: NOWHERE}, None)
    changed = page.weights != before
    assert changed[0, 0, 5:11, 9:15].all()
    assert not changed[0, 0, :4].any() and not changed[0, 0, :, :8].any()
    assert changed[0, 0].sum() > changed[0, 3].sum() > 0
    assert (page.weights <= before).all()


def test_the_same_look_twice_teaches_nothing_and_a_coarser_one_unsays_nothing() -> None:
    page, view = posterior(), Box(512, 256, 512, 512)
    page.update(1, view, {0: NOWHERE}, None)
    once = page.weights.copy()
    page.update(1, view, {0: NOWHERE}, None)
    np.testing.assert_allclose(page.weights, once)
    page.update(0, PAGE, {0: boxed(Box(700, 500, 16, 16), 0.2, PAGE)}, None)
    np.testing.assert_allclose(page.weights[0, 0, 6:10, 10:14], once[0, 0, 6:10, 10:14])


def test_a_box_raises_its_own_place_and_size() -> None:
    page, thing = posterior(), Box(1000, 500, 32, 32)
    page.update(0, PAGE, {0: boxed(thing, 0.4, PAGE)}, None)
    size, row, column = np.unravel_index(int(page.weights[0].argmax()), page.weights[0].shape)
    assert page.sizes[size] == 32 and (row, column) == (8, 15)
    assert page.near(0, thing) > 0.5 * page.masses[0]
    page.explain(0, thing)
    assert page.near(0, thing) < 0.1 * page.masses[0]


def test_the_cue_moves_mass_and_makes_none() -> None:
    page, flat = posterior(), posterior()
    cue = np.zeros((16, 32), np.float32)
    cue[4, 20] = 9.0
    page.update(0, PAGE, {0: Sighting(cue=cue)}, None)
    flat.update(0, PAGE, {0: NOWHERE}, None)
    assert page.masses[0] == pytest.approx(flat.masses[0], rel=0.05)
    _, row, column = np.unravel_index(int(page.weights[0].argmax()), page.weights[0].shape)
    assert (row, column) == (4, 20)


def test_what_is_ruled_out_is_as_likely_as_finer_looks_would_leave_it_and_needs_none() -> None:
    page, looked = posterior(), posterior()
    cue = np.full((16, 32), -9.0, np.float32)
    cue[8:] = 0.0
    page.update(0, PAGE, {0: Sighting(cue=cue)}, -8.0)
    assert page.closed[0, :, :8].all() and not page.closed[0, :, 8:].any()
    assert not page.open(0)[:, :8].any() and page.open(0)[:, 8:].all()
    missed = [page.kinds[0].missed(s) for s in range(len(page.sizes))]
    np.testing.assert_allclose(page.weights[0, :, :8], (page.where[0].T * missed).T[:, :8])
    looked.update(0, PAGE, {0: Sighting(cue=cue)}, None)
    assert 0 < page.weights[0, 0, :8].sum() < looked.weights[0, 0, :8].sum()
    assert page.findable(0, page.open(0)) < looked.findable(0, looked.open(0))


def test_a_cue_that_is_drawn_from_its_boxes_adds_nothing_to_them() -> None:
    sure = (0.02,) * 9 + (0.82,)
    tables = TABLES.model_copy(update={"cue_true": (sure,) * len(TABLES.log2_px), "cue_boxed": sure})
    cue = np.zeros((16, 32), np.float32)
    cue[7, 15] = 9.0
    thing = Box(992, 480, 16, 16)
    seen = boxed(thing, 0.4, PAGE)
    near = []
    for drawn, c in ((False, tables), (True, tables), (True, tables.model_copy(update={"cue_boxed": ()}))):
        page = posterior(tables=c)
        page.update(0, PAGE, {0: Sighting(seen.boxes, seen.scores, cue if drawn else None)}, None)
        near.append(page.near(0, thing))
    assert near[1] == pytest.approx(near[0], rel=0.1) and near[2] > 5 * near[1]


def test_each_kind_has_its_own_tables_sizes_and_shapes() -> None:
    wide = TABLES.model_copy(
        update={"log2_side": (8.0, 0.5), "log2_aspect": 4.0, "box": (0.01,) * len(TABLES.box)}
    )
    sizes = sizes_for(PAGE, 16)
    page = PagePosterior(PAGE, SCALES, sizes, [TABLES, wide], 0.3, 64, 0.5)
    assert page.masses == pytest.approx([0.5, 0.5])
    by_size = page.weights[1].sum(axis=(1, 2))
    assert sizes[int(by_size.argmax())] == 256 and by_size.max() > 0.3
    page.update(1, Box(512, 256, 512, 512), {0: NOWHERE, 1: NOWHERE}, None)
    before = page.prior
    assert (page.weights[0, 2] < before[0, 2]).any()
    assert (page.weights[1, 4] == before[1, 4]).all(), "1024 x 64 does not fit into the view"
    assert page.kinds[1].finest[4] == 0 and page.kinds[0].finest[0] == 1


def test_gain_prefers_the_fine_view_of_the_likely_place_and_ends() -> None:
    page = posterior()
    page.update(0, PAGE, {0: boxed(Box(1000, 500, 16, 16), 0.25, PAGE)}, None)
    gains = page.gains({0: page.weights[0] / (page.masses[0] + 0.5)}, 3.0)
    assert gains[0].max() == 0 < gains[1].max()
    view, _ = page.view(1, gains[1])
    assert view.contains(Box(990, 490, 40, 40)) and view.size_wh == (512, 512)
    for _ in range(40):
        gains = page.gains({0: page.weights[0] / (page.masses[0] + 0.5)}, 3.0)
        if gains[1].max() < 1e-7:
            break
        view, _ = page.view(1, gains[1])
        page.update(1, view, {0: NOWHERE}, None)
    assert gains[1].max() < 1e-7
    assert page.findable(0, page.weights[0]) < 5e-3


# --- the search -------------------------------------------------------------------------------------------


def ideal(targets: Any, localizer: Any, document: Any = None, **more: Any) -> SearchOutcome:
    return find(targets, localizer, document, policy="ideal", **more)


def test_it_goes_straight_to_the_finest_view() -> None:
    large = blank((8192, 4608))
    looks = {p: find(["cart"], fake(ICONS), large, p).targets[0].looks for p in ("vstar", "ideal")}
    assert looks["ideal"] == 2 < looks["vstar"]


def test_targets_share_looks_and_steps_say_how_sure_it_is() -> None:
    together = ideal(list(ICONS), fake(ICONS))
    alone = [ideal([name], fake(ICONS)) for name in ICONS]
    assert len(together.steps) < sum(len(o.steps) for o in alone)
    assert all(t.status == "found" and t.probability is not None for t in together.targets)
    absent = [o.absent for step in together.steps for o in step.observations]
    assert all(a is not None and 0 <= a <= 1 for a in absent)


def test_a_target_that_never_scores_high_does_not_cost_the_whole_page() -> None:
    faint = fake(ICONS, confidence_high=0.9999)
    vstar, ours = (find(["bell"], faint, policy=p) for p in ("vstar", "ideal"))
    assert ours.targets[0].status == "found" and ours.targets[0].probability > 0.7  # type: ignore[operator]
    assert ours.targets[0].instances[0].box.iou(ICONS["bell"][0]) > 0.9
    assert len(ours.steps) * 5 < len(vstar.steps)


def test_absence_is_told_as_surely_as_things_of_that_kind_are_seen() -> None:
    class Kinds(FakeLocalizer):
        def kind(self, phrase: str) -> str:
            return "poor" if phrase == "slider" else "good"

    poor = TABLES.model_copy(update={"box": (0.2,) * len(TABLES.box)})
    tables = TABLES.model_copy(update={"kinds": {"poor": poor, "good": TABLES}})
    absent = {
        phrase: find([phrase], Kinds({}, capabilities=ABLE), policy=Ideal(calibration=tables)).targets[0]  # type: ignore[arg-type]
        for phrase in ("slider", "bell")
    }
    assert absent["slider"].absent_probability < 0.7 < absent["bell"].absent_probability  # type: ignore[operator]
    assert {t.status for t in absent.values()} == {"absent"}


@pytest.mark.parametrize(
    ("sure", "status", "everywhere"), [(0.9, "absent", True), (0.97, "open", False), (0.999, "absent", False)]
)
def test_where_much_was_not_seen_absence_is_claimed_only_where_it_is_certain(
    sure: float, status: str, everywhere: bool
) -> None:
    """Of eyes that are said to see as much from afar, looking closer promises little: that alone rules nothing out."""
    tables = TABLES.model_copy(update={"box": (sure,) * len(TABLES.box), "background": 1e-9})
    outcome = find(["unicorn"], fake({}), blank((4096, 2304)), policy=Ideal(calibration=tables))  # type: ignore[arg-type]
    (told,) = outcome.targets
    assert (told.status, told.complete) == (status, status == "absent")
    assert (told.seen > 0.9) == everywhere and (told.absent_probability >= 0.99) == (sure == 0.999)  # type: ignore[operator]


def test_absence_has_a_probability_that_grows() -> None:
    outcome = ideal(["unicorn"], fake(ICONS))
    (target,) = outcome.targets
    told = [step.observations[0].absent or 0 for step in outcome.steps]
    assert target.status == "absent" and target.complete and target.absent_probability == told[-1] > 0.9
    assert told == sorted(told)
    short = ideal(["unicorn"], fake(ICONS), budget=Budget(looks=1, seconds=None)).targets[0]
    assert short.status == "open" and not short.instances and 0.5 < short.absent_probability < told[-1]  # type: ignore[operator]


def test_all_instances_wait_until_few_can_be_left() -> None:
    places = [Box(x, y, 40, 40) for x, y in ((100, 100), (2028, 1132), (4000, 2200), (2600, 300))]
    (target,) = ideal([Target("star", "all")], fake({"star": places})).targets
    assert target.complete and len(target.instances) == 4


@pytest.mark.parametrize("size", [(1, 1), (30, 9000), (9000, 30), (700, 500)])
def test_any_shape_of_page(size: tuple[int, int]) -> None:
    outcome = ideal(["unicorn"], fake({}), blank(size), budget=Budget(looks=60, seconds=None))
    assert outcome.targets[0].status == "absent"


def test_a_grid_that_would_not_fit_is_refused_before_the_search() -> None:
    with pytest.raises(SettingError, match="GiB"):
        ideal(["x"] * 1, fake({}), blank(*[(20_000, 20_000)] * 4000), settings=SearchSettings(target_px=12))


def test_places_named_by_the_vqa_agent_weigh_in() -> None:
    class Says:
        def where(self, patch: Any, target: str) -> str:
            return f"The {target} is most likely to appear in the bottom right corner."

    blind = fake({"bell": [Box(3900, 2200, 24, 24)]}, gives_cue=False)
    told, alone = (ideal(["bell"], blind, where=w) for w in (Says(), None))
    assert told.calls.where == 1 and told.targets[0].status == "found"
    assert told.targets[0].looks < alone.targets[0].looks


# --- calibration ------------------------------------------------------------------------------------------


def trials(n: int = 400) -> list[Trial]:
    rng = np.random.default_rng(0)
    listed = []
    for _ in range(n):
        px = 2 ** rng.uniform(1, 8)
        hit = rng.random() < px / (px + 12)
        score = float(rng.uniform(0.5, 1) * px / (px + 6)) if hit else None
        listed.append(
            Trial(px, score, rng.uniform(0.5, 1), tuple(rng.uniform(0, 0.4, 2)), tuple(rng.random(9)))
        )
    return listed


def test_a_fit_finds_the_curve_that_made_the_data() -> None:
    tables = fit("made", trials(2000))
    for px in (8, 24, 96):
        assert tables.at(px).box == pytest.approx(px / (px + 12), abs=0.1)
    assert list(tables.box) == sorted(tables.box)
    assert tables.background == pytest.approx(2, abs=0.05)
    assert tables.at(64).cue_ratio[-1] > 1 > tables.at(64).cue_ratio[0]
    assert tables.detection(64, 0.3) > tables.detection(64, 0.7) > tables.detection(8, 0.7)


def test_kinds_are_fitted_on_their_own_and_drawn_towards_all() -> None:
    good = [Trial(20.0, 0.9, 0.9, (), (0.1,), kind="icon", size_wh=(20, 20))] * 200
    poor = [Trial(20.0, None, 0.5, (0.2,), (0.1,), kind="slider", size_wh=(200, 25))] * 40
    seldom = [Trial(20.0, None, 0.5, (0.2,), (0.1,), kind="chart", size_wh=(400, 400))]
    tables = fit("x", [*good, *poor, *seldom])
    boxes = {k: tables.of(k).at(20).box for k in ("icon", "slider", "chart", "else")}
    assert boxes["icon"] > 0.97 and boxes["slider"] < 0.15
    assert boxes["slider"] < boxes["chart"] < boxes["else"] == tables.at(20).box
    assert tables.of("slider").log2_aspect == 3 and tables.of("icon").log2_aspect == 0
    sides = (16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
    assert tables.of("chart").shares(sides).argmax() == 5 and tables.of("icon").shares(sides).argmax() == 0
    assert tables.of("icon").shares(sides).sum() == pytest.approx(1)
    assert fit("x", good).kinds == {}


def test_the_kind_of_a_phrase_is_asked_of_the_localizer() -> None:
    class Kinds(FakeLocalizer):
        def kind(self, phrase: str) -> str:
            return phrase.upper()

    assert Kinds({}).kind("bell") == "BELL"
    assert FakeLocalizer({}).kind("bell") == ""
    reads = Capabilities(input_side=400, reads_text=True, text_only=True)
    assert FakeLocalizer({}, capabilities=reads).kind("bell") == "text"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ([Trial(None, spurious=(0.2,))] * 50, "at least 30 looks"),
        ([Trial(20.0, None, 0.5)] * 50, "no box on any"),
        ([Trial(20.0, 0.5, 0.5, (0.5, 0.5))] * 50, "same score"),
        ([Trial(20.0, math.nan, 0.5, (0.5,))] * 50, "not finite"),
    ],
)
def test_data_that_cannot_calibrate_are_refused(bad: list[Trial], message: str) -> None:
    with pytest.raises(InputError, match=message):
        fit("x", bad)


def test_a_calibration_is_kept_for_its_localizer(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / name)
    localizer = fake(ICONS)
    assert not calibration_of(localizer).measured
    tables = fit(localizer.name, trials())
    tables.save(calibration_path(localizer.name))
    assert calibration_of(localizer) == tables and calibration_of(localizer).measured
    calibration_path(localizer.name).write_text('{"localizer": 1}')
    with pytest.raises(InputError, match="seal calibrate"):
        calibration_of(localizer)
    with pytest.raises(InputError, match="cannot be read"):
        Calibration.load(tmp_path / "none.json")


def test_a_fused_localizer_has_the_likelihoods_of_its_components(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda name: tmp_path / name)
    able = {"input_side": 400, "confidence_low": 0.6, "confidence_high": 0.8}
    reads = FakeLocalizer({}, name="r", capabilities=Capabilities(**able, reads_text=True, text_only=True))
    sees = FakeLocalizer(
        {}, name="s", capabilities=Capabilities(400, confidence_low=0.3, confidence_high=0.5)
    )
    fused = Fused([reads, sees])
    fit("r", trials()).save(calibration_path("r"))
    assert not calibration_of(fused).measured
    kinds = [replace(t, kind=k) for t in trials() for k in ("icon", "button")]
    own = fit("s", kinds)
    own.save(calibration_path("s"))
    tables = calibration_of(fused)
    assert tables.localizer == fused.name and set(tables.kinds) == {"text", "icon", "button"}
    assert tables.of("icon").detection(64, 0.6) == pytest.approx(own.of("icon").detection(64, 0.3), abs=0.01)
    assert tables.detection(64, 0.8) == pytest.approx(own.detection(64, 0.5), abs=0.01)
    assert tables.of("text") == calibration_of(reads)


def test_relative_cue_does_not_stretch_what_is_nearly_flat() -> None:
    assert relative_cue(np.array([[1.0, 1.3]], np.float32)).max() == pytest.approx(0.1)
    assert relative_cue(np.array([[-4.0, 8.0]], np.float32)).max() == 1


def test_a_given_calibration_is_used() -> None:
    blind = TABLES.model_copy(update={"box": (0.01,) * len(TABLES.box)})
    outcomes = [
        find(["unicorn"], fake({}), policy=Ideal(calibration=c), budget=Budget(looks=5, seconds=None))  # type: ignore[arg-type]
        for c in (None, blind)
    ]
    assert outcomes[0].targets[0].absent_probability > outcomes[1].targets[0].absent_probability  # type: ignore[operator]
