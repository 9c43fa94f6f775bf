"""Digests of files that are too large to be read for that.

Up to `WHOLE` bytes a file's digest is the SHA-256 of all of it. Beyond, it is that of its size, its first and its last
mebibyte, and `SAMPLES` blocks spread over the rest: two files of the same size that differ between those alone have the
same digest. Whoever changes a TIFF that is compressed changes the lengths of its tiles, which go into the digest too
(`more`); one that is not compressed can be changed unseen.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .deadline import current
from .disk import check_regular

__all__ = ["WHOLE", "file_digest"]

WHOLE = 256 << 20
EDGE = 1 << 20
SAMPLES, BLOCK = 64, 64 << 10


def file_digest(path: Path, more: bytes = b"") -> str:
    """The digest of a regular file, as hexadecimal digits. more: what else names its content, where not all is read.

    Raises OSError, OutOfTime.
    """
    check_regular(path)
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size <= WHOLE:
            sha = hashlib.sha256()
            while piece := file.read(EDGE):
                sha.update(piece)
                current().check()
            return sha.hexdigest()
        sha = hashlib.sha256(f"sampled {size}\n".encode() + more)
        step = (size - 2 * EDGE) // SAMPLES
        sha.update(file.read(EDGE))
        for i in range(SAMPLES):
            file.seek(EDGE + i * step)
            sha.update(file.read(BLOCK))
        file.seek(size - EDGE)
        sha.update(file.read(EDGE))
        return sha.hexdigest()
