"""Composing test pictures by the published rule."""

import numpy as np
import pytest
from numpy.typing import NDArray

from penumbra.core.errors import ImageError
from penumbra.evaluation.offline import compose_offline, fit_background


def grey(rows: list[list[int]]) -> NDArray[np.uint8]:
    return np.repeat(np.array(rows, np.uint8)[:, :, None], 3, axis=2)


def test_values_are_cut_off_not_rounded() -> None:
    """By hand: 100/255 of 200 and 155/255 of 51 are 78.43 + 31 = 109.43; 51/255 of 9 is 1.8."""
    foreground, background = grey([[200, 9, 255, 255]]), grey([[51, 0, 17, 17]])
    alpha = np.array([[100, 51, 0, 255]], np.uint8)

    composed = compose_offline(foreground, background, alpha)

    assert composed[0, :, 0].tolist() == [109, 1, 17, 255]
    assert composed.dtype == np.uint8


def test_a_larger_background_is_cut_from_the_top_left() -> None:
    """Never scaled: its ratio is at most one."""
    background = grey([[1, 2, 3], [4, 5, 6], [7, 8, 9]])

    fitted = fit_background(background, 2, 3)

    assert fitted[:, :, 0].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_smaller_background_is_enlarged_until_it_covers() -> None:
    """By hand: 0 and 200 become four columns, of which three stay.

    Keys' cubic with a = -1/2 weighs the two values 0.8672 and -0.0703, 0.8672 and 0.2266, and so
    on mirrored; divided by their sum that is -17.6 (cut off at 0), 41.4, 158.6.  With a = -3/4,
    as elsewhere, the second were 39.7.
    """
    fitted = fit_background(grey([[0, 200]]), 2, 3)

    assert fitted[:, :, 0].tolist() == [[0, 41, 159], [0, 41, 159]]


def test_the_larger_of_the_two_ratios_counts() -> None:
    """2 x 4 pixels for 3 x 2: the height asks for 1.5, so 3 x 6; a constant stays constant."""
    fitted = fit_background(grey([[7] * 4] * 2), 3, 2)

    assert fitted[:, :, 0].tolist() == [[7, 7]] * 3


def test_an_enlarged_background_is_composed() -> None:
    """By hand: 51/255 of 100 is 20; 0.8 of 41 is 32.8; together 52.8, cut off."""
    composed = compose_offline(
        grey([[100, 100, 100]] * 2), grey([[0, 200]]), np.full((2, 3), 51, np.uint8)
    )

    assert composed[:, :, 2].tolist() == [[20, 52, 147]] * 2


def test_a_foreground_of_another_size_is_refused() -> None:
    """It would be laid elsewhere than its matte."""
    with pytest.raises(ImageError, match=r"shape of alpha, got \(1, 2\)"):
        compose_offline(grey([[1, 2]]), grey([[1]]), np.zeros((2, 2), np.uint8))
