"""How long the first answer on a 4K screen takes, split by stage, cold and warm.

    python benchmarks/first_answer.py            # prints a Markdown table
    python benchmarks/first_answer.py --repeat 5

Cold: a new process, import and model loading included. Warm: the same process, models loaded, nothing of this
image seen before. Again: another question about the same image, its looks and lines cached.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SCREEN = ROOT / "examples" / "screens" / "soft-ui-billing.png"
OTHER = ROOT / "examples" / "screens" / "stisla-posts.png"
FIRST = "How much is shown under Paypal?"
AGAIN = "Is Salary left or right of Paypal?"
STAGES = ("open", "show", "search", "read", "tell")


def cold_seconds() -> float:
    """Wall clock of one `seal ask` process."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "seal", "ask", str(SCREEN), FIRST]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    return time.perf_counter() - started


def warm_rows(repeat: int) -> list[tuple[str, dict[str, float]]]:
    """Seconds by stage, medians over `repeat` new OCR caches: first question, second question."""
    from seal import Image, Seal
    from seal.agents import ocr

    first, again = [], []
    Seal().ask(OTHER, "Is there a button 'Add New'?")  # loads the models
    for _ in range(repeat):
        ocr.forget()
        image = Image.open(SCREEN)
        seal = Seal()
        first.append(seal.ask(image, FIRST).spend)
        again.append(seal.ask(image, AGAIN).spend)
    return [
        (name, {stage: statistics.median(s.seconds.get(stage, 0.0) for s in spends) for stage in STAGES})
        for name, spends in (("warm, first question", first), ("warm, second question", again))
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs per row, the median counts (default 3)")
    repeat = parser.parse_args().repeat
    cold = statistics.median(cold_seconds() for _ in range(repeat))
    print(f"{SCREEN.name}, 3840x2160, {os.cpu_count()} cores, seconds (median of {repeat})\n")
    print("| | " + " | ".join(STAGES) + " | all |\n|---|" + "---:|" * (len(STAGES) + 1))
    print("| cold process | " + " | ".join("" for _ in STAGES) + f" | {cold:.2f} |")
    for name, row in warm_rows(repeat):
        cells = " | ".join(f"{row[stage]:.2f}" for stage in STAGES)
        print(f"| {name} | {cells} | {sum(row.values()):.2f} |")


if __name__ == "__main__":
    main()
