"""A folder of weights by name: a local folder, the hub's cache, the hub."""

from __future__ import annotations

import re
from pathlib import Path

from ...memory.errors import AgentError, UnknownAgentError

__all__ = ["resolve"]

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_FILES = ["*.json", "*.model", "*.safetensors", "*.bin"]


def resolve(name: str, purpose: str = "a checkpoint") -> Path:
    """The folder of that name, downloaded if it must be.

    Raises UnknownAgentError: neither a folder nor the form of a hub id. AgentError: the hub does not give it.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    if not _HUB_ID.fullmatch(name):
        raise UnknownAgentError(
            f"{name!r} is no folder and no hub id (owner/name); {purpose} is expected, "
            "for example craigwu/seal_vqa_7b or a folder that holds it."
        )
    import huggingface_hub
    from huggingface_hub import constants

    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=_FILES))
    except Exception as error:  # the client's errors have no common base
        raise AgentError(
            f"{name}: tried the folder {folder.absolute()}, the cache {constants.HF_HUB_CACHE} and "
            f"the hub ({type(error).__name__}); this is {purpose}. Download it where there is a network "
            f"(hf download {name}), then give its folder."
        ) from error
