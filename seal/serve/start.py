"""Making and running the server; what it is made of is imported here, when it is asked for."""

from __future__ import annotations

import socket
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from ..memory.errors import MissingExtraError, SettingError
from ..tools.server import check_port
from ..tools.session import Tools
from .gate import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["made", "serve"]

KEPT_OPEN = 75
"""Seconds that an idle connection is kept, longer than clients keep theirs: none is closed while one asks."""
LINGER = 5
"""Seconds that open requests have when the server is told to end."""


def made(
    tools: Tools, limits: Limits | None = None, *, token: str | None = None, local: bool = True
) -> FastAPI:
    """The application, for a server of yours. token: what requests must bear; None: nothing. local: only requests that
    call the server by a name of this machine are answered, while there is no token.

    Raises MissingExtraError without the extra `serve`, SettingError for an empty token.
    """
    _check_extra()
    if token is not None and not token.strip():
        raise SettingError("The token is empty; give some characters that are hard to guess, or none at all.")
    from .app import make_app

    return make_app(tools, limits, token=token, local=local)


def _check_extra() -> None:
    for name in ("fastapi", "uvicorn", "python_multipart"):
        try:
            import_module(name)
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"seal serve needs the package {error.name}: pip install 'seal-visual-search[serve]'"
            ) from error


def serve(
    tools: Tools,
    host: str = "127.0.0.1",
    port: int = 8000,
    limits: Limits | None = None,
    *,
    token: str | None = None,
    tell: Callable[[str], None] | None = None,
) -> None:
    """Answer at http://HOST:PORT until interrupted. tell: told the address, and what is open to others.

    Raises as `made`; SettingError where the port cannot be had.
    """
    _check_extra()
    from .guard import is_local

    local = is_local(f"[{host}]" if ":" in host else host)
    app = made(tools, limits, token=token, local=local)
    check_port(host, port)
    import uvicorn

    if tell is not None:
        if not local and token is None:
            tell("Warning: whoever reaches this port can use it; give a token (--token, SEAL_TOKEN).")
        tell(f"Serving http://{f'[{host}]' if ':' in host else host}:{port} (its routes: /openapi.json)")

    class Server(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.state.desk.end()  # else it would wait for searches
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        host,
        port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEPT_OPEN,
        timeout_graceful_shutdown=LINGER,
    )
    Server(config).run()
