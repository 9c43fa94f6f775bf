"""The pytest plugin: what a screen has, refusals apart from failures, the report, and looks on record."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest

from seal.memory.errors import ReplayError
from seal.memory.geometry import Box
from seal.testing.evidence import Told
from seal.testing.kept import Kept, cells_of

pytest_plugins = "pytester"

ROOT = Path(__file__).resolve().parent.parent
IS_INSTALLED = any(point.value == "seal.testing.plugin" for point in entry_points(group="pytest11"))
PLUGIN = () if IS_INSTALLED else ("-p", "seal.testing.plugin")
CONFTEST = """
import pytest
from seal import Box, Capabilities, Seal
from seal.agents.fake import FakeLocalizer

THINGS = {
    "button": [Box(90, 200, 90, 30)],
    "selected switch": [Box(300, 300, 40, 20)],
    "bell icon": [Box(740, 10, 30, 30)],
}
TEXTS = {
    '"Save"': ([Box(110, 205, 50, 20)], ["Save"]),
    '"Wi-Fi"': ([Box(220, 300, 60, 20)], ["Wi-Fi"]),
    '"Total"': ([Box(400, 400, 60, 20)], ["Total"]),
    '"1,250"': ([Box(480, 400, 60, 20)], ["1,250"]),
    '"Name"': ([Box(20, 20, 60, 20)], ["Name"]),
}

@pytest.fixture(scope="session")
def seal_instance():
    boxes = THINGS | {phrase: boxes for phrase, (boxes, _) in TEXTS.items()}
    can = Capabilities(input_side=1024, reads_text=True)
    told = {phrase: texts for phrase, (_, texts) in TEXTS.items()}
    return Seal("reader", FakeLocalizer(boxes, capabilities=can, texts=told))
"""


def shot(clock: str = "12:00", name: str = "Save") -> PIL.Image.Image:
    """A screen of 800 x 600 pixels with a clock at the top right and a button."""
    picture = PIL.Image.new("RGB", (800, 600), "white")
    draw = PIL.ImageDraw.Draw(picture)
    draw.rectangle((90, 200, 180, 230), outline="black")
    for words, place in ((clock, (700, 50)), (name, (110, 207)), ("Wi-Fi", (220, 302))):
        draw.text(place, words, fill="black", font_size=14)
    return picture


Run = Callable[..., pytest.RunResult]
RECORD, REPLAY = ("--seal-record", "kept"), ("--seal-replay", "kept")


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs tests in a folder with a screenshot, `shot.png`."""
    pytester.makeconftest(CONFTEST)
    shot().save(pytester.path / "shot.png")

    def run(*bodies: str, options: Sequence[str] = ()) -> pytest.RunResult:
        tests = [body.strip().replace("\n", "\n    ") for body in bodies]
        if tests:
            head = "def test_{}(seal_screen):\n    screen = seal_screen('shot.png')\n    {}\n"
            pytester.makepyfile(test_it="\n".join(head.format(i, test) for i, test in enumerate(tests)))
        return pytester.runpytest_inprocess(*PLUGIN, "-p", "no:cacheprovider", "-rs", *options)

    return run


def test_what_a_screen_has(run: Run) -> None:
    bodies = [
        "assert screen.has('button Save') is True",
        "assert screen.has('button Print') is False",
        "assert screen.has('bell icon') and not screen.has('\"Error 500\"')",
        "assert screen.within([0, 0, 400, 260]).has('button Save')",
        "assert screen.state('switch Wi-Fi') == 'on'",
        "assert screen.state('turn on Wi-Fi') == 'on'",
        "assert 90 <= screen.point('click Save')[0] < 180",
        "assert screen.count('bell icons') == 1",
        "assert 'Total' in screen.text()",
        "assert screen.text('Total') == '1,250'",
        "assert screen.ask('Is Save left or right of Total?', ['left', 'right']) == 'left'",
        "half = seal_screen('shot.png', frame='400x300')\nassert 45 <= half.point('click Save')[0] < 90",
        "import pathlib\nassert seal_screen(pathlib.Path('shot.png').read_bytes()).has('button Save')",
        "import PIL.Image\nwith PIL.Image.open('shot.png') as shown:\n    assert seal_screen(shown).has('button Save')",
        "import numpy\nassert seal_screen(numpy.zeros((600, 800, 3), 'uint8')).has('button Save')",
    ]
    run(*bodies).assert_outcomes(passed=len(bodies))


def test_what_cannot_be_told_is_no_failure_of_the_screen(run: Run) -> None:
    cases = {
        "screen.has('button Name')": 'but text "Name" comes near',
        "screen.has('button Savex')": "comes near",
        "screen.state('button Save')": "no state is seen of it",
        "screen.point('turn on Wi-Fi')": "is on already",
        "screen.state('switch Bluetooth')": "Nothing on the screen is called so",
        "screen.point('click Print')": "Nothing on the screen is called so",
        "screen.text('Discount')": "text(",
    }
    told = run(*cases)
    told.assert_outcomes(failed=len(cases))
    said = told.stdout.str()
    assert said.count("seal.memory.errors.Undecided: ") == len(cases)
    assert [why for why in cases.values() if why not in said] == []
    run(options=["--seal-undecided=skip"]).assert_outcomes(skipped=len(cases))
    run(options=["--seal-undecided=xfail"]).assert_outcomes(xfailed=len(cases))


def test_undecided_can_be_expected(run: Run) -> None:
    body = "import pytest, seal.testing\nwith pytest.raises(seal.testing.Undecided):\n    screen.has('button Name')"
    run(body, options=["--seal-undecided=skip"]).assert_outcomes(passed=1)


def test_a_skip_tells_the_test_and_the_reason(run: Run) -> None:
    told = run("screen.state('button Save')", options=["--seal-undecided=skip"]).stdout.str()
    assert re.search(r"SKIPPED \[1\] test_it\.py:1: state\('button Save'\): button \"Save\"", told)


def test_a_failure_tells_what_was_asked_and_shows_it(run: Run, tmp_path: Path) -> None:
    body = "assert screen.has('button Save')\nassert screen.within([0, 0, 400, 400]).state('switch Wi-Fi') == 'off'"
    told = run(body, options=["--seal-evidence", str(tmp_path / "seen")])
    told.assert_outcomes(failed=1)
    said = told.stdout.str()
    assert "What SEAL was asked" in said and "has('button Save') -> True   [shot.png]" in said
    assert 'button "Save" at [90, 200, 180, 230]' in said
    assert "state('switch Wi-Fi') -> 'on'   [" in said and "region [0, 0, 400, 400]]" in said
    assert 'on switch "Wi-Fi" at [300, 300, 340, 320]' in said
    pictures = [Path(line.split("picture: ")[1]) for line in said.splitlines() if "picture: " in line]
    assert [p.name for p in pictures] == ["01-has.png", "02-state.png"]
    assert all(p.is_relative_to(tmp_path / "seen") for p in pictures)
    drawn = np.asarray(PIL.Image.open(pictures[0]))
    assert drawn.shape == (600, 800, 3) and (drawn[195:236, 85:186].std(axis=2) > 30).any()


def test_pictures_go_into_pytests_own_folder(run: Run, pytester: pytest.Pytester) -> None:
    said = run("assert screen.has('button Print')", options=["--basetemp=temp"]).stdout.str()
    (picture,) = [line.split("picture: ")[1] for line in said.splitlines() if "picture: " in line]
    assert Path(picture).is_relative_to(pytester.path / "temp") and Path(picture).is_file()


def test_a_passing_test_leaves_nothing(run: Run, tmp_path: Path) -> None:
    told = run("assert screen.has('button Save')", options=["--seal-evidence", str(tmp_path / "seen")])
    told.assert_outcomes(passed=1)
    assert not (tmp_path / "seen").exists()


BLIND = """
import pytest

@pytest.fixture(scope="session")
def seal_instance():
    raise AssertionError("a replay looks at nothing")
"""


@pytest.mark.parametrize(
    ("now", "miss"),
    [
        (shot(), ""),
        ("a pixel", ""),
        (shot(clock="12:01"), ""),
        (shot(name="Safe"), r"all within \[\d+, 208, \d+, 2\d+\] of its pixels"),
        (shot(name=""), "looks otherwise than on record"),
        (shot().resize((400, 300)), "looks otherwise than on record"),
        (shot().crop((0, 0, 300, 600)), "was asked of 400x300 px; this is 300x300 px"),
    ],
    ids=[
        "the same",
        "one pixel",
        "a clock elsewhere",
        "another letter",
        "no name",
        "smaller",
        "another size",
    ],
)
def test_looks_are_replayed_by_what_the_region_looks_like(
    run: Run, pytester: pytest.Pytester, now: PIL.Image.Image | str, miss: str
) -> None:
    body = (
        "part = screen.within([0, 0, 400, 300])\nassert part.has('button Save') and part.point('click Save')"
    )
    run(body, options=RECORD).assert_outcomes(passed=1)
    pytester.makeconftest(BLIND)
    if isinstance(now, str):
        now = shot()
        now.putpixel((130, 214), (255, 0, 255))
    now.save(pytester.path / "shot.png")
    told = run(options=REPLAY)
    told.assert_outcomes(**({"failed": 1} if miss else {"passed": 1}))
    if miss:
        assert "ReplayError" in told.stdout.str() and re.search(miss, told.stdout.str())
        assert "has('button Save') -> error" in told.stdout.str()


def test_what_was_undecided_is_replayed_too(run: Run, pytester: pytest.Pytester) -> None:
    run("screen.has('button Name')", options=RECORD).assert_outcomes(failed=1)
    pytester.makeconftest(BLIND)
    run(options=[*REPLAY, "--seal-undecided=skip"]).assert_outcomes(skipped=1)


def test_recording_again_replaces_what_was_there(run: Run, pytester: pytest.Pytester) -> None:
    for _ in range(2):
        run("assert screen.has('button Save')", options=RECORD).assert_outcomes(passed=1)
    (file,) = (pytester.path / "kept").iterdir()
    assert len(file.read_text().splitlines()) == 3  # header, region, look
    told = run("assert screen.has('button Print')", options=REPLAY)
    told.assert_outcomes(failed=1)
    assert "has('button Print') is not on record" in told.stdout.str()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--seal-record", "a", "--seal-replay", "b"], "exclude each other"),
        (["--seal-replay", "nowhere"], "there is no such folder; make it with --seal-record"),
        (["--seal-tolerance", "300"], "a number from 0 to 255; got 300"),
    ],
)
def test_options_that_cannot_be_meant(run: Run, options: list[str], why: str) -> None:
    told = run("pass", options=options)
    assert told.ret == pytest.ExitCode.USAGE_ERROR and why in told.stderr.str()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "nothing is on record for this test"),
        ("", "no header of this version"),
        ('{"seal_looks": 9}\n', "no header of this version"),
        ('{"seal_looks": 1}\n{"look": "has"}\n', "this is no recording of looks"),
        (
            '{"seal_looks": 1}\n{"cells": "a", "size": [8, 8], "zlib": "AAAA"}\n',
            "this is no recording of looks",
        ),
    ],
)
def test_a_file_that_is_no_recording(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "kept.jsonl").write_text(text)
    with pytest.raises(ReplayError, match=why):
        Kept(tmp_path / "kept.jsonl").reply("has", ["x"], shot())


def test_the_tolerance_is_that_of_a_cell(tmp_path: Path) -> None:
    """8 pixels of 64 that turn by 64 of 255 change the mean of their cell by 8."""
    kept, told = Kept(tmp_path / "kept.jsonl"), Told(True, "seen", (("it", Box(0, 0, 4, 4)),))
    kept.begin()
    kept.keep("has", ["x"], PIL.Image.new("RGB", (20, 20)), told)
    for green, fits in ((64, True), (80, False)):
        now = PIL.Image.new("RGB", (20, 20))
        now.paste((0, green, 0), (8, 8, 16, 9))
        assert cells_of(now)[1, 1].tolist() == [0, green // 8, 0]
        again = Kept(tmp_path / "kept.jsonl")
        if fits:
            assert again.reply("has", ["x"], now) == told
        else:
            with pytest.raises(ReplayError, match=r"in 1 of 9 cells of 8 px, all within \[8, 8, 16, 16\]"):
                again.reply("has", ["x"], now)
    assert Kept(tmp_path / "kept.jsonl", 10).reply("has", ["x"], now) == told


def test_it_is_harmless_where_it_is_not_used(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import sys\ndef test_it():\n    assert {'numpy', 'PIL', 'pydantic', 'torch'} & set(sys.modules) == set()"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        *PLUGIN,
        "-p",
        "no:xdist",
        "-p",
        "no:nbmake",
        "-p",
        "no:hypothesispytest",
    ]
    told = subprocess.run([*command, "-q"], cwd=pytester.path, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "1 passed" in told.stdout and "warning" not in told.stdout


def test_on_a_real_screen(pytester: pytest.Pytester) -> None:
    """The embedded agents, on a screen of 3840 x 2160 pixels; again from the record, on a smaller part of it."""
    screen = ROOT / "examples" / "screens" / "stisla-posts.png"
    pytester.makepyfile(
        f"""
        import pytest
        import seal.testing

        def test_it(seal_screen):
            screen = seal_screen({str(screen)!r}, frame="@2x").within([100, 0, 1920, 840])
            assert screen.has("button Add New")
            assert screen.has("button Export") is False
            with pytest.raises(seal.testing.Undecided, match="words that are to be read in quotes"):
                screen.has("dancing bear")
            assert screen.has("checked checkbox") is False
            assert screen.state("checkbox Laravel 5 Tutorial: MVC") == "unchecked"
            assert screen.count("Published badges") == 3
            x, y = screen.point("click Add New")
            assert 364 <= x <= 452 and 90 <= y <= 128
        """
    )
    options = (*PLUGIN, "-p", "no:cacheprovider")
    pytester.runpytest_inprocess(*options, *RECORD).assert_outcomes(passed=1)
    pytester.makeconftest(BLIND)
    pytester.runpytest_inprocess(*options, *REPLAY).assert_outcomes(passed=1)
