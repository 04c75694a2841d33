"""Small parts that several networks share."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

# Mean and standard deviation of ImageNet's photographs, RGB in [0, 1].
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """Photographs of [0, 1] to zero mean and unit deviation, as ImageNet's are."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION)[:, None, None], persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Return (B, 3, H, W) of an image (B, 3, H, W) in [0, 1]."""
        return (image - self.mean) / self.deviation


class Pooled(NamedTuple):
    """What a pool of stride 2 found.

    Attributes:
        before: (B, C, H, W) that went in.
        maxima: (B, C, H / 2, W / 2).
        places: Of the maxima, as an index into the H * W pixels of their plane; int64.
    """

    before: Tensor
    maxima: Tensor
    places: Tensor


def max_pool(x: Tensor, window: int = 2) -> Pooled:
    """Take the maximum of every window, and remember where it was.

    Args:
        x: (B, C, H, W); H and W even.
        window: Its side: 2, or 3 for windows that overlap by a pixel.
    """
    maxima, places = max_pool2d(x, window, 2, padding=(window - 1) // 2, return_indices=True)
    return Pooled(x, maxima, places)


def max_unpool(x: Tensor, pooled: Pooled) -> Tensor:
    """Put each value where the pool had found its maximum, in a plane of zeros.

    Where windows do not overlap this is what `max_unpool2d` does; unlike that, it is also allowed
    where only deterministic kernels are.

    Args:
        x: (B, C, H / 2, W / 2).
        pooled: Of a pool with as many channels.

    Returns:
        (B, C, H, W).
    """
    height, width = pooled.before.shape[2:]
    plane = x.new_zeros(x.shape[0], x.shape[1], height * width)
    plane = plane.scatter(2, pooled.places.flatten(2), x.flatten(2))
    return plane.view(x.shape[0], x.shape[1], height, width)


def max_unpool_shared(x: Tensor, pooled: Pooled) -> Tensor:
    """Do the same after a pool whose windows overlap: of values for one place the largest stays.

    There `max_unpool2d` keeps any one of them, and gives the others a gradient that is not theirs.
    """
    height, width = pooled.before.shape[2:]
    plane = x.new_full((x.shape[0], x.shape[1], height * width), -torch.inf)
    plane = plane.scatter_reduce(2, pooled.places.flatten(2), x.flatten(2), "amax")
    plane = torch.where(plane == -torch.inf, 0.0, plane)
    return plane.view(x.shape[0], x.shape[1], height, width)


def cell_means(x: Tensor, count: int) -> Tensor:
    """Return the means of (B, C, H, W) in count x count cells, (B, C, count, count).

    What `adaptive_avg_pool2d` does, for any height and width also where a graph is exported.
    """
    height, width = x.shape[2:]
    return _cells(height, count, x) @ x @ _cells(width, count, x).mT


def _cells(length: int, count: int, like: Tensor) -> Tensor:
    """Return which share each place has in each cell, (count, length); cells may overlap."""
    number = torch.arange(count, device=like.device)[:, None]
    place = torch.arange(length, device=like.device)[None]
    first, behind = number * length // count, ((number + 1) * length + count - 1) // count
    is_inside = ((place >= first) & (place < behind)).to(like.dtype)
    return is_inside / is_inside.sum(dim=1, keepdim=True)


def conv_bn_relu(channels: int, new_channels: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Return a convolution without bias, batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, new_channels, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(new_channels),
        nn.ReLU(inplace=True),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions beside a shortcut.

    Where the size is halved the shortcut is a mean of 2x2 pixels and a 1x1 convolution; where
    only the channels change, the convolution alone.
    """

    def __init__(self, channels: int, new_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *conv_bn_relu(channels, new_channels, 3, stride),
            nn.Conv2d(new_channels, new_channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(new_channels),
        )
        shortcut: list[nn.Module] = [nn.AvgPool2d(2)] if stride == 2 else []
        if stride == 2 or channels != new_channels:
            conv = nn.Conv2d(channels, new_channels, 1, bias=False)
            shortcut += [conv, nn.BatchNorm2d(new_channels)]
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, new_channels, H / stride, W / stride)."""
        return (self.body(x) + self.shortcut(x)).relu()


class Join(nn.Module):
    """Twice the size, a skip beside it, and one separable convolution."""

    def __init__(self, channels: int, skip: int, new_channels: int) -> None:
        super().__init__()
        self.layers = separable(channels + skip, new_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """Return (B, new_channels, 2H, 2W) from x (B, channels, H, W) and a skip of that size."""
        x = interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.layers(torch.cat([x, skip], dim=1))


def separable(channels: int, new_channels: int, dilation: int = 1) -> nn.Sequential:
    """Return a 3x3 convolution of every channel, one 1x1 over all, normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, 1, dilation, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, new_channels, 1, bias=False),
        nn.BatchNorm2d(new_channels),
        nn.ReLU(inplace=True),
    )
