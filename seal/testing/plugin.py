"""The pytest plugin: the fixture `seal_screen`, its options, and what a failing test tells.

PYTEST_DONT_REWRITE: nothing here is asserted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..memory.errors import Undecided

if TYPE_CHECKING:
    from ..memory.frames import Frame
    from ..orchestrator import Seal
    from .screen import Look, Screen

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_makereport",
    "seal_instance",
    "seal_screen",
]

MOST = 12
"""Looks of a test that its report tells, the last ones."""
_LOOKS: pytest.StashKey[tuple[list[Look], Callable[[], Path]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all of which begin with --seal."""
    group = parser.getgroup("seal", "screenshots under test (seal_screen)")
    group.addoption(
        "--seal-undecided",
        choices=("fail", "skip", "xfail"),
        default="fail",
        help="What becomes of a test whose screen neither shows nor rules out what it asked for (default: fail).",
    )
    group.addoption(
        "--seal-evidence",
        metavar="DIR",
        help="Folder of the pictures that failing tests leave (default: pytest's temporary folder).",
    )
    group.addoption("--seal-record", metavar="DIR", help="Look, and keep what was told in this folder.")
    group.addoption(
        "--seal-replay", metavar="DIR", help="Look at nothing: tell what was kept in this folder."
    )
    group.addoption(
        "--seal-tolerance",
        metavar="N",
        type=int,
        help="Difference of the mean colour of 8 x 8 pixels, of 255, up to which a replay takes them as equal "
        "(default: 8).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse options that cannot be meant."""
    record, replay = config.getoption("--seal-record"), config.getoption("--seal-replay")
    if record and replay:
        raise pytest.UsageError("--seal-record and --seal-replay exclude each other; give one of them.")
    if replay and not _folder(config, replay).is_dir():
        raise pytest.UsageError(
            f"--seal-replay {replay}: there is no such folder; make it with --seal-record."
        )
    tolerance = config.getoption("--seal-tolerance")
    if tolerance is not None and not 0 <= tolerance <= 255:
        raise pytest.UsageError(f"--seal-tolerance is a number from 0 to 255; got {tolerance}.")


@pytest.fixture(scope="session")
def seal_instance() -> Seal:
    """The one that looks, made when it is first needed. Override it for agents and limits of your own."""
    from ..orchestrator import Seal

    return Seal()


@pytest.fixture
def seal_screen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Screen]:
    """A screenshot to ask about: `screen = seal_screen("shot.png")`, then `assert screen.has("button Save")`.

    Takes a path, bytes, a PIL image or a uint8 array. frame: in which places are told ("@2x" for points of a screen
    with two pixels each). page: of a document.
    """
    from ..memory.image import Image
    from .kept import TOLERANCE, Kept
    from .screen import Means

    config = request.config
    looks: list[Look] = []
    record, replay = config.getoption("--seal-record"), config.getoption("--seal-replay")
    name = _file_name(request.node.nodeid)
    kept = None
    if folder := record or replay:
        tolerance = config.getoption("--seal-tolerance")
        kept = Kept(_folder(config, folder) / f"{name}.jsonl", TOLERANCE if tolerance is None else tolerance)
    if kept is not None and record:
        kept.begin()

    def place() -> Path:
        if (named := config.getoption("--seal-evidence")) is None:
            return tmp_path_factory.mktemp("seal-evidence") / name
        return _folder(config, named) / name

    request.node.stash[_LOOKS] = looks, place
    means = Means(
        lambda: request.getfixturevalue("seal_instance"),
        looks.append,
        kept,
        "record" if record else "replay" if replay else "live",
    )

    def screen(image: object, *, frame: Frame | str | None = None, page: int | None = None) -> Screen:
        from ..memory.frames import Frame
        from .screen import Screen

        opened = Image.open(image, page=page)
        return Screen(opened, means, opened.box, Frame.of(frame, opened.size_wh))

    return screen


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what a failing test asked and was told; make of what is undecided what --seal-undecided says."""
    report = yield
    if not report.failed or _LOOKS not in item.stash:
        return report
    looks, place = item.stash[_LOOKS]
    error = call.excinfo.value if call.excinfo is not None else None
    choice = item.config.getoption("--seal-undecided")
    if isinstance(error, Undecided) and choice != "fail":
        report.outcome = "skipped"
        path, line, _ = item.location
        report.longrepr = (str(path), (line or 0) + 1, f"Skipped: {error}")
        if choice == "xfail":
            report.wasxfail = str(error)
        return report
    if looks:
        report.sections.append(("What SEAL was asked", _told(looks, place)))
    return report


def _told(looks: list[Look], place: Callable[[], Path]) -> str:
    """The last looks, a picture of each; nothing that goes wrong here hides why the test failed."""
    lines = [f"{len(looks) - MOST} earlier ones are left out."] if len(looks) > MOST else []
    try:
        folder = place()
        folder.mkdir(parents=True, exist_ok=True)
        for number, look in enumerate(looks[-MOST:], 1):
            picture = folder / f"{number:02}-{look.call}.png"
            look.picture().save(picture)
            lines.append(f"{look.words}\n  picture: {picture}")
    except Exception as error:  # a full disk, a screenshot that was deleted
        lines += [look.words for look in looks[-MOST:]]
        lines.append(f"No picture could be written: {error}")
    return "\n".join(lines)


def _folder(config: pytest.Config, named: str) -> Path:
    """A folder of the command line, from where pytest was started."""
    return config.invocation_params.dir / Path(named).expanduser()


def _file_name(nodeid: str) -> str:
    """The name of a test as that of a file, told apart from all others by its end."""
    plain = re.sub(r"[^\w.-]+", "_", nodeid)[-80:].strip("_.")
    return f"{plain}-{hashlib.sha256(nodeid.encode()).hexdigest()[:8]}"
