"""Colours under zero alpha."""

import cv2
import numpy as np
from numpy.testing import assert_array_equal

from penumbra.io.hidden import spread_colours


def test_what_is_seen_stays_as_it_is() -> None:
    """And the input with it."""
    foreground = np.random.default_rng(0).random((6, 7, 3), dtype=np.float32)
    visible = np.random.default_rng(1).random((6, 7)) < 0.5
    before = foreground.copy()

    spread = spread_colours(foreground, visible)

    assert_array_equal(spread[visible], foreground[visible])
    assert_array_equal(foreground, before)
    assert spread_colours(foreground, np.ones((6, 7), np.bool_)) is foreground


def test_the_nearest_colour_spreads_sixteen_pixels() -> None:
    """Red from the left, blue from the right, each up to the middle and no further than that."""
    foreground = np.full((1, 60, 3), 0.5, np.float32)
    foreground[0, 0], foreground[0, 20] = (1, 0, 0), (0, 0, 1)
    visible = np.zeros((1, 60), np.bool_)
    visible[0, [0, 20]] = True

    spread = spread_colours(foreground, visible)

    assert_array_equal(spread[0, :10], np.tile(np.array([1, 0, 0], np.float32), (10, 1)))
    assert_array_equal(spread[0, 11:37], np.tile(np.array([0, 0, 1], np.float32), (26, 1)))
    assert_array_equal(spread[0, 37:], 0)


def test_nothing_of_a_picture_without_object_remains() -> None:
    """No colour to spread: black."""
    assert not spread_colours(np.ones((3, 3, 3), np.float32), np.zeros((3, 3), np.bool_)).any()


def test_a_viewer_that_shrinks_the_picture_shows_no_fringe() -> None:
    """The reason for all this: a white object stays white however it is resized."""
    y, x = np.mgrid[:64, :64]
    visible = np.hypot(x - 32, y - 32) < 12
    white = np.repeat(visible[:, :, None], 3, axis=2).astype(np.float32)

    shrunk = cv2.resize(spread_colours(white, visible), (23, 23), interpolation=cv2.INTER_AREA)
    alpha = cv2.resize(visible.astype(np.float32), (23, 23), interpolation=cv2.INTER_AREA)

    assert shrunk[alpha > 0].min() == 1
