"""The gate of `seal serve`: nobody is lost, nobody waits without end, and who goes away leaves nothing behind."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import comes, gauge, png, serving, settled, slow, tools
from test_tools import fake, picture

from seal import Seal
from seal.serve import Limits
from seal.tools import Tools

GHOST = {"image": "now.png", "targets": ["ghost"]}
FOUND = {"image": "now.png", "targets": ["settings icon"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    picture().save(tmp_path / "now.png")
    return tmp_path


def watched(of: Tools, meet: Callable[[], object] = lambda: None) -> Counter[str]:
    """Counts the calls of tools that go on at the same time; meet: called inside each."""
    counts: Counter[str] = Counter()
    lock, call = threading.Lock(), of.call

    def counted(*given: Any, **more: Any) -> Any:
        with lock:
            counts["now"] += 1
            counts["most"] = max(counts["most"], counts["now"])
        try:
            meet()
            return call(*given, **more)
        finally:
            with lock:
                counts["now"] -= 1

    of.call = counted  # type: ignore[method-assign]
    return counts


def test_eight_clients_ask_two_hundred_times_and_none_is_lost() -> None:
    """Four places for eight clients: who gets 429 asks again, and every answer is that to its own question."""
    of = tools()
    counts = watched(of, lambda: time.sleep(0.003))
    sent = png(picture())
    with serving(of, Limits(waiting=3)) as client:

        def ask(number: int) -> Counter[int]:
            seen: Counter[int] = Counter()
            while True:
                told = client.post(
                    "/v1/point", files={"image": ("a.png", sent)}, data={"instruction": f"click {number}"}
                )
                seen[told.status_code] += 1
                if told.status_code == 200:
                    assert told.json()["instruction"] == f"click {number}"
                    return seen
                assert told.status_code == 429 and told.json()["error"]["type"] == "TooManyRequests"
                assert 1 <= int(told.headers["retry-after"]) <= 60
                time.sleep(0.01)

        with ThreadPoolExecutor(8) as clients:
            total = sum(clients.map(ask, range(200)), Counter[int]())
        assert total[200] == 200 and total[429] > 0 and counts["most"] == 1
        for status in (200, 429):
            name = f'seal_requests_total{{route="/v1/point",status="{status}"}}'
            assert gauge(client, name) == total[status]
        assert gauge(client, "seal_at_work") == gauge(client, "seal_waiting") == 0


def test_as_many_work_at_once_as_may(folder: Path) -> None:
    of = tools(folder, at_once=2)
    meeting = threading.Barrier(2)
    with serving(of, Limits(at_work=2)) as client, ThreadPoolExecutor(4) as clients:
        counts = watched(of, lambda: meeting.wait(30))  # one alone would break it
        told = list(clients.map(lambda _: client.post("/v1/locate", json=FOUND).status_code, range(4)))
    assert told == [200] * 4 and counts["most"] == 2


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_client_that_goes_away_stops_the_search(folder: Path, accept: str) -> None:
    with serving(tools(folder, slow())) as client:
        with (
            pytest.raises(httpx.ReadTimeout),
            client.stream(
                "POST",
                "/v1/locate",
                json=GHOST,
                headers={"Accept": accept},
                timeout=httpx.Timeout(60, read=0.5),
            ) as told,
        ):
            told.read()
        assert settled(client, "seal_at_work", 0) and gauge(client, "seal_waiting") == 0
        assert client.post("/v1/locate", json=FOUND).json()["status"] == "found"
        gone = 'seal_requests_total{route="/v1/locate",status="499"}'
        assert gauge(client, gone) == (accept == "application/json")  # events had begun, with 200


def test_one_that_waits_and_goes_away_leaves_its_place(folder: Path) -> None:
    with ThreadPoolExecutor(1) as other, serving(tools(folder, slow()), Limits(waiting=1)) as client:
        working = other.submit(client.post, "/v1/locate", json=GHOST)
        assert settled(client, "seal_at_work", 1)
        with pytest.raises(httpx.ReadTimeout):
            client.post("/v1/locate", json=FOUND, timeout=httpx.Timeout(60, read=0.3))
        assert settled(client, "seal_waiting", 0) and gauge(client, "seal_at_work") == 1
        assert not working.done()


def test_the_time_of_a_request_ends_the_search_and_the_waiting(folder: Path) -> None:
    with serving(tools(folder, slow()), Limits(seconds=1.0)) as client, ThreadPoolExecutor(1) as other:
        working = other.submit(client.post, "/v1/locate", json=GHOST)
        assert settled(client, "seal_at_work", 1)
        waiting = client.post("/v1/locate", json={**GHOST, "targets": ["ghost", "File"]})
        told = working.result()
        assert told.status_code == 200 and told.json()["stopped"] == "seconds"
        # it got its turn with next to no time left, or none
        assert waiting.status_code == 504 or waiting.json()["stopped"] == "seconds"


def test_half_an_upload(folder: Path) -> None:
    head = (
        "POST /v1/point HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n\x89PNG'
    )
    with serving(tools(folder), Limits(waiting=0, body_seconds=1.0)) as client:
        place = ("127.0.0.1", client.base_url.port or 0)
        with socket.create_connection(place) as half:
            half.sendall(head.encode("latin-1"))
            assert settled(client, "seal_waiting", 1)
            assert client.post("/v1/locate", json=FOUND).status_code == 429  # it has the one place
        assert settled(client, "seal_waiting", 0)
        assert gauge(client, 'seal_requests_total{route="/v1/point",status="499"}') == 1
        with socket.create_connection(place) as half:  # and one that never goes on
            half.settimeout(30)
            half.sendall(head.encode("latin-1"))
            reply = http.client.HTTPResponse(half)
            reply.begin()
            assert reply.status == 408 and json.loads(reply.read())["error"]["type"] == "RequestTimeout"
        assert client.post("/v1/locate", json=FOUND).status_code == 200


def test_ready_is_when_the_models_are_loaded() -> None:
    localizer, release = fake(), threading.Event()
    locate = localizer.locate

    def held(patches, phrases):  # type: ignore[no-untyped-def]
        release.wait(30)
        return locate(patches, phrases)

    localizer.locate = held  # type: ignore[method-assign]
    with serving(Tools(Seal("reader", localizer), []), ready=False) as client:
        told = client.get("/ready")
        assert (told.status_code, told.json()["error"]["type"]) == (503, "NotReady")
        assert client.get("/health").status_code == 200 and gauge(client, "seal_ready") == 0
        release.set()
        assert settled(client, "seal_ready", 1)
        assert client.get("/ready").json()["localizer"] == "fake:localizer"


def test_models_that_cannot_be_loaded() -> None:
    localizer = fake()

    def broken(patches, phrases):  # type: ignore[no-untyped-def]
        raise RuntimeError("no such weights")

    localizer.locate = broken  # type: ignore[method-assign]
    with serving(Tools(Seal("reader", localizer), []), ready=False) as client:
        assert comes(lambda: "cannot be loaded" in client.get("/ready").text)
        told = client.get("/ready")
    assert told.status_code == 503 and "no such weights" in told.json()["error"]["message"]
    assert told.headers["retry-after"] == "5"
