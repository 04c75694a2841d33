"""An average of a network's weights over its training, and buffers that can be put back."""

from collections.abc import Iterable
from copy import deepcopy

import torch
from torch import Tensor, nn


class Ema:
    """A copy of a network whose weights follow it slowly.

    After update k (counted from 0) the copy holds d * copy + (1 - d) * network, where d is the
    decay or (1 + k) / (10 + k), whichever is less: at first the untrained weights would weigh
    too much.  Buffers are copied.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0
        self._pairs = _grouped(self.network.parameters(), network.parameters())
        self._buffers = _grouped(self.network.buffers(), network.buffers())

    def update(self) -> None:
        """Follow the network by one step."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        with torch.no_grad():
            for ours, theirs in self._pairs:
                torch._foreach_lerp_(ours, theirs, 1 - decay)
            for ours, theirs in self._buffers:
                torch._foreach_copy_(ours, theirs)


class BufferCopy:
    """Buffers of a network (running means, counts) as they were before a step."""

    def __init__(self, network: nn.Module) -> None:
        copies = [buffer.clone() for buffer in network.buffers()]
        self._pairs = _grouped(copies, network.buffers())

    def save(self) -> None:
        """Remember the buffers as they are."""
        for copies, buffers in self._pairs:
            torch._foreach_copy_(copies, buffers)

    def restore(self) -> None:
        """Put back what was remembered."""
        for copies, buffers in self._pairs:
            torch._foreach_copy_(buffers, copies)


def _grouped(
    ours: Iterable[Tensor], theirs: Iterable[Tensor]
) -> list[tuple[list[Tensor], list[Tensor]]]:
    """Return pairs of lists, one for each kind of number, as one operation can take them."""
    groups: dict[torch.dtype, tuple[list[Tensor], list[Tensor]]] = {}
    for one, other in zip(ours, theirs, strict=True):
        mine, others = groups.setdefault(one.dtype, ([], []))
        mine.append(one.detach())
        others.append(other.detach())
    return list(groups.values())
