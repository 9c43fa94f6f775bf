"""What is tried: a class a kind, whose `case` makes one input from a seed, uses it, and raises where a promise breaks.

A promise: an error is a `SealError` of one line that can be written down; a result is whole and can be written as JSON;
a damaged cache changes no answer; nothing outside the folder of the case changes. Whatever else is raised, a process
that dies and one that takes too long are failures.
"""

from __future__ import annotations

import io
import json
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Protocol

import numpy as np
import PIL.Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from raw_server import answer, asked, listening

from seal.agents.answers import load as load_reader
from seal.agents.contracts import ANY_TEXT, Capabilities, Sighting, Target
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.look_cache import Remembered
from seal.agents.recording import sighting_to_json
from seal.agents.replay import Recorder, Replay
from seal.agents.server.agent import ServerVQA
from seal.agents.server.client import Client
from seal.agents.server.exchange import Limits
from seal.agents.server.probe import Traits
from seal.memory.disk import pack
from seal.memory.errors import SealError
from seal.memory.geometry import Box
from seal.memory.image import Image, open_document
from seal.memory.store import MemoryStore, StoredRun
from seal.memory.written import WrittenLine
from seal.orchestrator import Seal
from seal.record.result import Result
from seal.record.trace import Trace
from seal.record.viewer import render
from seal.settings import Budget
from seal.tools import Tools

from .mutate import changed_bytes, changed_json, changed_text, odd_json, odd_text

__all__ = ["KINDS", "Kind"]

THINGS = {"bell": [Box(40, 30, 24, 24)], "Total": [Box(200, 120, 60, 14)], "42": [Box(280, 120, 20, 14)]}
TEXTS = {"bell": [""], "Total": ["Total"], "42": ["42"]}
PAGE = np.full((240, 400, 3), 255, np.uint8)


class Kind(Protocol):
    """One kind of input. folder: empty, and the case's own."""

    def case(self, random: Random, folder: Path) -> None:
        """One case; raises AssertionError or anything else where a promise breaks."""
        ...


@contextmanager
def ours() -> Iterator[None]:
    """An error of ours is an answer, if it is one line that can be written down."""
    try:
        yield
    except SealError as error:
        text = str(error)
        text.encode()
        assert "\n" not in text and len(text) < 5_000, f"an error of {len(text)} characters: {text[:300]!r}"


def eyes() -> FakeLocalizer:
    """A localizer that knows where three things are, and reads."""
    return FakeLocalizer(THINGS, texts=TEXTS, capabilities=Capabilities(512, reads_text=True))


def sound(sighting: Sighting) -> None:
    """Whether what was seen keeps the contract in what would harm later."""
    assert np.isfinite(sighting.boxes).all() and sighting.boxes.shape == (len(sighting.scores), 4)
    assert ((sighting.scores >= 0) & (sighting.scores <= 1)).all()
    assert not sighting.texts or len(sighting.texts) == len(sighting.scores)
    json.dumps(sighting_to_json(sighting), ensure_ascii=False).encode()


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


class Caches:
    """Entries of the caches of looks and of read pages: damaged, and forged with a right digest."""

    def __init__(self) -> None:
        self.image = Image.open(PAGE)
        self.line = WrittenLine(
            "Total 42", Box(200, 120, 100, 14), ((0, 5, 200.0, 260.0), (6, 8, 280.0, 300.0))
        )
        self.true = self.asked(eyes())
        self.files: dict[str, bytes] = {}

    def asked(self, localizer: Any) -> list[Sighting]:
        rows = localizer.locate(
            [self.image.patch(), self.image.patch(Box(0, 0, 200, 200))], ["bell", "Total"]
        )
        return [sighting for row in rows for sighting in row]

    def case(self, random: Random, folder: Path) -> None:
        if not self.files:
            first = Remembered(eyes(), folder)
            self.asked(first)
            first.learn([(self.image, (self.line,))])
            self.files = {file.name: file.read_bytes() for file in folder.iterdir()}
            assert len(self.files) == 5
        forged = random.random() < 0.4
        for name, data in self.files.items():
            head, _, rest = data.partition(b"\n")
            new = changed_bytes(random, rest if forged else data)
            if forged:
                known = {k: v for k, v in json.loads(head).items() if k != "sha256"}
                if name.endswith(".pages") and random.random() < 0.8:
                    new = json.dumps(changed_json(random, json.loads(rest))).encode()
                new = pack(known, new)
            (folder / name).write_bytes(new)
        kept = Remembered(eyes(), folder)
        with ours():
            seen = self.asked(kept)
            for sighting, true in zip(seen, self.true, strict=True):
                sound(sighting)
                assert forged or kept.knows(self.image) or np.array_equal(sighting.boxes, true.boxes)
            read = kept.read(self.image.patch(), Box(0, 100, 400, 60))
            if read is not None:
                sound(read)
        again = Remembered(eyes(), folder)
        self.asked(again)
        assert again.misses == 0 or forged, "what was damaged was not replaced"


class Stores:
    """Folders of a store: a damaged database or picture, rows of another's making."""

    def __init__(self) -> None:
        self.made: Path | None = None

    def case(self, random: Random, folder: Path) -> None:
        if self.made is None:
            self.made = folder.parent / "store"
            with MemoryStore(self.made) as store:
                for i in range(3):
                    store.put(_run(i))
        here = folder / "store"
        shutil.copytree(self.made, here)
        witness = folder / "witness.png"
        witness.write_bytes(b"mine")
        files = sorted(file for file in here.rglob("*") if file.is_file() and file.name != "spare")
        chosen = here / "runs.sqlite3" if random.random() < 0.6 else random.choice(files)
        if chosen.suffix == ".sqlite3" and random.random() < 0.5:
            self.other_rows(random, chosen, witness)
        else:
            chosen.write_bytes(changed_bytes(random, chosen.read_bytes()))
        ids: list[str] = []
        with ours(), MemoryStore(here) as store:
            with ours():
                ids = [summary.id for summary in store.list(text=random.choice((None, "a")))]
            for run_id in ids:
                with ours():
                    StoredRun.model_validate(store.get(run_id)).model_dump_json()
            with ours():
                put = store.put(_run(random.randrange(9)))
                assert store.get(put).id == put, "what was stored cannot be read"
            for use in (store.sweep, *[lambda i=i: store.delete(i) for i in ids]):
                with ours():
                    use()
        assert witness.read_bytes() == b"mine"

    def other_rows(self, random: Random, file: Path, witness: Path) -> None:
        import sqlite3

        database = sqlite3.connect(file)
        row = database.execute("SELECT document FROM runs LIMIT 1").fetchone()[0]
        document = json.dumps(changed_json(random, json.loads(row)))
        name = random.choice((odd_text(random), str(witness.with_suffix("")), "a" * 64))
        with database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            for statement, value in (
                ("UPDATE runs SET document = ? WHERE rowid = 1", document),
                ("UPDATE OR IGNORE pictures SET sha = ? WHERE rowid % 2", name),
                ("UPDATE runs SET id = ? WHERE rowid = 2", odd_text(random)),
                ("UPDATE runs SET question = ?, created = 'x'", odd_text(random)),
            ):
                try:
                    database.execute(statement, (value,))
                except (sqlite3.Error, UnicodeEncodeError):
                    continue
        database.close()


def _run(shade: int) -> StoredRun:
    from test_store import run

    return run(f"question {shade}", shade=shade)


class Replays:
    """Recordings: damaged bytes, lines of another shape."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def agents(self, agent: Any, image: Image, localizer: Any = None) -> None:
        seal = Seal(agent, localizer or agent, "whole", Budget(seconds=10))
        result = seal.ask(image, "What is next to the bell?")
        result.model_dump_json().encode()
        for sighting in (
            row for rows in seal.localizer.locate([image.patch()], ["bell", ANY_TEXT]) for row in rows
        ):
            sound(sighting)

    def case(self, random: Random, folder: Path) -> None:
        image, file = Image.open(PAGE), folder / "run.jsonl"
        if not self.lines:
            vqa = Recorder(ScriptedVQA([[Target("bell")]], ["a 42"]), file)
            self.agents(vqa, image, Recorder(eyes(), file))
            self.lines = file.read_bytes().splitlines(keepends=True)
            assert len(self.lines) > 5
            file.unlink()
        lines = list(self.lines)
        if random.random() < 0.6:
            place = random.randrange(len(lines))
            lines[place] = json.dumps(changed_json(random, json.loads(lines[place]))).encode() + b"\n"
            file.write_bytes(b"".join(lines))
        else:
            file.write_bytes(changed_bytes(random, b"".join(lines)))
        with ours():
            self.agents(Replay(file), image)


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


class Questions:
    """Questions and options, asked of the default VQA agent; their trace as a page."""

    def __init__(self) -> None:
        self.agent = load_reader("rules")
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


KINDS: dict[str, Callable[[], Kind]] = {
    "image": Pictures,
    "cache": Caches,
    "store": Stores,
    "replay": Replays,
    "reply": Replies,
    "question": Questions,
    "json": Documents,
}
"""Each makes what its cases share."""
