"""A small network for text and its tokenizer, from a folder: loaded at first use, once, whichever thread is first."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..memory.errors import AgentError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = ["TextNetwork"]


class TextNetwork:
    """NAME.onnx and tokenizer.json of a folder, for `seal train NAME`. outputs: what the network has to give.

    threads: of a run; 0: as onnxruntime chooses. Thread-safe.
    """

    def __init__(self, name: str, folder: str | Path, outputs: Sequence[str], threads: int = 0) -> None:
        self.name, self.folder, self.outputs, self.threads = name, Path(folder), list(outputs), threads
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._lock = threading.Lock()

    def load(self) -> tuple[Tokenizer, InferenceSession]:
        """Both, ready. Raises AgentError when a file is missing or damaged."""
        with self._lock:
            if self._loaded is None:
                try:
                    self._loaded = self._opened()
                except Exception as error:  # both libraries raise errors of their own
                    told = " ".join(str(error).split())[:200]
                    raise AgentError(
                        f"The weights of the {self.name}, {self.name}.onnx and tokenizer.json in {self.folder}, are "
                        f"missing or damaged ({told}). Install the package anew, or train them: seal train {self.name}."
                    ) from error
            return self._loaded

    def _opened(self) -> tuple[Tokenizer, InferenceSession]:
        from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 4
        options.graph_optimization_level = (
            GraphOptimizationLevel.ORT_DISABLE_ALL
        )  # the file is optimised already
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        path = self.folder / f"{self.name}.onnx"
        session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        if names != self.outputs:
            raise ValueError(
                f"{path.name} should give {', '.join(self.outputs)}; it gives {', '.join(names)}"
            )
        return tokenizer, session
