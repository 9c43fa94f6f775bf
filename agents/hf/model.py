"""A loaded vision-language model: turns of images and text in, text out; free, or JSON of a schema.

- Greedy: the same turns give the same text. A batch gives what each turn gives alone; families of which that is
  not true go one by one.
- Some models keep positions of the latest call on themselves, so that one call runs at a time (`lock`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property

import PIL.Image
import torch
from transformers import LogitsProcessor

from ...memory.errors import AgentError
from ...memory.source import one_line
from ..transformers_types import Generated, LanguageModel, Processor, Tokenizer
from . import scoring
from .constrain import Grammars
from .encoding import Turn, encode, prepared, turn_of
from .profiles import Profile

__all__ = ["VLM"]

Schema = Mapping[str, object]


class VLM:
    """A model, its processor and the profile of its family.

    name: for messages. max_side: images are scaled down to this many pixels on their longest side.
    """

    def __init__(
        self, name: str, model: LanguageModel, processor: Processor, profile: Profile, max_side: int
    ) -> None:
        self.name, self.model, self.processor, self.profile = name, model, processor, profile
        self.max_side = max_side
        self.lock = threading.RLock()
        self.tokens = 0
        """Read (padding apart) and written so far, in all calls."""
        self.tokenizer: Tokenizer = processor.tokenizer
        self.tokenizer.padding_side = "left"

    @property
    def device(self) -> torch.device:
        """Where the inputs go."""
        return self.model.device

    # --- asking -------------------------------------------------------------------------------------------

    def ask(
        self,
        images: Sequence[PIL.Image.Image],
        prompt: str,
        schema: Schema | None = None,
        max_new_tokens: int = 512,
    ) -> str:
        """The reply to a prompt about images, JSON of `schema` if one is given. Errors as in `write`."""
        return self.ask_many([(images, prompt)], schema, max_new_tokens)[0]

    def ask_many(
        self,
        asked: Sequence[tuple[Sequence[PIL.Image.Image], str]],
        schema: Schema | None = None,
        max_new_tokens: int = 512,
    ) -> list[str]:
        """The replies to prompts about images, in one batch."""
        return self.write([turn_of(images, prompt) for images, prompt in asked], schema, max_new_tokens)

    def write(
        self, turns: Sequence[Turn], schema: Schema | None = None, max_new_tokens: int = 512
    ) -> list[str]:
        """The reply to each turn, without special tokens. JSON may be cut off at `max_new_tokens`.

        Raises AgentError: images or text that the processor refuses, a device without memory.
        """
        if not self.profile.batches and len(turns) > 1:
            return [self.write([turn], schema, max_new_tokens)[0] for turn in turns]
        if not turns:
            return []
        with self.lock:
            mask = self._grammars.mask([schema] * len(turns)) if schema is not None else None
            made = self.generate(self.encode(turns), max_new_tokens, mask)
        said = made.sequences[:, -len(made.logits) :]
        texts = self.tokenizer.batch_decode(
            said, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return [text.strip() for text in texts]

    def option_scores(self, turn: Turn, options: Sequence[str]) -> tuple[float, ...]:
        """Mean log-likelihood a token of every option as the reply to `turn` (`seal.agents.hf.scoring`)."""
        return scoring.option_scores(self, turn, options)

    def first_logits(self, turns: Sequence[Turn]) -> torch.Tensor:
        """(turns, vocabulary) float32 logits of the first token of each reply."""
        if not self.profile.batches and len(turns) > 1:
            return torch.cat([self.first_logits([turn]) for turn in turns])
        with self.lock:
            logits = self.generate(self.encode(turns), 1).logits[0]
        return logits.float().cpu()

    # --- beneath ------------------------------------------------------------------------------------------

    def prepared(self, image: PIL.Image.Image) -> PIL.Image.Image:
        """The image as the processor gets it: scaled down and padded where it must be (`encoding.prepared`)."""
        return prepared(image, self.profile, self.max_side)

    def encode(self, turns: Sequence[Turn]) -> dict[str, object]:
        """The model's inputs for a batch of turns, on its device, floats in its dtype."""
        inputs = encode(turns, self.processor, self.profile, self.max_side)
        if any(part["type"] == "image" for turn in turns for part in turn):
            self._check_images(inputs)
        return {key: self._placed(value) for key, value in inputs.items()}

    def generate(
        self,
        inputs: Mapping[str, object],
        max_new_tokens: int,
        *processors: LogitsProcessor | None,
        use_cache: bool | None = None,
    ) -> Generated:
        """Output of transformers' `generate`, greedy, with the raw logits of every step."""
        wanted = [p for p in processors if p is not None]
        options: dict[str, object] = {"repetition_penalty": 1.0, "no_repeat_ngram_size": 0} if wanted else {}
        options |= {} if use_cache is None else {"use_cache": use_cache}
        try:
            with torch.inference_mode():
                made = self.model.generate(
                    **inputs,
                    max_new_tokens=max_new_tokens,
                    do_sample=False,
                    num_beams=1,
                    logits_processor=wanted,
                    return_dict_in_generate=True,
                    output_logits=True,
                    pad_token_id=self._pad,
                    eos_token_id=self.model.generation_config.eos_token_id or self._eos,
                    **options,
                )
            mask = inputs.get("attention_mask")
            if isinstance(mask, torch.Tensor):
                goes_on = any(
                    "cache" in key or "past" in key for key in inputs
                )  # then one more token a row is read
                self.tokens += len(mask) if goes_on else int(mask.sum())
            self.tokens += sum(len(step) for step in made.logits)
            return made
        except torch.OutOfMemoryError as error:
            raise AgentError(
                f"{self.name}: {self.device} has no memory left for this call ({one_line(error)}). Use a smaller "
                f"max_side (now {self.max_side}), fewer images, quantize=4, or another device."
            ) from error
        except (ValueError, RuntimeError, IndexError, TypeError) as error:
            raise AgentError(
                f"{self.name} ({self.profile.model_type}) fails on this input: {one_line(error, 300)}"
            ) from error

    def _placed(self, value: object) -> object:
        if isinstance(value, list | tuple):
            return type(value)(self._placed(v) for v in value)
        if not isinstance(value, torch.Tensor):
            return value
        return value.to(self.device, self.model.dtype if value.is_floating_point() else value.dtype)

    def _check_images(self, inputs: Mapping[str, object]) -> None:
        """AgentError when the images left no trace in the inputs: a template that passes them over."""
        config = self.model.config
        names = ("image_token_id", "image_token_index", "image_patch_id")
        token = next((t for n in names if (t := getattr(config, n, None)) is not None), None)
        if token is not None and not (inputs["input_ids"] == token).any():
            raise AgentError(
                f"{self.name}: the images left no trace in the model's input; the chat template of this checkpoint "
                "passes them over. Take its vision sibling or another revision."
            )

    @property
    def _eos(self) -> int:
        eos = self.model.generation_config.eos_token_id
        eos = eos[0] if isinstance(eos, list) and eos else eos
        return int(self.tokenizer.eos_token_id if eos is None or isinstance(eos, list) else eos)

    @property
    def _pad(self) -> int:
        pad = self.tokenizer.pad_token_id
        return self._eos if pad is None else int(pad)

    @cached_property
    def _grammars(self) -> Grammars:
        head = self.model.get_output_embeddings()
        width = head.weight.shape[0] if head is not None else self.model.config.get_text_config().vocab_size
        return Grammars(self.tokenizer, int(width), self._eos)
