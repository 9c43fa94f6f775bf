"""What a localizer has seen once is not asked for again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from test_search import ICONS, blank, fake, find

from seal.agents.contracts import Capabilities, Sighting
from seal.agents.fake import FakeLocalizer
from seal.agents.fused import Fused
from seal.agents.look_cache import Remembered
from seal.agents.nano.localizer import Nano
from seal.agents.nano.weights import WEIGHTS
from seal.memory.errors import AgentError, InputError, ReplyError
from seal.memory.geometry import Box
from seal.memory.image import Patch
from seal.memory.working import TextLine

PAGE = blank((4096, 2304))[0]
LEFT, RIGHT = PAGE.patch(Box(0, 0, 2048, 2304)), PAGE.patch(Box(2048, 0, 2048, 2304))


def asked(localizer: FakeLocalizer) -> list[tuple[int, tuple[str, ...]]]:
    return [(len(call.patches), call.phrases) for call in localizer.calls]


def same(a: Sighting, b: Sighting) -> bool:
    arrays = all(
        np.array_equal(x, y)
        for x, y in zip((a.boxes, a.scores, a.cue), (b.boxes, b.scores, b.cue), strict=True)
    )
    return arrays and a.texts == b.texts and a.sources == b.sources


def test_only_the_unknown_is_asked_for_and_the_reply_is_the_same() -> None:
    plain, inner = fake(ICONS), fake(ICONS)
    kept = Remembered(inner)
    kept.locate([LEFT], ["bell"])
    rows = kept.locate([LEFT, RIGHT], ["bell", "cart"])
    assert asked(inner) == [(1, ("bell",)), (1, ("cart",)), (1, ("bell", "cart"))]
    wanted = plain.locate([LEFT, RIGHT], ["bell", "cart"])
    assert all(
        same(a, b) for mine, his in zip(rows, wanted, strict=True) for a, b in zip(mine, his, strict=True)
    )
    assert (kept.hits, kept.misses) == (1, 4)
    assert kept.looked_at(PAGE) == (LEFT.box, RIGHT.box) and inner.looked_at(PAGE) == ()


def test_it_looks_like_the_localizer_inside() -> None:
    class Closed(FakeLocalizer):
        def unknown(self, phrase: str) -> str:
            return "" if phrase in ICONS else "not in the vocabulary"

    inner = Closed(ICONS)
    kept = Remembered(inner)
    assert kept.name == inner.name and kept.capabilities is inner.capabilities
    assert kept.unknown("bell") == "" and kept.unknown("unicorn") == "not in the vocabulary"
    broken = Remembered(FakeLocalizer({}, reply=[[Sighting(scores=np.ones(3, np.float32))]]))
    with pytest.raises(ReplyError):
        broken.locate([LEFT], ["bell"])


def test_another_process_finds_it_on_disk(tmp_path: Path) -> None:
    texts = FakeLocalizer(
        {"x": [Box(9, 9, 40, 20)]}, texts={"x": ["hé"]}, capabilities=Capabilities(512, reads_text=True)
    )
    first = Remembered(texts, tmp_path / "looks")
    (told,) = first.locate([LEFT], ["x"])[0]
    again = FakeLocalizer({}, capabilities=texts.capabilities, name=texts.name)
    (found,) = Remembered(again, tmp_path / "looks").locate([LEFT], ["x"])[0]
    assert same(found, told) and not again.calls and found.texts == ("hé",)
    other = FakeLocalizer({}, capabilities=texts.capabilities, name="another")
    Remembered(other, tmp_path / "looks").locate([LEFT], ["x"])
    assert len(other.calls) == 1
    for file in (tmp_path / "looks").glob("*.look"):
        file.write_bytes(b"torn")
    Remembered(again, tmp_path / "looks").locate([LEFT], ["x"])
    assert len(again.calls) == 1


def test_other_weights_are_asked_anew(tmp_path: Path) -> None:
    class Trained(FakeLocalizer):
        version = "1"

    Remembered(Trained(ICONS), tmp_path).locate([LEFT], ["bell"])
    again, anew = Trained(ICONS), Trained(ICONS)
    anew.version = "2"
    for localizer in (again, anew):
        Remembered(localizer, tmp_path).locate([LEFT], ["bell"])
    assert asked(again) == [] and asked(anew) == [(1, ("bell",))]


def test_weights_are_told_for_what_lies_on_disk_alone(tmp_path: Path) -> None:
    class Hashed(FakeLocalizer):
        @property
        def version(self) -> str:
            told.append(1)
            return "1"

    told: list[int] = []
    localizer = Remembered(Hashed(ICONS))
    localizer.locate([LEFT], ["bell"])
    localizer.locate([LEFT], ["bell"])
    assert len(asked(localizer.inner)) == 1 and not told
    Remembered(Hashed(ICONS), tmp_path).locate([LEFT], ["bell"])
    assert told


def test_nano_tells_its_weights_apart(tmp_path: Path) -> None:
    own = Nano()
    copied = tmp_path / "other.safetensors"
    copied.write_bytes(WEIGHTS.read_bytes())
    assert Nano(weights=copied).version == own.version != ""
    copied.write_bytes(WEIGHTS.read_bytes()[:-1])
    assert Nano(weights=copied).version != own.version
    assert Fused([own, FakeLocalizer({})]).version == f"{own.version}+"
    with pytest.raises(AgentError, match=r"gone\.safetensors"):
        _ = Nano(weights=tmp_path / "gone.safetensors").version


def test_limits_hold_in_memory_and_on_disk(tmp_path: Path) -> None:
    inner = fake(ICONS)
    kept = Remembered(inner, tmp_path, memory_bytes=20_000, disk_bytes=20_000)
    for k in range(40):
        kept.locate([PAGE.patch(Box(k, 0, 512, 512))], ["bell"])
        assert sum(file.stat().st_size for file in tmp_path.glob("*.look")) <= 20_000
    assert not list(tmp_path.glob("*.part"))
    kept.locate([PAGE.patch(Box(39, 0, 512, 512))], ["bell"])
    assert len(inner.calls) == 40
    kept.forget()
    kept.locate([PAGE.patch(Box(0, 0, 512, 512))], ["bell"])
    assert len(inner.calls) == 41
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be kept"):
        Remembered(inner, tmp_path / "file")


@pytest.mark.parametrize("policy", ["vstar", "ideal"])
def test_a_search_costs_nothing_the_second_time(policy: str) -> None:
    inner = fake(ICONS)
    kept = Remembered(inner)
    first = find(["bell", "cart"], kept, policy=policy)
    calls = len(inner.calls)
    second = find(["bell", "cart"], kept, policy=policy)
    assert [t.instances[0].box for t in second.targets] == [t.instances[0].box for t in first.targets]
    assert len(inner.calls) == calls


def test_the_ideal_searcher_prefers_views_that_were_looked_at() -> None:
    views: set[str] = set()

    class Encodes(FakeLocalizer):
        """Counts views, as a localizer that encodes a view once for all phrases."""

        def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
            views.update(patch.key for patch in patches)
            return super().locate(patches, phrases)

    inner = Encodes({}, capabilities=fake({}).capabilities)
    kept = Remembered(inner)
    find(["unicorn"], kept, policy="ideal")
    first = len(views)
    for name in ("dragon", "griffin", "phoenix"):
        assert find([name], kept, policy="ideal").targets[0].status == "absent"
    assert len(views) <= 1.1 * first


def test_a_part_that_was_read_is_kept_too(tmp_path: Path) -> None:
    class Reads(FakeLocalizer):
        asked = 0

        def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting:
            Reads.asked += 1
            return Sighting(np.array([[0, 0, 1, 1]], np.float32), np.ones(1, np.float32), texts=("word",))

        def spell(self, patch: Patch) -> tuple[str, float]:
            Reads.asked += 1
            return " 7 ", 0.75

    able = Capabilities(input_side=512, reads_text=True)
    for _ in range(2):  # from memory, and by another process from the disk
        kept = Remembered(Reads({}, capabilities=able), tmp_path)
        for _ in range(2):
            seen = kept.read(LEFT, Box(0, 0, 90, 90))
            assert seen is not None and seen.texts == ("word",)
            assert kept.spell(LEFT) == ("7", 0.75)
    assert Reads.asked == 2
    assert Remembered(fake(ICONS)).read(LEFT, LEFT.box) is None
    assert Remembered(fake(ICONS)).spell(LEFT) == ("", 0.0)
