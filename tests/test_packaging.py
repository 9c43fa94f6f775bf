"""What is asked of other people's packages: bounds for users, and one release of each for the README's tests."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_loader
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import ClassVar

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


def command(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A command of .ci as a module."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader(name, str(ROOT / ".ci" / name))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


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
    supply = command("supply", monkeypatch)
    assert supply.audited(told) == line


class Osv(BaseHTTPRequestHandler):
    """A service that speaks OSV's language and knows one vulnerability, of pillow."""

    asked: ClassVar[set[str]] = set()

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = query["package"]["name"]
        self.asked.add(f"{name}=={query['version']}")
        affected = {
            "package": {"name": name, "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999"}]}],
        }
        vulnerability = {"id": "TEST-2026-1", "summary": "a test", "affected": [affected]}
        body = json.dumps({"vulns": [vulnerability]} if name == "pillow" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.skipif(
    find_spec("pip_audit") is None, reason="pip-audit is installed in the stage 'extras' alone"
)
def test_every_pinned_release_is_asked_about_and_what_is_known_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supply = command("supply", monkeypatch)
    with ThreadingHTTPServer(("127.0.0.1", 0), Osv) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        told = supply.audit(f"http://127.0.0.1:{server.server_port}/v1/query")
        server.shutdown()
    assert len(Osv.asked) == len(LINES)
    pillow = pins(LINES)["pillow"]
    assert (
        told
        == f"pip-audit: {len(LINES)} releases asked about, 1 known vulnerabilities\n  pillow {pillow}: TEST-2026-1"
    )


MIT = """Copyright 2024 somebody

Permission is hereby granted, free of charge, to any
person obtaining a copy of this software and associated documentation files ..."""


@pytest.mark.parametrize(
    ("told", "texts", "licence"),
    [
        ("License-Expression: BSD-3-Clause\nLicense-File: LICENSE", {"LICENSE": MIT}, "BSD-3-Clause"),
        ("License-File: LICENSE", {"LICENSE": MIT}, "MIT"),
        (
            "License-File: A\nLicense-File: B",
            {"A": MIT, "B": "Apache License\nVersion 2.0, January 2004"},
            "Apache-2.0 AND MIT",
        ),
        ("License-File: A\nLicense-File: B", {"A": MIT, "B": "All rights reserved."}, ""),
        ("License-File: LICENSE", {}, ""),
        ("Summary: none", {"LICENSE": MIT}, ""),
    ],
)
def test_a_licence_that_is_not_stated_is_read(
    told: str, texts: dict[str, str], licence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "odd-1.0.dist-info"
    (folder / "licenses").mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: odd\nVersion: 1.0\n{told}\n", "utf-8")
    for name, text in texts.items():
        (folder / "licenses" / name).write_text(text, "utf-8")
    supply = command("supply", monkeypatch)
    package = importlib.metadata.Distribution.at(folder)
    assert supply.stated(package) == licence
    assert bool(supply.verdict(package)) == bool(licence)


def test_what_builds_is_pinned_within_the_bounds_of_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = command("build", monkeypatch)
    backend = Requirement(build.BACKEND)
    (users,) = map(
        Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]["requires"]
    )
    (pin,) = backend.specifier
    assert (backend.name, pin.operator) == (users.name, "==") and pin.version in users.specifier
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("a-1.dist-info/WHEEL", f"Wheel-Version: 1.0\nGenerator: setuptools ({pin.version})\n")
    assert build.maker(wheel) == build.BACKEND
