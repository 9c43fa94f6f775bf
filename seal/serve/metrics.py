"""What has happened so far, in the text format of Prometheus."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping

__all__ = ["Metrics"]

EDGES = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Upper edges of the classes of seconds."""


class Metrics:
    """Counts of one server. For one event loop, but for `looked`, which any thread may call."""

    def __init__(self) -> None:
        self._answered: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._classes: Counter[tuple[str, float]] = Counter()
        self._total: dict[str, float] = {}
        self._looks = 0
        self._lock = threading.Lock()

    def note(self, route: str, status: int, seconds: float) -> None:
        """A request has ended. route: the path as it is declared, so that there are few of them."""
        self._answered[route, status] += 1
        self._seconds[route] += 1
        self._total[route] = self._total.get(route, 0.0) + seconds
        for edge in EDGES:
            self._classes[route, edge] += seconds <= edge

    def looked(self, times: int) -> None:
        """A search has looked so often."""
        with self._lock:
            self._looks += times

    def text(self, now: Mapping[str, tuple[str, float]]) -> str:
        """All of it. now: gauges by name, each with what it means."""
        lines = _head(
            "seal_requests_total", "counter", "Requests that have ended; 499: the client went away."
        )
        for (route, status), count in sorted(self._answered.items()):
            lines.append(f'seal_requests_total{{route="{route}",status="{status}"}} {count}')
        lines += _head("seal_request_seconds", "histogram", "Seconds of a request, waiting included.")
        for route, count in sorted(self._seconds.items()):
            for edge in EDGES:
                lines.append(
                    f'seal_request_seconds_bucket{{route="{route}",le="{edge:g}"}} {self._classes[route, edge]}'
                )
            lines.append(f'seal_request_seconds_bucket{{route="{route}",le="+Inf"}} {count}')
            lines.append(f'seal_request_seconds_sum{{route="{route}"}} {self._total[route]:.6f}')
            lines.append(f'seal_request_seconds_count{{route="{route}"}} {count}')
        lines += [
            *_head("seal_looks_total", "counter", "Looks of all searches."),
            f"seal_looks_total {self._looks}",
        ]
        for name, (meaning, value) in sorted(now.items()):
            lines += [*_head(f"seal_{name}", "gauge", meaning), f"seal_{name} {value:g}"]
        return "\n".join(lines) + "\n"


def _head(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"]
