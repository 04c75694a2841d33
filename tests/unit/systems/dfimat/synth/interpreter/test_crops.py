"""Squares that cover a picture, and people who are in two of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.systems.dfimat.synth.interpreter.crops import Crop, crops_of, merged
from penumbra.systems.dfimat.synth.reading import Answers

Planes = NDArray[np.float32]

SIDE = 64


def floats(values: list[float]) -> Planes:
    return np.array(values, np.float32)


def bars(*places: tuple[int, int], length: int = 96) -> Planes:
    """Opaque columns from the one to before the other, (N, SIDE, length)."""
    alphas = np.zeros((len(places), SIDE, length), np.float32)
    for alpha, (first, last) in zip(alphas, places, strict=True):
        alpha[10:50, first:last] = 1
    return alphas


def parts_of(whole: Planes, crops: list[Crop], *human: list[float]) -> list[Answers]:
    """What each crop would say, of those people that it is told of."""
    return [
        Answers(whole[:, :, it.col : it.col + SIDE].copy(), floats(each))
        for it, each in zip(crops, human, strict=True)
    ]


@pytest.mark.parametrize("size", [(64, 64), (64, 65), (64, 112), (64, 113), (200, 64), (64, 640)])
def test_squares_cover_a_picture_and_overlap(size: tuple[int, int]) -> None:
    """From one end to the other, by a quarter of their side at least."""
    crops = crops_of(*size, SIDE)
    seen = np.zeros(size, np.int64)
    for crop in crops:
        seen[crop.row : crop.row + SIDE, crop.col : crop.col + SIDE] += 1
    steps = np.diff([crop.row + crop.col for crop in crops])

    assert seen.min() >= 1
    assert (len(crops) == 1) == (size == (64, 64))
    assert (steps <= 0.75 * SIDE + 1).all()


def test_who_is_in_two_squares_is_one_person() -> None:
    """Others stay who they are; the surer probability counts."""
    crops = crops_of(SIDE, 96, SIDE)
    whole = bars((4, 20), (36, 60), (80, 95))

    found = merged(parts_of(whole, crops, [0.9, 0.7, 0.1], [0.1, 0.8, 0.9]), crops, SIDE, 96)

    assert_array_equal(np.sort(found.human)[::-1], floats([0.9, 0.9, 0.8, 0.1, 0.1]))
    both = found.alphas[np.isclose(found.human, 0.8)]
    assert_allclose(both[0], whole[1], atol=1e-6)
    alone = found.alphas[np.isclose(found.human, 0.9)]
    assert_array_equal(alone, whole[[0, 2]])


def test_opacity_passes_from_one_square_to_the_other() -> None:
    """Where they disagree, without a step."""
    crops = crops_of(SIDE, 96, SIDE)
    first, second = (
        Answers(np.full((1, SIDE, SIDE), it, np.float32), floats([0.9])) for it in (0.6, 1.0)
    )

    (alpha,) = merged([first, second], crops, SIDE, 96).alphas

    assert_allclose(alpha[:, :32], 0.6)
    assert_allclose(alpha[:, 64:], 1.0)
    assert 0 < np.diff(alpha[0]).max() < 0.02


def test_people_who_hardly_overlap_are_two() -> None:
    """Each of them is seen by one square alone, or differently by both."""
    crops = crops_of(SIDE, 96, SIDE)
    left, right = bars((36, 44))[:, :, :SIDE], bars((50, 60))[:, :, 32:]

    found = merged([Answers(left, floats([0.9])), Answers(right, floats([0.9]))], crops, SIDE, 96)

    assert_array_equal(found.alphas, bars((36, 44), (50, 60)))


def test_upright_pictures_are_covered_from_above() -> None:
    """And somebody in all of three squares is still one."""
    crops = crops_of(160, SIDE, SIDE)
    whole = np.zeros((1, 160, SIDE), np.float32)
    whole[:, 5:150, 20:40] = 1
    parts = [Answers(whole[:, it.row : it.row + SIDE].copy(), floats([0.9])) for it in crops]

    found = merged(parts, crops, 160, SIDE)

    assert len(crops) == 3
    assert_allclose(found.alphas, whole, atol=1e-6)
