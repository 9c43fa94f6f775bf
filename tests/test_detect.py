"""What stands behind the localizers on other people's models: frames, phrases, words with boxes in them, weights."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
import tiny_localizers
import torch
import transformers

from seal.agents.detect.florence import boxes_in
from seal.agents.detect.frame import Calibration, batches, drawn_cue, fitted, frame_of, log_odds, sighting
from seal.agents.detect.pointing import Pointing, numbers_in, probe
from seal.agents.detect.vocabulary import Vocabulary
from seal.agents.detect.yolo import to_safetensors
from seal.agents.registry import load_localizer
from seal.memory.conventions import CONVENTIONS, from_box
from seal.memory.errors import AgentError, SettingError, UnknownAgentError, UnknownPhraseError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.listed import listed

RED, BLUE = Box(250, 20, 20, 20), Box(20, 120, 24, 24)


def screen(size_wh: tuple[int, int] = (320, 200)) -> Image:
    image = PIL.Image.new("RGB", size_wh, "#eee")
    draw = PIL.ImageDraw.Draw(image)
    draw.rectangle((250, 20, 269, 39), fill="red")
    draw.ellipse((20, 120, 43, 143), fill="blue")
    return Image.open(image)


SCREEN = screen()


# --- frames -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("box", "side", "view", "picture"),
    [
        (Box(0, 0, 320, 200), 640, (320, 200), (320, 200)),
        (Box(0, 0, 320, 200), 160, (160, 100), (160, 100)),
        (Box(0, 0, 1, 1), 160, (1, 1), (16, 16)),
        (Box(0, 0, 320, 2), 320, (320, 2), (320, 40)),
        (Box(5, 5, 3, 150), 150, (3, 150), (19, 150)),
    ],
)
def test_a_frame_pads_at_the_right_and_below(
    box: Box, side: int, view: tuple[int, int], picture: tuple[int, int]
) -> None:
    frame = frame_of(SCREEN.patch(box), side)
    assert (frame.view_wh, frame.picture.size) == (view, picture)
    share = np.array([[0, 0, view[0] / picture[0], view[1] / picture[1]]])
    assert frame.boxes(share, "xyxy_unit").tolist() == [pytest.approx([0, 0, box.width, box.height])]
    assert frame.boxes([[0, 0, 1, 1]], "xyxy_unit").tolist() == [[0, 0, box.width, box.height]]
    grid = np.arange(48.0 * 48, dtype=np.float32).reshape(48, 48)
    rows, columns = frame.cut(grid).shape
    assert (rows, columns) == tuple(
        max(1, round(48 * v / p)) for v, p in zip(view[::-1], picture[::-1], strict=True)
    )


def test_a_grid_over_a_padded_square_is_cut_to_the_picture() -> None:
    frame = frame_of(SCREEN.patch(), 320)
    assert frame.cut(np.zeros((32, 32), np.float32), square=True).shape == (20, 32)


def test_batches_hold_pictures_of_one_size() -> None:
    frames = [frame_of(SCREEN.patch(Box(0, 0, w, 100)), 320) for w in (100, 200, 100, 100)]
    assert list(batches(frames, 2)) == [[0, 2], [3], [1]]


@pytest.mark.parametrize(
    ("phrase", "limit", "kept"),
    [("red  icon", 9, "red icon"), ("red icon bar", 8, "red icon"), ("a" * 40, 8, "aaaaa")],
)
def test_phrases_are_cut_at_word_ends(phrase: str, limit: int, kept: str) -> None:
    if len(phrase) <= limit:
        assert fitted(phrase, len, limit, "x") == kept
        return
    with pytest.warns(
        UserWarning, match=f"x takes phrases of {limit} tokens; one of {len(phrase)} is .* as '{kept}'"
    ):
        assert fitted(phrase, len, limit, "x") == kept


def test_sightings_drop_doubles_faint_and_empty_boxes() -> None:
    boxes = np.array(
        [[0, 0, 10, 10], [1, 0, 10, 10], [20, 0, 30, 10], [5, 5, 5, 9], [40, 0, 50, 10]], np.float32
    )
    seen = sighting(boxes, log_odds([0.5, 0.9, 0.6, 0.9, 0.01]), Calibration(0.3, 0.5), None)
    assert seen.boxes.tolist() == [boxes[1].tolist(), boxes[2].tolist()]
    assert seen.scores.tolist() == pytest.approx([0.9, 0.6])


def test_a_cue_has_even_odds_at_the_low_threshold() -> None:
    assert Calibration(0.25, 0.5).cue(log_odds([0.25, 0.5])).tolist() == pytest.approx([0, np.log(3)])
    assert np.isfinite(Calibration(0.25, 0.5, slope=2).cue([-np.inf, np.inf])).all()


def test_boxes_are_drawn_with_the_best_on_top() -> None:
    boxes = np.array([[0, 0, 100, 50], [50, 0, 100, 50], [99.9, 49.9, 100, 50]], np.float32)
    grid = drawn_cue(boxes, [1, -1, 3], (100, 50), cells=4)
    assert grid.tolist() == [[1, 1, 1, 1], [1, 1, 1, 3]]


# --- phrases ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phrase", "classes"),
    [
        ("traffic light", [0]),
        ("the Traffic-Lights", [0]),
        ("trafic light", [0]),
        ("car", [1, 3]),
        ("a glass", [2]),
        ("cart", []),
        ("", []),
    ],
)
def test_a_vocabulary_knows_its_names(phrase: str, classes: list[int]) -> None:
    known = Vocabulary(["traffic light", "car", "glass", "Cars"])
    assert known.classes(phrase) == classes
    assert bool(known.unknown(phrase, "yolo")) == (not classes)


COCO = listed(
    """
    person, bicycle, car, motorcycle, airplane, bus, traffic light, fire hydrant, stop sign, bench, bird, cat, dog,
    backpack, handbag, tie, skis, sports ball, tennis racket, wine glass, cup, knife, hot dog, donut, chair, couch,
    potted plant, dining table, tv, laptop, mouse, remote, cell phone, microwave, refrigerator, book, clock
    """
)


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("people", "person"),
        ("all buses", "bus"),
        ("knives", "knife"),
        ("a ski", "skis"),
        ("sofa", "couch"),
        ("the fridge", "refrigerator"),
        ("bike", "bicycle"),
        ("smartphones", "cell phone"),
        ("table", "dining table"),
        *(
            (phrase, "")
            for phrase in ("tree", "window", "save button", "trash icon", "Total Revenue", "zqxv")
        ),
        *(
            (phrase, "")
            for phrase in ("red car", "bus stop", "cat food", "tennis ball", "car key", "horse shoe")
        ),
    ],
)
def test_a_vocabulary_knows_other_words_for_its_names(phrase: str, meant: str) -> None:
    assert [COCO[i] for i in Vocabulary(COCO).classes(phrase)] == ([meant] if meant else [])


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    assert Vocabulary(["traffic light", "car"]).unknown("cart", "yolo") == (
        "yolo has no class for 'cart'; the nearest of its 2: car, traffic light."
    )


# --- words with boxes in them -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "count", "numbers"),
    [
        (
            '```json\n[{"bbox_2d": [1, 2, 3, 4], "label": "a"}, {"bbox_2d": [5, 6, 7, 8.5]}]```',
            4,
            [(1, 2, 3, 4), (5, 6, 7, 8.5)],
        ),
        ("<ref>cup</ref><box>[[1, 2, 3, 4]]</box>", 4, [(1, 2, 3, 4)]),
        ("cup(1,2),(3,4)", 4, [(1, 2, 3, 4)]),
        ("<box>1, 2, 3, 4</box>", 4, [(1, 2, 3, 4)]),
        (
            "<loc0001><loc0002><loc0003><loc1023> cup ; <loc0005><loc0006><loc0007><loc0008> cup",
            4,
            [(1, 2, 3, 1023), (5, 6, 7, 8)],
        ),
        ('{"x_min": 0.1, "y_min": 0.2, "x_max": 0.3, "y_max": 0.4}', 4, [(0.1, 0.2, 0.3, 0.4)]),
        ("It is at [0.1, 0.2, 0.3, 0.4]. [0.1, 0.2, 0.3, 0.4]", 4, [(0.1, 0.2, 0.3, 0.4)]),
        ("There is none: [].", 4, []),
        ("", 4, []),
        ('<point x="9.9" y="83.8" alt="cup">cup</point>', 2, [(9.9, 83.8)]),
        ('<points x1="1.0" y1="2.0" x2="3.0" y2="4.0">cups</points>', 2, [(1, 2), (3, 4)]),
        ('<points coords="1 1 461 527 2 300 200">', 2, [(461, 527), (300, 200)]),
        ('<points coords="1 1 461 527;2 2 300 200">', 2, [(461, 527), (300, 200)]),
        ('{"x": 0.5, "y": 0.25}', 2, [(0.5, 0.25)]),
        ('[{"point_2d": [10, 20]}]', 2, [(10, 20)]),
    ],
)
def test_numbers_are_read_as_models_write_them(
    text: str, count: int, numbers: list[tuple[float, ...]]
) -> None:
    assert numbers_in(text, count) == numbers


@pytest.mark.parametrize(
    ("locations", "boxes"),
    [
        ([None, 1, 2, 3, 4, None], [[1, 2, 3, 4]]),
        ([1, 2, 3, 4, 5, 6, 7, 8], [[1, 2, 3, 4], [5, 6, 7, 8]]),
        ([None, 1, 2, 3, None, 4, 5, 6, 7], [[4, 5, 6, 7]]),
        ([1, 2, 3, 4, 5, 6], []),
        ([], []),
    ],
)
def test_location_tokens_come_in_fours(locations: list[int | None], boxes: list[list[int]]) -> None:
    found, scores = boxes_in(locations, [0.5] * len(locations))
    assert found == boxes and scores == [0.5] * len(boxes)


WRITERS: dict[str, Callable[[Sequence[float]], str]] = {
    "yxyx_1000": lambda n: json.dumps([{"box_2d": [round(v) for v in n], "label": "it"}]),
    "yxyx_1024_loc": lambda n: "".join(f"<loc{round(v):04d}>" for v in n) + " it",
    "yxyx_px_text": lambda n: "<box>" + ", ".join(str(round(v)) for v in n) + "</box>",
    "point_percent": lambda n: f'<point x="{n[0]:.1f}" y="{n[1]:.1f}" alt="it">it</point>',
    "point_1000": lambda n: f'<points coords="1 1 {n[0]:03.0f} {n[1]:03.0f}">it</points>',
    "xyxy_unit": lambda n: str([round(v, 3) for v in n]),
    "xyxy_unit_letterboxed": lambda n: str([round(v, 3) for v in n]),
}


def oracle(which: str, input_wh: tuple[int, int] | None = None) -> Callable[..., list[str]]:
    """A model that sees red and blue, and writes where, in that convention."""

    def ask(asked: Sequence[tuple[PIL.Image.Image, str]]) -> list[str]:
        return [reply(picture, 0 if "red" in prompt else 2) for picture, prompt in asked]

    def reply(picture: PIL.Image.Image, channel: int) -> str:
        pixels = np.asarray(picture, int)
        rows, columns = np.nonzero((pixels[..., channel] > 200) & (pixels[..., 2 - channel] < 90))
        if not len(rows):
            return "[]"
        box = Box.from_xyxy(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        numbers = from_box(box, which, Box(0, 0, *picture.size), input_wh or picture.size)
        return WRITERS.get(which, lambda n: json.dumps([{"bbox_2d": [round(v) for v in n]}]))(numbers)

    return ask


SPOKEN = ["xyxy_1000", "xyxy_px_resized", "xyxy_unit", "xyxy_unit_letterboxed", "xyxy_100", *WRITERS]


@pytest.mark.parametrize("which", dict.fromkeys(SPOKEN))
def test_a_model_that_points_is_read_in_its_convention(which: str) -> None:
    pointing = Pointing(oracle(which), name="p", convention=which, input_side=160)
    patch = SCREEN.patch(Box(200, 10, 100, 60))
    red, blue = pointing.locate([patch], ["red square", "blue disc"])[0]
    assert len(red.boxes) == 1 and len(blue.boxes) == 0 and red.cue is None
    x0, y0, x1, y1 = red.boxes[0].tolist()
    if CONVENTIONS[which].order == "point":
        assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((60, 20), abs=4)  # cut at the patch's edge
    else:
        assert (x0, y0, x1, y1) == pytest.approx((50, 10, 70, 30), abs=1.1)


@pytest.mark.parametrize("which", ["xyxy_1000", "xyxy_px_resized", "xyxy_unit", "yxyx_1000", "xyxy_100"])
def test_an_unknown_convention_is_found_out(which: str) -> None:
    tried = probe(oracle(which))
    assert tried.convention == which and tried.iou > 0.9
    assert Pointing(oracle(which), name="p").convention.id == which


def test_pixels_of_the_models_own_input_are_known_by_its_size() -> None:
    pointing = Pointing(oracle("xyxy_px_resized", (280, 140)), name="p", input_wh=lambda picture: (280, 140))
    seen = pointing.locate([SCREEN.patch()], ["red square"])[0][0]
    assert pointing.convention.id == "xyxy_px_resized"
    assert seen.boxes[0].tolist() == pytest.approx(RED.xyxy, abs=2)


@pytest.mark.parametrize(
    "reply", ["I see a red rectangle.", "[0, 0, 1000, 1000]", "[3, 4, 5, 6]", "[1, 2, 3]"]
)
def test_a_model_that_cannot_point_is_refused(reply: str) -> None:
    with pytest.raises(
        AgentError, match=r"^p cannot point: .* overlap \d+%, and 50% is needed; it said .*VQA agent"
    ):
        Pointing(lambda asked: [reply] * len(asked), name="p")


def test_how_sure_a_model_is_comes_before_where() -> None:
    prompts: list[str] = []

    def ask(asked: Sequence[tuple[PIL.Image.Image, str]]) -> list[str]:
        prompts.extend(prompt for _, prompt in asked)
        return oracle("xyxy_1000")(asked)

    pointing = Pointing(
        ask, name="p", check=False, sure=lambda asked: [0.8 if "red" in q else 0.01 for _, q in asked]
    )
    red, blue = pointing.locate([SCREEN.patch()], ['red "square"', "blue disc"])[0]
    assert red.scores.tolist() == pytest.approx([0.8]) and len(blue.scores) == 0
    assert len(prompts) == 1 and "red square" in prompts[0]


# --- detectors of transformers ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("detectors")
    return {
        name: load_localizer(f"hf:{tiny_localizers.build(name, root / name)}", thresholds=(0.01, 0.5))
        for name in tiny_localizers.FAMILIES
    }


def processed(agent: Any, picture: PIL.Image.Image, text: str) -> dict[str, Any]:
    """What transformers' own post-processing makes of a picture and a phrase."""
    processor, kind, sizes = agent.processor, agent.family.model_type, [picture.size[::-1]]
    with torch.inference_mode():
        if kind == "sam3":
            out = agent.model(**processor(images=picture, text=text, return_tensors="pt"))
            return processor.post_process_object_detection(out, threshold=0.01, target_sizes=sizes)[0]
        if kind == "omdet-turbo":
            out = agent.model(
                **processor(images=picture, text=[[text]], task=[f"Detect {text}."], return_tensors="pt")
            )
            return processor.post_process_grounded_object_detection(out, threshold=0.01, target_sizes=sizes)[
                0
            ]
        words = text + "." if "dino" in kind else [[text]]
        made = processor(images=picture, text=words, return_tensors="pt")
        more = {"input_ids": made["input_ids"]} if "dino" in kind else {}
        out = agent.model(**made)
        return processor.post_process_grounded_object_detection(
            out, threshold=0.01, target_sizes=sizes, **more
        )[0]


@pytest.mark.parametrize("name", tiny_localizers.FAMILIES)
def test_boxes_and_scores_are_those_of_transformers(name: str, detectors: dict[str, Any]) -> None:
    agent = detectors[name]
    seen = agent.locate([SCREEN.patch()], ["red square"])[0][0]
    picture = SCREEN.patch().read(agent._read_side)
    theirs = processed(agent, picture, "red square")
    scale = 320 / picture.width
    boxes = theirs["boxes"].numpy().clip(0, [*picture.size] * 2) * scale
    assert len(seen.boxes)
    for box, score in zip(seen.boxes, seen.scores, strict=True):
        nearest = np.abs(boxes - box).max(axis=1) + 100 * np.abs(theirs["scores"].numpy() - score)
        assert nearest.min() < 0.05


# --- closed sets ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    root = tmp_path_factory.mktemp("closed")
    return {
        name: load_localizer(f"hf:{tiny_localizers.build(name, root / name)}", thresholds=(0.01, 0.5))
        for name in tiny_localizers.CLOSED
    }


@pytest.mark.parametrize("name", tiny_localizers.CLOSED)
def test_closed_sets_say_what_transformers_says(name: str, closed: dict[str, Any]) -> None:
    """Their own post-processing: a softmax with "nothing" for DETR and YOLOS, a sigmoid a label for the others."""
    agent = closed[name]
    rows = agent.locate([SCREEN.patch()], tiny_localizers.CLASSES)[0]
    picture = SCREEN.patch().read(agent._read_side)
    with torch.inference_mode():
        out = agent.model(**agent.processor(picture, return_tensors="pt"))
    softmax = out.logits.shape[-1] == 4
    assert softmax == (name in ("detr", "yolos", "table_transformer"))
    oracle = transformers.DetrImageProcessor() if softmax else transformers.RTDetrImageProcessor()
    (theirs,) = oracle.post_process_object_detection(out, threshold=0.01, target_sizes=[(200, 320)])
    assert len(theirs["labels"])
    for label, score, xyxy in zip(theirs["labels"], theirs["scores"], theirs["boxes"], strict=True):
        seen = rows[int(label)]
        box = Box.from_xyxy(*xyxy.clamp(0).tolist()).clipped(Box(0, 0, 320, 200))
        if not box.area:
            continue  # random weights: a box of no height is no find
        same = [
            Box.from_xyxy(*b).iou(box) for b in seen.boxes.tolist()
        ]  # doubles are dropped: the best stays
        assert any(s >= score - 1e-4 and o >= 0.49 for s, o in zip(seen.scores, same, strict=True))
    best = int(theirs["scores"].argmax())
    seen = rows[int(theirs["labels"][best])]
    assert seen.scores[0] == pytest.approx(float(theirs["scores"][best]), abs=1e-4)
    there = theirs["boxes"][best].numpy().clip(0, [320, 200, 320, 200])
    assert seen.boxes[0] == pytest.approx(there, abs=0.1)


def test_a_closed_set_refuses_what_it_has_no_label_for(closed: dict[str, Any]) -> None:
    agent = closed["rt_detr"]
    assert agent.unknown("the red squares") == agent.unknown("automobile") == ""
    why = r"no class for 'trash icon'; the nearest of its 3: "
    assert re.search(why, agent.unknown("trash icon"))
    with pytest.raises(UnknownPhraseError, match=why):
        agent.locate([SCREEN.patch()], ["car", "trash icon"])
    (car,), (automobile,) = (agent.locate([SCREEN.patch()], [phrase])[0] for phrase in ("car", "automobile"))
    assert np.array_equal(car.boxes, automobile.boxes) and np.array_equal(car.scores, automobile.scores)


def test_thresholds_and_size_are_options(tmp_path: Path) -> None:
    folder = tiny_localizers.build("grounding_dino", tmp_path)
    agent = load_localizer(f"hf:{folder}", max_side=64, thresholds=(0.2, 0.7), max_batch=2)
    can = agent.capabilities
    assert (can.input_side, can.confidence_low, can.confidence_high, can.max_batch) == (64, 0.2, 0.7, 2)
    inputs = agent.inputs(images=SCREEN.patch().read(400), text="red.")  # type: ignore[attr-defined]
    assert inputs["pixel_values"].shape[-2:] == (62, 100)  # never longer than 64 / 128 of 200


@pytest.mark.parametrize(
    ("config", "error", "match"),
    [
        ({"model_type": "pp_ocrv5_server_det"}, SettingError, "does not read it: take ocr:rapidocr"),
        ({"model_type": "bert"}, SettingError, "no model of images and text"),
        ({"model_type": "no-such"}, SettingError, "does not know"),
        (None, UnknownAgentError, "no config.json"),
    ],
)
def test_what_is_no_localizer_is_refused(
    config: Any, error: type[Exception], match: str, tmp_path: Path
) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(error, match=match):
        load_localizer(f"hf:{tmp_path}")


# --- ultralytics ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def yolo(tiny_yolo: Path) -> Any:
    weights = to_safetensors(tiny_yolo, tiny_yolo.with_suffix(".safetensors"))
    return load_localizer(f"ultralytics:{weights}", input_side=320)


@pytest.mark.parametrize(("phrase", "truth"), [("red squares", RED), ("the blue disc", BLUE)])
def test_a_trained_yolo_finds_things_where_they_are(yolo: Any, phrase: str, truth: Box) -> None:
    patch = SCREEN.patch(Box(5, 5, 300, 180))
    seen = yolo.locate([patch], [phrase])[0][0]
    assert seen.scores[0] > yolo.capabilities.confidence_low
    assert patch.to_image(seen.boxes[:1])[0].iou(truth) > 0.7
    rows, columns = seen.cue.shape
    row, column = np.unravel_index(seen.cue.argmax(), seen.cue.shape)
    x, y = 5 + (column + 0.5) * 300 / columns, 5 + (row + 0.5) * 180 / rows
    assert truth.expanded(pixels=8).contains(Box(x, y, 0, 0)) and seen.cue.max() > 0 > np.median(seen.cue)


def test_a_yolo_knows_its_classes_alone(yolo: Any) -> None:
    assert yolo.unknown("red square") == ""
    with pytest.raises(
        UnknownPhraseError, match=r"no class for 'green square'; the nearest of its 2: red square"
    ):
        yolo.locate([SCREEN.patch()], ["red square", "green square"])


def test_pickle_and_safetensors_say_the_same(yolo: Any, tiny_yolo: Path) -> None:
    trusted = load_localizer(f"ultralytics:{tiny_yolo}", trust_pickle=True, input_side=320)
    a, b = (agent.locate([SCREEN.patch()], ["red square"])[0][0] for agent in (yolo, trusted))
    assert np.array_equal(a.boxes, b.boxes) and np.array_equal(a.cue, b.cue)


def test_a_pickle_is_not_opened_unless_trusted(tiny_yolo: Path, tmp_path: Path) -> None:
    with pytest.raises(
        SettingError, match=r"tiny.pt is a pickle, which can run any code .* trust_pickle=True"
    ):
        load_localizer(f"ultralytics:{tiny_yolo}")
    world = tmp_path / "world.pt"
    torch.save({"model": torch.nn.Identity()}, world)
    with pytest.raises(SettingError, match="a model of the class Identity cannot be rewritten"):
        to_safetensors(world, tmp_path / "world.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"{}")
    for name, options, error, match in (
        (tmp_path / "none.pt", {}, UnknownAgentError, "There is no file"),
        (broken, {}, AgentError, "cannot be read as weights"),
        (
            tiny_yolo,
            {"trust_pickle": True, "size": 3},
            SettingError,
            "options that it takes: trust_pickle, device",
        ),
        (Path(__file__), {}, SettingError, r"\.safetensors or \.pt are expected, not '\.py'"),
    ):
        with pytest.raises(error, match=match):
            load_localizer(f"ultralytics:{name}", **options)


# --- open_clip --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("ViT-B-32", "needs the tag .* known: openai, "),
        ("ViT-B-33/openai", "no model 'ViT-B-33'.* Nearest: ViT-B-32"),
    ],
)
def test_open_clip_names_its_models_and_tags(name: str, match: str) -> None:
    with pytest.raises(UnknownAgentError, match=match):
        load_localizer(f"open_clip:{name}")


def test_a_folder_without_weights_is_told(tmp_path: Path) -> None:
    folder = tiny_localizers.build_clip(tmp_path / "clip")
    with pytest.raises(SettingError, match="at least 1 cell and one negative prompt"):
        load_localizer(f"open_clip:{folder}", negatives=())
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(AgentError, match=r"cannot be loaded.*open_clip_model\.safetensors"):
        load_localizer(f"open_clip:{folder}")


def test_negative_prompts_and_grid_are_options(tmp_path: Path) -> None:
    folder = tiny_localizers.build_clip(tmp_path / "clip")
    plain = load_localizer(f"open_clip:{folder}")
    finer = load_localizer(f"open_clip:{folder}", cells=8, negatives=["red square"])
    assert plain.locate([SCREEN.patch()], ["x"])[0][0].cue.shape == (2, 4)
    seen = finer.locate([SCREEN.patch(Box(0, 0, 50, 200))], ["red square", "x"])[0]
    assert (
        seen[0].cue.shape == (8, 2)
        and np.allclose(seen[0].cue, 0, atol=1e-4)
        and not np.allclose(seen[1].cue, 0, atol=1e-2)
    )
    assert finer.capabilities.input_side > plain.capabilities.input_side


def test_ultralytics_does_not_change_how_images_are_opened(tiny_yolo: Path) -> None:
    load_localizer(f"ultralytics:{tiny_yolo}", trust_pickle=True)
    assert PIL.Image.open.__module__ == "PIL.Image"
