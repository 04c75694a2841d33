"""The automatic matting network: sizes, shapes, and what guides what."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.backbones.resnet import BasicBlock, ResNet34, start_from_resnet34
from penumbra.systems.aim.config import PAPER, Config, Fusion, S
from penumbra.systems.aim.detail import MattingDecoder
from penumbra.systems.aim.layers import ScenePyramid, SpatialAttention, SqueezeExcite
from penumbra.systems.aim.network import AimNetwork
from penumbra.systems.aim.semantic import SemanticDecoder
from tests.samples import count, inputs


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (PAPER, 54_785_191),
        (replace(PAPER, se=False), 54_773_415),
        (replace(PAPER, sa=False), 54_785_092),
        (replace(PAPER, se=False, sa=False), 54_773_316),
        (replace(PAPER, mp=False), 54_785_191),
    ],
)
def test_the_network_has_exactly_the_parameters_of_the_sheet(
    config: Config, parameters: int
) -> None:
    """Section 4.5; weights that others trained fit no other."""
    with torch.device("meta"):
        assert count(AimNetwork(config)) == parameters


def test_every_block_has_the_parameters_of_the_sheet() -> None:
    """Sections 4.1 to 4.3, block by block."""
    with torch.device("meta"):
        network = AimNetwork(PAPER)
    encoder, semantic, detail = network.encoder, network.semantic, network.detail
    assert isinstance(encoder, ResNet34)
    assert isinstance(semantic, SemanticDecoder)
    assert isinstance(detail, MattingDecoder)

    layers = [encoder.layer1, encoder.layer2, encoder.layer3, encoder.layer4]
    assert [count(each) for each in layers] == [221_952, 1_116_416, 6_822_400, 13_114_368]
    assert count(encoder.conv1) + count(encoder.bn1) == 9_536
    assert count(semantic.scene) == 786_432 + 1_049_088
    assert count(semantic.sides) == 2_360_832
    decided = [8_261_376, 2_066_304, 517_056, 148_032, 110_976]
    assert [count(block) for block in semantic.blocks] == decided
    assert count(semantic.excites) == 11_776
    assert count(semantic.head) == 1_731
    assert count(detail.deepest) == 7_082_496
    assert [count(block) for block in detail.blocks] == decided[:-1]
    assert count(detail.last) == 110_976
    assert count(detail.head) == 577


@pytest.mark.parametrize(
    ("config", "side", "gmac"),
    [
        (PAPER, 320, 30.50),
        (PAPER, 512, 78.07),
        (PAPER, 640, 121.97),
        (PAPER, 800, 190.58),
        (replace(PAPER, mp=False), 800, 132.98),
        (S, 512, 2.18),
    ],
)
def test_the_network_costs_what_the_sheet_says(config: Config, side: int, gmac: float) -> None:
    """Section 4.5; of s as its README says."""
    with torch.device("meta"):
        network, image = AimNetwork(config).eval(), torch.rand(1, 3, side, side)
        with FlopCounterMode(display=False) as counted:
            network(image)

    assert counted.get_total_flops() / 2e9 == pytest.approx(gmac, abs=0.005)


def test_what_ships_keeps_within_its_limits() -> None:
    """At most 5 M parameters, and 4 GMAC at 512 pixels."""
    with torch.device("meta"):
        network, image = AimNetwork(S).eval(), torch.rand(1, 3, 512, 512)
        with FlopCounterMode(display=False) as counted:
            network(image)

    assert count(network) <= 5e6
    assert counted.get_total_flops() / 2e9 <= 4


@pytest.mark.parametrize("mp", [True, False])
@pytest.mark.parametrize("size", [(64, 64), (32, 96)])
def test_every_answer_of_the_paper_s_network_has_the_size_of_the_image(
    size: tuple[int, int], mp: bool
) -> None:
    """With max-pools, whose places are unpooled to, and without."""
    image, _ = inputs(*size)

    with torch.no_grad():
        logits, matte, alpha = AimNetwork(replace(PAPER, mp=mp)).eval()(image)

    assert logits.shape == (1, 3, *size)
    assert matte.shape == alpha.shape == (1, 1, *size)


@pytest.mark.parametrize("size", [(64, 64), (320, 320), (320, 480)])
def test_every_answer_of_the_small_network_has_the_size_of_the_image(size: tuple[int, int]) -> None:
    """And is an opacity."""
    image, _ = inputs(*size)

    with torch.no_grad():
        logits, matte, alpha = AimNetwork(S).eval()(image)

    assert logits.shape == (1, 3, *size)
    assert matte.shape == alpha.shape == (1, 1, *size)
    assert 0 <= alpha.min() <= alpha.max() <= 1


def test_one_place_is_enough_to_answer_and_too_little_to_learn_from() -> None:
    """Normalisation would divide by nothing."""
    network, image = AimNetwork(S), torch.rand(1, 3, 32, 32)

    assert network.eval()(image).alpha.shape == (1, 1, 32, 32)
    assert network.train()(image.repeat(2, 1, 1, 1)).alpha.shape == (2, 1, 32, 32)
    with pytest.raises(InputError, match="image must be more than one picture of 32x32 pixels"):
        network(image)


def test_sides_that_are_no_multiples_of_32_are_refused() -> None:
    """Overlapping pools of odd sides would not fit their unpooling."""
    with pytest.raises(InputError, match=r"image must be .* multiples of 32, got \(64, 80\)"):
        AimNetwork(S)(torch.rand(1, 3, 64, 80))


@pytest.mark.parametrize("config", [S, PAPER, replace(PAPER, mp=False)])
def test_gradients_reach_every_parameter(config: Config) -> None:
    """Otherwise a part would never learn; the decided map lets none through."""
    network = AimNetwork(config)
    logits, matte, alpha = network(inputs(64, 64, 2)[0])

    (logits.square().mean() + matte.mean() + alpha.mean()).backward()

    assert [name for name, each in network.named_parameters() if each.grad is None] == []


@pytest.mark.parametrize(("fusion", "reaches"), [("hard", False), ("soft", True)])
def test_only_a_mixed_map_passes_the_matte_s_error_back(fusion: Fusion, reaches: bool) -> None:
    """Section 4.4: no gradient goes through the decided map."""
    network = AimNetwork(replace(S, sa=False, fusion=fusion))

    network(inputs(64, 64, 2)[0]).alpha.mean().backward()

    heads = network.semantic.get_submodule("head").parameters()
    assert all((each.grad is not None) == reaches for each in heads)


def test_attention_multiplies_the_last_detail() -> None:
    """MD0 + MD0 A: without attention it passes unchanged, with 1 it is doubled."""
    torch.manual_seed(0)
    decoder = MattingDecoder("amax").eval()
    encoder = ResNet34(is_pooled=True).eval()
    image = inputs(64, 64)[0]
    with torch.no_grad():
        features = encoder(image)
        semantic = SemanticDecoder(True, True, False)(features)
        answers = [
            decoder(image, features, semantic._replace(attention=torch.full((1, 1, 64, 64), share)))
            for share in (0.0, 1.0)
        ]
    bias = decoder.head.bias
    assert bias is not None

    assert_close(answers[1] - bias, 2 * (answers[0] - bias))


def test_the_scene_pyramid_averages_cells() -> None:
    """Of a map of one value per half, the whole picture's cell is their mean."""
    pyramid = ScenePyramid(1, 1)
    for layer in (*pyramid.cells, pyramid.join):
        assert isinstance(layer, nn.Conv2d)
        nn.init.zeros_(layer.weight)
    assert pyramid.join.bias is not None
    nn.init.zeros_(pyramid.join.bias)
    first = pyramid.cells[0]
    assert isinstance(first, nn.Conv2d)
    first.weight.data.fill_(1)
    pyramid.join.weight.data[0, 0] = 1
    x = torch.cat([torch.zeros(1, 1, 4, 2), torch.ones(1, 1, 4, 2)], dim=3)

    assert_close(pyramid(x), torch.full_like(x, 0.5))


def test_squeeze_and_excitation_weighs_channels_by_their_means() -> None:
    """By hand: hidden = relu(mean of the 16 means), factor = sigmoid of that."""
    layer = SqueezeExcite(16)
    nn.init.constant_(layer.squeeze.weight, 1 / 16)
    nn.init.constant_(layer.excite.weight, 1)
    x = torch.full((1, 16, 2, 2), 3.0)

    assert_close(layer(x), x * torch.tensor(3.0).sigmoid())


def test_spatial_attention_reads_the_mean_first_and_then_the_greatest() -> None:
    """In the order of public weights."""
    layer = SpatialAttention()
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    layer.conv.weight.data[0, :, 3, 3] = torch.tensor([0.1, 1.0])
    x = torch.tensor([1.0, 3.0])[None, :, None, None]

    assert_close(layer(x).logit(), torch.full((1, 1, 1, 1), 0.1 * 2 + 3))


def test_a_resnet_of_the_same_names_is_taken_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With its classifier, which is left; and blocks add what they were given."""
    torch.manual_seed(1)
    given, network = ResNet34(is_pooled=False), ResNet34(is_pooled=True)
    save_file(
        given.state_dict() | {"fc.weight": torch.zeros(1000, 512)}, tmp_path / "r.safetensors"
    )

    with caplog.at_level(logging.WARNING):
        start_from_resnet34(network, tmp_path / "r.safetensors")

    assert "r.safetensors fits, but does not say whether it learned with max-pools" in caplog.text
    assert_close(network.state_dict(), given.state_dict())
    block = BasicBlock(4, 4, 1)
    for conv in (block.conv1, block.conv2):
        nn.init.zeros_(conv.weight)
    x = torch.rand(1, 4, 3, 3)
    assert_close(block(x), x)


def test_a_resnet_that_lacks_a_layer_is_refused(tmp_path: Path) -> None:
    """With the name of the layer; without a file a warning is all."""
    save_file({"conv1.weight": torch.zeros(64, 3, 3, 3)}, tmp_path / "r.safetensors")

    with pytest.raises(WeightsError, match=r"conv1.weight of .* must have shape \(64, 3, 7, 7\)"):
        start_from_resnet34(ResNet34(is_pooled=True), tmp_path / "r.safetensors")


def test_random_weights_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever trains the paper's size must know what it starts from."""
    with caplog.at_level(logging.WARNING):
        start_from_resnet34(ResNet34(is_pooled=True), None)

    assert "random weights" in caplog.text
