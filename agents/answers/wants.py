"""What kind of value would answer a question: a date, an amount, a name; from its words, and from its options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...memory.typed import Kind, typed, values_in
from ..reader.query import Query
from .scene import Scene

__all__ = [
    "AMOUNTS",
    "COINS",
    "MONEY",
    "asks_money",
    "has_form",
    "is_in_coin",
    "is_other_money",
    "kinds_of_answer",
    "kinds_on",
    "may_be_price",
    "part_of_kind",
]

AMOUNTS: frozenset[Kind] = frozenset(("number", "money", "percent", "size", "duration"))
MONEY: frozenset[Kind] = frozenset(("money", "number", "size"))
"""What an amount of money may look like: a size, because a currency may be read as a unit."""
_BY_WORDS: tuple[tuple[str, frozenset[Kind]], ...] = (
    (
        r"\bwhen\b|\b(?:due |issue |invoice |order |delivery )?dates?\b|what day|which day|\bdeadline\b|\bexpir\w+",
        frozenset(("date", "time")),
    ),
    (r"what time|at which time|\btime\b", frozenset(("time", "date", "duration"))),
    (r"\bpercent\w*\b|what share|\brate\b", frozenset(("percent", "number"))),
    (
        r"how much|\bprice\b|\bcosts?\b|\btotal\b|\bsubtotal\b|\bamount\b|\bbalance\b|\bfee\b|\bpaid?\b|"
        r"\btax\b|\bvat\b(?! (?:no|num|id))|\bsalary\b|\brevenue\b|\bdiscount\b|\bprofit\b|\bexpenses?\b",
        MONEY,
    ),
    (
        r"how many|\bnumber of\b|\bquantity\b|\bqty\b|\bcount\b",
        frozenset(("number", "money", "percent", "size")),
    ),
    (r"\bpercent\w*\b|what share", frozenset(("percent", "number"))),
    (r"how long\b|\bduration\b", frozenset(("duration", "time", "size", "number"))),
    (
        r"\bhow (?:high|large|big|wide|tall|heavy|far|deep|fast|hot|old)\b|\bweigh\w*\b|\bresolution\b|\bfile size\b",
        frozenset(("size", "number", "duration", "percent")),
    ),
    (r"\be-?mail(?: address)?\b(?! (?:from|by|about|subject|list))", frozenset(("email",))),
    (r"\bphone\b|\btelephone\b|\bfax\b", frozenset(("phone", "number"))),
    (r"\biban\b", frozenset(("iban",))),
    (r"\bwebsite\b|\burl\b|\bweb address\b", frozenset(("url", "email"))),
)


_BY_TYPE: dict[str, frozenset[Kind]] = {
    "number": AMOUNTS,
    "money": MONEY,
    "percent": frozenset(("percent", "number")),
    "date": frozenset(("date", "time")),
    "time": frozenset(("time", "date", "duration")),
    "duration": frozenset(("duration", "time", "size", "number")),
    "size": frozenset(("size", "number", "duration", "percent")),
    "person": frozenset(("text",)),
    "code": frozenset(("code", "number", "iban", "phone", "email", "url")),
}
"""What the reader's types of answer look like; the others may be anything."""


def kinds_of_answer(query: Query, options: Sequence[str]) -> frozenset[Kind]:
    """The kinds of value that answer it; empty where any text does. What the options are decides before the words."""
    if options:
        kinds = {typed(o).kind for o in options}
        if "text" not in kinds:
            loose = kinds & AMOUNTS
            return frozenset(kinds | (AMOUNTS if loose else frozenset()))
        return frozenset()
    question = query.question.casefold()
    if asks_money(question):
        return MONEY
    if _GOES_ON.match(question):
        return frozenset()
    told = " ".join([query.ask, *(w.noun for w in query.wanted)]).casefold()
    if query.ask.casefold() in ("value", "entry", "text", "content"):
        return frozenset()
    for words, kinds_ in _BY_WORDS:
        if re.search(words, told) or re.match(rf"(?:so |and |please |\W)*(?:{words})", question):
            return kinds_
    return _BY_TYPE.get(query.answers, frozenset())


_GOES_ON = re.compile(
    r"\W*(?:and |so )?what(?:['’]s| is| was)? (?:(?:going )?on\b|happen\w*|takes? place|taking place|scheduled|planned)"
)
"""Asks what there is at a time or place, which may be called anything."""
COINS: Mapping[str, str] = {
    "euros?|eur": "€|EUR",
    "dollars?|usd|bucks": r"\$|USD",
    "pounds?(?! of)|quid|gbp": "£|GBP",
    "kron(?:or|er|e|a)|nok|sek|dkk": r"\bkr\b|NOK|SEK|DKK",
    "francs?|chf": r"CHF|\bfr\b",
    "yen|jpy": "¥|JPY",
    "rupees?|inr": "₹|INR",
    "zlotys?|pln": "zł|PLN",
}
"""What money is called, and how it is written."""
_IN_COINS = re.compile(
    rf"\b(?:how many|(?:number|amount) of|in) (?P<coin>{'|'.join(COINS)}|cents?|pence|pesos?|rubles?|lira|yuan)\b",
    re.I,
)
_HEAVY = re.compile(r"\b(?:weigh\w*|heavy|heavier|mass|kilos?|lbs?)\b", re.I)


def asks_money(question: str) -> bool:
    """Whether a question asks for money by the name of its coins: "how many euros was ..."; pounds may be a weight."""
    return _IN_COINS.search(question) is not None and not _HEAVY.search(question)


def is_other_money(text: str, money: str) -> bool:
    """Whether a text has another currency than one of `COINS`, as it is written; "" is any."""
    return bool(money) and any(re.search(s, text, re.I) for s in COINS.values() if s != money)


def kinds_on(scene: Scene, query: Query, options: Sequence[str]) -> frozenset[Kind]:
    """The same on a page: where coins are counted and amounts have their currency, no bare number answers it."""
    kinds = kinds_of_answer(query, options)
    counts = kinds == MONEY and asks_money(query.question) and "how many" in query.question.casefold()
    return frozenset(("money",)) if counts and _has_currency(scene) else kinds


_FORMS = (
    (
        re.compile(r"\bip(?:v[46])?(?: address(?:es)?)?\b", re.I),
        re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}", re.I),
    ),
    (re.compile(r"\bmac address\b", re.I), re.compile(r"\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b", re.I)),
)
"""What is asked for by a name that says how it is written, and how that is."""


_AMOUNT = re.compile(r"[.,]\d\d\b|^\d{1,3}(?:[., ']\d{3})+$|^\d+$")
"""An amount of money without its currency."""


def has_form(question: str, text: str) -> bool:
    """Whether a text is written as what the question names is: an IP address has dots or colons."""
    return all(form.search(text) for asked, form in _FORMS if asked.search(question))


def _has_currency(scene: Scene) -> bool:
    """Whether amounts of money have their currency on the pages that were read."""
    return sum(any(v.kind == "money" for v in values_in(p.text)) for p in scene.lines) > 1


def is_in_coin(question: str, text: str) -> bool:
    """Whether a text may be in the coins that a question names: of euros, pounds are none."""
    coin = _IN_COINS.search(question) if asks_money(question) else None
    money = next((s for w, s in COINS.items() if coin and re.fullmatch(w, coin["coin"], re.I)), "")
    return not is_other_money(text, money)


def may_be_price(scene: Scene, kinds: frozenset[Kind], text: str) -> bool:
    """Whether a text may be the amount of money that is asked for: where amounts have their currency, "4.5" is none."""
    if kinds != MONEY or typed(text).kind == "money" or _AMOUNT.search(text):
        return True
    return not _has_currency(scene)


def _is_code(text: str) -> bool:
    """Whether a number is too long to be an amount without a point or separators: of an account, an order."""
    return re.fullmatch(r"\D*\d{6,}\D*", text) is not None


_GROUPS = re.compile(r"(?=(?:.*\d){4})(?=.*[A-Z])[A-Z0-9]{1,7}(?:[ /-][A-Z0-9]{1,7}){2,}")
"""A code in groups: "LT 604 2291 B"."""
_DIGITS = re.compile(r"\d{2,7}(?:[ -]\d{2,7}){2,}")
"""Digits in groups: "9401 772 385", where that is no number."""


def part_of_kind(text: str, kinds: frozenset[Kind]) -> str:
    """The part of a text that is a value of those kinds, a date with its time; "" when none is."""
    if not kinds:
        return text
    if kinds == {"text"}:
        return text if typed(text).kind == "text" and re.search(r"[^\W\d]{2}", text) else ""
    if "code" in kinds and _GROUPS.fullmatch(text.strip()):
        return text.strip()
    if "code" in kinds and _DIGITS.fullmatch(text.strip()) and typed(text).kind == "text":
        return text.strip()
    values = [v for v in values_in(text) if v.kind in kinds and not (kinds == MONEY and _is_code(v.text))]
    if not values:
        return ""
    if re.search(r"\d.*±", text):
        return text  # a value with its tolerance
    if len(values) > 1 and {v.kind for v in values} <= {"date", "time"}:
        return text[values[0].span[0] : values[-1].span[1]].strip()
    if values[0].kind == "number" and "money" in kinds and re.search(r"\d/\d", text):
        return ""  # a year of accounts, a share
    return _whole_number(text, values[0].span) if values[0].kind == "number" else values[0].text


def _whole_number(text: str, span: tuple[int, int]) -> str:
    """A number with what hangs on it: "0073-5518" of a receipt is one, not 73; "3/28" is no such thing."""
    number = text[slice(*span)].strip()
    grouped = r"(?:[-/]\d+)+" if re.fullmatch(r"\d{3,}", number) else r"(?:-\d{2,}){2,}"  # "60-83-17"
    more = re.match(rf"{grouped}(?![\w.,/-])", text[span[1] :]) if number.isdigit() else None
    return number + (more[0] if more else "")
