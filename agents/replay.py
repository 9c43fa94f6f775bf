"""Runs on record: `Recorder` writes down what an agent said, `Replay` says it again without any model.

- One JSON line per call, appended and flushed: a killed process loses one line at most. The first line holds
  the schema version; then come the agents (name, input side, capabilities) and the calls.
- Replies are found by content: patches by `Patch.key`, memories by `VisualWorkingMemory.digest`. What a
  localizer said is kept per (patch, phrase): another batching replays too.
- A VQA agent and a localizer go into one file: two recorders on the same path.
- Of two replies to the same question the later counts. Errors of an agent are not recorded.
- Arrays are {"shape": [...], "f32": base64 of little-endian float32, C order}. Nothing in a file is executed.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from ..memory.errors import ReplayError, ReplyError, SettingError
from ..memory.image import Patch
from ..memory.working import VisualWorkingMemory
from . import contracts, registry
from .contracts import Answer, Capabilities, Localizer, Need, Sighting, VQAAgent, check_sightings
from .registry import Kind

__all__ = ["Recorder", "Replay", "SCHEMA", "load_localizer", "load_vqa"]

SCHEMA = 1
"""Version of the file format that is written; higher ones are refused."""

_HEADER = "seal_recording"
_DECODERS: dict[str, TypeAdapter[Any]] = {
    "show": TypeAdapter(Need),
    "where": TypeAdapter(str),
    "tell": TypeAdapter(Answer),
    "only_text": TypeAdapter(bool),
    "unknown": TypeAdapter(str),
}
_CAPABILITIES = TypeAdapter(Capabilities)
_TITLES: dict[Kind, str] = {"vqa": "VQA agent", "localizer": "localizer"}
_CORRUPT = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)  # what decoding a bad line raises
_lock = threading.Lock()

_Key = tuple[Any, ...]  # (method, argument, ...)


def load_vqa(name: str) -> VQAAgent:
    """Replays the VQA agent of a recorded run: replay:FILE, no model needed."""
    return Replay(_named(name), "vqa")


def load_localizer(name: str) -> Localizer:
    """Replays the localizer of a recorded run: replay:FILE, no model needed."""
    return Replay(_named(name), "localizer")


def _named(name: str) -> Path:
    if not name:
        raise SettingError("A replay needs the file of a recording: replay:FILE.")
    return Path(name)


class Recorder:
    """Passes every call on to `agent` (VQA agent, localizer or both) and appends it to the file at `path`.

    It has the name, input side and capabilities of the agent, and so goes wherever the agent goes. An
    existing recording is continued; it holds one VQA agent and one localizer, no second one of another name.

    Raises SettingError when `agent` is neither, or its place in the file is taken; ReplayError when the file
    is no recording or cannot be written; ReplyError when the agent's reply does not follow the contract.
    """

    name: str
    input_side: int
    capabilities: Capabilities

    def __init__(self, agent: VQAAgent | Localizer, path: str | Path) -> None:
        self.agent: Any = agent
        self.path = Path(path)
        entries: list[dict[str, Any]] = []
        if isinstance(agent, VQAAgent):
            self.input_side = registry.load_vqa(agent).input_side
            entries.append({"agent": "vqa", "name": agent.name, "input_side": agent.input_side})
        if isinstance(agent, Localizer):
            self.capabilities = registry.load_localizer(agent).capabilities
            can = asdict(agent.capabilities)
            entries.append({"agent": "localizer", "name": agent.name, "capabilities": can})
        if not entries:
            raise SettingError(f"A VQA agent or a localizer is expected; got {type(agent).__name__}.")
        self.name = agent.name
        _enter(self.path, entries)

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The agent's `show`, recorded."""
        reply = self.agent.show(view, question, options)
        self._write(_show_key(view, question, options), _plain(reply, Need, self.name))
        return reply  # type: ignore[no-any-return]

    def where(self, patch: Patch, target: str) -> str:
        """The agent's `where`, recorded."""
        reply = self.agent.where(patch, target)
        self._write(_where_key(patch, target), _plain(reply, str, self.name))
        return reply  # type: ignore[no-any-return]

    def tell(self, memory: VisualWorkingMemory, options: Sequence[str] | None = None) -> Answer:
        """The agent's `tell`, recorded."""
        reply = self.agent.tell(memory, options)
        self._write(_tell_key(memory, options), _plain(reply, Answer, self.name))
        return reply  # type: ignore[no-any-return]

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """The agent's `locate`, recorded as it came."""
        replies: list[list[Sighting]] = self.agent.locate(patches, phrases)
        check_sightings(replies, patches, phrases, self.name)
        rows = [[_sighting_to_json(sighting) for sighting in row] for row in replies]
        self._write(("locate", [patch.key for patch in patches], list(phrases)), rows)
        return replies

    def only_text(self, phrase: str) -> bool:
        """Whether the agent looks for nothing but text under this phrase, recorded."""
        reply = contracts.only_text(self.agent, phrase)
        self._write(("only_text", phrase), reply)
        return reply

    def unknown(self, phrase: str) -> str:
        """Why the agent cannot look for this phrase, or "", recorded."""
        reply = contracts.unknown(self.agent, phrase)
        self._write(("unknown", phrase), reply)
        return reply

    def _write(self, key: _Key, reply: Any) -> None:
        _append(self.path, [{"call": key[0], "asked": key[1:], "reply": reply}])


class Replay:
    """Both contracts, answered from the recording at `path`.

    kind: "vqa" or "localizer" takes on one of the recorded agents, name included; without it both are there,
    and the name joins theirs. `input_side` and `capabilities` are there when such an agent was recorded. A
    last line cut short is left out. Sightings are shared between calls: their arrays are read-only.

    Raises ReplayError: no such file, corrupt, of a newer schema, or without an agent of that kind; and, in a
    call, when what is asked was not recorded.
    """

    name: str
    input_side: int
    capabilities: Capabilities

    def __init__(self, path: str | Path, kind: Kind | None = None) -> None:
        self.path = Path(path)
        self._run = _Run(self.path)
        agents = self._run.agents
        kinds: list[Kind] = [k for k in _TITLES if k in agents] if kind is None else [kind]
        if kind is not None and kind not in agents:
            held = ", ".join(f"the {_TITLES[k]} {a['name']!r}" for k, a in agents.items()) or "no agent"
            raise ReplayError(f"{path}: the recording holds {held}, and no {_TITLES[kind]}.")
        self.name = " + ".join(dict.fromkeys(agents[k]["name"] for k in kinds))
        if "vqa" in kinds:
            self.input_side = agents["vqa"]["input_side"]
        if "localizer" in kinds:
            self.capabilities = agents["localizer"]["capabilities"]

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The recorded need."""
        return self._run.reply(_show_key(view, question, options))  # type: ignore[no-any-return]

    def where(self, patch: Patch, target: str) -> str:
        """The recorded place."""
        return self._run.reply(_where_key(patch, target))  # type: ignore[no-any-return]

    def tell(self, memory: VisualWorkingMemory, options: Sequence[str] | None = None) -> Answer:
        """The recorded answer."""
        return self._run.reply(_tell_key(memory, options))  # type: ignore[no-any-return]

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """The recorded sightings, however they were batched."""
        return [[self._run.reply(("locate", patch.key, phrase)) for phrase in phrases] for patch in patches]

    def only_text(self, phrase: str) -> bool:
        """As recorded; where it was not asked, what the capabilities say."""
        return bool(self._run.said(("only_text", phrase), self.capabilities.text_only))

    def unknown(self, phrase: str) -> str:
        """As recorded; "" where it was not asked."""
        return str(self._run.said(("unknown", phrase), ""))


class _Run:
    """A recording in memory. agents: kind -> fields; replies: key -> value."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.agents: dict[Kind, dict[str, Any]] = {}
        self.replies: dict[str, tuple[_Key, Any]] = {}
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

    def reply(self, key: _Key) -> Any:
        """The recorded reply. Raises ReplayError: names what was asked and the nearest that was recorded."""
        found = self.replies.get(_text(key))
        if found is None:
            raise ReplayError(f"{self.path}: no reply is recorded for {_say(key)}. {self._nearest(key)}")
        return found[1]

    def said(self, key: _Key, default: Any) -> Any:
        """The recorded reply, or `default`."""
        return self.replies.get(_text(key), (key, default))[1]

    def _take(self, line: dict[str, Any]) -> None:
        if "agent" in line:
            self._take_agent(line)
        elif line["call"] == "locate":
            keys, phrases = line["asked"]
            for patch, row in zip(keys, line["reply"], strict=True):
                for phrase, sighting in zip(phrases, row, strict=True):
                    self._keep(("locate", patch, phrase), _sighting_from_json(sighting))
        else:
            self._keep((line["call"], *line["asked"]), _DECODERS[line["call"]].validate_python(line["reply"]))

    def _take_agent(self, line: dict[str, Any]) -> None:
        fields: dict[str, Any] = {"name": str(line["name"])}
        if line["agent"] == "vqa":
            fields["input_side"] = int(line["input_side"])
        elif line["agent"] == "localizer":
            fields["capabilities"] = _CAPABILITIES.validate_python(line["capabilities"])
        else:
            raise ValueError(f"unknown kind of agent {line['agent']!r}")
        self.agents[line["agent"]] = fields

    def _keep(self, key: _Key, reply: Any) -> None:
        self.replies[_text(key)] = key, reply

    def _nearest(self, key: _Key) -> str:
        from rapidfuzz import process

        same = {text: other for text, (other, _) in self.replies.items() if other[0] == key[0]}
        best = process.extractOne(_text(key), list(same))
        return (
            f"Nearest recorded: {_say(same[best[0]])}."
            if best
            else f"No call of {key[0]} is recorded at all."
        )


def _read(path: Path) -> bytes:
    if not path.exists():
        raise ReplayError(f"{path}: there is no such recording.")
    try:
        return path.read_bytes()
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


def _enter(path: Path, entries: list[dict[str, Any]]) -> None:
    """Write the header and the agents that the file does not name yet; cut off an unfinished last line."""
    if not path.exists() or not path.stat().st_size:
        _append(path, [{_HEADER: SCHEMA}, *entries])
        return
    run = _Run(path)
    for entry in entries:
        held = run.agents.get(entry["agent"], entry)["name"]
        if held != entry["name"]:
            raise SettingError(
                f"{path}: the recording holds the {_TITLES[entry['agent']]} {held!r} already; "
                f"record {entry['name']!r} in another file."
            )
    if run.is_cut_short:
        with _lock, path.open("r+b") as file:
            file.truncate(run.complete_bytes)
    _append(path, entries)


def _append(path: Path, entries: list[dict[str, Any]]) -> None:
    """One line of JSON per entry, written at once. The file is open no longer than that."""
    text = "".join(json.dumps(entry, ensure_ascii=False, default=_number) + "\n" for entry in entries)
    try:
        with _lock, path.open("ab") as file:
            file.write(text.encode("utf-8"))
    except OSError as error:
        raise ReplayError(f"{path}: the recording cannot be written ({error.strerror}).") from error


def _show_key(view: Patch, question: str, options: Sequence[str] | None) -> _Key:
    return "show", view.key, question, None if options is None else list(options)


def _where_key(patch: Patch, target: str) -> _Key:
    return "where", patch.key, target


def _tell_key(memory: VisualWorkingMemory, options: Sequence[str] | None) -> _Key:
    """The digest alone would do; the question makes the file and its errors readable."""
    return "tell", memory.digest, memory.question, None if options is None else list(options)


def _text(key: _Key) -> str:
    return json.dumps(key, ensure_ascii=False)


def _say(key: _Key) -> str:
    """The key as a call, digests cut to 12 letters."""
    arguments = ", ".join(json.dumps(part, ensure_ascii=False) for part in key[1:])
    return f"{key[0]}({re.sub('[0-9a-f]{64}', lambda match: match[0][:12], arguments)})"


def _plain(reply: Any, expected: type, name: str) -> Any:
    """The reply as text or nested dict. Raises ReplyError when it is of another type."""
    if not isinstance(reply, expected):
        raise ReplyError(f"{name}: expected a reply of type {expected.__name__}, got {type(reply).__name__}.")
    return asdict(reply) if isinstance(reply, Need | Answer) else reply


def _number(value: Any) -> Any:
    """A numpy scalar as a Python number."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be recorded.")


def _sighting_to_json(sighting: Sighting) -> dict[str, Any]:
    return {
        "boxes": _array_to_json(sighting.boxes),
        "scores": _array_to_json(sighting.scores),
        "cue": None if sighting.cue is None else _array_to_json(sighting.cue),
        "texts": list(sighting.texts),
        "sources": [list(names) for names in sighting.sources],
    }


def _sighting_from_json(data: dict[str, Any]) -> Sighting:
    cue = None if data["cue"] is None else _array_from_json(data["cue"])
    boxes, scores = _array_from_json(data["boxes"]), _array_from_json(data["scores"])
    sources = tuple(tuple(map(str, names)) for names in data.get("sources", ()))
    return Sighting(boxes, scores, cue, tuple(map(str, data["texts"])), sources)


def _array_to_json(array: NDArray[np.float32]) -> dict[str, Any]:
    data = np.ascontiguousarray(array, "<f4").tobytes()
    return {"shape": list(array.shape), "f32": base64.b64encode(data).decode("ascii")}


def _array_from_json(data: dict[str, Any]) -> NDArray[np.float32]:
    """A read-only array."""
    values = np.frombuffer(base64.b64decode(data["f32"], validate=True), "<f4").reshape(data["shape"])
    array = values.astype(np.float32, copy=False)
    array.flags.writeable = False
    return array
