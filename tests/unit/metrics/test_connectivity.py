"""The connectivity error, and the mistakes that give almost the same number."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from penumbra.metrics.connectivity import Empty, connection_levels, connectivity_error
from penumbra.metrics.pair import AnyAlpha
from tests.unit.metrics.reference import (
    ALPHA,
    DEGENERATE,
    FIXED,
    GOLDEN,
    HALF_A_DIGIT,
    TRUTH,
    UNKNOWN,
)

FOUR = ndimage.generate_binary_structure(2, 1)
EIGHT = ndimage.generate_binary_structure(2, 2)
TENTHS = np.array([k / 10 for k in range(11)])
RUNNING = np.arange(0, 1.1, 0.1)


@pytest.mark.parametrize("empty", ["flag", "skip"])
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
    empty: Empty, case: str, alpha: AnyAlpha, region: NDArray[np.bool_] | None
) -> None:
    """Raw sums; both variants agree, as something is shared at every level here."""
    value = connectivity_error(alpha, TRUTH, region, empty)

    assert value == pytest.approx(GOLDEN[case][f"connectivity_{empty}"], abs=HALF_A_DIGIT)


@pytest.mark.parametrize("empty", ["flag", "skip"])
@pytest.mark.parametrize("pair", DEGENERATE)
def test_agrees_with_the_reference_on_degenerate_pairs(pair: str, empty: Empty) -> None:
    """Under "skip" an estimate of nothing is perfect: why that variant is no default."""
    expected = GOLDEN["degenerate"][pair][f"connectivity_{empty}"]

    value = connectivity_error(*DEGENERATE[pair], empty=empty)

    assert value == pytest.approx(expected, abs=HALF_A_DIGIT)


def test_levels_agree_with_the_reference_pixel_by_pixel() -> None:
    """A sum can be right by accident, 64 levels cannot."""
    levels = connection_levels(ALPHA, TRUTH, "flag")

    np.testing.assert_array_equal(levels, np.array(GOLDEN["levels_tenths"]) / 10)


def test_neighbours_share_a_side() -> None:
    """With corners as neighbours the value is another, and known: it is not ours."""
    wrong = _by_the_book(ALPHA, TRUTH, EIGHT, TENTHS)

    assert _by_the_book(ALPHA, TRUTH, FOUR, TENTHS) == connectivity_error(ALPHA, TRUTH)
    assert wrong == pytest.approx(GOLDEN["wrong"]["connectivity_8_neighbours"], abs=HALF_A_DIGIT)
    assert connectivity_error(ALPHA, TRUTH) != pytest.approx(wrong, abs=1e-3)


def test_thresholds_are_exact_tenths() -> None:
    """Adding up 0.1 overshoots 0.6, and the grey value 153 fails its own threshold."""
    wrong = _by_the_book(ALPHA, TRUTH, FOUR, RUNNING)

    assert wrong == pytest.approx(
        GOLDEN["wrong"]["connectivity_running_thresholds"], abs=HALF_A_DIGIT
    )
    assert connectivity_error(ALPHA, TRUTH) != pytest.approx(wrong, abs=1e-3)


def test_grey_values_on_a_threshold_reach_it_in_single_precision_too() -> None:
    """Files are read as float32; 153 / 255 in float32 is not 0.6 in float64."""
    levels = connection_levels(ALPHA.astype(np.float32), TRUTH.astype(np.float32), "flag")

    np.testing.assert_array_equal(levels, np.array(GOLDEN["levels_tenths"]) / 10)


@pytest.mark.parametrize("tenths", range(11))
def test_a_tenth_reaches_its_own_threshold_in_either_width(tenths: int) -> None:
    """0.7 in float32 is less than 0.7 in float64; each is compared in its own width."""
    for width in (np.float32, np.float64):
        plane = np.full((2, 2), tenths / 10, width)

        assert (connection_levels(plane, plane, "flag") == tenths / 10).all()


def test_a_pixel_that_dropped_out_stays_out() -> None:
    """The long faint piece is the largest at 0.1; the bright one fails there for good."""
    alpha = np.array([[0.15, 0.15, 0.15, 0.0, 1.0, 1.0]])

    levels = connection_levels(alpha, alpha, "flag")

    np.testing.assert_array_equal(levels, [[0.1, 0.1, 0.1, 0, 0, 0]])


@pytest.mark.parametrize("is_flipped", [False, True])
def test_of_equal_pieces_the_first_row_by_row_is_the_source(is_flipped: bool) -> None:
    """Left to the labelling, the choice would change with the library."""
    alpha = np.array([[0.0, 0, 0, 1, 1], [1, 1, 0, 0, 1], [1, 0, 0, 0, 0]])
    if is_flipped:
        alpha = alpha[::-1]
    first = alpha[:, :3] if is_flipped else alpha[:, 3:]

    levels = connection_levels(alpha, alpha, "flag")

    assert levels.sum() == first.sum() == 3
    np.testing.assert_array_equal(levels[:, :3] if is_flipped else levels[:, 3:], first)


def test_small_excesses_do_not_count() -> None:
    """What lies less than 0.15 above its level is as good as connected."""
    truth = np.array([[1.0, 0.0, 0.0]])

    assert connectivity_error(np.array([[1.0, 0.0, 0.1]]), truth) == 0
    assert connectivity_error(np.array([[1.0, 0.0, 0.2]]), truth) == 0.2


def _by_the_book(
    alpha: NDArray[np.float64],
    alpha_true: NDArray[np.float64],
    neighbours: NDArray[np.bool_],
    thresholds: NDArray[np.float64],
) -> float:
    """The definition as a program with two places to go wrong."""
    level = np.full(alpha.shape, np.nan)
    for low, high in pairwise(thresholds):
        labels, _ = ndimage.label((alpha >= high) & (alpha_true >= high), neighbours)
        source = labels == 1 + np.argmax(np.bincount(labels.ravel(), minlength=2)[1:])
        level[np.isnan(level) & ~source] = low
    level[np.isnan(level)] = 1
    above = [np.where(plane - level >= 0.15, plane - level, 0) for plane in (alpha, alpha_true)]
    return float(np.abs(above[0] - above[1]).sum())
