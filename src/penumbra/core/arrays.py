"""The arrays everything is made of, and the doors where they are checked.

No image class: an image is an array with a promise.  The promise is verified once, by
`as_rgb`, `as_alpha`, `as_trimap` or `as_mask`, where an array enters the kit; nothing below
checks again.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import HintError, ImageError, MatteError, TrimapError

RGB = NDArray[np.float32]
"""(H, W, 3) in [0, 1], sRGB-encoded (or in the photograph's own profile), not premultiplied."""

Alpha = NDArray[np.float32]
"""(H, W) in [0, 1]: 0 is background, 1 is the object."""

Trimap = NDArray[np.float32]
"""(H, W), exactly 0 (background), 0.5 (unknown) or 1 (foreground)."""

Mask = NDArray[np.bool_]
"""(H, W)."""

ROUNDING = 1e-6
"""How far values may miss [0, 1] and still be taken for the end they missed: a resize or a
conversion in floats leaves such crumbs, and no 16-bit file can tell them apart."""


def as_rgb(array: NDArray[Any], name: str = "image") -> RGB:
    """Return `array` as a float32 RGB image, or raise.

    Args:
        array: (H, W, 3) floats in [0, 1].
        name: What to call the array in an error.

    Returns:
        The array itself if nothing had to change, a copy otherwise; contiguous, in [0, 1].

    Raises:
        ImageError: Another shape, no pixels, integers (whose range would be a guess: decode
            files with `penumbra.io`, which knows their bit depth), or values that are not
            finite or lie outside [0, 1] by more than rounding.
    """
    _check_array(array, name, ImageError)
    if array.ndim != 3 or array.shape[2] != 3:
        raise ImageError(f"{name} must have shape (H, W, 3), got {array.shape}")
    return _as_unit_floats(array, name, ImageError)


def as_alpha(array: NDArray[Any], name: str = "alpha") -> Alpha:
    """Return `array` as a float32 matte, or raise; as `as_rgb`, with shape (H, W)."""
    _check_plane(array, name, ImageError)
    return _as_unit_floats(array, name, ImageError)


def as_trimap(array: NDArray[Any], name: str = "trimap") -> Trimap:
    """Return `array` as a trimap of exactly 0, 0.5 and 1, or raise.

    Args:
        array: (H, W) floats.
        name: What to call the array in an error.

    Raises:
        TrimapError: Another shape, no pixels, integers, or values other than 0, 0.5 and 1.
    """
    _check_plane(array, name, TrimapError)
    trimap = _as_unit_floats(array, name, TrimapError)
    odd = (trimap != 0) & (trimap != 0.5) & (trimap != 1)
    if odd.any():
        raise TrimapError(f"{name} must hold only 0, 0.5 and 1, got {trimap[odd][0]:.8g}")
    return trimap


def as_mask(array: NDArray[Any], name: str = "mask") -> Mask:
    """Return `array` as a contiguous boolean mask, or raise `HintError`; (H, W) of booleans."""
    _check_plane(array, name, HintError)
    if array.size == 0:
        raise HintError(f"{name} must hold at least one pixel, got shape {array.shape}")
    if array.dtype != np.bool_:
        raise HintError(f"{name} must hold booleans, got {array.dtype}")
    return np.ascontiguousarray(array)


def _check_array(array: NDArray[Any], name: str, error: type[MatteError]) -> None:
    if not isinstance(array, np.ndarray):
        raise error(f"{name} must be a NumPy array, got {type(array).__name__}")


def _check_plane(array: NDArray[Any], name: str, error: type[MatteError]) -> None:
    _check_array(array, name, error)
    if array.ndim != 2:
        raise error(f"{name} must have shape (H, W), got {array.shape}")


def _as_unit_floats(array: NDArray[Any], name: str, error: type[MatteError]) -> NDArray[np.float32]:
    if array.size == 0:
        raise error(f"{name} must hold at least one pixel, got shape {array.shape}")
    if not np.issubdtype(array.dtype, np.floating):
        raise error(f"{name} must hold floats in [0, 1], got {array.dtype}")
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise error(f"{name} must be finite, got NaN or infinity")
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise error(f"{name} must lie in [0, 1], got [{low:.8g}, {high:.8g}]")
    if low < 0 or high > 1:
        array = array.clip(0, 1)
    return np.ascontiguousarray(array, dtype=np.float32)
