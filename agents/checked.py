"""Agents whose replies are checked: whoever asks one of these gets what `contracts` promises, or an AgentError.

The one place where replies of foreign code come in. A fault of the reply is a ReplyError; whatever an agent raises
that is no error of this package becomes an AgentError, with the cause attached. What looks or speaks is not waited for
when the time is over, and raises OutOfTime then (`seal.agents.calls`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..memory.geometry import Box
from ..memory.image import Image, Patch
from ..memory.working import TextLine, VisualWorkingMemory
from .calls import Calls
from .checks import Reply, failures
from .contracts import Answer, Check, Need, Sighting
from .looker import Answerer, Looker, VQAWrapper, Wrapper

__all__ = ["CheckedLocalizer", "CheckedVQA", "checked"]


def checked(localizer: Looker) -> CheckedLocalizer:
    """The localizer with its replies checked; itself, where they are already."""
    return localizer if isinstance(localizer, CheckedLocalizer) else CheckedLocalizer(localizer)


class CheckedLocalizer(Wrapper):
    """A localizer whose replies are checked. Wrappers that keep or record replies derive from it."""

    keeps_deadline = True

    def __init__(self, inner: Looker) -> None:
        super().__init__(inner)
        self._calls = Calls(inner.keeps_deadline)
        self.keeps_deadline = True

    @property
    def version(self) -> str:
        """A string."""
        with failures(self.name, "version"):
            return Reply(self.name, "version").text(self.inner.version)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """Boxes lie in their patches, scores in [0, 1], everything is finite and of the right type."""
        with failures(self.name, "locate"):
            seen = self._calls("locate", lambda: self.inner.locate(patches, phrases), len(patches))
            return Reply(self.name, "locate").sightings(seen, patches, phrases)

    def unknown(self, phrase: str) -> str:
        """A string."""
        with failures(self.name, "unknown"):
            return Reply(self.name, "unknown").text(self.inner.unknown(phrase))

    def only_text(self, phrase: str) -> bool:
        """True or False."""
        with failures(self.name, "only_text"):
            return Reply(self.name, "only_text").truth(self.inner.only_text(phrase))

    def kind(self, phrase: str) -> str:
        """A string."""
        with failures(self.name, "kind"):
            return Reply(self.name, "kind").text(self.inner.kind(phrase))

    def read(self, patch: Patch, within: Box, known: Sequence[TextLine] = ()) -> Sighting | None:
        """As `locate`; None of a localizer that does not read."""
        if not self.capabilities.reads_text:
            return None
        with failures(self.name, "read"):
            seen = self._calls("read", lambda: self.inner.read(patch, within, known))
            return None if seen is None else Reply(self.name, "read").sighting(seen, patch)

    def spell(self, patch: Patch) -> tuple[str, float]:
        """A text without space around it, and a number in [0, 1]; nothing of a localizer that does not read."""
        if not self.capabilities.reads_text:
            return "", 0.0
        with failures(self.name, "spell"):
            return Reply(self.name, "spell").spelled(self._calls("spell", lambda: self.inner.spell(patch)))

    def survey(self, patch: Patch) -> Sighting | None:
        """As `locate`, a phrase for each box; None of a localizer that surveys nothing."""
        with failures(self.name, "survey"):
            seen = self._calls("survey", lambda: self.inner.survey(patch))
            return None if seen is None else Reply(self.name, "survey").surveyed(seen, patch)

    def where(self, patch: Patch, target: str) -> str:
        """A string."""
        with failures(self.name, "where"):
            return Reply(self.name, "where").text(
                self._calls("where", lambda: self.inner.where(patch, target))
            )

    def looked_at(self, image: Image) -> tuple[Box, ...]:
        """Boxes."""
        with failures(self.name, "looked_at"):
            return Reply(self.name, "looked_at").views(self.inner.looked_at(image))

    def prepare(self, image: Image) -> None:
        """Nothing comes back."""
        with failures(self.name, "prepare"):
            self.inner.prepare(image)

    def self_test(self) -> Iterator[Check]:
        """Checks."""
        with failures(self.name, "self_test"):
            for check in self.inner.self_test():
                yield Reply(self.name, "self_test").of_type(check, Check)


class CheckedVQA(VQAWrapper):
    """A VQA agent whose replies are checked. longest: characters of a target's phrase that the localizer takes."""

    def __init__(self, inner: Answerer, longest: int | None = None) -> None:
        super().__init__(inner.inner if isinstance(inner, CheckedVQA) else inner)
        self.longest = longest
        self._calls = Calls(self.inner.keeps_deadline)
        self.keeps_deadline = True

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """Targets that can be looked for, or an answer as of `tell`."""
        with failures(self.name, "show"):
            need = self._calls("show", lambda: self.inner.show(view, question, options))
            return Reply(self.name, "show").need(need, options, self.longest)

    def where(self, patch: Patch, target: str) -> str:
        """A string."""
        with failures(self.name, "where"):
            return Reply(self.name, "where").text(
                self._calls("where", lambda: self.inner.where(patch, target))
            )

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """Confidence in [0, 1], one finite score an option if any, further targets that can be looked for."""
        with failures(self.name, "tell"):
            told = self._calls("tell", lambda: self.inner.tell(memory))
            return Reply(self.name, "tell").answer(told, memory.options, self.longest, memory)

    def self_test(self) -> Iterator[Check]:
        """Checks."""
        with failures(self.name, "self_test"):
            for check in self.inner.self_test():
                yield Reply(self.name, "self_test").of_type(check, Check)
