"""Smoothing that follows the edges of another image.

He, Sun and Tang, "Guided image filtering", IEEE Transactions on Pattern Analysis and Machine
Intelligence 35(6), 2013.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import ImageError
from penumbra.core.resample import resize

_Plane = NDArray[np.float64]


def guided_filter(guide: RGB | Alpha, target: Alpha, radius: int, epsilon: float) -> Alpha:
    """Filter `target` so that it is locally an affine function of `guide`.

    Every square window finds the plane through the guide's colours that fits the target best;
    a pixel gets the mean of what the windows over it say.  Windows are cut at the border.

    Args:
        guide: (H, W, 3) or (H, W) floats, usually in [0, 1].
        target: (H, W) floats.
        radius: Of the windows, in pixels: their side is 2 radius + 1.
        epsilon: Edges of the guide count where their variance is above this; in the guide's
            unit, squared.

    Returns:
        (H, W); it may leave the range of the target a little.

    Raises:
        ImageError: The sizes differ, radius is below 1, or epsilon is not above 0.

    Source:
        He et al. 2013, equations 5, 6 and 8; with a colour guide 14 to 16.

    Example:
        >>> step = np.float32([[0, 0, 1, 1]])
        >>> guided_filter(step, step, radius=1, epsilon=1e-6).round(3).tolist()
        [[0.0, 0.0, 1.0, 1.0]]
        >>> (6 * guided_filter(0 * step, step, radius=1, epsilon=1e-6)).round().tolist()
        [[1.0, 2.0, 4.0, 5.0]]
    """
    planes = _guides(guide)
    slopes, offset = _fit(planes, target, radius, epsilon)
    return (offset + _dot(slopes, planes)).astype(np.float32)


def guided_upsampling(
    guide: RGB | Alpha, target: Alpha, fine: RGB | Alpha, radius: int, epsilon: float
) -> Alpha:
    """Filter as `guided_filter` does, and read the planes off at a finer guide's colours.

    Args:
        guide: (h, w, 3) or (h, w) floats, usually in [0, 1].
        target: (h, w) floats.
        fine: (H, W, 3) or (H, W), the same picture.
        radius: Of the windows, in pixels of `guide`.
        epsilon: As there.

    Returns:
        (H, W); it may leave the range of the target a little.

    Raises:
        ImageError: As there, or the finer guide has not as many channels.

    Source:
        He and Sun, "Fast guided filter", arXiv:1505.00996, 2015.

    Example:
        >>> step = np.float32([[0, 0, 1, 1]])
        >>> fine = np.float32([[0, 0, 0, 0, 1, 1, 1, 1]])
        >>> (10 * guided_upsampling(step, step, fine, radius=1, epsilon=1e-6)).round().tolist()
        [[0.0, 0.0, 0.0, 1.0, 9.0, 10.0, 10.0, 10.0]]
    """
    if fine.shape[2:] != guide.shape[2:]:
        raise ImageError(f"fine must have channels {guide.shape[2:]}, got {fine.shape[2:]}")
    slopes, offset = _fit(_guides(guide), target, radius, epsilon)
    *slopes, offset = (resize(plane, *fine.shape[:2]) for plane in (*slopes, offset))
    return (offset + _dot(slopes, _guides(fine))).astype(np.float32)


def _guides(guide: RGB | Alpha) -> list[_Plane]:
    return [plane.astype(np.float64) for plane in np.moveaxis(np.atleast_3d(guide), 2, 0)]


def _fit(
    planes: list[_Plane], target: Alpha, radius: int, epsilon: float
) -> tuple[list[_Plane], _Plane]:
    """Return slopes for each channel of the guide, and an offset: means over the windows."""
    if target.shape != planes[0].shape:
        raise ImageError(f"target must have shape {planes[0].shape}, got {target.shape}")
    if radius < 1:
        raise ImageError(f"radius must be at least 1, got {radius}")
    if not epsilon > 0:
        raise ImageError(f"epsilon must be above 0, got {epsilon:g}")
    wanted = target.astype(np.float64)
    count = _sum(np.ones_like(wanted), radius)

    def mean(plane: _Plane) -> _Plane:
        return _sum(plane, radius) / count

    means, mean_wanted = [mean(plane) for plane in planes], mean(wanted)
    covariance = [
        [mean(planes[i] * planes[j]) - means[i] * means[j] for j in range(i + 1)]
        for i in range(len(planes))
    ]
    for i, row in enumerate(covariance):
        row[i] += epsilon
    slopes = _solve(
        covariance, [mean(p * wanted) - m * mean_wanted for p, m in zip(planes, means, strict=True)]
    )
    return [mean(slope) for slope in slopes], mean(mean_wanted - _dot(slopes, means))


def _sum(plane: _Plane, radius: int) -> _Plane:
    """Sum over square windows, nothing beyond the border."""
    side = 2 * radius + 1
    window = (side, side)
    total = cv2.boxFilter(plane, -1, window, normalize=False, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(total, np.float64)


def _dot(left: list[_Plane], right: list[_Plane]) -> _Plane:
    total = left[0] * right[0]
    for one, other in zip(left[1:], right[1:], strict=True):
        total += one * other
    return total


def _solve(matrix: list[list[_Plane]], right: list[_Plane]) -> list[_Plane]:
    """Solve one small symmetric positive definite system for each pixel, by elimination.

    Args:
        matrix: Its lower triangle, row by row, each entry a plane; overwritten.
        right: A plane for each row; overwritten by the answer.
    """
    size = len(right)
    for k in range(size):
        for i in range(k + 1, size):
            factor = matrix[i][k] / matrix[k][k]
            for j in range(k + 1, i + 1):
                matrix[i][j] -= factor * matrix[j][k]
            right[i] -= factor * right[k]
    for k in reversed(range(size)):
        for i in range(k + 1, size):
            right[k] -= matrix[i][k] * right[i]
        right[k] /= matrix[k][k]
    return right
