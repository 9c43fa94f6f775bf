"""`seal calibrate`: looks at pages with truth become likelihoods."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil
from typer.testing import CliRunner

from seal.agents.contracts import Capabilities, Sighting
from seal.agents.fake import FakeLocalizer, Noise
from seal.cli.app import app
from seal.measure.calibrating import measure, things_on, trial
from seal.measure.truth import Icon, PageTruth, TextLine, Widget
from seal.memory.errors import InputError
from seal.memory.geometry import Box
from seal.search.calibration import Calibration

SIZE = (1200, 800)


def page(folder: Path, index: int, rng: random.Random) -> PageTruth:
    def icon(concept: str) -> Icon:
        px = rng.choice((8, 12, 16, 24, 48, 96))
        return Icon(
            xywh=(rng.randint(0, SIZE[0] - px), rng.randint(0, SIZE[1] - px), px, px),
            concept=concept,
            icon_set="s",
            style="line",
            css_px=px,
        )

    truth = PageTruth(
        name=f"train-0-{index:06d}",
        split="train",
        seed=0,
        index=index,
        kind="form",
        framework="x",
        theme="light",
        language="en",
        font="x",
        scale=1.0,
        size_wh=SIZE,
        image=f"train-0-{index:06d}.png",
        icons=tuple(icon(c) for c in rng.sample(("bell", "cart", "trash", "home", "mail"), 3)),
        widgets=(Widget(xywh=(10, 10, 60, 20), kind="button", label="Go"),),
        lines=(TextLine(xywh=(10, 10, 60, 12), text="Go to start"), TextLine(xywh=(9, 90, 9, 9), text="ok")),
    )
    truth.save(folder / f"{truth.name}.json")
    Pil.new("RGB", SIZE).save(folder / truth.image)
    return truth


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("pages"), random.Random(1)
    for index in range(16):
        page(folder, index, rng)
    return folder


class Everything:
    """Sees the icons of whichever page it is shown, as the fake localizer does."""

    name = "everything"
    capabilities = Capabilities(input_side=400, smallest_px=16.0)

    def __init__(self, folder: Path) -> None:
        truths = [PageTruth.load(file) for file in sorted(folder.glob("*.json"))]
        self.seers = {
            t.image: FakeLocalizer(
                {f"{i.concept} icon": [i.box] for i in t.icons},
                capabilities=self.capabilities,
                noise=Noise(0.5),
            )
            for t in truths
        }

    def locate(self, patches, phrases):  # type: ignore[no-untyped-def]
        return [self.seers[Path(p.image.name).name].locate([p], phrases)[0] for p in patches]


def test_measured_likelihoods_follow_the_localizer(pages: Path) -> None:
    tables = measure(Everything(pages), pages)
    assert tables.measured and tables.localizer == "everything"
    assert tables.detection(40, 0.5) > 0.8 > tables.detection(5, 0.5) + 0.2
    assert 0.1 < tables.background < 0.9
    assert tables.at(24).cue_ratio[-1] > 2 * tables.at(24).cue_ratio[0]
    assert tables == measure(Everything(pages), pages).model_copy(update={"seconds": tables.seconds})


def test_what_can_be_asked_for_depends_on_the_localizer(pages: Path) -> None:
    truth = PageTruth.load(min(pages.glob("*.json")))
    reads = FakeLocalizer({}, capabilities=Capabilities(input_side=400, reads_text=True, text_only=True))
    assert set(things_on(truth, reads)) == {"Go to start"}
    named = set(things_on(truth, FakeLocalizer({})))
    assert named == {f"{i.concept} icon" for i in truth.icons} | {"button"}


def test_a_trial_parts_hits_from_boxes_elsewhere() -> None:
    view, target = Box(100, 100, 200, 200), Box(150, 150, 20, 20)
    cue = np.zeros((20, 20), np.float32)
    cue[5:7, 5:7] = 8.0
    seen = Sighting(np.zeros((2, 4), np.float32), np.array([0.3, 0.9], np.float32), cue)
    told = trial(view, [Box(250, 250, 20, 20), target], seen, [target], 100, random.Random(0))
    assert told.score == pytest.approx(0.9) and told.spurious == pytest.approx((0.3,))
    assert told.cue_spurious == (0.0,) and told.size_wh == (20, 20)
    one = Sighting(seen.boxes[:1], seen.scores[:1], cue)
    short = trial(view, [Box(140, 150, 60, 20)], one, [target], 100, random.Random(0))
    assert short.score is None and short.spurious == (), "too long, but there because of the target"
    assert told.apparent_px == 10 and told.cue == 1.0 and max(told.cue_elsewhere) < 1
    gone = trial(view, [Box(250, 250, 20, 20), target], seen, [], 100, random.Random(0))
    assert gone.apparent_px is None and len(gone.spurious) == 2


def test_bad_data_are_refused(pages: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seal pages"):
        measure(Everything(pages), tmp_path)
    with pytest.raises(InputError, match="at least 30 looks"):
        measure(
            FakeLocalizer(
                {}, capabilities=Capabilities(400, longest_phrase=1, reads_text=True, text_only=True)
            ),
            pages,
        )
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(InputError, match="truth"):
        measure(Everything(pages), tmp_path)
    told = CliRunner().invoke(app, ["calibrate", "ocr:rapidocr", "--data", str(tmp_path / "none")])
    assert isinstance(told.exception, InputError) or told.exit_code == 2


def test_a_calibration_survives_its_file(pages: Path, tmp_path: Path) -> None:
    tables = measure(Everything(pages), pages, limit=8)
    assert Calibration.load(tables.save(tmp_path / "a" / "b.json")) == tables
