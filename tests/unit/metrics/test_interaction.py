"""IoU and the number of clicks."""

import numpy as np
import pytest

from penumbra.core.errors import DatasetError
from penumbra.metrics.interaction import Clicks, iou, number_of_clicks


def test_the_example_of_the_protocol() -> None:
    """Two clicks, one click, and one image that never gets there: (2 + 1 + 20) / 3."""
    clicks = number_of_clicks([[0.5, 0.92], [0.95], [0.3] * 20])

    assert clicks.mean == pytest.approx(7.6667, abs=5e-5)
    assert clicks.failures == 1


def test_reaching_the_target_exactly_counts() -> None:
    """At the cap too: that image is slow, not a failure."""
    assert number_of_clicks([[0.1, 0.9]], max_clicks=2) == Clicks(2, 0)


def test_what_comes_after_the_cap_does_not_count() -> None:
    """An evaluation may have run longer than the table allows."""
    assert number_of_clicks([[0.1, 0.2, 0.95]], max_clicks=2) == Clicks(2, 1)


def test_an_early_success_is_not_undone() -> None:
    """The smallest n counts, though a later click made it worse."""
    assert number_of_clicks([[0.95, 0.1, 0.1]]) == Clicks(1, 0)


def test_rounds_of_three_clicks_are_counted_in_clicks() -> None:
    """DFIMat adds three clicks a round; its cap of 15 is five rounds."""
    ious = [[0.5, 0.91], [0.5] * 5, [0.5, 0.5, 0.5, 0.5, 0.5, 0.99]]

    assert number_of_clicks(ious, max_clicks=15, clicks_per_round=3) == Clicks((6 + 15 + 15) / 3, 2)


def test_clicks_of_no_image_are_refused() -> None:
    """A mean over nothing has no value."""
    with pytest.raises(DatasetError, match="at least one image"):
        number_of_clicks([])


@pytest.mark.parametrize("value", [float("nan"), 92.0, -0.1])
def test_what_is_no_iou_is_refused(value: float) -> None:
    """NaN never reaches a target and would pass for a failure; 92 is a percentage."""
    with pytest.raises(DatasetError, match=r"iou must lie in \[0, 1\]"):
        number_of_clicks([[value]])


def test_iou_counts_pixels_above_one_half() -> None:
    """Found 3, wanted 3, shared 2, together 4; one half itself is outside."""
    alpha = np.array([[0.9, 0.6, 0.51, 0.5]])
    truth = np.array([[1.0, 0.7, 0.5, 0.8]])

    assert iou(alpha, truth) == 2 / 4
    assert iou(alpha, truth, np.array([[True, True, False, False]])) == 1


def test_two_empty_mattes_agree() -> None:
    """Nothing found where nothing is: no error, not 0 / 0."""
    assert iou(np.zeros((2, 2)), np.full((2, 2), 0.4)) == 1
