"""Second stage of Deep Image Matting: sharpen the alpha of the first.

Xu et al., "Deep Image Matting", CVPR 2017, section 4.2.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import interpolate

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
        head: Side of the last layer's kernel; in the paper 3.
        beside: Channels of what is seen beside image and alpha; in the paper none.
        features: Channels of what the first stage hands over at half the size; likewise.
        has_uncertainty: Whether the absolute error is estimated, too.
    """

    def __init__(
        self,
        width: int = 64,
        depth: int = 3,
        head: int = 3,
        beside: int = 0,
        features: int = 0,
        has_uncertainty: bool = False,
    ) -> None:
        super().__init__()
        self.first = nn.Conv2d(3 + 1 + beside, width, 3, padding=1)
        self.told = nn.Conv2d(features, width, 1, bias=False) if features else None
        layers: list[nn.Module] = []
        for _ in range(depth - 1):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True)]
        self.hidden = nn.Sequential(*layers)
        # The correction and, if it is estimated, the error: one layer, for the sake of speed.
        self.head = nn.Conv2d(width, 1 + has_uncertainty, head, padding=head // 2)
        for module in (self.first, *self.hidden):
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
                assert module.bias is not None
                nn.init.zeros_(module.bias)
        # Start as the identity, so that an untrained refiner cannot harm a trained first stage.
        # The paper gives no rule here; listed under "Deviations" in this room's README.
        assert self.head.bias is not None
        nn.init.zeros_(self.head.weight[:1])
        nn.init.zeros_(self.head.bias[:1])

    def forward(self, planes: Tensor, features: Tensor | None) -> Correction:
        """Correct an alpha.

        Args:
            planes: (B, 3 + 1 + beside, H, W): normalised image, alpha, and what there is beside.
            features: (B, features, H / 2, W / 2), or None.
        """
        x = self.first(planes)  # (B, width, H, W)
        if self.told is not None:
            told = self.told(features)
            x = x + interpolate(told, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = self.head(self.hidden(x.relu()))  # (B, 1 or 2, H, W)
        uncertainty = None
        if x.shape[1] == 2:
            uncertainty = (x[:, 1:] - 3).sigmoid() + LEAST_ERROR  # begins near 0.05
        return Correction(x[:, :1], uncertainty)
