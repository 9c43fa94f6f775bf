"""Templates of questions, of which few are tried and fewer compiled.

Several hundred regular expressions take a third of a second to compile, and one question needs a dozen of them. So
each template is first held against the words of the question: it names words of which some must occur in whatever it
matches ("how far (does|do) .* pages" needs "how far ", one of "does" and "do", and " pages"). Only a template whose
words are there is compiled, once, and tried. What matches, and in which order, is the same as without.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Template", "matches", "needed_words"]

Clauses = tuple[frozenset[str], ...]
"""Of every set at least one string occurs, in lower case, in whatever matches."""

_TOKEN = re.compile(
    r"\\."  # an escape
    r"|\(\?(?:P<\w+>|<[=!]|-i:|[:=!])|[()\[\]|]"  # groups and choices
    r"|\{\d*,?\d*\}|[?*+.^$]"  # repetitions and other signs
    r"|<[A-Z]+>|\{[a-z]+\}"  # macros and slots
    r"|[^\\()\[\]|?*+.^$<{]+|.",
    re.S,
)
_PLAIN_GROUPS = ("(?:", "(?P<")
_ALSO_I = str.maketrans("ıİ", "ii")
"""Letters that match an "i" where case is ignored, though they do not fold to it."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template of a form. words: as in `needed_words`. compiled: its regular expression, compiled when asked for."""

    form: str
    words: Clauses
    compiled: Callable[[], re.Pattern[str]]


def matches(templates: Sequence[Template], text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """(form, match) of each template that matches the whole text, in the order of the templates."""
    folded = text.translate(_ALSO_I).casefold()
    for template in templates:
        if all(any(word in folded for word in some) for some in template.words) and (
            match := template.compiled().fullmatch(text)
        ):
            yield template.form, match


def needed_words(template: str, named: Callable[[str], Clauses]) -> Clauses:
    """What must occur in a text, in lower case, for the template to match it.

    named: what a macro or slot of the template ("<WH>", "{a}") needs. Optional parts and look-arounds need nothing, a
    choice needs one word of each of its branches, if all have one.
    """
    return _choice(iter(_TOKEN.findall(template)), named)


def _choice(tokens: Iterator[str], named: Callable[[str], Clauses]) -> Clauses:
    """What the branches up to the end of a group need; takes the tokens of the group, its end included."""
    branches: list[list[str | Clauses]] = [[]]
    for token in tokens:
        parts = branches[-1]
        if token in (")", "]"):
            break
        if token == "|":
            branches.append([])
        elif token[0] in "([":
            inner = _choice(tokens, named)
            parts.append(inner if token.startswith(_PLAIN_GROUPS) or token == "(" else ())
        elif token in ("?", "*") or (token[0] == "{" and not token[1].isalpha()):
            last = parts.pop() if parts else ""
            parts.append(last[:-1] if isinstance(last, str) else "")
        elif len(token) > 2 and token[0] in "<{":
            parts.append(named(token))
        elif token[0] == "\\" or token in (".", "^", "$"):
            parts.append(())
        elif token != "+":
            parts.append(token.casefold())
    needs = [_joined(parts) for parts in branches]
    if len(needs) == 1:
        return needs[0]
    return (frozenset().union(*(max(need, key=_rarity) for need in needs)),) if all(needs) else ()


def _joined(parts: Sequence[str | Clauses]) -> Clauses:
    """What parts that follow one another need; single letters say little."""
    plain = (
        ((frozenset((part,)),) if len(part.strip()) > 1 else ()) if isinstance(part, str) else part
        for part in parts
    )
    return tuple(some for need in plain for some in need)


def _rarity(some: frozenset[str]) -> tuple[int, int]:
    """Few long words say more than many short ones."""
    return min(map(len, some)), -len(some)
