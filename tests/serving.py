"""A real server in this process, for tests: uvicorn in a thread, on a port of its own."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import PIL.Image
import pytest
from test_tools import fake

from seal import Seal
from seal.agents.fake import FakeLocalizer
from seal.memory.deadline import pause
from seal.serve import Limits, made
from seal.tools import Tools

for _name in ("fastapi", "uvicorn", "python_multipart"):
    pytest.importorskip(_name, reason=f"the extra serve is absent ({_name})")


def slow() -> FakeLocalizer:
    """A localizer that looks for a minute when it is asked for a ghost, and looks at the deadline meanwhile."""
    localizer = fake()
    locate = localizer.locate

    def slowly(patches, phrases):  # type: ignore[no-untyped-def]
        if "ghost" in phrases:
            pause(60)
        return locate(patches, phrases)

    localizer.locate = slowly  # type: ignore[method-assign]
    return localizer


def tools(folder: Path | None = None, localizer: FakeLocalizer | None = None, at_once: int = 1) -> Tools:
    seal = Seal("reader", localizer or fake())
    return Tools(seal, [] if folder is None else [folder], at_once=at_once)


@contextmanager
def serving(
    of: Tools, limits: Limits | None = None, *, token: str | None = None, ready: bool = True
) -> Iterator[httpx.Client]:
    """A client of a server, by default of one that is ready; the server ends with the block."""
    import uvicorn

    app = made(of, limits, token=token)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=60) as client:
            assert comes(lambda: server.started)
            assert not ready or comes(lambda: client.get("/ready").status_code == 200)
            try:
                yield client
            finally:
                server.should_exit = True
                thread.join(20)
                assert not thread.is_alive()


def png(image: PIL.Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def gauge(client: httpx.Client, name: str) -> float:
    """The value of a line of /metrics; 0 where there is none."""
    for line in client.get("/metrics").text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    return 0.0


def settled(client: httpx.Client, name: str, value: float) -> bool:
    """Whether a value of /metrics becomes this one soon."""
    return comes(lambda: gauge(client, name) == value)


def comes(what: Callable[[], bool]) -> bool:
    """Whether something becomes true soon."""
    for _ in range(600):
        if what():
            return True
        time.sleep(0.02)
    return False
