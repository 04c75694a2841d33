"""Holes of masks: real ones show the background, wrong ones the object."""

import numpy as np
import pytest

from penumbra.core.arrays import Mask
from penumbra.data.holes import worst_hole
from tests.scenes import photograph

SQUARE = np.zeros((120, 120), np.bool_)
SQUARE[20:100, 20:100] = True


def cut(*place: slice) -> Mask:
    """The square with a hole in it."""
    mask = SQUARE.copy()
    mask[place] = False
    return mask


HOLE = cut(slice(50, 62), slice(50, 62))
AT_THE_FRAME = cut(slice(88, 100), slice(50, 62))[:100]


@pytest.mark.parametrize("mask", [HOLE, AT_THE_FRAME], ids=["enclosed", "at the frame"])
def test_a_wrong_hole_shows_the_object(mask: Mask) -> None:
    """The picture shows a whole square where the mask has a hole."""
    image = photograph(SQUARE[: len(mask)].astype(np.float32)).image

    assert worst_hole(image, mask) > 0.9


@pytest.mark.parametrize("mask", [HOLE, AT_THE_FRAME], ids=["enclosed", "at the frame"])
def test_a_real_hole_shows_the_background(mask: Mask) -> None:
    image = photograph(mask.astype(np.float32)).image

    assert worst_hole(image, mask) < 0.1


def test_of_several_holes_the_worst_counts() -> None:
    """One wrong hole spoils the matte, however many are right."""
    real = HOLE
    mask = real & cut(slice(70, 82), slice(70, 82))

    assert worst_hole(photograph(real.astype(np.float32)).image, mask) > 0.9


@pytest.mark.parametrize(
    "mask",
    [
        SQUARE,
        cut(slice(50, 52), slice(50, 52)),
        cut(slice(30, 60), slice(30, 90)),
        np.ones_like(SQUARE),
        np.zeros_like(SQUARE),
    ],
    ids=["no hole", "a speck", "a large part", "all object", "no object"],
)
def test_what_is_no_hole_does_not_count(mask: Mask) -> None:
    """Specks are the solver's to judge, and nobody leaves out half of an object by mistake."""
    assert worst_hole(photograph(SQUARE.astype(np.float32)).image, mask) == 0


def test_the_only_piece_of_background_is_no_hole() -> None:
    """However small it is, and however alike: there is nothing else to tell it by."""
    mask = np.ones_like(SQUARE)
    mask[:, :6] = False

    assert worst_hole(photograph(np.ones(mask.shape, np.float32)).image, mask) == 0
