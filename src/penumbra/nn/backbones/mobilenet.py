"""MobileNetV2 as an encoder: feature maps at strides 2 to 32.

Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, table 2.
The cut points are those of MODNet (strides 2, 4, 8, 16, 32).  Names of parameters follow
torchvision's, so that its files fit at width 1 with the last convolution.
"""

from typing import NamedTuple

from torch import Tensor, nn

# (expansion, channels, repetitions, stride)
_BLOCKS = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
_TAPS = (1, 3, 6, 13)  # last layer at strides 2, 4, 8 and 16
LAST = 1280


class Features(NamedTuple):
    """Feature maps, each (B, C, H / stride, W / stride), at strides 2, 4, 8, 16 and 32."""

    e1: Tensor
    e2: Tensor
    e3: Tensor
    e4: Tensor
    e5: Tensor


class InvertedResidual(nn.Module):
    """Widen by 1x1, filter each channel by 3x3, narrow by a linear 1x1; add where sizes agree."""

    def __init__(self, channels: int, new_channels: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = channels * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(_conv(channels, hidden, 1))
        layers += [
            _conv(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, new_channels, 1, bias=False),
            nn.BatchNorm2d(new_channels),
        ]
        self.conv = nn.Sequential(*layers)
        self.is_residual = stride == 1 and channels == new_channels

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, new_channels, H / stride, W / stride)."""
        return x + self.conv(x) if self.is_residual else self.conv(x)


class MobileNetV2(nn.Module):
    """The encoder.

    Args:
        width: Multiplier of all channels, which stay multiples of 8.
        has_last: Whether the 1x1 convolution to 1280 channels (more for width > 1) ends it.
        channels: Of the input.
    """

    def __init__(self, width: float = 1.0, has_last: bool = True, channels: int = 3) -> None:
        super().__init__()
        now = _channels(32, width)
        layers: list[nn.Module] = [_conv(channels, now, 3, 2)]
        self.channels: tuple[int, ...] = ()
        for expansion, full, repetitions, stride in _BLOCKS:
            for repetition in range(repetitions):
                new = _channels(full, width)
                layers.append(InvertedResidual(now, new, 1 if repetition else stride, expansion))
                now = new
                if len(layers) - 1 in _TAPS:
                    self.channels += (now,)
        if has_last:
            new = _channels(LAST, max(1.0, width))
            layers.append(_conv(now, new, 1))
            now = new
        self.channels += (now,)
        self.features = nn.Sequential(*layers)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    def forward(self, image: Tensor) -> Features:
        """Encode.

        Args:
            image: (B, channels, H, W), normalised; H and W multiples of 32.
        """
        return features_of(self.features, image)


def features_of(layers: nn.Sequential, image: Tensor) -> Features:
    """Return the maps of the layers of a `MobileNetV2`, (B, channels, H, W) in."""
    taps = []
    x = image
    for number, layer in enumerate(layers):
        x = layer(x)
        if number in _TAPS:
            taps.append(x)
    e1, e2, e3, e4 = taps
    return Features(e1, e2, e3, e4, x)


def _channels(channels: int, width: float) -> int:
    """Return the nearest multiple of 8, at least 8, that loses no more than a tenth."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def _conv(
    channels: int, new_channels: int, size: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(
            channels, new_channels, size, stride, padding=size // 2, groups=groups, bias=False
        ),
        nn.BatchNorm2d(new_channels),
        nn.ReLU6(inplace=True),
    )
