"""Second stage of Deep Image Matting: sharpen the alpha of the first.

Xu et al., "Deep Image Matting", CVPR 2017, section 4.2.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

LEAST_ERROR = 1 / 512  # half a level of 8 bits: no estimate is trusted more than this


class Correction(NamedTuple):
    """What the second stage answers.

    Attributes:
        residual: (B, 1, H, W), to be added to the first stage's answer.
        uncertainty: (B, 1, H, W) expected absolute error, at least `LEAST_ERROR`; None if the
            stage does not estimate it.
    """

    residual: Tensor
    uncertainty: Tensor | None


class AlphaRefiner(nn.Module):
    """Convolutions at full size that correct a coarse alpha.

    Nothing is downsampled, so detail that the first stage smoothed away can come back.

    Args:
        width: Channels of the hidden layers.
        depth: How many hidden layers; the paper has three.
        features: Channels of what the first stage hands over besides alpha; the paper's none.
        has_uncertainty: Whether the absolute error is estimated, too.
    """

    def __init__(
        self, width: int = 64, depth: int = 3, features: int = 0, has_uncertainty: bool = False
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for number in range(depth):
            channels = width if number else 3 + 1 + features
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
        self.hidden = nn.Sequential(*layers)
        self.correction = nn.Conv2d(width, 1, 3, padding=1)
        self.error = nn.Conv2d(width, 1, 3, padding=1) if has_uncertainty else None
        for module in self.hidden:
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                assert module.bias is not None
                nn.init.zeros_(module.bias)
        # Start as the identity, so that an untrained refiner cannot harm a trained first stage.
        # The paper gives no rule here; listed under "Deviations" in this room's README.
        for parameter in self.correction.parameters():
            nn.init.zeros_(parameter)

    def forward(self, *inputs: Tensor) -> Correction:
        """Correct an alpha.

        Args:
            *inputs: Normalised image (B, 3, H, W), alpha (B, 1, H, W) and, if there are any,
                features (B, features, H, W).
        """
        x = self.hidden(torch.cat(inputs, dim=1))  # (B, width, H, W)
        uncertainty = None
        if self.error is not None:
            uncertainty = softplus(self.error(x) - 3) + LEAST_ERROR  # begins near 0.05
        return Correction(self.correction(x), uncertainty)
