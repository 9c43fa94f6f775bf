"""`seal bench ... --workers N`: the same command in N processes, each with a part of the questions and its own file.

A part that is interrupted goes on where it ended, here or on another machine that sees the same folder.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from ..console import note
from ..memory.errors import AgentError, InputError

__all__ = ["in_parts", "shard_of"]


def shard_of(text: str) -> tuple[int, int]:
    """(k, n) of "k/n", k from 1 to n. Raises InputError for anything else."""
    found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text.strip())
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise InputError(f"--shard expects K/N with K from 1 to N, such as 2/4; got {text[:20]!r}.")
    return int(found[1]), int(found[2])


def in_parts(workers: int, anew: Path | None = None) -> None:
    """Run this command once for each part, at the same time, until all have ended; anew: a folder to empty of answers.

    Raises InputError where a part cannot be asked, AgentError where an agent fails; what is answered is kept.
    """
    for old in () if anew is None else anew.glob("results*.jsonl"):
        old.unlink()
    words = _of_a_part(sys.argv[1:])
    note(f"{workers} processes ask a part each.")
    parts = [
        subprocess.Popen([sys.executable, "-m", "seal", *words, "--shard", f"{k}/{workers}"])
        for k in range(1, workers + 1)
    ]
    try:
        codes = [part.wait() for part in parts]
    finally:
        for part in parts:
            part.kill()  # those that an interrupt has left
            part.wait()
    if worst := max(codes, key=abs):
        kind = InputError if worst == 2 else AgentError
        raise kind(f"A part ended with exit code {worst}; the same command goes on from what is answered.")


def _of_a_part(words: list[str]) -> list[str]:
    """The words of this command but for --workers and --fresh."""
    kept, skip = list[str](), False
    for word in words:
        if skip:
            skip = False
        elif word == "--workers":
            skip = True
        elif word != "--fresh" and not word.startswith("--workers="):
            kept.append(word)
    return kept
