"""From the encoder's maps to features as fine as the rounds need, and to the first matte.

The sheet `safe`, section 3.2: five stages, each twice as large, with a skip of the encoder; the
last skip is the photograph itself.
"""

import torch
from torch import Tensor, nn

from penumbra.nn.backbones.mobilenet import Features
from penumbra.nn.layers import Join, conv_bn_relu
from penumbra.systems.safe.layers import folded, larger

_PAPER = (128, 96, 64, 48, 32)  # channels at strides 32, 16, 8, 4 and 2
_SMALL = (96, 64, 48, 32, 24)  # those of the segmenter, whose weights they start from


class PaperDecoder(nn.Module):
    """The decoder of the sheet.

    Args:
        channels: Of the encoder, at strides 2 to 32.
        width: Of the features at full size.
    """

    stride = 1
    """What its features are smaller by."""

    def __init__(self, channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.reduce = conv_bn_relu(channels[-1], _PAPER[0], 1)
        skips = (*channels[-2::-1], 3)
        self.stages = nn.ModuleList(
            conv_bn_relu(before + skip, after)
            for before, skip, after in zip(_PAPER, skips, (*_PAPER[1:], width), strict=True)
        )
        self.head = nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, image: Tensor, features: Features) -> Tensor:
        """Return features, (B, width, H, W).

        Args:
            image: (B, 3, H, W), normalised.
            features: Of the encoder.
        """
        x = self.reduce(features.e5)
        for stage, skip in zip(self.stages, (*features[-2::-1], image), strict=True):
            x = stage(torch.cat([larger(x), skip], dim=1))
        return x


class SmallDecoder(nn.Module):
    """The segmenter's decoder, and a last stage in which blocks of 2x2 pixels are channels.

    Parts that the segmenter has are named as there, so that its weights can be taken over.
    """

    stride = 2
    """What its features are smaller by."""

    def __init__(self, channels: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.reduce = conv_bn_relu(channels[-1], _SMALL[0], 1)
        self.scene = nn.Conv2d(channels[-1], _SMALL[0], 1)
        self.joins = nn.ModuleList(
            Join(*three) for three in zip(_SMALL[:-1], channels[-2::-1], _SMALL[1:], strict=True)
        )
        self.fine = conv_bn_relu(_SMALL[-1] + 3 * self.stride**2, width)
        self.head = nn.Conv2d(width, self.stride**2, 3, padding=1)

    def forward(self, image: Tensor, features: Features) -> Tensor:
        """Return features, (B, width, H / 2, W / 2).

        Args:
            image: (B, 3, H, W), normalised.
            features: Of the encoder.
        """
        mean = features.e5.mean(dim=(2, 3), keepdim=True)
        x = self.reduce(features.e5) + self.scene(mean)
        for join, skip in zip(self.joins, features[-2::-1], strict=True):
            x = join(x, skip)
        return self.fine(torch.cat([x, folded(image, self.stride)], dim=1))
