"""Batches: many questions from a file, results in a folder, one or several processes, interrupted and gone on with."""

from __future__ import annotations

from .folder import Failure, Outcome
from .items import BadLine
from .recipe import Recipe
from .run import Standing, ask_many

__all__ = ["BadLine", "Failure", "Outcome", "Recipe", "Standing", "ask_many"]
