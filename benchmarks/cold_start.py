"""How long SEAL takes to start, and the first answer on a 4K screen to come, split by stage.

    python benchmarks/cold_start.py                       # prints Markdown tables
    python benchmarks/cold_start.py --before DIR          # beside another checkout, run by run in turn
    python benchmarks/cold_start.py --image FILE --question TEXT --repeat 9

Every run is a new process. CPU: user and system time of the process, all threads; it is what to compare on a machine
that is not idle. Wall: the clock. Medians over the runs.

- `all of it` is the command as a user runs it; the rows under it are the same command with clocks in it.
- Stages exclude one another: what a stage calls counts for the stage that is called. CPU is that of all threads: the
  image is decoded and OCR loads in threads of their own, from `early` on, and counts for the stages that run meanwhile.
- Imports, by package, happen inside the stages: their rows say how much of the stages they are, in the main thread.
- Warm: the same process, models loaded, nothing of this image seen before; then another question about it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCREEN = ROOT / "examples" / "screens" / "soft-ui-billing.png"
OTHER = ROOT / "examples" / "screens" / "stisla-posts.png"
FIRST = "How much is shown under Paypal?"
AGAIN = "Is Salary left or right of Paypal?"
STAGES = ("open", "show", "search", "read", "tell")

GROUPS = {
    "torch": ("torch", "torchvision", "torchgen", "functorch", "sympy", "mpmath"),
    "transformers": ("transformers", "tokenizers", "huggingface_hub", "safetensors", "httpx", "regex"),
    "rapidocr and what it imports": (
        "rapidocr",
        "omegaconf",
        "antlr4",
        "yaml",
        "requests",
        "urllib3",
        "charset_normalizer",
        "idna",
        "colorlog",
        "tqdm",
        "shapely",
        "pyclipper",
        "six",
    ),
    "onnxruntime": ("onnxruntime",),
    "cv2": ("cv2",),
    "numpy, PIL": ("numpy", "PIL"),
    "pydantic": (
        "pydantic",
        "pydantic_core",
        "pydantic_settings",
        "annotated_types",
        "typing_inspection",
        "dotenv",
    ),
    "typer, rich": ("typer", "click", "rich", "markdown_it", "mdurl", "pygments", "shellingham"),
    "seal": ("seal",),
}
"""Packages whose imports are told apart; the rest is the standard library or "other packages"."""

Times = dict[str, tuple[float, float]]
"""CPU and wall seconds by name."""


class Clock:
    """Exclusive times of nested pieces of work; cpu tells the processor's time."""

    def __init__(self, cpu: Callable[[], float]) -> None:
        self.cpu, self.names, self.times = cpu, ["rest"], dict[str, list[float]]()
        self.last = self.now()

    def now(self) -> tuple[float, float]:
        """Seconds of the processor, and of the clock."""
        return self.cpu(), time.perf_counter()

    def lap(self) -> None:
        """Count what passed for the innermost piece."""
        now = self.now()
        spent = self.times.setdefault(self.names[-1], [0.0, 0.0])
        for i in range(2):
            spent[i] += now[i] - self.last[i]
        self.last = now

    @contextmanager
    def within(self, name: str) -> Iterator[None]:
        """Count the body for `name`."""
        self.lap()
        self.names.append(name)
        try:
            yield
        finally:
            self.lap()
            self.names.pop()


def group_of(module: str) -> str:
    """The row in which a module's import is counted."""
    top = module.partition(".")[0]
    named = next((group for group, tops in GROUPS.items() if top in tops), None)
    return named or ("standard library" if top in sys.stdlib_module_names else "other packages")


def watch_imports() -> Clock:
    """Count every import from now on, in the main thread, for its group."""
    import threading
    from importlib import _bootstrap  # type: ignore[attr-defined]

    imports, real, main = Clock(time.thread_time), _bootstrap._find_and_load_unlocked, threading.main_thread()

    def counted(name: str, import_: Any) -> Any:
        if threading.current_thread() is not main:
            return real(name, import_)
        with imports.within(group_of(name)):
            return real(name, import_)

    _bootstrap._find_and_load_unlocked = counted
    return imports


def child(image: str, question: str) -> None:
    """Run `seal ask` with clocks; prints the times as JSON, last line of standard error."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    begun = used.ru_utime + used.ru_stime, time.time() - float(os.environ["STARTED"])
    imports, stages = watch_imports(), Clock(time.process_time)

    def within(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **options: Any) -> Any:
            with stages.within(name):
                return work(*args, **options)

        return counted

    with stages.within("command line, output"):
        from seal.cli import app

        make = app.seal_of

        def made(*args: Any) -> Any:
            with stages.within("import Seal"):
                from seal import Seal
                from seal.run.state import Run
            stage = Run.stage

            @contextmanager
            def staged(self: Any, name: str) -> Iterator[None]:
                with stages.within(name), stage(self, name):
                    yield

            Seal.__init__ = within("Seal(): settings, agents", Seal.__init__)  # type: ignore[method-assign]
            Seal.ask = within("result", Seal.ask)  # type: ignore[method-assign]
            Run.stage = staged  # type: ignore[method-assign]
            return make(*args)

        app.seal_of = made
        if hasattr(app, "opened"):  # an older checkout opens the image later
            app.opened = within("early", app.opened)
        sys.argv = ["seal", "ask", image, question]
        with suppress(SystemExit):
            app.main()
    imports.times.pop("rest", None)
    told = {"stages": {"python": begun, **stages.times}, "imports": imports.times}
    print("\n" + json.dumps(told), file=sys.stderr)


def run(checkout: Path, arguments: list[str]) -> tuple[float, float, str]:
    """CPU and wall seconds of one process that imports that checkout, and its standard error."""
    environment = os.environ | {"PYTHONPATH": str(checkout), "STARTED": str(time.time())}
    environment.pop(
        "PYTHONDONTWRITEBYTECODE", None
    )  # with it, and in a fresh checkout, every run compiles SEAL anew
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, done.stderr


def measured(checkout: Path, image: str, question: str) -> dict[str, Times]:
    """One run of everything in one checkout: table -> row -> CPU and wall seconds."""
    commands = {
        "python -c pass": ["-c", "pass"],
        "import seal": ["-c", "import seal"],
        "from seal import Seal": ["-c", "from seal import Seal"],
        "seal --help": ["-m", "seal", "--help"],
        "seal ask: all of it": ["-m", "seal", "ask", image, question],
    }
    whole = {name: run(checkout, arguments)[:2] for name, arguments in commands.items()}
    code = f"import sys; sys.path.append({str(Path(__file__).parent)!r}); from cold_start import child; "
    split = json.loads(run(checkout, ["-c", f"{code}child({image!r}, {question!r})"])[2].splitlines()[-1])
    return {"whole": whole, "stages": split["stages"], "imports": split["imports"]}


def warm(image: str, repeat: int) -> list[tuple[str, dict[str, float]]]:
    """Wall seconds by stage of questions in a process that has its models loaded; medians."""
    sys.path.insert(0, str(ROOT))
    from seal import Image, Seal
    from seal.agents import ocr

    first, again = [], []
    Seal().ask(OTHER, "Is there a button 'Add New'?")
    for _ in range(repeat):
        ocr.forget()
        opened, seal = Image.open(image), Seal()
        first.append(seal.ask(opened, FIRST).spend)
        again.append(seal.ask(opened, AGAIN).spend)
    return [
        (name, {stage: statistics.median(s.seconds.get(stage, 0.0) for s in spends) for stage in STAGES})
        for name, spends in (("warm, first question", first), ("warm, second question", again))
    ]


def print_table(title: str, tables: list[list[Times]], heads: list[str]) -> None:
    """Rows in the order of their first appearance; a pair of columns for each checkout."""
    rows = dict.fromkeys(name for runs in reversed(tables) for times in runs for name in times)
    columns = [f"{head}{what}" for head in heads for what in ("CPU", "wall")]
    print(f"\n| {title} | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for row in rows:
        medians = [
            statistics.median(times.get(row, (0.0, 0.0))[i] for times in runs)
            for runs in tables
            for i in (0, 1)
        ]
        if max(medians) >= 0.005:
            print(f"| {row} | {' | '.join(f'{value:.2f}' for value in medians)} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=5, help="runs per row, the median counts (default 5)")
    parser.add_argument("--before", type=Path, help="another checkout, measured in turn with this one")
    parser.add_argument("--image", default=str(SCREEN))
    parser.add_argument("--question", default=FIRST)
    parser.add_argument("--no-warm", action="store_true", help="leave the questions in a warm process out")
    options = parser.parse_args()
    checkouts = [*([options.before.resolve()] if options.before else []), ROOT]
    heads = ["before: ", "now: "] if options.before else [""]
    image = str(Path(options.image).resolve())
    runs: list[list[dict[str, Times]]] = [[] for _ in checkouts]
    for _ in range(options.repeat):
        for done, checkout in zip(runs, checkouts, strict=True):
            done.append(measured(checkout, image, options.question))
    print(
        f"{Path(image).name}, {options.question!r}, {os.cpu_count()} cores, seconds (median of {options.repeat})"
    )
    titles = {"whole": "process", "stages": "stage of `seal ask`", "imports": "imports, part of the stages"}
    for key, title in titles.items():
        print_table(title, [[each[key] for each in done] for done in runs], heads)
    if options.no_warm:
        return
    print("\n| wall | " + " | ".join(STAGES) + " | all |\n|---|" + "---:|" * (len(STAGES) + 1))
    for name, row in warm(image, options.repeat):
        cells = " | ".join(f"{row[stage]:.2f}" for stage in STAGES)
        print(f"| {name} | {cells} | {sum(row.values()):.2f} |")


if __name__ == "__main__":
    main()
