"""The door of every metric: an estimate, the truth and a region that belong together."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.core.errors import ImageError

AnyAlpha = NDArray[np.floating[Any] | np.bool_]
"""(H, W) in [0, 1], of any float width, so that a truth in float64 need not be rounded."""

Floats = NDArray[np.floating[Any]]


def check_pair(
    alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None
) -> tuple[Floats, Floats]:
    """Return both mattes as floats in [0, 1] in C order, each in its own float width.

    Args:
        alpha: Estimated matte, (H, W); values outside [0, 1] are clipped, with a warning.
        alpha_true: True matte, (H, W) in [0, 1].
        region: Pixels to count, (H, W), or None for all.

    Raises:
        ImageError: The shapes differ, a matte holds no pixel, integers (whose range would be
            a guess), NaN or infinity, the truth leaves [0, 1], or the region is no mask.
    """
    estimate, truth = as_floats(alpha, "alpha"), as_floats(alpha_true, "alpha_true")
    if estimate.shape != truth.shape:
        raise ImageError(f"alpha must have shape {truth.shape}, got {estimate.shape}")
    if region is not None:
        check_region(region, truth.shape)
    if truth.min() < 0 or truth.max() > 1:
        raise ImageError(f"alpha_true must lie in [0, 1], got [{truth.min():g}, {truth.max():g}]")
    if outside := count_outside(estimate):
        warnings.warn(f"alpha must lie in [0, 1], clipped {outside} pixels", stacklevel=3)
        estimate = np.clip(estimate, 0, 1)
    return estimate, truth


def check_region(region: Mask, shape: tuple[int, ...]) -> None:
    """Raise `ImageError` unless `region` is a mask of this shape."""
    if region.shape != shape:
        raise ImageError(f"region must have shape {shape}, got {region.shape}")
    if region.dtype != np.bool_:
        raise ImageError(f"region must hold booleans, got {region.dtype}")


def as_floats(array: AnyAlpha, name: str) -> Floats:
    """Return a matte as finite floats in C order, or raise `ImageError`; range not checked."""
    if array.ndim != 2 or array.size == 0:
        raise ImageError(f"{name} must have shape (H, W) with H, W > 0, got {array.shape}")
    if array.dtype == np.bool_:
        array = array.astype(np.float64)
    if not np.issubdtype(array.dtype, np.floating):
        raise ImageError(f"{name} must hold floats in [0, 1], got {array.dtype}")
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise ImageError(f"{name} must be finite, got NaN or infinity")
    return np.ascontiguousarray(array)


def count_outside(alpha: Floats) -> int:
    """Count the pixels below 0 or above 1."""
    if alpha.min() >= 0 and alpha.max() <= 1:
        return 0
    return int(np.count_nonzero((alpha < 0) | (alpha > 1)))


def count(region: Mask | None, shape: tuple[int, ...]) -> int:
    """Count the pixels of a region of an image of this shape."""
    return int(np.prod(shape)) if region is None else int(np.count_nonzero(region))


def total(errors: NDArray[np.float64], region: Mask | None) -> float:
    """Sum the errors (H, W) over the region."""
    return float(errors.sum() if region is None else errors[region].sum())
