"""Changes of frame and their ways back."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.frames import Crop, Pad, Resize
from penumbra.core.hints import Box, Click, Hints, Scribble


@pytest.mark.parametrize(
    ("size", "long_side", "new"),
    [
        ((600, 800), 400, (300, 400)),
        ((800, 600), 400, (400, 300)),
        ((300, 400), 400, (300, 400)),
        ((30, 40), 400, (30, 40)),
        ((1, 9000), 100, (1, 100)),
        ((333, 1000), 500, (166, 500)),
    ],
)
def test_the_long_side_is_shrunk_and_never_enlarged(
    size: tuple[int, int], long_side: int, new: tuple[int, int]
) -> None:
    """A panorama keeps at least one row."""
    frame = Resize.to_long_side(*size, long_side)

    assert (frame.new_height, frame.new_width) == new


def test_resize_moves_every_hint() -> None:
    frame = Resize(10, 20, 20, 10)
    hints = Hints(
        clicks=(Click(4, 3, is_foreground=False),),
        scribbles=(Scribble(((0, 0), (20, 10)), 3, is_foreground=False),),
        box=Box(2, 2, 20, 10),
        text="cat",
        trimap=np.full((10, 20), 0.5, np.float32),
        mask=np.ones((10, 20), np.bool_),
    )

    moved = frame.hints(hints)

    assert moved.clicks == (Click(2, 6, is_foreground=False),)
    assert moved.scribbles == (Scribble(((0, 0), (10, 20)), 3, is_foreground=False),)
    assert moved.box == Box(1, 4, 10, 20)
    assert moved.text == "cat"
    assert_array_equal(moved.trimap, np.full((20, 10), 0.5))
    assert_array_equal(moved.mask, np.ones((20, 10)))


def test_a_scribble_is_scaled_in_width() -> None:
    (scribble,) = Resize(10, 10, 5, 5).hints(Hints(scribbles=(Scribble(((1, 1),), 4),))).scribbles

    assert scribble.width == pytest.approx(2)


@pytest.mark.parametrize("width", [3, 7, 1000, 4032])
@pytest.mark.parametrize("new_width", [1, 2, 511, 5000])
def test_a_click_on_the_last_hair_of_the_picture_stays_in(width: int, new_width: int) -> None:
    """Rounding could otherwise name a column that is not there."""
    edge = math.nextafter(width, 0)

    (click,) = (
        Resize(width, width, new_width, new_width).hints(Hints(clicks=(Click(edge, edge),))).clicks
    )

    assert click.pixel == (new_width - 1, new_width - 1)


def test_crop_cuts_the_window_and_puts_it_back() -> None:
    image = np.arange(60, dtype=np.float32).reshape(6, 10)
    frame = Crop(6, 10, top=1, left=2, bottom=4, right=9)

    whole = frame.back(frame.plane(image))

    assert_array_equal(frame.plane(image), image[1:4, 2:9])
    assert_array_equal(whole[1:4, 2:9], image[1:4, 2:9])
    assert whole.sum() == image[1:4, 2:9].sum()


def test_crop_moves_what_lies_in_the_window() -> None:
    hints = Hints(
        clicks=(Click(2, 1), Click(8.5, 3.5, is_foreground=False)),
        scribbles=(Scribble(((0, 2), (9, 2)), 1),),
        box=Box(0, 2, 5, 6),
        trimap=np.zeros((6, 10), np.float32),
        mask=np.ones((6, 10), np.bool_),
    )

    moved = Crop(6, 10, top=1, left=2, bottom=4, right=9).hints(hints)

    assert moved.clicks == (Click(0, 0), Click(6.5, 2.5, is_foreground=False))
    assert moved.scribbles == (Scribble(((-2, 1), (7, 1)), 1),)
    assert moved.box == Box(0, 1, 3, 3)
    assert moved.trimap is not None
    assert moved.mask is not None
    assert moved.trimap.shape == moved.mask.shape == (3, 7)


@pytest.mark.parametrize("click", [(1.9, 2), (9, 2), (5, 0.9), (5, 4)])
def test_crop_drops_clicks_outside(click: tuple[float, float]) -> None:
    """Column -1 of an array is its last: the click would land on the other side."""
    assert Crop(6, 10, 1, 2, 4, 9).hints(Hints(clicks=(Click(*click),))).clicks == ()


@pytest.mark.parametrize(
    "box", [Box(0, 0, 2, 6), Box(9, 0, 10, 6), Box(0, 0, 10, 1), Box(0, 4, 10, 6)]
)
def test_crop_drops_a_box_outside(box: Box) -> None:
    """Touching edges share no pixel."""
    assert Crop(6, 10, 1, 2, 4, 9).hints(Hints(box=box)).box is None


def test_crop_drops_a_scribble_that_does_not_touch_the_window() -> None:
    """Otherwise `kinds` would promise a stroke that paints nothing."""
    frame = Crop(6, 10, 1, 2, 4, 9)
    gone, wide = Scribble(((0, 5.5), (0.5, 5.5)), 1), Scribble(((0, 5.5),), 8)

    assert frame.hints(Hints(scribbles=(gone,))).kinds == frozenset()
    assert frame.hints(Hints(scribbles=(gone, wide))).scribbles == (Scribble(((-2, 4.5),), 8),)


@pytest.mark.parametrize(
    "window",
    [(-1, 0, 3, 3), (0, -1, 3, 3), (0, 0, 7, 3), (0, 5, 3, 11), (2, 0, 2, 3), (0, 3, 3, 3)],
)
def test_a_window_outside_the_image_is_a_bug(window: tuple[int, int, int, int]) -> None:
    """NumPy would wrap or shorten it in silence."""
    with pytest.raises(AssertionError, match="window must lie inside"):
        Crop(6, 10, *window)


def test_pad_repeats_the_edge_and_cuts_it_off_again() -> None:
    image = np.random.default_rng(0).random((5, 8, 3)).astype(np.float32)
    frame = Pad(5, 8, 4)

    padded = frame.plane(image)

    assert frame.new_size == (8, 8)
    assert padded.shape == (8, 8, 3)
    assert_array_equal(padded[5:], np.repeat(image[4:5], 3, axis=0))
    assert_array_equal(frame.back(padded[:, :, 0]), image[:, :, 0])


def test_pad_leaves_points_where_they_are() -> None:
    hints = Hints(clicks=(Click(7.5, 4.5),), mask=np.eye(5, 8, dtype=np.bool_))

    moved = Pad(5, 8, 4).hints(hints)

    assert moved.clicks == hints.clicks
    assert moved.mask is not None
    assert moved.mask.shape == (8, 8)
    assert moved.box is None
