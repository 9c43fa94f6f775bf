"""Several localizers as one: `fused:ocr+nano`.

- A phrase goes to every component that can look for it (`unknown`, `Capabilities.longest_phrase`); one that none
  can look for is refused. `ANY_TEXT` goes to those that read.
- What a component of closed vocabulary has a name for is a thing that is seen, not read: components that find
  nothing but text are left out then ("table" is no menu entry "Tables").
- Each keeps its own thresholds: scores are mapped piecewise linearly, so that the component's low and high
  confidence become the fused ones. Boxes of the same thing become one, which remembers who saw it.
- Cue maps are joined by their maximum: a component that is blind for such a thing says little of every place, and
  must not outvote the one that sees something. A place is ruled out only where all that look have ruled it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..memory.errors import SettingError, UnknownPhraseError
from ..memory.geometry import Box, Places, is_duplicate, merge_duplicates
from ..memory.image import Image, Patch
from ..memory.kept import Kept
from ..memory.source import one_line
from ..memory.working import TextLine
from . import registry
from .checked import CheckedLocalizer, checked
from .contracts import ANY_TEXT, Capabilities, Check, Localizer, Part, Sighting
from .looker import Looker
from .pdf_text import PdfText

__all__ = ["Fused", "load"]

Array = NDArray[np.float32]
MOST_PHRASES = 1024
"""Phrases of which it is remembered who can look for them."""


class Fused(Looker):
    """Several localizers that look at every patch together.

    localizers: two or more, of different names; what each replies is checked. The first whose thresholds lie inside
    (0, 1) gives the fused ones, so that its scores stay as they are. The fused `input_side` and `smallest_px` are
    such that a patch counts as seen finely enough when it is so for every component.

    Raises SettingError for fewer than two localizers, or two of one name.
    """

    keeps_deadline = True

    def __init__(self, localizers: Sequence[Localizer]) -> None:
        self.localizers = tuple(checked(registry.load_localizer(each)) for each in localizers)
        names = [localizer.name for localizer in self.localizers]
        if len(set(names)) != len(names) or len(names) < 2:
            raise SettingError(
                f"A fused localizer needs two or more localizers of different names; got {', '.join(names) or 'none'}."
            )
        self.name = "fused:" + "+".join(names)
        self._closed = {
            each.name
            for each in self.localizers
            if not each.capabilities.text_only and each.unknown(ANY_TEXT)
        }
        self._known: Kept[tuple[str, ...]] = Kept(MOST_PHRASES)
        self.capabilities = _joined([localizer.capabilities for localizer in self.localizers])

    @property
    def version(self) -> str:
        """Of the weights of the components, where they tell."""
        return "+".join(each.version for each in self.localizers)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The components."""
        return tuple(Part(each.name, each.capabilities, each.parts) for each in self.localizers)

    @property
    def tokens(self) -> int | None:
        """Of all components that count them."""
        told = [each.tokens for each in self.localizers]
        return sum(n or 0 for n in told) if any(n is not None for n in told) else None

    def unknown(self, phrase: str) -> str:
        """Why no component can look for the phrase: their reasons; "" when one can."""
        reasons = self._refusals(phrase)
        return " ".join(reasons) if all(reasons) else ""

    def only_text(self, phrase: str) -> bool:
        """Whether all components that look for the phrase find nothing but text."""
        asked = self._asked(phrase)
        return bool(asked) and all(each.only_text(phrase) for each in asked)

    def kind(self, phrase: str) -> str:
        """The kind that those who look for the phrase call it, if they agree; else ""."""
        kinds = {each.kind(phrase) for each in self._asked(phrase)}
        return kinds.pop() if len(kinds) == 1 else ""

    def where(self, patch: Patch, target: str) -> str:
        """The contextual cue of the first component that gives one; "" when none does."""
        telling = (each for each in self.localizers if each.capabilities.says_where)
        return next((each.where(patch, target) for each in telling), "")

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase, with `sources`: result[patch][phrase].

        texts hold "" for boxes that only components without reading saw. Raises UnknownPhraseError for a phrase
        that no component can look for, ReplyError when a component's reply does not follow the contract.
        """
        for phrase in phrases:
            if reasons := self.unknown(phrase):
                raise UnknownPhraseError(f"{self.name} cannot look for {one_line(phrase, 80)!r}. {reasons}")
        seen: list[list[list[tuple[Looker, Sighting]]]] = [[[] for _ in phrases] for _ in patches]
        asked = [self._asked(phrase) for phrase in phrases]
        for localizer in self.localizers:
            mine = [i for i, those in enumerate(asked) if localizer in those]
            wanted = [phrases[i] for i in mine]
            if not wanted:
                continue
            for row, reply in zip(seen, localizer.locate(patches, wanted), strict=True):
                for i, sighting in zip(mine, reply, strict=True):
                    row[i].append((localizer, sighting))
        return [
            [self._fuse(parts, phrase) for parts, phrase in zip(row, phrases, strict=True)] for row in seen
        ]

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """What the reading component says of a part of a view; None unless exactly one reads, and reads parts."""
        able = [each for each in self.localizers if each.capabilities.reads_text]
        return able[0].read(patch, within, known) if len(able) == 1 else None

    def prepare(self, image: Image) -> None:
        """Every component."""
        for each in self.localizers:
            each.prepare(image)

    def self_test(self) -> Iterator[Check]:
        """The checks of the components, each under its component's name."""
        for each in self.localizers:
            for check in each.self_test():
                yield replace(check, name=f"{each.name}: {check.name}")

    def spell(self, patch: Patch) -> tuple[str, float]:
        """What the first reading component that can spell says."""
        told = (each.spell(patch) for each in self.localizers)
        return next((each for each in told if each[0]), ("", 0.0))

    def _refusals(self, phrase: str) -> tuple[str, ...]:
        """Why each component gets no look at a phrase, "" for those that do: the same for every page."""
        return self._known.get(phrase, lambda: tuple(_refusal(each, phrase) for each in self.localizers))

    def survey(self, patch: Patch) -> Sighting | None:
        """What all components see; None where none surveys. Scores as of `locate`, each box with who saw it."""
        told = [(each, seen) for each in self.localizers if (seen := each.survey(patch)) is not None]
        if not told:
            return None
        return Sighting(
            np.concatenate([seen.boxes for _, seen in told]),
            np.concatenate([_rescaled(s.scores, c.capabilities, self.capabilities) for c, s in told]),
            texts=tuple(text for _, seen in told for text in seen.texts),
            sources=tuple(n for c, s in told for n in s.sources or ((c.name,),) * len(s.scores)),
        )

    def _asked(self, phrase: str) -> list[CheckedLocalizer]:
        refusals = zip(self.localizers, self._refusals(phrase), strict=True)
        able = [each for each, why in refusals if not why]
        if any(each.name in self._closed for each in able):
            return [each for each in able if not each.only_text(phrase)]
        return able

    def _fuse(self, parts: Sequence[tuple[Looker, Sighting]], phrase: str) -> Sighting:
        can = self.capabilities
        boxes = np.concatenate([s.boxes for _, s in parts])
        scores = np.concatenate(
            [s.scores if phrase == ANY_TEXT else _rescaled(s.scores, c.capabilities, can) for c, s in parts]
        )
        texts = [text for _, s in parts for text in s.texts or ("",) * len(s.scores)]
        sources = [names for c, s in parts for names in s.sources or ((c.name,),) * len(s.scores)]
        groups = _same(boxes, scores) if len(parts) > 1 else [[i] for i in range(len(scores))]
        best = [group[0] for group in groups]
        return Sighting(
            boxes[best],
            scores[best],
            self._cue(parts),
            tuple(next((texts[i] for i in g if texts[i]), "") for g in groups) if can.reads_text else (),
            tuple(tuple(dict.fromkeys(name for i in group for name in sources[i])) for group in groups),
            all(s.complete for _, s in parts),
        )

    def _cue(self, parts: Sequence[tuple[Looker, Sighting]]) -> Array | None:
        """(h, w) float32 log-odds on the finest grid, at most `rules_out` exactly where all that look rule out."""
        maps = [s.cue for _, s in parts if s.cue is not None]
        if not maps:
            return None
        shape = max(m.shape[0] for m in maps), max(m.shape[1] for m in maps)
        joined: Array = np.max([_resampled(m, shape) for m in maps], axis=0)
        limit = self.capabilities.rules_out
        if limit is None:
            return joined
        out = np.ones(shape, np.bool_)
        for localizer, s in parts:
            own = localizer.capabilities.rules_out
            out &= s.cue is not None and own is not None and _resampled(s.cue, shape) <= own
        above = np.nextafter(np.float32(limit), np.float32(np.inf))
        return np.where(out, np.minimum(joined, limit), np.maximum(joined, above)).astype(np.float32)


def load(name: str) -> Fused:
    """Several localizers as one, names joined by "+": fused:ocr+nano.

    One of them that finds nothing but text, and reads it, reads pages of PDFs by their text layer (`PdfText`).
    Options go with the components: load each with its own, and give them to `Fused`. Errors as in
    `registry.load_localizer`, and SettingError for fewer than two.
    """
    names, built_in = name.split("+"), registry.built_in("localizer")
    if not all(each.partition(":")[0] in built_in for each in names):
        schemes = "|".join(map(re.escape, registry.schemes("localizer")))
        names = re.split(rf"\+(?=(?:{schemes})(?:[:+]|$))", name)  # a file's name may hold a plus
    return Fused([_reading_pdfs(registry.load_localizer(each)) for each in names if each])


def _reading_pdfs(localizer: Looker) -> Looker:
    """A localizer that only reads reads pages of PDFs by their own text, where that can be trusted."""
    able = localizer.capabilities
    return PdfText(localizer) if able.text_only and able.reads_text else localizer


def _rescaled(scores: Array, own: Capabilities, to: Capabilities) -> Array:
    """(N,) scores in [0, 1], mapped piecewise linearly: 0, `own`'s low and high confidence, and 1 become 0, `to`'s
    low and high confidence, and 1. What is not above the one high confidence is not above the other."""
    if (own.confidence_low, own.confidence_high) == (to.confidence_low, to.confidence_high):
        return scores
    top = 1.0 if own.confidence_high < 1 else to.confidence_high
    ends = (0.0, to.confidence_low, to.confidence_high, top)
    mapped = np.interp(scores, (0.0, own.confidence_low, own.confidence_high, 1.0), ends)
    return np.where(scores > 0, mapped, 0).astype(np.float32)


def _resampled(cue: Array, shape: tuple[int, int]) -> Array:
    """A (h, w) map on a grid at least as fine: each new cell has the highest value of the cells that it touches."""
    for axis, size in enumerate(shape):
        n = cue.shape[axis]
        cell = np.arange(size)
        first, last = cell * n // size, ((cell + 1) * n - 1) // size
        cue = np.maximum(cue.take(first, axis), cue.take(last, axis))
    return cue


def _joined(cans: Sequence[Capabilities]) -> Capabilities:
    scale = next((c for c in cans if 0 < c.confidence_low <= c.confidence_high < 1), Capabilities(1))
    side = min(c.input_side for c in cans)
    ruling = [c.rules_out for c in cans if c.rules_out is not None]
    return Capabilities(
        input_side=side,
        smallest_px=side * max(c.smallest_px / c.input_side for c in cans),
        confidence_high=scale.confidence_high,
        confidence_low=scale.confidence_low,
        gives_boxes=any(c.gives_boxes for c in cans),
        gives_cue=any(c.gives_cue for c in cans),
        reads_text=any(c.reads_text for c in cans),
        text_only=all(c.text_only for c in cans),
        says_where=any(c.says_where for c in cans),
        rules_out=float(np.float32(min(ruling))) if ruling else None,
        longest_phrase=max(c.longest_phrase for c in cans),
        max_batch=min(c.max_batch for c in cans),
    )


def _refusal(localizer: Looker, phrase: str) -> str:
    """Why a component gets no look at this phrase; "" when it does."""
    can = localizer.capabilities
    if phrase == ANY_TEXT:
        return "" if can.reads_text else f"{localizer.name} reads no text."
    if len(phrase) > can.longest_phrase:
        return f"{localizer.name} takes phrases of at most {can.longest_phrase} characters."
    return localizer.unknown(phrase)


def _same(boxes: Array, scores: Array) -> list[list[int]]:
    """Indices of the boxes of each thing, best score first, in groups; each box in the first that it fits."""
    placed = [Box.from_xyxy(*xyxy) for xyxy in boxes.tolist()]
    worth = scores.tolist()
    groups = [[i] for i in merge_duplicates(placed, worth)]
    kept = {group[0] for group in groups}
    places = Places(placed)
    for group in groups:
        places.add(placed[group[0]])
    for i in (i for i in np.argsort(-scores, kind="stable").tolist() if i not in kept):
        near = places.near(placed[i])
        groups[next(k for k in near if is_duplicate(placed[i], places.boxes[k]))].append(i)
    return groups
