"""Small recordings that tests draw: frames, and videos and animations of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

WHITE, GREY, RED, GREEN, BLUE = "#ffffff", "#808080", "#c02020", "#20a040", "#2040c0"


def screen(*texts: str, size_wh: tuple[int, int] = (320, 180), ground: str = WHITE) -> PIL.Image.Image:
    """A screen with lines of text."""
    image = PIL.Image.new("RGB", size_wh, ground)
    draw, font = PIL.ImageDraw.Draw(image), PIL.ImageFont.load_default(20)
    for i, text in enumerate(texts):
        draw.text((20, 16 + 36 * i), text, "black", font)
    return image


def film(
    frames: Sequence[PIL.Image.Image],
    *,
    fps: int = 10,
    kind: str = "mp4",
    codec: str = "libx264",
    times: Sequence[float] | None = None,
    **options: str,
) -> bytes:
    """The frames as a video. times: seconds of each (default: `fps` a second)."""
    import av

    data = io.BytesIO()
    with av.open(data, "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        base = Fraction(1, fps) if times is None else Fraction(1, 1000)
        stream.codec_context.time_base = base
        for i, frame in enumerate(frames):
            shown = av.VideoFrame.from_image(frame)
            shown.pts = i if times is None else round(1000 * times[i])
            shown.time_base = base
            container.mux(stream.encode(shown))
        container.mux(stream.encode())
    return data.getvalue()


def animation(frames: Sequence[PIL.Image.Image], kind: str, durations_ms: Sequence[int]) -> bytes:
    """The frames as an animated GIF, PNG or WebP, without loss."""
    data = io.BytesIO()
    more: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    frames[0].save(
        data, kind, save_all=True, append_images=list(frames[1:]), duration=list(durations_ms), loop=0, **more
    )
    return data.getvalue()
