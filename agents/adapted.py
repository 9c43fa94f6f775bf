"""Agents that do not derive from the base classes, as if they did: any object with a protocol's attributes will do.

The one place that asks an object for what it may have beyond its protocol. An ability that is not there is the base
class's default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from inspect import signature

from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.working import TextLine, VisualWorkingMemory
from .contracts import Answer, Check, Localizer, Need, Part, Sighting, VQAAgent
from .looker import Answerer, Looker

__all__ = ["Adapted", "AdaptedVQA"]


class Adapted(Looker):
    """A localizer that has name, capabilities and `locate`, and maybe other abilities of a `Looker`."""

    def __init__(self, agent: Localizer) -> None:
        self.agent = agent
        self.name = agent.name
        self.capabilities = agent.capabilities
        self.keeps_deadline = bool(getattr(agent, "keeps_deadline", False))

    @property
    def version(self) -> str:
        """The object's, or none."""
        return str(getattr(self.agent, "version", ""))

    @property
    def parts(self) -> tuple[Part, ...]:
        """The object's, or none."""
        return tuple(getattr(self.agent, "parts", ()))

    @property
    def tokens(self) -> int | None:
        """The object's, or none."""
        told: int | None = getattr(self.agent, "tokens", None)
        return told

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """As the object."""
        return self.agent.locate(patches, phrases)

    def unknown(self, phrase: str) -> str:
        """As the object, if it can."""
        own: Callable[[str], str] = getattr(self.agent, "unknown", super().unknown)
        return own(phrase)

    def only_text(self, phrase: str) -> bool:
        """As the object, if it can."""
        own: Callable[[str], bool] = getattr(self.agent, "only_text", super().only_text)
        return own(phrase)

    def kind(self, phrase: str) -> str:
        """As the object, if it can."""
        own: Callable[[str], str] = getattr(self.agent, "kind", super().kind)
        return own(phrase)

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """As the object, if it can; it is told of known lines where it takes a third argument."""
        own: Callable[..., Sighting | None] = getattr(self.agent, "read", super().read)
        return own(patch, within, known) if len(signature(own).parameters) > 2 else own(patch, within)

    def spell(self, patch: Patch) -> tuple[str, float]:
        """As the object, if it can."""
        own: Callable[[Patch], tuple[str, float]] = getattr(self.agent, "spell", super().spell)
        return own(patch)

    def survey(self, patch: Patch) -> Sighting | None:
        """As the object, if it can."""
        own: Callable[[Patch], Sighting | None] = getattr(self.agent, "survey", super().survey)
        return own(patch)

    def where(self, patch: Patch, target: str) -> str:
        """As the object, if it can."""
        own: Callable[[Patch, str], str] = getattr(self.agent, "where", super().where)
        return own(patch, target)

    def looked_at(self, image: Image) -> tuple[Box, ...]:
        """As the object, if it can."""
        own: Callable[[Image], tuple[Box, ...]] = getattr(self.agent, "looked_at", super().looked_at)
        return own(image)

    def prepare(self, image: Image) -> None:
        """As the object, if it can."""
        own: Callable[[Image], None] = getattr(self.agent, "prepare", super().prepare)
        own(image)

    def self_test(self) -> Iterable[Check]:
        """As the object, if it can."""
        own: Callable[[], Iterable[Check]] = getattr(self.agent, "self_test", super().self_test)
        return own()


class AdaptedVQA(Answerer):
    """A VQA agent that has name, input side, `show`, `where` and `tell`, and maybe other abilities of an `Answerer`."""

    def __init__(self, agent: VQAAgent) -> None:
        self.agent = agent
        self.name = agent.name
        self.input_side = agent.input_side
        self.sees_pictures = bool(getattr(agent, "sees_pictures", True))
        self.keeps_deadline = bool(getattr(agent, "keeps_deadline", False))

    @property
    def tokens(self) -> int | None:
        """The object's, or none."""
        told: int | None = getattr(self.agent, "tokens", None)
        return told

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """As the object."""
        return self.agent.show(view, question, options)

    def where(self, patch: Patch, target: str) -> str:
        """As the object."""
        return self.agent.where(patch, target)

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """As the object."""
        return self.agent.tell(memory)

    def self_test(self) -> Iterable[Check]:
        """As the object, if it can."""
        own: Callable[[], Iterable[Check]] = getattr(self.agent, "self_test", super().self_test)
        return own()
