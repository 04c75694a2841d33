"""What the refinement network sees at five strides: both branches, or one of them alone.

The sheet `dfimat`, sections 5.1 and, for one branch alone, 8.3.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.nn.layers import conv_bn_relu
from penumbra.systems.dfimat.mrn.attention import GlobalBranch
from penumbra.systems.dfimat.mrn.config import Branch, Layout
from penumbra.systems.dfimat.mrn.layers import SplitConv, larger, stage


class Maps(NamedTuple):
    """Features of image and mask.

    Attributes:
        at2: (B, ., H / 2, W / 2), for the last level of fusion.
        at4: (B, ., H / 4, W / 4), for the one before.
        at8: (B, ., H / 8, W / 8), for the third.
        assembled: (B, ., H / 16, W / 16), for the second: near and far together.
        deep: (B, ., H / 32, W / 32), for the first.
    """

    at2: Tensor
    at4: Tensor
    at8: Tensor
    assembled: Tensor
    deep: Tensor


class LocalBranch(nn.Module):
    """Image and mask to maps at strides 2, 4 and 8, by convolutions."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        first, second, third = layout.local
        self.stem = SplitConv(first, 3, 2, bias=False)
        self.first = nn.Sequential(nn.BatchNorm2d(first), nn.ReLU(inplace=True))
        self.second = stage(first, second, layout.blocks)
        self.third = stage(second, third, layout.blocks)

    def forward(self, first: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return all three maps, finest first, of what the stem made of image and mask."""
        at2 = self.first(first)
        at4 = self.second(at2)
        return at2, at4, self.third(at4)


class Assembly(nn.Module):
    """A map at stride 16 and one at stride 32 to one at stride 16.

    Args:
        near: Makes the first of them, with `channels` channels.
        deep: Channels of the second; None where there is no second.
        channels: Of what comes out.
    """

    def __init__(self, near: nn.Module, deep: int | None, channels: int) -> None:
        super().__init__()
        self.near = near
        self.deep = None if deep is None else conv_bn_relu(deep, channels, 1)
        self.mix = conv_bn_relu(channels if deep is None else 2 * channels, channels, 3)

    def forward(self, x: Tensor, deep: Tensor) -> Tensor:
        """Return (B, channels, H / 16, W / 16)."""
        near = self.near(x)
        if self.deep is None:
            return self.mix(near)
        return self.mix(torch.cat([near, larger(self.deep(deep))], dim=1))


class Hybrid(nn.Module):
    """Both branches; the global one gives its last map alone."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.far, self.near = GlobalBranch(layout), LocalBranch(layout)
        near = conv_bn_relu(layout.local[-1], layout.assembled, 3, 2)
        self.assembly = Assembly(near, layout.stages[-1], layout.assembled)

    def stems(self) -> tuple[SplitConv, ...]:
        """Return all convolutions that see image and mask."""
        return self.far.stem, self.near.stem

    def forward(self, *firsts: Tensor) -> Maps:
        """Return all maps of what the stems made of image and mask."""
        *_, deep = self.far(firsts[0])
        at2, at4, at8 = self.near(firsts[1])
        return Maps(at2, at4, at8, self.assembly(at8, deep), deep)


class GlobalOnly(nn.Module):
    """The transformer alone: its earlier maps, projected, stand in for those of convolutions."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.far = GlobalBranch(layout)
        g4, g8, g16, g32 = layout.stages
        l2, l4, l8 = layout.local
        self.to2, self.to4, self.to8 = (
            conv_bn_relu(channels, new_channels, 1)
            for channels, new_channels in ((g4, l2), (g4, l4), (g8, l8))
        )
        near = conv_bn_relu(g16, layout.assembled, 1)
        self.assembly = Assembly(near, g32, layout.assembled)

    def stems(self) -> tuple[SplitConv, ...]:
        """Return all convolutions that see image and mask."""
        return (self.far.stem,)

    def forward(self, *firsts: Tensor) -> Maps:
        """Return all maps of what the stem made of image and mask."""
        at4, at8, at16, deep = self.far(firsts[0])
        at2 = self.to2(larger(at4))
        return Maps(at2, self.to4(at4), self.to8(at8), self.assembly(at16, deep), deep)


class LocalOnly(nn.Module):
    """The convolutions alone: two more stages, as wide as the transformer's, in its place."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self.near = LocalBranch(layout)
        last = layout.local[-1]
        *_, at16, at32 = layout.stages
        self.deeper = nn.Sequential(
            stage(last, at16, layout.blocks), stage(at16, at32, layout.blocks)
        )
        near = conv_bn_relu(last, layout.assembled, 3, 2)
        self.assembly = Assembly(near, None, layout.assembled)

    def stems(self) -> tuple[SplitConv, ...]:
        """Return all convolutions that see image and mask."""
        return (self.near.stem,)

    def forward(self, *firsts: Tensor) -> Maps:
        """Return all maps of what the stem made of image and mask."""
        at2, at4, at8 = self.near(firsts[0])
        deep = self.deeper(at8)
        return Maps(at2, at4, at8, self.assembly(at8, deep), deep)


BRANCHES: dict[Branch, type[Hybrid | GlobalOnly | LocalOnly]] = {
    "hybrid": Hybrid,
    "global": GlobalOnly,
    "local": LocalOnly,
}
"""By the switch `mrn_branch`."""
