"""What README and guides say is true: Python blocks run, commands exist, links lead somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seal.cli.app import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.S | re.M)


EXAMPLES = [
    pytest.param(code, id=f"{page.name} {number + 1}")
    for page in PAGES
    for number, code in enumerate(blocks("python", page.read_text(encoding="utf-8")))
]


FRAMEWORKS = ("agents", "pydantic_ai")
"""Packages of extras that the tests do without; `agents` is not the folder of that name of this checkout."""


@pytest.mark.parametrize("code", EXAMPLES)
def test_python_examples_run(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [p for p in sys.path if Path(p or ".").resolve() != ROOT])
    for name in FRAMEWORKS:
        if f"from {name} import" in code:
            pytest.importorskip(name)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "example", "exec"), {})


def test_the_main_command_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The arguments of the README's first command, run in this process."""
    import shlex

    command = re.search(r"<!-- run: main -->\n```bash\n(.*?)\n```", README, flags=re.S)
    assert command is not None
    words = shlex.split(command[1].split("&& seal ")[1])
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0 and result.stdout.startswith("2018-04-10"), result.output
    assert (tmp_path / "search.html").stat().st_size > 10_000


def test_every_command_named_is_there() -> None:
    for name in set(re.findall(r"^seal (\w+)", "\n".join(blocks("text")), flags=re.M)):
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
