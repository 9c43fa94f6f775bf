"""A thin client of `seal serve`: it sends a picture and a question and gets the whole result; it loads no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..memory.errors import AgentError, SettingError
from ..memory.source import is_pdf, one_line, read_source
from ..record.result import Result
from .refusals import as_error

if TYPE_CHECKING:
    import httpx

__all__ = ["ask_server", "locate_on_server"]

CONNECT_SECONDS = 10.0


def ask_server(
    server: str,
    image: str | Path,
    question: str,
    options: Sequence[str] | None = None,
    *,
    page: int | None = None,
    seconds: float | None = None,
    token: str | None = None,
) -> Result:
    """What `Seal.ask` would return, from the server at an address such as http://127.0.0.1:8000.

    image: a file; of a PDF the page has to be named. seconds: of the search. Raises the SealError that the server
    tells, AgentError when it cannot be reached, SettingError for an address that is none.
    """
    asked = {"question": question, "options": list(options) if options else None}
    return _searched(server, "ask", image, {**asked, "page": page, "seconds": seconds}, token)


def locate_on_server(
    server: str,
    image: str | Path,
    targets: Sequence[str],
    *,
    all: bool = False,
    page: int | None = None,
    seconds: float | None = None,
    token: str | None = None,
) -> Result:
    """What `Seal.locate` would return, from a server. all: every instance of each. Else as `ask_server`."""
    asked = {"targets": list(targets), "all": all}
    return _searched(server, "locate", image, {**asked, "page": page, "seconds": seconds}, token)


def _searched(
    server: str, name: str, image: str | Path, arguments: Mapping[str, object], token: str | None
) -> Result:
    import httpx

    data, called = read_source(image)
    if arguments["page"] is None and is_pdf(data):
        raise SettingError(f"{called}: a server looks at one page of a PDF; name it (--page).")
    address = server.strip().rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise SettingError(
            f"The address of a server is such as http://127.0.0.1:8000; got {one_line(server, 60)!r}."
        )
    headers = {} if token is None else {b"Authorization": f"Bearer {token}".encode()}
    try:
        with httpx.Client(headers=headers, timeout=httpx.Timeout(None, connect=CONNECT_SECONDS)) as client:
            sent = client.post(
                f"{address}/v1/{name}",
                files={"image": (Path(called).name, data)},
                data={k: _field(v) for k, v in arguments.items() if v is not None},
            )
            run = _checked(sent, address).headers.get("x-seal-run", "")
            told = _checked(client.get(f"{address}/runs/{run}/result"), address)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AgentError(
            f"{one_line(address, 80)} cannot be reached ({one_line(error, 80) or type(error).__name__}); "
            "is `seal serve` running there?"
        ) from error
    result = Result.from_json(told.content)
    return result.model_copy(update={"origin": result.origin.model_copy(update={"image_name": called})})


def _field(value: object) -> str | list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return str(value).casefold() if isinstance(value, bool) else str(value)


def _checked(response: httpx.Response, address: str) -> httpx.Response:
    if response.status_code != 200:
        raise as_error(response.status_code, response.content, one_line(address, 80))
    return response
