"""Leaves, ferns, grass and feathers."""

import numpy as np
import pytest

from penumbra.data.procedural.families import draw_foreground


@pytest.mark.parametrize("family", ["leaves", "fern", "feathers"])
def test_blades_are_opaque_and_gaps_are_clear(family: str) -> None:
    """Foliage is full of holes that show the background, between blades that hide it."""
    for seed in range(2):
        alpha = draw_foreground(family, seed, 192, 192).alpha

        assert (alpha > 0.99).mean() > 0.05
        assert (alpha < 0.01).mean() > 0.2


def test_leaves_have_veins_and_light() -> None:
    """Within solid foliage neighbouring pixels differ: blades are not flat patches."""
    drawn = draw_foreground("leaves", 4, 256, 256)
    is_inside = (drawn.alpha[:, 1:] == 1) & (drawn.alpha[:, :-1] == 1)
    steps = np.abs(np.diff(drawn.foreground[..., 1], axis=1))[is_inside]

    assert steps.mean() > 0.005


def test_grass_grows_from_the_ground() -> None:
    """Denser below than above."""
    for seed in range(4):
        alpha = draw_foreground("grass", seed, 128, 128).alpha

        assert alpha[96:].mean() > 2 * alpha[:64].mean()
