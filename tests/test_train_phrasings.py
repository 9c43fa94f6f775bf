"""Questions from templates: enough phrasings, right targets, held-out ones apart."""

from __future__ import annotations

from random import Random

import pytest

from seal.agents.nano.vocabulary import concepts
from seal.agents.nano_vqa.prompts import icon_spans, spans
from seal.train import phrasings as q
from seal.train.vqa_pieces import SHOWN

KNOWN = {name for concept, others in concepts().items() for name in (concept, *others)}
ASKED = {  # kind of question -> kinds of phrasings
    "colour": ("colour",),
    "state": ("state", "chosen"),
    "relation": ("side", "height", "relation"),
    "badge": ("badge",),
    "value": ("value",),
    "count": ("count",),
    "presence": ("presence",),
    "kind": ("kind",),
    "page": ("page",),
}


@pytest.mark.parametrize("ask", ASKED)
def test_every_kind_of_question_has_fifty_phrasings_and_held_out_ones(ask: str) -> None:
    known = [p for kind in ASKED[ask] for p in q.phrasings(kind)]
    unseen = [p for kind in ASKED[ask] for p in q.phrasings(kind, "unseen")]
    assert len(known) >= 50 and len(unseen) >= 7
    assert not set(known) & set(unseen)
    assert not [p for p in known + unseen if "(" in p or "[" in p or "|" in p]


def test_names_of_icons_are_parted() -> None:
    known, unseen = q.icon_names("known"), q.icon_names("unseen")
    assert len(known) > 500 and len(unseen) > 60 and not set(known) & set(unseen)


@pytest.mark.parametrize("kind", [k for k in SHOWN if k not in ("page", "chosen")])
@pytest.mark.parametrize("split", ["known", "unseen"])
def test_every_name_is_a_span_of_its_question(kind: str, split: q.Split) -> None:
    rng = Random(f"{kind}/{split}")
    for _ in range(60):
        things = [
            q.icon(rng.choice(q.icon_names(split))[0], rng),
            q.text(q.label_of(rng, ["Total due", "Größe"]), rng),
        ]
        if kind in ("value", "kind"):
            things.reverse()
        if kind == "state":
            things.insert(0, q.widget("switch", "Wi-Fi", rng))
        if kind == "count":
            things.insert(0, q.counted(rng, split))
        asked = q.question(kind, rng, split, things, words=[("s", "on"), ("o", "off"), ("d", "left of")])
        assert asked.targets and "{" not in asked.text
        for what, name in asked.targets:
            found = icon_spans(asked.text, KNOWN)[0] if what == "icon" else spans(asked.text)
            assert not name or name in found, (asked.text, name)


def test_the_reply_is_json_in_one_line() -> None:
    asked = q.question("colour", Random(0), "unseen", [q.Named("bell icon", "icon", "bell")])
    assert asked.reply == '{"ask": "colour", "one": [["icon", "bell"]]}'


@pytest.mark.parametrize("about", q.STATE_WORDS)
def test_a_state_and_its_opposite_differ(about: str) -> None:
    assert all(s != o for s, o in q.STATE_WORDS[about])
