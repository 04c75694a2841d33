"""The refinement network, which polishes small windows of a matte.

Wei et al., CVPR 2021, section 3.4: fully convolutional, nothing is made smaller, one
convolution at each end and four residual blocks between.
"""

import torch
from torch import Tensor, nn

from penumbra.nn.layers import Normalise, Residual, conv_bn_relu

REACH = 10
"""Pixels on each side that a pixel of the answer depends on: ten 3x3 convolutions."""

_EPSILON = 1e-3  # how near to 0 and 1 a matte is taken for sure before it is corrected
_BLOCKS = 4


class RefineNetwork(nn.Module):
    """Image and matte of a window to a better matte.

    Args:
        width: Channels.
        is_residual: Whether the answer is a correction of the matte, none before training;
            otherwise the matte is answered anew.
    """

    def __init__(self, width: int, is_residual: bool = True) -> None:
        super().__init__()
        self.is_residual = is_residual
        self.normalise = Normalise()
        blocks = (Residual(width, width) for _ in range(_BLOCKS))
        self.layers = nn.Sequential(conv_bn_relu(4, width, 3), *blocks)
        self.head = nn.Conv2d(width, 1, 3, padding=1)

    def start_as_identity(self) -> None:
        """Make the first answer the matte that is given; for the residual one."""
        if self.is_residual:
            for parameter in self.head.parameters():
                nn.init.zeros_(parameter)

    def forward(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Return the matte, (B, 1, H, W) in [0, 1].

        Args:
            image: (B, 3, H, W) in [0, 1].
            alpha: (B, 1, H, W) in [0, 1].
        """
        correction = self.head(self.layers(torch.cat([self.normalise(image), alpha], dim=1)))
        correction = correction.float()  # as in `ClicksNetwork.alpha_of`
        if not self.is_residual:
            return correction.sigmoid()
        given = alpha.clamp(_EPSILON, 1 - _EPSILON)
        return (given.log() - (1 - given).log() + correction).sigmoid()
