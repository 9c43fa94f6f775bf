"""A server of OpenAI's chat protocol, for tests: it honours, ignores, refuses or breaks each field as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any

__all__ = ["Stub", "completion", "serving"]

Raw = tuple[int, str, dict[str, str]]


def completion(text: Any, finish: str = "stop", top: list[tuple[str, float]] | None = None) -> dict[str, Any]:
    """The JSON of a chat completion; `top`: likeliest first tokens with their log-probabilities."""
    listed = [{"token": token, "logprob": score} for token, score in top or []]
    logprobs = {"content": [{**listed[0], "top_logprobs": listed}]} if listed else None
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": logprobs}
    return {"object": "chat.completion", "choices": [choice]}


@dataclass
class Stub:
    """What the server does.

    schema: "honour", "ignore", "break" (half a reply), "refuse", or "refuse maxLength". logprobs: "honour", "ignore",
    "refuse 20", "refuse", or "thoughts" (the letters are not among them). images: pictures that it takes. dialect:
    "new" wants max_completion_tokens and no temperature. key: the one it wants. raw: replies (status, body, headers)
    given before it behaves; status 0 drops the connection. said: texts said instead of the standard ones, in order;
    a callable is given the request. pause: seconds that a reply takes. drip: seconds between two bytes of it.
    """

    schema: str = "honour"
    logprobs: str = "honour"
    images: int = 9
    dialect: str = "old"
    key: str = ""
    models: tuple[str, ...] = ("tiny",)
    top: tuple[tuple[str, float], ...] = (("A", -2.0), (" B", -0.25), ("B", -4.0))
    raw: list[Raw] = field(default_factory=list)
    said: list[str | Callable[[dict[str, Any]], str]] = field(default_factory=list)
    pause: float = 0.0
    drip: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, body: dict[str, Any], headers: dict[str, str]) -> Raw:
        with self.lock:
            self.bodies.append(body)
            self.headers.append(headers)
            if self.raw:
                return self.raw.pop(0)
        if self.key and headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, f"Incorrect API key provided: {headers.get('authorization', 'none')}")
        if body["model"] not in self.models:
            return _error(404, "no such model")
        fault = self.fault(body)
        return _error(400, fault) if fault else (200, json.dumps(self.completed(body)), {})

    def fault(self, body: dict[str, Any]) -> str:
        parts = [part for message in body["messages"] for part in message["content"]]
        if sum(isinstance(part, dict) and part["type"] == "image_url" for part in parts) > self.images:
            return f"At most {self.images} image(s) may be provided in one prompt."
        if self.dialect == "new" and ("max_tokens" in body or "temperature" in body):
            return "Unsupported parameter: use max_completion_tokens."
        asked = json.dumps(body.get("response_format", ""))
        if (asked != '""' and self.schema == "refuse") or (
            "maxLength" in asked and self.schema == "refuse maxLength"
        ):
            return "This schema is not supported."
        if "logprobs" in body and self.logprobs == "refuse":
            return "logprobs are not supported."
        if body.get("top_logprobs", 0) > 5 and self.logprobs == "refuse 20":
            return "top_logprobs must be at most 5."
        return ""

    def completed(self, body: dict[str, Any]) -> dict[str, Any]:
        if "logprobs" in body:
            top = {"honour": self.top, "refuse 20": self.top, "thoughts": (("<think>", -0.1), ("The", -3.0))}
            return completion("B", "length", list(top.get(self.logprobs, ())))
        if self.said:
            said = self.said.pop(0)
            return completion(said if isinstance(said, str) else said(body))
        if "response_format" not in body or self.schema == "ignore":
            return completion("hello")
        text = json.dumps(fitting(body["response_format"]["json_schema"]["schema"]))
        return completion(text[: len(text) // 2] if self.schema == "break" else text)


def fitting(schema: dict[str, Any]) -> Any:
    """A small value that follows a schema, of the kinds that SEAL sends."""
    if "enum" in schema:
        return schema["enum"][-1]
    kinds: dict[str, Any] = {"boolean": True, "integer": 90, "string": "hello", "array": []}
    if schema["type"] == "object":
        return {name: fitting(inner) for name, inner in schema["properties"].items()}
    return kinds[schema["type"]]


def _error(status: int, message: str) -> Raw:
    return status, json.dumps({"error": {"message": message}}), {}


@contextmanager
def serving(stub: Stub) -> Iterator[str]:
    """Serves `stub` on a free port of this machine; yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with stub.lock:
                stub.busy += 1
                stub.busiest = max(stub.busiest, stub.busy)
            sleep(stub.pause)
            raw = stub.reply(body, {k.lower(): v for k, v in self.headers.items()})
            with stub.lock:
                stub.busy -= 1
            self.send(raw)

        def do_GET(self) -> None:
            self.send((200, json.dumps({"data": [{"id": name} for name in stub.models]}), {}))

        def send(self, raw: Raw) -> None:
            status, text, headers = raw
            if not status:
                self.close_connection = True
                return
            data = text.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if not stub.drip:
                self.wfile.write(data)
            with suppress(OSError):  # nobody waits any more
                for byte in data if stub.drip else b"":
                    self.wfile.write(bytes([byte]))
                    sleep(stub.drip)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
