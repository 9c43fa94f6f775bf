"""Training of the open vocabulary of icons: drawings and their words, looks, the loss, and what is measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
import torch

from seal.agents.nano.phrases import Phrases, Table, packed
from seal.train.icon_looks import looks
from seal.train.icon_measure import Page, fit, found, pages, table
from seal.train.icon_pack import BOTH, LEFT, SIDE, STYLE, TRAIN, WORDS, Icons, copies, gather, read_gathered
from seal.train.icon_run import names_of, table_words
from seal.train.icon_sets import COLLECTIONS, HELD_OUT, drawings, words_of
from seal.train.icons import Both, Terms, icons_job, pairs_of
from seal.train.loop import Plan
from seal.train.loop import fit as train

SHAPES = ("ring", "bar", "cross", "corner", "dot", "slash")


def shape(name: str) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """A drawing of one of `SHAPES`, (48, 48) ink."""
    picture = PIL.Image.new("L", (SIDE, SIDE))
    draw = PIL.ImageDraw.Draw(picture)
    if name == "ring":
        draw.ellipse((2, 2, 45, 45), outline=255, width=6)
    elif name == "bar":
        draw.rectangle((0, 18, 47, 30), fill=255)
    elif name == "cross":
        draw.line((24, 0, 24, 47), fill=255, width=7)
        draw.line((0, 24, 47, 24), fill=255, width=7)
    elif name == "corner":
        draw.line((4, 0, 4, 44, 47, 44), fill=255, width=7)
    elif name == "dot":
        draw.ellipse((0, 0, 47, 47), fill=255)
    else:
        draw.line((0, 47, 47, 0), fill=255, width=8)
    return np.asarray(picture)


def icons(copies_each: int = 4) -> Icons:
    """Shapes with their names; the last copy of each is of another set."""
    names = [name for name in SHAPES for _ in range(copies_each)]
    last = [i % copies_each == copies_each - 1 for i in range(len(names))]
    return Icons(
        np.stack([np.repeat(shape(name)[None], 4, 0) for name in names]),
        np.ones(len(names), np.bool_),
        np.array([STYLE if held else TRAIN for held in last], np.uint8),
        tuple("tabler" if held else f"set {i % 3}" for i, held in enumerate(last)),
        tuple((name, f"{name} drawing") for name in names),
    )


def collection(cache: Path, name: str, icons: dict[str, str], **more: object) -> None:
    folder = cache / "iconify" / "json"
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "prefix": name,
        "info": {"license": {"spdx": "MIT"}, "palette": False},
        "icons": {n: {"body": body} for n, body in icons.items()},
        "width": 24,
        "height": 24,
        **more,
    }
    (folder / f"{name}.json").write_text(json.dumps(told), "utf-8")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("trash-2-outline", "trash"),
        ("baseline-directions-walk", "directions walk"),
        ("arrow-up-left-bold-duotone", "arrow up left"),
        ("add-24-regular", "add"),
        ("menu02", "menu 02"),
        ("line", "line"),
        ("2", "2"),
    ],
)
def test_names_are_told_without_their_style(name: str, words: str) -> None:
    assert words_of(name) == words


def test_drawings_have_their_aliases_and_few_styles(tmp_path: Path) -> None:
    body = '<path d="M1.23456 2.5h3"/>'
    collection(
        tmp_path,
        "some",
        {"bin": body, "bin-outline": body, "bin-bold": body, "kite": body},
        aliases={"trash-can": {"parent": "kite"}, "kite-left": {"parent": "kite", "hFlip": True}},
    )
    made = list(drawings(tmp_path, "some", 2))
    assert sorted(d.words[0] for d in made) == ["bin", "bin", "kite"]
    assert next(d.words for d in made if d.name == "kite") == ("kite", "trash can")
    assert all('viewBox="0 0 24 24"' in d.svg and body in d.svg for d in made)


def test_copyleft_drawings_are_refused(tmp_path: Path) -> None:
    collection(tmp_path, "some", {"bin": "<path/>"}, info={"license": {"spdx": "GPL-3.0"}})
    with pytest.raises(ValueError, match="not permissive"):
        list(drawings(tmp_path, "some", 1))
    assert not set(HELD_OUT) & set(COLLECTIONS)


def test_what_is_for_measuring_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seal.train.icon_pack._unseen_words", lambda rows, rng: frozenset({"kite"}))
    collection(
        tmp_path,
        "some",
        {"bin": "<a/>", "red-kites": "<b/>", "toy": "<c/>"},
        aliases={"kite": {"parent": "toy"}},
    )
    (tmp_path / "tabler").mkdir()
    (tmp_path / "tabler" / "icons.json").write_text(json.dumps({"bin": {"tags": ["kite", 4]}}), "utf-8")
    collection(tmp_path, "tabler", {"bin": "<a/>", "kite": '<path d="M1.23456 2"/>'})
    collection(tmp_path, "ion", {})
    gather(tmp_path, tmp_path / "drawings.xz", {"some": 1})
    rows = {(d.collection, d.name): (split, d) for split, d in read_gathered(tmp_path / "drawings.xz")}
    assert {key: split for key, (split, _) in rows.items()} == {
        ("some", "bin"): TRAIN,
        ("some", "red kites"): WORDS,
        ("some", "toy"): LEFT,
        ("tabler", "bin"): STYLE,
        ("tabler", "kite"): BOTH,
    }
    assert "M1.23 2" in rows["tabler", "kite"][1].svg
    assert [s for s, _ in read_gathered(tmp_path / "drawings.xz", (WORDS,))] == [WORDS]


def test_copies_of_a_set_held_out_are_told() -> None:
    assert copies(icons()) == {"set 0": 1.0, "set 1": 1.0, "set 2": 1.0}
    other = icons()
    other.pictures[other.splits == TRAIN] = other.pictures[other.splits == TRAIN].transpose(0, 1, 3, 2)[
        ..., ::-1
    ]
    assert min(copies(other).values()) < 1.0


def test_looks_differ_and_are_the_same_again() -> None:
    some = icons()
    drawn = torch.from_numpy(some.pictures), torch.from_numpy(some.plain)
    first, again, other = (looks(*drawn, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert first.shape == (24, 32, 32, 3) and first.dtype == torch.uint8
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert (first.float().std((1, 2, 3)) > 2).float().mean() > 0.8


def test_words_and_pairs_are_those_of_the_training() -> None:
    some = icons()
    assert pairs_of(some, least=2) == [f"{name} drawing" for name in SHAPES]
    words = table_words(some, ["[PAD]", "##ing", "a", "zebra", "ring"])
    assert words[0] == "drawing" and set(words) == {"drawing", "zebra", *SHAPES}
    assert names_of(some) == []
    terms = Terms(words, ["ring drawing"])
    rows = terms.rows(["Ring drawing", "unheard of ring"])
    assert rows[0].tolist() == [
        words.index("ring") + 1,
        words.index("drawing") + 1,
        0,
        0,
        0,
        0,
        1,
        0,
        0,
        0,
        0,
    ]
    assert rows[1, :3].tolist() == [0, 0, words.index("ring") + 1]


def test_pictures_and_words_come_together(tmp_path: Path) -> None:
    some = icons()
    terms = Terms(table_words(some, []), pairs_of(some, least=2))
    general = torch.randn((len(terms.words), 384), generator=torch.Generator().manual_seed(0))
    job = icons_job(some, terms, general, batch=12)
    assert isinstance(job.network, Both)
    plan = Plan(12, rate=2e-3, warmup=2, log_every=4, save_every=12, autocast=False)
    told: list[float] = []
    assert train(job, plan, tmp_path, on_step=lambda done: told.append(done.losses["loss"]))
    assert told[-1] < told[0]
    words, pairs = job.network.tables()
    assert words.shape == (len(terms.words), 192) and pairs.shape == (len(terms.pairs), 192)


def test_a_page_has_the_icon_or_none_of_its_words() -> None:
    some = icons()
    made = pages(some, "style unseen", 6)
    assert [page.at >= 0 for page in made] == [True, False] * 3
    for page in made:
        fitting = [page.phrase in some.words[i] for i in page.icons]
        assert sum(fitting) == (page.at >= 0) and (page.at < 0 or fitting[page.at])


def test_the_probability_is_fitted_to_what_is_right() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 16)).astype(np.float32)
    names = tuple(f"n{i}" for i in range(40))
    bare = Phrases(
        Table({n: i for i, n in enumerate(names)}, *packed(vectors)),
        Table({}, *packed(vectors[:0])),
        names,
        np.zeros((0, 0), np.float32),
        8.0,
        (1.0, 0.0, 0.0),
    )
    phrases = replace(bare, likenesses=np.stack([bare.vector(n) for n in names]))
    seen = {
        i: phrases.vector(n) + rng.normal(scale=0.12, size=16).astype(np.float32) for i, n in enumerate(names)
    }
    made = []
    for n in range(60):
        here = rng.permutation(40)[:10]
        at = int(rng.integers(10)) if n % 2 else -1
        asked = here[at] if at >= 0 else np.setdiff1d(np.arange(40), here)[0]
        made.append(Page(here, names[asked], at))
    figures = table(found(made, replace(phrases, weights=fit(made, phrases, seen)), seen))
    assert figures["top 1"] > 0.8 and figures["precision 0.35"] > 0.8 and figures["false 0.6"] < 0.1
