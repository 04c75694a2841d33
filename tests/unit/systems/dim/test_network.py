"""Both stages of Deep Image Matting: sizes, shapes, and what they must do before any training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn.functional import interpolate
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.backbones.vgg import VGG16
from penumbra.solvers.guided_filter import guided_filter
from penumbra.systems.dim.config import DEFAULT, PAPER, Config, Conv6, S
from penumbra.systems.dim.guided import EPSILON, RADIUS, GuidedFilter
from penumbra.systems.dim.network import DimNetwork, Matting
from penumbra.systems.dim.small import KnownColours
from penumbra.systems.dim.vgg import UNKNOWN, VggMatting, start_from_vgg16


def inputs(height: int, width: int, batch: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """A picture of noise, and a trimap with all three values."""
    generator = torch.Generator().manual_seed(height)
    trimap = torch.randint(0, 3, (batch, 1, height, width), generator=generator) / 2
    return torch.rand(batch, 3, height, width, generator=generator), trimap


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (PAPER, 130_536_897),
        (DEFAULT, 28_297_153),
        (replace(DEFAULT, conv6="1x1"), 26_200_001),
        (replace(DEFAULT, skip_add=True), 28_297_153),
        (replace(DEFAULT, decoder_bn=True), 28_297_153 + 2 * (512 + 512 + 256 + 128 + 64 + 64)),
    ],
)
def test_the_first_stage_has_exactly_the_parameters_of_the_sheet(
    config: Config, parameters: int
) -> None:
    """Section 5; weights that others trained fit no other."""
    with torch.device("meta"):
        network = DimNetwork(config)

    assert count(network.coarse) == parameters
    assert network.refiner is not None
    assert count(network.refiner) == 76_801


@pytest.mark.parametrize(("conv6", "gmac"), [("fc6", 70.86), ("3x3", 60.64), ("1x1", 60.43)])
def test_the_first_stage_costs_what_the_sheet_says(conv6: Conv6, gmac: float) -> None:
    """Section 5, at 320 pixels; counted without computing anything."""
    with torch.device("meta"):
        network = DimNetwork(replace(DEFAULT, conv6=conv6))
        image, trimap = torch.rand(1, 3, 320, 320), torch.zeros(1, 1, 320, 320)

        def cost(stage: nn.Module, *given: torch.Tensor) -> float:
            with FlopCounterMode(display=False) as counted:
                stage(*given)
            return counted.get_total_flops() / 2e9

        assert network.refiner is not None
        assert cost(network.coarse, image, trimap) == pytest.approx(gmac, abs=0.005)
        assert cost(network.refiner, image, trimap) == pytest.approx(7.84, abs=0.03)


def test_what_ships_is_small_and_quick() -> None:
    """At most three million parameters, and six thousand million products at 512 pixels."""
    with torch.device("meta"):
        network = DimNetwork(S).eval()
        with FlopCounterMode(display=False) as counted:
            network(torch.rand(1, 3, 512, 512), torch.zeros(1, 1, 512, 512))

    assert count(network) <= 3_000_000
    assert counted.get_total_flops() / 2 <= 6e9


@pytest.mark.parametrize("config", [DEFAULT, S], ids=["default", "s"])
@pytest.mark.parametrize("size", [(320, 320), (352, 288), (64, 96)])
def test_every_answer_has_the_size_of_the_image(config: Config, size: tuple[int, int]) -> None:
    """In multiples of 32; what is not is padded by the predictor."""
    image, trimap = inputs(*size)

    with torch.no_grad():
        answers = Matting(DimNetwork(config).eval())(image, trimap)

    assert [tuple(each.shape) for each in answers] == [(1, 1, *size)] * len(answers)
    assert all(each.min() >= 0 and each.max() <= 1 for each in answers)


@pytest.mark.parametrize(
    "config",
    [
        S,
        replace(S, refine_skip="logit", is_guided=False),
        replace(DEFAULT, conv6="1x1", skip_add=True, decoder_bn=True),
        replace(DEFAULT, refine=False),
    ],
)
def test_gradients_reach_every_weight(config: Config) -> None:
    """Nothing hangs loose, with whatever switch."""
    network = DimNetwork(config).train()
    if network.refiner is not None:
        nn.init.normal_(network.refiner.correction.weight)

    answer = network(*inputs(64, 64, batch=2))
    total = answer.alpha0.square().mean() + answer.alpha.square().mean()
    if answer.uncertainty is not None:
        total = total + answer.uncertainty.mean()
    total.backward()

    without = [name for name, each in network.named_parameters() if each.grad is None]
    assert without == []
    assert (answer.uncertainty is not None) == config.has_uncertainty


def test_the_paper_s_size_runs_forward_and_backward() -> None:
    """With the 7 x 7 layer of 4096 channels."""
    network = DimNetwork(PAPER)

    network(*inputs(32, 64)).alpha.sum().backward()

    layer = network.get_submodule("coarse.conv6.0")
    assert isinstance(layer.weight.grad, torch.Tensor)
    assert layer.weight.grad.abs().sum() > 0


def test_at_the_start_the_trimap_has_no_influence() -> None:
    """The weights of the fourth channel are zero (section 6)."""
    image, trimap = inputs(64, 64)
    network = VggMatting("1x1").eval()

    with torch.no_grad():
        assert_close(
            network(image, trimap).logits, network(image, 1 - trimap).logits, rtol=0, atol=0
        )
        nn.init.ones_(network.encoder.features[0].weight[:, 3:])  # type: ignore[index]
        assert not torch.equal(network(image, trimap).logits, network(image, 1 - trimap).logits)


def test_an_unknown_pixel_is_fed_as_in_eight_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """128 / 255, as public weights know it, and not a half."""
    seen = []
    forward = VGG16.forward

    def spy(self: VGG16, x: torch.Tensor) -> object:
        seen.append(x[:, 3])
        return forward(self, x)

    monkeypatch.setattr(VGG16, "forward", spy)
    with torch.no_grad():
        VggMatting("1x1")(*inputs(32, 32))

    assert_close(torch.unique(seen[0]), torch.tensor([0.0, UNKNOWN, 1.0]))
    assert pytest.approx(0.50196, abs=1e-5) == UNKNOWN


def test_both_stages_see_normalised_colours() -> None:
    """As ImageNet's weights know them; grey of ImageNet's mean is zero."""
    network = DimNetwork(replace(DEFAULT, conv6="1x1")).eval()
    mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None].expand(1, 3, 32, 32)
    seen = []
    coarse, refiner = network.get_submodule("coarse.encoder"), network.refiner
    assert refiner is not None
    coarse.register_forward_pre_hook(lambda _, given: seen.append(given[0][:, :3]))
    refiner.register_forward_pre_hook(lambda _, given: seen.append(given[0]))

    network(mean, torch.zeros(1, 1, 32, 32))
    network(mean + 0.229, torch.zeros(1, 1, 32, 32))

    for zero, red in ((seen[0], seen[2]), (seen[1], seen[3])):
        assert_close(zero, torch.zeros_like(zero))
        assert_close(red[:, 0], torch.ones_like(red[:, 0]))


def test_skips_are_added_to_what_is_unpooled() -> None:
    """The same weights, another answer: the encoder's maps as they were before each pool."""
    torch.manual_seed(4)
    with_skips, without = VggMatting("1x1", skip_add=True).eval(), VggMatting("1x1").eval()
    without.load_state_dict(with_skips.state_dict())
    seen: dict[bool, list[torch.Tensor]] = {True: [], False: []}
    for network in (with_skips, without):
        kept = seen[network.skip_add]
        network.deconvs[-1].register_forward_pre_hook(
            lambda _, given, kept=kept: kept.append(given[0])
        )
        network.encoder.register_forward_hook(
            lambda _, __, found, kept=kept: kept.append(found.pools[0].before)
        )

    with torch.no_grad():
        answers = [network(*inputs(32, 32)).logits for network in (with_skips, without)]

    assert not torch.equal(*answers)
    assert (seen[False][1] == 0).float().mean() >= 0.75  # three of four pixels of a window
    assert (seen[True][1] >= 0).all()
    assert (seen[True][1] - seen[True][0]).abs().max() > 0


def test_layers_start_as_the_sheet_says() -> None:
    """Section 6: Xavier in decoder and refiner, Kaiming in the encoder, all biases zero."""
    torch.manual_seed(1)
    network = DimNetwork(replace(DEFAULT, conv6="1x1"))
    xavier = {
        "coarse.deconvs.0.0": (2 / (25 * (512 + 512))) ** 0.5,
        "coarse.deconv6.0": (2 / (512 + 512)) ** 0.5,
        "refiner.hidden.2": (2 / (9 * (64 + 64))) ** 0.5,
    }

    for name, deviation in xavier.items():
        weight = network.get_submodule(name).weight
        assert isinstance(weight, torch.Tensor)
        assert weight.std().item() == pytest.approx(deviation, rel=0.05)
        assert weight.abs().max().item() <= deviation * 3**0.5 + 1e-6  # uniform
    encoder = network.get_submodule("coarse.encoder.features.24").weight  # 512 to 512
    assert isinstance(encoder, torch.Tensor)
    assert encoder.std().item() == pytest.approx((2 / (9 * 512)) ** 0.5, rel=0.05)
    biases = [value for name, value in network.named_parameters() if name.endswith("bias")]
    assert all(bias.abs().max() == 0 for bias in biases)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"squash": "relu"}, "squash must be one of sigmoid, clamp, got 'relu'"),
        ({"conv6": "5x5"}, "conv6 must be one of fc6, 3x3, 1x1, got '5x5'"),
        ({"squash": "clamp", "refine_skip": "logit"}, "refine_skip must be alpha where squash"),
        ({"features": 8}, "features must be 0 but for encoder small"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(change: dict[str, Any], message: str) -> None:
    """A clamped logit plus a correction in logits would not even start as the identity."""
    with pytest.raises(InputError, match=message):
        replace(DEFAULT, **change)


def test_an_untrained_second_stage_changes_nothing() -> None:
    """Its last layer starts at zero."""
    plain = replace(S, is_guided=False)
    for config in (DEFAULT, plain, replace(plain, refine_skip="logit")):
        answer = DimNetwork(config).eval()(*inputs(32, 64))

        assert_close(answer.alpha, answer.alpha0, rtol=0, atol=0)


def test_what_ships_guides_alpha_along_the_photograph() -> None:
    """Untrained, its second stage is the guided filter of alpha0 with the known pixels set."""
    network = DimNetwork(S).eval()
    image, trimap = inputs(32, 64)

    with torch.no_grad():
        answer = network(image, trimap)
        led = torch.where(trimap == 0.5, answer.alpha0, trimap)

        assert_close(answer.alpha, GuidedFilter()(image, led), rtol=0, atol=0)


def test_the_guided_filter_is_that_of_the_solvers() -> None:
    """At half size: of what is smooth at that size the two differ little."""
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    image = torch.stack([(rows / 9).sin(), (columns / 11).cos(), ((rows + columns) / 15).sin()])
    image = 0.5 + 0.4 * image
    alpha = (0.5 + (rows - 32) / 24 + 0.1 * (columns / 7).sin()).clamp(0, 1)

    ours = GuidedFilter()(image[None], alpha[None, None])[0, 0]

    theirs = guided_filter(image.permute(1, 2, 0).numpy(), alpha.numpy(), 2 * RADIUS, EPSILON)
    assert np.abs(ours.numpy() - theirs).mean() < 0.01
    assert np.abs(theirs - alpha.numpy()).mean() > 0.005


def test_the_guided_filter_keeps_what_is_linear_in_colour() -> None:
    """As its equations promise, and over grey, where colours of all channels are one."""
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    image = interpolate(image, scale_factor=2.0, mode="bilinear", align_corners=False)
    for colours in (image, image[:, :1].expand(1, 3, 64, 64)):
        alpha = 0.2 + 0.5 * colours[:, :1]

        assert_close(GuidedFilter()(colours, alpha), alpha, atol=0.01, rtol=0)


def test_the_first_stage_can_clamp_instead_of_squashing() -> None:
    """As the paper's text has it: what lies outside is cut off."""
    image, trimap = inputs(32, 32)
    network = DimNetwork(replace(S, squash="clamp", refine=False, features=0)).eval()

    with torch.no_grad():
        logits = network.coarse(image, trimap).logits
        answer = network(image, trimap)

    assert_close(answer.alpha0, logits.clamp(0, 1))


def test_the_second_stage_sees_alpha_at_the_scale_that_is_asked_for() -> None:
    """255 goes with images of 0 to 255."""
    network = DimNetwork(replace(DEFAULT, conv6="1x1", refine_alpha_scale=255.0)).eval()
    seen = []
    assert network.refiner is not None
    network.refiner.register_forward_pre_hook(lambda _, given: seen.append(given[1]))

    answer = network(*inputs(32, 32))

    assert_close(seen[0], 255 * answer.alpha0)


def torchvision_file(path: Path, network: VggMatting) -> dict[str, torch.Tensor]:
    """Write what torchvision's file would hold, and return it."""
    tensors = {}
    for number, layer in enumerate(network.encoder.features):
        if isinstance(layer, nn.Conv2d):
            shape = layer.weight.shape if number else (64, 3, 3, 3)
            tensors[f"features.{number}.weight"] = torch.randn(shape)
            tensors[f"features.{number}.bias"] = torch.randn(layer.out_channels)
    save_file(tensors, path)
    return tensors


def test_the_encoder_starts_from_a_file_of_vgg16(tmp_path: Path) -> None:
    """Thirteen layers in their order; the trimap's channel stays zero."""
    network = VggMatting("1x1")
    tensors = torchvision_file(tmp_path / "vgg.safetensors", network)

    start_from_vgg16(network, tmp_path / "vgg.safetensors")

    first, last = network.encoder.features[0], network.encoder.features[28]
    assert isinstance(first, nn.Conv2d)
    assert_close(first.weight[:, :3], tensors["features.0.weight"])
    assert first.weight[:, 3].abs().max() == 0
    assert_close(last.bias, tensors["features.28.bias"])


def test_fc6_is_read_channel_by_channel(tmp_path: Path) -> None:
    """4096 rows of 25088 columns are 512 channels of 7 rows of 7 columns."""
    network = VggMatting("1x1")
    network.conv6 = nn.Sequential(nn.Conv2d(512, 3, 7, padding=3))  # of three channels, for size
    tensors = torchvision_file(tmp_path / "without.safetensors", network)
    rows = torch.arange(3 * 25088, dtype=torch.float32).view(3, 25088)
    more = {"classifier.0.weight": rows, "classifier.0.bias": torch.zeros(3)}
    save_file(tensors | more, tmp_path / "whole.safetensors")

    start_from_vgg16(network, tmp_path / "whole.safetensors")

    weight = network.conv6[0].weight
    assert isinstance(weight, torch.Tensor)
    assert weight[2, 5, 3, 1] == 2 * 25088 + 5 * 49 + 3 * 7 + 1
    with pytest.raises(WeightsError, match=r"classifier.0.weight of .* must have shape"):
        start_from_vgg16(network, tmp_path / "without.safetensors")


def test_without_a_file_there_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """Who forgets the file must not wait a week to see it."""
    start_from_vgg16(VggMatting("1x1"), None)

    assert "random weights" in caplog.text


def test_a_file_of_another_network_is_refused_before_anything_changes(tmp_path: Path) -> None:
    """The message names the layer and both shapes."""
    network = VggMatting("1x1")
    tensors = torchvision_file(tmp_path / "vgg.safetensors", network)
    tensors["features.28.bias"] = torch.zeros(7)
    save_file(tensors, tmp_path / "vgg.safetensors")
    before = network.encoder.features[0].weight.clone()  # type: ignore[operator]

    with pytest.raises(WeightsError, match=r"features.28.bias of .* \(512,\), got \(7,\)"):
        start_from_vgg16(network, tmp_path / "vgg.safetensors")

    assert torch.equal(network.encoder.features[0].weight, before)  # type: ignore[arg-type]


def between_two_colours(noise: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Red on the left, blue on the right, and a stripe of a quarter red that is unknown."""
    image = torch.zeros(1, 3, 64, 128)
    image[:, 0, :, :48], image[:, 2, :, 80:] = 0.9, 0.9
    image[:, 0, :, 48:80], image[:, 2, :, 48:80] = 0.9 * 0.25, 0.9 * 0.75
    # Brightness that has nothing to do with the object.
    generator = torch.Generator().manual_seed(3)
    image += noise * torch.rand(1, 1, 64, 128, generator=generator)
    trimap = torch.full((1, 1, 64, 128), 0.5)
    trimap[..., :48], trimap[..., 80:] = 1, 0
    return image, trimap


def test_known_colours_are_carried_into_the_unknown() -> None:
    """Between the two, alpha is read from the colour."""
    known = KnownColours()(*between_two_colours())

    assert known.shape == (1, KnownColours.CHANNELS, 64, 128)
    middle = known[0, :, 32, 64]
    assert_close(middle[:2], torch.zeros(2))
    assert_close(middle[2:5], torch.tensor([0.9, 0.0, 0.0]), atol=0.02, rtol=0)
    # The second look takes the stripe for background, mostly.
    assert_close(known[0, 5:8, 32, 100], torch.tensor([0.0, 0.0, 0.9]), atol=0.02, rtol=0)
    assert 0.02 < middle[5] < 0.25
    assert_close(middle[10], torch.tensor(0.25), atol=0.02, rtol=0)
    near, far = known[0, 8, 32, 50], known[0, 8, 32, 76]
    assert near > far > 0


def test_a_colour_is_judged_along_what_tells_the_two_sides_apart() -> None:
    """Brightness that varies on both sides alike says nothing; a plain projection would err."""
    image, trimap = between_two_colours(noise=0.1)

    known = KnownColours()(image, trimap)[0, :, :, 52:76]

    axis = known[2:5] - known[5:8]
    plain = ((image[0, :, :, 52:76] - known[5:8]) * axis).sum(0) / axis.square().sum(0)
    assert (known[10] - 0.25).abs().mean() < 0.02
    assert (known[10] - 0.25).abs().mean() <= (plain - 0.25).abs().mean()


def test_the_second_look_learns_from_the_first() -> None:
    """A third colour, far from what is known of the background, is background all the same."""
    image, trimap = between_two_colours(noise=0.05)
    image[:, 1, :, 64:80] += 0.3  # green creeps in on the background's side
    image[:, 0, :, 64:80], image[:, 2, :, 64:80] = 0.1, 0.8

    known = KnownColours()(image, trimap)[0]

    assert known[11, :, 66:78].mean() < known[10, :, 66:78].mean() + 1e-6
    assert known[6, 32, 70] > 0.02  # green is now among the colours of the background


def test_sides_of_nearly_one_colour_give_numbers() -> None:
    """What is divided by may be rounded below zero: one pixel that is no number loses a matte."""
    generator = torch.Generator().manual_seed(0)
    ramp = torch.linspace(0.2, 0.8, 128).expand(1, 3, 64, 128)
    for strength in (0.0, 1e-6, 1e-4, 1e-2):
        image = ramp + strength * torch.rand(1, 3, 64, 128, generator=generator)
        trimap = torch.full((1, 1, 64, 128), 0.5)
        trimap[:, :, ::2, :40], trimap[:, :, 1::2, :40] = 1, 0

        assert KnownColours()(image, trimap).isfinite().all()


def test_where_nothing_is_known_all_numbers_are_numbers() -> None:
    """No object in sight, or nothing at all."""
    for certain in (0.0, 0.5):
        trimap = torch.full((1, 1, 32, 32), 0.5)
        trimap[..., :8] = certain

        known = KnownColours()(torch.rand(1, 3, 32, 32), trimap)

        assert known.isfinite().all()
        assert known.min() >= -1e-6
        assert known.max() <= 1 + 1e-6
