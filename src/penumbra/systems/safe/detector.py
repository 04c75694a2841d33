"""The flaw detector: where a matte is probably wrong.

Ke et al., "Guided collaborative training for pixel-wise semi-supervised learning", ECCV 2020, whose
layers these are; half of the channels are normalised over the batch, half over each picture (IBN,
Pan et al., ECCV 2018).  The sheet `safe`, section 6.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

LEAST = 64
"""Shortest side that it can look at, pixels."""

PAPER_WIDTHS = (64, 128, 256, 512)
SMALL_WIDTHS = (16, 32, 64, 96)


class HalfNorm(nn.Module):
    """The first half of the channels normalised over the batch, the rest over each picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.count = channels // 2
        self.batch = nn.BatchNorm2d(self.count)
        self.picture = nn.InstanceNorm2d(channels - self.count)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W) of (B, C, H, W)."""
        first, rest = x[:, : self.count], x[:, self.count :]
        return torch.cat([self.batch(first), self.picture(rest)], dim=1)


class FlawDetector(nn.Module):
    """Photograph and matte to a map of flaws.

    The small one looks at half the size, with 3x3 where nothing is strided and without the last two
    strides: so it costs little, sees fine and fits any multiple of 32.

    Args:
        is_small: Whether it is that one.
    """

    def __init__(self, is_small: bool = False) -> None:
        super().__init__()
        self.is_small = is_small
        c1, c2, c3, c4 = SMALL_WIDTHS if is_small else PAPER_WIDTHS
        last = 1 if is_small else 2
        steps = ((4, c1, 2), (c1, c2, 2), (c2, c2, 1), (c2, c3, 2), (c3, c3, 1))
        layers: list[nn.Module] = []
        for channels, new, stride in (*steps, (c3, c4, last), (c4, c4, 1)):
            layers += [self._conv(channels, new, stride), HalfNorm(new), nn.LeakyReLU(0.2, True)]
        self.layers = nn.Sequential(*layers)
        self.head = self._conv(c4, 1, last)

    def forward(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Return the map, (B, 1, H, W), which should be in [0, 1] and need not be.

        Args:
            image: (B, 3, H, W), normalised; H and W at least `LEAST`.
            alpha: (B, 1, H, W) in [0, 1].
        """
        size = image.shape[2:]
        x = torch.cat([image, alpha], dim=1)
        if self.is_small:
            x = avg_pool2d(x, 2)
        x = self.head(self.layers(x))
        # The paper's layers lose a pixel here and there; the small one's fit exactly.
        return interpolate(x, size=size, mode="bilinear", align_corners=not self.is_small)

    def _conv(self, channels: int, new_channels: int, stride: int) -> nn.Conv2d:
        size = 3 if self.is_small and stride == 1 else 4
        return nn.Conv2d(channels, new_channels, size, stride, padding=1)
