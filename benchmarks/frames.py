"""A screen recording of ten minutes that this script makes of the shipped example screens, and what is asked of it.

    python benchmarks/frames.py                 # ten minutes at 15 frames a second
    python benchmarks/frames.py --minutes 1
    python benchmarks/frames.py --noise         # by how much compression changes a screen that stands still
    python benchmarks/frames.py --things        # dialogs, icons, switches, spinners: what a frame costs, what is right
    python benchmarks/frames.py --things --whole    # the same, with every new frame looked at as a whole
    python benchmarks/frames.py --cost          # what one new frame costs that is asked for one thing, in both ways

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


def encoded(
    path: Path,
    frames: Iterator[PIL.Image.Image],
    codec: str = "libx264",
    rate: int = FPS,
    **options: str,
) -> None:
    """Write the frames as a video."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=rate, options=options)
        stream.pix_fmt = "yuv420p"
        latest, shown = None, None
        for i, frame in enumerate(frames):
            if frame is not latest or shown is None:
                latest, shown = frame, av.VideoFrame.from_image(frame)
            if i == 0:
                stream.width, stream.height = frame.size
            shown.pts, shown.time_base = i, Fraction(1, rate)
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


# --- things -------------------------------------------------------------------------------------------------


WIDE = (1920, 1080)
STEPS, EACH, LOOKS = 13, 1.0, 2
"""Steps of a recording of things, seconds of each, and frames a second that are encoded and looked at."""
ASKED: tuple[tuple[str, str], ...] = (
    ("When does the dialog appear first?", "0:05.0"),
    ("When is the dialog gone?", "0:07.0"),
    ("How long is the dialog shown?", "0:02.0"),
    ("When does the error dialog appear first?", "0:06.0"),
    ("When does the spinner appear first?", "0:01.0"),
    ("When is the spinner gone?", "0:04.0"),
    ("When does the warning icon appear?", "0:04.0"),
    ("When is the warning icon gone?", "0:05.0"),
    ("When does the switch appear first?", "0:07.0"),
    ("When is the Wi-Fi switch turned on?", "0:09.0"),
    ("When is the Wi-Fi switch turned off?", "0:07.0"),
    ("When is the 'Remember me' checkbox ticked?", "0:11.0"),
    ("When does the snowflake icon appear?", "never"),
    ("When does the slider appear?", "cannot tell"),
)
"""Questions and what is right; "cannot tell" where eyes as these cannot rule out that it was there."""


def stepped(screen: PIL.Image.Image, step: int, turn: int) -> PIL.Image.Image:
    """A screen with what a step of the recording shows on it. turn: of the spinner."""
    shown = screen.copy()
    draw = PIL.ImageDraw.Draw(shown)
    big, small = PIL.ImageFont.load_default(26), PIL.ImageFont.load_default(18)
    if step in (1, 2, 3):
        draw.rounded_rectangle((880, 480, 1040, 620), 10, fill="white", outline="#cccccc")
        draw.arc((930, 520, 990, 580), turn * 40, turn * 40 + 270, fill="#1668b8", width=6)
    if step == 4:
        draw.rounded_rectangle((1380, 880, 1860, 960), 8, fill="#fff8e0", outline="#e0c060")
        draw.polygon(((1416, 940), (1440, 898), (1464, 940)), outline="#a06000", width=4)
        draw.line((1440, 912, 1440, 926), fill="#a06000", width=4)
        draw.ellipse((1438, 931, 1442, 935), fill="#a06000")
        draw.text((1490, 908), "Storage is almost full", "#604000", small)
    if step in (5, 6):
        draw.rounded_rectangle((660, 380, 1260, 700), 10, fill="white", outline="#444444", width=2)
        draw.text((700, 420), "Delete this post?" if step == 5 else "Error: no connection", "black", big)
        draw.text(
            (700, 490), "This cannot be brought back." if step == 5 else "Try it again later.", "#444", small
        )
        draw.rounded_rectangle((1100, 620, 1220, 668), 6, fill="#1668b8")
        draw.text((1160, 644), "Delete" if step == 5 else "Close", "white", small, anchor="mm")
    if 7 <= step <= 11:
        draw.rounded_rectangle((1240, 200, 1640, 480), 10, fill="white", outline="#cccccc")
        for row, (text, on) in enumerate((("Wi-Fi", step >= 9), ("Bluetooth", True), ("Updates", True))):
            y = 230 + 60 * row
            draw.text((1280, y), text, "black", small)
            draw.rounded_rectangle((1540, y, 1588, y + 26), 13, fill="#1668b8" if on else "#b5b5b5")
            x = 1564 if on else 1542
            draw.ellipse((x, y + 2, x + 22, y + 24), fill="white")
        draw.rectangle((1280, 420, 1302, 442), outline="#555555", width=2, fill="white")
        if step >= 11:
            draw.rectangle((1280, 420, 1302, 442), fill="#1668b8")
            draw.line((1285, 431, 1290, 437, 1298, 425), fill="white", width=3)
        draw.text((1316, 420), "Remember me", "black", small)
    return shown


def things(whole: bool, names: list[str]) -> None:
    """Ask recordings of the shipped screens for things, and print what is right and what a frame costs."""
    from seal.screen.timeline import watch
    from seal.screen.timeline.questions import answered, time_question

    if whole:
        watch.Following.after = staticmethod(lambda image: image)  # type: ignore[method-assign, assignment]
    asked = [(question, truth, time_question(question)) for question, truth in ASKED]
    phrases = list(dict.fromkeys(each.phrase for _, _, each in asked if each is not None))
    print("| screen | question | right | answer | is it |")
    print("| --- | --- | --- | --- | --- |")
    right = 0
    costs: list[float] = []
    frames_told = 0
    for name in names:
        with PIL.Image.open(SCREENS / name) as opened:
            screen = opened.convert("RGB").resize(WIDE)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "things.mp4"
            count = round(STEPS * EACH * LOOKS)
            frames = (stepped(screen, int(i / LOOKS / EACH), i) for i in range(count))
            encoded(path, frames, crf="20", rate=LOOKS)
            document = open_document(path, fps=LOOKS)
            marks: list[float] = []
            told = Seal().timeline(
                document, phrases, on_frame=lambda _, marks=marks: marks.append(time.process_time())
            )
            frames_told += told.looked
        costs += np.diff(marks).tolist()  # without the first frame, which loads the models
        for question, truth, each in asked:
            assert each is not None
            said = answered(each, told.of(each.phrase)).answer.text
            right += said == truth
            print(
                f"| {name} | {question} | {truth} | {said} | {'yes' if said == truth else 'NO'} |", flush=True
            )
    print(
        f"\n{right} of {len(names) * len(asked)} right; {len(phrases)} things looked for at once; "
        f"CPU s a frame after the first: median "
        f"{np.median(costs):.2f}, mean {np.mean(costs):.2f}; {frames_told} frames differ"
    )


def cost() -> None:
    """Print the CPU seconds of a new frame of 1080p in which something small, or a dialog, changed."""
    from seal.memory.following import Following
    from seal.memory.image import Image
    from seal.screen.presence import text_presence

    with PIL.Image.open(SCREENS / "stisla-posts.png") as opened:
        screen = opened.convert("RGB").resize(WIDE)
    shots = [
        stepped(screen, step, turn) for step, turn in ((0, 0), (1, 0), (5, 0), (1, 1), (6, 0), (1, 2), (7, 0))
    ]
    print("| a new frame is | looked for | CPU s, median | each |")
    print("| --- | --- | ---: | --- |")
    for way in ("looked at where it changed", "looked at as a whole"):
        seal, spent = Seal(), []
        for shot in shots:
            image = Image.open(shot)
            start = time.process_time()
            text_presence(seal, Following.after(image) if "where" in way else image, "warning icon")
            spent.append(time.process_time() - start)
        later = spent[3:]  # the first ones load the models, and make them ready for each size of view
        each = ", ".join(f"{one:.2f}" for one in later)
        print(f"| {way} | warning icon | {np.median(later):.2f} | {each} |", flush=True)


def _peak() -> int:
    """The most memory that this process had so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--noise", action="store_true")
    parser.add_argument("--things", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--screens", nargs="+", default=["stisla-posts.png", "soft-ui-billing.png"])
    given = parser.parse_args()
    if given.noise:
        noise()
    elif given.cost:
        cost()
    elif given.things:
        things(given.whole, given.screens)
    else:
        measure(given.minutes)


if __name__ == "__main__":
    main()
