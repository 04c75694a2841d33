"""Procedural backgrounds."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import InputError
from penumbra.data.procedural.backgrounds import draw_background
from tests.unit.data.procedural.laws import SIZES


def test_equal_seeds_draw_equal_backgrounds() -> None:
    """Like every sample, a background is named by its seed."""
    first, second = (draw_background(np.random.default_rng(3), 40, 56) for _ in range(2))

    assert_array_equal(first, second)
    assert not np.array_equal(first, draw_background(np.random.default_rng(4), 40, 56))


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_backgrounds_fill_any_size(height: int, width: int) -> None:
    """A background has no holes: finite colours everywhere, whatever the size."""
    for seed in range(24):
        picture = draw_background(np.random.default_rng(seed), height, width)

        assert picture.shape == (height, width, 3)
        assert picture.dtype == np.float32
        assert picture.min() >= 0
        assert picture.max() <= 1


def test_backgrounds_differ_in_brightness_and_detail() -> None:
    """One kind of background would teach a network that kind."""
    pictures = [draw_background(np.random.default_rng(seed), 64, 64) for seed in range(40)]
    detail = [float(np.abs(np.diff(p, axis=1)).mean()) for p in pictures]

    assert np.std([p.mean() for p in pictures]) > 0.08
    assert max(detail) > 5 * min(detail)


@pytest.mark.parametrize(("height", "width"), [(0, 32), (32, -1), (4000, 32)])
def test_impossible_sizes_are_refused(height: int, width: int) -> None:
    """A wrong size is the caller's mistake, told as such before anything is drawn."""
    with pytest.raises(InputError, match="height and width"):
        draw_background(np.random.default_rng(0), height, width)
