"""Test pictures composed once and for all: the rule by which Composition-1k is made.

Xu et al., "Deep Image Matting", CVPR 2017; the script published with the set.  A number in a
table belongs to these pixels, so the rule is kept to the last bit: Pillow's bicubic filter, the
top left corner, double precision, and values cut off rather than rounded.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.errors import ImageError

Bytes = NDArray[np.uint8]


def compose_offline(foreground: Bytes, background: Bytes, alpha: Bytes) -> Bytes:
    """Lay a foreground over a background as the published test pictures are laid.

    Args:
        foreground: (H, W, 3).
        background: (h, w, 3) of any size; see `fit_background`.
        alpha: (H, W).

    Returns:
        (H, W, 3): a F + (1 - a) B, cut off to whole numbers.

    Raises:
        ImageError: Foreground and alpha differ in size.
    """
    if foreground.shape[:2] != alpha.shape:
        raise ImageError(f"foreground must have the shape of alpha, got {foreground.shape[:2]}")
    behind = fit_background(background, *alpha.shape)
    weight = alpha[:, :, None] / 255.0
    return (weight * foreground + (1 - weight) * behind).astype(np.uint8)


def fit_background(background: Bytes, height: int, width: int) -> Bytes:
    """Enlarge a background until it covers (height, width), and keep its top left corner.

    One that covers it already is only cut.
    """
    rows, cols = background.shape[:2]
    ratio = max(width / cols, height / rows)
    if ratio > 1:
        size = math.ceil(cols * ratio), math.ceil(rows * ratio)
        enlarged = Image.fromarray(background).resize(size, Image.Resampling.BICUBIC)
        background = np.asarray(enlarged)
    return background[:height, :width]
