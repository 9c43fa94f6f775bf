"""Show pages in Chromium without a network, take the screens, and read where each word is drawn."""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pypdfium2 as pdfium
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright
from sources import (
    FONT_WEIGHTS,
    MODULE_FOLDERS,
    REMOTE_STUBS,
    Document,
    Screen,
)

SITE = "http://pages.test/"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
]

# The page's clock starts on a fixed day and runs on, so that printed years stay and animations end.
FIXED_DAY = """
(() => {
  const Real = Date;
  const shift = Real.UTC(2026, 0, 15, 9) - Real.now();
  globalThis.Date = class extends Real {
    constructor(...parts) { if (parts.length) super(...parts); else super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  };
})();
"""

# Every visible word of the page: [text, x, y, width, height] in CSS pixels of the document.
READ_WORDS = r"""
() => {
  const shown = { opacityProperty: true, visibilityProperty: true };
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || /^(SCRIPT|STYLE|NOSCRIPT|TEXTAREA|OPTION)$/.test(parent.tagName)) continue;
    if (!parent.checkVisibility(shown) || parent.closest(".sr-only, .visually-hidden")) continue;
    const upper = getComputedStyle(parent).textTransform === "uppercase";
    for (const match of node.data.matchAll(/\S+/g)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const box = range.getClientRects()[0];
      if (!box || box.width < 1 || box.height < 1) continue;
      const text = upper ? match[0].toUpperCase() : match[0];
      words.push([text, box.x + scrollX, box.y + scrollY, box.width, box.height]);
    }
  }
  return words;
}
"""


@dataclass(frozen=True)
class Word:
    """A word and its box in pixels of the image (or of the page at the document's resolution)."""

    text: str
    x: float
    y: float
    width: float
    height: float


def _package_file(path: str, packages: Path) -> Path:
    """File of the unpacked packages that a path below the made-up site stands for."""
    if "/node_modules/" in path:
        wanted = path.split("/node_modules/", 1)[1]
        for module, folder in MODULE_FOLDERS.items():
            if wanted.startswith(module + "/"):
                return packages / folder / wanted[len(module) + 1 :]
    return packages / path


def _answer(route: Route, packages: Path) -> None:
    """Answer one request of the page from the packages; refuse what they do not hold."""
    url = route.request.url
    file: Path | None = None
    if url.startswith(SITE):
        file = _package_file(re.split(r"[?#]", url[len(SITE) :])[0], packages)
    else:
        stub = next((value for key, value in REMOTE_STUBS.items() if re.search(key, url)), "")
        what, _, name = stub.partition(":")
        if what == "font":
            sheets = [f"@import url({SITE}{name}/{weight}.css);" for weight in FONT_WEIGHTS]
            route.fulfill(body="\n".join(sheets), content_type="text/css")
            return
        if what == "sheet":
            link = f"<link rel=stylesheet href={SITE}{name}>"
            script = f"document.head.insertAdjacentHTML('beforeend', '{link}');"
            route.fulfill(body=script, content_type="text/javascript")
            return
    if file is not None and file.is_file():
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        route.fulfill(path=str(file), content_type=kind)
    else:
        route.abort()


@contextmanager
def chromium(executable: str) -> Iterator[Browser]:
    """A running Chromium, closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def _open(browser: Browser, url: str, packages: Path, width: int, height: int, scale: float) -> Page:
    """A page of the packages, loaded, its animations run out, with the clock set to a fixed day."""
    page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
    page.emulate_media(reduced_motion="reduce")
    page.add_init_script(FIXED_DAY)
    page.route("**/*", lambda route: _answer(route, packages))
    page.goto(SITE + url, wait_until="load", timeout=60_000)
    page.evaluate("() => document.fonts.ready.then(() => true)")
    page.wait_for_timeout(2_500)
    return page


def take_screen(browser: Browser, screen: Screen, packages: Path, target: Path) -> list[Word]:
    """Save a screen as PNG; return its words in pixels of the image."""
    page = _open(browser, screen.url, packages, screen.width, screen.height, screen.scale)
    shot = page.screenshot(full_page=screen.full_page, animations="disabled")
    rows = page.evaluate(READ_WORDS)
    page.close()
    image = Image.open(BytesIO(shot)).convert("RGB")
    image.save(target, optimize=True)
    words = [Word(row[0], *(screen.scale * value for value in row[1:])) for row in rows]
    return [word for word in words if _inside(word, image.size)]


def _inside(word: Word, size: tuple[int, int]) -> bool:
    """Whether the whole box of a word lies in the image."""
    return word.x >= 0 and word.y >= 0 and word.x + word.width <= size[0] and word.y + word.height <= size[1]


def pdf_bytes(browser: Browser, document: Document, packages: Path) -> bytes:
    """The PDF of a document: taken from its package, or printed from its HTML page."""
    if document.pdf:
        packed = packages / document.pdf
        return gzip.decompress(packed.read_bytes()) if packed.suffix == ".gz" else packed.read_bytes()
    page = _open(browser, document.html, packages, 1240, 1754, 1.0)
    page.emulate_media(media="print")
    printed = page.pdf(
        format="A4",
        margin={"top": "16mm", "bottom": "18mm", "left": "16mm", "right": "16mm"},
        print_background=True,
        display_header_footer=True,
        header_template="<span></span>",
        footer_template=document.footer,
    )
    page.close()
    return printed


def render_page(pdf: pdfium.PdfDocument, number: int, dpi: int) -> Image.Image:
    """Page ``number`` (from 1) of a PDF in 8-bit grey at a resolution."""
    image: Image.Image = pdf[number - 1].render(scale=dpi / 72, grayscale=True).to_pil()
    return image.convert("L")


def pdf_words(pdf: pdfium.PdfDocument, number: int, dpi: int) -> list[Word]:
    """Words of the text layer of page ``number`` (from 1), boxes in pixels at a resolution."""
    page = pdf[number - 1]
    height = page.get_height()
    layer = page.get_textpage()
    scale = dpi / 72
    words: list[Word] = []
    text = layer.get_text_range()
    if len(text) != layer.count_chars():
        raise ValueError(f"page {number}: text and characters do not line up")
    for match in re.finditer(r"\S+", text):
        boxes = [layer.get_charbox(index) for index in range(match.start(), match.end())]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        bottom, top = min(box[1] for box in boxes), max(box[3] for box in boxes)
        words.append(
            Word(
                match[0],
                scale * left,
                scale * (height - top),
                scale * (right - left),
                scale * (top - bottom),
            )
        )
    return words
