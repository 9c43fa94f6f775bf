"""The model that lmms-eval makes: each request is a question about a picture, answered with search or, as the baseline,
from the whole picture alone.

What SEAL does not take (two pictures, a damaged file) is answered with the reason, as a refusal; so is what an agent
fails at, until it fails three times in a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from lmms_eval.api.model import lmms
from loguru import logger

from ...inputs import Prompted, prompted
from ...memory.errors import AgentError, ImageError, InputError, SettingError
from ...memory.image import open_document
from ...orchestrator import Seal
from ...record.result import Result
from ...search.policies import Whole
from ...settings import Budget

__all__ = ["SealModel"]

DEADLY = 3
"""Failures of agents in a row that end a run."""
_IGNORED = {"batch_size", "max_batch_size", "device"}
"""What lmms-eval tells every model."""


class Request(Protocol):
    """One question of lmms-eval. args: the words, settings of a generation, what gives the pictures of a record, the
    number of the record, its task and its split."""

    @property
    def args(self) -> tuple[str, Mapping[str, object], Callable[[object], object], int, str, str]: ...


class SealModel(lmms):  # type: ignore[misc]  # lmms-eval has no types
    """vqa, localizer, policy, looks, seconds: as of `seal ask`. baseline: the whole picture alone, `side` pixels long
    (default: the localizer's input size), is shown to the same agents: no search.

    Raises SettingError for an argument that it does not have, and what `Seal` raises.
    """

    is_simple = True

    def __init__(
        self,
        vqa: str | None = None,
        localizer: str | None = None,
        policy: str | None = None,
        looks: int | None = None,
        seconds: float | None = None,
        baseline: bool = False,
        side: int | None = None,
        **others: object,
    ) -> None:
        super().__init__()
        if unknown := sorted(others.keys() - _IGNORED):
            raise SettingError(f"model_args: {unknown[0]!r} is none; there are {', '.join(_ARGUMENTS)}.")
        limits = Budget(looks=looks, seconds=seconds)
        budget = None if looks is None and seconds is None else limits
        self.seal = Seal(vqa, localizer, policy, budget)
        self.side: int | None = None
        if baseline:
            self.side = side or self.seal.localizer.capabilities.input_side
            self.seal = Seal(self.seal.vqa, self.seal.localizer, Whole(), self.seal.budget)
        self._failures = 0

    def generate_until(self, requests: Sequence[Request]) -> list[str]:
        """The answer to each request; "Unknown" or "Cannot tell", and why, where there is none.

        Raises AgentError when an agent fails for the third time in a row, and MissingExtraError.
        """
        told, looks, calls, seconds, refused = list[str](), 0, 0, 0.0, 0
        for request in requests:
            words, settings, pictures_of, number, task, split = request.args
            asked = prompted(words)
            try:
                result = self._ask(pictures_of(self.task_dict[task][split][number]), asked)
                looks, calls = looks + result.spend.looks, calls + sum(result.spend.calls.values())
                seconds += result.spend.total_seconds
                refused += result.status == "cannot_tell"
                told.append(asked.reply(result.status, result.answer, result.reason))
                self._failures = 0
            except (AgentError, InputError) as error:
                self._failures = self._failures + 1 if isinstance(error, AgentError) else 0
                if self._failures == DEADLY:
                    raise
                logger.warning(f"{task} {number}: {error}")
                refused += 1
                told.append(asked.reply("cannot_tell", "", str(error)))
            self.cache_hook.add_partial("generate_until", (words, settings), told[-1])
        logger.info(
            f"seal ({self.seal.vqa.name} + {self.seal.localizer.name}, policy {self.seal.policy.name}"
            f"{'' if self.side is None else f', whole picture at {self.side} px'}): {len(told)} questions, {refused} "
            f"refused; {looks} looks, {calls} calls of models, {seconds:.1f} s."
        )
        return told

    def _ask(self, pictures: object, asked: Prompted) -> Result:
        given = list(pictures) if isinstance(pictures, list | tuple) else [pictures]
        if len(given) != 1:
            raise ImageError(f"One picture a question; this one has {len(given)}.")
        document = open_document(given[0], max_pixels=self.seal.max_pixels)
        shown = document if self.side is None else document.limited(self.side)
        return self.seal.ask(shown, asked.question, asked.options or None)

    def generate_until_multi_round(self, requests: Sequence[Request]) -> list[str]:
        """Not given: SEAL answers one question. Raises SettingError."""
        raise SettingError("SEAL answers one question at a time; tasks of several rounds cannot be asked.")

    def loglikelihood(self, requests: Sequence[Request]) -> list[tuple[float, bool]]:
        """Not given: SEAL answers in words. Raises SettingError."""
        raise SettingError("SEAL answers in words; tasks that ask for likelihoods cannot be asked.")


_ARGUMENTS = ("vqa", "localizer", "policy", "looks", "seconds", "baseline", "side")
