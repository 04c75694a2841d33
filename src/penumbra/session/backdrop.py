"""What a cut-out is laid over: a colour, a picture, or the picture's own background, blurred."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import ImageColor

from penumbra.core.arrays import RGB
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.resample import resize

Backdrop = Callable[[Cutout], RGB]
"""Makes the background of a cut-out: (H, W, 3), or one colour (3,)."""

_BLUR_SIDE = 512  # the blur is found on a picture of this size, in pixels
_BLUR_SIGMA = 1 / 40  # of the longer side
_LEAST_WEIGHT = 1e-3  # so that the middle of a large object is filled from the estimate


def cover(picture: RGB, height: int, width: int) -> RGB:
    """Scale a picture until it covers (height, width), and cut what sticks out evenly."""
    scale = max(height / picture.shape[0], width / picture.shape[1])
    rows = max(round(picture.shape[0] * scale), height)
    cols = max(round(picture.shape[1] * scale), width)
    top, left = (rows - height) // 2, (cols - width) // 2
    scaled = resize(picture, rows, cols).clip(0, 1)
    return scaled[top : top + height, left : left + width]


@dataclass(frozen=True, eq=False)
class Cover:
    """A picture as the backdrop: scaled until it covers the cut-out, the middle of it is shown.

    Attributes:
        picture: (H, W, 3) in [0, 1].
    """

    picture: RGB

    def __call__(self, cutout: Cutout) -> RGB:
        """Return what lies behind a cut-out, of its size."""
        return cover(self.picture, *cutout.alpha.shape)


def blurred(cutout: Cutout) -> RGB:
    """Blur the background of a cut-out without letting the object bleed into it.

    Every pixel counts as much as the background shows through it, so that colours around
    the object are those of what lies behind it.
    """
    height, width = cutout.alpha.shape
    scale = min(1.0, _BLUR_SIDE / max(height, width))
    small = max(round(height * scale), 1), max(round(width * scale), 1)
    weight = np.maximum(1 - cutout.alpha, _LEAST_WEIGHT)[:, :, None].astype(np.float32)
    colour = _soften(resize(cutout.background * weight, *small))
    total = _soften(resize(weight, *small))
    return resize(colour / total, height, width).clip(0, 1)


def parse_colour(text: str, name: str = "background") -> RGB | None:
    """Return the colour of a CSS name, `#rrggbb`, `rgb(...)` or `hsl(...)`; None if it is none.

    Raises:
        InputError: It is not opaque, or not one of sRGB.
    """
    try:
        channels = ImageColor.getrgb(text)
    except ValueError:
        return None
    if len(channels) == 4 and channels[3] != 255:
        raise InputError(f"{name} must be an opaque colour, got {text!r}")
    if not all(0 <= channel <= 255 for channel in channels):
        raise InputError(f"{name} must be a colour of 0 to 255, got {text!r}")
    return np.array(channels[:3], np.float32) / np.float32(255)


def _soften(array: RGB) -> RGB:
    sigma = max(array.shape) * _BLUR_SIGMA
    soft = cv2.GaussianBlur(array, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    return soft.reshape(array.shape).astype(np.float32, copy=False)
