"""Shared by all tests: no real settings of the user's, no model hub."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("YOLO_OFFLINE", "true")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no SEAL_ variables and keep nothing in the user's folders."""
    for name in [n for n in os.environ if n.startswith("SEAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SEAL_PYRAMID_CACHE", str(tmp_path / "cache" / "seal" / "pyramids"))


@pytest.fixture(scope="session")
def tiny_vlm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """family -> folder of its tiny random checkpoint (`tiny_vlms`), built once a session."""
    from tiny_vlms import build

    root = tmp_path_factory.mktemp("vlms")
    return cache(lambda family: build(family, root / family))


@pytest.fixture(scope="session")
def tiny_yolo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `.pt` file of ultralytics that finds red squares and blue discs (`tiny_localizers`), trained once a session."""
    from tiny_localizers import train_yolo

    return train_yolo(tmp_path_factory.mktemp("yolo") / "tiny.pt")
