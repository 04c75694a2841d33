"""What Deep Image Matting minimises, against numbers worked out by hand."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.dim.config import DEFAULT, Config, S
from penumbra.systems.dim.losses import (
    CoarseLoss,
    RefineLoss,
    WholeLoss,
    alpha_loss,
    alpha_of,
    composition_loss,
    mean_error,
    uncertainty_loss,
)
from penumbra.systems.dim.network import DimNetwork
from penumbra.training.compose import Batch


def plane(*values: float) -> Tensor:
    return torch.tensor(values).view(1, 1, 1, -1)


def batch(size: int = 32, count: int = 2, unknown: float = 0.5) -> Batch:
    """Noise over noise; the middle column is unknown, left of it is object."""
    generator = torch.Generator().manual_seed(7)
    foreground, background = torch.rand(2, count, 3, size, size, generator=generator)
    trimap = torch.zeros(count, 1, size, size)
    trimap[..., : size // 4], trimap[..., size // 4 : 3 * size // 4] = 1, unknown
    alpha = torch.where(trimap == 0.5, torch.rand(trimap.shape, generator=generator), trimap)
    image = alpha * foreground + (1 - alpha) * background
    nothing = torch.zeros(count, dtype=torch.int64)
    layers = (image, alpha, foreground, background, trimap, torch.zeros_like(alpha))
    return Batch(*layers, torch.ones(count, dtype=torch.bool), nothing, nothing)


def test_the_alpha_loss_is_a_mean_over_the_unknown_and_one_more() -> None:
    """0.3 off on one of two unknown pixels: 0.3 / 3; known pixels cost nothing (section 14)."""
    loss = alpha_loss(plane(0.5, 0.2, 1.0), plane(0.2, 0.2, 0.0), plane(0.5, 0.5, 1.0))

    assert_close(loss, torch.tensor(0.1), atol=1e-5, rtol=0)


def test_the_compositional_loss_is_a_mean_over_colours() -> None:
    """Alpha 0.3 off between layers that differ by 1, 0.5 and 0: (0.3 + 0.15 + 0) / 3 / 2."""
    foreground = torch.tensor([1.0, 0.5, 0.25]).view(1, 3, 1, 1)
    background = torch.tensor([0.0, 0.0, 0.25]).view(1, 3, 1, 1)
    image = 0.2 * foreground + 0.8 * background

    loss = composition_loss(plane(0.5), foreground, background, image, plane(0.5))

    assert_close(loss, torch.tensor(0.15 / 2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("loss", [CoarseLoss(), CoarseLoss(1.0), WholeLoss(), RefineLoss()])
def test_a_batch_without_unknown_pixels_costs_nothing(loss: CoarseLoss) -> None:
    """And moves nothing: the gradient is zero, not undefined."""
    network = DimNetwork(S).train()

    total = torch.stack(list(loss(network, batch(unknown=1.0)).values())).sum()
    total.backward()  # type: ignore[no-untyped-call]

    assert total == 0
    assert all(p.grad is None or p.grad.abs().max() == 0 for p in network.parameters())


def test_w_l_shares_the_weight_between_both_losses() -> None:
    """One half each in the paper; with 1 the compositional loss is not even there."""
    network, given = DimNetwork(S).eval(), batch()

    with torch.no_grad():
        both, alone = CoarseLoss()(network, given), CoarseLoss(1.0)(network, given)
        rare = CoarseLoss(0.25)(network, given)

    assert alone.keys() == {"alpha0"}
    assert_close(both["alpha0"], 0.5 * alone["alpha0"])
    assert_close(rare["composition"], 1.5 * both["composition"])


def test_a_perfect_answer_has_a_gradient_of_zero() -> None:
    """Without what is added under the root it would be undefined."""
    alpha = plane(0.25, 0.5).requires_grad_()

    loss = alpha_loss(alpha, plane(0.25, 0.5), plane(0.5, 0.5))
    loss.backward()  # type: ignore[no-untyped-call]

    assert alpha.grad is not None
    assert alpha.grad.abs().max() == 0
    assert 0 < loss < 1e-5


def test_the_error_of_a_validation_is_that_of_alpha() -> None:
    """Over the unknown pixels of the answer, known ones left out."""
    network, given = DimNetwork(S).eval(), batch()

    with torch.no_grad():
        alpha = network(given.image, given.trimap).alpha.clamp(0, 1)
        found = mean_error(network, given)

    unknown = given.trimap == 0.5
    expected = (alpha - given.alpha).abs()[unknown].sum() / (unknown.sum() + 1)
    assert_close(found, expected)
    assert found > 0.05


@pytest.mark.parametrize("w_l", [0.5, 1.0])
def test_the_last_stage_adds_up_both_stages(w_l: float) -> None:
    """Those of the first and the alpha loss of the second."""
    network, given = DimNetwork(S).eval(), batch()

    with torch.no_grad():
        whole = WholeLoss(w_l)(network, given)
        parts = CoarseLoss(w_l)(network, given) | RefineLoss()(network, given)

    assert whole.keys() == parts.keys()
    assert ("composition" in whole) == (w_l < 1)
    for name, value in parts.items():
        assert_close(whole[name], value)


@pytest.mark.parametrize("config", [S, replace(DEFAULT, conv6="1x1", decoder_bn=True)])
def test_a_step_of_the_second_stage_leaves_the_first_as_it_was(config: Config) -> None:
    """Weights and running means of normalisation alike; and the second stage learns."""
    network = DimNetwork(config).train()
    before = deepcopy(network.state_dict())
    optimiser = torch.optim.Adam(network.parameters(), 0.01)

    torch.stack(list(RefineLoss()(network, batch()).values())).sum().backward()  # type: ignore[no-untyped-call]
    optimiser.step()

    after = network.state_dict()
    assert all(torch.equal(before[it], after[it]) for it in after if it.startswith("coarse."))
    assert not torch.equal(before["refiner.head.weight"], after["refiner.head.weight"])
    assert network.coarse.training


def test_the_loss_sees_what_the_second_stage_says_beyond_one() -> None:
    """Not limited in training, or alpha above 1 would learn nothing."""
    network = DimNetwork(S).eval()
    assert network.refiner is not None
    bias = network.refiner.head.bias
    assert bias is not None
    torch.nn.init.constant_(bias, 3.0)

    RefineLoss()(network, batch())["alpha"].backward()  # type: ignore[no-untyped-call]

    assert bias.grad is not None
    assert bias.grad[0] > 0.5


def test_uncertainty_is_least_costly_at_the_mean_absolute_error() -> None:
    """Errors of 0.1 and 0.3 in pixels that look alike: 0.2 costs less than more or less."""
    given = batch()._replace(alpha=plane(0.4, 0.8), trimap=plane(0.5, 0.5))

    costs = [
        uncertainty_loss(plane(each, each), plane(0.5, 0.5), given).item()
        for each in (0.19, 0.2, 0.21)
    ]

    assert costs[1] == min(costs)


def test_the_preview_keeps_what_is_known() -> None:
    """As the predictor does."""
    given = batch()

    shown = alpha_of(DimNetwork(S).eval(), given)

    assert_close(shown[given.trimap != 0.5], given.trimap[given.trimap != 0.5])
