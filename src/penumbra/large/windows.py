"""Windows of a large picture, how their answers pass into each other, and a small picture's."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi

import numpy as np
from numpy.typing import NDArray

Region = tuple[slice, slice]
"""Rows and columns."""

Size = tuple[int, int]
"""(height, width) in pixels."""


@dataclass(frozen=True)
class Tiling:
    """How a picture is divided.

    Attributes:
        step: Pixels from one tile to the next.
        fade: Pixels over which neighbouring tiles pass into each other.
        halo: Pixels around a tile that are looked at and thrown away.
    """

    step: int
    fade: int
    halo: int


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One window.

    Attributes:
        kept: The part of the picture that gets an answer from it.
        seen: The same with the halo, as far as the picture goes.
        row_weights: What the answer counts, by row of `kept`; in [0, 1].
        column_weights: The same by column.  Their products add up to 1 over all tiles.
    """

    kept: Region
    seen: Region
    row_weights: NDArray[np.float32]
    column_weights: NDArray[np.float32]

    @property
    def inner(self) -> Region:
        """The part that is kept, within what is seen."""
        return within(self.kept[0], self.seen[0]), within(self.kept[1], self.seen[1])

    @property
    def weights(self) -> NDArray[np.float32]:
        """What the answer counts, (h, w) of `kept`."""
        return np.outer(self.row_weights, self.column_weights)


def tile_rows(size: Size, tiling: Tiling) -> Iterator[list[Tile]]:
    """Yield the tiles of a picture row by row, from top to bottom and from left to right."""
    height, width = size
    columns = _spans(width, tiling)
    for rows, row_weights in _spans(height, tiling):
        yield [
            Tile(
                (rows, cols),
                (grown(rows, tiling.halo, height), grown(cols, tiling.halo, width)),
                row_weights,
                column_weights,
            )
            for cols, column_weights in columns
        ]


def strips(size: Size, rows: int) -> Iterator[Region]:
    """Yield regions of so many whole rows; the last one may have fewer."""
    for top in range(0, size[0], rows):
        yield slice(top, min(top + rows, size[0])), slice(0, size[1])


def grown(part: slice, by: int, length: int) -> slice:
    """Add pixels at both ends of part of an axis, no farther than the axis goes."""
    return slice(max(0, part.start - by), min(length, part.stop + by))


def within(part: slice, whole: slice) -> slice:
    """Return a part of an axis as a part of a larger part that begins elsewhere."""
    return slice(part.start - whole.start, part.stop - whole.start)


def enlarged(small: NDArray[np.float32], size: Size, region: Region) -> NDArray[np.float32]:
    """Return a window of a small plane enlarged to `size`, (h, w).

    Linear between pixel centres, as `core.resample.resize`; the same bits whatever the window.

    Args:
        small: (h, w), no side larger than those of `size`.
        size: Of the large picture.
        region: Of the large picture.
    """
    places = [
        _between(part, length, side)
        for part, length, side in zip(region, size, small.shape, strict=True)
    ]
    (top, bottom, down), (left, right, across) = places
    first = int(left.min())
    near = small[:, first : int(right.max()) + 1]
    left, right = left - first, right - first
    rows: NDArray[np.float32] = near[top] * (1 - down)[:, None] + near[bottom] * down[:, None]
    window = rows[:, left] * (1 - across) + rows[:, right] * across
    return window.astype(np.float32, copy=False)


def _between(
    part: slice, length: int, side: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return for each pixel the small pixels before and behind it, and how near the second is."""
    centres = (np.arange(part.start, part.stop) + 0.5) * side / length - 0.5
    centres = np.clip(centres, 0, side - 1)
    before = np.floor(centres).astype(np.intp)
    return before, np.minimum(before + 1, side - 1), (centres - before).astype(np.float32)


def _spans(length: int, tiling: Tiling) -> list[tuple[slice, NDArray[np.float32]]]:
    """Divide an axis; each part with what its answer counts: a raised cosine where two overlap."""
    step, fade = tiling.step, tiling.fade
    count = max(1, -(-(length - fade) // step))
    spans = []
    rise = np.float32(0.5) - np.cos((np.arange(fade) + 0.5) * (pi / fade)).astype(np.float32) / 2
    for k in range(count):
        is_last = k == count - 1
        part = slice(k * step, length if is_last else (k + 1) * step + fade)
        weights = np.ones(part.stop - part.start, np.float32)
        if k:
            weights[:fade] = rise
        if not is_last:
            weights[-fade:] = 1 - rise
        spans.append((part, weights))
    return spans
