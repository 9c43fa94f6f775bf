"""`seal serve`: what is asked over HTTP is answered as the tools answer it, in every shape in which it is asked."""

from __future__ import annotations

import base64
import io
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
from serving import png, serving, tools
from test_tools import ABLE, TEXTS, THINGS, fake, picture, uri
from typer.testing import CliRunner

from seal import Seal
from seal.agents.fake import FakeLocalizer
from seal.cli.app import app
from seal.memory.errors import MissingExtraError, SettingError
from seal.serve import Limits, made, serve
from seal.serve.chat import question_of
from seal.serve.guard import is_local
from seal.tools import Tools
from seal.tools.arguments import TOOLS, checked_arguments

CALLS: dict[str, dict[str, Any]] = {
    "ask": {"question": "Is there a text 'Save'?", "options": ["yes", "no"]},
    "diff": {},
    "elements": {"frame": "400x300", "kinds": ["button"], "interactive": True, "most": 3},
    "locate": {"targets": ["settings icon", '"Print"'], "frame": "0-1000", "all": True},
    "point": {"instruction": "click Save", "region": [0, 0, 400, 600]},
    "read": {},
    "zoom": {"region": [0, 0, 100, 100], "max_side": 64},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outside = tmp_path_factory.mktemp("serve")
    inside = outside / "screens"
    inside.mkdir()
    picture().save(inside / "now.png")
    picture(7).save(outside / "secret.png")
    (inside / "way out.png").symlink_to(outside / "secret.png")
    return inside


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[httpx.Client]:
    with serving(tools(folder)) as found:
        yield found


def form(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments as the fields of a form: words, numbers and truth values as text, lists of words several times."""
    return {
        key: value
        if isinstance(value, list) and isinstance(value[0], str)
        else value
        if isinstance(value, str)
        else json.dumps(value)
        for key, value in arguments.items()
    }


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_a_tool_is_asked_in_three_ways_and_answers_as_the_function_does(
    client: httpx.Client, folder: Path, name: str
) -> None:
    arguments = CALLS[name]
    pictures = ["image", "before"] if name == "diff" else ["image"]
    called = tools(folder).call(name, {**arguments, **dict.fromkeys(pictures, "now.png")})
    expected = dict(called.structured)
    if called.picture is not None:
        expected["picture"] = f"data:image/png;base64,{called.picture_base64}"
    sent = png(picture())
    replies = [
        client.post(f"/v1/{name}", json={**arguments, **dict.fromkeys(pictures, "now.png")}),
        client.post(f"/v1/{name}", json={**arguments, **dict.fromkeys(pictures, uri(picture()))}),
        client.post(f"/v1/{name}", files=dict.fromkeys(pictures, ("now.png", sent)), data=form(arguments)),
    ]
    assert [(reply.status_code, reply.json()) for reply in replies] == [(200, expected)] * 3
    assert all(("x-seal-run" in reply.headers) == (name in ("ask", "locate")) for reply in replies)


def test_a_picture_alone_where_one_is_wanted(client: httpx.Client) -> None:
    told = client.post(
        "/v1/zoom",
        json={"image": "now.png", "region": [0, 0, 100, 100], "max_side": 64},
        headers={"Accept": "image/png"},
    )
    assert told.headers["content-type"] == "image/png"
    assert PIL.Image.open(io.BytesIO(told.content)).size == (64, 64)


SAVE = {"image": "now.png", "instruction": "click Save"}


@pytest.mark.parametrize(
    ("route", "sent", "status", "kind", "says"),
    [
        ("/v1/point", {"json": {**SAVE, "instrution": "a"}}, 400, "SettingError", "no argument 'instrution'"),
        ("/v1/point", {"json": {"image": "now.png"}}, 400, "SettingError", "'instruction' is missing"),
        ("/v1/point", {"json": [1]}, 400, "SettingError", "must be a JSON object"),
        ("/v1/point", {"content": b"{"}, 400, "SettingError", "no JSON object"),
        ("/v1/point", {"content": b"\xff\xd8\xff"}, 400, "BadJson", "The body is no text"),
        ("/v1/point", {"json": {**SAVE, "image": "../secret.png"}}, 400, "ImageError", "no such file in the"),
        ("/v1/point", {"json": {**SAVE, "image": "way out.png"}}, 400, "ImageError", "no such file in the"),
        ("/v1/point", {"json": {**SAVE, "image": "/etc/passwd"}}, 400, "ImageError", "no such file in the"),
        ("/v1/point", {"json": {**SAVE, "image": "http://a/b.png"}}, 400, "ImageError", "not opened"),
        ("/v1/point", {"json": {**SAVE, "image": "data:,x"}}, 400, "ImageError", "A picture is sent as"),
        ("/v1/point", {"json": {**SAVE, "frame": "7x7"}}, 400, "SettingError", "no scaled copy"),
        (
            "/v1/point",
            {"files": {"image": ("a.png", b"no picture")}, "data": {"instruction": "a"}},
            400,
            "ImageError",
            "a.png",
        ),
        (
            "/v1/point",
            {"files": {"picture": ("a.png", b"x")}, "data": {"instruction": "a"}},
            400,
            "SettingError",
            "there is no argument 'picture_'|missing|must be|picture",
        ),
        (
            "/v1/point",
            {"files": {"image": ("a.png", b"x")}, "data": {"instruction": ["a", "b"]}},
            400,
            "SettingError",
            "given twice",
        ),
        (
            "/v1/point",
            {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary=b"}},
            400,
            "BadForm",
            "cannot be read",
        ),
        ("/v1/click", {"json": {}}, 404, "NotFound", "/openapi.json"),
        ("/parse/", {"json": {"image": "x"}}, 400, "SettingError", "base64_image"),
        ("/parse/", {"json": {"base64_image": "!"}}, 400, "ImageError", "no valid base64"),
        ("/parse/", {"content": b"[]"}, 400, "BadJson", "must be a JSON object"),
    ],
)
def test_errors_are_one_line_in_one_shape(
    client: httpx.Client, route: str, sent: dict[str, Any], status: int, kind: str, says: str
) -> None:
    told = client.post(route, **sent)
    assert (told.status_code, list(told.json()), told.json()["error"]["type"]) == (status, ["error"], kind)
    message = told.json()["error"]["message"]
    assert re.search(says, message) and "\n" not in message and "Traceback" not in told.text


def test_a_route_that_takes_another_method(client: httpx.Client) -> None:
    told = client.get("/v1/point")
    assert (told.status_code, told.json()["error"]["type"], told.headers["allow"]) == (
        405,
        "MethodNotAllowed",
        "POST",
    )


def test_what_fails_inside_is_told_without_its_text() -> None:
    failing = tools()

    def call(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    with serving(failing) as client:
        failing.call = call  # type: ignore[method-assign, assignment]
        told = client.post("/v1/read", json={"image": uri(picture())})
    assert told.status_code == 500 and "secret" not in told.text
    assert told.json()["error"] == {
        "type": "ServerError",
        "message": "The request failed unexpectedly (ZeroDivisionError).",
    }


def test_bodies_and_images_that_are_too_large(client: httpx.Client) -> None:
    noise = np.random.default_rng(3).integers(0, 255, (1200, 1700, 3), np.uint8)
    sent = png(PIL.Image.fromarray(noise))
    assert len(sent) > 6_000_000
    told = client.post("/v1/read", files={"image": ("noise.png", sent)})
    assert told.json()["image_size"] == [1700, 1200]
    told = client.post("/v1/read", files={"image": ("large.png", sent * 10)})
    assert (told.status_code, told.json()["error"]["type"]) == (413, "TooLarge")
    with serving(tools(), Limits(body_bytes=1000)) as small:  # without a length: counted while it comes
        told = small.post("/v1/read", content=(b"x" * 600 for _ in range(2)))
        assert (told.status_code, told.headers["connection"]) == (413, "close")
        assert small.post("/v1/read", content=(b"x" * 499 for _ in range(2))).status_code == 400
    little = tools()
    little.seal.max_pixels = 100_000
    with serving(little) as small:
        told = small.post("/v1/read", files={"image": ("now.png", png(picture()))})
        assert (told.status_code, told.json()["error"]["type"]) == (413, "TooLargeError")


# --- events, runs -------------------------------------------------------------------------------------------


def events(text: str) -> list[tuple[str, Any]]:
    found = re.findall(r"^event: (\w+)\ndata: (.*)\n\n", text, flags=re.M)
    return [(kind, json.loads(data)) for kind, data in found]


@pytest.mark.parametrize("name", ["ask", "locate"])
def test_steps_come_as_events(client: httpx.Client, folder: Path, name: str) -> None:
    asked = {"locate": {"targets": ["settings icon"]}, "ask": {"question": "Where is the settings icon?"}}[
        name
    ]
    told = client.post(
        f"/v1/{name}", json={"image": "now.png", **asked}, headers={"Accept": "text/event-stream"}
    )
    assert told.headers["content-type"].startswith("text/event-stream")
    *steps, (kind, result) = events(told.text)
    assert [k for k, _ in steps] == ["step"] * len(steps) and kind == "result"
    assert [step["look"] for _, step in steps] == list(range(1, len(steps) + 1)) != []
    assert result == tools(folder).call(name, {"image": "now.png", **asked}).structured
    assert client.get(f"/runs/{told.headers['x-seal-run']}").status_code == 200


def test_an_error_is_an_event_once_they_have_begun(folder: Path) -> None:
    failing = tools(folder)

    def call(*_: object, **__: object) -> None:
        raise SettingError("no\nway")

    with serving(failing) as client:
        failing.call = call  # type: ignore[method-assign, assignment]
        asked = {"image": "now.png", "targets": ["a"]}
        told = client.post("/v1/locate", json=asked, headers={"Accept": "text/event-stream"})
        assert events(told.text) == [("error", {"error": {"type": "SettingError", "message": "no way"}})]
        told = client.post("/v1/locate", json={}, headers={"Accept": "text/event-stream"})
        assert told.status_code == 400  # before they begin it is a status


def test_the_latest_runs_have_a_page_on_which_nothing_read_is_markup() -> None:
    hostile = "</script><script>alert(1)</script>"
    localizer = FakeLocalizer(
        {**THINGS, '"Save"': [TEXTS["Save"]]}, capabilities=ABLE, texts={'"Save"': [hostile]}
    )
    with serving(Tools(Seal("reader", localizer), []), Limits(runs=2)) as client:
        names = [
            client.post(
                "/v1/locate", files={"image": ("<b>.png", png(picture()))}, data={"targets": ['"Save"']}
            ).headers["x-seal-run"]
            for _ in range(3)
        ]
        pages = [client.get(f"/runs/{name}") for name in names]
        assert [page.status_code for page in pages] == [404, 200, 200]
        whole = client.get(f"/runs/{names[2]}/result").json()
    assert hostile in json.dumps(whole) and whole["origin"]["image_name"] == "<b>.png"
    assert "alert(1)" in pages[2].text and "<script>alert" not in pages[2].text
    assert "<b>.png" not in pages[2].text
    policy = pages[2].headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert pages[2].headers["x-content-type-options"] == "nosniff"


# --- who may come in ----------------------------------------------------------------------------------------


def test_a_token(folder: Path) -> None:
    with serving(tools(folder), token=" s3crét ") as client:
        asked = {"image": "now.png", "targets": ["settings icon"]}

        def status(authorization: str, route: str = "/v1/locate") -> int:
            headers = {b"Authorization": authorization.encode()} if authorization else {}
            if route == "/v1/locate":
                return client.post(route, json=asked, headers=headers).status_code
            return client.get(route, headers=headers).status_code

        said = ["", "Bearer", "Bearer s3cr", "Bearer s3crétx", "s3crét", "Basic czNjcmV0", "Bearer s3cret"]
        assert [status(one) for one in said] == [401] * len(said)
        assert status("Bearer s3crét") == status("bearer  s3crét") == 200
        assert [
            status("", route) for route in ("/health", "/ready", "/probe/", "/metrics", "/openapi.json")
        ] == [
            200,
            200,
            200,
            401,
            401,
        ]
        run = client.post(
            "/v1/locate", json=asked, headers={"Authorization": "Bearer s3crét".encode()}
        ).headers["x-seal-run"]
        basic = "Basic " + base64.b64encode("me:s3crét".encode()).decode()
        assert [status(one, f"/runs/{run}") for one in ("", "Basic !", basic, "Bearer s3crét")] == [
            401,
            401,
            200,
            200,
        ]
        assert status(basic) == 401  # a browser would send it for any page
        assert client.get(f"/runs/{run}").headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "attacker.example"}, 403),
        ({"Host": "127.0.0.1.attacker.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_no_page_of_another_site_uses_a_server_of_this_machine(
    client: httpx.Client, headers: dict[str, str], status: int
) -> None:
    assert client.get("/health", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "local"),
    [
        *[(host, True) for host in ("localhost", "127.0.0.1:80", "127.1.2.3", "[::1]:80", "[::1]")],
        *[
            (host, False)
            for host in ("0.0.0.0", "", "localhost.a", "127.a", "[::]:80", "10.0.0.1", "[fe80::1]")
        ],
    ],
)
def test_names_of_this_machine(host: str, local: bool) -> None:
    assert is_local(host) is local


# --- as others speak ----------------------------------------------------------------------------------------


def chat(client: httpx.Client, *parts: Any, **more: Any) -> httpx.Response:
    content = [{"type": "text", "text": p} if isinstance(p, str) else p for p in parts]
    return client.post(
        "/v1/chat/completions", json={"messages": [{"role": "user", "content": content}], **more}
    )


def shown(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


YES = "Is there a settings icon?"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (YES, "yes"),
        (f"{YES}\nA. no\nB. yes", "yes"),
        (f"{YES}\n(A) no\n(B) yes\nAnswer with the option's letter.", "B"),
    ],
)
def test_a_chat_model(client: httpx.Client, words: str, said: str) -> None:
    told = chat(client, shown(uri(picture())), words, model="x", temperature=0).json()
    assert told["choices"][0]["message"] == {"role": "assistant", "content": said}
    assert told["model"] == "x" and told["seal"]["answer"] == "yes" and told["object"] == "chat.completion"


@pytest.mark.parametrize(
    ("words", "question", "options"),
    [
        ("Which?\nA. left\nB. right", "Which?", ["left", "right"]),
        ("Which\nof these?\n(A) left\n(B)  right \nThe letter alone.", "Which\nof these?", ["left", "right"]),
        ("Which?\nB. left\nA. right", "Which?\nB. left\nA. right", []),
        ("Which?\nA. left", "Which?\nA. left", []),
        ("A. left\nB. right", "A. left\nB. right", []),
    ],
)
def test_choices_of_a_chat(words: str, question: str, options: list[str]) -> None:
    content = [shown("data:,"), {"type": "text", "text": words}]
    asked = question_of({"messages": [{"role": "user", "content": content}]}).asked
    assert (asked.question, list(asked.options)) == (question, options)
    assert asked.letters is ("letter" in words)


def test_a_chat_as_one_chunk(client: httpx.Client) -> None:
    told = chat(client, shown(uri(picture())), YES, stream=True, stream_options={"include_usage": True})
    *data, last = re.findall(r"^data: (.*)$", told.text, flags=re.M)
    assert last == "[DONE]"
    said, end, usage = map(json.loads, data)
    assert said["choices"][0]["delta"] == {"role": "assistant", "content": "yes"}
    assert end["choices"][0]["finish_reason"] == "stop" and usage["usage"]["total_tokens"] == 0


def test_the_latest_question_and_picture_of_a_chat(client: httpx.Client) -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [shown(uri(picture())), {"type": "text", "text": "Is there a cat?"}]},
        {"role": "assistant", "content": "no"},
        {"role": "user", "content": YES},
    ]
    told = client.post("/v1/chat/completions", json={"messages": messages}).json()
    assert told["choices"][0]["message"]["content"] == "yes" and told["seal"]["question"] == YES
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["seal"]


@pytest.mark.parametrize(
    ("parts", "more", "says"),
    [
        (["a"], {}, "No message holds a picture"),
        ([shown("data:,")], {}, "holds no question"),
        ([shown("now.png"), "a"], {}, "a data URL"),
        ([shown("http://a/b.png"), "a"], {}, "nothing is fetched"),
        ([shown("data:,"), shown("data:,"), "a"], {}, "One picture a question"),
        ([{"type": "input_audio"}, "a"], {}, "parts are text or image_url"),
        ([7, "a"], {}, "a part is an object"),
        (["a"], {"n": 2}, "one answer"),
        (["a"], {"response_format": {"type": "json_object"}}, "answers are text"),
        (["a"], {"messages": []}, "a list such as"),
    ],
)
def test_chats_that_are_not_served(
    client: httpx.Client, parts: list[Any], more: dict[str, Any], says: str
) -> None:
    told = chat(client, *parts, **more)
    assert told.status_code == 400 and says in told.json()["error"]["message"]


def test_omniparsers_client_finds_in_the_list_what_it_reads_on_the_picture(client: httpx.Client) -> None:
    sent = {"base64_image": base64.b64encode(png(picture())).decode()}
    told = client.post("/parse/", json=sent).json()
    assert set(told) == {"som_image_base64", "parsed_content_list", "latency"}
    assert PIL.Image.open(io.BytesIO(base64.b64decode(told["som_image_base64"]))).size == (800, 600)
    listed = told["parsed_content_list"]
    assert [(e["type"], e["content"], e["interactivity"]) for e in listed] == [
        ("text", "File", False),
        ("text", "Name", False),
        ("icon", "Save", True),
        ("icon", "settings", True),
    ]
    assert listed[2]["bbox"] == pytest.approx([90 / 800, 200 / 600, 180 / 800, 230 / 600])
    assert client.get("/probe/").json() == {"message": "Omniparser API ready"}


def test_the_description_of_the_routes_holds_together(client: httpx.Client) -> None:
    told = client.get("/openapi.json")
    for name in set(re.findall(r'"\$ref":\s*"([^"]+)"', told.text)):
        found: Any = told.json()
        for part in name.removeprefix("#/").split("/"):
            found = found[part]
        assert isinstance(found, dict)
    for name in TOOLS:
        body = told.json()["paths"][f"/v1/{name}"]["post"]["requestBody"]["content"]
        assert checked_arguments(name, body["application/json"]["example"]).image
        assert set(body) == {"application/json", "multipart/form-data"}


# --- the command line ---------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SettingError), result
    return result.exit_code, result.stdout


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    page = PIL.Image.new("RGB", (400, 120), "white")
    for x, text in ((20, "Total Revenue"), (260, "1,250")):
        PIL.ImageDraw.Draw(page).text((x, 40), text, "black", font_size=24)
    page.save(tmp_path / "drawn.png")
    return tmp_path / "drawn.png"


def test_the_command_asks_a_server_and_loads_no_model(drawn: Path, tmp_path: Path) -> None:
    """With the embedded agents, on both sides."""
    question = "What is the value next to 'Total Revenue'?"
    with serving(Tools(Seal(), [])) as client:
        url = str(client.base_url)
        there = run(
            "ask", str(drawn), question, "--server", url, "--json", "--trace", str(tmp_path / "t.html")
        )
        found = run("locate", str(drawn), "Total Revenue", "unicorn icon", "--server", url, "--json")
        code = (
            f"import sys; sys.argv = ['seal', 'ask', {str(drawn)!r}, {question!r}, '--server', {url!r}]\n"
            "from seal.cli.app import main\n"
            "try: main()\n"
            "except SystemExit as end: print(end.code, *sys.modules)"
        )
        thin = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    here = run("ask", str(drawn), question, "--json")

    def told(one: tuple[int, str]) -> dict[str, Any]:
        return {key: value for key, value in json.loads(one[1]).items() if key != "spend"}

    assert here[0] == there[0] == 0 and told(here) == told(there) and told(here)["answer"] == "1,250"
    assert (tmp_path / "t.html").stat().st_size > 10_000
    assert found[0] == 1 and told(found)["status"] == "partly_found"
    assert thin.startswith("1,250") and "\n0 " in thin
    loaded = set(thin.split())
    assert "httpx" in loaded
    assert (
        loaded & {"torch", "onnxruntime", "cv2", "rapidocr", "fastapi", "uvicorn", "seal.orchestrator"}
        == set()
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--server", "http://127.0.0.1:9", "--vqa", "reader"], "--vqa: not taken with --server"),
        (["--server", "http://127.0.0.1:9"], "cannot be reached"),
        (["--server", "127.0.0.1:9"], "The address of a server is such as"),
        (["--server", "http://a b"], "cannot be reached"),
    ],
)
def test_servers_that_cannot_be_asked(drawn: Path, words: list[str], says: str) -> None:
    result = CliRunner().invoke(app, ["ask", str(drawn), "Is there a text 'a'?", *words])
    assert says in str(result.exception) and "\n" not in str(result.exception)


def test_what_a_server_refuses_is_raised_as_it_would_be_here(client: httpx.Client, drawn: Path) -> None:
    url = str(client.base_url)
    result = CliRunner().invoke(app, ["ask", str(drawn), "x" * 5000, "--server", url])
    assert isinstance(result.exception, SettingError) and "question" in str(result.exception)
    document = Path(__file__).parents[1] / "examples" / "documents" / "mpich-user-guide.pdf"
    result = CliRunner().invoke(app, ["ask", str(document), "Is there a heading 'a'?", "--server", url])
    assert isinstance(result.exception, SettingError) and "--page" in str(result.exception)


def test_a_port_that_is_in_use(client: httpx.Client, folder: Path) -> None:
    with pytest.raises(SettingError, match=rf"{client.base_url.port} cannot be had: it is in use"):
        serve(tools(folder), "127.0.0.1", client.base_url.port or 0)


@pytest.mark.parametrize(
    ("host", "token", "warned"),
    [("127.0.0.1", None, False), ("0.0.0.0", None, True), ("0.0.0.0", "t", False)],
)
def test_what_is_said_at_the_start(
    monkeypatch: pytest.MonkeyPatch, host: str, token: str | None, warned: bool
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("uvicorn.Server.run", lambda self: seen.append(self.config))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said: list[str] = []
    serve(tools(), host, port, token=token, tell=said.append)
    assert [line.startswith("Warning:") for line in said] == [True, False][not warned :]
    assert f"http://{host}:{port}" in said[-1]
    (config,) = seen
    assert config.timeout_keep_alive > 60  # clients keep connections for as long as that, and ask on them


def test_without_the_packages_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'seal-visual-search\[serve\]'"):
        made(Tools(Seal("reader", fake()), []))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"at_work": 0}, "at_work must be at least 1"),
        ({"waiting": -1}, "waiting must be at least 0"),
        ({"seconds": 0}, "seconds must be a positive"),
        ({"seconds": float("inf")}, "seconds must be a positive"),
    ],
)
def test_limits_out_of_range(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError, match=says):
        Limits(**given)


def test_an_empty_token_is_none() -> None:
    with pytest.raises(SettingError, match="The token is empty"):
        made(tools(), token=" ")
