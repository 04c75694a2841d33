"""Both stages of Deep Image Matting: sizes, shapes, and what they must do before any training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.backbones.vgg import VGG16
from penumbra.systems.dim.config import DEFAULT, PAPER, Config, Conv6, S
from penumbra.systems.dim.network import DimNetwork, Matting
from penumbra.systems.dim.vgg import UNKNOWN, VggMatting, start_from_vgg16
from tests.samples import count, inputs


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

        def cost(stage: nn.Module, *given: torch.Tensor | None) -> float:
            with FlopCounterMode(display=False) as counted:
                stage(*given)
            return counted.get_total_flops() / 2e9

        assert network.refiner is not None
        assert cost(network.coarse, image, trimap) == pytest.approx(gmac, abs=0.005)
        both = torch.cat([image, trimap], dim=1)
        assert cost(network.refiner, both, None) == pytest.approx(7.84, abs=0.03)


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
        nn.init.normal_(network.refiner.head.weight)

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
    refiner.register_forward_pre_hook(lambda _, given: seen.append(given[0][:, :3]))

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
    network.refiner.register_forward_pre_hook(lambda _, given: seen.append(given[0][:, 3:]))

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
