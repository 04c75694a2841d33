"""The true map of flaws, against numbers that numpy and torch agree on."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.safe.predictor import filtered as filtered_arrays
from penumbra.systems.safe.target import blurred, filtered, flaws_of


def example(scale: float = 1.0) -> tuple[Tensor, Tensor]:
    """32 x 32: an error of 1 at one pixel and of a quarter on sixteen."""
    truth = torch.zeros(1, 1, 32, 32, dtype=torch.float64)
    alpha = truth.clone()
    alpha[..., 8, 8] = scale
    alpha[..., 20:24, 20:24] = 0.25 * scale
    return alpha, truth


def test_the_map_is_that_of_the_sheet() -> None:
    """Section 7."""
    plane = flaws_of(*example())[0, 0]

    assert divmod(int(plane.argmax()), 32) == (21, 21)
    assert plane[8, 8].item() == pytest.approx(0.5127638, abs=1e-6)
    assert plane[22, 22].item() == pytest.approx(1.0, abs=1e-6)
    assert plane[0, 31].item() == 0
    assert plane.mean().item() == pytest.approx(0.0649095, abs=1e-6)


def test_how_large_errors_are_does_not_matter() -> None:
    """Mu of the published code cancels; and a batch is one map after the other."""
    full, truth = example()
    half, _ = example(0.5)

    both = flaws_of(torch.cat([full, half]), torch.cat([truth, truth]))

    assert_close(both[:1], both[1:], atol=1e-6, rtol=0)


def test_a_matte_without_errors_has_no_flaws() -> None:
    """Nor one whose errors are rounding, unless the floor is lifted."""
    _, truth = example()
    noise = 1e-6 * torch.rand(truth.shape, dtype=torch.float64)

    assert not flaws_of(truth, truth).any()
    assert not flaws_of(truth, truth, floor=0).any()
    assert not flaws_of(noise, truth).any()
    assert flaws_of(noise, truth, floor=0).max() > 0.9


def test_nothing_is_learned_through_the_map() -> None:
    """It is a target."""
    alpha, truth = example()

    assert not flaws_of(alpha.requires_grad_(), truth).requires_grad


def test_flaws_grow_as_often_as_asked() -> None:
    """By a pixel each time, and wider by the blur."""
    spread = [float(flaws_of(*example(), nu=nu).mean()) for nu in (0, 1, 2)]

    assert spread == sorted(spread)
    assert spread[0] < spread[2]


@pytest.mark.parametrize("side", [64, 96])
def test_maps_of_small_samples_can_be_blurred(side: int) -> None:
    """The border that is reflected is shorter than the sample."""
    alpha = torch.rand(1, 1, side, 64)

    assert flaws_of(alpha, torch.zeros_like(alpha)).isfinite().all()


def test_a_blur_keeps_the_sum_of_what_is_far_from_the_border() -> None:
    """Its weights add up to one; and a kernel of one pixel changes nothing."""
    plane = torch.zeros(1, 1, 33, 33, dtype=torch.float64)
    plane[..., 16, 16] = 1

    assert blurred(plane, 9).sum().item() == pytest.approx(1)
    assert blurred(plane, 9)[0, 0, 16, 16].item() == pytest.approx(_gaussian(9)[4] ** 2, abs=1e-12)
    assert_close(blurred(plane, 1), plane)


def _gaussian(size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    steps = np.arange(size) - size // 2
    line = np.exp(-0.5 * (steps / (0.3 * ((size - 1) / 2 - 1) + 0.8)) ** 2)
    return line / line.sum()


@pytest.mark.parametrize("faint", [1.0, 0.05])
def test_the_filter_of_predicted_maps_is_the_same_with_and_without_torch(faint: float) -> None:
    """Of GCT: what is faint is nothing, all else is stretched."""
    plane = faint * (torch.rand(1, 1, 64, 80) - 0.3)
    plane[..., 20:40, 20:40] += faint

    found = filtered(plane)

    assert_allclose(filtered_arrays(plane[0, 0].numpy()), found[0, 0].numpy(), atol=1e-5)
    assert found.max().item() == pytest.approx(1 if faint == 1 else 0, abs=1e-5)
    assert found.min() == 0
