"""SEAL: Show, Search and Tell. Guided visual search for vision-language models (V*, arXiv 2312.14135).

Public names are loaded on first use (PEP 562), so that `import seal` and `import seal.memory` stay light.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path as _Path
from typing import TYPE_CHECKING, Any

_ROOT = _Path(__file__).resolve().parent.parent
if (_ROOT / "pyproject.toml").is_file() and (_ROOT / "memory" / "geometry.py").is_file():
    __path__.append(str(_ROOT))  # a checkout: the floors `agents` and `memory` lie beside this folder

__version__ = "0.1.0"
