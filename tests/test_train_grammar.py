"""Composed phrasings: many, of the right kind, and none that is held out."""

from __future__ import annotations

import re
from random import Random

import pytest

from seal.train import phrasings as q
from seal.train.grammar import compose, normal
from seal.train.vqa_pieces import SHOWN

SLOTS = {
    "colour": "i",
    "state": "wso",
    "chosen": "sk",
    "side": "xy",
    "height": "xy",
    "relation": "xyd",
    "badge": "i",
    "value": "t",
    "count": "n",
    "presence": "x",
    "kind": "t",
    "page": "",
}
HELD_OUT = [normal(p) for kind in SHOWN for p in q.phrasings(kind, "unseen")]


@pytest.mark.parametrize("kind", SHOWN)
def test_phrasings_vary_and_keep_their_slots(kind: str) -> None:
    rng = Random(kind)
    made = [compose(kind, rng, HELD_OUT) for _ in range(400)]
    needed = set(SLOTS[kind]) - {"o"}
    assert len(set(made)) > 300
    for text in made:
        named = set(re.findall(r"\{(\w)\}", text))
        assert needed <= named <= set(SLOTS[kind]), text
        assert not re.search(r"[()\[\]<>|~]|\s\s|\s[?.,]", text), text
        assert not any(f" {p} " in f" {normal(text)} " for p in HELD_OUT), text


def test_a_held_out_phrasing_is_never_composed() -> None:
    rng = Random(5)
    short = next(normal(t) for t in (compose("count", rng) for _ in range(500)) if normal(t).count(" ") == 2)
    assert not any(short in normal(compose("count", rng, [short])) for _ in range(500))


def test_composed_questions_name_their_targets() -> None:
    rng = Random(1)
    things = [q.Named("bell icon", "icon", "bell"), q.Named('"Total due"', "text", "Total due")]
    made = [q.question("side", rng, things=things, composed=1.0) for _ in range(50)]
    assert all("bell icon" in a.text and "Total due" in a.text for a in made)
    assert {a.targets for a in made} == {(("icon", "bell"), ("text", "Total due"))}
    assert {a.ask for a in made} == {"relation"}
    assert len({a.text.find("bell") < a.text.find("Total") for a in made}) == 2
