"""Connectivity error: do the opaque parts of the matte hang together as in the truth?

Rhemann et al. 2009, in the form all published numbers have: distances play no part, and the
source region of a level is the largest piece of what both mattes hold at that level.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.metrics.pair import AnyAlpha, Floats, check_pair, total

THRESHOLD = 0.15  # theta of the paper: smaller excesses do not count

Empty = Literal["flag", "skip"]
"""What a level at which the mattes share no pixel does to the pixels still connected."""


def connectivity_error(
    alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None, empty: Empty = "flag"
) -> float:
    """Sum over the region of the difference of both mattes' degrees of connectivity.

    Args:
        alpha: Estimated matte, (H, W) in [0, 1]; what lies outside is clipped.
        alpha_true: True matte, (H, W) in [0, 1].
        region: Pixels to sum over, (H, W); all of them when omitted.  Connectedness is that
            of the whole image either way.
        empty: "flag", the canonical form, ends the connection of all pixels at a level where
            nothing is shared.  "skip" passes over it, as the code of AIM, GFM and IndexNet
            does: an estimate of 0 everywhere then has no error at all.

    Returns:
        The sum, in pixels; mostly printed divided by 1000.

    Raises:
        ImageError: As in `sad`.

    Source:
        Rhemann et al., CVPR 2009, with lambda = 1 and theta = 0.15.
    """
    estimate, truth = check_pair(alpha, alpha_true, region)
    level = connection_levels(estimate, truth, empty)
    return total(np.abs(_excess(estimate, level) - _excess(truth, level)), region)


def connection_levels(alpha: Floats, alpha_true: Floats, empty: Empty) -> NDArray[np.float64]:
    """The level up to which each pixel is connected to the source, (H, W) of k/10.

    Args:
        alpha: (H, W) in [0, 1].
        alpha_true: (H, W) in [0, 1].
        empty: As in `connectivity_error`.
    """
    level = np.ones(alpha.shape)
    is_connected = np.ones(alpha.shape, np.bool_)
    for k in range(1, 11):
        # k / 10 and no running sum: 0.1 + ... + 0.1 overshoots 0.6, and the grey value 153,
        # which is 0.6 exactly, would fail.  A Python number is compared in the width of the
        # array, where 153 / 255 is the float nearest to 0.6 as well.
        shared = (alpha >= k / 10) & (alpha_true >= k / 10)
        if empty == "skip" and not shared.any():
            continue
        drops_out = is_connected & ~_largest_piece(shared)
        level[drops_out] = (k - 1) / 10
        is_connected &= ~drops_out
    return level


def _largest_piece(mask: Mask) -> Mask:
    """The largest 4-connected piece; of equals, the one met first row by row."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S
    )
    sizes = stats[1:, cv2.CC_STAT_AREA]
    if sizes.size == 0:
        return mask
    largest = 1 + np.flatnonzero(sizes == sizes.max())
    first = labels.ravel()[np.isin(labels, largest).argmax()] if largest.size > 1 else largest[0]
    piece: Mask = labels == first
    return piece


def _excess(alpha: Floats, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a matte holds above the level at which it is connected, (H, W): 1 - phi."""
    excess = np.subtract(alpha, level, dtype=np.float64)
    return np.where(excess >= THRESHOLD, excess, 0.0)
