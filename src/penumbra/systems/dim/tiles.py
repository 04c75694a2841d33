"""Which windows of a photograph the network has to see, and how their answers are joined.

Only unknown pixels need an answer, so a window reaches as far as those of its tile do, and a
margin farther: what a network says near the edge of what it sees differs from what it says of the
whole photograph.  Windows begin at multiples of 32, so that everything the network pools is
pooled as in the whole photograph.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Trimap

MULTIPLE = 32
"""What the sides of what the network sees are multiples of."""

Region = tuple[slice, slice]
"""Rows and columns."""


@dataclass(frozen=True, slots=True)
class Span:
    """Part of one axis; where another follows or comes before, they overlap by the fade."""

    start: int
    stop: int
    is_first: bool
    is_last: bool

    def weights(self, start: int, stop: int, fade: int) -> NDArray[np.float32]:
        """Return what the span's answer counts at the pixels from `start` to `stop`."""
        centres = np.arange(start, stop, dtype=np.float32) + np.float32(0.5)
        weights = np.ones_like(centres)
        if not self.is_first:
            np.minimum(weights, (centres - self.start) / fade, out=weights)
        if not self.is_last:
            np.minimum(weights, (self.stop - centres) / fade, out=weights)
        return weights


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One look of the network.

    Attributes:
        window: What it sees of the photograph.
        kept: The part of the photograph that gets an answer from it.
        inner: The same part, within the window.
        row_weights: What the answer counts, by row of `kept`; (h,) in [0, 1].
        column_weights: The same by column, (w,).  Their products add up to 1 over all tiles.
    """

    window: Region
    kept: Region
    inner: Region
    row_weights: NDArray[np.float32]
    column_weights: NDArray[np.float32]

    @property
    def weights(self) -> Alpha:
        """What the answer counts, (h, w) of `kept`."""
        return np.outer(self.row_weights, self.column_weights)


def plan_tiles(
    trimap: Trimap, side: int, margin: int, fade: int, is_everywhere: bool = False
) -> list[Tile]:
    """Cover every unknown pixel.

    Args:
        trimap: (H, W).
        side: A multiple of 32; no window has more pixels than a square of this side.
        margin: A multiple of 32.
        fade: A multiple of 32; with the margin at most half of `side`.
        is_everywhere: Whether known pixels need an answer, too.

    Returns:
        From top to bottom, then from left to right; none if there is nothing to answer.
    """
    whole = slice(0, trimap.shape[0]), slice(0, trimap.shape[1])
    extent = whole if is_everywhere else _unknown_part(trimap, whole)
    if extent is None:
        return []
    window = _window(extent, margin, trimap.shape)
    is_one = _length(window[0]) * _length(window[1]) <= side * side
    step = max(trimap.shape) if is_one else side - 2 * margin - fade
    tiles = []
    for rows in _spans(extent[0], step, fade):
        for columns in _spans(extent[1], step, fade):
            cell = slice(rows.start, rows.stop), slice(columns.start, columns.stop)
            kept = cell if is_everywhere else _unknown_part(trimap, cell)
            if kept is None:
                continue
            window = _window(kept, margin, trimap.shape)
            inner = _within(kept[0], window[0]), _within(kept[1], window[1])
            weights = (
                span.weights(part.start, part.stop, fade)
                for span, part in zip((rows, columns), kept, strict=True)
            )
            tiles.append(Tile(window, kept, inner, *weights))
    return tiles


def _unknown_part(trimap: Trimap, region: Region) -> Region | None:
    """Return the smallest region that holds all unknown pixels of a region, if there are any."""
    is_unknown = trimap[region] == 0.5
    rows = np.flatnonzero(is_unknown.any(axis=1))
    if not rows.size:
        return None
    columns = np.flatnonzero(is_unknown.any(axis=0))
    top, left = region[0].start, region[1].start
    return (
        slice(int(top + rows[0]), int(top + rows[-1] + 1)),
        slice(int(left + columns[0]), int(left + columns[-1] + 1)),
    )


def _window(kept: Region, margin: int, size: tuple[int, ...]) -> Region:
    """Add the margin, up to multiples of 32 and no farther than the photograph."""
    rows, columns = (
        slice(max(0, _floor(part.start - margin)), min(length, -_floor(-part.stop - margin)))
        for part, length in zip(kept, size, strict=True)
    )
    return rows, columns


def _spans(extent: slice, step: int, fade: int) -> list[Span]:
    """Divide an axis; every start is a multiple of 32."""
    start = _floor(extent.start)
    count = max(1, -(-(extent.stop - start - fade) // step))
    return [
        Span(
            start + k * step,
            extent.stop if k == count - 1 else start + (k + 1) * step + fade,
            k == 0,
            k == count - 1,
        )
        for k in range(count)
    ]


def _floor(position: int) -> int:
    return position // MULTIPLE * MULTIPLE


def _within(part: slice, window: slice) -> slice:
    return slice(part.start - window.start, part.stop - window.start)


def _length(part: slice) -> int:
    return int(part.stop - part.start)
