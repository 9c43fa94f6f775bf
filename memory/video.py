"""Videos, frame by frame in the order in which they are shown, decoded by PyAV (extra `video`).

- What the file is decides the reader (`video_format` in `seal.memory.source`), which is never guessed: a list of other
  files is none of them. A reader that asks for another file or address gets none.
- Whoever made a file decides what it costs to decode: few kinds of streams are decoded, in two threads, none of more
  pixels than the limit, and the deadline in force is looked at after every packet.
- At `fps` times a second the frame is taken that is shown then, with the time at which it was first shown: of a
  recording whose frames come only where something changes, none that stays is missed.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import IO, TYPE_CHECKING, NoReturn

import numpy as np
from numpy.typing import NDArray

from .clock import clock
from .deadline import current
from .errors import ImageError, MissingExtraError
from .listed import listed
from .moving import NOISE, MovingPages, Shown, joined
from .source import check_size, one_line

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

__all__ = ["FPS", "first_frame", "video"]

FPS = 2.0
"""Frames of a video that are looked at in a second."""
THREADS = 2
MOST_FAULTS = 1000
"""Damaged packets that are passed over."""
CODECS = frozenset(
    listed("""
        av1, dirac, dnxhd, ffv1, flv1, gif, h261, h263, h264, hevc, huffyuv, mjpeg, mpeg1video, mpeg2video, mpeg4,
        msmpeg4v2, msmpeg4v3, png, prores, qtrle, rawvideo, theora, utvideo, vc1, vp8, vp9, vvc, webp, wmv1, wmv2, wmv3
        """)
)
"""Kinds of streams that are decoded, as FFmpeg names them."""


class _Frames:
    """The frames of a video at `fps` times a second. end: seconds at which it ends, as far as it could be decoded;
    promised: as its header says, None where it says nothing."""

    def __init__(self, file: IO[bytes], kind: str, name: str, max_pixels: int, fps: float) -> None:
        self._file, self._kind, self._name = file, kind, name
        self._max_pixels, self._fps = max_pixels, fps
        self.end = 0.0
        self.promised: float | None = None
        self.faults: list[str] = []

    def __iter__(self) -> Generator[Shown]:
        with _opened(self._file, self._kind, self._name) as container:
            stream = self._stream(container)
            if stream.duration is not None and stream.time_base is not None:
                self.promised = float(stream.duration * stream.time_base)
            elif container.duration is not None:
                self.promised = container.duration / 1_000_000
            held, due = None, 0.0
            latest: tuple[tuple[bytes, ...], NDArray[np.uint8]] | None = None
            for time, frame in self._timed(container, stream):
                if held is not None and time > due + 1e-6:
                    latest = self._rgb(held[1], latest)
                    yield Shown(held[0], latest[1])
                    due = math.ceil(time * self._fps - 1e-6) / self._fps
                held = time, frame
            if held is not None:  # how it ends is always looked at
                yield Shown(held[0], self._rgb(held[1], latest)[1])

    def _stream(self, container: InputContainer) -> VideoStream:
        """The stream of moving pictures, with the limits of its decoder set."""
        from av.stream import Disposition

        streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
        if not streams:
            raise ImageError(
                f"{self._name}: the file has no picture stream, only sound or data; give a video."
            )
        stream = streams[0]
        context = stream.codec_context
        if context.codec.name not in CODECS and context.codec.canonical_name not in CODECS:
            raise ImageError(
                f"{self._name}: streams of the kind {one_line(context.codec.name, 40)} are not decoded; convert it "
                "to H.264 (for example with ffmpeg)."
            )
        check_size((context.width, context.height), self._name, self._max_pixels, "scale the video down")
        context.thread_count = THREADS
        context.thread_type = "AUTO"
        context.options = {"max_pixels": str(min(self._max_pixels, 2**31 - 1))}
        return stream

    def _timed(self, container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, av.VideoFrame]]:
        """Every frame with its time, seconds from the first one; what is damaged is passed over."""
        import av

        first, packets = None, container.demux(stream)
        while True:
            current().check()
            try:
                packet = next(packets)
                if packet.is_corrupt:
                    self.faults.append("damaged packet")
                frames = packet.decode()
            except StopIteration:
                return
            except (av.FFmpegError, ValueError, OverflowError) as error:
                self.faults.append(one_line(getattr(error, "strerror", None) or error, 80))
                if len(self.faults) >= MOST_FAULTS or isinstance(error, av.EOFError):
                    return
                continue
            for frame in frames:
                if frame.is_corrupt:
                    self.faults.append("damaged frame")
                    continue
                said = self.end if frame.time is None else frame.time
                first = said if first is None else first
                time = max(said - first, self.end if frame.time is None else 0.0)
                base = stream.time_base if frame.time_base is None else frame.time_base
                lasts = float(frame.duration * base) if frame.duration and base is not None else 0.0
                self.end = max(self.end, time + lasts)
                check_size((frame.width, frame.height), self._name, self._max_pixels, "scale the video down")
                yield time, frame

    def _rgb(
        self, frame: av.VideoFrame, latest: tuple[tuple[bytes, ...], NDArray[np.uint8]] | None
    ) -> tuple[tuple[bytes, ...], NDArray[np.uint8]]:
        """The planes of a frame and its pixels, upright; those of the latest one where the planes are its own."""
        planes = (
            f"{frame.width}x{frame.height} {frame.format.name} {frame.rotation}".encode(),
            *(bytes(plane) for plane in frame.planes),
        )
        if latest is not None and planes == latest[0]:
            return latest
        pixels = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
        turns = round(frame.rotation / 90) % 4
        return planes, np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def video(file: IO[bytes], kind: str, name: str, max_pixels: int, fps: float | None) -> MovingPages:
    """The frames of a video as pages; neighbours that differ by no more than compression makes of them are one.

    kind: the reader, as FFmpeg names it. fps: frames that are looked at in a second; None for `FPS`.
    Raises MissingExtraError; ImageError: broken from the start, without pictures, over the limits.
    """
    _needs_av()
    frames = _Frames(file, kind, name, max_pixels, FPS if fps is None else fps)
    pages = joined(iter(frames), name, NOISE, lambda: frames.end)
    short = frames.promised is not None and frames.end < frames.promised - max(1.0, 0.02 * frames.promised)
    if not pages.faults and (short or frames.faults):
        of = f" of {clock(frames.promised)}" if frames.promised is not None and short else ""
        why = f" ({len(frames.faults)} faults, the first: {frames.faults[0]})" if frames.faults else ""
        pages.faults.append(
            f"{name}: the video is cut short or damaged{why}; it was seen up to {clock(frames.end)}{of}."
        )
    return pages


def first_frame(file: IO[bytes], kind: str, name: str, max_pixels: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB: how a video begins. Raises as `video`."""
    _needs_av()
    with closing(iter(_Frames(file, kind, name, max_pixels, FPS))) as frames:
        shown = next(frames, None)
    if shown is None:
        raise ImageError(f"{name}: there is no frame in it.")
    return shown.pixels


def _needs_av() -> None:
    """PyAV is there. Its logging stays off: FFmpeg's threads would wait for Python to log, while Python waits for them
    to end.
    """
    try:
        import av  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Videos need PyAV; run: pip install 'seal-visual-search[video]'.") from error


@contextmanager
def _opened(file: IO[bytes], kind: str, name: str) -> Iterator[InputContainer]:
    import av

    def refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
        raise PermissionError(f"{name} leads to another file ({one_line(url, 60)})")

    try:
        container = av.open(
            file,
            "r",
            format=kind,
            options={"protocol_whitelist": "none", "enable_drefs": "0"},
            io_open=refuse,
        )
    except (av.FFmpegError, ValueError, OSError) as error:
        raise ImageError(
            f"{name}: the video is broken or cut short at its start and cannot be opened "
            f"({one_line(getattr(error, 'strerror', None) or error, 80)})."
        ) from error
    with container:
        yield container
