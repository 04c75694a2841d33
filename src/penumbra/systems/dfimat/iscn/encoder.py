"""The small image encoders.

The sheet `dfimat`, section 4.1; residual blocks as in the sheet `clicks`, section 3.1.
"""

from torch import Tensor, nn

from penumbra.nn.backbones.mobilenet import MobileNetV2, features_of
from penumbra.systems.dfimat.iscn.config import Encoder
from penumbra.systems.dfimat.iscn.swin import SwinT

Maps = tuple[Tensor, Tensor, Tensor, Tensor]
"""Features at strides 4, 8, 16 and 32."""

_MOBILE_WIDTH = 0.75
_STEM = 16
_STAGES = {
    "s": ((32, 1), (64, 2), (128, 2), (192, 2)),
    "xs": ((24, 1), (48, 1), (96, 2), (160, 2)),
}
"""Channels and blocks of the stages."""


class SmallEncoder(nn.Module):
    """A convolution and four stages of residual blocks."""

    def __init__(self, size: str) -> None:
        super().__init__()
        stages = _STAGES[size]
        self.channels = tuple(channels for channels, _ in stages)
        self.stem = _conv_bn_relu(3, _STEM, 3, 2)
        self.stages = nn.ModuleList()
        before = _STEM
        for channels, count in stages:
            rest = (_Residual(channels, channels, 1) for _ in range(count - 1))
            self.stages.append(nn.Sequential(_Residual(before, channels, 2), *rest))
            before = channels
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
            elif isinstance(module, _Residual):
                nn.init.zeros_(module.last.weight)

    def forward(self, image: Tensor) -> Maps:
        """Return features of an image (B, 3, H, W), normalised; H and W multiples of 32."""
        x = self.stem(image)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        c4, c8, c16, c32 = maps
        return c4, c8, c16, c32


class MobileEncoder(nn.Module):
    """MobileNetV2 of 3/4 of its channels, with the names that it has in `segment`."""

    def __init__(self) -> None:
        super().__init__()
        whole = MobileNetV2(_MOBILE_WIDTH, has_last=False)
        self.channels = whole.channels[1:]
        self.features = whole.features

    def forward(self, image: Tensor) -> Maps:
        """Return features of an image (B, 3, H, W), normalised; H and W multiples of 32."""
        _, c4, c8, c16, c32 = features_of(self.features, image)
        return c4, c8, c16, c32


def make_encoder(kind: Encoder) -> SmallEncoder | SwinT | MobileEncoder:
    """Return an untrained encoder."""
    if kind == "swin":
        return SwinT()
    return MobileEncoder() if kind == "mobile" else SmallEncoder(kind)


def _conv_bn_relu(channels: int, new_channels: int, size: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, new_channels, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(new_channels),
        nn.ReLU(inplace=True),
    )


class _Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut: means and a 1x1 convolution where it strides."""

    def __init__(self, channels: int, new_channels: int, stride: int) -> None:
        super().__init__()
        self.first = _conv_bn_relu(channels, new_channels, 3, stride)
        self.second = nn.Conv2d(new_channels, new_channels, 3, 1, 1, bias=False)
        self.last = nn.BatchNorm2d(new_channels)
        self.shortcut = nn.Sequential()
        if stride == 2:
            conv = nn.Conv2d(channels, new_channels, 1, bias=False)
            self.shortcut = nn.Sequential(nn.AvgPool2d(2), conv, nn.BatchNorm2d(new_channels))

    def forward(self, x: Tensor) -> Tensor:
        return (self.last(self.second(self.first(x))) + self.shortcut(x)).relu()
