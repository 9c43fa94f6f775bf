"""The process that writes a pyramid, one PNG, JPEG or TIFF as a tiled TIFF with its coarser copies, and ends.

libvips streams, so that a strip of the image lies in memory and never all of it; what it may take is limited where the
platform can. It ends when its input does: it never outlives the program that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading

from .vips import vips, with_colours

__all__ = ["main"]

ROOM = 6 << 30
"""Bytes of address space."""
SIDE = 256
"""Pixels of a side of a tile."""


def main() -> None:
    """Read what to do from standard input, a line of JSON; tell percents, and in the end "done" or why not."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends this process
    _limit()
    told = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_listen, daemon=True).start()
    try:
        _write(told["source"], told["kind"], told["target"], told["quality"])
    except Exception as error:  # libvips, or no memory
        _say(" ".join(f"error {error}".split()))
    else:
        _say("done")
    os._exit(0)  # a reader that was cut off may hold up the threads of libvips


def _write(source: str, kind: str, target: str, quality: int | None) -> None:
    library = vips()
    load = {
        "png": library.Image.pngload,
        "jpeg": library.Image.jpegload,
        "tiff": library.Image.tiffload,
    }[kind]
    image = with_colours(load(source, access="sequential", fail_on="error"), library)
    image = image.copy()
    image.set_progress(True)
    last = [-1]

    def eval_(_: object, progress: object) -> None:
        percent = int(getattr(progress, "percent", 0))
        if percent != last[0]:
            last[0] = percent
            _say(str(percent))

    image.signal_connect("eval", eval_)
    how = {"compression": "deflate", "level": 1, "predictor": "horizontal"}
    if quality is not None:
        how = {"compression": "jpeg", "Q": quality}
    image.tiffsave(
        target, tile=True, tile_width=SIDE, tile_height=SIDE, pyramid=True, bigtiff=True, keep="none", **how
    )


def _say(words: str) -> None:
    try:
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()
    except OSError:
        os._exit(1)


def _listen() -> None:
    try:
        sys.stdin.buffer.read()
    finally:
        os._exit(1)


def _limit() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (ROOM, resource.getrlimit(resource.RLIMIT_AS)[1]))
