"""Agents around agents: every ability comes through unchanged, whatever wraps it, and recording changes nothing."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seal import Answer, Capabilities, Need, Result, Seal, Sighting, Target
from seal.agents.adapted import Adapted, AdaptedVQA
from seal.agents.checked import CheckedLocalizer, CheckedVQA, checked
from seal.agents.contracts import ANY_TEXT, Check, Part
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.fused import Fused
from seal.agents.look_cache import Remembered, remembered
from seal.agents.looker import Answerer, Looker, VQAWrapper, Wrapper
from seal.agents.registry import load_localizer, load_vqa
from seal.agents.replay import Recorder, Replay
from seal.measure.bench import Case, run_bench
from seal.memory.errors import AgentError, ReplayError
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch
from seal.memory.working import TextLine

ROOT = Path(__file__).parents[1]
PAGE = Image.open(np.full((600, 800, 3), 255, np.uint8))
WHOLE, CORNER = PAGE.patch(), PAGE.patch(Box(0, 0, 400, 300))
PART = Box(40, 40, 200, 60)
KNOWN = tuple(
    TextLine(text=t, box=Box(40, y, 90, 20), confidence=0.9) for t, y in (("head", 40), ("foot", 80))
)
ABLE = Capabilities(input_side=256, smallest_px=12.0, reads_text=True, says_where=True, longest_phrase=60)
THINGS = {"badge": [Box(100, 80, 24, 24)], '"Total"': [Box(300, 60, 90, 20)], "bell": [Box(700, 500, 40, 40)]}
TEXTS = {'"Total"': ["Total"]}
PHRASES = (*THINGS, "dragon", ANY_TEXT)


class Able(FakeLocalizer):
    """Has every ability, and counts how often it is asked."""

    version = "weights-7"
    parts = (Part("left", ABLE), Part("right", ABLE, (Part("inner", ABLE),)))

    tokens = 17

    def __init__(self) -> None:
        super().__init__(THINGS, capabilities=ABLE, texts=TEXTS, name="able")
        self.asked = 0
        self.prepared: list[Image] = []

    def prepare(self, image: Image) -> None:
        self.prepared.append(image)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        self.asked += 1
        return super().locate(patches, phrases)

    def unknown(self, phrase: str) -> str:
        return "There are no dragons." if phrase == "dragon" else ""

    def only_text(self, phrase: str) -> bool:
        return phrase.startswith('"')

    def kind(self, phrase: str) -> str:
        return "badge" if phrase == "badge" else super().kind(phrase)

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        self.asked += 1
        box = np.array([[5, 5, 60, 20]], np.float32)
        text = " ".join(["line", *(f"but {line.text}" for line in known)])
        return None if patch.box == CORNER.box else Sighting(box, np.array([0.75], np.float32), texts=(text,))

    def spell(self, patch: Patch) -> tuple[str, float]:
        self.asked += 1
        return "7", 0.875

    def survey(self, patch: Patch) -> Sighting | None:
        self.asked += 1
        boxes = np.array([[5, 5, 60, 20], [5, 5, 60, 20]], np.float32)
        return Sighting(boxes, np.array([0.75, 0.25], np.float32), texts=("button", "bell icon"))

    def where(self, patch: Patch, target: str) -> str:
        return f"The {target} is most likely to appear at the top."

    def self_test(self) -> Iterator[Check]:
        yield Check("own", "ok", "as it should be")


class Duck:
    """The same without a base class."""

    def __init__(self, inner: Able) -> None:
        self.name, self.capabilities = inner.name, inner.capabilities
        self.version, self.parts, self.tokens = inner.version, inner.parts, inner.tokens
        for ability in (
            "locate",
            "unknown",
            "only_text",
            "kind",
            "read",
            "spell",
            "survey",
            "where",
            "prepare",
            "self_test",
        ):
            setattr(self, ability, getattr(inner, ability))


def seen(sighting: Sighting | None) -> object:
    """What equal sightings have in common."""
    if sighting is None:
        return None
    cue = None if sighting.cue is None else sighting.cue.tolist()
    return sighting.boxes.tolist(), sighting.scores.tolist(), cue, sighting.texts


def abilities(localizer: Looker) -> dict[str, object]:
    """All that a localizer says when it is asked for everything."""
    known = [phrase for phrase in PHRASES if phrase != "dragon"]
    rows = [*localizer.locate([WHOLE, CORNER], known), *localizer.locate([CORNER], known[:2])]
    return {
        "locate": [[seen(sighting) for sighting in row] for row in rows],
        "unknown": [localizer.unknown(phrase) for phrase in PHRASES],
        "only_text": [localizer.only_text(phrase) for phrase in PHRASES],
        "kind": [localizer.kind(phrase) for phrase in PHRASES],
        "read": [seen(localizer.read(patch, PART)) for patch in (WHOLE, CORNER)],
        "read but for": [seen(localizer.read(WHOLE, PART, lines)) for lines in ((), KNOWN[:1], KNOWN)],
        "spell": localizer.spell(CORNER),
        "survey": seen(localizer.survey(CORNER)),
        "where": localizer.where(WHOLE, "bell"),
        "version": localizer.version,
        "parts": localizer.parts,
        "capabilities": localizer.capabilities,
        "name": localizer.name,
        "tokens": localizer.tokens,
        "self_test": list(localizer.self_test()),
    }


def warm(inner: Looker, folder: Path, again: Looker | None = None) -> Looker:
    """A cache that knows everything already."""
    abilities(Remembered(inner, folder))
    return Remembered(again or Able(), folder)


def replayed(inner: Looker, folder: Path) -> Looker:
    abilities(Recorder(inner, folder / "run.jsonl"))
    return load_localizer(f"replay:{folder / 'run.jsonl'}")


def timed(inner: Looker, folder: Path) -> Looker:
    """The proxy of `benchmarks/questions.py`."""
    spec = importlib.util.spec_from_file_location("questions_for_tests", ROOT / "benchmarks" / "questions.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module.Timed(inner)  # type: ignore[no-any-return]


WRAPPERS: dict[str, Callable[[Able, Path], Looker]] = {
    "wrapper": lambda inner, _: Wrapper(inner),
    "checked": lambda inner, _: checked(inner),
    "cache": lambda inner, _: Remembered(inner),
    "cache on disk": lambda inner, folder: Remembered(inner, folder),
    "warm cache": lambda inner, folder: warm(inner, folder),
    "recorder": lambda inner, folder: Recorder(inner, folder / "run.jsonl"),
    "recorder around a warm cache": lambda inner, folder: Recorder(warm(inner, folder), folder / "run.jsonl"),
    "cache under a recorder": lambda inner, folder: remembered(Recorder(inner, folder / "run.jsonl"), folder),
    "replay": replayed,
    "cached replay": lambda inner, folder: remembered(replayed(inner, folder), folder),
    "recorded replay": lambda inner, folder: Recorder(replayed(inner, folder), folder / "again.jsonl"),
    "adapted": lambda inner, _: load_localizer(Duck(inner)),  # type: ignore[arg-type]
    "in a Seal": lambda inner, _: Seal("reader", inner).localizer,
    "adapted in a Seal": lambda inner, _: Seal("reader", Duck(inner)).localizer,  # type: ignore[arg-type]
    "benchmark": timed,
    "benchmark in a Seal": lambda inner, folder: Seal("reader", timed(inner, folder)).localizer,
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_every_ability_comes_through(name: str, tmp_path: Path) -> None:
    wrapped, plain = abilities(WRAPPERS[name](Able(), tmp_path)), abilities(Able())
    if "replay" in name:
        assert wrapped.pop("self_test") == [] and plain.pop("self_test")
        assert wrapped.pop("tokens") is None and plain.pop("tokens") == 17
    assert wrapped == plain
    assert plain["kind"] == ["badge", "text", "", "", ""] and plain["spell"] == ("7", 0.875)


@pytest.mark.parametrize("name", WRAPPERS)
def test_what_looks_will_need_is_loaded_early_unless_it_may_be_known(name: str, tmp_path: Path) -> None:
    WRAPPERS[name](inner := Able(), tmp_path).prepare(PAGE)
    assert inner.prepared == ([] if "replay" in name or ("cache" in name and name != "cache") else [PAGE])


def test_a_question_prepares_the_look_before_it_is_read() -> None:
    order: list[str] = []

    class Ready(Able):
        def prepare(self, image: Image) -> None:
            order.append(f"prepare {image.size_wh}")

    def show(*_: object) -> Need:
        order.append("show")
        return Need((Target("badge"),))

    Seal(ScriptedVQA(show, lambda *_: Answer("yes")), Ready()).ask(PAGE, "Is there a badge?")
    assert order == ["prepare (800, 600)", "show"]


def test_a_fused_localizer_passes_on_what_its_components_can(tmp_path: Path) -> None:
    class Blind(FakeLocalizer):
        def unknown(self, phrase: str) -> str:
            return "Nothing is known."

    fused, plain = abilities(Fused([Able(), Blind({}, name="blind")])), abilities(Able())
    for ability in ("only_text", "kind", "read", "read but for", "spell", "survey", "where", "locate"):
        assert fused[ability] == plain[ability], ability
    assert fused["unknown"][3] == "There are no dragons. Nothing is known."  # type: ignore[index]
    assert fused["version"] == "weights-7+"
    assert fused["parts"] == (Part("able", ABLE, Able.parts), Part("blind", Capabilities(1024)))
    assert fused["self_test"] == [Check("able: own", "ok", "as it should be")]
    again = replayed(Fused([Able(), Blind({}, name="blind")]), tmp_path)
    assert (
        abilities(again) | {key: fused[key] for key in ("self_test", "tokens")} == fused
        and fused["tokens"] == 17
    )


def public(cls: type) -> set[str]:
    """Names of the methods and properties that a class defines itself."""
    own = {n for n, v in vars(cls).items() if inspect.isfunction(v) or isinstance(v, property)}
    return {name for name in own if not name.startswith("_")}


@pytest.mark.parametrize(
    ("base", "wrapper", "inherited"),
    [
        (Looker, Wrapper, set()),
        (Looker, Adapted, set()),
        (Looker, Replay, {"looked_at", "prepare"}),  # there is nothing to load
        (Looker, Fused, {"looked_at"}),
        (Looker, CheckedLocalizer, {"parts", "tokens"}),
        (Looker, Recorder, {"parts", "version", "prepare"}),  # in the entry of the agent
        (Answerer, VQAWrapper, set()),
        (Answerer, AdaptedVQA, set()),
        (Answerer, CheckedVQA, {"tokens"}),
        (Answerer, Recorder, set()),
        (Answerer, Replay, set()),
    ],
)
def test_no_ability_is_forgotten(base: type, wrapper: type, inherited: set[str]) -> None:
    assert public(base) - public(wrapper) == inherited
    for name in public(base) & public(wrapper):
        if inspect.isfunction(vars(base)[name]):
            ours, theirs = (list(inspect.signature(vars(c)[name]).parameters) for c in (wrapper, base))
            assert ours == theirs, name


@pytest.mark.parametrize("folder", ["agents", "benchmarks", "seal"])
def test_nothing_passes_abilities_on_by_name(folder: str) -> None:
    """`__getattr__` hides what is missing; only the package's lazy names have one."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                assert "__getattr__" not in {n.name for n in node.body if isinstance(n, ast.FunctionDef)}, (
                    path
                )


# --- recording ----------------------------------------------------------------------------------------------


def speaker() -> ScriptedVQA:
    def tell(memory: Any, _: object) -> Answer:
        said = [f"{t.phrase}={t.text}" for t in memory.targets] + [line.text for line in memory.lines]
        return Answer(" ".join(said), cites=tuple(t.crop for t in memory.targets))

    return ScriptedVQA(lambda *_: Need((Target("badge"), Target('"Total"'), Target("unicorn"))), tell)


def same(result: Result) -> dict[str, Any]:
    """All of a result but how long it took."""
    steps = [step.model_copy(update={"seconds": 0.0}) for step in result.trace.steps]
    told = result.model_dump(exclude={"spend", "trace"})
    return told | {
        "steps": steps,
        "calls": result.spend.calls,
        "names": (result.trace.vqa, result.trace.localizer),
    }


@pytest.mark.parametrize("policy", ["vstar", "ideal"])
def test_recording_never_changes_the_run(policy: str, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    plain = Seal(speaker(), Able(), policy)
    recorded = Seal(Recorder(speaker(), path), Recorder(Able(), path), policy)
    first, second = (plain.ask(PAGE, question) for question in ("What?", "And?"))
    assert "badge=7" in first.answer
    assert [same(recorded.ask(PAGE, question)) for question in ("What?", "And?")] == [
        same(first),
        same(second),
    ]
    replay = Seal(f"replay:{path}", f"replay:{path}", policy)
    assert [same(replay.ask(PAGE, question)) for question in ("What?", "And?")] == [same(first), same(second)]


@pytest.mark.parametrize("policy", ["vstar", "ideal"])
@pytest.mark.parametrize("warmed", ["on disk", "in memory", "around a cache"])
def test_a_recording_behind_a_warm_cache_holds_all_that_its_replay_needs(
    policy: str, warmed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, inner = tmp_path / "second.jsonl", Able()
    if warmed == "on disk":
        monkeypatch.setenv("SEAL_LOOK_CACHE", str(tmp_path / "looks"))
    before = Seal(speaker(), inner, policy)
    first = before.ask(PAGE, "What?")
    asked = inner.asked
    again = {"on disk": inner, "in memory": before.localizer, "around a cache": before.localizer}[warmed]
    localizer: Looker = Recorder(again, path)
    if warmed == "around a cache":
        localizer = Remembered(localizer)
    second = Seal(Recorder(speaker(), path), localizer, policy).ask(PAGE, "What?")
    if policy == "vstar":
        assert inner.asked == asked and same(second) == same(first)
    monkeypatch.delenv("SEAL_LOOK_CACHE", raising=False)
    assert same(Seal(f"replay:{path}", f"replay:{path}", policy).ask(PAGE, "What?")) == same(second)


@pytest.mark.parametrize(
    "around", [lambda inner: inner, Wrapper, checked], ids=["alone", "wrapped", "checked"]
)
def test_a_part_of_several_is_recorded_wholly_behind_a_warm_cache(
    around: Callable[[Looker], Looker], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fused(part: Looker) -> Looker:
        return around(Fused([part, FakeLocalizer({"bell": []}, name="other")]))

    monkeypatch.setenv("SEAL_LOOK_CACHE", str(tmp_path / "looks"))
    Seal(speaker(), fused(Able())).ask(PAGE, "What?")
    assert list((tmp_path / "looks").iterdir()) != []
    path = tmp_path / "part.jsonl"
    recorded = Seal(speaker(), fused(Recorder(Able(), path))).ask(PAGE, "What?")
    monkeypatch.delenv("SEAL_LOOK_CACHE")
    replayed = Seal(speaker(), fused(Replay(path, "localizer"))).ask(PAGE, "What?")
    assert '"Total"=Total' in recorded.answer and same(replayed) == same(recorded)


def test_a_recorder_says_only_once_what_does_not_change(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    recorder = Recorder(Able(), path)
    for _ in range(9):
        assert (recorder.kind("badge"), recorder.only_text("bell"), recorder.unknown("bell")) == (
            "badge",
            False,
            "",
        )
    assert len(path.read_text("utf-8").splitlines()) == 2 + 3


def test_a_recording_of_an_earlier_version_replays() -> None:
    """Made by the first version: without kinds, lines and spelling, and with boxes that are refused today."""
    path = Path(__file__).parent / "data" / "recording_1.jsonl"
    result = Seal(f"replay:{path}", f"replay:{path}").ask(np.full((240, 320, 3), 255, np.uint8), "What?")
    assert (result.answer, result.spend.looks) == ("Total", 5)
    assert result.targets[0].box == Box(200, 30, 40, 14) and [a.phrase for a in result.absent] == ["bell"]
    replay = Replay(path, "localizer")
    assert (replay.version, replay.parts, replay.kind("bell"), replay.spell(WHOLE)) == ("", (), "", ("", 0.0))
    assert replay.read(WHOLE, PART) is None
    with pytest.raises(ReplayError, match="no reply is recorded"):
        replay.locate([WHOLE], ["bell"])


# --- nesting ------------------------------------------------------------------------------------------------


def layers(agent: Any) -> list[type]:
    """The agent's class, and those of all that it wraps."""
    found = [type(agent)]
    while isinstance(agent, Wrapper | VQAWrapper) and hasattr(agent, "inner"):
        agent = agent.inner
        found.append(type(agent))
    return found


def test_a_seal_of_the_agents_of_another_nests_nothing() -> None:
    first = Seal(speaker(), Able())
    second = Seal(first.vqa, first.localizer)
    third = Seal(second.vqa, Wrapper(second.localizer))
    assert layers(first.localizer) == layers(second.localizer) == [Remembered, Able]
    assert layers(third.localizer) == [CheckedLocalizer, Wrapper, Remembered, Able]
    assert layers(third.vqa) == [CheckedVQA, ScriptedVQA]
    assert second.localizer is first.localizer


def test_a_seal_puts_its_cache_under_a_recorder(tmp_path: Path) -> None:
    made = Seal(Recorder(speaker(), tmp_path / "run"), Recorder(Able(), tmp_path / "run"))
    assert layers(made.localizer) == [Recorder, Remembered, CheckedLocalizer, Able]
    assert layers(made.vqa) == [CheckedVQA, Recorder]
    assert layers(Seal("reader", made.localizer).localizer) == layers(made.localizer)


def test_the_bench_nests_no_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    PAGE.region(PAGE.box).save(tmp_path / "a.png")
    made: list[Seal] = []
    original = Seal.__init__

    def noted(self: Seal, *args: Any, **more: Any) -> None:
        made.append(self)
        original(self, *args, **more)

    monkeypatch.setattr(Seal, "__init__", noted)
    case = Case(name="a", kind="k", image=tmp_path / "a.png", question="What?", options=("x", "y"))
    run_bench([case], Seal(ScriptedVQA(lambda *_: Need((Target("badge"),)), lambda *_: Answer("x")), Able()))
    assert len(made) == 2 and all(layers(seal.localizer) == [Remembered, Able] for seal in made)


def test_a_vqa_agent_without_the_base_class_is_adapted() -> None:
    class Least:
        name, input_side = "least", 64

        def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
            return Need(answer=Answer("blue"))

        def where(self, patch: Patch, target: str) -> str:
            return "left"

        def tell(self, memory: Any) -> Answer:
            raise ValueError("no")

    agent = load_vqa(Least())
    assert isinstance(agent, AdaptedVQA) and agent.sees_pictures and list(agent.self_test()) == []
    assert agent.where(WHOLE, "x") == "left"
    assert Seal(Least(), Able()).ask(PAGE, "What?").answer == "blue"
    with pytest.raises(AgentError, match="least failed in tell: ValueError: no"):
        CheckedVQA(agent).tell(Seal("reader", Able()).locate(PAGE, "bell").memory)
