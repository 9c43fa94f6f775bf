"""Localizer for icons, widgets and regions of screens and documents: `nano`, trained by `seal train localizer`.

- A look is one pass over the view at the input side; boxes, scores and cue maps of all phrases come from it, and it
  is kept by content for phrases to come. What an icon or widget is, its crop tells: crops of widgets are looked at
  when the first widget is asked for, and none that was seen in an earlier view.
- Scores are calibrated: of boxes scored 0.8, four in five are right.
- A phrase that names nothing known is refused, with the nearest names (`unknown`).
- An icon that is named by other words than those of the list is told by the likeness of its picture and the words
  (`phrases`); the pictures of a view are made when the first such phrase comes. Such a phrase is never ruled out.
- A look ends between two layers when the time is over, and is not started when it would (`seal.memory.deadline`).
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...memory.deadline import Cost, loading
from ...memory.errors import AgentError, SettingError, UnknownAgentError, UnknownPhraseError
from ...memory.following import Following
from ...memory.image import Patch
from ...memory.kept import Turns
from ..contracts import Capabilities, Sighting
from ..limits import whole_number
from ..looker import Looker
from . import WEIGHTS
from .known import Known
from .phrases import PICTURES, load_phrases
from .vocabulary import STATEFUL, Wanted, parse, unknown

if TYPE_CHECKING:
    from .followed import Followed
    from .look import Look
    from .weights import Model

__all__ = ["Nano", "load"]

Array = NDArray[Any]
SMALLEST_PX = 12.0
"""Of icons with 12 to 14 pixels of the view nine in ten are found (`benchmarks/nano.py --pages`)."""
LOWEST_SCORE = 0.1
"""Calibrated scores below are not reported."""
CUE_CELLS = 96
"""Cells of the cue map along the patch's longer side, at most."""
CUE_ABSENT = -6.0
"""Log-odds of a place where nothing was seen although the view shows it at native resolution, or without contrast."""
CUE_UNSURE = -2.5
"""Log-odds of a place where nothing was seen in a view that is scaled down."""
MOST_CONCEPTS = 3
"""Concepts that a survey tells of an icon."""
_PHRASES = {True: "selected {}", False: "unselected {}"}
SHARP_SCALE = 0.95
"""Pixels of the view per pixel of the image from which a closer look shows nothing new."""


class Nano(Looker):
    """Finds icons by concept, and widgets and regions by kind.

    weights: another file than the package's own. device: where torch runs. threads: of torch, for the whole
    process; 0 leaves them as they are.
    """

    keeps_deadline = True
    name = "nano"

    def __init__(self, *, weights: str | Path | None = None, device: str = "cpu", threads: int = 0) -> None:
        self.weights, self.device = weights, device
        self.threads = whole_number(threads, "threads", self.name, 0)
        self.capabilities = Capabilities(
            input_side=1536,
            smallest_px=SMALLEST_PX,
            confidence_high=0.6,
            confidence_low=0.35,
            rules_out=-5.0,
            longest_phrase=80,
        )
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._pictures: OrderedDict[str, Array] = OrderedDict()
        self._crops = Known()
        self._followed: Followed | None = None
        self._looking = Cost()  # of a pixel of the view
        self._lock = threading.Lock()
        self._turns = Turns()  # of threads that look at the same patch

    @cached_property
    def version(self) -> str:
        """The beginning of the SHA-256 of both files of weights. Raises AgentError when they cannot be read."""
        try:
            return hashlib.sha256(self._file().read_bytes() + PICTURES.read_bytes()).hexdigest()[:16]
        except OSError as error:
            raise AgentError(f"The weights of nano, {self._file()}, cannot be read ({error}).") from error

    def unknown(self, phrase: str) -> str:
        """Why the phrase cannot be looked for, with the nearest known names; "" when it can."""
        return unknown(phrase)

    def kind(self, phrase: str) -> str:
        """What the phrase names: "icon", "open icon" for one that is not on the list, or the kind of widget or region;
        "" for what is not known."""
        wanted = parse(phrase)
        if wanted is None:
            return ""
        return "open icon" if wanted.words else "icon" if wanted.kind == "icon" else wanted.name

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase].

        Raises UnknownPhraseError for a phrase that names nothing known, AgentError when the weights cannot be read.
        """
        wanted = [self._wanted(phrase) for phrase in phrases]
        rows = []
        for patch in patches:
            look = self._look(patch, widgets=any(each.kind != "icon" for each in wanted))
            pictures = self._seen(patch, look) if any(each.words for each in wanted) else None
            rows.append([_sighting(look, each, patch, self._model, pictures) for each in wanted])
        return rows

    def survey(self, patch: Patch) -> Sighting:
        """Every icon, widget and region of a patch by the phrase that names it; an icon also by likely concepts."""
        return _survey(self._look(patch, widgets=True), patch, self._model)

    def forget(self) -> None:
        """Empty the cache of looks, for measurements."""
        with self._lock:
            self._looks.clear()
            self._pictures.clear()
        self._crops = Known()
        if self._followed is not None:
            self._followed.clear()

    def _wanted(self, phrase: str) -> Wanted:
        wanted, reason = parse(phrase), unknown(phrase)
        if wanted is None or reason:
            raise UnknownPhraseError(f"nano cannot look for {phrase!r}: {reason}")
        return wanted

    def _file(self) -> Path:
        return WEIGHTS if self.weights is None else Path(self.weights)

    @cached_property
    def _model(self) -> Model:
        with loading():
            from . import look  # noqa: F401 - its imports are a part of loading
            from .weights import load_weights

            return load_weights(self._file(), self.device)

    def _seen(self, patch: Patch, look: Look) -> Array:
        """(icons, D) float16: the pictures of a look's icons, in the order of its `names`."""
        with self._lock:
            if (found := self._pictures.get(patch.key)) is not None:
                return found
        from .pictures import load_pictures, pictures_of

        with loading():
            network = load_pictures(device=self.device)
        view = np.asarray(patch.read(self.capabilities.input_side), np.uint8)
        found = pictures_of(network, view, look.boxes[look.kinds == 0])
        with self._lock:
            self._pictures[patch.key] = found
            while len(self._pictures) > 256:
                self._pictures.popitem(last=False)
        return found

    def _look(self, patch: Patch, widgets: bool) -> Look:
        """What is in a patch; its widgets are looked at by themselves when the first is asked for."""
        with self._turns.of(patch.key):
            return self._looked(patch, widgets)

    def _looked(self, patch: Patch, widgets: bool) -> Look:
        with self._lock:
            look = self._looks.get(patch.key)
            if look is not None:
                self._looks.move_to_end(patch.key)
                if look.sorted or not widgets:
                    return look
        model = self._model  # before torch is imported: that is a part of loading
        import torch

        from .look import Shown, with_icons, with_widgets

        if self.threads:
            torch.set_num_threads(self.threads)
        view = np.asarray(patch.read(self.capabilities.input_side), np.uint8)
        if isinstance(patch.image, Following):
            look = self._after_others(patch, view)
        else:
            shown = Shown(view, model)
            if look is None:
                with self._looking.unit(view[..., 0].size):
                    look = with_icons(shown, self._crops)
            if widgets:
                look = with_widgets(look, shown, self._crops)
        with self._lock:
            self._looks[patch.key] = look
            while len(self._looks) > 256:
                self._looks.popitem(last=False)
        return look

    def _after_others(self, patch: Patch, view: NDArray[np.uint8]) -> Look:
        """What is in a frame of a series: what changed is looked at, the rest is known."""
        from .followed import Followed

        with self._lock:
            self._followed = followed = self._followed or Followed()
        place = patch.image.size_wh, patch.box
        return followed.look(place, view, self._model, self._crops, self._looking)


def load(name: str = "", *, weights: str | Path | None = None, device: str = "cpu", threads: int = 0) -> Nano:
    """Finds icons, widgets and page regions, offline on a CPU: nano.

    Options as in `Nano`. Raises UnknownAgentError for any name behind a colon, SettingError for a device that is none.
    """
    if name:
        raise UnknownAgentError(f'There is one nano localizer: "nano"; got "nano:{name}".')
    if not isinstance(device, str):
        raise SettingError(f"nano: device must be a name such as 'cpu' or 'cuda'; got {device!r:.40}.")
    return Nano(weights=weights, device=device, threads=threads)


def _survey(look: Look, patch: Patch, model: Model) -> Sighting:
    from .network import KINDS

    told: list[tuple[int, float, str]] = []
    icons = np.flatnonzero(look.kinds == 0).tolist()
    for name in KINDS:
        states = (True, False) if name in STATEFUL else (None,)
        scores = _scores(
            look, Wanted("icon" if name == "icon" else "widget", "" if name == "icon" else name), model, None
        )
        for on in states:
            phrase = name if on is None else _PHRASES[on].format(name)
            there = scores if on is None else np.where((look.on >= 0.5) == on, scores, 0.0)
            told += [(i, float(there[i]), phrase) for i in np.flatnonzero(there >= LOWEST_SCORE).tolist()]
    for row, i in enumerate(icons):
        for concept in np.argsort(-look.names[row], kind="stable")[:MOST_CONCEPTS].tolist():
            share = np.array(float(look.scores[i]) * float(look.names[row, concept]))
            score = float(_platt(share, *model.calibration.get("icon", (1.0, 0.0))))
            if score >= LOWEST_SCORE:
                told.append((i, score, f"{model.concepts[concept]} icon"))
    scale = np.array([patch.box.width / look.size_wh[0], patch.box.height / look.size_wh[1]] * 2, np.float32)
    return Sighting(
        (look.boxes[[i for i, _, _ in told]] * scale).astype(np.float32).reshape(-1, 4),
        np.array([score for _, score, _ in told], np.float32),
        texts=tuple(phrase for _, _, phrase in told),
    )


def _sighting(look: Look, wanted: Wanted, patch: Patch, model: Model, pictures: Array | None) -> Sighting:
    scores = _scores(look, wanted, model, pictures)
    scale = np.array([patch.box.width / look.size_wh[0], patch.box.height / look.size_wh[1]] * 2, np.float32)
    kept = np.flatnonzero(scores >= LOWEST_SCORE)
    return Sighting(
        (look.boxes[kept] * scale).astype(np.float32),
        scores[kept].astype(np.float32),
        _cue(look, scores, sharp=not wanted.words and look.size_wh[0] >= SHARP_SCALE * patch.box.width),
    )


def _scores(look: Look, wanted: Wanted, model: Model, pictures: Array | None) -> Array:
    """(N,) float64 calibrated probability that each box shows what is wanted; 0 where it is of another kind.

    pictures: (icons, D), needed for an icon of the open vocabulary.
    """
    from .network import KINDS

    kind = "icon" if wanted.kind == "icon" else wanted.name
    scores = np.where(look.kinds == KINDS.index(kind), look.scores, 0.0).astype(np.float64)
    if wanted.kind == "icon" and wanted.name:
        scores[look.kinds == 0] *= look.names[:, model.concepts.index(wanted.name)]
    slope, offset = model.calibration.get(
        "any icon" if kind == "icon" and not wanted.name else kind, (1.0, 0.0)
    )
    calibrated = _platt(scores, slope, offset)
    if wanted.state is not None:
        calibrated *= look.on if wanted.state else 1 - look.on
    if wanted.words and pictures is not None:
        calibrated[look.kinds == 0] *= load_phrases().chances(pictures, wanted.words)
    return np.where(scores > 0, calibrated, 0.0)


def _platt(scores: Array, slope: float, offset: float) -> Array:
    inside = np.clip(scores, 1e-9, 1 - 1e-9)
    calibrated: Array = 1 / (1 + np.exp(-(slope * np.log(inside / (1 - inside)) + offset)))
    return calibrated


def _cue(look: Look, scores: Array, sharp: bool) -> NDArray[np.float32]:
    """(h, w) float32 log-odds: what the boxes say where there are some, else how surely nothing is there."""
    width, height = look.size_wh
    cell = max(8, math.ceil(max(width, height) / CUE_CELLS))
    rows, columns = math.ceil(height / cell), math.ceil(width / cell)
    floor = CUE_ABSENT if sharp else CUE_UNSURE
    cue = np.full((rows, columns), floor, np.float32)
    if not sharp:
        y, x = (
            np.minimum((np.arange(n) * cell + cell // 2) // 16, m - 1)
            for n, m in zip((rows, columns), look.blank.shape, strict=True)
        )
        cue[look.blank[np.ix_(y, x)]] = CUE_ABSENT
    for box, score in zip(look.boxes, scores, strict=True):
        if score <= 0.003:
            continue
        x0, y0, x1, y1 = box.tolist()
        part = (
            slice(int(y0 * rows / height), math.ceil(y1 * rows / height)),
            slice(int(x0 * columns / width), math.ceil(x1 * columns / width)),
        )
        odds = np.float32(math.log(score / (1 - score)) if score < 0.9997 else 8.0)
        cue[part] = np.maximum(cue[part], odds)
    return cue
