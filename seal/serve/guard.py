"""What stands before the application: who may come in, how much may be sent, and what is said when it fails.

- A token is compared in constant time. Without one, a server of this machine answers those alone who call it by a name
  of this machine, and no page of another site: a browser must not ask it for strangers.
- The bytes of a body are counted while they come.
- Every error is written here, in one shape; no traceback leaves.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..memory.source import one_line
from .gate import Limits
from .metrics import Metrics
from .refusals import Gone, Refused, written

__all__ = ["Guard", "OPEN", "is_local"]

OPEN = frozenset(("/health", "/ready", "/probe/", "/probe"))
"""Paths that need no token: they tell nothing of any picture."""
GONE = 499
"""Status that is counted where the client went away."""
_SAFE: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def is_local(host: str) -> bool:
    """Whether a host, as an address or as a header names it, with or without a port, is this machine alone."""
    name = host.strip().casefold()
    name = name[1:].partition("]")[0] if name.startswith("[") else name
    name = name if name.count(":") > 1 else name.partition(":")[0]
    return name in ("localhost", "::1") or (
        name.startswith("127.") and all(part.isdecimal() for part in name.split("."))
    )


class Guard:
    """An ASGI application around another one."""

    def __init__(
        self, app: ASGIApp, *, limits: Limits, metrics: Metrics, token: str | None, local: bool
    ) -> None:
        self.app, self.limits, self.metrics = app, limits, metrics
        self._token = None if token is None else token.strip().encode()
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.monotonic(), 0
        counted = 0

        async def counting() -> Message:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > self.limits.body_bytes:  # without a length it may never end: nothing more is read
                raise self._too_large({"Connection": "close"})
            return message

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope["method"], scope["path"], Headers(scope=scope))
            await self.app(scope, counting, sending)
        except Gone:
            status = GONE
        except Exception as error:
            if status:  # the response has begun: all that can be done is to break it off
                raise
            code, more, body = written(error)
            response = Response(body, code, {"Content-Type": "application/json", **more})
            await response(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "other")
            self.metrics.note(route, status or GONE, time.monotonic() - started)

    def _check(self, method: str, path: str, headers: Headers) -> None:
        """Raises Refused for a request that is not let in."""
        if self._token is not None and path not in OPEN and not self._knows(method, path, headers):
            wanted = 'Basic realm="SEAL: the token as password"' if _is_page(method, path) else "Bearer"
            raise Refused(
                401,
                "Unauthorized",
                "This server wants a token: send the header Authorization: Bearer TOKEN.",
                {"WWW-Authenticate": wanted},
            )
        if self._token is None and self._local:
            host = headers.get("host", "")
            if not is_local(host):
                raise Refused(
                    403,
                    "Forbidden",
                    f"This server answers those who call it 127.0.0.1 or localhost, not {one_line(host, 60)!r}; "
                    "start it with a token for others.",
                )
            if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
                raise Refused(
                    403, "Forbidden", "Pages of other sites may not use this server; start it with a token."
                )
        length = headers.get("content-length", "0")
        if length.isdecimal() and int(length) > self.limits.body_bytes:
            raise self._too_large()

    def _knows(self, method: str, path: str, headers: Headers) -> bool:
        kind, _, said = headers.get("authorization", "").partition(" ")
        given = said.strip().encode("latin-1")  # as it came
        if kind.casefold() == "basic" and _is_page(method, path):
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                return False
        elif kind.casefold() != "bearer":
            return False
        return hmac.compare_digest(given, self._token or b"")

    def _too_large(self, headers: Mapping[str, str] | None = None) -> Refused:
        return Refused(
            413,
            "TooLarge",
            f"The body is over the limit of {self.limits.body_bytes / 1e6:g} MB; send a smaller picture, or the path "
            "of a file in an allowed folder.",
            headers,
        )


def _is_page(method: str, path: str) -> bool:
    """Whether it is the page of a run, which a browser shows: browsers ask for a password, and know no tokens."""
    return method == "GET" and path.startswith("/runs/")
