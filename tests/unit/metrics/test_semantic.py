"""How well a trimap was predicted."""

from collections.abc import Callable

import numpy as np
import pytest

from penumbra.core.arrays import Trimap
from penumbra.core.errors import TrimapError
from penumbra.metrics.semantic import accuracy, mean_iou

Measure = Callable[[Trimap, Trimap], float]

TRUTH = np.array([[0, 0, 0, 0.5, 0.5, 1]], np.float32)


def test_measures_by_hand() -> None:
    """Background 3 shared of 4, unknown 1 of 3, foreground 0 of 1."""
    predicted = np.array([[0, 0, 0, 0, 0.5, 0.5]], np.float32)

    assert accuracy(predicted, TRUTH) == pytest.approx(4 / 6)
    assert mean_iou(predicted, TRUTH) == pytest.approx((3 / 4 + 1 / 3 + 0) / 3)


def test_a_class_that_neither_has_is_left_out() -> None:
    """An image without foreground must not lose a third of its score for it."""
    trimap = np.array([[0, 0.5]], np.float32)

    assert mean_iou(trimap, trimap) == 1
    assert accuracy(trimap, trimap) == 1


@pytest.mark.parametrize("measure", [accuracy, mean_iou])
def test_what_is_no_pair_of_trimaps_is_refused(measure: Measure) -> None:
    """A matte of other values would only ever lower the score."""
    with pytest.raises(TrimapError, match=r"trimap must have shape \(1, 6\), got \(6, 1\)"):
        measure(TRUTH.T, TRUTH)
    with pytest.raises(TrimapError, match="trimap must hold only 0"):
        measure(np.full((1, 6), 0.4, np.float32), TRUTH)
    with pytest.raises(TrimapError, match="trimap_true must hold only"):
        measure(TRUTH, np.full((1, 6), 0.4, np.float32))
