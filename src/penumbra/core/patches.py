"""Which windows of a matte to refine: those of which the network is least sure.

Wei et al., CVPR 2021, section 3.4; the sheet `clicks`, section 8.2, for the order and the
grid.
"""

from collections.abc import Sequence
from typing import Literal

import cv2
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
    shape: tuple[int, int] | None = None,
    every: int = 1,
) -> list[Corner]:
    """Return corners of windows that do not overlap, the most doubtful first.

    Args:
        doubt: At least 0, (H, W), or every so many pixels of that.
        count: Windows at most; fewer where no more fit or are worth it.
        size: Of a window; (H, W) must be at least that.
        selector: "sum" takes the window of the largest sum, again and again; "grid" takes the
            largest of those that lie side by side from the upper left corner.
        least: Mean of a window that is worth it.
        shape: (H, W) of the picture, where it is not that of `doubt`.
        every: Pixels of the picture from one of `doubt` to the next, along both sides; what lies
            between is taken to be as doubtful as the one before.
    """
    rows, cols = (_corners(length, size, selector) for length in shape or doubt.shape)
    sums = _window_sums(doubt, rows, cols, size, every)
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
    plane: NDArray[np.floating],
    rows: NDArray[np.int64],
    cols: NDArray[np.int64],
    size: int,
    every: int,
) -> NDArray[np.float64]:
    kind = np.promote_types(plane.dtype, np.float32)
    whole = cv2.integral(np.ascontiguousarray(plane, kind), sdepth=cv2.CV_64F)
    total = whole.astype(np.float64, copy=False)
    high = _between(total, (rows + size) / every) - _between(total, rows / every)
    right, left = (_between(high.T, at / every) for at in (cols + size, cols))
    sums: NDArray[np.float64] = (right - left).T * every**2
    return sums


def _between(total: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return rows of sums, also where pixels are cut; beyond the last there is nothing to add."""
    at = np.minimum(at, len(total) - 1)
    above = np.minimum(at.astype(np.int64), len(total) - 2)
    share = (at - above)[:, None]
    rows: NDArray[np.float64] = total[above] * (1 - share) + total[above + 1] * share
    return rows
