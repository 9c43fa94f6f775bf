"""Vision-language models behind servers: vLLM, SGLang, Ollama, llama.cpp, `transformers serve`, hosted APIs.

exchange.py one request and its reply, within its limits
client.py   requests, retries, errors in words
probe.py    what the server can do, asked once
agent.py    the VQA agent
pointing.py the localizer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...memory.deadline import breaks_off, current
from ...memory.errors import AgentError, OutOfTime, SettingError
from ..limits import whole_number

if TYPE_CHECKING:
    from ..detect.pointing import Pointing
    from .agent import ServerVQA
    from .client import Client
    from .probe import Traits

__all__ = ["load", "load_localizer"]


@breaks_off
def load(
    name: str = "",
    *,
    max_images: int = 5,
    input_side: int = 1600,
    max_tokens: int = 1024,
    attempts: int = 3,
    timeout: float = 120.0,
    connect_timeout: float = 10.0,
    read_timeout: float | None = None,
    retries: int = 4,
    concurrency: int = 4,
) -> ServerVQA:
    """Asks a model behind a server of OpenAI's protocol: openai:MODEL@URL (vLLM, SGLang, Ollama, llama.cpp, ...).

    max_images: pictures in one message, the global image and crops; fewer where the server takes fewer.
    input_side: longest side, in pixels, at which they are sent. max_tokens: of one reply, thoughts included.
    attempts: replies that may be asked for until one fits. timeout: seconds of one try in all, however the server
    spreads its bytes; connect_timeout: until a connection stands; read_timeout: between two pieces of a reply (None: as
    timeout, for a server may be silent while its model thinks). A reply of more than 16 MB is refused. retries: further
    tries of a request that failed for a while. concurrency: requests at a time.

    The key, if the server wants one, comes from the environment: SEAL_API_KEY or OPENAI_API_KEY.
    Raises SettingError for a malformed name or option, AgentError when the server cannot be used.
    """
    least = {"max_images": (max_images, 1), "input_side": (input_side, 28), "attempts": (attempts, 1)}
    waits = timeout, connect_timeout, timeout if read_timeout is None else read_timeout
    client = _client(name, least, max_tokens, waits, retries, concurrency)
    from .agent import ServerVQA

    traits = _probed(client, max_images)
    return ServerVQA(client, traits, input_side=input_side, max_tokens=max_tokens, attempts=attempts)


@breaks_off
def load_localizer(
    name: str = "",
    *,
    input_side: int = 1024,
    max_tokens: int = 1024,
    timeout: float = 120.0,
    connect_timeout: float = 10.0,
    read_timeout: float | None = None,
    retries: int = 4,
    concurrency: int = 4,
    convention: str | None = None,
    check: bool = True,
) -> Pointing:
    """Asks a model behind a server for boxes or points: openai:MODEL@URL.

    convention: how it writes them, an id of `seal.memory.conventions` (None: found out). check: whether it is shown
    drawn rectangles first, and refused when it cannot point. The other options and errors as in `load`.
    """
    waits = timeout, connect_timeout, timeout if read_timeout is None else read_timeout
    client = _client(name, {"input_side": (input_side, 28)}, max_tokens, waits, retries, concurrency)
    from .pointing import pointing

    return pointing(
        client,
        _probed(client, 1),
        input_side=input_side,
        max_tokens=max_tokens,
        concurrency=concurrency,
        convention=convention,
        check=check,
    )


def _probed(client: Client, images: int) -> Traits:
    """What the server can do. Raises AgentError where it does not say so within the deadline in force."""
    from .probe import probe

    seconds = current().left()
    try:
        return probe(client, images)
    except OutOfTime as error:
        if error.why == "cancelled":
            raise
        raise AgentError(
            f"{client.url}: the server did not say within {seconds:.0f} s what it can do. "
            "Is it still loading its model?"
        ) from error


def _client(
    name: str,
    least: dict[str, tuple[int, int]],
    max_tokens: int,
    waits: tuple[float, float, float],
    retries: int,
    concurrency: int,
) -> Client:
    """The client of MODEL@URL, after a check of all options. least: further ones with the lowest that each may be."""
    least = least | {"max_tokens": (max_tokens, 16), "retries": (retries, 0), "concurrency": (concurrency, 1)}
    for option, (number, lowest) in least.items():
        whole_number(number, option, f"openai:{name}", lowest)
    for option, wait in zip(("timeout", "connect_timeout", "read_timeout"), waits, strict=True):
        if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 < wait < float("inf"):
            raise SettingError(f"openai:{name}: {option} must be a number of seconds above 0; got {wait!r}.")
    from .client import Client, split_name
    from .exchange import Limits

    model, url = split_name(name)
    return Client(model, url, limits=Limits(*waits), retries=retries, concurrency=concurrency)
