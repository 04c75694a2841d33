"""The small encoder and decoder: what depends on the photograph alone is looked at once.

The sheet `clicks`, section 3.3: narrower than the paper's, no layer at full size but the last, and
a mean over the whole picture, by which one click reaches all of a large object.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.nn.layers import Residual, conv_bn_relu
from penumbra.systems.clicks.layers import stage, twice
from penumbra.systems.clicks.paper import Maps

_DECODER = (64, 48, 24, 16)  # channels at strides 16, 8, 4 and 2
_LAST = 8  # channels at half the size, before the colours are seen again


class Widths(NamedTuple):
    """Channels at strides 2 to 32, and residual blocks at strides 4, 8, 16 and 32."""

    channels: tuple[int, int, int, int, int]
    blocks: tuple[int, int, int, int]


WIDTHS = {
    "s": Widths((16, 24, 48, 96, 160), (1, 2, 2, 2)),
    "m": Widths((16, 32, 64, 128, 192), (2, 2, 2, 2)),
}
"""By size."""


class SmallEncoder(nn.Module):
    """The encoder.

    Args:
        channels: Of what goes in: colours, and early hints.
        widths: Its sizes.
    """

    def __init__(self, channels: int, widths: Widths) -> None:
        super().__init__()
        self.widths = widths.channels
        c2, c4, c8, c16, c32 = widths.channels
        b4, b8, b16, b32 = widths.blocks
        self.c2 = conv_bn_relu(channels, c2, 3, 2)
        self.c4 = stage(c2, c4, b4, 2)
        self.c8 = stage(c4, c8, b8, 2)
        self.f8 = Residual(c8, c8)
        self.f16 = stage(c8, c16, b16, 2)
        self.f32 = stage(c16, c32, b32, 2)
        self.scene = nn.Conv2d(c32, c32, 1)

    def look(self, x: Tensor) -> Maps:
        """Return maps at strides 2, 4 and 8."""
        c2 = self.c2(x)
        c4 = self.c4(c2)
        return c2, c4, self.c8(c4)

    def think(self, x: Tensor) -> Maps:
        """Return maps at strides 8, 16 and 32 of one at stride 8."""
        f8 = self.f8(x)
        f16 = self.f16(f8)
        f32 = self.f32(f16)
        mean = f32.mean(dim=(2, 3), keepdim=True)
        return f8, f16, f32 + self.scene(mean).relu()


class _Up(nn.Module):
    """Twice the size, a skip added, one residual block."""

    def __init__(self, channels: int, skip: int, new_channels: int) -> None:
        super().__init__()
        self.narrow = conv_bn_relu(channels, new_channels, 1)
        self.skip = conv_bn_relu(skip, new_channels, 1)
        self.mix = Residual(new_channels, new_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.mix(twice(self.narrow(x)) + self.skip(skip))


class SmallDecoder(nn.Module):
    """From all maps, and once more the colours, to one plane."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        before = (widths.channels[-1], *_DECODER[:-1])
        self.ups = nn.ModuleList(
            _Up(*step) for step in zip(before, widths.channels[-2::-1], _DECODER, strict=True)
        )
        self.last = conv_bn_relu(_DECODER[-1], _LAST, 3)
        self.head = nn.Conv2d(_LAST + 3, 1, 3, padding=1)

    def forward(self, image: Tensor, maps: Maps) -> Tensor:
        """Return one plane, (B, 1, H, W), neither bounded nor positive.

        Args:
            image: (B, 3, H, W), normalised.
            maps: At strides 2, 4, 8, 16 and 32.
        """
        x = maps[-1]
        for up, skip in zip(self.ups, maps[-2::-1], strict=True):
            x = up(x, skip)
        x = twice(self.last(x))  # (B, 8, H, W)
        return self.head(torch.cat([x, image], dim=1))
