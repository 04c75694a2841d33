"""Curves of the error that is left; numbers by hand, with the model of squares."""

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.evaluation.doubted import doubted_curve, doubted_json, doubted_text
from penumbra.evaluation.run import Failure
from tests.red_reader import RedReader
from tests.square_clicker import CASES, SquareClicker


def test_the_left_half_of_a_square_is_known_to_be_doubtful() -> None:
    """Of 242 wrong pixels of 800 five elevenths go first, and then what comes first row by row."""
    curve = doubted_curve(CASES[0], SquareClicker())

    assert curve.is_normalised
    # The first twentieth, 40 pixels, lies in the 110 doubtful ones.
    assert curve.by_uncertainty[1] == pytest.approx((202 / 760) / (242 / 800))
    assert curve.by_uncertainty[1] == curve.oracle[1]
    assert curve.ause > 0


def test_the_text_has_both_curves_and_what_was_left_out() -> None:
    """An image without any error has no curve."""
    curves = [doubted_curve(case, SquareClicker()) for case in CASES]

    text = doubted_text(curves, (Failure("torn", "torn.png must be whole"),))

    assert "mean of 2 images, 1 without any error left out" in text
    assert "| uncertainty" in text
    assert "1 of 4 images could not be measured" in text
    values = doubted_json(curves)
    assert values["shares"] == curves[0].shares
    assert len(values["uncertainty"]) == 21
    assert np.isfinite(values["ause"])


def test_a_model_without_uncertainty_is_named() -> None:
    """There is nothing to rank by."""
    with pytest.raises(InputError, match="where it is uncertain, got nothing from 'aim'"):
        doubted_curve(CASES[0], RedReader())
