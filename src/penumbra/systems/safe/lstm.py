"""A convolutional LSTM: what a round of refinement remembers of the ones before.

Shi et al., "Convolutional LSTM network", NIPS 2015, equation 3; by default without peepholes, whose
weights would fix the size of the picture.  The sheet `safe`, section 5.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.systems.safe.layers import conv


class State(NamedTuple):
    """What is remembered.

    Attributes:
        hidden: (B, C, H, W).
        cell: (B, C, H, W).
    """

    hidden: Tensor
    cell: Tensor


class ConvLSTM(nn.Module):
    """One step at a time.

    Args:
        width: Channels of the input and of the state.
        has_peephole: Whether gates see the cell, by one weight a channel.
        is_separable: Whether its convolution is.
    """

    def __init__(self, width: int, has_peephole: bool = False, is_separable: bool = False) -> None:
        super().__init__()
        self.gates = conv(2 * width, 4 * width, is_separable)
        self.peephole: nn.Parameter | None = None
        if has_peephole:  # of input, forget and output gate
            self.peephole = nn.Parameter(torch.zeros(3, width, 1, 1))
        with torch.no_grad():
            bias = self.last.bias
            assert bias is not None
            bias.zero_()
            bias[width : 2 * width] = 1  # remember, unless there is a reason to forget

    @property
    def last(self) -> nn.Conv2d:
        """The convolution that answers the gates: of input, forgetting, candidate and output."""
        last = self.gates[-1] if isinstance(self.gates, nn.Sequential) else self.gates
        assert isinstance(last, nn.Conv2d)
        return last

    def start_without_memory(self) -> None:
        """Make weights nothing that a single round from an empty state could not teach."""
        weight = self.last.weight
        width = weight.shape[0] // 4
        with torch.no_grad():
            weight[:, width:] = 0
            weight[width : 2 * width] = 0

    def forward(self, x: Tensor, state: State) -> State:
        """Return the state after an input (B, C, H, W)."""
        hidden, cell = state
        gates = self.gates(torch.cat([x, hidden], dim=1)).chunk(4, dim=1)
        entering, keeping, candidate, leaving = gates
        if self.peephole is not None:
            entering = entering + self.peephole[0] * cell
            keeping = keeping + self.peephole[1] * cell
        cell = keeping.sigmoid() * cell + entering.sigmoid() * candidate.tanh()
        if self.peephole is not None:
            leaving = leaving + self.peephole[2] * cell
        return State(leaving.sigmoid() * cell.tanh(), cell)
