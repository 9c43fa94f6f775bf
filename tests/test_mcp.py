"""The tools over MCP, with a real client: over stdio and HTTP, with any release of the SDK that is admitted."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from test_tools import picture, uri

from seal.memory.errors import MissingExtraError, SettingError
from seal.tools import Tools
from seal.tools.server import checked_address, mcp_server, serve_http

HERE = Path(__file__).parent
SERVER = """
import sys
from test_tools import fake
from seal import Seal
from seal.memory.deadline import pause
from seal.tools import Tools
from seal.tools.server import serve_http, serve_stdio

localizer = fake()
locate = localizer.locate
def slowly(patches, phrases):
    if "ghost" in phrases:
        pause(60)
    return locate(patches, phrases)
localizer.locate = slowly
tools = Tools(Seal("reader", localizer), [sys.argv[1]])
serve_http(tools, "127.0.0.1", int(sys.argv[2])) if len(sys.argv) > 2 else serve_stdio(tools)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture().save(tmp_path / "now.png")
    return tmp_path


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])}


@asynccontextmanager
async def over_stdio(folder: Path) -> AsyncIterator[Any]:
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    server = StdioServerParameters(
        command=sys.executable, args=["-c", SERVER, str(folder)], env=environment(), cwd=str(HERE.parent)
    )
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def plain(result: Any) -> Any:
    """As it goes over the wire, whatever the SDK calls its fields."""
    return result.model_dump(mode="json", by_alias=True)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        await asyncio.wait_for(work(), 120)

    asyncio.run(limited())


def test_over_stdio(folder: Path) -> None:
    pytest.importorskip("mcp")
    steps: list[float] = []

    async def on_progress(done: float, total: float | None, message: str | None = None) -> None:
        steps.append(done)

    async def work() -> None:
        async with over_stdio(folder) as session:
            listed = plain(await session.list_tools())["tools"]
            assert [tool["name"] for tool in listed] == sorted(
                ["ask", "diff", "elements", "locate", "point", "read", "zoom"]
            )
            assert all(
                tool["annotations"]["readOnlyHint"] and not tool["annotations"]["openWorldHint"]
                for tool in listed
            )
            closer = plain(
                await session.call_tool(
                    "zoom", {"image": "now.png", "region": [0, 0, 100, 100], "max_side": 64}
                )
            )
            assert closer["structuredContent"]["picture_size"] == [64, 64]
            assert [block["type"] for block in closer["content"]] == ["text", "image"]
            assert json.loads(closer["content"][0]["text"]) == closer["structuredContent"]
            for name, arguments, says in (
                ("click", {}, "There is no tool 'click'"),
                ("point", {"image": "../x.png", "instruction": "a"}, "no such file in the folders"),
                ("point", {"image": "now.png", "instrution": "a"}, "no argument 'instrution'|missing"),
            ):
                told = plain(await session.call_tool(name, arguments))
                assert told["isError"] and "\n" not in told["content"][0]["text"]
                assert any(part in told["content"][0]["text"] for part in says.split("|"))
            found = plain(
                await session.call_tool(
                    "locate",
                    {"image": "now.png", "targets": ["settings icon"]},
                    progress_callback=on_progress,
                )
            )
            assert found["structuredContent"]["status"] == "found"

            searching = asyncio.create_task(
                session.call_tool("locate", {"image": "now.png", "targets": ["ghost"]})
            )
            await asyncio.sleep(1)
            searching.cancel()
            await asyncio.gather(searching, return_exceptions=True)
            if version("mcp").startswith("2."):  # clients of release 1 tell the server nothing
                told = plain(await session.call_tool("read", {"image": "now.png"}))
                assert told["structuredContent"]["count"] == 3

    run(work)
    assert steps and steps == sorted(steps)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_over_http(folder: Path) -> None:
    pytest.importorskip("mcp")
    from mcp import ClientSession

    try:
        from mcp.client.streamable_http import streamable_http_client as connect
    except ImportError:
        from mcp.client.streamable_http import streamablehttp_client as connect

    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), str(port)], env=environment(), stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}/mcp"

    async def work() -> None:
        async with connect(address) as streams, ClientSession(*streams[:2]) as session:
            await session.initialize()
            told = plain(await session.call_tool("point", {"image": "now.png", "instruction": "click Save"}))
            assert told["structuredContent"]["best"]["name"] == "Save"
            noise = np.random.default_rng(3).integers(0, 255, (1200, 1600, 3), np.uint8)
            sent = uri(PIL.Image.fromarray(noise))
            assert len(sent) > 4 * 2**20  # more than the SDK takes by itself
            told = plain(await session.call_tool("elements", {"image": sent, "frame": "0-1"}))
            assert told["structuredContent"]["image_size"] == [1600, 1200]

    async def leave() -> None:
        async with connect(address) as streams, ClientSession(*streams[:2]) as session:
            await session.initialize()
            await asyncio.wait_for(
                session.call_tool("locate", {"image": "now.png", "targets": ["ghost"]}), 1.5
            )

    try:
        wait_for(port)
        assert answer_to(port, 60_000_000) == 413
        with pytest.raises((TimeoutError, BaseExceptionGroup)):
            run(leave)
        run(work)  # the search of the client that went away has stopped: there is one turn at a time
        with pytest.raises(SettingError, match=rf"127.0.0.1:{port} cannot be had: it is in use"):
            serve_http(Tools(allow=[folder]), "127.0.0.1", port)
    finally:
        server.kill()
        server.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server does not listen")


def answer_to(port: int, size: int) -> int:
    """Status of the answer to a request that announces a body of a size; it is refused before the body is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("POST", "/mcp")
    for name, value in (
        ("Content-Type", "application/json"),
        ("Accept", "application/json, text/event-stream"),
        ("Content-Length", str(size)),
    ):
        connection.putheader(name, value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1:8765", ("127.0.0.1", 8765)),
        (":80", ("127.0.0.1", 80)),
        ("9", ("127.0.0.1", 9)),
        ("[::1]:9", ("::1", 9)),
    ],
)
def test_addresses(address: str, place: tuple[str, int]) -> None:
    assert checked_address(address) == place


@pytest.mark.parametrize("address", ["", "localhost", "a:b", "a:0", "a:65536", "a:-1", "a:²"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(SettingError, match="An address is"):
        checked_address(address)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in ("mcp", "mcp.types", "mcp.server", "mcp.server.mcpserver", "mcp.server.fastmcp"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'seal-visual-search\[mcp\]'"):
        mcp_server(Tools(allow=[folder]))


def test_the_root_is_not_allowed_by_silence() -> None:
    command = [sys.executable, "-m", "seal", "mcp"]
    told = subprocess.run(command, cwd="/", env=environment(), capture_output=True, text=True, check=False)
    assert told.returncode == 2 and "--allow DIR" in told.stderr and told.stdout == ""
