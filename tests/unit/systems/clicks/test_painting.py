"""Discs of clicks on a photograph, the same as those that training paints."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from penumbra.core.hints import Click
from penumbra.systems.clicks.painting import is_conflicting, paint
from penumbra.training.clicking import painted


def test_a_disc_of_radius_15_has_709_pixels() -> None:
    """Sheet, section 13; a later one covers an earlier one."""
    assert (paint((Click(40.5, 40.5),), 80, 80, 15) == 1).sum() == 709
    both = paint((Click(40.5, 40.5), Click(40.5, 40.5, False)), 80, 80, 15)
    assert (both == -1).sum() == 709
    assert (both == 1).sum() == 0


@pytest.mark.parametrize("seed", range(20))
def test_discs_are_those_that_were_learned_from(seed: int) -> None:
    """For any radius and place, also at the border; and for hundreds of clicks."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(8, 60, 2).tolist()
    count = 300 if seed == 0 else int(rng.integers(0, 12))
    points = [(int(rng.integers(width)), int(rng.integers(height))) for _ in range(count)]
    labels = rng.choice([1, -1], count).tolist()
    radius = float(rng.uniform(0, 9))
    clicks = tuple(
        Click(x + 0.5, y + 0.5, label == 1) for (x, y), label in zip(points, labels, strict=True)
    )
    rows = [[x, y, label] for (x, y), label in zip(points, labels, strict=True)]

    ours = paint(clicks, height, width, radius)

    theirs = painted(torch.tensor(rows).reshape(1, -1, 3), radius, height, width)
    assert_array_equal(ours, theirs[0, 0].numpy())


def test_a_click_on_the_far_edge_is_in_the_last_pixel() -> None:
    """Shrinking a photograph can round a point onto the edge itself."""
    assert paint((Click(8.0, 5.0),), 5, 8, 0)[4, 7] == 1


def test_clicks_conflict_where_discs_share_more_than_half() -> None:
    """Of opposite kinds: discs of one size share half at 0.81 of the radius between them."""

    def apart(pixels: float, other: bool = False) -> bool:
        return is_conflicting((Click(50, 50), Click(50 + pixels, 50, other)), 10)

    assert apart(7.9)
    assert not apart(8.3)
    assert not apart(25)
    assert not apart(0, other=True)
