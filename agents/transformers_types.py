"""What we need of the objects of transformers, as protocols.

Its loaders, processors and remote code are untyped, and its own classes are typed in part; `load_model` in
`agents/hf/loading.py` is the boundary where an object of theirs becomes one of these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, overload

if TYPE_CHECKING:
    import torch
    from torch import Tensor

__all__ = [
    "Cache",
    "Config",
    "Embeddings",
    "Generated",
    "GenerationConfig",
    "ImageProcessor",
    "LanguageModel",
    "Model",
    "Processor",
    "TensorProcessor",
    "Tokenizer",
]


class Tokenizer(Protocol):
    """From text to ids of tokens and back."""

    padding_side: str
    chat_template: str | None
    model_max_length: int
    eos_token_id: int
    pad_token_id: int | None
    all_special_tokens: Sequence[str]

    @overload
    def __call__(self, text: str, **options: bool) -> Mapping[str, list[int]]: ...
    @overload
    def __call__(
        self, text: list[str], *, padding: str, return_tensors: Literal["pt"]
    ) -> Mapping[str, Tensor]: ...
    def __call__(
        self, text: str | list[str], **options: object
    ) -> Mapping[str, list[int]] | Mapping[str, Tensor]:
        """The ids under "input_ids": a list for one text, tensors for several."""
        ...

    def get_vocab(self) -> dict[str, int]:
        """Token -> id."""
        ...

    def batch_decode(self, ids: Tensor, **options: object) -> list[str]:
        """The text of each row."""
        ...


class ImageProcessor(Protocol):
    """The part of a processor that scales pictures. size: its names are the family's; patch_size: of some families."""

    size: dict[str, int]
    patch_size: int
    do_resize: bool

    def __call__(self, **given: object) -> Mapping[str, torch.Tensor]:
        """Pictures to the inputs of a model that takes nothing else."""
        ...


class Processor(Protocol):
    """Images and text to the inputs of a model; some families answer with lists of tensors."""

    tokenizer: Tokenizer
    image_processor: ImageProcessor

    def __call__(self, **given: object) -> Mapping[str, object]:
        """The inputs of the model."""
        ...

    @overload
    def apply_chat_template(self, messages: object, *, tokenize: Literal[False]) -> str: ...
    @overload
    def apply_chat_template(
        self, messages: object, *, tokenize: Literal[True], **options: object
    ) -> Mapping[str, object]: ...
    def apply_chat_template(
        self, messages: object, *, tokenize: bool, **options: object
    ) -> str | Mapping[str, object]:
        """The text of a conversation, or the inputs of the model."""
        ...


class TensorProcessor(Protocol):
    """A processor all of whose outputs are tensors, as those of detectors are."""

    tokenizer: Tokenizer
    image_processor: ImageProcessor

    def __call__(self, **given: object) -> Mapping[str, Tensor]:
        """The inputs of the model."""
        ...


class Config(Protocol):
    """A configuration; what else it holds differs by family and is asked for with `getattr`."""

    model_type: str
    dtype: torch.dtype | str | None
    vocab_size: int
    id2label: dict[int, str]

    def get_text_config(self) -> Config:
        """That of the language model inside."""
        ...


class GenerationConfig(Protocol):
    """How a checkpoint generates."""

    eos_token_id: int | list[int] | None


class Cache(Protocol):
    """Keys and values of what a model has read."""

    def reorder_cache(self, rows: Tensor) -> None:
        """Keep these rows of the batch, in this order, repeated where they are."""
        ...


class Generated(Protocol):
    """Output of `generate`. sequences: (rows, tokens); logits: (rows, vocabulary) of every step."""

    sequences: Tensor
    logits: tuple[Tensor, ...]

    def __contains__(self, name: object) -> bool: ...
    def __getitem__(self, name: str) -> Cache: ...


class Embeddings(Protocol):
    """The layer that gives the logits. weight: (vocabulary, width)."""

    weight: Tensor


class Model(Protocol):
    """Any loaded model."""

    config: Config

    @property
    def device(self) -> torch.device:
        """Where the inputs go."""
        ...

    @property
    def dtype(self) -> torch.dtype:
        """Of its weights."""
        ...


class LanguageModel(Model, Protocol):
    """A model that generates text."""

    generation_config: GenerationConfig

    def generate(self, **inputs: object) -> Generated:
        """Say what comes next."""
        ...

    def get_output_embeddings(self) -> Embeddings | None:
        """The layer that gives the logits, where there is one."""
        ...
