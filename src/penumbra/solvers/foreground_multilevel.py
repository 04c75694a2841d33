"""Foreground and background colours from coarse to fine.

Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation", ICPR 2020.
"""

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.errors import ImageError
from penumbra.core.resample import resize_nearest

_SMALL = 32  # longer side, in pixels, up to which a level is small

_Planes = NDArray[np.float32]
"""(3, h, w): red, green and blue."""


def estimate_foreground_multilevel(
    image: RGB,
    alpha: Alpha,
    regularization: float = 1e-5,
    gradient_weight: float = 1.0,
    small_iterations: int = 100,
    iterations: int = 4,
) -> tuple[RGB, RGB]:
    """Estimate colours that explain the image and stay the same where alpha changes.

    Minimises the squared residuals of I = a F + (1 - a) B and, for each pair of neighbours i
    and j, regularization + gradient_weight * |a_i - a_j| times the squared differences of F
    and of B.  A pyramid carries colours far; each level starts from the one above it.

    Args:
        image: (H, W, 3) in [0, 1].
        alpha: (H, W) in [0, 1].
        regularization: Smoothness asked for everywhere.
        gradient_weight: Smoothness asked for besides, for each unit of change of alpha.
        small_iterations: Iterations on each level of up to 32 x 32 pixels.
        iterations: Iterations on each of the larger ones.

    Returns:
        Foreground and background, each (H, W, 3) in [0, 1]; where alpha is 1 the foreground
        is the image, where it is 0 the background is.

    Raises:
        ImageError: The sizes differ.

    Source:
        Germer et al. 2020, section III.  Deviation: all pixels are updated at once (Jacobi)
        instead of one after the other, and so more often; each counts itself as one more
        neighbour, so that a single pixel has an answer too.
    """
    if alpha.shape != image.shape[:2]:
        raise ImageError(f"alpha must have shape {image.shape[:2]}, got {alpha.shape}")
    F, B = _mean_colour(image, alpha > 0.9), _mean_colour(image, alpha < 0.1)  # (3, 1, 1)
    for height, width in _sizes(*alpha.shape):
        level = _Level(
            resize_nearest(image, height, width).transpose(2, 0, 1),
            resize_nearest(alpha, height, width),
            regularization,
            gradient_weight,
        )
        F, B = (_enlarge(planes, height, width) for planes in (F, B))
        for _ in range(small_iterations if max(height, width) <= _SMALL else iterations):
            F, B = level.improve(F, B)
    weight = alpha[:, :, None]
    foreground, background = F.transpose(1, 2, 0), B.transpose(1, 2, 0)
    return np.where(weight == 1, image, foreground), np.where(weight == 0, image, background)


class _Level:
    """The linear systems of one level: two unknowns for each pixel, neighbours held still."""

    def __init__(
        self, image: _Planes, alpha: Alpha, regularization: float, gradient_weight: float
    ) -> None:
        a, b = alpha, 1 - alpha
        self.down = regularization + gradient_weight * np.abs(np.diff(alpha, axis=0))
        self.right = regularization + gradient_weight * np.abs(np.diff(alpha, axis=1))
        self.stay = np.float32(regularization)
        smoothness = self.stay + self._sum_neighbours(np.ones_like(alpha))
        self.p, self.q, self.s = a * a + smoothness, a * b, b * b + smoothness
        self.determinant = smoothness * (a * a + b * b + smoothness)  # p s - q q, never 0
        self.right_f, self.right_b = a * image, b * image

    def improve(self, F: _Planes, B: _Planes) -> tuple[_Planes, _Planes]:
        """Solve each pixel for its own two colours."""
        sum_f = self.right_f + self.stay * F + self._sum_neighbours(F)
        sum_b = self.right_b + self.stay * B + self._sum_neighbours(B)
        return (
            np.clip((self.s * sum_f - self.q * sum_b) / self.determinant, 0, 1),
            np.clip((self.p * sum_b - self.q * sum_f) / self.determinant, 0, 1),
        )

    def _sum_neighbours(self, planes: _Planes) -> _Planes:
        """Sum of the four neighbours, each times the smoothness asked for, (..., h, w)."""
        total = np.zeros_like(planes)
        total[..., 1:, :] += self.down * planes[..., :-1, :]
        total[..., :-1, :] += self.down * planes[..., 1:, :]
        total[..., 1:] += self.right * planes[..., :-1]
        total[..., :-1] += self.right * planes[..., 1:]
        return total


def _mean_colour(image: RGB, region: Mask) -> _Planes:
    """Mean colour of a region as planes of one pixel, (3, 1, 1); mid-grey of an empty one."""
    if not region.any():
        return np.full((3, 1, 1), 0.5, np.float32)
    return image[region].mean(axis=0, dtype=np.float64).astype(np.float32)[:, None, None]


def _sizes(height: int, width: int) -> list[tuple[int, int]]:
    """(height, width) of each level, about doubling from 1 x 1 to the full size."""
    count = max(1, int(np.ceil(np.log2(max(height, width)))))
    powers = [level / count for level in range(count + 1)]
    return [(round(height**power), round(width**power)) for power in powers]


def _enlarge(planes: _Planes, height: int, width: int) -> _Planes:
    return np.stack([resize_nearest(plane, height, width) for plane in planes])
