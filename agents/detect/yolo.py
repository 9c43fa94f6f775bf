"""YOLO detectors of ultralytics with the user's weights: `ultralytics:FILE`.

- Closed vocabulary: the names in the file. YOLO-World and YOLOE count as such, with the classes that were set before
  the file was saved; their text encoders are not loaded.
- A `.pt` file is a pickle and can run anything on loading: it is opened only with `trust_pickle`. `to_safetensors`
  makes one that cannot.
- Nothing is downloaded or installed: `YOLO_OFFLINE` and `YOLO_AUTOINSTALL` are set before the import, and the
  network is called as a plain module, without ultralytics' predictor.
- The class scores of all cells of all strides, joined by their maximum, are the cue map.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ...memory.errors import AgentError, SettingError, UnknownAgentError
from ...memory.image import Patch
from ...memory.source import one_line
from ..contracts import Capabilities, Sighting
from ..interruptible import interruptible
from ..limits import whole_number
from ..looker import Looker
from .frame import Calibration, Frame, batches, frame_of, log_odds, sighting
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["CALIBRATION", "Yolo", "load", "to_safetensors", "ultralytics_tasks"]

Array = NDArray[np.float32]
Predictions: TypeAlias = "Tensor | list[Predictions] | tuple[Predictions, ...]"

CALIBRATION = Calibration(0.25, 0.5, 0.05)
"""Low is the confidence threshold of ultralytics' own predictions."""
_GREY = (114, 114, 114)
"""What ultralytics pads with."""
_REBUILT = {"DetectionModel": "detect", "SegmentationModel": "segment"}
"""Classes of `ultralytics.nn.tasks` that their layer table alone rebuilds, and their tasks."""
_TASKS = tuple(_REBUILT.values())


class Yolo(Looker):
    """A loaded ultralytics model.

    model: `ultralytics.nn.tasks.DetectionModel` or kin, with `names` and `args`. input_side: pixels of the longer
    side at which a patch is seen; None takes the size of its training. thresholds: (low, high) confidence.
    """

    keeps_deadline = True

    def __init__(
        self,
        model: Any,
        *,
        name: str,
        input_side: int | None = None,
        max_batch: int = 8,
        thresholds: tuple[float, float] | None = None,
    ) -> None:
        self.model = interruptible(model.float().eval())
        self.name = name
        self.vocabulary = Vocabulary([str(model.names[i]) for i in sorted(model.names)])
        head = model.model[-1]
        if not hasattr(head, "stride"):
            raise SettingError(
                f"{name}: a {type(head).__name__} has no grid of class scores; a YOLO model is expected."
            )
        if getattr(head, "cv2", None) is not None:
            head.end2end = False  # the dense scores, not the 300 best
        self._strides = [int(stride) for stride in head.stride]
        low, high = thresholds or (CALIBRATION.low, CALIBRATION.high)
        self.calibration = Calibration(low, high, min(CALIBRATION.floor, low))
        trained_at = model.args.get("imgsz", 640)
        side = input_side or (trained_at if isinstance(trained_at, int) else max(trained_at))
        self.capabilities = Capabilities(
            input_side=-(-side // self._step) * self._step,
            smallest_px=2.0 * min(self._strides),
            confidence_high=high,
            confidence_low=low,
            max_batch=max_batch,
        )

    @property
    def _step(self) -> int:
        return max(32, *self._strides)

    def unknown(self, phrase: str) -> str:
        """Why the phrase names no class, with the nearest names; "" when it names one."""
        return self.vocabulary.unknown(phrase, self.name)

    def locate(self, patches: Sequence[Patch], phrases: Sequence[str]) -> list[list[Sighting]]:
        """One `Sighting` for every patch and phrase: result[patch][phrase]. Raises UnknownPhraseError."""
        import torch

        classes = self.vocabulary.wanted(phrases, self.name)
        frames = [self._padded(frame_of(patch, self.capabilities.input_side)) for patch in patches]
        rows: list[list[Sighting]] = [[] for _ in patches]
        device = next(self.model.parameters()).device
        for batch in batches(frames, self.capabilities.max_batch):
            pixels = np.stack([np.asarray(frames[i].picture) for i in batch])
            tensor = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255
            with torch.inference_mode():
                out = _first(self.model(tensor)).float().cpu().numpy()  # (B, 4 + classes ..., cells)
            for i, seen in zip(batch, out, strict=True):
                rows[i] = [self._sighting(frames[i], seen, wanted) for wanted in classes]
        return rows

    def _padded(self, frame: Frame) -> Frame:
        """The picture padded at the right and below to whole cells of the coarsest stride."""
        size_wh = tuple(-(-side // self._step) * self._step for side in frame.picture.size)
        picture = PIL.Image.new("RGB", size_wh, _GREY)  # type: ignore[arg-type]
        picture.paste(frame.picture)
        return Frame(picture, frame.view_wh, frame.patch_wh)

    def _sighting(self, frame: Frame, seen: Array, classes: list[int]) -> Sighting:
        (cx, cy, w, h), scores = seen[:4], seen[[4 + c for c in classes]].max(axis=0)
        xyxy = np.stack([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], axis=1)
        boxes = frame.boxes(xyxy, "xyxy_px_resized", frame.picture.size)
        cue = self.calibration.cue(frame.cut(self._grid(log_odds(scores), frame.picture.size)))
        return sighting(boxes, log_odds(scores), self.calibration, cue)

    def _grid(self, logits: NDArray[np.float64], size_wh: tuple[int, int]) -> Array:
        """(h, w) maximum over the strides, on the grid of the finest."""
        shapes = [(size_wh[1] // stride, size_wh[0] // stride) for stride in self._strides]
        ends = np.cumsum([rows * columns for rows, columns in shapes])
        if len(logits) != ends[-1]:
            raise AgentError(
                f"{self.name}: {ends[-1]} cells are expected of strides {self._strides}, got {len(logits)}; "
                "this kind of head is not supported."
            )
        best = np.full(shapes[0], -np.inf)
        for part, (rows, columns) in zip(np.split(logits, ends[:-1]), shapes, strict=True):
            grid = part.reshape(rows, columns)
            best = np.maximum(best, grid.repeat(shapes[0][0] // rows, 0).repeat(shapes[0][1] // columns, 1))
        return best.astype(np.float32)


def load(
    name: str,
    *,
    trust_pickle: bool = False,
    device: str = "auto",
    input_side: int | None = None,
    max_batch: int = 8,
    thresholds: tuple[float, float] | None = None,
) -> Yolo:
    """Finds the classes of your own YOLO weights: ultralytics:FILE (.safetensors; .pt with trust_pickle).

    device: "auto", "cpu" or "cuda". The other options as in `Yolo`. Raises UnknownAgentError: no such file.
    SettingError: a pickle that is not trusted, another kind of file or task, an option out of range.
    AgentError: a file that cannot be read. MissingExtraError: ultralytics is absent.
    """
    whole_number(max_batch, "max_batch", "ultralytics")
    if input_side is not None:
        whole_number(input_side, "input_side", "ultralytics")
    path = Path(name).expanduser()
    if not path.is_file():
        raise UnknownAgentError(f"There is no file {name!r}; ultralytics: needs weights on this machine.")
    model = _open(path, trust_pickle)
    if (task := getattr(model, "task", "detect")) not in _TASKS:
        raise SettingError(
            f"{name} is a model for the task {task!r}; a localizer needs one of {', '.join(_TASKS)}."
        )
    return Yolo(
        model.to(_device(device)),
        name=f"ultralytics:{path.name}",
        input_side=input_side,
        max_batch=max_batch,
        thresholds=thresholds,
    )


def to_safetensors(weights: str | Path, out: str | Path) -> Path:
    """Rewrite a trusted `.pt` file as safetensors: tensors, class names and layer table, nothing that runs.

    This opens the pickle: only do it to files you trust. Raises AgentError for a file that cannot be read,
    SettingError for a model that is more than its layer table (YOLO-World and YOLOE hold texts beside it).
    """
    from safetensors.torch import save_file

    model = _open(Path(weights), trusted=True)
    if (made := type(model).__name__) not in _REBUILT:
        raise SettingError(
            f"{weights}: a model of the class {made} cannot be rewritten; keep the .pt file (trust_pickle=True)."
        )
    table = {
        "class": made,
        "yaml": model.yaml,
        "names": model.names,
        "imgsz": model.args.get("imgsz", 640),
    }
    tensors = {key: value.contiguous().clone() for key, value in model.state_dict().items()}
    save_file(tensors, out, metadata={"ultralytics": json.dumps(table)})
    return Path(out)


def ultralytics_tasks() -> ModuleType:
    """The module ultralytics.nn.tasks, imported offline; that it replaces `PIL.Image.open` for all is undone."""
    os.environ.setdefault("YOLO_OFFLINE", "true")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    opener = PIL.Image.open
    try:
        from ultralytics.nn import tasks
    finally:
        PIL.Image.open = opener
    return tasks


def _open(path: Path, trusted: bool) -> Any:
    if path.suffix not in (".pt", ".safetensors"):
        raise SettingError(
            f"{path.name}: weights of the kind .safetensors or .pt are expected, not {path.suffix!r}."
        )
    if path.suffix == ".pt" and not trusted:
        raise SettingError(
            f"{path.name} is a pickle, which can run any code when it is opened. Where you trust its source, pass "
            "trust_pickle=True, or rewrite it once with seal.agents.detect.yolo.to_safetensors."
        )
    import torch

    tasks = ultralytics_tasks()
    try:
        if path.suffix == ".safetensors":
            return _from_safetensors(path, tasks)
        checkpoint = torch.load(path, map_location="cpu", weights_only=False)
        model = checkpoint.get("ema") or checkpoint["model"]
        arguments = checkpoint.get("train_args") or getattr(model, "args", {})
        model.args = arguments if isinstance(arguments, dict) else vars(arguments)
        return model
    except Exception as error:  # what a damaged or foreign file raises is open
        raise AgentError(
            f"{path.name} cannot be read as weights of ultralytics: {type(error).__name__}: {one_line(error, 200)}"
        ) from error


def _from_safetensors(path: Path, tasks: ModuleType) -> Any:
    from safetensors import safe_open
    from safetensors.torch import load_file

    with safe_open(path, "pt") as file:
        table = json.loads((file.metadata() or {})["ultralytics"])
    if table["class"] not in _REBUILT:
        raise ValueError(f"unknown model class {table['class']!r}")
    model = getattr(tasks, table["class"])(table["yaml"], nc=len(table["names"]), verbose=False)
    model.load_state_dict(load_file(path))
    model.names = {int(i): name for i, name in table["names"].items()}
    model.args, model.task = {"imgsz": table["imgsz"]}, _REBUILT[table["class"]]
    return model


def _device(device: str) -> str:
    import torch

    return ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device


def _first(out: Predictions) -> Tensor:
    """The tensor of decoded predictions, wherever this version puts it."""
    while isinstance(out, tuple | list):
        out = out[0]
    return out
