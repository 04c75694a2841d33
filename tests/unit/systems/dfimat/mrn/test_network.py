"""The refinement network: sizes, costs, its parts apart, and its switches."""

from dataclasses import replace
from typing import Any, get_args

import pytest
import torch
from torch.nn.functional import interpolate
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.mrn.branches import Hybrid, Maps
from penumbra.systems.dfimat.mrn.config import B, Branch, Config, M, S
from penumbra.systems.dfimat.mrn.layers import SplitConv
from penumbra.systems.dfimat.mrn.network import MrnNetwork
from tests.samples import count
from tests.unit.systems.dfimat.mrn.networks import made, said

BRANCHES = pytest.mark.parametrize("branch", get_args(Branch))


@pytest.mark.parametrize(
    ("config", "whole", "far"),
    [(S, 746_947, 331_888), (M, 4_511_395, 3_320_960), (B, 16_237_315, 13_154_560)],
    ids=["s", "m", "b"],
)
def test_parameters_are_those_of_the_sheet(config: Config, whole: int, far: int) -> None:
    """Section 5.1, which rounds: 0.75 (0.33), 4.5 (3.3) and 16.2 (13.2) million."""
    with torch.device("meta"):
        network = MrnNetwork(config)

    assert isinstance(network.encoder, Hybrid)
    assert (count(network), count(network.encoder.far)) == (whole, far)
    printed, digits = {"s": ((0.75, 0.33), 2), "m": ((4.5, 3.3), 1), "b": ((16.2, 13.2), 1)}[
        config.size
    ]
    assert (round(whole / 1e6, digits), round(far / 1e6, digits)) == printed


@pytest.mark.parametrize(
    ("config", "costs"),
    [(S, (1.52, 2.82, 14.4)), (M, (5.9, 10.9, 55.9)), (B, (12.1, 22.4, 114))],
    ids=["s", "m", "b"],
)
def test_costs_are_those_of_the_sheet(config: Config, costs: tuple[float, ...]) -> None:
    """GMAC at 384, 512 and 1024 pixels; counted without computing anything."""
    found = []
    with torch.device("meta"):
        network = MrnNetwork(config)
        for side in (384, 512, 1024):
            with FlopCounterMode(display=False) as counted:
                network(torch.rand(1, 3, side, side), torch.rand(1, 1, side, side))
            found.append(counted.get_total_flops() / 2e9)

    assert found == pytest.approx(costs, rel=0.01)


@pytest.mark.parametrize(
    ("config", "near", "assembled", "deep"),
    [(S, (16, 24, 48), 64, 96), (M, (32, 64, 96), 96, 256), (B, (32, 64, 128), 128, 512)],
    ids=["s", "m", "b"],
)
@BRANCHES
def test_maps_have_the_channels_and_strides_of_the_sheet(
    config: Config, near: tuple[int, int, int], assembled: int, deep: int, branch: Branch
) -> None:
    """Also where one branch has to stand in for the other."""
    with torch.device("meta"):
        encoder = MrnNetwork(replace(config, mrn_branch=branch)).encoder
        both = torch.zeros(2, 4, 64, 128)
        maps = encoder(*(stem(both) for stem in encoder.stems()))

    channels = (*near, assembled, deep)
    for found, stride, width in zip(maps, (2, 4, 8, 16, 32), channels, strict=True):
        assert found.shape == (2, width, 64 // stride, 128 // stride)


def test_a_split_convolution_is_one_of_both_together() -> None:
    """Its halves add up, with the bias once, and zeros beyond the border."""
    torch.manual_seed(0)
    conv = SplitConv(5, 7, 4, bias=True)
    image, mask = said(64, 32)

    parts = conv.of_image(image) + conv.of_mask(mask)

    assert_close(parts, conv(torch.cat([image, mask], dim=1)), atol=1e-5, rtol=0)
    assert conv.of_mask(0 * mask).abs().max() == 0


@BRANCHES
@pytest.mark.parametrize("mask_in", ["hard", "soft"])
def test_a_look_serves_many_masks(branch: Branch, mask_in: str) -> None:
    """Each is answered as if the image were looked at anew."""
    network = made(mrn_branch=branch, mask_in=mask_in)
    image, mask = said(batch=2)

    with torch.no_grad():
        seen = network.look(image)
        answers = []
        for each in (mask, 1 - mask):
            answers.append(network.refine(seen, each))
            assert_close(answers[-1], network(image, each), atol=1e-5, rtol=0)

    apart = max((one - other).abs().max() for one, other in zip(*answers, strict=True))
    assert apart > 0.01


@BRANCHES
def test_there_are_three_mattes_of_full_size(branch: Branch) -> None:
    """The first two are smooth: of an eighth and a quarter, enlarged."""
    image, mask = said(64, 96, 2)

    with torch.no_grad():
        alphas = made(mrn_branch=branch)(image, mask)

    assert [alpha.shape for alpha in alphas] == 3 * [(2, 1, 64, 96)]
    for alpha in alphas:
        assert alpha.min() >= 0
        assert alpha.max() <= 1
        assert alpha.std() > 1e-3
    for alpha, by in zip(alphas, (8, 4), strict=False):
        # Linear between the centres of neighbouring cells: no second differences there.
        inside = alpha[..., by // 2 : by // 2 + by]
        assert inside.diff(n=2, dim=3).abs().max() < 1e-6


def test_levels_are_fused_as_the_sheet_says() -> None:
    """Section 5.1, written out: what is beside each level, and heads after 4, 3 and 1."""
    decoder: Any = made().decoder
    image, mask = said()
    generator = torch.Generator().manual_seed(5)
    at2, at4, at8, assembled, deep = (
        torch.rand(1, channels, 64 // stride, 96 // stride, generator=generator)
        for channels, stride in zip((16, 24, 48, 64, 96), (2, 4, 8, 16, 32), strict=True)
    )

    def level(number: int, *maps: torch.Tensor) -> torch.Tensor:
        x = getattr(decoder, f"level{number}").layers(torch.cat(maps, dim=1))
        return interpolate(x, size=[2 * side for side in x.shape[2:]], mode="bilinear")

    with torch.no_grad():
        d4 = level(4, level(5, deep), assembled)
        d3 = level(3, d4, at8)
        d1 = level(1, level(2, d3, at4), at2)
        planes = (
            decoder.heads[0](d4).sigmoid(),
            decoder.heads[1](d3).sigmoid(),
            decoder.last(torch.cat([d1, image, mask], dim=1)).sigmoid(),
        )
        expected = [interpolate(plane, size=(64, 96), mode="bilinear") for plane in planes]
        found = decoder(Maps(at2, at4, at8, assembled, deep), image, mask)

    for one, other in zip(found, expected, strict=True):
        assert_close(one, other, atol=1e-5, rtol=0)


@BRANCHES
def test_near_and_far_are_assembled_as_the_sheet_says(branch: Branch) -> None:
    """Sections 5.1 and 8.3, written out; a branch that is missing is not asked."""
    encoder: Any = made(mrn_branch=branch).encoder
    image, mask = said()
    both = torch.cat([image, mask], dim=1)

    with torch.no_grad():
        firsts = [stem(both) for stem in encoder.stems()]
        maps = encoder(*firsts)
        if branch == "global":
            g4, g8, g16, g32 = encoder.far(firsts[0])
            twice = interpolate(g4, size=(32, 48), mode="bilinear")
            near = encoder.assembly.near(g16)
            expected = [encoder.to2(twice), encoder.to4(g4), encoder.to8(g8)]
        else:
            l8 = encoder.near(firsts[-1])[-1]
            near = encoder.assembly.near(l8)
            g32 = encoder.deeper(l8) if branch == "local" else encoder.far(firsts[0])[-1]
            expected = list(encoder.near(firsts[-1]))
        if branch != "local":
            deep = interpolate(encoder.assembly.deep(g32), size=(4, 6), mode="bilinear")
            near = torch.cat([near, deep], dim=1)
        expected += [encoder.assembly.mix(near), g32]

    for one, other in zip(maps, expected, strict=True):
        assert_close(one, other, atol=1e-5, rtol=0)


def test_without_progressive_refinement_the_last_matte_is_left() -> None:
    """The same one, and no head is there for nothing."""
    whole = made()
    bare = MrnNetwork(replace(S, prm=False)).eval()
    bare.load_state_dict(
        {
            name: tensor
            for name, tensor in whole.state_dict().items()
            if not name.startswith("decoder.heads.")
        }
    )
    image, mask = said()

    with torch.no_grad():
        (alpha,) = bare(image, mask)

        assert_close(alpha, whole(image, mask)[-1])


def test_a_hard_mask_is_cut_at_a_half() -> None:
    """And a soft one is not; exactly a half is nobody."""
    image, mask = said()
    mask[..., 0] = 0.5
    cut = (mask > 0.5).float()

    with torch.no_grad():
        for network, is_same in ((made(), True), (made(mask_in="soft"), False)):
            apart = (network(image, mask)[-1] - network(image, cut)[-1]).abs().max()

            assert (apart == 0) == is_same


def test_only_a_soft_mask_can_be_learned_through() -> None:
    """As where both nets are trained together; a cut has no slope."""
    image, mask = said()
    mask.requires_grad_()

    (gradient,) = torch.autograd.grad(made(mask_in="soft")(image, mask)[-1].mean(), mask)

    assert gradient.abs().max() > 0
    assert not made().requires_grad_(False)(image, mask)[-1].requires_grad


@pytest.mark.parametrize(("branch", "is_far"), [("hybrid", 1), ("global", 1), ("local", 0)])
def test_only_the_transformer_sees_far(branch: Branch, is_far: int) -> None:
    """What is said at one end of a long picture changes the other end, or does not."""
    network = made(mrn_branch=branch)
    image, mask = said(32, 1024)
    other = mask.clone()
    other[..., :32] = 1 - mask[..., :32]

    with torch.no_grad():
        apart = network(image, mask)[-1] - network(image, other)[-1]

    assert apart[..., :64].abs().max() > 0
    assert (apart[..., -128:].abs().max() > 0) == is_far


@BRANCHES
def test_every_weight_learns(branch: Branch) -> None:
    """From the start, but for what residual blocks begin without."""
    torch.manual_seed(0)
    network = MrnNetwork(replace(S, mrn_branch=branch)).train()
    image, mask = said(64, 64, 2)

    sum(alpha.square().mean() for alpha in network(image, mask)).backward()

    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        if ".body." not in name:
            # A bias that shifts all keys alike shifts no softmax.
            assert parameter.grad.abs().max() > 0, name


def test_training_begins_undecided() -> None:
    """No head starts where a sigmoid is flat, and residual blocks start as their shortcuts."""
    torch.manual_seed(0)
    network = MrnNetwork(M).eval()
    image, mask = said()
    second: Any = network.encoder
    block = second.near.second[0]

    with torch.no_grad():
        for alpha in network(image, mask):
            assert alpha.min() > 0.02
            assert alpha.max() < 0.98
        x = torch.rand(1, 32, 8, 8)
        assert_close(block(x), block.shortcut(x).relu())


@pytest.mark.parametrize("size", [(64, 40), (48, 64)])
def test_sizes_that_do_not_fit_are_refused(size: tuple[int, int]) -> None:
    """What is no multiple of 32 is for the region to pad."""
    image, mask = said(*size)
    network = made()

    for ask in (lambda: network(image, mask), lambda: network.look(image)):
        with pytest.raises(InputError, match=r"image must be \(height, width\) of multiples of 32"):
            ask()


@pytest.mark.parametrize("name", ["size", "mrn_branch", "mask_in"])
def test_words_that_mean_nothing_are_refused(name: str) -> None:
    """With those that do."""
    values: dict[str, Any] = {name: "x"}

    with pytest.raises(InputError, match=f"{name} must be one of .*, got 'x'"):
        Config(**values)
