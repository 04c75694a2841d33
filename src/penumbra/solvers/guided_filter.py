"""Smoothing that follows the edges of another image.

He, Sun and Tang, "Guided image filtering", IEEE Transactions on Pattern Analysis and Machine
Intelligence 35(6), 2013.
"""

from dataclasses import dataclass

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
    return GuidedFilter.of(guide, radius, epsilon).filtered(target)


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
    return GuidedFilter.of(guide, radius, epsilon).upsampled(target, planes_of(fine))


@dataclass(frozen=True, eq=False)
class GuidedFilter:
    """What filters of one guide have in common, however many targets there are.

    Attributes:
        planes: Of the guide, a channel each, (H, W).
        radius: Of the windows, in pixels.
        count: Pixels of each window, (H, W).
        means: Of the planes, over the windows.
        matrix: Covariances of the planes, eliminated: what is left of the lower triangle.
        factors: By which rows were subtracted from those below, by (row, column).
    """

    planes: list[_Plane]
    radius: int
    count: _Plane
    means: list[_Plane]
    matrix: list[list[_Plane]]
    factors: dict[tuple[int, int], _Plane]

    @classmethod
    def of(cls, guide: RGB | Alpha, radius: int, epsilon: float) -> "GuidedFilter":
        """Look at a guide; arguments and errors are those of `guided_filter`."""
        if radius < 1:
            raise ImageError(f"radius must be at least 1, got {radius}")
        if not epsilon > 0:
            raise ImageError(f"epsilon must be above 0, got {epsilon:g}")
        planes = planes_of(guide)
        count = _sum(np.ones_like(planes[0]), radius)
        means = [_sum(plane, radius) / count for plane in planes]
        matrix = [
            [
                _sum(planes[i] * planes[j], radius) / count - means[i] * means[j]
                for j in range(i + 1)
            ]
            for i in range(len(planes))
        ]
        for i, row in enumerate(matrix):
            row[i] += epsilon
        return cls(planes, radius, count, means, matrix, _eliminate(matrix))

    def filtered(self, target: Alpha) -> Alpha:
        """Return a target filtered, (H, W); see `guided_filter`."""
        slopes, offset = self._fit(target)
        return (offset + _dot(slopes, self.planes)).astype(np.float32)

    def upsampled(self, target: Alpha, fine: list[_Plane]) -> Alpha:
        """Return a target filtered at the size of a finer guide; see `guided_upsampling`.

        Args:
            target: (h, w) floats.
            fine: What `planes_of` makes of that guide, (H, W) each.
        """
        size = fine[0].shape
        slopes, offset = self._fit(target)
        *slopes, offset = (resize(plane, size[0], size[1]) for plane in (*slopes, offset))
        return (offset + _dot(slopes, fine)).astype(np.float32)

    def _fit(self, target: Alpha) -> tuple[list[_Plane], _Plane]:
        """Return slopes for each channel of the guide, and an offset: means over the windows."""
        if target.shape != self.count.shape:
            raise ImageError(f"target must have shape {self.count.shape}, got {target.shape}")
        wanted = target.astype(np.float64)
        mean_wanted = self._mean(wanted)
        right = [
            self._mean(plane * wanted) - mean * mean_wanted
            for plane, mean in zip(self.planes, self.means, strict=True)
        ]
        slopes = _solve(self.matrix, self.factors, right)
        offset = mean_wanted - _dot(slopes, self.means)
        return [self._mean(slope) for slope in slopes], self._mean(offset)

    def _mean(self, plane: _Plane) -> _Plane:
        return _sum(plane, self.radius) / self.count


def planes_of(guide: RGB | Alpha) -> list[_Plane]:
    """Return the channels of a guide, each a plane of double precision, (H, W)."""
    return [plane.astype(np.float64) for plane in np.moveaxis(np.atleast_3d(guide), 2, 0)]


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


def _eliminate(matrix: list[list[_Plane]]) -> dict[tuple[int, int], _Plane]:
    """Eliminate below the diagonal of a small symmetric positive definite matrix for each pixel.

    Args:
        matrix: Its lower triangle, row by row, each entry a plane; overwritten.

    Returns:
        By how much of each row the rows below it became less.
    """
    factors = {}
    for k in range(len(matrix)):
        for i in range(k + 1, len(matrix)):
            factor = factors[i, k] = matrix[i][k] / matrix[k][k]
            for j in range(k + 1, i + 1):
                matrix[i][j] -= factor * matrix[j][k]
    return factors


def _solve(
    matrix: list[list[_Plane]], factors: dict[tuple[int, int], _Plane], right: list[_Plane]
) -> list[_Plane]:
    """Solve the small system of each pixel.

    Args:
        matrix: What `_eliminate` left.
        factors: What it returned.
        right: A plane for each row; overwritten by the answer.
    """
    size = len(right)
    for k in range(size):
        for i in range(k + 1, size):
            right[i] -= factors[i, k] * right[k]
    for k in reversed(range(size)):
        for i in range(k + 1, size):
            right[k] -= matrix[i][k] * right[i]
        right[k] /= matrix[k][k]
    return right
