"""Marks as points: counts, places, kinds, and what is dropped when there are too many."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.errors import InputError
from penumbra.core.hints import Box, Click, Scribble
from penumbra.systems.dfimat.iscn.points import (
    PointKind,
    Points,
    along,
    no_points,
    points_of,
    thinned,
)


def numbered(first: int, count: int) -> Points:
    """Points that can be told apart."""
    places = np.stack([np.arange(first, first + count), np.zeros(count)], axis=1)
    return Points(places.astype(np.float32), np.zeros(count, np.int64))


def test_a_click_is_one_point() -> None:
    """Its share of width and height; centres of pixels are half-integers."""
    found = points_of([Click(0.5, 3.5), Click(10, 0, False)], 4, 20, 8)

    assert_allclose(found.places, [[0.025, 0.875], [0.5, 0]])
    assert found.kinds.tolist() == [PointKind.CLICK_ON, PointKind.CLICK_OFF]
    assert found.places.dtype == np.float32


def test_a_scribble_is_equally_spaced_along_its_length() -> None:
    """Not by its vertices: a corner after 30 of 40 pixels, five points, ten pixels apart."""
    line = Scribble(((0, 0), (10, 0), (30, 0), (30, 10)), 4, False)

    found = points_of([line], 40, 40, 5)

    expected = np.array([[0, 0], [10, 0], [20, 0], [30, 0], [30, 10]]) / 40
    assert_allclose(found.places, expected, atol=1e-7)
    assert found.kinds.tolist() == [PointKind.SCRIBBLE_OFF] * 5


@pytest.mark.parametrize("points", [((7, 9),), ((7, 9), (7, 9), (7, 9))])
def test_a_scribble_without_length_is_a_click(points: tuple[tuple[float, float], ...]) -> None:
    """Section 12."""
    ours, click = (points_of([it], 20, 20, 8) for it in (Scribble(points), Click(7, 9)))

    assert_array_equal(ours.places, click.places)
    assert ours.kinds.tolist() == [PointKind.CLICK_ON]


def test_a_box_is_a_grid_of_cell_centres_and_two_corners() -> None:
    """4 x 4 inside; without the grid the corners alone."""
    box = Box(8, 0, 16, 4)

    found = points_of([box], 8, 16, 8)

    x, y = np.meshgrid([9, 11, 13, 15], [0.5, 1.5, 2.5, 3.5])
    centres = np.stack([x.ravel() / 16, y.ravel() / 8], axis=1)
    assert_allclose(found.places, [*centres, [0.5, 0], [1, 0.5]])
    corners = [PointKind.BOX_TOP_LEFT, PointKind.BOX_BOTTOM_RIGHT]
    assert found.kinds.tolist() == [PointKind.BOX_INSIDE] * 16 + corners
    few = points_of([box], 8, 16, 8, has_grid=False)
    assert_allclose(few.places, [[0.5, 0], [1, 0.5]])
    assert few.kinds.tolist() == corners


def test_nothing_marked_is_no_point() -> None:
    """Of the right shape."""
    for found in (points_of([], 8, 8, 8), no_points()):
        assert found.places.shape == (0, 2)
        assert found.kinds.shape == (0,)


def test_one_point_of_a_line_is_its_middle() -> None:
    """There are no two ends then."""
    assert_allclose(along([(0, 0), (2, 0), (6, 0)], 1), [[3, 0]])


def test_the_newest_points_stay_and_older_ones_are_thinned_evenly() -> None:
    """In their order; 12 older ones for 4 places leave the second of each three."""
    found = thinned(numbered(0, 12), numbered(100, 4), 8)

    assert found.places[:, 0].tolist() == [1, 4, 7, 10, 100, 101, 102, 103]
    assert len(found.kinds) == 8


def test_nothing_is_dropped_that_fits() -> None:
    """Up to the budget."""
    assert len(thinned(numbered(0, 5), numbered(9, 3), 8).kinds) == 8
    assert thinned(no_points(), numbered(9, 3), 8).places[:, 0].tolist() == [9, 10, 11]


def test_a_round_that_exceeds_the_budget_is_thinned_itself() -> None:
    """And no older one stays."""
    assert thinned(numbered(0, 5), numbered(100, 9), 3).places[:, 0].tolist() == [101, 104, 107]
    with pytest.raises(InputError, match="budget"):
        thinned(no_points(), no_points(), 0)
