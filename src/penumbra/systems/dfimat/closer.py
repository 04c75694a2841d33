"""A second look, at the person alone: small people are seen as large as large ones.

After "zoom-in" of Sofiiuk et al., "Reviving iterative training with mask guidance for interactive
segmentation", ICIP 2022; the paper of DFIMat has no such look.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.core.frames import Crop
from penumbra.core.hints import Hints
from penumbra.systems.dfimat.people import box_of
from penumbra.systems.dfimat.prompting import marks_of, pieces_inside

_LEAST = 16  # pixels below which there is nobody to look at
_STEP = 16  # pixels; sides of windows are multiples, so that a mask that changes a little keeps its


def window_of(mask: Mask, said: Hints, room: float, share: float) -> Crop | None:
    """Return the window around a person and all that was said to be part of it.

    Args:
        mask: (H, W), where the person is.
        said: In its pixels.
        room: Around them on each side, as a share of their longer side.
        share: Of the photograph's longer side that the window's has at most.

    Returns:
        None where the mask is empty, where there is nothing to gain, or where nothing was marked:
        words compare a person with others, and what they mean is whole already.
    """
    is_marked = bool(marks_of(said)) or said.box is not None
    if not is_marked or np.count_nonzero(mask) < _LEAST:
        return None
    height, width = mask.shape
    box = box_of(mask)
    places = [(box.x0, box.y0), (box.x1, box.y1)]
    places += [(click.x, click.y) for click in said.clicks if click.is_foreground]
    places += [it for line in said.scribbles if line.is_foreground for it in line.points]
    first, last = np.min(places, axis=0), np.max(places, axis=0)
    around = room * float((last - first).max())
    left, top = (np.floor((first - around) / _STEP) * _STEP).astype(int)
    right, bottom = (np.ceil((last + around) / _STEP) * _STEP).astype(int)
    left, top = (max(int(it), 0) for it in (left, top))
    right, bottom = min(int(right), width), min(int(bottom), height)
    crop = Crop(height, width, top, left, bottom, right)
    longer = max(crop.bottom - crop.top, crop.right - crop.left)
    return crop if longer <= share * max(height, width) else None


def said_within(crop: Crop, said: Hints, mask: Mask) -> Hints:
    """Return what is said of the window, in its pixels.

    Words stay as they are.  Where no mark that remains lies on the person, the box of the mask says
    who is meant.

    Args:
        crop: The window.
        said: In pixels of the photograph.
        mask: (H, W), where the person is.
    """
    inside = crop.hints(said)
    size = crop.bottom - crop.top, crop.right - crop.left
    scribbles = tuple(it for it in inside.scribbles if pieces_inside(it, *size))  # brushes reach in
    inside = replace(inside, scribbles=scribbles)
    if inside.box is None and not any(it.is_foreground for it in marks_of(inside)):
        return replace(inside, box=box_of(np.ascontiguousarray(crop.plane(mask))))
    return inside


def placed(crop: Crop, logits: NDArray[np.float32], outside: float) -> NDArray[np.float32]:
    """Return logits of the photograph, (H, W), of a window's; `outside` beyond it."""
    whole = np.full((crop.height, crop.width), outside, np.float32)
    whole[crop.top : crop.bottom, crop.left : crop.right] = logits
    return whole
