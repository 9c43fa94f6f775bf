"""A thin client of `seal serve`: it sends a picture and a question and gets the whole result; it loads no model.

What a server sends is read within limits that it cannot stretch: bytes, and seconds in all, however it spreads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..memory.deadline import Deadline, current
from ..memory.errors import AgentError, OutOfTime, SettingError
from ..memory.source import is_pdf, one_line, read_source
from ..record.result import Result
from .refusals import as_error

__all__ = ["ask_server", "locate_on_server"]

CONNECT_SECONDS = 10.0
MARGIN_SECONDS = 30.0
"""Beside those of the search: for the picture's way there, the wait for a turn, and the result's way back."""
MOST_SECONDS = 600.0
"""Of a search whose seconds the server sets; those that can be asked for are no more."""
MOST_BYTES = 64 << 20
"""Of a reply; a result has the pictures of its pages and finds."""


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

    image: a file; of a PDF the page has to be named. seconds: of the search (None: those that the server gives it).
    Raises the SealError that the server tells, AgentError when it cannot be reached, does not answer within those
    seconds and `MARGIN_SECONDS`, or sends more than a result can be, SettingError for an address or token that is none.
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

    from ..agents.server.exchange import Exchange, Form, Limits

    data, called = read_source(image)
    if arguments["page"] is None and is_pdf(data):
        raise SettingError(f"{called}: a server looks at one page of a PDF; name it (--page).")
    address = server.strip().rstrip("/")
    if not address.startswith(("http://", "https://")):
        raise SettingError(
            f"The address of a server is such as http://127.0.0.1:8000; got {one_line(server, 60)!r}."
        )
    if token is not None and not token.isprintable():
        raise SettingError("The token holds characters that no token holds.")
    shown = one_line(address, 80)
    form = Form(
        {key: _field(value) for key, value in arguments.items() if value is not None},
        {"image": (Path(called).name, data)},
    )
    seconds = arguments["seconds"]
    asked = seconds if isinstance(seconds, int | float) and 0 < seconds <= MOST_SECONDS else MOST_SECONDS
    total = asked + MARGIN_SECONDS
    limits = Limits(total, CONNECT_SECONDS, total, MOST_BYTES)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        send = Exchange(address, headers, limits, 1)
        with Deadline.after(total).in_force():
            run = _checked(send("POST", f"/v1/{name}", form), shown)[1].get("x-seal-run", "")
            if not re.fullmatch("[0-9a-f]{1,64}", run):
                raise AgentError(f"{shown} names no run of its answer; is it `seal serve`?")
            text, _ = _checked(send("GET", f"/runs/{run}/result"), shown)
    except (OutOfTime, httpx.ReadTimeout, httpx.WriteTimeout) as error:
        current().check()  # the time of who asks for it is over
        raise AgentError(f"{shown} gave no whole result within {total:g} s.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AgentError(
            f"{shown} cannot be reached ({one_line(error, 80) or type(error).__name__}); "
            "is `seal serve` running there?"
        ) from error
    result = Result.from_json(text)
    return result.model_copy(update={"origin": result.origin.model_copy(update={"image_name": called})})


def _field(value: object) -> str | list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return str(value).casefold() if isinstance(value, bool) else str(value)


def _checked(reply: tuple[int, str, Mapping[str, str]], where: str) -> tuple[str, Mapping[str, str]]:
    """Text and headers of a reply. Raises the error that it tells."""
    status, text, headers = reply
    if status != 200:
        raise as_error(status, text.encode(), where)
    return text, headers
