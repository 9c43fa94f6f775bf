"""Servers that drip, flood, half-answer, close, pack and say what no text is: each is an error in words, in time."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from raw_server import Talk, answer, asked, listening
from stub_server import Stub, completion, serving

from seal import orchestrator
from seal.agents.registry import load_localizer, load_vqa
from seal.agents.server import client as client_module
from seal.agents.server import exchange as exchange_module
from seal.agents.server.client import Client, Reply
from seal.agents.server.exchange import Exchange, Limits
from seal.agents.server.pointing import yes_share
from seal.agents.server.probe import forget
from seal.memory.deadline import Deadline
from seal.memory.errors import AgentError, OutOfTime, SealError, SettingError
from seal.orchestrator import Seal
from seal.serve import client as thin
from seal.settings import Budget

BODY: dict[str, Any] = {"messages": [{"role": "user", "content": "?"}]}
OK = json.dumps(completion("fine")).encode()
SHORT = Limits(total=0.4)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No waits between tries; and in the end no thread is left that waits for a server."""
    forget()
    monkeypatch.setattr(client_module, "pause", lambda seconds: None)
    yield
    for thread in threading.enumerate():
        if thread.name == "seal-call":
            thread.join(20)
            assert not thread.is_alive()


def drip(data: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    return talk


def flood(head: bytes, piece: bytes) -> Talk:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return talk


def say(*data: bytes, then: float = 0.0) -> Talk:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        for part in data:
            connection.sendall(part)
        time.sleep(then)

    return talk


def reset(connection: socket.socket) -> None:
    asked(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def deaf(connection: socket.socket) -> None:
    time.sleep(60)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LATE = r"after one try; the last: no reply within 0\.4 s"
BROKE = "the connection broke"


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        (drip(answer(OK * 9)), LATE),
        (drip(b"HTTP/1.1 200 OK\r\n" + b"X-More: yes\r\n" * 99), LATE),
        (drip(CHUNKED + b"1\r\nx\r\n" * 99), LATE),
        (deaf, LATE),
        (say(then=60), LATE),
        (say(b"HTTP/1.1 200", then=60), LATE),
        (say(answer(OK, length=len(OK) + 1), then=60), LATE),
        (say(CHUNKED + b'4\r\n{"ch\r\n', then=60), LATE),
        (flood(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 20)), "over the limit of 17 MB"),
        (flood(answer(b"", length=10**12), b"x" * (1 << 20)), "over the limit of 17 MB"),
        (flood(CHUNKED, b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"), "over the limit of 17 MB"),
        (flood(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"y" * 999 + b"\r\n"), BROKE),
        (flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 999), LATE),
        (flood(b"", b"\0" * 999), BROKE),
        (say(answer(gzip.compress(bytes(40 << 20)), "Content-Encoding: gzip")), "over the limit of 17 MB"),
        (say(answer(b"x", "Content-Encoding: zstd")), "packed as zstd"),
        (say(answer(b"not packed at all", "Content-Encoding: gzip")), BROKE),
        (say(answer(OK, length=10 * len(OK))), BROKE),
        (say(CHUNKED + b"zz\r\n"), BROKE),
        (say(b"HTTP/1.1 200"), BROKE),
        (say(b"hello, who is there?\r\n\r\n"), BROKE),
        (say(answer(OK, "Content-Length: 1")), BROKE),
        (say(), BROKE),
        (reset, BROKE),
    ],
)
def test_what_comes_is_an_error_in_words_and_in_time(talk: Talk, message: str) -> None:
    with listening(talk) as url:
        client = Client("tiny", url, limits=SHORT if message == LATE else Limits(20.0), retries=0)
        with pytest.raises(AgentError, match=message) as caught:
            client.chat(BODY)
    assert len(str(caught.value)) < 600 and "\n" not in str(caught.value)


def test_a_server_that_drips_takes_no_turn_from_the_next_request() -> None:
    slow = drip(answer(OK * 99))
    turns = iter([slow, slow, say(answer(OK))])
    with listening(lambda connection: next(turns)(connection)) as url:
        client = Client("tiny", url, limits=SHORT, retries=0, concurrency=1)
        for _ in range(2):
            with pytest.raises(AgentError, match="no reply"):
                client.chat(BODY)
        assert client.chat(BODY).text == "fine"


def test_a_connection_is_kept_for_the_next_request() -> None:
    connections: list[str] = []

    def talk(connection: socket.socket) -> None:
        connections.append("one")
        while asked(connection) != b"\r\n\r\n":
            connection.sendall(answer(OK))

    with listening(talk) as url:
        client = Client("tiny", url)
        assert [client.chat(BODY).text for _ in range(3)] == ["fine"] * 3
    assert connections == ["one"]


def test_each_limit_is_its_own() -> None:
    """A piece every 0.02 s keeps the limit between pieces; silence of 60 s does not."""
    with listening(drip(answer(OK))) as url:
        assert Client("tiny", url, limits=Limits(read=10.0)).chat(BODY).text == "fine"
    with listening(say(b"HTTP/1.1 200 OK\r\n", then=60)) as url:
        client = Client("tiny", url, limits=Limits(read=0.2), retries=0)
        with pytest.raises(AgentError, match=r"the last: no byte for 0\.2 s"):
            client.chat(BODY)
    full = socket.create_server(("127.0.0.1", 0), backlog=0)  # takes one connection, and no more
    port = full.getsockname()[1]
    waiting = [socket.socket() for _ in range(4)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(("127.0.0.1", port))
    client = Client("tiny", f"http://127.0.0.1:{port}/v1", limits=Limits(connect=0.2), retries=0)
    with pytest.raises(AgentError, match=r"the last: no connection within 0\.2 s"):
        client.chat(BODY)
    for each in [*waiting, full]:
        each.close()


# --- what a reply says ------------------------------------------------------------------------------------

DEEP = "[" * 200_000
HALF = "\ud800"


def said(content: Any, **fields: Any) -> str:
    return json.dumps({"choices": [{"message": {"content": content}, **fields}]})


@pytest.mark.parametrize(
    "text",
    [
        DEEP,
        '{"a":' * 200_000,
        '{"choices": ' + DEEP,
        '{"error": {"message": ' + '{"message":' * 100_000,
        said("x", finish_reason=HALF) + "}",
        json.dumps({"error": {"message": HALF * 9}}),
        json.dumps({"choices": {"0": 1}}),
        json.dumps({"choices": [{"message": {"content": {"a": 1}}}] * 2})[:-2],
        '{"choices": NaN}',
        "9" * 100_000,
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "404 Not Found", "401 Unauthorized"])
def test_replies_that_no_chat_gives(text: str, status: str) -> None:
    with listening(say(answer(text.encode(), status=status))) as url, pytest.raises(AgentError) as caught:
        Client("tiny", url, retries=0, limits=Limits(20.0)).chat(BODY)
    str(caught.value).encode()
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("charset", ["rot13", "hex", "undefined", "idna", "utf-7", "no-such", "x" * 999, '"'])
def test_whatever_charset_it_says_json_is_utf_8(charset: str) -> None:
    reply = answer(said("größer").encode(), f"Content-Type: application/json; charset={charset}")
    with listening(say(reply)) as url:
        assert Client("tiny", url, retries=0).chat(BODY).text == "größer"


@pytest.mark.parametrize(
    ("top", "share"),
    [
        ([("yes", 10**400)], None),
        ([("yes", 1e308), ("no", 1e308)], 0.5),
        ([("yes", float("nan"))], None),
        ([(HALF, -1.0), ("yes", -1.0)], 1.0),
    ],
)
def test_scores_that_are_none(top: list[tuple[str, float]], share: float | None) -> None:
    told = {"content": [{"top_logprobs": [{"token": token, "logprob": score} for token, score in top]}]}
    with listening(say(answer(said("x", logprobs=told).encode()))) as url:
        reply = Client("tiny", url, retries=0).chat(BODY)
    assert reply.text == "x"
    if share is None:
        assert yes_share(reply) == yes_share(Reply("x"))
    else:
        assert yes_share(reply) == share


@pytest.mark.parametrize(
    "text",
    [
        HALF,
        f'{{"answer": "{HALF}"}}',
        '{"enough": true, "answer": "\\ud800", "targets": []}',
        '{"enough": false, "answer": "", "targets": ["\\ud800"]}',
        DEEP,
        '{"enough": true, "answer": ' + DEEP,
        "```json\n" * 9999,
        "<think>" * 9999,
        '{"enough": true, "answer": "' + "x" * 10**6 + '", "targets": []}',
        '{"enough": false, "answer": "", "targets": ' + json.dumps([str(i) for i in range(10**5)]) + "}",
        '{"enough": 1e999, "answer": 1, "targets": {}}',
    ],
)
def test_a_run_with_a_model_that_says_it_ends_in_a_result_or_an_error_of_ours(text: str) -> None:
    stub = Stub()
    with serving(stub) as url:
        agent = load_vqa(f"openai:tiny@{url}", attempts=2, retries=0, timeout=20.0)
        stub.said = [text] * 99
        stub.schema = "ignore"
        try:
            result = Seal(agent, "ocr:rapidocr", "whole").ask(b"P6 8 8 255 " + bytes(192), "What is it?")
        except SealError as error:
            str(error).encode()
        else:
            result.model_dump_json().encode()


@pytest.mark.parametrize("load", [load_vqa, load_localizer])
def test_a_server_that_hangs_when_it_is_attached_is_asked_once(load: Callable[..., object]) -> None:
    with listening(deaf) as url, pytest.raises(AgentError, match=LATE):
        load(f"openai:m@{url}", timeout=0.4)


def test_a_server_is_attached_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orchestrator, "ATTACHING", 0.3)
    with listening(deaf) as url, pytest.raises(AgentError, match="did not say within"):
        Seal(f"openai:m@{url}", "ocr", budget=Budget(seconds=0.2))


def test_the_end_of_the_time_is_not_taken_for_a_server_that_is_not_there() -> None:
    with listening(say(answer(OK))) as url:
        sent = Exchange(url, {}, SHORT, 1)
        line = exchange_module._Line(url, [], sent._trusted)
        deadline = Deadline(end=0.0, clock=lambda: 0.0)  # over, by no more than nothing
        with deadline.in_force(shielded=True), pytest.raises(OutOfTime):
            sent._exchanged(line, "POST", "/chat/completions", BODY)
        line.cut()


# --- a server of ours that is none ------------------------------------------------------------------------

PIXELS = b"P6 8 8 255 " + bytes(192)
RUN = "X-Seal-Run: abc"
FAULT = json.dumps({"error": {"type": "QuestionError", "message": "no\nquestion"}}).encode()


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(thin, "MARGIN_SECONDS", 0.2)
    monkeypatch.setattr(thin, "MOST_BYTES", 2 << 20)
    (tmp_path / "page.ppm").write_bytes(PIXELS)
    return tmp_path / "page.ppm"


SLOW = r"gave no whole result within 0\.3 s"
REFUSED = "over the limit of 2 MB"


@pytest.mark.parametrize(
    ("talk", "message"),
    [
        (drip(answer(OK * 9, RUN)), SLOW),
        (drip(b"HTTP/1.1 200 OK\r\n" + b"X-More: yes\r\n" * 99), SLOW),
        (deaf, SLOW),
        (say(then=60), SLOW),
        (say(answer(OK, RUN, length=len(OK) + 1), then=60), SLOW),
        (flood(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1 << 20)), REFUSED),
        (flood(answer(b"", length=300 << 20), b"x" * (1 << 20)), REFUSED),
        (say(answer(gzip.compress(bytes(4 << 20)), "Content-Encoding: gzip")), REFUSED),
        (say(answer(OK)), "names no run of its answer"),
        (say(answer(OK, "X-Seal-Run: ../../v1/x?")), "names no run of its answer"),
        (say(answer(FAULT, status="400 Bad Request")), "^no question$"),
        (say(answer(DEEP.encode(), status="500 No")), "no message of SEAL"),
        (say(answer(OK, "Location: http://127.0.0.1:9/", status="302 Found")), "answered with status 302"),
        (reset, "cannot be reached"),
        (say(), "cannot be reached"),
    ],
)
def test_the_thin_client_ends_in_time_and_in_words(talk: Talk, message: str, page: Path) -> None:
    seconds = 0.1 if message == SLOW else 20.0
    with listening(talk) as url, pytest.raises(SealError, match=message) as caught:
        thin.ask_server(url.removesuffix("/v1"), page, "Is there a bell?", seconds=seconds)
    assert len(str(caught.value)) < 300 and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (drip(answer(OK * 9)), SLOW),
        (flood(answer(b"", length=300 << 20), b"x" * (1 << 20)), REFUSED),
        (say(answer(DEEP.encode())), "no whole result"),
        (say(answer(b"\xff" * 9)), "no whole result"),
    ],
)
def test_both_replies_share_the_seconds_of_the_thin_client(second: Talk, message: str, page: Path) -> None:
    def talk(connection: socket.socket) -> None:
        asked(connection)
        connection.sendall(answer(OK, RUN))
        second(connection)

    with listening(talk) as url, pytest.raises(SealError, match=message) as caught:
        seconds = 0.1 if message == SLOW else 20.0
        thin.locate_on_server(url.removesuffix("/v1"), page, ["bell"], seconds=seconds)
    assert "\n" not in str(caught.value)


def test_the_time_of_who_asks_counts_for_the_thin_client(page: Path) -> None:
    with listening(deaf) as url, Deadline.after(0.2).in_force(), pytest.raises(OutOfTime):
        thin.ask_server(url.removesuffix("/v1"), page, "Is there a bell?", seconds=20.0)


def test_a_token_that_no_header_holds_stands_in_no_message(page: Path) -> None:
    with pytest.raises(SettingError) as caught:
        thin.ask_server("http://127.0.0.1:9", page, "?", token="secret\r\nX: y")
    assert "secret" not in str(caught.value)
