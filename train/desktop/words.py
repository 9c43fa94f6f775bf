"""Words for desktop programs; plain Python, for interpreters that have only Qt or GTK."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from random import Random
from types import ModuleType

__all__ = ["CONCEPT_OF", "NOT_IN", "Words"]


def _shared() -> ModuleType:
    """The words of the generated pages, read without the package that they stand in."""
    name = "seal_page_words"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "words.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


class Words:
    """Captions, values and sentences of one language."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.w = rng, _shared()
        self.language = rng.choice(("en", "en", *self.w.LANGUAGES))

    def word(self, roles: str = "nasfm") -> str:
        """A caption of one of these roles."""
        return str(self.rng.choice([t for t in self.w.TERMS if t.role in roles]).text(self.language))

    def words(self, roles: str, count: int) -> list[str]:
        """Different captions."""
        terms = [t.text(self.language) for t in self.w.TERMS if t.role in roles]
        return list(self.rng.sample(terms, min(count, len(terms))))

    def sentence(self, low: int = 3, high: int = 9) -> str:
        """Words that look like a sentence."""
        small, nouns = self.w.prose(self.language)
        picked = [
            self.rng.choice(nouns if self.rng.random() < 0.45 else small)
            for _ in range(self.rng.randint(low, high))
        ]
        text = " ".join(picked)
        return text[0].upper() + text[1:]

    def person(self) -> str:
        """A name."""
        return f"{self.rng.choice(self.w.NAMES)} {self.rng.choice(self.w.SURNAMES)}"

    def value(self) -> str:
        """A date, number, name of a file, amount."""
        r = self.rng
        return r.choice(
            (
                f"{r.randint(1, 28):02}.{r.randint(1, 12):02}.{r.randint(1999, 2027)}",
                f"{r.randint(0, 9999)}",
                f"{r.uniform(0, 900):.1f} KiB",
                f"{r.choice(self.w.prose(self.language)[1])}.{r.choice(('txt', 'png', 'cpp', 'pdf', 'ods', 'mp3'))}",
                f"/home/{r.choice(self.w.NAMES).lower()}/{r.choice(self.w.PRODUCTS).lower()}",
                r.choice(self.w.CITIES),
                self.person(),
                f"{r.randint(0, 23):02}:{r.randint(0, 59):02}",
                f"{r.choice(self.w.PRODUCTS)} {r.randint(1, 9)}.{r.randint(0, 20)}",
            )
        )

    def product(self) -> str:
        """The name of a program."""
        return str(self.rng.choice(self.w.PRODUCTS))


CONCEPT_OF = {
    "document-save": "save",
    "document-open": "folder",
    "folder": "folder",
    "folder-new": "folder plus",
    "document-print": "print",
    "edit-copy": "copy",
    "edit-cut": "cut",
    "edit-paste": "clipboard",
    "edit-undo": "undo",
    "edit-redo": "redo",
    "edit-find": "search",
    "user-trash": "trash",
    "go-home": "home",
    "go-up": "arrow up",
    "go-down": "arrow down",
    "go-next": "arrow right",
    "go-previous": "arrow left",
    "view-refresh": "refresh",
    "zoom-in": "zoom in",
    "zoom-out": "zoom out",
    "list-add": "plus",
    "list-remove": "minus",
    "media-playback-start": "play",
    "media-playback-pause": "pause",
    "media-playback-stop": "stop",
    "media-skip-forward": "skip next",
    "media-skip-backward": "skip back",
    "media-seek-forward": "fast forward",
    "media-seek-backward": "rewind",
    "format-text-bold": "bold",
    "format-text-italic": "italic",
    "format-text-underline": "underline",
    "format-justify-left": "align left",
    "format-justify-center": "align center",
    "format-justify-right": "align right",
    "mail-unread": "mail",
    "mail-attachment": "paperclip",
    "dialog-warning": "warning",
    "system-search": "search",
    "utilities-terminal": "terminal",
    "accessories-calculator": "calculator",
    "camera-photo": "camera",
    "audio-volume-high": "volume",
    "audio-volume-muted": "volume off",
    "printer": "print",
    "input-keyboard": "keyboard",
    "input-mouse": "mouse",
    "video-display": "monitor",
    "text-x-generic": "file text",
    "image-x-generic": "image",
    "system-lock-screen": "lock",
    "audio-input-microphone": "microphone",
    "computer": "monitor",
    "x-office-calendar": "calendar",
    "battery": "battery",
    "phone": "phone",
}
"""Names of the freedesktop naming specification whose picture is one of the concepts."""
_ARROWS = {"go-up", "go-down", "go-next", "go-previous"}
_DRIVES = {"document-save"}
NOT_IN = {
    "breeze": _ARROWS,
    "breeze-dark": _ARROWS,
    "Papirus": _ARROWS,
    "elementary-xfce": _ARROWS,
    "Tango": _DRIVES,
    "gnome": _DRIVES,
    "Adwaita": _DRIVES,
    "mate": _DRIVES,
}
"""Names that a theme draws as something else: chevrons for arrows, a drive with an arrow for saving."""
