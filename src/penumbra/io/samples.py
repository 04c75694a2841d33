"""Floats to the integers that files hold."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.uint8] | NDArray[np.uint16]


def quantise(values: NDArray[np.float32], bits: int) -> Integers:
    """Round floats in [0, 1] to the nearest integers of 8 or 16 bits.

    Example:
        >>> quantise(np.array([0, 0.5, 1], np.float32), 8).tolist()
        [0, 128, 255]
    """
    if bits == 8:
        return np.rint(values * np.float32(255)).astype(np.uint8)
    return np.rint(values * np.float32(65535)).astype(np.uint16)
