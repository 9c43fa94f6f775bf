"""Small sets in the layouts of the public benchmarks, drawn here: names of fields as published, content of our own."""

from __future__ import annotations

import base64
import csv
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import PIL.Image

Row = Mapping[str, Any]


def png(size: tuple[int, int] = (320, 240), color: str = "white") -> bytes:
    file = BytesIO()
    PIL.Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def picture(path: Path, size: tuple[int, int] = (320, 240)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png(size))
    return path


def base64_png(size: tuple[int, int] = (320, 240)) -> str:
    return base64.b64encode(png(size)).decode()


def tsv(path: Path, rows: Sequence[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return path


def jsonl(path: Path, rows: Sequence[Row]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def as_json(path: Path, held: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(held), "utf-8")
    return path


SHIFTS = ("ABCD", "BCDA", "CDAB", "DABC")


def hrbench_rows() -> list[dict[str, Any]]:
    """Two questions, four shifts each; the later rows of a picture name the row that holds it."""
    rows = []
    for n, (kind, texts) in enumerate(
        [("single", ["27B", "37B", "27D", "27E"]), ("cross", ["left", "behind", "front", "right"])]
    ):
        for shift in range(4):
            options = texts[shift:] + texts[:shift]
            rows.append(
                {
                    "index": 4 * n + shift,
                    "image": base64_png() if shift == 0 else str(4 * n),
                    "question": f'Which is "number" {n}?\tSay.',
                    **dict(zip("ABCD", options, strict=True)),
                    "answer": "ABCD"[options.index(texts[0])],
                    "category": kind,
                    "cycle_category": f"cycle_{shift}",
                }
            )
    return rows


MME_OPTIONS = ["(A) red", "(B) blue", "(C) green", "(D) black", "(E) This image doesn't feature the color."]


def mme_rows() -> list[dict[str, Any]]:
    common = {"question": "What color is the car?", "category": "Monitoring", "l2-category": "color"}
    return [
        {
            "index": i,
            "image": base64_png(),
            **common,
            "multi-choice options": str(MME_OPTIONS),
            "answer": answer,
        }
        for i, answer in enumerate("BE")
    ]


TREE = {
    "question_id": 0,
    "image": "image_000000.png",
    "question": "Which way is the sign?",
    "options": "A. To the left \nB. To the right\nC. Front right\nD. Front left",
    "answer": "C",
    "category": "Reasoning/Perspective Transform",
    "target_instances": "[[86.0, 50.0, 186.0, 150.0], [200.0, 10.0, 220.0, 30.0]]",
}


def vstar_folder(root: Path) -> Path:
    for kind, name in (("direct_attributes", "sa_1"), ("relative_position", "sa_2")):
        picture(root / kind / f"{name}.jpg")
        case = {"target_object": ["glove"], "bbox": [[10, 20, 30, 40]], "question": f"Of {name}?"}
        as_json(root / kind / f"{name}.json", {**case, "options": ["rubber", "cotton", "kevlar", "leather"]})
    return root


VSTAR = {
    "question_id": "0",
    "image": base64_png(),
    "text": "What is the glove made of?\n(A) rubber\n(B) cotton\n(C) kevlar\n(D) leather\n"
    "Answer with the option's letter from the given choices directly.",
    "label": "B",
    "category": "direct_attributes",
}


def screenspot(root: Path, suffix: str = "", folder: str = "screenspot_imgs") -> Path:
    """A text and an icon on a desktop, an icon on the web; boxes are x, y, width, height."""
    desktop = [
        {"img_filename": "pc.png", "bbox": [100, 50, 40, 20], "instruction": "save", "data_type": "text"},
        {"img_filename": "pc.png", "bbox": [10, 10, 16, 16], "instruction": "bin", "data_type": "icon"},
    ]
    web = [{"img_filename": "web.png", "bbox": [5, 5, 10, 10], "instruction": "cart", "data_type": "icon"}]
    for name, rows in (("desktop", desktop), ("web", web)):
        as_json(root / f"screenspot_{name}{suffix}.json", [{**r, "data_source": "windows"} for r in rows])
    for name in ("pc.png", "web.png"):
        picture(root / folder / name)
    return root


def screenspot_pro(root: Path) -> Path:
    common = {"img_size": [320, 240], "platform": "windows", "application": "inventor", "group": "CAD"}
    rows = [
        {
            **common,
            "bbox": [100, 50, 140, 70],
            "ui_type": "text",
            "instruction": "save",
            "gt_type": "positive",
        },
        {**common, "bbox": [10, 10, 26, 26], "ui_type": "icon", "instruction": "bin", "gt_type": "positive"},
    ]
    as_json(
        root / "annotations" / "inventor_windows.json",
        [{"img_filename": "inventor_windows/shot.png", **row} for row in rows],
    )
    picture(root / "images" / "inventor_windows" / "shot.png")
    return root


def osworld(root: Path) -> Path:
    common = {"image": "shot.png", "image_size": [320, 240]}
    rows = [
        {**common, "instruction": "save", "box_type": "bbox", "box_coordinates": [100, 50, 40, 20]},
        {
            **common,
            "instruction": "the area",
            "box_type": "polygon",
            "box_coordinates": [0, 0, 100, 0, 0, 100],
        },
        {
            **common,
            "instruction": "launch rocket",
            "box_type": "refusal",
            "box_coordinates": [-1, -1, -1, -1],
        },
    ]
    as_json(root / "OSWorld-G.json", rows)
    picture(root / "images" / "shot.png")
    return root


def docvqa(root: Path) -> Path:
    rows = [
        {
            "questionId": 337,
            "question": "What is the date?",
            "question_types": ["handwritten", "form"],
            "image": "documents/page_1.png",
            "answers": ["1/8/93", "January 8"],
        },
        {
            "questionId": 338,
            "question": "Who?",
            "question_types": [],
            "image": "documents/page_1.png",
            "answers": ["Ada"],
        },
    ]
    as_json(root / "val_v1.0.json", {"dataset_name": "drawn", "data": rows})
    picture(root / "documents" / "page_1.png")
    return root


def sroie(root: Path) -> Path:
    fields = {"company": "BOOK SDN BHD", "date": "25/12/2018", "address": "NO 5, JALAN 1", "total": "9.00"}
    as_json(root / "entities" / "X001.txt", fields)
    as_json(root / "entities" / "X002.txt", {"company": "ACME", "total": ""})
    for name in ("X001", "X002"):
        picture(root / "img" / f"{name}.jpg")
    return root


COCO_PERSON, COCO_CAR = (10.0, 10.0, 20.0, 20.0), (100.0, 100.0, 120.0, 120.0)


def coco(root: Path) -> Path:
    """A small person and a large car in the first picture, a medium person in the second; dogs are nowhere."""
    images = [{"id": i, "file_name": f"{i:012d}.jpg", "width": 320, "height": 240} for i in (1, 2)]
    boxes = [(1, 1, COCO_PERSON), (1, 3, COCO_CAR), (2, 1, (50.0, 50.0, 50.0, 50.0))]
    annotations = [
        {
            "id": i,
            "image_id": image,
            "category_id": category,
            "bbox": list(box),
            "area": box[2] * box[3],
            "iscrowd": 0,
            "segmentation": [],
        }
        for i, (image, category, box) in enumerate(boxes, 1)
    ]
    names = {1: "person", 3: "car", 18: "dog"}
    categories = [{"id": i, "name": name, "supercategory": "thing"} for i, name in names.items()]
    held = {
        "info": {},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }
    as_json(root / "annotations" / "instances_val2017.json", held)
    for image in images:
        picture(root / "val2017" / str(image["file_name"]))
    return root
