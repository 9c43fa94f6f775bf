"""The folder of a batch on an object store, behind fsspec: s3://bucket/name, gs://..., memory://...

- An object appears whole or not at all. A result is created where there is none, by a condition of the store's where
  its package offers one (s3fs, gcsfs); elsewhere it is looked whether there is one, and then written.
- Locks are of disks: nobody holds a lease here. One command at a time is meant; a second one works on the same items,
  and the first result of each stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ..memory.errors import InputError, MissingExtraError, SealError
from ..memory.source import one_line
from .folder import RESULTS, Folder, Outcome, unkept
from .items import Item

__all__ = ["ObjectFolder", "folder_at"]

AT_ONCE = 16
"""Objects that are read at once."""
_URL = re.compile(r"[a-z][a-z0-9+.-]+:/")


class _FileSystem(Protocol):
    """What is used of a file system of fsspec."""

    def ls(self, path: str, detail: bool) -> list[str]: ...
    def exists(self, path: str) -> bool: ...
    def cat_file(self, path: str) -> bytes: ...
    def pipe_file(self, path: str, value: bytes, mode: str = "overwrite") -> object: ...
    def mv(self, path1: str, path2: str) -> object: ...
    def invalidate_cache(self) -> object: ...


def folder_at(out: str | Path) -> Folder:
    """The folder with that path or URL. Raises InputError for a URL that nobody knows, MissingExtraError for one whose
    package is missing.
    """
    text = str(out)
    kind = text.partition("://")[0]
    if kind in ("file", "local"):
        return Folder(Path(text.removeprefix(f"{kind}://")))
    if "://" in text:
        return ObjectFolder(text.rstrip("/"))
    if isinstance(out, Path) and _URL.match(text):
        raise InputError(f"{text}: a URL is no path; give it as a str.")
    return Folder(Path(out).expanduser())


class ObjectFolder(Folder):
    """A batch under a URL."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._url = url
        self._fs, self._root = _file_system(url)

    def get_all(self, items: Iterable[Item]) -> Iterator[Outcome | None]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from pool.map(self.get, items)

    @contextmanager
    def lease(self, item: Item) -> Iterator[bool]:
        del item
        yield True

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _beside(self, number: int) -> Folder:
        return ObjectFolder(f"{self._url}-{number}")

    def _names(self) -> set[str]:
        with suppress(FileNotFoundError):
            return {path.rstrip("/").rpartition("/")[2] for path in self._fs.ls(self._root, detail=False)} - {
                ""
            }
        return set()

    @contextmanager
    def _prepared(self) -> Iterator[None]:
        yield

    def _finished(self) -> str | Path:
        return f"{self._url}/{RESULTS}"

    def _read(self, name: str) -> bytes:
        return self._fs.cat_file(self._at(name))

    def _exists(self, name: str) -> bool:
        return self._fs.exists(self._at(name))

    def _create(self, name: str, data: bytes) -> None:
        try:
            self._fs.pipe_file(self._at(name), data, mode="create")
        except FileExistsError:
            return
        except (NotImplementedError, TypeError, ValueError):  # of those without a condition
            if not self._exists(name):
                self._fs.pipe_file(self._at(name), data)

    def _replace(self, name: str, data: Iterable[bytes]) -> None:
        self._fs.pipe_file(self._at(name), b"".join(data))

    def _rename(self, name: str, other: str) -> None:
        self._fs.mv(self._at(name), self._at(other))

    @contextmanager
    def _complaints(self) -> Iterator[None]:
        try:
            yield
        except SealError:
            raise
        except Exception as error:  # packages have errors of their own
            raise unkept(self.path, one_line(f"{type(error).__name__}: {error}", 300)) from error


def _file_system(url: str) -> tuple[_FileSystem, str]:
    try:
        found, root = import_module("fsspec.core").url_to_fs(url, use_listings_cache=False)
    except ImportError as error:
        kind = url.partition("://")[0]
        raise MissingExtraError(f"{kind}:// needs a package of its own: {one_line(error, 200)}") from error
    except ValueError as error:
        raise InputError(
            f"{url}: a folder or a URL that fsspec knows is expected ({one_line(error, 200)})."
        ) from error
    return cast("_FileSystem", found), str(root).rstrip("/")
