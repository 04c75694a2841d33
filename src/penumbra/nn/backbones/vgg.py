"""VGG-16 as an encoder that keeps where each pool found its maxima.

Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
ICLR 2015, configuration D.  Names of parameters follow torchvision's, so that its files fit.
"""

from typing import NamedTuple

from torch import Tensor, nn

from penumbra.nn.layers import Pooled, max_pool

_BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class Features(NamedTuple):
    """What the encoder found.

    Attributes:
        x: (B, 512, H / 32, W / 32), after the last pool.
        pools: Of each pool, from the first to the last, with what went in.
    """

    x: Tensor
    pools: tuple[Pooled, ...]


class VGG16(nn.Module):
    """The thirteen convolutions and five pools.

    Args:
        channels: Of the input; what is beyond the first three starts with weights of zero.
    """

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        self.taps: list[int] = []  # index of the ReLU before each pool
        now = channels
        for block in _BLOCKS:
            for new in block:
                layers += [nn.Conv2d(now, new, 3, padding=1), nn.ReLU(inplace=True)]
                now = new
            self.taps.append(len(layers) - 1)
            layers.append(nn.Identity())  # torchvision counts the pools, too
        self.features = nn.Sequential(*layers)
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                assert layer.bias is not None
                nn.init.zeros_(layer.bias)
        first = self.features[0]
        assert isinstance(first, nn.Conv2d)
        nn.init.zeros_(first.weight[:, 3:])

    def forward(self, x: Tensor) -> Features:
        """Encode.

        Args:
            x: (B, channels, H, W), normalised; H and W multiples of 32.
        """
        pools = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in self.taps:
                pools.append(max_pool(x))
                x = pools[-1].maxima
        return Features(x, tuple(pools))
