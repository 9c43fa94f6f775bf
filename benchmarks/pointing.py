"""How often `Seal.point` clicks right, clicks wrong, or refuses; on shipped screens and on generated pages.

    python benchmarks/pointing.py                       # instructions written by hand on examples/screens
    python benchmarks/pointing.py --pages held [--count 40] [--show]    # pages of `seal pages --split eval`

On generated pages every instruction is made from the truth: widgets by a label that stands there once, icons by a
concept, or a synonym of it, that is there once. For absent things (a concept or a label of other pages) and for icons
that are there several times the right answer is to refuse. A click is right in the box of what is meant.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal import Box, Seal
from seal.agents.nano.vocabulary import concepts
from seal.measure.truth import PageTruth, Widget
from seal.memory.typed import plain
from seal.screen.point import Pointed

SCREENS = ROOT / "examples" / "screens"
ASKED = {
    "button": ("click {}", "press the {} button", "{}"),
    "tab": ("open the {} tab", "switch to {}"),
    "menu item": ("go to {}", "open {}", "click {} in the menu"),
    "checkbox": ("tick {}", 'check the box "{}"', "the {} checkbox"),
    "switch": ("turn on {}", "toggle {}", "the {} switch"),
    "radio": ("select {}", "choose the option {}"),
    "input": ("type hello in the {} field", "click into {}"),
    "select": ("open the {} dropdown", "choose a {}"),
}
HOLDERS = ("button", "tab", "menu item")
"""Widgets in which a click on their icon is a click on them."""
UNDO = {"checkbox": "untick {}", "switch": "turn {} off"}
"""Asked besides of what is on, and of what is off: then nothing is to be clicked."""
STATED = ("checkbox", "switch", "radio", "tab")
ICON = ("click the {} icon", "the {} icon", "click on the {} symbol")


@dataclass(frozen=True, slots=True)
class Case:
    """An instruction and where it means; None where nothing is to be clicked. sort: what it tests.

    done: whether what is meant is already as the instruction asks for, which is to be said.
    """

    file: Path
    instruction: str
    target: Box | None
    sort: str
    done: bool = False


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=Path, help="folder of generated pages")
    parser.add_argument("--count", type=int, default=40, help="pages, at most (default 40)")
    parser.add_argument("--show", action="store_true", help="every instruction that is not answered rightly")
    parser.add_argument("--out", type=Path, help="write every case with confidence and verdict (JSON lines)")
    chosen = parser.parse_args()
    cases = list(_written() if chosen.pages is None else _generated(chosen.pages, chosen.count))
    measure(cases, chosen.show, chosen.out)


def measure(cases: list[Case], show: bool, out: Path | None) -> None:
    """Point at all of them and print right, wrong and refused by sort."""
    seal = Seal()
    told: dict[str, Counter[str]] = defaultdict(Counter)
    rows, seconds = [], 0.0
    for case in cases:
        seal.elements(case.file)
        started = time.process_time()
        answer = seal.point(case.file, case.instruction)
        seconds += time.process_time() - started
        verdict = _verdict(case, answer)
        told[case.sort][verdict] += 1
        told["all"][verdict] += 1
        rows.append((case, answer, verdict))
        if show and not verdict.startswith("right"):
            place = "" if answer.best is None else f" at {tuple(map(round, answer.best.click))}"
            print(f"{verdict:8} {case.sort:9} {case.file.stem}: {case.instruction!r}{place}: {answer.reason}")
    if out is not None:
        out.write_text(
            "".join(
                json.dumps([c.file.name, c.instruction, c.sort, v, a.confidence, a.found]) + "\n"
                for c, a, v in rows
            )
        )
    print(f"| {'':9} | right | wrong | refused | rightly refused | of |")
    for sort in sorted(told):
        n = told[sort]
        cells = (f"{n[v]:{w}}" for v, w in (("right", 5), ("wrong", 5), ("refused", 7), ("right no", 15)))
        print(f"| {sort:9} | {' | '.join(cells)} | {sum(n.values()):3} |")
    print(f"{seconds / max(1, len(cases)):.3f} CPU s an instruction, the elements known")


def _verdict(case: Case, told: Pointed) -> str:
    if told.best is None:
        return "right no" if (case.target is None or case.done) and told.done == case.done else "refused"
    there = case.target is not None and case.target.coverage(Box(*told.best.click, 0, 0)) > 0
    return "right" if there and not case.done else "wrong"


def _written() -> Iterator[Case]:
    for name, instruction, xyxy, *sort in json.loads(
        Path(__file__).with_name("pointing_cases.json").read_text("utf-8")
    ):
        yield Case(
            SCREENS / name,
            instruction,
            None if xyxy is None else Box.from_xyxy(*xyxy),
            sort[0] if sort else "absent" if xyxy is None else "there",
            done=sort == ["so already"],
        )


def _generated(folder: Path, count: int) -> Iterator[Case]:
    truths = [PageTruth.load(file) for file in sorted(folder.glob("*.json"))[:count]]
    labels = sorted({w.label for t in truths for w in t.widgets if _is_sayable(w.label)})
    for truth in truths:
        yield from _cases(truth, folder / truth.image, labels)


def _cases(truth: PageTruth, file: Path, labels: list[str]) -> Iterator[Case]:
    rng = random.Random(truth.name)
    if truth.language != "en":
        return
    said = Counter(plain(w.label) for w in truth.widgets if w.label)
    lines = Counter(plain(line.text) for line in truth.lines)
    widgets = [w for w in truth.widgets if w.kind in ASKED and _is_sayable(w.label) and not w.dimmed]
    once = [w for w in widgets if said[plain(w.label)] == 1 and lines[plain(w.label)] <= 1]
    for w in rng.sample(once, min(5, len(once))):
        asked, target = rng.choice(ASKED[w.kind]).format(w.label), _target(w, truth)
        on = w.checked if w.checked is not None else w.selected
        asks_for_it = w.kind in STATED and not asked.startswith(("the ", "toggle "))
        yield Case(file, asked, target, w.kind, done=bool(on) and asks_for_it)
        if w.kind in UNDO and on is not None:
            yield Case(file, UNDO[w.kind].format(w.label), target, "undo", done=not on)
    there = Counter(i.concept for i in truth.icons)
    alone = [i for i in truth.icons if there[i.concept] == 1 and not i.dimmed and i.concept in concepts()]
    for i in rng.sample(alone, min(4, len(alone))):
        name = rng.choice((i.concept, *concepts()[i.concept]))
        holders = [w.box for w in truth.widgets if w.kind in HOLDERS and w.box.coverage(i.box) > 0.8]
        target = min(holders, key=lambda box: box.area, default=i.box.expanded(pixels=4))
        yield Case(file, rng.choice(ICON).format(name), target, "icon")
    several = sorted(c for c, n in there.items() if n > 1 and c in concepts())
    for concept in several[:1]:
        yield Case(file, f"click the {concept} icon", None, "several")
    on_page = {plain(line.text) for line in truth.lines} | set(said)
    gone = [c for c in sorted(concepts()) if c not in there]
    if gone:
        yield Case(file, f"click the {rng.choice(gone)} icon", None, "absent")
    seen = {name for c in there for name in (c, *concepts().get(c, ()))}
    words = [w for w in labels if plain(w) not in seen and not any(plain(w) in text for text in on_page)]
    if words:
        yield Case(file, f"click {rng.choice(words)}", None, "absent")


def _is_sayable(label: str) -> bool:
    return 3 <= len(label) <= 40 and label.isascii() and any(c.isalpha() for c in label)


def _target(w: Widget, truth: PageTruth) -> Box:
    """The widget; of a check box, radio button or switch its label too, for a click there does the same."""
    if w.kind not in ("checkbox", "radio", "switch"):
        return w.box
    near = [line.box for line in truth.lines if plain(line.text) == plain(w.label)]
    return w.box.union(near[0]) if near else w.box


if __name__ == "__main__":
    main()
