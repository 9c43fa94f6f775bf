"""Icon sets and style sheets from the npm registry, in a cache folder that is never committed.

`npm pack` fetches a pinned version without running any of its scripts; only then is the network used. A folder
NAME in the cache is a whole package: it is unpacked beside its place and renamed when it is complete.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from ..measure.truth import Split
from ..memory.errors import InputError, MissingExtraError
from .concepts import Table, table

__all__ = [
    "Assets",
    "FRAMEWORKS",
    "IconFile",
    "UNSEEN_FRAMEWORKS",
    "default_cache",
    "fetch",
    "fetch_packages",
    "pack",
]

#: CSS frameworks: folder in the cache -> (npm package, licence, path of the sheet).
FRAMEWORKS = {
    "bootstrap": ("bootstrap@5.3.8", "MIT", "dist/css/bootstrap.min.css"),
    "bulma": ("bulma@1.0.4", "MIT", "css/bulma.min.css"),
    "pico": ("@picocss/pico@2.1.1", "MIT", "css/pico.min.css"),
}

#: Frameworks to measure on only: no page to train on has their looks.
UNSEEN_FRAMEWORKS = frozenset({"pico"})

#: What is unpacked of a package: drawings, sheets, licences.
_KEPT = re.compile(r"\.(svg|min\.css)$|/package\.json$|/licen[cs]e[^/]*$", re.IGNORECASE)
_BLACKS = re.compile(r'(fill|stroke)(="|:)(#000000|#000|#212121|#242424|#333333|#333|black)(?=["; ])')


def default_cache() -> Path:
    """The user's cache folder for fetched packages."""
    from platformdirs import user_cache_path

    return user_cache_path("seal") / "packages"


@dataclass(frozen=True, slots=True)
class IconFile:
    """One drawing of a concept: its set, style ("outline", "filled", "filled-round") and SVG file."""

    concept: str
    icon_set: str
    style: str
    path: Path

    def svg(self) -> str:
        """The drawing as inline SVG without size, ids and comments; black becomes `currentColor`."""
        text = re.sub(
            r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE.*?>", "", self.path.read_text("utf-8"), flags=re.DOTALL
        )
        head, end, body = text.strip().partition(">")
        head = re.sub(r'\s(?:width|height|id|class|style|xmlns|aria-\w+|data-\w+|role)="[^"]*"', "", head)
        if "fill=" not in head:
            head += ' fill="currentColor"'
        return _BLACKS.sub(r"\1\2currentColor", " ".join((head + end + body).split()))


class Assets:
    """What the cache holds for a split: icons by concept, and the sheets of the frameworks."""

    def __init__(self, cache: Path, split: Split = "train", icons: Table | None = None) -> None:
        self.cache = cache
        self.split = split
        self.table = icons or table()

    @cached_property
    def icons(self) -> dict[str, dict[str, tuple[IconFile, ...]]]:
        """Set -> concept -> its drawings, in the order of the table; sets that are not there are left out."""
        found: dict[str, dict[str, tuple[IconFile, ...]]] = {}
        for icon_set in self.table.sets_of(self.split):
            root = self.cache / icon_set
            drawn = {
                concept: tuple(
                    IconFile(concept, icon_set, style, root / path)
                    for style, path in self.table.paths(concept, icon_set).items()
                    if (root / path).is_file()
                )
                for concept in self.table.concepts
            }
            if any(drawn.values()):
                found[icon_set] = {concept: drawings for concept, drawings in drawn.items() if drawings}
        if not found:
            raise InputError(
                f"No icons of the split {self.split!r} are in {self.cache}; fetch them first (seal pages does)."
            )
        return found

    @cached_property
    def sheets(self) -> dict[str, str]:
        """Framework -> its style sheet, for those that are in the cache and that the split may show."""
        barred = UNSEEN_FRAMEWORKS if self.split == "train" else frozenset[str]()
        paths = {
            name: self.cache / name / sheet
            for name, (_, _, sheet) in FRAMEWORKS.items()
            if name not in barred
        }
        return {name: path.read_text("utf-8") for name, path in paths.items() if path.is_file()}


def fetch(
    cache: Path, split: Split = "train", on_package: Callable[[str, int, int], None] | None = None
) -> Assets:
    """The assets of a split, after fetching what the cache lacks; calls on_package(spec, done, all)."""
    wanted = {name: table().sets[name].package for name in table().sets_of(split)}
    wanted |= {name: package for name, (package, _, _) in FRAMEWORKS.items()}
    missing = {name: package for name, package in wanted.items() if not (cache / name).is_dir()}
    for done, (name, package) in enumerate(missing.items()):
        if on_package:
            on_package(package, done, len(missing))
        pack(cache, name, package)
    return Assets(cache, split)


def fetch_packages(
    cache: Path,
    packages: Mapping[str, str],
    kept: re.Pattern[str],
    on_package: Callable[[str, int, int], None] | None = None,
) -> None:
    """Fetch packages (folder in the cache -> name and version) that the cache lacks; of their files those `kept`."""
    missing = {name: package for name, package in packages.items() if not (cache / name).is_dir()}
    for done, (name, package) in enumerate(missing.items()):
        if on_package:
            on_package(package, done, len(missing))
        pack(cache, name, package, kept)


def pack(cache: Path, name: str, package: str, kept: re.Pattern[str] = _KEPT) -> None:
    """Fetch one package into the folder `name` of the cache; kept: which of its files."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingExtraError(
            f"Fetching {package} needs npm, which is not installed: apt-get install npm. "
            "Or give --cache a folder that already holds the packages."
        )
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=cache) as work:
            folder = Path(work)
            command = [npm, "pack", "--silent", "--ignore-scripts", package]
            run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            archive = next(folder.glob("*.tgz"), None)
            if run.returncode or archive is None:
                why = (run.stderr.strip().splitlines() or ["no archive came"])[-1]
                raise InputError(f"npm could not fetch {package}: {why}")
            with tarfile.open(archive) as tar:
                _unpack(tar, folder / "unpacked", kept)
            next((folder / "unpacked").iterdir()).rename(cache / name)
    except OSError as error:
        raise InputError(f"The cache folder {cache} cannot be written: {error}") from error


def _unpack(tar: tarfile.TarFile, into: Path, kept: re.Pattern[str]) -> None:
    """Write the files that are needed of an archive, none outside of the folder.

    (`TarFile.extractall` refuses such since Python 3.11.4 only.)
    """
    for member in tar:
        path = PurePosixPath(member.name)
        content = tar.extractfile(member) if member.isfile() and kept.search(member.name) else None
        if content is None or path.is_absolute() or ".." in path.parts:
            continue
        target = into / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read())
