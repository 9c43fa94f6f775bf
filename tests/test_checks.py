"""Agents that misbehave, asked through `Seal`: each is a ReplyError or AgentError in one line, or harmless."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from seal import Answer, Capabilities, Need, Result, Seal, SearchSettings, Sighting, Target
from seal.agents.checks import CUE_CELLS, MOST_BOXES, Reply, with_area
from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.agents.registry import load_localizer, load_vqa
from seal.memory.errors import AgentError, QuestionError, ReplyError, SettingError
from seal.memory.geometry import Box
from seal.memory.image import Image, Patch

SCREEN = np.full((300, 400, 3), 255, np.uint8)
READS = Capabilities(input_side=512, reads_text=True)
LONE = "trash \ud83d icon"
LONG = "x" * 100_000
BAD_TYPES: list[Any] = [
    None,
    "text",
    b"bytes",
    3,
    0.5,
    True,
    {},
    {"targets": []},
    [],
    (),
    set(),
    object(),
    Need,
    Answer,
]


class Rude(Exception):
    """Has no words."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def a_generator() -> Iterator[Any]:
    yield Need()


def floats(*values: Any, dtype: Any = np.float32) -> Any:
    return np.array(values, dtype)


GOOD = Sighting(floats([10, 20, 50, 60]), floats(0.9), floats([0.0, 1.0], [2.0, -3.0]))


def seen(**changes: Any) -> Sighting:
    return replace(GOOD, **changes)


SHOW: list[Any] = [
    *BAD_TYPES,
    a_generator(),
    [Need()],
    Answer("blue"),
    Need(targets=None),  # type: ignore[arg-type]
    Need(targets="trash icon"),  # type: ignore[arg-type]
    Need(targets=Target("x")),  # type: ignore[arg-type]
    Need(targets=(t for t in (Target("x"),))),  # type: ignore[arg-type]
    Need(targets={"x": Target("x")}),  # type: ignore[arg-type]
    Need(targets=("trash icon",)),  # type: ignore[arg-type]
    Need(targets=(None,)),  # type: ignore[arg-type]
    Need(targets=(Target,)),  # type: ignore[arg-type]
    *[Need((Target(phrase),)) for phrase in (None, 7, b"x", ["x"], "", " \n\t", LONE, "x" * 201, LONG)],  # type: ignore[arg-type]
    *[Need((Target("x", some),)) for some in (None, "many", "", 1, ["one"], LONG)],  # type: ignore[arg-type]
    *[Need((Target("x", "one", around),)) for around in (None, "yes", 2)],  # type: ignore[arg-type]
    *[Need((Target("x"),), reason=reason) for reason in (None, 3, LONE, ["r"])],  # type: ignore[arg-type]
    *[Need(answer=answer) for answer in ("blue", 3, Need(), ["blue"])],  # type: ignore[arg-type]
    Need(answer=Answer("x", confidence=math.nan)),
    Need(answer=Answer("x", option_scores=(1.0,))),
]
TELL: list[Any] = [
    *BAD_TYPES,
    Need(),
    *[Answer(text) for text in (None, 42, b"x", ["x"], LONE)],  # type: ignore[arg-type]
    *[Answer("x", status) for status in (None, "unknown", "", 1, ["answered"])],  # type: ignore[arg-type]
    *[Answer("x", confidence=sure) for sure in (math.nan, math.inf, -math.inf, 2, -1, 1.0000001, 10**400)],
    *[
        Answer("x", confidence=sure)
        for sure in (None, "high", True, [0.5], 1j, Decimal("0.5"), np.array(0.5))
    ],  # type: ignore[arg-type]
    *[Answer("x", cites=cites) for cites in (None, "crop-1", (1,), (None,), {"crop-1"}, (LONE,))],  # type: ignore[arg-type]
    *[
        Answer("x", places=((page, Box(*box)),))
        for page, box in ((1, (50000, 50000, 10, 10)), (1, (-20, -20, 10, 10)), (9, (0, 0, 10, 10)))
    ],
    *[Answer("x", reason=reason) for reason in (None, 3, LONE)],  # type: ignore[arg-type]
    *[Answer("x", more=more) for more in (None, "bell", ("bell",), (None,), (Target(""),), (Target(LONG),))],  # type: ignore[arg-type]
]
SCORES: list[Any] = [
    *[(), (1.0,), (1.0, 2.0, 3.0), "ab", 5, {0: 1.0, 1: 2.0}, (None, 1.0), ("a", "b"), (True, False)],
    *[(math.nan, 1.0), (math.inf, 1.0), (-math.inf, 1.0), np.zeros((2, 2)), np.array([math.nan, 0.0])],
]
ROWS: list[Any] = [
    *[None, "text", 3, {}, [], [[]], [[], []], [None], [[None]], "a", GOOD, [GOOD], [["x"]], [[{}]]],
    *[
        [[GOOD, GOOD]],
        [[GOOD], [GOOD]],
        np.zeros((1, 1)),
        np.array([[GOOD]], object),
        a_generator(),
        iter([[GOOD]]),
    ],
]
SIGHTINGS: list[Any] = [
    *[seen(boxes=b) for b in (None, [], [[10, 20, 50, 60]], "boxes", 3, {})],
    *[seen(boxes=floats(*b)) for b in ([], [10, 20, 50, 60], ([10, 20, 50],), ([1, 2, 3, 4], [1, 2, 3, 4]))],
    *[seen(boxes=floats([10, 20, 50, 60], dtype=dtype)) for dtype in (object, bool, complex, "U5")],
    *[seen(boxes=floats([a, 20, b, 60])) for a, b in ((math.nan, 50), (10, math.inf), (-math.inf, 50))],
    *[
        seen(boxes=floats(b))
        for b in ([50, 20, 10, 60], [10, 60, 50, 20], [10, 20, 10, 60], [10, 20, 50, 20])
    ],
    *[
        seen(boxes=floats(b))
        for b in ([500, 20, 550, 60], [10, 300, 50, 310], [-9, -9, 0, 0], [1e9, 1e9, 2e9, 2e9])
    ],
    *[
        seen(scores=s)
        for s in (None, [0.9], 0.9, "sure", floats(), floats(0.9, 0.8), floats([0.9]), np.array(0.9))
    ],
    *[seen(scores=floats(s)) for s in (math.nan, math.inf, -0.1, 1.1, 90.0)],
    *[
        seen(scores=floats(s, dtype=d))
        for s, d in ((0.9, object), (True, bool), (0.5j, complex), ("1", "U1"))
    ],
    *[
        seen(cue=c)
        for c in ([[1.0]], "map", 3, np.array(1.0), floats(1.0), floats([[1.0]]), np.zeros((0, 3)), {})
    ],
    *[seen(cue=floats([v])) for v in (math.nan, math.inf, -math.inf)],
    *[
        seen(cue=floats([v], dtype=d))
        for v, d in ((1.0, object), (1j, complex), (1e300, float), (True, bool))
    ],
    *[seen(texts=t) for t in (None, "text", ("a", "b"), (None,), (3,), (LONE,), {"a"})],
    *[seen(sources=s) for s in (None, "ocr", ("ocr",), (("ocr",), ("nano",)), ((1,),), ((LONE,),))],
]
ERRORS: list[Exception] = [
    *[
        KeyError("x"),
        ValueError("bad"),
        TypeError(),
        RuntimeError("a\nb\x1b[31m"),
        StopIteration(3),
        OSError(5, "io"),
    ],
    *[
        RecursionError(),
        MemoryError(),
        AssertionError(),
        NotImplementedError("later"),
        ZeroDivisionError("by 0"),
    ],
    *[
        UnicodeEncodeError("utf-8", LONE, 6, 7, "lone"),
        ExceptionGroup("two", [ValueError(1)]),
        Rude(),
        Exception(LONG),
    ],
]


class Says(ScriptedVQA):
    """Says in one method what it is told to, as it is."""

    def __init__(self, method: str, reply: Any) -> None:
        super().__init__([["bell"]], ["x"])
        setattr(self, method, lambda *_: reply)


def ask(vqa: Any, localizer: Any = None, options: Sequence[str] | None = None) -> Result:
    return Seal(vqa, localizer or FakeLocalizer({"bell": [Box(9, 9, 40, 40)]})).ask(SCREEN, "What?", options)


def shows(reply: Any) -> Callable[[], object]:
    return lambda: ask(Says("show", reply))


def tells(reply: Any) -> Callable[[], object]:
    return lambda: ask(Says("tell", reply))


def scores(reply: Any) -> Callable[[], object]:
    vqa = ScriptedVQA([["bell"]], lambda *_: Answer("a", option_scores=reply))
    return lambda: ask(vqa, options=["a", "b"])


def chosen(text: str) -> Callable[[], object]:
    return lambda: ask(ScriptedVQA([["bell"]], lambda *_: Answer(text)), options=["Light blue", "red"])


def places(reply: Any) -> Callable[[], object]:
    return lambda: ask(
        ScriptedVQA([["unicorn"]], ["x"], lambda *_: reply), FakeLocalizer({}, capabilities=Capabilities(64))
    )


def locates(reply: Any, able: Capabilities = READS) -> Callable[[], object]:
    return lambda: Seal("reader", FakeLocalizer({}, capabilities=able, reply=reply)).locate(SCREEN, "bell")


OTHERS = (
    "green",
    "",
    "blue",
    "lightblue",
    "Light blue.",
    "Light blue, red",
    "A",
    "1",
    '"red"',
    "none of these",
)
CASES = {
    "show": [shows(reply) for reply in SHOW],
    "tell": [tells(reply) for reply in TELL],
    "tell scores": [scores(reply) for reply in SCORES],
    "tell chosen": [chosen(text) for text in OTHERS],
    "where": [places(reply) for reply in (None, 3, b"left", ["left"], ("left",), {}, LONE, Need(), object())],
    "locate": [locates(reply) for reply in ROWS],
    "locate sighting": [locates([[sighting]]) for sighting in SIGHTINGS],
}
LISTED = [(f"{method} {n}", case) for method, cases in CASES.items() for n, case in enumerate(cases)]


@pytest.mark.parametrize("case", [case for _, case in LISTED], ids=[name for name, _ in LISTED])
def test_garbage_is_a_reply_error_in_one_line(
    case: Callable[[], object], request: pytest.FixtureRequest
) -> None:
    method = request.node.callspec.id.split()[0]
    with pytest.raises(AgentError) as caught:
        case()
    said = str(caught.value)
    assert type(caught.value) is ReplyError or isinstance(caught.value.__cause__, OverflowError)
    assert said.startswith("fake:") and (f"from {method}." in said or f"failed in {method}" in said)
    assert "\n" not in said and len(said) < 400 and said.encode()


def test_there_are_enough_of_them() -> None:
    assert {method: len(cases) > 8 for method, cases in CASES.items()} == dict.fromkeys(CASES, True)
    assert len(LISTED) > 200


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("method", ["show", "tell", "where", "locate"])
def test_whatever_an_agent_raises_is_an_agent_error_with_its_cause(method: str, error: Exception) -> None:
    def fail(*_: Any) -> Any:
        raise error

    class Fails(FakeLocalizer):
        def locate(self, patches: Any, phrases: Any) -> Any:
            return fail() if method == "locate" else super().locate(patches, phrases)

    vqa = ScriptedVQA(
        fail if method == "show" else [["unicorn"]],
        fail if method == "tell" else ["x"],
        fail if method == "where" else None,
    )
    with pytest.raises(AgentError) as caught:
        ask(vqa, Fails({}, capabilities=Capabilities(64)))
    assert type(caught.value) is AgentError and caught.value.__cause__ is error
    assert f"failed in {method}: {type(error).__name__}" in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_interrupts_pass(stop: type[BaseException]) -> None:
    with pytest.raises(stop):
        ask(ScriptedVQA(fail_with=stop()))
    with pytest.raises(stop):
        ask(ScriptedVQA([["bell"]]), FakeLocalizer({}, fail_with=stop()))


@pytest.mark.parametrize("name", ["read", "spell", "kind", "unknown", "only_text"])
@pytest.mark.parametrize(
    "reply", [3.5, b"x", (LONE, 0.5), ("7", 2.0), ("7", None), ("7",), ["a"], LONE, ValueError("x")]
)
def test_optional_abilities_are_checked_too(name: str, reply: Any) -> None:
    class Bad(FakeLocalizer):
        pass

    def answer(*_: Any) -> Any:
        if isinstance(reply, Exception):
            raise reply
        return reply

    setattr(Bad, name, answer)
    patch = Image.open(SCREEN).patch()
    localizer = Seal("reader", Bad({}, capabilities=READS)).localizer
    ability = getattr(localizer, name)
    with pytest.raises(AgentError, match=f"fake:localizer.*{name}"):
        ability(*{"read": (patch, patch.box), "spell": (patch,)}.get(name, ("bell",)))


# --- what is put right --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "sure"),
    [
        *[
            (Answer("x", confidence=sure), 1.0)
            for sure in (1, 1.0, np.float32(1), np.float64(1), np.int64(1), Fraction(1))
        ],  # type: ignore[arg-type]
        (Answer("x", confidence=np.float16(0.5)), 0.5),  # type: ignore[arg-type]
        (Answer("x", cites=["crop-1", "crop-9"]), 1.0),  # type: ignore[arg-type]
        (Answer("x", more=[]), 1.0),  # type: ignore[arg-type]
        (Answer(np.str_("x")), 1.0),
    ],
)
def test_harmless_answers_are_put_right(reply: Answer, sure: float) -> None:
    result = ask(ScriptedVQA(lambda *_: Need([Target("bell")]), lambda *_: reply))  # type: ignore[arg-type]
    assert (result.answer, result.confidence, type(result.confidence)) == ("x", sure, float)
    assert Result.from_json(result.to_json()) == result
    assert result.cites == ("crop-1",) * bool(reply.cites)


@pytest.mark.parametrize("text", ["light blue", " Light\n Blue "])
def test_an_option_in_other_case_or_spacing_is_that_option(text: str) -> None:
    vqa = ScriptedVQA([["bell"]], lambda *_: Answer(text))
    assert ask(vqa, options=["Light blue", "red"]).answer == "Light blue"
    shown = ScriptedVQA(lambda *_: Need(answer=Answer(text)), [])
    assert ask(shown, options=["Light blue", "red"]).answer == "Light blue"


@pytest.mark.parametrize("scores", [[-1, -2], (np.float32(-1), np.int8(-2)), np.array([-1.0, -2.0])])
def test_harmless_scores_are_put_right(scores: Any) -> None:
    vqa = ScriptedVQA([["bell"]], lambda *_: Answer("a", option_scores=scores))
    assert ask(vqa, options=["a", "b"]).option_scores == (-1.0, -2.0)


@pytest.mark.parametrize(
    "boxes",
    [
        *[floats([10, 20, 50, 60], dtype=dtype) for dtype in (np.float64, np.float16, np.int64, np.uint8)],
        floats([10, 20, 50, 60])[:, ::1],
    ],
)
def test_harmless_boxes_are_put_right(boxes: Any) -> None:
    reply = [(seen(boxes=boxes, scores=floats(1, dtype=int), texts=["a"], sources=[["b"]]),)]
    result = Seal("reader", FakeLocalizer({}, capabilities=READS, reply=reply)).locate(SCREEN, "bell")
    assert result.targets[0].box == Box(10, 20, 40, 40)
    assert (result.targets[0].text, result.targets[0].sources, result.targets[0].score) == ("a", ("b",), 1.0)


def test_boxes_that_reach_over_the_patch_are_clipped() -> None:
    reply = [[seen(boxes=floats([-50, -50, 9999, 20], dtype=float))]]
    result = Seal("reader", FakeLocalizer({}, capabilities=READS, reply=reply)).locate(SCREEN, "bell")
    assert result.targets[0].box == Box(0, 0, 400, 20)


@pytest.mark.parametrize("extra", [0, 1, 96_000])
def test_of_many_boxes_the_best_stay_in_their_order(extra: int) -> None:
    n = MOST_BOXES + extra
    patch = Image.open(np.zeros((60, 80, 3), np.uint8)).patch()
    scores = np.random.default_rng(extra).permutation(n).astype(np.float32) / np.float32(n)
    boxes = np.tile(np.array([[1, 2, 3, 4]], np.float32), (n, 1))
    names = tuple(map(str, range(n)))
    kept = Reply("x", "locate").sighting(
        Sighting(boxes, scores, texts=names, sources=tuple((name,) for name in names)), patch
    )
    worst = np.sort(scores)[-MOST_BOXES]
    best = [i for i in range(n) if scores[i] >= worst]
    assert kept.scores.tolist() == scores[best].tolist() and kept.boxes.shape == (MOST_BOXES, 4)
    assert kept.texts == tuple(names[i] for i in best)
    assert kept.sources == tuple((names[i],) for i in best)


def test_which_boxes_have_an_area() -> None:
    boxes = floats(
        [0, 0, 9, 9],
        [9, 0, 9, 9],
        [9, 9, 0, 0],
        [-9, 0, 0, 9],
        [-9, -9, 1, 1],
        [10, 10, 20, 20],
        [9, 9, 99, 99],
    )
    assert with_area(boxes, (10, 10)).tolist() == [True, False, False, False, True, False, True]
    assert with_area(floats().reshape(0, 4), (10, 10)).shape == (0,)


@pytest.mark.parametrize("shape", [(5000, 5000), (1, 5000), (257, 3), (256, 256), (1, 1)])
def test_cue_maps_are_pooled_to_a_size_that_costs_nothing(shape: tuple[int, int]) -> None:
    cue = np.full(shape, -4.0)
    cue[-1, -1] = 7.0
    patch = Image.open(SCREEN).patch()
    pooled = Reply("x", "locate").sighting(Sighting(cue=cue), patch).cue  # type: ignore[arg-type]
    assert pooled is not None and pooled.shape == tuple(min(side, CUE_CELLS) for side in shape)
    assert pooled[-1, -1] == 7.0 and (pooled == 7.0).sum() == 1 and pooled.dtype == np.float32
    result = Seal(
        "reader", FakeLocalizer({}, capabilities=Capabilities(256), reply=[[Sighting(cue=cue)]])
    ).locate(SCREEN, "bell")  # type: ignore[arg-type]
    assert result.status == "not_found"


# --- limits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [600, 5000])
def test_of_many_targets_the_first_are_looked_for(count: int) -> None:
    names = [f"thing {k}" for k in range(count)]
    places = {name: [Box(10 + 40 * (k % 9), 10 + 30 * (k // 9 % 9), 20, 20)] for k, name in enumerate(names)}
    vqa = ScriptedVQA(
        [names + names],
        lambda memory, _: Answer(
            str(len(memory.targets) + len(memory.absent)), more=[Target(n) for n in names]
        ),
    )  # type: ignore[arg-type]
    result = Seal(vqa, FakeLocalizer(places, capabilities=READS)).ask(SCREEN, "What?")
    show, *_, tell = result.trace.steps
    most = SearchSettings().most_targets
    assert result.answer == str(most) and len(show.targets) == most  # type: ignore[union-attr]
    assert show.reason == f"{count} targets were named; the first {most} are looked for."  # type: ignore[union-attr]
    assert tell.reason == show.reason and len(tell.more) == most  # type: ignore[union-attr]
    few = Seal(vqa, FakeLocalizer(places), search=SearchSettings(most_targets=3))
    vqa.calls.clear()
    assert few.ask(SCREEN, "What?").answer == "3"


def test_names_and_phrases_of_absurd_length_are_cut() -> None:
    name = "long\n" * 5000
    with pytest.raises(ReplyError) as caught:
        ask(ScriptedVQA(lambda *_: Need((Target("y" * 90_000),)), name=name))
    assert "got one of 90000 ('yyyy" in str(caught.value)
    assert len(str(caught.value)) < 300 and "\n" not in str(caught.value)
    with pytest.raises(QuestionError) as refused:
        Seal(ScriptedVQA(), FakeLocalizer({})).locate(SCREEN, "z\n" * 9000)
    assert len(str(refused.value)) < 200 and "\n" not in str(refused.value)


# --- when agents are attached -------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [math.nan, math.inf, 0, -1, True, False, "x", None, 512.0, [512], 1j])
def test_an_input_side_that_is_no_number_of_pixels_is_refused(side: Any) -> None:
    with pytest.raises(SettingError, match="input_side in pixels"):
        load_vqa(ScriptedVQA(input_side=side))
    with pytest.raises(SettingError, match="positive sizes"):
        load_localizer(FakeLocalizer({}, capabilities=Capabilities(side)))
    with pytest.raises(SettingError, match="input_side must be a whole number of at least 1"):
        load_localizer("ocr", input_side=side)


@pytest.mark.parametrize(
    "changes",
    [
        *[{"smallest_px": v} for v in (math.nan, math.inf, 0, -1.0, "x", None, True)],
        *[{"confidence_high": v} for v in (math.nan, math.inf, 2, -1, "x", None, True)],
        *[{"confidence_low": v} for v in (math.nan, -math.inf, 0.9, -0.1, "x", None)],
        *[{"rules_out": v} for v in (math.nan, math.inf, "x", True)],
        *[{name: v} for name in ("max_batch", "longest_phrase") for v in (math.nan, 0, 1.5, True, "x", None)],
        *[{name: v} for name in ("gives_boxes", "reads_text", "text_only") for v in (None, 1, "yes")],
    ],
)
def test_capabilities_that_are_none_are_refused(changes: dict[str, Any]) -> None:
    able = replace(Capabilities(512), **changes)
    with pytest.raises(SettingError, match="is no localizer; it lacks"):
        Seal("reader", FakeLocalizer({}, capabilities=able))


class Least:
    """What a third party has to write."""

    name, capabilities = "least", Capabilities(512)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        return [[Sighting() for _ in phrases] for _ in patches]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("kind", "detector"), ("read", lambda: None), ("spell", 3), ("unknown", lambda: ""), ("where", "")],
        *[("self_test", lambda a: ()), ("looked_at", ()), ("only_text", True)],
    ],
)
def test_an_ability_of_another_shape_is_told_when_the_agent_is_attached(name: str, value: Any) -> None:
    agent = Least()
    setattr(agent, name, value)
    with pytest.raises(SettingError, match=rf"it lacks a method {name}\("):
        load_localizer(agent)


def test_who_says_where_can() -> None:
    agent = Least()
    agent.capabilities = Capabilities(512, says_where=True)
    with pytest.raises(SettingError, match=r"a method where\(patch, target\)"):
        load_localizer(agent)


@pytest.mark.parametrize("name", ["", None, 3, LONE])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(SettingError, match="a name"):
        load_vqa(ScriptedVQA(name=name))
