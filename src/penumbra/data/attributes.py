"""What can be said about each person of a picture: place, size, depth, colours of the clothes.

The sheet `smpmat`, section 5.  An attribute is None where a viewer could doubt it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.errors import require
from penumbra.data.persons import extent_of

Noun = Literal["man", "woman", "child"]

# fmt: off
COLOURS = (
    "black", "white", "grey", "red", "orange", "yellow", "green", "blue", "purple", "pink",
    "brown",
)
# fmt: on
"""Names of the bins of `colour_bins`, by number."""

_SKIN = len(COLOURS)  # number of the bin of what may be skin
_DARK, _PALE, _BRIGHT = 0.2, 0.15, 0.8  # value of black, saturation of greys, value of white
_HUES = (15.0, 40.0, 68.0, 170.0, 255.0, 295.0, 345.0, 360.0)  # upper ends, degrees
_HUE_NAMES = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "red")
_BROWN = 0.65  # value below which orange is brown
_ROSE = 0.55  # saturation below which light red is pink
_SLENDER = 1.9  # heights over widths from which a person is taken to be seen down to the feet
_UPPER, _LOWER = (0.2, 0.45), (0.55, 0.85)  # heights of such a person: trunk and legs
_BUST = (0.75, 1.0)  # heights of anybody else: what of the trunk is seen
_FEWEST = 16  # pixels that show a colour
_TOUCH = 5  # pixels: what is nearer to each other than half of it touches


@dataclass(frozen=True)
class Attributes:
    """What is known of one person; shares of colours follow the order of `COLOURS`.

    Attributes:
        x: Centroid of the mask, widths of the picture.
        height: Of the mask, heights of the picture.
        depth: Rank from the nearest, 0, to the farthest; None where nobody says.
        neighbours: Numbers of the people whose masks touch this one's.
        upper: Shares of colours in the clothes of the upper body; None where too little is seen.
        lower: Of the lower body.
        noun: What the person is, where that is known.
    """

    x: float
    height: float
    depth: int | None
    neighbours: frozenset[int]
    upper: tuple[float, ...] | None
    lower: tuple[float, ...] | None
    noun: Noun | None


def attributes_of(
    image: RGB,
    alphas: Sequence[Alpha] | NDArray[np.float32],
    order: Sequence[int] | None = None,
    nouns: Sequence[Noun | None] | None = None,
) -> tuple[Attributes, ...]:
    """Return the attributes of all people of a picture.

    Args:
        image: (H, W, 3) in [0, 1].
        alphas: (H, W) in [0, 1] each, what is seen of a person; above 0.5 somewhere.
        order: Numbers of the people from the farthest to the nearest, if that is known.
        nouns: What each of them is, where that is known.

    Raises:
        InputError: A person is not seen at all, or the numbers of things do not fit.

    Source:
        The sheet `smpmat`, section 5.
    """
    count = len(alphas)
    masks = [np.asarray(alpha > 0.5) for alpha in alphas]
    areas = [int(mask.sum()) for mask in masks]
    require(all(areas), "alphas", "above 0.5 somewhere, each", areas)
    if order is not None:
        require(sorted(order) == list(range(count)), "order", f"0 to {count - 1}, mixed", order)
    nouns = [None] * count if nouns is None else nouns
    require(len(nouns) == count, "nouns", f"{count} in number", nouns)
    touching = _touching(masks)
    bins = colour_bins(image)
    found = []
    for number, mask in enumerate(masks):
        depth = None if order is None else count - 1 - list(order).index(number)
        x = float(np.nonzero(mask)[1].mean() + 0.5) / mask.shape[1]
        rows = np.flatnonzero(mask.any(axis=1))
        height = float(rows[-1] + 1 - rows[0]) / mask.shape[0]
        upper, lower = _clothes(bins, mask)
        found.append(Attributes(x, height, depth, touching[number], upper, lower, nouns[number]))
    return tuple(found)


def colour_bins(image: RGB) -> NDArray[np.uint8]:
    """Return which colour each pixel has, (H, W): its number in `COLOURS`, or one more for skin.

    Bins of hue, saturation and value.  What may be skin, muted light orange, is not counted as
    the colour of a garment.

    Args:
        image: (H, W, 3) in [0, 1].

    Example:
        >>> red = np.array([[[0.9, 0.0, 0.05]]], np.float32)
        >>> COLOURS[colour_bins(red)[0, 0]]
        'red'
    """
    hsv = np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2HSV), np.float32)
    hue, saturation, value = np.moveaxis(hsv, 2, 0)
    numbers = np.array([COLOURS.index(name) for name in _HUE_NAMES], np.uint8)
    bins = numbers[np.searchsorted(_HUES, np.clip(hue, 0, 359.9), side="right")]
    is_red, is_orange = bins == COLOURS.index("red"), bins == COLOURS.index("orange")
    is_warm = (hue < _HUES[1]) | (hue > 350)
    bins[is_red & (saturation < _ROSE) & (value > _BROWN)] = COLOURS.index("pink")
    bins[is_orange & (value < _BROWN)] = COLOURS.index("brown")
    bins[is_warm & (saturation > 0.15) & (saturation < 0.65) & (value > 0.35)] = _SKIN
    is_pale = saturation < _PALE
    bins[is_pale] = COLOURS.index("grey")
    bins[is_pale & (value > _BRIGHT)] = COLOURS.index("white")
    bins[value < _DARK] = COLOURS.index("black")
    return bins


def _touching(masks: Sequence[Mask]) -> list[frozenset[int]]:
    """Return for each mask the numbers of those that touch it."""
    kernel = np.ones((_TOUCH, _TOUCH), np.uint8)
    wide = [cv2.dilate(mask.astype(np.uint8), kernel) > 0 for mask in masks]
    return [
        frozenset(j for j, other in enumerate(masks) if j != i and (wide[i] & other).any())
        for i in range(len(masks))
    ]


def _clothes(
    bins: NDArray[np.uint8], mask: Mask
) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Return the shares of colours of the upper and the lower body."""
    extent = extent_of(mask)
    assert extent is not None
    if extent.height < _SLENDER * extent.width:
        return _shares(bins, mask, *_rows(_BUST, extent.top, extent.height)), None
    upper, lower = (_rows(part, extent.top, extent.height) for part in (_UPPER, _LOWER))
    return _shares(bins, mask, *upper), _shares(bins, mask, *lower)


def _rows(part: tuple[float, float], top: int, height: int) -> tuple[int, int]:
    low, high = part
    return top + round(low * height), top + round(high * height)


def _shares(bins: NDArray[np.uint8], mask: Mask, first: int, end: int) -> tuple[float, ...] | None:
    """Return how much of some rows of a person has each colour; skin counts, under no name."""
    there = bins[first:end][mask[first:end]]
    if there.size < _FEWEST:
        return None
    counts = np.bincount(there, minlength=_SKIN + 1)[:_SKIN]
    return tuple((counts / there.size).tolist())
