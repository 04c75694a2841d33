"""Foreground colours by two blurs and a correction.

Forte, "Approximate fast foreground colour estimation", ICIP 2021.
"""

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import ImageError

_EPSILON = np.float32(1e-5)  # the mean over nothing is 0 / epsilon = black


def estimate_foreground_blur_fusion(
    image: RGB, alpha: Alpha, sides: tuple[int, ...] = (90, 6)
) -> tuple[RGB, RGB]:
    """Estimate the colours of object and background by weighted local means.

    Each pass takes local means of the foreground and of the background, weighted by how much
    of each a pixel holds, and gives what they leave unexplained to the foreground.

    Nothing reaches further than half the widest window: beyond it, colours are black.  The
    background gets no correction, so the two do not mix back to the image exactly.

    Args:
        image: (H, W, 3) in [0, 1].
        alpha: (H, W) in [0, 1].
        sides: Side of the box window of each pass, in pixels: a wide one, so that colours
            cross the unknown region, then a narrow one.

    Returns:
        Foreground and background, each (H, W, 3) in [0, 1]; where alpha is 1 the foreground
        is the image, where it is 0 the background is.

    Raises:
        ImageError: The sizes differ.

    Source:
        Forte 2021, section 3.
    """
    if alpha.shape != image.shape[:2]:
        raise ImageError(f"alpha must have shape {image.shape[:2]}, got {alpha.shape}")
    weight = alpha[:, :, None]
    foreground, background = image, image
    for side in sides:
        mean = _weighted_blur(foreground, alpha, side)
        background = _weighted_blur(background, 1 - alpha, side)
        unexplained = image - weight * mean - (1 - weight) * background
        foreground = np.clip(mean + weight * unexplained, 0, 1)
    return np.where(weight == 1, image, foreground), np.where(weight == 0, image, background)


def _weighted_blur(colours: RGB, weight: Alpha, side: int) -> RGB:
    """Mean of the colours in a box window, (H, W, 3), each counted by its weight."""
    window = (side, side)
    mass = cv2.blur(weight, window)[:, :, None]
    mean: RGB = cv2.blur(colours * weight[:, :, None], window) / (mass + _EPSILON)
    return np.clip(mean, 0, 1)
