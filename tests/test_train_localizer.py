"""Training the nano localizer: tiles and their targets, icon crops, matching and calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from seal.agents.nano.look import Look, pyramid, widget_crops
from seal.agents.nano.network import KINDS, STRIDES, Finder, Namer, Sorter, fold
from seal.agents.nano.vocabulary import WIDGETS
from seal.agents.nano.weights import WEIGHTS, load_weights
from seal.measure.truth import Icon, PageTruth, Region, Widget
from seal.memory.errors import InputError
from seal.train import by_library, tiles
from seal.train.crops import CropSampler, Pool, make_pool
from seal.train.finder import finder_job
from seal.train.loop import Plan, fit
from seal.train.measure import Found, fit_platt, judge, reliability, table
from seal.train.namer import namer_job
from seal.train.start import load_start
from seal.train.tiles import (
    Page,
    TileSampler,
    Truth,
    cells,
    collate,
    cut,
    keep_pages,
    load_page,
    page_files,
)
from seal.train.widgets import WidgetSampler, make_widget_pool, sorter_job

ICONS = {"bell": (100, 40, 24, 24), "search": (300, 200, 40, 40), "settings": (700, 500, 16, 16)}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pages of 900 x 700: three icons, a ticked checkbox, a card, and something half hidden."""
    folder = tmp_path_factory.mktemp("pages")
    rng = np.random.default_rng(0)
    for index in range(2):
        image = np.full((700, 900, 3), 240, np.uint8)
        for x, y, w, h in ICONS.values():
            image[y : y + h, x : x + w] = rng.integers(0, 255, (h, w, 3), np.uint8)
        cv2.imwrite(str(folder / f"p{index}.png"), image)
        PageTruth(
            name=f"p{index}",
            split="train",
            seed=0,
            index=index,
            kind="x",
            framework="x",
            theme="light",
            language="en",
            font="x",
            scale=1.0,
            size_wh=(900, 700),
            image=f"p{index}.png",
            icons=tuple(
                Icon(xywh=b, concept=n, icon_set="x", style="x", css_px=b[2]) for n, b in ICONS.items()
            ),
            widgets=(Widget(xywh=(50, 600, 18, 18), kind="checkbox", checked=True),),
            regions=(Region(xywh=(60, 20, 600, 400), kind="card"),),
            ignored=((800, 100, 30, 30),),
        ).save(folder / f"p{index}.json")
    return folder


def test_a_page_is_read_with_its_truth(pages: Path) -> None:
    page = load_page(page_files(pages)[0])
    assert page.image.shape == (700, 900, 3)
    assert [KINDS[k] for k in page.truth.kinds] == ["icon", "icon", "icon", "checkbox", "card"]
    assert page.truth.boxes[1].tolist() == [300, 200, 340, 240]
    assert page.truth.on.tolist() == [-1, -1, -1, 1, -1]
    assert page.truth.concepts[:3] == tuple(ICONS)


def test_a_cut_scales_clips_and_ignores(pages: Path) -> None:
    page = load_page(page_files(pages)[0])
    image, truth = cut(page, (290, 190, 200, 200), (400, 400))
    assert image.shape == (400, 400, 3)
    boxes = {
        (KINDS[k], n): b.tolist() for k, n, b in zip(truth.kinds, truth.concepts, truth.boxes, strict=True)
    }
    assert boxes == {("icon", "search"): [20, 20, 100, 100]}  # of the card too little is seen
    _, half = cut(page, (320, 190, 200, 200), (200, 200))
    assert len(half.kinds) == 0 and half.ignored.tolist() == [[0, 10, 20, 50]]
    _, tiny = cut(page, (0, 0, 3600, 2800), (900, 700))
    assert "settings" not in tiny.concepts  # 4 px: neither truth nor background
    assert any(np.allclose(b, [175, 125, 179, 129]) for b in tiny.ignored)


def test_every_object_has_a_responsible_cell(pages: Path) -> None:
    page = load_page(page_files(pages)[0])
    view, truth = cut(page, (0, 0, 896, 640), (896, 640))
    batch = collate([(view, truth)])
    centres, strides = cells(896, 640)
    assert batch.images.shape == (1, 640, 896, 3) and batch.ignored.shape == (1, 3, len(centres))
    assert set(map(tuple, batch.box.tolist())) == set(map(tuple, truth.boxes.tolist()))
    for cell, box, kind in zip(batch.cell, batch.box, batch.kind, strict=True):
        x, y = centres[cell]
        assert (
            box[0] - strides[cell] <= x <= box[2] + strides[cell]
            and box[1] - strides[cell] <= y <= box[3] + strides[cell]
        )
        assert strides[cell] == (64 if KINDS[kind] == "card" else 8)
    spoiled = batch.ignored[0, 0] & (strides == 8)
    assert centres[spoiled].mean(0).tolist() == pytest.approx([815, 115], abs=4)


def test_batches_depend_on_their_step_only(pages: Path) -> None:
    one, two = (TileSampler(page_files(pages), seed=3) for _ in range(2))
    two(0)
    for step in (2, 3):
        a, b = one(step), two(step)
        assert np.array_equal(a.images, b.images) and np.array_equal(a.box, b.box)
    assert one(3).images.shape[0] == 1 and one(2).images.shape == (4, 640, 640, 3)


def test_the_finder_learns_a_tile_by_heart(pages: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    job = finder_job(page_files(pages))
    page = load_page(page_files(pages)[0])
    batch = collate([cut(page, (0, 0, 384, 256), (384, 256))])
    job.batch = lambda step: batch
    log: list[float] = []
    fit(
        job,
        Plan(steps=24, rate=2e-3, warmup=4, log_every=4),
        tmp_path,
        on_step=lambda p: log.append(p.losses["loss"]),
    )
    assert log[-1] < 0.75 * log[0]


def test_a_training_starts_from_an_earlier_one(pages: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    weights = Finder().state_dict()
    save_file({name: value.contiguous() for name, value in weights.items()}, tmp_path / "average.safetensors")
    job = finder_job(page_files(pages), start=tmp_path / "average.safetensors")
    assert all(torch.equal(value, weights[name]) for name, value in job.network.state_dict().items())
    (tmp_path / "torn.safetensors").write_bytes(b"no")
    for name in ("torn.safetensors", "gone.safetensors"):
        with pytest.raises(InputError, match=name):
            finder_job(page_files(pages), start=tmp_path / name)


def test_a_training_starts_from_a_shipped_file() -> None:
    """What was folded and rounded to float16 says the same when it is taken apart again."""
    model, network = load_weights(), Finder()
    load_start(network, "finder", WEIGHTS)
    image = torch.randint(
        0, 255, (1, 128, 256, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)
    )
    folded = fold(Finder())
    stored = {k.removeprefix("finder."): v.float() for k, v in load_file(WEIGHTS).items() if "finder." in k}
    folded.load_state_dict(stored)
    with torch.inference_mode():
        for mine, theirs in zip(network.eval()(image), folded(image), strict=True):
            assert torch.allclose(mine, theirs, atol=2e-2, rtol=2e-2)
    for part, other in (("namer", Namer(len(model.concepts))), ("sorter", Sorter())):
        load_start(other, part, WEIGHTS)
    with pytest.raises(InputError, match=r"no weights of the namer"):
        load_start(Namer(3), "namer", WEIGHTS)


def test_larger_batches_are_of_one_shape(pages: Path) -> None:
    sampler = TileSampler(page_files(pages), seed=3, size=2)
    tiles, views = sampler(0), sampler(1)
    assert tiles.images.shape == (8, 640, 640, 3) and views.images.shape[0] == 2
    assert set(views.tile.tolist()) <= {0, 1}


def test_pages_come_from_several_folders_and_are_kept(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = page_files(pages, pages)
    assert len(files) == 4
    monkeypatch.setattr(tiles, "_kept", {})
    keep_pages(files)
    assert load_page(files[0]) is load_page(files[2])


def test_widgets_are_counted_by_library(pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two pages shows its checkbox, ticked; on both a button is seen that is not there."""
    button, checkbox = KINDS.index("button"), KINDS.index("checkbox")
    boxes = np.array([[50, 600, 68, 618], [400, 600, 460, 620], [801, 101, 829, 129]], np.float32)
    seen = [
        Found(
            boxes,
            np.full(3, 0.9),
            np.array([checkbox, button, button]),
            np.full(3, -1),
            np.ones(3),
            np.full(3, on),
        )
        for on in (0.8, 0.2)
    ]
    seen[1].scores[0] = 0.3
    monkeypatch.setattr(by_library, "scan", lambda page, model: seen.pop(0))
    model = replace(load_weights(), calibration={})
    counts = by_library.count(page_files(pages), model)
    assert counts["x", "checkbox"] == by_library.Count(there=2, found=1, boxes=1, right=1, judged=1, told=1)
    assert counts["x", "button"] == by_library.Count(boxes=2)  # what lies in an ignored place is not counted
    assert "| x | 2 | 0.500 | 0.333 | 1.000 |" in by_library.markdown(counts)


def test_rare_kinds_are_drawn_as_often_as_common_ones(pages: Path, tmp_path: Path) -> None:
    """One page of ten shows a checkbox and a card: half of the tiles come from it."""
    first = PageTruth.load(page_files(pages)[0])
    (tmp_path / first.image).write_bytes((pages / first.image).read_bytes())
    first.save(tmp_path / "p0.json")
    for index in range(1, 10):
        first.model_copy(update={"widgets": (), "regions": ()}).save(tmp_path / f"p{index}.json")
    sampler = TileSampler(page_files(tmp_path))
    rare = np.zeros(4)
    for batch in (sampler(step) for step in range(0, 40, 2)):
        rare += np.bincount(np.unique(batch.tile[batch.kind > 0]), minlength=4)
    assert rare[[1, 3]].sum() >= 24 > 12 >= rare[[0, 2]].sum()


def test_folding_keeps_what_the_networks_say() -> None:
    torch.manual_seed(0)
    image = torch.randint(0, 255, (1, 256, 128, 3), dtype=torch.uint8)
    crops = torch.randint(0, 255, (3, 32, 32, 3), dtype=torch.uint8)
    wide = crops.repeat(1, 1, 3, 1)
    for network, given in ((Finder(), image), (Namer(5), crops), (Sorter(), wide)):
        network(given)  # moves the running means of the batch norms
        network.eval()
        with torch.inference_mode():
            before = network(given)
            after = fold(network)(given)
        for a, b in zip(before, after, strict=True):
            assert torch.allclose(a, b, atol=1e-4, rtol=1e-3)
    assert sum(p.numel() for net in (Finder(), Namer(221), Sorter()) for p in net.parameters()) <= 5_000_000


def test_the_finders_maps_have_all_strides() -> None:
    maps = Finder().eval()(torch.zeros((1, 256, 384, 3), dtype=torch.uint8))
    assert [tuple(m.shape) for m in maps] == [(1, 256 // s, 384 // s, len(KINDS) + 13) for s in STRIDES]


def test_crops_show_icons_and_nothings(pages: Path, tmp_path: Path) -> None:
    pool = make_pool(page_files(pages), tmp_path / "pool")
    named = pool.labels < len(pool.concepts)
    assert sorted(pool.concepts[i] for i in pool.labels[named]) == sorted([*ICONS, *ICONS])
    assert (~named).any()
    assert pool.px[named].tolist() == [24, 40, 16] * 2
    middle = pool.crops[int(np.flatnonzero(pool.px == 40)[0])][20:36, 20:36]
    assert middle.std() > 30  # the icon, at half the crop's width, in its middle
    again = make_pool((), tmp_path / "pool")
    assert np.array_equal(again.crops, pool.crops)
    crops, labels = CropSampler(pool, batch=64, seed=1)(5)
    assert crops.shape == (64, 32, 32, 3) and crops.dtype == np.uint8
    same, _ = CropSampler(pool, batch=64, seed=1)(5)
    assert np.array_equal(crops, same)
    assert 0.05 < (labels == len(pool.concepts)).mean() < 0.3


def test_the_namer_learns(pages: Path, tmp_path: Path) -> None:
    pool = make_pool(page_files(pages), tmp_path / "pool")
    torch.manual_seed(0)
    rows: list[float] = []
    plan = Plan(steps=16, rate=2e-3, warmup=3, log_every=4)
    fit(namer_job(pool, batch=32), plan, tmp_path / "namer", on_step=lambda p: rows.append(p.losses["loss"]))
    assert rows[-1] < 0.8 * rows[0]


@pytest.mark.parametrize("missing", ["pool.json", "crops.npy"])
def test_a_broken_pool_is_told(pages: Path, tmp_path: Path, missing: str) -> None:
    make_pool(page_files(pages), tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(InputError, match="no pool of icon crops"):
        Pool.load(tmp_path)


def test_widget_crops_are_sorted_by_what_they_show(pages: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    finder = Finder().eval()
    with torch.no_grad():
        finder.score.bias[2] = -2.9  # checkboxes, anywhere
    folder = make_widget_pool(page_files(pages), finder, tmp_path / "widgets")
    crops, labels = np.load(folder / "crops.npy"), np.load(folder / "labels.npy")
    assert crops.shape[1:] == (32, 96, 3) and crops.dtype == np.uint8 and len(crops) == len(labels)
    assert {(kind, state >= 0) for kind, state in labels.tolist()} == {
        (KINDS.index("checkbox") - 1, True),
        (len(WIDGETS), False),
    }
    assert make_widget_pool((), finder, folder) == folder  # not made twice
    sampler = WidgetSampler(folder, 32)
    assert all(np.array_equal(a, b) for a, b in zip(sampler(3), sampler(3), strict=True))
    assert not np.array_equal(sampler(3)[0], sampler(4)[0])
    job = sorter_job(folder, batch=32)
    seen: list[float] = []
    fit(job, Plan(30, 3e-3, warmup=3), tmp_path / "run", on_step=lambda p: seen.append(p.losses["loss"]))
    assert seen[-1] < 0.5 * np.log(len(WIDGETS) + 1)
    (folder / "labels.npy").write_bytes(b"torn")
    with pytest.raises(InputError, match="no pool of widget crops"):
        WidgetSampler(folder)


def test_a_widget_is_seen_whole_and_at_both_ends() -> None:
    image = torch.full((1, 128, 256, 3), 200, dtype=torch.uint8)
    image[0, 40:60, 30:40] = torch.tensor([255, 0, 0], dtype=torch.uint8)
    image[0, 40:60, 210:220] = torch.tensor([0, 0, 255], dtype=torch.uint8)
    crop = widget_crops(pyramid(image), torch.tensor([[30.0, 40.0, 220.0, 60.0]]))[0].int()
    whole, first, last = crop[:, :32], crop[:, 32:64], crop[:, 64:]
    red, blue = (first[..., 0] - first[..., 2] > 150), (last[..., 2] - last[..., 0] > 150)
    assert red.sum() > 150 and blue.sum() > 150
    assert not (first[..., 2] - first[..., 0] > 150).any() and not (last[..., 0] - last[..., 2] > 150).any()
    assert (whole[..., 0] - whole[..., 2] > 50).any() and (whole[..., 2] - whole[..., 0] > 50).any()


def test_no_pages_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no generated pages.*seal pages"):
        page_files(tmp_path)


# --- measuring ----------------------------------------------------------------------------------------------


def found(*rows: tuple[float, float, float, float, float, int, int]) -> Found:
    data = np.array([r[:5] for r in rows], np.float32).reshape(-1, 5)
    kinds, concepts = (np.array([r[i] for r in rows], np.int64) for i in (5, 6))
    return Found(data[:, :4], data[:, 4], kinds, concepts, np.ones(len(rows)), np.zeros(len(rows)))


TRUE = Truth(
    np.array([[0, 0, 20, 20], [100, 0, 130, 30], [0, 100, 20, 120]], np.float32),
    np.array([0, 0, KINDS.index("checkbox")]),
    np.array([-1, -1, 1]),
    ("bell", "search", ""),
    np.array([[300, 300, 340, 340]], np.float32),
)


def test_boxes_are_judged_by_place_kind_and_concept() -> None:
    check = KINDS.index("checkbox")
    outcome = judge(
        found(
            (1, 1, 21, 21, 0.9, 0, 0),  # the bell
            (0, 0, 20, 20, 0.8, 0, 0),  # the bell a second time: wrong
            (100, 0, 130, 30, 0.7, 0, 0),  # the search icon, called a bell: wrong
            (0, 100, 20, 120, 0.6, check, -1),  # the checkbox
            (300, 300, 330, 340, 0.5, 0, 1),  # in an ignored place: not counted
            (500, 0, 520, 20, 0.4, check, -1),  # nothing there: wrong
        ),
        TRUE,
        ("bell", "search"),
    )
    assert outcome.right.tolist() == [True, False, False, True, False]
    assert outcome.truth_score.tolist() == pytest.approx([0.9, 0, 0.6])
    assert outcome.located.tolist() == pytest.approx([0.9, 0.7, 0.6])
    rows = {row["what"]: row for row in table([outcome], (0.5, 0.5, 0.5))}
    assert rows["icons 14-24 px"]["recall"] == 1 and rows["icons 24-64 px"]["recall"] == 0
    assert rows["icons 24-64 px"]["precision"] == pytest.approx(1 / 3)
    assert rows["checkbox"]["recall"] == 1 and rows["checkbox"]["precision"] == 1


def test_calibration_makes_scores_shares() -> None:
    rng = np.random.default_rng(0)
    score = rng.uniform(0.02, 0.98, 20_000)
    odds = 2.0 * np.log(score / (1 - score)) - 1.0
    right = rng.random(20_000) < 1 / (1 + np.exp(-odds))
    slope, offset = fit_platt(score, right)
    assert (slope, offset) == pytest.approx((2.0, -1.0), abs=0.1)
    calibrated = 1 / (1 + np.exp(-(slope * np.log(score / (1 - score)) + offset)))
    *_, before = reliability(score, right)
    *_, after = reliability(calibrated, right)
    assert after < 0.02 < before


def test_a_look_is_a_value() -> None:
    empty = np.zeros((0, 4), np.float32)
    look = Look(empty, empty[:, 0], empty[:, 0], empty[:, 0], empty, (10, 10), np.ones((1, 1), bool))
    with pytest.raises(AttributeError):
        look.size_wh = (1, 1)  # type: ignore[misc]


def test_a_page_without_objects_has_no_targets() -> None:
    empty = Truth(
        np.zeros((0, 4), np.float32),
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        (),
        np.zeros((0, 4), np.float32),
    )
    batch = collate([cut(Page(np.zeros((300, 300, 3), np.uint8), empty), (0, 0, 256, 256), (256, 256))])
    assert len(batch.cell) == 0 and not batch.ignored.any()
