"""What a look of the nano localizer costs: CPU seconds for a whole 3840x2160 screen at native resolution.

    python benchmarks/nano.py [SCREEN] [--onnx]

The finder is also timed in float32, in which it runs where the CPU cannot multiply bfloat16. --onnx also runs it
through onnxruntime (needs the packages onnx and onnxscript) in the same run.
"""

from __future__ import annotations

import argparse
import copy
import io
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seal.agents.nano.look import look_at
from seal.agents.nano.weights import Model, has_amx, load_weights
from seal.memory.geometry import tiles
from seal.memory.image import Image

SCREEN = Path(__file__).resolve().parent.parent / "examples" / "screens" / "soft-ui-billing.png"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("screen", nargs="?", type=Path, default=SCREEN)
    parser.add_argument("--onnx", action="store_true", help="also through onnxruntime")
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    image, model = Image.open(chosen.screen), load_weights()
    parts = tiles(image.box, (1536, 1536), 0.0)
    views = [np.asarray(image.patch(part).read(), np.uint8) for part in parts]
    print(
        f"{chosen.screen.name}: {image.size_wh[0]} x {image.size_wh[1]}, {len(views)} looks, torch {torch.__version__}"
    )
    single = replace(model, finder=copy.deepcopy(model.finder).float())
    finder = 0.0
    for name, used in {"bfloat16": model, "float32": single}.items():
        if name == "bfloat16" and not has_amx():
            continue
        whole = _cpu_seconds(lambda m=used: [look_at(view, m) for view in views], chosen.repeats)
        finder = _cpu_seconds(lambda m=used: [_torch(view, m) for view in views], chosen.repeats)
        print(f"{name}: whole look {whole:.2f} CPU s, of these the finder {finder:.2f}")
    if chosen.onnx:
        session = _session(single)
        other = _cpu_seconds(
            lambda: [session.run(None, {"image": _padded(view)[None]}) for view in views], chosen.repeats
        )
        print(f"finder alone, onnxruntime: {other:.2f} CPU s ({other / finder:.2f} of torch in float32)")


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
