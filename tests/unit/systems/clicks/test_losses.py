"""What the three stages minimise, against numbers that were computed by hand."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.clicks.config import S
from penumbra.systems.clicks.losses import (
    AlphaLoss,
    RefineLoss,
    UncertaintyLoss,
    gradient_errors,
    hard_mean,
    likelihood_loss,
    overlap_loss,
    regression_loss,
)
from penumbra.systems.clicks.network import ClicksNetwork
from penumbra.systems.clicks.rounds import clicked
from penumbra.training.clicking import Clicking
from penumbra.training.compose import Batch
from tests.clicked_batch import batch_of


def batch(count: int = 2, is_composite: bool = True) -> Batch:
    """A soft square over noise, 64 x 64."""
    alpha = torch.zeros(count, 1, 64, 64)
    alpha[..., 16:48, 16:48], alpha[..., 30:34, 16:48] = 1, 0.5
    made = batch_of(alpha, torch.zeros_like(alpha))
    return made._replace(is_composite=torch.full((count,), is_composite))


def test_soft_pixels_count_absolutely_and_others_squared() -> None:
    """Equation 1: 0.3 in the mean over the soft ones, 0.04 over the rest."""
    truth = torch.tensor([0.5, 0.25, 0, 1]).reshape(1, 1, 2, 2)
    alpha = truth + torch.tensor([0.2, 0.4, 0.2, -0.2]).reshape(1, 1, 2, 2)

    assert regression_loss(alpha, truth).item() == pytest.approx(0.3 + 0.04)


def test_each_picture_weighs_the_same() -> None:
    """However many of its pixels are soft; where none are, they cost nothing."""
    truth = torch.tensor([[0.5, 0.5, 0.5, 0], [0, 0, 0, 1]]).reshape(2, 1, 2, 2)
    alpha = (truth - 0.1).abs()

    expected = ((0.1 + 0.01) + (0 + 0.01)) / 2
    assert regression_loss(alpha, truth).item() == pytest.approx(expected)


def test_overlap_is_the_share_of_the_larger_in_the_smaller() -> None:
    """Of 400 pixels of 1 half are found and 100 too many; a hundred more are right for nothing."""
    truth, alpha = torch.zeros(1, 1, 40, 40), torch.zeros(1, 1, 40, 40)
    truth[..., :10, :] = 1
    alpha[..., :10, :20], alpha[..., 20:30, :20] = 1, 0.5

    assert overlap_loss(alpha, truth).item() == pytest.approx(1 - 300 / 600)
    assert overlap_loss(truth / 2, truth / 2).item() == 0
    empty = torch.zeros_like(truth)
    assert overlap_loss(empty, empty).item() == 0
    assert overlap_loss(alpha / 4, empty) < overlap_loss(alpha, empty)


def test_overlap_is_a_term_where_it_is_asked_for() -> None:
    """The paper has none."""
    network = ClicksNetwork(S)

    assert set(AlphaLoss()(network, batch())) == {"regression", "gradient"}
    terms = AlphaLoss(overlap=0.5).terms(batch().alpha, batch())
    assert terms["overlap"].item() == 0


def test_sizes_of_gradients_are_compared() -> None:
    """A ramp of one tenth a pixel has a gradient of one tenth; turning it changes nothing."""
    ramp = (torch.arange(8.0) / 10).expand(1, 1, 8, 8)

    inside = gradient_errors(ramp, 0 * ramp)[..., 2:-2, 2:-2]
    turned = gradient_errors(ramp, ramp.mT)[..., 2:-2, 2:-2]
    components = gradient_errors(ramp, ramp.mT, "xy")[..., 2:-2, 2:-2]

    assert_close(inside, torch.full_like(inside, math.sqrt(0.01 + 1e-6) - 1e-3))
    assert_close(turned, torch.zeros_like(turned), atol=1e-6, rtol=0)
    assert_close(components, torch.full_like(components, 0.2))


def test_the_likelihood_has_the_gradient_of_the_sheet() -> None:
    """1 - |d| / sigma for each pixel, as autograd and as small steps have it."""
    scale = torch.randn(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    truth, alpha = torch.rand(2, 1, 1, 4, 4, dtype=torch.float64)

    (gradient,) = torch.autograd.grad(likelihood_loss(scale, alpha, truth), scale)

    scale = scale.detach()
    expected = (1 - (alpha.float() - truth).abs() * (-scale).exp()) / 16
    assert_close(gradient, expected)
    step = torch.zeros_like(scale)
    step[0, 0, 1, 2] = 1e-5
    ahead, behind = (likelihood_loss(scale + sign * step, alpha, truth) for sign in (1, -1))
    assert ((ahead - behind) / 2e-5).item() == pytest.approx(float(expected[0, 0, 1, 2]), abs=1e-5)


@pytest.mark.parametrize("density", ["laplace", "gauss"])
def test_the_best_constant_is_the_size_of_the_error(density: str) -> None:
    """The mean absolute error of Laplace's law, the root of the mean square of a normal one."""
    truth = torch.zeros(1, 1, 32, 32)
    alpha = torch.rand(1, 1, 32, 32)
    error = alpha.double()
    best = error.mean() if density == "laplace" else error.square().mean().sqrt()

    losses = {
        shift: likelihood_loss(
            torch.full_like(alpha, float(best.log()) + shift),
            alpha,
            truth,
            "laplace" if density == "laplace" else "gauss",
        )
        for shift in (-0.02, 0.0, 0.02)
    }

    assert losses[0.0] < min(losses[-0.02], losses[0.02])


def test_hard_pixels_are_a_fifth_rounded_up() -> None:
    """820 of 64 x 64 (sheet, section 13)."""

    def mean_of(ones: int) -> float:
        error = torch.zeros(1, 1, 64, 64)
        error.view(-1)[:ones] = 1
        return float(hard_mean(error.roll(1000), 0.2))

    assert mean_of(819) == pytest.approx(819 / 820, abs=1e-6)
    assert mean_of(820) == mean_of(821) == 1


def test_without_hard_pixels_the_third_stage_is_the_plain_mean() -> None:
    """Sheet, section 13: lambda 0 leaves the one term."""
    network = ClicksNetwork(S)

    torch.manual_seed(0)
    plain = RefineLoss(Clicking(), hard_weight=0)(network, batch())
    torch.manual_seed(0)
    both = RefineLoss(Clicking())(network, batch())

    assert plain.keys() == {"window"}
    assert both.keys() == {"window", "hard"}
    assert both["hard"] > both["window"] == plain["window"]


def test_what_is_wrong_through_and_through_is_to_stay_as_it_is() -> None:
    """Before training the answer is the matte that was given: nothing is left to learn from."""
    network = ClicksNetwork(S)

    assert RefineLoss(Clicking())(network, batch())["window"] > 0
    assert RefineLoss(Clicking(), hopeless=0)(network, batch())["window"] < 1e-6


def test_squares_are_a_term_where_they_are_asked_for() -> None:
    """They let go of what is half wrong, where absolute errors make it sharp."""
    terms = RefineLoss(Clicking(), squared=4)(ClicksNetwork(S), batch())

    assert 0 < terms["squared"] < 4 * terms["window"]
    assert "squared" not in RefineLoss(Clicking())(ClicksNetwork(S), batch())


def test_a_coarsened_matte_is_what_averages_lose() -> None:
    """Nothing is asked of the network that finds alpha."""
    network = ClicksNetwork(S)
    network.alpha = torch.nn.Identity()

    lost = RefineLoss(Clicking(), coarsened=1)(network, batch())["window"]

    assert 0 < lost < 0.1


def test_edges_of_masks_are_no_gradients() -> None:
    """Photographs with masks say nothing of gradients, composites do."""
    network = ClicksNetwork(S)

    assert AlphaLoss()(network, batch(is_composite=False))["gradient"] == 0
    assert AlphaLoss()(network, batch())["gradient"] > 0


def test_each_stage_teaches_its_part_alone() -> None:
    """Alpha stays as it is while its uncertainty is learned, and both while windows are."""

    def taught(terms: dict[str, Tensor], network: ClicksNetwork) -> set[str]:
        torch.autograd.backward(torch.stack(list(terms.values())).sum())
        names = {
            name.partition(".")[0]
            for name, each in network.named_parameters()
            if each.grad is not None
        }
        return names

    network = ClicksNetwork(S)
    assert taught(AlphaLoss()(network, batch()), network) == {"encoder", "hints", "reach", "alpha"}
    network = ClicksNetwork(S)
    assert taught(UncertaintyLoss()(network, batch()), network) == {"uncertainty"}
    network = ClicksNetwork(S)
    assert taught(RefineLoss()(network, batch()), network) == {"refiner"}
    network = ClicksNetwork(S)
    joint = taught(UncertaintyLoss(beside=AlphaLoss())(network, batch()), network)
    assert joint == {"encoder", "hints", "reach", "alpha", "uncertainty"}


def test_frozen_parts_keep_their_running_means() -> None:
    """Also what is normalised by them (sheet, section 11: evaluation mode)."""
    network = ClicksNetwork(S).train()
    before = {name: value.clone() for name, value in network.named_buffers()}

    UncertaintyLoss(Clicking(corrected=1))(network, batch())
    RefineLoss(Clicking(corrected=1))(network, batch())

    changed = {
        name.partition(".")[0]
        for name, value in network.named_buffers()
        if not torch.equal(value, before[name])
    }
    assert changed == {"uncertainty", "refiner"}
    assert network.training


class AllObject(ClicksNetwork):
    """Takes everything for the object, or nothing."""

    def __init__(self, value: float) -> None:
        super().__init__(replace(S, use_prev_alpha=True))
        self.value = value
        self.asked: list[Tensor | None] = []

    def forward(self, image: Tensor, hints: Tensor, previous: Tensor | None = None) -> Tensor:
        """Answer the same to everything."""
        self.asked.append(previous)
        return torch.full_like(hints, self.value)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_rounds_add_clicks_that_correct_the_network(value: float) -> None:
    """On what is missing, off what is too much; each learns of the answer before."""
    torch.manual_seed(5)
    samples = batch()
    counts = []
    for _ in range(20):
        network = AllObject(value)
        how = Clicking(radius=2, stop=1, corrected=1, rounds=3)
        hints, previous = clicked(network, samples, how)
        label = 1 if value == 0 else -1
        clicked_on = hints != 0
        assert (hints[clicked_on] == label).all()
        assert (samples.alpha[clicked_on] == (label == 1)).all()
        rounds = len(network.asked)
        assert int(clicked_on.sum()) <= rounds * 13 * 2
        assert (previous == (value if rounds else 0)).all()
        assert clicked_on.any() == (rounds > 0)
        counts.append(rounds)

    assert set(counts) == {0, 1, 2, 3}


def test_alpha_is_computed_in_full_precision() -> None:
    """Also where convolutions are not: in 16 bits an alpha of 0.9997 has no gradient."""
    network = ClicksNetwork(S).eval()
    head: Any = network.alpha.head
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.constant_(head.bias, 8)
    samples = batch()

    with torch.autocast("cpu", torch.bfloat16):
        terms = AlphaLoss(Clicking(has_hints=False))(network, samples)
        (gradient,) = torch.autograd.grad(terms["regression"], head.bias)

    assert terms["regression"].dtype == terms["gradient"].dtype == torch.float32
    assert gradient.abs() > 1e-5


def test_windows_are_learned_at_several_scales() -> None:
    """Alpha is found on a smaller picture then, and discs are as much smaller."""
    sizes = []

    class Watching(ClicksNetwork):
        def forward(self, image: Tensor, hints: Tensor, previous: Tensor | None = None) -> Tensor:
            sizes.append((image.shape[2], int((hints != 0).sum())))
            return super().forward(image, hints, previous)

    network, samples = Watching(S), batch()
    for _ in range(12):
        RefineLoss(Clicking(stop=0.3), shrinks=(1, 2))(network, samples)

    assert {side for side, _ in sizes} == {32, 64}
    most = {side: max(count for each, count in sizes if each == side) for side in (32, 64)}
    assert 0 < most[32] < most[64]
    with pytest.raises(InputError, match="size must be a multiple of 128, got 64"):
        RefineLoss(Clicking(), shrinks=(4,))(network, batch())


def test_a_silent_loss_learns_every_sample_without_clicks_too() -> None:
    """Its terms lie between those of the samples with clicks and of the same without."""
    network = ClicksNetwork(S)
    torch.manual_seed(0)
    for parameter in network.parameters():
        parameter.data += 0.02 * torch.randn_like(parameter)
    network.eval()
    values = []
    for loss in (
        AlphaLoss(Clicking(stop=0.05)),
        AlphaLoss(Clicking(stop=0.05), silent=True),
        AlphaLoss(Clicking(has_hints=False)),
    ):
        torch.manual_seed(1)
        values.append(loss(network, batch())["regression"].item())
    said, both, nothing = values
    assert said != nothing
    assert both == pytest.approx((said + nothing) / 2, rel=1e-5)
