"""Settings of the user: the environment before the file, the file before what is built in."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import platformdirs
import pytest

from seal.agents.fake import FakeLocalizer, ScriptedVQA
from seal.memory.errors import SettingError
from seal.memory.store import MemoryStore
from seal.orchestrator import Seal
from seal.search.policies import POLICIES
from seal.settings import Budget, SearchSettings, Settings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def file() -> Path:
    folder = platformdirs.user_config_path("seal")
    folder.mkdir(parents=True)
    return folder / "config.toml"


def test_without_a_file_the_defaults_hold() -> None:
    assert Settings.load() == Settings()


def test_the_environment_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('policy = "whole"\nlooks = 7\nstore = "runs"\n')
    assert Settings.load() == Settings(policy="whole", looks=7, store=Path("runs"))
    monkeypatch.setenv("SEAL_LOOKS", "9")
    monkeypatch.setenv("seal_dpi", "150")
    monkeypatch.setenv("SEAL_API_KEY", "no setting")
    assert Settings.load() == Settings(policy="whole", looks=9, store=Path("runs"), dpi=150.0)


FOLDERS = sorted(name for name, field in Settings.model_fields.items() if "Path" in str(field.annotation))


@pytest.mark.parametrize("empty", ["", " ", "\t"])
@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_an_empty_variable_is_as_one_that_is_not_set(
    name: str, empty: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SEAL_{name.upper()}", empty)
    assert Settings.load() == Settings()
    if name in FOLDERS:
        file.write_text(f'{name} = "there"\n')
        assert getattr(Settings.load(), name) == Path("there")
        file.write_text(f"{name} = {empty!r}\n".replace("'", '"'))
        assert getattr(Settings.load(), name) is None


def test_nothing_is_kept_in_the_current_folder_unless_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert FOLDERS == ["look_cache", "store"]
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    for name in FOLDERS:
        monkeypatch.setenv(f"SEAL_{name.upper()}", "")
    Seal(ScriptedVQA([], []), FakeLocalizer({}))
    with pytest.raises(SettingError, match="named by its folder"):
        MemoryStore("")
    assert list(here.iterdir()) == []
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in FOLDERS:
        monkeypatch.setenv(f"SEAL_{name.upper()}", f"~/{name}")
    assert [getattr(Settings.load(), name) for name in FOLDERS] == [
        tmp_path / "home" / name for name in FOLDERS
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("looks = many", r"config\.toml cannot be read"),
        ('looks = "many"', r"config\.toml\): looks = 'many'"),
        ("look = 3", r"config\.toml\): look = 3: extra inputs"),
        ("\x00", r"config\.toml cannot be read"),
    ],
)
def test_a_wrong_file_is_one_line(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingError, match=said) as caught:
        Settings.load()
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_told(file: Path) -> None:
    file.write_bytes(b"policy = \xff")
    with pytest.raises(SettingError, match=r"config\.toml cannot be read"):
        Settings.load()


def test_the_page_of_settings_is_what_the_model_says() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    printed = runpy.run_path(str(ROOT / "docs" / "settings.py"))["page"]()
    assert page == printed, "run: python docs/settings.py > docs/settings.md"
    assert all(field.description for field in Settings.model_fields.values())
    (example,) = re.findall(r"^```toml\n(.*?)^```", page, flags=re.S | re.M)
    assert Settings(**tomllib.loads(example)).looks == 32


def test_every_variable_that_the_code_names_is_on_the_page() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    named = {
        name
        for floor in ("memory", "agents", "seal", "train")
        for path in (ROOT / floor).rglob("*.py")
        for name in re.findall(r"\b(?:SEAL|OPENAI|YOLO)_[A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }
    assert "SEAL_API_KEY" in named
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_page_names_every_policy() -> None:
    description = Settings.model_fields["policy"].description or ""
    assert set(re.findall(r"[a-z-]+", description)) >= set(POLICIES)


@pytest.mark.parametrize("wrong", [{"seconds": True}, {"looks": False}, {"rounds": True}])
def test_truth_values_are_no_numbers(wrong: dict[str, bool]) -> None:
    with pytest.raises(SettingError, match="no truth value"):
        Budget(**wrong)
    assert SearchSettings(verify=False).verify is False
