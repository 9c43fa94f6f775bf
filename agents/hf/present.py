"""Whether a model can be had at all: asked before torch and transformers are imported, which takes seconds."""

from __future__ import annotations

import functools
import time
from pathlib import Path

from ...memory.errors import AgentError

__all__ = ["UNREACHABLE", "hub_answers", "require"]

HUB_SECONDS = 1.5
"""Until the hub has to answer; else only what is on this machine is used."""
FRESH = 60
"""Seconds for which it is believed that the hub answers, or does not."""
UNREACHABLE = (
    "not on this machine (looked for a folder of that name, and in {cache}), and the model hub was not asked or "
    "cannot be reached. With a network: hf download {name}; without one: pass the path of a copied folder."
)


def require(name: str, revision: str | None = None, offline: bool = False) -> None:
    """Raise AgentError for a model of the hub that is not on this machine where the hub cannot be asked.

    All other faults of a name are told by whoever loads it.
    """
    try:
        import huggingface_hub
    except ImportError:
        return  # who loads it says which extra is missing
    if Path(name).expanduser().is_dir() or name.startswith((".", "/", "~")):
        return
    try:
        cached = huggingface_hub.try_to_load_from_cache(name, "config.json", revision=revision)
    except ValueError:
        return  # no name that the hub would have
    constants = huggingface_hub.constants
    if isinstance(cached, str) or not (offline or constants.HF_HUB_OFFLINE or not hub_answers()):
        return
    raise AgentError(f"{name}: {UNREACHABLE.format(name=name, cache=constants.HF_HUB_CACHE)}")


def hub_answers() -> bool:
    """Whether the hub can be reached; asked once in `FRESH` seconds. Its client would try for half a minute."""
    return _answers(int(time.monotonic() // FRESH))


@functools.lru_cache(maxsize=1)
def _answers(now: int) -> bool:
    import huggingface_hub

    del now
    session = huggingface_hub.get_session()
    try:
        session.head(huggingface_hub.constants.ENDPOINT, timeout=HUB_SECONDS)
    except Exception:  # of the client that huggingface_hub uses, which differs between its releases
        return False
    return True
