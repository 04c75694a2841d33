"""Flaw elimination, the paper's FEM: flaws, shallow detail and a memory make the next matte.

The sheet `safe`, section 5.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from penumbra.systems.safe.layers import conv, larger, unfolded
from penumbra.systems.safe.lstm import ConvLSTM, State

_FLAWS = 16  # channels that describe the map of flaws


class FlawElimination(nn.Module):
    """One round.

    Args:
        width: Channels C.
        shallow: Channels of the encoder's map at half size.
        stride: What it works smaller by.
        has_peephole: Of the memory.
        is_separable: Whether its inner convolutions are.
    """

    def __init__(
        self,
        width: int,
        shallow: int,
        stride: int = 1,
        has_peephole: bool = False,
        is_separable: bool = False,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.flaws = nn.Conv2d(1, _FLAWS, 3, padding=1)
        self.mix = conv(_FLAWS + shallow + width, width, is_separable)
        self.memory = ConvLSTM(width, has_peephole, is_separable)
        self.head = nn.Conv2d(width, stride**2, 3, padding=1)

    def forward(
        self, flaws: Tensor, shallow: Tensor, x: Tensor, state: State
    ) -> tuple[Tensor, State]:
        """Return logits of the matte, (B, 1, H, W), and the state after the round.

        Args:
            flaws: (B, 1, H, W) in [0, 1].
            shallow: (B, shallow, H / 2, W / 2).
            x: (B, C, H / stride, W / stride) of semantic addition.
            state: Before the round.
        """
        if self.stride == 1:
            shallow = larger(shallow)
        else:
            flaws = avg_pool2d(flaws, self.stride)
        seen = torch.cat([self.flaws(flaws), shallow, x], dim=1)
        state = self.memory(self.mix(seen).relu(), state)
        return unfolded(self.head(state.hidden), self.stride), state
