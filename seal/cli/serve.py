"""`seal serve`: SEAL over HTTP; and the questions that other commands send to such a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ..memory.errors import SettingError
from .options import Dpi, Loc, Looks, Seconds, Vqa, seal_of

__all__ = ["ServerOpt", "TokenOpt", "asking", "serve"]

ServerOpt = Annotated[
    str | None,
    typer.Option("--server", metavar="URL", help="Ask the `seal serve` there; no model is loaded here."),
]
TokenOpt = Annotated[
    str | None,
    typer.Option("--token", envvar="SEAL_TOKEN", show_envvar=True, help="The token that the server wants."),
]


def serve(
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", help="Where to answer; this machine alone by default."),
    ] = "127.0.0.1:8000",
    allow: Annotated[
        list[Path] | None,
        typer.Option(
            "--allow",
            help="Folder of which files may be opened by their path; give it several times (default: none).",
        ),
    ] = None,
    token: TokenOpt = None,
    at_work: Annotated[int, typer.Option("--at-work", help="Questions that are worked on at once.")] = 1,
    waiting: Annotated[int, typer.Option("--waiting", help="Questions that wait; more get 429.")] = 8,
    deadline: Annotated[
        float, typer.Option("--deadline", help="Most seconds for a request, waiting included.")
    ] = 300.0,
    max_body: Annotated[
        float | None, typer.Option("--max-body", metavar="MB", help="Most of a request, MB (default 42.8).")
    ] = None,
    max_pixels: Annotated[int | None, typer.Option("--max-pixels", help="Most pixels of an image.")] = None,
    runs: Annotated[int, typer.Option("--runs", help="Results that are kept for their page /runs/ID.")] = 16,
    vqa: Vqa = None,
    localizer: Loc = None,
    looks: Looks = None,
    seconds: Seconds = None,
    dpi: Dpi = None,
) -> None:
    """Serve the tools that agents call over HTTP, a chat model for OpenAI's clients, and OmniParser's server.

    Pictures are uploaded, or opened in the allowed folders alone; nothing is fetched from a network.
    """
    from dataclasses import replace

    from ..agents.limits import whole_number
    from ..console import note
    from ..serve import Limits
    from ..serve import serve as answer
    from ..tools.server import checked_address
    from ..tools.session import Tools

    limits = Limits(at_work=at_work, waiting=waiting, seconds=deadline, runs=runs)
    if max_body is not None:
        limits = replace(limits, body_bytes=int(max_body * 1e6))
    host, port = checked_address(listen)
    seal = seal_of(vqa, localizer, None, looks, seconds, dpi)
    if max_pixels is not None:
        seal.max_pixels = whole_number(max_pixels, "max_pixels", "Seal")
    tools = Tools(seal, allow or [], at_once=at_work)
    answer(tools, host, port, limits, token=token, tell=note)


@contextmanager
def asking(server: str, **here: object) -> Iterator[None]:
    """Around a question to a server. here: options that are set where it is started.

    Raises SettingError when one of those is given.
    """
    from ..console import waiting

    if given := [f"--{option}" for option, value in here.items() if value]:
        raise SettingError(
            f"{', '.join(given)}: not taken with --server; it is set where the server is started."
        )
    with waiting(f"Asking {server} ..."):
        yield
