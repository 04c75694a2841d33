"""Small parts that several networks share."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

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
    """What a 2x2 pool found.

    Attributes:
        before: (B, C, H, W) that went in.
        maxima: (B, C, H / 2, W / 2).
        places: Of the maxima, as an index into the H * W pixels of their plane; int64.
    """

    before: Tensor
    maxima: Tensor
    places: Tensor


def max_pool(x: Tensor) -> Pooled:
    """Take the maximum of every 2x2 window of (B, C, H, W), and remember where it was."""
    maxima, places = max_pool2d(x, 2, return_indices=True)
    return Pooled(x, maxima, places)


def max_unpool(x: Tensor, pooled: Pooled) -> Tensor:
    """Put each value where the pool had found its maximum, in a plane of zeros.

    Windows do not overlap, so this is what `max_unpool2d` does; unlike that, it is also allowed
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
