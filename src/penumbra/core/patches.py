"""Which windows of a matte to refine: those of which the network is least sure.

Wei et al., CVPR 2021, section 3.4; the sheet `clicks`, section 8.2, for the order and the
grid.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SIZE = 64
"""Side of a window, pixels."""

STEP = 8
"""Pixels between the corners that a window can have."""

LEAST = 0.005
"""Mean uncertainty of a window below which there is nothing worth refining in it."""

Selector = Literal["sum", "grid"]
Corner = tuple[int, int]
"""(row, col) of the upper left pixel."""


def choose(
    doubt: NDArray[np.floating],
    count: int,
    size: int = SIZE,
    selector: Selector = "sum",
    least: float = LEAST,
) -> list[Corner]:
    """Return corners of windows that do not overlap, the most doubtful first.

    Args:
        doubt: (H, W), at least 0.
        count: Windows at most; fewer where no more fit or are worth it.
        size: Of a window; (H, W) must be at least that.
        selector: "sum" takes the window of the largest sum, again and again; "grid" takes the
            largest of those that lie side by side from the upper left corner.
        least: Mean of a window that is worth it.
    """
    rows, cols = (_corners(length, size, selector) for length in doubt.shape)
    sums = _window_sums(doubt, rows, cols, size)
    chosen: list[Corner] = []
    while len(chosen) < count:
        at = np.unravel_index(int(np.argmax(sums)), sums.shape)
        if sums[at] < least * size * size:
            break
        row, col = int(rows[at[0]]), int(cols[at[1]])
        chosen.append((row, col))
        near_rows, near_cols = np.abs(rows - row) < size, np.abs(cols - col) < size
        sums[np.ix_(near_rows, near_cols)] = -np.inf
    return chosen


def shuffled(
    shape: tuple[int, ...], count: int, rng: np.random.Generator, size: int = SIZE
) -> list[Corner]:
    """Return windows anywhere that do not overlap, to compare with; as `choose`."""
    return choose(rng.random(shape), count, size, least=0)


def windows_in(share: float, shape: Sequence[int], size: int = SIZE) -> int:
    """Return how many windows cover a share of an image, rounded up; share in [0, 1]."""
    return int(np.ceil(share * shape[0] * shape[1] / (size * size)))


def _corners(length: int, size: int, selector: Selector) -> NDArray[np.int64]:
    """Return where windows can begin; the last one ends at the border."""
    last = length - size
    assert last >= 0, "the plane must be at least as large as a window"
    first = np.arange(0, last + 1, size if selector == "grid" else STEP)
    return np.union1d(first, [last]) if selector == "sum" else first


def _window_sums(
    plane: NDArray[np.floating], rows: NDArray[np.int64], cols: NDArray[np.int64], size: int
) -> NDArray[np.float64]:
    total = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1))
    np.cumsum(np.cumsum(plane, axis=0, dtype=np.float64), axis=1, out=total[1:, 1:])
    below, right = rows + size, cols + size
    sums: NDArray[np.float64] = (
        total[np.ix_(below, right)]
        - total[np.ix_(rows, right)]
        - total[np.ix_(below, cols)]
        + total[np.ix_(rows, cols)]
    )
    return sums
