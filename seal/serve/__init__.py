"""SEAL over HTTP: the tools of `seal.tools`, a chat model as OpenAI's clients speak to one, and OmniParser's server.

FastAPI, uvicorn and python-multipart (extra `serve`) are imported when a server is made; a client needs none of them.
"""

from __future__ import annotations

from .client import ask_server, locate_on_server
from .gate import Limits
from .start import made, serve

__all__ = ["Limits", "ask_server", "locate_on_server", "made", "serve"]
