"""Networks of torch that stop between two of their layers when the time is over.

A pass that takes seconds looks at the clock before each of its layers (`seal.memory.deadline`), at a millionth of a
second each. So the prompt of a large model ends in time as its answer does, and nobody has to be waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..memory.deadline import current

if TYPE_CHECKING:
    from torch import nn

__all__ = ["interruptible"]

Network = TypeVar("Network", bound="nn.Module")


def interruptible(network: Network) -> Network:
    """The same network; from now on it raises OutOfTime between two layers when the deadline in force has passed.

    Layers are the members of its lists and sequences, wherever they stand in it.
    """
    from torch import nn

    for module in network.modules():
        if isinstance(module, nn.ModuleList | nn.Sequential):
            for layer in module.children():
                layer.register_forward_pre_hook(_look_at_the_clock)
    return network


def _look_at_the_clock(layer: nn.Module, given: object) -> None:
    del layer, given
    current().check()
