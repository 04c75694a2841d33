"""Scribbles that a simulated user draws: short curves inside an area.

The sheet `dfimat`, section 6.
"""

import math

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.core.hints import Scribble
from penumbra.data.simulate import depth_of

_CANDIDATES = 5  # curves of which the one that covers most is kept
_REJECTIONS = 20  # curves that leave the area, after which one of them is cut instead
_POINTS = 50  # of a scribble at most


def scribble_in(
    area: Mask, width: float, is_foreground: bool, rng: np.random.Generator
) -> Scribble:
    """Return a quadratic curve inside an area.

    Its three control points are pixels of the area.  Curves that leave the area are rejected;
    after 20 of them the longest piece of one that lies inside is taken.  Where there is room
    the brush, too, stays inside.

    Args:
        area: (H, W), not empty.
        width: Of the brush, pixels.
        is_foreground: Kind of the scribble.
        rng: Draws the control points.

    Source:
        The sheet `dfimat`, section 6.
    """
    inner = depth_of(area) > width / 2 + math.sqrt(0.5)
    area = inner if inner.any() else area
    rows, cols = np.nonzero(area)
    inside: list[NDArray[np.float64]] = []
    leaving: list[NDArray[np.float64]] = []
    while len(inside) < _CANDIDATES and len(leaving) < _REJECTIONS:
        corners = rng.integers(len(rows), size=3)
        curve = _curve(np.stack([cols[corners], rows[corners]], axis=1, dtype=np.float64) + 0.5)
        piece = _longest_inside(curve, area)
        (inside if len(piece) == len(curve) else leaving).append(piece)
    best = max(inside or leaving, key=_coverage)
    chosen = np.unique(np.linspace(0, len(best) - 1, _POINTS).round().astype(np.int64))
    points = tuple((float(x), float(y)) for x, y in best[chosen])
    return Scribble(points, width, is_foreground)


def _curve(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (x, y) of a quadratic Bezier curve, at most half a pixel apart, (N, 2)."""
    length = float(np.hypot(*np.diff(corners, axis=0).T).sum())
    # The speed along the curve is at most twice the longer side of its polygon.
    t = np.linspace(0, 1, 4 * math.ceil(length) + 2)[:, None]
    return (1 - t) ** 2 * corners[0] + 2 * t * (1 - t) * corners[1] + t**2 * corners[2]


def _longest_inside(curve: NDArray[np.float64], area: Mask) -> NDArray[np.float64]:
    """Return the longest run of points that lie in an area; it has at least an end."""
    cols, rows = np.floor(curve).astype(np.int64).T
    is_in = np.concatenate([[False], area[rows, cols], [False]])
    steps = np.flatnonzero(np.diff(is_in.astype(np.int8)))
    starts, ends = steps[::2], steps[1::2]
    longest = int(np.argmax(ends - starts))
    return curve[starts[longest] : ends[longest]]


def _coverage(curve: NDArray[np.float64]) -> int:
    """Return how many pixels a curve crosses."""
    return len(np.unique(np.floor(curve).astype(np.int64), axis=0))
