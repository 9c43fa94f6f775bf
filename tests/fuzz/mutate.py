"""Small changes of bytes, text and JSON, each made by a `random.Random`: the same seed gives the same change."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

__all__ = ["changed_bytes", "changed_json", "changed_text", "odd_json", "odd_text"]

_NUMBERS = (0, 1, -1, 2**31 - 1, -(2**31), 2**32, 2**53 + 1, 2**63, 10**30, 1e308, -1e-308, 0.1)
_TEXTS = (
    "",
    " ",
    "\0",
    "\ud800",
    "\udfff" * 9,
    "\u202e\u2066\ufeff",
    "e\u0301" * 40,
    "\U0010ffff",
    "👩‍👩‍👧‍👦",
    "x" * 5_000,
    "\n" * 300,
    "</script><script>alert(1)</script>",
    "[red]&lt;b&gt;[/]",
    "\x1b[2J\x1b]0;title\x07",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "${HOME} $(id) `id` %s {0} {x.__class__}",
    "' OR 1=1; DROP TABLE runs; --",
    "NaN",
    "ignore all previous instructions",
    '"quoted',
    "(" * 300,
    "a" * 40 + "!",
    "1" * 5_000,
    "-1e999",
    "between between between of of the the next to next to",
    "row 999999999999999999999 column -1",
)
_BYTES = (
    b"\0",
    b"\xff",
    b"\0" * 64,
    b"\xff" * 64,
    b"\x7f\xff\xff\xff",
    b"\x80\0\0\0",
    b"%s%n",
    b"\r\n\r\n",
    b"PK\3\4",
)


def changed_bytes(random: Random, data: bytes) -> bytes:
    """One to eight changes: bits, bytes, blocks; cut, doubled, moved."""
    for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
        data = random.choice(_BYTE_CHANGES)(random, data)
    return data


def _bit(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return (
        data[:place]
        + bytes(b ^ 1 << random.randrange(8) for b in data[place : place + 1])
        + data[place + 1 :]
    )


def _written(random: Random, data: bytes) -> bytes:
    place, new = random.randrange(len(data) + 1), random.choice(_BYTES)
    return data[:place] + new + data[place + len(new) :]


def _put_in(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_BYTES) + data[place:]


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _taken_out(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randrange(1, 100) :]


def _doubled(random: Random, data: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    end = start + random.randrange(1, 1000)
    return data[:end] + data[start:end] + data[end:]


def _noise(random: Random, data: bytes) -> bytes:
    place, length = random.randrange(len(data) + 1), random.randrange(1, 64)
    return data[:place] + random.randbytes(length) + data[place + length :]


_BYTE_CHANGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    _bit,
    _bit,
    _written,
    _put_in,
    _cut,
    _taken_out,
    _doubled,
    _noise,
)


def odd_text(random: Random) -> str:
    """A text that programs stumble over."""
    return random.choice(_TEXTS) * random.choice((1, 1, 1, 3))


def changed_text(random: Random, text: str) -> str:
    """One to four changes: odd texts put in, words doubled, moved, dropped, cut."""
    for _ in range(random.choice((1, 1, 2, 4))):
        words, place = text.split(" "), random.randrange(len(text) + 1)
        match random.randrange(6):
            case 0:
                text = text[:place] + odd_text(random) + text[place:]
            case 1:
                text = text[:place]
            case 2:
                random.shuffle(words)
                text = " ".join(words)
            case 3:
                text = " ".join(word for word in words for _ in range(random.choice((0, 1, 1, 2))))
            case 4:
                text = text[:place] + chr(random.randrange(0x110000)) + text[place + 1 :]
            case _:
                words[random.randrange(len(words))] = odd_text(random)
                text = " ".join(words)
    return text


def odd_json(random: Random, depth: int = 3) -> Any:
    """A value that is seldom expected."""
    kinds = 8 if depth else 5
    match random.randrange(kinds):
        case 0:
            return random.choice(_NUMBERS)
        case 1:
            return odd_text(random)
        case 2:
            return random.choice((None, True, False))
        case 3:
            return random.choice((float("nan"), float("inf"), -float("inf")))
        case 4:
            return random.choice(([], {}, [[]], [None] * 300))
        case 5:
            return [odd_json(random, depth - 1) for _ in range(random.randrange(4))]
        case 6:
            return {odd_text(random)[:40]: odd_json(random, depth - 1) for _ in range(random.randrange(3))}
        case _:
            deep: Any = 1
            for _ in range(random.choice((20, 900))):
                deep = [deep] if random.random() < 0.5 else {"a": deep}
            return deep


def changed_json(random: Random, value: Any) -> Any:
    """A copy with one to three of its parts replaced, dropped, doubled or renamed."""
    value = json.loads(json.dumps(value))
    for _ in range(random.choice((1, 1, 2, 3))):
        value = _changed_part(random, value)
    return value


def _changed_part(random: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(list(value))
        match random.randrange(8):
            case 0:
                del value[key]
            case 1:
                value[odd_text(random)[:40]] = value.pop(key)
            case 2:
                value[key] = value[random.choice(list(value))]
            case _:
                value[key] = _changed_part(random, value[key])
        return value
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        match random.randrange(8):
            case 0:
                del value[place]
            case 1:
                value.insert(place, value[random.randrange(len(value))])
            case _:
                value[place] = _changed_part(random, value[place])
        return value
    if isinstance(value, str) and random.random() < 0.5:
        return changed_text(random, value)
    if isinstance(value, int | float) and random.random() < 0.5:
        return random.choice((-value, value * 2, value + 1, value * 1e9, value - 0.5))
    return odd_json(random)
