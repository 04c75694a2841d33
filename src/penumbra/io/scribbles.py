"""Strokes painted on a picture of the photograph's size, as `Scribble`s."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np

from penumbra.core.arrays import Mask
from penumbra.core.errors import HintError
from penumbra.core.hints import Scribble
from penumbra.io.decoded import MAX_PIXELS
from penumbra.io.images import Source, name_of, read_photograph
from penumbra.io.mattes import grey_of

Run = tuple[int, int]
"""The first and the last column of neighbouring painted pixels in one row."""


def load_scribbles(
    source: Source, height: int, width: int, max_pixels: int = MAX_PIXELS
) -> tuple[Scribble, ...]:
    """Read strokes: white lies on the object, black on the background, other grey is silent.

    Silent too is what is less than half opaque, so one may paint on an empty layer.

    Args:
        source: As in `read_photograph`.
        height: Of the photograph the strokes belong to, in pixels.
        width: Likewise.
        max_pixels: As in `read_photograph`.

    Returns:
        Scribbles of one pixel's width whose `mask` are exactly the painted pixels.

    Raises:
        ImageError: The file cannot be read.
        HintError: It is in colour, of another size, or neither white nor black anywhere.
    """
    name = name_of(source, "scribbles")
    picture = read_photograph(source, max_pixels, name)
    grey = grey_of(picture, name, HintError)
    if grey.shape != (height, width):
        came = f"{grey.shape[1]}x{grey.shape[0]}"
        raise HintError(f"{name} must be as large as the {width}x{height} image, got {came}")
    is_painted = np.True_ if picture.alpha is None else picture.alpha >= 0.5
    on, off = (grey == 1) & is_painted, (grey == 0) & is_painted
    if not (on.any() or off.any()):
        raise HintError(f"{name} must have white or black pixels, got none")
    return trace(on, is_foreground=True) + trace(off, is_foreground=False)


def trace(painted: Mask, is_foreground: bool) -> tuple[Scribble, ...]:
    """Return scribbles of width 1 that together paint exactly the given pixels.

    A scribble follows the runs of a stroke downwards, from pixel centre to pixel centre: along
    the first run, straight down to a run below it, along that one, and so on.  Where a stroke
    forks, its other arm starts a scribble of its own.

    Args:
        painted: (H, W).
        is_foreground: Whether the strokes lie on the object.
    """
    finished: list[_Stroke] = []
    above: deque[_Stroke] = deque()  # the strokes that reached the row above, left to right
    for row, runs in enumerate(_runs(painted)):
        reached: deque[_Stroke] = deque()
        for run in runs:
            while above and above[0].run[1] < run[0]:
                finished.append(above.popleft())
            is_below = bool(above) and above[0].run[0] <= run[1]
            stroke = above.popleft() if is_below else _Stroke(run, [])
            stroke.follow(run, row)
            reached.append(stroke)
        finished += above
        above = reached
    finished += above
    return tuple(stroke.scribble(is_foreground) for stroke in finished)


@dataclass
class _Stroke:
    """A scribble in the making: its lowest run, and its points so far."""

    run: Run
    points: list[tuple[float, float]]

    def follow(self, run: Run, row: int) -> None:
        """Go on along a run of `row`; a stroke that has points lies right above it."""
        if self.points:
            crossing = max(self.run[0], run[0]) + 0.5  # a column that both runs have
            self.points += [(crossing, row - 0.5), (crossing, row + 0.5)]
        self.points += [(run[0] + 0.5, row + 0.5), (run[1] + 0.5, row + 0.5)]
        self.run = run

    def scribble(self, is_foreground: bool) -> Scribble:
        """The finished scribble, without the points that repeat the one before."""
        return Scribble(tuple(point for point, _ in groupby(self.points)), 1.0, is_foreground)


def _runs(painted: Mask) -> Iterator[list[Run]]:
    """Yield the runs of each row, left to right."""
    edges = np.diff(np.pad(painted, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1] - 1
    bounds = np.searchsorted(rows, np.arange(painted.shape[0] + 1))
    for start, stop in pairwise(bounds):
        yield list(zip(first[start:stop].tolist(), last[start:stop].tolist(), strict=True))
