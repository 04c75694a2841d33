"""Trimaps of random width, a whole batch at once.

Elliptic kernels are those of OpenCV: of size k, row `i` around the middle row `r = k // 2` holds
the columns up to `round(r * sqrt(1 - (i - r)**2 / r**2))` from the middle one, cut off at k.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

FAR = 1 << 14  # pixels; more than any distance that matters


def trimap_of(alpha: Tensor, erosion: NDArray[np.int64], dilation: NDArray[np.int64]) -> Tensor:
    """Return 1 in the eroded opaque part, 0 outside the dilated visible part, 0.5 elsewhere.

    Args:
        alpha: (B, 1, H, W) in [0, 1].
        erosion: (B,) size of each sample's elliptic kernel, pixels; 1 changes nothing.
        dilation: (B,), likewise.

    Returns:
        (B, 1, H, W) of 0, 0.5 and 1.
    """
    is_kept = ~dilate(alpha < 1, erosion)
    is_near = dilate(alpha > 0, dilation)
    return 0.5 * (is_kept.float() + (is_kept | is_near).float())


def dilate(mask: Tensor, sizes: NDArray[np.int64]) -> Tensor:
    """Dilate by elliptic kernels, each sample by its own.

    Args:
        mask: (B, 1, H, W), bool; nothing is set beyond its border.
        sizes: (B,) of the kernels, pixels, at least 1.
    """
    if sizes.max() <= 1:
        return mask.clone()
    left, right = _steps(mask), _steps(mask.flip(3)).flip(3)
    height = mask.shape[2]
    result = torch.zeros_like(mask)
    middle = sizes // 2
    for row in range(-int(middle.max()), int((sizes - 1 - middle).max()) + 1):
        is_in = (row >= -middle) & (row <= sizes - 1 - middle)
        share = 1 - (row / np.maximum(middle, 1)) ** 2
        reach = np.round(middle * np.sqrt(np.maximum(share, 0)))
        to_left = _column(np.where(is_in, reach, -1), mask)
        to_right = _column(np.where(is_in, np.minimum(reach, sizes - 1 - middle), -1), mask)
        top, bottom = max(0, -row), min(height, height - row)
        if top >= bottom:
            continue
        there = slice(top + row, bottom + row)
        result[:, :, top:bottom] |= (left[:, :, there] <= to_left) | (
            right[:, :, there] <= to_right
        )
    return result


def _steps(mask: Tensor) -> Tensor:
    """Return how many columns to the left the next set pixel lies, (B, 1, H, W) int16."""
    columns = torch.arange(mask.shape[3], device=mask.device, dtype=torch.int32)
    latest = torch.where(mask, columns, -FAR).cummax(dim=3).values
    return (columns - latest).clamp_(max=FAR).to(torch.int16)


def _column(reach: NDArray[np.generic], mask: Tensor) -> Tensor:
    return torch.from_numpy(reach.astype(np.int16)).to(mask.device)[:, None, None, None]
