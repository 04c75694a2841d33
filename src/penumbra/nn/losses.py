"""Losses that several rooms share; all are means over the batch, and scalars."""

import functools
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, conv2d, pad

LEVELS = 6
"""Of a Laplacian pyramid, the last low-pass among them."""

_EPSILON_SQUARED = 1e-12


def cross_entropy(logits: Tensor, alpha_true: Tensor) -> Tensor:
    """Return the binary cross-entropy, mean over all pixels.

    Args:
        logits: (B, 1, H, W).
        alpha_true: (B, 1, H, W) in [0, 1].
    """
    return binary_cross_entropy_with_logits(logits, alpha_true)


def soft_iou(probability: Tensor, alpha_true: Tensor) -> Tensor:
    """Return 1 - IoU of each sample with products and sums in place of sets, mean over samples.

    Args:
        probability: (B, 1, H, W) in [0, 1].
        alpha_true: (B, 1, H, W) in [0, 1].

    Source:
        Rahman and Wang, "Optimizing intersection-over-union in deep neural networks for image
        segmentation", ISVC 2016, equation 3; a sample of nothing found as nothing has loss 0.
    """
    both = (probability * alpha_true).sum(dim=(1, 2, 3))
    either = (probability + alpha_true).sum(dim=(1, 2, 3)) - both
    return (1 - (both + 1) / (either + 1)).mean()


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Return sqrt(d^2 + 1e-12) of every difference d: its size, smooth at 0.

    Source:
        Xu et al., "Deep Image Matting", CVPR 2017, equations 1 and 2.
    """
    return ((one - other).square() + _EPSILON_SQUARED).sqrt()


def mean_over(values: Tensor, region: Tensor) -> Tensor:
    """Return the mean over a region; with one pixel more, so that an empty one costs nothing.

    Args:
        values: (B, 1, H, W).
        region: (B, 1, H, W) of 0 and 1, or of weights.
    """
    return (region * values).sum() / (region.sum() + 1)


def laplacian_loss(
    alpha: Tensor,
    alpha_true: Tensor,
    weights: Sequence[float] = (1.0,) * LEVELS,
    kernel: Tensor | None = None,
) -> Tensor:
    """Return how far the levels of two Laplacian pyramids are apart: the sum of their means.

    Each level is what a blur takes from the last one's low-pass, which is then halved by 2x2
    means; the last level is the low-pass that remains.

    Args:
        alpha: (B, 1, H, W); H and W multiples of 32.
        alpha_true: (B, 1, H, W).
        weights: Of the levels, finest first.
        kernel: (5, 5) of the blur; a Gaussian of deviation 1 if omitted.

    Source:
        Hou and Liu, "Context-aware image matting for simultaneous foreground and alpha
        estimation", ICCV 2019, section 3.2; there the weights double from level to level.
    """
    kernel = gaussian_kernel() if kernel is None else kernel
    # The pyramid is linear: that of the difference is the difference of both.
    levels = _pyramid(alpha - alpha_true, kernel.to(alpha))
    pairs = zip(weights, levels, strict=True)
    return torch.stack([weight * level.abs().mean() for weight, level in pairs]).sum()


@functools.cache
def gaussian_kernel() -> Tensor:
    """Return the 5x5 Gaussian of deviation 1, sum 1."""
    steps = torch.arange(-2.0, 3.0)
    line = torch.exp(-steps.square() / 2)
    line = line / line.sum()
    return line[:, None] * line


def _pyramid(x: Tensor, kernel: Tensor) -> list[Tensor]:
    """Return the levels of a plane (B, 1, H, W)."""
    levels = []
    for _ in range(LEVELS - 1):
        low = conv2d(pad(x, (2, 2, 2, 2), mode="replicate"), kernel[None, None])
        levels.append(x - low)
        x = avg_pool2d(low, 2)
    return [*levels, x]
