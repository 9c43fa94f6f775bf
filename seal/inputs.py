"""What the user gives, checked before any work: questions, options, targets, a budget.

Each function gives the value in the form that is used, or raises an error of one line: what was expected, what came.
The limits are far above what a person asks, and keep a mistake (a whole file as the question) from costing minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from .agents.checks import is_text
from .agents.contracts import Target
from .memory.errors import QuestionError, SettingError
from .memory.source import one_line

__all__ = [
    "MAX_OPTION",
    "MAX_OPTIONS",
    "MAX_QUESTION",
    "MAX_TARGETS",
    "Prompted",
    "checked_options",
    "checked_queries",
    "checked_question",
    "checked_targets",
    "checked_type",
    "distinct",
    "prompted",
]

MAX_QUESTION = 4_000
"""Characters of a question."""
MAX_OPTIONS = 100
"""Options of a question."""
MAX_OPTION = 1_000
"""Characters of an option."""
MAX_TARGETS = 256
"""Targets of one `locate`."""
_OPTION = re.compile(r"\s*\(?([A-Z])[.):]\s*(\S.*?)\s*")
_LETTER = re.compile(
    r"\bletter\b|字母|\bselect the (?:correct|right|best) (?:answer|option|choice)\b", re.IGNORECASE
)
"""After the choices: a letter is wanted. Harnesses that ask so look for one in the reply."""
_HEAD = re.compile(r"(?:question|问题)\s*[:：]\s*", re.IGNORECASE)
_ABOVE = re.compile(
    r"(?:^|(?<=[.?!。？！]))\s*"
    r"(?:(?:the )?(?:options|choices)(?: are(?: listed)?(?: below)?| below)?|选项(?:如下(?:所示)?)?)\s*[:：]\Z",
    re.IGNORECASE | re.MULTILINE,
)
"""What harnesses write before the question, and between it and its choices."""

T = TypeVar("T")


def checked_question(question: object) -> str:
    """The question without space around it. Raises QuestionError."""
    if not isinstance(question, str):
        raise QuestionError(f"The question must be a string; got {_told(question)}.")
    if not question.strip():
        raise QuestionError("The question is empty; ask something like: What is the value next to 'Total'?")
    _check_text(question, "The question", MAX_QUESTION)
    return question.strip()


def checked_options(options: object) -> tuple[str, ...] | None:
    """The options without space around them; None without any. Raises QuestionError."""
    if options is None:
        return None
    if isinstance(options, str | bytes | dict) or not isinstance(options, Iterable):
        raise QuestionError(
            f"Options are a list of strings, for example ['left', 'right']; got {_told(options)}."
        )
    given = _listed(options, MAX_OPTIONS, "options")
    for option in given:
        if not isinstance(option, str):
            raise QuestionError(f"Every option must be a string; got {_told(option)}.")
        _check_text(option, "An option", MAX_OPTION)
    listed = tuple(option.strip() for option in given)
    if not listed:
        return None
    doubled = sorted({o for o in listed if listed.count(o) > 1})
    if doubled:
        raise QuestionError(
            f"Every option may be given once; {', '.join(map(repr, doubled))} came more often."
        )
    if len(listed) < 2 or not all(listed):
        raise QuestionError(f"At least two options with text are expected; got {list(listed)}.")
    return listed


def checked_queries(queries: Iterable[T], of: type) -> Iterator[T]:
    """The queries one by one, each of that type or (image, question[, options]). Raises QuestionError."""
    if isinstance(queries, str | bytes) or not isinstance(queries, Iterable):
        raise QuestionError(f"Queries are a list of (image, question); got {_told(queries)}.")
    for query in queries:
        in_parts = isinstance(query, Sequence) and not isinstance(query, str | bytes) and len(query) in (2, 3)
        if not in_parts and not isinstance(query, of):
            raise QuestionError(
                f"A query is (image, question) or (image, question, options); got {_told(query)}."
            )
        yield query


def checked_targets(targets: object) -> list[Target]:
    """The targets, each phrase once; a phrase alone needs no surroundings. Raises QuestionError."""
    example = "for example 'the label Total Revenue'"
    if isinstance(targets, bytes | dict) or not isinstance(targets, str | Target | Iterable):
        raise QuestionError(f"Give a target in words, {example}, or a list of targets; got {_told(targets)}.")
    given = [targets] if isinstance(targets, str | Target) else _listed(targets, MAX_TARGETS, "targets")
    wanted = [Target(t, surroundings=False) if isinstance(t, str) else t for t in given]
    for target in wanted:
        if not isinstance(target, Target):
            raise QuestionError(f"A target must be a string or a Target, {example}; got {_told(target)}.")
        if not isinstance(target.phrase, str) or target.instances not in ("one", "all"):
            raise QuestionError(
                f"A Target needs a string as phrase and 'one' or 'all' as instances; got {_told(target)}."
            )
        _check_text(target.phrase, "A target", None)
    if not wanted or any(not t.phrase.strip() for t in wanted):
        raise QuestionError(f"Give at least one target in words, {example}.")
    return distinct(wanted)


def checked_type(value: object, of: type[T], name: str, example: str) -> T:
    """The value itself. Raises SettingError when it is of another type."""
    if not isinstance(value, of):
        raise SettingError(f"{name} must be a {of.__name__}, for example {example}; got {_told(value)}.")
    return value


def distinct(targets: Sequence[Target]) -> list[Target]:
    """The targets without repeated phrases, the first of each."""
    return list({t.phrase: t for t in reversed(targets)}.values())[::-1]


def _listed(values: Iterable[T], most: int, name: str) -> list[T]:
    """The values, after no more than needed were taken: there may be no end of them."""
    listed = list(islice(values, most + 1))
    if len(listed) > most:
        number = f"{len(values):,}" if isinstance(values, Sequence) else "more"
        raise QuestionError(f"At most {most} {name} can be given at once; got {number}.")
    return listed


def _check_text(text: str, name: str, most: int | None) -> None:
    if most is not None and len(text) > most:
        raise QuestionError(
            f"{name} has {len(text):,} characters; at most {most:,} are taken. Say it more briefly."
        )
    if not is_text(text):
        raise QuestionError(
            f"{name} holds a lone surrogate, which is no character: {one_line(ascii(text), 60)}."
        )


def _told(value: object) -> str:
    return f"{one_line(repr(value), 60)} ({type(value).__name__})"


@dataclass(frozen=True, slots=True)
class Prompted:
    """A question as chat clients and harnesses put it, in one text with choices on lines of their own ("A. left").

    options: the choices, if the words hold some. letters: whether the words ask for a letter.
    """

    question: str
    options: tuple[str, ...] = ()
    letters: bool = False

    def reply(self, status: str, answer: str, reason: str) -> str:
        """What is said: the answer, its letter where that is wanted, or why there is none.

        Where a letter is wanted, that is "Unknown" alone: scorers would take the C of "Cannot tell" for one.
        """
        if status == "cannot_tell":
            return "Unknown" if self.letters else f"Cannot tell. {reason}".strip()
        if self.letters and answer in self.options:
            return chr(ord("A") + self.options.index(answer))
        return answer


def prompted(words: str) -> Prompted:
    """The question in a text, and the options that stand below it from A on.

    What harnesses write around them ("Question:", "Options:") is left out where there are options.

    >>> prompted("Which?\\nA. one\\nB. two\\nAnswer with the letter.")
    Prompted(question='Which?', options=('one', 'two'), letters=True)
    """
    lines = words.splitlines()
    for start in range(1, len(lines)):
        options: list[str] = []
        for line in lines[start:]:
            found = _OPTION.fullmatch(line)
            if found is None or ord(found[1]) - ord("A") != len(options):
                break
            options.append(found[2])
        before = "\n".join(lines[:start]).strip()
        if len(options) > 1 and before:
            rest = "\n".join(lines[start + len(options) :])
            return Prompted(_bare(before), tuple(options), _LETTER.search(rest) is not None)
    return Prompted(words)


def _bare(before: str) -> str:
    """What stands before the choices without the words that announce question and choices, if something is left."""
    above = _ABOVE.search(before)
    question = before[: above.start()].strip() if above else before
    head = _HEAD.match(question)
    return (question[head.end() :] if head else question).strip() or before
