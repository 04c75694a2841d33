"""A user who corrects a matte with clicks, as a procedure that always does the same.

The paper on matting by clicks does not say how its test clicks were placed; this is the rule of
interactive segmentation, with the regions and limits of the sheet `clicks`, section 6.2.
"""

from collections.abc import Collection
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.hints import Click

RegionRule = Literal["cc_area", "max_dist", "sum_area"]
"""Where is clicked: in the connected error of the most pixels, in that of the largest inscribed
circle, or in the largest circle of missing or of wrong pixels, whichever are more in all."""

LEAST = 0.001
"""Share of the image below which an error is not worth a click."""

_OFF, _ON = 0.05, 0.95  # opacity between them belongs to neither side


def corrective_click(
    alpha: Alpha,
    alpha_true: Alpha,
    taken: Collection[tuple[int, int]] = (),
    rule: RegionRule = "cc_area",
    least: float = LEAST,
) -> Click | None:
    """Return the click with which a user would correct a matte, or None if it is good enough.

    It lies in the middle of the worst region: where the distance to the region's border is
    largest, the first such pixel row by row.

    Args:
        alpha: The matte to correct, (H, W) in [0, 1].
        alpha_true: What is wanted, (H, W) in [0, 1].
        taken: (row, col) of earlier clicks, where there is no second one.
        rule: How the region is chosen.
        least: Share of the image that a region must have.

    Source:
        Sofiiuk et al., "Reviving iterative training with mask guidance for interactive
        segmentation", ICIP 2022, for "max_dist".
    """
    chosen = _chosen(errors_of(alpha, alpha_true), rule)
    if chosen is None or chosen[1].sum() < max(1.0, least * alpha.size):
        return None
    is_foreground, region = chosen
    depth = depth_of(region)
    for row, col in taken:
        depth[row, col] = 0
    if not depth.any():
        return None
    y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return Click(float(x) + 0.5, float(y) + 0.5, is_foreground)


def errors_of(alpha: Alpha, alpha_true: Alpha) -> dict[bool, Mask]:
    """Return which pixels are clearly wrong, (H, W) each: under True what is missing.

    Args:
        alpha: The matte to correct, (H, W) in [0, 1].
        alpha_true: What is wanted, (H, W) in [0, 1]; between 0.05 and 0.95 nothing is wrong.
    """
    found, wanted = alpha > 0.5, alpha_true > 0.5
    is_clear = (alpha_true <= _OFF) | (alpha_true >= _ON)
    return {True: wanted & ~found & is_clear, False: ~wanted & found & is_clear}


def depth_of(region: Mask) -> NDArray[np.float32]:
    """Return how far each pixel of a region is from what is not; the frame is not, either."""
    padded = np.pad(region.astype(np.uint8), 1)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(depth[1:-1, 1:-1], np.float32)


def _chosen(errors: dict[bool, Mask], rule: RegionRule) -> tuple[bool, Mask] | None:
    """Return the kind of click and the region that it is for."""
    if rule == "sum_area":
        more = errors[True].sum() >= errors[False].sum()
        return bool(more), errors[bool(more)]
    best, chosen = 0.0, None
    for is_foreground, error in errors.items():
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            error.astype(np.uint8), connectivity=8
        )
        if count < 2:
            continue
        if rule == "cc_area":
            sizes = stats[1:, cv2.CC_STAT_AREA]
            number, size = int(sizes.argmax()) + 1, float(sizes.max())
        else:
            depth = depth_of(error)
            number, size = int(labels.flat[int(depth.argmax())]), float(depth.max())
        if size > best:
            best, chosen = size, (is_foreground, labels == number)
    return chosen
