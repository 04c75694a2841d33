"""The networks of matting by clicks: sizes, shapes, and what holds before any training."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.core.errors import InputError
from penumbra.systems.clicks.config import B, Config, M, S
from penumbra.systems.clicks.network import ClicksNetwork, bounded
from tests.samples import count

SIZES = pytest.mark.parametrize("config", [S, M, B], ids=["s", "m", "b"])


def said(height: int, width: int, batch: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of noise, and hints of all three kinds."""
    generator = torch.Generator().manual_seed(height + width)
    image = torch.rand(batch, 3, height, width, generator=generator)
    hints = torch.zeros(batch, 1, height, width)
    hints[:, :, 4:12, 4:12], hints[:, :, 20:28, 20:28] = 1, -1
    return image, hints


def moved(network: ClicksNetwork) -> ClicksNetwork:
    """The network with weights that are nowhere zero, as after training."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
    return network


@pytest.mark.parametrize(
    ("config", "encoder", "decoder", "refiner"),
    [
        (S, 1_293_536, 156_788, 19_441),
        (M, 2_044_880, 161_844, 75_745),
        (B, 14_222_208, 10_857_185, 298_945),
    ],
    ids=["s", "m", "b"],
)
def test_parameters_are_those_of_the_sheet(
    config: Config, encoder: int, decoder: int, refiner: int
) -> None:
    """Sections 3.2 to 3.4, which round: 0.08 + 1.21, 0.157, 0.019; 14.22, 10.86, 0.299 million."""
    with torch.device("meta"):
        network = ClicksNetwork(config)

    assert count(network.encoder) == encoder
    assert count(network.alpha) == count(network.uncertainty) == decoder
    assert count(network.refiner) == refiner


def test_the_small_encoder_has_two_parts() -> None:
    """Section 3.3: 0.08 million for the picture alone, 1.21 with hints, 0.007 for the hints."""
    with torch.device("meta"):
        network = ClicksNetwork(S)
        encoder: Any = network.encoder

    assert sum(count(part) for part in (encoder.c2, encoder.c4, encoder.c8)) == 83_840
    rest = (encoder.f8, encoder.f16, encoder.f32, encoder.scene)
    assert sum(count(part) for part in rest) == 1_209_696
    assert network.hints is not None
    assert count(network.hints) == 6_720


def test_adaptors_belong_to_the_decoder() -> None:
    """Section 3.2: 9.27 million without them."""
    with torch.device("meta"):
        decoder: Any = ClicksNetwork(B).alpha

    assert count(decoder) - count(decoder.adaptors) == pytest.approx(9.27e6, abs=5e3)


@pytest.mark.parametrize(
    ("config", "look", "think", "decode"),
    [(S, 0.48, 0.72, 0.88), (M, 1.10, 1.19, 0.89), (B, 0.0, 16.1, 27.3)],
    ids=["s", "m", "b"],
)
def test_costs_are_those_of_the_sheet(
    config: Config, look: float, think: float, decode: float
) -> None:
    """GMAC at 512 pixels; counted without computing anything.  The sheet has no `reach`."""
    with torch.device("meta"):
        network = ClicksNetwork(replace(config, reach=False))
        image, hints = torch.rand(1, 3, 512, 512), torch.zeros(1, 1, 512, 512)
        costs = []
        with FlopCounterMode(display=False) as counted:
            seen = network.look(image)
        costs.append(counted.get_total_flops() / 2e9)
        with FlopCounterMode(display=False) as counted:
            maps = network.think(seen, hints)
        costs.append(counted.get_total_flops() / 2e9)
        with FlopCounterMode(display=False) as counted:
            network.alpha_of(seen, maps)
        costs.append(counted.get_total_flops() / 2e9)

    assert costs == pytest.approx([look, think, decode], abs=0.03)


@pytest.mark.parametrize(("config", "gmac"), [(S, 0.078), (M, 0.308), (B, 1.22)])
def test_a_window_costs_what_the_sheet_says(config: Config, gmac: float) -> None:
    """Of 64 x 64 pixels."""
    with torch.device("meta"):
        refiner = ClicksNetwork(config).refiner
        with FlopCounterMode(display=False) as counted:
            refiner(torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64))

    assert counted.get_total_flops() / 2e9 == pytest.approx(gmac, rel=0.01)


@SIZES
@pytest.mark.parametrize("inject", [1, 8])
@pytest.mark.parametrize("size", [(32, 32), (64, 96)])
def test_answers_have_the_size_of_the_picture(
    config: Config, inject: int, size: tuple[int, int]
) -> None:
    """Both switches of both sizes; alpha in [0, 1], the uncertainty positive and bounded."""
    image, hints = said(*size)
    network = ClicksNetwork(replace(config, inject=inject)).eval()

    with torch.no_grad():
        alpha = network(image, hints)
        seen = network.look(image)
        scale = network.log_uncertainty_of(seen, network.think(seen, hints))

    assert alpha.shape == scale.shape == (1, 1, *size)
    assert alpha.min() >= 0
    assert alpha.max() <= 1
    assert scale.min() >= -7
    assert scale.max() <= 2


@SIZES
@pytest.mark.parametrize("inject", [1, 8])
def test_training_starts_without_hints(config: Config, inject: int) -> None:
    """Weights that read them are zero; afterwards they change the answer."""
    network = ClicksNetwork(replace(config, inject=inject)).eval()
    image, hints = said(64, 64)

    with torch.no_grad():
        assert_close(network(image, hints), network(image, 0 * hints))
        moved(network)
        assert (network(image, hints) - network(image, 0 * hints)).abs().max() > 1e-4


@pytest.mark.parametrize("inject", [1, 8])
def test_the_matte_before_is_a_hint_where_it_is_asked_for(inject: int) -> None:
    """And changes nothing where it is not."""
    image, hints = said(64, 64)
    previous = torch.rand(1, 1, 64, 64)
    for use in (False, True):
        network = moved(ClicksNetwork(replace(S, inject=inject, use_prev_alpha=use)).eval())
        with torch.no_grad():
            apart = (network(image, hints, previous) - network(image, hints)).abs().max()

        assert (apart > 1e-5) == use


def test_what_is_cached_answers_like_what_is_not() -> None:
    """Bit for bit: several clicks on one look, and a look for each."""
    network = moved(ClicksNetwork(S).eval())
    image, hints = said(64, 96)

    with torch.no_grad():
        seen = network.look(image)
        for sign in (1, -1):
            cached = network.alpha_of(seen, network.think(seen, sign * hints))

            assert torch.equal(cached, network(image, sign * hints))


def test_refinement_begins_as_the_identity() -> None:
    """Within 1e-3, so an untrained refiner harms nothing; without the residual it answers anew."""
    image, _ = said(64, 64)
    alpha = torch.rand(1, 1, 64, 64)

    with torch.no_grad():
        kept = ClicksNetwork(S).refiner.eval()(image, alpha)
        anew = ClicksNetwork(replace(S, residual_out=False)).refiner.eval()(image, alpha)

    assert (kept - alpha).abs().max() < 1.001e-3
    assert (anew - alpha).abs().max() > 0.05


def test_the_uncertainty_begins_at_a_twentieth() -> None:
    """Whatever the features, its last bias is -3; and it is bounded softly below, hard above."""
    head: Any = ClicksNetwork(S).uncertainty.head

    assert head.bias.item() == -3
    assert_close(
        bounded(torch.tensor([-3.0, -50, 50])).exp(),
        torch.tensor([0.0507, 9.1e-4, 7.39]),
        atol=1e-3,
        rtol=0.01,
    )


def test_one_click_reaches_all_of_a_large_picture() -> None:
    """By the mean over the whole scene: far beyond the reach of convolutions."""
    network = moved(ClicksNetwork(S).eval())
    image = torch.rand(1, 3, 1024, 1024, generator=torch.Generator().manual_seed(3))
    hints = torch.zeros(1, 1, 1024, 1024)
    hints[:, :, :31, :31] = 1

    with torch.no_grad():
        apart = (network(image, hints) - network(image, 0 * hints))[..., -64:, -64:]

    assert apart.abs().max() > 0


def test_the_paper_size_learns() -> None:
    """Forward and backward: a gradient, and a finite one, for every weight of alpha."""
    network = ClicksNetwork(B)
    image, hints = said(64, 64, 2)

    network(image, hints).mean().backward()

    for part in (network.encoder, network.alpha):
        for parameter in part.parameters():
            assert parameter.grad is not None
            assert parameter.grad.isfinite().all()


def test_spectral_norm_bounds_the_paper_size() -> None:
    """A switch for weights learned with it: no singular value is above 1; small sizes refuse it."""
    network = ClicksNetwork(replace(B, spectral_norm=True)).train()
    for _ in range(30):
        for module in network.encoder.modules():
            if isinstance(module, torch.nn.Conv2d):
                weight = module.weight  # each look at it is one step of the power method
    largest = torch.linalg.matrix_norm(weight.flatten(1), 2)

    assert largest.item() == pytest.approx(1, abs=0.05)
    with pytest.raises(InputError, match="spectral_norm must be left alone"):
        replace(S, spectral_norm=True)


def test_a_constant_picture_has_a_finite_answer() -> None:
    """Sheet, section 12: nothing is divided by what the picture varies."""
    network = moved(ClicksNetwork(S).eval())

    with torch.no_grad():
        assert network(torch.full((1, 3, 64, 64), 0.3), torch.zeros(1, 1, 64, 64)).isfinite().all()


def test_sizes_that_do_not_fit_are_refused() -> None:
    """What is no multiple of 32 is for the predictor to pad."""
    image, hints = said(64, 40)

    with pytest.raises(InputError, match=r"image must be \(height, width\) of multiples of 32"):
        ClicksNetwork(S)(image, hints)
