"""Words and thin structures."""

import numpy as np
import pytest
from scipy.ndimage import minimum_filter

from penumbra.core.errors import InputError
from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.text import draw_text
from penumbra.data.procedural.thin import draw_thin
from tests.unit.data.procedural.laws import (
    SIZES,
    check_planes,
    check_same_seed_same_picture,
    check_two_backgrounds_give_the_layers_back,
)


def test_words_are_crisp() -> None:
    """Opaque letters are there or not: only their edges are mixed, a pixel or two wide."""
    for seed in range(30):
        drawn = draw_text(np.random.default_rng(seed), 256, 256)
        mixed = (drawn.alpha > 0.02) & (drawn.alpha < 0.98)

        assert drawn.kind != "SO" or not minimum_filter(mixed, 5).any()


def test_all_types_occur() -> None:
    """Bold words, outlines and shadows, and thin structures carry different types."""
    kinds = {draw_text(np.random.default_rng(seed), 48, 48).kind for seed in range(30)}

    assert kinds == {"SO", "STM", "NS"}


def test_thin_structures_are_thin_and_reach_far() -> None:
    """Little of the picture is covered, yet they span much of its height."""
    for seed in range(20):
        canvas = Canvas(192, 192)
        draw_thin(np.random.default_rng(seed), canvas)
        rows = (canvas.alpha > 0.3).any(axis=1)

        assert canvas.alpha.mean() < 0.4
        assert rows.mean() > 0.3


@pytest.mark.parametrize("seed", range(4))
def test_equal_seeds_draw_equal_pictures(seed: int) -> None:
    """A sample is named by its seed: its bits must not depend on anything else."""
    check_same_seed_same_picture(draw_text, seed)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_any_size_can_be_drawn(height: int, width: int) -> None:
    """Odd and tiny sizes too: nothing may assume room for its blur or its strokes."""
    for seed in range(8):
        check_planes(draw_text(np.random.default_rng(seed), height, width), height, width)


def test_two_backgrounds_give_the_layers_back() -> None:
    """The picture is exactly alpha F + (1 - alpha) B, over whatever it is laid."""
    for seed in range(6):
        check_two_backgrounds_give_the_layers_back(draw_text(np.random.default_rng(seed), 64, 80))


@pytest.mark.parametrize(("height", "width"), [(0, 32), (32, -1), (4000, 32)])
def test_impossible_sizes_are_refused(height: int, width: int) -> None:
    """A wrong size is the caller's mistake, told as such before anything is drawn."""
    with pytest.raises(InputError, match="height and width"):
        draw_text(np.random.default_rng(0), height, width)
