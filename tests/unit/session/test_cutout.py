"""From image and hints to a cut-out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.errors import HintError, ImageError, InputError
from penumbra.core.hints import Box, Click, Hints
from penumbra.core.matte import Matte
from penumbra.session.cutout import cut_out, cut_out_each, lift
from tests.predictors import Echo, Spotter
from tests.scenes import SCENES

CLICKS = Hints(clicks=(Click(1, 1), Click(2, 1)))


def test_a_cutout_holds_the_answer_of_the_model() -> None:
    scene = SCENES["soft disk"]()

    cutout = cut_out(scene.image, CLICKS, Echo())

    assert_array_equal(cutout.alpha, np.full((32, 32), 0.2, np.float32))
    assert cutout.matte.alpha is cutout.alpha
    assert cutout.foreground.shape == cutout.background.shape == (32, 32, 3)


@pytest.mark.parametrize("name", SCENES)
def test_a_cutout_over_its_own_background_is_the_photograph(name: str) -> None:
    """Exactly where alpha is known, and nearly where it is mixed."""
    scene = SCENES[name]()

    cutout = lift(scene.image, Matte(scene.alpha))
    again = cutout.over(cutout.background)

    known = (scene.alpha == 0) | (scene.alpha == 1)
    assert_allclose(again[known], scene.image[known], atol=1e-6)
    assert np.abs(again - scene.image).mean() < 3 / 255


@pytest.mark.parametrize("name", SCENES)
def test_a_cutout_does_not_carry_its_background_along(name: str) -> None:
    """The fringe of the first paragraph of every complaint: raw colours at soft edges.

    The error of the colours, weighted with alpha, is at most a third of the raw ones'.
    """
    scene = SCENES[name]()
    soft = (scene.alpha > 0) & (scene.alpha < 1)
    weight = scene.alpha[soft][:, None]

    foreground = lift(scene.image, Matte(scene.alpha)).foreground[soft]

    raw = (weight * np.abs(scene.image[soft] - scene.foreground[soft])).sum()
    ours = (weight * np.abs(foreground - scene.foreground[soft])).sum()
    assert ours <= raw / 3


def test_bad_input_is_refused() -> None:
    scene = SCENES["glass"]()

    with pytest.raises(ImageError, match=r"image must have shape \(H, W, 3\)"):
        cut_out(scene.alpha, CLICKS, Echo())
    with pytest.raises(HintError, match="echo needs"):
        cut_out(scene.image, Hints(), Echo())
    with pytest.raises(HintError, match="click must lie inside"):
        cut_out(scene.image, Hints(clicks=(Click(99, 1),)), Echo())


def test_each_person_is_lifted_off_everything_else() -> None:
    """With colours of its own: the other one is its background."""
    image = np.zeros((4, 6, 3), np.float32)
    image[:, :3], image[:, 3:] = [0.8, 0.1, 0.1], [0.1, 0.2, 0.9]

    left, right = cut_out_each(image, Spotter())

    assert (left.box, left.score) == (Box(0, 0, 3, 4), 0.9)
    assert (right.box, right.score) == (Box(3, 0, 6, 4), 0.8)
    assert left.cutout.matte.confidence == 0.9
    assert_array_equal(left.cutout.alpha + right.cutout.alpha, np.ones((4, 6)))
    assert_allclose(left.cutout.foreground[:, :3], image[:, :3], atol=1e-6)
    assert_allclose(left.cutout.background[:, 3:], image[:, 3:], atol=1e-6)
    assert_allclose(right.cutout.foreground[:, 3:], image[:, 3:], atol=1e-6)


def test_nobody_is_no_cutout() -> None:
    assert cut_out_each(np.zeros((4, 6, 3), np.float32), Spotter()) == []


def test_people_are_refused_of_a_model_that_finds_none() -> None:
    """And so is what is no image."""
    with pytest.raises(InputError, match="one that finds each person, such as dfimat, got echo"):
        cut_out_each(np.ones((4, 6, 3), np.float32), Echo())
    with pytest.raises(ImageError, match=r"image must have shape \(H, W, 3\)"):
        cut_out_each(np.ones((4, 6), np.float32), Spotter())
