"""How well people are found."""

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.synth.interpreter.measuring import (
    Overlaps,
    average_precision,
    best_pairs,
    overlaps,
)


def found(human: list[float], iou: list[list[float]]) -> Overlaps:
    return Overlaps(np.array(human), np.array(iou, np.float64).reshape(len(human), -1))


def test_overlaps_are_of_opaque_pixels() -> None:
    """Two of three, and nothing with nothing."""
    alphas = np.array([[[0.9, 0.6, 0.4, 0.0]], [[0.0, 0.0, 0.0, 0.5]]], np.float32)
    truth = np.array([[[1.0, 1.0, 1.0, 0.0]], [[0.0, 0.0, 0.0, 0.0]]], np.float32)

    human, iou = overlaps(np.array([0.2, 0.9], np.float32), alphas, truth)

    assert iou.tolist() == [[2 / 3, 0], [0, 0]]
    assert human.tolist() == pytest.approx([0.2, 0.9])


def test_precision_is_that_of_a_perfect_answer() -> None:
    """Whatever else is found after all people are."""
    perfect = found([0.9, 0.8, 0.1], [[1, 0], [0, 0.9], [0.3, 0.3]])

    assert average_precision([perfect, perfect], 0.5) == 1
    assert average_precision([perfect, perfect], 0.95) == 0.5


def test_precision_falls_with_what_is_wrong_before() -> None:
    """Two pictures; surest first: right, wrong, right, right, of four people.

    Precision is 1, 1/2, 2/3, 3/4 there; the envelope at the three that are right is 1, 3/4, 3/4.
    """
    pictures = [
        found([0.9, 0.5], [[0.7, 0.1], [0.2, 0.6]]),
        found([0.8, 0.6], [[0.4, 0.0], [0.8, 0.1]]),
    ]

    assert average_precision(pictures, 0.5) == pytest.approx((1 + 0.75 + 0.75) / 4)


def test_nobody_is_found_twice() -> None:
    """The surer one has the person; the other is wrong, however well it fits."""
    twice = found([0.9, 0.8], [[0.6], [0.95]])

    assert average_precision([twice], 0.5) == 1
    assert average_precision([twice], 0.75) == 0.5


def test_what_is_found_where_nobody_is_is_wrong() -> None:
    """A picture without people counts as well."""
    assert average_precision([found([0.9], []), found([0.8], [[1.0]])], 0.5) == 0.5
    with pytest.raises(InputError, match="pictures must be of people"):
        average_precision([found([0.9], [])], 0.5)


def test_pairs_are_the_best_altogether() -> None:
    """Even where the best for one would be another's; nobody's where too few were found."""
    assert best_pairs(np.array([[0.9, 0.8], [0.7, 0.0]])).tolist() == [1, 0]
    assert best_pairs(np.array([[0.1, 0.6, 0.5]])).tolist() == [-1, 0, -1]
