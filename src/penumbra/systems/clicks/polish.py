"""How polished windows pass into a matte: near its outline, and faded at the rim of all of them.

What a call costs depends on the windows, and hardly on the photograph, of whose matte a copy is
made.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from penumbra.core.arrays import Alpha, Mask

_STEP = 0.955  # what a step to the side counts, of OpenCV's distances with a mask of 3

Window = tuple[slice, slice]
"""Rows and columns, with both ends."""


def blended(
    alpha: Alpha, answers: Sequence[tuple[Window, Alpha]], reach: float | None, feather: int
) -> Alpha:
    """Return a matte with windows of it polished, (H, W) in [0, 1].

    Args:
        alpha: (H, W) in [0, 1].
        answers: Windows and what they are to become.
        reach: How far from the outline of `alpha` polish counts, pixels; None for everywhere.
        feather: Pixels inside the rim of all windows together over which it falls off.
    """
    is_polished = np.zeros(alpha.shape, np.bool_)
    for window, _ in answers:
        is_polished[window] = True
    polished = alpha.copy()
    for window, answer in answers:
        weight = _faded(is_polished, window, feather)
        if reach is not None:
            around, inside = _around(window, alpha.shape, math.ceil(reach / _STEP) + 2)
            weight = weight * near_outline(alpha[around], reach)[inside]
        before = alpha[window]
        polished[window] = np.clip(before + weight * (answer - before), 0, 1)
    return polished


def near_outline(alpha: Alpha, reach: float) -> Alpha:
    """Return 1 on the outline of a matte (alpha 0.5), falling to 0 at `reach` pixels, (H, W)."""
    inside = (alpha >= 0.5).astype(np.uint8)
    away = [cv2.distanceTransform(side, cv2.DIST_L2, 3) for side in (inside, 1 - inside)]
    distance = np.maximum(*away) - 0.5  # a pixel's middle is half a pixel from the outline
    near: Alpha = np.clip(1 - distance / reach, 0, 1).astype(np.float32)
    return near


def _faded(mask: Mask, window: Window, feather: int) -> Alpha:
    """Return 1 inside a mask, and a raised cosine down to 0 over its outermost pixels, in a window.

    What lies along the border of the picture, or beside another part of the mask, is inside.
    """
    around, inside = _around(window, mask.shape, feather + 1)
    seen = mask[around].astype(np.uint8)
    if feather == 0 or seen.all():
        return mask[window].astype(np.float32)
    depth = cv2.distanceTransform(seen, cv2.DIST_C, 3)[inside]
    within = np.clip((depth - 0.5) / feather, 0, 1)
    weight: Alpha = np.where(mask[window], 0.5 - 0.5 * np.cos(np.pi * within), 0).astype(np.float32)
    return weight


def _around(window: Window, shape: tuple[int, ...], by: int) -> tuple[Window, Window]:
    """Return a window wider by some pixels, as far as there are any, and its place in that."""
    wide, inside = [], []
    for part, length in zip(window, shape, strict=True):
        start = max(part.start - by, 0)
        wide.append(slice(start, min(part.stop + by, length)))
        inside.append(slice(part.start - start, part.stop - start))
    return (wide[0], wide[1]), (inside[0], inside[1])
