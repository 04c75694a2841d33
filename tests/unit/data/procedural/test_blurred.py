"""Solids in motion or out of focus."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.ndimage import correlate

from penumbra.core.composite import composite
from penumbra.core.errors import InputError
from penumbra.data.procedural.blurred import (
    Blur,
    apply_blur,
    draw_blurred,
    draw_blurs,
    draw_sharp,
)
from tests.unit.data.procedural.laws import (
    SIZES,
    check_planes,
    check_same_seed_same_picture,
    check_two_backgrounds_give_the_layers_back,
)


@pytest.mark.parametrize("seed", range(6))
def test_a_blurred_thing_is_the_mean_of_sharp_ones(seed: int) -> None:
    """The law of the family: over black, the picture is the blurred product of colour and alpha.

    The colour alone, blurred, would bleed the surroundings of the thing into its rim.
    """
    rng = np.random.default_rng(seed)
    sharp = draw_sharp(rng, 60, 84)
    layers = np.dstack([sharp.premultiplied, sharp.alpha])
    for blur in draw_blurs(rng, 60, 84):
        layers = _plainly_blurred(layers, blur)

    drawn = draw_blurred(np.random.default_rng(seed), 60, 84)

    black = np.zeros_like(drawn.foreground)
    assert_allclose(drawn.alpha, layers[:, :, 3], atol=2e-5)
    assert_allclose(composite(drawn.foreground, black, drawn.alpha), layers[:, :, :3], atol=2e-5)


def test_blur_keeps_what_is_constant() -> None:
    """Weights add up to one, so the inside of a large thing stays opaque."""
    ones = np.ones((40, 50, 4), np.float32)
    for seed in range(10):
        for blur in draw_blurs(np.random.default_rng(seed), 40, 50):
            assert_allclose(apply_blur(ones, blur), ones, atol=1e-5)


def test_blurred_things_have_wide_soft_edges() -> None:
    """An opaque heart and a rim of many pixels: that is what sets them apart from text."""
    partial, full = [], []
    for seed in range(12):
        drawn = draw_blurred(np.random.default_rng(seed), 128, 128)
        partial.append(((drawn.alpha > 0.02) & (drawn.alpha < 0.98)).mean())
        full.append((drawn.alpha > 0.98).mean())
        assert drawn.kind == "SO"

    assert np.mean(partial) > 0.08
    assert np.mean(full) > 0.1


def _plainly_blurred(layers: NDArray[np.float32], blur: Blur) -> NDArray[np.float32]:
    """Convolve by the book, in float64; views are left to the code under test."""
    if blur.kernel is None:
        return apply_blur(layers, blur)
    kernel = blur.kernel.astype(np.float64)[:, :, None]
    return correlate(layers.astype(np.float64), kernel, mode="nearest").astype(np.float32)


@pytest.mark.parametrize("seed", range(4))
def test_equal_seeds_draw_equal_pictures(seed: int) -> None:
    """A sample is named by its seed: its bits must not depend on anything else."""
    check_same_seed_same_picture(draw_blurred, seed)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_any_size_can_be_drawn(height: int, width: int) -> None:
    """Odd and tiny sizes too: nothing may assume room for its blur or its strokes."""
    for seed in range(8):
        check_planes(draw_blurred(np.random.default_rng(seed), height, width), height, width)


def test_two_backgrounds_give_the_layers_back() -> None:
    """The picture is exactly alpha F + (1 - alpha) B, over whatever it is laid."""
    for seed in range(6):
        check_two_backgrounds_give_the_layers_back(
            draw_blurred(np.random.default_rng(seed), 64, 80)
        )


@pytest.mark.parametrize(("height", "width"), [(0, 32), (32, -1), (4000, 32)])
def test_impossible_sizes_are_refused(height: int, width: int) -> None:
    """A wrong size is the caller's mistake, told as such before anything is drawn."""
    with pytest.raises(InputError, match="height and width"):
        draw_blurred(np.random.default_rng(0), height, width)
