"""What one look of the visual search model costs: vision encodes, LLaMA tokens, seconds; naive against ours.

    python benchmarks/seal_models.py                              # the tiny checkpoint of the tests
    python benchmarks/seal_models.py --model DIR --device cuda    # a real one

Both do the same in one run: for each patch, every target is detected with its cue map, and for each target the
model is asked where it usually is and the place is looked up. Naive is one request after another, as the released
code does it: each request encodes its image anew and each generated token reads the whole sequence again. The
results are compared.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from seal.agents.seal_models import load_localizer  # noqa: E402
from seal.agents.seal_models.pixels import normalised, padded  # noqa: E402
from seal.agents.seal_models.sentences import IMAGE, locate_prompt, where_prompt  # noqa: E402
from seal.memory.geometry import split  # noqa: E402
from seal.memory.image import Image, Patch  # noqa: E402
from seal.search.context import context_phrase  # noqa: E402

TARGETS = ("red mug", "exit sign", "wooden desk")


@contextmanager
def counted(net: Any) -> Iterator[Counter[str]]:
    """Images through each tower and positions through LLaMA while the block runs."""
    count: Counter[str] = Counter()

    def note(name: str, module: Any, args: Any, kwargs: Any, output: Any) -> None:
        given = args[0] if args else kwargs["inputs_embeds"]
        count[name] += given.shape[0] * given.shape[1] if name == "LLaMA tokens" else len(given)

    parts = {
        "CLIP": net.vision_tower,
        "OWL-ViT": net.model.owlvit.vision_model,
        "LLaMA tokens": net.model,
    }
    hooks = [
        part.register_forward_hook(lambda *a, n=name: note(n, *a), with_kwargs=True)
        for name, part in parts.items()
    ]
    try:
        yield count
    finally:
        for hook in hooks:
            hook.remove()


@torch.inference_mode()
def naive_request(agent: Any, patch: Patch, prompt: str, locates: bool) -> Any:
    """Text of the reply, or (scores, boxes, mask) of its [LOC]: everything anew, no cache."""
    net, tokens = agent._network, agent._tokens
    image = patch.read()
    ids = tokens.prompt(prompt)
    at = ids.index(IMAGE)
    clip = torch.from_numpy(normalised(padded(image, "corner"), 224))[None]
    seen = net.model.mm_projector(net.image_features(clip))[0]
    embeddings = torch.cat([net.words(ids[:at]), seen, net.words(ids[at + 1 :])])
    said, states = [], []
    while not said or (said[-1] != tokens.end and len(said) < 100):
        states.append(net.model(inputs_embeds=embeddings[None], use_cache=False).last_hidden_state[0, -1])
        said.append(int(net.logits(states[-1]).argmax()))
        embeddings = torch.cat([embeddings, net.words(said[-1:])])
    if not locates:
        return tokens.decode(said)
    owl = net.model.owlvit
    features = owl.features(torch.from_numpy(normalised(image, 768))[None].to(net.device))
    state = states[said.index(agent._loc)][None]
    masks = net.masks(features, net.mask_prompt(state))
    return torch.sigmoid(owl.logits(features, net.query(state)))[0], owl.boxes(features)[0], masks[0]


def naive(agent: Any, patches: list[Patch]) -> list[Any]:
    """Best score and map of every detection and every place looked up."""
    found = []
    for patch in patches:
        for target in TARGETS:
            sentence = naive_request(agent, patch, where_prompt(target), locates=False)
            for phrase in (target, context_phrase(sentence, target)):
                scores, _, mask = naive_request(agent, patch, locate_prompt(phrase), locates=True)
                found.append((float(scores.max()), mask.clamp_min(0).cpu().numpy()))
    return found


def ours(agent: Any, patches: list[Patch]) -> list[Any]:
    """The same through the agent."""
    found = []
    for patch, sightings in zip(patches, agent.locate(patches, TARGETS), strict=True):
        places = [context_phrase(agent.where(patch, target), target) for target in TARGETS]
        for sighting, place in zip(sightings, agent.locate([patch], places)[0], strict=True):
            found += [(float(s.scores[0]), s.cue) for s in (sighting, place)]
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=str(ROOT / "tests/data/seal_models/vsm"), help="folder or hub id")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--image", default=str(ROOT / "tests/data/seal_models/images/scene_300x200.png"))
    options = parser.parse_args()
    picture = PIL.Image.open(options.image).convert("RGB").resize((1200, 800))
    image = Image.open(picture)
    patches = [image.patch(), *map(image.patch, split(image.box))]
    rows, results = [], []
    for name, procedure in (("naive", naive), ("ours", ours)):
        agent: Any = load_localizer(options.model, device=options.device)
        procedure(agent, [Image.open(picture.crop((0, 0, 90, 80))).patch()])  # warm
        with counted(agent._network) as count:
            started = time.perf_counter()
            results.append(procedure(agent, patches))
            seconds = time.perf_counter() - started
        rows.append(
            (
                name,
                *(count[k] / len(patches) for k in ("CLIP", "OWL-ViT", "LLaMA tokens")),
                seconds / len(patches),
            )
        )
    print(
        "| a look (3 targets, each with its context) | CLIP encodes | OWL-ViT encodes | LLaMA tokens | seconds |"
    )
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, clip, owl, tokens, seconds in rows:
        print(f"| {name} | {clip:g} | {owl:g} | {tokens:.0f} | {seconds:.3f} |")
    scores = max(abs(a[0] - b[0]) for a, b in zip(*results, strict=True))
    maps = max(float(np.abs(a[1] - b[1]).max()) for a, b in zip(*results, strict=True))
    print(f"\n{len(results[0])} results; largest difference of scores {scores:.1e}, of maps {maps:.1e}.")


if __name__ == "__main__":
    main()
