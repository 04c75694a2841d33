"""From mattes and masks to trimaps."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import Mask
from penumbra.core.trimap import (
    dilate,
    distance_inside,
    erode,
    from_alpha,
    from_mask,
    from_masks,
    unknown,
)


def half(rows: int = 7, cols: int = 12) -> Mask:
    """The object fills the left half of the picture and leaves it on three sides."""
    mask = np.zeros((rows, cols), np.bool_)
    mask[:, : cols // 2] = True
    return mask


def test_unknown_is_neither_end() -> None:
    assert_array_equal(unknown(np.array([[0, 0.5, 1]], np.float32)), [[False, True, False]])


def test_claims_on_both_sides_cancel() -> None:
    """An "on" scribble that crosses an "off" scribble leaves the question open."""
    is_foreground = np.array([[False, True, False, True]])
    is_background = np.array([[False, False, True, True]])

    trimap = from_masks(is_foreground, is_background)

    assert_array_equal(trimap, np.array([[0.5, 1, 0, 0.5]], np.float32))
    assert trimap.dtype == np.float32


def test_radius_zero_leaves_unknown_what_is_mixed() -> None:
    alpha = np.array([[0, 0.001, 0.5, 0.999, 1]], np.float32)

    assert_array_equal(from_alpha(alpha, 0), np.array([[0, 0.5, 0.5, 0.5, 1]], np.float32))


def test_from_alpha_opens_the_radius_on_both_sides() -> None:
    alpha = np.array([[0, 0, 0, 0, 0.5, 1, 1, 1, 1]], np.float32)

    assert_array_equal(
        from_alpha(alpha, 2), np.array([[0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1]], np.float32)
    )


@pytest.mark.parametrize(("radius", "width"), [(0, 0), (0.5, 0), (1, 2), (1.5, 2), (2, 4), (3, 6)])
def test_the_band_is_twice_the_radius_wide(radius: float, width: int) -> None:
    """Distances run between centres of pixels, so the next pixel over the edge is at 1."""
    trimap = from_mask(half(), radius)

    assert_array_equal(unknown(trimap).sum(axis=1), np.full(7, width))
    assert_array_equal(trimap[:, : 6 - width // 2], np.ones((7, 6 - width // 2)))
    assert_array_equal(trimap[:, 6 + width // 2 :], np.zeros((7, 6 - width // 2)))


def test_the_radius_may_change_from_pixel_to_pixel() -> None:
    """Thin where the edge is hard, wide where hair is."""
    radius = np.ones((8, 12), np.float32)
    radius[4:] = 3

    band = unknown(from_mask(half(8), radius)).sum(axis=1)

    assert_array_equal(band, [2, 2, 2, 2, 6, 6, 6, 6])


def test_a_mask_that_leaves_the_picture_has_no_edge_there() -> None:
    """A person cut off by the frame is still solid at the frame."""
    distance = distance_inside(half())

    assert_array_equal(distance, np.tile([6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0], (7, 1)))


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_without_an_edge_stays_known(value: bool) -> None:
    """OpenCV's answer for a mask without a zero is a large number, not the frame."""
    mask = np.full((3, 4), value)

    assert_array_equal(distance_inside(mask), np.full((3, 4), np.inf if value else 0))
    assert_array_equal(from_mask(mask, 1e9), np.full((3, 4), float(value)))
    assert_array_equal(erode(mask, 1e9), mask)
    assert_array_equal(dilate(mask, 1e9), mask)


def test_distances_are_euclidean() -> None:
    """Against the definition: the nearest unset pixel by trying all of them."""
    mask = np.random.default_rng(3).random((13, 17)) < 0.9
    rows, cols = np.nonzero(~mask)
    y, x = np.mgrid[:13, :17]
    expected = np.hypot(y[..., None] - rows, x[..., None] - cols).min(axis=-1)

    distance = distance_inside(mask)

    assert distance.dtype == np.float32
    assert_allclose(distance, expected, rtol=1e-6)


def test_the_radius_itself_belongs_to_the_neighbourhood() -> None:
    """A pixel at exactly the radius counts, 3-4-5 triangles included."""
    point = np.zeros((11, 11), np.bool_)
    point[5, 5] = True
    y, x = np.mgrid[:11, :11]

    assert_array_equal(dilate(point, 5), np.hypot(y - 5, x - 5) <= 5)
    assert_array_equal(erode(~point, 5), ~dilate(point, 5))
    assert_array_equal(dilate(point, 0), point)
