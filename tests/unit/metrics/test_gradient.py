"""Both readings of the gradient error."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from penumbra.metrics.gradient import gradient_error_adobe, gradient_error_scipy
from penumbra.metrics.pair import AnyAlpha
from tests.scenes import soft_disk, strands
from tests.unit.metrics.reference import ALPHA, FIXED, GOLDEN, HALF_A_DIGIT, TRUTH, UNKNOWN

METRICS = {"gradient_adobe": gradient_error_adobe, "gradient_scipy": gradient_error_scipy}


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize(
    ("case", "alpha", "region"),
    [
        ("whole", ALPHA, None),
        ("unknown", ALPHA, UNKNOWN),
        ("fixed_whole", FIXED, None),
        ("fixed_unknown", FIXED, UNKNOWN),
    ],
)
def test_agrees_with_the_reference(
    name: str, case: str, alpha: AnyAlpha, region: NDArray[np.bool_] | None
) -> None:
    """Raw sums; an 8 x 8 image lies almost wholly within the reach of its border."""
    value = METRICS[name](alpha, TRUTH, region)

    assert value == pytest.approx(GOLDEN[case][name], abs=HALF_A_DIGIT)


@pytest.mark.parametrize("name", METRICS)
def test_agrees_with_the_reference_on_a_step(name: str) -> None:
    """Against an empty truth the error is the energy of the kernel along the step."""
    step = np.zeros((32, 32))
    step[:, 16:] = 1

    value = METRICS[name](step, np.zeros_like(step))

    assert value == pytest.approx(GOLDEN["step_32x32"][name], abs=1e-10)


def test_the_scipy_form_is_scipys_gaussian_filter() -> None:
    """The Python evaluators call it; borders and truncation are part of the definition."""
    estimate, truth = soft_disk(radius=9.0).astype(np.float64), strands().astype(np.float64)

    def amplitude(alpha: NDArray[np.float64]) -> AnyAlpha:
        parts = [ndimage.gaussian_filter(alpha, 1.4, order=order) for order in ((0, 1), (1, 0))]
        return np.hypot(*parts)

    expected = np.square(amplitude(estimate) - amplitude(truth)).sum()
    assert gradient_error_scipy(estimate, truth) == pytest.approx(expected, rel=1e-12)


def test_the_adobe_kernel_has_unit_norm_and_repeats_the_edge() -> None:
    """Built here in two dimensions, as the tool does; ours is separable."""
    x = np.arange(-4, 5)
    gauss = np.exp(-(x**2) / (2 * 1.4**2))
    kernel = np.outer(gauss, -x * gauss)
    kernel /= np.sqrt(np.square(kernel).sum())
    estimate, truth = soft_disk(radius=9.0).astype(np.float64), strands().astype(np.float64)

    def amplitude(alpha: NDArray[np.float64]) -> AnyAlpha:
        return np.hypot(
            ndimage.convolve(alpha, kernel, mode="nearest"),
            ndimage.convolve(alpha, kernel.T, mode="nearest"),
        )

    expected = np.square(amplitude(estimate) - amplitude(truth)).sum()
    assert gradient_error_adobe(estimate, truth) == pytest.approx(expected, rel=1e-12)


def test_the_stretch_hides_a_gain_and_is_off_by_default() -> None:
    """Half the true opacity everywhere: the stretch calls it perfect, the canonical form not."""
    truth = soft_disk().astype(np.float64)

    assert gradient_error_adobe(truth / 2, truth, minmax=True) == pytest.approx(0, abs=1e-12)
    assert gradient_error_adobe(truth / 2, truth) > 1


def test_the_stretch_leaves_a_constant_matte_alone() -> None:
    """There is nothing to stretch it to; dividing by its range would give NaN."""
    half, truth = np.full((32, 32), 0.5), soft_disk()

    stretched = gradient_error_adobe(half, truth, minmax=True)

    assert stretched == pytest.approx(gradient_error_adobe(np.zeros((32, 32)), truth))


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 2)])
def test_images_smaller_than_the_kernel_are_measured(name: str, shape: tuple[int, int]) -> None:
    """Crops of single strands are that small; the border rule carries on as far as needed."""
    ramp = np.linspace(0, 1, shape[0] * shape[1]).reshape(shape)
    mode, radius = ("nearest", 4) if name == "gradient_adobe" else ("reflect", 6)
    padded = np.pad(ramp, radius, mode="edge" if mode == "nearest" else "symmetric")
    middle = np.zeros(padded.shape, np.bool_)
    middle[radius:-radius, radius:-radius] = True

    value = METRICS[name](ramp, np.zeros(shape))

    assert value == pytest.approx(METRICS[name](padded, np.zeros(padded.shape), middle))
