"""The child process of a fuzzing run: takes seeds, tries their cases, says what came of each."""

from __future__ import annotations

import faulthandler
import os
import shutil
import tempfile
import traceback
from collections.abc import MutableMapping
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

__all__ = ["child", "isolate"]


def child(kind: str, pipe: Connection, said: str) -> None:
    """Take seeds, try them, say what came of each: "" or the fault. said: file for what libraries print of damage, and
    for the stack of a crash."""
    with Path(said).open("wb") as file:
        os.dup2(file.fileno(), 2)
    faulthandler.enable()
    from .kinds import KINDS

    work = Path(tempfile.mkdtemp(prefix="seal-fuzz-"))
    isolate(os.environ, work)
    try:
        tried = KINDS[kind]()
        pipe.send("ready")
        for seed in iter(pipe.recv, None):
            pipe.send(one(tried.case, seed, work / "case"))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def isolate(environment: MutableMapping[str, str], work: Path) -> None:
    """Nothing of the user's is read or written: no setting or key of the environment holds, and no file of settings."""
    for name in [n for n in environment if n.upper().startswith("SEAL_") or n == "OPENAI_API_KEY"]:
        del environment[name]
    environment |= {"XDG_DATA_HOME": str(work / "data"), "XDG_CONFIG_HOME": str(work / "config")}


def one(case: object, seed: int, folder: Path) -> str:
    """The fault of one case, "" for none."""
    folder.mkdir()
    try:
        case(Random(seed), folder)  # type: ignore[operator]
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        told = " ".join(str(error).encode("utf-8", "backslashreplace").decode().split())[:160]
        return f"{type(error).__name__}: {told} ({Path(where.filename).name}:{where.lineno})"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ""
