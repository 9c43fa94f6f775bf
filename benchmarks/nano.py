"""What a look of the nano localizer costs and shows: CPU seconds for a 3840x2160 screen, recall by apparent size.

    python benchmarks/nano.py [SCREEN] [--onnx]
    python benchmarks/nano.py --pages held        # recall of icons by apparent size, on pages of `seal pages`

The finder is also timed in float32, in which it runs where the CPU cannot multiply bfloat16. --onnx also runs it
through onnxruntime (needs the packages onnx and onnxscript) in the same run.
"""

from __future__ import annotations

import argparse
import copy
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# ruff: noqa: E402
from seal.agents.nano.localizer import Nano
from seal.agents.nano.look import look_at
from seal.agents.nano.weights import Model, has_amx, load_weights
from seal.memory.geometry import Box, tiles
from seal.memory.image import Image
from seal.train.tiles import cut, load_page, page_files

SIDE, SCALES = 1536, (1.0, 0.8, 0.65, 0.5)
SCREEN = ROOT / "examples" / "screens" / "soft-ui-billing.png"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("screen", nargs="?", type=Path, default=SCREEN)
    parser.add_argument("--onnx", action="store_true", help="also through onnxruntime")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--pages", type=Path, help="folder of generated pages; measures recall instead")
    parser.add_argument("--count", type=int, default=40, help="pages looked at (default 40), the last ones")
    chosen = parser.parse_args()
    if chosen.pages is None:
        cost(chosen.screen, chosen.repeats, chosen.onnx)
    else:
        recall_by_size(chosen.pages, chosen.count)


def cost(screen: Path, repeats: int, onnx: bool) -> None:
    """CPU seconds of all looks at a screen, in bfloat16 where the CPU multiplies it and in float32."""
    image, model = Image.open(screen), load_weights()
    parts = tiles(image.box, (1536, 1536), 0.0)
    views = [np.asarray(image.patch(part).read(), np.uint8) for part in parts]
    print(
        f"{screen.name}: {image.size_wh[0]} x {image.size_wh[1]}, {len(views)} looks, torch {torch.__version__}"
    )
    single = replace(model, finder=copy.deepcopy(model.finder).float())
    finder = 0.0
    for name, used in {"bfloat16": model, "float32": single}.items():
        if name == "bfloat16" and not has_amx():
            continue
        whole = _cpu_seconds(lambda m=used: [look_at(view, m) for view in views], repeats)
        finder = _cpu_seconds(lambda m=used: [_torch(view, m) for view in views], repeats)
        print(f"{name}: whole look {whole:.2f} CPU s, of these the finder {finder:.2f}")
    if onnx:
        session = _session(single)
        other = _cpu_seconds(
            lambda: [session.run(None, {"image": _padded(view)[None]}) for view in views], repeats
        )
        print(f"finder alone, onnxruntime: {other:.2f} CPU s ({other / finder:.2f} of torch in float32)")


def recall_by_size(pages: Path, count: int) -> None:
    """Share of named icons that are found with a calibrated score of at least `confidence_low`.

    One random view a page and scale; apparent size: the longer side in pixels of the view.
    """
    nano = Nano()
    found: dict[int, list[bool]] = {}
    for number, file in enumerate(page_files(pages)[-count:]):
        page, rng = load_page(file), np.random.default_rng(number)
        height, width = page.image.shape[:2]
        for scale in SCALES:
            w, h = (min(round(SIDE / scale), length) for length in (width, height))
            corner = int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1))
            view, truth = cut(page, (*corner, w, h), (round(w * scale), round(h * scale)))
            patch = Image.open(view).patch()
            for concept in sorted({c for c in truth.concepts if c}):
                sighting = nano.locate([patch], [f"{concept} icon"])[0][0]
                sure = sighting.boxes[sighting.scores >= nano.capabilities.confidence_low]
                for box in truth.boxes[[c == concept for c in truth.concepts]]:
                    hit = any(
                        Box.from_xyxy(*box).iou(Box.from_xyxy(*other)) >= 0.5 for other in sure.tolist()
                    )
                    found.setdefault(int(max(box[2:] - box[:2]) // 2 * 2), []).append(hit)
    print("| apparent size, px | icons | recall |\n|---|---:|---:|")
    for px, hits in sorted(found.items()):
        if 6 <= px < 32:
            print(f"| {px} to {px + 2} | {len(hits)} | {np.mean(hits):.3f} |")


def _cpu_seconds(work: Callable[[], Any], repeats: int) -> float:
    """Median CPU seconds of the process, after one run to warm up."""
    work()
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def _padded(view: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    height, width = (-(-side // 128) * 128 for side in view.shape[:2])
    out = np.full((height, width, 3), 114, np.uint8)
    out[: view.shape[0], : view.shape[1]] = view
    return out


@torch.inference_mode()
def _torch(view: np.ndarray[Any, Any], model: Model) -> Any:
    return model.finder(torch.from_numpy(_padded(view))[None])


def _session(model: Model) -> Any:
    import onnxruntime

    file = io.BytesIO()
    sample = torch.zeros((1, 256, 384, 3), dtype=torch.uint8)
    axes = {"image": {1: "height", 2: "width"}}
    torch.onnx.export(model.finder, (sample,), file, input_names=["image"], dynamic_axes=axes, dynamo=False)
    return onnxruntime.InferenceSession(file.getvalue(), providers=["CPUExecutionProvider"])


if __name__ == "__main__":
    main()
