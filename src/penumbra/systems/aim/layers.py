"""Parts of the automatic matting network: convolutions, a pyramid of the scene, attention.

Li, Zhang, Tao: "Deep Automatic Natural Image Matting", IJCAI 2021, and the table of
layers in its supplement.  Squeeze and excitation: Hu et al., CVPR 2018.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.nn.layers import cell_means

_SCALES = (1, 3, 5)  # cells along each side into which the pyramid divides the picture
_SQUEEZE = 16  # channels per channel of the squeezed description


def convs(channels: int, *widths: int, dilation: int = 1) -> nn.Sequential:
    """Return 3x3 convolutions, each with batch normalisation and ReLU."""
    layers: list[nn.Module] = []
    for width in widths:
        conv = nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation)
        layers += [conv, nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        channels = width
    return nn.Sequential(*layers)


def larger(x: Tensor, factor: float) -> Tensor:
    """Return (B, C, factor * H, factor * W) of (B, C, H, W)."""
    return interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


class ScenePyramid(nn.Module):
    """What the picture shows on average in 1, 9 and 25 cells, beside every place of it.

    Args:
        channels: Of the encoder's last map, and of what comes out.
        width: Channels of each scale.
        align_corners: Of the interpolation back to the size of the map.
    """

    def __init__(self, channels: int, width: int, align_corners: bool = False) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.cells = nn.ModuleList(nn.Conv2d(channels, width, 1, bias=False) for _ in _SCALES)
        self.join = nn.Conv2d(channels + width * len(_SCALES), channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W) of (B, C, H, W)."""
        size = x.shape[2:]
        parts = [
            interpolate(
                conv(cell_means(x, scale)),
                size=size,
                mode="bilinear",
                align_corners=self.align_corners,
            )
            for scale, conv in zip(_SCALES, self.cells, strict=True)
        ]
        return self.join(torch.cat([*parts, x], dim=1)).relu()


class SqueezeExcite(nn.Module):
    """Each channel times a factor that all channels' means decide."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = max(1, channels // _SQUEEZE)
        self.squeeze = nn.Conv2d(channels, hidden, 1, bias=False)
        self.excite = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C, H, W) of (B, C, H, W)."""
        mean = x.mean(dim=(2, 3), keepdim=True)
        return x * self.excite(self.squeeze(mean).relu()).sigmoid()


class SpatialAttention(nn.Module):
    """Where to look, from the mean and the greatest of all channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, 1, H, W) in [0, 1] of (B, C, H, W)."""
        described = torch.cat([x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)], dim=1)
        return self.conv(described).sigmoid()
