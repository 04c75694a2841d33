"""What can be seen in a matte without the truth, in a few numbers, and where it is most doubtful.

All is measured on a small picture, so that it neither depends on the size of the photograph nor
takes time that would be noticed.
"""

from dataclasses import astuple, dataclass
from math import log

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha
from penumbra.core.matte import Matte, softness
from penumbra.core.resample import resize

LEAST = 1e-3
"""Added before logarithms; errors below it are all alike."""

_SIDE = 320  # pixels of the longer side on which signs are measured
_SHARE = 16  # of that side: the window over which doubt is averaged


@dataclass(frozen=True)
class Signs:
    """Numbers that tell good mattes from bad ones.

    Attributes:
        doubt: Mean error that the model expects, in [0, 1]; as `softness` where it does not say.
        softness: Mean of 2 alpha (1 - alpha): the error to expect if alpha were a probability.
        area: Mean of alpha.
        border: Share of the picture's outermost pixels that the object takes.
        disagreement: Mean difference between the maps whose means are `doubt` and `softness`.
    """

    doubt: float
    softness: float
    area: float
    border: float
    disagreement: float

    @property
    def vector(self) -> NDArray[np.float64]:
        """What a risk is linear in: logarithms, and `border` as it is, (5,)."""
        doubt, softness, area, border, disagreement = astuple(self)
        logs = [log(value + LEAST) for value in (doubt, softness, area)]
        return np.array([*logs, border, log(disagreement + LEAST)])


def signs_of(matte: Matte) -> Signs:
    """Measure a matte.

    Example:
        >>> half = np.full((4, 4), 0.5, np.float32)
        >>> signs_of(Matte(half))
        Signs(doubt=0.5, softness=0.5, area=0.5, border=0.0, disagreement=0.0)
    """
    alpha = _small(matte.alpha)
    soft = softness(alpha)
    doubt = soft if matte.uncertainty is None else _small(matte.uncertainty)
    is_object = alpha > 0.5
    edges = (is_object[0], is_object[-1], is_object[:, 0], is_object[:, -1])
    return Signs(
        doubt=float(doubt.mean(dtype=float)),
        softness=float(soft.mean(dtype=float)),
        area=float(alpha.mean(dtype=float)),
        border=float(np.concatenate(edges).mean()),
        disagreement=float(np.abs(doubt - soft).mean(dtype=float)),
    )


def spot_of(matte: Matte) -> tuple[float, float]:
    """Return where doubt is greatest, averaged over a window: (x, y) in pixels of the matte.

    The middle, where there is no doubt at all.
    """
    height, width = matte.alpha.shape
    doubt = matte.uncertainty
    doubt = _small(2 * matte.alpha * (1 - matte.alpha) if doubt is None else doubt)
    if not doubt.any():
        return width / 2, height / 2
    side = max(doubt.shape) // _SHARE | 1
    # Nothing beyond the border counts, or the corners would always be more doubtful.
    smooth = cv2.blur(doubt, (side, side), borderType=cv2.BORDER_CONSTANT)
    row, col = np.unravel_index(int(np.argmax(smooth)), smooth.shape)
    rows, cols = smooth.shape
    return (float(col) + 0.5) * width / cols, (float(row) + 0.5) * height / rows


def _small(plane: Alpha) -> Alpha:
    height, width = plane.shape
    scale = _SIDE / max(height, width)
    if scale >= 1:
        return plane
    return resize(plane, max(round(height * scale), 1), max(round(width * scale), 1))
