"""From a binary outline to a trimap whose unknown band is as wide as the edge is soft.

Hair and fur put pixels of one side's colour among those of the other.  Around an outline that
has many such strays the band opens; at a hard edge there are none.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.frames import Resize
from penumbra.core.resample import resize
from penumbra.core.trimap import distance_inside, from_mask

# Chosen by the error of closed-form matting on photographs of known alpha (benchmarks/bands.py).
NARROW = 0.01  # half width of the band at a hard edge, in sizes of the object
WIDE = 0.0375  # and where hair is likely
WORKING_SIZE = 280.0  # pixels: of the object where strays are counted
STRAY = 0.15  # of the way from its own side's colour to the other's: no longer its own
DEVIATIONS = 2.0  # of its own side's colours, which count as its own
DENSE = 0.3  # share of strays from which on the band has its full width


def trimap_around(
    image: RGB, outline: Mask, size: float, narrow: float = NARROW, wide: float = WIDE
) -> Trimap:
    """Open an unknown band around an outline.

    Args:
        image: (H, W, 3).
        outline: (H, W).
        size: Of the object in pixels, which sets the scale.
        narrow: Half width of the band at a hard edge, in sizes of the object.
        wide: The same where hair is likely; larger for an outline that is only roughly right.

    Returns:
        (H, W); an outline without any edge is known everywhere.  Of an object, or a gap in
        it, however thin, the middle stays known.
    """
    if outline.all() or not outline.any():
        return outline.astype(np.float32)
    height, width = outline.shape
    long_side = max(1, round(max(height, width) * min(1.0, WORKING_SIZE / size)))
    shrink = Resize.to_long_side(height, width, long_side)
    small = shrink.plane(outline.astype(np.float32)) >= 0.5
    working_size = min(size, WORKING_SIZE)
    softness = _softness(
        shrink.plane(image), small, narrowest(working_size, narrow), widest(working_size, wide)
    )
    least, most = narrowest(size, narrow), widest(size, wide)
    radius = least + (most - least) * resize(softness, height, width)
    return from_mask(outline, np.minimum(radius, _half_thickness(outline, most)))


def narrowest(size: float, narrow: float = NARROW) -> float:
    """Return how far from a hard edge of an object of this size a band reaches, in pixels."""
    return max(1.5, narrow * size)


def widest(size: float, wide: float = WIDE) -> float:
    """Return how far from the edge of an object of this size a band can reach, in pixels."""
    return max(3.0, wide * size)


def _softness(image: RGB, outline: Mask, certain: float, reach: float) -> Alpha:
    """Return how much strays across the edge near by, (H, W) in [0, 1].

    A pixel strays if its colour lies on the way from the mean colour of its own side to that
    of the other, farther than the spread of its own side's colours explains.

    Args:
        image: (H, W, 3).
        outline: (H, W).
        certain: Pixels from the edge from which on a side's colours are its own.
        reach: Pixels from the edge within which strays count.
    """
    depth = distance_inside(outline) + distance_inside(~outline)
    is_pure = depth > certain
    (here, spread), (there, other_spread) = (
        _colours(image, side & is_pure, reach / 1.5) for side in (outline, ~outline)
    )
    is_object = outline[:, :, None]
    own, variance = np.where(is_object, here, there), np.where(is_object, spread, other_spread)
    way = np.where(is_object, there, here) - own
    length2 = np.square(way).sum(axis=2) + np.float32(1e-6)
    share = ((image - own) * way).sum(axis=2) / length2
    deviation = np.sqrt((variance * np.square(way)).sum(axis=2)) / length2
    is_stray = share > STRAY + DEVIATIONS * deviation
    is_near = depth <= reach
    strays, places = _blur(is_stray & is_near, 1.5 * reach), _blur(is_near, 1.5 * reach)
    softness: Alpha = np.clip(strays / (DENSE * np.maximum(places, np.float32(1e-6))), 0, 1)
    return softness


def _colours(image: RGB, region: Mask, sigma: float) -> tuple[RGB, RGB]:
    """Return mean and variance of a region's colours around each pixel, (H, W, 3) each."""
    weight = region[:, :, None].astype(np.float32)
    count = _blur(region, sigma)[:, :, None] + np.float32(1e-6)
    mean = _blur(image * weight, sigma) / count
    square = _blur(np.square(image) * weight, sigma) / count
    return mean, np.maximum(square - np.square(mean), 0)


def _blur(plane: NDArray[Any], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane.astype(np.float32), (0, 0), sigma), np.float32)


def _half_thickness(outline: Mask, reach: float) -> Alpha:
    """Return half the depth of the deepest place within reach on the same side, (H, W)."""
    window = np.ones((2 * int(np.ceil(reach)) + 1,) * 2, np.uint8)
    depth = distance_inside(outline) + distance_inside(~outline)
    deepest = [cv2.dilate(np.where(side, depth, 0), window) for side in (outline, ~outline)]
    half: Alpha = np.where(outline, *deepest).astype(np.float32) / np.float32(2)
    return half
