"""Runs kept on disk, on request: put, found again by what they hold, deleted; and where things were seen earlier."""

from __future__ import annotations

from .rows import Limits, StoreSize
from .runs import RunFilter, RunSummary, StoredRun
from .sightings import ScreenSighting, Sighting
from .store import MemoryStore, default_path

__all__ = [
    "Limits",
    "MemoryStore",
    "RunFilter",
    "RunSummary",
    "ScreenSighting",
    "Sighting",
    "StoreSize",
    "StoredRun",
    "default_path",
]
