"""Batches: many questions from a file, results in a folder; one process, several or a cluster; gone on with later."""

from __future__ import annotations

from .cluster import RayCluster
from .folder import Failure, Outcome
from .items import BadLine
from .recipe import Recipe
from .run import Standing, ask_many

__all__ = ["BadLine", "Failure", "Outcome", "RayCluster", "Recipe", "Standing", "ask_many"]
