"""Several processes of `seal ask` on one cache of looks and one store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from seal.memory.store import MemoryStore

WORDS = ("Total", "42", "Tax", "7", "Name", "Ada")


def test_three_commands_share_a_cache_and_a_store(tmp_path: Path) -> None:
    screen, looks, store = tmp_path / "screen.png", tmp_path / "looks", tmp_path / "store"
    picture = PIL.Image.new("RGB", (900, 500), "white")
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(28)
    for i, word in enumerate(WORDS):
        draw.text((60 + 300 * (i % 2), 60 + 120 * (i // 2)), word, "black", font)
    picture.save(screen)
    shared = ["--localizer", "ocr:rapidocr", "--vqa", "reader", "--json", "--store", str(store)]
    asked = [f"What is the value next to '{word}'?" for word in WORDS[::2]]

    def answers() -> list[tuple[int, str]]:
        """Exit codes and answers of three commands that run at once."""
        command = [sys.executable, "-m", "seal", "ask", str(screen)]
        environment = os.environ | {"SEAL_LOOK_CACHE": str(looks)}
        running = [
            subprocess.Popen(
                [*command, question, *shared], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            for question in asked
        ]
        ended = [process.communicate() for process in running]
        assert not [error for _, error in ended if b"Traceback" in error], ended
        return [
            (process.returncode, json.loads(out)["answer"])
            for process, (out, _) in zip(running, ended, strict=True)
        ]

    first = answers()
    assert first == [(0, word) for word in WORDS[1::2]]
    kept = {file.name: file.read_bytes() for file in looks.iterdir()}
    assert kept and all(name.endswith(".look") for name in kept)
    for file in looks.iterdir():  # every second one is damaged under the next three
        if int(file.stem[0], 16) % 2:
            file.write_bytes(file.read_bytes()[:-9])
    assert answers() == first
    assert {file.name: file.read_bytes() for file in looks.iterdir()}.items() >= kept.items()
    with MemoryStore(store) as runs:
        assert sorted(run.question for run in runs.list()) == sorted(2 * asked)
        assert all(runs.get(run.id).answer == run.answer for run in runs.list())
        assert runs.sweep() == (0, 0)
