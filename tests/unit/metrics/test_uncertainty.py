"""Sparsification curves and the area between them."""

import math

import numpy as np
import pytest

from penumbra.core.errors import ImageError
from penumbra.metrics.uncertainty import sparsify, sparsify_set
from tests.unit.metrics.reference import ALPHA, GOLDEN, HALF_A_DIGIT, TRUTH, UNKNOWN

EXPECTED = GOLDEN["sparsification"]
ROW_BY_ROW = np.arange(64.0).reshape(8, 8)
UNSURE = np.minimum(ALPHA, 1 - ALPHA) + 0.001 * ROW_BY_ROW / 64


def test_curves_agree_with_the_reference() -> None:
    """Seventeen points on each curve, printed to six decimals."""
    curves = sparsify(ALPHA, TRUTH, UNSURE, steps=16).normalised()

    np.testing.assert_allclose(curves.by_uncertainty, EXPECTED["by_uncertainty"], atol=5.1e-7)
    np.testing.assert_allclose(curves.oracle, EXPECTED["oracle"], atol=5.1e-7)


def test_areas_agree_with_the_reference() -> None:
    """Normalised and raw, to nine decimals."""
    raw = sparsify(ALPHA, TRUTH, UNSURE, steps=16)
    curves = raw.normalised()

    assert raw.oracle[0] == pytest.approx(EXPECTED["error_of_the_whole"], abs=HALF_A_DIGIT)
    assert raw.ause == pytest.approx(EXPECTED["ause_raw"], abs=HALF_A_DIGIT)
    assert curves.ause == pytest.approx(EXPECTED["ause"], abs=HALF_A_DIGIT)
    assert np.trapezoid(curves.by_uncertainty, dx=1 / 16) == pytest.approx(
        EXPECTED["area_by_uncertainty"], abs=HALF_A_DIGIT
    )
    assert np.trapezoid(curves.oracle, dx=1 / 16) == pytest.approx(
        EXPECTED["area_oracle"], abs=HALF_A_DIGIT
    )
    assert (curves.steps, curves.error, curves.is_normalised) == (16, "squared", True)


def test_the_error_itself_is_a_perfect_uncertainty() -> None:
    """The oracle's area is the least there is, and the difference starts from it."""
    curves = sparsify(ALPHA, TRUTH, np.abs(ALPHA - TRUTH))

    assert curves.ause == 0
    assert curves.steps == 20


def test_the_least_certain_go_first() -> None:
    """Four pixels by hand: without the most uncertain one, the mean falls from 1.5 to 1."""
    truth = np.zeros((1, 4))
    alpha = np.array([[0.6, 0.4, 0.3, 0.2]])
    unsure = np.array([[3.0, 1.0, 4.0, 2.0]])

    curves = sparsify(alpha, truth, unsure, error="absolute", steps=4)

    np.testing.assert_allclose(curves.by_uncertainty, [0.375, 0.4, 0.3, 0.4, 0], atol=1e-15)
    np.testing.assert_allclose(curves.oracle, [0.375, 0.3, 0.25, 0.2, 0], atol=1e-15)


def test_equals_go_row_by_row() -> None:
    """An uncertainty of few values must give the same curve on every machine."""
    alpha = np.zeros((40, 50))
    alpha[:10] = 1

    is_odd = np.arange(50) % 2 * np.ones((40, 1))

    curves = sparsify(alpha, np.zeros((40, 50)), is_odd, steps=4)

    np.testing.assert_allclose(curves.by_uncertainty, [0.25, 1 / 6, 0.25, 0, 0])


def test_half_a_pixel_is_rounded_up() -> None:
    """Of three pixels, half is two; Python's round would make 0.5 of one pixel none."""
    alpha = np.array([[0.5, 0.25, 1.0]])

    curves = sparsify(alpha, np.zeros((1, 3)), np.array([[3.0, 2, 1]]), error="absolute", steps=2)
    single = sparsify(np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1)), steps=2)

    np.testing.assert_allclose(curves.by_uncertainty, [1.75 / 3, 1, 0])
    np.testing.assert_array_equal(single.by_uncertainty, [1, 0, 0])


def test_only_the_region_counts() -> None:
    """Known pixels have no error and no uncertainty, and would flatter every curve."""
    inside = sparsify(ALPHA, TRUTH, UNSURE, UNKNOWN)
    alone = sparsify(ALPHA[UNKNOWN][None], TRUTH[UNKNOWN][None], UNSURE[UNKNOWN][None])

    np.testing.assert_array_equal(inside.by_uncertainty, alone.by_uncertainty)
    assert inside.oracle[0] == pytest.approx(GOLDEN["unknown"]["mse"], abs=HALF_A_DIGIT)


def test_unsigned_numbers_are_ordered_as_numbers() -> None:
    """Turning the sign of a byte would put the least uncertain pixel first."""
    unsure = np.array([[0, 1, 200, 255]], np.uint8)
    alpha = np.array([[0.0, 0.0, 0.5, 1.0]])

    curves = sparsify(alpha, np.zeros((1, 4)), unsure)  # type: ignore[arg-type]

    assert curves.ause == 0


def test_a_set_averages_curves_and_skips_images_without_error() -> None:
    """A perfect image has no curve: 0 / 0 must neither be 0 nor spoil the mean."""
    images = [(ALPHA, TRUTH, UNSURE), (TRUTH, TRUTH, UNSURE), (ALPHA, TRUTH, -UNSURE)]

    curves = sparsify_set(images, steps=16)

    each = [sparsify(*images[index], steps=16).normalised() for index in (0, 2)]
    np.testing.assert_allclose(
        curves.by_uncertainty, (each[0].by_uncertainty + each[1].by_uncertainty) / 2
    )
    assert curves.ause == pytest.approx((each[0].ause + each[1].ause) / 2)
    assert (curves.images, curves.skipped) == (2, 1)


def test_a_set_can_be_one_heap_of_pixels() -> None:
    """Then a large or bad image weighs more, and a perfect one counts."""
    images = [(ALPHA, TRUTH, UNSURE), (TRUTH, TRUTH, UNSURE)]

    curves = sparsify_set(images, steps=16, is_pooled=True)

    heap = [np.concatenate(planes) for planes in zip(*images, strict=True)]
    expected = sparsify(heap[0], heap[1], heap[2], steps=16).normalised()
    np.testing.assert_array_equal(curves.by_uncertainty, expected.by_uncertainty)
    assert (curves.images, curves.skipped) == (2, 0)


def test_a_set_can_stay_raw() -> None:
    """In units of the error, an image without any is an image like the others."""
    images = [(ALPHA, TRUTH, UNSURE), (TRUTH, TRUTH, UNSURE)]

    curves = sparsify_set(images, steps=16, is_normalised=False)

    assert curves.ause == pytest.approx(EXPECTED["ause_raw"] / 2, abs=HALF_A_DIGIT)
    assert (curves.images, curves.skipped, curves.is_normalised) == (2, 0, False)


@pytest.mark.parametrize("is_pooled", [False, True])
def test_a_set_without_any_error_is_undefined(is_pooled: bool) -> None:
    """NaN, like every mean over nothing."""
    curves = sparsify_set([(TRUTH, TRUTH, UNSURE)], is_pooled=is_pooled)

    assert math.isnan(curves.ause)
    assert (curves.images, curves.skipped) == (0, 1)


@pytest.mark.parametrize("is_pooled", [False, True])
def test_an_empty_set_is_refused(is_pooled: bool) -> None:
    """It is a wrong path more often than a result."""
    with pytest.raises(ImageError, match="at least one image"):
        sparsify_set([], is_pooled=is_pooled)


def test_uncertainty_that_cannot_be_ordered_is_refused() -> None:
    """NaN sorts last, wherever it is: the curve would be smooth and meaningless."""
    with pytest.raises(ImageError, match="uncertainty must be finite"):
        sparsify(ALPHA, TRUTH, np.where(UNKNOWN, np.nan, UNSURE))
    with pytest.raises(ImageError, match="uncertainty must have shape"):
        sparsify(ALPHA, TRUTH, UNSURE[:4])
    with pytest.raises(ImageError, match="steps must be at least 1, got 0"):
        sparsify(ALPHA, TRUTH, UNSURE, steps=0)
