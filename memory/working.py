"""The visual working memory (VWM): all that the VQA agent answers from.

The four blocks of V* (arXiv 2312.14135, section 3): question, global image, searched targets (crops) and
target locations. Beside them: what was not found and how thoroughly it was looked for, and measured facts
(`seal.memory.facts`). A memory is a value: frozen, complete, the same after a JSON round trip.
"""

from __future__ import annotations

import base64
import hashlib
import io
import math
from typing import Annotated, Any, Literal

import PIL.Image
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from .geometry import Box

__all__ = [
    "AbsentTarget",
    "Crop",
    "Fact",
    "FoundTarget",
    "GlobalImage",
    "Picture",
    "TextLine",
    "VisualWorkingMemory",
    "decode_png",
    "encode_png",
]


def encode_png(image: PIL.Image.Image) -> bytes:
    """The image as PNG bytes, RGB, lossless."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def decode_png(data: bytes) -> PIL.Image.Image:
    """PNG bytes as an RGB image."""
    with PIL.Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB")


def _to_bytes(value: object) -> object:
    if isinstance(value, PIL.Image.Image):
        return encode_png(value)
    return base64.b64decode(value) if isinstance(value, str) else value


Picture = Annotated[
    bytes,
    BeforeValidator(_to_bytes),
    PlainSerializer(lambda data: base64.b64encode(data).decode(), return_type=str, when_used="json"),
]
"""PNG bytes; a PIL image is encoded on the way in, base64 text in JSON."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TextLine(_Value):
    """A line of text that was read. confidence in [0, 1]; box in the full image of its 1-based page."""

    text: str
    box: Box
    confidence: float = 1.0
    page: int = 1


class GlobalImage(_Value):
    """The whole page, scaled down for the agents. size_wh: pixels of the full image; `png` is smaller."""

    size_wh: tuple[int, int]
    png: Picture
    page: int = 1
    digest: str = ""

    def pil(self) -> PIL.Image.Image:
        """The scaled-down copy."""
        return decode_png(self.png)


class Crop(_Value):
    """The pixels around a found target. box: what the crop shows, in the full image; not the target's box."""

    id: str
    box: Box
    png: Picture
    page: int = 1

    def pil(self) -> PIL.Image.Image:
        """The crop, RGB."""
        return decode_png(self.png)


class FoundTarget(_Value):
    """One located instance of a target. score in [0, 1]; text: what was read inside its box, if anything.

    sources: names of the localizers that saw it, where several took part.
    """

    phrase: str
    box: Box
    score: float
    crop: str
    page: int = 1
    text: str = ""
    sources: tuple[str, ...] = ()


class AbsentTarget(_Value):
    """A target that was looked for and not found.

    seen: share of the document, in [0, 1], that was looked at finely enough for the localizer to find it.
    looks: how many. complete: everything was looked at, or what was not holds it with next to no probability.
    best_score: score of the best candidate that was refused. text_only: nothing but text was looked
    for, so that a thing without text may well be there.
    probability: that it is nowhere, in [0, 1]; detection: share of such targets that the localizer finds in the
    finest views, where the smallest that was looked for has `apparent_px` pixels of its input. None where the search
    keeps no posterior.
    """

    phrase: str
    seen: float
    looks: int
    complete: bool
    best_score: float = 0.0
    text_only: bool = False
    probability: float | None = None
    detection: float | None = None
    apparent_px: float | None = None

    @property
    def sentence(self) -> str:
        """How thoroughly it was looked for, in words."""
        end = (
            f"the {'budget' if self.probability is None else 'search'} ended before everything was looked at"
            if not self.complete
            else "everything was looked at"
            if self.probability is None or self.seen > 0.99
            else "the rest holds it with next to no probability"
        )
        if self.probability is not None and self.detection is not None:
            end += (
                f"; absent with {self.probability:.0%}, {self.detection:.0%} of such things are found there"
            )
        best = f"; best candidate scored {self.best_score:.2f}" if self.best_score > 0 else ""
        seen = math.floor(self.seen * 100)  # never "100 %" of what was not seen wholly
        looks = f"{self.looks} look{'' if self.looks == 1 else 's'}"
        return f"not found; {seen} % looked at finely enough in {looks}, {end}{best}"


class Fact(_Value):
    """Something measured in code, with the crops that show it. `text` is a sentence; `value` its data.

    kinds and values:
    - relation: {"a", "b": phrases, "horizontal", "vertical", "gap_x", "gap_y"}
    - distance: {"a", "b", "pixels"}
    - count: {"phrase", "count", "complete"}
    - text: {"phrase", "text", "box", "confidence", "side", "gap"}: a line in ("inside"), "right", "left",
      "above", "below" or "near" a target; gap in pixels
    - color: {"phrase", "colors": [{"name", "hex", "share"}]}; of a target without text also its "box", "around",
      the colour of its ground, and "ink", the colour that it is drawn in
    - outline: {"phrase", "title", "page"}: an entry of a document's bookmarks that says the phrase, and the page that
      it leads to: a hint of where to look, no place
    - table: {"page", "box", "caption", "heads": rows of headers, "rows": texts by row and column, "x": [left, right] of
      each column, "y": [top, bottom] of each row, "of": [rows, columns] of all, "sorted_by": a column or None}
    - pairs: {"page", "pairs": [{"key", "value", "box"}]}: names with their values outside tables
    - fields: {"page", "fields": [{"label", "party", "kind", "state", "text", "box"}]}: what a form has to be signed or
      filled in, with its state in words
    """

    kind: Literal["relation", "distance", "count", "text", "color", "outline", "table", "pairs", "fields"]
    text: str
    value: dict[str, Any]
    evidence: tuple[str, ...] = ()


class VisualWorkingMemory(_Value):
    """Question, global image, found targets with crops and coordinates, absent targets, facts.

    Boxes: (x, y, width, height) in pixels of the full image after EXIF orientation; in a document, of the
    page named beside them (1-based).
    """

    question: str
    options: tuple[str, ...] | None = None
    image: GlobalImage
    pages: int = 1
    targets: tuple[FoundTarget, ...] = ()
    absent: tuple[AbsentTarget, ...] = ()
    crops: tuple[Crop, ...] = ()
    facts: tuple[Fact, ...] = ()
    lines: tuple[TextLine, ...] = Field(
        default=(), description="Text read around the targets, reading order."
    )

    def but(self, **changes: object) -> VisualWorkingMemory:
        """A copy with some values changed, checked again: `memory.but(options=("left", "right"))`."""
        return type(self).model_validate({**dict(self), **changes})

    def crop(self, crop_id: str) -> Crop:
        """The crop of that id. Raises KeyError when there is none."""
        for crop in self.crops:
            if crop.id == crop_id:
                return crop
        raise KeyError(f"The memory holds no crop {crop_id!r}.")

    def found(self, phrase: str) -> tuple[FoundTarget, ...]:
        """All found instances of a target, best first."""
        return tuple(t for t in self.targets if t.phrase == phrase)

    def summary(self) -> str:
        """What was found and what was not, for people: a line a target; no pictures, no facts."""
        w, h = self.image.size_wh
        lines = [
            f"{self.question}",
            f"Image of {w}x{h} px" + (f", {self.pages} pages" if self.pages > 1 else ""),
        ]
        for t in self.targets:
            x, y, width, height = (round(v) for v in t.box.xywh)
            page = f", page {t.page}" if self.pages > 1 else ""
            read = f", reads {t.text!r}" if t.text else ""
            lines.append(
                f"+ {t.phrase}: {width}x{height} px at ({x}, {y}){page}, score {t.score:.2f}, {t.crop}{read}"
            )
        lines += [f"- {a.phrase}: {a.sentence}" for a in self.absent]
        return "\n".join(lines)

    @property
    def digest(self) -> str:
        """SHA-256 of the whole memory; names it in recordings.

        Where the image's own digest is known, the boxes say what the pictures show: their PNG bytes, which
        differ between builds of the encoder, do not count. Nor does it count who saw a target, nor tables and pairs,
        which follow from the lines.
        """
        beside: dict[str, Any] = {"targets": {"__all__": {"sources"}}}
        pictures: dict[str, Any] = {"image": {"png"}, "crops": {"__all__": {"png"}}}
        left_out = beside | pictures if self.image.digest else beside
        if follows := {i for i, f in enumerate(self.facts) if f.kind in ("table", "pairs")}:
            left_out = left_out | {"facts": follows}
        return hashlib.sha256(self.model_dump_json(exclude=left_out).encode()).hexdigest()
