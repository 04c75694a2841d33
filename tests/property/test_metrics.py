"""Laws every metric of alpha keeps."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from penumbra.metrics.alpha import mad, mse, sad
from penumbra.metrics.connectivity import connectivity_error
from penumbra.metrics.gradient import gradient_error_adobe, gradient_error_scipy
from penumbra.metrics.pair import AnyAlpha
from penumbra.metrics.uncertainty import sparsify
from tests.strategies import masks

Metric = Callable[..., float]
Doubles = NDArray[np.float64]

SHAPE = (7, 9)
SUMS: list[Metric] = [sad, gradient_error_adobe, gradient_error_scipy, connectivity_error]
ALL: list[Metric] = [*SUMS, mse, mad]

bytes_of_mattes = arrays(np.uint8, SHAPE)
mattes = bytes_of_mattes.map(lambda grey: grey / 255)
"""(7, 9) in float64; the values of 8-bit files, so no number sits a rounding off a threshold."""


def about(value: float) -> Any:  # noqa: ANN401 - pytest keeps the type to itself
    """The same number up to the order of its sums; NaN is NaN."""
    return pytest.approx(value, abs=1e-12, rel=1e-9, nan_ok=True)


def with_core(alpha: Doubles) -> Doubles:
    """Make most of a matte opaque: whatever is shared at a level, this piece is the largest."""
    alpha = alpha.copy()
    alpha[1:6, 1:8] = 1
    return alpha


@pytest.mark.parametrize("metric", ALL)
@given(alpha=mattes)
def test_a_matte_has_no_error_against_itself(metric: Metric, alpha: Doubles) -> None:
    """Exactly none: a perfect matte must be recognisable."""
    assert metric(alpha, alpha) == 0


@pytest.mark.parametrize("metric", ALL)
@given(alpha=mattes, truth=mattes)
def test_estimate_and_truth_can_be_exchanged(
    metric: Metric, alpha: Doubles, truth: Doubles
) -> None:
    """All formulas are symmetric."""
    assert metric(alpha, truth) == metric(truth, alpha)


@pytest.mark.parametrize("metric", ALL)
@given(alpha=mattes.map(with_core), truth=mattes.map(with_core), region=masks(SHAPE))
def test_a_transposed_image_has_the_same_error(
    metric: Metric, alpha: Doubles, truth: Doubles, region: NDArray[np.bool_]
) -> None:
    """Rows and columns play the same part, but where equal pieces are told apart: none here."""
    turned = metric(alpha.T, truth.T, region.T)

    assert turned == about(metric(alpha, truth, region))


@pytest.mark.parametrize("metric", SUMS)
@given(alpha=mattes, truth=mattes, region=masks(SHAPE))
def test_sums_add_over_regions(
    metric: Metric, alpha: Doubles, truth: Doubles, region: NDArray[np.bool_]
) -> None:
    """A region and its complement add up to the whole image."""
    parts = metric(alpha, truth, region) + metric(alpha, truth, ~region)

    assert parts == about(metric(alpha, truth))


@pytest.mark.parametrize("metric", ALL)
@given(alpha=mattes, truth=mattes)
def test_a_region_of_everything_is_no_region(
    metric: Metric, alpha: Doubles, truth: Doubles
) -> None:
    """The protocols "whole" and "unknown" meet where all is unknown."""
    everything = np.ones(SHAPE, np.bool_)

    assert metric(alpha, truth, everything) == about(metric(alpha, truth))


@given(alpha=mattes, truth=mattes, region=masks(SHAPE))
def test_squares_are_below_absolutes_below_one(
    alpha: Doubles, truth: Doubles, region: NDArray[np.bool_]
) -> None:
    """MSE <= MAD <= 1, and SAD is MAD times the number of pixels."""
    pixels = int(region.sum())
    if pixels == 0:
        return

    assert mse(alpha, truth, region) <= mad(alpha, truth, region) <= 1
    assert sad(alpha, truth, region) == about(mad(alpha, truth, region) * pixels)


@given(alpha=mattes, truth=mattes, factor=st.floats(0, 1))
def test_sad_is_linear_in_the_error(alpha: Doubles, truth: Doubles, factor: float) -> None:
    """Half the error everywhere is half the SAD."""
    nearer = np.clip(truth + factor * (alpha - truth), 0, 1)

    assert sad(nearer, truth) == pytest.approx(factor * sad(alpha, truth), abs=1e-12)


@pytest.mark.parametrize("metric", [gradient_error_adobe, gradient_error_scipy])
@given(level=st.floats(0, 1), other=st.floats(0, 1))
def test_constant_mattes_have_no_gradient(metric: Metric, level: float, other: float) -> None:
    """At the border neither: what lies beyond it continues the image."""
    error = metric(np.full(SHAPE, level), np.full(SHAPE, other))

    assert error == pytest.approx(0, abs=1e-25)


@pytest.mark.parametrize("metric", [gradient_error_adobe, gradient_error_scipy])
@given(truth=mattes, offset=st.floats(0, 0.5))
def test_an_offset_has_no_gradient(metric: Metric, truth: Doubles, offset: float) -> None:
    """The gradient error sees edges, not levels."""
    error = metric(truth / 2 + offset, truth / 2)

    assert error == pytest.approx(0, abs=1e-25)


@given(alpha=mattes, truth=mattes)
def test_connectivity_is_bounded_by_the_larger_matte(alpha: Doubles, truth: Doubles) -> None:
    """The SAD, for one, is no bound."""
    assert connectivity_error(alpha, truth) <= np.maximum(alpha, truth).sum() + 1e-12


@pytest.mark.parametrize("metric", ALL)
@given(alpha=bytes_of_mattes, truth=bytes_of_mattes)
def test_single_precision_is_enough(
    metric: Metric, alpha: NDArray[np.uint8], truth: NDArray[np.uint8]
) -> None:
    """Mattes are float32 everywhere else in the kit."""
    singles = [(grey / 255).astype(np.float32) for grey in (alpha, truth)]

    assert metric(*singles) == pytest.approx(metric(alpha / 255, truth / 255), abs=1e-5, rel=1e-5)


@pytest.mark.parametrize("metric", ALL)
@given(alpha=mattes, truth=mattes)
def test_the_order_in_memory_plays_no_part(metric: Metric, alpha: Doubles, truth: Doubles) -> None:
    """Slices, transposes and Fortran arrays hold the same picture."""
    strided = np.zeros((7, 18))
    strided[:, ::2] = truth

    assert metric(np.asfortranarray(alpha), strided[:, ::2]) == metric(alpha, truth)


@given(alpha=mattes, truth=mattes, unsure=mattes)
def test_no_uncertainty_beats_the_oracle(alpha: AnyAlpha, truth: AnyAlpha, unsure: Doubles) -> None:
    """The curve of the error itself is the lowest there is, and never rises."""
    curves = sparsify(alpha, truth, unsure)

    assert (curves.by_uncertainty >= curves.oracle - 1e-12).all()
    assert (np.diff(curves.oracle) <= 1e-12).all()
    assert curves.by_uncertainty[0] == about(mse(alpha, truth))
    assert curves.by_uncertainty[-1] == 0
