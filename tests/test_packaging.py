"""What is asked of other people's packages: bounds for users, and one release of each for the README's tests."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LINES = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = sorted({*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)})
TESTED = sorted({*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["dev"]})


def pins(lines: list[str]) -> dict[str, Version]:
    rows = (line.split("==") for line in lines)
    return {canonicalize_name(name): Version(version) for name, version in rows}


@pytest.mark.parametrize("line", REQUIREMENTS)
def test_users_get_a_lower_and_an_upper_bound(line: str) -> None:
    """From a release, up to the next major one of those that were tested."""
    wanted = Requirement(line)
    assert sorted(bound.operator for bound in wanted.specifier) == ["<", ">="]
    assert wanted.url is None
    (upper,) = (Version(bound.version) for bound in wanted.specifier if bound.operator == "<")
    assert len(upper.release) == 1
    tested = pins(LINES).get(canonicalize_name(wanted.name))
    assert tested is None or upper.major == tested.major + 1


@pytest.mark.parametrize("line", TESTED)
def test_the_tests_get_one_release_within_the_bounds(line: str) -> None:
    wanted = Requirement(line)
    assert pins(LINES)[canonicalize_name(wanted.name)] in wanted.specifier


def test_constraints_hold_on_any_machine() -> None:
    """Names and releases alone: no address, path, hash or build of one machine, nothing of CUDA, not this project."""
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9A-Za-z.]+", line)] == []
    names = [canonicalize_name(line.partition("==")[0]) for line in LINES]
    assert len(set(names)) == len(names)
    assert [name for name in names if name.startswith(("nvidia", "cuda", "triton", "seal"))] == []


def test_the_lowest_releases_are_those_of_the_bounds() -> None:
    run = subprocess.run([sys.executable, ".ci/lowest"], cwd=ROOT, capture_output=True, text=True, check=True)
    lowest = pins(run.stdout.splitlines())
    wanted = [Requirement(line) for line in (*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["serve"])]
    assert set(lowest) == {canonicalize_name(requirement.name) for requirement in wanted}
    assert [str(r) for r in wanted if f">={lowest[canonicalize_name(r.name)]}" not in str(r.specifier)] == []
    assert [str(r) for r in wanted if lowest[canonicalize_name(r.name)] not in r.specifier] == []


WARNS = """
import warnings
import pytest

@pytest.mark.parametrize(
    "kind", [DeprecationWarning, FutureWarning, PendingDeprecationWarning, UserWarning, RuntimeWarning]
)
def test_warns(kind):
    warnings.warn("said", kind)
"""


@pytest.mark.parametrize(
    ("options", "outcome"),
    [((), "2 failed, 3 passed, 3 warnings"), (("-W", "error"), "5 failed")],
    ids=["as users run them", "in the stage newest of .ci/run"],
)
def test_deprecations_of_others_fail_only_where_asked(
    options: tuple[str, ...], outcome: str, tmp_path: Path
) -> None:
    """With the settings of this project; every other warning always fails."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "test_warns.py").write_text(WARNS, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, "test_warns.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"= {outcome} in" in run.stdout.splitlines()[-1], run.stdout


SKIPPED, FINE = {"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "CVE-1"}]}


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ([], "pip-audit: NOTHING WAS ASKED, for whoever was reached knows none of 0 releases"),
        ([SKIPPED] * 2, "pip-audit: NOTHING WAS ASKED, for whoever was reached knows none of 2 releases"),
        ([FINE, BAD], "pip-audit: 2 releases asked about, 1 known vulnerabilities\n  c 2: CVE-1"),
        (
            [FINE, SKIPPED],
            "pip-audit: 1 releases asked about, 0 known vulnerabilities\n  1 could not be asked about",
        ),
    ],
)
def test_an_audit_that_asked_nobody_says_so(
    told: list[dict[str, object]], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("supply", str(ROOT / ".ci" / "supply"))
    spec = spec_from_loader("supply", loader)
    assert spec is not None
    supply = module_from_spec(spec)
    loader.exec_module(supply)
    assert supply.audited(told) == line
