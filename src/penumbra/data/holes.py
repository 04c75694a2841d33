"""Holes in a mask where the object shows: no band around their edge tells them from real ones.

Between an arm and a body shows what is behind; a hole that an annotator left in a sleeve shows
the sleeve.  Colours tell them apart, as far as the object's differ from the background's.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Mask
from penumbra.core.trimap import dilate

LEAST = 0.001  # of the object's area: smaller ones are slips, which the solver judges
MOST = 0.1  # larger ones are not made by mistake

_REACH = 0.15  # sizes of the object: what is near a hole
_BORDER = 3.0  # pixels around a hole whose colours may be anything
_BINS = 8  # a channel


def worst_hole(image: RGB, mask: Mask) -> float:
    """Return how much the most suspicious hole looks like the object around it.

    A hole is any piece of the background but the largest, enclosed or at the frame.

    Args:
        image: (H, W, 3) in [0, 1].
        mask: (H, W).

    Returns:
        Mean over the hole's pixels of the share that the object has in their colours' odds:
        0 shows the background, 1 the object; 0 if there is no hole.
    """
    count, labels, table, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8))
    areas, area = table[:, cv2.CC_STAT_AREA], float(mask.sum())
    pieces = sorted(range(1, count), key=lambda piece: int(areas[piece]))[:-1]
    colours = np.rint(image * 255).astype(np.uint8)
    holes = [labels == piece for piece in pieces if LEAST <= areas[piece] / max(area, 1) <= MOST]
    return max((_likeness(colours, hole, mask) for hole in holes), default=0.0)


def _likeness(colours: NDArray[np.uint8], hole: Mask, mask: Mask) -> float:
    near = mask & dilate(hole, _REACH * float(np.sqrt(mask.sum()))) & ~dilate(hole, _BORDER)
    around, behind = _odds(colours, near), _odds(colours, ~mask & ~hole)
    bins = tuple(np.moveaxis(colours[hole] // (256 // _BINS), 1, 0))
    return float((around[bins] / (around[bins] + behind[bins] + 1e-6)).mean())


def _odds(colours: NDArray[np.uint8], region: Mask) -> NDArray[np.float32]:
    """Return a smooth histogram of a region's colours, (8, 8, 8), which sums to about 1."""
    limits = [0, 256] * 3
    counts = cv2.calcHist([colours], [0, 1, 2], region.astype(np.uint8), [_BINS] * 3, limits)
    odds = np.asarray(counts, np.float32) / np.float32(max(1, region.sum()))
    for axis in range(3):
        wide = np.pad(odds, [(1, 1) if k == axis else (0, 0) for k in range(3)])
        low, high = (np.take(wide, np.arange(start, start + _BINS), axis) for start in (0, 2))
        odds = odds / 2 + (low + high) / 4
    return odds
