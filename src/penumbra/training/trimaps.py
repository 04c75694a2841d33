"""Trimaps of random width, a whole batch at once.

Elliptic kernels are those of OpenCV: of size k, row `i` around the middle row `r = k // 2` holds
the columns up to `round(r * sqrt(1 - (i - r)**2 / r**2))` from the middle one, cut off at k.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from penumbra.training.upload import upload

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
    both = torch.cat([alpha < 1, alpha > 0])
    is_left, is_near = dilate(both, np.concatenate([erosion, dilation])).chunk(2)
    return 0.5 * ((~is_left).float() + (~is_left | is_near).float())


def dilated_trimap_of(alpha: Tensor, steps: NDArray[np.int64]) -> Tensor:
    """Return 0.5 near what is neither 0 nor 1, but never where alpha is 1; else alpha.

    Args:
        alpha: (B, 1, H, W) in [0, 1].
        steps: (B,) dilations by a 3x3 ellipse, which is a cross.

    Returns:
        (B, 1, H, W) of 0, 0.5 and 1.
    """
    is_opaque = alpha >= 1
    is_unknown = _dilated((alpha > 0) & ~is_opaque, *_diamonds(steps)) & ~is_opaque
    return is_opaque.float() + 0.5 * is_unknown.float()


def loosened(trimap: Tensor, is_loose: NDArray[np.bool_], axes: NDArray[np.generic]) -> Tensor:
    """Open some trimaps also where their mirror images are open.

    Args:
        trimap: (B, 1, H, W) of 0, 0.5 and 1.
        is_loose: (B,) which of them.
        axes: (B,) 3 for left to right, 2 for upside down.
    """
    trimap = trimap.clone()
    for axis in (2, 3):
        rows = np.flatnonzero(is_loose & (axes == axis))
        if rows.size:
            chosen = upload(rows, trimap.device)
            part = trimap.index_select(0, chosen)
            trimap[chosen] = torch.where(part.flip(axis) == 0.5, 0.5, part)
    return trimap


def dilate(mask: Tensor, sizes: NDArray[np.int64]) -> Tensor:
    """Dilate by elliptic kernels, each sample by its own.

    Args:
        mask: (B, 1, H, W), bool; nothing is set beyond its border.
        sizes: (B,) of the kernels, pixels, at least 1.
    """
    if sizes.max() <= 1:
        return mask.clone()
    return _dilated(mask, *_reach(sizes))


def _dilated(mask: Tensor, above: int, reach: NDArray[np.int16]) -> Tensor:
    """Dilate by kernels that are given by the rows above their middle and every row's reach."""
    below = reach.shape[1] - 1 - above
    to_left, to_right = upload(reach, mask.device)[:, :, :, None, None, None]  # (rows, B, 1, 1, 1)
    # A pixel is reached if in some row of its kernel the next set pixel is near enough.
    left, right = _steps(mask), _steps(mask.flip(3)).flip(3)
    left, right = (pad(steps, (0, 0, above, below), value=FAR) for steps in (left, right))
    height = mask.shape[2]
    result = torch.zeros_like(mask)
    for row in range(above + below + 1):
        rows = slice(row, row + height)
        result |= left[:, :, rows] <= to_left[row]
        result |= right[:, :, rows] <= to_right[row]
    return result


def _reach(sizes: NDArray[np.int64]) -> tuple[int, NDArray[np.int16]]:
    """Return the rows above the middle, and the reach to the left and right of every row.

    The reach is (2, rows, B), and -1 in rows that a kernel does not have.
    """
    middle = sizes // 2
    above = int(middle.max())
    rows = np.arange(-above, int((sizes - 1 - middle).max()) + 1)[:, None]
    is_in = (rows >= -middle) & (rows <= sizes - 1 - middle)
    share = 1 - (rows / np.maximum(middle, 1)) ** 2
    reach = np.round(middle * np.sqrt(np.maximum(share, 0)))
    cut_off = np.minimum(reach, sizes - 1 - middle)
    return above, np.where(is_in, np.stack([reach, cut_off]), -1).astype(np.int16)


def _diamonds(steps: NDArray[np.int64]) -> tuple[int, NDArray[np.int16]]:
    """Return what `_reach` does for crosses applied several times over."""
    above = int(steps.max())
    rows = np.abs(np.arange(-above, above + 1))[:, None]
    reach = np.maximum(steps - rows, -1)
    return above, np.stack([reach, reach]).astype(np.int16)


def _steps(mask: Tensor) -> Tensor:
    """Return how many columns to the left the next set pixel lies, (B, 1, H, W) int16."""
    columns = torch.arange(mask.shape[3], device=mask.device, dtype=torch.int32)
    latest = torch.where(mask, columns, -FAR).cummax(dim=3).values
    return (columns - latest).clamp_(max=FAR).to(torch.int16)
