"""Where things were seen in earlier runs, and which earlier screens look like one.

A sighting is a hint of where to look, never evidence of where something is now: screens change.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from ..deadline import current
from ..errors import SettingError, StoreError
from ..geometry import Box
from ..image import Image
from ..picture_files import PictureFiles
from ..working import Crop
from .database import NO_RUN, Database, is_full
from .runs import Document
from .seen import READ, Alike, fill_seen, matches, unseen
from .thumbs import Thumb, likeness

__all__ = ["ScreenSighting", "Sighting", "Sightings"]

BATCH = 200
"""Runs whose documents are read in one transaction, for a store that was made before there were sightings."""
MOST_ROWS = 2000
"""Of one name, the newest that are compared."""
_SCREEN = 0.5
"""How much of a sighting's rank hangs on the likeness of its screen, where there is one to compare."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a target was found in an earlier run: a hint, never evidence of where it is now.

    run: id of the latest run that saw it there; created: when. image_name, image_digest, page, size_wh: the image or
    page that it was on, its size in pixels. phrase: what was looked for; text: what was read in it. box: in pixels of
    that full image; score: the localizer's, in [0, 1]. match: how likely it is what was asked for now, in (0, 1].
    times: how many runs saw it there, of those compared. crop: the pixels around it, then.
    screen_likeness: of the earlier page and the image that was given, in [0, 1]; place_likeness: of the crop and the
    same place of that image. None without an image, or where they cannot be compared (places: of images of one size).
    """

    run: str
    created: str
    image_name: str
    image_digest: str
    page: int
    size_wh: tuple[int, int]
    phrase: str
    text: str
    box: Box
    score: float
    match: float
    times: int
    crop: Crop | None = None
    screen_likeness: float | None = None
    place_likeness: float | None = None


@dataclass(frozen=True, slots=True)
class ScreenSighting:
    """An earlier page that looks like an image. likeness: in [0, 1]. run: the latest of the `times` runs about it."""

    run: str
    created: str
    question: str
    image_name: str
    image_digest: str
    page: int
    likeness: float
    times: int


class _Row(NamedTuple):
    """What is told of a target in the index; order: by time, the latest run last."""

    order: tuple[int, int]
    run: str
    digest: str
    target: int
    page: int
    box: tuple[float, float, float, float]
    screen: str
    match: float

    @property
    def place(self) -> tuple[str, int, tuple[int, ...]]:
        """The same for runs that saw it at the same place of the same page."""
        return self.digest, self.page, tuple(map(round, self.box))


class Sightings:
    """Looks into the index of a store. What is here is called inside of `Database.complaints`."""

    def __init__(self, database: Database, pictures: PictureFiles) -> None:
        self._database, self._pictures = database, pictures

    def of(self, target: str, image: Image | None, limit: int, alike: Alike | None) -> list[Sighting]:
        """Sightings of a target, best first."""
        self._index()
        rows = self._rows(matches(target, self._names(), alike))
        like = self._screens(image, {row.screen for row in rows if row.screen})
        places: dict[tuple[str, int, tuple[int, ...]], list[_Row]] = {}
        for row in rows:
            places.setdefault(row.place, []).append(row)

        def rank(place: Sequence[_Row]) -> tuple[float, tuple[int, int]]:
            best = max(row.match for row in place)
            near = max(like.get(row.screen, 0.0) for row in place) if image is not None else 1.0
            return round(best * (1 - _SCREEN + _SCREEN * near), 3), max(row.order for row in place)

        told: list[Sighting] = []
        for place in sorted(places.values(), key=rank, reverse=True):
            if len(told) >= limit:
                break
            current().check()
            with suppress(StoreError, IndexError, *NO_RUN):  # a damaged run
                told.append(self._told(place, image, like))
        return told

    def screens(self, image: Image, limit: int) -> list[ScreenSighting]:
        """The earlier pages that look most like an image."""
        self._index()
        sql = self._database.sql
        every = {row[0] for row in sql.execute("SELECT DISTINCT screen FROM seen WHERE screen != ''")}
        like = self._screens(image, every)
        best = sorted((sha for sha in like if like[sha] > 0), key=lambda sha: (like[sha], sha), reverse=True)
        told: list[ScreenSighting] = []
        for screen in best[:limit]:
            current().check()
            # with max(), SQLite takes the other columns from the row that has it: the run that was put last
            times, _, run, page = sql.execute(
                "SELECT count(DISTINCT run), max(number), run, page FROM seen WHERE screen = ?", (screen,)
            ).fetchone()
            row = sql.execute(
                "SELECT created, question, image_name, image_digest FROM runs WHERE id = ?", (run,)
            ).fetchone()
            if row is not None:
                created, question, name, digest = row
                told.append(ScreenSighting(run, created, question, name, digest, page, like[screen], times))
        return told

    def _index(self) -> None:
        """See to it that the index tells what every run saw."""
        self._database.index(with_seen=True)
        while unseen(self._database.sql):
            current().check()
            try:
                with self._database.transaction():
                    if not fill_seen(self._database.sql, BATCH):
                        break
            except sqlite3.OperationalError as error:
                if not is_full(error) or self._database.in_memory:
                    raise
                self._database.use_memory()

    def _names(self) -> list[str]:
        """All names that things were asked for by or read as, those of the latest runs first."""
        found = self._database.sql.execute(
            "SELECT name FROM (SELECT name, max(number) AS latest FROM seen GROUP BY name UNION ALL "
            "SELECT said, max(number) FROM seen GROUP BY said) GROUP BY name ORDER BY max(latest) DESC"
        )
        return [row[0] for row in found]

    def _rows(self, names: Mapping[str, float]) -> list[_Row]:
        found: dict[int, _Row] = {}
        for name, match in names.items():
            for column, share in (("name", 1.0), ("said", READ)):
                asked = (
                    "SELECT seen.number, ifnull(moment, 0), searched.number, run, digest, target, page, x, y, width, "
                    f"height, screen FROM seen JOIN searched USING (run) WHERE seen.{column} = ? "
                    "ORDER BY seen.number DESC LIMIT ?"
                )
                for row in self._database.sql.execute(asked, (name, MOST_ROWS)):
                    key, moment, order, run, digest, target, page, *box, screen = row
                    x, y, width, height = box
                    told = _Row(
                        (moment, order),
                        run,
                        digest,
                        target,
                        page,
                        (x, y, width, height),
                        screen,
                        match * share,
                    )
                    if key not in found or found[key].match < told.match:
                        found[key] = told
        return list(found.values())

    def _screens(self, image: Image | None, screens: Iterable[str]) -> dict[str, float]:
        """Likeness of each screen, by its SHA-256, to the image; of those that cannot be compared, nothing."""
        if image is None:
            return {}
        now = Thumb.of(image.patch().read(512))
        told: dict[str, float] = {}
        made: list[tuple[str, float, bytes]] = []
        for sha in screens:
            row = self._database.sql.execute(
                "SELECT shape, pixels FROM thumbs WHERE sha = ?", (sha,)
            ).fetchone()
            thumb = None
            if row is not None:
                thumb = Thumb.kept(*row)
            else:
                current().check()
                with suppress(StoreError, OSError):
                    thumb = Thumb.of_png(self._pictures.read(sha))
                if thumb is not None:
                    made.append((sha, thumb.shape, thumb.pixels))
            if thumb is not None:
                told[sha] = likeness(now, thumb)
        if made:  # kept for the next time, where that is possible
            with suppress(sqlite3.OperationalError), self._database.transaction():
                self._database.sql.executemany("INSERT OR IGNORE INTO thumbs VALUES (?, ?, ?)", made)
        return told

    def _told(self, place: Sequence[_Row], image: Image | None, like: Mapping[str, float]) -> Sighting:
        """The latest of several runs that saw a target at one place, as it stands in its document."""
        row = max(place, key=lambda each: each.order)
        created, name, digest, text = self._database.sql.execute(
            "SELECT created, image_name, image_digest, document FROM runs WHERE id = ?", (row.run,)
        ).fetchone()
        document: Document = json.loads(text)
        memory = document["memory"]
        target = memory["targets"][row.target]
        pages = {p["page"]: p for p in (*document.get("pages", ()), memory["image"])}
        width, height = pages[row.page]["size_wh"] if row.page in pages else (0, 0)
        crop = self._crop(next((c for c in memory["crops"] if c["id"] == target["crop"]), None))
        there = None
        if image is not None and crop is not None and image.size_wh == (width, height):
            with suppress(ValueError, SettingError):
                earlier = Thumb.of_png(crop.png)
                region = image.patch(crop.box).read(512)
                there = None if earlier is None else likeness(Thumb.of(region), earlier)
        return Sighting(
            run=row.run,
            created=created,
            image_name=name,
            image_digest=digest,
            page=row.page,
            size_wh=(int(width), int(height)),
            phrase=str(target["phrase"]),
            text=str(target["text"]),
            box=Box(*row.box),
            score=float(target["score"]),
            match=round(max(each.match for each in place), 4),
            times=len({each.run for each in place}),
            crop=crop,
            screen_likeness=like.get(row.screen),
            place_likeness=there,
        )

    def _crop(self, held: Document | None) -> Crop | None:
        """The crop of a document, with its picture; None where that is gone or damaged."""
        if held is None:
            return None
        with suppress(StoreError, OSError):
            return Crop.model_validate({**held, "png": self._pictures.read(held["png"])})
        return None
