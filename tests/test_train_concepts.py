"""The table of icons, the words, the packages' cache."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from seal.memory.errors import InputError, MissingExtraError
from seal.train import packages
from seal.train.concepts import sparse, table
from seal.train.packages import Assets, IconFile, fetch
from seal.train.words import LANGUAGES, TERMS, prose


def test_the_table_is_large_and_every_word_names_one_concept() -> None:
    concepts = table().concepts
    assert len(concepts) >= 120
    named = Counter(word for name, concept in concepts.items() for word in (name, *concept.synonyms))
    assert [word for word, count in named.items() if count > 1] == []
    assert all(word == " ".join(word.lower().split()) for word in named)


def test_every_concept_is_drawn_by_several_sets() -> None:
    icons = table()
    assert sparse(icons) == {}
    assert len(icons.sets_of("train")) >= 5
    assert icons.sets_of("train") == icons.sets_of("eval")
    assert set(icons.sets_of("unseen")) == {"tabler", "ionicons"}
    assert sparse(icons, 1, "unseen") == {}
    assert {name for concept in icons.concepts.values() for name in concept.icons} <= set(icons.sets)
    assert all("@" in s.package[1:] and s.licence for s in icons.sets.values())


@pytest.mark.parametrize(
    ("word", "concept"),
    [("gear", "settings"), ("Cog", "settings"), ("  trash  can", "trash"), ("unicorn", None), ("", None)],
)
def test_a_word_names_a_concept(word: str, concept: str | None) -> None:
    assert table().named(word) == concept


def test_paths_follow_the_styles() -> None:
    icons = table()
    assert icons.paths("settings", "lucide") == {"outline": "icons/settings.svg"}
    assert set(icons.paths("star", "material")) == {"outline", "filled", "filled-round", "filled-sharp"}
    assert icons.paths("star", "material")["outline"] == "outlined/star_border.svg"
    assert icons.paths("shuffle", "octicons") == {}


def test_words_are_whole() -> None:
    assert {term.concept for term in TERMS} <= set(table().concepts)
    assert {len(term.texts) for term in TERMS} == {len(LANGUAGES)}
    assert {term.role for term in TERMS} == set("nasfm")
    assert all(all(prose(language)) for language in LANGUAGES)


def test_a_drawing_is_cleaned(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text(
        '<?xml version="1.0"?><!-- by someone --><svg xmlns="urn:x" width="24" height="24" class="a" id="b" '
        'viewBox="0 0 24 24"><path stroke-width="2" fill="#212121" d="M0 0"/></svg>'
    )
    assert IconFile("a", "s", "outline", tmp_path / "a.svg").svg() == (
        '<svg viewBox="0 0 24 24" fill="currentColor"><path stroke-width="2" fill="currentColor" d="M0 0"/></svg>'
    )


def test_an_empty_cache_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No icons of the split 'train'"):
        _ = Assets(tmp_path).icons


def test_fetching_needs_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match="apt-get install npm"):
        fetch(tmp_path / "cache")


def test_a_failed_fetch_says_why_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages.shutil, "which", lambda name: "npm")
    failed = subprocess.CompletedProcess([], 1, "", "npm error code E404\nnpm error no such package\n")
    monkeypatch.setattr(packages.subprocess, "run", lambda *a, **k: failed)
    with pytest.raises(InputError, match=r"could not fetch .*no such package"):
        fetch(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_is_in_the_cache_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*table().sets_of("unseen"), *packages.FRAMEWORKS):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(packages.shutil, "which", lambda name: None)
    assert fetch(tmp_path, "unseen").sheets == {}


def test_a_fetch_unpacks_drawings_and_licences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def npm(command: list[str], cwd: Path, **_: object) -> subprocess.CompletedProcess[str]:
        with tarfile.open(cwd / "some-1.0.0.tgz", "w:gz") as tar:
            for name in ("icons/outline/search.svg", "LICENSE", "dist/icons.js", "../../outside.svg"):
                data = tarfile.TarInfo(f"package/{name}")
                tar.addfile(data, io.BytesIO())
        return subprocess.CompletedProcess(command, 0, "some-1.0.0.tgz\n", "")

    monkeypatch.setattr(packages.shutil, "which", lambda name: "npm")
    monkeypatch.setattr(packages.subprocess, "run", npm)
    told: list[str] = []
    assets = fetch(tmp_path, "unseen", lambda package, done, total: told.append(f"{done}/{total} {package}"))
    assert told[0].startswith("0/5 @tabler/icons@")
    assert set(assets.icons) == {"tabler"}
    found = {
        str(path.relative_to(tmp_path / "tabler"))
        for path in (tmp_path / "tabler").rglob("*")
        if path.is_file()
    }
    assert found == {"icons/outline/search.svg", "LICENSE"}
    assert not list(tmp_path.rglob("outside.svg"))
