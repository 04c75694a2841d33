"""Numbers by which pictures and mattes are selected; the sheet `smpmat`, section 7."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.resample import resize
from penumbra.data.persons import extent_of

_HASHED = 8  # a side of what is left of a picture in its hash
_SHRUNK = 32  # pixels: the size at which its frequencies are taken
_BLACK, _WHITE = 1.5 / 255, 253.5 / 255  # what lies beyond is clipped


class Shape(NamedTuple):
    """What a matte is like.

    Attributes:
        area: Share of the picture where alpha > 0.5.
        height: Of the rectangle around that, in heights of the picture.
        transition: Pixels where 0.05 < alpha < 0.95, over those where alpha > 0.05.
        width: How wide the soft rim is in the mean, pixels: those same pixels over the length of
            the outline.  A straight ramp from 0 to 1 over w pixels has 0.9 w.
        pieces: Components of [alpha > 0.5] that hold the given share of it or more.
    """

    area: float
    height: float
    transition: float
    width: float
    pieces: int


def shape_of(alpha: Alpha, piece: float = 0.05) -> Shape:
    """Measure a matte.

    Args:
        alpha: (H, W) in [0, 1], above 0.5 somewhere.
        piece: Share of the mask that makes a component a large one.
    """
    mask = alpha > 0.5
    extent = extent_of(mask)
    assert extent is not None, "alpha must exceed 0.5 somewhere"
    is_soft = (alpha > 0.05) & (alpha < 0.95)
    return Shape(
        area=float(mask.mean()),
        height=extent.height / len(alpha),
        transition=float(is_soft.sum() / (alpha > 0.05).sum()),
        width=float(is_soft.sum() / _outline(mask)),
        pieces=_pieces(mask, piece),
    )


def inside(attention: NDArray[np.float32], covered: Alpha) -> float:
    """Return the share of attention that lies where people are, in [0, 1]; 0 where there is none.

    Args:
        attention: (h, w), not below 0; it covers the picture, in whatever size.
        covered: (H, W) in [0, 1], the alphas of all people together.
    """
    height, width = attention.shape
    total = float(attention.sum(dtype=np.float64))
    if not total > 0:
        return 0.0
    shares = resize(covered, height, width).astype(np.float64)
    return float((attention * shares).sum() / total)


def sharpness(image: RGB) -> float:
    """Return the variance of the Laplacian of the grey picture, in squares of 8-bit levels."""
    grey = 255 * _grey(image)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var(dtype=np.float64))


def clipped(image: RGB) -> float:
    """Return the share of pixels that are black or white in all three channels."""
    is_black = (image < _BLACK).all(axis=2)
    return float((is_black | (image > _WHITE).all(axis=2)).mean())


def fingerprint(image: RGB) -> int:
    """Return a hash of 64 bits that pictures share if they look alike.

    The lowest 8 x 8 frequencies of the picture shrunk to 32 x 32, without the very lowest, each
    compared with their median.

    Args:
        image: (H, W, 3) in [0, 1].
    """
    small = np.ascontiguousarray(resize(_grey(image), _SHRUNK, _SHRUNK))
    low = cv2.dct(small)[:_HASHED, :_HASHED].ravel()
    bits = low > np.median(low[1:])
    bits[0] = False
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def distance(one: int, others: NDArray[np.uint64]) -> int:
    """Return in how many bits a hash differs from the nearest of others; 64 where there are none.

    Example:
        >>> distance(0b101, np.array([0b001, 0b010], np.uint64))
        1
    """
    differences = np.bitwise_count(others ^ np.uint64(one))
    return int(differences.min(initial=64))


def left_over(people: list[Mask], covered: Alpha, share: float) -> int:
    """Return how many people, each a mask (H, W), lie outside of all mattes by more than a share.

    Args:
        people: Whom an independent detector found.
        covered: (H, W) in [0, 1], the alphas of all people together.
        share: Of each mask.
    """
    is_covered = covered > 0.5
    return sum(bool(mask.any() and (~is_covered)[mask].mean() > share) for mask in people)


def _grey(image: RGB) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.float32)


def _outline(mask: Mask) -> int:
    """Return how many pixels of a mask have a neighbour outside of it, beyond the border aside."""
    kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    inner = cv2.erode(mask.astype(np.uint8), kernel, borderValue=1)
    return max(1, int(mask.sum()) - int(inner.sum()))


def _pieces(mask: Mask, share: float) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= share * areas.sum()).sum())
