"""The tools that an agent calls: their arguments, their schemas for models, and the session that answers them."""

from __future__ import annotations

from .reply import ToolReply
from .schemas import Style, schemas
from .session import Progress, Tools

__all__ = ["Progress", "Style", "ToolReply", "Tools", "schemas"]
