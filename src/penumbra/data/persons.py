"""People cut out of photographs: how they are cut by the frame, how to size and turn them.

A portrait rarely shows a whole person: the frame of the photograph cuts the body below, the
shoulders at the sides, now and then the hair above.  Whoever pastes it elsewhere must know.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Mask, as_alpha, as_rgb
from penumbra.core.errors import ImageError
from penumbra.core.resample import resize

_FLAT = 0.3  # share of the person's width that lies in its lowest (highest) line if that is cut
_FLAT_SIDE = 0.2  # of its height, in its leftmost or rightmost line
_SLENDER = 2.0  # heights over widths from which a person is seen from head to foot
_LEGS = 0.5  # share of the lowest quarter of the person's rectangle that legs apart leave empty
_FAINT = 0.02  # opacity that is not worth keeping at the rim of a cut-out


class Cuts(NamedTuple):
    """At which sides the frame of the photograph cut a person."""

    top: bool
    bottom: bool
    left: bool
    right: bool


class Extent(NamedTuple):
    """Half-open rectangle of pixels."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left


@dataclass(frozen=True, eq=False)
class Person:
    """A person without a background.

    Attributes:
        colours: (H, W, 3) in [0, 1], straight.
        alpha: (H, W) in [0, 1].

    Raises:
        ImageError: These are no image and no matte, their sizes differ, or nothing is opaque.
    """

    colours: RGB
    alpha: Alpha

    def __post_init__(self) -> None:
        object.__setattr__(self, "colours", as_rgb(self.colours, "colours"))
        object.__setattr__(self, "alpha", as_alpha(self.alpha))
        if self.colours.shape[:2] != self.alpha.shape:
            raise ImageError(
                f"alpha must have shape {self.colours.shape[:2]}, got {self.alpha.shape}"
            )
        if not (self.alpha > 0.5).any():
            raise ImageError("alpha must exceed 0.5 somewhere, got at most 0.5")

    @property
    def extent(self) -> Extent:
        """The smallest rectangle around all that is more than half opaque."""
        extent = extent_of(self.alpha > 0.5)
        assert extent is not None
        return extent


def extent_of(mask: Mask) -> Extent | None:
    """Return the smallest rectangle around a mask, (H, W); None if the mask is empty.

    Example:
        >>> extent_of(np.array([[False, False, False], [False, True, True]]))
        Extent(top=1, bottom=2, left=1, right=3)
    """
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return Extent(int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1)


def cuts_of(person: Person) -> Cuts:
    """Return at which sides a person ends in a straight line, as only frames make it.

    What is looked at is the outermost line of the person, not of the picture, which may have a
    margin: the longest opaque run in it, as a share of the person's width or height.
    """
    top, bottom, left, right = person.extent
    body = (person.alpha > 0.5)[top:bottom, left:right]
    height, width = body.shape
    return Cuts(
        _longest_run(body[0]) >= max(_FLAT * width, 2),
        _longest_run(body[-1]) >= max(_FLAT * width, 2),
        _longest_run(body[:, 0]) >= max(_FLAT_SIDE * height, 2),
        _longest_run(body[:, -1]) >= max(_FLAT_SIDE * height, 2),
    )


def has_feet(person: Person) -> bool:
    """Return whether a person seems to stand on the ground, seen from head to foot.

    Slender people do, and of the others those who leave most of the room between and beside
    their legs empty.  People of whom something other than the frame hides the lower half, and
    who would float if put on the ground, do not.
    """
    top, bottom, left, right = person.extent
    height, width = bottom - top, right - left
    lowest = person.alpha[bottom - max(1, height // 4) : bottom, left:right] > 0.5
    has_legs = height >= width and lowest.mean() < 1 - _LEGS
    return bool((height >= _SLENDER * width or has_legs) and not cuts_of(person).bottom)


def trimmed(person: Person) -> Person:
    """Return a person without the transparent margin; faint opacity next to it goes, too."""
    extent = extent_of(person.alpha > _FAINT)
    assert extent is not None
    top, bottom, left, right = extent
    return Person(person.colours[top:bottom, left:right], person.alpha[top:bottom, left:right])


def flipped(person: Person) -> Person:
    """Return a person seen in a mirror."""
    return Person(person.colours[:, ::-1], person.alpha[:, ::-1])


def scaled(person: Person, factor: float) -> Person:
    """Return a person in another size; colours count as much as they are opaque.

    Args:
        person: Any.
        factor: New size over old one.  Neither side gets less than a pixel.

    Raises:
        ImageError: Nothing opaque is left.
    """
    height, width = (max(1, round(factor * side)) for side in person.alpha.shape)
    alpha = resize(person.alpha, height, width)
    mixed = resize(person.colours * person.alpha[:, :, None], height, width)
    plain = resize(person.colours, height, width)
    is_seen = (alpha > 1e-3)[:, :, None]
    colours = np.where(is_seen, mixed / np.maximum(alpha, 1e-3)[:, :, None], plain)
    return Person(np.clip(colours, 0, 1), np.clip(alpha, 0, 1))


def _longest_run(line: Mask) -> int:
    """Return how many neighbours in a line are true at most."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
    return int((steps[1::2] - steps[::2]).max(initial=0))
