"""Base classes of agents: every optional ability is a method with a default, and a wrapper passes each one on.

- `Looker` is a localizer, `Answerer` a VQA agent. A subclass writes what its protocol (`contracts`) demands, and
  overrides what else it can do.
- `Wrapper` and `VQAWrapper` hand every ability to the agent inside, one method each and no `__getattr__`: an ability
  that is added here without being passed on fails a test, not somebody's run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.working import TextLine, VisualWorkingMemory
from .contracts import Answer, Capabilities, Check, Need, Part, Sighting

__all__ = ["Answerer", "Looker", "VQAWrapper", "Wrapper"]


class Looker(ABC):
    """A localizer. A subclass sets `name` and `capabilities`, writes `locate`, and overrides what else it can do."""

    name: str
    capabilities: Capabilities
    keeps_deadline: bool = False
    """Whether it looks at the deadline in force (`seal.memory.deadline`) by itself; else its calls run in threads that
    are left behind when the time is over."""

    @property
    def version(self) -> str:
        """What tells localizers of one name but other weights apart, where looks are kept on disk."""
        return ""

    @property
    def parts(self) -> tuple[Part, ...]:
        """The components, where several localizers look as one."""
        return ()

    @property
    def tokens(self) -> int | None:
        """Tokens that its model has read and written so far, those of pictures too; None where none are counted."""
        return None

    @abstractmethod
    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]."""

    def unknown(self, phrase: str) -> str:
        """Why the phrase cannot be looked for, in one sentence that names the nearest that can; "" when it can.

        For closed vocabularies. Asked for such a phrase all the same, `locate` raises UnknownPhraseError.
        """
        return ""

    def only_text(self, phrase: str) -> bool:
        """Whether nothing but text is looked for under this phrase."""
        return self.capabilities.text_only

    def kind(self, phrase: str) -> str:
        """What kind of thing the phrase names, where things of some kinds are seen better than others; "" for none."""
        return "text" if self.only_text(phrase) else ""

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """The lines of text of a patch that run through a box (pixels of the full image); None where no parts are read.

        With it a view serves for all that is written in it. The view says where lines are; they may be read from the
        image itself. known: lines that were read before, which need not be read once more (`seen_before` in
        `seal.memory.geometry`); they may be left out of the reply.
        """
        return None

    def spell(self, patch: Patch) -> tuple[str, float]:
        """What the one line that fills a patch says, however small it is, and how sure that is, in [0, 1].

        Text detectors miss a lone digit on a small disc that a recogniser reads. ("", 0.0): nothing is read so.
        """
        return "", 0.0

    def survey(self, patch: Patch) -> Sighting | None:
        """All that is seen in a patch, whatever is looked for; None where only phrases can be asked for.

        texts: for each box the phrase that `locate` would find it by: "button", "checked checkbox", "trash icon". A box
        that may show several things comes once for each. No cue map.
        """
        return None

    def where(self, patch: Patch, target: str) -> str:
        """Contextual cue, asked for if `Capabilities.says_where`: a sentence of where such a target usually is."""
        return ""

    def looked_at(self, image: Image) -> tuple[Box, ...]:
        """Views of an image (pixels of it) in which another phrase costs next to nothing."""
        return ()

    def prepare(self, image: Image) -> None:
        """Begin to load, in threads of its own, what nearly every look at an image needs: one will come soon."""
        del image

    def self_test(self) -> Iterable[Check]:
        """Checks of its own for `seal doctor`, one by one as they are done."""
        return ()


class Wrapper(Looker):
    """A localizer around another one, `inner`: does what that does, but for what a subclass overrides.

    `name` and `capabilities` are those of `inner`; a subclass may change its own.
    """

    def __init__(self, inner: Looker) -> None:
        self.inner = inner
        self.name = inner.name
        self.capabilities = inner.capabilities
        self.keeps_deadline = inner.keeps_deadline

    @property
    def version(self) -> str:
        """As the localizer inside."""
        return self.inner.version

    @property
    def parts(self) -> tuple[Part, ...]:
        """As the localizer inside."""
        return self.inner.parts

    @property
    def tokens(self) -> int | None:
        """As the localizer inside."""
        return self.inner.tokens

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """As the localizer inside."""
        return self.inner.locate(patches, phrases)

    def unknown(self, phrase: str) -> str:
        """As the localizer inside."""
        return self.inner.unknown(phrase)

    def only_text(self, phrase: str) -> bool:
        """As the localizer inside."""
        return self.inner.only_text(phrase)

    def kind(self, phrase: str) -> str:
        """As the localizer inside."""
        return self.inner.kind(phrase)

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """As the localizer inside."""
        return self.inner.read(patch, within, known)

    def spell(self, patch: Patch) -> tuple[str, float]:
        """As the localizer inside."""
        return self.inner.spell(patch)

    def survey(self, patch: Patch) -> Sighting | None:
        """As the localizer inside."""
        return self.inner.survey(patch)

    def where(self, patch: Patch, target: str) -> str:
        """As the localizer inside."""
        return self.inner.where(patch, target)

    def looked_at(self, image: Image) -> tuple[Box, ...]:
        """As the localizer inside."""
        return self.inner.looked_at(image)

    def prepare(self, image: Image) -> None:
        """As the localizer inside."""
        self.inner.prepare(image)

    def self_test(self) -> Iterable[Check]:
        """As the localizer inside."""
        return self.inner.self_test()


class Answerer(ABC):
    """A VQA agent. A subclass sets `name` and `input_side`, writes `show` and `tell`, and may override the rest.

    sees_pictures: whether its answers come from looking at pictures; else they come from measured facts alone.
    keeps_deadline: as of a `Looker`.
    """

    name: str
    input_side: int
    sees_pictures: bool = True
    keeps_deadline: bool = False

    @property
    def tokens(self) -> int | None:
        """Tokens that its model has read and written so far, those of pictures too; None where none are counted."""
        return None

    @abstractmethod
    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """Answer from the global view, or name the targets that are missing."""

    @abstractmethod
    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """Answer the memory's question, with one of its options if it has any, citing the crops used."""

    def where(self, patch: Patch, target: str) -> str:
        """Contextual cue: a sentence that says where such a target usually is; "" when nothing is known."""
        return ""

    def self_test(self) -> Iterable[Check]:
        """Checks of its own for `seal doctor`, one by one as they are done."""
        return ()


class VQAWrapper(Answerer):
    """A VQA agent around another one, `inner`: does what that does, but for what a subclass overrides."""

    def __init__(self, inner: Answerer) -> None:
        self.inner = inner
        self.name = inner.name
        self.input_side = inner.input_side
        self.sees_pictures = inner.sees_pictures
        self.keeps_deadline = inner.keeps_deadline

    @property
    def tokens(self) -> int | None:
        """As the agent inside."""
        return self.inner.tokens

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """As the agent inside."""
        return self.inner.show(view, question, options)

    def where(self, patch: Patch, target: str) -> str:
        """As the agent inside."""
        return self.inner.where(patch, target)

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """As the agent inside."""
        return self.inner.tell(memory)

    def self_test(self) -> Iterable[Check]:
        """As the agent inside."""
        return self.inner.self_test()
