"""The file of a recorded run: one line of JSON a call, found again by content.

- Lines are appended and flushed: a killed process loses one line at most. The first line holds the schema version;
  then come the agents (name, input side, capabilities) and the calls.
- Patches are told by `Patch.key`, memories by `VisualWorkingMemory.digest`.
- Arrays are {"shape": [...], "f32": base64 of little-endian float32, C order}. Nothing in a file is executed.
"""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from ..memory.disk import MOST_BYTES, check_regular, read_file
from ..memory.errors import ReplayError, SettingError
from ..memory.geometry import Box
from ..memory.image import Patch
from ..memory.source import one_line
from ..memory.working import TextLine, VisualWorkingMemory
from .contracts import Answer, Capabilities, Need, Part, Sighting
from .registry import Kind

__all__ = [
    "Key",
    "Line",
    "Recording",
    "SCHEMA",
    "TITLES",
    "append",
    "enter",
    "read_key",
    "show_key",
    "sighting_to_json",
    "tell_key",
    "text_of",
]

SCHEMA = 3
"""Version of the file format that is written; higher ones are refused. 1 had no `kind`, `read`, `spell` and parts, 2 no
`survey`."""

_HEADER = "seal_recording"
_DECODERS: dict[str, TypeAdapter[Any]] = {
    "show": TypeAdapter(Need),
    "where": TypeAdapter(str),
    "tell": TypeAdapter(Answer),
    "only_text": TypeAdapter(bool),
    "unknown": TypeAdapter(str),
    "kind": TypeAdapter(str),
    "spell": TypeAdapter(tuple[str, float]),
}
_CAPABILITIES = TypeAdapter(Capabilities)
_PARTS = TypeAdapter(tuple[Part, ...])
TITLES: dict[Kind, str] = {"vqa": "VQA agent", "localizer": "localizer"}
_CORRUPT = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
)  # what decoding a bad line raises
_lock = threading.Lock()

Key = tuple[object, ...]
"""(method, argument, ...)."""
Line = dict[str, Any]
"""A line of the file: JSON of the schema, checked as it is taken."""


class Recording:
    """A recording in memory. agents: kind -> fields; replies: key -> value."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.agents: dict[Kind, Line] = {}
        self.replies: dict[str, tuple[Key, Any]] = {}
        *lines, rest = _read(path).split(b"\n")
        if not lines:
            raise ReplayError(f"{path}: this is no recording of agents (no whole line in it).")
        _check_header(path, lines[0])
        for number, line in enumerate(lines[1:], 2):
            try:
                self._take(json.loads(line.decode("utf-8")))
            except _CORRUPT as error:
                why = " ".join(str(error).split())[:120]
                raise ReplayError(f"{path}: line {number} of the recording is corrupt ({why}).") from error
        self.complete_bytes = sum(len(line) + 1 for line in lines)
        self.is_cut_short = bool(rest)

    def reply(self, key: Key) -> Any:
        """The recorded reply. Raises ReplayError: names what was asked and the nearest that was recorded."""
        found = self.replies.get(text_of(key))
        if found is None:
            raise ReplayError(f"{self.path}: no reply is recorded for {_say(key)}. {self._nearest(key)}")
        return found[1]

    def said(self, key: Key, default: Any) -> Any:
        """The recorded reply, or `default`."""
        return self.replies.get(text_of(key), (key, default))[1]

    def _take(self, line: Line) -> None:
        if "agent" in line:
            self._take_agent(line)
        elif line["call"] == "locate":
            keys, phrases = line["asked"]
            for patch, row in zip(keys, line["reply"], strict=True):
                for phrase, sighting in zip(phrases, row, strict=True):
                    self._keep(("locate", patch, phrase), _sighting_from_json(sighting))
        elif line["call"] in ("read", "survey"):
            told = line["reply"]
            self._keep((line["call"], *line["asked"]), None if told is None else _sighting_from_json(told))
        else:
            self._keep((line["call"], *line["asked"]), _DECODERS[line["call"]].validate_python(line["reply"]))

    def _take_agent(self, line: Line) -> None:
        fields: Line = {"name": str(line["name"])}
        if line["agent"] == "vqa":
            fields["input_side"] = int(line["input_side"])
        elif line["agent"] == "localizer":
            fields["capabilities"] = _CAPABILITIES.validate_python(line["capabilities"])
            fields["version"] = str(line.get("version", ""))
            fields["parts"] = _PARTS.validate_python(line.get("parts", ()))
        else:
            raise ValueError(f"unknown kind of agent {line['agent']!r}")
        self.agents[line["agent"]] = fields

    def _keep(self, key: Key, reply: object) -> None:
        self.replies[text_of(key)] = key, reply

    def _nearest(self, key: Key) -> str:
        from rapidfuzz import process

        same = {text: other for text, (other, _) in self.replies.items() if other[0] == key[0]}
        best = process.extractOne(text_of(key), list(same))
        return (
            f"Nearest recorded: {_say(same[best[0]])}."
            if best
            else f"No call of {key[0]} is recorded at all."
        )


def _read(path: Path) -> bytes:
    try:
        return read_file(path, MOST_BYTES)
    except FileNotFoundError as error:
        raise ReplayError(f"{path}: there is no such recording.") from error
    except OSError as error:
        raise ReplayError(f"{path}: the recording cannot be read ({error.strerror}).") from error


def _check_header(path: Path, line: bytes) -> None:
    try:
        version = int(json.loads(line.decode("utf-8"))[_HEADER])
    except _CORRUPT as error:
        raise ReplayError(f"{path}: this is no recording of agents (line 1 is no header).") from error
    if version > SCHEMA:
        raise ReplayError(
            f"{path}: the recording has schema {version}, this version reads up to {SCHEMA}: "
            "pip install --upgrade seal-visual-search"
        )


def enter(path: Path, entries: Sequence[Line]) -> None:
    """Write the header and the agents that the file does not name yet; cut off an unfinished last line."""
    if not path.exists() or not path.stat().st_size:
        append(path, [{_HEADER: SCHEMA}, *entries])
        return
    run = Recording(path)
    for entry in entries:
        held = run.agents.get(entry["agent"], entry)["name"]
        if held != entry["name"]:
            raise SettingError(
                f"{path}: the recording holds the {TITLES[entry['agent']]} {held!r} already; "
                f"record {entry['name']!r} in another file."
            )
    if run.is_cut_short:
        with _lock, path.open("r+b") as file:
            file.truncate(run.complete_bytes)
    append(path, entries)


def append(path: Path, entries: Sequence[Line]) -> None:
    """One line of JSON per entry, written at once. The file is open no longer than that.

    Where the disk takes a part of it only, the file is as before.
    """
    text = "".join(json.dumps(entry, ensure_ascii=False, default=_number) + "\n" for entry in entries)
    data = text.encode("utf-8")
    try:
        check_regular(path)  # who opens a pipe waits for a reader
        with _lock, path.open("ab", buffering=0) as file:
            end = file.tell()
            if file.write(data) < len(data):
                file.truncate(end)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except OSError as error:
        raise ReplayError(f"{path}: the recording cannot be written ({error.strerror}).") from error


def show_key(view: Patch, question: str, options: Sequence[str] | None) -> Key:
    return "show", view.key, question, None if options is None else list(options)


def read_key(patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Key:
    """Without known lines as before there were any."""
    key: Key = ("read", patch.key, [float(value) for value in within.xywh])
    return (*key, [[line.text, *map(float, line.box.xywh)] for line in known]) if known else key


def tell_key(memory: VisualWorkingMemory) -> Key:
    """The digest alone would do; question and options make the file and its errors readable."""
    options = None if memory.options is None else list(memory.options)
    return "tell", memory.digest, memory.question, options


def text_of(key: Key) -> str:
    return json.dumps(key, ensure_ascii=False)


def _say(key: Key) -> str:
    """The key as a call, digests cut to 12 letters."""
    arguments = one_line(", ".join(json.dumps(part, ensure_ascii=False) for part in key[1:]), 2_000)
    return f"{key[0]}({re.sub('[0-9a-f]{64}', lambda match: match[0][:12], arguments)})"


def _number(value: object) -> object:
    """A numpy scalar as a Python number."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be recorded.")


def sighting_to_json(sighting: Sighting) -> Line:
    return {
        "boxes": _array_to_json(sighting.boxes),
        "scores": _array_to_json(sighting.scores),
        "cue": None if sighting.cue is None else _array_to_json(sighting.cue),
        "texts": list(sighting.texts),
        "sources": [list(names) for names in sighting.sources],
    } | ({"complete": True} if sighting.complete else {})


def _sighting_from_json(data: Line) -> Sighting:
    cue = None if data["cue"] is None else _array_from_json(data["cue"])
    boxes, scores = _array_from_json(data["boxes"]), _array_from_json(data["scores"])
    sources = tuple(tuple(map(str, names)) for names in data.get("sources", ()))
    complete = bool(data.get("complete", False))
    return Sighting(boxes, scores, cue, tuple(map(str, data["texts"])), sources, complete)


def _array_to_json(array: NDArray[np.float32]) -> Line:
    data = np.ascontiguousarray(array, "<f4").tobytes()
    return {"shape": list(array.shape), "f32": base64.b64encode(data).decode("ascii")}


def _array_from_json(data: Line) -> NDArray[np.float32]:
    """A read-only array."""
    values = np.frombuffer(base64.b64decode(data["f32"], validate=True), "<f4").reshape(data["shape"])
    array = values.astype(np.float32, copy=False)
    array.flags.writeable = False
    return array
