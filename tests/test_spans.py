"""Spans of OpenTelemetry: names, attributes, and what they keep to themselves."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_tools import fake, picture

from seal import Seal
from seal.memory.errors import SealError
from seal.record.spans import CAPTURE
from seal.tools import Tools


@pytest.fixture(scope="module")
def exporter() -> Any:
    """One provider a process: OpenTelemetry takes no second one."""
    pytest.importorskip("opentelemetry.sdk", reason="opentelemetry-sdk is absent (extra test)")
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: Any) -> Iterator[Any]:
    """The spans that have ended since the test began."""
    exporter.clear()
    yield exporter.get_finished_spans
    exporter.clear()


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    picture().save(tmp_path / "now.png")
    return Tools(Seal("reader", fake()), [tmp_path])


def test_a_tool_call_holds_its_search_and_looks(tools: Tools, spans: Any) -> None:
    tools.call("locate", {"image": "now.png", "targets": ["settings icon", '"Ghost"']})
    told = {span.name: span for span in spans()}
    assert set(told) == {"execute_tool locate", "seal.locate", "seal.look"}
    call, run, look = (told[name] for name in ("execute_tool locate", "seal.locate", "seal.look"))
    assert call.attributes["gen_ai.operation.name"] == "execute_tool"
    assert call.attributes["gen_ai.tool.name"] == "locate"
    assert (run.parent.span_id, look.parent.span_id) == (call.context.span_id, run.context.span_id)
    assert (run.attributes["seal.found"], run.attributes["seal.absent"]) == (1, 1)
    looks = [span for span in spans() if span.name == "seal.look"]
    assert run.attributes["seal.looks"] == len(looks) and look.start_time <= look.end_time <= run.end_time
    assert run.attributes["seal.status"] == "partly_found" and run.attributes["seal.spend.seconds"] > 0


@pytest.mark.parametrize("capture", ["", "true"])
def test_words_are_told_only_where_that_is_wanted(
    tools: Tools, spans: Any, monkeypatch: pytest.MonkeyPatch, capture: str
) -> None:
    monkeypatch.setenv(CAPTURE, capture)
    tools.call("ask", {"image": "now.png", "question": "Is there a text 'Secretly'?"})
    told = " ".join(str(dict(span.attributes)) for span in spans())
    assert ("Secretly" in told) == bool(capture)
    assert "now.png" not in told


def test_an_error_is_told_by_its_type(tools: Tools, spans: Any) -> None:
    with pytest.raises(SealError, match=r"secret\.png"):
        tools.call("read", {"image": "secret.png"})
    (span,) = spans()
    assert span.attributes["error.type"] == "ImageError" and not span.status.is_ok
    assert "secret" not in span.to_json()


def test_steps_are_still_told_to_the_caller(spans: Any) -> None:
    steps: list[object] = []
    result = Seal("reader", fake()).locate(picture(), "settings icon", on_step=steps.append)
    assert tuple(steps) == result.steps
    assert len(spans()) == 1 + result.spend.looks


def test_nothing_happens_without_it(monkeypatch: pytest.MonkeyPatch, tools: Tools) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace", raising=False)
    assert tools.call("point", {"image": "now.png", "instruction": "click Save"}).structured["found"]
    assert "opentelemetry.trace" not in sys.modules
