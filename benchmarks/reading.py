"""How well questions are read that nobody had seen who wrote the grammar: kind, spans, and both; and how fast.

    python benchmarks/reading.py                                       # the table of tests/data/reading_*.jsonl
    python benchmarks/reading.py FILE --misses                         # and what was misread; afterwards FILE is "seen"
    python benchmarks/reading.py --meaning                             # which label is nearest to a question

A line of a file is {"q": question, "kind": ..., "spans": [[role, words], ...]}, spans in the order of the question.
"spans" counts questions whose roles and words are all the same, articles and quotes aside; "half" the share of single
spans that are, over what was read and what is right (F1). "ready" is the processor
time from nothing imported to the first reading, in a fresh process, the best of five; "ms" that of a question, the
median.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from seal.agents.reader.reader import WEIGHTS, Reader

ARTICLES = {"the", "a", "an", "this", "that", "is", "are"}


DATA = sorted((Path(__file__).parents[1] / "tests" / "data").glob("reading_*.jsonl"))
MEANT = (
    ("When is it due?", "Due date", "Delivery date", "Invoice date"),
    ("Who signed?", "Signature", "Name", "Date"),
    ("When was this bought?", "Date", "Time", "Total"),
    ("Which shop is it from?", "Store", "Company", "City"),
    ("reply to all", "reply all icon", "reply icon", "forward icon"),
    ("How much did it cost?", "Price", "Total", "Date"),
    ("the search box", "Search field", "Text field", "Check box"),
    ("gear", "settings", "wrench", "bell"),
    ("turned on", "enabled", "disabled", "selected"),
    ("phone number", "Telephone", "Fax", "E-mail"),
)
"""A question or phrase, the label that it means, and others."""
READY = """
import sys, time
began = time.process_time()
import onnxruntime, tokenizers
from seal.agents.reader.reader import Reader
Reader(sys.argv[1]).read("Where is it?")
print(time.process_time() - began)
"""


def plain(words: str) -> str:
    """Words without quotes, articles at their beginning, and casing."""
    kept = words.casefold().strip(" '\"“”`«».,?!:").split()
    while kept and kept[0] in ARTICLES:
        kept = kept[1:]
    return " ".join(kept)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, default=DATA)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--meaning", action="store_true")
    given = parser.parse_args()
    reader = Reader(given.weights)
    reader.read("Where is it?")
    if given.meaning:
        return meaning(reader)
    command = [sys.executable, "-c", READY, str(given.weights)]
    ready = min(float(subprocess.check_output(command, text=True)) for _ in range(5))
    print(f"ready in {ready:.2f} s\n")
    print("| file | n | kind | spans | half | both | ms |\n|---|---:|---:|---:|---:|---:|---:|")
    for file in given.files:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
        kinds = spans = both = hits = told = right = 0
        read, times, misses = [], [], []
        for row in rows:
            started = time.process_time()
            read.append(reader.read(row["q"]))
            times.append(time.process_time() - started)
        took = statistics.median(times) * 1000
        for row, query in zip(rows, read, strict=True):
            wanted = Counter((role, plain(words)) for role, words in row["spans"])
            got = Counter((span.role, plain(span.text)) for span in query.spans)
            same_kind, same_spans = query.kind == row["kind"], wanted == got
            kinds, spans, both = kinds + same_kind, spans + same_spans, both + (same_kind and same_spans)
            hits, told, right = hits + (wanted & got).total(), told + got.total(), right + wanted.total()
            if not (same_kind and same_spans):
                misses.append((row, query))
        n = len(rows)
        print(
            f"| {file.stem} | {n} | {kinds / n:.2f} | {spans / n:.2f} | {2 * hits / max(1, told + right):.2f} "
            f"| {both / n:.2f} | {took:.1f} |"
        )
        if given.misses:
            for row, query in misses:
                got = [[s.role, s.text] for s in query.spans]
                print(
                    f"{row['q']}\n  right: {row['kind']} {row['spans']}\n  read:  {query.kind} {got} {query.sure:.2f}"
                )
    return None


def meaning(reader: Reader) -> None:
    """Print how alike each phrase is to its label and to others."""
    right = 0
    for phrase, *labels in MEANT:
        alike = reader.likeness([phrase, *labels])[0, 1:]
        right += int(alike.argmax()) == 0
        print(
            f"| {phrase} | {', '.join(f'{label} {a:.2f}' for label, a in zip(labels, alike, strict=True))} |"
        )
    print(f"{right} of {len(MEANT)} nearest to what they mean")


if __name__ == "__main__":
    main()
