"""Models behind servers, against a stub that honours, ignores, refuses or breaks each field."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import numpy as np
import PIL.Image
import pytest
from stub_server import Stub, completion, serving

from seal.agents import server
from seal.agents.contracts import Answer, Target
from seal.agents.fake import FakeLocalizer
from seal.agents.registry import load_localizer, load_vqa
from seal.agents.server import client as client_module
from seal.agents.server.agent import GLOBAL_SIDE, ServerVQA, letter_scores
from seal.agents.server.client import Client, Reply, split_name
from seal.agents.server.exchange import Limits
from seal.agents.server.pointing import yes_share
from seal.agents.server.probe import Traits, forget
from seal.memory.deadline import Deadline
from seal.memory.errors import AgentError, OutOfTime, ReplyError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.working import Crop, GlobalImage, VisualWorkingMemory, decode_png
from seal.orchestrator import Seal
from seal.run.reading import GLOBAL_SIDE as MEMORY_SIDE

Attach = Callable[..., ServerVQA]
SCREEN = np.stack([sum(np.indices((900, 2000))) // part % 200 for part in (4, 8, 16)], -1).astype(np.uint8)


@pytest.fixture
def attach() -> Iterator[Attach]:
    """attach(stub, **options): the agent of a model behind that stub."""
    forget()
    with ExitStack() as stack:

        def attached(stub: Stub, **options: Any) -> ServerVQA:
            url = stack.enter_context(serving(stub))
            agent = load_vqa(f"openai:tiny@{url}", **options)
            assert isinstance(agent, ServerVQA)
            return agent

        yield attached


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that would have been waited between tries."""
    waited: list[float] = []
    monkeypatch.setattr(client_module, "pause", waited.append)
    return waited


@pytest.fixture
def memory() -> VisualWorkingMemory:
    image = Image.open(SCREEN)
    view = GlobalImage(size_wh=image.size_wh, png=image.region(image.box, MEMORY_SIDE))  # type: ignore[arg-type]
    crops = [
        Crop(id=f"crop-{i}", box=Box(i, 0, 40, 30), png=PIL.Image.new("RGB", (40, 30))) for i in range(1, 8)
    ]  # type: ignore[arg-type]
    return VisualWorkingMemory(question="What colour is the bell?", image=view, crops=tuple(crops))


def pictures(body: dict[str, Any]) -> list[str]:
    parts = body["messages"][0]["content"]
    return [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]


def words(message: dict[str, Any]) -> str:
    return "".join(part.get("text", "") for part in message["content"])


# --- names ------------------------------------------------------------------------------------------------


def test_tokens_are_counted_where_the_server_tells_them() -> None:
    def told(usage: object) -> tuple[int, str, dict[str, str]]:
        return 200, json.dumps(completion("yes") | {"usage": usage}), {}

    said = (None, {"total_tokens": "many"}, {"total_tokens": 12}, {"total_tokens": 30})
    stub = Stub(raw=[told(usage) for usage in said])
    with serving(stub) as url:
        client = Client("tiny", url)
        seen = []
        for _ in range(4):
            assert client.chat({"messages": []}).text == "yes"
            seen.append(client.tokens)
    assert seen == [None, None, 12, 42]


@pytest.mark.parametrize(
    ("name", "model", "url"),
    [
        ("a/b@http://localhost:8000", "a/b", "http://localhost:8000/v1"),
        ("a/b@http://localhost:8000/v1/", "a/b", "http://localhost:8000/v1"),
        ("m@https://host/api/v3/chat/completions", "m", "https://host/api/v3"),
        ("/models/a@main@http://10.0.0.1:1", "/models/a@main", "http://10.0.0.1:1/v1"),
    ],
)
def test_names(name: str, model: str, url: str) -> None:
    assert split_name(name) == (model, url)


@pytest.mark.parametrize("name", ["", "model", "@http://host", "model@host:8000", "model@ftp://host"])
def test_a_name_without_both_parts_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(SettingError, match="openai:MODEL@URL, for example"):
        load_vqa(f"openai:{name}")


@pytest.mark.parametrize(
    "url", ["http://me:secret@host/v1", "http://host/v1?key=secret", "http://host/#secret"]
)
def test_keys_do_not_belong_in_the_url(url: str) -> None:
    with pytest.raises(SettingError, match="SEAL_API_KEY") as caught:
        load_vqa(f"openai:model@{url}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "option",
    [
        {"max_images": 0},
        {"input_side": 1},
        {"attempts": 0},
        {"timeout": 0},
        {"connect_timeout": float("inf")},
        {"read_timeout": "long"},
        {"concurrency": 0},
        {"retries": 0.5},
    ],
)
def test_options_out_of_range(option: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match=f"{next(iter(option))} must be"):
        server.load("m@http://localhost:1", **option)


# --- what the server can do -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stub", "traits"),
    [
        (Stub(), Traits(5, "full", 20)),
        (Stub(schema="ignore", logprobs="ignore"), Traits(5)),
        (Stub(schema="refuse", logprobs="refuse"), Traits(5)),
        (Stub(schema="break", logprobs="thoughts"), Traits(5)),
        (Stub(schema="refuse maxLength", logprobs="refuse 20"), Traits(5, "plain", 5)),
        (Stub(images=3), Traits(2, "full", 20)),
        (Stub(images=1), Traits(1, "full", 20)),
        (Stub(dialect="new"), Traits(5, "full", 20, "max_completion_tokens", greedy=False)),
    ],
    ids=lambda value: "" if isinstance(value, Traits) else f"{value.schema}-{value.logprobs}-{value.images}",
)
def test_probe(attach: Attach, stub: Stub, traits: Traits) -> None:
    assert attach(stub).traits == traits


def test_a_server_is_probed_once_a_process(attach: Attach) -> None:
    stub = Stub()
    agent = attach(stub)
    asked = len(stub.bodies)
    assert load_vqa(agent.name) is not agent and len(stub.bodies) == asked == 3
    load_vqa(agent.name, max_images=7)
    assert len(stub.bodies) == asked + 3


def test_a_model_without_pictures_is_refused(attach: Attach) -> None:
    with pytest.raises(AgentError, match=r"At most 0 image.* one picture of 56x56 px is refused"):
        attach(Stub(images=0))


# --- show, where, tell ------------------------------------------------------------------------------------


def test_show_and_tell_begin_with_the_same_picture_and_end_with_the_question(
    attach: Attach, memory: VisualWorkingMemory
) -> None:
    assert GLOBAL_SIDE == MEMORY_SIDE
    stub = Stub()
    for side in (1600, 500):
        agent = attach(stub, input_side=side)
        agent.show(Image.open(SCREEN).patch(), memory.question)
        agent.tell(memory)
        show, tell = stub.bodies[-2:]
        (seen,), (first, *crops) = pictures(show), pictures(tell)
        assert seen == first and show["messages"][0]["content"][0]["type"] == "image_url"
        assert len(crops) == 4, "five pictures at most; further crops are told in words"
        assert "crop-7" in words(tell["messages"][0])
        size = PIL.Image.open(io.BytesIO(base64.b64decode(seen.partition(",")[2]))).size
        assert max(size) == side
        question = words(tell["messages"][0]).rindex(memory.question)
        assert question > words(tell["messages"][0]).rindex("crop-7: ")
        assert show["temperature"] == tell["temperature"] == 0


def test_a_server_of_one_picture_sees_a_sheet_of_all(attach: Attach, memory: VisualWorkingMemory) -> None:
    stub = Stub(images=1)
    agent = attach(stub)
    stub.said = ['{"answer": "red", "cites": ["crop-7"], "confidence": 80, "more": []}']
    assert agent.tell(memory).cites == ("crop-7",)
    (sheet,) = pictures(stub.bodies[-1])
    width, height = decode_png(base64.b64decode(sheet.partition(",")[2])).size
    assert width <= 1600 and height < width and "each under its id" in words(stub.bodies[-1]["messages"][0])


def test_replies_become_needs_and_answers(attach: Attach, memory: VisualWorkingMemory) -> None:
    stub = Stub()
    agent = attach(stub)
    stub.said = ['{"enough": false, "answer": "", "targets": [{"name": "bell icon", "all": true}]}']
    assert agent.show(Image.open(SCREEN).patch(), memory.question).targets == (Target("bell icon", "all"),)
    stub.said = ['{"answer": "red", "cites": ["crop-2"], "confidence": 80, "more": []}']
    assert agent.tell(memory) == Answer("red", confidence=0.8, cites=("crop-2",))
    stub.said = ["It is most likely to appear at the top.\nMore."]
    assert agent.where(Image.open(SCREEN).patch(), "bell") == "It is most likely to appear at the top."
    assert (
        all("response_format" in body for body in stub.bodies[-3:-1])
        and "response_format" not in stub.bodies[-1]
    )


def test_thoughts_that_do_not_end_are_no_contextual_cue(attach: Attach) -> None:
    stub = Stub()
    agent = attach(stub)
    stub.raw = [(200, json.dumps(completion("<think>Well, the bell", "length")), {})]
    assert agent.where(Image.open(SCREEN).patch(), "bell") == ""


def test_a_whole_run(attach: Attach) -> None:
    stub = Stub(schema="ignore")
    agent = attach(stub)
    stub.said = [
        'Sure!\n{"enough": false}',
        '{"enough": false, "answer": "", "targets": [{"name": "bell icon", "all": false}]}',
        '```json\n{"answer": "red", "cites": ["crop-1"], "confidence": 90, "more": []}\n```',
    ]
    result = Seal(agent, FakeLocalizer({"bell icon": [Box(1500, 100, 40, 40)]})).ask(
        SCREEN, "What colour is the bell?"
    )
    assert (result.answer, result.status, result.cites) == ("red", "answered", ("crop-1",))
    assert result.trace.vqa == agent.name and agent.name.startswith("openai:tiny@http://127.0.0.1")


# --- replies that do not fit ------------------------------------------------------------------------------


def test_a_fault_is_told_and_asked_again(attach: Attach) -> None:
    stub = Stub(schema="ignore")
    agent = attach(stub)
    stub.said = ["I see a bell.", "", '{"enough": true, "answer": "red", "targets": []}']
    need = agent.show(Image.open(SCREEN).patch(), "What colour is the bell?")
    assert need.answer is not None and need.answer.text == "red"
    first, second, third = (body["messages"] for body in stub.bodies[-3:])
    assert second[:1] == first and third[:3] == second, "the prefix stays: what is encoded can be used again"
    assert second[1] == {"role": "assistant", "content": "I see a bell."}
    assert "expected one JSON object" in words(second[2]) and third[3]["content"] == "(nothing)"


@pytest.mark.parametrize("attempts", [1, 3])
def test_the_attempts_end(attach: Attach, attempts: int) -> None:
    stub = Stub(schema="ignore")
    agent = attach(stub, attempts=attempts)
    asked = len(stub.bodies)
    with pytest.raises(ReplyError, match=rf"openai:tiny.* no usable reply in {attempts} attempts.*hello"):
        agent.show(Image.open(SCREEN).patch(), "What colour is the bell?")
    assert len(stub.bodies) == asked + attempts


def test_a_reply_that_was_cut_off_says_so(attach: Attach) -> None:
    stub = Stub()
    agent = attach(stub, attempts=1, max_tokens=64)
    stub.raw = [(200, json.dumps(completion('{"enough": fal', "length")), {})]
    with pytest.raises(ReplyError, match="cut off at max_tokens=64"):
        agent.show(Image.open(SCREEN).patch(), "What colour is the bell?")


def test_a_schema_that_is_refused_later_is_left_out(attach: Attach, memory: VisualWorkingMemory) -> None:
    stub = Stub()
    agent = attach(stub)
    stub.schema, stub.said = "refuse", ['{"answer": "red", "cites": [], "confidence": 80, "more": []}']
    assert agent.tell(memory).text == "red"
    stub.images = 0
    with pytest.raises(AgentError, match=r"refuses the request for 'tiny' \(HTTP 400: At most 0 image"):
        agent.tell(memory)


# --- options ----------------------------------------------------------------------------------------------


def test_options_are_scored_by_their_letters(attach: Attach, memory: VisualWorkingMemory) -> None:
    stub = Stub()
    agent = attach(stub)
    answer = agent.tell(memory.but(options=["red", "blue", "green"]))
    assert answer.text == "blue"
    assert answer.option_scores == pytest.approx((-2.0, np.logaddexp(-0.25, -4.0), -4.0))
    assert answer.confidence == pytest.approx(0.838, abs=1e-3)
    letter_body, json_body = stub.bodies[-2:]
    assert json_body["messages"][0]["content"][:-1] == letter_body["messages"][0]["content"][:-1]
    assert letter_body["max_tokens"] == 1 and letter_body["top_logprobs"] == 20


@pytest.mark.parametrize(
    ("change", "count"), [({"logprobs": "thoughts"}, 2), ({"logprobs": "ignore"}, 2), ({}, 21)]
)
def test_without_scores_the_reply_decides(
    attach: Attach, memory: VisualWorkingMemory, change: dict[str, Any], count: int
) -> None:
    stub = Stub()
    agent = attach(stub)
    vars(stub).update(change)
    options = [f"option {i}" for i in range(count)]
    answer = agent.tell(memory.but(options=options))
    assert (answer.text, answer.option_scores) == (options[-1], None)


@pytest.mark.parametrize(
    ("top", "scores"),
    [
        ((("B", -0.1), ("A", -3.0)), (-3.0, -0.1)),
        ((("B", -0.1), ("x", -9.0)), (-9.0, -0.1)),
        ((("A", -5000.0), ("B", -5001.0)), (-5000.0, -5001.0)),
        ((("x", -0.1),), None),
    ],
)
def test_letter_scores(top: tuple[tuple[str, float], ...], scores: tuple[float, ...] | None) -> None:
    assert letter_scores(Reply("", top=(top,)), 2) == scores
    assert letter_scores(Reply(""), 2) is None


# --- failures ---------------------------------------------------------------------------------------------

OK = json.dumps(completion("fine"))


def chat(stub: Stub, **options: Any) -> Reply:
    with serving(stub) as url:
        return Client("tiny", url, **options).chat({"messages": []})


@pytest.mark.parametrize(
    ("raw", "waited"),
    [
        ([(429, "", {"Retry-After": "7"})], [(7, 7)]),
        ([(503, "busy", {}), (500, "<html>", {})], [(0.5, 1), (1, 2)]),
        ([(0, "", {}), (408, "", {}), (502, "", {}), (504, "", {})], [(0.5, 1), (1, 2), (2, 4), (4, 8)]),
        ([(429, "", {"Retry-After": "soon"})], [(0.5, 1)]),
        ([(503, "", {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})], [(0, 0)]),
    ],
)
def test_what_may_pass_is_tried_again(
    waits: list[float], raw: list[Any], waited: list[tuple[float, float]]
) -> None:
    assert chat(Stub(raw=[*raw, (200, OK, {})])).text == "fine"
    assert len(waits) == len(waited)
    assert all(low <= wait <= high for wait, (low, high) in zip(waits, waited, strict=True))


def test_a_date_is_waited_for_and_too_long_a_wait_is_not(waits: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert chat(Stub(raw=[(503, "", {"Retry-After": soon}), (200, OK, {})])).text == "fine"
    assert 20 < waits[0] <= 30
    with pytest.raises(AgentError, match=r"HTTP 429.*asks to come back in 3600 s"):
        chat(Stub(raw=[(429, "", {"Retry-After": "3600"})]))


@pytest.mark.parametrize(
    ("raw", "last"),
    [
        ((500, '{"error": "out of memory"}', {}), r"HTTP 500 \(.*out of memory"),
        ((503, "<html><body>Bad gateway", {}), "HTTP 503"),
        ((0, "", {}), "the connection broke"),
    ],
)
def test_the_tries_end(waits: list[float], raw: Any, last: str) -> None:
    stub = Stub(raw=[raw] * 9)
    with pytest.raises(AgentError, match=f"no answer from 'tiny' after 3 tries; the last: {last}"):
        chat(stub, retries=2)
    assert len(stub.bodies) == 3 and len(waits) == 2


def test_a_slow_server_times_out(waits: list[float]) -> None:
    with pytest.raises(AgentError, match=r"after one try; the last: no reply within 0\.05 s"):
        chat(Stub(pause=0.3), limits=Limits(0.05), retries=0)


def test_a_server_that_is_not_there(waits: list[float]) -> None:
    with serving(Stub()) as url:
        pass
    with pytest.raises(AgentError, match=r"nothing answers there.*Is the server running"):
        load_vqa(f"openai:tiny@{url}")
    assert waits == []


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ((200, "<!DOCTYPE html><p>Welcome", {}), "got a web page .HTTP 200.*API's base"),
        ((200, "Welcome", {"Content-Type": "text/html"}), "got a web page"),
        ((404, "<html>", {}), "got a web page .HTTP 404.*API's base"),
        ((200, OK[: len(OK) // 2], {}), "expected JSON, got .*broken off"),
        ((200, "", {}), "the server answered nothing .HTTP 200"),
        ((200, "[]", {}), "expected a chat completion with a choice in it"),
        ((200, '{"choices": []}', {}), "a choice in it, got"),
        ((200, '{"choices": ["text"]}', {}), "expected a chat completion"),
        ((200, '{"error": {"message": "out of memory"}}', {}), "out of memory"),
        (
            (404, "404 page not found", {}),
            "no model 'tiny' or no chat here .HTTP 404: 404 page not found.*: tiny",
        ),
        ((404, '{"detail": "Not Found"}', {}), "HTTP 404: Not Found"),
        ((413, "", {}), "too large .*smaller input_side"),
        ((422, '{"detail": [{"msg": "bad field"}]}', {}), "HTTP 422: .*bad field"),
        ((307, "", {"Location": "https://elsewhere"}), "HTTP 307"),
    ],
    ids=lambda value: "" if isinstance(value, str) else f"{value[0]}-{value[1][:12]}",
)
def test_other_faults_are_said_at_once(waits: list[float], raw: Any, message: str) -> None:
    stub = Stub(raw=[raw])
    with pytest.raises(AgentError, match=message):
        chat(stub)
    assert len(stub.bodies) == 1 and waits == []


def test_an_unknown_model_lists_the_known(attach: Attach) -> None:
    with pytest.raises(AgentError, match=r"there is no model 'tiny'.*It offers: large, larger"):
        attach(Stub(models=("large", "larger")))


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ([{"type": "text", "text": "fi"}, {"type": "text", "text": "ne"}, "?"], "fine"),
        (None, ""),
    ],
)
def test_other_forms_of_a_text(said: Any, text: str) -> None:
    assert chat(Stub(raw=[(200, json.dumps(completion(said)), {})])).text == text


# --- keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["SEAL_API_KEY", "OPENAI_API_KEY"])
def test_the_key_comes_from_the_environment_and_goes_nowhere_else(
    attach: Attach, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    key = "sk-not-a-real-one"
    monkeypatch.setenv(variable, key)
    stub = Stub(key=key)
    agent = attach(stub)
    stub.said = ['{"enough": true, "answer": "red", "targets": []}']
    result = Seal(agent, FakeLocalizer({})).ask(SCREEN, "What colour is the bell?")
    assert result.answer == "red" and stub.headers[-1]["authorization"] == f"Bearer {key}"
    assert key not in result.model_dump_json() + result.trace.model_dump_json() + repr(vars(agent))
    stub.key = "another"
    with pytest.raises(
        AgentError, match=rf"refuses the key \(HTTP 401: .*Bearer \*\*\*.*{variable}"
    ) as caught:
        agent.where(Image.open(SCREEN).patch(), "bell")
    assert key not in str(caught.value)


def test_a_server_that_wants_a_key(attach: Attach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(AgentError, match=r"wants a key, and none is set.*SEAL_API_KEY or OPENAI_API_KEY"):
        attach(Stub(key="wanted"))
    monkeypatch.setenv("SEAL_API_KEY", "smuggled\nheader: x")
    with pytest.raises(SettingError, match="characters that no key holds") as caught:
        attach(Stub())
    assert "smuggled" not in str(caught.value)


# --- many at once -----------------------------------------------------------------------------------------


def test_no_more_requests_at_a_time_than_allowed(attach: Attach) -> None:
    stub = Stub(pause=0.02)
    agent = attach(stub, concurrency=2)
    patch = Image.open(SCREEN[:40, :40]).patch()
    stub.busiest = 0
    with ThreadPoolExecutor(8) as pool:
        cues = list(pool.map(lambda name: agent.where(patch, name), "abcdefgh"))
    assert cues == ["hello"] * 8 and 1 <= stub.busiest <= 2


# --- boxes ------------------------------------------------------------------------------------------------


def points(body: dict[str, Any]) -> str:
    """The box of what is red in the picture, 0-1000; none for anything else."""
    picture = decode_png(base64.b64decode(pictures(body)[0].partition(",")[2]))
    colour = next((i for i, name in ((0, "red"), (2, "blue")) if name in words(body["messages"][0])), None)
    pixels = np.asarray(picture, int)
    mask = np.zeros(pixels.shape[:2], bool) if colour is None else pixels[..., colour] - pixels[..., 1] > 99
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return "[]"
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    scaled = [round(1000 * value / side) for value, side in zip(box, [*picture.size] * 2, strict=True)]
    return json.dumps([{"bbox_2d": scaled, "label": "it"}])


@pytest.mark.parametrize("scored", [True, False])
def test_a_model_that_points_is_a_localizer(scored: bool) -> None:
    forget()
    stub = Stub(logprobs="honour" if scored else "ignore", schema="ignore", said=[points] * 40)
    stub.said[:2] = ["grey", "hello"]  # the questions about pictures and schemas come first
    screen = np.full_like(SCREEN, 150)
    screen[300:340, 1500:1560] = (255, 0, 0)
    with serving(stub) as url:
        localizer = load_localizer(f"openai:tiny@{url}")
        stub.top = (("Yes", -0.1), (" no", -3.0), ("yes", -4.0))
        near, far = (
            Image.open(screen).patch(Box(1400, 200, 400, 400)),
            Image.open(screen).patch(Box(0, 0, 400, 400)),
        )
        (found,), (nothing,) = localizer.locate([near, far], ["red icon"])
    assert found.boxes == pytest.approx(np.array([[100, 100, 160, 140]], np.float32), abs=1)
    assert len(nothing.boxes) == 0
    assert yes_share(Reply("", top=(stub.top,))) == pytest.approx(0.95, abs=0.01)
    assert (found.scores > 0.9).all() == scored


def test_a_model_that_cannot_point_is_refused() -> None:
    forget()
    with serving(Stub()) as url, pytest.raises(AgentError, match="cannot point"):
        load_localizer(f"openai:tiny@{url}")


# --- deadlines --------------------------------------------------------------------------------------------


class Clock:
    """A clock that stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def client() -> Iterator[tuple[Client, Stub]]:
    """A client of a stub, without the probe."""
    stub = Stub()
    with serving(stub) as url:
        yield Client("tiny", url), stub


BODY = {"messages": [{"role": "user", "content": "?"}]}


def test_a_hanging_server_is_left_behind(client: tuple[Client, Stub]) -> None:
    clock, release = Clock(), threading.Event()

    def hang(body: dict[str, Any]) -> str:
        clock.now += 9
        release.wait(60)
        return "late"

    client[1].said = [hang, "hello"]
    with Deadline.after(2.0, clock=clock).in_force(), pytest.raises(OutOfTime):
        client[0].chat(BODY)
    release.set()
    assert client[0].chat(BODY).text == "hello"


def test_a_dripping_server_is_left_behind(client: tuple[Client, Stub]) -> None:
    clock = Clock()

    def told(body: dict[str, Any]) -> str:
        client[1].drip = 1e-3
        clock.now += 9
        return "x" * 100_000  # minutes

    client[1].said = [told]
    with Deadline.after(2.0, clock=clock).in_force(), pytest.raises(OutOfTime):
        client[0].chat(BODY)


def test_no_try_has_more_time_than_there_is_in_all(client: tuple[Client, Stub]) -> None:
    """However the bytes come: a byte each millisecond is never late by itself."""

    def told(body: dict[str, Any]) -> str:
        client[1].drip = 1e-3
        return "x" * 100_000

    client[1].said = [told]
    short = Client("tiny", client[0].url, limits=Limits(0.2), retries=0)
    with pytest.raises(AgentError, match=r"no reply within 0\.2 s"):
        short.chat(BODY)


@pytest.mark.parametrize(("left", "tries"), [(3.9, 1), (4.1, 2)])
def test_a_try_that_cannot_end_is_not_begun(
    client: tuple[Client, Stub], waits: list[float], left: float, tries: int
) -> None:
    """The first try took 2 s, and the server asks to come back in 2 s."""
    clock = Clock()

    def slow(body: dict[str, Any]) -> str:
        clock.now += 2
        return "hello"

    client[1].said = [slow]
    with Deadline.after(60.0, clock=clock).in_force():
        client[0].chat(BODY)
    client[1].raw = [(503, "busy", {"Retry-After": "2"})]
    client[1].bodies.clear()
    with Deadline.after(left, clock=clock).in_force():
        if tries == 1:
            with pytest.raises(OutOfTime):
                client[0].chat(BODY)
        else:
            assert client[0].chat(BODY).text == "hello"
    assert len(client[1].bodies) == tries


def test_questions_that_go_out_together_are_under_the_deadline(attach: Attach) -> None:
    clock = Clock()

    def slow(body: dict[str, Any]) -> str:
        clock.now += 9
        return "none"

    agent = attach(stub := Stub())
    from seal.agents.server.pointing import pointing

    finder = pointing(agent.client, agent.traits, check=False)
    stub.said = [slow, slow]
    with Deadline.after(5.0, clock=clock).in_force(), pytest.raises(OutOfTime):
        finder.locate([Image.open(SCREEN).patch()] * 2, ["bell", "house"])
