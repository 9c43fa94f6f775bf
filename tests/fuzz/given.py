"""What comes in, changed: pictures, replies of servers, questions, JSON."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import PIL.Image
from raw_server import answer, asked, listening

from seal.agents.answers import load as load_reader
from seal.agents.contracts import Target
from seal.agents.fake import ScriptedVQA
from seal.agents.server.agent import ServerVQA
from seal.agents.server.client import Client
from seal.agents.server.exchange import Limits
from seal.agents.server.probe import Traits
from seal.inputs import MAX_QUESTION
from seal.memory.image import Image, open_document
from seal.orchestrator import Seal
from seal.record.result import Result
from seal.record.trace import Trace
from seal.record.viewer import render
from seal.settings import Budget
from seal.tools import Tools

from .mutate import changed_bytes, changed_json, changed_text, odd_json, odd_text
from .shared import PAGE, eyes, ours

__all__ = ["Documents", "Pictures", "Questions", "Replies"]


class Pictures:
    """Files of images and PDFs."""

    def __init__(self) -> None:
        from drawn_pdfs import drawn, said

        rng = np.random.default_rng(0)
        noisy = PIL.Image.fromarray(rng.integers(0, 255, (40, 60, 3), np.uint8))
        self.files = [drawn([said("Total 42", 40, 370) + said("bell", 40, 320)])]
        for kind, options in (
            ("PNG", {}),
            ("JPEG", {"progressive": True}),
            ("JPEG", {}),
            ("GIF", {}),
            ("BMP", {}),
            ("TIFF", {"compression": "tiff_lzw"}),
            ("WEBP", {}),
            ("TGA", {}),
            ("ICO", {}),
        ):
            for picture in (noisy, noisy.convert("L"), noisy.convert("P")):
                if kind not in ("JPEG", "ICO") or picture.mode == "RGB":
                    buffer = io.BytesIO()
                    picture.save(buffer, kind, **options)
                    self.files.append(buffer.getvalue())

    def case(self, random: Random, folder: Path) -> None:
        data = changed_bytes(random, random.choice(self.files))
        with ours():
            document = open_document(data, dpi=72, max_pixels=2_000_000)
            for image, _ in zip(document, range(2), strict=False):
                picture = image.patch().read(64)
                assert max(picture.size) <= 64 and min(picture.size) >= 1
                image.text()


class Replies:
    """What a server replies: HTTP, the JSON of the protocol, and what the model says in it."""

    def __init__(self) -> None:
        self.reply = b""
        self.ended = listening(self.talk)
        self.url = self.ended.__enter__()
        self.image = Image.open(PAGE)

    def talk(self, connection: socket.socket) -> None:
        while asked(connection).strip():
            connection.sendall(self.reply)
            if random_close(self.reply):
                return

    def case(self, random: Random, folder: Path) -> None:
        said: Any = {"enough": False, "answer": "", "targets": [{"phrase": "bell", "all": False}]}
        if random.random() < 0.5:
            said = {"enough": True, "answer": "42", "targets": []}
        text = json.dumps(said)
        if random.random() < 0.5:
            text = (
                json.dumps(changed_json(random, said))
                if random.random() < 0.7
                else changed_text(random, text)
            )
        top = [{"token": "yes", "logprob": -0.1, "top_logprobs": [{"token": "A", "logprob": -1.0}]}]
        whole: Any = {
            "choices": [{"message": {"content": text}, "finish_reason": "stop", "logprobs": {"content": top}}]
        }
        if random.random() < 0.5:
            whole = changed_json(random, whole)
        body = json.dumps(whole).encode()
        if random.random() < 0.2:
            body = changed_bytes(random, body)
        if random.random() < 0.1:
            body = random.choice((b"[", b'{"a":')) * 200_000
        status = random.choice(
            ("200 OK", "200 OK", "200 OK", "400 No", "404 Not", "401 No", "500 No", "302 Found")
        )
        header = f"Content-Type: application/json{odd_header(random)}"
        self.reply = answer(body, header, status=status)
        if random.random() < 0.3:
            self.reply = changed_bytes(random, self.reply[:300]) + self.reply[300:]
        client = Client("tiny", self.url, limits=Limits(3.0, 1.0, 0.3), retries=0, concurrency=1)
        agent = ServerVQA(client, Traits(1, "full", 5), attempts=2)
        options = random.choice((None, ["left", "42"]))
        with ours():
            result = Seal(agent, eyes(), "whole").ask(self.image, "Which is it?", options)
            result.model_dump_json().encode()
        with ours():
            client.models()


def random_close(reply: bytes) -> bool:
    """Whether the server closes after this reply: it says nothing of its length that a client could go by."""
    return b"content-length" not in reply[:400].lower() or len(reply) % 3 == 0


def odd_header(random: Random) -> str:
    """The end of a header, seldom what a server says."""
    if random.random() < 0.8:
        return ""
    more = random.choice(
        (f"; charset={odd_text(random)[:20]}", "\r\nRetry-After: nan", "\r\nContent-Encoding: gzip")
    )
    return more.encode("latin-1", "replace").decode("latin-1").replace("\0", "").replace("\n", " ")


QUESTIONS = (
    "What is the value next to 'Total'?",
    "Is the bell left or right of Total?",
    "How many checkboxes are checked in the second row of the table?",
    "On which page is section 4.2?",
    "What colour is the trash icon in the top right corner?",
    "Which is larger, Total or 42?",
)


INSTRUCTIONS = (
    "turn on",
    "beside the box",
    "Ann's",
    "the first of",
    "untick",
    "and",
    "in the row of",
    "open",
)


class Questions:
    """Questions and options, asked of the default VQA agent; their trace as a page. As instructions, parts of them said
    over and over."""

    def __init__(self) -> None:
        self.agent = load_reader()
        self.seal = Seal(self.agent, eyes(), "whole", Budget(seconds=15))
        self.scripts = 0
        for options in (None, ["red", "right"]):  # which loads every network that is ever asked
            self.scripts = self.written("Is the trash icon red?", options)

    def written(self, question: str, options: list[str] | None) -> int:
        """How many scripts the page of a run has."""
        image = Image.open(PAGE)
        result = Seal(self.agent, eyes(), "whole", Budget(seconds=15)).ask(image, question, options)
        result.model_dump_json().encode()
        page = render(result.trace.model_dump_json())
        page.encode()
        return page.lower().count("<script")

    def case(self, random: Random, folder: Path) -> None:
        question = changed_text(random, random.choice(QUESTIONS))
        options: list[str] | None = None
        if random.random() < 0.4:
            options = [changed_text(random, "left"), "right", odd_text(random)][: random.randrange(1, 4)]
        with ours():
            assert self.written(question, options) == self.scripts, "text of a question became mark-up"
        with ours():
            Seal(self.agent, eyes(), "whole").locate(Image.open(PAGE), changed_text(random, "label Total"))
        again = f" {random.choice(INSTRUCTIONS)}" * random.choice((1, 1, 1, 1, 2, 2, 1000))
        with ours():
            self.seal.point(Image.open(PAGE), f"{question}{again}"[:MAX_QUESTION])


class Documents:
    """JSON that comes in: arguments of tools, results, traces."""

    def __init__(self) -> None:
        agent = ScriptedVQA(lambda *_: [Target("bell")], lambda *_: "a 42")
        self.seal = Seal(agent, eyes(), "whole", Budget(seconds=10))
        result = self.seal.ask(Image.open(PAGE), "What is next to the bell?")
        self.result = json.loads(result.to_json())
        self.trace = json.loads(result.trace.model_dump_json())
        self.pictures = {"screen": PIL.Image.fromarray(PAGE)}
        self.calls: list[tuple[str, dict[str, Any]]] = [
            ("point", {"image": "screen", "instruction": "click the bell", "frame": "0-1000"}),
            ("elements", {"image": "screen", "frame": "pixels", "region": [0, 0, 200, 200]}),
            ("zoom", {"image": "screen", "region": [0, 0, 100, 100], "frame": "400x240"}),
            ("read", {"image": "screen", "region": [0, 0, 100, 100]}),
            ("locate", {"image": "screen", "targets": ["bell"]}),
            ("ask", {"image": "screen", "question": "What is it?", "options": ["a", "b"]}),
            ("diff", {"before": "screen", "after": "screen"}),
        ]

    def case(self, random: Random, folder: Path) -> None:
        what = random.randrange(4)
        with ours():
            if what == 0:
                text = json.dumps(changed_json(random, self.result))
                Result.from_json(
                    changed_bytes(random, text.encode()) if random.random() < 0.2 else text
                ).to_json()
            elif what == 1:
                file = folder / "trace.json"
                file.write_text(json.dumps(changed_json(random, self.trace)))
                render(Trace.load(file).model_dump_json()).encode()
            else:
                self.call(random, folder)

    def call(self, random: Random, folder: Path) -> None:
        tools = Tools(self.seal, allow=[folder])
        name, arguments = random.choice(self.calls)
        changed: Any = changed_json(random, arguments)
        if random.random() < 0.3:
            changed = json.dumps(changed)
        elif random.random() < 0.1:
            name, changed = odd_text(random), odd_json(random)
        told = tools.call(name, changed, pictures=self.pictures)
        json.dumps(told.structured).encode()
