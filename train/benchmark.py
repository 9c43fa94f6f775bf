"""A benchmark of questions on generated pages, in V*Bench's layout, and the localizer that knows the answers.

`write_cases` asks questions about pages that no training saw (split "eval"), half of them in held-out phrasings; what a
question names stands once on its page. `Oracle` locates from the truth, so that reading and answering can be measured
apart from detection.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from ..agents.contracts import ANY_TEXT, Capabilities, Sighting
from ..agents.fake import FakeLocalizer
from ..agents.looker import Looker
from ..agents.nano.vocabulary import Wanted, parse, unknown
from ..agents.nano_vqa.prompts import target_phrase
from ..agents.text import matches, spoken_text
from ..measure.truth import Icon, PageTruth, Widget
from ..memory.colors import NAMES, color_name
from ..memory.errors import InputError
from ..memory.geometry import Box, relation
from ..memory.image import Patch
from ..memory.working import TextLine
from .concepts import table
from .phrasings import STATE_WORDS, Asked, Named, counted, icon, icon_names, question, text, widget
from .vqa_data import shown_lines, values

__all__ = ["KINDS", "Oracle", "made_cases", "prepared", "truths_in", "write_cases"]

Made = tuple[Asked, list[str], list[Box]]
"""A question, its options (the right one first), and the boxes of its targets."""


class Oracle(Looker):
    """Finds in generated pages what their truths say, as well as it can be seen at that apparent size.

    truths: by the name of the image's file. Understands what the embedded localizers understand: icons, widgets and
    regions by name, and any text.
    """

    name = "oracle"
    capabilities = Capabilities(input_side=1024, smallest_px=10.0, reads_text=True, longest_phrase=120)

    def __init__(self, truths: Mapping[str, PageTruth]) -> None:
        self.truths = dict(truths)
        self._lines: dict[str, tuple[TextLine, ...]] = {}

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase. Raises InputError for an image without a truth."""
        return [
            self._on(Path(patch.image.name).name, phrases).locate([patch], phrases)[0] for patch in patches
        ]

    def _on(self, name: str, phrases: Sequence[str]) -> FakeLocalizer:
        """A localizer that knows the phrases, and all text, of one page."""
        if name not in self.truths:
            raise InputError(f"The oracle knows no truth of {name}; it knows {len(self.truths)} pages.")
        lines = self._lines.setdefault(name, shown_lines(self.truths[name]))
        pairs = {p: located(p, self.truths[name], lines) for p in phrases if p != ANY_TEXT}
        pairs["every line"] = [(line.box, line.text) for line in lines]
        if ANY_TEXT not in phrases:
            del pairs["every line"]
        objects = {p: [box for box, _ in found] for p, found in pairs.items()}
        texts = {p: [said for _, said in found] for p, found in pairs.items()}
        return FakeLocalizer(objects, texts=texts, capabilities=self.capabilities)


def located(phrase: str, truth: PageTruth, lines: Sequence[TextLine]) -> list[tuple[Box, str]]:
    """(box, text in it) of everything that a phrase names on a page."""
    wanted = parse(phrase)
    if wanted is not None and not unknown(phrase):
        return [(box, "") for box in _things(wanted, truth)]
    query = spoken_text(phrase)
    found: list[tuple[float, Box, str]] = []
    for line in lines:
        for score, (first, last) in matches(query, line.text)[:1]:
            n, box = max(1, len(line.text)), line.box
            part = Box(box.x + box.width * first / n, box.y, box.width * (last - first) / n, box.height)
            found.append((score, part, line.text[first:last]))
    best = max((score for score, _, _ in found), default=0.0)
    return [(box, said) for score, box, said in found if score >= max(0.6, best - 0.08)]


def _things(wanted: Wanted, truth: PageTruth) -> Iterator[Box]:
    if wanted.kind == "icon":
        known = not wanted.words  # what no concept names is on no page
        yield from (i.box for i in truth.icons if known and wanted.name in ("", i.concept))
    elif wanted.kind == "region":
        yield from (r.box for r in truth.regions if r.kind == wanted.name)
    else:
        for w in truth.widgets:
            on = w.selected if w.checked is None else w.checked
            if w.kind == wanted.name and (wanted.state is None or wanted.state == bool(on)):
                yield w.box


# --- questions --------------------------------------------------------------------------------------------------


class _Page:
    """A page and what stands on it only once."""

    def __init__(self, truth: PageTruth, rng: Random) -> None:
        self.truth, self.rng = truth, rng
        self.lines = shown_lines(truth)
        concepts = Counter(i.concept for i in truth.icons)
        self.icons = [
            i for i in truth.icons if concepts[i.concept] == 1 and not i.dimmed and min(i.box.size_wh) >= 12
        ]
        texts = Counter(n.text.casefold() for n in self.lines)
        self.words = {n.text: n for n in self.lines if texts[n.text.casefold()] == 1 and _plain(n.text)}
        labels = Counter(w.label for w in truth.widgets)
        self.widgets = [
            w for w in truth.widgets if w.label in self.words and labels[w.label] == 1 and not w.dimmed
        ]
        self.split: str = rng.choice(("known", "unseen"))

    def ask(
        self, kind: str, things: Sequence[Named], words: Sequence[tuple[str, str]] = (), every: bool = False
    ) -> Asked:
        return question(
            kind, self.rng, "unseen" if self.split == "unseen" else "known", things, words=words, every=every
        )

    def icon(self, concept: str) -> Named:
        names = [n for split in ("known", "unseen") for n, c in icon_names(split) if c == concept]
        name = self.rng.choice(names)
        return icon(name, self.rng) if self.rng.random() < 0.5 else Named(f"{name} icon", "icon", name)


def _plain(words: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_][\w .&/-]{2,30}", words)) and len(words.split()) <= 4


def _colour(page: _Page) -> Made | None:
    found = [i for i in page.icons if i.color]
    if not found:
        return None
    thing: Icon = page.rng.choice(found)
    right = color_name(_rgb(thing.color or "#000000"))
    hue = right.split()[-1]
    others = [
        n
        for n in NAMES
        if n.split()[-1] != hue
        and n
        in (
            "black",
            "white",
            "red",
            "orange",
            "yellow",
            "green",
            "teal",
            "blue",
            "purple",
            "magenta",
            "pink",
            "brown",
            "gray",
        )
    ]
    return page.ask("colour", [page.icon(thing.concept)]), [right, *page.rng.sample(others, 3)], [thing.box]


def _rgb(hex_: str) -> tuple[int, int, int]:
    return int(hex_[1:3], 16), int(hex_[3:5], 16), int(hex_[5:7], 16)


def _state(page: _Page) -> Made | None:
    found = [w for w in page.widgets if w.kind in ("switch", "checkbox", "radio", "tab", "menu item")]
    found = [w for w in found if (w.checked if w.checked is not None else w.selected) is not None]
    if not found:
        return None
    wanted = page.rng.random() < 0.5
    fitting = [w for w in found if bool(w.checked if w.checked is not None else w.selected) == wanted]
    thing: Widget = page.rng.choice(fitting or found)
    on = bool(thing.checked if thing.checked is not None else thing.selected)
    pair = page.rng.choice(STATE_WORDS[thing.kind])
    s, o = pair if page.rng.random() < 0.6 else pair[::-1]
    asked = page.ask("state", [widget(thing.kind, thing.label, page.rng)], [("s", s), ("o", o)])
    true = (s == pair[0]) == on
    if re.search(rf"\b(?:or|as) (?:is it |as )?{re.escape(o)}\b", asked.text):
        return asked, [s, o] if true else [o, s], [thing.box]
    return asked, ["yes", "no"] if true else ["no", "yes"], [thing.box]


def _kind(page: _Page) -> Made | None:
    found = []
    for w in page.widgets:
        if w.icon is not None and w.kind in ("button", "menu item", "tab"):
            label, drawn = page.words[w.label], page.truth.icons[w.icon]
            if 0 < label.box.x - drawn.box.xyxy[2] < label.box.height:
                found.append((label, drawn))
    if not found:
        return None
    label, drawn = page.rng.choice(found)
    others = page.rng.sample([c for c in table().concepts if c != drawn.concept], 3)
    return page.ask("kind", [text(label.text, page.rng)]), [drawn.concept, *others], [label.box]


def _relation(page: _Page) -> Made | None:
    things = [(page.icon(i.concept), i.box) for i in page.icons[:40]]
    things += [(text(words, page.rng), line.box) for words, line in islice(page.words.items(), 40)]
    if len(things) < 2:
        return None
    (a, a_box), (b, b_box) = page.rng.sample(things, 2)
    r = relation(a_box, b_box)
    kind = page.rng.choice(("side", "height"))
    right = (r.horizontal if kind == "side" else r.vertical).removesuffix(" of")
    if right == "level with" or a.name == b.name or max(r.gap_x, r.gap_y) <= 0:
        return None
    words = ("left", "right") if kind == "side" else ("above", "below")
    return page.ask(kind, [a, b]), [right, *(w for w in words if w != right)], [a_box, b_box]


def _badge(page: _Page) -> Made | None:
    unique = {i.concept for i in page.icons}
    found = [w for w in page.truth.widgets if w.kind == "badge" and w.icon is not None and w.label.isdigit()]
    found = [w for w in found if page.truth.icons[w.icon or 0].concept in unique and not w.dimmed]
    if not found:
        return None
    thing = page.rng.choice(found)
    under = page.truth.icons[thing.icon or 0]
    return page.ask("badge", [page.icon(under.concept)]), _near(int(thing.label), page.rng), [under.box]


def _near(number: int, rng: Random) -> list[str]:
    others = [n for n in {number + d for d in (-3, -2, -1, 1, 2, 3, 10)} if n >= 0]
    return [str(number), *(str(n) for n in rng.sample(sorted(others), 3))]


def _value(page: _Page) -> Made | None:
    found = [(a, b) for a, b in values(page.truth, page.lines) if a.text in page.words and len(b.text) <= 40]
    others = sorted({n.text for n in page.lines if any(c.isdigit() for c in n.text) and len(n.text) <= 20})
    if not found:
        return None
    label, value = page.rng.choice(found)
    wrong = [w for w in others if w != value.text]
    if len(wrong) < 3:
        return None
    return (
        page.ask("value", [text(label.text, page.rng)]),
        [value.text, *page.rng.sample(wrong, 3)],
        [label.box],
    )


def _count(page: _Page) -> Made | None:
    for _ in range(20):
        named = counted(page.rng)
        if named.what == "icon" and not named.name:
            continue
        phrase = target_phrase(named.what, named.name)
        if unknown(phrase):
            continue
        boxes = [box for box, _ in located(phrase, page.truth, ())]
        if 0 < len(boxes) <= 20:
            return page.ask("count", [named], every=True), _near(len(boxes), page.rng), boxes
    return None


def _presence(page: _Page) -> Made | None:
    there = page.rng.random() < 0.5
    if there:
        if not page.icons:
            return None
        thing = page.rng.choice(page.icons)
        return page.ask("presence", [page.icon(thing.concept)]), ["yes", "no"], [thing.box]
    present = {i.concept for i in page.truth.icons}
    absent = [c for c in table().concepts if c not in present]
    if not absent:
        return None
    return page.ask("presence", [page.icon(page.rng.choice(absent))]), ["no", "yes"], []


KINDS: Mapping[str, Callable[[_Page], Made | None]] = {
    "colour": _colour,
    "state": _state,
    "kind": _kind,
    "relation": _relation,
    "badge": _badge,
    "value": _value,
    "count": _count,
    "presence": _presence,
}
"""Kinds of questions, each with its maker: None where the page has nothing to ask about."""


def made_cases(
    truths: Sequence[PageTruth], count: int, seed: int = 0
) -> Iterator[tuple[str, PageTruth, Made]]:
    """(kind, page, question) of `count` questions, the kinds in turn, pages in turn; fewer where pages run out."""
    rng = Random(f"seal bench/{seed}")
    pages = [truth for _ in range(60) for truth in rng.sample(truths, len(truths))]
    seen: set[tuple[str, str]] = set()
    kinds = tuple(KINDS)
    for number, truth in enumerate(pages):
        if len(seen) == count:
            return
        kind = kinds[number % len(kinds)]
        made = KINDS[kind](_Page(truth, rng))
        if made is None or (truth.name, made[0].text) in seen or len(set(made[1])) < len(made[1]):
            continue
        seen.add((truth.name, made[0].text))
        yield kind, truth, made


def write_cases(pages: Path, out: Path, count: int = 300, seed: int = 0) -> int:
    """Write questions about a folder's pages in V*Bench's layout, KIND/NAME.json; how many.

    Raises InputError when the folder holds no pages.
    """
    truths = list(truths_in(pages).values())
    number = 0
    for number, (kind, truth, (asked, options, boxes)) in enumerate(made_cases(truths, count, seed), 1):
        image = pages.resolve() / truth.image
        data = {
            "question": asked.text,
            "options": options,
            "target_object": [name for _, name in asked.targets] or [kind],
            "bbox": [[round(v, 1) for v in box.xywh] for box in boxes],
            "image": str(image),
        }
        path = out / kind / f"{truth.name}-{number:04}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False) + "\n", encoding="utf-8")
    return number


def truths_in(pages: Path) -> dict[str, PageTruth]:
    """File name of the image -> truth, of every page in a folder. Raises InputError when there is none."""
    truths = [PageTruth.load(path) for path in sorted(pages.glob("*.json"))]
    if not truths:
        raise InputError(
            f"{pages} holds no generated pages; make some with: seal pages --out {pages} --split eval"
        )
    return {truth.image: truth for truth in truths}


def prepared(folder: Path | None, seed: int, count: int = 300, pages: int = 100) -> Path:
    """The folder of the questions about `pages` pages of a seed, made where they are not there yet.

    folder: holds `pages` and `questions` afterwards; by default one in the cache.
    """
    from .make import make_pages
    from .packages import default_cache, fetch

    root = folder or default_cache().parent / f"bench-{seed}"
    questions = root / "questions"
    if not questions.is_dir():
        make_pages(root / "pages", fetch(default_cache(), "eval"), seed=seed, count=pages)
        write_cases(root / "pages", questions, count, seed)
    return questions
