"""Polygons and runs become masks."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from skimage.measure import points_in_poly

from penumbra.core.errors import DatasetError
from penumbra.data.outlines import Outline, mask_of

TRIANGLE = [3.2, 2.1, 55.7, 8.4, 20.3, 38.9]
CONCAVE = [4.3, 3.1, 51.7, 6.2, 47.9, 36.4, 25.3, 14.7, 6.1, 33.8]


def test_runs_go_down_the_columns_and_begin_with_background() -> None:
    """Written out from the format's description: 2 rows, 3 columns."""
    mask = mask_of(Outline(2, 3, {"counts": [0, 1, 2, 3], "size": [2, 3]}))

    assert_array_equal(mask, [[True, False, True], [False, True, True]])


@pytest.mark.parametrize("polygon", [TRIANGLE, CONCAVE])
def test_a_polygon_covers_the_centres_inside_it(polygon: list[float]) -> None:
    """Scikit-image says which centres lie inside; a pixel cut in half may differ."""
    height, width = 40, 60
    y, x = np.mgrid[:height, :width] + 0.5
    centres = np.stack([x.ravel(), y.ravel()], axis=1)
    corners = np.reshape(polygon, (-1, 2))
    inside = points_in_poly(centres, corners)  # type: ignore[no-untyped-call]
    inside = inside.reshape(height, width)

    mask = mask_of(Outline(height, width, [polygon]))

    assert np.count_nonzero(mask != inside) <= 0.03 * inside.sum()


@pytest.mark.parametrize("polygon", [TRIANGLE, CONCAVE])
def test_a_turned_polygon_is_a_turned_mask(polygon: list[float]) -> None:
    """An eighth of a pixel of drift would show along a whole edge; rounding touches a few."""
    height, width = 40, 60
    turned = np.reshape([width, height] - np.reshape(polygon, (-1, 2)), -1).tolist()

    mask = mask_of(Outline(height, width, [polygon]))
    turned_mask = mask_of(Outline(height, width, [turned]))

    assert np.count_nonzero(turned_mask[::-1, ::-1] != mask) <= 3


def test_a_box_covers_exactly_its_pixels() -> None:
    """Coordinates are those of corners, not of centres."""
    mask = mask_of(Outline(6, 8, [[2, 1, 5, 1, 5, 4, 2, 4]]))

    expected = np.zeros((6, 8), bool)
    expected[1:4, 2:5] = True
    assert_array_equal(mask, expected)


def test_an_object_in_pieces_is_their_union() -> None:
    """Where two polygons overlap there is no hole."""
    mask = mask_of(Outline(4, 4, [[0, 0, 3, 0, 3, 3, 0, 3], [1, 1, 4, 1, 4, 4, 1, 4]]))

    assert mask[1, 1]
    assert mask.sum() == 9 + 9 - 4


def test_what_reaches_over_the_edge_is_cut_off() -> None:
    """Annotators slip by a pixel."""
    mask = mask_of(Outline(3, 3, [[-5, -5, 9, -5, 9, 9, -5, 9], [7, 7, 9, 7, 9, 9]]))

    assert mask.all()


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ([[1, 1, 2, 2]], "three points"),
        ([[1, 1, 2, 2, 3, 3, 4]], "three points"),
        ([[1, 1, 2, float("nan"), 3, 3]], "three points"),
        ({"counts": [5], "size": [3, 2]}, "size"),
        ({"counts": [5], "size": [2, 3]}, "cover 6 pixels, got 5"),
        ({"counts": [7, -1], "size": [2, 3]}, "list of lengths"),
        ({"counts": "abc", "size": [2, 3]}, "list of lengths"),
        ({}, "size"),
    ],
)
def test_nonsense_is_refused(segmentation: Any, message: str) -> None:  # noqa: ANN401
    """A wrong mask would train in silence."""
    with pytest.raises(DatasetError, match=message):
        mask_of(Outline(2, 3, segmentation))
