"""Colours for the pixels nobody sees."""

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Mask

REACH = 16  # pixels: enough for a viewer that shows the picture at 1/16 of its size


def spread_colours(foreground: RGB, visible: Mask) -> RGB:
    """Give invisible pixels the colour of the nearest visible one, and black further away.

    A viewer that enlarges or shrinks straight RGBA mixes visible pixels with their invisible
    neighbours.  Black right there, or what the photograph shows there, would draw a dark or a
    coloured fringe around the object; its own colour draws none.  Black beyond `REACH` takes
    no space in a file, and gives away nothing of what was cut off.

    Args:
        foreground: (H, W, 3) in [0, 1]; of any value where nothing is visible.
        visible: (H, W).
    """
    if visible.all():
        return foreground
    distance, nearest = cv2.distanceTransformWithLabels(
        (~visible).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colour = np.zeros((nearest.max() + 1, 3), np.float32)  # of each visible pixel, by its label
    colour[nearest[visible]] = foreground[visible]
    return np.where(distance[:, :, None] <= REACH, colour[nearest], np.float32(0))
