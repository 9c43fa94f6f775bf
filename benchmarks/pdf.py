"""What a question about a PDF costs: by its text layer, and by OCR as without one.

    python benchmarks/pdf.py          # rewrites its section of docs/benchmarks.md; some minutes, most of them OCR's

A manual of 16 pages (examples/documents), and 300 pages that are written here: chapters with a table of contents. Each
row is a process of its own, which answers five questions one after the other. Seconds are from the call to the answer,
loading of models included, that of Python and its packages not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
DOC, BEGIN, END = ROOT / "docs" / "benchmarks.md", "<!-- pdf:begin -->", "<!-- pdf:end -->"

MANUAL = ROOT / "examples" / "documents" / "mpich-user-guide.pdf"
QUESTIONS = {
    "manual": (
        ("On which page is section 4.2?", "6"),
        ('On which page is the heading "Taking checkpoints"?', "14"),
        ('Is there a section called "Quick Start"?', "yes"),
        ("Which version is on the title page?", "4.0.2"),
        ('Is there a section called "Installing on Windows"?', "no"),
    ),
    "300 pages": (
        ("On which page is section 14.3?", "146"),
        ('On which page is the heading "Section 27.2"?', "273"),
        ('Is there a heading "Section 3.1"?', "yes"),
        ('On which page is "Chapter 20"?', "197"),
        ('Is there a heading "Section 99.9"?', "no"),
    ),
}
WORDS = [
    "the",
    "system",
    "reads",
    "every",
    "page",
    "of",
    "a",
    "document",
    "and",
    "keeps",
    "what",
    "was",
    "found",
]


def three_hundred_pages() -> bytes:
    """Contents on 6 pages, then chapters 1 to 29 of ten pages each, sections of three pages, and 4 pages at the end."""
    draw, pages = random.Random(1), list[list[tuple[float, float, float, str]]]()
    heads = {7 + 10 * c: f"Chapter {c + 1}" for c in range(29)}
    heads |= {7 + 10 * c + 3 * s: f"Section {c + 1}.{s}" for c in range(29) for s in (1, 2, 3)}
    listed = sorted(heads.items())
    for number in range(1, 301):
        lines = [(72.0, 750.0, 9.0, f"A manual of 300 pages, page {number}")]
        if number <= 6:
            for k, (page, head) in enumerate(listed[20 * (number - 1) : 20 * number]):
                lines.append((72.0, 700.0 - 18 * k, 10.0, f"{head} {'. ' * 40} {page}"))
        else:
            if number in heads:
                lines.append((72.0, 710.0, 18.0, heads[number]))
            for k in range(42):
                text = " ".join(draw.choices(WORDS, k=13))
                lines.append((72.0, 680.0 - 14 * k, 10.0, f"{text}."))
        pages.append(lines)
    return _written(pages)


def _written(pages: list[list[tuple[float, float, float, str]]]) -> bytes:
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, lines in enumerate(pages):
        content = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for x, y, size, text in lines)
        packed = zlib.compress(content.encode())
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)
        )
    data, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    rows = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    return data + b"xref\n0 %d\n" % size + rows + tail


def cpu_seconds() -> float:
    """Of this process and of those that it has started."""
    here = psutil.Process()
    times = [each.cpu_times() for each in (here, *here.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def answer(name: str, file: Path, by_ocr: bool) -> list[dict[str, object]]:
    """The questions about one document, asked one after the other in this process."""
    from seal import Seal
    from seal.agents.fused import Fused
    from seal.agents.registry import load_localizer

    localizer = Fused([load_localizer("ocr"), load_localizer("nano")]) if by_ocr else None
    seal, told = Seal(localizer=localizer), []
    for question, right in QUESTIONS[name]:
        wall, cpu = time.perf_counter(), cpu_seconds()
        result = seal.ask(file, question)
        seconds = time.perf_counter() - wall, cpu_seconds() - cpu
        told.append({"seconds": seconds, "right": result.answer == right, "answer": result.answer})
    return told


def measured(name: str, file: Path, by: str, cache: Path) -> list[str]:
    """A row of the table, from a process of its own."""
    environment = {**os.environ, "SEAL_SECONDS": "600", "OMP_NUM_THREADS": "1"}
    environment |= {"SEAL_LOOK_CACHE": str(cache)} if by == "after `seal index`" else {}
    command = [sys.executable, __file__, "--answer", name, "--file", str(file)]
    command += ["--ocr"] if by == "OCR" else []
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    told = json.loads(run.stdout.splitlines()[-1])
    (wall, cpu), *further = (each["seconds"] for each in told)
    right = sum(each["right"] for each in told)
    medians = [statistics.median(column) for column in zip(*further, strict=True)]
    slowest = max(each[1] for each in further)
    numbers = [f"{v:.2f}" for v in (wall, cpu, *medians, slowest)]
    return [name, by, *numbers, f"{right}/{len(told)}"]


def main() -> None:
    """Measure, and rewrite the section; with --answer, be one of the processes that are measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--answer", choices=QUESTIONS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--ocr", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--without-ocr", action="store_true", help="leave the rows by OCR out")
    wanted = parser.parse_args()
    if wanted.answer:
        print(json.dumps(answer(wanted.answer, wanted.file, wanted.ocr)))
        return
    with tempfile.TemporaryDirectory() as folder:
        long, cache = Path(folder) / "300-pages.pdf", Path(folder) / "looks"
        long.write_bytes(three_hundred_pages())
        rows = []
        for name, file in (("manual", MANUAL), ("300 pages", long)):
            rows.append(measured(name, file, "text layer", cache))
            index = [sys.executable, "-m", "seal", "index", str(file), "--cache", str(cache)]
            subprocess.run(index, check=True, capture_output=True)
            rows.append(measured(name, file, "after `seal index`", cache))
        if not wanted.without_ocr:
            rows.append(measured("manual", MANUAL, "OCR", cache))
    head = "| document | read by | first: wall | CPU | further: wall | CPU | slowest, CPU | right |"
    lines = [head, "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    print("\n".join(lines))
    before, _, rest = DOC.read_text("utf-8").partition(BEGIN)
    DOC.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
