"""Sprites laid over a drawing."""

import numpy as np
import pytest

from penumbra.data.procedural.stamps import placing, stamp

WHITE = np.ones((8, 16, 4), np.float32)


def test_a_sprite_lands_where_it_was_placed() -> None:
    """From its base, along its angle, as long and as broad as asked."""
    strokes = np.zeros((60, 60, 4), np.uint8)

    stamp(strokes, WHITE, placing(WHITE, np.array([10.0, 30.0]), 0.0, 40, 12))

    rows, cols = np.nonzero(strokes[..., 3] > 127)
    assert (cols.min(), cols.max()) == (10, 49)
    assert (rows.min(), rows.max()) == (24, 35)
    assert strokes[..., 3].sum() / 255 == pytest.approx(40 * 12, rel=0.05)


def test_a_shadow_darkens_what_is_below_and_covers_nothing() -> None:
    """Alpha must not know of shadows: they are colour."""
    strokes = np.zeros((60, 60, 4), np.uint8)
    strokes[30:] = 255

    stamp(strokes, WHITE, placing(WHITE, np.array([10.0, 20.0]), 0.0, 40, 18), shadow=3.0)

    assert strokes[31, 30, 0] < 200
    assert strokes[50, 30, 0] == 255
    assert strokes[31, 30, 3] == 255
    assert not strokes[5, :, 3].any()


def test_a_sprite_outside_draws_nothing() -> None:
    """Leaves reach over the border; some lie wholly beyond it."""
    strokes = np.zeros((20, 20, 4), np.uint8)

    stamp(strokes, WHITE, placing(WHITE, np.array([100.0, -50.0]), 1.0, 10, 5))

    assert not strokes.any()


def test_a_tint_colours_and_keeps_within_alpha() -> None:
    """A tint above 1 brightens as far as white."""
    strokes = np.zeros((20, 30, 4), np.uint8)

    stamp(strokes, 0.5 * WHITE, placing(WHITE, np.array([2.0, 10.0]), 0, 20, 10), (2.0, 0.5, 0.0))

    assert strokes[10, 12].tolist() == [128, 64, 0, 128]
