"""A VQA agent that other processes know by name, `slow:LOG`: it writes down each question that it gets, and answers.

What it does is in the question: "kill" ends its process, "fail" raises, "once" raises the first time that it is asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import PIL.Image

__all__ = ["asked", "command", "questions", "results", "start"]

ROOT = Path(__file__).parents[1]
_MODULE = '''
import os, signal, time
from pathlib import Path
from seal.agents.contracts import Answer, Need
from seal.agents.looker import Answerer

class Slow(Answerer):
    keeps_deadline = True
    input_side = 64

    def __init__(self, log):
        self.name, self.log = f"slow:{log}", Path(log)

    def show(self, view, question, options=None):
        before = self.log.read_text() if self.log.exists() else ""
        with self.log.open("ab", buffering=0) as file:
            file.write(f"{os.getpid()} {question}\\n".encode())
        if "kill" in question:
            os.kill(os.getpid(), signal.SIGKILL)
        if "fail" in question or ("once" in question and question not in before):
            raise RuntimeError("no power")
        time.sleep(float(os.environ.get("SLOW_SECONDS", "0.004")))
        return Need((), Answer(f"{question}! {time.time_ns()}"))

    def tell(self, memory):
        raise AssertionError

def load(name):
    """An agent for tests."""
    return Slow(name)
'''


def questions(folder: Path, asked: list[str], **more: Any) -> Path:
    """A file that asks these about a small picture, with the ids 0, 1, ..."""
    PIL.Image.new("RGB", (32, 32), "white").save(folder / "a.png")
    rows = [{"id": str(i), "image": "a.png", "question": q, **more} for i, q in enumerate(asked)]
    file = folder / "q.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def command(folder: Path, *more: object) -> tuple[list[str], dict[str, str]]:
    """The command and environment that answer `folder`/q.jsonl into `folder`/out; the agent's log is `folder`/log."""
    site = folder / "site"
    if not site.exists():
        info = site / "slow_agents-1.dist-info"
        info.mkdir(parents=True)
        (site / "slow_agents.py").write_text(_MODULE)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-agents\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[seal.vqa]\nslow = slow_agents:load\n")
    paths = os.pathsep.join([str(ROOT), str(site)])
    agents = ["--vqa", f"slow:{folder / 'log'}", "--localizer", "pdf"]
    words = [sys.executable, "-m", "seal", "ask-many", str(folder / "q.jsonl"), "--out", str(folder / "out")]
    return [*words, *agents, *map(str, more)], os.environ | {"PYTHONPATH": paths}


def start(folder: Path, *more: object, **environment: str) -> subprocess.Popen[str]:
    """The command, running, in a group of its own."""
    words, known = command(folder, *more)
    return subprocess.Popen(
        words,
        env=known | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def asked(folder: Path) -> Counter[str]:
    """How often the agent was asked what."""
    lines = (folder / "log").read_text().splitlines() if (folder / "log").exists() else []
    return Counter(line.partition(" ")[2] for line in lines)


def results(folder: Path) -> list[dict[str, Any]]:
    """The lines of `folder`/out/results.jsonl."""
    return [json.loads(line) for line in (folder / "out" / "results.jsonl").read_text().splitlines()]
