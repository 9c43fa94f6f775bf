"""Training of the nano VQA model and its benchmark, on two drawn pages that stand for generated ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image as PILImage
from PIL import ImageDraw

from seal.agents.contracts import ANY_TEXT
from seal.measure.bench import load_cases
from seal.measure.truth import Icon, PageTruth, Region, TextLine, Widget
from seal.memory.errors import InputError
from seal.memory.image import Image
from seal.train import benchmark
from seal.train.vqa_data import Bank, collect
from seal.train.vqa_pieces import VIEWED, WORDED
from seal.train.vqa_samples import Sampler

CONCEPTS = ("bell", "trash", "cart", "settings", "search", "mail", "edit", "star")
COLORS = ("#d32f2f", "#1565c0", "#000000", "#2e7d32")


def truth(number: int) -> PageTruth:
    """A page with eight icons, widgets in both states, a badge, a field and a figure."""
    dark = number % 2 == 1
    icons = [
        Icon(
            xywh=(40 + 90 * i, 20, 32, 32),
            within="header",
            concept=c,
            icon_set="s",
            style="outline",
            css_px=16,
            color=COLORS[(i + number) % 4],
        )
        for i, c in enumerate(CONCEPTS)
    ]
    icons.append(
        Icon(
            xywh=(40, 300, 24, 24), within="sidebar", concept="home", icon_set="s", style="filled", css_px=12
        )
    )
    widgets: list[Widget] = [Widget(xywh=(66, 12, 20, 16), kind="badge", label="12", value="12", icon=0)]
    widgets.append(Widget(xywh=(30, 290, 200, 44), kind="menu item", label="Start", selected=dark, icon=8))
    widgets.append(Widget(xywh=(300, 400, 200, 40), kind="input", label="Company", value="Acme"))
    lines = [
        TextLine(xywh=(68, 14, 16, 12), text="12"),
        TextLine(xywh=(70, 300, 60, 24), text="Start"),
        TextLine(xywh=(300, 370, 90, 20), text="Company"),
        TextLine(xywh=(610, 110, 80, 20), text="Revenue"),
        TextLine(xywh=(610, 140, 120, 40), text="4,512.20"),
        TextLine(xywh=(400, 600, 90, 20), text="7 kB"),
    ]
    for i, kind in enumerate(("checkbox", "switch", "radio", "tab", "button", "menu item")):
        for on in (True, False):
            x, y, label = 40 + 120 * i, 480 + 50 * on, f"{kind.title()} {'Ja' if on else 'Nein'}"
            state: dict[str, Any] = {"selected": on} if kind in ("tab", "menu item") else {"checked": on}
            state = {"disabled": on} if kind == "button" else state
            widgets.append(Widget(xywh=(x, y, 24, 24), kind=kind, label=label, **state))  # type: ignore[arg-type]
            lines.append(TextLine(xywh=(x + 30, y, 70, 24), text=label))
    regions = [Region(xywh=(600, 100, 200, 120), kind="card")]
    regions += [Region(xywh=(200, 200, 300, 200), kind="dialog")] if dark else []
    name = f"eval-1-{number:06}"
    return PageTruth(
        name=name,
        split="eval",
        seed=1,
        index=number,
        kind="form",
        framework="flat",
        theme="dark" if dark else "light",
        language="en",
        font="Lato",
        scale=1,
        size_wh=(900, 640),
        image=f"{name}.png",
        icons=tuple(icons),
        widgets=tuple(widgets),
        regions=tuple(regions),
        lines=tuple(lines),
    )


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for number in range(2):
        page = truth(number)
        picture = PILImage.new("RGB", page.size_wh, "#202020" if number else "#ffffff")
        draw = ImageDraw.Draw(picture)
        for icon in page.icons:
            draw.rectangle(icon.box.xyxy, outline=icon.color or "#888888", width=5)
        picture.save(folder / page.image)
        page.save(folder / f"{page.name}.json")
    return folder


@pytest.fixture(scope="session")
def bank(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return collect(pages, tmp_path_factory.mktemp("run") / "bank")


def test_a_bank_holds_what_the_pages_show(bank: Bank, pages: Path, tmp_path: Path) -> None:
    first = bank.records[0]
    assert (
        len(bank.records) == 2
        and bank.views.shape[1:] == (72, 72, 3)
        and not first.dark
        and bank.records[1].dark
    )
    assert {i.name for i in first.items if i.kind == "icon"} == {*CONCEPTS, "home"}
    assert [(v.label, v.value) for v in first.values] == [("Company", "Acme"), ("Revenue", "4,512.20")]
    badge = next(i for i in first.items if i.kind == "badge")
    assert badge.icon == "bell" and {("near", "12"), ("right", "12")} & set(badge.texts)
    assert next(i for i in first.items if i.name == "Start").before >= 0
    collect(pages, tmp_path)
    again = Bank.open(tmp_path)
    np.testing.assert_array_equal(again.views, bank.views)
    assert again.records == bank.records


@pytest.mark.parametrize("content", [None, "{}", '{"name": 3}'])
def test_what_is_no_bank_is_told(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "pages.jsonl").write_text(content)
    with pytest.raises(InputError):
        Bank.open(tmp_path)


@pytest.mark.parametrize("split", ["known", "unseen"])
@pytest.mark.parametrize("kind", [*WORDED, *VIEWED])
def test_every_kind_of_sample_can_be_drawn(bank: Bank, kind: str, split: Any) -> None:
    sampler, rng = Sampler(bank, split), Random(kind)
    for _ in range(12):
        sample = sampler.draw(kind, rng)
        assert sample.prompt and sample.answer and (sample.view is not None) == (kind in VIEWED)
        if sample.view is not None:
            assert sample.view.shape == (48, 48, 3) and sample.view.dtype == np.uint8
        if kind in ("badge", "value", "chosen"):
            assert f'"{sample.answer}"' in sample.prompt


def test_samples_are_the_same_in_every_process(bank: Bank, tmp_path: Path) -> None:
    np.save(tmp_path / "views.npy", bank.views)
    np.save(tmp_path / "pages.npy", bank.thumbs)
    lines = [json.dumps(asdict(record), ensure_ascii=False) for record in bank.records]
    (tmp_path / "pages.jsonl").write_text("\n".join(lines), encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from random import Random\n"
        "from seal.train.vqa_data import Bank; from seal.train.vqa_samples import Sampler\n"
        "sampler = Sampler(Bank.open(Path(sys.argv[1])))\n"
        "print([sampler.draw(kind, Random(7)).prompt for kind in ('show', 'value', 'chosen', 'presence')])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1] and "show " in said[0]


def test_training_resumes_to_the_bit(bank: Bank, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    from seal.train import vqa
    from seal.train.loop import Plan

    plan = Plan(steps=3, warmup=1, autocast=False, save_every=1, log_every=1)
    mix = vqa.Mix(words=4, views=3, pictures=3)
    tokenizer = vqa.tokenizer_of(vqa.texts_for(Sampler(bank), 200))
    for name in ("whole", "cut"):
        tokenizer.save_pretrained(tmp_path / name / "tokenizer")
    vqa.train(bank, tmp_path / "whole", plan, mix)
    stops = iter((False, True))
    _, _, done = vqa.train(bank, tmp_path / "cut", plan, mix, stop=lambda: next(stops))
    assert not done
    _, _, done = vqa.train(bank, tmp_path / "cut", plan, mix)
    one, two = (load_file(tmp_path / name / "average.safetensors") for name in ("whole", "cut"))
    assert done and all(torch.equal(one[k], two[k]) for k in one)


def test_a_second_leg_begins_with_a_trained_model_and_leaves_its_eyes_alone(
    bank: Bank, tmp_path: Path
) -> None:
    import torch

    from seal.train import vqa
    from seal.train.loop import Plan

    tokenizer = vqa.tokenizer_of(vqa.texts_for(Sampler(bank), 200))
    first = vqa.build(tokenizer)
    vqa.export(first, tokenizer, tmp_path / "first")
    mix = vqa.Mix(words=6, views=3, pictures=0, show=3.0, composed=1.0)
    plan = Plan(steps=2, rate=1e-2, warmup=1, autocast=False)
    network, _, done = vqa.train(bank, tmp_path / "run", plan, mix, start=tmp_path / "first")
    before, after = first.half().float().state_dict(), network.state_dict()
    moved = {k for k in after if not torch.equal(before[k], after[k])}
    assert done and moved and not [k for k in moved if "vision_tower" in k or "projector" in k]


@pytest.fixture(scope="session")
def questions(pages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("questions")
    assert benchmark.write_cases(pages, out, 40, seed=3) == 40
    return out


def test_a_benchmark_is_in_v_bench_layout_and_names_what_is_there(questions: Path, pages: Path) -> None:
    cases = load_cases(questions)
    assert len(cases) == 40 and {c.kind for c in cases} >= {
        "colour",
        "state",
        "badge",
        "value",
        "presence",
        "count",
    }
    for case in cases:
        assert case.image.parent == pages and all(0 <= box.x <= 900 for _, box in case.boxes)
    names = {json.loads(p.read_text())["question"] for p in questions.rglob("*.json")}
    assert len(names) > 20


def test_the_oracle_sees_icons_widgets_states_and_text(pages: Path) -> None:
    oracle = benchmark.Oracle(benchmark.truths_in(pages))
    patch = Image.open(pages / "eval-1-000000.png").patch()
    phrases = ["cogwheel icon", "checked checkbox", '"Company"', "spoon icon", ANY_TEXT]
    rows = oracle.locate([patch], phrases)[0]
    assert [len(s.scores) for s in rows[:4]] == [1, 1, 1, 0]
    assert rows[0].boxes[0].tolist() == pytest.approx([310, 20, 342, 52])
    assert "Company" in rows[4].texts and "Acme" in rows[4].texts
    with pytest.raises(InputError, match="knows no truth"):
        oracle.locate([Image.open(np.zeros((9, 9, 3), np.uint8)).patch()], ["bell icon"])


def test_pages_without_truth_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seal pages"):
        benchmark.truths_in(tmp_path)
    with pytest.raises(InputError, match="seal pages"):
        collect(tmp_path, tmp_path / "bank")


def test_a_question_has_one_right_answer_and_names_stand_once(pages: Path) -> None:
    truths = [truth(0), replace_name(truth(1))]
    made = list(benchmark.made_cases(truths, 30, seed=5))
    assert len(made) == 30 and all(len(set(options)) == len(options) for _, _, (_, options, _) in made)


def replace_name(page: PageTruth) -> PageTruth:
    return page.model_copy(update={"name": "other"})


def test_an_unknown_mix_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from seal.cli.app import app

    result = CliRunner().invoke(
        app, ["train", "vqa", str(tmp_path), "--out", str(tmp_path / "run"), "--mix", "songs"]
    )
    assert "all, phrases, views" in str(result.exception) and not (tmp_path / "run").exists()
