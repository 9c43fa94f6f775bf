"""Fuzzing: `python -m tests.fuzz --minutes 1`. See `__main__`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # helpers of the tests
