"""Losses, by hand."""

import math

import pytest
import torch

from penumbra.nn.losses import LEVELS, cross_entropy, laplacian_loss, mean_over, soft_iou


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


def test_the_laplacian_loss_agrees_with_two_discs() -> None:
    """Sheet `aim`, section 5: discs of radius 20, two pixels apart, on 64 x 64."""
    y, x = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    discs = (((x - centre) ** 2 + (y - 32) ** 2 < 400).float() for centre in (32, 30))
    one, other = (disc[None, None] for disc in discs)
    levels = [0.0347962, 0.0238575, 0.0222218, 0.0192789, 0.0153105, 0.0217780]

    for place, expected in enumerate(levels):
        weights = [float(place == level) for level in range(LEVELS)]
        assert laplacian_loss(one, other, weights).item() == pytest.approx(expected, abs=1e-7)
    assert laplacian_loss(one, other).item() == pytest.approx(0.1372429, abs=1e-7)


def test_the_laplacian_loss_sees_a_constant_offset_once() -> None:
    """In the low-pass alone."""
    alpha = torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0))

    assert laplacian_loss(alpha + 0.1, alpha).item() == pytest.approx(0.1, abs=1e-6)


def test_a_mean_over_nothing_is_nothing() -> None:
    """And one over two pixels has three for its denominator."""
    values, region = torch.full((1, 1, 1, 3), 0.6), torch.zeros(1, 1, 1, 3)
    assert mean_over(values, region) == 0
    region[..., :2] = 1

    assert mean_over(values, region).item() == pytest.approx(0.4)
