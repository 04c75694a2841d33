"""Errors of an alpha matte against the truth, pixel by pixel.

Each function returns the plain number of the formula, over the whole image unless a
region is given.  Papers scale these numbers and pick their regions differently; that
choice belongs to a `Benchmark`, never to a metric.
"""

import math

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.metrics.pair import AnyAlpha, check_pair, count, total


def sad(alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None) -> float:
    """Sum of absolute differences.

    Args:
        alpha: Estimated matte, (H, W) in [0, 1]; what lies outside is clipped.
        alpha_true: True matte, (H, W) in [0, 1].
        region: Pixels to count, (H, W); all of them when omitted.

    Returns:
        The sum over the region, in pixels: an error of 1 at one pixel counts 1.  Most
        papers print this number divided by 1000.  0 over an empty region.

    Raises:
        ImageError: The shapes differ, or a matte is not finite or holds integers.

    Source:
        Rhemann et al., "A perceptually motivated online benchmark for image matting",
        CVPR 2009.

    Example:
        >>> truth = np.zeros((2, 2), np.float32)
        >>> sad(truth + np.float32(0.25), truth)
        1.0
    """
    return total(np.abs(_difference(alpha, alpha_true, region)), region)


def sse(alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None) -> float:
    """Sum of squared differences over the region; arguments and errors as in `sad`."""
    return total(np.square(_difference(alpha, alpha_true, region)), region)


def mad(alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None) -> float:
    """Mean absolute difference, in [0, 1]; NaN over an empty region; arguments as in `sad`."""
    return _mean(sad(alpha, alpha_true, region), count(region, alpha.shape))


def mse(alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None) -> float:
    """Mean squared difference, in [0, 1]; NaN over an empty region; arguments as in `sad`.

    Never more than `mad`.

    Example:
        >>> truth = np.zeros((2, 2), np.float32)
        >>> mse(truth + np.float32(0.25), truth)
        0.0625
    """
    return _mean(sse(alpha, alpha_true, region), count(region, alpha.shape))


def _difference(alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None) -> NDArray[np.float64]:
    estimate, truth = check_pair(alpha, alpha_true, region)
    return np.subtract(estimate, truth, dtype=np.float64)


def _mean(sum_over_region: float, pixels: int) -> float:
    return sum_over_region / pixels if pixels else math.nan
