"""ResNet-34 as an encoder, with strides of its own or with those of max-pools.

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1.  With max-pools in
place of every stride: Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021.
Names of parameters follow torchvision's, so that its files fit either.
"""

import logging
from pathlib import Path
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.functional import relu

from penumbra.nn.layers import Pooled, max_pool
from penumbra.nn.weights import foreign_tensor, read_foreign

_LOG = logging.getLogger(__name__)


class Features(NamedTuple):
    """What the encoder found, each (B, C, H / stride, W / stride).

    Attributes:
        e0: 64 channels at stride 1; at 2 without the max-pools.
        e1: 64 channels at stride 4.
        e2: 128 at stride 8.
        e3: 256 at stride 16.
        e4: 512 at stride 32.
        pools: Of each max-pool that stands for a stride, from the first to the last.
    """

    e0: Tensor
    e1: Tensor
    e2: Tensor
    e3: Tensor
    e4: Tensor
    pools: tuple[Pooled, ...]


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside the identity, or beside a 1x1 where sizes differ."""

    def __init__(self, channels: int, new_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, new_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(new_channels)
        self.conv2 = nn.Conv2d(new_channels, new_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(new_channels)
        self.downsample = None
        if stride != 1 or channels != new_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, new_channels, 1, stride, bias=False),
                nn.BatchNorm2d(new_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, new_channels, H / stride, W / stride)."""
        beside = x if self.downsample is None else self.downsample(x)
        x = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(x)) + beside)


class ResNet34(nn.Module):
    """The encoder, without the classifier.

    Args:
        is_pooled: Whether 3x3 max-pools, whose places are kept, stand for all strides.
    """

    def __init__(self, is_pooled: bool) -> None:
        super().__init__()
        self.is_pooled = is_pooled
        stride = 1 if is_pooled else 2
        self.conv1 = nn.Conv2d(3, 64, 7, stride, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _layer(64, 64, 3, 1)
        self.layer2 = _layer(64, 128, 4, stride)
        self.layer3 = _layer(128, 256, 6, stride)
        self.layer4 = _layer(256, 512, 3, stride)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, image: Tensor) -> Features:
        """Encode.

        Args:
            image: (B, 3, H, W), normalised; H and W multiples of 32.
        """
        pools: list[Pooled] = []

        def smaller(x: Tensor) -> Tensor:
            if not self.is_pooled:
                return x  # the layer behind it strides
            pools.append(max_pool(x, 3))
            return pools[-1].maxima

        e0 = relu(self.bn1(self.conv1(image)))
        x = smaller(smaller(e0)) if self.is_pooled else max_pool(e0, 3).maxima
        e1 = self.layer1(x)
        e2 = self.layer2(smaller(e1))
        e3 = self.layer3(smaller(e2))
        e4 = self.layer4(smaller(e3))
        return Features(e0, e1, e2, e3, e4, tuple(pools))


def start_from_resnet34(network: ResNet34, path: Path | None) -> None:
    """Start from a ResNet-34 that knows ImageNet, best one that was trained with the same strides.

    Args:
        network: Changed in place.
        path: Safetensors with torchvision's names, with or without the classifier.  Without a
            file the random weights stay, and a warning is logged; likewise where the network pools,
            since weights that learned with strides fit as well and are worth less.

    Raises:
        WeightsError: The file is damaged, lacks a layer, or has one of another shape.
    """
    if path is None:
        _LOG.warning("encoder starts from random weights: no file of ResNet-34's was given")
        return
    tensors = read_foreign(path)
    for name, tensor in network.state_dict().items():
        if name.endswith("num_batches_tracked") and name not in tensors:
            continue  # older files do not count
        tensor.copy_(foreign_tensor(tensors, name, tuple(tensor.shape), path))
    if network.is_pooled:
        _LOG.warning("%s fits, but does not say whether it learned with max-pools", path.name)


def _layer(channels: int, new_channels: int, count: int, stride: int) -> nn.Sequential:
    """Return `count` blocks, the first of which may stride."""
    rest = (BasicBlock(new_channels, new_channels, 1) for _ in range(count - 1))
    return nn.Sequential(BasicBlock(channels, new_channels, stride), *rest)
