"""The decoder that finds the opacity of the transition, guided by the semantic one.

Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021; sizes from its
supplement.
"""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import max_unpool2d

from penumbra.nn.backbones.resnet import Features
from penumbra.nn.layers import Pooled, max_unpool_shared
from penumbra.systems.aim.layers import convs, larger
from penumbra.systems.aim.meaning import Meaning

_BLOCKS = ((512, 512, 256), (256, 256, 128), (128, 128, 64), (64, 64, 64))


class MattingDecoder(nn.Module):
    """The decoder.

    Args:
        unpool: Which of several values for one place stays; see `Config`.
    """

    def __init__(self, unpool: Literal["amax", "torch"]) -> None:
        super().__init__()
        self.unpool = unpool
        self.deepest = convs(512, 512, 512, 512, dilation=2)
        before = (512, *(block[-1] for block in _BLOCKS[:-1]))
        self.blocks = nn.ModuleList(
            convs(2 * channels, *block) for channels, block in zip(before, _BLOCKS, strict=True)
        )
        self.last = convs(128, 64, 64)
        self.head = nn.Conv2d(64, 1, 3, padding=1)

    def forward(self, image: Tensor, features: Features, meaning: Meaning) -> Tensor:
        """Return logits of the matte, (B, 1, H, W).

        Args:
            image: (B, 3, H, W); the paper's decoder does not look at it.
            features: With the places of the pools, or without, where maps are interpolated.
            meaning: Of the semantic decoder, with attention at full size.
        """
        skips = (features.e4, features.e3, features.e2, features.e1)
        pools = list(features.pools)
        x = self.deepest(features.e4)
        for number, (block, skip) in enumerate(zip(self.blocks, skips, strict=True)):
            if number:
                x = self._larger(x, pools)
            x = block(torch.cat([x, skip], dim=1))  # at the size of its skip
        x = self._larger(x, pools)
        if pools:
            x = self._larger(x, pools)  # the first two pools have no convolution between
        x = self.last(torch.cat([x, features.e0], dim=1))
        if not features.pools:
            x = larger(x, 2)
        return self.head(x + x * meaning.attention)

    def _larger(self, x: Tensor, pools: list[Pooled]) -> Tensor:
        """Undo the last pool that has not been undone yet."""
        if not pools:
            return larger(x, 2)
        pooled = pools.pop()
        if self.unpool == "amax":
            return max_unpool_shared(x, pooled)
        return max_unpool2d(
            x, pooled.places, [2, 2], [2, 2], output_size=list(pooled.before.shape[2:])
        )
