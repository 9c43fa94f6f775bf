#!/usr/bin/env python3
"""Make the example screens, documents and questions again.

    python make.py --work /tmp/examples            # everything
    python make.py --work /tmp/examples screens    # one step (packages, screens, documents, questions)

Needs npm, apt-get and dpkg-deb for the packages, Chromium and the Python packages playwright, pillow,
pypdfium2 and numpy for the rest. No page reaches the network while it is shown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from dataclasses import asdict
from pathlib import Path

import pypdfium2 as pdfium
from ground import Pages, write_questions
from heldout import HELDOUT
from icons import ICONS
from questions import QUESTIONS
from render import Word, chromium, pdf_bytes, pdf_words, render_page, take_screen
from sources import DEB_PACKAGES, DOCUMENTS, NPM_PACKAGES, SCREENS

HERE = Path(__file__).resolve().parent
STEPS = ("packages", "screens", "documents", "questions")
SETS = {"questions": QUESTIONS, "heldout": HELDOUT, "icons": ICONS}


def fetch_packages(packages: Path) -> None:
    """Download and unpack what is not there yet, one folder per package."""
    packages.mkdir(parents=True, exist_ok=True)
    for folder, spec in NPM_PACKAGES.items():
        target = packages / folder
        if target.exists():
            continue
        done = subprocess.run(
            ["npm", "pack", "--silent", spec], cwd=packages, check=True, capture_output=True, text=True
        )
        archive = packages / done.stdout.split()[-1]
        unpacked = packages / f".{folder}"
        unpacked.mkdir()
        subprocess.run(["tar", "-xzf", archive, "-C", unpacked], check=True)
        next(unpacked.iterdir()).rename(target)
        unpacked.rmdir()
        archive.unlink()
        print("unpacked", spec)
    for folder, spec in DEB_PACKAGES.items():
        target = packages / folder
        if target.exists():
            continue
        subprocess.run(["apt-get", "download", spec], cwd=packages, check=True, capture_output=True)
        archive = next(packages.glob(f"{spec.split('=')[0]}_*.deb"))
        subprocess.run(["dpkg-deb", "-x", archive.name, folder], cwd=packages, check=True)
        archive.unlink()
        print("unpacked", spec)


def save_words(words: dict[str, list[Word]], target: Path) -> None:
    """Write the words of an image (per page, "1" for a screen) as JSON."""
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = {page: [list(asdict(word).values()) for word in found] for page, found in words.items()}
    target.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")


def make_screens(packages: Path, words: Path, browser_path: str) -> None:
    """Take every screen."""
    folder = HERE / "screens"
    folder.mkdir(exist_ok=True)
    with chromium(browser_path) as browser:
        for screen in SCREENS:
            target = folder / f"{screen.name}.png"
            found = take_screen(browser, screen, packages, target)
            save_words({"1": found}, words / f"{screen.name}.json")
            print(target.name, target.stat().st_size, "bytes,", len(found), "words")


def make_documents(packages: Path, words: Path, browser_path: str) -> None:
    """Write every document: one page as PNG where a page is named, else the whole PDF."""
    folder = HERE / "documents"
    folder.mkdir(exist_ok=True)
    with chromium(browser_path) as browser:
        for document in DOCUMENTS:
            data = pdf_bytes(browser, document, packages)
            pdf = pdfium.PdfDocument(data)
            if document.page is None:
                target = folder / f"{document.name}.pdf"
                target.write_bytes(data)
                found = {str(n + 1): pdf_words(pdf, n + 1, document.dpi) for n in range(len(pdf))}
            else:
                target = folder / f"{document.name}.png"
                dpi = (document.dpi, document.dpi)
                render_page(pdf, document.page, document.dpi).save(target, optimize=True, dpi=dpi)
                found = {"1": pdf_words(pdf, document.page, document.dpi)}
            save_words(found, words / f"{document.name}.json")
            print(target.name, target.stat().st_size, "bytes,", sum(map(len, found.values())), "words")
            pdf.close()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"one or more of: {', '.join(STEPS)}")
    parser.add_argument("--work", type=Path, required=True, help="folder for packages and word boxes")
    parser.add_argument("--browser", default="/usr/bin/chromium", help="Chromium to use (%(default)s)")
    parser.add_argument("--sheets", type=Path, help="also draw contact sheets of the questions' boxes here")
    arguments = parser.parse_args()
    steps = arguments.steps or STEPS
    if unknown := set(steps) - set(STEPS):
        parser.error(f"unknown step: {', '.join(sorted(unknown))}")
    packages, words = arguments.work / "packages", arguments.work / "words"
    if "packages" in steps:
        fetch_packages(packages)
    if "screens" in steps:
        make_screens(packages, words, arguments.browser)
    if "documents" in steps:
        make_documents(packages, words, arguments.browser)
    if "questions" in steps:
        pages = Pages(HERE, words)
        for name, questions in SETS.items():
            write_questions(pages, name, questions, arguments.sheets)


if __name__ == "__main__":
    main()
