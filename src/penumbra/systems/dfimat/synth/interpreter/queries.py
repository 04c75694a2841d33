"""Queries that look for people: they read where their masks were, then each other.

The sheet `smpmat`, section 3, steps 3 and 4, and `dfimat`, section 4.4, without prompts; after
Mask2Former: Cheng et al., "Masked-attention mask transformer for universal image segmentation",
CVPR 2022.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.systems.dfimat.iscn.decoder import DecoderLayer, Queries
from penumbra.systems.dfimat.iscn.heads import draw
from penumbra.systems.dfimat.iscn.positions import grid_codes
from penumbra.systems.dfimat.synth.interpreter.pixels import Read

_LEVELS = 3


class Head(NamedTuple):
    """What N queries answer, before the first layer or after one.

    Attributes:
        human: (B, N), logits that each shows a person.
        code: (B, N, d), embeddings of masks.
        masks: (B, N, H / 8, W / 8), logits.
    """

    human: Tensor
    code: Tensor
    masks: Tensor


class QueryDecoder(nn.Module):
    """All layers, with the queries and the heads.

    Args:
        count: Queries N.
        width: Channels d.
        heads: Of every attention.
        layers: L.
        hidden: Channels of the feed-forward parts.
        said: Channels of what is said about people; 0 for nothing.
    """

    def __init__(
        self, count: int, width: int, heads: int, layers: int, hidden: int, said: int = 0
    ) -> None:
        super().__init__()
        self.queries = Queries(count, width)
        self.level_codes = nn.Parameter(torch.randn(_LEVELS, width))
        self.layers = nn.ModuleList(
            DecoderLayer(width, heads, hidden, False) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.human = nn.Linear(width, 1)
        self.mask = nn.Sequential(
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
        )
        self.said = nn.Linear(said, width, bias=False) if said else None

    def forward(self, read: Read, said: Tensor | None = None) -> tuple[Head, ...]:
        """Return what queries answer before the first layer and after each.

        Args:
            read: Of the picture.
            said: (B, said) of the words that mean people, where queries know words.
        """
        batch = len(read.pixel)
        x = self.queries.content.expand(batch, -1, -1)
        codes = self.queries.codes.expand(batch, -1, -1)
        if self.said is not None and said is not None:
            x = x + self.said(said)[:, None]
        # A mask on smaller embeddings is the mask made smaller: both steps are linear.
        small = [_resized(read.pixel.detach(), level) for level in read.levels]
        everyone = torch.ones(1, 1, 1, dtype=torch.bool, device=x.device)
        found = [self._head(x, read.pixel)]
        for i, layer in enumerate(self.layers):
            assert isinstance(layer, DecoderLayer)
            keys, values = self._projected(layer, i % _LEVELS, read.levels[i % _LEVELS])
            visible = _visible(found[-1].code, small[i % _LEVELS])
            x = layer.look(x, codes, keys, values, visible)
            x = layer.talk(x, codes, x, codes, everyone)
            found.append(self._head(x, read.pixel))
        return tuple(found)

    def _head(self, queries: Tensor, pixel: Tensor) -> Head:
        x = self.norm(queries)
        code = self.mask(x)
        return Head(self.human(x)[..., 0], code, draw(code, pixel))

    def _projected(self, layer: DecoderLayer, at: int, level: Tensor) -> tuple[Tensor, Tensor]:
        """Return keys and values of a level as a layer reads them, (B, cells, d)."""
        cells = level.flatten(2).mT + self.level_codes[at]
        places = grid_codes(level.shape[2], level.shape[3], level.shape[1], level)
        return layer.cross.key(cells + places), layer.cross.value(cells)


def _visible(code: Tensor, small: Tensor) -> Tensor:
    """Return which cells each query may read, (B, N, cells): its mask, or all if that is empty."""
    visible = code.detach() @ small.flatten(2) >= 0
    return visible | ~visible.any(dim=2, keepdim=True)


def _resized(plane: Tensor, like: Tensor) -> Tensor:
    return interpolate(plane, like.shape[2:], mode="bilinear", align_corners=False)
