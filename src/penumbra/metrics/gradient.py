"""Gradient error: do the edges of the matte have the strength of the true edges?

Rhemann et al. 2009: the sum over the region of (|grad p| - |grad g|)^2, where grad is a
first-order derivative of a Gaussian, sigma = 1.4.  Two incompatible readings are in
circulation.  They differ in the length of the kernel, in its norm (a factor of 96.56 in the
error) and in what they suppose beyond the frame, so each has its own function.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.metrics.pair import AnyAlpha, Floats, check_pair, total

SIGMA = 1.4
ADOBE_RADIUS = 4  # ceil(sigma sqrt(-2 ln(sqrt(2 pi) sigma eps))) for eps = 0.01
SCIPY_RADIUS = 6  # 4 sigma, rounded


def gradient_error_adobe(
    alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None, minmax: bool = False
) -> float:
    """Gradient error as Deep Image Matting's published tool computes it.

    A kernel of 9 x 9 with unit L2 norm; beyond the frame the edge pixel is repeated.  The
    numbers on Composition-1k were made with it, and are printed divided by 1000.

    Args:
        alpha: Estimated matte, (H, W) in [0, 1]; what lies outside is clipped.
        alpha_true: True matte, (H, W) in [0, 1].
        region: Pixels to count, (H, W); all of them when omitted.
        minmax: First stretch each matte to [0, 1] on its own, as that tool does.  It hides a
            gain that is wrong everywhere, so it is for mirroring its tables only.

    Raises:
        ImageError: As in `sad`.

    Source:
        Xu et al., "Deep Image Matting", CVPR 2017, evaluation code.
    """
    estimate, truth = check_pair(alpha, alpha_true, region)
    if minmax:
        estimate, truth = _stretch(estimate), _stretch(truth)
    smooth, slope = _gaussian(ADOBE_RADIUS)
    # The L2 norm of an outer product is the product of the norms.
    slope = slope / (np.linalg.norm(smooth) * np.linalg.norm(slope))
    return _gradient_error(estimate, truth, region, smooth, slope, cv2.BORDER_REPLICATE)


def gradient_error_scipy(
    alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None
) -> float:
    """Gradient error as the Python evaluators of AIM, GFM and IndexNet compute it.

    A kernel of 13 x 13 whose smoothing part sums to 1; beyond the frame the image is mirrored
    with its edge pixel repeated.  Printed divided by 10.  Arguments as in `sad`.

    Raises:
        ImageError: As in `sad`.

    Source:
        Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021, evaluation code.
    """
    estimate, truth = check_pair(alpha, alpha_true, region)
    smooth, slope = _gaussian(SCIPY_RADIUS)
    norm = smooth.sum()
    return _gradient_error(estimate, truth, region, smooth / norm, slope / norm, cv2.BORDER_REFLECT)


def _stretch(alpha: Floats) -> Floats:
    low, high = alpha.min(), alpha.max()
    return (alpha - low) / (high - low) if high > low else alpha


def _gaussian(radius: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The Gaussian and its derivative at -radius..radius."""
    x = np.arange(-radius, radius + 1, dtype=np.float64)
    smooth = np.exp(-(x**2) / (2 * SIGMA**2)) / (SIGMA * math.sqrt(2 * math.pi))
    return smooth, -x / SIGMA**2 * smooth


def _gradient_error(
    estimate: Floats,
    truth: Floats,
    region: Mask | None,
    smooth: NDArray[np.float64],
    slope: NDArray[np.float64],
    border: int,
) -> float:
    estimated = _amplitude(estimate, smooth, slope, border)
    true = _amplitude(truth, smooth, slope, border)
    return total(np.square(estimated - true), region)


def _amplitude(
    alpha: Floats, smooth: NDArray[np.float64], slope: NDArray[np.float64], border: int
) -> NDArray[np.float64]:
    """|grad alpha|, (H, W); OpenCV correlates, which only turns the sign of both parts."""
    plane = alpha.astype(np.float64)
    along_x = cv2.sepFilter2D(plane, cv2.CV_64F, slope, smooth, borderType=border)
    along_y = cv2.sepFilter2D(plane, cv2.CV_64F, smooth, slope, borderType=border)
    amplitude: NDArray[np.float64] = np.hypot(along_x, along_y)
    return amplitude
