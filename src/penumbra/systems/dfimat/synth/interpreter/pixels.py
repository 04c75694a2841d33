"""From what a source has seen to levels that queries read.

The sheet `smpmat`, section 3, steps 1 and 2; the cascade of concatenations is that of DatasetDM.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.nn.layers import Residual
from penumbra.systems.dfimat.iscn.attention import EncoderLayer
from penumbra.systems.dfimat.iscn.positions import grid_codes
from penumbra.systems.dfimat.synth.features import STRIDES, Features, Widths

_GROUPS = 32  # of GroupNorm


class Read(NamedTuple):
    """What there is to read of a picture.

    Attributes:
        levels: (B, d, H / s, W / s) at strides s of 32, 16 and 8, coarsest first.
        pixel: (B, d, H / 8, W / 8), embeddings on which masks are drawn.
    """

    levels: tuple[Tensor, Tensor, Tensor]
    pixel: Tensor


class Projection(nn.Module):
    """Maps of every stride, with their attention beside them, to as many channels.

    Args:
        channels: That come, by stride.
        width: Channels d that go.
    """

    def __init__(self, channels: Mapping[int, int], width: int) -> None:
        super().__init__()
        self.convs = nn.ModuleDict(
            {str(it): nn.Conv2d(channels[it], width, 1, bias=False) for it in STRIDES}
        )
        self.norms = nn.ModuleDict({str(it): nn.GroupNorm(_GROUPS, width) for it in STRIDES})

    def forward(self, maps: Mapping[int, Tensor]) -> dict[int, Tensor]:
        """Return (B, d, H / s, W / s) by stride s."""
        return {it: self.norms[str(it)](self.convs[str(it)](maps[it])) for it in STRIDES}


class PixelDecoder(nn.Module):
    """Coarse to fine: what is coarser, made larger, beside what is finer, and two residual blocks.

    Args:
        width: Channels d.
        heads: Of the attention on the map of stride 32.
        layers: Of the transformer there.
        hidden: Channels of its feed-forward part.
    """

    def __init__(self, width: int, heads: int, layers: int, hidden: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            nn.Sequential(Residual(2 * width, width), Residual(width, width)) for _ in STRIDES[1:]
        )
        self.layers = nn.ModuleList(EncoderLayer(width, heads, hidden) for _ in range(layers))
        self.pixel = nn.Conv2d(width, width, 1)

    def forward(self, maps: Mapping[int, Tensor]) -> Read:
        """Return levels and embeddings of maps (B, d, H / s, W / s) by stride s."""
        *finer, coarsest = STRIDES
        x = maps[coarsest]
        found: list[Tensor] = []
        for block, stride in zip(self.blocks, reversed(finer), strict=True):
            above = interpolate(x, maps[stride].shape[2:], mode="bilinear", align_corners=False)
            x = block(torch.cat([above, maps[stride]], dim=1))
            if not found:
                x = self._mixed(x)
            found.append(x)
        f32, f16, f8 = found
        return Read((f32, f16, f8), self.pixel(f8))

    def _mixed(self, x: Tensor) -> Tensor:
        """Let all cells of a map read each other."""
        height, width = x.shape[2:]
        codes = grid_codes(height, width, x.shape[1], x)
        cells = x.flatten(2).mT  # (B, H W, d)
        for layer in self.layers:
            cells = layer(cells, codes)
        return torch.unflatten(cells.mT, 2, (height, width))


def channels_of(widths: Widths, has_attention: bool) -> dict[int, int]:
    """Return how many channels are projected, by stride."""
    beside = widths.attention if has_attention else {}
    return {it: widths.maps[it] + beside.get(it, 0) for it in STRIDES}


def maps_of(features: Features, has_attention: bool) -> dict[int, Tensor]:
    """Return what is projected, by stride: maps, and attention beside them."""
    beside = features.attention if has_attention else {}
    return {
        it: torch.cat([features.maps[it], beside[it]], dim=1) if it in beside else features.maps[it]
        for it in STRIDES
    }
