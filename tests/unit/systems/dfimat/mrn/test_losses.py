"""What the refinement network minimises, against the formula written out."""

from fractions import Fraction
from math import ceil

import numpy as np
import pytest
import torch
from torch import Tensor

from penumbra.core.errors import InputError
from penumbra.nn.losses import laplacian_loss
from penumbra.systems.dfimat.mrn.losses import MrnLoss, hard_count, matte_loss


def planes(count: int = 3, side: int = 32) -> tuple[tuple[Tensor, ...], Tensor]:
    generator = torch.Generator().manual_seed(count)
    alphas = torch.rand(count, 2, 1, side, side, generator=generator)
    return tuple(alphas), torch.rand(2, 1, side, side, generator=generator)


def by_the_formula(alpha: Tensor, alpha_true: Tensor, share: Fraction, weight: float) -> float:
    """Equation 7, image by image, in float64."""
    totals = []
    for one, true in zip(alpha.double().numpy(), alpha_true.double().numpy(), strict=True):
        errors = np.sort(np.abs(one - true).ravel())
        hardest = errors[-ceil(share * errors.size) :]
        totals.append(errors.mean() + weight * hardest.mean())
    return float(np.mean(totals))


@pytest.mark.parametrize(("share", "weight"), [(0.3, 1.0), (0.07, 2.0), (1.0, 0.5)])
def test_hard_pixels_count_twice(share: float, weight: float) -> None:
    """Each image has its own."""
    (alpha,), alpha_true = planes(1)

    found = matte_loss(alpha, alpha_true, share, weight)

    expected = by_the_formula(alpha, alpha_true, Fraction(str(share)), weight)
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("share", ["0.3", "0.07", "0.1", "0.29", "1", "0.001"])
def test_the_number_of_hard_pixels_is_rounded_up(share: str) -> None:
    """Sheet, section 13, test 11; what is whole in decimals stays whole."""
    for pixels in (1, 7, 10, 30, 100, 1000, 64 * 64, 384 * 384, 512 * 512, 1536 * 1024):
        assert hard_count(pixels, float(share)) == ceil(Fraction(share) * pixels)


def test_exactly_so_many_pixels_are_mined() -> None:
    """0.3 of 10 x 10 are 30: one pixel more or less in the error shows it."""
    alpha_true = torch.zeros(1, 1, 10, 10)
    for wrong in (29, 30, 31):
        alpha = torch.zeros(100)
        alpha[:wrong] = 1
        found = matte_loss(alpha.view(1, 1, 10, 10), alpha_true, 0.3, 1.0)

        assert found.item() == pytest.approx(wrong / 100 + min(wrong, 30) / 30)


def test_the_three_mattes_weigh_one_one_two() -> None:
    """Divided by four, so that one alone weighs as much as all."""
    alphas, alpha_true = planes()
    loss = MrnLoss()

    terms = loss.terms(alphas, alpha_true)
    alone = loss.terms(alphas[-1:], alpha_true)

    assert list(terms) == ["alpha8", "alpha4", "alpha1"]
    for term, alpha, weight in zip(terms.values(), alphas, (1, 1, 2), strict=True):
        expected = by_the_formula(alpha, alpha_true, Fraction(3, 10), 1.0)
        assert term.item() == pytest.approx(weight / 4 * expected, rel=1e-5)
    assert list(alone) == ["alpha1"]
    assert alone["alpha1"].item() == pytest.approx(2 * terms["alpha1"].item())


def test_the_laplacian_is_a_switch() -> None:
    """Weighed like the rest; and nothing of it by default."""
    alphas, alpha_true = planes()

    terms = MrnLoss(lap_weight=0.7).terms(alphas, alpha_true)

    apart = [laplacian_loss(alpha, alpha_true).item() for alpha in alphas]
    expected = 0.7 * (apart[0] + apart[1] + 2 * apart[2]) / 4
    assert terms["laplacian"].item() == pytest.approx(expected, rel=1e-5)


def test_the_truth_costs_nothing() -> None:
    """And what is mined has all of the gradient where the mean has little."""
    _, alpha_true = planes()
    terms = MrnLoss(lap_weight=1).terms((alpha_true,) * 3, alpha_true)

    assert sum(term.item() for term in terms.values()) == 0

    alpha = (0.9 * alpha_true).requires_grad_()
    (gradient,) = torch.autograd.grad(matte_loss(alpha, alpha_true, 0.3, 1.0), alpha)

    size = gradient.abs() * alpha.numel()
    assert sorted({round(value, 1) for value in size.flatten().tolist()}) == [1.0, 4.3]


@pytest.mark.parametrize(
    ("name", "value"),
    [("hard_frac", 0.0), ("hard_frac", 1.1), ("lambda_hard", -1), ("lap_weight", -1)],
)
def test_numbers_out_of_range_are_refused(name: str, value: float) -> None:
    """By their names."""
    with pytest.raises(InputError, match=f"{name} must be"):
        MrnLoss(**{name: value})
