"""`seal mcp`: the tools for agents, over the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..memory.errors import SettingError
from .options import Dpi, Loc, Looks, Seconds, Vqa, seal_of

__all__ = ["mcp"]


def mcp(
    allow: Annotated[
        list[Path] | None,
        typer.Option(
            "--allow",
            help="Folder of which files may be opened; give it several times (default: the current one).",
        ),
    ] = None,
    http: Annotated[
        str | None,
        typer.Option("--http", metavar="HOST:PORT", help="Serve streamable HTTP at /mcp instead of stdio."),
    ] = None,
    vqa: Vqa = None,
    localizer: Loc = None,
    looks: Looks = None,
    seconds: Seconds = None,
    dpi: Dpi = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            help="Folder of a memory store: searches are kept there, and a tool tells where things were seen earlier.",
        ),
    ] = None,
) -> None:
    """Serve the tools that agents call by MCP: point, elements, zoom, read, diff, locate, ask; with --store sightings.

    Files are opened in the allowed folders alone; nothing is fetched from a network, and nothing is written but the
    runs in a store that was named.
    """
    from ..console import note
    from ..tools.server import checked_address, serve_http, serve_stdio
    from ..tools.session import Tools

    address = None if http is None else checked_address(http)
    if not allow and Path.cwd() in (Path(Path.cwd().anchor), Path.home()):
        raise SettingError(
            f"Name the folders of which files may be opened: --allow DIR; {Path.cwd()} is too much."
        )
    tools = Tools(seal_of(vqa, localizer, None, looks, seconds, dpi, store=store), allow or None)
    if address is None:
        serve_stdio(tools)
        return
    host, port = address
    if host not in ("127.0.0.1", "localhost", "::1"):
        note(
            "Whoever reaches this port can ask about all files in the allowed folders: there is no password."
        )
    serve_http(tools, host, port, note)
