"""Laws of closed-form matting that hold for every picture and trimap."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Trimap
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from tests.strategies import rgb_images, sizes, trimaps


@st.composite
def questions(draw: st.DrawFn) -> tuple[RGB, Trimap]:
    """A picture and a trimap that knows something."""
    size = draw(sizes(3, 9))
    image, trimap = draw(rgb_images(size)), draw(trimaps(size))
    assume((trimap != 0.5).any())
    return image, trimap


@given(question=questions())
def test_known_pixels_stay_and_the_rest_is_an_opacity(question: tuple[RGB, Trimap]) -> None:
    """Whatever the picture, a matte comes back that obeys the trimap."""
    image, trimap = question

    alpha = estimate_alpha_closed_form(image, trimap)

    is_known = trimap != 0.5
    assert_array_equal(alpha[is_known], trimap[is_known])
    assert ((alpha >= 0) & (alpha <= 1)).all()


@given(question=questions())
def test_object_and_background_are_complements(question: tuple[RGB, Trimap]) -> None:
    """Calling the object background turns alpha into one minus alpha: nothing is favoured."""
    image, trimap = question

    alpha = estimate_alpha_closed_form(image, trimap)

    assert_allclose(estimate_alpha_closed_form(image, 1 - trimap), 1 - alpha, atol=2e-3)


@given(question=questions())
def test_turning_the_picture_turns_the_matte(question: tuple[RGB, Trimap]) -> None:
    """Rows and columns, and the order of the channels, mean nothing to the model."""
    image, trimap = question
    turned = np.ascontiguousarray(image.transpose(1, 0, 2)[:, :, ::-1])

    alpha = estimate_alpha_closed_form(turned, np.ascontiguousarray(trimap.T))

    assert_allclose(alpha.T, estimate_alpha_closed_form(image, trimap), atol=2e-3)
