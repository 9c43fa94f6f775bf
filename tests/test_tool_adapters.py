"""The tools as objects of agent frameworks; a framework that is absent is skipped."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from test_tools import fake, picture

from seal import Seal
from seal.memory.errors import MissingExtraError, SealError
from seal.tools import Tools
from seal.tools.adapters import langchain_tools, openai_agents_tools, pydantic_ai_tools, smolagents_tools
from seal.tools.arguments import TOOLS

ROOT = Path(__file__).parents[1]
ASKED: list[tuple[str, dict[str, Any]]] = [
    ("point", {"image": "stisla-posts.png", "instruction": "tick the box of 'Laravel 5 Tutorial: MVC'"}),
    ("zoom", {"image": "stisla-posts.png", "region": [600, 1350, 1000, 1450]}),
    ("zoom", {"image": "../x.png", "region": "a"}),
]
"""What a model that is played here calls, one after the other, on a shipped screen."""


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    picture().save(tmp_path / "now.png")
    return Tools(Seal("reader", fake()), [tmp_path])


@pytest.fixture(scope="module")
def shipped() -> Tools:
    return Tools(allow=[ROOT / "examples" / "screens"])


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The OpenAI Agents SDK; its package has the name of a folder of this checkout, which must not stand before it."""
    monkeypatch.setattr(sys, "path", [p for p in sys.path if Path(p or ".").resolve() != ROOT])
    return pytest.importorskip("agents", reason="the OpenAI Agents SDK is not installed")  # type: ignore[no-any-return]


def is_the_box(told: dict[str, Any]) -> bool:
    x, y = told["best"]["click"]
    return bool(told["best"]["kind"] == "checkbox" and 640 < x < 710 and 1392 < y < 1462)


def test_langchain(tools: Tools) -> None:
    pytest.importorskip("langchain_core")
    made = {tool.name: tool for tool in langchain_tools(tools)}
    assert sorted(made) == sorted(TOOLS)
    call = {"type": "tool_call", "id": "1", "args": {"image": "now.png", "region": [0, 0, 99, 99]}}
    told = made["zoom"].invoke({**call, "name": "zoom"})
    assert [block["type"] for block in told.content] == ["text", "image_url"]
    assert told.artifact["image_size"] == [800, 600]
    wrong = made["zoom"].invoke({**call, "name": "zoom", "args": {"image": "../x.png", "region": "a"}})
    assert wrong.status == "error" and "no such file" in wrong.content


def test_smolagents(tools: Tools) -> None:
    pytest.importorskip("smolagents")
    made = {tool.name: tool for tool in smolagents_tools(tools)}
    assert sorted(made) == sorted(TOOLS)
    assert made["point"](image="now.png", instruction="click Save")["best"]["name"] == "Save"
    assert made["point"](image=picture(), instruction="click Save", region=None)["found"]
    assert made["diff"](image=picture(), before="now.png")["changes"] == []
    with pytest.raises(SealError, match="no such file in the folders"):
        made["elements"](image="../x.png")


def test_langchain_on_a_shipped_screen(shipped: Tools) -> None:
    pytest.importorskip("langchain_core")
    made = {tool.name: tool for tool in langchain_tools(shipped)}
    calls = [{"type": "tool_call", "id": "1", "name": name, "args": args} for name, args in ASKED]
    point, zoom, wrong = (made[str(call["name"])].invoke(call) for call in calls)
    assert is_the_box(point.artifact) and zoom.artifact["image_size"] == [3840, 2160]
    assert zoom.content[1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert wrong.status == "error" and "no such file in the folders" in wrong.content


def test_an_agent_of_smolagents_on_a_shipped_screen(shipped: Tools) -> None:
    smolagents = pytest.importorskip("smolagents")
    models = smolagents.models
    seen: list[str] = []

    class Played(smolagents.Model):  # type: ignore[misc, name-defined]
        def generate(self, messages: list[Any], **rest: Any) -> Any:
            seen.append(" ".join(part["text"] for part in messages[-1].content))
            last = ("final_answer", {"answer": "done"})
            name, arguments = ASKED[len(seen) - 1] if len(seen) <= len(ASKED) else last
            function = models.ChatMessageToolCallFunction(name=name, arguments=arguments)
            call = models.ChatMessageToolCall(function=function, id=f"c{len(seen)}", type="function")
            return models.ChatMessage(role="assistant", content=None, tool_calls=[call])

    agent = smolagents.ToolCallingAgent(smolagents_tools(shipped), Played(), verbosity_level=0)
    assert agent.run("tick the box of MVC") == "done"
    point, zoom, wrong = seen[1:]
    assert "'found': True" in point and "'kind': 'checkbox'" in point
    assert "'image_size': [3840, 2160]" in zoom
    assert "no such file in the folders" in wrong


def test_pydantic_ai(shipped: Tools) -> None:
    pydantic_ai = pytest.importorskip("pydantic_ai")
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart, ToolReturnPart
    from pydantic_ai.models.function import FunctionModel

    seen: list[Any] = []

    def played(messages: list[Any], info: Any) -> Any:
        seen.append(messages[-1])
        if len(seen) > len(ASKED):
            return ModelResponse([TextPart("done")])
        return ModelResponse([ToolCallPart(*ASKED[len(seen) - 1])])

    agent = pydantic_ai.Agent(FunctionModel(played), tools=pydantic_ai_tools(shipped))
    assert asyncio.run(agent.run("tick the box of MVC")).output == "done"
    point, zoom, wrong = (next(p for p in m.parts if isinstance(p, ToolReturnPart)) for m in seen[1:])
    assert is_the_box(point.content)
    assert zoom.content["image_size"] == [3840, 2160]
    (picture,) = (part for p in seen[2].parts if p.part_kind == "user-prompt" for part in p.content)
    assert picture.media_type == "image/png" and picture.data.startswith(b"\x89PNG")
    assert wrong.outcome == "failed" and "no such file in the folders" in wrong.content


def test_pydantic_ai_reads_every_schema_and_no_error_ends_its_run(tools: Tools) -> None:
    pydantic_ai = pytest.importorskip("pydantic_ai")
    from pydantic_ai.models.test import TestModel

    agent = pydantic_ai.Agent(TestModel(), tools=pydantic_ai_tools(tools))
    told = asyncio.run(agent.run("call them all"))
    called = {p.tool_name for m in told.all_messages() for p in m.parts if p.part_kind == "tool-return"}
    assert called == set(TOOLS)


def test_openai_agents(shipped: Tools, sdk: ModuleType) -> None:
    from openai.types.responses import ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText

    seen: list[list[Any]] = []

    class Played(sdk.Model):  # type: ignore[misc, name-defined]
        async def get_response(self, *, input: list[Any], **rest: Any) -> Any:
            seen.append(input)
            if len(seen) <= len(ASKED):
                name, arguments = ASKED[len(seen) - 1]
                asked = {"call_id": f"c{len(seen)}", "name": name, "arguments": json.dumps(arguments)}
                output = [ResponseFunctionToolCall(type="function_call", **asked)]
            else:
                text = ResponseOutputText(type="output_text", text="done", annotations=[])
                whole = {"id": "m", "role": "assistant", "status": "completed", "type": "message"}
                output = [ResponseOutputMessage(content=[text], **whole)]
            return sdk.ModelResponse(output=output, usage=sdk.Usage(), response_id=None)

        def stream_response(self, **rest: Any) -> Any:
            raise NotImplementedError

    agent = sdk.Agent(name="clerk", model=Played(), tools=openai_agents_tools(shipped))
    quiet = sdk.RunConfig(tracing_disabled=True)
    told = asyncio.run(sdk.Runner.run(agent, "tick the box of MVC", run_config=quiet))
    assert told.final_output == "done"
    point, zoom, wrong = (items[-1]["output"] for items in seen[1:])
    assert is_the_box(json.loads(point))
    assert [block["type"] for block in zoom] == ["input_text", "input_image"]
    assert json.loads(zoom[0]["text"])["image_size"] == [3840, 2160]
    assert zoom[1]["image_url"].startswith("data:image/png;base64,")
    assert "no such file in the folders" in wrong


def test_a_cancelled_run_of_openai_agents_stops_the_search(sdk: ModuleType) -> None:
    begun, stopped = threading.Event(), threading.Event()

    class Endless(Tools):
        def call(self, *given: Any, cancelled: Any, **more: Any) -> Any:
            begun.set()
            while not cancelled():
                time.sleep(0.01)
            stopped.set()

    async def cancel() -> None:
        task = asyncio.ensure_future(openai_agents_tools(Endless(allow=[]))[0].on_invoke_tool(None, "{}"))
        assert await asyncio.to_thread(begun.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert stopped.wait(60)


def test_another_package_of_that_name_is_not_taken_for_the_openai_agents_sdk(
    tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "agents", ModuleType("agents"))
    monkeypatch.setattr(sys.modules["agents"], "__file__", "here/agents/__init__.py", raising=False)
    with pytest.raises(MissingExtraError, match=r"here/agents/__init__.py, is not the OpenAI Agents SDK"):
        openai_agents_tools(tools)


@pytest.mark.parametrize(
    ("make", "module", "extra"),
    [
        (openai_agents_tools, "agents", "openai-agents"),
        (pydantic_ai_tools, "pydantic_ai", "pydantic-ai"),
        (langchain_tools, "langchain_core.tools", "langchain"),
        (smolagents_tools, "smolagents", "smolagents"),
    ],
    ids=["openai-agents", "pydantic-ai", "langchain", "smolagents"],
)
def test_without_the_package_the_extra_is_named(
    make: object, module: str, extra: str, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"seal-visual-search\[{extra}\]"):
        make(tools)  # type: ignore[operator]
