"""The tools as objects of agent frameworks; a framework that is absent is skipped."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from test_tools import fake, picture

from seal import Seal
from seal.memory.errors import MissingExtraError, SealError
from seal.tools import Tools
from seal.tools.adapters import langchain_tools, smolagents_tools
from seal.tools.arguments import TOOLS


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    picture().save(tmp_path / "now.png")
    return Tools(Seal("rules", fake()), [tmp_path])


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


@pytest.mark.parametrize(
    ("make", "module", "extra"),
    [
        (langchain_tools, "langchain_core.tools", "langchain"),
        (smolagents_tools, "smolagents", "smolagents"),
    ],
    ids=["langchain", "smolagents"],
)
def test_without_the_package_the_extra_is_named(
    make: object, module: str, extra: str, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"seal-visual-search\[{extra}\]"):
        make(tools)  # type: ignore[operator]
