"""Where a user's new input contradicts the previous mask.

Contrastive reasoning of Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, section 4.6.  The
same in torch, for whole batches, is in `raster.py`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penumbra.core import matte
from penumbra.core.arrays import Mask
from penumbra.core.errors import require
from penumbra.core.hints import Box, Click, Scribble
from penumbra.core.resample import resize

OK, MISSED, SPILLED = matte.AGREED, matte.MISSED, matte.SPILLED
"""Nothing to correct; the user says person, the mask did not; the mask said person, the user not.

The paper calls them D_r, D_fg and D_gf.
"""

CLICK_RADIUS = 5
"""Of the disc of a click, pixels of the image that the network sees."""


def paint(
    marks: Sequence[Click | Scribble], height: int, width: int, box: Box | None = None
) -> NDArray[np.int8]:
    """Return what is said about each pixel, (height, width): 1 person, -1 background, 0 nothing.

    Args:
        marks: In pixels of this map; a later one covers earlier ones.
        height: Of the map.
        width: Of the map.
        box: What lies outside is background, unless a mark says otherwise; the inside says
            nothing.

    Example:
        >>> int((paint([Click(20.5, 20.5)], 40, 40) == 1).sum())
        81
    """
    said = np.zeros((height, width), np.int8)
    if box is not None:
        rows, cols = np.arange(height) + 0.5, np.arange(width) + 0.5
        is_row = (rows >= box.y0) & (rows < box.y1)
        is_col = (cols >= box.x0) & (cols < box.x1)
        said[~(is_row[:, None] & is_col)] = -1
    for mark in marks:
        stroke = _disc(mark) if isinstance(mark, Click) else mark
        said[stroke.mask(height, width)] = 1 if mark.is_foreground else -1
    return said


def previous_mask(logits: NDArray[np.float32], height: int, width: int) -> Mask:
    """Return where the last round saw the person, (height, width).

    Args:
        logits: (height / 4, width / 4) of its mask.
        height: Of the image that the network sees.
        width: Of that image.
    """
    return resize(logits, height, width) > 0


def find_conflicts(said: NDArray[np.int8], previous: Mask | None) -> NDArray[np.uint8]:
    """Return M_ref, (H, W) of `OK`, `MISSED` and `SPILLED`.

    Args:
        said: (H, W) of -1, 0 and 1, as of `paint`.
        previous: (H, W), the mask that the user was looking at; None in the first round, which
            contradicts nothing.

    Raises:
        InputError: The mask has another size.

    Source:
        The sheet `dfimat`, section 4.6.
    """
    conflicts = np.full(said.shape, OK, np.uint8)
    if previous is None:
        return conflicts
    require(previous.shape == said.shape, "previous", f"of shape {said.shape}", previous.shape)
    conflicts[(said == 1) & ~previous] = MISSED
    conflicts[(said == -1) & previous] = SPILLED
    return conflicts


def consistency(said: NDArray[np.int8], conflicts: NDArray[np.uint8]) -> float:
    """Return the share of the painted pixels that agreed with the previous mask, in [0, 1].

    1 where nothing is painted.
    """
    painted = np.count_nonzero(said)
    return 1 - np.count_nonzero(conflicts) / painted if painted else 1.0


def _disc(click: Click) -> Scribble:
    """Return the stroke that paints a click's disc, around the centre of its pixel."""
    row, col = click.pixel
    return Scribble(((col + 0.5, row + 0.5),), 2.0 * CLICK_RADIUS)
