"""The object lifted off its background."""

import pytest
from numpy.testing import assert_allclose

from penumbra.core.composite import composite
from penumbra.core.cutout import Cutout
from penumbra.core.matte import Matte
from tests.scenes import SCENES


@pytest.mark.parametrize("linear", [False, True])
def test_a_cutout_lies_over_any_background(linear: bool) -> None:
    """Over its own background it is the photograph again, in codes; light is another picture."""
    scene = SCENES["strands"]()
    cutout = Cutout(scene.foreground, scene.alpha, scene.background, Matte(scene.alpha))

    over = cutout.over(scene.background, linear=linear)

    assert_allclose(
        over, composite(scene.foreground, scene.background, scene.alpha, linear), atol=1e-7
    )
    assert (abs(over - scene.image).max() < 1e-6) is not linear
