"""`transformers serve`, a real server, with a tiny random Qwen2-VL: it ignores schemas and log-probabilities."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from tiny_vlms import build

from seal.agents.registry import load_vqa
from seal.agents.server.agent import ServerVQA
from seal.agents.server.probe import Traits, forget
from seal.memory.errors import AgentError, ReplyError
from seal.memory.image import Image

LONGEST_START = 120
"""Seconds that the server may take to start."""


@pytest.fixture(scope="module")
def name(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`openai:MODEL@URL` of the running server."""
    folder = tmp_path_factory.mktemp("served")
    model = build("qwen2_vl", folder / "tiny")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model)]
    command += ["--device", "cpu", "--host", "127.0.0.1", "--port", str(port)]
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "HF_HOME": str(folder)}
    log = folder / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
    try:
        wait(process, f"{url}/health", log)
        forget()
        yield f"openai:{model}@{url}"
    finally:
        process.terminate()
        process.wait(30)


def wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + LONGEST_START
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"transformers serve did not start:\n{log.read_text()[-2000:]}")


def screen(seed: int) -> Image:
    return Image.open(np.random.default_rng(seed).integers(0, 255, (300, 400, 3), np.uint8))


def test_what_it_ignores_is_found_out(name: str) -> None:
    agent = load_vqa(name)
    assert isinstance(agent, ServerVQA)
    assert agent.traits == Traits(images=5, schema="", top_logprobs=0)


def test_a_random_model_sees_but_makes_no_json(name: str) -> None:
    agent = load_vqa(name, max_tokens=32, attempts=2)
    said = [agent.where(screen(seed).patch(), "clock") for seed in (0, 1, 0)]
    assert said[0] == said[2] != said[1], "greedy, and the picture counts"
    with pytest.raises(ReplyError, match=r"no usable reply in 2 attempts.*cut off at max_tokens=32"):
        agent.show(screen(0).patch(), "What colour is the bell?")


def test_another_model_is_refused_in_the_servers_words(name: str) -> None:
    with pytest.raises(AgentError, match=r"refuses the request for 'other' \(HTTP 400: Server is pinned to"):
        load_vqa(f"openai:other@{name.rpartition('@')[2]}")
