"""Which windows are refined."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from penumbra.core.patches import (
    STEP,
    Selector,
    choose,
    shuffled,
    windows_in,
)
from penumbra.systems.clicks.windows import crops, hard_windows

Floats = NDArray[np.float64]


def total(doubt: Floats, corner: tuple[int, int], size: int) -> float:
    """Of one window."""
    row, col = corner
    return float(doubt[row : row + size, col : col + size].sum())


@given(
    seed=st.integers(0, 99),
    height=st.integers(16, 90),
    width=st.integers(16, 90),
    count=st.integers(0, 40),
    selector=st.sampled_from(["sum", "grid"]),
)
@settings(deadline=None, max_examples=60)
def test_windows_are_disjoint_inside_and_ever_less_doubtful(
    seed: int, height: int, width: int, count: int, selector: Selector
) -> None:
    """Sheet, section 13: also where more are asked for than fit."""
    doubt = np.random.default_rng(seed).random((height, width)) ** 4

    corners = choose(doubt, count, 16, selector)

    covered = np.zeros((height, width), int)
    for row, col in corners:
        assert 0 <= row <= height - 16
        assert 0 <= col <= width - 16
        covered[row : row + 16, col : col + 16] += 1
    sums = [total(doubt, corner, 16) for corner in corners]
    assert covered.max() <= 1
    assert len(corners) <= count
    assert all(after <= before + 1e-9 for before, after in itertools.pairwise(sums))


def test_the_first_window_is_the_best_of_all_on_the_grid() -> None:
    """Every corner that is a multiple of 8, and those that end at the border."""
    doubt = np.random.default_rng(5).random((70, 83))
    rows, cols = [*range(0, 39, STEP), 38], [*range(0, 52, STEP), 51]

    (best,) = choose(doubt, 1, 32)

    assert total(doubt, best, 32) == pytest.approx(
        max(total(doubt, (row, col), 32) for row in rows for col in cols)
    )


def test_what_is_sure_is_left_alone() -> None:
    """Below a mean of 0.005 nothing is worth refining; none are asked for, none are chosen."""
    assert choose(np.full((64, 64), 0.0049), 4) == []
    assert choose(np.full((64, 64), 0.0051), 4) == [(0, 0)]
    assert choose(np.ones((64, 64)), 0) == []


def test_a_picture_as_large_as_a_window_is_one() -> None:
    """And one of any size is covered to its border."""
    assert choose(np.ones((64, 64)), 9) == [(0, 0)]
    assert (6, 0) in choose(np.pad(np.ones((6, 64)), ((64, 0), (0, 0))), 1)


def test_windows_at_random_are_disjoint_too() -> None:
    """What refinement by uncertainty is compared with."""
    corners = shuffled((256, 256), 9, np.random.default_rng(0))

    assert len(corners) == len(set(corners))
    assert all(
        abs(a[0] - b[0]) >= 64 or abs(a[1] - b[1]) >= 64
        for n, a in enumerate(corners)
        for b in corners[:n]
    )


def test_a_share_of_the_picture_is_a_number_of_windows() -> None:
    """Rounded up."""
    assert windows_in(0.2, (512, 512)) == 13
    assert windows_in(1, (512, 512)) == 64
    assert windows_in(0, (512, 512)) == 0


def test_training_windows_lie_where_alpha_is_wrong() -> None:
    """One for each of the two errors, and at least one anywhere where there is none."""
    torch.manual_seed(0)
    error = torch.zeros(2, 1, 128, 128)
    error[0, 0, 8:24, 8:24] = error[1, 0, 100:120, 64:90] = 0.9

    windows = hard_windows(error, 64, 8)
    cut = crops(error, windows, 64)

    assert_array_equal(windows[:2, 0], [0, 1])
    assert cut.shape == (2, 1, 64, 64)
    assert cut[0].sum() == error[0].sum()
    assert cut[1].sum() == error[1].sum()
    assert len(hard_windows(0 * error, 64, 8)) == 1


@given(
    seed=st.integers(0, 99),
    height=st.integers(4, 30),
    width=st.integers(4, 30),
    every=st.integers(1, 5),
    cut=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    selector=st.sampled_from(["sum", "grid"]),
)
@settings(deadline=None, max_examples=60)
def test_doubt_at_every_few_pixels_is_worth_what_it_stands_for(
    seed: int, height: int, width: int, every: int, cut: tuple[int, int], selector: Selector
) -> None:
    """The same windows as of the plane in which each value is repeated, also where that ends."""
    few = np.random.default_rng(seed).random((height, width)) ** 4
    whole = few.repeat(every, axis=0).repeat(every, axis=1)
    whole = whole[: len(whole) - cut[0] % every, : whole.shape[1] - cut[1] % every]
    shape = whole.shape[0], whole.shape[1]
    side = min(*shape, 16)

    corners = choose(few, 5, side, selector, shape=shape, every=every)

    assert corners == choose(whole, 5, side, selector)
