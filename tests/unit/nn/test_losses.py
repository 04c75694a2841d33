"""Losses, by hand."""

import math

import pytest
import torch

from penumbra.nn.losses import cross_entropy, soft_iou


def test_cross_entropy_of_even_odds_is_one_bit() -> None:
    """Whatever the truth is: the logarithm of 2."""
    alpha = torch.tensor([0.0, 0.25, 1.0]).reshape(1, 1, 1, 3)

    assert cross_entropy(torch.zeros_like(alpha), alpha).item() == pytest.approx(math.log(2))


def test_soft_iou_is_one_minus_the_overlap() -> None:
    """Two of three pixels shared, plus one in numerator and denominator: 1 - 3 / 4."""
    found = torch.tensor([1.0, 1.0, 0.0, 0.0]).reshape(1, 1, 2, 2)
    truth = torch.tensor([1.0, 1.0, 1.0, 0.0]).reshape(1, 1, 2, 2)

    assert soft_iou(found, truth).item() == pytest.approx(1 - 3 / 4)
    assert soft_iou(found.expand(5, 1, 2, 2), truth.expand(5, 1, 2, 2)).item() == pytest.approx(
        0.25
    )


def test_nothing_found_as_nothing_costs_nothing() -> None:
    """Pictures without an object must not pull the network apart."""
    nothing = torch.zeros(1, 1, 4, 4)

    assert soft_iou(nothing, nothing).item() == 0
