"""Smoke, clouds and flames."""

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data.procedural.smoke import draw_smoke
from tests.unit.data.procedural.laws import (
    SIZES,
    check_planes,
    check_same_seed_same_picture,
    check_two_backgrounds_give_the_layers_back,
)


def test_smoke_is_soft_everywhere() -> None:
    """No pixel of smoke hides all behind it, and most of what is drawn is truly partial."""
    for seed in range(20):
        drawn = draw_smoke(np.random.default_rng(seed), 128, 128)
        visible = drawn.alpha[drawn.alpha > 0]

        assert ((visible > 0.002) & (visible < 0.998)).mean() > 0.7
        assert drawn.kind == "NS"


def test_smoke_has_no_edges() -> None:
    """Alpha climbs over several pixels: a step would make it a cut-out of smoke."""
    steps = []
    for seed in range(20):
        alpha = draw_smoke(np.random.default_rng(seed), 256, 256).alpha
        steps.append(np.quantile(np.abs(np.diff(alpha, axis=1)), 0.999))

    assert np.median(steps) < 0.15


@pytest.mark.parametrize("seed", range(4))
def test_equal_seeds_draw_equal_pictures(seed: int) -> None:
    """A sample is named by its seed: its bits must not depend on anything else."""
    check_same_seed_same_picture(draw_smoke, seed)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_any_size_can_be_drawn(height: int, width: int) -> None:
    """Odd and tiny sizes too: nothing may assume room for its blur or its strokes."""
    for seed in range(8):
        check_planes(draw_smoke(np.random.default_rng(seed), height, width), height, width)


def test_two_backgrounds_give_the_layers_back() -> None:
    """The picture is exactly alpha F + (1 - alpha) B, over whatever it is laid."""
    for seed in range(6):
        check_two_backgrounds_give_the_layers_back(draw_smoke(np.random.default_rng(seed), 64, 80))


@pytest.mark.parametrize(("height", "width"), [(0, 32), (32, -1), (4000, 32)])
def test_impossible_sizes_are_refused(height: int, width: int) -> None:
    """A wrong size is the caller's mistake, told as such before anything is drawn."""
    with pytest.raises(InputError, match="height and width"):
        draw_smoke(np.random.default_rng(0), height, width)
