"""SEAL: Show, Search and Tell. Guided visual search for vision-language models (V*, arXiv 2312.14135).

Public names are loaded on first use (PEP 562), so that `import seal` and `import seal.memory` stay light.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path as _Path
from typing import TYPE_CHECKING

_ROOT = _Path(__file__).resolve().parent.parent
if (_ROOT / "pyproject.toml").is_file() and (_ROOT / "memory" / "geometry.py").is_file():
    __path__.append(str(_ROOT))  # a checkout: `agents`, `memory` and `train` lie beside this folder

__version__ = "0.1.0"

_HOMES = {
    "Answer": "agents.contracts",
    "Box": "memory.geometry",
    "Budget": "settings",
    "Capabilities": "agents.contracts",
    "Diff": "screen.diff",
    "Element": "screen.element",
    "Elements": "screen.element",
    "Frame": "memory.frames",
    "Image": "memory.image",
    "InputError": "memory.errors",
    "Localizer": "agents.contracts",
    "MemoryStore": "memory.store",
    "Need": "agents.contracts",
    "Pointed": "screen.point",
    "Query": "orchestrator",
    "Result": "record.result",
    "Seal": "orchestrator",
    "SealError": "memory.errors",
    "SearchSettings": "settings",
    "Sighting": "agents.contracts",
    "Target": "agents.contracts",
    "Trace": "record.trace",
    "VQAAgent": "agents.contracts",
    "VisualWorkingMemory": "memory.working",
    "Zoom": "screen.zoom",
    "open_document": "memory.image",
}

__all__ = [
    "Answer",
    "Box",
    "Budget",
    "Capabilities",
    "Diff",
    "Element",
    "Elements",
    "Frame",
    "Image",
    "InputError",
    "Localizer",
    "MemoryStore",
    "Need",
    "Pointed",
    "Query",
    "Result",
    "Seal",
    "SealError",
    "SearchSettings",
    "Sighting",
    "Target",
    "Trace",
    "VQAAgent",
    "VisualWorkingMemory",
    "Zoom",
    "__version__",
    "open_document",
]

if TYPE_CHECKING:
    from .agents.contracts import Answer, Capabilities, Localizer, Need, Sighting, Target, VQAAgent
    from .memory.errors import InputError, SealError
    from .memory.frames import Frame
    from .memory.geometry import Box
    from .memory.image import Image, open_document
    from .memory.store import MemoryStore
    from .memory.working import VisualWorkingMemory
    from .orchestrator import Query, Seal
    from .record.result import Result
    from .record.trace import Trace
    from .screen.diff import Diff
    from .screen.element import Element, Elements
    from .screen.point import Pointed
    from .screen.zoom import Zoom
    from .settings import Budget, SearchSettings


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'seal' has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
