"""Runs kept on disk, on request: put, found again by what they hold, deleted; and where things were seen earlier."""

from __future__ import annotations

from .rows import Limits, StoreSize
from .runs import RunFilter, RunSummary, StoredRun
from .store import MemoryStore, default_path

__all__ = ["Limits", "MemoryStore", "RunFilter", "RunSummary", "StoreSize", "StoredRun", "default_path"]
