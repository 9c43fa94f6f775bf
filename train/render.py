"""Pages to images and truth: one headless Chromium for many pages.

An icon's box is what its pixels are: the page is taken twice, with its icons and without, and the box holds the
pixels that differ; so is the box of a widget that a style sheet draws beside its label (`data-paint`). That is exact
for strokes, antialiasing, device scale, clips and badges on top, and costs one more picture. All else comes from the
layout (`extract.js`), multiplied by the device scale.
"""

from __future__ import annotations

import base64
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from ..measure.truth import XYWH, Icon, PageTruth, Region, TextLine, Widget
from ..memory.errors import AgentError, MissingExtraError
from .pages import PageSpec

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray
    from playwright.sync_api import Browser, CDPSession, Playwright, ViewportSize

__all__ = ["BROWSERS", "ImageFormat", "Shot", "Studio", "painted_box"]

ImageFormat = Literal["png", "webp"]

#: Commands that may be Chromium, the first that is installed is used.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--force-color-profile=srgb",
    "--disable-lcd-text",
)
_HIDE = """() => {
  const sheet = document.createElement("style");
  sheet.textContent = "[data-s=icon] *,[data-paint]::before,[data-paint]::after,"
    + "[data-paint] *::before,[data-paint] *::after,"
    + "[data-paint=whole],[data-paint=whole] *{visibility:hidden!important}";
  document.head.append(sheet);
}"""
#: Least difference (of 255) of a painted pixel, and its least share of the icon's strongest difference.
_INK, _SHARE, _FAINT = 6, 0.12, 18
#: CSS pixels that a slider's handle may reach beyond its element.
_BEYOND = 10


@dataclass(frozen=True, slots=True)
class Shot:
    """A rendered page: the image (RGB) and what it shows."""

    image: PIL.Image.Image
    truth: PageTruth

    def save(self, folder: Path) -> None:
        """Write the image, then NAME.json: where the JSON is, the image is complete."""
        path = folder / self.truth.image
        if path.suffix == ".webp":
            self.image.save(path, lossless=True, quality=0, method=1)
        else:
            self.image.save(path, compress_level=4)
        self.truth.save(folder / f"{self.truth.name}.json")


class Studio:
    """A running Chromium; a context manager. `executable`: path of the browser, found on PATH when None.

    All that talks to the browser runs in one thread of its own: playwright's plain interface refuses a thread
    with an event loop, as a notebook has.
    """

    def __init__(self, executable: str | None = None) -> None:
        self.executable = executable
        self._thread: ThreadPoolExecutor | None = None
        self._browser: Browser
        self._playwright: Playwright

    def __enter__(self) -> Studio:
        self._thread = ThreadPoolExecutor(1, "seal-studio")
        try:
            self._thread.submit(self._start).result()
        except BaseException:
            self._thread.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread is not None:
            self._thread.submit(self._stop).result()
            self._thread.shutdown()

    def shoot(self, spec: PageSpec, image_format: ImageFormat = "png") -> Shot:
        """Render one page and read its truth."""
        if self._thread is None:
            raise AgentError("The studio is closed; open it with `with Studio() as studio:`.")
        return self._thread.submit(self._shoot, spec, image_format).result()

    def _start(self) -> None:
        try:
            from playwright.sync_api import Error, sync_playwright
        except ImportError as error:
            raise MissingExtraError(
                "Rendering pages needs playwright: pip install 'seal-visual-search[train]'."
            ) from error
        found = self.executable or next(filter(None, map(shutil.which, BROWSERS)), None)
        if found is None:
            raise MissingExtraError(
                "Rendering pages needs Chromium, which is not installed: apt-get install chromium."
            )
        self._playwright = sync_playwright().start()
        try:
            self._browser = self._playwright.chromium.launch(executable_path=found, args=list(_FLAGS))
        except Error as error:
            self._playwright.stop()
            why = str(error).strip().splitlines()[0]
            raise MissingExtraError(
                f"Chromium ({found}) does not start: {why} Install it again: apt-get install chromium."
            ) from error

    def _stop(self) -> None:
        self._browser.close()
        self._playwright.stop()

    def _shoot(self, spec: PageSpec, image_format: ImageFormat) -> Shot:
        import numpy as np
        from playwright.sync_api import Error

        width, height = spec.size_wh
        size: ViewportSize = {"width": width, "height": height}
        try:
            context = self._browser.new_context(viewport=size, reduced_motion="reduce", offline=True)
            try:
                page = context.new_page()
                session = context.new_cdp_session(page)  # forgets a scale that is set before
                metrics = {**size, "deviceScaleFactor": spec.scale, "mobile": False}
                session.send("Emulation.setDeviceMetricsOverride", metrics)
                page.set_content(spec.html, wait_until="load")
                page.evaluate("() => document.fonts.ready.then(() => true)")
                page.evaluate("() => window.mark?.()")  # what a library's script has made
                read = page.evaluate(files(__package__).joinpath("extract.js").read_text("utf-8"))
                image = _capture(session)
                page.evaluate(_HIDE)
                bare = _capture(session)
            finally:
                context.close()
        except Error as error:
            why = str(error).strip().splitlines()[0]
            raise AgentError(f"Chromium failed at the page {spec.name}: {why}") from error
        pixels: tuple[NDArray[np.uint8], NDArray[np.uint8]] = (np.asarray(image), np.asarray(bare))
        return Shot(image, _truth(spec, read, image.size, pixels, f"{spec.name}.{image_format}"))


def _capture(session: CDPSession) -> PIL.Image.Image:
    import PIL.Image

    shot = session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
    return PIL.Image.open(BytesIO(base64.b64decode(shot["data"]))).convert("RGB")


def painted_box(
    with_icon: NDArray[np.uint8], without: NDArray[np.uint8], xywh: XYWH, margin: int = 1
) -> XYWH | None:
    """Whole-pixel box of the pixels that an icon paints, inside its layout box grown by `margin` pixels.

    with_icon, without: (height, width, 3) RGB of the whole image. None when the icon cannot be told from what
    lies behind it.
    """
    import numpy as np

    height, width = with_icon.shape[:2]
    x0, y0 = max(0, int(xywh[0]) - margin), max(0, int(xywh[1]) - margin)
    x1 = min(width, int(-(-(xywh[0] + xywh[2]) // 1)) + margin)
    y1 = min(height, int(-(-(xywh[1] + xywh[3]) // 1)) + margin)
    if x1 <= x0 or y1 <= y0:
        return None
    a, b = (image[y0:y1, x0:x1].astype(np.int16) for image in (with_icon, without))
    difference = np.abs(a - b).max(axis=2)
    strongest = int(difference.max())
    if strongest < _FAINT:
        return None
    ink = difference >= max(_INK, _SHARE * strongest)
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    left, top = int(columns[0]), int(rows[0])
    return (
        float(x0 + left),
        float(y0 + top),
        float(int(columns[-1]) - left + 1),
        float(int(rows[-1]) - top + 1),
    )


def _truth(
    spec: PageSpec,
    read: dict[str, Any],
    size_wh: tuple[int, int],
    pixels: tuple[NDArray[np.uint8], NDArray[np.uint8]],
    image: str,
) -> PageTruth:
    """The truth of a page, in image pixels, from what the browser said and painted."""

    def scaled(xywh: list[float]) -> XYWH:
        x0, y0 = max(0.0, xywh[0] * spec.scale), max(0.0, xywh[1] * spec.scale)
        x1 = min(float(size_wh[0]), (xywh[0] + xywh[2]) * spec.scale)
        y1 = min(float(size_wh[1]), (xywh[1] + xywh[3]) * spec.scale)
        return round(x0, 2), round(y0, 2), round(max(0.0, x1 - x0), 2), round(max(0.0, y1 - y0), 2)

    icons: list[Icon] = []
    places: dict[int, int] = {}
    for number, row in enumerate(read["icons"]):
        box = painted_box(*pixels, scaled(row["xywh"]))
        if box is not None:
            places[number] = len(icons)
            icons.append(Icon(**row | {"xywh": box}))
    widgets: list[Widget] = []
    for row in read["widgets"]:
        place: XYWH | None = scaled(row["xywh"])
        if (painted := row.pop("painted")) and place is not None:
            place = painted_box(*pixels, place, round(_BEYOND * spec.scale) if painted == "whole" else 1)
        if place is not None:
            widgets.append(Widget(**row | {"xywh": place, "icon": places.get(row["icon"])}))
    return PageTruth(
        name=spec.name,
        split=spec.split,
        seed=spec.seed,
        index=spec.index,
        kind=spec.kind,
        framework=spec.theme.framework,
        theme=spec.theme.name,
        language=spec.language,
        font=spec.theme.font,
        scale=spec.scale,
        size_wh=size_wh,
        image=image,
        icons=tuple(icons),
        widgets=tuple(widgets),
        regions=tuple(Region(**row | {"xywh": scaled(row["xywh"])}) for row in read["regions"]),
        lines=tuple(TextLine(**row | {"xywh": scaled(row["xywh"])}) for row in read["lines"]),
        ignored=tuple(scaled(xywh) for xywh in read["ignored"]),
    )
