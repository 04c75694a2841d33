"""Drawn people: a head with hair above a face, a neck and shoulders, with a smooth matte."""

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha

HAIR = (0.25, 0.15, 0.08)
SKIN = (0.85, 0.65, 0.52)
CLOTH = (0.2, 0.3, 0.7)
NECK = 0.6
"""Row of the middle of the neck, in heights of the picture."""


def portrait(
    height: int = 160, head: float = 0.36, hair: tuple[float, float, float] = HAIR
) -> tuple[RGB, Alpha]:
    """Return colours (H, W, 3), which go on beyond the person, and alpha (H, W).

    Args:
        height: Of the picture, which is 7/8 as wide, pixels.
        head: Row of the middle of the head, in heights.
        hair: Its colour: of all that is above the middle of the face.
    """
    width = height * 7 // 8
    y, x = (np.mgrid[:height, :width] + 0.5) / height
    x = x - width / height / 2
    face = (x / 0.18) ** 2 + ((y - head) / 0.22) ** 2 < 1
    neck = (np.abs(x) < 0.08) & (y > head) & (y < head + 0.35)
    shoulders = (x / 0.4) ** 2 + ((y - head - 0.75) / 0.48) ** 2 < 1
    image = np.empty((height, width, 3), np.float32)
    image[:] = SKIN
    image[y > head + 0.28] = CLOTH
    image[y < head - 0.04] = hair
    alpha = (face | neck | shoulders).astype(np.float32)
    soft = cv2.GaussianBlur(alpha, (0, 0), height / 200)
    return image, np.where(soft < 0.01, 0, soft).astype(np.float32)
