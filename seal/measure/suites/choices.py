"""Options and letters as the benchmarks write them: "(A) rubber", "B. Behind", columns A to D, a list or its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from string import ascii_uppercase

from ...memory.errors import InputError
from ...memory.source import one_line
from .tables import Record

__all__ = ["asked_and_options", "options_of", "right_of"]

OPTIONS = ("options", "multi-choice options", "multi_choice_options", "choices")
"""Fields that hold all options."""
_LETTER = r"\(?([A-Z])[).:、]\s*"
_LED = re.compile(rf"\s*{_LETTER}(.*)", re.DOTALL)
_LINE = re.compile(rf"^\s*{_LETTER}", re.MULTILINE)
_TOLD = re.compile(r"\(?([A-Z])\)?[.:]?")


def options_of(record: Record) -> tuple[str, ...]:
    """The options in their order, without letters; none where there are none. Raises InputError."""
    lettered = [
        str(record.get(letter)).strip() for letter in ascii_uppercase if record.get(letter) is not None
    ]
    if len(lettered) > 1:
        return tuple(lettered)
    value = record.get(*OPTIONS)
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = ast.literal_eval(value.strip())
        except (ValueError, SyntaxError) as error:
            raise InputError(f"options are expected to be a list; got {one_line(value, 60)}") from error
    if isinstance(value, str):
        return _split(value)
    if isinstance(value, dict):
        return tuple(str(value[letter]).strip() for letter in sorted(value))
    if isinstance(value, Sequence):
        return tuple(
            _bare(str(option), letter) for option, letter in zip(value, ascii_uppercase, strict=False)
        )
    if value is None:
        return ()
    raise InputError(f"options are expected to be a list or a text; got {one_line(repr(value), 60)}")


def asked_and_options(text: str) -> tuple[str, tuple[str, ...]]:
    """Question and options out of one text, options a line each; what comes after the line of the last is left out.

    >>> asked_and_options("What is it made of?\\n(A) rubber\\n(B) cotton\\nAnswer with the letter.")
    ('What is it made of?', ('rubber', 'cotton'))
    """
    first = _LINE.search(text)
    if first is None:
        return text.strip(), ()
    options = _split(text[first.start() :])
    return text[: first.start()].strip(), (*options[:-1], options[-1].partition("\n")[0].strip())


def right_of(options: Sequence[str], answer: str) -> str:
    """The option that a letter names, or that is written out. Raises InputError when there is no such option."""
    told = _TOLD.fullmatch(answer.strip())
    if told and ascii_uppercase.index(told[1]) < len(options):
        return options[ascii_uppercase.index(told[1])]
    if answer.strip() in options:
        return answer.strip()
    last = ascii_uppercase[len(options) - 1]
    raise InputError(f"the answer is expected to be a letter from A to {last}; got {one_line(answer, 40)!r}")


def _split(text: str) -> tuple[str, ...]:
    """Options that begin with A, B, C, ... at the start of a line each."""
    starts = list[re.Match[str]]()
    for match in _LINE.finditer(text):
        if match[1] == ascii_uppercase[len(starts) % 26]:
            starts.append(match)
    if len(starts) < 2:
        raise InputError(f"options like '(A) red' are expected, a line each; got {one_line(text, 60)!r}")
    ends = [*(m.start() for m in starts[1:]), len(text)]
    return tuple(text[m.end() : end].strip() for m, end in zip(starts, ends, strict=True))


def _bare(option: str, letter: str) -> str:
    """An option without the letter of its place."""
    led = _LED.fullmatch(option)
    return (led[2] if led and led[1] == letter else option).strip()
