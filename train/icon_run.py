"""`seal train icons`: from packages of drawings to the file of the open vocabulary, measured on what it never saw.

The words of the table are those of the drawings and the whole words of the general encoder's vocabulary, the commoner
ones. The probability is fitted on half of the pages of unseen styles; everything that is reported comes from the rest.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..agents.nano.phrases import FORMAT, load_phrases, tokens
from ..agents.nano.pictures import load_pictures, save_pictures
from ..memory.errors import InputError
from .icon_measure import POOLS, fit, found, pages, seen, table
from .icon_pack import TRAIN, Icons, copies, draw, gather, read_gathered
from .icon_sets import BRANDS, PACKAGES
from .icons import Both, Terms, icons_job, pairs_of
from .loop import Plan, Progress, plot
from .loop import fit as train_to_end
from .packages import fetch_packages
from .reader import base_folder, meanings

__all__ = ["Report", "evaluate", "general_vectors", "names_of", "prepare", "table_words", "train"]

MOST_WORDS = 22_000
COPY = 0.35
"""Share of drawings that a set held out has too, from which a set is left out of the training."""
_LEAST_SETS = 7
"""Sets that draw an icon of a name, from which it is told where nobody asks for one."""


@dataclass(frozen=True, slots=True)
class Report:
    """pool of `icon_measure.POOLS` -> figures of `icon_measure.table`; sets left out, as they copy ones held out."""

    figures: dict[str, dict[str, float]]
    left_out: tuple[str, ...]


def prepare(
    cache: Path,
    out: Path,
    workers: int,
    on_stage: Callable[[str, int, int], None] | None = None,
    every: int = 1,
) -> Icons:
    """All drawings, small; fetched and gathered where that is not done yet. Of those of the training one of `every`.

    What copies a set held out is left out: its split is none.
    """

    def stage(name: str, done: int, total: int) -> None:
        if on_stage:
            on_stage(name, done, total)

    gathered = out / "drawings.xz"
    if not gathered.is_file():
        out.mkdir(parents=True, exist_ok=True)
        fetch_packages(cache, PACKAGES, re.compile(r"\.(?:json|mjs)$|/licen[cs]e[^/]*$", re.I), stage)
        gather(cache, gathered, on_collection=stage)
    rows = [row for n, row in enumerate(read_gathered(gathered)) if row[0] != TRAIN or n % every == 0]
    icons = draw(rows, workers, lambda done, total: stage("drawing", done, total))
    copied = [name for name, share in copies(icons).items() if share > COPY]
    splits = np.where(np.isin(icons.sets, copied), len(POOLS) + 2, icons.splits).astype(np.uint8)
    return replace(icons, splits=splits)


def table_words(icons: Icons, vocabulary: list[str]) -> list[str]:
    """Words of drawings of two sets or more, the commonest first, then whole words of a vocabulary, at most 22,000."""
    count: Counter[str] = Counter()
    sets: dict[str, set[str]] = {}
    for name, words in zip(icons.sets, icons.words, strict=True):
        for token in {t for phrase in words for t in tokens(phrase)}:
            count[token] += 1
            sets.setdefault(token, set()).add(name)
    drawn = [w for w, _ in count.most_common() if len(sets[w]) >= 2 and len(w) <= 18]
    general = [w for w in vocabulary if re.fullmatch(r"[a-z]{2,}", w)]
    return list(dict.fromkeys(drawn + general))[:MOST_WORDS]


def general_vectors(words: list[str], base: Path, device: str = "cpu") -> Tensor:
    """(N, 384) float32, centred and of one length: what the untrained sentence encoder says of each word alone."""
    vectors = meanings([f"{word} icon" for word in words], base, device)
    made: Tensor = functional.normalize(vectors - vectors.mean(0), dim=1) * vectors.shape[1] ** 0.5
    return made


def names_of(icons: Icons) -> list[str]:
    """Names that many sets draw, and no brands: what an icon is called where nobody asks for a name."""
    sets: dict[str, set[str]] = {}
    for split, name, words in zip(icons.splits, icons.sets, icons.words, strict=True):
        if (
            split == TRAIN
            and name not in BRANDS
            and not re.search(r"\d", words[0])
            and len(words[0].split()) < 4
        ):
            sets.setdefault(words[0], set()).add(name)
    return sorted(name for name, those in sets.items() if len(those) >= _LEAST_SETS)


def train(
    icons: Icons,
    out: Path,
    plan: Plan,
    batch: int,
    *,
    on_step: Callable[[Progress], None] | None = None,
) -> Path:
    """Train on the icons, resuming where `out` stands; the file of weights, its probability not yet fitted."""
    base = base_folder()
    vocabulary = (base / "vocab.txt").read_text("utf-8").split()
    terms = Terms(table_words(icons, vocabulary), pairs_of(icons))
    job = icons_job(
        icons, terms, general_vectors(list(terms.words), base, plan.device), batch, plan.seed, plan.device
    )
    train_to_end(job, plan, out / "icons", on_step=on_step)
    plot(out / "icons", out / "loss.png")
    network = job.network.cpu().eval()
    assert isinstance(network, Both)
    with torch.no_grad():
        words, pairs = (t.numpy() for t in network.tables())
    path = out / "pictures.safetensors"
    save_pictures(
        path,
        network.pictures.state_dict(),
        (terms.words, words),
        (terms.pairs, pairs),
        names=names_of(icons),
        sharpness=float(network.sharpness.detach().exp()),
        weights=(1.0, 0.0, 0.0),
    )
    return path


def evaluate(path: Path, icons: Icons, count: int = 2000, device: str = "cpu") -> Report:
    """Fit the probability, write it into the file, and measure on other pages."""
    phrases, network = load_phrases(path), load_pictures(path, device)
    asked = {pool: pages(icons, pool, count) for pool in POOLS}
    rows = sorted({int(i) for made in asked.values() for page in made for i in page.icons})
    pictures = dict(zip(rows, seen(network, icons, rows, device=device), strict=True))
    half = len(asked["style unseen"]) // 2
    weights = fit(asked["style unseen"][:half], phrases, pictures)
    _rewrite(path, weights)
    fitted = replace(phrases, weights=weights)
    figures = {
        pool: table(found(made[half:] if pool == "style unseen" else made, fitted, pictures))
        for pool, made in asked.items()
    }
    report = Report(
        figures,
        tuple(sorted({n for n, s in zip(icons.sets, icons.splits, strict=True) if s > len(POOLS) + 1})),
    )
    (path.parent / "icons.json").write_text(json.dumps(report.figures, indent=1) + "\n", "utf-8")
    return report


def _rewrite(path: Path, weights: tuple[float, ...]) -> None:
    from safetensors import safe_open
    from safetensors.numpy import save_file

    with safe_open(path, "np") as opened:
        meta = dict(opened.metadata())
        tensors = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
    if meta.get("format") != FORMAT:
        raise InputError(f"{path} is no file of pictures in the format {FORMAT}.")
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, metadata=meta | {"weights": json.dumps(weights)})
    part.replace(path)
