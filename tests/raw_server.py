"""Servers that break every rule of HTTP on purpose: each connection goes to a function with a bare socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["Talk", "answer", "asked", "listening"]

Talk = Callable[[socket.socket], None]


def asked(connection: socket.socket) -> bytes:
    """The head and body of a request, as far as they came."""
    data = b""
    while b"\r\n\r\n" not in data and (part := connection.recv(65536)):
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0)
    while len(body) < length and (part := connection.recv(65536)):
        body += part
    return head + b"\r\n\r\n" + body


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """The bytes of a reply; `length`: what it says of its body, if that is another."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def listening(talk: Talk) -> Iterator[str]:
    """Serves `talk`, a connection at a time for each of its threads; yields the base URL."""
    server = socket.create_server(("127.0.0.1", 0))
    open_: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # nobody waits any more
            talk(connection)

    def accept() -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = server.accept()
                open_.append(connection)
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in open_:
            connection.close()
        thread.join()
