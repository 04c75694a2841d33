"""Scribbles painted on a picture."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.arrays import Mask
from penumbra.core.errors import HintError
from penumbra.core.hints import Scribble
from penumbra.io import load_scribbles
from penumbra.io.scribbles import trace
from tests.unit.io.files import PNG_GREY, PNG_GREY_ALPHA, encode, png, with_orientation


def painted(scribbles: tuple[Scribble, ...], height: int, width: int) -> Mask:
    """All pixels that any of the scribbles paints."""
    masks = [scribble.mask(height, width) for scribble in scribbles]
    return np.any([np.zeros((height, width), np.bool_), *masks], axis=0)


def test_white_is_on_black_is_off_and_grey_is_silent() -> None:
    """The rule of the command line, to the pixel."""
    canvas = np.full((8, 9), 128, np.uint8)
    canvas[2, 3:7], canvas[5:7, 1] = 255, 0
    canvas[0, 0], canvas[7, 8] = 254, 1

    scribbles = load_scribbles(png(canvas, PNG_GREY), 8, 9)

    on = tuple(scribble for scribble in scribbles if scribble.is_foreground)
    off = tuple(scribble for scribble in scribbles if not scribble.is_foreground)
    assert_array_equal(painted(on, 8, 9), canvas == 255)
    assert_array_equal(painted(off, 8, 9), canvas == 0)


def test_a_run_is_one_line_through_pixel_centres() -> None:
    """Width 1, from the first centre to the last."""
    canvas = np.full((3, 5), 128, np.uint8)
    canvas[1, 1:4] = 255

    (scribble,) = load_scribbles(png(canvas, PNG_GREY), 3, 5)

    assert scribble == Scribble(((1.5, 1.5), (3.5, 1.5)), 1.0)


def test_a_thick_stroke_is_one_scribble() -> None:
    """Otherwise a brush of forty pixels would make forty of them."""
    y, x = np.mgrid[:60, :80]
    stroke = np.hypot(x - 40, y - 30) < 20

    (scribble,) = trace(stroke, is_foreground=True)

    assert_array_equal(scribble.mask(60, 80), stroke)


def test_a_fork_makes_a_second_scribble() -> None:
    """A letter Y and a letter Y upside down: two arms each, and not a pixel more."""
    letter = np.zeros((5, 5), np.bool_)
    letter[[0, 0, 1, 1, 2, 3, 4], [0, 4, 1, 3, 2, 2, 2]] = True
    letter[1, [0, 4]] = letter[2, 1:4] = True

    for strokes in (letter, letter[::-1]):
        scribbles = trace(strokes, is_foreground=False)
        assert len(scribbles) == 2
        assert not any(scribble.is_foreground for scribble in scribbles)
        assert_array_equal(painted(scribbles, 5, 5), strokes)


def test_an_empty_layer_is_silent() -> None:
    """Strokes on a transparent layer, whose empty pixels are black by habit."""
    canvas = np.zeros((4, 4, 2), np.uint8)
    canvas[1, 1:3] = (255, 255)

    (scribble,) = load_scribbles(png(canvas, PNG_GREY_ALPHA), 4, 4)

    assert scribble.points == ((1.5, 1.5), (2.5, 1.5))


def test_scribbles_are_turned_like_their_photograph() -> None:
    """Size and place are those of the upright picture."""
    canvas = np.full((2, 3), 128, np.uint8)
    canvas[0, 2] = 255

    (scribble,) = load_scribbles(encode(canvas, "PNG", exif=with_orientation(6)), 3, 2)

    assert scribble.points == ((1.5, 2.5),)


def test_scribbles_of_another_size_are_refused() -> None:
    """As scribbles they have no size any more, so nobody could tell later."""
    with pytest.raises(HintError, match="as large as the 4x3 image, got 5x3"):
        load_scribbles(png(np.zeros((3, 5), np.uint8), PNG_GREY), 3, 4)


def test_a_picture_without_strokes_is_refused() -> None:
    """Blurred or saved as JPEG, perhaps."""
    with pytest.raises(HintError, match="scribbles must have white or black pixels, got none"):
        load_scribbles(png(np.full((3, 3), 128, np.uint8), PNG_GREY), 3, 3)


def test_coloured_strokes_are_refused() -> None:
    """Red and blue mean nothing here."""
    with pytest.raises(HintError, match="must be grey"):
        load_scribbles(encode(np.full((3, 3, 3), (255, 0, 0), np.uint8), "PNG"), 3, 3)
