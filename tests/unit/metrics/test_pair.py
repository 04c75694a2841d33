"""The door of the metrics: what is refused, and what is mended with a word."""

from collections.abc import Callable

import numpy as np
import pytest

from penumbra.core.errors import ImageError
from penumbra.metrics.alpha import sad
from penumbra.metrics.connectivity import connectivity_error
from penumbra.metrics.gradient import gradient_error_adobe, gradient_error_scipy
from penumbra.metrics.interaction import iou
from penumbra.metrics.pair import AnyAlpha

Metric = Callable[[AnyAlpha, AnyAlpha], float]

HALF = np.full((3, 4), 0.5)
METRICS = [sad, gradient_error_adobe, gradient_error_scipy, connectivity_error, iou]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("alpha", "rule"),
    [
        (np.full((4, 3), 0.5), r"alpha must have shape \(3, 4\), got \(4, 3\)"),
        (np.full((3, 4, 1), 0.5), r"alpha must have shape \(H, W\)"),
        (np.full((3, 4), np.nan), "alpha must be finite"),
        (np.full((3, 4), -np.inf), "alpha must be finite"),
        (np.full((3, 4), 128, np.uint8), "alpha must hold floats in .*, got uint8"),
    ],
)
def test_what_cannot_be_compared_is_refused(metric: Metric, alpha: AnyAlpha, rule: str) -> None:
    """A score of mattes that do not belong together would look like any other score."""
    with pytest.raises(ImageError, match=rule):
        metric(alpha, HALF)


def test_a_single_nan_is_found() -> None:
    """One bad pixel among millions must not turn a whole table into NaN unsaid."""
    alpha = HALF.copy()
    alpha[2, 3] = np.nan

    with pytest.raises(ImageError, match="alpha must be finite"):
        sad(alpha, HALF)
    with pytest.raises(ImageError, match="alpha_true must be finite"):
        sad(HALF, alpha)


def test_an_image_without_pixels_is_refused() -> None:
    """Nothing can be measured in nothing."""
    with pytest.raises(ImageError, match="H, W > 0"):
        sad(np.zeros((0, 4)), np.zeros((0, 4)))


def test_a_truth_outside_the_range_is_refused() -> None:
    """An estimate may overshoot; a truth that does is a damaged file or the wrong one."""
    with pytest.raises(ImageError, match=r"alpha_true must lie in \[0, 1\], got \[0.5, 255\]"):
        sad(HALF, np.array([[0.5, 0.5, 0.5, 255.0]] * 3))


def test_an_estimate_outside_the_range_is_clipped_and_counted() -> None:
    """Networks overshoot by a little; viewers clip, so the metric does, and says how often."""
    alpha = np.array([[-0.5, 0.5], [1.5, 2.0]])
    truth = np.array([[0.0, 0.5], [1.0, 0.0]])

    with pytest.warns(UserWarning, match="clipped 3 pixels"):
        assert sad(alpha, truth) == 1.0
    assert alpha[0, 0] == -0.5  # the caller's array is left alone


@pytest.mark.parametrize(
    ("region", "rule"),
    [
        (np.ones((4, 3), np.bool_), r"region must have shape \(3, 4\)"),
        (np.ones((3, 4), np.uint8), "region must hold booleans, got uint8"),
    ],
)
def test_a_region_that_does_not_fit_is_refused(region: AnyAlpha, rule: str) -> None:
    """A region of integers would pick rows instead of pixels."""
    with pytest.raises(ImageError, match=rule):
        sad(HALF, HALF, region)  # type: ignore[arg-type]


def test_a_binary_mask_is_a_matte() -> None:
    """Segmentation networks answer masks; they can be measured as they are."""
    assert sad(np.array([[True, False]]), np.array([[0.25, 0.0]])) == 0.75
