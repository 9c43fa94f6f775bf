"""Runs on record: `Recorder` writes down what an agent said, `Replay` says it again without any model.

- Replies are found by content (`seal.agents.recording`). What a localizer said is kept per (patch, phrase): another
  batching replays too.
- Every ability comes through a recorder unchanged, and is recorded: recording never changes the run that it records.
- A VQA agent and a localizer go into one file: two recorders on the same path.
- Of two replies to the same question the later counts. Garbage and errors of an agent are not recorded.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from ..memory.errors import ReplayError, SettingError
from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.working import TextLine, VisualWorkingMemory
from . import registry
from .checked import CheckedLocalizer, CheckedVQA, checked
from .checks import with_area
from .contracts import Answer, Check, Localizer, Need, Part, Sighting, VQAAgent
from .looker import Answerer, Looker
from .recording import (
    SCHEMA,
    TITLES,
    Key,
    Line,
    Recording,
    append,
    enter,
    read_key,
    show_key,
    sighting_to_json,
    tell_key,
    text_of,
)
from .registry import Kind
from .views import Views

__all__ = ["Recorder", "Replay", "SCHEMA", "load_localizer", "load_vqa"]


def load_vqa(name: str) -> Answerer:
    """Replays the VQA agent of a recorded run: replay:FILE, no model needed."""
    return Replay(_named(name), "vqa")


def load_localizer(name: str) -> Looker:
    """Replays the localizer of a recorded run: replay:FILE, no model needed."""
    return Replay(_named(name), "localizer")


def _named(name: str) -> Path:
    if not name:
        raise SettingError("A replay needs the file of a recording: replay:FILE.")
    return Path(name)


class Recorder(CheckedLocalizer, Answerer):
    """Passes every call on to `agent` (VQA agent, localizer or both) and appends its reply to the file at `path`.

    It has the name, input side and capabilities of the agent, and so goes wherever the agent goes. An
    existing recording is continued; it holds one VQA agent and one localizer, no second one of another name.

    Raises SettingError when `agent` is neither, or its place in the file is taken; ReplayError when the file
    is no recording or cannot be written; ReplyError when the agent's reply does not follow the contract.
    """

    def __init__(self, agent: VQAAgent | Localizer, path: str | Path) -> None:
        self.path = Path(path)
        self._views = Views()
        self._said: dict[str, object] = {}
        entries: list[Line] = []
        if isinstance(agent, VQAAgent):
            self.vqa = CheckedVQA(registry.load_vqa(agent))
            self.name, self.input_side = agent.name, agent.input_side
            self.sees_pictures = self.vqa.sees_pictures
            entries.append({"agent": "vqa", "name": agent.name, "input_side": agent.input_side})
        if isinstance(agent, Localizer):
            super().__init__(checked(registry.load_localizer(agent)))
            can, parts = asdict(agent.capabilities), [asdict(part) for part in self.inner.parts]
            entries.append(
                {
                    "agent": "localizer",
                    "name": agent.name,
                    "capabilities": can,
                    "version": super().version,
                    "parts": parts,
                }
            )
        if not entries:
            raise SettingError(f"A VQA agent or a localizer is expected; got {type(agent).__name__}.")
        enter(self.path, entries)

    def around(self, inner: Looker) -> Recorder:
        """A recorder into the same file, around another localizer that says the same: the one inside with a cache."""
        other = copy.copy(self)
        other.inner, other._views, other._said = checked(inner), Views(), {}
        return other

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The agent's `show`, recorded."""
        reply = self.vqa.show(view, question, options)
        self._write(show_key(view, question, options), asdict(reply))
        return reply

    def where(self, patch: Patch, target: str) -> str:
        """The agent's `where`, recorded."""
        reply = self.vqa.where(patch, target) if hasattr(self, "vqa") else super().where(patch, target)
        self._write(("where", patch.key, target), reply)
        return reply

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The agent's `tell`, recorded."""
        reply = self.vqa.tell(memory)
        self._write(tell_key(memory), asdict(reply))
        return reply

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """The agent's `locate`, recorded."""
        replies = super().locate(patches, phrases)
        rows = [[sighting_to_json(sighting) for sighting in row] for row in replies]
        self._views.note(patches)
        self._write(("locate", [patch.key for patch in patches], list(phrases)), rows)
        return replies

    def only_text(self, phrase: str) -> bool:
        """Whether the agent looks for nothing but text under this phrase, recorded."""
        reply = super().only_text(phrase)
        self._write_once(("only_text", phrase), reply)
        return reply

    def unknown(self, phrase: str) -> str:
        """Why the agent cannot look for this phrase, or "", recorded."""
        reply = super().unknown(phrase)
        self._write_once(("unknown", phrase), reply)
        return reply

    def kind(self, phrase: str) -> str:
        """The kind of thing that the phrase names, recorded."""
        reply = super().kind(phrase)
        self._write_once(("kind", phrase), reply)
        return reply

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """The agent's `read`, recorded."""
        reply = super().read(patch, within, known)
        self._write(read_key(patch, within, known), None if reply is None else sighting_to_json(reply))
        return reply

    def spell(self, patch: Patch) -> tuple[str, float]:
        """The agent's `spell`, recorded."""
        reply = super().spell(patch)
        self._write(("spell", patch.key), list(reply))
        return reply

    def survey(self, patch: Patch) -> Sighting | None:
        """The agent's `survey`, recorded."""
        reply = super().survey(patch)
        self._write(("survey", patch.key), None if reply is None else sighting_to_json(reply))
        return reply

    def looked_at(self, image: Image) -> tuple[Box, ...]:
        """Of the views that the agent has looked at, those of this recording: its replay knows no others."""
        known = set(self._views.of(image))
        return tuple(view for view in super().looked_at(image) if view in known)

    @property
    def tokens(self) -> int | None:
        """As the agent, once where it is both; not recorded."""
        return self.vqa.tokens if hasattr(self, "vqa") else super().tokens

    def self_test(self) -> Iterator[Check]:
        """The agent's own checks, not recorded."""
        return self.vqa.self_test() if hasattr(self, "vqa") else super().self_test()

    def _write(self, key: Key, reply: object) -> None:
        append(self.path, [{"call": key[0], "asked": key[1:], "reply": reply}])

    def _write_once(self, key: Key, reply: object) -> None:
        """What is asked again and again and seldom changes."""
        if self._said.get(text_of(key)) != reply:
            self._said[text_of(key)] = reply
            self._write(key, reply)


class Replay(Looker, Answerer):
    """Both contracts, answered from the recording at `path`.

    kind: "vqa" or "localizer" takes on one of the recorded agents, name included; without it both are there,
    and the name joins theirs. `input_side` and `capabilities` are there when such an agent was recorded. A
    last line cut short is left out. Sightings are shared between calls: their arrays are read-only.

    Raises ReplayError: no such file, corrupt, of a newer schema, or without an agent of that kind; and, in a
    call, when what is asked was not recorded.
    """

    keeps_deadline = True

    def __init__(self, path: str | Path, kind: Kind | None = None) -> None:
        self.path = Path(path)
        self._run = Recording(self.path)
        agents = self._run.agents
        kinds: list[Kind] = [k for k in TITLES if k in agents] if kind is None else [kind]
        if kind is not None and kind not in agents:
            held = ", ".join(f"the {TITLES[k]} {a['name']!r}" for k, a in agents.items()) or "no agent"
            raise ReplayError(f"{path}: the recording holds {held}, and no {TITLES[kind]}.")
        self.name = " + ".join(dict.fromkeys(agents[k]["name"] for k in kinds))
        if "vqa" in kinds:
            self.input_side = agents["vqa"]["input_side"]
        self._version, self._parts = "", ()
        if "localizer" in kinds:
            self.capabilities = agents["localizer"]["capabilities"]
            self._version = agents["localizer"]["version"]
            self._parts = agents["localizer"]["parts"]

    @property
    def version(self) -> str:
        """As recorded; "" in earlier recordings."""
        return self._version

    @property
    def parts(self) -> tuple[Part, ...]:
        """As recorded; none in earlier recordings."""
        return self._parts

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The recorded need."""
        return self._run.reply(show_key(view, question, options))  # type: ignore[no-any-return]

    def where(self, patch: Patch, target: str) -> str:
        """The recorded place."""
        return self._run.reply(("where", patch.key, target))  # type: ignore[no-any-return]

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The recorded answer."""
        return self._run.reply(tell_key(memory))  # type: ignore[no-any-return]

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """The recorded sightings, however they were batched, without boxes that earlier versions let through."""
        return [
            [_allowed(self._run.reply(("locate", patch.key, phrase)), patch) for phrase in phrases]
            for patch in patches
        ]

    def only_text(self, phrase: str) -> bool:
        """As recorded; where it was not asked, what the capabilities say."""
        return bool(self._run.said(("only_text", phrase), self.capabilities.text_only))

    def unknown(self, phrase: str) -> str:
        """As recorded; "" where it was not asked."""
        return str(self._run.said(("unknown", phrase), ""))

    def kind(self, phrase: str) -> str:
        """As recorded; where it was not asked, whether it is text."""
        return str(self._run.said(("kind", phrase), super().kind(phrase)))

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """As recorded; None where it was not asked."""
        return self._run.said(read_key(patch, within, known), None)  # type: ignore[no-any-return]

    def spell(self, patch: Patch) -> tuple[str, float]:
        """As recorded; ("", 0.0) where it was not asked."""
        return self._run.said(("spell", patch.key), ("", 0.0))  # type: ignore[no-any-return]

    def survey(self, patch: Patch) -> Sighting | None:
        """As recorded; None where it was not asked."""
        return self._run.said(("survey", patch.key), None)  # type: ignore[no-any-return]

    @property
    def tokens(self) -> int | None:
        """None: no model is asked."""
        return None

    def self_test(self) -> Iterable[Check]:
        """None: a recording has nothing to test."""
        return ()


def _allowed(sighting: Sighting, patch: Patch) -> Sighting:
    """The sighting without boxes that have no area in the patch."""
    keep = with_area(sighting.boxes, patch.box.size_wh)
    if keep.all():
        return sighting
    there = np.flatnonzero(keep).tolist()
    return replace(
        sighting,
        boxes=sighting.boxes[keep],
        scores=sighting.scores[keep],
        texts=tuple(sighting.texts[i] for i in there) if sighting.texts else (),
        sources=tuple(sighting.sources[i] for i in there) if sighting.sources else (),
    )
