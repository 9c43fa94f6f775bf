"""What is kept on disk, changed: entries of caches, stores, recordings."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from seal.agents.contracts import ANY_TEXT, Sighting, Target
from seal.agents.fake import ScriptedVQA
from seal.agents.look_cache import Remembered
from seal.agents.replay import Recorder, Replay
from seal.memory.disk import pack
from seal.memory.geometry import Box
from seal.memory.image import Image
from seal.memory.store import MemoryStore, StoredRun
from seal.memory.written import WrittenLine
from seal.orchestrator import Seal
from seal.settings import Budget

from .mutate import changed_bytes, changed_json, odd_text
from .shared import PAGE, eyes, ours, sound

__all__ = ["Caches", "Replays", "Stores"]


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
        self.image = Image.open(PAGE)

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
            with ours():
                assert store.count(text="a") == len(store.ids(text="a"))
            with ours():
                for sighting in store.sightings(random.choice(("bell", odd_text(random) or "a")), self.image):
                    assert 0 < sighting.match <= 1 and all(map(math.isfinite, sighting.box.xywh))
                store.screens_like(self.image)
            for run_id in ids:
                with ours():
                    StoredRun.model_validate(store.get(run_id)).model_dump_json()
            with ours():
                put = store.put(_run(random.randrange(9)))
                assert store.get(put).id == put, "what was stored cannot be read"
            for use in (
                store.sweep,
                store.size,
                lambda: store.delete_where(text="what"),
                *[lambda i=i: store.delete(i) for i in ids],
            ):
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
                ("UPDATE searched SET words = nullif(?, 'a'), seen = seen - number % 2", odd_text(random)),
                ("UPDATE seen SET name = ?, target = target + number % 2, page = 7 * page", odd_text(random)),
                ("UPDATE seen SET x = 9e999, screen = ? WHERE number % 2", name),
                ("UPDATE thumbs SET pixels = CAST(? AS BLOB)", name),
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
