"""The embedded VQA agent: a question becomes a `Query`, targets, and an answer that rests on what was found.

It looks at pixels only to measure colours and to name icons; everything else is words and boxes of the memory. What was
read of the question with little probability is refused, with the reading in the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ...memory.image import Patch
from ...memory.typed import number_of, plain, same_value
from ...memory.working import VisualWorkingMemory
from ..contracts import Answer, Need
from ..looker import Answerer
from ..reader.query import Query
from ..reader.reader import Reader, reader
from . import (
    bounded,
    chosen,
    compare,
    counting,
    documents,
    entries,
    filtered,
    looks,
    lookup,
    pages,
    ranges,
    ranked,
    scheduled,
    sides,
    signed,
    texts,
    things,
)
from .besides import left_out, others_of
from .choose import cannot, choose, free, only_one
from .either import either
from .extracted import polar
from .offered import bare_polar, first_offered
from .pictured import spelled
from .plan import EVERYTHING, targets_of
from .readout import asks_look, asks_place, contradicts, doubted, read_out
from .reworded import quoted, respelled
from .sane import unfit
from .scene import Scene
from .sentences import asks_reason, asks_two, said_in_one
from .verdict import Verdict
from .wants import asks_money
from .wordings import by_wording

__all__ = ["Guide"]

UNSURE = 0.23
"""Probability of a reading below which the question is refused."""
_KINDS: Mapping[str, Callable[[Scene, Query, Sequence[str]], Verdict]] = {
    "value": lookup.value,
    "text": texts.text,
    "compare": compare.compare,
    "page": pages.page,
    "presence": things.presence,
    "count": counting.count,
    "list": chosen.listed,
    "which": chosen.which,
    "where": things.where,
    "act": things.where,
    "side": things.side,
    "colour": looks.colour,
    "state": looks.state,
    "icon": looks.icon,
}
_NEGATED = re.compile(
    r"\b(?:not|never|except|excluding|without|neither|nor|unless|besides|other than|apart from|aside from|"
    r"(?:every|any|no)(?:thing|one|body) but|(?:all|none) but)\b|"
    r"n't\b|n’t\b",
    re.I,
)
_PLAIN = ("value", "which", "count", "list", "compare", "text", "state", "colour", "side")
"""Kinds of question whose negation is another question."""
_OF_RECORDS = ("value", "text", "compare", "count", "list", "which", "presence", "state", "side", "other")
"""Kinds of question that the records of a table may answer, as the reader tells them; it misreads some."""
_FOREIGN = "The question is not in English; questions are read in English only, screens in any language."
_PHOTOGRAPH = (
    "The picture looks like a photograph, of which this agent reads the text and knows nothing else; ask an agent that "
    "knows things: seal models --kind vqa."
)
_OTHER = "This is no question about what is in a picture, as far as it can be read."


_READ_OUT = ("value", "text", "which", "list", "presence", "state", "other")
"""Kinds as which the reader takes questions for a reason."""
_SAID = re.compile(r"\bthe (?:word|text|phrase|term|string|sentence)s? [\"'“‘«]", re.I)
_PRESSED = re.compile(
    r"\W*can (?:i|you|we|one|he|she|they) (?:press|click|tap|push|hit)\b|"
    r"\W*can (?:the |this |that )?.{2,40} be (?:press|click|tapp|push)ed\b",
    re.I,
)
_WHERE = re.compile(
    r"\W*where(?:['’]s| is| are) (?:the|my|an?)\b(?!.*\b(?:from|to(?! (?:pay|be paid))|shipped|delivered|issued)\b)",
    re.I,
)
_ICON = re.compile(r"\b(?:icon|symbol|pictogram|glyph|image|picture|logo|drawn|depict\w*)s?\b", re.I)


def _of_records(scene: Scene, query: Query, options: Sequence[str]) -> Verdict | None:
    """What a table or list says of its records: two compared, the first of them, how many, or which."""
    return (
        ranges.ranged(scene, query, options)
        or compare.compared(scene, query)
        or (sides.by_rows(scene, query) if scene.whole else None)
        or ranked.extreme(scene, query, options)
        or (first_offered(scene, query, options) if scene.whole else None)
        or filtered.counted(scene, query)
        or filtered.kept(scene, query, options)
        or entries.numbered(scene, query)
        or entries.looked_up(scene, query)
    )


def _is_foreign(query: Query) -> bool:
    """Whether a question is in another language; one or two capitalised words may be a name."""
    name = re.fullmatch(r"[A-Z][\w.'-]*(?: [A-Z][\w.'-]*)?", query.question.strip())
    return query.kind == "foreign" and name is None


def _negated(query: Query) -> bool:
    """Whether a question asks for what is not so; "not" within a name is no such word."""
    names = [s.text for s in query.spans if s.role in ("NAME", "VALUE", "STATE")]
    words = re.sub(r"\(not counting [^)]*\)", " ", query.question, flags=re.I)
    for name in names:
        words = words.replace(name, " ") if name[:1].isupper() else words
    return _NEGATED.search(words) is not None


class Guide(Answerer):
    """VQA agent of the embedded default. read: what reads questions; None takes the packaged weights."""

    keeps_deadline = True
    name = "reader"
    input_side = 1024
    sees_pictures = False

    def __init__(self, read: Reader | None = None) -> None:
        self._read = read

    def query(self, question: str) -> Query:
        """What a question asks."""
        query = counting.with_state(spelled((self._read or reader()).read(question)))
        if asks_reason(question) and query.kind in _READ_OUT:
            return replace(query, kind="value", answers="text", sure=max(query.sure, UNSURE))
        return query

    def _verdict(self, scene: Scene, query: Query, options: Sequence[str]) -> Verdict:
        if not options and asks_two(query.question):
            return Verdict((), "The question asks for two things; ask for one at a time.", final=True)
        if asks_reason(query.question) and query.kind == "value":
            return Verdict((), "No sentence was found that says so.")
        if query.kind == "count" and options and not any(number_of(o) is not None for o in options):
            query = replace(query, kind="value", answers="text")  # "how often": common, rare
        if query.kind == "count" and asks_money(query.question):
            query = replace(query, kind="value", answers="money")
        if pages.asks_total(query.question):
            counted = pages.page(scene, query, options)
            if scene.memory.pages > 1 or counted.candidates:
                return counted
        if query.kind in _OF_RECORDS and (out := left_out(scene, query.question, options)) is not None:
            return self._others(scene, *out, options)
        if (told := by_wording(scene, query, options)) is not None:
            return told
        if query.kind in _OF_RECORDS:
            tested = bounded.tested(scene, query, lambda q: self._value(scene, q))
            if (told := tested or _of_records(scene, query, options)) is not None:
                return told
        if query.kind not in _KINDS:
            return Verdict((), _FOREIGN if _is_foreign(query) else _OTHER)
        if query.kind == "icon" and not _ICON.search(query.question):
            return lookup.value(scene, query, options)
        if query.kind == "value" and _WHERE.match(query.question):
            return things.where(scene, query, options)
        if query.kind in ("presence", "state") and _PRESSED.match(query.question):
            usable = tuple(replace(w, state="") for w in query.wanted)
            return looks.state(scene, replace(query, kind="state", value="enabled", wanted=usable), options)
        if query.kind == "state" and _SAID.search(query.question):
            return things.presence(scene, query, options)
        if query.kind in ("which", "list") and (then := scheduled.at_time(scene, query)) is not None:
            return then
        beside = query.relation and len(query.wanted) == 1
        if (
            query.kind == "which"
            and (beside or query.ask)
            and not query.value
            and (beside or not query.wanted)
        ):
            return lookup.value(scene, query, options)
        if query.kind in _PLAIN and _negated(query):
            return Verdict((), "What is not so cannot be looked for.")
        if query.kind in ("state", "colour") and sum(bool(w.name) for w in query.wanted) > 1:
            return Verdict((), "The question is about several things; ask about one at a time.")
        told = ranked.or_unranked(query, _KINDS[query.kind](scene, query, options))
        if query.kind == "where" and scene.whole and not told.candidates:
            return (
                things.where_its_value_is(scene, query, lambda q: self._told(scene, self.query(q), ()))
                or told
            )
        return told

    def _value(self, scene: Scene, question: str) -> Answer:
        """The answer to another question for a value of the page."""
        query = self.query(question)
        return free(scene, query, self._verdict(scene, query, ()))

    def _others(self, scene: Scene, question: str, names: Sequence[str], options: Sequence[str]) -> Verdict:
        """What records say without those that a question leaves out. question: without that."""
        query = self.query(question)
        scene, options = (
            scene.without(names),
            [o for o in options if not any(same_value(o, n) for n in names)],
        )
        told = _of_records(scene, query, options) if query.kind in _OF_RECORDS else None
        if told is None and query.kind in ("list", "which"):
            told = others_of(chosen.listed(scene, replace(query, kind="list"), options), names)
        return told or Verdict((), f"What there is besides {', '.join(names)} cannot be told.", final=True)

    def show(self, view: Patch, question: str, options: Sequence[str] | None = None) -> Need:
        """The targets that the question names; of the view only whether its page has a text layer."""
        query = self.query(question)
        if documents.asked_of_all(question) in ("date", "company") or signed.asked(question):
            return Need(targets=(EVERYTHING,))
        if query.kind == "other" and polar(query, options or ()):
            return Need(targets=(EVERYTHING,))
        if query.kind in ("foreign", "other"):
            return Need(reason=_FOREIGN if _is_foreign(query) else _OTHER)
        written = view.image.has_layer
        return Need(targets=targets_of(query, options or (), asks_place(query), written))

    def where(self, patch: Patch, target: str) -> str:
        """No cue: text and widgets may stand anywhere."""
        del patch, target
        return ""

    def tell(self, memory: VisualWorkingMemory) -> Answer:
        """The answer from found targets, lines and pixels; with options, one of them."""
        scene, (options, said_as) = Scene(memory), bare_polar(memory.options or ())
        question = respelled(scene, memory.question)
        in_quotes, surely = quoted(scene, question)
        query = self.query(in_quotes if surely else question)
        told = self._stated(scene, query, options)
        if told.status == "cannot_tell" and in_quotes and not surely:
            again = self._told(scene, self.query(in_quotes), options, read=False)
            told = again if again.status == "answered" else told
        if told.status == "answered" and not options and (why := unfit(query, told)):
            told = cannot(query, Verdict(), f'The best guess is "{told.text}". {why}')
        readable = query.kind in _KINDS or polar(query, options)
        if not scene.whole and readable and told.status == "cannot_tell":
            more = tuple(dict.fromkeys((*told.more, EVERYTHING)))
            return replace(told, more=more)
        if told.status == "cannot_tell" and scene.photograph:
            return replace(told, reason=f"{told.reason} {_PHOTOGRAPH}")
        return replace(told, text=said_as.get(told.text, told.text))

    def _stated(self, scene: Scene, query: Query, options: Sequence[str]) -> Answer:
        """The answer; of two opposite states that the question offers the one that is so, in its words."""
        pair = either(scene.memory.question, options)
        if pair is not None:
            told = self._told(scene, replace(self.query(pair.question), kind="state"), (), read=False)
            said = {"yes": pair.on, "no": pair.off}.get(told.text)
            if said and told.places:  # that nothing was found is no state
                return replace(told, text=said)
        told = self._told(scene, query, options)
        if pair is not None and told.text in ("yes", "no"):
            return cannot(query, Verdict(), "Which of the two it is was not seen.")
        return told

    def _told(self, scene: Scene, query: Query, options: Sequence[str], read: bool = True) -> Answer:
        """The answer to one reading of a question. read: whether the network may read it out of the page."""
        verdict = self._verdict(scene, query, options)
        told = choose(scene, query, verdict, options, weak=True) if options else free(scene, query, verdict)
        open_ = told.status == "cannot_tell" and not verdict.final and polar(query, options)
        if open_ and (outright := said_in_one(scene, query)) is not None:
            verdict = outright
            told = choose(scene, query, verdict, options) if options else free(scene, query, verdict)
        negated = _negated(query) and not asks_reason(query.question)
        if read and scene.whole and told.status == "cannot_tell" and not (negated or verdict.final):
            words = read_out(scene, query, options, verdict)
            if words is not None and not contradicts(words, verdict, options):
                told = words
            if options and told.status == "cannot_tell" and query.kind == "value" and not asks_look(query):
                alone = choose(scene, query, only_one(scene, options), options)
                told = alone if alone.status == "answered" else told
        elif (
            scene.whole
            and told.status == "answered"
            and not verdict.final
            and doubted(scene, query, told, options)
        ):
            told = cannot(
                query, verdict, f'The best guess is "{told.text}", but the page can be read otherwise.'
            )
        either = options and all(plain(option) in plain(query.question) for option in options)
        if told.status == "answered" and query.sure < UNSURE and not (either or verdict.final):
            reason = f"The question was read with {query.sure:.0%} only, as: {query.words}."
            told = Answer("", "cannot_tell", 0.0, told.cites, reason=reason)
        return told
