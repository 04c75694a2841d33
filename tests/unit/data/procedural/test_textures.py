"""Surfaces and colours."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.data.procedural.textures import TEXTURES, Texture, mix, ramp, random_colour


@pytest.mark.parametrize("texture", TEXTURES)
def test_textures_have_something_on_them(texture: Texture) -> None:
    """A texture that comes out flat would be a plain colour in disguise."""
    picture = texture(np.random.default_rng(1), 64, 64)

    assert picture.shape == (64, 64, 3)
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture.std(axis=(0, 1)).max() > 0.005


def test_colours_keep_to_their_ranges() -> None:
    """Brightness is the largest channel, and a colour without saturation is grey."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert 0.6 <= random_colour(rng, (0.6, 0.7)).max() <= 0.7
        assert np.ptp(random_colour(rng, (0.2, 0.9), (0.0, 0.0))) < 1e-6


def test_mix_and_ramp_meet_their_colours_at_the_ends() -> None:
    """Weight 0 is the first colour, 1 the last, and the middle of three is the second."""
    red, green, blue = np.eye(3, dtype=np.float32)
    weights = np.array([[0, 0.5, 1]], np.float32)

    assert_allclose(mix(red, blue, weights)[0], np.stack([red, (red + blue) / 2, blue]), atol=1e-6)
    assert_allclose(ramp(weights, [red, green, blue])[0], np.eye(3), atol=1e-6)
