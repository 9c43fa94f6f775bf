"""Vision-language models behind servers: vLLM, SGLang, Ollama, llama.cpp, `transformers serve`, hosted APIs.

client.py   requests, retries, errors in words
probe.py    what the server can do, asked once
agent.py    the VQA agent
pointing.py the localizer
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...memory.errors import SettingError
from ..limits import whole_number

if TYPE_CHECKING:
    from ..detect.pointing import Pointing
    from .agent import ServerVQA
    from .client import Client

__all__ = ["load", "load_localizer"]


def load(
    name: str = "",
    *,
    max_images: int = 5,
    input_side: int = 1600,
    max_tokens: int = 1024,
    attempts: int = 3,
    timeout: float = 120.0,
    retries: int = 4,
    concurrency: int = 4,
) -> ServerVQA:
    """Asks a model behind a server of OpenAI's protocol: openai:MODEL@URL (vLLM, SGLang, Ollama, llama.cpp, ...).

    max_images: pictures in one message, the global image and crops; fewer where the server takes fewer.
    input_side: longest side, in pixels, at which they are sent. max_tokens: of one reply, thoughts included.
    attempts: replies that may be asked for until one fits. timeout: seconds of one try. retries: further tries of
    a request that failed for a while. concurrency: requests at a time.

    The key, if the server wants one, comes from the environment: SEAL_API_KEY or OPENAI_API_KEY.
    Raises SettingError for a malformed name or option, AgentError when the server cannot be used.
    """
    least = {"max_images": (max_images, 1), "input_side": (input_side, 28), "attempts": (attempts, 1)}
    client = _client(name, least, max_tokens, timeout, retries, concurrency)
    from .agent import ServerVQA
    from .probe import probe

    traits = probe(client, max_images)
    return ServerVQA(client, traits, input_side=input_side, max_tokens=max_tokens, attempts=attempts)


def load_localizer(
    name: str = "",
    *,
    input_side: int = 1024,
    max_tokens: int = 1024,
    timeout: float = 120.0,
    retries: int = 4,
    concurrency: int = 4,
    convention: str | None = None,
    check: bool = True,
) -> Pointing:
    """Asks a model behind a server for boxes or points: openai:MODEL@URL.

    convention: how it writes them, an id of `seal.memory.conventions` (None: found out). check: whether it is shown
    drawn rectangles first, and refused when it cannot point. The other options and errors as in `load`.
    """
    client = _client(name, {"input_side": (input_side, 28)}, max_tokens, timeout, retries, concurrency)
    from .pointing import pointing
    from .probe import probe

    return pointing(
        client,
        probe(client, 1),
        input_side=input_side,
        max_tokens=max_tokens,
        concurrency=concurrency,
        convention=convention,
        check=check,
    )


def _client(
    name: str,
    least: dict[str, tuple[int, int]],
    max_tokens: int,
    timeout: float,
    retries: int,
    concurrency: int,
) -> Client:
    """The client of MODEL@URL, after a check of all options. least: further ones with the lowest that each may be."""
    least = least | {"max_tokens": (max_tokens, 16), "retries": (retries, 0), "concurrency": (concurrency, 1)}
    for option, (value, lowest) in least.items():
        whole_number(value, option, f"openai:{name}", lowest)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < float("inf"):
        raise SettingError(f"openai:{name}: timeout must be a number of seconds above 0; got {timeout!r}.")
    from .client import Client, split_name

    model, url = split_name(name)
    return Client(model, url, timeout=timeout, retries=retries, concurrency=concurrency)
