"""For tests of user interfaces: what a screenshot shows, as a pytest fixture (`seal_screen`). See `docs/testing.md`.

pytest imports this package when it starts, in every project of an environment that has SEAL: nothing heavy is imported
before a test asks something.
"""

from __future__ import annotations

from ..memory.errors import Undecided

__all__ = ["Undecided"]
