"""From mattes and masks to trimaps.

Distances are Euclidean and measured between pixel centres.
"""

import cv2
import numpy as np

from penumbra.core.arrays import Alpha, Mask, Trimap


def unknown(trimap: Trimap) -> Mask:
    """Return where the trimap leaves the answer open, (H, W)."""
    return (trimap > 0) & (trimap < 1)


def from_masks(is_foreground: Mask, is_background: Mask) -> Trimap:
    """Return the trimap with known foreground and background, unknown elsewhere.

    Args:
        is_foreground: (H, W).
        is_background: (H, W); where both claim a pixel, it is unknown.
    """
    trimap = np.full(is_foreground.shape, 0.5, np.float32)
    trimap[is_foreground & ~is_background] = 1
    trimap[is_background & ~is_foreground] = 0
    return trimap


def from_alpha(alpha: Alpha, radius: float) -> Trimap:
    """Erode the opaque and the empty parts of a matte by a radius; the rest is unknown.

    Args:
        alpha: (H, W) in [0, 1].
        radius: In pixels; 0 leaves unknown exactly what is neither 0 nor 1.
    """
    return from_masks(erode(alpha >= 1, radius), erode(alpha <= 0, radius))


def from_mask(mask: Mask, radius: Alpha | float) -> Trimap:
    """Open an unknown band around the edge of a binary mask.

    Args:
        mask: (H, W).
        radius: Half the width of the band in pixels, one number or one for each pixel (H, W).
    """
    inside, outside = distance_inside(mask), distance_inside(~mask)
    return from_masks(inside > radius, outside > radius)


def erode(mask: Mask, radius: float) -> Mask:
    """Keep the pixels whose whole neighbourhood of `radius` pixels is set."""
    return distance_inside(mask) > radius


def dilate(mask: Mask, radius: float) -> Mask:
    """Add every pixel within `radius` pixels of a set one."""
    return ~erode(~mask, radius)


def distance_inside(mask: Mask) -> Alpha:
    """Distance of every set pixel to the nearest unset one, (H, W) in pixels.

    Unset pixels have 0.  What lies beyond the frame is as if it were set: a mask that leaves
    the picture has no edge there.  A mask with no unset pixel is infinitely deep.
    """
    if mask.all():
        return np.full(mask.shape, np.inf, np.float32)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance.astype(np.float32, copy=False)
