"""What is minimised, and that neither objective touches what is the other's."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.safe.config import Config, S
from penumbra.systems.safe.losses import (
    FlawLoss,
    MattingLoss,
    alpha_loss,
    alpha_of,
    mean_error,
    unknown_of,
)
from penumbra.systems.safe.network import Answer, SafeNetwork
from penumbra.systems.safe.recipe import parts_of
from penumbra.training.recipe import Objective, Stage
from penumbra.training.turns import turns_of
from tests.unit.systems.safe.networks import TINY, batch_of, halves, made, stirred


def test_an_unknown_pixel_counts_four_times() -> None:
    """The same error of 0.1 on a known and on an unknown pixel; all pixels divide it."""
    truth = torch.zeros(1, 1, 1, 10)
    weight = torch.ones_like(truth)
    weight[..., 9] = 4
    known, unknown = truth.clone(), truth.clone()
    known[..., 0] = 0.1
    unknown[..., 9] = 0.1

    assert alpha_loss(known, truth, weight).item() == pytest.approx(0.01, abs=1e-5)
    assert alpha_loss(unknown, truth, weight).item() == pytest.approx(0.04, abs=1e-5)


def test_what_is_unknown_is_grown_by_an_ellipse_in_proportion_to_the_sample() -> None:
    """At 64 pixels by three, one to each side; in a photograph with a mask nowhere."""
    alpha = halves(2)

    columns = unknown_of(batch_of(alpha)).sum(dim=(0, 1, 2)).nonzero().flatten()

    assert columns.tolist() == [31, 32, 33]
    assert not unknown_of(batch_of(alpha, is_composite=False)).any()
    wide = torch.zeros(1, 1, 512, 512)
    wide[..., 100, 100] = 0.5
    assert unknown_of(batch_of(wide)).sum(dim=2).max() == 15


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_nothing_is_unknown_every_pixel_counts_once(value: float) -> None:
    """All background or all foreground."""
    batch = batch_of(torch.full((2, 1, 64, 64), value))
    network = made().train()

    terms = MattingLoss()(network, batch)

    with torch.no_grad():
        alphas = network(batch.image).alphas
    for number, alpha in enumerate(alphas):
        assert_close(terms[f"alpha{number}"], (alpha - batch.alpha).abs().mean(), atol=1e-5, rtol=0)


def test_every_round_has_its_term() -> None:
    """And a separate attention one, too."""
    batch = batch_of(halves(2))

    assert list(MattingLoss()(made(train_iters=2), batch)) == ["alpha0", "alpha1", "alpha2"]
    how = MattingLoss(laplacian=1, overlap=1, squared=1)
    separate = how(made(train_iters=1, att_s="separate"), batch)
    assert list(separate) == [
        "alpha0",
        "alpha1",
        "alpha_laplacian",
        "alpha_squared",
        "alpha_overlap",
        "attention0",
        "attention_laplacian",
        "attention_squared",
        "attention_overlap",
    ]


def test_squares_count_unknown_pixels_as_often() -> None:
    """The sum over all mattes of the weighted mean of squares."""
    network, batch = made(train_iters=1), batch_of(halves(2))

    terms = MattingLoss(gamma=4, squared=0.5)(network, batch)

    with torch.no_grad():
        alphas = network(batch.image).alphas
        weight = 1 + 3 * unknown_of(batch)
    sums = [(weight * (alpha - batch.alpha) ** 2).mean() for alpha in alphas]
    assert_close(terms["alpha_squared"], 0.5 * (sums[0] + sums[1]))


def test_the_laplacian_passes_over_photographs_with_masks() -> None:
    """Their edges have no opacity."""
    terms = MattingLoss(laplacian=1)(made(), batch_of(halves(2), is_composite=False))

    assert terms["alpha_laplacian"] == 0


def test_a_detached_round_teaches_the_first_matte_nothing() -> None:
    """But for its features, which reach the rounds another way."""
    heads = []
    for is_detached in (False, True):
        network = stirred(made(att_s="separate"))
        answer = network(batch_of(halves()).image, is_detached=is_detached)
        answer.alphas[1].mean().backward()
        assert network.decoder.head.weight.requires_grad
        heads.append(network.decoder.head.weight.grad)

    assert heads[0] is not None
    assert heads[1] is None


class Says(SafeNetwork):
    """Detects what it is told."""

    def __init__(self, flaws: float) -> None:
        super().__init__(TINY)
        self.said = flaws

    def detect(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Return it."""
        return torch.full_like(alpha, self.said)


def test_the_detector_s_loss_is_half_the_squared_error() -> None:
    """Of a truth without flaws at all: half the square of what is said."""

    class Right(Says):
        def forward(
            self, image: Tensor, rounds: int | None = None, is_detached: bool = False
        ) -> Answer:
            answer = super().forward(image, rounds, is_detached)
            return answer._replace(alphas=tuple(halves(2) for _ in answer.alphas))

    terms = FlawLoss()(Right(0.3), batch_of(halves(2)))

    assert terms["flaws"].item() == pytest.approx(0.5 * 0.3**2)


def stage_of(config: Config) -> Stage:
    """Both objectives with large steps."""
    matting = Objective("matting", parts_of(config), MattingLoss(), "sgd", lr=0.05)
    flaws = Objective("flaws", ("detector.",), FlawLoss(), "adam", lr=0.01)
    return Stage("all", 1, 2, 64, (matting, flaws))


@pytest.mark.parametrize("config", [TINY, S])
def test_each_objective_leaves_alone_what_is_the_other_s(config: Config) -> None:
    """Weights and running means: matting those of the detector, the detector all others."""
    torch.manual_seed(0)
    network = stirred(made(config, train_iters=2)).train()
    batch = batch_of(halves(2))
    for turn in turns_of(stage_of(network.config), network):
        before = {name: each.clone() for name, each in network.state_dict().items()}
        turn.begin(0, 1)
        terms = turn.objective.loss(network, batch)
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        turn.optimiser.step()

        after = network.state_dict()
        moved = {name for name, each in after.items() if not torch.equal(each, before[name])}
        of_detector = {name for name in after if name.startswith("detector.")}
        learned, left = (of_detector, after.keys() - of_detector)
        if turn.objective.name == "matting":
            learned, left = left, learned
        assert not moved & left
        assert len(moved) > 0.9 * len(learned)
        assert all(module.training for module in network.modules())


def test_the_detector_may_learn_from_the_first_mattes_alone() -> None:
    """Then as many maps are made as there are pictures."""
    counts = []

    class Counting(Says):
        def detect(self, image: Tensor, alpha: Tensor) -> Tensor:
            if torch.is_grad_enabled():
                counts.append(len(alpha))
            return super().detect(image, alpha)

    for loss in (FlawLoss("all"), FlawLoss("alpha0")):
        loss(Counting(0.5), batch_of(halves(2)))

    assert counts == [2 * (1 + TINY.train_iters), 2]


def test_the_detector_may_learn_from_some_of_the_samples() -> None:
    """The first ones, rounded up."""
    sizes = []

    class Counting(Says):
        def detect(self, image: Tensor, alpha: Tensor) -> Tensor:
            if torch.is_grad_enabled():
                sizes.append(len(alpha))
            return super().detect(image, alpha)

    FlawLoss("alpha0", share=0.5)(Counting(0.5), batch_of(halves(3)))

    assert sizes == [2]


def test_previews_and_validation_show_the_last_round() -> None:
    """As it ships."""
    network, batch = made(S), batch_of(halves(1))
    with torch.no_grad():
        alpha = network(batch.image).alpha

        assert_close(alpha_of(network, batch), alpha)
        assert_close(mean_error(network, batch), (alpha - batch.alpha).abs().mean())


def test_a_network_of_no_numbers_has_a_loss_that_is_none() -> None:
    """By which the loop knows that it has to throw the step away."""
    network = made().train()
    with torch.no_grad():
        network.decoder.head.weight.fill_(torch.nan)

    terms = MattingLoss()(network, batch_of(halves(2)))

    assert not terms["alpha0"].isfinite()
