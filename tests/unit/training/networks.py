"""Small networks that are hard to export: un-pooling, resizing, several inputs."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.training.export import GraphInput, NamedGraph


class Unpooling(nn.Module):
    """An encoder that keeps where its maxima were, and a decoder that puts them back there."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.narrow = _block(3, width, stride=2)
        self.pool = nn.MaxPool2d(2, return_indices=True)
        self.deep = _block(width, width)
        self.unpool = nn.MaxUnpool2d(2)
        self.join = _block(2 * width, width)
        self.head = nn.Conv2d(width, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Return an alpha, (B, 1, H, W), of an image whose sides are multiples of 4."""
        skip = self.narrow(image)  # (B, width, H / 2, W / 2)
        x, places = self.pool(skip)
        x = self.unpool(self.deep(x), places)
        x = self.join(torch.cat([x, skip], dim=1))
        x = interpolate(x, size=image.shape[2:], mode="bilinear", align_corners=False)
        return self.head(x).sigmoid()


class Refining(nn.Module):
    """Two inputs, and two outputs of which one is no alpha."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(4, 2, 3, padding=1)

    def forward(self, image: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        """Return the alpha that was corrected, and logits."""
        correction, logits = self.layer(torch.cat([image, alpha], dim=1)).split(1, dim=1)
        return (alpha + 0.1 * correction).clamp(0, 1), 20 * logits


class Cancelling(nn.Module):
    """Large weights that nearly cancel: float16 cannot hold their difference."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(24, 1, 1, bias=False)
        with torch.no_grad():
            signs = torch.tensor([1.0, -1.0]).repeat(12)
            self.layer.weight.copy_((1000.0 * signs + 0.2).view(1, 24, 1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Return an alpha, (B, 1, H, W), of an image of one channel."""
        return self.layer(image.repeat(1, 24, 1, 1)).sigmoid()


class Deciding(nn.Module):
    """What it computes depends on the values it is given, which no graph can follow."""

    def forward(self, image: Tensor) -> Tensor:
        """Return the image, or its inverse if it is bright."""
        return 1 - image if image.mean() > 0.5 else image


def unpooling_graph() -> NamedGraph:
    """Return an un-pooling network that has seen some pictures, still in training."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Unpooling()
        with torch.no_grad():
            for _ in range(5):
                network(torch.rand(4, 3, 32, 32))
    return NamedGraph("matting", network, (GraphInput("image", 3),), ("alpha",), 4)


def refining_graph() -> NamedGraph:
    """Return a network that takes and gives two things of any size."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        inputs = GraphInput("image", 3), GraphInput("alpha", 1)
        return NamedGraph("refine", Refining(), inputs, ("refined", "logits"))


def _block(channels: int, new_channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, new_channels, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(new_channels),
        nn.ReLU6(inplace=True),
    )
