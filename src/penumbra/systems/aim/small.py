"""The small network: the same anatomy on MobileNetV2, in separable convolutions.

A shared encoder; a decoder of meaning with a scene pyramid and squeeze and excitation, which
decides at a quarter of the size; a decoder of detail that ends at full size and is guided by the
first one: by its spatial attention, and by what it takes every pixel for.
"""

import torch
from torch import Tensor, nn

from penumbra.nn.backbones.mobilenet import Features
from penumbra.nn.layers import Join, separable
from penumbra.systems.aim.layers import (
    ScenePyramid,
    SpatialAttention,
    SqueezeExcite,
    convs,
    larger,
)
from penumbra.systems.aim.meaning import CLASSES, Meaning

WIDTH = 0.75
"""Multiplier of MobileNetV2's channels, as in the segmenter whose weights it starts from."""

_SEMANTIC = (128, 96, 64, 48)  # channels at strides 32, 16, 8 and 4
_DETAIL = (96, 64, 48, 40, 32)  # at strides 32, 16, 8, 4 and 2
_FINE = (12, 16)  # channels that go to full size, and there


class SmallSemantic(nn.Module):
    """The decoder of meaning.

    Args:
        channels: Of the encoder, at strides 2 to 32.
        se: Whether squeeze and excitation follow the blocks.
        sa: Whether spatial attention is answered.
    """

    def __init__(self, channels: tuple[int, ...], se: bool, sa: bool) -> None:
        super().__init__()
        skips = channels[-2::-1]  # at strides 16, 8, 4 and 2
        self.reduce = separable(channels[-1], _SEMANTIC[0])
        self.scene = ScenePyramid(_SEMANTIC[0], _SEMANTIC[0] // 4)
        self.joins = nn.ModuleList(
            Join(*three) for three in zip(_SEMANTIC[:-1], skips, _SEMANTIC[1:], strict=False)
        )
        self.excites = nn.ModuleList(
            SqueezeExcite(width) if se else nn.Identity() for width in _SEMANTIC[1:]
        )
        self.attention = SpatialAttention() if sa else None
        self.head = nn.Conv2d(_SEMANTIC[-1], CLASSES, 3, padding=1)

    def forward(self, features: Features) -> Meaning:
        """Decide; attention is at a quarter of the size."""
        x = before = self.scene(self.reduce(features.e5))
        for join, excite, skip in zip(self.joins, self.excites, features[-2::-1], strict=False):
            before = join(x, skip)
            x = excite(before)
        logits = larger(self.head(x), 4)
        attention = (
            self.attention(before) if self.attention is not None else torch.zeros_like(x[:, :1])
        )
        return Meaning(logits, attention)


class SmallDetail(nn.Module):
    """The decoder of detail.

    Args:
        channels: Of the encoder, at strides 2 to 32.
    """

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__()
        self.deepest = separable(channels[-1], _DETAIL[0], dilation=2)
        self.joins = nn.ModuleList(
            Join(*three) for three in zip(_DETAIL[:-1], channels[-2::-1], _DETAIL[1:], strict=True)
        )
        self.narrow = nn.Conv2d(_DETAIL[-1], _FINE[0], 1)
        self.fine = convs(_FINE[0] + 3 + CLASSES, _FINE[1])
        self.head = nn.Conv2d(_FINE[1], 1, 3, padding=1)

    def forward(self, image: Tensor, features: Features, meaning: Meaning) -> Tensor:
        """Return logits of the matte, (B, 1, H, W).

        Args:
            image: (B, 3, H, W), normalised.
            features: Of the encoder.
            meaning: Of the semantic decoder; to what it says nothing is passed back but
                through its attention.
        """
        x = self.deepest(features.e5)
        for join, skip in zip(self.joins, features[-2::-1], strict=True):
            x = join(x, skip)
        x = x + x * larger(meaning.attention, 2)  # (B, 32, H / 2, W / 2)
        told = meaning.logits.detach().softmax(dim=1)
        return self.head(self.fine(torch.cat([larger(self.narrow(x), 2), image, told], dim=1)))
