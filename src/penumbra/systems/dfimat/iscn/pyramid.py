"""The pixel decoder: a feature pyramid with a transformer on its coarsest map.

The sheet `dfimat`, section 4.1, after SEEM's; it runs once for each image.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.systems.dfimat.iscn.attention import EncoderLayer
from penumbra.systems.dfimat.iscn.positions import grid_codes

Levels = tuple[Tensor, Tensor, Tensor]
"""Features (B, d, H / s, W / s) at strides s of 32, 16 and 8, as layers of the decoder take them
in turn."""

_GROUPS = 32  # of GroupNorm


class PyramidMaps(NamedTuple):
    """What the pixel decoder answers.

    Attributes:
        levels: Coarsest first.
        pixel: F_m, (B, d, H / 4, W / 4), embeddings of pixels.
    """

    levels: Levels
    pixel: Tensor


class Pyramid(nn.Module):
    """The pixel decoder.

    Args:
        channels: Of the encoder's maps at strides 4, 8, 16 and 32.
        width: Channels d of the answers.
        layers: Of the transformer.
        heads: Of its attention.
        hidden: Channels of its feed-forward part.
        is_dense: Whether 3x3 convolutions mix channels.  Separable ones otherwise, and the last
            convolution is then 1x1.
    """

    def __init__(
        self,
        channels: Sequence[int],
        width: int,
        layers: int,
        heads: int,
        hidden: int,
        is_dense: bool,
    ) -> None:
        super().__init__()
        *finer, coarsest = channels
        self.coarsest = nn.Conv2d(coarsest, width, 1)
        self.layers = nn.ModuleList(EncoderLayer(width, heads, hidden) for _ in range(layers))
        self.lateral = nn.ModuleList(
            nn.Sequential(nn.Conv2d(count, width, 1, bias=False), nn.GroupNorm(_GROUPS, width))
            for count in reversed(finer)
        )
        self.smooth = nn.ModuleList(_conv_gn_relu(width, is_dense) for _ in channels)
        size = 3 if is_dense else 1
        self.pixel = nn.Conv2d(width, width, size, padding=size // 2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)

    def forward(self, maps: Sequence[Tensor]) -> PyramidMaps:
        """Return levels and embeddings of the encoder's maps, finest first."""
        x = self.coarsest(maps[-1])
        height, width = x.shape[2:]
        codes = grid_codes(height, width, x.shape[1], x)
        cells = x.flatten(2).mT  # (B, H W / 1024, d)
        for layer in self.layers:
            cells = layer(cells, codes)
        first, *rest = self.smooth
        x = first(torch.unflatten(cells.mT, 2, (height, width)))
        found = [x]
        for lateral, smooth, finer in zip(self.lateral, rest, maps[-2::-1], strict=True):
            x = smooth(lateral(finer) + interpolate(x, scale_factor=2.0, mode="nearest"))
            found.append(x)
        f32, f16, f8, f4 = found
        return PyramidMaps((f32, f16, f8), self.pixel(f4))


def _conv_gn_relu(width: int, is_dense: bool) -> nn.Sequential:
    """Return a 3x3 convolution without bias, normalisation of groups, ReLU."""
    convs = [nn.Conv2d(width, width, 3, padding=1, bias=False)]
    if not is_dense:
        convs = [
            nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
            nn.Conv2d(width, width, 1, bias=False),
        ]
    return nn.Sequential(*convs, nn.GroupNorm(_GROUPS, width), nn.ReLU(inplace=True))
