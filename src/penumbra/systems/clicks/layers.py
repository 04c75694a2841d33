"""Blocks of the networks.

Wei et al., "Improved image matting via real-time user clicks and uncertainty
estimation", CVPR 2021; blocks of Li and Lu, "Natural image matting via guided contextual
attention", AAAI 2020, whose counts are the same and whose widths the paper leaves out.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, max_pool2d

from penumbra.nn.layers import Residual, conv_bn_relu

HINT_STRIDE = 4  # at which late hints are read


def stage(channels: int, new_channels: int, count: int, stride: int) -> nn.Sequential:
    """Return residual blocks, of which the first changes size and channels."""
    rest = (Residual(new_channels, new_channels) for _ in range(count - 1))
    return nn.Sequential(Residual(channels, new_channels, stride), *rest)


class LargerResidual(nn.Module):
    """Twice the size by a transposed convolution, beside a shortcut of nearest neighbours."""

    def __init__(self, channels: int, new_channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *transposed(channels, channels),
            nn.Conv2d(channels, new_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(new_channels),
        )
        # Neighbours are copied last: what is the same at four pixels is computed once.
        self.shortcut = nn.Sequential(
            nn.Conv2d(channels, new_channels, 1, bias=False),
            nn.BatchNorm2d(new_channels),
            nn.Upsample(scale_factor=2.0, mode="nearest"),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, new_channels, 2H, 2W)."""
        return (self.body(x) + self.shortcut(x)).relu()


def transposed(channels: int, new_channels: int) -> nn.Sequential:
    """Return a transposed 4x4 convolution of stride 2, batch normalisation and ReLU."""
    return nn.Sequential(
        nn.ConvTranspose2d(channels, new_channels, 4, 2, 1, bias=False),
        nn.BatchNorm2d(new_channels),
        nn.ReLU(inplace=True),
    )


class LateHints(nn.Module):
    """Hints read at a quarter of the size, to be added to features at an eighth.

    Reduced by maxima, so that no click vanishes.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(conv_bn_relu(3, 16, 3), conv_bn_relu(16, 32, 3, 2))
        self.last = nn.Conv2d(32, channels, 1)

    def forward(self, hints: Tensor, previous: Tensor) -> Tensor:
        """Return (B, channels, H / 8, W / 8).

        Args:
            hints: (B, 1, H, W) of -1, 0 and 1.
            previous: (B, 1, H, W) in [0, 1].
        """
        on, off = (max_pool2d((sign * hints).clamp(min=0), HINT_STRIDE) for sign in (1, -1))
        planes = torch.cat([on, off, avg_pool2d(previous, HINT_STRIDE)], dim=1)
        return self.last(self.layers(planes))

    def start_as_nothing(self) -> None:
        """Make the first answer zero, whatever is said."""
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)


def twice(x: Tensor) -> Tensor:
    """Return (B, C, 2H, 2W) of (B, C, H, W)."""
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def initialise(network: nn.Module) -> None:
    """Draw first weights: Xavier's, and residual blocks that start as their shortcuts."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.xavier_uniform_(module.weight)
    for module in network.modules():
        if isinstance(module, Residual | LargerResidual):
            last = module.body[-1]
            assert isinstance(last, nn.BatchNorm2d)
            nn.init.zeros_(last.weight)
