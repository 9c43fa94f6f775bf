"""What transformers calls by one name in its older releases and by another in its newer ones.

- Chosen by signature, never by version number: a name is used where the function at hand has it.
- The one case so far: the keys and values that a model keeps of what it has read. Releases before 5.24 call them
  `past_key_values`, as an argument and in the output; from 5.24 on they are `cache`, and the old name warns.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Protocol, TypeVar

__all__ = ["cache_argument", "cache_of"]

_NAMES = ("cache", "past_key_values")
"""Newest first."""

Kept = TypeVar("Kept", covariant=True)


class HoldsCache(Protocol[Kept]):
    """An output of a model, which is a mapping by name."""

    def __contains__(self, name: object) -> bool: ...
    def __getitem__(self, name: str) -> Kept: ...


def cache_argument(call: Callable[..., object], kept: object) -> dict[str, object]:
    """The keyword argument with which `call` (a model's `forward` or `generate`) goes on from the cache `kept`.

    A function that takes any keyword says nothing in its signature; it gets the name that transformers itself uses.
    """
    return {_named(call) or _own_name(): kept}


def cache_of(output: HoldsCache[Kept]) -> Kept:
    """The cache in the output of a model's `forward` or `generate`; a KeyError when there is none."""
    return output["cache" if "cache" in output else "past_key_values"]


def _named(call: Callable[..., object]) -> str | None:
    parameters = inspect.signature(call).parameters
    return next((name for name in _NAMES if name in parameters), None)


@cache
def _own_name() -> str:
    from transformers import GenerationMixin

    return _named(GenerationMixin.prepare_inputs_for_generation) or _NAMES[0]
