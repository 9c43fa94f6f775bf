"""What a program that uses OpenTelemetry sees of SEAL: a span for every tool call, question and look.

- Who wants spans has imported `opentelemetry.trace` to set up where they go; it is never imported here. Without it, or
  without a provider, nothing happens.
- Names and attributes of tool calls are those of the conventions for generative AI (`execute_tool NAME`,
  `gen_ai.operation.name`, `gen_ai.tool.name`); all others begin with `seal.`.
- What was asked, and what an error says, is in no span, unless the conventions' own variable
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is "true". Pictures and answers never are.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, Protocol

from .result import Result
from .steps import AnyStep, LookStep

__all__ = ["Span", "span", "told_contents", "traced"]

P = ParamSpec("P")
Attribute = str | bool | int | float
CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"


class Span(Protocol):
    """What is used of a span of OpenTelemetry."""

    def is_recording(self) -> bool: ...

    def set_attribute(self, key: str, value: Attribute, /) -> object: ...

    def set_status(self, status: object, /) -> object: ...

    def end(self) -> object: ...


def told_contents() -> bool:
    """Whether spans may hold what was asked."""
    return os.environ.get(CAPTURE, "").strip().casefold() == "true"


@contextmanager
def span(name: str, attributes: Mapping[str, Attribute]) -> Iterator[Span | None]:
    """A span around what is done; None where nobody wants one. An error is told by its type alone, and raised."""
    otel = sys.modules.get("opentelemetry.trace")
    if otel is None:
        yield None
        return
    tracer = otel.get_tracer("seal")
    with tracer.start_as_current_span(
        name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
    ) as begun:
        span: Span = begun
        try:
            yield span if span.is_recording() else None
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(otel.Status(otel.StatusCode.ERROR))
            raise


def traced(name: str) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """A method that gives a result in a span of that name, with a span `seal.look` for each of its looks.

    The method has an argument `on_step`.
    """

    def around(method: Callable[P, Result]) -> Callable[P, Result]:
        @wraps(method)
        def inner(*args: P.args, **kwargs: P.kwargs) -> Result:
            with span(name, {}) as begun:
                if begun is None:
                    return method(*args, **kwargs)
                kwargs["on_step"] = _also(kwargs.get("on_step"))
                result = method(*args, **kwargs)
                for key, value in _outcome(result).items():
                    begun.set_attribute(key, value)
                return result

        return inner

    return around


def _outcome(result: Result) -> dict[str, Attribute]:
    spend = result.spend
    told: dict[str, Attribute] = {
        "seal.status": result.status,
        "seal.found": len(result.targets),
        "seal.absent": len(result.absent),
        "seal.stopped": result.stopped,
        "seal.looks": spend.looks,
        "seal.spend.patches": spend.patches,
        "seal.spend.seconds": spend.total_seconds,
        "seal.policy": result.origin.policy,
        "seal.vqa": result.origin.vqa,
        "seal.localizer": result.origin.localizer,
    }
    told |= {f"seal.spend.calls.{name}": count for name, count in spend.calls.items()}
    return told | ({"seal.question": result.question} if told_contents() else {})


def _also(on_step: object) -> Callable[[AnyStep], None]:
    """Tells a look as a span of its own, and every step to whom it was told before."""

    def told(step: AnyStep) -> None:
        if isinstance(step, LookStep):
            _look(step)
        if callable(on_step):
            on_step(step)

    return told


def _look(step: LookStep) -> None:
    """A span that has ended just now and lasted as long as the look."""
    otel = sys.modules["opentelemetry.trace"]
    attributes = {
        "seal.look.index": step.index,
        "seal.look.level": step.level,
        "seal.look.page": step.page,
        "seal.look.scale": step.scale,
        "seal.look.fine": step.fine,
        "seal.found": len(step.found),
    }
    begun = time.time_ns() - round(step.seconds * 1e9)
    look: Span = otel.get_tracer("seal").start_span("seal.look", attributes=attributes, start_time=begun)
    look.end()
