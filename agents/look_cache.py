"""What a localizer has seen once is not paid for again: sightings by (image digest, region, localizer, phrase).

`Remembered` is a localizer around a localizer. It keeps sightings in memory, and in a folder when it is given one; each
has a limit in bytes, the least recently used go first. It also knows which views of an image have been looked at: a
localizer that keeps encodings of its own (`nano`, `ocr:rapidocr`) answers a new phrase in such a view at next to no
cost, and `policy="ideal"` prefers them.

A page that was read from top to bottom (`learn`) is known: whatever text is looked for in it is found there without a
look. What a text layer tells costs nothing and is not kept.

What is kept has been checked. What comes from the disk (`look_files`) is checked once more: a file that is damaged, or
says what the contract does not allow, is as good as none, and is replaced.

On disk lie numbers and, where the localizer reads, text; they are private as screenshots are, so nothing is written
unless a folder is named.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from ..memory.errors import ReplyError
from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.working import TextLine
from ..memory.written import WrittenLine
from .checked import CheckedLocalizer, checked
from .checks import Reply
from .contracts import ANY_TEXT, Sighting
from .fused import Fused
from .look_files import LookFiles
from .looker import Looker, Wrapper
from .readings import Readings
from .replay import Recorder
from .text import spoken_text
from .views import Views
from .written import found_in, lines_in, said_in, whole_lines
from .written import sighting as sighting_of

__all__ = ["Remembered", "remembered"]

MEMORY_BYTES = 64 << 20
DISK_BYTES = 512 << 20
READ = "read before"
"""Who saw what stands in a page that was read before, in `Sighting.sources`."""


def remembered(localizer: Looker, folder: str | Path | None = None) -> CheckedLocalizer:
    """The localizer with its looks kept, and its replies checked.

    One that keeps its looks already gets no second cache. A recorder stays outside: the cache goes under it, so that
    a recording holds all that its replay needs, whatever is known already. Where a recorder lies deeper, in other
    wrappers or as a part of several localizers, nothing is taken from the disk.
    """
    if isinstance(localizer, Recorder):
        return localizer.around(remembered(localizer.inner, folder))
    inner: Looker | None = localizer
    while isinstance(inner, Wrapper):
        if isinstance(inner, Remembered):
            return checked(localizer)
        inner = inner.inner
    return Remembered(localizer, None if _records(localizer) else folder)


def _records(localizer: Looker) -> bool:
    """Whether what is asked of it, or of a part of it, is written down."""
    if isinstance(localizer, Fused):
        return any(map(_records, localizer.localizers))
    return isinstance(localizer, Recorder) or (isinstance(localizer, Wrapper) and _records(localizer.inner))


class Remembered(CheckedLocalizer):
    """A localizer that asks the one inside only for what it does not know yet.

    folder: where sightings are kept across processes; None keeps them in memory only. memory_bytes, disk_bytes: limits.
    hits, misses: sightings (patch x phrase) that were known and that were not, since the start.
    """

    def __init__(
        self,
        inner: Looker,
        folder: str | Path | None = None,
        *,
        memory_bytes: int = MEMORY_BYTES,
        disk_bytes: int = DISK_BYTES,
    ) -> None:
        super().__init__(inner)
        self.folder = None if folder is None else Path(folder)
        self.memory_bytes, self.disk_bytes = memory_bytes, disk_bytes
        self.hits = self.misses = 0
        self._kept: OrderedDict[str, tuple[Sighting, int]] = OrderedDict()
        self._bytes = 0
        self._views = Views()
        self._lock = threading.Lock()
        self._files = None if self.folder is None else LookFiles(self.folder, disk_bytes)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase; only unknown ones are asked for, patches of a kind together."""
        known = self._read_before(patches, phrases)
        asked: dict[tuple[str, ...], list[int]] = {}
        for i, patch in enumerate(patches):
            for phrase in (p for p in phrases if (i, p) not in known):
                if (sighting := self._get(self._key(patch, phrase), patch)) is not None:
                    known[i, phrase] = sighting
            if missing := tuple(p for p in phrases if (i, p) not in known):
                asked.setdefault(missing, []).append(i)
        self._views.note(patches)
        for missing, indices in asked.items():
            group = [patches[i] for i in indices]
            rows = super().locate(group, missing)
            for i, row in zip(indices, rows, strict=True):
                for phrase, sighting in zip(missing, row, strict=True):
                    known[i, phrase] = sighting
                    if not _is_free(patches[i], sighting):
                        self._put(self._key(patches[i], phrase), sighting)
        self.misses += sum(len(missing) * len(indices) for missing, indices in asked.items())
        self.hits += len(patches) * len(phrases) - sum(len(m) * len(n) for m, n in asked.items())
        return [[known[i, phrase] for phrase in phrases] for i in range(len(patches))]

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """The lines of a part of a view, if the localizer inside reads parts; kept like sightings."""
        if (lines := self._readings.get(patch.image)) is not None:
            return sighting_of(whole_lines(lines_in(lines, within), READ), patch)
        apart = f" apart from {_told(known)}" if known else ""
        key = self._key(patch, f"{ANY_TEXT} within {within.xywh}{apart}")
        seen = self._get(key, patch)
        if seen is None:
            seen = super().read(patch, within, known)
            if seen is not None and not _is_free(patch, seen):
                self._put(key, seen)
        return seen

    def spell(self, patch: Patch) -> tuple[str, float]:
        """The line that fills a patch, as the localizer inside reads it; kept like sightings."""
        if not self.capabilities.reads_text:
            return "", 0.0
        lines = self._readings.get(patch.image)
        if lines is not None and (said := said_in(lines, patch.box)):
            return said, 1.0
        key = self._key(patch, "\0spelled")  # no phrase
        seen = self._get(key, patch)
        if seen is None:
            text, sure = super().spell(patch)
            whole = np.array([[0, 0, *patch.box.size_wh]], np.float32)
            seen = Sighting(whole, np.array([sure], np.float32), texts=(text,))
            self._put(key, seen)
        return seen.texts[0], float(seen.scores[0])

    def survey(self, patch: Patch) -> Sighting | None:
        """All that is seen in a patch, if the localizer inside surveys; kept like sightings."""
        key = self._key(patch, "\0surveyed")  # no phrase
        seen = self._get(key, patch)
        if seen is None:
            seen = super().survey(patch)
            if seen is not None:
                self._put(key, seen)
        return seen

    def looked_at(self, image: Image) -> tuple[Box, ...]:
        """Views of an image that were looked at, for whatever phrase, oldest first."""
        return tuple(dict.fromkeys((*super().looked_at(image), *self._views.of(image))))

    def prepare(self, image: Image) -> None:
        """As the localizer inside, where nothing lies on disk: what is known there needs no model."""
        if self._files is None:
            super().prepare(image)

    def knows(self, image: Image) -> bool:
        """Whether a page was read from top to bottom."""
        return self._readings.get(image) is not None

    def learn(self, pages: Sequence[tuple[Image, tuple[WrittenLine, ...]]]) -> None:
        """Keep all lines of pages that were read from top to bottom."""
        self._readings.put(pages)

    def _read_before(
        self, patches: Sequence[Patch], phrases: Sequence[str]
    ) -> dict[tuple[int, str], Sighting]:
        """Sightings of texts in pages that were read from top to bottom, by index of the patch and phrase."""
        pages = {
            i: lines for i, p in enumerate(patches) if (lines := self._readings.get(p.image)) is not None
        }
        texts = [phrase for phrase in phrases if self.only_text(phrase)] if pages else []
        return {
            (i, phrase): sighting_of(list(found_in(lines, spoken_text(phrase), patches[i], READ)), patches[i])
            for i, lines in pages.items()
            for phrase in texts
        }

    def forget(self) -> None:
        """Empty the memory; what lies on disk stays."""
        self._views.clear()
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    # --- keeping ------------------------------------------------------------------------------------------

    @cached_property
    def _readings(self) -> Readings:
        return Readings(self.folder, self._by)

    @cached_property
    def _identity(self) -> tuple[str, str, str]:
        """Told once. The version, for which some hash their weights, counts where looks of another one may lie."""
        return self.name, self.version if self.folder else "", repr(self.capabilities)

    @cached_property
    def _by(self) -> str:
        """Who looks, and with which weights."""
        return json.dumps(self._identity[:2])

    def _key(self, patch: Patch, phrase: str) -> str:
        layer = ["text layer"] if patch.image.has_layer else []
        told = json.dumps([patch.key, *self._identity, phrase, *layer])
        return hashlib.sha256(told.encode()).hexdigest()

    def _get(self, key: str, patch: Patch) -> Sighting | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        if self._files is None or (kept := self._files.get(key, self._by)) is None:
            return None
        try:
            sighting = Reply(self.name, "a kept look").sighting(kept, patch)
        except (ReplyError, TypeError, ValueError):  # no look, whatever its digest says
            self._files.drop(key)
            return None
        self._remember(key, sighting)
        return sighting

    def _remember(self, key: str, sighting: Sighting) -> None:
        arrays = [sighting.boxes, sighting.scores, *([] if sighting.cue is None else [sighting.cue])]
        size = 512 + sum(a.nbytes for a in arrays) + sum(map(len, sighting.texts))
        with self._lock:
            self._bytes += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = (sighting, size)
            while self._bytes > self.memory_bytes and self._kept:
                self._bytes -= self._kept.popitem(last=False)[1][1]

    def _put(self, key: str, sighting: Sighting) -> None:
        self._remember(key, sighting)
        if self._files is not None:
            self._files.put(key, self._by, sighting)


def _told(lines: Sequence[TextLine]) -> str:
    """A digest of lines that were read before."""
    told = json.dumps([[line.text, line.confidence, *line.box.xywh] for line in lines])
    return hashlib.sha256(told.encode()).hexdigest()


def _is_free(patch: Patch, seen: Sighting) -> bool:
    """Whether a look was one at a text layer."""
    return seen.complete and patch.image.has_layer
