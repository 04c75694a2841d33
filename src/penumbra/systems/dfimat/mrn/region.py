"""The part of a photograph that the refinement network looks at: the person, and some room.

The sheet `dfimat`, section 5.4.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha
from penumbra.core.frames import Crop, Pad, Resize

LEAST = 16
"""Pixels below which a mask is empty: there is nobody to refine."""

SIDE = 512
"""Longer side at most of what the network sees on a CPU; on a card it may be 1536."""

_MULTIPLE = 32  # of the sides of what the network sees
_ROOM = 0.1  # of the image's height and width, on each side of the person
_SHORTEST = 64  # pixels that either side of the region has if the image does


@dataclass(frozen=True)
class Region:
    """From a photograph to what the network sees, and back.

    Attributes:
        crop: The window.
        shrink: To a size that is not too large; never enlarges.
        pad: To multiples of 32, by reflection.
    """

    crop: Crop
    shrink: Resize
    pad: Pad

    def plane(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the network sees of a photograph, (H, W, 3), or of a mask, (H, W).

        A mask stays soft where it was shrunk: a network that has learned from hard masks cuts it
        at a half itself.
        """
        return self.pad.plane(self.shrink.plane(self.crop.plane(array)))

    def back(self, alpha: Alpha) -> Alpha:
        """Return the matte of the photograph, (H, W) in [0, 1], of the network's, (h, w).

        Outside the window it is 0.
        """
        inside = self.shrink.back(np.ascontiguousarray(self.pad.back(alpha)))
        return self.crop.back(np.clip(inside, 0, 1))


def region_of(mask: Alpha, longest: int = SIDE) -> Region | None:
    """Return where the network looks, or None where the mask is empty.

    Args:
        mask: (H, W) in [0, 1]; the person is where it is above a half.
        longest: Side at most of what the network sees, before it is padded.

    Returns:
        The window around the person with a tenth of the image on each side, at least 64 pixels
        high and wide if the image is.
    """
    is_person = np.asarray(mask > 0.5)
    if np.count_nonzero(is_person) < LEAST:
        return None
    height, width = mask.shape
    top, bottom = _window(np.flatnonzero(is_person.any(axis=1)), height)
    left, right = _window(np.flatnonzero(is_person.any(axis=0)), width)
    crop = Crop(height, width, top, left, bottom, right)
    shrink = Resize.to_long_side(bottom - top, right - left, longest)
    pad = Pad(shrink.new_height, shrink.new_width, _MULTIPLE, "reflect")
    return Region(crop, shrink, pad)


def _window(places: NDArray[np.int64], length: int) -> tuple[int, int]:
    """Return where the window around some rows or columns begins and ends."""
    room = math.ceil(_ROOM * length)
    first, end = max(int(places[0]) - room, 0), min(int(places[-1]) + 1 + room, length)
    least = min(_SHORTEST, length)
    if end - first >= least:
        return first, end
    first = min(max((first + end - least) // 2, 0), length - least)
    return first, first + least
