"""Pixel by pixel: SAD, MSE and MAD."""

import math

import numpy as np
import pytest

from penumbra.metrics.alpha import mad, mse, sad, sse
from tests.unit.metrics.reference import (
    ALPHA,
    BACKGROUND,
    DEGENERATE,
    FIXED,
    FOREGROUND,
    GOLDEN,
    HALF_A_DIGIT,
    TRUTH,
    UNKNOWN,
)

METRICS = {"sad": sad, "mse": mse, "mad": mad}


def test_sad_counts_whole_pixels() -> None:
    """One fully wrong pixel is an error of one, however large the image."""
    truth = np.zeros((400, 300), np.float32)
    estimate = truth.copy()
    estimate[17, 42] = 1

    assert sad(estimate, truth) == 1.0


@pytest.mark.parametrize("name", METRICS)
def test_agrees_with_the_reference(name: str) -> None:
    """Over the whole image and over the unknown region."""
    metric = METRICS[name]

    assert metric(ALPHA, TRUTH) == pytest.approx(GOLDEN["whole"][name], abs=HALF_A_DIGIT)
    assert metric(ALPHA, TRUTH, UNKNOWN) == pytest.approx(GOLDEN["unknown"][name], abs=HALF_A_DIGIT)


@pytest.mark.parametrize("name", ["mse", "mad"])
def test_agrees_with_the_reference_once_the_trimap_is_put_in(name: str) -> None:
    """Composition-1k's rule: known pixels of the estimate are set before anything is measured."""
    value = METRICS[name](FIXED, TRUTH)

    assert value == pytest.approx(GOLDEN["fixed_whole"][name], abs=HALF_A_DIGIT)


def test_agrees_with_the_reference_on_the_known_regions() -> None:
    """AIM's log prints the errors of the known regions apart."""
    foreground, background = sad(ALPHA, TRUTH, FOREGROUND), sad(ALPHA, TRUTH, BACKGROUND)

    assert foreground == pytest.approx(GOLDEN["sad_foreground"], abs=HALF_A_DIGIT)
    assert background == pytest.approx(GOLDEN["sad_background"], abs=HALF_A_DIGIT)


@pytest.mark.parametrize("pair", DEGENERATE)
def test_agrees_with_the_reference_on_degenerate_pairs(pair: str) -> None:
    """The values a broken predictor gets."""
    expected = GOLDEN["degenerate"][pair]["sad"]

    assert sad(*DEGENERATE[pair]) == pytest.approx(expected, abs=HALF_A_DIGIT)


def test_over_an_empty_region_a_sum_is_zero_and_a_mean_undefined() -> None:
    """A mean of 0 over nothing would win the benchmark; NaN is left out and counted."""
    nothing = np.zeros(TRUTH.shape, np.bool_)

    assert sad(ALPHA, TRUTH, nothing) == 0
    assert sse(ALPHA, TRUTH, nothing) == 0
    assert math.isnan(mse(ALPHA, TRUTH, nothing))
    assert math.isnan(mad(ALPHA, TRUTH, nothing))


def test_sums_are_taken_in_double_precision() -> None:
    """A float32 sum over a large matte would lose whole pixels."""
    truth = np.zeros((1000, 1001), np.float32)
    estimate = np.full(truth.shape, 0.1, np.float32)

    assert sad(estimate, truth) == pytest.approx(float(np.float32(0.1)) * truth.size, rel=1e-12)
