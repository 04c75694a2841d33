"""A user who corrects a matte, as a procedure."""

import numpy as np
import pytest

from penumbra.core.arrays import Alpha
from penumbra.core.hints import Click
from penumbra.data.simulate import RegionRule, corrective_click

RULES: list[RegionRule] = ["cc_area", "max_dist", "sum_area"]


def disk(row: float, col: float, radius: float, size: int = 60) -> Alpha:
    """Opaque inside, (size, size)."""
    rows, cols = np.mgrid[:size, :size]
    return ((rows - row) ** 2 + (cols - col) ** 2 <= radius**2).astype(np.float32)


@pytest.mark.parametrize("rule", RULES)
def test_what_is_missing_is_clicked_in_its_middle(rule: RegionRule) -> None:
    """On the object; (x, y) of the middle of a pixel."""
    click = corrective_click(np.zeros((60, 60), np.float32), disk(20, 30, 8), rule=rule)

    assert click == Click(30.5, 20.5, is_foreground=True)


@pytest.mark.parametrize("rule", RULES)
def test_what_is_too_much_is_clicked_off(rule: RegionRule) -> None:
    """A second disk that does not belong."""
    wanted = disk(20, 15, 8)

    click = corrective_click(np.maximum(wanted, disk(40, 44, 9)), wanted, rule=rule)

    assert click == Click(44.5, 40.5, is_foreground=False)


def test_rules_tell_regions_apart() -> None:
    """A long thin error of many pixels, a round one, and many small ones of the other kind."""
    wanted = np.zeros((60, 60), np.float32)
    wanted[2:5, :55] = 1  # 165 pixels, 2 deep
    wanted[20:31, 20:31] = 1  # 121 pixels, 6 deep
    found = np.zeros_like(wanted)
    for col in range(0, 60, 10):
        found[44:52, col : col + 8] = 1  # 6 times 64 pixels, 4 deep

    clicks = {rule: corrective_click(found, wanted, rule=rule) for rule in RULES}

    assert clicks["cc_area"] is not None
    assert clicks["cc_area"].pixel[0] == 3
    assert clicks["max_dist"] == Click(25.5, 25.5)
    assert clicks["sum_area"] is not None
    assert not clicks["sum_area"].is_foreground


def test_soft_pixels_are_not_worth_a_click() -> None:
    """Nobody can say on which side they are."""
    wanted = np.full((60, 60), 0.6, np.float32)

    assert corrective_click(np.zeros_like(wanted), wanted) is None


def test_small_errors_are_left_alone() -> None:
    """Less than a thousandth of the image: 3 of 3600 pixels."""
    wanted = disk(20, 30, 8)
    found = wanted.copy()
    found[55, 55:58] = 1

    assert corrective_click(found, wanted) is None
    assert corrective_click(found, wanted, least=0) is not None


def test_the_border_of_the_picture_is_a_border() -> None:
    """An error that fills the picture is clicked in the middle, not in a corner."""
    click = corrective_click(np.zeros((61, 61), np.float32), np.ones((61, 61), np.float32))

    assert click == Click(30.5, 30.5)


def test_no_pixel_is_clicked_twice() -> None:
    """The next best one is; and where all are taken, none."""
    wanted = np.zeros((40, 40), np.float32)
    wanted[10:13, 10:13] = 1
    pixels = [(row, col) for row in range(10, 13) for col in range(10, 13)]

    second = corrective_click(0 * wanted, wanted, [(11, 11)])

    assert second is not None
    assert second.pixel in pixels
    assert second.pixel != (11, 11)
    assert corrective_click(0 * wanted, wanted, pixels) is None
