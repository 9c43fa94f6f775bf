"""Make the pictures of the documentation again: the README's search as its trace page shows it.

    python docs/pictures.py        # needs the extra `test` and Chromium

The question is the README's; the picture is the page itself, in headless Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SCREEN = ROOT / "examples" / "screens" / "stisla-tables.png"
QUESTION = "What is the due date of Redesign homepage in the Sortable Table?"


def main() -> None:
    """Write docs/search.png."""
    from seal import Seal

    chromium = next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None
    )
    if chromium is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    result = Seal().ask(SCREEN, QUESTION)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = result.trace.save(Path(folder) / "search.html")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
        page.goto(page_file.as_uri())
        shot = Path(folder) / "search.png"
        page.screenshot(path=str(shot))
        browser.close()
        with Image.open(shot) as image:
            image.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(
                ROOT / "docs" / "search.png", optimize=True
            )
    print(f"docs/search.png: {result.answer} in {result.spend.looks} looks")


if __name__ == "__main__":
    main()
