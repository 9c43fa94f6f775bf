"""From what each process makes its own `Seal`, and what its answers depend on."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from ..measure.ledger import setups
from ..orchestrator import Seal
from ..settings import Budget, SearchSettings, Settings

__all__ = ["Recipe", "configuration"]


_SET = ("vqa", "localizer", "policy", "budget", "dpi", "max_pixels")
"""Arguments that a user's settings stand in for."""


class Recipe(BaseModel):
    """The arguments of `Seal`, with agents by name; what is None comes from the user's settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vqa: str | None = None
    localizer: str | None = None
    policy: str | None = None
    budget: Budget | None = None
    search: SearchSettings | None = None
    dpi: float | None = None
    max_pixels: int | None = None
    memory: Path | None = None

    def seal(self) -> Seal:
        """A `Seal` made from it. Raises as `Seal` does."""
        return Seal(**{name: getattr(self, name) for name in type(self).model_fields})

    def resolved(self) -> Recipe:
        """The same, with what the user has set here in place of None: for machines that have settings of their own."""
        mine = Settings.load()
        limits = Budget(looks=mine.looks, seconds=mine.seconds)
        told = {"budget": limits} | {name: getattr(mine, name) for name in _SET if name != "budget"}
        return self.model_copy(update={name: told[name] for name in _SET if getattr(self, name) is None})


def configuration(seal: Seal) -> dict[str, JsonValue]:
    """What answers depend on beside the questions: agents, policy, budget, thresholds, resolution, versions."""
    told = {
        **setups(seal)["search"],
        "localizer_version": seal.localizer.version,
        "dpi": seal.dpi,
        "max_pixels": seal.max_pixels,
    }
    values: dict[str, JsonValue] = json.loads(json.dumps(told))
    return values
