"""How large a result is as JSON, beside the PNG bytes of the pictures in it. Embedded default, one question an image.

python benchmarks/result_size.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seal import Result, Seal, VisualWorkingMemory

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
ASKED: list[tuple[str, int | None, str | list[str]]] = [
    ("screens/soft-ui-billing.png", None, "Is Salary left or right of Paypal?"),
    ("screens/stisla-tables.png", None, "What is the due date of Redesign homepage in the Sortable Table?"),
    ("screens/soft-ui-billing.png", None, ["button EDIT", "heading Invoices", "bell icon", "button Export"]),
    ("documents/mpich-user-guide.pdf", None, "On which page does the chapter Debugging start?"),
]


def pictures(result: Result) -> int:
    """PNG bytes, every picture once."""
    return sum(len(png) for png in {*_pngs(result.memory), *(page.png for page in result.pages)})


def _pngs(memory: VisualWorkingMemory) -> Iterator[bytes]:
    yield memory.image.png
    yield from (crop.png for crop in memory.crops)


def before(result: Result) -> int:
    """Characters of the JSON as it was once: the memory and its pictures again in the trace."""
    whole = len(result.to_json())
    again = len(result.trace.model_dump_json())
    return whole - len(result.model_dump_json(include={"origin", "steps", "pages"})) + again


def main() -> None:
    seal = Seal()
    print("| asked | looks | PNG kB | JSON kB before | JSON kB | / PNG | brief kB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for name, page, asked in ASKED:
        image = EXAMPLES / name
        result = (
            seal.ask(image, asked, page=page)
            if isinstance(asked, str)
            else seal.locate(image, asked, page=page)
        )
        png, whole, brief = pictures(result), len(result.to_json()), len(result.to_json(pictures=False))
        told = asked if isinstance(asked, str) else "locate " + ", ".join(asked)
        kb = [f"{n / 1e3:.0f}" for n in (png, before(result), whole)]
        sizes = " | ".join([*kb, f"{whole / png:.2f}", f"{brief / 1e3:.1f}"])
        print(f"| {told} | {result.spend.looks} | {sizes} |")


if __name__ == "__main__":
    main()
