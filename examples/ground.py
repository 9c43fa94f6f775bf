"""Turn the written questions into V*Bench JSON: look up each text, measure its box, check the answer."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageDraw
from render import Word, render_page
from spec import Find, Question, Spot

Box = tuple[int, int, int, int]

DPI = 300
INK = 48  # least summed channel difference from the background that counts as ink


class Pages:
    """Images and words of the examples, read when asked for."""

    def __init__(self, folder: Path, words: Path) -> None:
        """Read images from ``folder`` (the examples) and word boxes from ``words`` (made by make.py)."""
        self.folder = folder
        self.word_folder = words
        self._images: dict[tuple[str, int], Image.Image] = {}
        self._words: dict[str, dict[str, list[Word]]] = {}

    def words(self, name: str, page: int) -> list[Word]:
        """Words of a page of an image or document."""
        if name not in self._words:
            text = (self.word_folder / f"{Path(name).stem}.json").read_text(encoding="utf-8")
            self._words[name] = {key: [Word(*row) for row in rows] for key, rows in json.loads(text).items()}
        return self._words[name][str(page)]

    def image(self, name: str, page: int) -> Image.Image:
        """The image, or the rendered page of the document."""
        if (name, page) not in self._images:
            path = self.folder / name
            if path.suffix == ".pdf":
                pdf = pdfium.PdfDocument(path)
                self._images[name, page] = render_page(pdf, page, DPI).convert("RGB")
                pdf.close()
            else:
                self._images[name, page] = Image.open(path).convert("RGB")
        return self._images[name, page]

    def text(self, name: str) -> str:
        """All text of an image or document, words joined by blanks."""
        self.words(name, 1)
        return " ".join(word.text for words in self._words[name].values() for word in words)


def find(pages: Pages, name: str, wanted: Find | Spot) -> Box:
    """Box [x, y, width, height] of a text, tight around its ink; of a spot, as it is written down."""
    if isinstance(wanted, Spot):
        return wanted.xywh
    words = pages.words(name, wanted.page)
    parts = wanted.text.split()
    starts = [
        start
        for start in range(len(words) - len(parts) + 1)
        if [word.text for word in words[start : start + len(parts)]] == parts
    ]
    if len(starts) != wanted.of:
        raise ValueError(
            f"{name} p.{wanted.page}: {wanted.text!r} occurs {len(starts)} times, not {wanted.of}"
        )
    found = words[starts[wanted.nth - 1] :][: len(parts)]
    left, top = min(word.x for word in found), min(word.y for word in found)
    right = max(word.x + word.width for word in found)
    bottom = max(word.y + word.height for word in found)
    if bottom - top > 1.8 * max(word.height for word in found):
        raise ValueError(f"{name} p.{wanted.page}: {wanted.text!r} runs over several lines")
    return tighten(pages.image(name, wanted.page), left, top, right, bottom)


def tighten(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Box:
    """Shrink a box to the pixels that differ from its most frequent colour."""
    x, y = max(0, int(left) - 1), max(0, int(top) - 1)
    crop = np.asarray(image.crop((x, y, int(right) + 2, int(bottom) + 2))).astype(np.int32)
    colours, counts = np.unique(crop.reshape(-1, 3), axis=0, return_counts=True)
    ink = np.abs(crop - colours[counts.argmax()]).sum(axis=2) >= INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        raise ValueError(f"no ink in {(left, top, right, bottom)}")
    return (
        x + int(columns[0]),
        y + int(rows[0]),
        int(columns[-1] - columns[0]) + 1,
        int(rows[-1] - rows[0]) + 1,
    )


def relation(first: Box, second: Box) -> str:
    """Where the first box is, seen from the second: left, right, above or below."""
    across = (first[0] + first[2] / 2) - (second[0] + second[2] / 2)
    down = (first[1] + first[3] / 2) - (second[1] + second[3] / 2)
    if abs(across) > abs(down):
        return "left" if across < 0 else "right"
    return "above" if down < 0 else "below"


def check(pages: Pages, question: Question, boxes: list[Box]) -> None:
    """Fail where the right option is not what the page shows."""
    right, label = question.options[0], f"{question.kind}/{question.name}"
    if len(set(question.options)) != len(question.options):
        raise ValueError(f"{label}: the options repeat")
    if question.answer is not None:
        find(pages, question.image, question.answer)
        if question.answer.text != right:
            raise ValueError(f"{label}: the page shows {question.answer.text!r}, not {right!r}")
    if question.kind == "count" and right != str(len(boxes)):
        raise ValueError(f"{label}: {len(boxes)} found, not {right}")
    if question.kind == "relative_position" and relation(*boxes) not in (question.relation or right):
        raise ValueError(f"{label}: {relation(*boxes)}, not {question.relation or right}")
    if question.kind == "presence" and (right == "yes") != bool(boxes):
        raise ValueError(f"{label}: yes needs a target, no must have none")
    if question.absent and question.absent.casefold() in pages.text(question.image).casefold():
        raise ValueError(f"{label}: {question.absent!r} is on the page")


def record(question: Question, boxes: list[Box], below: Path, folder: Path) -> dict[str, object]:
    """The JSON record of a question; ``image`` is relative to the folder of the JSON file."""
    depth = len(below.relative_to(folder).parts)
    phrases = [
        target.what
        if isinstance(target, Spot) or target.what == "page number"
        else f"{target.what} {target.text}"
        for target in question.targets
    ]
    entry: dict[str, object] = {
        "target_object": phrases,
        "bbox": [list(box) for box in boxes],
        "question": question.question,
        "options": list(question.options),
        "image": "../" * depth + question.image,
    }
    if question.image.endswith(".pdf"):
        entry["pages"] = [target.page for target in question.targets]
        entry["dpi"] = DPI
    return entry


def write_questions(
    pages: Pages, name: str, questions: tuple[Question, ...], sheets: Path | None = None
) -> None:
    """Write a set of questions to the examples' folder ``name``; draw contact sheets where asked to."""
    folder = pages.folder
    drawn: list[Image.Image] = []
    for question in questions:
        boxes = [find(pages, question.image, target) for target in question.targets]
        check(pages, question, boxes)
        below = folder / name / question.kind
        below.mkdir(parents=True, exist_ok=True)
        entry = record(question, boxes, below, folder)
        lines = [f'  "{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in entry.items()]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        (below / f"{question.name}.json").write_text(text, encoding="utf-8")
        if sheets is not None:
            drawn += [draw(pages, question, index, box) for index, box in enumerate(boxes)]
    for kind, number in Counter(question.kind for question in questions).items():
        print(f"{name}/{kind}: {number}")
    if sheets is not None:
        save_sheets(drawn, sheets, name)


def draw(pages: Pages, question: Question, index: int, box: Box) -> Image.Image:
    """A tile: the surroundings of one box, the box in red, the question below."""
    tile = Image.new("RGB", (640, 300), "white")
    image = pages.image(question.image, question.targets[index].page)
    x, y, width, height = box
    zoom = min(620 / (width + 260), 210 / (height + 70), 4.0)
    wide, high = int(630 / zoom), int(215 / zoom)
    left, top = x + width // 2 - wide // 2, y + height // 2 - high // 2
    crop = image.crop((left, top, left + wide, top + high)).resize((630, 215), Image.Resampling.LANCZOS)
    mark = ImageDraw.Draw(crop)
    corners = [(x - left) * zoom, (y - top) * zoom, (x + width - left) * zoom, (y + height - top) * zoom]
    mark.rectangle(corners, outline="red")
    tile.paste(crop, (5, 5))
    target = question.targets[index]
    label = f"{question.kind}/{question.name} [{index}] {target.what if isinstance(target, Spot) else target.text}"
    lines = [label[:95], *textwrap.wrap(question.question, 95), " | ".join(question.options)[:95]]
    ImageDraw.Draw(tile).text((5, 224), "\n".join(lines), fill="black", font_size=13)
    return tile


def save_sheets(tiles: list[Image.Image], folder: Path, name: str, columns: int = 3, rows: int = 7) -> None:
    """Save tiles as contact sheets of columns x rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, start in enumerate(range(0, len(tiles), columns * rows)):
        sheet = Image.new("RGB", (columns * 650, rows * 310), "grey")
        for index, tile in enumerate(tiles[start : start + columns * rows]):
            sheet.paste(tile, (index % columns * 650 + 5, index // columns * 310 + 5))
        sheet.save(folder / f"{name}-{number}.png")
