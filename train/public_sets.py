"""Public sets of questions as pages of rows, for the extractor: written once into a folder, never committed.

The sets are read from clones of their repositories; nothing is fetched here:

- WikiTableQuestions (ppasupat/WikiTableQuestions, CC BY-SA 4.0): tables; those questions whose answer is one cell.
- QAMR (uwnlp/qamr, MIT): sentences; questions about single words and phrases.
- TAT-QA (NExTplusplus/TAT-QA, CC BY 4.0): tables and paragraphs of annual reports; answers that are words of them.
- AIT-QA (IBM/AITQA, CDLA-Sharing 1.0): tables of airlines' reports, headers of several levels; answers of one cell.
- XQuAD, its English part (google-deepmind/xquad, CC BY-SA 4.0), PolicyQA (wasiahmad/PolicyQA, MIT) and COVID-QA
  (deepset-ai/COVID-QA, Apache-2.0): paragraphs.

A paragraph is written down whole; it is broken into rows when it is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from ..agents.extract.windows import CELL
from ..memory.errors import InputError
from .asked_pages import Item
from .page_noise import broken

__all__ = ["SETS", "gather"]

_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}


def gather(clones: Path, out: Path) -> dict[str, int]:
    """Write a file for each set whose clone lies in `clones` (by the repository's own name); questions of each.

    Raises InputError when none of them is there.
    """
    out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for name, read in SETS.items():
        if (clones / name).is_dir():
            items = [item for item in read(clones / name, Random(name)) if item["qa"]]
            text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
            (out / f"{name}.jsonl").write_text(text, "utf-8")
            counts[name] = sum(len(item["qa"]) for item in items)
    if not counts:
        raise InputError(f"{clones} holds no clone of {', '.join(SETS)}.")
    return counts


def _squad(path: Path, rng: Random) -> Iterator[Item]:
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for context, asked in _parts(paragraph, rng):
                found = [{"q": q, "at": [start, start + len(words)]} for q, start, words in asked]
                yield {"text": context, "qa": found}


def _parts(paragraph: Item, rng: Random) -> Iterator[tuple[str, list[tuple[str, int, str]]]]:
    """(text, [(question, start, answer), ...]); of a long text, what stands around each answer."""
    text = paragraph["context"]
    asked = [
        (q["question"], q["answers"][0]["answer_start"], q["answers"][0]["text"])
        for q in paragraph["qas"]
        if q["answers"] and len(q["answers"][0]["text"]) < 120
    ]
    if len(text) <= 6000:
        yield text, asked
        return
    for question, start, words in asked:
        low = text.find(" ", max(0, start - rng.randint(200, 1200))) + 1
        low = min(low, start)
        yield (
            text[low : start + len(words) + rng.randint(200, 1200)],
            [(question, start - low, words)],
        )


def _xquad(clone: Path, rng: Random) -> Iterator[Item]:
    yield from _squad(clone / "xquad.en.json", rng)


def _policy(clone: Path, rng: Random) -> Iterator[Item]:
    for part in ("dev", "test"):
        yield from _squad(clone / "data" / f"{part}.json", rng)


def _covid(clone: Path, rng: Random) -> Iterator[Item]:
    yield from _squad(clone / "data" / "question-answering" / "200423_covidQA.json", rng)


def _qamr(clone: Path, rng: Random) -> Iterator[Item]:
    data = clone / "data"
    sentences = {}
    for line in (data / "wiki-sentences.tsv").read_text("utf-8").splitlines():
        name, _, words = line.partition("\t")
        sentences[name] = _joined(words.split(" "))
    asked: dict[str, list[tuple[str, int, int]]] = {}
    for part in ("dev", "test", "ptb"):
        for line in (data / "filtered" / f"{part}.tsv").read_text("utf-8").splitlines():
            fields = line.split("\t")
            said = sorted(int(n) for n in fields[6].split()) if len(fields) > 6 else []
            if fields[0] not in sentences or not said or said[-1] - said[0] + 1 != len(said):
                continue
            places = sentences[fields[0]][1]
            if said[-1] < len(places):
                asked.setdefault(fields[0], []).append((fields[5], places[said[0]][0], places[said[-1]][1]))
    names = list(sentences)
    for name, questions in asked.items():
        before, after = ([sentences[n][0] for n in rng.choices(names, k=rng.randint(0, 5))] for _ in range(2))
        found = [{"q": q, "at": [start, end]} for q, start, end in questions if end > start]
        yield {"text": sentences[name][0], "before": before, "after": after, "qa": found}


def _joined(words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """A sentence of tokens as text, and where each token stands."""
    text, places = "", []
    for word in (_BRACKETS.get(w, w) for w in words):
        glued = not text or word in ",.;:!?)'%" or word.startswith("'") or text.endswith("(")
        text += "" if glued else " "
        places.append((len(text), len(text) + len(word)))
        text += word
    return text, places


def _tatqa(clone: Path, rng: Random) -> Iterator[Item]:
    for name in ("tatqa_dataset_dev.json", "tatqa_dataset_test_gold.json"):
        for report in json.loads((clone / "dataset_raw" / name).read_text("utf-8")):
            table = [CELL.join(c.strip() for c in row if c.strip()) for row in report["table"]["table"]]
            texts = sorted(report["paragraphs"], key=lambda p: int(p["order"]))
            prose = [row for p in texts for row in broken(p["text"], (0, 0), rng)[0]]
            first = rng.random() < 0.5
            page = [*table, *prose] if first else [*prose, *table]
            tables = range(len(table)) if first else range(len(prose), len(page))
            found = []
            for q in report["questions"]:
                said = q["answer"] if isinstance(q["answer"], list) else [q["answer"]]
                if q["answer_type"] != "span" or len(said) != 1 or not str(said[0]).strip():
                    continue
                words = str(said[0]).strip()
                wanted = re.compile(rf"(?<![\w.,]){re.escape(words)}(?!\w)")
                hits = [
                    (i, m.start())
                    for i, row in enumerate(page)
                    if (i in tables) == (q.get("answer_from") == "table") and (m := wanted.search(row))
                ]
                if len(hits) == 1:
                    row, start = hits[0]
                    found.append({"q": q["question"], "row": row, "at": [start, start + len(words)]})
            yield {"page": page, "qa": found}


def _tables(clone: Path, rng: Random) -> Iterator[Item]:
    del rng
    asked: dict[str, list[tuple[str, str]]] = {}
    for part in ("training", "pristine-unseen-tables"):
        for line in (clone / "data" / f"{part}.tsv").read_text("utf-8").splitlines()[1:]:
            _, question, table, answer = line.split("\t")[:4]
            asked.setdefault(table, []).append((question, answer))
    for name, questions in asked.items():
        lines = (clone / name.replace(".csv", ".tsv")).read_text("utf-8").splitlines()
        rows = [
            [c.replace("\\n", " ").replace("\\p", "|").strip() for c in line.split("\t")]
            for line in lines
            if line
        ]
        if not rows or len(rows) > 60 or len(rows[0]) > 12:
            continue
        found = []
        for question, answer in questions:
            hits = [
                [r, c]
                for r in range(1, len(rows))
                for c in range(len(rows[r]))
                if rows[r][c].lower() == answer.lower()
            ]
            if len(hits) == 1 and not re.match(r"how many", question):
                found.append({"q": question, "cell": hits[0]})
        yield {"table": rows, "qa": found}


def _aitqa(clone: Path, rng: Random) -> Iterator[Item]:
    del rng
    lines = (clone / "raw_data" / "aitqa_questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    for line in (clone / "raw_data" / "aitqa_tables.jsonl").read_text("utf-8").splitlines():
        table = json.loads(line)
        names = [" ".join(levels) for levels in table["row_header"]] or [""] * len(table["data"])
        head = ["", *(" ".join(levels) for levels in table["column_header"])]
        rows = [head, *([name, *cells] for name, cells in zip(names, table["data"], strict=False))]
        found = []
        for q in (q for q in questions if q["table_id"] == table["id"]):
            hits = [
                [r, c]
                for r in range(1, len(rows))
                for c in range(1, len(rows[r]))
                if rows[r][c] == q["answers"][0]
            ]
            if len(hits) == 1:
                found.append({"q": q["question"], "cell": hits[0]})
        yield {"table": rows, "qa": found}


SETS = {
    "WikiTableQuestions": _tables,
    "qamr": _qamr,
    "TAT-QA": _tatqa,
    "AITQA": _aitqa,
    "xquad": _xquad,
    "PolicyQA": _policy,
    "COVID-QA": _covid,
}
"""Name of a set's repository -> how its clone is read."""
