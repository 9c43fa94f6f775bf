"""Prints docs/settings.md: every setting of the environment and of config.toml, from the model that reads them.

python docs/settings.py > docs/settings.md
"""

from __future__ import annotations

from seal.settings import Settings

OTHERS = {
    "SEAL_API_KEY": "The key for `openai:MODEL@URL`, where the server wants one. It is sent there and written nowhere.",
    "OPENAI_API_KEY": "The same, where `SEAL_API_KEY` is not set.",
    "SEAL_TOKEN": "The token that `seal serve` wants of those who ask it, and that `--server URL` sends.",
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


def page() -> str:
    """The page, as Markdown."""
    lines = [
        "# Settings",
        "",
        "Printed by `python docs/settings.py`. What an argument of `Seal(...)` or an option of the command line says",
        "goes before the environment, the environment before the file `seal/config.toml` in the user's configuration",
        "folder (on Linux `~/.config`), and the file before the defaults. A wrong value is one line of error.",
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
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
