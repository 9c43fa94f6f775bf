"""`seal demo`: SEAL in a browser, on this machine. Ask and watch the search; list elements and click their marks.

- Gradio (extra `demo`) is imported when the command runs. The page asks no other server for anything: no analytics, no
  fonts, no sharing.
- Pictures that were given are kept for an hour, in the temporary folder, and until it ends at most.
- What was read in a picture is shown in fields of plain text, where nothing of it can be mark-up.
- Whoever leaves, or asks anew, ends the search that was going on at its next look.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from ..memory.errors import MissingExtraError, SealError, SettingError
from .options import Dpi, Loc, Looks, Seconds, Vqa, seal_of

if TYPE_CHECKING:
    import PIL.Image

    from ..memory.geometry import Box
    from ..orchestrator import Seal
    from ..record.result import Result
    from ..screen.element import Elements

__all__ = ["blocks", "demo"]

SIDE = 1400
"""Longest side of the pictures that are shown, pixels."""
FOUND, LOOKED, NOW = "#0a7a2f", "#8aa4b5", "#d1431f"
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
Shown = tuple["PIL.Image.Image | None", str]
"""A picture and what is said of it."""


class _Page(Protocol):
    """What is used of `gradio.Blocks`."""

    def queue(self) -> _Page: ...

    def launch(self, **options: object) -> object: ...


class _Event(Protocol):
    """A click on a picture, whose place is in the picture's pixels."""

    index: Sequence[float]


def demo(
    examples: Annotated[
        Path | None,
        typer.Option(
            "--examples", help="Folder of pictures to choose from (default: examples/screens, if there)."
        ),
    ] = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; others than this machine's.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen at.")] = 7860,
    vqa: Vqa = None,
    localizer: Loc = None,
    looks: Looks = None,
    seconds: Seconds = None,
    dpi: Dpi = None,
) -> None:
    """Show SEAL in a browser: ask about a picture and watch the search, list what is on a screen and click it.

    It listens on this machine alone, and there is no password.
    """
    from ..console import note

    gradio = _gradio()
    if examples is not None and not examples.is_dir():
        raise SettingError(
            f"{examples}: there is no such folder of pictures; name one, or leave --examples out."
        )
    page = blocks(
        seal_of(vqa, localizer, None, looks, seconds, dpi), examples or Path("examples/screens"), gradio
    )
    if host not in ("127.0.0.1", "localhost", "::1"):
        note("Whoever reaches this port can ask, and there is no password.")
    note(f"http://{host}:{port}")
    try:
        page.queue().launch(
            server_name=host,
            server_port=port,
            share=False,
            quiet=True,
            inbrowser=False,
            theme=gradio.themes.Default(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        )
    except OSError as error:
        raise SettingError(f"{host}:{port} cannot be had; name another port ({error}).") from error


def _gradio() -> ModuleType:
    try:
        return import_module("gradio")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"The demo needs gradio ({error.name} is missing): pip install 'seal-visual-search[demo]'"
        ) from error


def blocks(seal: Seal, examples: Path, gradio: ModuleType) -> _Page:
    """The page, of class `gradio.Blocks`. examples: a folder of pictures to choose from; none where it is not there."""
    pictures = sorted(str(p) for p in examples.glob("*") if p.suffix.casefold() in SUFFIXES)
    with gradio.Blocks(title="SEAL", analytics_enabled=False, delete_cache=(600, 3600)) as page:
        marked = gradio.State(None)
        with gradio.Row():
            with gradio.Column(scale=1):
                image = gradio.Image(
                    type="filepath", label="Picture", sources=["upload", "clipboard"], height=300
                )
                question = gradio.Textbox(label="Question", placeholder="What is the value next to Total?")
                with gradio.Row():
                    ask = gradio.Button("Ask", variant="primary", elem_id="ask")
                    listing = gradio.Button("Elements", elem_id="elements")
                said = gradio.Textbox(label="Answer", lines=6, elem_id="said", interactive=False)
                if pictures:
                    gradio.Examples(pictures, inputs=image, label="Examples")
            with gradio.Column(scale=2):
                shown = gradio.Image(
                    label="What was seen", interactive=False, format="jpeg", elem_id="shown", height=720
                )

        def searched(
            path: str | None, words: str
        ) -> Iterator[Shown]:  # Gradio asks whether it is a generator
            yield from asking(seal, path, words)

        searched.__annotations__ = {}  # names that only type checkers know
        for event in (ask.click, question.submit):
            event(lambda: None, outputs=marked).then(
                searched, inputs=[image, question], outputs=[shown, said], concurrency_limit=1
            )
        listing.click(
            lambda path: listed(seal, path), inputs=image, outputs=[shown, said, marked], concurrency_limit=1
        )

        def clicked(found: Marked | None, event: _Event) -> str:
            return at(found, event.index)

        clicked.__annotations__ = {"event": gradio.SelectData}  # by which Gradio knows what to hand over
        shown.select(clicked, inputs=marked, outputs=said)
    made: _Page = page
    return made


def asking(seal: Seal, path: str | None, question: str) -> Iterator[Shown]:
    """The picture after every step of the search, and at the end the answer; an error is told in its place."""
    if not path or not (question or "").strip():
        yield None, "Choose a picture and type a question."
        return
    from pydantic import BaseModel

    from ..console import note
    from ..memory.image import Image
    from ..record.result import Result
    from ..record.unkept import kept_or_not

    stop, told = threading.Event(), SimpleQueue[object]()

    def work() -> None:
        try:
            told.put(
                kept_or_not(lambda: seal.ask(opened, question, on_step=told.put, cancelled=stop.is_set), note)
            )
        except Exception as error:
            told.put(error)

    try:
        opened = Image.open(path, dpi=seal.dpi, max_pixels=seal.max_pixels)
        search = Search(opened.region(opened.box, SIDE), opened.size_wh)
        yield search.picture(), "Looking ..."
        threading.Thread(target=work, daemon=True).start()
        while isinstance(step := told.get(), BaseModel) and not isinstance(step, Result):
            search = search.after(step)
            yield search.picture(), search.words
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Result)
        yield step.picture(SIDE), answer(step)
    except SealError as error:
        yield None, f"error: {error}"
    finally:
        stop.set()


def listed(seal: Seal, path: str | None) -> tuple[PIL.Image.Image | None, str, Marked | None]:
    """The screen with a number on every element, their list, and what a click on it needs."""
    from ..screen.exports import to_prompt

    if not path:
        return None, "Choose a picture.", None
    try:
        found = seal.elements(path)
        picture = seal.marks(path, found, max_side=SIDE)
    except SealError as error:
        return None, f"error: {error}", None
    return picture, f"{len(found)} elements; click one.\n{to_prompt(found)}", Marked(found, picture.width)


def at(marked: Marked | None, place: Sequence[float]) -> str:
    """What is said of the element at a place of the shown picture, in its pixels."""
    if marked is None:
        return "List the elements first, then click one."
    scale = marked.elements.size_wh[0] / marked.width
    element = marked.elements.at(place[0] * scale, place[1] * scale)
    if element is None:
        return "Nothing is known to be there."
    lines = {
        "": f"{element.number}: {element.words}",
        "text": element.text,
        "label": element.label,
        "icon": element.icon,
        "state": element.state,
        "box": str([round(v) for v in element.box.xyxy]),
        "click": str([round(v) for v in element.click]) if element.interactive else "",
        "confidence": f"{element.confidence:.2f}",
        "id": element.id,
    }
    return "\n".join(f"{name}: {told}" if name else told for name, told in lines.items() if told)


@dataclass(frozen=True, slots=True)
class Marked:
    """The elements that are shown, and the width of the picture in which they are, pixels."""

    elements: Elements
    width: int


@dataclass(frozen=True, slots=True)
class Search:
    """A search as far as it went. page: a copy of the image; size_wh: of the full image, whose pixels boxes are in."""

    page: PIL.Image.Image
    size_wh: tuple[int, int]
    looked: tuple[Box, ...] = ()
    found: tuple[tuple[str, Box], ...] = ()
    words: str = ""

    def after(self, step: object) -> Search:
        """The search with one more step; what is not looked at on the first page is told in words alone."""
        from ..record.steps import LookStep, ShowStep

        if isinstance(step, ShowStep):
            targets = ", ".join(step.targets) or "nothing"
            return replace(self, words=f"To look for: {targets}")
        if not isinstance(step, LookStep):
            return self
        seen = [(o.phrase, o.boxes[0]) for o in step.observations if o.phrase in step.found and o.boxes]
        words = f"{self.words}\nlook {step.index + 1}: {', '.join(step.found) or 'not yet'}"
        return replace(self, looked=(*self.looked, step.box), found=(*self.found, *seen), words=words)

    def picture(self) -> PIL.Image.Image:
        """The page with the patches that were looked at, the last one marked, and the finds."""
        from ..record.pictures import draw_boxes

        colors = [LOOKED] * (len(self.looked) - 1) + [NOW] * bool(self.looked) + [FOUND] * len(self.found)
        labels = [""] * len(self.looked) + [phrase for phrase, _ in self.found]
        boxes = [*self.looked, *(box for _, box in self.found)]
        return draw_boxes(self.page, boxes, labels, colors=colors, full_size_wh=self.size_wh)


def answer(result: Result) -> str:
    """The answer, why, and what it cost."""
    said = result.answer if result.status == "answered" else "cannot tell"
    lines = [f"{said}   ({result.confidence:.2f})", result.reason]
    lines += [f"{a.phrase}: {a.sentence}" for a in result.absent[:5]]
    lines.append(f"{result.spend.looks} looks, {result.spend.total_seconds:.1f} s")
    return "\n".join(line for line in lines if line)
