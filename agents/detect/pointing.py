"""A vision-language model as a localizer: it is asked for boxes or points, and its words are read.

- How it writes them is a convention of `seal.memory.conventions`. At attach it is shown drawn rectangles whose
  places are known: the convention that fits best is taken, and a model that cannot point is refused.
- Words carry no score. Where the model can be asked how likely "yes" is, the answer to "Is there ... in this
  image?" is the score of all its boxes, and the slow question for boxes is only put where that is not small.
- A point becomes a small square about it; a pointing model says where, not how large.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

from ...memory.conventions import CONVENTIONS, Convention, convention
from ...memory.errors import AgentError, ReplyError
from ...memory.geometry import Box
from ...memory.image import Patch
from ..contracts import Capabilities, Sighting
from ..looker import Looker
from .frame import Calibration, Frame, frame_of, log_odds, sighting

if TYPE_CHECKING:
    from ..hf.model import VLM

__all__ = ["Ask", "LEAST_IOU", "Pointing", "Probe", "Sure", "numbers_in", "of_vlm", "probe"]

Ask = Callable[[Sequence[tuple[PIL.Image.Image, str]]], list[str]]
"""The replies of a model to pairs of a picture and a prompt."""
Sure = Callable[[Sequence[tuple[PIL.Image.Image, str]]], Sequence[float]]
"""How likely the model answers "Yes", in [0, 1], to pairs of a picture and a question."""

CALIBRATION = Calibration(0.5, 0.7)
UNSCORED = 0.6
"""Score of a box where the model cannot be asked how sure it is: found at the end of a search, but never sure."""
LEAST_IOU = 0.5
"""Mean overlap with the drawn rectangles below which a model is refused; a point counts 1 inside, 0 outside."""
MOST_NEW_TOKENS = 512
"""Of a reply: some 20 boxes as JSON."""
POINT_SIDE = 28
"""Side of the square about a point, pixels of the model's input: the patch of most encoders."""

_JSON = (
    'Find every {phrase} in this image. Reply with a JSON list of {{"bbox_2d": [x1, y1, x2, y2], '
    '"label": "{phrase}"}}, one for each; reply [] if there is none.'
)
_PROMPTS = {
    "yxyx_1000": 'Detect every {phrase} in this image. Reply with a JSON list of {{"box_2d": [ymin, xmin, ymax, xmax], '
    '"label": "{phrase}"}}, normalised to 0-1000; reply [] if there is none.',
    "yxyx_1024_loc": "detect {phrase}",
    "xyxy_unit_letterboxed": "Please provide the bounding box coordinates of each region this sentence describes: "
    "{phrase}. Answer none if there is none.",
    "yxyx_px_text": "If there is {phrase} in this image, give its bounding box as <box>top, left, bottom, right</box>.",
    "point_percent": "Point to every {phrase}.",
    "point_1000": "Point to every {phrase}.",
    "point_unit": "Point to every {phrase}.",
}
"""Prompts by convention; the others get JSON."""
_IS_THERE = "Is there {phrase} in this image? Answer Yes or No."

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_FOUR = [
    re.compile(r"<loc_?(\d+)>" * 4),
    re.compile(rf"[\[(]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[\])]"),
    re.compile(rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)\s*,?\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)"),
    re.compile(rf"<box>\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*,\s*{_NUMBER}\s*</box>"),
    re.compile(
        rf'"x_min"\s*:\s*{_NUMBER}\s*,\s*"y_min"\s*:\s*{_NUMBER}\s*,'
        rf'\s*"x_max"\s*:\s*{_NUMBER}\s*,\s*"y_max"\s*:\s*{_NUMBER}'
    ),
]
_TWO = [
    re.compile(rf'\bx\d*\s*=\s*"\s*{_NUMBER}\s*"\s*y\d*\s*=\s*"\s*{_NUMBER}\s*"'),
    re.compile(rf'"x"\s*:\s*{_NUMBER}\s*,\s*"y"\s*:\s*{_NUMBER}'),
    re.compile(rf"[\[(]\s*{_NUMBER}\s*,\s*{_NUMBER}\s*[\])]"),
]
_COORDS = re.compile(r'coords\s*=\s*"([\d\s.,:;]+)"')
_COORD_POINT = re.compile(r"\d+ (\d{1,4}) (\d{1,4})(?!\S)")


def numbers_in(text: str, count: int) -> list[tuple[float, ...]]:
    """Every box (count 4) or point (count 2) that a reply spells, in the numbers of the model.

    Knows JSON lists and fields, tags with coordinates, pairs in brackets, location tokens. Without any: [].

    >>> numbers_in('[{"bbox_2d": [10, 20, 30, 40]}]', 4)
    [(10.0, 20.0, 30.0, 40.0)]
    >>> numbers_in('<points coords="1 1 461 527 2 300 200">cup</points>', 2)
    [(461.0, 527.0), (300.0, 200.0)]
    """
    if count == 2 and (tags := _COORDS.findall(text)):
        frames = [re.sub(r"^\s*\d+ ", "", frame) for tag in tags for frame in re.split(r"[\t:;,]", tag)]
        return [(float(x), float(y)) for frame in frames for x, y in _COORD_POINT.findall(frame)]
    for pattern in _FOUR if count == 4 else _TWO:
        if found := pattern.findall(text):
            return list(dict.fromkeys(tuple(float(number) for number in numbers) for numbers in found))
    return []


@dataclass(frozen=True, slots=True)
class Probe:
    """How a model pointed at the drawn rectangles. iou: mean overlap under the convention that fits best, in
    [0, 1]; convention: its id; replies: what it said."""

    convention: str
    iou: float
    replies: tuple[str, ...]


_CANVAS = (640, 360)
_DRAWN = (("red", (400, 54, 560, 150)), ("blue", (70, 190, 190, 320)))
_TRIED = (
    *("xyxy_1000", "xyxy_px_resized", "xyxy_unit", "yxyx_1000", "xyxy_999_det", "xyxy_100"),
    "xyxy_unit_letterboxed",
)
"""Conventions that replies in JSON are read in, where the family's is not known; of equals the first."""


def probe(
    ask: Ask, which: str | None = None, input_wh: Callable[[PIL.Image.Image], tuple[int, int]] | None = None
) -> Probe:
    """Show the model drawn rectangles, and read its replies in the convention `which`, or in those that it may mean."""
    canvas = PIL.Image.new("RGB", _CANVAS, "white")
    for colour, xyxy in _DRAWN:
        PIL.ImageDraw.Draw(canvas).rectangle((*xyxy[:2], xyxy[2] - 1, xyxy[3] - 1), fill=colour)
    frame = Frame(canvas, _CANVAS, _CANVAS)
    asked = [(canvas, _prompt(which, f"{colour} rectangle")) for colour, _ in _DRAWN]
    replies = tuple(ask(asked))
    size = None if input_wh is None else input_wh(canvas)
    fits = {
        each: float(
            np.mean(
                [_fit(text, each, frame, size, xyxy) for text, (_, xyxy) in zip(replies, _DRAWN, strict=True)]
            )
        )
        for each in ([which] if which else _TRIED)
    }
    best = max(fits, key=lambda each: fits[each])
    return Probe(best, fits[best], replies)


class Pointing(Looker):
    """A vision-language model asked for boxes or points.

    ask: puts prompts to it. convention: how it writes them; None to find out. sure: how likely it says "Yes".
    input_wh: the size in pixels at which the model sees a picture, for conventions that count those.
    input_side: pixels of the longer side at which a patch is seen. shortest, most_extreme: what pictures are padded
    to. check: whether it is probed; a model below `LEAST_IOU` is refused. tokens: how many it has read and written.

    Raises AgentError for a model that cannot point.
    """

    keeps_deadline = True

    def __init__(
        self,
        ask: Ask,
        *,
        name: str,
        convention: str | None = None,
        sure: Sure | None = None,
        input_wh: Callable[[PIL.Image.Image], tuple[int, int]] | None = None,
        input_side: int = 1024,
        shortest: int = 28,
        most_extreme: float = 8.0,
        max_batch: int = 8,
        check: bool = True,
        tokens: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.name = name
        self._tokens = tokens
        self._ask, self._sure, self._input_wh = ask, sure, input_wh
        self._shortest, self._most_extreme = shortest, most_extreme
        if check:
            tried = probe(ask, convention, input_wh)
            if tried.iou < LEAST_IOU:
                raise AgentError(
                    f"{name} cannot point: of rectangles drawn at known places its boxes overlap {tried.iou:.0%}, and "
                    f"{LEAST_IOU:.0%} is needed; it said {tried.replies[0][:120]!r}. Use it as the VQA agent, and "
                    "another localizer."
                )
            convention = tried.convention
        self.convention: Convention = CONVENTIONS[convention or "xyxy_1000"]
        self.capabilities = Capabilities(
            input_side=input_side,
            smallest_px=POINT_SIDE,
            confidence_high=CALIBRATION.high,
            confidence_low=CALIBRATION.low,
            gives_cue=False,
            max_batch=max_batch,
        )

    @property
    def tokens(self) -> int | None:
        """Read and written by the model so far."""
        return self._tokens()

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]. Replies without boxes find nothing."""
        side = self.capabilities.input_side
        frames = [frame_of(patch, side, self._shortest, self._most_extreme) for patch in patches]
        cells = [(i, j) for i in range(len(patches)) for j in range(len(phrases))]
        scores = dict(zip(cells, self._scores([(frames[i], phrases[j]) for i, j in cells]), strict=True))
        asked = [cell for cell in cells if scores[cell] >= CALIBRATION.floor]
        most = self.capabilities.max_batch
        said: dict[tuple[int, int], str] = {}
        for start in range(0, len(asked), most):
            some = asked[start : start + most]
            turns = [(frames[i].picture, _prompt(self.convention.id, _clean(phrases[j]))) for i, j in some]
            said |= dict(zip(some, self._ask(turns), strict=True))
        return [
            [self._sighting(frames[i], said.get((i, j), ""), scores[i, j]) for j in range(len(phrases))]
            for i in range(len(patches))
        ]

    def _scores(self, asked: Sequence[tuple[Frame, str]]) -> list[float]:
        if self._sure is None:
            return [UNSCORED] * len(asked)
        most = self.capabilities.max_batch
        scores: list[float] = []
        for start in range(0, len(asked), most):
            turns = [
                (frame.picture, _IS_THERE.format(phrase=_clean(phrase)))
                for frame, phrase in asked[start : start + most]
            ]
            scores += self._sure(turns)
        return scores

    def _sighting(self, frame: Frame, reply: str, score: float) -> Sighting:
        numbers = numbers_in(reply, self.convention.count)
        size = self._input_wh(frame.picture) if self._input_wh and numbers else frame.picture.size
        boxes = _boxes(numbers, self.convention, frame, size)
        return sighting(boxes, np.full(len(boxes), log_odds(score)), CALIBRATION, None)


def of_vlm(vlm: VLM, max_batch: int = 8, convention: str | None = None, check: bool = True) -> Pointing:
    """A loaded vision-language model as a localizer; its family's convention unless another is given."""
    from ..hf.encoding import turn_of

    def ask(asked: Sequence[tuple[PIL.Image.Image, str]]) -> list[str]:
        return vlm.ask_many(
            [([picture], prompt) for picture, prompt in asked], max_new_tokens=MOST_NEW_TOKENS
        )

    def sure(asked: Sequence[tuple[PIL.Image.Image, str]]) -> list[float]:
        both = [vlm.option_scores(turn_of([picture], q), ("Yes", "No")) for picture, q in asked]
        return [1 / (1 + math.exp(no - yes)) for yes, no in both]

    def input_wh(picture: PIL.Image.Image) -> tuple[int, int]:
        """What Qwen2.5-VL and its kin scale a picture to: a grid of their patches."""
        import torch

        grid = vlm.encode([turn_of([picture], "?")]).get("image_grid_thw")
        if not isinstance(grid, torch.Tensor):
            return picture.size
        _, rows, columns = grid[0].tolist()
        patch = vlm.processor.image_processor.patch_size
        return columns * patch, rows * patch

    return Pointing(
        ask,
        name=f"hf:{vlm.name}",
        convention=convention or vlm.profile.convention,
        sure=sure,
        input_wh=input_wh,
        input_side=vlm.max_side,
        shortest=vlm.profile.shortest_px,
        most_extreme=vlm.profile.most_extreme,
        max_batch=max_batch,
        check=check,
        tokens=lambda: vlm.tokens,
    )


def _boxes(
    numbers: list[tuple[float, ...]], c: Convention, frame: Frame, size: tuple[int, int] | None
) -> NDArray[np.float32]:
    """(N, 4) float32 pixels of the patch; points grow to squares."""
    boxes = frame.boxes(numbers, c, size or frame.picture.size)
    if c.order == "point":
        half = POINT_SIDE / 2 * frame.patch_wh[0] / frame.view_wh[0]
        boxes = (
            (boxes + np.array([-half, -half, half, half])).clip(0, [*frame.patch_wh] * 2).astype(np.float32)
        )
    return boxes


def _fit(text: str, which: str, frame: Frame, size: tuple[int, int] | None, xyxy: tuple[int, ...]) -> float:
    """Overlap of the first box of a reply with the truth; of a point 1 inside, else 0."""
    c = convention(which)
    numbers = numbers_in(text, c.count)[:1]
    try:
        box = frame.boxes(numbers, c, size or frame.picture.size)
    except ReplyError:
        return 0.0
    if not len(box):
        return 0.0
    x0, y0, x1, y1 = box[0].tolist()
    if c.order == "point":
        return float(xyxy[0] <= x0 <= xyxy[2] and xyxy[1] <= y0 <= xyxy[3])
    return Box.from_xyxy(x0, y0, x1, y1).iou(Box.from_xyxy(*xyxy))


def _prompt(which: str | None, phrase: str) -> str:
    return _PROMPTS.get(which or "", _JSON).format(phrase=phrase)


def _clean(phrase: str) -> str:
    """The phrase without what would end its quotes or spell a token."""
    return " ".join(re.sub(r'["\\<>{}|]', " ", phrase).split())
