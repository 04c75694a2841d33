"""Clicks, scribbles and boxes as points with a kind.

The sheet `dfimat`, section 4.2.  Nothing is drawn at random, so equal inputs are equal tokens.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import require
from penumbra.core.hints import Box, Click, Scribble


class PointKind(IntEnum):
    """What a point says; the index of its vector."""

    CLICK_ON = 0
    CLICK_OFF = 1
    SCRIBBLE_ON = 2
    SCRIBBLE_OFF = 3
    BOX_INSIDE = 4
    BOX_TOP_LEFT = 5
    BOX_BOTTOM_RIGHT = 6


ON_KINDS = (PointKind.CLICK_ON, PointKind.SCRIBBLE_ON, PointKind.BOX_INSIDE)
"""Kinds that lie on the person; corners of a box lie neither on nor off."""

OFF_KINDS = (PointKind.CLICK_OFF, PointKind.SCRIBBLE_OFF)
"""Kinds that lie off the person."""

_GRID = 4  # points to each side of a box


class Points(NamedTuple):
    """Points with their kinds.

    Attributes:
        places: (N, 2) float32, (x, y) as shares of width and height: 0 and 1 are the outer edges.
        kinds: (N,) int64 of `PointKind`.
    """

    places: NDArray[np.float32]
    kinds: NDArray[np.int64]


def no_points() -> Points:
    """Return none."""
    return Points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64))


def points_of(
    marks: Sequence[Click | Scribble | Box],
    height: int,
    width: int,
    per_scribble: int,
    has_grid: bool = True,
) -> Points:
    """Return the points of what a user marked, in its order.

    Args:
        marks: In pixels of the image that the network sees.
        height: Of that image.
        width: Of that image.
        per_scribble: Points of a scribble, equidistant along it, ends among them; a scribble
            without length is a click.
        has_grid: Whether a box gives 4 x 4 cell centres beside its corners.
    """
    parts = [_points(mark, per_scribble, has_grid) for mark in marks]
    if not parts:
        return no_points()
    places = np.concatenate([place for place, _ in parts]) / (width, height)
    kinds = np.concatenate([kind for _, kind in parts])
    return Points(places.astype(np.float32), kinds)


def thinned(older: Points, newest: Points, budget: int) -> Points:
    """Return all points of the newest round and, evenly chosen, as many older ones as fit.

    Args:
        older: Of all rounds before, oldest first.
        newest: Of this round; thinned itself where it alone exceeds the budget.
        budget: Points at most.

    Raises:
        InputError: The budget is not positive.
    """
    require(budget >= 1, "budget", "at least 1", budget)
    kept = _evenly(newest, budget)
    rest = _evenly(older, budget - len(kept.kinds))
    places = np.concatenate([rest.places, kept.places])
    return Points(places, np.concatenate([rest.kinds, kept.kinds]))


def along(points: Sequence[tuple[float, float]], count: int) -> NDArray[np.float64]:
    """Return `count` points at equal distances along a polyline, (count, 2), ends among them."""
    line = np.asarray(points, np.float64).reshape(-1, 2)
    steps = np.hypot(*np.diff(line, axis=0).T)
    arc = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0, arc[-1], count) if count > 1 else np.array([arc[-1] / 2])
    return np.stack([np.interp(wanted, arc, line[:, axis]) for axis in (0, 1)], axis=1)


def _points(
    mark: Click | Scribble | Box, per_scribble: int, has_grid: bool
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return places in pixels, (N, 2), and kinds, (N,)."""
    if isinstance(mark, Box):
        return _box_points(mark, has_grid)
    if isinstance(mark, Scribble) and len(set(mark.points)) > 1:
        kind = PointKind.SCRIBBLE_ON if mark.is_foreground else PointKind.SCRIBBLE_OFF
        return along(mark.points, per_scribble), np.full(per_scribble, kind, np.int64)
    place = (mark.x, mark.y) if isinstance(mark, Click) else mark.points[0]
    kind = PointKind.CLICK_ON if mark.is_foreground else PointKind.CLICK_OFF
    return np.array([place], np.float64), np.array([kind], np.int64)


def _box_points(box: Box, has_grid: bool) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    low, high = np.array([box.x0, box.y0]), np.array([box.x1, box.y1])
    places, kinds = [low, high], [PointKind.BOX_TOP_LEFT, PointKind.BOX_BOTTOM_RIGHT]
    if has_grid:
        shares = (np.arange(_GRID) + 0.5) / _GRID
        cells = [low + (x, y) * (high - low) for y in shares for x in shares]
        places = cells + places
        kinds = [PointKind.BOX_INSIDE] * len(cells) + kinds
    return np.stack(places), np.array(kinds, np.int64)


def _evenly(points: Points, count: int) -> Points:
    """Return at most `count` points, in their order."""
    total = len(points.kinds)
    if total <= count:
        return points
    chosen = (2 * np.arange(count) + 1) * total // (2 * max(count, 1))
    return Points(points.places[chosen], points.kinds[chosen])
