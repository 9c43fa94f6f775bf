"""Prints docs/settings.md: every setting of the environment and of config.toml, from the model that reads them.

python docs/settings.py > docs/settings.md
"""

from __future__ import annotations

from seal.agents import look_cache, ocr, ocr_tiles, pdf_text, readings
from seal.agents.nano import known
from seal.memory import image, pdf_pool, pdf_worker, pyramids, tiles
from seal.orchestrator import VIEWS
from seal.settings import Settings

OTHERS = {
    "SEAL_API_KEY": "The key for `openai:MODEL@URL`, where the server wants one. It is sent there and written nowhere.",
    "OPENAI_API_KEY": "The same, where `SEAL_API_KEY` is not set.",
    "SEAL_TOKEN": "The token that `seal serve` wants of those who ask it, and that `--server URL` sends.",
    pyramids.VARIABLE: "The folder of pyramids of images larger than memory ([huge.md](huge.md#conversions)); else "
    "`seal/pyramids` in the user's cache folder (Linux: `~/.cache`, or `XDG_CACHE_HOME`).",
    "VIPS_CONCURRENCY": "libvips (extra `huge`): its threads; else as many as the process has cores.",
    "XDG_CONFIG_HOME": "Linux: the folder that `seal/config.toml` and `seal/calibration` lie in; else `~/.config`.",
    "XDG_DATA_HOME": "Linux: the folder that `seal/store` lies in; else `~/.local/share`.",
    "HF_HOME": "transformers and open_clip: where downloaded models lie.",
    "HF_HUB_OFFLINE": "transformers and open_clip: 1 asks the model hub for nothing.",
    "HF_TOKEN": "transformers and open_clip: the key for models that are behind terms.",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "true: spans of OpenTelemetry hold the words of questions "
    "and the arguments of tools ([agents-tools.md](agents-tools.md#opentelemetry)).",
    "YOLO_OFFLINE": "ultralytics: set to true before it is imported, unless it is set.",
    "YOLO_AUTOINSTALL": "ultralytics: set to false before it is imported, unless it is set.",
}
"""Variables that no field of `Settings` stands for: ours, and those of libraries that this project relies on."""

MB = 1e6
TILE_MB = 2 * ocr_tiles.SMALL / MB
KEPT = (
    ("looks, of a `Seal`", f"{look_cache.MEMORY_BYTES >> 20} MiB", look_cache.MEMORY_BYTES / MB),
    (
        "looks of OCR, of the process",
        f"{ocr.LOOKS_BYTES >> 20} MiB, {ocr.MOST_LOOKS:,} looks",
        ocr.LOOKS_BYTES / MB,
    ),
    ("what OCR says of tiles", f"{ocr.MOST_TILES} tiles", ocr.MOST_TILES * TILE_MB),
    ("lines that OCR read", f"{ocr.MOST_READINGS:,} lines of 1 kB", ocr.MOST_READINGS * 1e3 / MB),
    (
        "icons and widgets that `nano` knows",
        f"{known.MOST_CROPS:,} each, of 1 kB",
        2 * known.MOST_CROPS * 1e3 / MB,
    ),
    ("looks of `nano`", "256 looks, 0.25 MB for one of 300 icons", 256 * 0.25),
    ("text layers of PDFs", f"{image.TEXTS:,} pages of 30 kB", image.TEXTS * 30e3 / MB),
    (
        "the same as the localizer reads it",
        f"{pdf_text.MOST_PAGES:,} pages of 30 kB",
        pdf_text.MOST_PAGES * 30e3 / MB,
    ),
    ("tiles of images larger than memory", f"{tiles.TILES_BYTES >> 20} MiB", tiles.TILES_BYTES / MB),
    ("small copies of pages, of a `Seal`", f"{VIEWS} of 2 MB", VIEWS * 2.0),
)
"""What is kept in memory, its limit, and the MB that this is at most, or for pages of the usual density."""


def kept() -> list[str]:
    """The section of what is kept in memory."""
    return [
        "",
        "## What is kept",
        "",
        "The least recently used goes first. Where a limit is a number of things, the megabytes are those of dense",
        "pages; nobody has all of them at once, for a process that sees screens alone reads no text layers.",
        "",
        "| in memory | limit | MB |",
        "|---|---|---:|",
        *(f"| {what} | {limit} | {size:.0f} |" for what, limit, size in KEPT),
        f"| together | | {sum(size for *_, size in KEPT):.0f} |",
        "",
        f"Pages that were read from top to bottom are kept for {readings.MOST_DOCUMENTS} documents.",
        f"On disk, in the folder of `look_cache`, lie at most {look_cache.DISK_BYTES >> 20} MiB of looks;",
        f"pyramids of images larger than memory have {pyramids.CACHE_BYTES / 1e9:.0f} GB of disk at most.",
        f"PDFs are read in up to {pdf_pool.MOST} processes, each with {pdf_pool.MOST_FILES} files open and limited to",
        f"{pdf_worker.ROOM >> 30} GiB and what is drawn; they usually take 60 MB. Freed memory is given back after",
        "every question that took longer than a quarter of a second, where the C library keeps it (glibc);",
        "networks take and free some hundred MB for a new page.",
    ]


def page() -> str:
    """The page, as Markdown."""
    lines = [
        "# Settings",
        "",
        "Printed by `python docs/settings.py`. What an argument of `Seal(...)` or an option of the command line says",
        "goes before the environment, the environment before the file `seal/config.toml` in the user's configuration",
        "folder (on Linux `~/.config`), and the file before the defaults. A variable that is empty is as one that is",
        "not set, and an empty folder in the file as none. A wrong value is one line of error.",
        "",
        "| variable | key in `config.toml` | default | what it does |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "none" if field.default is None else f"`{field.default}`"
        lines.append(f"| `SEAL_{name.upper()}` | `{name}` | {default} | {field.description} |")
    lines += [
        "",
        "```toml",
        "# config.toml",
        'policy = "ideal"',
        "looks = 32",
        'look_cache = "/tmp/looks"',
        "```",
        "",
        "How the search goes in detail is set from Python alone: `Seal(search=SearchSettings(...))`.",
        "",
        "## Other variables",
        "",
        "| variable | what it does |",
        "|---|---|",
        *(f"| `{name}` | {what} |" for name, what in OTHERS.items()),
        *kept(),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
