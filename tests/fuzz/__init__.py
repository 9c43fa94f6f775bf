"""Fuzzing: `python -m tests.fuzz --minutes 1`. See `__main__`."""
