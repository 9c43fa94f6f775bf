"""A screen recording of ten minutes that this script makes of the shipped example screens, and what is asked of it.

    python benchmarks/frames.py                 # ten minutes at 15 frames a second
    python benchmarks/frames.py --minutes 1
    python benchmarks/frames.py --noise         # by how much compression changes a screen that stands still

The recording shows three screens in turn, the third scrolled; a dialog is open and a spinner turns at known times. It
is encoded in a temporary folder, which is deleted. Asked is when each is seen; told are the answers beside the truth,
the frames that are new, what the networks were shown, seconds, CPU seconds, and the peak of memory.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from seal import Seal
from seal.agents.ocr_engine import Engine
from seal.memory.clock import clock
from seal.memory.image import open_document
from seal.memory.moving import EDGES, _around, _block_means, _contrast

SCREENS = Path(__file__).parents[1] / "examples" / "screens"
SIZE = (1280, 720)
FPS = 15
DIALOG, SPINNER = (0.41, 0.55), (0.0, 0.08)
"""When they are shown, shares of the recording."""


def screens() -> list[PIL.Image.Image]:
    """Views of the shipped screens."""
    views = []
    for name, at in (
        ("stisla-posts.png", (0, 0)),
        ("soft-ui-billing.png", (0, 0)),
        ("stisla-tables.png", (0, 300)),
    ):
        with PIL.Image.open(SCREENS / name) as opened:
            shown = opened.convert("RGB")
        wide = shown.resize((SIZE[0], round(shown.height * SIZE[0] / shown.width)))
        top = min(at[1], wide.height - SIZE[1])
        views.append(wide.crop((0, top, SIZE[0], top + SIZE[1])))
    return views


def with_dialog(screen: PIL.Image.Image) -> PIL.Image.Image:
    """The screen with an open dialog."""
    shown = screen.copy()
    draw = PIL.ImageDraw.Draw(shown)
    draw.rounded_rectangle((440, 240, 840, 460), 8, fill="white", outline="#444444", width=2)
    draw.text((470, 270), "Payment failed", "black", PIL.ImageFont.load_default(24))
    draw.text((470, 320), "Your card was declined.", "#333333", PIL.ImageFont.load_default(16))
    draw.rounded_rectangle((740, 400, 820, 440), 6, fill="#1668b8")
    draw.text((758, 410), "Dismiss", "white", PIL.ImageFont.load_default(16))
    return shown


def with_spinner(screen: PIL.Image.Image, turn: int) -> PIL.Image.Image:
    """The screen with a spinner and its words."""
    shown = screen.copy()
    draw = PIL.ImageDraw.Draw(shown)
    draw.rectangle((540, 600, 800, 680), fill="white", outline="#cccccc")
    draw.text((640, 628), "Synchronizing", "black", PIL.ImageFont.load_default(18))
    draw.arc((560, 618, 604, 662), turn * 45, turn * 45 + 270, fill="#1668b8", width=5)
    return shown


def recorded(seconds: float) -> Iterator[PIL.Image.Image]:
    """The frames of the recording."""
    views = screens()
    dialogs = [with_dialog(view) for view in views]
    spinners = [[with_spinner(view, turn) for turn in range(8)] for view in views]
    for i in range(round(seconds * FPS)):
        share = i / (seconds * FPS)
        which = min(2, int(share * 3))
        if DIALOG[0] <= share < DIALOG[1]:
            yield dialogs[which]
        elif SPINNER[0] <= share < SPINNER[1]:
            yield spinners[which][i // 2 % 8]
        else:
            yield views[which]


def encoded(path: Path, frames: Iterator[PIL.Image.Image], codec: str = "libx264", **options: str) -> None:
    """Write the frames as a video."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        latest, shown = None, None
        for i, frame in enumerate(frames):
            if frame is not latest or shown is None:
                latest, shown = frame, av.VideoFrame.from_image(frame)
            shown.pts, shown.time_base = i, Fraction(1, FPS)
            container.mux(stream.encode(shown))
        container.mux(stream.encode())


def noise() -> None:
    """Print by how much frames of a screen that stands still differ, the contrast around taken off."""
    views = screens()
    settings: list[tuple[str, dict[str, str]]] = [
        ("libx264", {"crf": "18"}),
        ("libx264", {"crf": "23"}),
        ("libx264", {"crf": "28"}),
        ("libx264", {"crf": "33", "preset": "veryfast"}),
        ("mpeg4", {"b": "4000000"}),
        ("libvpx-vp9", {"crf": "33", "b": "0", "deadline": "realtime", "cpu-used": "8"}),
    ]
    digit = views[0].copy()
    font = PIL.ImageFont.load_default(11)
    PIL.ImageDraw.Draw(digit).text((300, 300), "1,230.45", "#777777", font)
    other = views[0].copy()
    PIL.ImageDraw.Draw(other).text((300, 300), "1,280.45", "#777777", font)
    print("| codec | options | screen that stands still | a digit of 8 px changes |")
    print("| --- | --- | ---: | ---: |")
    for codec, options in settings:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "still.mkv"
            still = 0.0
            for view in views:
                encoded(path, iter([view] * 40), codec, g="15", **options)
                still = max(still, *_differences(path, range(1, 40, 3), 0))
            encoded(path, iter([digit] * 30 + [other] * 10), codec, g="15", **options)
            changed = max(_differences(path, [38], 28))
        told = " ".join(f"{name}={value}" for name, value in options.items())
        print(f"| {codec} | {told} | {still:.1f} | {changed:.1f} |")


def _differences(path: Path, frames: Any, reference: int) -> list[float]:
    import av

    with av.open(str(path)) as container:
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    told = []
    for i in frames:
        a, b = shown[reference], shown[i]
        squares = ((a.astype(np.int32) - b) ** 2).sum(axis=2)
        contrast = _around(np.minimum(_contrast(a), _contrast(b)), np.maximum)
        told.append(float((np.sqrt(_block_means(squares) / 3) - EDGES * contrast).max()))
    return told


def measure(minutes: float) -> None:
    """Make the recording, ask, and print what came of it."""
    seconds = minutes * 60
    shown = {"windows": 0, "lines": 0}
    probability, read = Engine._probability, Engine.read

    def counted(self: Engine, window: Any) -> Any:
        shown["windows"] += 1
        return probability(self, window)

    def counted_line(self: Engine, *given: Any) -> Any:
        shown["lines"] += 1
        return read(self, *given)

    Engine._probability, Engine.read = counted, counted_line  # type: ignore[method-assign]
    seal = Seal()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.mp4"
        encoded(path, recorded(seconds), crf="23")
        before, cpu, peak = time.perf_counter(), time.process_time(), _peak()
        document = open_document(path)
        opened, opened_cpu = time.perf_counter() - before, time.process_time() - cpu
        print(
            f"{minutes:g} minutes, {round(seconds * FPS):,} frames, {path.stat().st_size / 1e6:.1f} MB: "
            f"{len(document)} frames differ; opened in {opened:.1f} s, {opened_cpu:.1f} CPU s; "
            f"memory {peak} -> {_peak()} MB\n"
        )
        print("| asked | truth | answer | frames new | windows | lines | seconds | CPU s | memory MB |")
        print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
        for question, truth in (
            ("When does 'Payment failed' appear first?", DIALOG[0] * seconds),
            ("When is 'Payment failed' gone?", DIALOG[1] * seconds),
            ("How long is 'Payment failed' shown?", (DIALOG[1] - DIALOG[0]) * seconds),
            ("When does 'Synchronizing' disappear?", SPINNER[1] * seconds),
            ("When does 'Synchronizing' disappear? (asked again)", SPINNER[1] * seconds),
            ("When does 'Rain tomorrow' appear?", -1.0),
        ):
            shown.update(windows=0, lines=0)
            start, cpu = time.perf_counter(), time.process_time()
            result = seal.ask(document, question.partition(" (")[0])
            digests = {page.digest for page in document}
            print(
                f"| {question} | {'never' if truth < 0 else clock(truth)} | {result.answer} | {len(digests)} | "
                f"{shown['windows']} | {shown['lines']} | {time.perf_counter() - start:.1f} | "
                f"{time.process_time() - cpu:.1f} | {_peak()} |",
                flush=True,
            )


def _peak() -> int:
    """The most memory that this process had so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--noise", action="store_true")
    given = parser.parse_args()
    if given.noise:
        noise()
    else:
        measure(given.minutes)


if __name__ == "__main__":
    main()
