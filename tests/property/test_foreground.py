"""Laws of foreground estimation, for every picture and every matte."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.solvers.foreground import estimate_foreground
from penumbra.solvers.foreground_blur_fusion import estimate_foreground_blur_fusion
from penumbra.solvers.foreground_multilevel import estimate_foreground_multilevel
from penumbra.solvers.guided_filter import guided_filter
from tests.strategies import mattes, rgb_images, sizes


@pytest.mark.parametrize(
    "estimate",
    [estimate_foreground, estimate_foreground_multilevel, estimate_foreground_blur_fusion],
)
@settings(deadline=None)
@given(size=sizes(), data=st.data())
def test_known_pixels_keep_their_colours_and_all_stay_in_range(
    estimate: Callable[[RGB, Alpha], tuple[RGB, RGB]], size: tuple[int, int], data: st.DataObject
) -> None:
    """Opaque and empty pixels show one of the two colours: it is not up for estimation."""
    image, alpha = data.draw(rgb_images(size)), data.draw(mattes(size))

    foreground, background = estimate(image, alpha)

    assert_array_equal(foreground[alpha == 1], image[alpha == 1])
    assert_array_equal(background[alpha == 0], image[alpha == 0])
    for colours in (foreground, background):
        assert ((colours >= 0) & (colours <= 1)).all()


@settings(deadline=None)
@given(size=sizes(), data=st.data())
def test_the_default_explains_every_pixel(size: tuple[int, int], data: st.DataObject) -> None:
    """Some pair of colours in range mixes to any image under any matte; it finds one."""
    image, alpha = data.draw(rgb_images(size)), data.draw(mattes(size))

    back = composite(*estimate_foreground(image, alpha), alpha)

    assert np.abs(back - image).max() <= 0.5 / 255


@settings(deadline=None)
@given(size=sizes(), data=st.data())
def test_the_guided_filter_adds_nothing_to_an_even_target(
    size: tuple[int, int], data: st.DataObject
) -> None:
    """No edge of the guide may print through where there is nothing to guide."""
    guide, level = data.draw(rgb_images(size)), data.draw(st.floats(0, 1, width=32))
    target = np.full(size, level, np.float32)

    filtered = guided_filter(guide, target, radius=2, epsilon=1e-4)

    assert np.abs(filtered - target).max() < 1e-5
