"""Every threshold and limit, once.

`SearchSettings` steers the search, `Budget` ends it, `Settings` is what a user may set by environment
(`SEAL_...`) or in a TOML file. Values out of range raise `SettingError` with one line.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .memory.errors import SettingError

__all__ = ["Budget", "SearchSettings", "Settings"]


def one_line(error: ValidationError) -> str:
    """The first fault of a validation error: which setting, what came, what was expected."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "value"
    return f"{where} = {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}."


class _Checked(BaseModel):
    """A frozen model that raises `SettingError` where pydantic would raise its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __init__(self, **data: object) -> None:
        for name, value in data.items():  # pydantic takes True for 1
            field = type(self).model_fields.get(name)
            if isinstance(value, bool) and field is not None and field.annotation is not bool:
                raise SettingError(f"{type(self).__name__}: {name} = {value}: no truth value was expected.")
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise SettingError(f"{type(self).__name__}: {one_line(error)}") from error

    def but(self, **changes: object) -> Self:
        """A copy with some values changed, checked again."""
        return type(self)(**{**self.model_dump(), **changes})


class Budget(_Checked):
    """When to stop. Whatever comes first ends the search; the best answer so far is given then.

    looks: patches that may be visited, beside pages whose text is known (None: no limit). seconds: wall clock for the
    whole question, loading models included; the answer comes then, but for a loading that is under way (None: no
    limit).
    rounds: how often the VQA agent may ask for further targets after its first Tell.
    """

    looks: int | None = Field(default=128, ge=1)
    seconds: float | None = Field(default=120.0, gt=0, allow_inf_nan=False)
    rounds: int = Field(default=1, ge=0, le=8)


class SearchSettings(_Checked):
    """How to search. Defaults of the cue rule are those of the released V* code (`visual_search.py`).

    confidence_high, confidence_low: None takes the localizer's own. A score above `high` ends the search for
    a target; when everything was looked at, the best score counts as found from `low` on.
    cue_threshold, cue_decay, cue_minimum: a cue map is trusted when its maximum exceeds
    max(cue_minimum, cue_threshold * cue_decay ** (level - 1)), log-odds; else the contextual cue is asked for.
    leaf: "apparent" splits patches until an object of `target_px` is seen at the size that the localizer
    needs; "published" is the released rule min(w, h) <= max(ceil(min(W, H) / 4), 224); a number is that
    smallest side in pixels.
    target_px: smallest side, in full-image pixels, of what is looked for.
    overlap: share of a patch's side by which views reach over their neighbours, so that nothing is cut.
    instances_above: candidates that count as further instances, in the look that succeeds or, for a target
    of which all are wanted, in every look (None: confidence_high; 0.5 in the released code).
    directions: a contextual cue that merely names a side ("bottom of the page") becomes a map without asking
    the localizer.
    prune: children are not looked at where a localizer that can (`Capabilities.rules_out`) rules the target out.
    together: all targets of a question share every look; else each is searched for on its own, as released.
    batch_size: patches looked at in one call; results do not depend on it.
    verify: whether a find in a scaled-down view is looked at once more at native resolution before it is evidence.
    seed: of the random policy.
    most_targets: of the targets that a VQA agent names at once, so many are looked for, the first ones.
    certain, certain_absent, absent_prior: for policies that keep a posterior: the probabilities at which a place
    counts as found and an absence as certain, and the probability before any look that the target is absent.
    """

    confidence_high: float | None = Field(default=None, ge=0, le=1)
    confidence_low: float | None = Field(default=None, ge=0, le=1)
    cue_threshold: float = 6.0
    cue_decay: float = Field(default=0.7, gt=0, le=1)
    cue_minimum: float = 3.0
    leaf: Literal["apparent", "published"] | Annotated[int, Field(ge=2)] = "apparent"
    target_px: float = Field(default=16.0, gt=0)
    overlap: float = Field(default=0.125, ge=0, lt=0.5)
    instances_above: float | None = Field(default=None, ge=0, le=1)
    directions: bool = True
    prune: bool = True
    together: bool = True
    batch_size: int = Field(default=1, ge=1, le=64)
    verify: bool = True
    seed: int = 0
    most_targets: int = Field(default=64, ge=1)
    certain: float = Field(default=0.95, ge=0.5, lt=1)
    certain_absent: float = Field(default=0.99, ge=0.5, lt=1)
    absent_prior: float = Field(default=0.5, gt=0, lt=1)

    @classmethod
    def published(cls, **changes: object) -> SearchSettings:
        """The settings of the released V* code."""
        released: dict[str, Any] = {
            "confidence_high": 0.5,
            "confidence_low": 0.3,
            "leaf": "published",
            "overlap": 0.0,
            "instances_above": 0.5,
            "directions": False,
            "prune": False,
            "verify": False,
            "together": False,
        }
        return cls(**{**released, **changes})


class Settings(BaseModel):
    """What a user may set outside the program: `SEAL_VQA`, `SEAL_LOCALIZER`, ... or the keys in `config.toml`.

    The file lies in the user's configuration folder (`seal/config.toml`). Order: environment, file. A variable that is
    empty is as one that is not set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    vqa: str = Field("reader", description="The agent that reads the question and answers it: SCHEME:NAME.")
    localizer: str = Field(
        "fused:ocr+nano", description="The agent that finds things in the image: SCHEME:NAME."
    )
    policy: str = Field(
        "vstar",
        description="How to search: vstar, ideal, breadth-first, depth-first, random, slices or whole.",
    )
    looks: int = Field(128, description="Patches that may be looked at for one question.")
    seconds: float = Field(120.0, description="Wall clock for one question.")
    dpi: float = Field(200.0, description="Resolution at which a page of a PDF is seen.")
    max_pixels: int = Field(
        400_000_000,
        description="Images of more pixels are read by tiles, or refused; no look decodes more (docs/huge.md).",
    )
    store: Path | None = Field(
        None,
        description="Folder in which every run is kept; none: only with `--keep`, in the user's data folder.",
    )
    look_cache: Path | None = Field(
        None,
        description="Folder in which looks, and pages that `seal index` read, are kept for later processes; none: in "
        "memory alone.",
    )

    @field_validator("store", "look_cache", mode="before")
    @classmethod
    def _folder(cls, value: object) -> object:
        """Of a folder: an empty name, which would stand for the current one, names none; "~" is the user's own."""
        if not isinstance(value, str | Path):
            return value
        return Path(value).expanduser() if str(value).strip() else None

    @classmethod
    def load(cls) -> Settings:
        """The user's settings. Raises SettingError, one line, when a value or the file is wrong."""
        file = platformdirs.user_config_path("seal") / "config.toml"
        given = {name.casefold(): value for name, value in os.environ.items() if value.strip()}
        try:
            kept = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
            return cls(**kept | {f: given[f"seal_{f}"] for f in cls.model_fields if f"seal_{f}" in given})
        except ValidationError as error:
            raise SettingError(
                f"Settings (environment SEAL_... or config.toml): {one_line(error)}"
            ) from error
        except (ValueError, OSError) as error:
            raise SettingError(f"The settings file config.toml cannot be read: {error}.") from error
