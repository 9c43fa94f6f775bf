"""A request for each route, as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

__all__ = ["EXAMPLES"]

_URI = "data:image/png;base64,iVBORw0KGgo..."

EXAMPLES: Mapping[str, Mapping[str, JsonValue]] = {
    "ask": {
        "image": "stisla-tables.png",
        "question": "What is the value next to 'Total Revenue'?",
        "seconds": 30,
    },
    "diff": {"image": "after.png", "before": "before.png"},
    "elements": {"image": "stisla-posts.png", "interactive": True, "frame": "0-1000"},
    "locate": {"image": "stisla-posts.png", "targets": ["button Add New", "trash icon"], "frame": "1568x882"},
    "point": {"image": "stisla-posts.png", "instruction": "click Add New", "frame": "1568x882"},
    "read": {"image": "stisla-posts.png", "region": [700, 450, 1500, 900]},
    "zoom": {"image": "stisla-posts.png", "region": [700, 450, 1500, 900], "max_side": 1568},
    "chat": {
        "model": "seal",
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": _URI}},
                    {"type": "text", "text": "What is the value next to 'Total Revenue'?"},
                ],
            }
        ],
    },
    "parse": {"base64_image": "iVBORw0KGgo..."},
}
