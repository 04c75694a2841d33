"""Resizing arrays: half-pixel everywhere, area averages on the way down."""

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", bound=np.floating)
Value = TypeVar("Value", bound=np.generic)


def resize(array: NDArray[Real], height: int, width: int) -> NDArray[Real]:
    """Resize an image or a plane of float32 or float64.

    Pixel centres lie at half-integers, so sizes map onto each other edge to edge
    (`align_corners=False`).  An axis that shrinks is averaged over the area each new pixel
    covers; an axis that grows is interpolated linearly.

    Args:
        array: (H, W) or (H, W, C), any number of channels.
        height: New number of rows.
        width: New number of columns.

    Returns:
        (height, width) or (height, width, C), same dtype.  A constant stays constant, and in
        float32 whatever averages only ones is exactly 1: known pixels do not become unknown.

    Example:
        >>> resize(np.array([[0, 1, 1, 1]], np.float32), 1, 2).tolist()
        [[0.5, 1.0]]
    """
    if array.ndim == 3 and array.shape[2] > 4:  # more than OpenCV averages at once
        parts = [resize(array[:, :, c : c + 4], height, width) for c in range(0, array.shape[2], 4)]
        return np.concatenate(parts, axis=2)
    if array.shape[:2] == (height, width):
        return array.copy()
    low, narrow = min(height, array.shape[0]), min(width, array.shape[1])
    small = _average(array, low, array.shape[1])
    small = _average(small, low, narrow)
    return _scale(small, height, width, cv2.INTER_LINEAR)


def resize_nearest(array: NDArray[Value], height: int, width: int) -> NDArray[Value]:
    """Resize masks and label maps, each new pixel taking the value under its centre."""
    rows = ((np.arange(height) + 0.5) * array.shape[0] / height).astype(np.intp)
    cols = ((np.arange(width) + 0.5) * array.shape[1] / width).astype(np.intp)
    return array[rows[:, None], cols]


def _average(array: NDArray[Real], height: int, width: int) -> NDArray[Real]:
    """Shrink one axis; the other already fits."""
    if array.shape[:2] == (height, width):
        return array
    # OpenCV leaves slivers of pixels out of its averages, so its weights do not add up to one.
    # What it makes of ones says to what they do add up.
    total = _scale(array, height, width, cv2.INTER_AREA)
    if width == array.shape[1]:
        weight = _scale(np.ones((len(array), 1), array.dtype), height, 1, cv2.INTER_AREA)
    else:
        weight = _scale(np.ones((1, array.shape[1]), array.dtype), 1, width, cv2.INTER_AREA)
    total /= weight[..., None] if array.ndim == 3 else weight
    return total


def _scale(array: NDArray[Real], height: int, width: int, how: int) -> NDArray[Real]:
    if array.shape[:2] == (height, width):
        return array
    scaled = cv2.resize(array, (width, height), interpolation=how)
    return scaled.reshape(height, width, *array.shape[2:]).astype(array.dtype, copy=False)
