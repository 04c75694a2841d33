"""Errors of one matte."""

import numpy as np
import pytest

from penumbra.comparison.measure import colour_error, region_of, scores_of, sparsification
from penumbra.comparison.scenes import Scene, made_trimap
from tests.held_sets import HEIGHT, WIDTH, red_on_blue, square

SIZE = HEIGHT * WIDTH


def scene() -> Scene:
    """The square; its top and its left border are not told."""
    alpha = square()
    trimap = alpha.copy()
    trimap[6:10] = 0.5
    return Scene(red_on_blue(alpha), alpha, trimap, red_on_blue(np.ones_like(alpha)))


def test_the_truth_has_no_error() -> None:
    scores = scores_of(square(), scene(), region_of(scene(), "none"))

    assert scores.pop("IoU") == 1
    assert scores.pop("colour") == pytest.approx(0, abs=0.01)
    assert set(scores) == {"SAD", "MSE", "MAD", "Grad", "Conn"}
    assert set(scores.values()) == {0.0}


def test_a_trimap_confines_the_errors() -> None:
    """Outside of the unknown region everybody is told the answer."""
    empty = np.zeros_like(square())
    whole, unknown = region_of(scene(), "box"), region_of(scene(), "trimap")

    assert (whole.name, whole.pixels) == ("image", SIZE)
    assert (unknown.name, unknown.pixels) == ("unknown", 4 * WIDTH)
    assert scores_of(empty, scene(), whole)["SAD"] == pytest.approx(0.1)
    assert scores_of(empty, scene(), unknown)["SAD"] == pytest.approx(0.02)
    assert scores_of(empty, scene(), unknown)["MAD"] == pytest.approx(20 / (4 * WIDTH))
    assert scores_of(empty, scene(), unknown)["IoU"] == 0


def test_the_colour_error_is_what_is_seen_of_the_cut_out() -> None:
    """By hand: an empty cut-out leaves black, white and green where red should be."""
    empty = np.zeros_like(square())

    error = colour_error(empty, scene(), red_on_blue(np.ones_like(empty)), None)

    differing = (1 + 2 + 2) / 3 / 3  # of three channels: one over black, two over the others
    assert error == pytest.approx(differing * 100 / SIZE, rel=1e-5)


def test_colours_are_measured_only_where_they_are_known() -> None:
    photograph = Scene(red_on_blue(square()), square())

    assert "colour" not in scores_of(square(), photograph, region_of(photograph, "none"))


def test_an_uncertainty_that_knows_the_error_is_the_oracle() -> None:
    empty = np.zeros_like(square())

    curves = sparsification(empty, scene(), square(), region_of(scene(), "none"))

    assert curves["sparsification"] == curves["oracle"]
    assert len(curves["oracle"]) == 21
    assert (curves["oracle"][0], curves["oracle"][-1]) == (1.0, 0.0)


def test_a_perfect_matte_has_no_curve() -> None:
    assert sparsification(square(), scene(), square(), region_of(scene(), "none")) == {}


def test_a_trimap_is_made_only_where_it_tells_both_sides() -> None:
    alpha = np.zeros((60, 60), np.float32)
    alpha[10:50, 10:50] = 1

    trimap = made_trimap(alpha)

    assert trimap is not None
    assert (trimap[30, 30], trimap[0, 0], trimap[10, 30]) == (1, 0, 0.5)
    assert made_trimap(alpha / np.float32(2)) is None
