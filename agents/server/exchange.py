"""One request over HTTP and its reply, within limits that a server cannot stretch by how it spreads its bytes.

- total: seconds of the whole exchange, the wait for a turn included. Whatever is not over then is left behind, and its
  connection is cut, so that neither a thread nor a turn stays with a server that drips or hangs.
- connect: seconds until a connection stands. read: seconds between two pieces of a reply; a server that answers at once
  and whole says nothing while its model thinks, so that the default is the total.
- most_bytes: of a reply, unpacked. What is longer is refused as soon as it is.
- Redirects are not followed: the key goes to the host that was named, and to no other.
"""

from __future__ import annotations

import queue
import socket
import ssl
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from ...memory.deadline import POLL, Deadline, current, leave_behind
from ...memory.errors import AgentError, OutOfTime
from ...memory.source import one_line

__all__ = ["Exchange", "Form", "Limits"]

_LEAST = 1e-3
"""Seconds that a part of an exchange may take at least."""
_PACKED = ("", "identity", "gzip", "deflate")
"""Encodings that are unpacked piece by piece, 64 KB into 64 MB at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one exchange: seconds and bytes, as above."""

    total: float = 120.0
    connect: float = 10.0
    read: float = 120.0
    most_bytes: int = 16 << 20


@dataclass(frozen=True, slots=True)
class Form:
    """What is sent as a form. files: field -> (name, content)."""

    fields: Mapping[str, str | list[str]]
    files: Mapping[str, tuple[str, bytes]]


class Exchange:
    """Exchanges with the server at `url`, at most `concurrency` at a time; connections are kept between them."""

    def __init__(self, url: str, headers: Mapping[str, str], limits: Limits, concurrency: int) -> None:
        self.url, self.limits = url, limits
        told = {"Accept-Encoding": "identity", **headers}
        self._headers = [(name.encode(), value.encode()) for name, value in told.items()]
        self._trusted = httpx.create_ssl_context()
        self._turns: queue.LifoQueue[_Line | None] = queue.LifoQueue()
        for _ in range(concurrency):
            self._turns.put(None)

    def __call__(self, method: str, path: str, body: object = None) -> tuple[int, str, httpx.Headers]:
        """Status, text and headers of a reply. body: JSON, or a `Form`.

        Raises httpx's errors, httpx.TimeoutException with the limit in words; AgentError for a reply that is too long;
        OutOfTime when the deadline in force passes.
        """
        limits = self.limits
        try:
            with Deadline.after(self.limits.total).in_force():
                line = self._turn() or _Line(self.url, self._headers, self._trusted)
                try:
                    return leave_behind(lambda: self._exchanged(line, method, path, body))
                except (OutOfTime, KeyboardInterrupt):  # its thread may go on
                    line.cut()
                    raise
                finally:
                    self._turns.put(None if line.is_cut else line)
        except httpx.ConnectTimeout as error:
            raise httpx.ConnectTimeout(
                f"no connection within {min(limits.connect, limits.total):g} s"
            ) from error
        except (httpx.TimeoutException, OutOfTime) as error:
            current().check()  # the run's time is over
            quiet = isinstance(error, httpx.TimeoutException) and limits.read < limits.total
            said = f"no byte for {limits.read:g} s" if quiet else f"no reply within {limits.total:g} s"
            raise httpx.ReadTimeout(said) from None

    def _turn(self) -> _Line | None:
        while True:
            current().check()
            with suppress(queue.Empty):
                return self._turns.get(timeout=min(POLL, current().left()))

    def _exchanged(self, line: _Line, method: str, path: str, body: object) -> tuple[int, str, httpx.Headers]:
        deadline, limits = current(), self.limits
        deadline.check()
        # a socket does not wait for 0 seconds, but says that nothing answers
        left = max(deadline.left(), _LEAST)
        waits = httpx.Timeout(min(left, limits.read), connect=min(limits.connect, left))
        try:
            form = body if isinstance(body, Form) else None
            with line.http.stream(
                method,
                path,
                json=None if form else body,
                data=form.fields if form else None,
                files=form.files if form else None,
                timeout=waits,
                extensions={"trace": line.watch},
            ) as response:
                packed = response.headers.get("content-encoding", "").strip().lower()
                if packed not in _PACKED:
                    raise AgentError(
                        f"{self.url}: the reply is packed as {one_line(packed, 40)}, which was not asked for."
                    )
                data = bytearray()
                for part in response.iter_bytes():
                    deadline.check()
                    data += part
                    if len(data) > limits.most_bytes:
                        raise AgentError(
                            f"{self.url}: the reply is over the limit of {limits.most_bytes / 1e6:.0f} MB and was "
                            "broken off; is this the right server?"
                        )
                return response.status_code, data.decode("utf-8", "replace"), response.headers
        finally:
            line.end()


class _Line:
    """A connection that is kept from one request to the next, and can be cut while another thread waits for it."""

    def __init__(self, url: str, headers: Sequence[tuple[bytes, bytes]], trusted: ssl.SSLContext) -> None:
        self.http = httpx.Client(base_url=url, headers=headers, verify=trusted)
        self.is_cut = False
        self._socket: socket.socket | None = None
        weakref.finalize(self, self.http.close)

    def watch(self, event: str, told: Mapping[str, object]) -> None:
        """Called by httpx for whatever happens: keeps the socket of a new connection."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            stream = told["return_value"]
            self._socket = stream.get_extra_info("socket")  # type: ignore[attr-defined]
            if self.is_cut:
                self.cut()

    def cut(self) -> None:
        """End whatever waits on the connection, in whatever thread."""
        self.is_cut = True
        if isinstance(self._socket, socket.socket):
            with suppress(OSError):
                socket.socket.shutdown(
                    self._socket, socket.SHUT_RDWR
                )  # beneath TLS, which another thread uses

    def end(self) -> None:
        """After an exchange: a line that was cut is of no more use."""
        if self.is_cut:
            self.http.close()
