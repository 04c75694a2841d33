"""The decoder that says what every pixel is: background, transition or foreground.

Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021; sizes from its
supplement.
"""

import torch
from torch import nn

from penumbra.nn.backbones.resnet import Features
from penumbra.systems.aim.layers import ScenePyramid, SpatialAttention, SqueezeExcite, convs, larger
from penumbra.systems.aim.meaning import CLASSES, Meaning

_SIDES = ((256, 2), (128, 4), (64, 8), (64, 16))  # channels of the scene beside a block, factor
_BLOCKS = ((512, 512, 256), (256, 256, 128), (128, 128, 64), (64, 64, 64), (64, 64))


class SemanticDecoder(nn.Module):
    """The decoder.

    Args:
        se: Whether squeeze and excitation follow each block.
        sa: Whether spatial attention is answered.
        align_corners: Of the scene pyramid's interpolation.
    """

    def __init__(self, se: bool, sa: bool, align_corners: bool) -> None:
        super().__init__()
        self.scene = ScenePyramid(512, 512, align_corners)
        self.sides = nn.ModuleList(convs(512, width) for width, _ in _SIDES)
        beside = (512, *(width for width, _ in _SIDES))
        before = (512, *(block[-1] for block in _BLOCKS[:-1]))
        self.blocks = nn.ModuleList(
            convs(side + channels, *block)
            for side, channels, block in zip(beside, before, _BLOCKS, strict=True)
        )
        self.excites = nn.ModuleList(
            SqueezeExcite(block[-1]) if se else nn.Identity() for block in _BLOCKS
        )
        self.attention = SpatialAttention() if sa else None
        self.head = nn.Conv2d(_BLOCKS[-1][-1], CLASSES, 3, padding=1)

    def forward(self, features: Features) -> Meaning:
        """Decide, from the encoder's last map alone."""
        scene = self.scene(features.e4)  # (B, 512, H / 32, W / 32)
        beside = [scene]
        for side, (_, factor) in zip(self.sides, _SIDES, strict=True):
            beside.append(larger(side(scene), factor))
        x = features.e4
        for side, block, excite in zip(beside[:-1], self.blocks, self.excites, strict=False):
            x = excite(larger(block(torch.cat([side, x], dim=1)), 2))
        x = larger(self.blocks[-1](torch.cat([beside[-1], x], dim=1)), 2)  # (B, 64, H, W)
        attention = self.attention(x) if self.attention is not None else torch.zeros_like(x[:, :1])
        return Meaning(self.head(self.excites[-1](x)), attention)
