"""Hypothesis strategies for the arrays and hints of the kit: small, fast, awkward.

Sizes are (height, width).  Give one size, or a strategy of sizes; to draw several arrays of the
same size, draw the size first:

    @given(size=sizes(), data=st.data())
    def test_it(size, data):
        alpha, truth = data.draw(mattes(size)), data.draw(mattes(size))
"""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import SearchStrategy

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.hints import Box, Click, Hints, Scribble

Size = tuple[int, int]

LEVELS = np.linspace(0, 1, 256, dtype=np.float32).tolist()
"""The values an 8-bit file can hold; both ends are drawn often."""


def sizes(least: int = 1, most: int = 9) -> SearchStrategy[Size]:
    """Sizes from `least` to `most` on either side, long and thin ones included."""
    return st.tuples(st.integers(least, most), st.integers(least, most))


def rgb_images(size: Size | SearchStrategy[Size] | None = None) -> SearchStrategy[RGB]:
    """Photographs: (H, W, 3) in [0, 1]."""
    return _strategy(size).flatmap(lambda side: arrays(np.float32, (*side, 3), elements=_levels()))


def mattes(size: Size | SearchStrategy[Size] | None = None) -> SearchStrategy[Alpha]:
    """Mattes: (H, W) in [0, 1]."""
    return _strategy(size).flatmap(lambda side: arrays(np.float32, side, elements=_levels()))


def trimaps(size: Size | SearchStrategy[Size] | None = None) -> SearchStrategy[Trimap]:
    """Trimaps of any mixture, also without any known or unknown pixel."""
    values = st.sampled_from([0.0, 0.5, 1.0])
    return _strategy(size).flatmap(lambda side: arrays(np.float32, side, elements=values))


def masks(size: Size | SearchStrategy[Size] | None = None) -> SearchStrategy[Mask]:
    """Masks, also empty and full ones."""
    return _strategy(size).flatmap(lambda side: arrays(np.bool_, side))


def clicks(size: Size) -> SearchStrategy[Click]:
    """Clicks inside an image of the size."""
    height, width = size
    return st.builds(
        Click,
        x=_coordinates(width, is_end_included=False),
        y=_coordinates(height, is_end_included=False),
        is_foreground=st.booleans(),
    )


def scribbles(size: Size) -> SearchStrategy[Scribble]:
    """Polylines of one to four points inside an image of the size."""
    height, width = size
    point = st.tuples(_coordinates(width), _coordinates(height))
    return st.builds(
        Scribble,
        points=st.lists(point, min_size=1, max_size=4).map(tuple),
        width=st.floats(0.125, 12, width=32),
        is_foreground=st.booleans(),
    )


@st.composite
def boxes(draw: st.DrawFn, size: Size) -> Box:
    """Boxes inside an image of the size, down to a sliver."""
    height, width = size
    x0, x1 = sorted(draw(st.lists(_coordinates(width), min_size=2, max_size=2, unique=True)))
    y0, y1 = sorted(draw(st.lists(_coordinates(height), min_size=2, max_size=2, unique=True)))
    return Box(x0, y0, x1, y1)


def hints(size: Size) -> SearchStrategy[Hints]:
    """Any mixture of hints that fits an image of the size, or none at all."""
    return st.builds(
        Hints,
        clicks=st.lists(clicks(size), max_size=3).map(tuple),
        scribbles=st.lists(scribbles(size), max_size=2).map(tuple),
        box=st.none() | boxes(size),
        text=st.none() | st.text(max_size=8).filter(str.strip),
        trimap=st.none() | trimaps(size),
        mask=st.none() | masks(size),
    )


def _strategy(size: Size | SearchStrategy[Size] | None) -> SearchStrategy[Size]:
    if size is None:
        return sizes()
    return st.just(size) if isinstance(size, tuple) else size


def _levels() -> SearchStrategy[float]:
    return st.sampled_from([0.0, 1.0]) | st.sampled_from(LEVELS)


def _coordinates(side: int, is_end_included: bool = True) -> SearchStrategy[float]:
    """Positions along a side: halves (corners and centres of pixels) and anything between."""
    halves = st.integers(0, 2 * side - (0 if is_end_included else 1)).map(lambda half: half / 2)
    anything = st.floats(0, side, exclude_max=not is_end_included, width=32)
    return halves | anything
