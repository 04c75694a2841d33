"""What every procedural foreground promises, whatever it shows."""

from collections.abc import Callable

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.composite import composite
from penumbra.data.procedural.layers import ProceduralForeground

Draw = Callable[[np.random.Generator, int, int], ProceduralForeground]

SIZES = [(33, 65), (16, 16), (97, 40)]


def check_same_seed_same_picture(draw: Draw, seed: int) -> None:
    """Equal bits from equal seeds, and another picture from another seed."""
    first, second = (draw(np.random.default_rng(seed), 48, 64) for _ in range(2))
    other = draw(np.random.default_rng(seed + 1), 48, 64)

    assert_array_equal(first.alpha, second.alpha)
    assert_array_equal(first.foreground, second.foreground)
    assert not np.array_equal(first.alpha, other.alpha)


def check_planes(drawn: ProceduralForeground, height: int, width: int) -> None:
    """Right shapes, types and ranges, and something to see."""
    assert drawn.alpha.shape == (height, width)
    assert drawn.foreground.shape == (height, width, 3)
    for plane in (drawn.alpha, drawn.foreground):
        assert plane.dtype == np.float32
        assert np.isfinite(plane).all()
        assert plane.min() >= 0
        assert plane.max() <= 1
    assert drawn.alpha.max() > 0.05


def check_two_backgrounds_give_the_layers_back(drawn: ProceduralForeground) -> None:
    """Triangulation: over black and over white, the composites determine alpha and a F.

    Smith and Blinn, "Blue screen matting", SIGGRAPH 1996, theorem 3.
    """
    black = np.zeros_like(drawn.foreground)
    over_black = composite(drawn.foreground, black, drawn.alpha).astype(np.float64)
    over_white = composite(drawn.foreground, black + 1, drawn.alpha).astype(np.float64)

    alpha = 1 - (over_white - over_black)
    assert_allclose(alpha, np.repeat(drawn.alpha[:, :, None], 3, axis=2), atol=1e-5)
    assert_allclose(over_black, drawn.foreground * drawn.alpha[:, :, None], atol=1e-5)
    is_firm = drawn.alpha > 0.1  # below, float32 composites cannot hold the colour itself
    colour = over_black[is_firm] / alpha[is_firm]
    assert_allclose(colour, drawn.foreground[is_firm], atol=1e-5)
