"""Foreground and background colours of a picture that is never there as a whole.

The quadtree of `foreground_quadtree` is climbed strip by strip up to cells of 64 x 64 pixels, of
which even the largest picture has few.  Their colours are found once, for the whole picture.  From
them a window goes down by itself, with one more cell on each side, since colours are interpolated
between neighbours: what comes out is what the whole picture would get.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.solvers.foreground_quadtree import (
    LEAST_STEP_B,
    LEAST_STEP_F,
    SURE_OBJECT,
    SURE_REST,
    Planes,
    Step,
    climb,
    descend,
    finished,
    observe,
    pair_sums,
    root_colours,
    steps_of,
)

Region = tuple[slice, slice]
"""Rows and columns."""

Read = Callable[[Region], tuple[RGB, Alpha]]
"""Returns a window of the picture, (h, w, 3), and of its matte, (h, w)."""

_TOP = 6  # cells of 64 pixels
_ROWS = 2  # of such cells that are looked at in one go


@dataclass(frozen=True, eq=False)
class Overview:
    """What has to be known of the whole picture before any window.

    Attributes:
        size: (height, width) in pixels.
        steps: Of all levels of the tree, pixels first.
        colours: Of the cells of 64 x 64 pixels.
        level: Theirs.
    """

    size: tuple[int, int]
    steps: list[Step]
    colours: Planes
    level: int


def look_over(size: tuple[int, int], read: Read) -> Overview:
    """Go through a picture twice, from top to bottom.

    Args:
        size: (height, width) in pixels.
        read: The picture and its matte.
    """
    level = min(_TOP, max(1, (max(size) - 1).bit_length()))
    strips = _strips(size, _ROWS << level)
    steps = _measure_steps(size, strips, read)
    cells = []
    for strip in strips:
        _, information = climb(observe(*read(strip), steps[0]), steps, 1, level)
        cells.append(information)
    levels, information = climb(np.concatenate(cells, axis=1), steps, level)
    return Overview(size, steps, descend(root_colours(information), levels), level)


def estimate_window(overview: Overview, region: Region, read: Read) -> tuple[RGB, RGB]:
    """Estimate the colours of a window.

    Args:
        overview: What `look_over` found.
        region: The window.
        read: The picture and its matte.

    Returns:
        Foreground and background, (h, w, 3) in [0, 1]; see `estimate_foreground`.
    """
    side = 1 << overview.level
    # In cells: those that the window touches, and one more on each side.
    rows, columns = (
        slice(max(0, part.start // side - 1), min(-(-length // side), -(-part.stop // side) + 1))
        for part, length in zip(region, overview.size, strict=True)
    )
    seen = tuple(
        slice(part.start * side, min(part.stop * side, length))
        for part, length in zip((rows, columns), overview.size, strict=True)
    )
    image, alpha = read((seen[0], seen[1]))
    levels, _ = climb(observe(image, alpha, overview.steps[0]), overview.steps, 1, overview.level)
    halves = descend(overview.colours[:, rows, columns], levels)
    colours = finished(image, alpha, halves, overview.steps[0])
    top, left = region[0].start - seen[0].start, region[1].start - seen[1].start
    height, width = (part.stop - part.start for part in region)
    foreground, background = (c[top : top + height, left : left + width] for c in colours)
    return foreground, background


def _strips(size: tuple[int, int], rows: int) -> list[Region]:
    height, width = size
    return [
        (slice(top, min(top + rows, height)), slice(0, width)) for top in range(0, height, rows)
    ]


def _measure_steps(size: tuple[int, int], strips: list[Region], read: Read) -> list[Step]:
    count = max(size).bit_length()
    squares, terms = np.zeros((2, count)), np.zeros((2, count), np.int64)
    for strip in strips:
        image, alpha = read(strip)
        for side, is_known in enumerate((alpha >= SURE_OBJECT, alpha <= SURE_REST)):
            more_squares, more_terms = pair_sums(image, is_known, count)
            squares[side] += more_squares
            terms[side] += more_terms
    f, b = (
        steps_of(squares[side], terms[side], least)
        for side, least in enumerate((LEAST_STEP_F, LEAST_STEP_B))
    )
    return list(zip(f, b, strict=True))
