"""Every error that SEAL raises on purpose. Each message says what was expected, what came and what to do.

    SealError
    ├── InputError                 what the user gave cannot be used (exit code 2)
    │   ├── ImageError             missing, unreadable, empty, encrypted
    │   │   ├── PageError          one page of a document, while the others may be good
    │   │   └── TooLargeError      over the limit of pixels or bytes
    │   ├── QuestionError          empty question, no target in it, doubled options
    │   ├── SettingError           a budget, policy or threshold out of range
    │   └── UnknownAgentError      no agent of that name; lists the known ones
    ├── AgentError                 an agent failed although its input was good
    │   ├── MissingExtraError      an optional package is absent; names the install command
    │   ├── ReplyError             a model's reply does not follow its contract
    │   ├── UnknownPhraseError     a localizer of a closed vocabulary has no name for a phrase
    │   └── ReplayError            a recording holds no reply for what was asked
    ├── StoreError                 the memory store cannot be read or written
    │   └── UnkeptError            a question was answered, and the store does not take the run; holds the answer
    ├── Undecided                  a test asked for what a screen neither shows nor rules out
    └── OutOfTime                  the deadline in force has passed; caught where the best answer so far is made

Errors never log and never print: the caller decides.
"""

from __future__ import annotations

from typing import Literal

__all__ = [
    "AgentError",
    "ImageError",
    "InputError",
    "MissingExtraError",
    "OutOfTime",
    "PageError",
    "QuestionError",
    "ReplayError",
    "ReplyError",
    "SealError",
    "SettingError",
    "StoreError",
    "TooLargeError",
    "Undecided",
    "UnkeptError",
    "UnknownAgentError",
    "UnknownPhraseError",
]


class SealError(Exception):
    """Base of all errors of this package."""


class InputError(SealError):
    """What the user gave cannot be used."""


class ImageError(InputError):
    """An image or document cannot be opened, decoded or is out of bounds."""


class PageError(ImageError):
    """A page of a document cannot be read or drawn, while the others may be good. page: its 1-based number."""

    def __init__(self, message: str, page: int) -> None:
        super().__init__(message)
        self.page = page


class TooLargeError(ImageError):
    """An image has more pixels, or its file more bytes, than the limit."""


class QuestionError(InputError):
    """A question or its options cannot be used."""


class SettingError(InputError, ValueError):
    """A setting is out of its range."""


class UnknownAgentError(InputError):
    """No agent is registered under that name."""


class AgentError(SealError):
    """An agent failed although its input was good."""


class MissingExtraError(AgentError):
    """An optional package is not installed."""


class ReplyError(AgentError):
    """A model's reply does not follow its contract."""


class UnknownPhraseError(AgentError):
    """A localizer of a closed vocabulary was asked for something that it has no name for."""


class ReplayError(AgentError):
    """A recording holds no reply for what was asked."""


class StoreError(SealError):
    """The memory store cannot be read or written."""


class UnkeptError(StoreError):
    """A question was answered, and the store does not take the run. result: the answer, a `seal.Result`."""

    def __init__(self, message: str, result: object) -> None:
        super().__init__(message)
        self.result = result


class Undecided(SealError):
    """A test asked for what a screen neither shows nor rules out. Raised by the fixture of `seal.testing` alone."""


class OutOfTime(SealError):
    """What was about to start, or went on, cannot end in time. why: the time is over, or the run was cancelled.

    Agents let it pass: `Seal` makes the best answer so far of it, and raises it to nobody.
    """

    def __init__(self, why: Literal["seconds", "cancelled"] = "seconds") -> None:
        super().__init__(
            "The run was cancelled." if why == "cancelled" else "The time of this question ended."
        )
        self.why: Literal["seconds", "cancelled"] = why
