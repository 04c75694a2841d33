"""From masks of stride 8 to the opacity of every pixel.

The sheet `smpmat`, section 3, step 5.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.nn.layers import conv_bn_relu
from penumbra.systems.dfimat.synth.features import DETAIL

WIDTHS = (64, 32, 16)
"""Channels at strides 4, 2 and 1."""

_FIRST = 0.01  # deviation of the weights of what is added to masks, lest it is noise at first


class AlphaHead(nn.Module):
    """Embeddings of every pixel, one for all queries, and what they add to a query's mask.

    Args:
        width: Channels d of queries, and of the map that it starts from.
        detail: Channels of the finest maps of the source, by stride; empty for none.
    """

    def __init__(self, width: int, detail: Mapping[int, int]) -> None:
        super().__init__()
        self.strides = tuple(reversed(DETAIL))
        self.given = frozenset(detail)
        self.steps = nn.ModuleList()
        before = width
        for stride, channels in zip(self.strides, WIDTHS, strict=True):
            self.steps.append(conv_bn_relu(before + detail.get(stride, 0), channels))
            before = channels
        self.code = nn.Linear(width, before, bias=False)
        nn.init.normal_(self.code.weight, std=_FIRST)

    def forward(self, f8: Tensor, detail: Mapping[int, Tensor]) -> Tensor:
        """Return D, (B, 16, H, W).

        Args:
            f8: (B, d, H / 8, W / 8).
            detail: (B, C, H / s, W / s) by stride s, of which those that are known are read.
        """
        x = f8
        for stride, step in zip(self.strides, self.steps, strict=True):
            x = interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            if stride in self.given:
                x = torch.cat([x, detail[stride]], dim=1)
            x = step(x)
        return x

    def draw(self, masks: Tensor, code: Tensor, fine: Tensor) -> Tensor:
        """Return logits of alpha, (B, P, H, W).

        Args:
            masks: (B, P, H / 8, W / 8), logits of some queries.
            code: (B, P, d), their embeddings.
            fine: D.
        """
        added = self.code(code) @ fine.flatten(2)
        return enlarged(masks) + torch.unflatten(added, 2, fine.shape[2:])


def enlarged(masks: Tensor) -> Tensor:
    """Return masks of stride 8, (B, P, H / 8, W / 8), bilinearly at every pixel, (B, P, H, W)."""
    return interpolate(masks, scale_factor=8.0, mode="bilinear", align_corners=False)
