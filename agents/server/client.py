"""One chat endpoint of OpenAI's protocol: requests, retries, errors in words.

- Retried, waiting longer each time or as long as Retry-After says: 408, 429, 5xx, timeouts, dropped connections.
  Not retried: a server that is not there, and whatever else it refuses.
- A try has the limits of `exchange`, in seconds and bytes, and no time that the run has not: one that cannot end before
  the deadline in force is not started, and one that does not is left behind.
- The key comes from the environment and appears nowhere: not in names, settings, traces or messages.
"""

from __future__ import annotations

import email.utils
import json
import math
import os
import random
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from ...memory.deadline import Cost, current, pause
from ...memory.errors import AgentError, SettingError
from ...memory.source import one_line
from .exchange import Exchange, Limits

__all__ = ["Client", "KEY_VARIABLES", "Reply", "split_name"]

KEY_VARIABLES = ("SEAL_API_KEY", "OPENAI_API_KEY")
"""Environment variables that may hold the key; the first that is set counts."""
LONGEST_WAIT = 60.0
"""Seconds between two tries at most; a server that asks for more is given up."""
_RETRIED = {408, 429}
_EXAMPLE = "openai:Qwen/Qwen3-VL-4B-Instruct@http://localhost:8000/v1"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said. cut: it ran into the limit of tokens.

    top: for every token of the reply, (token, log-probability) of the likeliest ones; empty where none are given.
    """

    text: str
    cut: bool = False
    top: tuple[tuple[tuple[str, float], ...], ...] = ()


def split_name(name: str) -> tuple[str, str]:
    """(model, base URL) of "MODEL@URL"; "/v1" is added to a URL without a path.

    Raises SettingError for a name without both parts, and for a URL that holds a password or a query: keys belong
    in the environment.
    """
    match = re.fullmatch(r"(.+?)@(https?://.+)", name.strip())
    if match is None:
        raise SettingError(f"A model behind a server is named openai:MODEL@URL, for example {_EXAMPLE}.")
    try:
        url = httpx.URL(match[2])
    except httpx.InvalidURL as error:
        raise SettingError(f"openai:{match[1]}: the URL cannot be read ({error}).") from error
    if url.userinfo or url.query or url.fragment or not url.host:
        raise SettingError(
            f"openai:{match[1]}: the URL must be scheme, host and path alone; a key belongs in the environment "
            f"({' or '.join(KEY_VARIABLES)})."
        )
    path = url.path.rstrip("/").removesuffix("/chat/completions")
    return match[1], str(url.copy_with(path=path or "/v1"))


class Client:
    """Speaks to `model` at `url` (a base URL, such as http://localhost:8000/v1).

    limits: of one try. retries: further tries of one request. concurrency: requests at a time; threads wait for their
    turn.
    """

    def __init__(
        self, model: str, url: str, *, limits: Limits | None = None, retries: int = 4, concurrency: int = 4
    ) -> None:
        self.model = model
        self.url = url
        self.retries = retries
        self._key = next((key for v in KEY_VARIABLES if (key := os.environ.get(v, "").strip())), "")
        if not self._key.isascii() or not self._key.isprintable():
            raise SettingError(f"The key in {' or '.join(KEY_VARIABLES)} holds characters that no key holds.")
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._sent = Exchange(url, headers, limits or Limits(), concurrency)
        self._cost = Cost()  # of a request
        self._counting = threading.Lock()
        self.tokens: int | None = None
        """Read and written so far, as the server tells; None where it tells none."""

    def post(self, body: dict[str, Any], *, patient: bool = True) -> tuple[int, Any]:
        """(status, JSON) of one chat request after its retries: status 200, or 400 to 499 of a refusal.

        `body` without the model. patient: whether a server that says nothing within its limits is asked again.
        Raises AgentError: no server, no access, no JSON, or retries used up; OutOfTime when the deadline in force
        passes or leaves too little time.
        """
        status, text, kind = self._tried("POST", "/chat/completions", {"model": self.model, **body}, patient)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):  # no JSON, or deeper than any reply
            value = None
        if spent := _spent(value):
            with self._counting:
                self.tokens = (self.tokens or 0) + spent
        if status in (401, 403):
            raise AgentError(self._forbidden(status, value, text))
        if value is None and (status == 200 or _is_html(text, kind)):
            raise AgentError(self._unreadable(status, text, kind))
        return status, text if value is None else value

    def chat(self, body: dict[str, Any]) -> Reply:
        """The reply to one chat request. Raises AgentError: as `post`, or the server refuses the request."""
        status, value = self.post(body)
        if status != 200:
            raise AgentError(self.refusal(status, value))
        return self.read(value)

    def read(self, value: Any) -> Reply:
        """The reply in the JSON of a completed request. Raises AgentError when it holds none."""
        try:
            choice = value["choices"][0]
            said = choice["message"].get("content")
        except (AttributeError, IndexError, KeyError, TypeError):
            fault = self._said(value) or "no choices"
            raise AgentError(
                f"{self.url}: expected a chat completion with a choice in it, got {fault}."
            ) from None
        if isinstance(said, list):  # parts
            said = "".join(str(part.get("text") or "") for part in said if isinstance(part, dict))
        text = str(said or "").encode("utf-8", "replace").decode()  # without halves of characters
        return Reply(text, choice.get("finish_reason") == "length", _top(choice))

    def refusal(self, status: int, value: Any) -> str:
        """A sentence for a refused request (status 400 to 499), in the server's words, with what may be wrong."""
        said = self._said(value) or "no reason given"
        if status == 413:
            return f"{self.url}: the request is too large ({said}); use a smaller input_side or fewer max_images."
        if status != 404:
            return f"{self.url}: the server refuses the request for {self.model!r} (HTTP {status}: {said})."
        models = self.models()
        known = f" It offers: {', '.join(models[:20])}." if models else " Is the URL the API's base (.../v1)?"
        return f"{self.url}: there is no model {self.model!r} or no chat here (HTTP 404: {said}).{known}"

    def models(self) -> tuple[str, ...]:
        """Ids of the models that the server says it has; none where it does not say."""
        try:
            _, text, _ = self._sent("GET", "/models")
            return tuple(one_line(m["id"], 80) for m in json.loads(text)["data"])
        except (httpx.HTTPError, AgentError, ValueError, KeyError, TypeError, RecursionError):
            return ()

    # --- tries --------------------------------------------------------------------------------------------

    def _tried(
        self, method: str, path: str, body: dict[str, Any], patient: bool = True
    ) -> tuple[int, str, str]:
        """(status below 500, text, content type), after as many tries as it takes and may take."""
        for attempt in range(self.retries + 1):
            asked = None
            deadline = current()
            deadline.check(self._cost.least())
            started = deadline.clock()
            try:
                status, text, headers = self._sent(method, path, body)
            except httpx.TimeoutException as error:
                fault = str(error)
                if not patient:
                    break
            except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
                raise AgentError(
                    f"{self.url}: nothing answers there ({one_line(error)}). Is the server running, and the URL right?"
                ) from error
            except httpx.RequestError as error:
                fault = f"the connection broke ({self._clean(error) or type(error).__name__})"
            else:
                kind = headers.get("content-type", "")
                if status < 500 and status not in _RETRIED:
                    self._cost.add(deadline.clock() - started)
                    return status, text, kind
                asked = _retry_after(headers.get("retry-after", ""))
                said = "" if _is_html(text, kind) else self._clean(text)
                fault = f"HTTP {status}" + (f" ({said})" if said else "")
            if attempt < self.retries:
                wait = asked if asked is not None else random.uniform(0.5, 1) * 2**attempt
                if wait > LONGEST_WAIT:
                    raise AgentError(f"{self.url}: {fault}; the server asks to come back in {wait:.0f} s.")
                deadline.check(wait + self._cost.least())
                pause(wait)
        tries = f"{attempt + 1} tries" if attempt else "one try"
        raise AgentError(f"{self.url}: no answer from {self.model!r} after {tries}; the last: {fault}.")

    # --- words --------------------------------------------------------------------------------------------

    def _forbidden(self, status: int, value: Any, text: str) -> str:
        said = self._said(value) or self._clean("" if _is_html(text, "") else text)
        what = "refuses the key" if self._key else "wants a key, and none is set"
        return (
            f"{self.url}: the server {what} (HTTP {status}{': ' if said else ''}{said}). "
            f"Put it into the environment variable {' or '.join(KEY_VARIABLES)}."
        )

    def _unreadable(self, status: int, text: str, kind: str) -> str:
        if not text.strip():
            return f"{self.url}: expected JSON, but the server answered nothing (HTTP {status})."
        if _is_html(text, kind):
            return f"{self.url}: expected JSON, got a web page (HTTP {status}). Is the URL the API's base (.../v1)?"
        return f"{self.url}: expected JSON, got {self._clean(text)!r} (HTTP {status}), which is broken off or none."

    def _said(self, value: Any) -> str:
        """The server's own words for a fault: {"error": {"message"}}, {"error"}, {"detail"}, {"message"} or text."""
        for key in ("error", "message", "detail"):
            if isinstance(value, dict) and value.get(key):
                value = value[key]
        return "" if value in (None, {}, []) else self._clean(value)

    def _clean(self, text: object) -> str:
        line = str(text)
        return one_line(line.replace(self._key, "***") if self._key else line, 300)


def _top(choice: dict[str, Any]) -> tuple[tuple[tuple[str, float], ...], ...]:
    try:
        return tuple(
            tuple(
                (str(t["token"]), min(0.0, float(t["logprob"])))
                for t in token["top_logprobs"]
                if math.isfinite(float(t["logprob"]))
            )
            for token in choice["logprobs"]["content"]
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return ()


def _spent(value: object) -> int:
    """The tokens that a completion says it took; 0 where it says none."""
    usage = value.get("usage") if isinstance(value, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) and total > 0 else 0


def _is_html(text: str, kind: str) -> bool:
    return "html" in kind or text.lstrip()[:1] == "<"


def _retry_after(header: str) -> float | None:
    """Seconds of a Retry-After header, a number or a date; None when it is neither."""
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        when = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (when - datetime.now(UTC)).total_seconds()) if when.tzinfo else None
