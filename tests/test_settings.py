"""Settings of the user: the environment before the file, the file before what is built in."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from seal.memory.errors import SettingError
from seal.settings import Settings


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
