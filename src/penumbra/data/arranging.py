"""Where people stand in a picture: in a row on the ground, or anywhere.

The sheet `smpmat`, section 8: `scene` has a ground line, feet with room between them, sizes by
depth, and few overlaps; `random` is what older sets of composites do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import require
from penumbra.data.persons import Cuts

Layout = Literal["random", "scene"]

_HORIZON = (0.05, 0.25)  # heights of the picture: where the heads of the people about are
_STATURE = (0.92, 1.08)  # of the distance from the horizon down to the feet: people differ
_PORTRAIT = (0.6, 0.85)  # heights of the picture: the nearest of those whose body goes on below
_ANYHOW = (0.3, 0.8)  # heights of the picture: whoever is pasted at random
_WIDEST = 0.9  # widths of the picture: nobody is wider
_HEADROOM = 0.03  # heights of the picture above the head of the tallest
_SUNK = 0.02  # of their height: how far they reach below the picture, whose mattes often fray there
_BEYOND = 0.1  # of a width: how far a shoulder that was cut may reach out of the picture
_TOGETHER = 0.7  # share of the groups that stand close although there is room


class Figure(NamedTuple):
    """The outline of a person, as much as it takes to place it.

    Attributes:
        height: Pixels of what is opaque.
        width: Likewise.
        cuts: Sides at which the photograph ended.
        has_feet: Whether it shows the person down to the ground.
    """

    height: int
    width: int
    cuts: Cuts
    has_feet: bool


class Place(NamedTuple):
    """Where a person goes.

    Attributes:
        scale: New size over old one.
        x: Middle of what is opaque, pixels of the picture.
        foot: Row below the last opaque one.
        is_flipped: Whether the person is mirrored.
    """

    scale: float
    x: float
    foot: float
    is_flipped: bool


@dataclass(frozen=True)
class Arrangement:
    """How people are placed.

    Attributes:
        layout: In a row on the ground, or anywhere.
        ground: Range of the nearest ground line, heights of the picture.
        perspective: How much deeper than the nearest people may stand, in distances of the
            nearest from the camera; sizes go with one over the depth.
        overlap: Range of what neighbours share, in widths of the narrower.
        flips: Probability that a person is mirrored.
    """

    layout: Layout = "scene"
    ground: tuple[float, float] = (0.75, 1.0)
    perspective: float = 0.4
    overlap: tuple[float, float] = (0.0, 0.4)
    flips: float = 0.5

    def __post_init__(self) -> None:
        require(self.layout in ("random", "scene"), "layout", "random or scene", self.layout)
        low, high = self.ground
        require(0.5 <= low <= high <= 1, "ground", "a range in [0.5, 1]", self.ground)
        require(self.perspective >= 0, "perspective", "at least 0", self.perspective)
        low, high = self.overlap
        require(0 <= low <= high <= 0.5, "overlap", "a range in [0, 0.5]", self.overlap)
        require(0 <= self.flips <= 1, "flips", "in [0, 1]", self.flips)


def arranged(
    figures: Sequence[Figure],
    size: tuple[int, int],
    how: Arrangement,
    rng: np.random.Generator,
    shrink: float = 1.0,
) -> tuple[tuple[Place, ...], tuple[int, ...]]:
    """Return where each person goes, and their numbers from the farthest to the nearest.

    Args:
        figures: The people.
        size: (height, width) of the picture.
        how: The layout and its limits.
        rng: Draws everything.
        shrink: Makes everybody smaller than usual, for a picture that is too full.

    Source:
        The sheet `smpmat`, section 8.
    """
    if how.layout == "random":
        return _anywhere(figures, size, how, rng, shrink)
    return _in_a_row(figures, size, how, rng, shrink)


def _anywhere(
    figures: Sequence[Figure],
    size: tuple[int, int],
    how: Arrangement,
    rng: np.random.Generator,
    shrink: float,
) -> tuple[tuple[Place, ...], tuple[int, ...]]:
    """Place centres evenly over the picture, in any size and order."""
    height, width = size
    places = []
    for figure in figures:
        scale = shrink * rng.uniform(*_ANYHOW) * height / figure.height
        scale = min(scale, shrink * _WIDEST * width / figure.width)
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        foot = y + scale * figure.height / 2
        places.append(Place(scale, x, foot, bool(rng.random() < how.flips)))
    return tuple(places), tuple(int(i) for i in rng.permutation(len(figures)))


def _in_a_row(
    figures: Sequence[Figure],
    size: tuple[int, int],
    how: Arrangement,
    rng: np.random.Generator,
    shrink: float,
) -> tuple[tuple[Place, ...], tuple[int, ...]]:
    """Place people side by side on the ground.

    A pinhole camera above a plane: who stands z times as deep has feet at 1 / z of the way from
    the horizon to the ground line, and is 1 / z times as tall.  Those of whom the photograph
    shows no feet stand on the lower border, in front of all others.
    """
    height, width = size
    depth = rng.random(len(figures))
    near = 1 / (1 + how.perspective * depth)
    near /= near.max()
    horizon, ground = rng.uniform(*_HORIZON) * height, rng.uniform(*how.ground) * height
    feet = horizon + (ground - horizon) * near
    tall = (feet - horizon) * rng.uniform(*_STATURE, len(figures))
    is_portrait = np.array([not figure.has_feet for figure in figures])
    tall = np.where(is_portrait, rng.uniform(*_PORTRAIT) * height * near, tall)
    wide = np.array([figure.width / figure.height for figure in figures])
    tall = shrink * np.minimum(tall, _WIDEST * width / wide)
    flips = rng.random(len(figures)) < how.flips

    row = rng.permutation(len(figures))
    is_outside = _turned_outwards(figures, row, flips)
    below = np.where(is_portrait, float(height), feet)
    most = float(((below - _HEADROOM * height) / tall).min())
    grow, x = _spread((tall * wide)[row], float(width), most, is_outside, how, rng)
    places = [Place(0, 0, 0, False)] * len(figures)
    for i, centre in zip(row.tolist(), x, strict=True):
        scale = float(grow * tall[i] / figures[i].height)
        foot = height + _SUNK * grow * tall[i] if is_portrait[i] else feet[i]
        places[i] = Place(scale, centre, float(foot), bool(flips[i]))
    order = np.lexsort((-depth, is_portrait))
    return tuple(places), tuple(order.tolist())


def _turned_outwards(
    figures: Sequence[Figure], row: NDArray[np.int64], flips: NDArray[np.bool_]
) -> tuple[bool, bool]:
    """Turn the first and the last of a row, in place, so that a cut shoulder is outside.

    Returns:
        Whether it is, at the left end and at the right.
    """

    def sides(i: int) -> tuple[bool, bool]:
        cuts = figures[i].cuts
        return (cuts.right, cuts.left) if flips[i] else (cuts.left, cuts.right)

    first, last = int(row[0]), int(row[-1])
    for i, is_wrong in ((first, (False, True)), (last, (True, False))):
        if sides(i) == is_wrong and len(row) > 1:
            flips[i] = not flips[i]
    return sides(first)[0], sides(last)[1]


def _spread(
    wide: NDArray[np.float64],
    room: float,
    most: float,
    is_outside: tuple[bool, bool],
    how: Arrangement,
    rng: np.random.Generator,
) -> tuple[float, list[float]]:
    """Return the growth that fits people into the width of a picture, and their middles.

    Args:
        wide: (N,) widths from left to right, pixels.
        room: Width of the picture, pixels.
        most: Growth above which the tallest no longer fits.
        is_outside: Whether a cut shoulder is at the left end and at the right; it reaches the
            border then.
        how: Overlap of neighbours.  Where there are too many people all come closer, up to its
            upper end, before they get smaller.
        rng: Draws overlaps, gaps and margins.
    """
    low, high = how.overlap
    narrow = np.minimum(wide[:-1], wide[1:])
    shared = narrow * rng.uniform(low, high, len(narrow))
    grow = min(1.0, most)
    beyond = [float(rng.uniform(0, _BEYOND)) * is_cut for is_cut in is_outside]
    ends = beyond[0] * wide[0] + beyond[1] * wide[-1]  # what lies outside, before growing
    total = wide.sum() - shared.sum() - ends
    closer = float((high * narrow - shared).sum())
    if grow * total > room:
        step = min(1.0, (total - room / grow) / closer) if closer > 0 else 0.0
        shared += step * (high * narrow - shared)
        total -= step * closer
    if grow * total > room or all(is_outside):
        grow = min(room / total, most)
    slots = _slots(room - grow * total, len(wide), is_outside, rng)
    wide, shared = grow * wide, grow * shared
    left = slots[0] - beyond[0] * wide[0]
    lefts = left + np.concatenate([[0.0], np.cumsum(wide[:-1] - shared + slots[1:-1])])
    return grow, (lefts + wide / 2).tolist()


def _slots(
    spare: float, count: int, is_outside: tuple[bool, bool], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Share spare width out to the margin, the gaps between people, and the other margin."""
    weights = rng.dirichlet(np.ones(count + 1))
    is_open = np.ones(count + 1, np.bool_)
    is_open[[0, -1]] = [not is_cut for is_cut in is_outside]
    if rng.random() < _TOGETHER and is_open[[0, -1]].any():
        is_open[1:-1] = False
    if not is_open.any():  # one person, cut at both sides
        is_open[:] = True
    weights = weights * is_open
    return max(spare, 0.0) * weights / weights.sum()
