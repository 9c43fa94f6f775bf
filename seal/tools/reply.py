"""What a tool gives back: a structured reply, and a picture where there is one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue

from ..memory.errors import SettingError
from ..memory.source import one_line
from ..screen.replies import FramedReply
from .schemas import Style

if TYPE_CHECKING:
    from ..record.result import Result
    from ..screen.element import Elements

__all__ = ["ToolReply"]


@dataclass(frozen=True, slots=True)
class ToolReply:
    """value: the reply as a model of `seal.screen.replies`. picture: bytes of a PNG or JPEG, as `media_type` says.

    whole: what it was told from, where that is more: the result of a search, all elements of a screen.
    """

    value: FramedReply
    picture: bytes | None = None
    media_type: str = "image/png"
    whole: Result | Elements | None = None

    @property
    def structured(self) -> dict[str, JsonValue]:
        """The reply as JSON data. Fields that have their defaults are left out: they cost a model tokens."""
        data: dict[str, JsonValue] = self.value.model_dump(mode="json", exclude_defaults=True)
        return data

    @property
    def text(self) -> str:
        """The same as text, on one line."""
        return json.dumps(self.structured, ensure_ascii=False, separators=(",", ":"))

    @property
    def picture_base64(self) -> str:
        """The picture as base64; "" without one."""
        return "" if self.picture is None else base64.b64encode(self.picture).decode()

    def content(self, style: Style) -> list[dict[str, JsonValue]]:
        """What goes into the message that answers the model's call.

        The text comes first, then the picture. Chat Completions take text alone as the content of a message of the role
        "tool": put the picture into a message of the user there. Raises SettingError for a style that there is not.
        """
        if style not in ("anthropic", "openai", "openai-responses"):
            raise SettingError(
                f"Content is for anthropic, openai or openai-responses; got {one_line(repr(style), 40)}."
            )
        kind = "input_text" if style == "openai-responses" else "text"
        told: list[dict[str, JsonValue]] = [{"type": kind, "text": self.text}]
        if self.picture is None:
            return told
        uri = f"data:{self.media_type};base64,{self.picture_base64}"
        if style == "anthropic":
            source: dict[str, JsonValue] = {
                "type": "base64",
                "media_type": self.media_type,
                "data": self.picture_base64,
            }
            return [*told, {"type": "image", "source": source}]
        if style == "openai":
            return [*told, {"type": "image_url", "image_url": {"url": uri}}]
        return [*told, {"type": "input_image", "image_url": uri}]
