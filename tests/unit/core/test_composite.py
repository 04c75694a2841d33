"""The matting equation."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.composite import composite, linear_to_srgb, srgb_to_linear
from tests.scenes import SCENES


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_mixed_from_its_parts(name: str) -> None:
    """The scenes mix in float64 on their own; both must agree."""
    scene = SCENES[name]()

    mixed = composite(scene.foreground, scene.background, scene.alpha)

    assert mixed.dtype == np.float32
    assert_allclose(mixed, scene.image, atol=2e-7)


def test_a_background_of_one_colour_broadcasts() -> None:
    """A colour is the most frequent backdrop of all."""
    scene = SCENES["soft disk"]()
    red = np.array([1, 0, 0], np.float32)
    plane = np.tile(red, (*scene.alpha.shape, 1))

    assert_array_equal(
        composite(scene.foreground, red, scene.alpha),
        composite(scene.foreground, plane, scene.alpha),
    )


def test_a_background_of_float64_does_not_widen_the_answer() -> None:
    """`np.array([1, 1, 1.0])` is what users write for white."""
    scene = SCENES["glass"]()

    white: NDArray[Any] = np.ones(3)

    assert composite(scene.foreground, white, scene.alpha).dtype == np.float32


@pytest.mark.parametrize(
    ("encoded", "light"),
    [(0.0, 0.0), (0.02, 0.001548), (0.04045, 0.0031308), (0.5, 0.2140411), (1.0, 1.0)],
)
def test_srgb_curve_matches_the_standard(encoded: float, light: float) -> None:
    """Values of IEC 61966-2-1 worked out by hand, on both sides of the knee."""
    assert srgb_to_linear(np.array([encoded], np.float32))[0] == pytest.approx(light, abs=1e-6)
    assert linear_to_srgb(np.array([light], np.float32))[0] == pytest.approx(encoded, abs=1e-5)


def test_srgb_curve_returns_from_light_and_keeps_the_ends() -> None:
    """White over white must be white: 0.9999999 is no longer opaque to a file of 16 bits."""
    ramp = np.linspace(0, 1, 65536, dtype=np.float32)

    back = linear_to_srgb(srgb_to_linear(ramp))

    assert_allclose(back, ramp, atol=1e-6)
    assert back[0] == 0
    assert back[-1] == 1
    assert back.dtype == np.float32


def test_mixing_light_is_brighter_than_mixing_codes() -> None:
    """Half white, half black: 0.735 in light (0.5 encoded), 0.5 in codes."""
    white, black = np.ones((1, 1, 3), np.float32), np.zeros((1, 1, 3), np.float32)
    half = np.full((1, 1), 0.5, np.float32)

    assert_allclose(composite(white, black, half), np.full((1, 1, 3), 0.5))
    assert_allclose(
        composite(white, black, half, linear=True), np.full((1, 1, 3), 0.73536), rtol=1e-4
    )
