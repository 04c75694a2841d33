"""The small image encoders.

The sheet `dfimat`, section 4.1; residual blocks as in the sheet `clicks`, section 3.1.
"""

from torch import Tensor, nn

from penumbra.nn.backbones.mobilenet import MobileNetV2, features_of
from penumbra.nn.layers import Residual, conv_bn_relu
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
        self.stem = conv_bn_relu(3, _STEM, 3, 2)
        self.stages = nn.ModuleList()
        before = _STEM
        for channels, count in stages:
            rest = (Residual(channels, channels, 1) for _ in range(count - 1))
            self.stages.append(nn.Sequential(Residual(before, channels, 2), *rest))
            before = channels
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.xavier_uniform_(module.weight)
            elif isinstance(module, Residual):
                last = module.body[-1]
                assert isinstance(last, nn.BatchNorm2d)
                nn.init.zeros_(last.weight)

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
