"""Semantic addition, the paper's SAM: what the deepest map knows re-weights shallow features.

The sheet `safe`, section 4: equations 1 and 2, ReLUs added.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from penumbra.systems.safe.layers import conv, folded

_SQUEEZE = 16  # channels of the deepest map per channel of its squeezed description


class SemanticAddition(nn.Module):
    """Weights by channel, then by place.

    Args:
        width: Channels C.
        deep: Channels of the deepest map.
        stride: What it works smaller by.
        is_separable: Whether its inner convolutions are.
    """

    def __init__(self, width: int, deep: int, stride: int = 1, is_separable: bool = False) -> None:
        super().__init__()
        self.stride = stride
        hidden = max(width, deep // _SQUEEZE)
        self.enter = nn.Conv2d((1 + 3) * stride**2, width, 3, padding=1)
        self.squeeze = nn.Conv2d(deep, hidden, 1)
        self.excite = nn.Conv2d(hidden, width, 1)
        self.channels = conv(width, width, is_separable)
        self.places = conv(width, width, is_separable)

    def forward(self, image: Tensor, alpha: Tensor, attention: Tensor, deep: Tensor) -> Tensor:
        """Return F_cs, (B, C, H / stride, W / stride).

        Args:
            image: (B, 3, H, W), normalised.
            alpha: (B, 1, H, W), the last matte.
            attention: (B, 1, H, W) in [0, 1].
            deep: (B, deep, H / 32, W / 32).
        """
        x = self.enter(folded(torch.cat([alpha, image], dim=1), self.stride)).relu()
        mean = deep.mean(dim=(2, 3), keepdim=True)
        weight = self.excite(self.squeeze(mean).relu()).sigmoid()  # (B, C, 1, 1)
        x = self.channels(weight * x + x).relu()
        near = attention if self.stride == 1 else avg_pool2d(attention, self.stride)
        return self.places(near * x + x).relu()
