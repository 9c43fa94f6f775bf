"""`seal bench coco --data PATH`: average precision of a localizer, searched and in the whole picture alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from ..console import note, print_table, print_text
from ..memory.errors import InputError

if TYPE_CHECKING:
    from ..measure.report import Mode
    from ..measure.suites.detection import Found, Precision, Truth
    from ..orchestrator import Seal

__all__ = ["bench_detection"]

Setup = Mapping[str, object]
Row = tuple[str, ...]


def bench_detection(
    data: Path,
    fresh_seal: Callable[[], Seal],
    *,
    baseline: bool,
    baseline_side: int | None,
    part: int | None,
    out: Path | None,
    fresh: bool,
    markdown: bool,
    shard: tuple[int, int] | None,
) -> None:
    """Look for all categories in all pictures, print figures, and write results.jsonl and report.md into `out`."""
    from random import Random

    from ..measure import ledger
    from ..measure.report import MODES, as_markdown
    from ..measure.suites.detection import detect, load, precision
    from ..measure.suites.sample import SEED
    from ..memory.image import open_document
    from ..orchestrator import Seal
    from ..search.policies import Whole
    from .suites import PART, PARTS, REPORT, RESULTS

    truth = load(data)
    scenes = list(truth.scenes)
    if part is not None:
        drawn = scenes.copy()
        Random(SEED).shuffle(drawn)
        chosen = {scene.id for scene in drawn[:part]}
        scenes = [scene for scene in scenes if scene.id in chosen]
    scenes = scenes if shard is None else scenes[shard[0] - 1 :: shard[1]]
    seal = fresh_seal()
    side = seal.localizer.capabilities.input_side if baseline_side is None else baseline_side
    plain = Seal(
        seal.vqa,
        seal.localizer,
        Whole(),
        seal.budget,
        search=seal.search,
        dpi=seal.dpi,
        max_pixels=seal.max_pixels,
    )
    modes = MODES if baseline else MODES[:1]
    setups: dict[Mode, Setup] = {
        mode: {**setup, "suite": "coco", "set": truth.digest}
        for mode, setup in ledger.setups(seal, baseline_side).items()
    }
    file: Path | None = None
    done: dict[tuple[str, int], Found] = {}
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
            file = out / (RESULTS if shard is None else PART.format(*shard))
            kept = [file] if fresh and shard is not None else [out / RESULTS, *sorted(out.glob(PARTS))]
            for held in kept:
                if fresh:
                    held.unlink(missing_ok=True)
                elif held.exists():
                    done.update(_kept(held, setups, mend=held == file))
        except OSError as error:
            raise InputError(f"{out}: a folder for the results is expected ({error.strerror}).") from error
    unknown = [name for name in truth.categories.values() if seal.localizer.unknown(name)]
    if len(unknown) == len(truth.categories):
        raise InputError(
            f"{data}: {seal.localizer.name} knows none of its {len(unknown)} categories. "
            f"{seal.localizer.unknown(unknown[0])}"
        )
    found: dict[Mode, list[Found]] = {mode: [] for mode in modes}
    unreadable = dict[int, str]()
    for number, scene in enumerate(scenes, 1):
        for mode in modes:
            if (told := done.get((mode, scene.id))) is None:
                try:
                    document = open_document(scene.path, max_pixels=seal.max_pixels)
                    if mode == "search":
                        told = detect(seal, document, scene, truth.categories)
                    else:
                        told = detect(plain, document.limited(side), scene, truth.categories)
                except InputError as error:
                    unreadable[scene.id] = f"{scene.path.name}: {error}"
                    note(f"{scene.path.name}: ", ("unreadable", "red"), f" {error}")
                    break
                if file is not None:
                    _append(file, setups[mode], mode, told)
                note(f"{number / len(scenes):4.0%} {mode:9} {scene.path.name}: {len(told.boxes)} boxes")
            found[mode].append(told)
    if shard is not None:
        note(
            f"Part {shard[0]} of {shard[1]} is done: {len(scenes)} pictures. Without --shard all parts are told."
        )
        return
    seen = [scene for scene in scenes if scene.id not in unreadable]
    if not seen:
        raise InputError(f"{data}: none of the {len(scenes)} pictures can be read; the reasons stand above.")
    asked = truth.part(seen)
    figures = {
        mode: precision(asked, [f for f in found[mode] if f.scene not in unreadable]) for mode in modes
    }
    rows, each = _rows(figures, found), _by_category(asked, figures)
    if out is not None:
        about = {
            "localizer": seal.localizer.name,
            "policy": seal.policy.name,
            "no search": f"the whole picture at {side} px",
            "pictures": f"{len(seen)} of {len(truth.scenes) + len(truth.missing)}",
        }
        text = _report(about, rows, each, [*truth.missing], [*unreadable.values()], unknown)
        try:
            (out / REPORT).write_text(text, "utf-8")
            if _draw(figures, out / "comparison.png"):
                note(f"Drawn in {out / 'comparison.png'}.")
        except OSError as error:
            raise InputError(f"{out}: the report cannot be written ({error.strerror}).") from error
    for title, table in (("COCO detection", rows), ("AP of each category", each)):
        if markdown:
            print_text(f"\n{title}\n\n{as_markdown(table)}")
        else:
            print_table(
                table[0], table[1:], title=title, right=table[0][1:], least=150 if table is rows else 0
            )
    for names, why in (
        (truth.missing, "pictures are missing"),
        (unknown, "categories are not known to the localizer"),
    ):
        if names:
            some = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
            note((f"{len(names)} {why}: {some}", "yellow"))


def _rows(figures: Mapping[Mode, Precision], found: Mapping[Mode, Sequence[Found]]) -> list[Row]:
    from ..measure.suites.detection import FIGURES

    rows: list[Row] = [("how", "n", *FIGURES, "AP 95 %", "looks", "calls", "tokens", "seconds")]
    for mode, told in figures.items():
        some, ap = found[mode], told.figures.get("AP")
        tokens = [f.tokens for f in some if f.tokens is not None]
        rows.append(
            (
                mode,
                str(len(some)),
                *(f"{told.figures[name].value:.3f}" if name in told.figures else "-" for name in FIGURES),
                f"{ap.low:.3f}-{ap.high:.3f}" if ap else "-",
                f"{mean(f.looks for f in some):.1f}",
                f"{mean(f.calls for f in some):.1f}",
                f"{mean(tokens):.0f}" if tokens else "-",
                f"{mean(f.seconds for f in some):.2f}",
            )
        )
    return rows


def _by_category(truth: Truth, figures: Mapping[Mode, Precision]) -> list[Row]:
    """The categories of which there is something in the pictures."""
    counts = {
        number: sum(a["category_id"] == number for a in truth.annotations) for number in truth.categories
    }
    rows: list[Row] = [("category", "objects", *figures)]
    for number, name in truth.categories.items():
        told = [p.categories.get(name) for p in figures.values()]
        if any(value is not None for value in told):
            cells = ("-" if value is None else f"{value:.3f}" for value in told)
            rows.append((name, str(counts[number]), *cells))
    return rows


def _report(
    about: Mapping[str, str],
    rows: list[Row],
    each: list[Row],
    missing: Sequence[str],
    unreadable: Sequence[str],
    unknown: Sequence[str],
) -> str:
    from ..measure.report import as_markdown
    from ..measure.suites.detection import DRAWS

    parts = [
        "# COCO detection",
        "\n".join(f"- {key}: {value}" for key, value in about.items()),
        as_markdown(rows),
    ]
    parts.append(
        f"Looks, calls, tokens and seconds are means of a picture; the interval holds 95 % of {DRAWS} bootstrap "
        "samples over pictures. *no search*: the same localizer, which sees the whole picture, and nothing finer."
    )
    parts += ["## AP of each category", as_markdown(each)]
    for names, why in (
        (missing, "pictures are missing"),
        (unreadable, "pictures cannot be read"),
        (unknown, "categories are not known to the localizer, and count as never found"),
    ):
        if names:
            parts.append(f"{len(names)} {why}: {', '.join(' '.join(name.split()) for name in names)}")
    return "\n\n".join(parts) + "\n"


def _draw(figures: Mapping[Mode, Precision], path: Path) -> bool:
    from ..measure.suites.chart import bars
    from ..measure.suites.detection import FIGURES

    told = {mode: [p.figures.get(name) for name in FIGURES] for mode, p in figures.items()}
    return bars(FIGURES, told, "COCO: average precision", path)


def _append(file: Path, setup: Setup, mode: str, found: Found) -> None:
    record = {
        "mode": mode,
        "image_id": found.scene,
        "detections": [[c, [round(v, 2) for v in box], round(score, 5)] for c, box, score in found.boxes],
        "looks": found.looks,
        "calls": found.calls,
        "tokens": found.tokens,
        "seconds": round(found.seconds, 3),
        "setup": setup,
    }
    try:
        with file.open("ab") as stream:
            stream.write((json.dumps(record, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise InputError(f"{file}: the answers cannot be written ({error.strerror}).") from error


def _kept(file: Path, setups: Mapping[Mode, Setup], mend: bool) -> dict[tuple[str, int], Found]:
    """What a file holds; mend: cut off a line that a killed run left. Raises InputError as `ledger.resume`."""
    from ..measure.ledger import ANEW, differences
    from ..measure.suites.detection import Found

    data = file.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if mend and whole != data:
        file.write_bytes(whole)
    done: dict[tuple[str, int], Found] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            told = json.loads(line)
            mode, scene, setup = told["mode"], int(told["image_id"]), dict(told["setup"])
            boxes = tuple((int(c), (*map(float, box),), float(score)) for c, box, score in told["detections"])
            if mode not in setups or any(len(box) != 4 for _, box, _ in boxes):
                raise ValueError("no answer")
            one = Found(scene, boxes, told["looks"], told["calls"], told["seconds"], told["tokens"])  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{file}, line {number}: this is no answer of seal bench coco. {ANEW}"
            ) from error
        if differs := differences(setup, setups[mode]):
            raise InputError(f"{file}: holds answers of another setup ({differs}). {ANEW}")
        done[mode, scene] = one
    return done
