"""Laws of the classical model that hold for every picture and every mixture of hints."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from penumbra.core.arrays import RGB
from penumbra.core.errors import TrimapError
from penumbra.core.hints import Hints
from penumbra.session.session import Session
from penumbra.systems.registry import load_predictor
from tests.strategies import hints, rgb_images, sizes


@st.composite
def rounds(draw: st.DrawFn) -> tuple[RGB, list[Hints]]:
    """A picture and two rounds of hints on it, each with at least one."""
    size = draw(sizes(3, 12))
    said = [replace(draw(hints(size)), text=None) for _ in range(2)]
    assume(all(hint.kinds for hint in said))
    return draw(rgb_images(size)), said


@given(question=rounds())
def test_any_hints_lead_to_a_matte(question: tuple[RGB, list[Hints]]) -> None:
    """Only a trimap that knows nothing is refused; nothing is a crash.

    What the user painted is in the matte: the known pixels of a trimap, but where a click or
    a scribble lies on them.
    """
    image, said = question
    session = Session(load_predictor("classical"), image)
    for hint in said:
        try:
            alpha = session.apply(hint).alpha
        except TrimapError:
            assert hint.trimap is not None
            assert (hint.trimap == 0.5).all()
            continue
        assert alpha.shape == image.shape[:2]
        assert ((alpha >= 0) & (alpha <= 1)).all()
        if hint.trimap is not None:
            is_kept = hint.trimap != 0.5
            for scribble in hint.scribbles:
                is_kept &= ~scribble.mask(*is_kept.shape)
            for click in hint.clicks:
                is_kept[click.pixel] = False
            assert_array_equal(alpha[is_kept], hint.trimap[is_kept])


@given(question=rounds())
def test_the_last_click_is_obeyed(question: tuple[RGB, list[Hints]]) -> None:
    """Whatever else was said: alpha is 1 under a click on the object and 0 off it."""
    image, said = question
    session = Session(load_predictor("classical"), image)
    for hint in said:
        assume(hint.clicks)
        alpha = session.apply(hint).alpha
        assert alpha[hint.clicks[-1].pixel] == np.float32(hint.clicks[-1].is_foreground)
