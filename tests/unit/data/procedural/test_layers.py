"""The canvas: the over operator, and colour told apart from alpha."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.core.arrays import Alpha
from penumbra.core.composite import composite
from penumbra.core.errors import InputError
from penumbra.data.procedural.layers import EMPTY_COLOUR, Canvas, check_size, fineness
from penumbra.data.procedural.strands import floats

HEIGHT, WIDTH = 24, 40
RED, BLUE = (0.9, 0.1, 0.2), (0.1, 0.3, 1.0)


def ramp(low: float, high: float) -> Alpha:
    """Coverage that rises from left to right."""
    return np.tile(np.linspace(low, high, WIDTH, dtype=np.float32), (HEIGHT, 1))


def test_two_layers_look_like_two_composites() -> None:
    """Flattening layers first and compositing once must equal compositing one by one."""
    background = np.full((HEIGHT, WIDTH, 3), 0.6, np.float32)
    canvas = Canvas(HEIGHT, WIDTH)
    canvas.over(RED, ramp(0, 1))
    canvas.over(BLUE, ramp(0.8, 0.1))

    drawn = canvas.finish("SO", "test")
    one_by_one = composite(floats([[RED]]), background, ramp(0, 1))
    one_by_one = composite(floats([[BLUE]]), one_by_one, ramp(0.8, 0.1))

    assert_allclose(drawn.alpha, 1 - (1 - ramp(0, 1)) * (1 - ramp(0.8, 0.1)), atol=1e-6)
    assert_allclose(composite(drawn.foreground, background, drawn.alpha), one_by_one, atol=1e-6)


def test_a_finer_canvas_averages_light_and_not_colour() -> None:
    """A pixel half red and half empty is red at alpha one half, not dark red."""
    canvas = Canvas(8, 8, scale=2)
    coverage = np.zeros((16, 16), np.float32)
    coverage[:, ::2] = 1
    canvas.over(RED, coverage)

    drawn = canvas.finish("SO", "test")

    assert_allclose(drawn.alpha, 0.5, atol=1e-6)
    assert_allclose(drawn.foreground, np.broadcast_to(floats(RED), (8, 8, 3)), atol=1e-6)


def test_strokes_never_outshine_their_alpha() -> None:
    """Premultiplied colour above alpha would be a colour above 1: rounding is cut off."""
    canvas = Canvas(8, 8)
    strokes = np.zeros((8, 8, 4), np.uint8)
    strokes[2, 3] = (12, 0, 0, 10)
    canvas.over_strokes(strokes)

    drawn = canvas.finish("SO", "test")

    assert (canvas.premultiplied <= canvas.alpha[..., None]).all()
    assert drawn.foreground[2, 3].tolist() == [1, 0, 0]
    assert drawn.alpha[2, 3] == pytest.approx(10 / 255)


def test_shade_darkens_without_uncovering() -> None:
    """A shadow on the object is a matter of its colour; what lies behind stays as hidden."""
    canvas = Canvas(HEIGHT, WIDTH)
    canvas.over(RED, ramp(0.2, 1))
    canvas.shade(np.full((HEIGHT, WIDTH), 0.5, np.float32))

    drawn = canvas.finish("SO", "test")

    assert_allclose(drawn.alpha, ramp(0.2, 1), atol=1e-6)
    assert_allclose(drawn.foreground[..., 0], 0.45, atol=1e-6)


def test_colours_continue_where_nothing_is_drawn() -> None:
    """Beside an edge lies the colour of that edge, or a resize would darken the fringe."""
    canvas = Canvas(32, 32)
    coverage = np.zeros((32, 32), np.float32)
    coverage[4:12, :8] = 1
    canvas.over(RED, coverage)
    coverage = np.zeros((32, 32), np.float32)
    coverage[20:, 24:] = 1
    canvas.over(BLUE, coverage)

    foreground = canvas.finish("SO", "test").foreground

    assert_allclose(foreground[7, 8], RED, atol=0.15)
    assert_allclose(foreground[25, 23], BLUE, atol=0.15)
    assert foreground.min() >= 0.1 - 1e-6


def test_an_empty_canvas_is_grey_and_transparent() -> None:
    """Nothing drawn is no excuse for a division by zero."""
    drawn = Canvas(9, 17, scale=3).finish("NS", "test")

    assert not drawn.alpha.any()
    assert_allclose(drawn.foreground, EMPTY_COLOUR)


def test_large_pictures_are_drawn_less_finely() -> None:
    """Memory and time grow with the square of size times fineness."""
    assert fineness(384, 384) > fineness(384, 1600)


@pytest.mark.parametrize(("height", "width"), [(0, 64), (64, -3), (7, 64), (64, 2049)])
def test_impossible_sizes_are_refused(height: int, width: int) -> None:
    """Told before anything is allocated."""
    with pytest.raises(InputError, match="height and width must be between 8 and 2048"):
        check_size(height, width)
    with pytest.raises(InputError, match="height and width"):
        Canvas(height, width)
